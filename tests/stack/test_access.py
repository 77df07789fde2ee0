"""Who may call what, and what one tenant sees of another."""

import random
import re
import string
import subprocess
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from ctl import Ctl
from endpoints import endpoints
from fastcgi_client import ask
from follower import Follower
from prometheus import Metrics
from stack import VILLAGE, new_phone, wait_until
from test_push import MINI, OFFICIAL, message, secret
from test_push import target as push_target

SHOP = "/api/weixin/wxbuyinguser"


def control(stack, *arguments, stdin=""):
    done = subprocess.run(
        [program(stack), "--config", str(stack.state / "conf" / "wxuser.conf"), *arguments],
        env=stack.environment, capture_output=True, text=True, timeout=30, input=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def program(stack):
    return f"{stack.environment.get('WXUSER_BUILD', stack.state / 'build')}/wxuserctl"


def key_with(stack, scopes, *more):
    return control(stack, "key", "add", "--tenant", "1", "--name", f"test-{scopes}",
                   "--scopes", scopes, *more)


@pytest.mark.parametrize("scopes,reads,writes", [
    ("read", 200, 403), ("write", 403, 200), ("admin", 403, 403), ("wechat", 403, 403)])
def test_scopes_are_a_set(stack, unique, scopes, reads, writes):
    key = key_with(stack, scopes, "--networks", "127.0.0.0/8")
    for target in ("get?id=1", f"getbyopenid?openId=o{unique}"):
        assert stack.request("GET", f"{SHOP}/{target}", key=key).status == reads
    assert stack.request("POST", f"{SHOP}/getlist", [1], key=key).status == reads
    answer = stack.request("POST", f"{SHOP}/saveuser", {"openId": f"o{unique}"}, key=key)
    assert answer.status == writes
    assert (stack.user(f"o{unique}") is not None) == (writes == 200)


def statuses(stack, key):
    """Of more requests than there are workers, at once, so that most of these answer."""
    with ThreadPoolExecutor(16) as pool:
        return {answer.status for answer in pool.map(
            lambda _: stack.request("GET", f"{SHOP}/get?id=1", key=key), range(32))}


def test_a_revoked_key_ends_at_once(stack):
    key = key_with(stack, "read")
    id = stack.sql("SELECT MAX(id) FROM api_key")[0][0]
    assert statuses(stack, key) == {200}
    control(stack, "key", "revoke", id)
    assert statuses(stack, key) == {401}


def test_without_a_master_to_tell_a_change_takes_effect_in_time(stack, tmp_path):
    """As on another host."""
    key = key_with(stack, "read")
    id = stack.sql("SELECT MAX(id) FROM api_key")[0][0]
    assert statuses(stack, key) == {200}
    done = Ctl(stack).run("key", "revoke", id, server__state_directory=tmp_path)
    assert (done.stdout, done.returncode) == (f"Key {id} is revoked.\n", 0)
    assert done.stderr == "No master on this host has answered: the change takes effect within 5 s.\n"
    wait_until(lambda: statuses(stack, key) == {401}, 12, "the key is refused by every worker")


def test_two_tenants_see_nothing_of_each_other(stack, unique):
    openid = f"o{unique}"
    ids = [stack.save(key=key, openId=openid, name=name)
           for key, name in ((stack.key, "one"), (stack.key_2, "two"))]
    assert ids[0] != ids[1]
    for key, own, other, name, tenant in (
            (stack.key, ids[0], ids[1], "one", 1), (stack.key_2, ids[1], ids[0], "two", 2)):
        assert stack.user(openid, key) == {
            "tenantId": tenant, "openId": openid, "name": name, "profile": "", "phone": "",
            "memberId": 0, "id": own}
        assert stack.request("GET", f"{SHOP}/get?id={other}", key=key).text == "null"
        listed = stack.request("POST", f"{SHOP}/getlist", [other, own], key=key).json
        assert [user["id"] for user in listed] == [own]
        saved, unknown = (
            stack.request("POST", f"{SHOP}/saveuser", {"id": id, "name": "stolen"}, key=key)
            for id in (other, 2147483647))
        assert saved.body == unknown.body


def test_a_list_has_a_bound(stack):
    ids = list(range(1, 1001))
    assert stack.post(f"{SHOP}/getlist", ids).status == 200
    answer = stack.post(f"{SHOP}/getlist", ids + [1001])
    assert (answer.status, answer.text) == (400, '{"Message":"The request is invalid."}')


def test_servers_of_a_trusted_network(make_stack):
    lan = make_stack("lan", CONF_auth__trusted_networks="10.1.2.0/24=till, 10.1.3.0/24=quickstart")
    control(lan, "key", "add", "--tenant", "2", "--name", "till", "--scopes", "read,admin")
    lan.save(key=lan.key_2, openId="oLan", name="Two")

    def status(path, peer, **params):
        socket = str(lan.state / "run" / "core.sock")
        method, body = ("POST", b"{}") if path == "saveuser" else ("GET", b"")
        return ask(socket, method, f"{SHOP}/{path}", body, REMOTE_ADDR=peer, QUERY_STRING="openId=oLan",
                   CONTENT_TYPE="application/json", **params)

    answer = status("getbyopenid", "10.1.2.3")
    assert answer.status == 200 and b'"tenantId":2,"openId":"oLan","name":"Two"' in answer.body
    assert status("saveuser", "10.1.2.3").status == 403
    assert status("getbyopenid", "10.1.2.3", HTTP_X_FORWARDED_FOR="10.1.2.3").status == 401
    assert status("getbyopenid", "10.1.3.3").status == 401  # two keys have that name
    assert status("getbyopenid", "10.1.4.3").status == 401
    assert lan.request("GET", f"{SHOP}/getbyopenid?openId=oLan").status == 401
    rival = control(lan, "key", "add", "--tenant", "1", "--name", "rival", "--scopes", "read,admin")
    added = lan.request("POST", "/v1/admin/keys", {"name": "till", "scopes": ["read"]}, key=rival)
    assert (added.status, [error["pointer"] for error in added.json["errors"]]) == (422, ["/name"])
    assert status("getbyopenid", "10.1.2.3").status == 200
    assert "whoever is there needs no credential" in lan.log("wxuser")
    wait_until(lambda: len(re.findall("principal=till by=network", lan.log("wxuser"))) == 3, 30,
               "the log says who came by the network")


def until_refused(ask, is_refused):
    """A bucket fills while a slow machine asks."""
    answers = (ask() for _ in range(500))
    answer = next(answer for answer in answers if is_refused(answer))
    assert int(answer.headers["Retry-After"]) > 0
    return answer


@pytest.mark.parametrize("path, body, status, text", [
    (f"{SHOP}/saveuser", {"openId": "oRate"}, 429, '{"Message":"Too many requests. Please try again later."}'),
    ("/city/v3/OnlineMediateWW/SaveWXUserInfo", {}, 200, '"Ret":2,'),
    ("/api/Customer/AppAuthorization", {"openId": ""}, 429, '"status":0,'),
    ("/account_api/wechat/user/getUserInfo", {"code": ""}, 200, '"code":429')], ids=lambda value: str(value)[:20])
def test_a_key_has_a_rate_of_its_own(stack, unique, path, body, status, text):
    key = control(stack, "key", "add", "--tenant", "1", "--name", unique, "--scopes", "write", "--rate", "1")
    answer = until_refused(lambda: stack.request("POST", path, body, key=key),
                           lambda answer: answer.status == status and text in answer.text)
    assert stack.post(path, body).status != 429  # another key


def test_the_rate_of_a_key_is_changed(stack):
    key = key_with(stack, "read", "--rate", "1")
    id = stack.sql("SELECT MAX(id) FROM api_key")[0][0]

    def ask():
        return stack.request("GET", f"{SHOP}/get?id=1", key=key)

    until_refused(ask, lambda answer: answer.status == 429)
    control(stack, "key", "set", id, "--rate", "1000")
    assert {ask().status for _ in range(20)} == {200}


def test_a_key_is_for_its_networks(stack, unique):
    key = key_with(stack, "read,write", "--networks", "127.0.0.7,10.0.0.0/8")
    id = stack.sql("SELECT MAX(id) FROM api_key")[0][0]

    def ask(source, path=f"{SHOP}/get?id=1", method="GET", body=None, headers=None):
        return stack.request(method, path, body, headers, key=key, source=source)

    assert ask("127.0.0.7").status == 200
    assert ask("127.0.0.1").status == 403
    assert ask("127.0.0.1", headers={"X-Forwarded-For": "127.0.0.7"}).status == 403
    refused = ask("127.0.0.1", "/v1/users/find", "POST", {"openid": f"o{unique}"})
    assert refused.status == 403 and refused.json["code"] == "wrong_network"
    assert stack.reason(refused, "KEY_NETWORK") == "the API key is not for this address"
    assert ask("127.0.0.1", f"{SHOP}/saveuser", "POST", {"openId": f"o{unique}"}).status == 403
    assert stack.user(f"o{unique}") is None

    control(stack, "key", "set", id, "--networks", "127.0.0.1")
    assert (ask("127.0.0.7").status, ask("127.0.0.1").status) == (403, 200)
    control(stack, "key", "set", id, "--networks", "any")
    assert (ask("127.0.0.7").status, ask("127.0.0.1").status) == (200, 200)


def unknown_credential(prefix):
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    text = prefix + "".join(random.choices(digits, k=42)).rjust(43, "0")
    crc, checksum = zlib.crc32(text.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        checksum = digits[digit] + checksum
    return text + checksum


@pytest.fixture(scope="module")
def forged(make_stack):
    made = make_stack("forged", RATES="on", CONF_rates__credentials_per_s=1, CONF_http__messages="en")
    made.give_tokens()
    return made


def test_unknown_credentials_of_an_address_are_limited(forged):
    limited = forged

    def ask(credential):
        return limited.request("GET", f"{SHOP}/get?id=1", key=credential)

    assert ask(limited.key).status == 200
    for prefix in "wxk_", "wxt_":
        assert ask(unknown_credential(prefix)).status in (401, 429)
        refused = until_refused(lambda: ask(unknown_credential(prefix)), lambda answer: answer.status == 429)
    assert Metrics(limited.request("GET", "/metrics").text).value(
        "wxuser_rate_limited_total", limit="credentials") >= 2
    assert limited.reason(refused, "RATE") == "credentials"


def exhaust(stack, source):
    """A stranger's guesses, until no more are looked up."""
    until_refused(lambda: stack.request("GET", f"{SHOP}/get?id=1", key=unknown_credential("wxt_"), source=source),
                  lambda answer: answer.status == 429)


def test_guesses_keep_nobody_out_whose_credential_was_made_here(forged, unique):
    """From the same address, also one that no worker has seen."""
    source, refresh = "127.0.0.41", "/v1/token/refresh"
    tokens = [forged.token(openid=f"o{unique}-{n}") for n in range(3)]
    key = key_with(forged, "read")
    exhaust(forged, source)

    def status(method, path, credential):
        return forged.request(method, path, key=credential, source=source).status

    assert status("GET", "/v1/me", tokens[0]) == 200
    assert status("GET", f"{SHOP}/get?id=1", key) == 200
    answer = forged.request("POST", refresh, key=tokens[1], source=source)
    assert answer.status == 200 and status("GET", "/v1/me", answer.json["access_token"]) == 200
    assert status("POST", "/v1/logout", tokens[2]) == 204 and status("GET", "/v1/me", tokens[2]) == 401
    until_refused(lambda: forged.request("POST", refresh, key=unknown_credential("wxt_"), source=source),
                  lambda answer: answer.status == 429)


def key_without_tag(stack):
    """One that was made before there were tags."""
    text = unknown_credential("wxk_")
    stack.sql("INSERT INTO api_key (tenant_id, name, scopes, hash, created_at) "
              f"VALUES (1, 'before tags', 1, UNHEX(SHA2('{text}', 256)), UTC_TIMESTAMP(6))")
    return text


def test_an_older_key_passes_where_it_was_right_lately(forged):
    source, used = "127.0.0.42", key_without_tag(forged)

    def ask(key):
        return forged.request("GET", f"{SHOP}/get?id=1", key=key, source=source)

    def ask_unused():
        key = key_without_tag(forged)
        exhaust(forged, source)
        return ask(key)

    assert ask(used).status == 200
    until_refused(ask_unused, lambda answer: answer.status == 429)
    key_with(forged, "read")  # what the workers remember, they forget by this
    exhaust(forged, source)
    assert ask(used).status == 200


def test_tries_of_a_key_outside_of_its_networks_are_limited(forged):
    limited = forged
    key = key_with(limited, "read", "--networks", "127.0.0.7")

    def ask(source):
        return limited.request("GET", f"{SHOP}/get?id=1", key=key, source=source)

    assert ask("127.0.0.7").status == 200 and ask("127.0.0.43").status == 403
    until_refused(lambda: ask("127.0.0.43"), lambda answer: answer.status == 429)
    assert ask("127.0.0.7").status == 200
    assert Metrics(limited.request("GET", "/metrics").text).value(
        "wxuser_rate_limited_total", limit="credentials") >= 1


# ---- Pushes of who is not WeChat

WRONG = {"signature": "0" * 40}


def push_event(stack, source, appid=MINI, **query):
    return stack.request("POST", push_target(stack, appid, **query), message("oNobody", "CLICK"),
                         headers={"Content-Type": "text/xml"}, source=source)


def assert_push_limited(answer, limit, stack):
    assert (answer.status, answer.text) == (429, "Too many requests, try again later")
    assert int(answer.headers["Retry-After"]) > 0
    assert stack.reason(answer, "RATE") == limit


@pytest.fixture(scope="module")
def pushed(forged):
    control(forged, "tenant", "set", "1", "push_takes_plain", "true")
    return forged


def test_wrong_signatures_of_an_address_are_limited(pushed):
    """Not of WeChat's, which has signed right."""
    stranger, wechat = "127.0.0.51", "127.0.0.52"
    assert push_event(pushed, wechat).status == 200
    for source in stranger, wechat:
        assert [push_event(pushed, source, **WRONG).status for _ in range(10)] == [403] * 10
    assert_push_limited(push_event(pushed, stranger, **WRONG), "push_signatures", pushed)
    assert push_event(pushed, stranger).status == 429  # nor is he told which guess is right
    assert push_event(pushed, stranger, msg_signature="0" * 40).status == 429
    assert pushed.request("GET", push_target(pushed, MINI, echostr="1"), source=stranger).status == 429
    assert push_event(pushed, stranger, OFFICIAL).status == 200
    assert push_event(pushed, wechat, **WRONG).status == 403 and push_event(pushed, wechat).status == 200
    assert Metrics(pushed.request("GET", "/metrics").text).value(
        "wxuser_rate_limited_total", limit="push_signatures") >= 4


def test_with_another_token_failures_begin_anew(pushed):
    """Where it was WeChat that had another one than this service."""
    token = secret(pushed, f"{OFFICIAL}.token")
    answers = [push_event(pushed, "127.0.0.53", OFFICIAL, token="theirs") for _ in range(11)]
    assert answers[-1].status == 429
    control(pushed, "app", "set-push", OFFICIAL, stdin="theirs\n\n")
    try:
        assert push_event(pushed, "127.0.0.53", OFFICIAL, token="theirs").status == 200
    finally:
        control(pushed, "app", "set-push", OFFICIAL, stdin=f"{token}\n\n")


def test_unknown_apps_of_an_address_are_limited(pushed, unique):
    """Not those of an address that has signed right for them."""
    source = "127.0.0.54"
    assert push_event(pushed, source).status == 200
    answers = [push_unknown(pushed, source, f"wx{unique}{n}") for n in range(11)]
    assert [answer.status for answer in answers[:10]] == [403] * 10
    refused = until_refused(lambda: push_unknown(pushed, source, f"wx{unique}{time.monotonic_ns()}"),
                            lambda answer: answer.status == 429)
    assert_push_limited(refused, "push_apps", pushed)
    assert push_event(pushed, source).status == 200


def test_an_unknown_app_is_looked_for_once_a_second(pushed, unique):
    reasons = {pushed.reason(push_unknown(pushed, f"127.0.0.{60 + n}", f"wx{unique}"), "FORBIDDEN") for n in range(20)}
    assert reasons == {"no such app", "unknown a moment ago"}


def push_unknown(stack, source, appid):
    return stack.request("GET", push_target(stack, MINI).replace(MINI, appid), source=source)


# ---- What keys read


def test_what_was_unknown_a_moment_ago_is_not_looked_for(stack):
    credential = unknown_credential("wxt_")
    reasons = {stack.reason(stack.request("GET", f"{SHOP}/get?id=1", key=credential), "UNAUTHORIZED")
               for _ in range(40)}
    assert reasons == {"no such access token", "unknown a moment ago"}


def rows_read(stack):
    return Metrics(stack.request("GET", "/metrics").text).value("wxuser_list_rows_total")


def test_the_rows_of_lists_are_counted(stack, unique):
    ids = [stack.save(openId=f"o{unique}-{n}") for n in range(3)]
    before = rows_read(stack)
    stack.post(f"{SHOP}/getlist", ids + [2_000_000_000])
    assert rows_read(stack) - before == 3


@pytest.fixture(scope="module")
def readers(make_stack):
    made = make_stack("readers", CONF_rates__key_rows_per_hour=10)
    made.give_tokens()
    return made


def test_a_key_that_reads_very_many_is_told_once(readers, unique):
    stack = readers
    ids = [stack.save(openId=f"o{unique}-{n}") for n in range(4)]

    def read(n):
        assert [len(stack.post(f"{SHOP}/getlist", ids).json) for _ in range(n)] == [4] * n
        return Metrics(stack.request("GET", "/metrics").text).value("wxuser_list_rows_warnings_total")

    assert [read(2), read(1), read(5)] == [0, 1, 1]
    stack.await_log(r'level=warning .* msg="an API key reads very many users" tenant=1 principal=\S+ rows_per_hour=10\n')


# What a key reads by an endpoint: the body of a request that reads one user or member. {openid} has logged in.
READS = {
    "GET /api/weixin/wxbuyinguser/get": None,
    "GET /api/weixin/wxbuyinguser/getbyopenid": None,
    "POST /api/weixin/wxbuyinguser/getlist": [2_000_000_000],
    "POST /city/v3/OnlineMediateWW/SaveWXUserInfo": {"OpenId": "{openid}", "Name": "张三", "MobilePhone": "{phone}", "RID": VILLAGE},
    "POST /api/Customer/AppAuthorization": {"openId": "{openid}"},
    "POST /v1/users/find": {"phone": "13800000009"},
    "PATCH /v1/users/{id}": {"profile": {"name": "李四"}},
    "GET /v1/users/changes": None,
    "GET /v1/admin/users": None,
    "POST /v1/admin/users/find": {"openid": "{openid}"},
    "GET /v1/admin/users/{id}": None,
    "POST /v1/admin/users/{id}/reveal": None,
    "POST /v1/admin/users/{id}/export": None,
    "POST /v1/admin/users/{id}/erase": {"name": "not the name"},
    "GET /v1/admin/members": None,
    "POST /v1/admin/members/{member}/reveal": None,
    "POST /v1/admin/members/{member}/erase": {"name": "not the name"},
}
QUERIES = {"get": "?id={id}", "getbyopenid": "?openId={openid}"}
# Why no user is read, as the manual says (docs/dialects.md, What keys read).
CUSTOMER, ADMIN = "/api/Customer", "/v1/admin"
READS_NOBODY = {
    "nothing looks at a credential": ["/healthz", "/readyz", "/metrics", "/wechat/push/{appid}"],
    "a login by the person's own code or token": [
        "/account_api/wechat/user/getUserInfo", "/v1/login", f"{CUSTOMER}/RefreshToken", "/v1/token/refresh", f"{CUSTOMER}/Logout",
        "/v1/logout"],
    "it answers an id alone": [f"{SHOP}/{verb}" for verb in ("saveuser", "createmember", "bindmember", "unbindmember")],
    "it answers nothing of a person": [
        "/city/v3/OnlineMediateWW/SendVerifyCode", "/v1/apps/{appid}/access-token",
        *(ADMIN + path for path in (
            "/session", "/settings", "/settings/{name}", "/settings/{name}/preview", "/keys", "/keys/{id}", "/keys/{id}/rotate",
            "/apps", "/apps/moves", "/apps/{appid}/secret", "/apps/{appid}/try", "/apps/{appid}/push", "/apps/{appid}/open-platform", "/communities",
            "/statistics"))],
    "who has the token has the person's consent": ["/v1/introspect"],
    "ids and masked openids of what has happened": [
        ADMIN + path for path in ("/conflicts", "/conflicts/{id}/dismiss", "/merges", "/merges/{id}/undo", "/erasures",
                                  "/logins/refused", "/logins/refused/find", "/audit")],
    "it changes the account that it names": [
        f"{ADMIN}/accounts/{{id}}/{verb}" for verb in ("disable", "enable", "log-out", "reopen", "flag")],
}


def test_whatever_a_key_may_ask_counts_or_reads_nobody():
    asked = {(f"{endpoint.method} {endpoint.path}", endpoint.path) for endpoint in endpoints() if "key" in endpoint.credentials}
    others = {path for paths in READS_NOBODY.values() for path in paths}
    counted = set(map(normal, READS))
    assert {name for name, path in asked if (name in counted) == (path in others)} == set()
    assert counted - {name for name, _ in asked} == others - {path for _, path in asked} == set()


def normal(name):
    return name.replace("{member}", "{id}")


@pytest.fixture(scope="module")
def read(readers):
    key = Ctl(readers).out("key", "add", "--tenant", "1", "--name", "reader", "--scopes", "read,write,admin").strip()
    readers.log_in(openid="oRead")
    (id,), = readers.sql("SELECT id FROM wechat_user WHERE openid = 'oRead'")
    phone = new_phone()
    readers.save_resident("oRead", phone)
    return {"openid": "oRead", "id": id, "phone": phone, "member": readers.member(phone=new_phone())}, key


@pytest.mark.parametrize("name", READS)
def test_a_person_whom_a_key_reads_counts(readers, read, name):
    named, key = read
    method, path = name.split(" ")
    path = (path + QUERIES.get(path.split("/")[-1], "")).format(**named)
    body = READS[name]
    if isinstance(body, dict):
        body = {member: value.format(**named) if isinstance(value, str) else value for member, value in body.items()}
    if name == "GET /v1/users/changes":
        follower = Follower(readers)
        readers.save(openId="oReadAgain")
        before = rows_read(readers)
        assert len(follower.follow()) == rows_read(readers) - before == 1
        return
    n = {"GET /v1/admin/users": "wechat_user", "GET /v1/admin/members": "member"}.get(name)
    before = rows_read(readers)
    answer = readers.request(method, path, body, key=key)
    assert answer.status in (200, 422), answer
    assert rows_read(readers) - before == (1 if n is None else len(answer.json["items"])) > 0, answer


def test_a_person_who_reads_with_a_token_does_not_count(readers, unique):
    token = readers.token(openid=f"o{unique}")
    before = rows_read(readers)
    for path in f"{SHOP}/getbyopenid?openId=o{unique}", "/v1/me":
        assert readers.request("GET", path, key=token).status == 200
    assert rows_read(readers) == before


def test_one_by_one_warns_as_a_list_does(readers):
    key = Ctl(readers).out("key", "add", "--tenant", "1", "--name", "one by one", "--scopes", "read").strip()
    for id in range(1, 13):
        assert readers.request("GET", f"{SHOP}/get?id={id}", key=key).status == 200
    readers.await_log(r'level=warning .* msg="an API key reads very many users" tenant=1 principal="one by one" rows_per_hour=10\n')


def test_logins_by_address_are_limited_where_that_is_on(make_stack, unique):
    limited = make_stack("limited", RATES="on", CONF_rates__login_per_s=1,
                         CONF_rates__login_burst=5)
    limited.give_tokens()
    code = limited.code(openid=f"o{unique}")["code"]
    token = limited.login(code, source="127.0.0.9").headers["X-Access-Token"]
    began = time.monotonic()
    answers = [limited.login("x") for _ in range(40)]
    n_seconds = time.monotonic() - began
    refused = [answer for answer in answers if answer.json["code"] == 429]
    assert 5 <= len(answers) - len(refused) <= 5 + n_seconds
    assert {answer.status for answer in refused} == {200}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    refused = until_refused(lambda: limited.request("POST", "/v1/login", {"code": "x"}),
                            lambda answer: answer.status == 429)
    assert refused.json["code"] == "too_often"
    renewed = limited.request("POST", "/v1/token/refresh", key=token)
    assert renewed.status == 200  # nor does it keep anybody from renewing or ending a login
    assert limited.request("POST", "/v1/logout", key=renewed.json["access_token"]).status == 204
    assert limited.request("POST", "/v1/logout", key=unknown_credential("wxt_")).status == 429
    until_refused(lambda: limited.request("POST", "/v1/token/refresh", key=token), lambda answer: answer.status == 429)
    for _ in range(12):
        assert limited.get(f"{SHOP}/get?id=1").status == 200
