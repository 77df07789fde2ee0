"""The Admin API: who is let in and from where, sessions and how they end, and requests of other sites' pages."""

import re

import pytest

from ctl import Ctl, sql_as_root
from endpoints import endpoints
from fastcgi_client import ask
from test_access import unknown_credential

SESSION = "/v1/admin/session"
ADMIN = [endpoint for endpoint in endpoints() if endpoint.dialect == "admin"]
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def ctl(stack):
    return Ctl(stack)


def admin_key(ctl, scopes="read,write,admin", tenant=1, *more):
    return ctl.out("key", "add", "--tenant", str(tenant), "--name", "test-admin", "--scopes", scopes, *more).strip()


@pytest.fixture(scope="module")
def admin(ctl):
    return admin_key(ctl)


@pytest.fixture(scope="module")
def operator(ctl):
    return ctl.out("operator", "add", "小明").strip()


def begin(stack, key):
    answer = stack.request("POST", SESSION, key=key)
    assert answer.status == 200, answer
    return re.match(r"wxuser_admin=(wxs_\w{49}); ", answer.headers["Set-Cookie"])[1]


def by_cookie(stack, cookie, method="GET", target=SESSION, **headers):
    return stack.request(method, target, headers={"Cookie": f"a=b; wxuser_admin={cookie}; c=d", **headers})


def directly(stack, method, **params):
    """As a web server passes it on that is https://shop.example. The quick start's keeps its own origin to itself
    unless there is a session."""
    return ask(str(stack.state / "run" / "core.sock"), method, SESSION, b"", REMOTE_ADDR="127.0.0.1", HTTPS="on",
               HTTP_HOST="shop.example", **params)


def code_of(answer):
    return answer.status, answer.json["code"] if answer.body else None


def newest(stack, table):
    return stack.sql(f"SELECT MAX(id) FROM {table}")[0][0]


def audited(stack, action):
    return stack.sql(f"SELECT tenant_id, actor, who, subject FROM audit WHERE action = '{action}' ORDER BY id DESC LIMIT 1")[0]


# ---- On and off


@pytest.fixture(scope="module")
def off(make_stack):
    return make_stack("off", CONF_admin__api="false")


@pytest.fixture(scope="module")
def keys_of_off(off):
    """A tenant's admin's and an operator's, as made before it was switched off."""
    ctl = Ctl(off, admin__api="true")
    return admin_key(ctl), ctl.out("operator", "add", "小明").strip()


@pytest.mark.parametrize("endpoint", ADMIN, ids=repr)
def test_off_it_is_as_if_there_were_no_such_path(off, keys_of_off, endpoint):
    """A key cannot tell, nor another method, nor a cookie."""
    unknown = off.request("GET", "/v1/admin/nothing-there")
    for method in endpoint.method, "OPTIONS", "TRACK":
        for key in None, *keys_of_off:
            answer = off.request(method, endpoint.target, {}, key=key)
            assert (answer.status, answer.json["code"]) == (404, unknown.json["code"]) == (404, "not_found"), answer
    assert by_cookie(off, "wxs_" + "A" * 49, endpoint.method, endpoint.target).status == 404


def test_off_an_operator_key_is_no_credential(off, keys_of_off):
    admin, operator = keys_of_off
    answer = off.request("GET", "/v1/me", key=operator)
    assert answer.status == 401, answer
    assert off.reason(answer, "UNAUTHORIZED") == "no credential of this service"
    assert off.request("GET", "/v1/users/changes", key=admin).status == 200


@pytest.mark.parametrize("words", [
    ("operator", "add", "x"), ("key", "add", "--tenant", "1", "--name", "x", "--scopes", "read,admin")], ids=" ".join)
def test_off_no_key_is_made_for_it(off, words):
    tables = [off.sql(f"SELECT COUNT(*) FROM {table}") for table in ("api_key", "operator_key")]
    done = Ctl(off, admin__api="false").run(*words)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == (
        "wxuserctl: the Admin API, for which this key is, is off. To switch it on, write \"api = true\" below [admin] in "
        f"{off.state}/conf/wxuser.conf on each host; run as an administrator of the database: wxuserctl migrate --grants | "
        "mariadb; then: wxuserctl reload\n")
    assert [off.sql(f"SELECT COUNT(*) FROM {table}") for table in ("api_key", "operator_key")] == tables
    Ctl(off, admin__api="false").out("key", "add", "--tenant", "1", "--name", "x", "--scopes", "read")


def test_off_the_services_user_can_make_no_key(off):
    grants = " ".join(row[0] for row in off.sql("SHOW GRANTS FOR wxuser@localhost"))
    assert "GRANT SELECT, UPDATE (`used_on`) ON `wxuser`.`api_key` TO" in grants and "GRANT SELECT ON `wxuser`.`app` TO" in grants
    assert "`operator_key`" not in grants


def test_rights_come_and_go_with_it(off):
    """check tells of those that are missing once it is on, and of those that are left once it is off."""
    on, ctl = Ctl(off, admin__api="true"), Ctl(off, admin__api="false")
    assert "Nothing is missing" in ctl.out("migrate", "--grants") and not re.search("(?m)^(REVOKE|GRANT)", ctl.out("migrate", "--revokes"))
    grants = on.out("migrate", "--grants")
    assert "`admin_session`" in grants and "`operator_key`" in grants and "TO `wxuser_control`" not in grants
    assert re.search(r"^FAIL grants: `wxuser`@.* lacks rights ", on.run("check").stdout, re.MULTILINE)
    sql_as_root(off, grants)
    assert "ok   grants: " in on.run("check").stdout
    assert re.search(r"^warn grants: `wxuser`@.* has more rights than it needs, and may make API keys, exchange the secrets "
                     r"of apps, change the tenants' settings; .* --revokes \| mariadb$", ctl.run("check").stdout, re.MULTILINE)
    sql_as_root(off, ctl.out("migrate", "--revokes"))
    assert "ok   grants: " in ctl.run("check").stdout and on.out("migrate", "--grants") == grants


# ---- Who is let in


@pytest.mark.parametrize("endpoint", ADMIN, ids=repr)
def test_each_endpoint_is_for_its_roles_alone(stack, endpoint, admin, operator):
    """Nothing is asked for: who has no right to it is refused before that."""
    for role, key in (("key", admin), ("operator", operator)):
        if role not in endpoint.credentials:
            answer = stack.request(endpoint.method, endpoint.target, {}, key=key)
            assert code_of(answer) == (403, "scope_missing"), (endpoint, role)
    for key in stack.key, stack.token(openid="oAdminStranger"):
        assert code_of(stack.request(endpoint.method, endpoint.target, {}, key=key)) == (403, "scope_missing"), endpoint


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in endpoints() if "operator" not in endpoint.credentials and
                                      "none" not in endpoint.credentials], ids=repr)
def test_an_operator_is_let_in_nowhere_else(stack, endpoint, operator):
    answer = stack.request(endpoint.method, endpoint.target, {}, key=operator)
    assert answer.status == 403 or answer.json.get("Ret") == 3 or answer.json.get("status") == 0, answer


@pytest.mark.parametrize("address, networks, admins, operators", [
    ("127.0.0.1", "", 200, 200), ("192.0.2.7", "", 403, 403), ("192.0.2.7", "192.0.2.0/24", 200, 403),
    ("127.0.0.1", "192.0.2.0/24", 403, 200)])
def test_from_where(make_stack, stack_from, address, networks, admins, operators):
    stack, keys = stack_from(networks)
    for key, status in zip(keys, (admins, operators)):
        answer = ask(str(stack.state / "run" / "core.sock"), "GET", SESSION, b"", REMOTE_ADDR=address,
                     HTTP_AUTHORIZATION=f"Bearer {key}")
        assert answer.status == status
        assert status == 200 or b'"code":"wrong_network"' in answer.body


@pytest.mark.parametrize("sign", [{"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, {"HTTP_FORWARDED": "for=192.0.2.1"},
                                  {"HTTP_VIA": "1.1 x"}, {"HTTP_X_REAL_IP": "192.0.2.1"},
                                  {"HTTP_CF_CONNECTING_IP": "192.0.2.1"}], ids=repr)
def test_not_through_an_unknown_proxy_of_this_host(stack_from, sign):
    stack, keys = stack_from("")
    for key in keys:
        answer = ask(str(stack.state / "run" / "core.sock"), "GET", SESSION, b"", REMOTE_ADDR="127.0.0.1",
                     HTTP_AUTHORIZATION=f"Bearer {key}", **sign)
        assert answer.status == 403 and b'"code":"wrong_network"' in answer.body


@pytest.fixture(scope="module")
def stack_from(stack, make_stack):
    made = {}

    def make(networks):
        if networks not in made:
            one = make_stack("admin", CONF_admin__networks=networks) if networks else stack
            made[networks] = one, (admin_key(Ctl(one)), Ctl(one).out("operator", "add", "x").strip())
        return made[networks]
    return make


def test_a_keys_own_networks_count(stack, ctl):
    key = admin_key(ctl, "admin", 1, "--networks", "192.0.2.7")
    assert code_of(stack.request("GET", SESSION, key=key)) == (403, "wrong_network")


def test_failed_credentials_are_limited(make_stack):
    stack = make_stack("failing", RATES="on", CONF_rates__credentials_per_s=1)
    key = admin_key(Ctl(stack))
    id = newest(stack, "api_key")
    ended = begin(stack, key)
    Ctl(stack).out("key", "revoke", id)
    forged = [by_cookie(stack, unknown_credential("wxs_")).status for _ in range(40)]
    assert forged[0] == 401 and forged[-1] == 429
    assert by_cookie(stack, ended).status == 401  # it was made here: its browser is told that it has ended
    assert begin(stack, admin_key(Ctl(stack)))


# ---- Sessions


def test_a_session_is_a_cookie_for_pages_of_this_service(stack, admin):
    answer = stack.request("POST", SESSION, key=admin)
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert re.fullmatch(r"wxuser_admin=wxs_\w{49}", name)
    assert attributes == ["Path=/v1/admin", "HttpOnly", "SameSite=Strict"]  # over HTTP on this host
    assert answer.headers["Cache-Control"] == "no-store"
    shown = by_cookie(stack, name.split("=")[1])
    assert shown.json == answer.json and shown.json["ends_at"] > shown.json["created_at"]


def test_over_tls_or_from_elsewhere_the_cookie_is_secure(stack, stack_from, admin):
    elsewhere, (key, _) = stack_from("192.0.2.0/24")
    for made, whose, where in ((stack, admin, {"REMOTE_ADDR": "127.0.0.1", "HTTPS": "on"}),
                               (elsewhere, key, {"REMOTE_ADDR": "192.0.2.7"})):
        answer = ask(str(made.state / "run" / "core.sock"), "POST", SESSION, b"", HTTP_AUTHORIZATION=f"Bearer {whose}", **where)
        assert re.fullmatch(r"__Secure-wxuser_admin=wxs_\w{49}; Path=/v1/admin; HttpOnly; SameSite=Strict; Secure",
                            dict(answer.headers)["Set-Cookie"])


def test_over_tls_no_cookie_counts_that_could_come_by_another_way(stack, admin):
    cookie = begin(stack, admin)
    for name, status in ("__Secure-wxuser_admin", 200), ("wxuser_admin", 401):
        assert directly(stack, "GET", HTTP_COOKIE=f"{name}={cookie}").status == status
    assert stack.request("GET", SESSION, headers={"Cookie": f"__Secure-wxuser_admin={cookie}"}).status == 401


def test_only_a_hash_is_stored(stack, admin):
    cookie = begin(stack, admin)
    assert stack.sql(f"SELECT COUNT(*) FROM admin_session WHERE hash = UNHEX(SHA2('{cookie}', 256))") == [["1"]]


@pytest.mark.parametrize("target", [SESSION, f"{SESSION}?all=true"])
def test_a_session_ends_by_its_person(stack, admin, target):
    mine, other = begin(stack, admin), begin(stack, admin)
    answer = by_cookie(stack, mine, "DELETE", target, **OWN)
    assert answer.status == 204 and "; Max-Age=0" in answer.headers["Set-Cookie"]
    assert code_of(by_cookie(stack, mine)) == (401, "token_unknown")
    assert by_cookie(stack, other).status == (401 if "all" in target else 200)
    tenant, actor, who, subject = audited(stack, "admin.session_end")
    assert (tenant, actor) == ("1", "admin") and re.fullmatch(r"key \d+ test-admin, by session", who)
    assert subject == "all sessions" if "all" in target else re.fullmatch(r"session \d+", subject)


def test_a_session_ends_with_its_key(stack, ctl):
    for noun, key in (("key", admin_key(ctl)), ("operator", ctl.out("operator", "add", "x").strip())):
        cookie = begin(stack, key)
        assert by_cookie(stack, cookie).status == 200
        ctl.out(noun, "revoke", newest(stack, {"key": "api_key", "operator": "operator_key"}[noun]))
        assert [by_cookie(stack, cookie).status for _ in range(8)] == [401] * 8


@pytest.mark.parametrize("column, age, status", [
    ("used_at", "29 MINUTE", 200), ("used_at", "31 MINUTE", 401), ("ends_at", "11 HOUR", 200), ("ends_at", "12 HOUR", 401)])
def test_a_session_ends_by_time(stack, admin, column, age, status):
    cookie = begin(stack, admin)
    stack.sql(f"UPDATE admin_session SET {column} = {column} - INTERVAL {age} WHERE hash = UNHEX(SHA2('{cookie}', 256))")
    assert by_cookie(stack, cookie, target="/v1/admin/apps").status == status
    is_noted = "used_at > UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE"
    assert stack.sql(f"SELECT {is_noted} FROM admin_session WHERE hash = UNHEX(SHA2('{cookie}', 256))") == [
        ["1" if status == 200 or column == "ends_at" else "0"]]


def test_to_look_at_a_session_is_no_use_of_it(stack, admin):
    cookie = begin(stack, admin)
    of_it = f"WHERE hash = UNHEX(SHA2('{cookie}', 256))"
    stack.sql(f"UPDATE admin_session SET used_at = used_at - INTERVAL 29 MINUTE {of_it}")
    used_at = stack.sql(f"SELECT used_at FROM admin_session {of_it}")
    shown = by_cookie(stack, cookie)
    assert shown.status == 200 and stack.sql(f"SELECT used_at FROM admin_session {of_it}") == used_at
    assert shown.json["idle_ends_at"] < shown.json["ends_at"]
    assert by_cookie(stack, cookie, target="/v1/admin/apps").status == 200
    assert by_cookie(stack, cookie).json["idle_ends_at"] > shown.json["idle_ends_at"]


def test_ended_sessions_are_deleted(stack, ctl, admin):
    old, young = begin(stack, admin), begin(stack, admin)
    stack.sql(f"UPDATE admin_session SET ends_at = ends_at - INTERVAL 1 DAY WHERE hash = UNHEX(SHA2('{old}', 256))")
    ctl.out("jobs", "run", "admin_session")
    assert stack.sql(f"SELECT COUNT(*) FROM admin_session WHERE hash = UNHEX(SHA2('{old}', 256))") == [["0"]]
    assert by_cookie(stack, young).status == 200


def test_a_session_begins_no_session(stack, admin):
    answer = by_cookie(stack, begin(stack, admin), "POST", **OWN)
    assert (answer.status, answer.headers.get("Set-Cookie")) == (401, None)


def test_a_session_is_good_for_the_admin_api_alone(stack, ctl):
    cookie = begin(stack, admin_key(ctl))
    assert by_cookie(stack, cookie, target="/v1/users/changes").status == 401
    assert stack.request("GET", SESSION, key=cookie).status == 401


def test_two_cookies_are_none(stack, admin):
    cookies = "; ".join(f"wxuser_admin={begin(stack, admin)}" for _ in range(2))
    assert stack.request("GET", SESSION, headers={"Cookie": cookies}).status == 401


def test_during_maintenance_an_operator_is_let_in(make_stack):
    stack = make_stack("down")
    ctl = Ctl(stack)
    operator = ctl.out("operator", "add", "x").strip()
    ctl.out("maintenance", "on")
    assert stack.request("GET", SESSION, key=operator).status == 200


# ---- Pages of others


@pytest.mark.parametrize("method, headers, is_refused", [
    ("GET", {}, False), ("GET", {"Sec-Fetch-Site": "none"}, False), ("GET", {"Sec-Fetch-Site": "same-origin"}, False),
    ("GET", {"Sec-Fetch-Site": "same-site"}, True), ("GET", {"Sec-Fetch-Site": "cross-site"}, True),
    ("GET", {"Origin": "https://evil.example"}, True),
    ("DELETE", {}, True), ("DELETE", {"Sec-Fetch-Site": "none"}, True),
    ("DELETE", {"Sec-Fetch-Site": "same-origin"}, False), ("DELETE", {"Sec-Fetch-Site": "same-site"}, True),
    ("DELETE", {"Sec-Fetch-Site": "cross-site"}, True), ("DELETE", {"Origin": "null"}, True),
    ("DELETE", {"Origin": "https://evil.example"}, True), ("DELETE", {"Origin": "https://shop.example"}, False),
    ("DELETE", {"Origin": "https://shop.example:443"}, False), ("DELETE", {"Origin": "https://Shop.example"}, False),
    ("DELETE", {"Origin": "https://shop.example:80"}, True), ("DELETE", {"Origin": "http://shop.example"}, True),
    ("DELETE", {"Origin": "https://shop.example:8443"}, True), ("DELETE", {"Origin": "https://shop.example.evil"}, True),
    ("DELETE", {"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site"}, True)])
def test_another_sites_page_uses_no_session(stack, admin, method, headers, is_refused):
    cookie = begin(stack, admin)
    answer = directly(stack, method, HTTP_COOKIE=f"__Secure-wxuser_admin={cookie}", **{
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()})
    if is_refused:
        assert answer.status == 403 and b'"code":"cross_site"' in answer.body
        assert by_cookie(stack, cookie).status == 200
    else:
        assert answer.status == (200 if method == "GET" else 204)


@pytest.mark.parametrize("host, origin, status", [
    ("shop.example:443", "https://shop.example", 204), ("shop.example:8443", "https://shop.example:8443", 204),
    ("shop.example:8443", "https://shop.example", 403), ("shop.example:80", "https://shop.example", 403),
    ("[::1]:443", "https://[::1]", 204), ("[::1]", "https://[::1]:8443", 403)])
def test_the_own_origin_is_told_by_host_and_port(stack, admin, host, origin, status):
    cookie = begin(stack, admin)
    answer = ask(str(stack.state / "run" / "core.sock"), "DELETE", SESSION, b"", REMOTE_ADDR="127.0.0.1", HTTPS="on",
                 HTTP_HOST=host, HTTP_ORIGIN=origin, HTTP_COOKIE=f"__Secure-wxuser_admin={cookie}")
    assert answer.status == status


def test_the_web_server_passes_the_own_origin_on(stack, admin):
    cookie = begin(stack, admin)
    own = f"http://127.0.0.1:{stack.port}"
    for origin, status in ("http://127.0.0.1:1", 403), (own.replace("http", "https"), 403), (own, 204):
        headers = {"Cookie": f"wxuser_admin={cookie}", "Origin": origin}
        assert stack.request("DELETE", SESSION, headers=headers).status == status


@pytest.mark.parametrize("origin, status", [
    ("https://shop.example", 200), ("https://evil.example", 401), ("http://shop.example", 401), ("null", 401)])
def test_only_a_page_of_this_service_begins_a_session(stack, admin, operator, origin, status):
    """With a key it has no other use than that."""
    for key in admin, operator:
        headers = {"HTTP_ORIGIN": origin, "HTTP_AUTHORIZATION": f"Bearer {key}"}
        assert directly(stack, "POST", **headers).status == status
        assert directly(stack, "GET", **headers).status == 401


def test_no_origin_of_the_list_is_let_in(make_stack):
    stack = make_stack("origins", CONF_http__origins="https://h5.example.com")
    headers = {"Origin": "https://h5.example.com", "Access-Control-Request-Method": "POST"}
    answer = stack.request("OPTIONS", SESSION, headers=headers)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Origin" not in stack.request("POST", SESSION, headers=headers).headers


@pytest.mark.parametrize("endpoint", ADMIN, ids=repr)
def test_no_page_shows_an_answer_in_a_frame(stack, endpoint, operator):
    """Whoever asks, and whatever it is."""
    for key in None, operator:
        answer = stack.request("GET" if endpoint.method == "GET" else "OPTIONS", endpoint.target, key=key)
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert (answer.headers["X-Frame-Options"], answer.headers["Cross-Origin-Resource-Policy"]) == ("DENY", "same-origin")
        assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")


# ---- Operators' keys


def test_an_operator_is_in_the_list_without_the_key(stack, ctl):
    key = ctl.out("operator", "add", "on call").strip()
    assert re.fullmatch(r"wxo_\w{49}", key)
    line = ctl.out("operator", "list").splitlines()[-1]
    assert re.fullmatch(r" +\d+  \S+ \S+ +- +on call", line) and key not in line
    id = newest(stack, "operator_key")
    assert ctl.out("operator", "revoke", id) == f"Operator {id} is revoked, and its sessions have ended.\n"
    assert "-" not in ctl.out("operator", "list").splitlines()[-1].split()[3:]
    assert code_of(stack.request("GET", SESSION, key=key)) == (401, "token_unknown")
    assert audited(stack, "operator.revoke")[3] == f"operator {id} on call"


def test_who_takes_over_the_service_makes_no_operator(stack):
    """Its user of the database may only read their keys."""
    lines = [line for line in sql_as_root(stack, "SHOW GRANTS FOR wxuser@localhost") if "operator_key" in line]
    assert [line.split(" ON ")[0] for line in lines] == ["GRANT SELECT"]
