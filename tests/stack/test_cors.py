"""Pages of another origin: which may call what, through nginx and where nginx itself answers."""

import http.server
import json
import re
import shutil
import subprocess
import threading
import urllib.parse

import pytest

from endpoints import endpoints
from prometheus import scrape
from stack import wait_until

ORIGIN = "https://h5.example.com"
LOGIN = "/account_api/wechat/user/getUserInfo"
# What a tenant's server alone may call.
OF_SERVERS = ("/api/weixin/wxbuyinguser/getlist", "/v1/introspect", "/v1/users/find", "/v1/users/{id}",
              "/v1/users/changes", "/v1/apps/{appid}/access-token")
GET = "/api/weixin/wxbuyinguser/get?id=1"
EXPOSED = "X-Request-Id, X-Access-Token, X-Access-Token-Expires, Retry-After, WWW-Authenticate"


# Logs in with the code of its address, and shows what it has read.
PAGE = """<!doctype html><meta charset="utf-8"><body><script>
const {api, app, code} = Object.fromEntries(new URLSearchParams(location.search))
async function run() {
    const login = await fetch(api + '/v1/login', {
        method: 'POST', body: JSON.stringify({code}), headers: {'Content-Type': 'application/json', 'X-WX-AppId': app}})
    const {access_token, account} = await login.json()
    const me = await fetch(api + '/v1/me', {headers: {Authorization: 'Bearer ' + access_token}})
    const refused = await fetch(api + '/v1/me', {headers: {Authorization: 'Bearer x'}})
    return JSON.stringify({
        openid: (await me.json()).user.openid, login: account.user.openid, request: me.headers.get('X-Request-Id'),
        refused: (await refused.json()).code})
}
run().catch(String).then(text => document.body.textContent = text)
</script>"""


@pytest.fixture(scope="module")
def pages():
    """The origins of two servers of the page."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, *_):
            pass

    servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield [f"http://127.0.0.1:{server.server_port}" for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def site(make_stack, pages):
    stack = make_stack("cors", CONF_http__origins=f"https://a.example, {ORIGIN}, {pages[0]}")
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


def browse(site, origin, code):
    """What the page of the origin shows in a browser."""
    query = urllib.parse.urlencode({"api": site.env["WXUSER_URL"], "app": site.app_id, "code": code})
    done = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=30000", "--dump-dom",
         f"{origin}/?{query}"], check=True, capture_output=True, text=True, timeout=120)
    return re.search(r"<body>(.*)</body>", done.stdout, re.DOTALL)[1]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="WITHOUT chromium NO BROWSER DECIDES")
def test_a_browser_lets_a_listed_page_log_in(site, pages, unique):
    listed, other = pages
    code = site.code(openid=f"o{unique}")["code"]
    assert "Failed to fetch" in browse(site, other, code)
    assert site.user(f"o{unique}") is None  # the browser sent no more than a preflight
    shown = json.loads(browse(site, listed, code))
    assert shown.pop("request")
    assert shown == {"openid": f"o{unique}", "login": f"o{unique}", "refused": "token_unknown"}


def test_a_page_reads_its_refusal(site):
    answer = site.request("GET", GET, headers={"Origin": ORIGIN})
    assert answer.status == 401 and allowed(answer) == (ORIGIN, "Origin")
    assert answer.headers["WWW-Authenticate"] and answer.headers["Access-Control-Expose-Headers"] == EXPOSED


@pytest.mark.parametrize("origin", ["https://b.example", "null", f"{ORIGIN}.evil"])
def test_no_other_page(site, origin):
    assert preflight(site, LOGIN, origin=origin).status == 200  # account's own refusal of a method
    assert preflight(site, "/api/Customer/Logout", origin=origin).status == 405
    answer = site.request("GET", GET, headers={"Origin": origin})
    assert answer.status == 401 and allowed(answer) == (None, "Origin")


def test_only_what_a_person_may_call(site):
    for endpoint in endpoints():
        answer = preflight(site, endpoint.target, endpoint.method)
        may = endpoint.dialect not in ("problem", "push", "admin") and endpoint.path not in OF_SERVERS
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
