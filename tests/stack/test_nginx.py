"""What nginx itself answers: what the program would have said, under nginx's own status."""

import re
import signal
import socket

import pytest

from endpoints import endpoints
from stack import wait_until

CITY = "/city/v3/OnlineMediateWW"
SHOP = "/api/weixin/wxbuyinguser"
LOGIN = "/account_api/wechat/user/getUserInfo"
CUSTOMER = "/api/Customer"
BASE = "/wx"

BODIES = {
    LOGIN: '{"code":"x"}',
    f"{CITY}/SendVerifyCode": '{"OpenId":"oAnybody","MobilePhone":"13800000000"}',
    f"{SHOP}/getlist": "[1]",
    f"{SHOP}/createmember": '{"wxBuyingUserId":1,"phone":"13800000000"}',
    f"{SHOP}/bindmember": '{"wxBuyingUserId":1,"phone":"13800000000"}',
    f"{SHOP}/unbindmember": '{"wxBuyingUserId":1}',
    f"{CUSTOMER}/AppAuthorization": '{"openId":"oAnybody","session_key":"x"}',
}
XML = '<UserInfo xmlns="http://schemas.datacontract.org/2004/07/Applications.WebApi.Common"/>'
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def chinese(make_stack):
    stack = make_stack("nginx", CONF_server__base_path=BASE)
    stack.sql("INSERT INTO setting SELECT id, 'access_token_header', 'true' FROM tenant")
    return stack


def ask(stack, method, target, body="{}", **headers):
    """The answer's type and text, whatever number the request has, after its status. A problem document that nginx sends
    does not name the status."""
    headers = {"Content-Type": "application/json", "X-WX-AppId": stack.app_id,
               "Authorization": f"Bearer {stack.key}", **headers}
    answer = stack.request(method, target, None if method == "GET" else body, headers)
    text = re.sub(r'"SeqId":\d+', '"SeqId":0', answer.text)
    text = re.sub(r'"request_id":(null|"[^"]*")', "", text)
    if answer.headers["Content-Type"] == "application/problem+json":
        text = re.sub(rf'"status":{answer.status},', "", text)
    return answer.status, answer.headers["Content-Type"], re.sub(r',"instance":"[^"]*"', "", text)


def await_access_log(stack, pattern):
    log = stack.state / "log/nginx.access.log"
    wait_until(lambda: re.search(pattern, log.read_text()), 10, "nginx has written it")


@pytest.mark.parametrize("path", [
    LOGIN, f"{CITY}/SaveWXUserInfo", f"{CITY}/SendVerifyCode", f"{SHOP}/saveuser", f"{SHOP}/getlist",
    f"{CUSTOMER}/AppAuthorization", f"{CUSTOMER}/Logout", "/wechat/push/wx1"])
@pytest.mark.parametrize("accept", ["*/*", "text/xml"])
def test_a_body_over_the_limit(chinese, path, accept):
    """The program's limit, the room up to nginx's, and nginx's own: the same answer."""
    answers = [ask(chinese, "POST", base + path, f'{{"name":"{"x" * size}"}}', Accept=accept)
               for base, size in (("", 70_000), ("", 900_000), ("", 3_000_000), (BASE, 3_000_000))]
    assert answers[0] == answers[1] and answers[0][1:] == answers[2][1:] and answers[2] == answers[3]
    assert answers[2][0] == 413 and "过大" in answers[2][2]


def test_a_body_over_the_limit_elsewhere(chinese):
    assert ask(chinese, "POST", "/nowhere", "x" * 3_000_000) == (
        413, "application/problem+json", '{"type":"about:blank","title":"请求体过大"}')


def test_what_cannot_be_read(chinese):
    """nginx has no $uri of a line that is too long or cannot be parsed, but the line."""
    for target, headers, expected in (
            (f"{BASE}{CITY}/SaveWXUserInfo", {"X-Long": "x" * 10_000},
             (431, "application/json; charset=utf-8", '{"Message":"请求无效。"}')),
            (f"{CITY}/SaveWXUserInfo", {"X-Long": "x" * 10_000},
             (431, "application/json; charset=utf-8", '{"Message":"请求无效。"}')),
            (LOGIN, {"X-Long": "x" * 10_000}, (431, "application/json", '{"msg":"请求无效","code":500}')),
            (f"{SHOP}/get?id={'1' * 10_000}", {},
             (414, "application/json; charset=utf-8", '{"Message":"请求无效。"}')),
            (f"{BASE}{LOGIN}?{'1' * 10_000}", {}, (414, "application/json", '{"msg":"请求无效","code":500}')),
            (f"/nowhere/{'1' * 10_000}", {},
             (414, "application/problem+json", '{"type":"about:blank","title":"请求无效"}')),
            (f"{SHOP}/get%00", {}, (400, "application/json; charset=utf-8", '{"Message":"请求无效。"}'))):
        assert ask(chinese, "GET", target, **headers) == expected


def test_authorization_comes_once(chinese):
    """Whoever refuses it, it is a bad request, and nginx answers in Chinese to everybody."""
    lines = f"Authorization: Bearer {chinese.key}\r\n" * 2 + "Accept-Language: en\r\nConnection: close\r\n"
    for target, body in ((LOGIN, '"code":500'), (f"{SHOP}/saveuser", '"Message":"请求无效。"')):
        with socket.create_connection(("127.0.0.1", chinese.port)) as client:
            client.sendall(f"POST {target} HTTP/1.1\r\nHost: a\r\n{lines}Content-Length: 0\r\n\r\n".encode())
            answer = client.makefile("rb").read().decode()
        assert answer.startswith("HTTP/1.1 400 ") and body in answer and "请求无效" in answer


def questions():
    """Of each endpoint that may be busy, in each form of its answers, with and without the base path."""
    for method, target, body, headers in questions_without_base():
        yield method, target, body, headers
        yield method, BASE + target, body, headers


def questions_without_base():
    for endpoint in endpoints():
        if endpoint.dialect == "push":
            yield endpoint.method, f"{endpoint.target}?signature=x&timestamp=1&nonce=1", "{}", {}
        elif endpoint.dialect != "problem":
            query = {"get": "?id=1", "getbyopenid": "?openId=o"}.get(endpoint.path.split("/")[-1], "")
            yield endpoint.method, endpoint.target + query, BODIES.get(endpoint.path, '{"openId":"oAnybody"}'), {}
    yield "POST", f"{SHOP.upper()}/SaveUser/", '{"id":1}', {}
    for path in f"{CUSTOMER}/AppAuthorization", f"{CUSTOMER}/Logout":
        for accept in ("application/xml", "text/xml", BROWSER, "application/xml, application/json",
                       "text/xml, */*", "application/json, text/xml;q=0.5", "text/html", "image/*"):
            yield "POST", path, '{"openId":"oAnybody","session_key":"x"}', {"Accept": accept}
        for content_type in "application/xml; charset=utf-8", "text/xml":
            for headers in {}, {"Accept": "*/*"}, {"Accept": "text/html"}:
                yield "POST", path, XML, {"Content-Type": content_type, **headers}


def test_a_page_that_is_not_there(chinese):
    answer = chinese.request("GET", "/help/none")
    assert answer.status == 404
    await_access_log(chinese, f'"status":404,.*"request":"{answer.headers["X-Request-Id"]}"')


def test_without_a_program(chinese):
    asked = list(questions())
    # Which is looked up each time, as a key is not.
    token = {"Authorization": f"Bearer {chinese.token(openid='oNginx')}"}
    chinese.kill("mariadb")
    of_program = [ask(chinese, method, target, body, **token, **headers)
                  for method, target, body, headers in asked]
    chinese.kill("wxuser", signal.SIGTERM)
    try:
        for (method, target, body, headers), said in zip(asked, of_program):
            assert "系统繁忙，请稍后再试" in said[2], (target, headers)
            assert ask(chinese, method, target, body, **headers) == (502, *said[1:]), (target, headers)
        answer = chinese.request("GET", "/healthz")
        assert (answer.status, answer.json["title"]) == (502, "系统繁忙，请稍后再试")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0 and "status" not in answer.json
        refused = chinese.request("GET", "/v1/me")
        assert (refused.status, refused.json["code"]) == (502, "busy")
        assert refused.json["request_id"] == refused.headers["X-Request-Id"]
        assert "status" not in refused.json
        for own in answer, refused:
            await_access_log(chinese, f'"status":502,.*"request":"{own.headers["X-Request-Id"]}"')
    finally:
        chinese.up()
