"""Who may say of an openid that it is his own: the proofs of AppAuthorization, and WeChat's part in them."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from prometheus import Metrics
from stack import wait_until
from test_sandbox import AUTH, CHECK_SESSION, STABLE_TOKEN, named, session as exchange, token as token_of_wechat
from test_wechat_faults import BUSY, MISCONFIGURED, NOT_REACHED, NO_ANSWER

MINI, OFFICIAL, MOBILE = (f"wx100000000000000{number}" for number in (1, 2, 3))
PROOF_MISSING = "Nothing proves that the openId is the caller's: log in again"
RATE = "Too many requests, try again later"
# What the program allows all calls of a request together is 5 s; nobody waits for more than 15.
IN_TIME_S = 12


@pytest.fixture(scope="module")
def trusting(make_stack):
    """Asks WeChat for strangers as often as a test wants."""
    return make_stack("trusting", CONF_http__messages="en", CONF_rates__unproven_per_s=1000)


def outcome(answer):
    """None for a success, else what is said."""
    assert answer.status == 200, answer
    return None if answer.json["status"] == 1 else answer.json["message"]


def prove(stack, openid, session_key, app=MINI, **more):
    return outcome(stack.authorize({"openId": openid, "session_key": session_key}, app, **more))


def n_calls(stack, path):
    return stack.calls(path)["count"]


def foreign_session(stack, openid):
    """The session_key of a login that another service has exchanged."""
    made = stack.code(openid=openid)
    exchange(stack, made["code"])
    return made["session_key"]


def forget_token(stack):
    stack.sql("DELETE FROM wechat_token")


# ---- Mini programs


def test_wechat_is_asked_about_a_session_after_an_hour(trusting, unique):
    key = trusting.session(openid=f"o{unique}")["session_key"]
    before = n_calls(trusting, CHECK_SESSION)
    assert prove(trusting, f"o{unique}", key) is None
    assert n_calls(trusting, CHECK_SESSION) == before

    trusting.sql("UPDATE wechat_user SET session_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR "
                 f"WHERE openid = 'o{unique}'")
    assert prove(trusting, f"o{unique}", key) is None
    assert prove(trusting, f"o{unique}", "x" + key) == PROOF_MISSING
    assert n_calls(trusting, CHECK_SESSION) == before + 2


def test_a_session_that_only_wechat_knows_is_good_and_not_kept(trusting, unique):
    key = foreign_session(trusting, f"o{unique}")
    before = n_calls(trusting, CHECK_SESSION)
    for _ in range(2):
        assert prove(trusting, f"o{unique}", key) is None
    assert n_calls(trusting, CHECK_SESSION) == before + 2
    assert trusting.count("wechat_user", f"openid = 'o{unique}' AND session_key IS NULL") == 1


def test_an_apps_token_is_fetched_once(trusting, unique):
    forget_token(trusting)
    before = n_calls(trusting, STABLE_TOKEN)
    key = foreign_session(trusting, f"o{unique}")
    for _ in range(3):
        assert prove(trusting, f"o{unique}", key) is None
    assert n_calls(trusting, STABLE_TOKEN) == before + 1
    assert trusting.count("wechat_token") == 1


def test_a_token_that_has_become_void_is_fetched_anew(trusting, unique):
    key = foreign_session(trusting, f"o{unique}")
    assert prove(trusting, f"o{unique}", key) is None
    stored = trusting.sql("SELECT HEX(row_uuid) FROM wechat_token")
    forced = {**named(trusting, MINI), "grant_type": "client_credential", "force_refresh": True}
    assert trusting.request("POST", STABLE_TOKEN, forced).json["access_token"]
    assert prove(trusting, f"o{unique}", key) is None
    assert trusting.sql("SELECT HEX(row_uuid) FROM wechat_token") != stored


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
@pytest.mark.parametrize("count,message", [(1, None), (2, MISCONFIGURED)])
def test_a_token_that_wechat_refuses_is_renewed_once(trusting, unique, errcode, count, message):
    key = foreign_session(trusting, f"o{unique}")
    assert prove(trusting, f"o{unique}", key) is None
    before = n_calls(trusting, CHECK_SESSION), n_calls(trusting, STABLE_TOKEN)
    trusting.fault(CHECK_SESSION, "errcode", errcode, count)
    assert prove(trusting, f"o{unique}", key) == message
    assert (n_calls(trusting, CHECK_SESSION), n_calls(trusting, STABLE_TOKEN)) == (
        before[0] + 2, before[1] + 1)


# ---- Official accounts and apps


def test_a_users_token_proves_an_openid_that_the_app_has_exchanged(trusting, unique):
    trusting.log_in(OFFICIAL, openid=f"o{unique}")
    token = token_of_wechat(trusting, OFFICIAL, openid=f"o{unique}")["access_token"]
    assert prove(trusting, f"o{unique}", token, OFFICIAL) is None
    assert prove(trusting, f"o{unique}", token + "x", OFFICIAL) == PROOF_MISSING


@pytest.mark.parametrize("session_key", ["\n", "%0a\t", "%00x"])
def test_what_is_no_session_key_is_not_asked_about(trusting, unique, session_key):
    """WeChat would call an empty one a fault of the app's configuration."""
    exchanged = trusting.session(OFFICIAL, openid=f"o{unique}")["openid"]
    before = n_calls(trusting, AUTH)
    assert prove(trusting, exchanged, session_key, OFFICIAL) == PROOF_MISSING
    assert n_calls(trusting, AUTH) == before


def test_a_users_token_of_another_app_proves_nothing(trusting, unique):
    """Where the thief runs an app of his own, WeChat says of any of its users that the token is good."""
    thief = token_of_wechat(trusting, MOBILE, openid=f"o{unique}-thief")
    trusting.log_in(OFFICIAL, openid=f"o{unique}")
    trusting.log_in(MOBILE, openid=f"o{unique}-known")
    assert prove(trusting, f"o{unique}", thief["access_token"], OFFICIAL) == PROOF_MISSING
    known = token_of_wechat(trusting, MOBILE, openid=f"o{unique}-known")["access_token"]
    before = n_calls(trusting, AUTH)
    assert prove(trusting, f"o{unique}-thief", thief["access_token"], OFFICIAL) == PROOF_MISSING
    assert prove(trusting, f"o{unique}-known", known, OFFICIAL) == PROOF_MISSING
    assert n_calls(trusting, AUTH) == before
    assert trusting.user(f"o{unique}-thief") is None


def test_a_stored_openid_that_nobody_has_exchanged_is_not_known(trusting, unique):
    token = token_of_wechat(trusting, OFFICIAL, openid=f"o{unique}")["access_token"]
    for store in (lambda: trusting.save(openId=f"o{unique}"),
                  lambda: trusting.authorize({"openId": f"o{unique}"}, OFFICIAL, key=trusting.key)):
        store()
        assert prove(trusting, f"o{unique}", token, OFFICIAL) == PROOF_MISSING
    trusting.log_in(OFFICIAL, openid=f"o{unique}")
    assert prove(trusting, f"o{unique}", token, OFFICIAL) is None


# ---- WeChat misbehaves

FAULTS = {
    "hang": ("hang", 0, NO_ANSWER),
    "cut": ("cut", 0, NO_ANSWER),
    "truncate": ("truncate", 0, NO_ANSWER),
    "status-500": ("status", 500, NO_ANSWER),
    "html": ("html", 0, NO_ANSWER),
    "busy": ("errcode", -1, BUSY),
    "quota": ("errcode", 45009, BUSY),
    "secret-wrong": ("errcode", 40125, MISCONFIGURED),
}


@pytest.mark.parametrize("path", [STABLE_TOKEN, CHECK_SESSION, AUTH])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_answered_in_time_and_stores_nothing(trusting, unique, path, name):
    kind, value, message = FAULTS[name]
    openid, app = f"o{unique}", OFFICIAL if path == AUTH else MINI
    if app == OFFICIAL:
        trusting.log_in(OFFICIAL, openid=openid)
        key = token_of_wechat(trusting, OFFICIAL, openid=openid)["access_token"]
    else:
        key = foreign_session(trusting, openid)
    before = trusting.user(openid)
    forget_token(trusting)
    trusting.fault(path, kind, value, count=10)
    began = time.monotonic()
    answer = trusting.authorize({"openId": openid, "session_key": key, "nickname": "changed"}, app)
    assert time.monotonic() - began < IN_TIME_S
    assert answer.status == 200 and answer.json == {
        "data": None, "status": 0, "message": message, "errors": None, "url": None}
    assert trusting.user(openid) == before

    # More successes than twice the three tries that fail keep the breaker shut for the next test.
    trusting.fault(path, "none")
    for _ in range(7):
        if path == STABLE_TOKEN:
            forget_token(trusting)
        assert prove(trusting, openid, key, app) is None


def test_slow_calls_share_their_time(trusting, unique):
    key = foreign_session(trusting, f"o{unique}")
    forget_token(trusting)
    trusting.fault(STABLE_TOKEN, "slow", 3000)
    trusting.fault(CHECK_SESSION, "slow", 3500)
    began = time.monotonic()
    assert prove(trusting, f"o{unique}", key) in (NO_ANSWER, NOT_REACHED)
    assert time.monotonic() - began < IN_TIME_S
    assert prove(trusting, f"o{unique}", key) is None


def test_the_address_that_a_whitelist_lacks_is_the_operators(trusting, unique):
    key = foreign_session(trusting, f"o{unique}")
    forget_token(trusting)
    assert trusting.request("GET", "/readyz").json["wechat_refuses_address"] is None
    trusting.fault(STABLE_TOKEN, "errcode", 40164)
    answer = trusting.authorize({"openId": f"o{unique}", "session_key": key})
    assert outcome(answer) == MISCONFIGURED
    assert "203.0.113.9" not in answer.text + str(answer.headers.items())
    trusting.await_log(r"path=cgi-bin/stable_token errcode=40164 address=203.0.113.9 rid=[0-9a-f]{8}(-[0-9a-f]{8}){2}\b")
    assert trusting.request("GET", "/readyz").json["wechat_refuses_address"] == "203.0.113.9"
    foreign = {"X-Forwarded-For": "198.51.100.1"}
    assert trusting.request("GET", "/readyz", headers=foreign).json == {"status": "ready", "database": "ok"}


def test_the_breaker_opens_for_proofs(trusting, unique):
    key = foreign_session(trusting, f"o{unique}")
    said = []

    def is_closed():
        return prove(trusting, f"o{unique}", key) is None

    def is_open():
        said.append(prove(trusting, f"o{unique}", key))
        return said[-1] == NOT_REACHED

    wait_until(is_closed, 60, "nothing of before has opened it")
    trusting.fault(CHECK_SESSION, "status", 500, count=1000)
    wait_until(is_open, 30, lambda: f"the breaker opens: {said}")
    assert set(said) == {NO_ANSWER, NOT_REACHED}
    trusting.fault(CHECK_SESSION, "none")
    wait_until(is_closed, 60, "the breaker closes")


# ---- Limits


@pytest.fixture(scope="module")
def limited(make_stack):
    return make_stack("limited-proofs", RATES="on", CONF_http__messages="en",
                      CONF_rates__login_failures=3, CONF_rates__unproven_per_s=8,
                      CONF_rates__unproven_address_per_s=3,
                      CONF_rates__login_per_s=1000, CONF_rates__login_burst=1000)


def assert_too_many(answer):
    assert answer.status == 429 and int(answer.headers["Retry-After"]) > 0, answer
    assert answer.json == {"data": None, "status": 0, "message": RATE, "errors": None, "url": None}


def test_failures_count_for_one_address_and_openid(limited, unique):
    victim, other = f"o{unique}", f"o{unique}-other"
    keys = {openid: limited.session(openid=openid)["session_key"] for openid in (victim, other)}
    wrong = {"openId": victim, "session_key": "x"}
    for _ in range(3):
        assert outcome(limited.authorize(wrong, source="127.0.0.7")) == PROOF_MISSING
    assert_too_many(limited.authorize(wrong, source="127.0.0.7"))
    assert prove(limited, victim, keys[victim], source="127.0.0.7") is None  # WeChat is not asked
    assert prove(limited, other, keys[other], source="127.0.0.7") is None
    assert prove(limited, victim, keys[victim], source="127.0.0.8") is None
    assert outcome(limited.authorize(wrong, key=limited.key, source="127.0.0.7")) is None
    assert limited.log_in(openid=victim)["userName"] == victim


def test_successes_do_not_count(limited, unique):
    key = limited.session(openid=f"o{unique}")["session_key"]
    assert {prove(limited, f"o{unique}", key) for _ in range(30)} == {None}


def test_what_wechat_confirms_does_not_count(limited, unique):
    """Neither for the address nor for the app, and a stranger's wrong proofs leave room for others."""
    key = foreign_session(limited, f"o{unique}")
    for _ in range(30):
        assert prove(limited, f"o{unique}", key, source="127.0.3.1") is None
        assert limited.authorize({"openId": f"o{unique}-no", "session_key": "x"}, source="127.0.3.2").status in (200, 429)


def ask_for_strangers(stack, unique, n, sources):
    """n wrong proofs from each source, in turn; the answers by source."""
    answers = {source: [] for source in sources}
    for i in range(n):
        for source in sources:
            claim = {"openId": f"o{unique}-{source[-1]}{i}", "session_key": "x"}
            answers[source].append(stack.authorize(claim, source=source))
    return answers


def test_wechat_is_asked_for_strangers_so_often_in_a_second(limited, unique):
    """For one address, and for all together: as many again at once, as long as these had few wrong proofs."""
    before = n_calls(limited, CHECK_SESSION)
    for sources, per_s, n_at_once in (["127.0.1.1"], 3, 3), ([f"127.0.2.{i}" for i in range(1, 9)], 8, 16):
        began = time.monotonic()
        by_source = ask_for_strangers(limited, unique, 5, sources)
        allowed = n_at_once + per_s * (time.monotonic() - began) + 1
        answers = sum(by_source.values(), [])
        refused = [answer for answer in answers if answer.status == 429]
        assert len(answers) - allowed <= len(refused) < len(answers)
        for answer in refused:
            assert_too_many(answer)
        assert n_calls(limited, CHECK_SESSION) - before == len(answers) - len(refused)
        before = n_calls(limited, CHECK_SESSION)
    for i in range(12):
        assert outcome(limited.authorize({"openId": f"o{unique}-{i}"}, key=limited.key)) is None


def refusals(stack):
    return Metrics(stack.request("GET", "/metrics").text).value("wxuser_rate_limited_total", limit="unproven")


def test_right_proofs_pass_beside_others_wrong_ones(limited, unique):
    """Those of an address that had few wrong ones, while others use up what there is for the app."""
    strangers = [f"127.0.5.{i}" for i in range(1, 9)]
    key = foreign_session(limited, f"o{unique}")
    n_wrong = dict.fromkeys(strangers, 0)

    def guess(source):
        claim = {"openId": f"o{unique}-{source[-1]}-{time.monotonic_ns()}", "session_key": "x"}
        answer = limited.authorize(claim, source=source)
        n_wrong[source] += answer.status == 200

    with ThreadPoolExecutor(len(strangers)) as pool:
        wait_until(lambda: [*pool.map(guess, strangers)] and min(n_wrong.values()) >= 3, 30, "all have wrong ones")
        claim = {"openId": f"o{unique}", "session_key": key}
        wait_until(lambda: limited.authorize(claim, source="127.0.6.99").status == 200, 30,
                   "what their first wrong ones took has come back")
        before, answers = refusals(limited), []
        for i in range(20):
            guesses = pool.map(guess, strangers)
            answers.append(prove(limited, f"o{unique}", key, source=f"127.0.6.{i + 1}"))
            list(guesses)
        wait_until(lambda: [*pool.map(guess, strangers)] and refusals(limited) > before, 30, "the app's budget is used up")
    assert answers == [None] * 20


def test_what_wechat_was_not_asked_about_is_no_failure(limited, unique):
    """An openid that this official account has not exchanged."""
    for _ in range(6):
        assert prove(limited, f"o{unique}", "x", OFFICIAL, source="127.0.0.9") == PROOF_MISSING



def test_what_the_apps_limit_refuses_costs_an_address_nothing(make_stack, unique):
    """Others may have used it up."""
    narrow = make_stack("narrow-proofs", RATES="on", CONF_rates__unproven_per_s=1,
                        CONF_rates__unproven_address_per_s=3)
    answers = ask_for_strangers(narrow, unique, 30, ["127.0.4.1"])["127.0.4.1"]
    n_refused = sum(answer.status == 429 for answer in answers)
    metrics = Metrics(narrow.request("GET", "/metrics").text)
    assert n_refused > 0 and {limit: metrics.value("wxuser_rate_limited_total", limit=limit)
                              for limit in ("unproven", "unproven_address")} == {
        "unproven": n_refused, "unproven_address": 0}
