"""Pages of another origin: which may call what, through nginx and where nginx itself answers."""

import pytest

from endpoints import endpoints
from prometheus import scrape
from stack import wait_until

ORIGIN = "https://h5.example.com"
LOGIN = "/account_api/wechat/user/getUserInfo"
# What a tenant's server alone may call.
OF_SERVERS = ("/api/weixin/wxbuyinguser/getlist", "/v1/introspect", "/v1/users/find", "/v1/users/{id}")
GET = "/api/weixin/wxbuyinguser/get?id=1"
EXPOSED = "X-Request-Id, X-Access-Token, X-Access-Token-Expires, Retry-After"


@pytest.fixture(scope="module")
def site(make_stack):
    stack = make_stack("cors", CONF_http__origins=f"https://a.example, {ORIGIN}")
    stack.give_tokens()
    return stack


def preflight(stack, path, method="POST", origin=ORIGIN):
    return stack.request("OPTIONS", path, headers={
        "Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"})


def allowed(answer):
    return answer.headers["Access-Control-Allow-Origin"], answer.headers["Vary"]


def test_a_page_logs_in(site):
    answer = preflight(site, LOGIN)
    assert (answer.status, answer.body, allowed(answer)) == (204, b"", (ORIGIN, "Origin"))
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, X-WX-AppId"
    assert answer.headers["Access-Control-Max-Age"] == "600"
    answer = site.request("POST", LOGIN, {"code": site.code()["code"]},
                          {"Origin": ORIGIN, "X-WX-AppId": site.app_id})
    assert answer.json["code"] == 200 and allowed(answer) == (ORIGIN, "Origin")
    assert answer.headers["Access-Control-Expose-Headers"] == EXPOSED
    assert "Access-Control-Allow-Credentials" not in answer.headers
    answer = site.request("GET", GET, headers={"Origin": ORIGIN}, key=answer.headers["X-Access-Token"])
    assert answer.status == 200 and allowed(answer) == (ORIGIN, "Origin")


def test_a_page_of_v1_logs_in_and_reads_itself(site):
    page = {"Origin": ORIGIN, "X-WX-AppId": site.app_id}
    login = site.request("POST", "/v1/login", {"code": site.code()["code"]}, page)
    assert login.status == 200 and allowed(login) == (ORIGIN, "Origin")
    person = site.request("GET", "/v1/me", headers=page, key=login.json["access_token"])
    assert person.json == login.json["account"] and allowed(person) == (ORIGIN, "Origin")
    refused = site.request("POST", "/v1/login", {"code": "x"}, page)
    assert refused.json["code"] == "code_invalid" and allowed(refused) == (ORIGIN, "Origin")
    for origin in "https://b.example", "null":
        answer = site.request("POST", "/v1/login", {"code": site.code()["code"]}, {**page, "Origin": origin})
        assert allowed(answer) == (None, "Origin")


def test_a_page_reads_its_refusal(site):
    answer = site.request("GET", GET, headers={"Origin": ORIGIN})
    assert answer.status == 401 and allowed(answer) == (ORIGIN, "Origin")


@pytest.mark.parametrize("origin", ["https://b.example", "null", f"{ORIGIN}.evil"])
def test_no_other_page(site, origin):
    assert preflight(site, LOGIN, origin=origin).status == 200  # account's own refusal of a method
    assert preflight(site, "/api/Customer/Logout", origin=origin).status == 405
    answer = site.request("GET", GET, headers={"Origin": origin})
    assert answer.status == 401 and allowed(answer) == (None, "Origin")


def test_only_what_a_person_may_call(site):
    for endpoint in endpoints():
        answer = preflight(site, endpoint.target, endpoint.method)
        may = endpoint.dialect not in ("problem", "push") and endpoint.path not in OF_SERVERS
        assert ("Access-Control-Allow-Methods" in answer.headers) == may, endpoint
        assert allowed(answer) == ((ORIGIN, "Origin") if may else (None, None)), endpoint


def test_no_page_without_the_setting(stack):
    answer = preflight(stack, "/api/Customer/Logout")
    assert answer.status == 405 and allowed(answer) == (None, None)


def test_a_page_has_no_api_key(site):
    before = scrape(site)
    for origin in ORIGIN, "https://b.example":
        for method, path in (("GET", GET), ("POST", "/api/Customer/AppAuthorization")):
            answer = site.request(method, path, {} if method == "POST" else None, {"Origin": origin}, key=site.key)
            assert answer.status == 401, answer
            assert site.reason(answer, "UNAUTHORIZED") == "an API key from a web page"
    wait_until(lambda: scrape(site).rise(before, "wxuser_page_keys_total") == 4, 10, "they are counted")
    assert site.request("GET", GET, key=site.key).status == 200


def test_what_nginx_refuses_itself(site):
    body = "x" * 3_000_000
    answer = site.request("POST", LOGIN, body, {"Origin": ORIGIN, "Content-Type": "application/json"})
    assert answer.status == 413 and allowed(answer) == (ORIGIN, "Origin")
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
    for headers in {}, {"Origin": "https://b.example"}:
        answer = site.request("POST", LOGIN, body, {"Content-Type": "application/json", **headers})
        assert answer.status == 413 and allowed(answer) == (None, "Origin")
        assert answer.headers["Access-Control-Expose-Headers"] is None
