"""The sandbox is as strict as WeChat's servers are known to be, and nobody's but this host's."""

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from fastcgi_client import Connection
from stack import TREE, wait_until

MINI, OFFICIAL, MOBILE, WEB = (f"wx100000000000000{number}" for number in (1, 2, 3, 4))
CODE, TOKEN, REFRESH, USERINFO, AUTH = (
    f"/sns/{name}" for name in
    ("jscode2session", "oauth2/access_token", "oauth2/refresh_token", "userinfo", "auth"))
APP_TOKEN, STABLE_TOKEN = "/cgi-bin/token", "/cgi-bin/stable_token"
CHECK_SESSION, PHONE = "/wxa/checksession", "/wxa/business/getuserphonenumber"
GRANT = {"grant_type": "authorization_code"}


def secret(stack, app):
    return (stack.state / "secret" / app).read_text().strip()


def named(stack, app):
    return {"appid": app, "secret": secret(stack, app)}


def call(stack, path, **query):
    """As WeChat answers: HTTP 200, text/plain without a charset, UTF-8."""
    answer = stack.request("GET", f"{path}?{urlencode(query)}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain")
    return answer.json


def session(stack, code, app=MINI, **more):
    return call(stack, CODE, **{**named(stack, app), "js_code": code, **GRANT, **more})


def token(stack, app=OFFICIAL, **fields):
    code = stack.code(app, **fields)["code"]
    return call(stack, TOKEN, **named(stack, app), code=code, **GRANT)


def assert_refused(answer, errcode):
    assert answer["errcode"] == errcode, answer
    if errcode != 0:
        assert re.search(r"\w, rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$", answer["errmsg"])
    assert set(answer) == {"errcode", "errmsg"}


def sandbox_sql(stack, statement):
    done = subprocess.run(
        ["mariadb", "--no-defaults", f"--socket={stack.env['WXUSER_DB_SOCKET']}",
         "--user=wxuser_sandbox", "wxuser_sandbox", "-e", statement],
        env={**os.environ, "MYSQL_PWD": secret(stack, "sandbox.password")},
        capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr


# ---- login codes

def test_a_mini_code_is_worth_a_session_once(stack):
    made = stack.code(MINI, session_key="QUJDREVGR0hJSktMTU5PUA==")
    assert session(stack, made["code"]) == {
        "session_key": "QUJDREVGR0hJSktMTU5PUA==", "openid": made["openid"]}
    assert_refused(session(stack, made["code"]), 40163)


def test_what_a_code_does_not_say_is_made_up(stack):
    first, second = stack.code(MINI), stack.code(MINI)
    assert first["unionid"] is None
    for made in first, second:
        assert re.fullmatch(r"o[A-Za-z0-9_-]{27}", made["openid"])
        assert len(base64.b64decode(made["session_key"], validate=True)) == 16
    for name in "code", "openid", "session_key":
        assert first[name] != second[name]


def test_a_unionid_is_there_when_the_code_says_so(stack, unique):
    made = stack.code(MINI, unionid=f"u{unique}")
    assert session(stack, made["code"])["unionid"] == f"u{unique}" == made["unionid"]


def test_one_of_many_wins_the_code(stack):
    code = stack.code(MINI)["code"]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: session(stack, code), range(20)))
    assert sorted(answer.get("errcode", 0) for answer in answers) == [0] + [40163] * 19


@pytest.mark.parametrize("fields, errcode", [
    ({"age": 290}, None), ({"age": 301}, 40029), ({"expires_in": 600, "age": 301}, None),
    ({"expires_in": 10, "age": 11}, 40029)])
def test_a_code_lives_for_five_minutes(stack, fields, errcode):
    assert session(stack, stack.code(MINI, **fields)["code"]).get("errcode") == errcode


def test_a_code_of_another_app_is_unknown_and_spent(stack):
    code = stack.code(OFFICIAL)["code"]
    assert_refused(session(stack, code), 40029)
    assert_refused(call(stack, TOKEN, **named(stack, OFFICIAL), code=code, **GRANT), 40163)


def test_a_code_is_for_the_api_of_its_app(stack):
    assert_refused(session(stack, stack.code(OFFICIAL)["code"], OFFICIAL), 40029)
    code = stack.code(MINI)["code"]
    assert_refused(call(stack, TOKEN, **named(stack, MINI), code=code, **GRANT), 40029)
    assert_refused(session(stack, "no-such-code"), 40029)


def test_only_the_right_secret_spends_a_code(stack):
    code = stack.code(MINI)["code"]
    assert_refused(session(stack, code, secret="0" * 32), 40125)
    assert_refused(session(stack, code, appid="wx9999999999999999"), 40013)
    assert "openid" in session(stack, code)


@pytest.mark.parametrize("path, code", [(CODE, "js_code"), (TOKEN, "code")])
def test_what_is_missing_is_named_in_order(stack, path, code):
    query = {}
    for name, value, errcode in [("appid", "x", 41002), ("secret", "x", 41004),
                                 (code, "x", 41008), ("grant_type", "x", 40002)]:
        assert_refused(call(stack, path, **query), errcode)
        assert_refused(call(stack, path, **query, **{name: ""}), errcode)
        query[name] = value
    assert_refused(call(stack, path, **query), 40002)
    assert_refused(call(stack, path, **{**query, **GRANT}), 40013)


def test_names_are_exact(stack):
    assert_refused(call(stack, CODE, AppId="x", secret="x", js_code="x", **GRANT), 41002)


# ---- OAuth

def test_an_oauth_code_is_worth_a_token(stack, unique):
    answer = token(stack, openid=f"o{unique}", unionid=f"u{unique}")
    assert list(answer) == [
        "access_token", "expires_in", "refresh_token", "openid", "scope", "unionid"]
    assert (answer["openid"], answer["expires_in"], answer["scope"], answer["unionid"]) == (
        f"o{unique}", 7200, "snsapi_userinfo", f"u{unique}")
    assert len(answer["access_token"]) > 64
    assert token(stack, WEB)["scope"] == "snsapi_login"


def test_a_token_is_worth_a_profile(stack, unique):
    answer = token(stack, openid=f"o{unique}", nickname="小明😀", sex=1, city="广州",
                   headimgurl="https://example.com/132", unionid=f"u{unique}")
    target = f"{USERINFO}?{urlencode({name: answer[name] for name in ('access_token', 'openid')})}"
    profile = stack.request("GET", target)
    assert profile.json == {
        "openid": f"o{unique}", "nickname": "小明😀", "sex": 1, "language": "", "city": "广州",
        "province": "", "country": "", "headimgurl": "https://example.com/132",
        "privilege": [], "unionid": f"u{unique}"}
    # As WeChat writes it: characters as they are, slashes escaped.
    assert "小明😀" in profile.text and r"https:\/\/example.com\/132" in profile.text


def test_a_base_scope_gives_neither_unionid_nor_profile(stack, unique):
    answer = token(stack, scope="snsapi_base", unionid=f"u{unique}")
    assert "unionid" not in answer
    assert_refused(call(stack, USERINFO, access_token=answer["access_token"],
                        openid=answer["openid"]), 48001)


def test_a_snapshot_user_is_marked_and_has_no_profile(stack):
    assert "is_snapshotuser" not in token(stack)
    answer = token(stack, is_snapshotuser=1)
    assert answer["is_snapshotuser"] == 1
    assert_refused(call(stack, USERINFO, access_token=answer["access_token"],
                        openid=answer["openid"]), 48001)


@pytest.mark.parametrize("path, unknown", [(USERINFO, 40001), (AUTH, 40014)])
def test_a_token_and_its_openid_go_together(stack, path, unknown):
    answer = token(stack)
    access_token, openid = answer["access_token"], answer["openid"]
    assert_refused(call(stack, path), 41001)
    assert_refused(call(stack, path, access_token=access_token), 41009)
    assert_refused(call(stack, path, access_token="80_x", openid=openid), unknown)
    assert_refused(call(stack, path, access_token=access_token, openid=f"{openid}x"), 40003)
    sandbox_sql(stack, "UPDATE user_token SET expires_at = UTC_TIMESTAMP(6) "
                       f"WHERE access_token = '{access_token}'")
    assert_refused(call(stack, path, access_token=access_token, openid=openid), 42001)


def test_a_good_token_is_said_to_be_good(stack):
    answer = token(stack)
    assert call(stack, AUTH, access_token=answer["access_token"], openid=answer["openid"]) == {
        "errcode": 0, "errmsg": "ok"}


def test_a_token_is_renewed_and_replaced_once_it_has_expired(stack):
    first = token(stack, unionid="u-refreshed")
    query = {"appid": OFFICIAL, "grant_type": "refresh_token",
             "refresh_token": first["refresh_token"]}
    assert call(stack, REFRESH, **query) == {
        name: value for name, value in first.items() if name != "unionid"}

    of_this = f"WHERE refresh_token = '{first['refresh_token']}'"
    sandbox_sql(stack, f"UPDATE user_token SET expires_at = UTC_TIMESTAMP(6) {of_this}")
    second = call(stack, REFRESH, **query)
    assert second["access_token"] != first["access_token"]
    assert call(stack, AUTH, access_token=second["access_token"],
                openid=first["openid"])["errcode"] == 0

    sandbox_sql(stack, f"UPDATE user_token SET refresh_expires_at = UTC_TIMESTAMP(6) {of_this}")
    assert_refused(call(stack, REFRESH, **query), 42002)


@pytest.mark.parametrize("change, errcode", [
    ({"appid": ""}, 41002), ({"refresh_token": ""}, 41003), ({"grant_type": "x"}, 40002),
    ({"appid": "wx9999999999999999"}, 40013), ({"refresh_token": "80_x"}, 40030),
    ({"appid": MOBILE}, 40030)])
def test_a_refresh_is_checked(stack, change, errcode):
    query = {"appid": OFFICIAL, "grant_type": "refresh_token",
             "refresh_token": token(stack)["refresh_token"]}
    assert_refused(call(stack, REFRESH, **{**query, **change}), errcode)


# ---- an app's own tokens

def test_each_call_gives_a_new_plain_token(stack):
    query = {**named(stack, MOBILE), "grant_type": "client_credential"}
    first, second = call(stack, APP_TOKEN, **query), call(stack, APP_TOKEN, **query)
    assert first["access_token"] != second["access_token"]
    assert set(first) == {"access_token", "expires_in"} and first["expires_in"] == 7200
    assert len(first["access_token"]) > 500


@pytest.mark.parametrize("change, errcode", [
    ({"appid": ""}, 41002), ({"secret": ""}, 41004), ({"grant_type": "x"}, 40002),
    ({"appid": "wx9999999999999999"}, 40013), ({"secret": "x"}, 40125)])
def test_an_app_must_be_named_rightly(stack, change, errcode):
    query = {**named(stack, MINI), "grant_type": "client_credential", **change}
    assert_refused(call(stack, APP_TOKEN, **query), errcode)
    assert_refused(stack.request("POST", STABLE_TOKEN, query).json, errcode)


def stable(stack, app, **more):
    return stack.request("POST", STABLE_TOKEN, {
        "appid": app, "secret": "s", "grant_type": "client_credential", **more}).json


def test_a_stable_token_stays(stack, unique):
    app = f"wx-{unique}"
    stack.sandbox("apps", {"appid": app, "kind": "official", "secret": "s"})
    first = stable(stack, app)
    again = stable(stack, app, force_refresh=False)
    assert again["access_token"] == first["access_token"]
    assert 7100 <= again["expires_in"] <= 7200

    forced = stable(stack, app, force_refresh=True)
    assert forced["access_token"] != first["access_token"]
    # Too soon after the last: nothing is refreshed.
    assert stable(stack, app, force_refresh=True)["access_token"] == forced["access_token"]

    sandbox_sql(stack, "UPDATE app_token SET expires_at = UTC_TIMESTAMP(6) + INTERVAL 299 SECOND "
                       f"WHERE appid = '{app}'")
    assert stable(stack, app)["access_token"] != forced["access_token"]

    sandbox_sql(stack, "INSERT INTO app_token SELECT UUID(), appid, 1, 1, created_at, expires_at, 0 "
                       f"FROM app_token JOIN seq_1_to_20 WHERE appid = '{app}' AND is_forced = 1")
    assert_refused(stable(stack, app, force_refresh=True), 45009)


# ---- session keys

def app_token(stack, app=MINI, path=STABLE_TOKEN):
    query = {**named(stack, app), "grant_type": "client_credential"}
    answer = call(stack, path, **query) if path == APP_TOKEN else stack.request("POST", path, query).json
    return answer["access_token"]


def signed(session_key):
    signature = hmac.new(session_key.encode(), b"", hashlib.sha256).hexdigest()
    return {"signature": signature, "sig_method": "hmac_sha256"}


def logged_in(stack, unique, **fields):
    """What proves the session of a user who has just logged in."""
    made = stack.code(MINI, openid=f"o{unique}", **fields)
    session(stack, made["code"])
    return {"access_token": app_token(stack), "openid": f"o{unique}", **signed(made["session_key"])}


def test_a_signature_is_the_published_one():
    assert signed("tiihtNczf5v6AKRyjwEUhQ==")["signature"] == (
        "7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735")


def test_a_session_key_is_said_to_be_good(stack, unique):
    query = logged_in(stack, unique)
    assert call(stack, CHECK_SESSION, **query) == {"errcode": 0, "errmsg": "ok"}
    query["access_token"] = app_token(stack, path=APP_TOKEN)
    assert call(stack, CHECK_SESSION, **query) == {"errcode": 0, "errmsg": "ok"}


def test_the_next_login_ends_a_session(stack, unique):
    first = logged_in(stack, unique)
    second = logged_in(stack, unique)
    assert_refused(call(stack, CHECK_SESSION, **first), 87009)
    assert call(stack, CHECK_SESSION, **second)["errcode"] == 0


@pytest.mark.parametrize("change, errcode", [
    ({"access_token": ""}, 41001), ({"access_token": "81_x"}, 40001), ({"openid": ""}, 41009),
    ({"openid": "oNobody"}, 40003), ({"sig_method": ""}, 87008), ({"sig_method": "sha256"}, 87008),
    ({"signature": ""}, 87009), (signed("QUJDREVGR0hJSktMTU5PUA=="), 87009)])
def test_a_session_check_is_strict(stack, unique, change, errcode):
    query = logged_in(stack, unique)
    assert_refused(call(stack, CHECK_SESSION, **{**query, **change}), errcode)
    upper = {"signature": query["signature"].upper()}
    assert_refused(call(stack, CHECK_SESSION, **{**query, **upper}), 87009)


def test_a_session_is_its_apps(stack, unique):
    query = logged_in(stack, unique)
    other = f"wx-{unique}"
    stack.sandbox("apps", {"appid": other, "kind": "mini", "secret": "s"})
    query["access_token"] = stable(stack, other)["access_token"]
    assert_refused(call(stack, CHECK_SESSION, **query), 40003)
    query["access_token"] = app_token(stack, OFFICIAL)
    assert_refused(call(stack, CHECK_SESSION, **query), 48001)


def test_a_code_that_was_not_used_is_no_session(stack, unique):
    made = stack.code(MINI, openid=f"o{unique}")
    assert_refused(call(stack, CHECK_SESSION, access_token=app_token(stack), openid=f"o{unique}",
                        **signed(made["session_key"])), 40003)


def test_an_app_token_ends(stack, unique):
    """With another number when it expires than when a newer one takes its place."""
    app = f"wx-{unique}"
    stack.sandbox("apps", {"appid": app, "kind": "mini", "secret": "s"})
    made = stack.code(app)
    call(stack, CODE, appid=app, secret="s", js_code=made["code"], **GRANT)
    query = {"openid": made["openid"], **signed(made["session_key"]),
             "access_token": stable(stack, app)["access_token"]}
    sandbox_sql(stack, f"UPDATE app_token SET expires_at = UTC_TIMESTAMP(6) WHERE appid = '{app}'")
    assert_refused(call(stack, CHECK_SESSION, **query), 42001)

    query["access_token"] = stable(stack, app)["access_token"]
    assert call(stack, CHECK_SESSION, **query)["errcode"] == 0
    stable(stack, app, force_refresh=True)
    assert_refused(call(stack, CHECK_SESSION, **query), 40001)


# ---- codes of the phone button

def phone_code(stack, **fields):
    return stack.sandbox("phone-codes", {"appid": MINI, **fields})


def phone_of(stack, code, token=None, **more):
    token = token or app_token(stack)
    answer = stack.request("POST", f"{PHONE}?{urlencode({'access_token': token})}", {"code": code, **more})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain")
    return answer.json


@pytest.mark.parametrize("country, whole", [("86", "13900000000"), ("852", "+85213900000000")])
def test_a_phone_code_is_worth_a_number_once(stack, unique, country, whole):
    made = phone_code(stack, openid=f"o{unique}", phone="13900000000", country_code=country)
    answer = phone_of(stack, made["code"], openid=f"o{unique}")
    watermark = answer["phone_info"].pop("watermark")
    assert answer == {"errcode": 0, "errmsg": "ok", "phone_info": {
        "phoneNumber": whole, "purePhoneNumber": "13900000000", "countryCode": country}}
    assert watermark["appid"] == MINI and abs(watermark["timestamp"] - time.time()) < 60
    assert_refused(phone_of(stack, made["code"], openid=f"o{unique}"), 40029)


def test_a_phone_code_needs_no_openid(stack):
    assert phone_of(stack, phone_code(stack)["code"])["errcode"] == 0


def test_a_phone_code_is_its_openid_s_if_one_is_named(stack, unique):
    """A wrong one spends it, too."""
    code = phone_code(stack, openid=f"o{unique}")["code"]
    assert_refused(phone_of(stack, code, openid=f"p{unique}"), 40029)
    assert_refused(phone_of(stack, code, openid=f"o{unique}"), 40029)


def test_a_phone_code_is_its_apps(stack, unique):
    other = f"wx-{unique}"
    stack.sandbox("apps", {"appid": other, "kind": "mini", "secret": "s"})
    token = stable(stack, other)["access_token"]
    assert_refused(phone_of(stack, phone_code(stack)["code"], token), 40029)
    token = app_token(stack, OFFICIAL)
    assert_refused(phone_of(stack, phone_code(stack)["code"], token), 48001)


def test_a_phone_code_lives_five_minutes(stack):
    assert_refused(phone_of(stack, phone_code(stack, age=300)["code"]), 40029)
    assert phone_of(stack, phone_code(stack, age=290)["code"])["errcode"] == 0


def test_a_phone_code_is_no_login_code(stack):
    assert_refused(session(stack, phone_code(stack)["code"]), 40029)
    assert_refused(phone_of(stack, stack.code(MINI)["code"]), 40029)


@pytest.mark.parametrize("token, code, errcode", [
    ("", "x", 41001), ("81_x", "x", 40001), (None, "", 41008), (None, "x", 40029)])
def test_a_phone_call_is_strict(stack, token, code, errcode):
    token = app_token(stack) if token is None else token
    answer = stack.request("POST", f"{PHONE}?access_token={token}", {"code": code})
    assert_refused(answer.json, errcode)


def test_another_apps_token_is_said_to_be_good(stack, unique):
    """As WeChat does: sns/auth names no app, so it proves nothing about whose user it is."""
    answer = token(stack, MOBILE, openid=f"o{unique}")
    assert call(stack, AUTH, access_token=answer["access_token"], openid=f"o{unique}",
                appid=OFFICIAL)["errcode"] == 0


def test_methods_and_bodies_are_checked(stack):
    def post(path, body, **headers):
        return stack.request("POST", path, body, headers=headers).json

    json_type = {"Content-Type": "application/json"}
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    assert_refused(post(AUTH, "{}", **json_type), 43001)
    assert_refused(call(stack, STABLE_TOKEN), 43002)
    assert_refused(post(STABLE_TOKEN, "", **json_type), 44002)
    assert_refused(post(STABLE_TOKEN, '{"appid"', **json_type), 47001)
    assert_refused(post(STABLE_TOKEN, "[]", **json_type), 47001)
    assert_refused(post(STABLE_TOKEN, "grant_type=client_credential&appid=x", **form_type), 41002)
    assert_refused(call(stack, "/sns/nothing"), 40066)


# ---- faults

def raw(stack, path=AUTH):
    return stack.request("GET", path)


@pytest.mark.parametrize("errcode", [-1, 45011, 40226, 40164, 99999])
def test_an_errcode_can_be_ordered(stack, errcode):
    stack.fault(AUTH, "errcode", errcode)
    assert_refused(raw(stack).json, errcode)
    assert_refused(raw(stack).json, 41001)


def test_a_fault_happens_as_often_as_ordered(stack):
    stack.fault(AUTH, "html", count=2)
    assert [raw(stack).text.startswith("<") for _ in range(3)] == [True, True, False]
    stack.fault(AUTH, "html", count=100)
    stack.fault(AUTH, "none")
    assert_refused(raw(stack).json, 41001)


@pytest.mark.parametrize("status", [500, 502, 503, 302])
def test_a_status_can_be_ordered(stack, status):
    stack.fault(AUTH, "status", status)
    assert raw(stack).status == status


def test_an_answer_can_be_truncated(stack):
    stack.fault(AUTH, "truncate")
    half = raw(stack)
    assert half.status == 200 and int(half.headers["Content-Length"]) == len(half.body)
    assert half.text.startswith('{"errcode":41001,') and not half.text.endswith("}")


def test_a_connection_can_be_cut(stack):
    stack.fault(AUTH, "cut")
    with pytest.raises(ConnectionError):
        raw(stack)
    assert_refused(raw(stack).json, 41001)


@pytest.mark.parametrize("kind, value", [("slow", 3000), ("hang", 3)])
def test_who_waits_delays_nobody_else(stack, kind, value):
    stack.fault(AUTH, kind, value)
    n_before, began = stack.calls(AUTH)["count"], time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(raw, stack)
        wait_until(lambda: stack.calls(AUTH)["count"] > n_before, 20, "the call is there")
        assert not waiting.done()
        if kind == "slow":
            assert_refused(waiting.result().json, 41001)
        else:
            assert isinstance(waiting.exception(), ConnectionError)
    assert 3 <= time.monotonic() - began < 15


@pytest.mark.parametrize("kind, value", [
    ("errcode", -1), ("html", 0), ("truncate", 0), ("cut", 0), ("status", 502)])
def test_a_spoilt_answer_spends_the_code_all_the_same(stack, kind, value):
    code = stack.code(MINI)["code"]
    stack.fault(CODE, kind, value)
    try:
        stack.request("GET", f"{CODE}?" + urlencode(
            {**named(stack, MINI), "js_code": code, **GRANT}))
    except ConnectionError:
        assert kind == "cut"
    assert_refused(session(stack, code), 40163)


# ---- controls

def test_calls_are_told_without_secrets(stack, unique):
    before = stack.calls(CODE)["count"]
    session(stack, f"code-{unique}", secret=f"secret-{unique}")
    told = stack.calls(CODE.lstrip("/"))
    assert told["count"] == before + 1
    newest = told["calls"][0]
    assert (newest["path"], newest["appid"], newest["code"]) == (CODE, MINI, f"code-{unique}")
    assert f"secret-{unique}" not in str(stack.sandbox("calls"))


def test_a_code_without_an_app_is_the_first_ones(stack):
    made = stack.sandbox("codes", {})
    assert made["appid"] == MINI
    assert "openid" in session(stack, made["code"])


@pytest.mark.parametrize("control, body", [
    ("apps", {"appid": "wx1", "kind": "mini"}),
    ("apps", {"appid": "wx1", "kind": "tiny", "secret": "s"}),
    ("apps", {"appid": "wx 1", "kind": "mini", "secret": "s"}),
    ("codes", {"appid": "wx9999999999999999"}),
    ("codes", {"sex": "much"}),
    ("faults", {"path": "/sns/auth", "kind": "flood"}),
    ("faults", {"kind": "html"}),
    ("faults", []),
])
def test_a_mistaken_order_is_refused_in_words(stack, control, body):
    answer = stack.request("POST", f"/sandbox/{control}", body)
    assert answer.status == 400 and answer.json["error"], answer
    assert answer.json["reason"]


def test_a_call_is_told_with_its_answer(stack, unique):
    def answer():
        return stack.calls(CODE)["calls"][0]["answer"]

    made = stack.code(MINI, openid=f"o{unique}")
    session(stack, made["code"])
    assert json.loads(answer()) == {"openid": f"o{unique}", "session_key": "…"}
    session(stack, made["code"])
    assert '"errcode":40163' in answer()
    stack.fault(CODE, "status", 502)
    stack.request("GET", f"{CODE}?appid=x")
    assert answer() == "HTTP 502 text/html"


def test_the_apps_are_told_with_the_keys_of_their_tenants(stack):
    apps = {app["appid"]: app for app in stack.sandbox("apps")["apps"]}
    assert apps[MINI] == {"appid": MINI, "kind": "mini", "api_key": stack.key,
                          "wechat_key": stack.env["WXUSER_WECHAT_KEY"]}
    assert apps["wx2000000000000001"]["api_key"] == stack.key_2


def test_faults_to_come_are_told(stack):
    def waiting():
        return [fault for fault in stack.sandbox("faults")["faults"] if fault["path"] == "/sns/told"]

    stack.fault("sns/told", "slow", 3000, count=2)
    assert waiting() == [{"path": "/sns/told", "kind": "slow", "value": 3000, "text": None, "count": 2}]
    stack.fault("sns/told", "none")
    assert waiting() == []


def test_the_page_is_in_two_languages_and_as_strict_as_the_help(stack):
    page, script, style = (stack.request("GET", target) for target in ("/sandbox/", "/sandbox/page.js", "/help/style.css"))
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    for text in "这不是微信", "This is not WeChat", "/help/style.css", "/sandbox/page.js":
        assert text in page.text
    assert page.text.count('class="t" lang="zh-CN"') == page.text.count('class="t" lang="en"')
    for name in "Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options":
        assert page.headers[name] == script.headers[name] == style.headers[name]


def test_the_page_knows_each_api(stack):
    """Faults are ordered for what nginx passes to the sandbox and is no control."""
    page = stack.request("GET", "/sandbox/").text
    shown = set(re.findall(r"<option>(/[^<]*)", page))
    declared = set(re.findall(r'(?:API\("\w+", |GATEWAY\()"([^"]*)"', "".join(
        path.read_text("utf-8") for path in (TREE / "tests" / "sandbox").glob("*.c"))))
    assert shown == {f"/{path}" for path in declared}


# ---- who may come in

ENDPOINTS = [
    ("GET", CODE), ("GET", TOKEN), ("GET", REFRESH), ("GET", USERINFO), ("GET", AUTH),
    ("GET", APP_TOKEN), ("POST", STABLE_TOKEN), ("GET", CHECK_SESSION),
    ("POST", PHONE), ("GET", "/sandbox/"), ("GET", "/sandbox/calls"), ("POST", "/sandbox/apps"),
    ("POST", "/sandbox/codes"), ("POST", "/sandbox/phone-codes"), ("POST", "/sandbox/faults")]
BODIES = {
    "/sandbox/apps": b'{"appid":"wx-intruder","kind":"mini","secret":"s"}',
    "/sandbox/faults": b'{"path":"/sns/nothing","kind":"none"}'}
HERE = {"REMOTE_ADDR": "127.0.0.1", "SERVER_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8080"}


def knock(stack, method, path, **params):
    body = BODIES.get(path, b"{}") if method == "POST" else b""
    more = {"CONTENT_TYPE": "application/json"} if body else {}
    with Connection(str(stack.state / "run" / "sandbox.sock")) as connection:
        return connection.ask(method, path, body, **{**HERE, **more, **params}).status


@pytest.mark.parametrize("method, path", ENDPOINTS)
def test_nobody_comes_in_from_elsewhere(stack, method, path):
    assert knock(stack, method, path) == 200
    for name in HERE:
        assert knock(stack, method, path, **{name: "192.0.2.1"}) == 403
        assert knock(stack, method, path, **{name: "2001:db8::1"}) == 403
    assert knock(stack, method, path, HTTP_HOST="localhost.example.com") == 403
    assert knock(stack, method, path, REMOTE_ADDR=None) == 403
    assert knock(stack, method, path, SERVER_ADDR=None) == 403
    assert knock(stack, method, path, REMOTE_ADDR="::1", SERVER_ADDR="::1",
                 HTTP_HOST="[::1]:8080") == 200
    assert knock(stack, method, path, HTTP_X_FORWARDED_FOR="127.0.0.1") == 200
    for sign in ({"HTTP_X_FORWARDED_FOR": "192.0.2.1"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.1, 127.0.0.1"},
                 {"HTTP_FORWARDED": "for=192.0.2.1"}, {"HTTP_VIA": "1.1 x"}, {"HTTP_X_REAL_IP": "192.0.2.1"}):
        assert knock(stack, method, path, **sign) == 403


def test_a_name_of_another_site_is_refused_through_nginx(stack):
    for path in "/sandbox/", "/sandbox/calls", AUTH:
        assert stack.request("GET", path, headers={"Host": "evil.example.com"}).status == 403


def test_it_says_what_it_is(stack):
    assert "THIS IS A SANDBOX, NOT WECHAT" in stack.log("sandbox")


def test_who_hangs_does_not_hold_up_the_end(make_stack):
    ending = make_stack("ending")
    ending.fault(AUTH, "hang", 60)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(raw, ending)
        wait_until(lambda: ending.calls(AUTH)["count"] == 1, 20, "the call is there")
        began = time.monotonic()
        ending.kill("sandbox", signal.SIGTERM)
        # A worker that does not heed is killed after 20.
        assert time.monotonic() - began < 15
        assert isinstance(hanging.exception(), ConnectionError)
