"""POST /v1/login, where a case of one exchange does not show it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from stack import new_phone
from test_login import calls_with
from test_v1 import error, me

LOGIN, ME = "/v1/login", "/v1/me"
EXCHANGE, PHONE_NUMBER = "/sns/jscode2session", "/wxa/business/getuserphonenumber"
APPS = {kind: f"wx100000000000000{number}" for number, kind in enumerate(("mini", "official", "mobile", "web"), 1)}


def post(stack, code, app_id=None, source="127.0.0.1", key=None, headers=(), **members):
    headers = {"X-WX-AppId": app_id or stack.app_id, **dict(headers)}
    return stack.request("POST", LOGIN, {"code": code, **members}, headers, key=key, source=source)


def log_in(stack, code, *more, **members):
    """The answer of a login that succeeds, whose token is the person's."""
    answer = post(stack, code, *more, **members)
    assert answer.status == 200, answer
    assert answer.headers["Cache-Control"] == "no-store"
    assert me(stack, answer.json["access_token"]) == answer.json["account"]
    return answer.json


@pytest.fixture
def code(stack, unique):
    return stack.code(openid=f"o{unique}")["code"]


def new_code(stack, unique, app_id=None, **fields):
    return stack.code(app_id, openid=f"o{unique}", **fields)["code"]


# ---- Who logs in

@pytest.mark.parametrize("kind", APPS)
def test_an_app_of_each_kind(stack, unique, kind):
    login = log_in(stack, new_code(stack, unique, APPS[kind], unionid=f"u{unique}"), APPS[kind])
    assert (login["token_type"], login["expires_in"], login["is_new"]) == ("Bearer", 7200, True)
    assert login["account"]["openids"] == [{"appid": APPS[kind], "kind": kind, "openid": f"o{unique}"}]
    assert login["account"]["user"]["unionid"] == f"u{unique}"


def test_one_code_serves_each_dialect(stack, unique):
    """In each order; every answer is of the same account, and WeChat is asked once."""
    def of_account(code):
        return stack.login(code).json["data"]["id"]

    def of_customer(code):
        return stack.authorize({"code": code}).json["data"]["customerId"]

    def of_v1(code):
        login = log_in(stack, code)
        assert login["is_new"]
        return login["account"]["account_id"]

    for number, order in enumerate([(of_account, of_customer, of_v1), (of_v1, of_account, of_customer),
                                    (of_customer, of_v1, of_v1)]):
        code = stack.code(openid=f"o{unique}-{number}")["code"]
        assert len({ask(code) for ask in order}) == 1
        assert calls_with(stack, EXCHANGE, code) == 1


def test_who_is_new(stack, unique):
    """An account is, once: neither a second openid of a person nor a user who comes again; but one whom only the
    shop knew."""
    stack.save(openId=f"o{unique}", name="小明")
    login = log_in(stack, new_code(stack, unique, unionid=f"u{unique}"))
    assert login["is_new"] and login["account"]["profile"]["name"] == "小明"
    second = log_in(stack, stack.code(APPS["official"], openid=f"oo{unique}", unionid=f"u{unique}")["code"],
                    APPS["official"])
    assert not second["is_new"] and second["account"]["account_id"] == login["account"]["account_id"]
    assert not log_in(stack, new_code(stack, unique))["is_new"]


def test_fifty_at_once(stack, unique, code):
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: post(stack, code), range(50)))
    assert {answer.status for answer in answers} == {200}
    assert {answer.json["is_new"] for answer in answers} == {True}
    assert len({answer.json["account"]["account_id"] for answer in answers}) == 1
    assert calls_with(stack, EXCHANGE, code) == 1
    assert stack.count("wechat_user", f"openid = 'o{unique}'") == 1


# ---- Who does not

def test_another_address(stack, code):
    log_in(stack, code)
    assert error(post(stack, code, source="127.0.0.2")) == (410, "code_spent")
    assert error(post(stack, code, source="127.0.0.2", reopen=True)) == (410, "code_spent")
    log_in(stack, code)


def test_a_code_is_spent_after_a_minute(stack, code):
    log_in(stack, code)
    stack.sql("UPDATE login_claim SET created_at = created_at - INTERVAL 61 SECOND ORDER BY id DESC LIMIT 1")
    assert error(post(stack, code)) == (410, "code_spent")


def test_another_apps_code(stack, unique):
    code = new_code(stack, unique, APPS["official"])
    assert error(post(stack, code)) == (422, "code_invalid")
    assert stack.user(f"o{unique}") is None


def test_the_credential_beside_the_code(stack, unique):
    """A key of the app's tenant may stand there, and an old token; no other key, and never from a page."""
    old = stack.token(openid=f"old{unique}")
    stack.let_expire(old)
    for key in stack.key, old, "wxt_x", "x":
        assert post(stack, new_code(stack, unique), key=key).status == 200, key
    code = new_code(stack, unique)
    assert error(post(stack, code, key=stack.key_2)) == (422, "wrong_app")
    assert error(post(stack, code, key=stack.key + "x")) == (401, "token_unknown")
    assert error(post(stack, code, key=stack.key, headers={"Origin": "https://a.example"})) == (401, "token_unknown")
    assert calls_with(stack, EXCHANGE, code) == 0


def test_a_user_who_was_erased_since(stack, unique, code, ctl):
    log_in(stack, code)
    ctl.out("user", "erase", stack.app_id, f"o{unique}")
    assert error(post(stack, code)) == (410, "code_spent")
    assert stack.login(code).json["code"] == 500
    assert log_in(stack, new_code(stack, unique))["is_new"]


# ---- The profile

def test_the_profile_is_the_users_word(stack, unique):
    code = new_code(stack, unique, APPS["official"], nickname="微信的", sex=1, scope="snsapi_userinfo")
    profile = {"name": None, "city": "长沙"}
    login = log_in(stack, code, APPS["official"], profile=profile)
    assert (login["account"]["profile"]["name"], login["account"]["profile"]["city"]) == (None, "长沙")
    code = new_code(stack, unique, APPS["official"], nickname="微信的", scope="snsapi_userinfo")
    login = log_in(stack, code, APPS["official"])
    assert (login["account"]["profile"]["name"], login["account"]["profile"]["gender"]) == (None, 1)
    again = log_in(stack, code, APPS["official"], profile={"name": "自己的"})
    assert again["account"]["profile"]["name"] == "自己的"


# ---- The phone

def phone_of(login):
    """Its number, if it is confirmed, and what failed."""
    phone = login["account"]["phone"]
    return phone and phone["is_confirmed"] and phone["number"], login.get("phone_error", {}).get("code")


def test_the_phone_is_confirmed_after_the_login(stack, unique):
    """Once, however often the two codes come; the member is then bound without an SMS."""
    number, code = new_phone(), new_code(stack, unique)
    phone_code = stack.phone_code(openid=f"o{unique}", phone=number)["code"]
    for _ in range(3):
        login = log_in(stack, code, phone_code=phone_code)
        assert phone_of(login) == (number, None)
    assert calls_with(stack, PHONE_NUMBER, phone_code) == 1
    member = stack.request("PUT", "/v1/me/member", {"name": "小明"}, key=login["access_token"])
    assert member.status == 200, member
    assert phone_of(log_in(stack, new_code(stack, unique), phone_code="")) == (number, None)


def test_a_phone_that_fails_fails_no_login(stack, unique):
    other, code = stack.token(openid=f"other{unique}"), new_code(stack, unique)
    theirs = stack.phone_code(openid=f"other{unique}", phone=new_phone())["code"]
    number = new_phone()
    assert stack.request("POST", "/v1/me/phone/sms", {"phone": number, "code": stack.sms_code(other, number)},
                         key=other).status == 200
    elsewhere = stack.phone_code(openid=f"o{unique}", phone=number)["code"]
    for phone_code, error_code in ((theirs, "code_invalid"), (elsewhere, "phone_confirmed_elsewhere"),
                                   (code, "not_a_phone_code")):
        answer = post(stack, code, phone_code=phone_code)
        assert (answer.status, phone_of(answer.json)) == (200, (None, error_code)), answer
        stack.await_log(rf'request={answer.headers["X-Request-Id"]} .* status=200 reason="phone_code: ')
    official = APPS["official"]
    login = log_in(stack, stack.code(official, openid=f"oo{unique}")["code"], official, phone_code="x")
    assert phone_of(login) == (None, "phone_needs_mini_program")


def test_wechat_fails_at_the_phone(stack, unique):
    code, phone_code = new_code(stack, unique), stack.phone_code(openid=f"o{unique}", phone=new_phone())["code"]
    stack.fault(PHONE_NUMBER, "cut")
    assert phone_of(log_in(stack, code, phone_code=phone_code)) == (None, "wechat_failed")
    assert phone_of(log_in(stack, code, phone_code=phone_code)) == (None, "wechat_failed")


def test_the_phone_is_to_be_tried_later(stack, unique):
    """How long stands with the failure; the login itself needs no second try."""
    code, phone_code = new_code(stack, unique), stack.phone_code(openid=f"o{unique}", phone=new_phone())["code"]
    stack.fault(PHONE_NUMBER, "errcode", 45011)
    answer = post(stack, code, phone_code=phone_code)
    failed = answer.json["phone_error"]
    assert (answer.status, failed["code"], failed["retry_after"]) == (200, "too_often", 60)
    assert "retry_after" in failed["detail"] and "Retry-After" not in failed["detail"]
    assert "Retry-After" not in answer.headers


def test_who_does_not_log_in_keeps_the_phones_code(stack, unique):
    number = new_phone()
    log_in(stack, new_code(stack, unique))
    phone_code = stack.phone_code(openid=f"o{unique}", phone=number)["code"]
    stack.close(openId=f"o{unique}")
    code = new_code(stack, unique)
    assert error(post(stack, code, phone_code=phone_code)) == (403, "account_closed")
    assert error(post(stack, code, phone_code="x" * 513)) == (422, "value")
    assert calls_with(stack, PHONE_NUMBER, phone_code) == 0
    assert phone_of(log_in(stack, code, phone_code=phone_code, reopen=True)) == (number, None)


@pytest.mark.long
def test_the_whole_is_answered_in_time(stack, unique):
    code, phone_code = new_code(stack, unique), stack.phone_code(openid=f"o{unique}", phone=new_phone())["code"]
    stack.fault(EXCHANGE, "slow", 4500)
    stack.fault(PHONE_NUMBER, "slow", 8000)
    began = time.monotonic()
    answer = post(stack, code, phone_code=phone_code)
    assert time.monotonic() - began < 9
    assert (answer.status, phone_of(answer.json)) == (200, (None, "wechat_silent"))


# ---- A closed account

def test_a_closed_account_is_taken_back(stack, unique):
    """By the code that it has refused, or by another one; before that nothing is."""
    first = log_in(stack, new_code(stack, unique))
    stack.close(openId=f"o{unique}")
    code, other = (new_code(stack, unique) for _ in range(2))
    refused = post(stack, code)
    assert error(refused) == error(post(stack, code)) == error(post(stack, other)) == (403, "account_closed")
    assert refused.json["erases_at"] == post(stack, other).json["erases_at"] > first["account"]["created_at"]
    assert error(stack.request("GET", ME, key=first["access_token"])) == (401, "token_revoked")
    assert error(post(stack, code, reopen=False)) == (403, "account_closed")
    assert error(post(stack, code, source="127.0.0.2", reopen=True)) == (410, "code_spent")

    login = log_in(stack, code, reopen=True)
    assert not login["is_new"] and login["account"] == first["account"]
    assert log_in(stack, code)["account"] == first["account"]
    assert stack.login(code).json["code"] == 200
    assert stack.count("audit", "action = 'account.reopen' AND actor = 'login'") > 0
    assert error(stack.request("GET", ME, key=first["access_token"])) == (401, "token_revoked")


def test_a_new_code_takes_it_back_at_once(stack, unique):
    first = log_in(stack, new_code(stack, unique))
    stack.close(openId=f"o{unique}")
    assert log_in(stack, new_code(stack, unique), reopen=True)["account"] == first["account"]


def test_the_code_of_a_login_before_the_closing_takes_it_back(stack, unique, code):
    first = log_in(stack, code)
    stack.close(openId=f"o{unique}")
    assert error(post(stack, code)) == (403, "account_closed")
    assert log_in(stack, code, reopen=True)["account"] == first["account"]


def test_another_openid_of_the_person_takes_it_back(stack, unique):
    """One that the account does not have yet, so only its first request knows who has come."""
    official = APPS["official"]
    codes = iter([stack.code(official, openid=f"oo{unique}", unionid=f"u{unique}")["code"] for _ in range(3)])
    first = log_in(stack, new_code(stack, unique, unionid=f"u{unique}"))
    stack.close(openId=f"o{unique}")
    code = next(codes)
    assert error(post(stack, code, official)) == (403, "account_closed")
    for reopen in False, True:
        assert error(post(stack, code, official, reopen=reopen)) == (410, "code_spent")
    login = log_in(stack, next(codes), official, reopen=True)
    assert not login["is_new"] and login["account"]["account_id"] == first["account"]["account_id"]
    assert len(login["account"]["openids"]) == 2


def test_reopen_opens_nothing_else(stack, unique):
    """Neither an account that the operator has disabled, nor one that is open already."""
    code = new_code(stack, unique)
    log_in(stack, code, reopen=True)
    stack.disable(openId=f"o{unique}")
    for refused in code, new_code(stack, unique):
        assert error(post(stack, refused, reopen=True)) == (403, "account_disabled")
    own = f"id = (SELECT account_id FROM wechat_user WHERE openid = 'o{unique}')"
    assert stack.count("account", f"NOT is_active AND erases_at IS NULL AND {own}") == 1


def test_fifty_take_it_back_at_once(stack, unique):
    first = log_in(stack, new_code(stack, unique))
    stack.close(openId=f"o{unique}")
    code = new_code(stack, unique)
    before = stack.count("audit", "action = 'account.reopen'")
    assert error(post(stack, code)) == (403, "account_closed")
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: post(stack, code, reopen=True), range(50)))
    assert {answer.status for answer in answers} == {200}
    assert {answer.json["account"]["account_id"] for answer in answers} == {first["account"]["account_id"]}
    assert stack.count("audit", "action = 'account.reopen'") == before + 1
