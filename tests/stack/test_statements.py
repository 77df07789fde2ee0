"""How many statements each endpoint sends, case by case, as the table tests/stack/statements says."""

import collections
import pathlib
import re

import pytest

from ctl import Ctl
from endpoints import endpoints
from prometheus import Metrics
from stack import VILLAGE, new_phone, wait_until
from statement_log import StatementLog, n_commits, of_requests
from test_push import message, target

TABLE = pathlib.Path(__file__).with_name("statements")
LINE = re.compile(r"\t(.+?) +(\d+) +(\d+)")
APP = "wx2000000000000001"  # of tenant 2
APPS_WITH_TOKENS = "wx1000000000000001", "wx1000000000000002"  # of tenant 1, and of one Open Platform account

CASES = {}
Row = collections.namedtuple("Row", "endpoint case n_statements n_commits")


def read_table():
    rows = []
    for line in TABLE.read_text().splitlines():
        found = LINE.fullmatch(line)
        if found:
            rows.append(Row(endpoint, found[1], int(found[2]), int(found[3])))
        elif line and not line.startswith("#"):
            endpoint = line
    return rows


def case(endpoint, name):
    """The function prepares the case and returns the call to count, which asserts what it answers."""
    def register(function):
        CASES[endpoint, name] = function
        return function
    return register


# ---- Shop

SHOP = "/api/weixin/wxbuyinguser"
GET, GET_BY_OPENID, GET_LIST = f"GET {SHOP}/get", f"GET {SHOP}/getbyopenid", f"POST {SHOP}/getlist"
SAVE_USER = f"POST {SHOP}/saveuser"
CREATE_MEMBER, BIND_MEMBER, UNBIND_MEMBER = (f"POST {SHOP}/{verb}member" for verb in ("create", "bind", "unbind"))


def reads(stack, target, found, key=None):
    def call():
        answer = stack.request("GET", f"{SHOP}/{target}", key=key or stack.key)
        assert answer.status == 200 and (answer.json is not None) == found, answer
    return call


@case(GET, "known")
def get_known(stack, openid):
    return reads(stack, f"get?id={stack.save(openId=openid)}", True)


@case(GET, "unknown")
def get_unknown(stack, openid):
    return reads(stack, "get?id=2000000000", False)


@case(GET, "by its person")
def get_by_person(stack, openid):
    token = stack.token(openid=openid)
    return reads(stack, f"get?id={stack.user(openid)['id']}", True, key=token)


@case(GET_BY_OPENID, "known")
def getbyopenid_known(stack, openid):
    stack.save(openId=openid)
    return reads(stack, f"getbyopenid?openId={openid}", True)


@case(GET_BY_OPENID, "unknown")
def getbyopenid_unknown(stack, openid):
    return reads(stack, f"getbyopenid?openId={openid}", False)


@case(GET_BY_OPENID, "by its person")
def getbyopenid_by_person(stack, openid):
    return reads(stack, f"getbyopenid?openId={openid}", True, key=stack.token(openid=openid))


def lists(stack, n):
    def call():
        answer = stack.post(f"{SHOP}/getlist", list(range(1, n + 1)))
        assert answer.status == 200, answer
    return call


for n_ids in (1, 20, 50, 51):
    CASES[GET_LIST, f"{n_ids} id{'s' if n_ids > 1 else ''}"] = lambda stack, _, n=n_ids: lists(stack, n)


def says(call, status):
    """A call of the shop's dialect, with the status that its answer must have."""
    def checked():
        answer = call()
        assert answer.json["status"] == status, answer
    return checked


def saves(stack, status=200, key=None, **fields):
    return says(lambda: stack.request("POST", f"{SHOP}/saveuser", fields, key=key or stack.key), status)


@case(SAVE_USER, "unchanged")
def saveuser_unchanged(stack, openid):
    stack.save(openId=openid, name="a")
    return saves(stack, openId=openid, name="a")


@case(SAVE_USER, "changed")
def saveuser_changed(stack, openid):
    stack.save(openId=openid, name="a")
    return saves(stack, openId=openid, name="b")


@case(SAVE_USER, "changed, with an account")
def saveuser_changed_with_account(stack, openid):
    stack.log_in(openid=openid)
    return saves(stack, openId=openid, name="b")


@case(SAVE_USER, "new")
def saveuser_new(stack, openid):
    return saves(stack, openId=openid, name="a")


@case(SAVE_USER, "unknown id")
def saveuser_unknown(stack, openid):
    return saves(stack, 500, id=2000000000, name="a")


@case(SAVE_USER, "changed by its person")
def saveuser_by_person(stack, openid):
    token = stack.token(openid=openid)
    return saves(stack, key=token, openId=openid, name="b")


def member_calls(stack, verb, user, status=200, **fields):
    def call():
        answer = stack.call_member(verb, user, **fields)
        assert answer["status"] == status, answer
    return call


@case(CREATE_MEMBER, "new")
def createmember_new(stack, openid):
    return member_calls(stack, "create", stack.save(openId=openid), phone=new_phone(), name="张三")


@case(CREATE_MEMBER, "again")
def createmember_again(stack, openid):
    user, phone = stack.save(openId=openid), new_phone()
    stack.call_member("create", user, phone=phone)
    return member_calls(stack, "create", user, phone=phone)


@case(CREATE_MEMBER, "the phone is taken")
def createmember_taken(stack, openid):
    phone = new_phone()
    stack.member(phone=phone)
    return member_calls(stack, "create", stack.save(openId=openid), 500, phone=phone)


@case(CREATE_MEMBER, "unknown user")
def createmember_unknown(stack, openid):
    return member_calls(stack, "create", 2000000000, 500, phone=new_phone())


@case(BIND_MEMBER, "new")
def bindmember_new(stack, openid):
    phone = new_phone()
    stack.member(phone=phone)
    return member_calls(stack, "bind", stack.save(openId=openid), phone=phone)


@case(BIND_MEMBER, "again")
def bindmember_again(stack, openid):
    phone, user = new_phone(), stack.save(openId=openid)
    stack.call_member("create", user, phone=phone)
    return member_calls(stack, "bind", user, phone=phone)


@case(BIND_MEMBER, "no such member")
def bindmember_unknown(stack, openid):
    return member_calls(stack, "bind", stack.save(openId=openid), 602, phone=new_phone())


@case(UNBIND_MEMBER, "bound")
def unbindmember_bound(stack, openid):
    user = stack.save(openId=openid)
    stack.call_member("create", user, phone=new_phone())
    return member_calls(stack, "unbind", user)


@case(UNBIND_MEMBER, "bound to nobody")
def unbindmember_free(stack, openid):
    return member_calls(stack, "unbind", stack.save(openId=openid))


@case(UNBIND_MEMBER, "unknown user")
def unbindmember_unknown(stack, openid):
    return member_calls(stack, "unbind", 2000000000, 500)


# ---- Account

GET_USER_INFO = "POST /account_api/wechat/user/getUserInfo"


def logs_in(stack, code, app, number=200):
    headers = {"X-WX-AppId": app, **({"Host": "second.localhost"} if app == APP else {})}

    def call():
        answer = stack.request("POST", GET_USER_INFO.split()[1], {"code": code}, headers)
        assert answer.json["code"] == number, answer
        assert ("X-Access-Token" in answer.headers) == (number == 200 and app in APPS_WITH_TOKENS), answer
    return call


def logs_in_anew(stack, app, number=200, **fields):
    return logs_in(stack, stack.code(app, **fields)["code"], app, number)


def logs_in_again(stack, app, **fields):
    logs_in_anew(stack, app, **fields)()
    return logs_in_anew(stack, app, **fields)


@case(GET_USER_INFO, "new")
def getuserinfo_new(stack, openid):
    return logs_in_anew(stack, APP, openid=openid)


@case(GET_USER_INFO, "new, with a unionid")
def getuserinfo_new_unionid(stack, openid):
    return logs_in_anew(stack, APP, openid=openid, unionid=f"u{openid}")


@case(GET_USER_INFO, "new, with an access token")
def getuserinfo_new_token(stack, openid):
    return logs_in_anew(stack, APPS_WITH_TOKENS[0], openid=openid)


@case(GET_USER_INFO, "new, of an official account")
def getuserinfo_official(stack, openid):
    return logs_in_anew(stack, APPS_WITH_TOKENS[1], openid=openid)


@case(GET_USER_INFO, "new, joins its unionid's account")
def getuserinfo_joins(stack, openid):
    one, other = APPS_WITH_TOKENS
    logs_in_anew(stack, one, openid=openid, unionid=f"u{openid}")()
    return logs_in_anew(stack, other, openid=f"{openid}-2", unionid=f"u{openid}")


@case(GET_USER_INFO, "known")
def getuserinfo_known(stack, openid):
    return logs_in_again(stack, APP, openid=openid)


@case(GET_USER_INFO, "known, with a unionid")
def getuserinfo_known_unionid(stack, openid):
    return logs_in_again(stack, APP, openid=openid, unionid=f"u{openid}")


@case(GET_USER_INFO, "known, with an access token")
def getuserinfo_known_token(stack, openid):
    return logs_in_again(stack, APPS_WITH_TOKENS[0], openid=openid)


@case(GET_USER_INFO, "known, the first login of a day")
def getuserinfo_first_of_day(stack, openid):
    logs_in_anew(stack, APP, openid=openid)()
    stack.sql(f"UPDATE wechat_user SET active_on = active_on - INTERVAL 1 DAY WHERE openid = '{openid}'")
    return logs_in_anew(stack, APP, openid=openid)


@case(GET_USER_INFO, "known, of several users, with no unionid")
def getuserinfo_known_several(stack, openid):
    getuserinfo_joins(stack, openid)()
    return logs_in_anew(stack, APPS_WITH_TOKENS[0], openid=openid)


@case(GET_USER_INFO, "the same code again")
def getuserinfo_again(stack, openid):
    call = logs_in_anew(stack, APP, openid=openid)
    call()
    return call


@case(GET_USER_INFO, "WeChat refuses the code")
def getuserinfo_refused(stack, openid):
    return logs_in(stack, f"0{openid}", APP, 500)


@case(GET_USER_INFO, "disabled account")
def getuserinfo_disabled(stack, openid):
    logs_in_anew(stack, APP, openid=openid)()
    stack.disable(openid)
    return logs_in_anew(stack, APP, 500, openid=openid)


# ---- Customer

AUTHORIZE, REFRESH, LOG_OUT = (f"POST /api/Customer/{verb}" for verb in ("AppAuthorization", "RefreshToken", "Logout"))
PROFILE = {"nickname": "小明", "gender": 1, "city": "深圳"}


def authorizes(stack, status=1, key=None, **fields):
    def call():
        answer = stack.authorize({**PROFILE, **fields}, key=key)
        assert answer.json["status"] == status, answer
    return call


@case(AUTHORIZE, "a server's, new")
def authorize_new(stack, openid):
    return authorizes(stack, key=stack.key, openId=openid)


@case(AUTHORIZE, "a server's, unchanged")
def authorize_unchanged(stack, openid):
    authorizes(stack, key=stack.key, openId=openid)()
    return authorizes(stack, key=stack.key, openId=openid)


@case(AUTHORIZE, "a server's, unchanged, with a unionid")
def authorize_unchanged_unionid(stack, openid):
    fields = {"openId": openid, "unionId": f"u{openid}"}
    authorizes(stack, key=stack.key, **fields)()
    return authorizes(stack, key=stack.key, **fields)


@case(AUTHORIZE, "a server's, changed")
def authorize_changed(stack, openid):
    authorizes(stack, key=stack.key, openId=openid)()
    return authorizes(stack, key=stack.key, openId=openid, nickname="小红")


@case(AUTHORIZE, "by session_key, unchanged")
def authorize_by_session_key(stack, openid):
    key = stack.session(openid=openid)["session_key"]
    authorizes(stack, openId=openid, session_key=key)()
    return authorizes(stack, openId=openid, session_key=key)


@case(AUTHORIZE, "by code, new")
def authorize_by_code_new(stack, openid):
    return authorizes(stack, code=stack.code(openid=openid)["code"])


@case(AUTHORIZE, "by code, unchanged")
def authorize_by_code(stack, openid):
    authorizes(stack, code=stack.code(openid=openid)["code"])()
    return authorizes(stack, code=stack.code(openid=openid)["code"])


@case(AUTHORIZE, "another unionid than the stored one")
def authorize_other_unionid(stack, openid):
    authorizes(stack, key=stack.key, openId=openid, unionId=f"u{openid}")()
    return authorizes(stack, 0, key=stack.key, openId=openid, unionId="uOther")


@case(AUTHORIZE, "malformed openid")
def authorize_malformed(stack, openid):
    return authorizes(stack, 0, openId="'")


def renews(stack, token, status=200):
    def call():
        answer = stack.request("POST", "/api/Customer/RefreshToken", "", key=token)
        assert answer.status == status, answer
    return call


@case(REFRESH, "renewed")
def refresh_token(stack, openid):
    return renews(stack, stack.token(openid=openid))


@case(REFRESH, "again")
def refresh_token_again(stack, openid):
    token = stack.token(openid=openid)
    renews(stack, token)()
    return renews(stack, token)


@case(REFRESH, "revoked")
def refresh_token_revoked(stack, openid):
    token = stack.token(openid=openid)
    stack.request("POST", "/api/Customer/Logout", "", key=token)
    return renews(stack, token, 401)


@case(REFRESH, "unknown")
def refresh_token_unknown(stack, openid):
    token = stack.token(openid=openid)
    stack.sql(f"DELETE FROM access_token WHERE hash = UNHEX(SHA2('{token}', 256))")
    return renews(stack, token, 401)


def logs_out(stack, token):
    def call():
        answer = stack.request("POST", "/api/Customer/Logout", "", key=token)
        assert answer.json["status"] == 1, answer
    return call


@case(LOG_OUT, "valid token")
def logout(stack, openid):
    return logs_out(stack, stack.token(openid=openid))


@case(LOG_OUT, "expired token")
def logout_expired(stack, openid):
    token = stack.token(openid=openid)
    stack.let_expire(token)
    return logs_out(stack, token)


# ---- City

SEND, SAVE_INFO = (f"POST /city/v3/OnlineMediateWW/{verb}" for verb in ("SendVerifyCode", "SaveWXUserInfo"))


def sends(stack, openid, phone, number=0):
    def call():
        answer = stack.post("/city/v3/OnlineMediateWW/SendVerifyCode", {"MobilePhone": phone, "OpenId": openid})
        assert answer.json["Ret"] == number, answer
    return call


@case(SEND, "sent")
def sendverifycode(stack, openid):
    return sends(stack, openid, new_phone())


@case(SEND, "too soon")
def sendverifycode_too_soon(stack, openid):
    phone = new_phone()
    stack.verify_code(phone, openid)
    return sends(stack, openid, phone, 2)


def saves_info(stack, number=0, token=None, **fields):
    def call():
        answer = stack.save_wx_user_info({"Name": "张三", "RID": VILLAGE, **fields}, token=token)
        assert answer.json["Ret"] == number, answer
    return call


@case(SAVE_INFO, "new")
def savewxuserinfo_new(stack, openid):
    phone = new_phone()
    return saves_info(stack, OpenId=openid, MobilePhone=phone, VerifyCode=stack.verify_code(phone, openid))


@case(SAVE_INFO, "unchanged")
def savewxuserinfo_unchanged(stack, openid):
    phone = new_phone()
    stack.save_resident(openid, phone)
    return saves_info(stack, OpenId=openid, MobilePhone=phone)


@case(SAVE_INFO, "changed")
def savewxuserinfo_changed(stack, openid):
    phone = new_phone()
    stack.save_resident(openid, phone)
    return saves_info(stack, OpenId=openid, MobilePhone=phone, Name="李四")


@case(SAVE_INFO, "changed by its person")
def savewxuserinfo_by_person(stack, openid):
    stack.save_resident(openid, new_phone())
    return saves_info(stack, token=stack.token(openid=openid), OpenId=openid, Name="李四")


@case(SAVE_INFO, "wrong code")
def savewxuserinfo_wrong_code(stack, openid):
    phone = new_phone()
    code = stack.verify_code(phone, openid)
    return saves_info(stack, 5, OpenId=openid, MobilePhone=phone, VerifyCode=f"{(int(code) + 1) % 10 ** 6:06d}")


# ---- Operation and push


def asks(stack, method, path, body=None):
    def call():
        answer = stack.request(method, path, body, headers={"Content-Type": "text/xml"} if body else {})
        assert answer.status == 200, answer
    return call


@case("GET /healthz", "alive")
def healthz(stack, openid):
    return asks(stack, "GET", "/healthz")


@case("GET /readyz", "ready")
def readyz(stack, openid):
    return asks(stack, "GET", "/readyz")


@case("GET /metrics", "asked")
def metrics(stack, openid):
    return asks(stack, "GET", "/metrics")


@case("GET /wechat/push/{appid}", "right signature")
def push_check(stack, openid):
    return asks(stack, "GET", target(stack, stack.app_id, echostr="1"))


PUSH = "POST /wechat/push/{appid}"


def pushes(stack, openid, event, **more):
    return asks(stack, "POST", target(stack, stack.app_id), message(openid, event, **more))


@case(PUSH, "a known user follows")
def push_follow(stack, openid):
    stack.log_in(openid=openid)
    return pushes(stack, openid, "subscribe")


@case(PUSH, "an unknown user follows")
def push_follow_unknown(stack, openid):
    return pushes(stack, openid, "subscribe")


@case(PUSH, "an event of no interest")
def push_ignored(stack, openid):
    return pushes(stack, openid, "LOCATION")


# ---- /v1

ME, SESSIONS, MEMBER = "/v1/me", "/v1/me/sessions", "/v1/me/member"


def calls(stack, method, target, status, key, body=None):
    def call():
        answer = stack.request(method, target, body, key=key)
        assert answer.status == status, answer
    return call


V1_LOGIN = "POST /v1/login"


def v1_logs_in(stack, code, status=200, **members):
    return calls(stack, "POST", "/v1/login", status, None, {"code": code, **members})


@case(V1_LOGIN, "new")
def v1_login_new(stack, openid):
    return v1_logs_in(stack, stack.code(openid=openid)["code"])


@case(V1_LOGIN, "known")
def v1_login_known(stack, openid):
    stack.log_in(openid=openid)
    return v1_logs_in(stack, stack.code(openid=openid)["code"])


@case(V1_LOGIN, "known, with a profile")
def v1_login_profile(stack, openid):
    stack.log_in(openid=openid)
    return v1_logs_in(stack, stack.code(openid=openid)["code"], profile={"name": "b"})


@case(V1_LOGIN, "known, with a phone")
def v1_login_phone(stack, openid):
    stack.log_in(openid=openid)
    phone_code = stack.phone_code(openid=openid, phone=new_phone())["code"]
    return v1_logs_in(stack, stack.code(openid=openid)["code"], phone_code=phone_code)


@case(V1_LOGIN, "the same code again")
def v1_login_again(stack, openid):
    code = stack.code(openid=openid)["code"]
    stack.login(code)
    return v1_logs_in(stack, code)


@case(V1_LOGIN, "closed account")
def v1_login_closed(stack, openid):
    stack.log_in(openid=openid)
    stack.close(openId=openid)
    return v1_logs_in(stack, stack.code(openid=openid)["code"], 403)


@case(V1_LOGIN, "closed account, the same code opens it")
def v1_login_opens(stack, openid):
    stack.log_in(openid=openid)
    stack.close(openId=openid)
    code = stack.code(openid=openid)["code"]
    v1_logs_in(stack, code, 403)()
    return v1_logs_in(stack, code, reopen=True)


@case(V1_LOGIN, "a bad profile")
def v1_login_bad_profile(stack, openid):
    return v1_logs_in(stack, "x", 422, profile={"name": "微信用户"})


@case(f"GET {ME}", "oneself")
def v1_me(stack, openid):
    return calls(stack, "GET", ME, 200, stack.token(openid=openid))


def v1_changes(stack, openid, method="PATCH", status=200, name="b"):
    token = stack.token(openid=openid)
    calls(stack, "PATCH", ME, 200, token, {"profile": {"name": "a"}})()
    return calls(stack, method, ME, status, token, {"profile": {"name": name}})


CASES[f"PATCH {ME}", "changed"] = v1_changes
CASES[f"POST {ME}", "changed"] = lambda stack, openid: v1_changes(stack, openid, "POST")
CASES[f"PATCH {ME}", "unchanged"] = lambda stack, openid: v1_changes(stack, openid, name="a")
CASES[f"PATCH {ME}", "a placeholder"] = lambda stack, openid: v1_changes(stack, openid, status=422, name="微信用户")


CONSENTS, CONSENT = "/v1/me/consents", {"document": "privacy", "version": "1"}


@case(f"POST {CONSENTS}", "new")
def v1_consents(stack, openid):
    return calls(stack, "POST", CONSENTS, 200, stack.token(openid=openid), CONSENT)


@case(f"POST {CONSENTS}", "again")
def v1_consents_again(stack, openid):
    token = stack.token(openid=openid)
    calls(stack, "POST", CONSENTS, 200, token, CONSENT)()
    return calls(stack, "POST", CONSENTS, 200, token, CONSENT)


def with_confirmed_phone(stack, openid):
    """An access token of somebody with a confirmed phone."""
    token, phone = stack.token(openid=openid), new_phone()
    stack.save(openId=openid, phone=phone)
    stack.save_resident(openid, phone)
    return token


@case(f"PUT {MEMBER}", "new")
def v1_member_new(stack, openid):
    return calls(stack, "PUT", MEMBER, 200, with_confirmed_phone(stack, openid), {})


@case(f"PUT {MEMBER}", "again")
def v1_member_again(stack, openid):
    token = with_confirmed_phone(stack, openid)
    calls(stack, "PUT", MEMBER, 200, token, {})()
    return calls(stack, "PUT", MEMBER, 200, token, {})


@case(f"PUT {MEMBER}", "no confirmed phone")
def v1_member_unconfirmed(stack, openid):
    return calls(stack, "PUT", MEMBER, 404, stack.token(openid=openid), {})


@case(f"DELETE {MEMBER}", "bound")
def v1_member_bound(stack, openid):
    token = with_confirmed_phone(stack, openid)
    calls(stack, "PUT", MEMBER, 200, token, {})()
    return calls(stack, "DELETE", MEMBER, 204, token)


@case(f"DELETE {MEMBER}", "bound to nobody")
def v1_member_free(stack, openid):
    return calls(stack, "DELETE", MEMBER, 204, stack.token(openid=openid))


PHONE = "/v1/me/phone"


@case(f"POST {PHONE}/sms-codes", "sent")
def v1_sms_codes(stack, openid):
    return calls(stack, "POST", f"{PHONE}/sms-codes", 204, stack.token(openid=openid), {"phone": new_phone()})


def v1_phone(stack, openid):
    """A token, and the message that confirms a phone of its person."""
    token, phone = stack.token(openid=openid), new_phone()
    return token, {"phone": phone, "code": stack.sms_code(token, phone)}


@case(f"POST {PHONE}/sms", "confirmed")
def v1_sms(stack, openid):
    token, body = v1_phone(stack, openid)
    return calls(stack, "POST", f"{PHONE}/sms", 200, token, body)


@case(f"POST {PHONE}/sms", "again")
def v1_sms_again(stack, openid):
    token, body = v1_phone(stack, openid)
    calls(stack, "POST", f"{PHONE}/sms", 200, token, body)()
    return calls(stack, "POST", f"{PHONE}/sms", 200, token, body)


@case(f"POST {PHONE}/sms", "wrong")
def v1_sms_wrong(stack, openid):
    token, body = v1_phone(stack, openid)
    return calls(stack, "POST", f"{PHONE}/sms", 422, token, {**body, "code": "12345"})


def v1_press(stack, openid, status=200, n_before=0, presser=None):
    """Of a code that this person or another one got from the button, after so many times."""
    token = stack.token(openid=openid)
    code = {"code": stack.phone_code(openid=presser or openid)["code"]}
    # What is given back is one statement more if its slot counts others, too.
    stack.sql("DELETE FROM sms_counter WHERE kind = 'tenant_numbers'")
    for _ in range(n_before):
        calls(stack, "POST", f"{PHONE}/wechat", 200, token, code)()
    return calls(stack, "POST", f"{PHONE}/wechat", status, token, code)


CASES[f"POST {PHONE}/wechat", "confirmed"] = v1_press
CASES[f"POST {PHONE}/wechat", "again"] = lambda stack, openid: v1_press(stack, openid, n_before=1)
CASES[f"POST {PHONE}/wechat", "of another person"] = lambda stack, openid: v1_press(
    stack, openid, status=422, presser=f"p{openid}")


@case(f"DELETE {PHONE}", "taken back")
def v1_phone_delete(stack, openid):
    token, body = v1_phone(stack, openid)
    calls(stack, "POST", f"{PHONE}/sms", 200, token, body)()
    return calls(stack, "DELETE", PHONE, 204, token)


EXPORT = "/v1/me/export"


def proves(stack, path, token, openid, status=200):
    """A call by a new code of the openid."""
    return calls(stack, "POST", path, status, token, {"code": stack.code(openid=openid)["code"]})


ERASE = "/v1/me/erase"


@case(f"POST {ERASE}", "of one user")
def v1_erase(stack, openid):
    return proves(stack, ERASE, stack.token(openid=openid), openid)


@case(f"POST {ERASE}", "the code of another person")
def v1_erase_other(stack, openid):
    return proves(stack, ERASE, stack.token(openid=openid), f"other{openid}", 422)


@case(f"POST {EXPORT}", "of one user")
def v1_export(stack, openid):
    return proves(stack, EXPORT, stack.token(openid=openid), openid)


@case(f"POST {EXPORT}", "the code of another person")
def v1_export_other(stack, openid):
    return proves(stack, EXPORT, stack.token(openid=openid), f"other{openid}", 422)


@case(f"POST {EXPORT}", "within the hour")
def v1_export_again(stack, openid):
    token = stack.token(openid=openid)
    proves(stack, EXPORT, token, openid)()
    return proves(stack, EXPORT, token, openid, 429)


@case(f"GET {SESSIONS}", "one's own")
def v1_sessions(stack, openid):
    return calls(stack, "GET", SESSIONS, 200, stack.token(openid=openid))


@case(f"DELETE {SESSIONS}/{{id}}", "one's own")
def v1_session(stack, openid):
    token = stack.token(openid=openid)
    session, = stack.request("GET", SESSIONS, key=token).json
    return calls(stack, "DELETE", f"{SESSIONS}/{session['id']}", 204, token)


@case(f"DELETE {SESSIONS}/{{id}}", "no id")
def v1_no_session(stack, openid):
    return calls(stack, "DELETE", f"{SESSIONS}/x", 204, stack.token(openid=openid))


@case("POST /v1/token/refresh", "renewed")
def v1_refresh(stack, openid):
    return calls(stack, "POST", "/v1/token/refresh", 200, stack.token(openid=openid))


@case("POST /v1/logout", "valid token")
def v1_logout(stack, openid):
    return calls(stack, "POST", "/v1/logout", 204, stack.token(openid=openid))


@case("POST /v1/logout", "no token")
def v1_logout_without(stack, openid):
    return calls(stack, "POST", "/v1/logout", 204, None)


@case("POST /v1/introspect", "a valid token")
def v1_introspect(stack, openid):
    body, headers = f"token={stack.token(openid=openid)}", {"Content-Type": "application/x-www-form-urlencoded"}

    def call():
        assert stack.request("POST", "/v1/introspect", body, headers, key=stack.key).json["active"]
    return call


@case("POST /v1/introspect", "of an account that a user has joined")
def v1_introspect_joined(stack, openid):
    getuserinfo_joins(stack, openid)()
    return calls(stack, "POST", "/v1/introspect", 200, stack.key, {"token": stack.token(openid=openid)})


@case("POST /v1/introspect", "100 tokens")
def v1_introspect_many(stack, openid):
    return calls(stack, "POST", "/v1/introspect", 200, stack.key, {"tokens": [stack.token(openid=openid)] * 100})


@case("POST /v1/introspect", "no token's text")
def v1_introspect_none(stack, openid):
    return calls(stack, "POST", "/v1/introspect", 200, stack.key, {"tokens": ["x"] * 100})


@case("POST /v1/users/find", "by openid")
def v1_find(stack, openid):
    stack.token(openid=openid)
    return calls(stack, "POST", "/v1/users/find", 200, stack.key, {"openid": openid})


@case("POST /v1/users/find", "by phone")
def v1_find_phone(stack, openid):
    phone = new_phone()
    stack.token(openid=openid)
    stack.save_resident(openid, phone)
    return calls(stack, "POST", "/v1/users/find", 200, stack.key, {"phone": phone})


@case("POST /v1/users/find", "by external_id")
def v1_find_external(stack, openid):
    stack.token(openid=openid)
    stack.sql("INSERT INTO external_id (tenant_id, account_id, external_id, created_at) "
              f"SELECT tenant_id, account_id, openid, UTC_TIMESTAMP(6) FROM wechat_user WHERE openid = '{openid}'")
    return calls(stack, "POST", "/v1/users/find", 200, stack.key, {"external_id": openid})


FOLLOW = "GET /v1/users/changes"


def follows(stack, condition):
    """One page, of all users for whom that is true."""
    stack.sql(f"UPDATE wechat_user SET changed_at = IF({condition}, '2020-01-01', '2100-01-01')")
    return calls(stack, *FOLLOW.split(), 200, stack.key)


@case(FOLLOW, "nobody has changed")
def v1_changes_none(stack, openid):
    return follows(stack, "FALSE")


@case(FOLLOW, "1 user")
def v1_changes_one(stack, openid):
    stack.log_in(openid=openid)
    return follows(stack, f"openid = '{openid}'")


@case(FOLLOW, "1,000 users, who have no account")
def v1_changes_many(stack, openid):
    stack.sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, created_at) SELECT 1, UNHEX(MD5(seq)), "
              f"CONCAT('{openid}-', seq), UTC_TIMESTAMP(6) FROM seq_1_to_1000")
    return follows(stack, f"openid LIKE '{openid}-%'")


@case("PATCH /v1/users/{id}", "changed")
def v1_user(stack, openid):
    stack.token(openid=openid)
    return calls(stack, "PATCH", f"/v1/users/{stack.user(openid)['id']}", 200, stack.key, {"profile": {"name": "b"}})


@case("PATCH /v1/users/{id}", "unknown")
def v1_user_unknown(stack, openid):
    return calls(stack, "PATCH", "/v1/users/2000000000", 404, stack.key, {"profile": {"name": "b"}})


APP_TOKEN = "POST /v1/apps/{appid}/access-token"


def wechat_token(stack, key, **body):
    return calls(stack, "POST", f"/v1/apps/{APPS_WITH_TOKENS[0]}/access-token", 200, key, body)


def wechat_key(stack, openid):
    """One that the worker remembers, and of which the audit has noted the app."""
    key = Ctl(stack).out("key", "add", "--tenant", "1", "--name", openid, "--scopes", "wechat",
                         "--networks", "127.0.0.1").strip()
    wechat_token(stack, key)()
    return key


@case(APP_TOKEN, "cached")
def wechat_token_cached(stack, openid):
    return wechat_token(stack, wechat_key(stack, openid))


@case(APP_TOKEN, "first of the hour")
def wechat_token_first(stack, openid):
    key = wechat_key(stack, openid)
    stack.sql("UPDATE wechat_token_reader SET audited_at = audited_at - INTERVAL 1 HOUR")
    return wechat_token(stack, key)


@case(APP_TOKEN, "fetched")
def wechat_token_fetched(stack, openid):
    key = wechat_key(stack, openid)
    stack.sql("UPDATE wechat_token SET expires_at = UTC_TIMESTAMP(6)")
    return wechat_token(stack, key)


# ---- The Admin API


def admin_key(stack):
    return Ctl(stack).out("key", "add", "--tenant", "1", "--name", "admin", "--scopes", "read,admin").strip()


def operator_key(stack):
    return Ctl(stack).out("operator", "add", "x").strip()


def by_session(stack, key, method, target, status, body=None):
    """Of a session that the key has begun."""
    cookie = stack.request("POST", "/v1/admin/session", key=key).headers["Set-Cookie"].split(";")[0]

    def call():
        answer = stack.request(method, target, body, {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"})
        assert answer.status == status, answer
    return call


def knows(stack, key, call):
    """The worker has looked the key up before."""
    stack.request("GET", "/v1/admin/session", key=key)
    return call


for name, make in (("tenant's admin", admin_key), ("operator", operator_key)):
    @case("POST /v1/admin/session", name)
    def admin_begin(stack, _, make=make):
        key = make(stack)
        return knows(stack, key, calls(stack, "POST", "/v1/admin/session", 200, key))

    @case("GET /v1/admin/session", f"by session, {name}")
    def admin_session(stack, _, make=make):
        return by_session(stack, make(stack), "GET", "/v1/admin/session", 200)

    @case("DELETE /v1/admin/session", name)
    def admin_end(stack, _, make=make):
        return by_session(stack, make(stack), "DELETE", "/v1/admin/session", 204)


def as_admin(endpoint, name, status=200, target=None, body=None, make=admin_key):
    """A case of a key that the worker knows. target and body may hold what prepare has made."""
    method, path = endpoint.split(" ")

    def prepare(stack, openid):
        key = make(stack)
        return knows(stack, key, calls(stack, method, target(stack, openid) if target else path, status, key,
                                       body(stack, openid) if body else None))
    CASES[endpoint, name] = prepare


def spare_key(stack, _):
    Ctl(stack).out("key", "add", "--tenant", "1", "--name", "spare", "--scopes", "read")
    return f"/v1/admin/keys/{stack.sql('SELECT MAX(id) FROM api_key')[0][0]}"


def new_app(stack, openid):
    return {"appid": f"wx{openid}", "kind": "web", "secret": "0"}


def new_tenant(stack, openid):
    made = stack.request("POST", "/v1/admin/tenants", {"name": openid}, key=operator_key(stack))
    return f"/v1/admin/tenants/{made.json['id']}"


def secret_of_app(stack, openid):
    stack.request("POST", "/v1/admin/apps", new_app(stack, openid), key=admin_key(stack))
    return f"/v1/admin/apps/wx{openid}/secret"


def app_in(*platforms):
    """One that has been in each of them."""
    def target(stack, openid):
        path = secret_of_app(stack, openid).replace("/secret", "/open-platform")
        for name in platforms:
            stack.request("PUT", path, {"open_platform": f"{name}{openid}"}, key=admin_key(stack))
        return path
    return target


def of_account(verb):
    def target(stack, openid):
        account = stack.request("GET", "/v1/me", key=stack.token(openid=openid)).json["account_id"]
        if verb == "enable":
            stack.request("POST", f"/v1/admin/accounts/{account}/disable", key=admin_key(stack))
        if verb == "reopen":
            stack.close(openid)
        return f"/v1/admin/accounts/{account}/{verb}"
    return target


as_admin("GET /v1/admin/settings", "all")
as_admin("PUT /v1/admin/settings/{name}", "another value", target=lambda *_: "/v1/admin/settings/trial_days",
         body=lambda *_: {"value": "9"})


def preview_of_last_users(stack, _):
    last = stack.sql("SELECT MAX(id) FROM wechat_user WHERE tenant_id = 1")[0][0]
    return f"/v1/admin/settings/retain_inactive_days/preview?value=9&after={int(last) - 1}"


as_admin("GET /v1/admin/settings/{name}/preview", "the last users", target=preview_of_last_users)
as_admin("GET /v1/admin/keys", "a page")
as_admin("POST /v1/admin/keys", "new", body=lambda *_: {"name": "x", "scopes": ["read"]})
as_admin("PATCH /v1/admin/keys/{id}", "another rate", target=spare_key, body=lambda *_: {"rate_per_s": 7})
as_admin("POST /v1/admin/keys/{id}/rotate", "not yet rotated", target=lambda stack, openid: f"{spare_key(stack, openid)}/rotate",
         body=lambda *_: {"overlap_days": 1})
as_admin("DELETE /v1/admin/keys/{id}", "valid", 204, spare_key)
as_admin("GET /v1/admin/apps", "a page")
as_admin("POST /v1/admin/apps", "new", body=new_app)
as_admin("PUT /v1/admin/apps/{appid}/push", "a new key", 204,
         lambda stack, openid: secret_of_app(stack, openid).replace("/secret", "/push"),
         lambda *_: {"token": "T", "encoding_aes_key": "k" * 43})
as_admin("PUT /v1/admin/apps/{appid}/secret", "another one", 204, secret_of_app, lambda *_: {"secret": "1", "is_untried": True})
as_admin("GET /v1/admin/apps/moves", "a page")
for name, platforms in (("to another account", ["x", "y"]), ("and back", ["x", "y", "x"])):
    as_admin("PUT /v1/admin/apps/{appid}/open-platform", name, target=app_in(*platforms[:-1]),
             body=lambda _, openid, name=platforms[-1]: {"open_platform": f"{name}{openid}"})
as_admin("POST /v1/admin/apps/{appid}/try", "of a mini program", target=lambda stack, _: f"/v1/admin/apps/{stack.app_id}/try")
for verb in ("disable", "enable", "log-out", "reopen"):
    as_admin(f"POST /v1/admin/accounts/{{id}}/{verb}", "of a user", 204, of_account(verb))
as_admin("PUT /v1/admin/accounts/{id}/flag", "another value", 204, of_account("flag"),
         lambda *_: {"name": "can_balance_pay", "value": "false"})
as_admin("GET /v1/admin/default-app", "known", make=operator_key)
as_admin("PUT /v1/admin/default-app", "the same", body=lambda stack, _: {"appid": stack.app_id}, make=operator_key)


def dismissal(stack, openid):
    stack.log_in(openid=openid)
    stack.sql("INSERT INTO account_conflict (tenant_id, open_platform_id, unionid, wechat_user_id, account_id, reason, "
              "created_at) SELECT u.tenant_id, p.id, UUID(), u.id, u.account_id, 1, UTC_TIMESTAMP(6) FROM wechat_user u "
              f"JOIN open_platform p ON p.tenant_id = u.tenant_id WHERE u.openid = '{openid}' LIMIT 1")
    return f"/v1/admin/conflicts/{stack.sql('SELECT MAX(id) FROM account_conflict')[0][0]}/dismiss"


def merge_of(is_dry_run):
    def body(stack, openid):
        accounts = [stack.request("GET", "/v1/me", key=stack.token(openid=f"{openid}-{name}")).json["account_id"]
                    for name in "ab"]
        return {"account_id": accounts[0], "other_id": accounts[1], "is_dry_run": is_dry_run}
    return body


def undo(stack, openid):
    merged = stack.request("POST", "/v1/admin/merges", merge_of(False)(stack, openid), key=admin_key(stack))
    return f"/v1/admin/merges/{merged.json['id']}/undo"


def of_user(rest):
    def target(stack, openid):
        stack.token(openid=openid)
        stack.save(openId=openid, name="小明")
        return f"/v1/admin/users/{stack.user(openid)['id']}{rest}"
    return target


def of_member(verb):
    return lambda stack, _: f"/v1/admin/members/{stack.member(phone=new_phone(), name='张三丰')}/{verb}"


as_admin("GET /v1/admin/users", "a page")
as_admin("GET /v1/admin/users", "limited", target=lambda *_: f"/v1/admin/users?state=locked&appid={APPS_WITH_TOKENS[0]}")
for name, value in (("openid", "oNobody"), ("phone", "13700000000"), ("name", "小明")):
    as_admin("POST /v1/admin/users/find", f"by {name}", body=lambda *_, name=name, value=value: {name: value})
for verb in ("reveal", "export"):
    as_admin(f"POST /v1/admin/users/{{id}}/{verb}", "with an account", target=of_user(f"/{verb}"))
as_admin("GET /v1/admin/users/{id}", "with an account", target=of_user(""))
as_admin("POST /v1/admin/users/{id}/erase", "the only user of the account", target=of_user("/erase"),
         body=lambda *_: {"name": "小明"})
as_admin("GET /v1/admin/conflicts", "a page")
as_admin("POST /v1/admin/conflicts/{id}/dismiss", "open", 204, dismissal)
as_admin("GET /v1/admin/merges", "a page")
as_admin("POST /v1/admin/merges", "dry run", body=merge_of(True))
as_admin("POST /v1/admin/merges", "two users", body=merge_of(False))
as_admin("POST /v1/admin/merges/{id}/undo", "two users", 204, undo)
as_admin("GET /v1/admin/members", "a page")
as_admin("POST /v1/admin/members/{id}/reveal", "known", 200, of_member("reveal"))
as_admin("POST /v1/admin/members/{id}/erase", "bound to nobody", 204, of_member("erase"), lambda *_: {"name": "张三丰"})
as_admin("GET /v1/admin/communities", "a page")
as_admin("GET /v1/admin/erasures", "a page")
as_admin("GET /v1/admin/logins/refused", "a page")
as_admin("GET /v1/admin/logins/refused", "of a request", target=lambda *_: "/v1/admin/logins/refused?request_id=1")
as_admin("POST /v1/admin/logins/refused/find", "of an openid", body=lambda _, openid: {"openid": openid})
as_admin("GET /v1/admin/statistics", "seven days")
as_admin("GET /v1/admin/statistics", "seven days for an operator", make=operator_key)
as_admin("GET /v1/admin/audit", "a page")
as_admin("GET /v1/admin/audit", "a page for an operator", make=operator_key)
as_admin("GET /v1/admin/audit", "of a subject", target=lambda *_: "/v1/admin/audit?subject=key%201")
as_admin("GET /v1/admin/tenants", "a page", make=operator_key)
as_admin("POST /v1/admin/tenants", "new", body=lambda _, openid: {"name": openid}, make=operator_key)
as_admin("PATCH /v1/admin/tenants/{id}", "another name", target=new_tenant, body=lambda _, openid: {"name": f"{openid}x"},
         make=operator_key)
as_admin("PATCH /v1/admin/tenants/{id}", "as it is", target=new_tenant,
         body=lambda *_: {"is_disabled": False}, make=operator_key)
as_admin("GET /v1/admin/maintenance", "off", make=operator_key)
as_admin("PUT /v1/admin/maintenance", "off already", body=lambda *_: {"everywhere": False}, make=operator_key)
as_admin("GET /v1/admin/jobs", "all", make=operator_key)
as_admin("POST /v1/admin/jobs/{name}/run", "known", 204, lambda *_: "/v1/admin/jobs/wechat_token/run", make=operator_key)
as_admin("GET /v1/admin/health", "well", make=operator_key)
as_admin("GET /v1/admin/metrics", "all", make=operator_key)


# ---- The counts


@pytest.fixture(scope="module")
def log(make_stack):
    """One worker for each pool, so that the second request of a kind finds it warm."""
    stack = make_stack("statements", WORKERS_CORE=1, WORKERS_REMOTE=1, CONF_rates__unproven_per_s=1000)
    stack.sql("INSERT INTO setting VALUES (1, 'access_token_header', 'true'), (1, 'push_takes_plain', 'true')")
    with StatementLog(stack) as log:
        yield log


@pytest.mark.parametrize("row", read_table(), ids=lambda row: f"{row.endpoint.split('/')[-1]}-{row.case}")
def test_a_case_sends_so_many_statements(log, unique, row):
    """The first request warms the worker. A slow machine forgets what is remembered for seconds, and tries again."""
    expected, n_tries = (row.n_statements, row.n_commits), 0

    def count():
        nonlocal n_tries
        n_tries += 1
        call = CASES[row.endpoint, row.case](log.stack, f"o{unique}-{n_tries}")
        log.clear()
        call()
        return of_requests(log.read(), row.endpoint)

    count()
    statements = count()
    while len(statements) > row.n_statements and n_tries < 4:
        statements = count()
    assert (len(statements), n_commits(statements)) == expected, "\n".join(statements)


def test_each_endpoint_has_a_number():
    rows = [(row.endpoint, row.case) for row in read_table()]
    assert sorted(rows) == sorted(CASES)
    assert {endpoint for endpoint, _ in rows} == {str(endpoint) for endpoint in endpoints()}


def test_the_program_counts_what_it_sends(log, unique):
    def sent():
        text = log.stack.request("GET", "/metrics").text
        return Metrics(text).value("wxuser_database_statements_total")

    def difference():
        """A look by the clock may fall between the two."""
        log.clear()
        before = sent()
        saveuser_new(log.stack, f"o{unique}")()
        getuserinfo_new(log.stack, f"o{unique}-2")()
        return sent() - before - len(log.read())

    wait_until(lambda: difference() == 0, 30, "the same number in both")
