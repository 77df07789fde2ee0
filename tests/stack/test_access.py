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
from fastcgi_client import ask
from follower import Follower
from prometheus import Metrics
from stack import new_phone, wait_until

SHOP = "/api/weixin/wxbuyinguser"


def control(stack, *arguments):
    done = subprocess.run(
        [program(stack), "--config", str(stack.state / "conf" / "wxuser.conf"), *arguments],
        env=stack.environment, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
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


def test_unknown_credentials_of_an_address_are_limited(make_stack):
    limited = make_stack("forged", RATES="on", CONF_rates__credentials_per_s=1)

    def ask(credential):
        return limited.request("GET", f"{SHOP}/get?id=1", key=credential)

    assert ask(limited.key).status == 200
    for prefix in "wxk_", "wxt_":
        assert ask(unknown_credential(prefix)).status in (401, 429)
        until_refused(lambda: ask(unknown_credential(prefix)), lambda answer: answer.status == 429)
    assert Metrics(limited.request("GET", "/metrics").text).value(
        "wxuser_rate_limited_total", limit="credentials") >= 2
    assert limited.reason(ask(unknown_credential("wxt_")), "RATE") == "credentials"


def test_tries_of_a_key_outside_of_its_networks_are_limited(make_stack):
    limited = make_stack("stolen", RATES="on", CONF_rates__credentials_per_s=1)
    key = key_with(limited, "read", "--networks", "127.0.0.7")

    def ask(source):
        return limited.request("GET", f"{SHOP}/get?id=1", key=key, source=source)

    assert ask("127.0.0.7").status == 200 and ask("127.0.0.1").status == 403
    until_refused(lambda: ask("127.0.0.1"), lambda answer: answer.status == 429)
    assert ask("127.0.0.7").status == 200
    assert Metrics(limited.request("GET", "/metrics").text).value(
        "wxuser_rate_limited_total", limit="credentials") >= 1


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
    return make_stack("readers", CONF_rates__key_rows_per_hour=10)


def test_a_key_that_reads_very_many_is_told_once(readers, unique):
    stack = readers
    ids = [stack.save(openId=f"o{unique}-{n}") for n in range(4)]

    def read(n):
        assert [len(stack.post(f"{SHOP}/getlist", ids).json) for _ in range(n)] == [4] * n
        return Metrics(stack.request("GET", "/metrics").text).value("wxuser_list_rows_warnings_total")

    assert [read(2), read(1), read(5)] == [0, 1, 1]
    stack.await_log(r'level=warning .* msg="an API key reads very many users" tenant=1 principal=\S+ rows_per_hour=10\n')


def test_what_else_reads_users_counts_as_a_list_does(readers, unique):
    openid = f"o{unique}"
    user, member = readers.save(openId=openid), readers.member(phone=new_phone())
    key = Ctl(readers).out("key", "add", "--tenant", "1", "--name", "reader", "--scopes", "read,admin").strip()
    for method, target, body in (("POST", "/v1/users/find", {"openid": openid}), ("POST", "/v1/users/find", {"phone": new_phone()}),
                                 ("POST", "/v1/admin/users/find", {"openid": openid}),
                                 ("POST", "/v1/admin/users/find", {"phone": new_phone()}), ("POST", f"/v1/admin/users/{user}/reveal", None),
                                 ("POST", f"/v1/admin/users/{user}/export", None),
                                 ("POST", f"/v1/admin/members/{member}/reveal", None)):
        before = rows_read(readers)
        assert readers.request(method, target, body, key=key).status == 200
        assert rows_read(readers) == before + 1, target
    for _ in range(11):
        readers.request("POST", "/v1/admin/users/find", {"phone": new_phone()}, key=key)
    readers.await_log(r'level=warning .* msg="an API key reads very many users" tenant=1 principal=reader rows_per_hour=10\n')
    follower = Follower(readers)
    readers.save(openId=f"o{unique}-2")
    before = rows_read(readers)
    assert len(follower.follow()) == rows_read(readers) - before == 1


def test_logins_by_address_are_limited_where_that_is_on(make_stack):
    limited = make_stack("limited", RATES="on", CONF_rates__login_per_s=1,
                         CONF_rates__login_burst=5)
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
    for _ in range(12):
        assert limited.get(f"{SHOP}/get?id=1").status == 200
