"""What no two web servers read alike comes to the program alike, or is answered alike."""

import re

import pytest

from host import BASE
from test_answers import CITY, LOGIN, SHOP, same, seen  # noqa: F401, a fixture
from test_hostile import request, talk

READ = f"{SHOP}/getbyopenid?openId=o"


def answer_of(port, bytes_):
    """Status, type and body, without what is another each time; PORT in what is sent is the port."""
    head, _, body = talk(port, bytes_.replace(b"PORT", str(port).encode())).partition(b"\r\n\r\n")
    text = re.sub(rb'"(SeqId|timestamp|instance)":[^,}]+', rb'"\1"', body).replace(str(port).encode(), b"PORT")
    kind = re.search(rb"(?im)^content-type: *([^\r]*)", head)
    chunk = re.match(rb"[0-9a-f]+\r\n(.*)\r\n0\r\n", text, re.S)
    return head[9:12], kind and kind[1], chunk[1] if chunk else text


@pytest.fixture
def alike(host, stack):
    """alike(line, *headers, body): the status, which is the same in both, as is the rest."""
    def check(line, *headers, body=b""):
        bytes_ = line if isinstance(line, bytes) else line.encode()
        sent = request("LINE", "Host: h:PORT", f"Authorization: Bearer {stack.key}", f"X-WX-AppId: {stack.app_id}", *headers,
                       body=body).replace(b"LINE", bytes_, 1)
        answer = answer_of(host.port, sent)
        assert answer == answer_of(stack.port, sent)
        return answer

    return check


ODD = ["%C0", "%C1", "%F5", "%FF", "%C4%E3", "%00", "%0A", "%0D%0A", "%7F", "%80", "%2F", "%5C", "%3F", "%zz", "%", "+"]


@pytest.mark.parametrize("odd", ODD)
def test_a_query(alike, odd):
    assert alike(f"GET {READ}&x={odd} HTTP/1.1")[0] == b"200"
    assert alike(f"GET {READ}{odd} HTTP/1.1")[0] in (b"200", b"400")
    assert odd.encode() in alike(f"GET {SHOP}/nothing?x={odd} HTTP/1.1")[2]


@pytest.mark.parametrize("path", [
    "/v1%2Fusers/changes", "/v1/users%2fchanges", "/v1%5Cusers/changes", "/v1/%75sers/changes", "/v1/./users/changes",
    "/v1/x/../users/changes", "/v1/x/%2e%2E/users/changes", "/v1/users/changes/.", "/v1/users/changes/x/..",
    "/v1//users/changes", "//v1/users/changes", "/v1/me;x", "/v1;x/users/changes",
    f"{SHOP}%2Fgetbyopenid?openId=o", f"{SHOP}/x/../getbyopenid?openId=o", f"{SHOP}/%2E/getbyopenid?openId=o"])
def test_a_path_in_another_spelling_is_none(host, stack, path):
    """A rule of a proxy in front, which reads the path as it was sent, holds for what is served."""
    for port in host.port, stack.port:
        for target, status in (path, b"404"), ("/v1/users/changes", b"200"):
            assert answer_of(port, request(f"GET {target} HTTP/1.1", f"Authorization: Bearer {stack.key}"))[0] == status


@pytest.mark.parametrize("odd", ["\u4f60".encode("gbk"), b"\xff", "\u4f60".encode()], ids=repr)
def test_raw_bytes_of_a_query(alike, odd):
    assert alike(f"GET {READ}&x=".encode() + odd + b" HTTP/1.1")[0] == b"200"
    alike(f"GET {SHOP}/nothing?x=".encode() + odd + b" HTTP/1.1")


@pytest.mark.parametrize("header", ["Range: bytes=0-1", "Range: bytes=0-1,3-4", "Range: bytes=9999-", "If-Match: x",
                                    "If-None-Match: *", "If-Modified-Since: Sun, 29 Nov 2099 00:00:00 GMT",
                                    "If-Unmodified-Since: Sun, 29 Nov 1999 00:00:00 GMT", "TE: trailers",
                                    "Accept-Encoding: gzip, br", "Upgrade: h2c", "X-HTTP-Method-Override: DELETE"])
def test_a_header_that_means_something_elsewhere(alike, header):
    for target in READ, "/healthz":
        assert alike(f"GET {target} HTTP/1.1", header)[0] == b"200"


@pytest.mark.parametrize("path", [f"{SHOP}/nothing?x=1", f"{BASE}{SHOP}/nothing?x=//", READ])
def test_an_absolute_uri(alike, path):
    answer = alike(f"GET http://h:PORT{path} HTTP/1.1")
    assert path == READ or f"http://h:PORT{path}".encode() in answer[2]


@pytest.mark.parametrize("uri", ["http://other", "HTTP://other:81"])
def test_an_absolute_uri_and_another_host(host, stack, uri):
    """It is the URI's; lighttpd refuses it."""
    if host.name == "lighttpd":
        assert answer_of(host.port, request(f"GET {uri}{READ} HTTP/1.1"))[0] == b"400"
        return
    for port in host.port, stack.port:
        assert f"{uri.lower()}{SHOP}/nothing?x".encode() in answer_of(
            port, request(f"GET {uri}{SHOP}/nothing?x HTTP/1.1"))[2]


@pytest.mark.parametrize("name, values", [
    ("Authorization", ["Bearer x", "Bearer y"]), ("Token", ["x", "y"]), ("X-WX-AppId", ["wx1", "wx2"]),
    ("Content-Type", ["application/json", "text/xml"]), ("Content-Type", ["text/xml", "application/json"]),
    ("Accept", ["application/xml", "application/json"]), ("Accept-Language", ["en", "zh"]),
    ("X-Requested-With", ["XMLHttpRequest", "x"]), ("Content-Type", ["application/json", "application/json"]),
    ("X-Forwarded-For", ["192.0.2.1", "192.0.2.2"])])
def test_a_header_that_comes_twice(host, stack, name, values):
    """nginx itself refuses Authorization, with a status of its own; lighttpd, two types."""
    if (host.name, name) == ("lighttpd", "Content-Type") and values[0] != values[1]:
        pytest.skip("lighttpd refuses it before it knows the path")
    def answer(port, path, body):
        headers = {"Content-Type": "application/json", "X-WX-AppId": stack.app_id}
        headers.pop(name, None)
        more = [f"{key}: {value}" for key, value in [*headers.items(), *((name, value) for value in values)]]
        return answer_of(port, request(f"POST {path} HTTP/1.1", *more, f"Content-Length: {len(body)}", body=body))

    for path, body in ((LOGIN, b'{"code":"x"}'), (f"{SHOP}/getlist", b"[1]"), (f"{CITY}/SaveWXUserInfo", b'{"OpenId":"o"}'),
                       ("/api/Customer/AppAuthorization", b"{}")):
        answers = [answer(port, path, body)[name == "Authorization":] for port in (host.port, stack.port)]
        assert answers[0] == answers[1], path


ONCE = ["Content-Type: application/json", "X-WX-AppId: wx1", "Token: x", "X-Forwarded-For: 192.0.2.1"]


@pytest.mark.parametrize("more", [
    *(line.split(" ")[0] for line in ONCE), "Content_Type: text/xml", "X_WX_AppId: wx2", "X-WX_AppId: wx2", "x_wx-appid: wx2"])
@pytest.mark.parametrize("is_first", [True, False])
def test_an_empty_header_and_one_with_underscores_were_not_sent(host, stack, more, is_first):
    headers = [more, *ONCE] if is_first else [*ONCE, more]
    for path in LOGIN, "/api/Customer/AppAuthorization":
        answers = {answer_of(port, request(f"POST {path} HTTP/1.1", *lines, "Content-Length: 12", body=b'{"code":"x"}'))
                   for port in (host.port, stack.port) for lines in (headers, ONCE)}
        assert len(answers) == 1


@pytest.mark.parametrize("odd", [b"\x01", b"\t", b"\x7f"])
def test_a_raw_control_character_is_refused(host, stack, odd):
    for port in host.port, stack.port:
        assert answer_of(port, request(f"GET {READ}&x=ODD HTTP/1.1").replace(b"ODD", odd))[0] == b"400"


def test_a_push_has_no_charset_of_the_server(same):  # noqa: F811
    same("POST", "/wechat/push/wx1", b"<xml/>", {"Content-Type": "text/xml"})
    same("GET", "/wechat/push/wx1?signature=x&timestamp=1&nonce=1&echostr=1", None, {})
    same("GET", "/help/", None, {})
    same("GET", "/", None, {})
