"""Whatever hosts the program, its clients get the answers that they get through the quick start's nginx."""

import re

import pytest

from host import BASE, ORIGIN
from stack import exchange, wait_until

SHOP = "/api/weixin/wxbuyinguser"
LOGIN = "/account_api/wechat/user/getUserInfo"
CITY = "/city/v3/OnlineMediateWW"
CUSTOMER = "/api/Customer"


def seen(site, method, target, body=None, headers=None):
    """What is the same each time. body: bytes, or a list of them to send chunked."""
    # mod_fcgid looks for a worker for up to a minute.
    answer = exchange(site.port, method, target, body, headers, timeout=120)
    text = re.sub(r'"(SeqId|timestamp|instance)":[^,}]+', r'"\1"', answer.text)
    return (answer.status, answer.headers["Content-Type"], answer.headers["Allow"],
            text.replace(str(site.port), "PORT"))


@pytest.fixture
def same(site, stack):
    """same(method, target, body, headers): what is seen in both, with an API key."""
    def check(method, target, body=None, headers=None):
        headers = {"Authorization": f"Bearer {stack.key}", "X-WX-AppId": stack.app_id,
                   "Content-Type": "application/json"} if headers is None else headers
        answer = seen(site, method, target, body, headers)
        assert answer == seen(stack, method, target, body, headers)
        return answer

    return check


@pytest.mark.parametrize("target", [
    f"{SHOP}/get", f"{SHOP}/get?", f"{SHOP}/get?a=%20%e5%b0&b=//", f"{SHOP}/Getx/%E5%B0%8F%20a?x=1",
    f"{SHOP}/getbyopenid//?openId=o", f"{SHOP}//getbyopenid?openId=o",
    "/city//v3/OnlineMediateWW/SaveWXUserInfo", "/api/%41bc+d&e=f;g", "/api/a%25b", "/api/a%3Fb",
    "/api/a%23b", "/api/a%5Cb", "/api/a:b", "/api/%7Euser", "/api/", f"{CUSTOMER}/Nothing?token=abc",
    f"{SHOP}/get.json?id=1"])
def test_a_404_document_has_the_uri_as_it_came(same, target):
    status, _, _, text = same("GET", target)
    assert status == 404 and f"http://127.0.0.1:PORT{target}" in text


@pytest.mark.parametrize("target", ["/nowhere", "/api", "/account_api", "/account_api/", "/.htaccess",
                                    "/wxuser.core"])
def test_404_elsewhere(same, target):
    assert same("GET", target)[0] == 404


@pytest.mark.parametrize("target", [f"/{SHOP}/getbyopenid?openId=o", "//", "///"])
def test_slashes_in_front_are_another_path(site, target):
    assert site.get(target).status == 404


@pytest.mark.parametrize("target", [f"{SHOP.upper()}/GETBYOPENID?openId=o", f"{SHOP}/getbyopenid/?openId=o"])
def test_the_case_and_one_last_slash_do_not_matter(same, target):
    assert same("GET", target)[0] == 200


@pytest.mark.parametrize("path", [f"{SHOP}/saveuser", LOGIN, f"{CITY}/SendVerifyCode",
                                  f"{CUSTOMER}/AppAuthorization", f"{BASE}{CITY}/SendVerifyCode"])
class TestPosts:
    def test_405(self, same, path):
        for method in "GET", "PUT", "OPTIONS":
            same(method, path)

    def test_a_body_over_the_limit(self, host, site, stack, path):
        """Whoever refuses it, the program, this web server or the quick start's."""
        headers = {"Content-Type": "application/json"}
        answers = [seen(asked, "POST", path, b'{"name":"' + b"x" * size + b'"}', headers)
                   for asked in (site, stack) for size in (70_000, 900_000, 3_000_000)]
        answers += [seen(site, "POST", path, [b"x" * 10_000] * n, {**headers, "Transfer-Encoding": "chunked"})
                    # There mod_fcgid fails with what is over 128 KiB.
                    for n in (7, 12 if host.name == "shared_hosting" else 300)]
        assert "过大" in answers[0][3] and {answer[1:] for answer in answers} == {answers[0][1:]}
        assert {answer[0] for answer in answers} <= {413, 200 if path == LOGIN else 413}

    def test_a_body_below_the_limit(self, same, stack, path):
        headers = {"Authorization": f"Bearer {stack.key}", "X-WX-AppId": stack.app_id,
                   "Content-Type": "application/json"}
        for size in 45_000, 65_000:
            body = b'{"name":"' + b"x" * size + b'"}'
            chunks = [body[at:at + 1000] for at in range(0, len(body), 1000)]
            whole = same("POST", path, body, headers)
            assert "过大" not in whole[3]
            assert same("POST", path, chunks, {**headers, "Transfer-Encoding": "chunked"}) == whole

    def test_no_body(self, same, path):
        same("POST", path, b"")

    def test_a_chunked_body(self, site, stack, path):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {stack.key}",
                   "X-WX-AppId": stack.app_id}
        body = b'{"name":"\xe5\xb0\x8f", "MobilePhone":"1"}'
        whole = seen(site, "POST", path, body, headers)
        chunks = [body[:5], body[5:11], body[11:]]
        assert seen(site, "POST", path, chunks, {**headers, "Transfer-Encoding": "chunked"}) == whole


def test_head(same):
    same("HEAD", f"{SHOP}/getbyopenid?openId=o")
    same("HEAD", "/api/none")
    same("HEAD", "/healthz")


def test_credentials_come_through(same, stack):
    target = f"{SHOP}/getbyopenid?openId=o"
    assert same("GET", target, headers={})[0] == 401
    assert same("GET", target, headers={"Authorization": "Basic Zm9vOmJhcg=="})[0] == 401
    assert same("GET", target, headers={"Authorization": f"Bearer {stack.key}"})[0] == 200

    target, token = f"{CITY}/SaveWXUserInfo", stack.token(openid="oToken")
    answers = [same("POST", more, b'{"OpenId":"o"}', {"Content-Type": "application/json", **headers})
               for more, headers in ((target, {}), (target, {"Token": token}),
                                     (f"{target}?token={token}", {}))]
    assert answers[0] != answers[1] == answers[2]


def allowed(answer):
    """The origin of a page that may read the answer. No header may come twice."""
    names = "Access-Control-Allow-Origin", "Vary"
    assert all(len(answer.headers.get_all(name, [])) <= 1 for name in names), answer.headers
    return answer.headers["Access-Control-Allow-Origin"]


def test_a_page_of_another_origin(site):
    """The program says so, and the web server of what it refuses itself."""
    for path in LOGIN, f"{BASE}{CUSTOMER}/Logout":
        answer = site.request("OPTIONS", path, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "POST"})
        assert (answer.status, allowed(answer), answer.body) == (204, ORIGIN, b"")
        assert answer.headers["Access-Control-Allow-Methods"] == "POST"
        for origin, may in ((ORIGIN, ORIGIN), ("https://b.example", None), (f"{ORIGIN}.evil", None)):
            headers = {"Origin": origin, "Content-Type": "application/json"}
            assert allowed(site.request("POST", path, "{}", headers)) == may
            answer = site.request("POST", path, "x" * 5_000_000, headers, timeout=120)
            assert answer.status == 413 and allowed(answer) == may


def test_the_access_log_keeps_no_secret(host, site, stack):
    site.request("POST", f"{CITY}/SaveWXUserInfo?token={stack.key}", {"OpenId": "o"})
    site.get(f"{SHOP}/getbyopenid?o%70enId=oSecret1&openid=oSecret2")
    for path in f"{SHOP}/getbyopenid/oPath", f"{SHOP}/oPath?x", f"{BASE}/oPath", "/wechat/push/oPath":
        site.get(path)
    site.request("PATCH", "/healthz")
    log, = host.log.glob("*access.log")
    wait_until(lambda: "PATCH" in log.read_text(), 10, "the log has the last request")
    assert "oPath" not in log.read_text()
    # By which its line is found in the program's log, which has no address.
    wanted = site.request("GET", "/healthz").headers["X-Request-Id"]
    wait_until(lambda: wanted in log.read_text(), 10, "the log has the request's id")
    for path in host.log.iterdir():
        text = path.read_text(errors="replace")
        assert stack.key not in text and "oSecret" not in text
