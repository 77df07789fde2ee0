"""Who may call what, and what one tenant sees of another."""

import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ctl import Ctl
from fastcgi_client import ask
from stack import wait_until

SHOP = "/api/weixin/wxbuyinguser"


def control(stack, *arguments):
    done = subprocess.run(
        [program(stack), "--config", str(stack.state / "conf" / "wxuser.conf"), *arguments],
        env=stack.environment, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def program(stack):
    return f"{stack.environment.get('WXUSER_BUILD', stack.state / 'build')}/wxuserctl"


def key_with(stack, scopes):
    return control(stack, "key", "add", "--tenant", "1", "--name", f"test-{scopes}",
                   "--scopes", scopes)


@pytest.mark.parametrize("scopes,reads,writes", [
    ("read", 200, 403), ("write", 403, 200), ("admin", 403, 403)])
def test_scopes_are_a_set(stack, unique, scopes, reads, writes):
    key = key_with(stack, scopes)
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
    assert "whoever is there needs no credential" in lan.log("wxuser")
    wait_until(lambda: len(re.findall("principal=till by=network", lan.log("wxuser"))) == 2, 30,
               "the log says who came by the network")


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
    for _ in range(12):
        assert limited.get(f"{SHOP}/get?id=1").status == 200
