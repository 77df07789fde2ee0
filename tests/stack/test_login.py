"""A login code goes in, the account comes out, and the same user is found through the shop."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from test_access import control
from test_wechat_faults import CODE_USED, MISCONFIGURED

MINI, OFFICIAL, MOBILE = (f"wx100000000000000{number}" for number in (1, 2, 3))
SECOND = "wx2000000000000001"  # of the other tenant


def test_the_shop_finds_the_user_and_its_change_lasts(stack, unique):
    openid = f"o{unique}"
    account = stack.log_in(openid=openid)
    user = stack.user(openid)
    assert (user["openId"], user["name"], account["surname"]) == (openid, "", None)

    assert stack.save(id=user["id"], name="小明😀") == user["id"]
    again = stack.log_in(openid=openid)
    assert (again["id"], again["surname"]) == (account["id"], "小明😀")
    assert again["entityVersion"] >= account["entityVersion"]
    assert stack.user(openid)["name"] == "小明😀"


def test_a_user_that_the_shop_stored_is_adopted_by_the_first_login(stack, unique):
    openid = f"o{unique}"
    id = stack.save(openId=openid, name="张三")
    assert stack.log_in(openid=openid)["surname"] == "张三"
    assert stack.user(openid)["id"] == id


def test_openids_that_differ_in_case_are_two_users(stack, unique):
    lower, upper = f"o{unique}-Abc", f"o{unique}-ABC"
    accounts = [stack.log_in(openid=openid) for openid in (lower, upper)]
    assert accounts[0]["id"] != accounts[1]["id"]
    assert accounts[0]["normalizedUserName"] == accounts[1]["normalizedUserName"]
    assert stack.user(lower)["id"] != stack.user(upper)["id"]


def test_names_of_wechat_fill_what_the_user_has_not_set(stack, unique):
    openid = f"o{unique}"
    first = stack.log_in(OFFICIAL, openid=openid, nickname="昵称🐼", headimgurl="https://example.com/h/132")
    assert (first["surname"], first["avatarUrl"]) == ("昵称🐼", "https://example.com/h/132")
    stack.save(openId=openid, name="自己的名字")
    assert stack.log_in(OFFICIAL, openid=openid, nickname="昵称二")["surname"] == "自己的名字"


def test_a_code_of_another_app_is_refused(stack, unique):
    code = stack.code(OFFICIAL, openid=f"o{unique}")["code"]
    assert stack.login(code, MINI).json["code"] == 500
    assert stack.user(f"o{unique}") is None


def test_a_login_that_names_no_app_is_of_the_default_app(stack, ctl, unique):
    """The service has two tenants."""
    def log_in(app):
        code = stack.code(app, openid=f"o{unique}")["code"]
        return stack.request("POST", "/account_api/wechat/user/getUserInfo", {"code": code},
                             {"Host": "elsewhere.localhost"}).json["code"]

    assert log_in(stack.app_id) == 200
    try:
        ctl.out("app", "set", SECOND, "--default")
        assert log_in(SECOND) == 200
        assert stack.user(f"o{unique}", stack.key_2) is not None
        assert log_in(stack.app_id) != 200
    finally:
        ctl.out("app", "set", stack.app_id, "--default")


def test_a_wrong_secret_is_our_operators_matter_and_stores_nothing(stack, unique):
    right = (stack.state / "secret" / MOBILE).read_text()
    code = stack.code(MOBILE, openid=f"o{unique}")["code"]
    stack.sandbox("apps", {"appid": MOBILE, "kind": "mobile", "secret": "0" * 32})
    try:
        answer = stack.login(code, MOBILE)
    finally:
        stack.sandbox("apps", {"appid": MOBILE, "kind": "mobile", "secret": right})
    assert answer.json == {
        "msg": MISCONFIGURED, "code": 500}
    assert stack.user(f"o{unique}") is None
    stack.await_log(rf'err=UPSTREAM_CONFIG reason="errcode 40125: the AppSecret is wrong \(app {MOBILE}\)"')


@pytest.mark.parametrize("column, reason", [
    ("is_active = 0", "the account is switched off"), ("is_deleted = 1", "the account is deleted"),
    ("lockout_end = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR", "the account is locked")])
def test_an_account_that_is_switched_off_does_not_log_in(stack, unique, column, reason):
    account = stack.log_in(openid=f"o{unique}")
    guid = account["id"].replace("-", "")
    stack.sql(f"UPDATE account SET {column} WHERE id = UNHEX('{guid}')")
    answer = stack.login(stack.code(openid=f"o{unique}")["code"])
    assert answer.json == {
        "msg": "The account is disabled: ask the administrator", "code": 500}
    assert stack.reason(answer, "ACCOUNT_DISABLED") == reason


def test_the_security_stamp_is_not_what_is_stored(stack, unique):
    account = stack.log_in(openid=f"o{unique}")
    guid = account["id"].replace("-", "")
    (stored,), = stack.sql(f"SELECT HEX(security_stamp) FROM account WHERE id = UNHEX('{guid}')")
    assert stored not in account["securityStamp"]
    assert account["securityStamp"] not in stored


def test_a_code_is_exchanged_once_however_many_post_it(stack, unique):
    code = stack.code(openid=f"o{unique}")["code"]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: stack.login(code), range(50)))
    assert {answer.json["code"] for answer in answers} == {200}
    assert len({answer.json["data"]["id"] for answer in answers}) == 1
    assert calls_with(stack, "/sns/jscode2session", code) == 1
    assert stack.count("wechat_user", f"openid = 'o{unique}'") == 1


def calls_with(stack, path, text):
    return sum(text in str(call) for call in stack.calls(path)["calls"])


def test_parallel_logins_of_a_new_user_make_one_account(stack, unique):
    codes = [stack.code(openid=f"o{unique}")["code"] for _ in range(64)]
    accounts_before = stack.count("account")
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(stack.login, codes))
    assert {answer.json["code"] for answer in answers} == {200}
    assert len({answer.json["data"]["id"] for answer in answers}) == 1
    assert stack.count("wechat_user", f"openid = 'o{unique}'") == 1
    assert stack.count("account") == accounts_before + 1


def test_logins_of_a_known_user_burn_no_ids(stack, unique):
    def next_id():
        return stack.sql("SELECT AUTO_INCREMENT FROM information_schema.TABLES"
                         " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'wechat_user'")

    stack.log_in(openid=f"o{unique}")
    before = next_id()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: stack.log_in(openid=f"o{unique}"), range(200)))
    assert next_id() == before


def test_a_replayed_code_is_refused_where_replay_is_off(make_stack, unique):
    strict = make_stack("strict", CONF_http__messages="en", CONF_account__replay_window_s=0)
    code = strict.code(openid=f"o{unique}")["code"]
    assert strict.login(code).json["code"] == 200
    assert strict.login(code).json == {"msg": CODE_USED, "code": 500}
    assert calls_with(strict, "/sns/jscode2session", code) == 1


def test_the_log_says_whose_login_it_was_and_from_where(stack, unique):
    """Also of one that the account refuses; the address but for its last part."""
    def logged(answer):
        pattern = rf"request={answer.headers['X-Request-Id']} .* account=(\S+) (?:openid=\S+ )?client=127\.0\.9\.0/24 us="
        stack.await_log(pattern)
        return re.search(pattern, stack.log("wxuser"))[1]

    openid = f"o{unique}"
    first = stack.login(stack.code(openid=openid)["code"], source="127.0.9.1")
    (account,), = stack.sql("SELECT LOWER(HEX(account_id)) FROM wechat_user WHERE openid = '%s'" % openid)
    token = first.headers["X-Access-Token"]
    renewed = stack.request("POST", "/api/Customer/RefreshToken", "", key=token, source="127.0.9.2")
    read = stack.request("GET", "/v1/me", key=renewed.json["data"]["accessToken"], source="127.0.9.3")
    control(stack, "account", "disable", openid)
    refused = stack.login(stack.code(openid=openid)["code"], source="127.0.9.4")
    assert (first.json["code"], renewed.status, read.status, refused.json["code"]) == (200, 200, 200, 500)
    assert {logged(answer).replace("-", "") for answer in (first, renewed, read, refused)} == {account}
