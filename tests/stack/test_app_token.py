"""POST /v1/apps/{appid}/access-token: WeChat's token of an app, for the app's other programs."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ctl import Ctl
from fastcgi_client import ask as ask_socket
from service import Service
from stack import wait_until
from test_cors import ORIGIN, preflight
from test_sandbox import STABLE_TOKEN, named, sandbox_sql

MINI, OFFICIAL, MOBILE = (f"wx100000000000000{number}" for number in (1, 2, 3))
SECOND = "wx2000000000000001"  # of the other tenant
MARGIN_S = 300
PAUSE_S, FORCED_A_DAY = 40, 10


@pytest.fixture(scope="module")
def site(make_stack):
    """Its pages of another origin may read what a person may call."""
    return make_stack("broker", CONF_http__messages="en", CONF_http__origins=ORIGIN)


def make_key(site, *options, networks="127.0.0.1", scopes="wechat"):
    return Ctl(site).out("key", "add", "--tenant", "1", "--name", f"php-{time.time_ns()}", "--scopes", scopes,
                         *(("--networks", networks) if networks else ()), *options).strip()


@pytest.fixture(scope="module")
def key(site):
    return make_key(site)


@pytest.fixture(autouse=True)
def forget(site):
    """Neither token nor count is left."""
    site.sql("DELETE FROM wechat_token; DELETE FROM sms_counter")
    sandbox_sql(site, "DELETE FROM app_token")


def target(app):
    return f"/v1/apps/{app}/access-token"


def ask(site, key, refused=None, app=MINI, **more):
    body = {} if refused is None else {"refused": refused}
    return site.request("POST", target(app), body, key=key, **more)


def token_of(answer):
    assert answer.status == 200, answer
    return answer.json["access_token"]


class Counted:
    """How often WeChat is asked, and how often it makes another token because it must."""

    def __init__(self, site):
        self.site, self.before = site, site.calls(STABLE_TOKEN)["count"]

    def calls(self):
        return self.site.calls(STABLE_TOKEN)["count"] - self.before


def ask_wechat(site, **more):
    """As another program does that has the app's secret."""
    body = {**named(site, MINI), "grant_type": "client_credential", **more}
    return site.request("POST", STABLE_TOKEN, body).json["access_token"]


def pass_seconds(site, seconds):
    """At WeChat, too."""
    site.sql(f"UPDATE sms_counter SET begins_at = begins_at - INTERVAL {seconds} SECOND")
    site.sql("UPDATE wechat_token SET failed_at = NULL")
    sandbox_sql(site, f"UPDATE app_token SET created_at = created_at - INTERVAL {seconds} SECOND")


def n_audited(site, action):
    return site.count("audit", f"action = '{action}'")


# ---- The token and who gets it


@pytest.mark.parametrize("app", [MINI, OFFICIAL])
def test_the_token_is_the_one_that_wechat_has(site, key, app):
    counted = Counted(site)
    answer = ask(site, key, app=app)
    assert list(answer.json) == ["access_token", "expires_in"]
    assert 7200 - MARGIN_S - 20 <= answer.json["expires_in"] <= 7200 - MARGIN_S
    assert answer.headers["Cache-Control"] == "no-store"
    again = ask(site, key, app=app)
    assert token_of(again) == token_of(answer) and again.json["expires_in"] <= answer.json["expires_in"]
    assert counted.calls() == 1
    if app == MINI:
        assert ask_wechat(site) == token_of(answer)


def test_it_is_stored_sealed_and_in_no_log(site, key):
    token = token_of(ask(site, key))
    new = token_of(ask(site, key, refused=token))
    site.await_log("v1/apps/{appid}/access-token")
    logs = "".join(path.read_text(errors="replace") for path in (site.state / "log").iterdir())
    for secret in token, new:
        assert secret not in logs
        assert site.count("wechat_token", f"token LIKE '%{secret[:40]}%'") == 0
        assert site.count("audit", f"details LIKE '%{secret[:40]}%'") == 0


@pytest.mark.parametrize("app", [SECOND, "wx9999999999999999", "wx_x", "a%27b"])
def test_another_tenants_app_is_one_that_is_not_there(site, key, app):
    answer = ask(site, key, app=app)
    assert answer.status == 404 and answer.json["code"] == "not_found"


def test_an_app_of_another_kind_has_none(site, key):
    answer = ask(site, key, app=MOBILE)
    assert answer.status == 422 and answer.json["code"] == "wrong_app"
    assert answer.json["title"] == "An app of this kind has no token"


@pytest.mark.parametrize("scopes", ["read,write", "admin", "read,write,admin"])
def test_no_other_scope_implies_it(site, scopes):
    counted = Counted(site)
    answer = ask(site, make_key(site, scopes=scopes))
    assert answer.status == 403 and answer.json["code"] == "scope_missing"
    assert ask(site, site.key).status == 403
    assert counted.calls() == 0


def test_it_opens_nothing_else(site, key):
    assert site.request("GET", "/api/weixin/wxbuyinguser/get?id=1", key=key).status == 403
    assert site.request("POST", "/v1/users/find", {"id": 1}, key=key).status == 403
    assert site.request("POST", "/v1/introspect", {"token": "x"}, key=key).status == 403


def test_it_works_from_its_networks_alone(site):
    counted = Counted(site)
    key = make_key(site, networks="127.0.0.7,10.0.0.0/8")
    for headers in {}, {"X-Forwarded-For": "127.0.0.7"}:
        answer = site.request("POST", target(MINI), {}, headers, key=key)
        assert answer.status == 403 and answer.json["code"] == "wrong_network"
    assert counted.calls() == 0
    assert ask(site, key, source="127.0.0.7").status == 200


def test_it_works_for_its_apps_alone(site):
    key = make_key(site, "--apps", OFFICIAL)
    assert ask(site, key, app=OFFICIAL).status == 200
    assert ask(site, key, app=MINI).status == 404


def test_a_person_and_nobody_get_none(site):
    site.give_tokens()
    assert ask(site, site.token()).status == 403
    assert ask(site, None).json["code"] == "credential_missing"


def test_a_page_gets_none(site, key):
    answer = preflight(site, target(MINI))
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Methods" not in answer.headers
    answer = site.request("POST", target(MINI), {}, {"Origin": ORIGIN}, key=key)
    assert answer.status == 401 and "Access-Control-Allow-Origin" not in answer.headers


def test_it_is_audited_once_an_hour_for_a_key_and_an_app(site):
    before = n_audited(site, "app.token")
    keys = [make_key(site) for _ in range(2)]
    for _ in range(3):
        for key in keys:
            for app in MINI, OFFICIAL:
                assert ask(site, key, app=app).status == 200
    assert n_audited(site, "app.token") == before + 4
    site.sql("UPDATE wechat_token_reader SET audited_at = audited_at - INTERVAL 1 HOUR")
    with ThreadPoolExecutor(20) as pool:
        assert {answer.status for answer in pool.map(lambda _: ask(site, keys[0]), range(20))} == {200}
    assert n_audited(site, "app.token") == before + 5


# ---- WeChat is asked once


def test_200_requests_are_one_call(site, key):
    counted = Counted(site)
    site.fault(STABLE_TOKEN, "slow", 1000)
    with ThreadPoolExecutor(200) as pool:
        tokens = {token_of(answer) for answer in pool.map(lambda _: ask(site, key), range(200))}
    assert len(tokens) == 1 and counted.calls() == 1


def test_200_that_were_refused_are_one_renewal(site, key):
    token = token_of(ask(site, key))
    counted, audited = Counted(site), n_audited(site, "app.token_forced")
    site.fault(STABLE_TOKEN, "slow", 500, count=2)
    with ThreadPoolExecutor(200) as pool:
        tokens = {token_of(answer) for answer in pool.map(lambda _: ask(site, key, refused=token), range(200))}
    assert len(tokens) == 1 and tokens != {token}
    assert counted.calls() == 2 and n_audited(site, "app.token_forced") == audited + 1
    assert ask_wechat(site) in tokens


def test_requests_to_two_hosts_are_one_call(site, key, tmp_path):
    other = Service(site, tmp_path)

    def ask_one(i):
        if i % 3 > 0:
            return token_of(ask(site, key))
        answer = ask_socket(str(tmp_path / "remote.sock"), "POST", target(MINI), b"{}", REMOTE_ADDR="127.0.0.1",
                            CONTENT_TYPE="application/json", HTTP_AUTHORIZATION=f"Bearer {key}")
        assert answer.status == 200, answer
        return json.loads(answer.body)["access_token"]

    try:
        counted = Counted(site)
        site.fault(STABLE_TOKEN, "slow", 1000)
        with ThreadPoolExecutor(120) as pool:
            tokens = set(pool.map(ask_one, range(120)))
        assert len(tokens) == 1 and counted.calls() == 1
    finally:
        other.end()


def test_all_that_wait_fail_with_the_first(site, key):
    """One call, which is tried three times."""
    counted = Counted(site)
    site.fault(STABLE_TOKEN, "errcode", -1, count=100)
    began = time.monotonic()
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: ask(site, key), range(50)))
    assert {(answer.status, answer.json["code"]) for answer in answers} == {(502, "wechat_failed")}
    assert counted.calls() <= 3 * (1 + time.monotonic() - began)
    site.fault(STABLE_TOKEN, "none")
    wait_until(lambda: ask(site, key).status == 200, 60, "WeChat is asked again")


def test_a_claim_of_a_dead_worker_ends(site, key):
    site.sql("INSERT INTO wechat_token (app_id, tenant_id, row_uuid, expires_at, asked_until) "
             "SELECT id, tenant_id, REPEAT('x', 16), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 SECOND "
             f"FROM app WHERE appid = '{MINI}'")
    assert ask(site, key).status == 200


# ---- A token that WeChat refuses


def test_a_refused_token_that_is_not_the_cached_one(site, key):
    token = token_of(ask(site, key))
    counted = Counted(site)
    for refused in "81_older", token[:-1], token + "x", "", "x" * 1024:
        assert token_of(ask(site, key, refused=refused)) == token
    assert counted.calls() == 0
    assert ask(site, key, refused="x" * 1025).json["errors"][0]["pointer"] == "/refused"


def test_wechat_has_another_one_already(site, key):
    token = token_of(ask(site, key))
    newer = ask_wechat(site, force_refresh=True)
    counted = Counted(site)
    assert token_of(ask(site, key, refused=token)) == newer
    assert counted.calls() == 1 and site.count("sms_counter") == 0
    assert token_of(ask(site, key, refused=token)) == newer and counted.calls() == 1


def test_wechat_repeats_it_and_is_made_to_give_another(site, key):
    token = token_of(ask(site, key))
    counted = Counted(site)
    newer = token_of(ask(site, key, refused=token))
    assert newer != token and counted.calls() == 2
    assert ask_wechat(site) == newer and token_of(ask(site, key)) == newer


def test_a_forced_renewal_too_soon(site, key):
    newer = token_of(ask(site, key, refused=token_of(ask(site, key))))
    audited = n_audited(site, "app.token_forced")
    counted = Counted(site)
    answer = ask(site, key, refused=newer)
    assert answer.status == 503 and answer.json["code"] == "busy" and counted.calls() == 1
    seconds, = answer.headers.get_all("Retry-After")
    assert 0 < int(seconds) <= PAUSE_S
    site.sql("UPDATE wechat_token SET failed_at = failed_at + INTERVAL 1 MINUTE")
    answer = ask(site, key, refused=newer)  # within a second of the failure
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0 and counted.calls() == 1
    assert token_of(ask(site, key)) == newer  # for those whom WeChat has not refused it
    assert n_audited(site, "app.token_forced") == audited


def test_ten_forced_renewals_a_day(site, key):
    token = token_of(ask(site, key))
    audited = n_audited(site, "app.token_forced")
    for _ in range(FORCED_A_DAY):
        newer = token_of(ask(site, key, refused=token))
        assert newer != token
        token = newer
        pass_seconds(site, PAUSE_S)
    counted = Counted(site)
    answer = ask(site, key, refused=token)
    assert answer.status == 503 and 80_000 < int(answer.headers["Retry-After"]) < 86_400
    assert counted.calls() == 1 and n_audited(site, "app.token_forced") == audited + FORCED_A_DAY
    pass_seconds(site, 86_400 - FORCED_A_DAY * PAUSE_S)
    assert token_of(ask(site, key, refused=token)) != token


def test_others_have_used_up_what_wechat_gives(site, key):
    token = token_of(ask(site, key))
    app = f"(SELECT '{MINI}' AS appid) a"
    sandbox_sql(site, "INSERT INTO app_token SELECT UUID(), appid, 1, 1, UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, "
                      f"UTC_TIMESTAMP(6), 1 FROM {app} JOIN seq_1_to_20")
    answer = ask(site, key, refused=token)
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
    assert token_of(ask(site, key)) == token


def test_another_program_has_forced_one_a_moment_ago(site, key):
    """WeChat does not refresh then, and repeats the token."""
    token = ask_wechat(site, force_refresh=True)
    assert token_of(ask(site, key)) == token
    answer = ask(site, key, refused=token)
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
