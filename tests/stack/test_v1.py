"""wxuser's own API, where a case of one exchange does not show it."""

import json

import pytest

from fastcgi_client import ask
from service import Service
from stack import new_phone

ME, SESSIONS = "/v1/me", "/v1/me/sessions"
OFFICIAL = "wx1000000000000002"


def me(stack, token, **more):
    answer = stack.request("GET", ME, key=token, **more)
    assert answer.status == 200, answer
    return answer.json


def patch(stack, token, change):
    return stack.request("PATCH", ME, change, key=token)


def error(answer):
    return answer.status, answer.json["code"]


@pytest.fixture
def token(stack, unique):
    return stack.token(openid=f"o{unique}")


def test_blanks_clear_each_text_of_the_profile_alike(stack, token):
    names = ("name", "language", "country", "province", "city")
    patch(stack, token, {"profile": dict.fromkeys(names, " a ")})
    assert {me(stack, token)["profile"][name] for name in names} == {"a"}
    assert patch(stack, token, {"profile": dict.fromkeys(names, " \u3000")}).status == 200
    assert {me(stack, token)["profile"][name] for name in names} == {None}


def test_one_account_with_two_openids(stack, unique):
    mini, official = f"om{unique}", f"oo{unique}"
    first = stack.token(openid=mini, unionid=f"u{unique}")
    stack.token(OFFICIAL, openid=official, unionid=f"u{unique}")
    person = me(stack, first)
    assert [(openid["kind"], openid["openid"]) for openid in person["openids"]] == [
        ("mini", mini), ("official", official)]
    assert (person["user"]["openid"], person["user"]["unionid"]) == (mini, f"u{unique}")
    sessions = stack.request("GET", SESSIONS, key=first).json
    assert [(session["appid"], session["is_current"]) for session in sessions] == [
        (OFFICIAL, False), (stack.app_id, True)]


def test_a_merged_account_is_named(stack, unique):
    younger = f"oy{unique}"
    first = stack.token(openid=f"om{unique}")
    second = stack.token(OFFICIAL, openid=younger, unionid=f"u{unique}")
    former = me(stack, second)["account_id"]
    stack.token(openid=f"om{unique}", unionid=f"u{unique}")
    assert me(stack, first)["previous_account_ids"] == [former]
    assert me(stack, second)["account_id"] == me(stack, first)["account_id"] != former
    assert introspect(stack, first)["previous_subs"] == [former]
    told = stack.post(INTROSPECT, {"tokens": [first, second]}).json
    assert [one["previous_subs"] for one in told] == [[former]] * 2


def test_the_phone_and_the_member(stack, unique):
    phone = new_phone()
    token = stack.token(openid=f"o{unique}")
    assert stack.call_member("create", stack.user(f"o{unique}")["id"], phone=phone, name="张三", sex=1)["status"] == 200
    person = me(stack, token)
    assert person["member"].pop("id") > 0
    assert person["member"] == {"name": "张三", "sex": 1, "card_state": "valid"}


def test_what_a_person_clears_stays_so(stack, unique):
    """Unlike what only the shop has cleared, which WeChat fills again."""
    openid = f"o{unique}"
    token = stack.token(OFFICIAL, openid=openid, nickname="微信的", sex=1, city="长沙", scope="snsapi_userinfo")
    for cleared in None, "":
        assert patch(stack, token, {"profile": {"name": "自己的", "gender": 2}}).json["profile"]["name"] == "自己的"
        profile = patch(stack, token, {"profile": {"name": cleared, "gender": None}}).json["profile"]
        assert (profile["name"], profile["gender"]) == (None, 0)
    token = stack.token(OFFICIAL, openid=openid, nickname="微信的", sex=1, scope="snsapi_userinfo")
    profile = me(stack, token)["profile"]
    assert (profile["name"], profile["gender"]) == (None, 0)


def test_a_null_profile_clears_all_of_it(stack, token):
    full = {"name": "n", "avatar": "https://a.example/a.png", "gender": 1, "language": "zh_CN", "country": "中国",
            "province": "湖南", "city": "长沙"}
    assert patch(stack, token, {"profile": full}).json["profile"] == full
    assert patch(stack, token, {"profile": {}}).json["profile"] == full
    assert patch(stack, token, {"unknown": 1}).json["profile"] == full
    empty = {name: None for name in full} | {"gender": 0}
    assert patch(stack, token, {"profile": None}).json["profile"] == empty


def test_each_fault_has_its_pointer(stack, token):
    answer = patch(stack, token, {"openids": [], "profile": {"avatar": "http://a.example/a.png", "city": 1}})
    assert error(answer) == (422, "read_only")
    assert [(fault["pointer"], fault["code"]) for fault in answer.json["errors"]] == [
        ("/openids", "read_only"), ("/profile/avatar", "value"), ("/profile/city", "value")]
    assert me(stack, token)["profile"]["avatar"] is None


@pytest.mark.parametrize("birthday", ["1990-05Z  ", "   1990-05", "1990-05   ", "0000-00-00", "0001-01-01"])
def test_a_birthday_is_a_day(stack, token, birthday):
    answer = stack.request("PUT", "/v1/me/member", {"birthday": birthday}, key=token)
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/birthday"], answer


def test_too_many_consents_are_told(stack, token):
    account = me(stack, token)["account_id"].replace("-", "")
    stack.sql("INSERT INTO consent (tenant_id, account_id, document, version, consented_at) "
              f"SELECT 1, UNHEX('{account}'), CONCAT('document ', seq), '1', UTC_TIMESTAMP(6) FROM seq_1_to_1000")
    answer = stack.request("POST", "/v1/me/consents", {"document": "terms", "version": "1"}, key=token)
    assert error(answer) == (422, "value")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/document"]


@pytest.fixture(scope="module")
def auto(make_stack):
    """A service that answers in the client's language."""
    return make_stack("v1-auto")


def test_the_language_of_a_problem(auto):
    zh, en = (auto.request("GET", ME, headers=headers).json for headers in ({}, {"Accept-Language": "en"}))
    assert (zh["title"], en["title"]) == ("缺少凭证", "A credential is needed")
    assert zh["code"] == en["code"] == "credential_missing"


def test_each_fault_is_told_in_both_languages(auto):
    """Wrong type, too long, absent, read-only, and what each member's own check refuses."""
    auto.give_tokens()
    token = auto.token()
    asked = [
        ("PATCH", ME, {"openids": [], "profile": {"name": "x" * 65, "avatar": "http://a.example/a.png", "gender": 3}}, 4),
        ("PATCH", ME, {"profile": {"avatar": "https://a.example/\"><script>"}}, 1),
        ("PATCH", ME, {"profile": {"name": "微信用户", "avatar": "https://tmp/a", "city": "undefined", "country": 1}}, 4),
        ("PUT", f"{ME}/member", {"birthday": "1.5.1990", "id_card": "1"}, 2),
        ("POST", f"{ME}/phone/sms-codes", {"phone": "1"}, 1),
        ("POST", f"{ME}/phone/sms", {"phone": "13800000000"}, 1),
        ("POST", f"{ME}/phone/sms", {"phone": "13800000000", "code": "a\0"}, 1),
    ]
    for method, target, body, n_faults in asked:
        for language in "zh", "en":
            answer = auto.request(method, target, body, {"Accept-Language": language}, key=token)
            details = [fault["detail"] for fault in answer.json["errors"]]
            assert len(details) == n_faults, (body, details)
            for detail in details:
                assert detail.isascii() is (language == "en"), detail


def test_methods(stack, token):
    answer = stack.request("OPTIONS", ME)
    assert (answer.status, answer.headers["Allow"]) == (204, "GET, HEAD, PATCH, POST, OPTIONS")
    answer = stack.request("DELETE", ME, key=token)
    assert error(answer) == (405, "method") and answer.headers["Allow"] == "GET, HEAD, PATCH, POST, OPTIONS"
    answer = stack.request("HEAD", ME, key=token)
    assert (answer.status, answer.body) == (200, b"") and int(answer.headers["Content-Length"]) > 100


def test_nobody_elses(stack, unique, token):
    """Neither a key nor another person's session."""
    assert error(stack.request("GET", ME, key=stack.key)) == (403, "scope_missing")
    other = stack.token(openid=f"other{unique}")
    theirs, = stack.request("GET", SESSIONS, key=other).json
    for id in theirs["id"], "x", "00000000-0000-0000-0000-000000000000":
        assert stack.request("DELETE", f"{SESSIONS}/{id}", key=token).status == 204
    assert me(stack, other)["user"]["openid"] == f"other{unique}"


def test_an_unknown_path(stack):
    for path in "/v1/nothing", "/v1/", "/v1/me/", "/V1/me":
        assert stack.request("GET", path).status == 404
    assert error(stack.request("GET", "/v1/nothing")) == (404, "not_found")


# ---- For the tenant's server

INTROSPECT, FIND = "/v1/introspect", "/v1/users/find"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
INACTIVE = {"active": False}


def introspect(stack, token, key=None):
    answer = stack.request("POST", INTROSPECT, f"token={token}", FORM, key=key or stack.key)
    assert answer.status == 200, answer
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def find(stack, key=None, **by):
    answer = stack.request("POST", FIND, by, key=key or stack.key)
    assert answer.status == 200, answer
    return answer.json["users"]


def test_whose_token_it_is(stack, unique, token):
    told, person = introspect(stack, token), me(stack, token)
    assert told.pop("exp") - told.pop("iat") == 7200
    assert told == {"active": True, "sub": person["account_id"], "previous_subs": [], "client_id": stack.app_id,
                    "openid": f"o{unique}", "user_id": person["user"]["id"]}


def test_what_is_inactive(stack, unique, token):
    renewed = stack.token(openid=f"o{unique}")
    assert stack.request("POST", "/v1/token/refresh", key=renewed).status == 200
    expired, ended = stack.token(openid=f"o{unique}"), stack.token(openid=f"o{unique}")
    stack.let_expire(expired)
    assert introspect(stack, ended)["active"]
    stack.request("POST", "/v1/logout", key=ended)
    for text in renewed, expired, ended, "x", token[:-1], stack.key:
        assert introspect(stack, text) == INACTIVE, text
    assert introspect(stack, token, key=stack.key_2) == INACTIVE
    stack.disable(openId=f"o{unique}")
    assert introspect(stack, token) == INACTIVE


def test_what_is_inactive_among_a_hundred(stack, unique, token):
    """Each kind of them beside valid ones, in one round trip."""
    renewed, expired, ended = (stack.token(openid=f"{name}{unique}") for name in ("renewed", "expired", "ended"))
    successor = stack.request("POST", "/v1/token/refresh", key=renewed).json["access_token"]
    stack.let_expire(expired)
    stack.request("POST", "/v1/logout", key=ended)
    tokens = [token, renewed, successor, expired, ended, "x", token[:-1] + ("y" if token[-1] == "x" else "x"), stack.key, ""] * 11 + [token]
    told = stack.post(INTROSPECT, {"tokens": tokens}).json
    assert [one["active"] for one in told] == [True, False, True, False, False, False, False, False, False] * 11 + [True]
    assert stack.request("POST", INTROSPECT, {"tokens": tokens}, key=stack.key_2).json == [INACTIVE] * 100


@pytest.fixture
def other_host(stack, tmp_path):
    """A second wxuser on the database of the stack."""
    made = Service(stack, tmp_path)
    yield made
    made.end()


def test_two_hosts_know_of_a_logout(stack, ctl, unique, other_host):
    """At once: nothing about a token is remembered."""
    def is_active_there(token):
        answer = ask(str(other_host.directory / "core.sock"), "POST", INTROSPECT, json.dumps({"token": token}).encode(),
                     CONTENT_TYPE="application/json", HTTP_AUTHORIZATION=f"Bearer {stack.key}")
        assert answer.status == 200, answer
        return json.loads(answer.body)["active"]

    def log_out_there(token):
        answer = ask(str(other_host.directory / "core.sock"), "POST", "/v1/logout",
                     HTTP_AUTHORIZATION=f"Bearer {token}")
        assert answer.status == 204, answer

    first, second, third = (stack.token(openid=f"o{unique}") for _ in range(3))
    assert is_active_there(first) and introspect(stack, second)["active"]
    stack.request("POST", "/v1/logout", key=first)
    assert not is_active_there(first)
    log_out_there(second)
    assert introspect(stack, second) == INACTIVE
    assert is_active_there(third)
    ctl.out("account", "logout-everywhere", f"o{unique}")
    assert not is_active_there(third) and introspect(stack, third) == INACTIVE


def test_a_hundred_at_once(stack, unique, token):
    other = stack.token(openid=f"other{unique}")
    tokens = [other, "x", token, other] + ["wxt_x"] * 96
    told = stack.post(INTROSPECT, {"tokens": tokens}).json
    assert [one.get("openid") for one in told[:4]] == [f"other{unique}", None, f"o{unique}", f"other{unique}"]
    assert told[4:] == [INACTIVE] * 96
    assert error(stack.post(INTROSPECT, {"tokens": tokens + ["x"]})) == (422, "value")
    assert stack.post(INTROSPECT, {"tokens": []}).json == []


@pytest.mark.parametrize("body", ["token=a&token=b", "token=a&Token=b", "", "x=1"])
def test_a_form_has_one_token(stack, body):
    assert error(stack.request("POST", INTROSPECT, body, FORM, key=stack.key)) == (400, "unreadable")


def test_a_person_may_not_ask(stack, token):
    for path in INTROSPECT, FIND:
        assert error(stack.request("POST", path, {"tokens": [token]}, key=token)) == (403, "scope_missing")


def test_users_are_found(stack, unique):
    openid, unionid = f"o{unique}", f"u{unique}"
    token = stack.token(openid=openid, unionid=unionid)
    stack.token(OFFICIAL, openid=f"oo{unique}", unionid=unionid)
    person = me(stack, token)
    assert find(stack, openid=openid) == find(stack, id=person["user"]["id"]) == [person]
    for by in {"unionid": unionid}, {"account_id": person["account_id"]}, {"account_id": person["account_id"].upper()}:
        assert [user["user"]["openid"] for user in find(stack, **by)] == [openid, f"oo{unique}"], by
    for by in {"openid": "no openid"}, {"openid": f"x{unique}"}, {"id": 2000000000}, {"account_id": "x"}, {"phone": "x"}:
        assert find(stack, **by) == [], by
    assert find(stack, key=stack.key_2, openid=openid) == find(stack, key=stack.key_2, id=person["user"]["id"]) == []
    assert find(stack, key=stack.key_2, account_id=person["account_id"]) == []


def test_users_are_found_by_the_id_in_the_system_before(stack, unique):
    """It names the account, and so do the ids of accounts that were merged into it."""
    openid, unionid, external = f"o{unique}", f"u{unique}", f"旧-{unique}"
    stack.token(openid=openid, unionid=unionid)
    stack.token(OFFICIAL, openid=f"oo{unique}", unionid=unionid)
    stack.sql("INSERT INTO external_id (tenant_id, account_id, external_id, created_at) "
              f"SELECT tenant_id, account_id, '{external}', UTC_TIMESTAMP(6) FROM wechat_user WHERE openid = '{openid}'")
    assert [user["user"]["openid"] for user in find(stack, external_id=external)] == [openid, f"oo{unique}"]
    assert find(stack, external_id=external.upper()) == find(stack, external_id="x" * 128) == []
    assert find(stack, key=stack.key_2, external_id=external) == []


def test_a_user_who_has_not_logged_in_is_found(stack, unique):
    id = stack.save(openId=f"o{unique}", name="小明")
    person, = find(stack, id=id)
    assert (person["account_id"], person["created_at"], person["profile"]["name"]) == (None, None, "小明")
    assert person["user"] == {"id": id, "appid": None, "openid": f"o{unique}", "unionid": None, "is_following": False}


def test_a_phone_finds_who_confirmed_it(stack, unique):
    phone = new_phone()
    holder, claimer = f"oh{unique}", f"oc{unique}"
    stack.token(openid=holder)
    stack.save_resident(holder, phone)
    stack.save(openId=claimer, phone=phone)
    assert [user["user"]["openid"] for user in find(stack, phone=phone)] == [holder]
    users = find(stack, phone=phone, include_unconfirmed=True)
    assert {user["user"]["openid"] for user in users} == {holder, claimer}
    assert [user["phone"]["is_confirmed"] for user in users if user["user"]["openid"] == claimer] == [False]


def test_a_closed_account_is_not_there(stack, unique):
    """To keys and tokens, by any of its openids, until its person takes it back."""
    openid, unionid, phone = f"o{unique}", f"u{unique}", new_phone()
    token = stack.token(openid=openid, unionid=unionid)
    stack.token(OFFICIAL, openid=f"oo{unique}", unionid=unionid)
    stack.save_resident(openid, phone)
    person = me(stack, token)
    ways = [{"openid": openid}, {"openid": f"oo{unique}"}, {"unionid": unionid}, {"id": person["user"]["id"]},
            {"account_id": person["account_id"]}, {"phone": phone}, {"phone": phone, "include_unconfirmed": True}]
    assert [bool(find(stack, **by)) for by in ways] == [True] * len(ways)
    stack.close(openId=openid)
    assert [find(stack, **by) for by in ways] == [[]] * len(ways)
    assert introspect(stack, token) == INACTIVE
    change = {"profile": {"name": "b"}}
    answer = stack.request("PATCH", f"/v1/users/{person['user']['id']}", change, key=stack.key)
    assert error(answer) == (404, "not_found")
    for method, path in (("GET", ME), ("PATCH", ME), ("GET", SESSIONS), ("POST", "/v1/token/refresh")):
        body = change if method == "PATCH" else None
        assert error(stack.request(method, path, body, key=token)) == (401, "token_revoked"), path


def test_json_is_utf_8(stack):
    for encoding, status in ("utf-8", 200), ("utf-8-sig", 200), ("utf-16", 400), ("gb18030", 400):
        body, headers = '{"openid": "昵"}'.encode(encoding), {"Content-Type": "application/json"}
        answer = stack.request("POST", FIND, body, headers, key=stack.key)
        assert answer.status == status and (status == 200 or answer.json["code"] == "unreadable"), (encoding, answer)


@pytest.mark.parametrize("by", [{}, {"openid": "a", "id": 1}, {"unknown": 1}])
def test_users_are_found_by_one_thing(stack, by):
    assert error(stack.post(FIND, by)) == (422, "value")


def test_a_server_changes_a_profile(stack, unique):
    id = stack.save(openId=f"o{unique}", name="a")
    for change in {"profile": {"name": "b"}}, {"profile": {"name": None}}:
        answer = stack.request("PATCH", f"/v1/users/{id}", change, key=stack.key)
        assert (answer.status, answer.json["profile"]["name"]) == (200, change["profile"]["name"])
    spellings = f"+{id}", f"%2B{id}", f"%20{id}", f"{id}%20", f"0{id}", f"{id}.0", f"-{id}"
    for other in "x", "0", "2000000000", f"{id + 2 ** 32}", *spellings:
        assert error(stack.request("PATCH", f"/v1/users/{other}", {"profile": {}}, key=stack.key)) == (404, "not_found"), other
    assert error(stack.request("PATCH", f"/v1/users/{id}", {"profile": {}}, key=stack.key_2)) == (404, "not_found")
    assert error(stack.request("PATCH", f"/v1/users/{id}", {"user": {}}, key=stack.key)) == (422, "read_only")
