"""WeChat is asked whether an openid is the caller's: with one token for all, and not without end."""

from urllib.parse import urlencode

import pytest

MINI = "wx1000000000000001"
TOKEN, CHECK = "/cgi-bin/stable_token", "/wxa/checksession"
MISCONFIGURED = "The app is not configured correctly: ask the administrator"
NO_PROOF = "Nothing proves that the openId is the caller's: log in again"
TOO_MANY = "Too many requests, try again later"


def authorize(stack, openid, session_key, key=None, **headers):
    return stack.request("POST", "/api/Customer/AppAuthorization",
                         {"openId": openid, "session_key": session_key},
                         headers={"X-WX-AppId": MINI, **headers}, key=key)


def message(answer):
    assert answer.status == 200, answer
    return answer.json["message"]


def session(stack, openid):
    """The session_key of a login that another service has exchanged."""
    code = stack.code(MINI, openid=openid)
    secret = (stack.state / "secret" / MINI).read_text().strip()
    stack.request("GET", "/sns/jscode2session?" + urlencode({
        "appid": MINI, "secret": secret, "js_code": code["code"], "grant_type": "authorization_code"}))
    return code["session_key"]


class Calls:
    """How often WeChat was asked since, for a token and about a session."""

    def __init__(self, stack):
        self.stack = stack
        self.before = self.count()

    def count(self):
        return [self.stack.calls(path)["count"] for path in (TOKEN, CHECK)]

    def since(self):
        return [after - before for after, before in zip(self.count(), self.before)]


def test_one_token_serves_all(stack, unique):
    stack.sql("DELETE FROM wechat_token")
    calls = Calls(stack)
    for number in range(3):
        openid = f"o{number}-{unique}"
        assert message(authorize(stack, openid, session(stack, openid))) == "OK"
    assert calls.since() == [1, 3]
    assert stack.count("wechat_token") == 1


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_token_that_wechat_does_not_take_is_replaced_once(stack, unique, errcode):
    openid = f"o{unique}"
    session_key = session(stack, openid)
    assert message(authorize(stack, openid, session_key)) == "OK"

    calls = Calls(stack)
    stack.fault(CHECK, "errcode", errcode)
    assert message(authorize(stack, openid, session_key)) == "OK"
    assert calls.since() == [1, 2]

    calls = Calls(stack)
    stack.fault(CHECK, "errcode", errcode, count=2)
    assert message(authorize(stack, openid, session_key)) == MISCONFIGURED
    assert calls.since() == [1, 2]


def test_a_secret_that_wechat_refuses(stack, unique):
    stack.sql("DELETE FROM wechat_token")
    session_key = session(stack, f"o{unique}")
    calls = Calls(stack)
    stack.fault(TOKEN, "errcode", 40125)
    assert message(authorize(stack, f"o{unique}", session_key)) == MISCONFIGURED
    assert calls.since() == [1, 0]
    assert message(authorize(stack, f"o{unique}", session_key)) == "OK"


def test_the_session_of_our_own_login_asks_nobody(stack, unique):
    code = stack.code(MINI, openid=f"o{unique}")
    assert stack.login(code["code"], MINI).json["code"] == 200
    calls = Calls(stack)
    assert message(authorize(stack, f"o{unique}", code["session_key"])) == "OK"
    assert calls.since() == [0, 0]


def test_a_session_key_that_wechat_knows_is_not_kept(stack, unique):
    session_key = session(stack, f"o{unique}")
    calls = Calls(stack)
    for _ in range(2):
        assert message(authorize(stack, f"o{unique}", session_key)) == "OK"
    assert calls.since()[1] == 2
    assert stack.count("wechat_user", f"openid = 'o{unique}' AND session_key IS NULL") == 1


def test_wrong_proofs_count_for_their_openid_only(stack, unique):
    openid = f"o{unique}"
    session_key = session(stack, openid)
    for _ in range(10):
        assert message(authorize(stack, openid, "wrong")) == NO_PROOF
    answer = authorize(stack, openid, session_key)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
    assert answer.json == {
        "data": None, "status": 0, "message": TOO_MANY, "errors": None, "url": None}
    answer = authorize(stack, openid, session_key, Accept="text/xml")
    assert (answer.status, answer.headers["Content-Type"]) == (429, "text/xml; charset=utf-8")
    assert f"<Status>Fail</Status><Message>{TOO_MANY}</Message>" in answer.text

    other = f"oOther-{unique}"
    assert message(authorize(stack, other, session(stack, other))) == "OK"
    assert message(authorize(stack, openid, session_key, key=stack.key)) == "OK"
    assert stack.log_in(openid=openid)["userName"] == openid


def test_wechat_is_asked_so_often_for_strangers(make_stack, unique):
    hurried = make_stack("hurried", CONF_http__messages="en", CONF_rates__unproven_per_s=1)
    openid = f"o{unique}"
    session_key = session(hurried, openid)
    answers = [authorize(hurried, openid, session_key) for _ in range(5)]
    assert [answer.status for answer in answers][:2] == [200, 429]
    assert (answers[1].headers["Retry-After"], answers[1].json["message"]) == ("1", TOO_MANY)
    assert hurried.calls(CHECK)["count"] == sum(answer.status == 200 for answer in answers)
    assert message(authorize(hurried, openid, session_key, key=hurried.key)) == "OK"
