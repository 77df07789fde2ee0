"""WeChat misbehaves: a clear answer in time, nothing half stored, and the next login works."""

import re
import time

import pytest

from stack import wait_until

PATH = "/sns/jscode2session"
NO_ANSWER = "WeChat did not answer: log in again with a new code"
BUSY = "WeChat is busy: log in again later with a new code"
NOT_REACHED = "WeChat cannot be reached: try again later"
CODE_INVALID = "The code is not valid or has expired: log in again"
CODE_USED = "The code has been used: log in again"
MISCONFIGURED = "The app is not configured correctly: ask the administrator"
# What the program allows a call is 5 s; nobody waits for more than 15.
IN_TIME_S = 12


@pytest.fixture(scope="module")
def troubled(make_stack):
    return make_stack("troubled", CONF_http__messages="en")


SILENT, FAILED = (504, "wechat_silent"), (502, "wechat_failed")
INVALID, SPENT = (422, "code_invalid"), (410, "code_spent")
# What getUserInfo says, and /v1/login.
FAULTS = {
    "slow": ("slow", 8000, NO_ANSWER, SILENT),
    "hang": ("hang", 0, NO_ANSWER, SILENT),
    "cut": ("cut", 0, NO_ANSWER, FAILED),
    "truncate": ("truncate", 0, NO_ANSWER, FAILED),
    "status-500": ("status", 500, NO_ANSWER, FAILED),
    "status-503": ("status", 503, NO_ANSWER, FAILED),
    "html": ("html", 0, NO_ANSWER, FAILED),
    "busy": ("errcode", -1, BUSY, FAILED),
    "quota": ("errcode", 45011, BUSY, FAILED),
    "code-expired": ("errcode", 42003, CODE_INVALID, INVALID),
    "code-wrong": ("errcode", 40029, CODE_INVALID, INVALID),
    "code-used": ("errcode", 40163, CODE_USED, SPENT),
    "secret-wrong": ("errcode", 40125, MISCONFIGURED, FAILED),
    "address-not-listed": ("errcode", 40164, MISCONFIGURED, FAILED),
}
# What the operator is told of it.
REASONS = {
    "slow": "WeChat did not answer in time", "hang": "WeChat did not answer in time",
    "cut": "the connection to WeChat was cut before its answer",
    "truncate": "WeChat's answer, with HTTP status 200, cannot be read",
    "status-500": "WeChat's answer, with HTTP status 500, cannot be read",
    "status-503": "WeChat's answer, with HTTP status 503, cannot be read",
    "html": "WeChat's answer, with HTTP status 200, cannot be read",
    "busy": "errcode -1: WeChat is busy",
    "quota": "errcode 45011: the app calls too often in a minute",
    "code-expired": "errcode 42003: the code is too old",
    "code-wrong": "errcode 40029: the code is wrong or another app's",
    "code-used": "errcode 40163: the code was used before",
    "secret-wrong": "errcode 40125: the AppSecret is wrong",
    "address-not-listed": "errcode 40164: the app's IP whitelist lacks this host's address",
}


def v1_login(stack, code):
    answer = stack.request("POST", "/v1/login", {"code": code})
    return answer.status, answer.json["code"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_answered_in_time_and_stores_nothing(troubled, unique, name):
    kind, value, message, v1 = FAULTS[name]
    openid = f"o{unique}"
    accounts = troubled.count("account")
    code = troubled.code(openid=openid)["code"]
    troubled.fault(PATH, kind, value)

    began = time.monotonic()
    answer = troubled.login(code)
    assert time.monotonic() - began < IN_TIME_S
    assert (answer.status, answer.json) == (200, {"msg": message, "code": 500})
    (reason,), = troubled.sql(f"SELECT reason FROM login_refusal WHERE request_id = '{answer.headers['X-Request-Id']}'")
    assert re.fullmatch(rf"{re.escape(REASONS[name])}( [0-9.]+)? \(app {troubled.app_id}\)", reason), reason
    assert v1_login(troubled, code) == v1  # the outcome of the code, again
    assert troubled.user(openid) is None
    assert troubled.count("account") == accounts

    # The next code works, and enough of them keep the breaker shut for the next test.
    for _ in range(3):
        assert troubled.log_in(openid=openid)["userName"] == openid
    assert troubled.count("account") == accounts + 1


def test_a_moderate_delay_is_waited_for(troubled, unique):
    troubled.fault(PATH, "slow", 1500)
    assert troubled.log_in(openid=f"o{unique}")["userName"] == f"o{unique}"


def test_a_profile_that_fails_does_not_fail_the_login(troubled, unique):
    troubled.fault("/sns/userinfo", "html")
    account = troubled.log_in("wx1000000000000002", openid=f"o{unique}", nickname="昵称")
    assert account["userName"] == f"o{unique}"


BYTES = {
    "control": ("小{bytes}明", b"\x14", "小明"), "nul": ("{bytes}小明", b"\0", "小明"),
    "cut": ("小{bytes}", b"\xe6\x98", "小\ufffd"), "half-a-pair": ("小{bytes}", b"\\ud83d", "小\ufffd"),
    "escaped-nul": ("小{bytes}明", b"\\u0000", "小明"), "cesu-8": ("{bytes}", b"\xed\xa0\xbd\xed\xb8\x80", "😀"),
    "twice": ("{bytes}", b'a","nickname":"b', "b"), "mark": ("小明", b"\xef\xbb\xbf", "小明"),
    "unreadable": ("{bytes}", b'a"b', None),
}


def test_a_nickname_of_any_bytes_is_asked_for_once_and_belongs_to_one_person(troubled, unique):
    """In a row, more of them than the breaker bears."""
    before = troubled.calls("/sns/userinfo")["count"]
    for name, (nickname, raw, shown) in BYTES.items():
        openid = f"o{name}-{unique}"
        troubled.fault("/sns/userinfo", "bytes", text=raw.hex())
        account = troubled.log_in("wx1000000000000002", openid=openid, nickname=nickname, unionid=f"u{name}-{unique}")
        assert (name, account["surname"]) == (name, shown)
        assert troubled.log_in(openid=f"{openid}-mini", unionid=f"u{name}-{unique}")["id"] == account["id"]
    assert troubled.calls("/sns/userinfo")["count"] == before + len(BYTES)
    account = troubled.log_in("wx1000000000000002", openid=f"o{unique}", nickname="小明")
    assert account["surname"] == "小明"


@pytest.mark.parametrize("path", [PATH, "/sns/oauth2/access_token"])
def test_a_login_survives_a_byte_order_mark(troubled, unique, path):
    troubled.fault(path, "bytes", text="efbbbf")
    app = None if path == PATH else "wx1000000000000002"
    assert troubled.log_in(app, openid=f"o{unique}")["userName"] == f"o{unique}"


def test_database_answers_do_not_wait_for_wechat(troubled, unique):
    """More hanging logins than there are workers that may wait: the shop's reads are as quick as ever."""
    from concurrent.futures import ThreadPoolExecutor

    troubled.save(openId=f"o{unique}")
    codes = [troubled.code()["code"] for _ in range(12)]
    before = troubled.calls(PATH)["count"]
    troubled.fault(PATH, "slow", 3000, count=12)
    with ThreadPoolExecutor(12) as pool:
        logins = [pool.submit(troubled.login, code, timeout=60) for code in codes]
        wait_until(lambda: troubled.calls(PATH)["count"] >= before + 8, 20, "the workers wait for WeChat")
        for _ in range(20):
            assert troubled.user(f"o{unique}")["openId"] == f"o{unique}"
        assert not any(login.done() for login in logins)
        for login in logins:
            login.result()


def test_the_breaker_opens_and_closes_by_itself(troubled):
    def is_closed():
        return troubled.login(troubled.code()["code"]).json["code"] == 200

    wait_until(is_closed, 60, "nothing of before has opened it")
    troubled.fault(PATH, "status", 500, count=1000)
    answers = []

    def is_open():
        began = time.monotonic()
        answers.append(troubled.login(troubled.code()["code"]).json["msg"])
        assert time.monotonic() - began < IN_TIME_S
        return answers[-1] == NOT_REACHED

    wait_until(is_open, 30, lambda: f"the breaker opens: {answers}")
    assert set(answers) == {NO_ANSWER, NOT_REACHED}
    troubled.fault(PATH, "none")
    wait_until(is_closed, 60, "the breaker closes")


def test_who_cannot_be_reached_was_not_asked(make_stack):
    """Each endpoint that asks others; nothing is spent then."""
    nobody = "http://127.0.0.1:1"
    lonely = make_stack("lonely", CONF_http__messages="en", CONF_wechat__base_url=nobody,
                        CONF_wechat__second_url=nobody, CONF_sms__base_url=nobody)
    for _ in range(2):
        assert lonely.login("0a0b0c").json == {"msg": NOT_REACHED, "code": 500}
        assert v1_login(lonely, "0a0b0c") == FAILED
        answer = lonely.request("POST", "/api/Customer/AppAuthorization", {"code": "0d0e0f"})
        assert (answer.json["status"], answer.json["message"]) == (0, NOT_REACHED)
        answer = lonely.post("/city/v3/OnlineMediateWW/SendVerifyCode",
                             {"MobilePhone": "13800000000", "OpenId": "oAnybody"})
        assert (answer.json["Ret"], answer.json["Msg"]) == (
            4, "The code could not be sent, try again later")
