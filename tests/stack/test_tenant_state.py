"""A tenant that is disabled is refused wherever its requests come in, and nothing of it is lost."""

import json

import pytest

from ctl import Ctl
from stack import wait_until
from test_push import follows, is_taken, push



def log_in(stack, code):
    return stack.request("POST", "/v1/login", {"code": code}, {"X-WX-AppId": stack.app_id})


@pytest.fixture(scope="module")
def own(make_stack):
    own = make_stack("disabled", CONF_http__messages="en")
    Ctl(own).out("tenant", "set", "1", "access_token_header", "true")
    return own


@pytest.fixture
def switch(own):
    """Disables or enables tenant 1, and waits until all workers know it."""
    ctl = Ctl(own)

    def switch(verb):
        status = 403 if verb == "disable" else 200
        assert ctl.out("tenant", verb, "1") == f"Tenant 1: {ctl.rows('tenant', 'list')[1][-1]} is {verb}d.\n"
        # A worker of the core pool answers the first, one of the remote pool the second.
        wait_until(lambda: {own.get("/v1/users/changes").status for _ in range(8)} == {status}, 30, verb)
        wait_until(lambda: {log_in(own, "x").status == 403 for _ in range(8)} == {status == 403}, 30, verb)

    yield switch
    switch("enable")


def code_of(answer):
    return answer.status, answer.json.get("code")


def test_logins_renewals_and_sessions_are_refused_and_come_back(own, switch, unique):
    token = own.token(openid=f"o{unique}")
    admin = Ctl(own).out("key", "add", "--tenant", "1", "--name", "boss", "--scopes", "read,admin").strip()
    begun = own.request("POST", "/v1/admin/session", key=admin)
    cookie = {"Cookie": begun.headers["Set-Cookie"].split(";")[0]}
    switch("disable")
    made = own.code(openid=f"o{unique}")
    refused = log_in(own, made["code"])
    assert code_of(refused) == (403, "tenant_disabled")
    assert refused.json["detail"] == "Ask the administrator."  # who may be anybody reads it
    assert code_of(own.request("GET", "/v1/me", key=token)) == (403, "tenant_disabled")
    assert code_of(own.request("GET", "/v1/admin/apps", headers=cookie)) == (403, "tenant_disabled")
    assert code_of(own.request("POST", "/v1/introspect", {"token": token}, key=own.key)) == (403, "tenant_disabled")
    own.let_expire(token)
    assert code_of(own.request("POST", "/v1/token/refresh", key=token)) == (403, "tenant_disabled")
    ((error,),) = own.sql("SELECT error FROM login_refusal ORDER BY id DESC LIMIT 1")
    assert error == "TENANT_DISABLED"
    switch("enable")
    assert log_in(own, made["code"]).status == 200
    assert own.request("GET", "/v1/admin/apps", headers=cookie).status == 200
    assert own.request("POST", "/v1/token/refresh", key=token).status == 200


def test_all_persons_of_a_tenant_are_logged_out(own, unique):
    tokens = [own.token(openid=f"o{n}-{unique}") for n in range(3)]
    # Its tenant is another one; its number is far from theirs.
    own.sql("UPDATE access_token SET tenant_id = 2, id = id + 25000 ORDER BY id DESC LIMIT 1")
    ((n,),) = own.sql("SELECT COUNT(*) FROM access_token WHERE tenant_id = 1")
    done = Ctl(own).out("tenant", "logout-everywhere", "1")
    assert done == f"Tenant 1: all persons are logged out; tokens ended: {n}.\n"
    assert own.sql("SELECT tenant_id, COUNT(*) FROM access_token") == [["2", "1"]]
    assert [own.request("GET", "/v1/me", key=token).status for token in tokens[:2]] == [401, 401]
    assert own.request("GET", "/v1/me", key=own.token(openid=f"o0-{unique}")).status == 200
    assert own.sql("SELECT subject FROM audit WHERE action = 'tenant.log_out'") == [
        ["tenant 1 " + Ctl(own).rows("tenant", "list")[1][-1]]]
    none = Ctl(own).run("tenant", "logout-everywhere", "99")
    assert none.returncode == 1 and "there is no such tenant" in none.stderr


def test_another_tenant_and_wechat_s_events_are_served(own, switch, unique):
    own.log_in(openid=f"o{unique}")
    key = Ctl(own).out("key", "add", "--tenant", "2", "--name", "second", "--scopes", "read").strip()
    switch("disable")
    assert own.request("GET", "/v1/users/changes", key=key).status == 200
    assert is_taken(push(own, f"o{unique}", "subscribe"))
    assert follows(own, f"o{unique}")[0][0] == "1"
    assert "warn tenant 1: " in Ctl(own).run("check").stdout


def test_what_is_read_of_a_person_tells_that_the_tenant_is_disabled(own, switch, unique):
    own.log_in(openid=f"o{unique}")
    ctl = Ctl(own)

    def read(*words):
        return json.loads(ctl.out("user", *words, "--json"))

    def instants():
        [found] = read("find", "--openid", f"o{unique}")
        number = str(found["id"])
        [listed] = read("list", "--tenant", "1", "--after", str(found["id"] - 1), "--limit", "1")
        return number, {one["tenant_disabled_at"] for one in (found, listed, read("show", number))}

    number, since = instants()
    assert since == {None}
    assert ctl.run("user", "find", "--id", number).stderr == ""
    switch("disable")
    (disabled_at,) = instants()[1]
    assert disabled_at is not None
    said = "tenant 1 is disabled since 20"
    for words in ["find", "--id", number], ["list", "--tenant", "1"]:
        assert f"wxuserctl: warning: {said}" in ctl.run("user", *words).stderr
    assert f"\ndisabled  {said}" in ctl.out("user", "show", number)
    log_in(own, own.code(openid=f"o{unique}")["code"])
    done = ctl.run("login", "list", "--user", number)
    assert done.returncode == 1 and f"no refusal names this user, but {said}" in done.stderr
    switch("enable")
    assert instants()[1] == {None}
    assert "no login of this user was refused" in ctl.run("login", "list", "--user", number).stderr


def test_an_operator_renames_disables_and_enables(own, unique):
    operator = Ctl(own).out("operator", "add", unique).strip()

    def patch(body, tenant=2):
        return own.request("PATCH", f"/v1/admin/tenants/{tenant}", body, key=operator)

    def newest():
        return own.sql("SELECT tenant_id, action, actor FROM audit ORDER BY id DESC LIMIT 1")

    assert patch({"name": unique}).json == {"id": 2, "name": unique, "disabled_at": None}
    assert newest() == [["2", "tenant.rename", "admin"]]
    off = patch({"is_disabled": True}).json
    assert off["disabled_at"] and newest() == [["2", "tenant.disable", "admin"]]
    n = own.count("audit")
    for same in {"is_disabled": True, "name": unique}, {"is_disabled": None, "name": None}, {}:
        assert patch(same).json == off and own.count("audit") == n
    assert patch({"is_disabled": False}).json["disabled_at"] is None
    assert newest() == [["2", "tenant.enable", "admin"]]
    (taken,), = own.sql("SELECT name FROM tenant WHERE id = 1")
    for body, tenant, said in (({"name": taken}, 2, (422, "value")), ({"name": " "}, 2, (422, "value")),
                               ({"is_disabled": 1}, 2, (422, "value")), ({"name": "x"}, 999, (404, "not_found"))):
        assert code_of(patch(body, tenant)) == said, body
    listed = json.loads(Ctl(own).out("tenant", "list", "--json"))
    assert {tenant["id"]: tenant["name"] for tenant in listed}[2] == unique
    assert own.request("PATCH", "/v1/admin/tenants/2", {"name": "x"}, key=own.key).status == 403
    assert Ctl(own).out("tenant", "rename", "2", "second") == f"Tenant 2: {unique} is now second.\n"
