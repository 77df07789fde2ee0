"""Requests that no honest client sends; whatever hosts the program, none gets past its web server as something else."""

import re
import socket

import pytest

from hostile import refuse_all
from prometheus import scrape
from stack import wait_until

SHOP = "/api/weixin/wxbuyinguser"
READ = f"{SHOP}/getbyopenid?openId=o"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
LONG = "x" * 9000


def talk(port, bytes_):
    """All that comes back until the server closes, or says nothing more for 3 s."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        client.sendall(bytes_)
        try:
            while more := client.recv(65536):
                answer += more
                client.settimeout(3)
        except OSError:
            pass
    return answer


def request(line, *headers, body=b""):
    """As a head of HTTP/1.1 for "h" that is the last one, unless headers say something else."""
    names = {header.split(":")[0] for header in headers}
    more = [header for header in ("Host: h", "Connection: close") if header.split(":")[0] not in names]
    return "\r\n".join([line, *more, *headers, "", ""]).encode() + body


def post(*headers, body=b"[1]"):
    return request(f"POST {SHOP}/getlist HTTP/1.1", "Content-Type: application/json", *headers, body=body)


# What the status may be.
CASES = {
    "dot segments": (request(f"GET {SHOP}/x/../getbyopenid?openId=o HTTP/1.1"), [404]),
    "escaped dot segments": (request(f"GET {SHOP}/x/%2e%2e/getbyopenid?openId=o HTTP/1.1"), [404]),
    "an escaped slash": (request("GET /v1%2Fme HTTP/1.1"), [404]),
    "above the root": (request("GET /../../etc/passwd HTTP/1.1"), [400, 404]),
    "a path that is no UTF-8": (request("GET /api/%ff HTTP/1.1"), [400, 404]),
    "NUL": (request(f"GET {SHOP}/get%00 HTTP/1.1"), [400, 404]),
    "half an escape": (request(f"GET {SHOP}/get%zz HTTP/1.1"), [400, 404]),
    "path parameters": (request(f"GET {SHOP};a=b/getbyopenid;c?openId=o HTTP/1.1"), [404]),
    "an absolute URI": (request(f"GET http://h{READ} HTTP/1.1"), [401]),
    "an absolute URI, //": (request(f"GET http://h/{READ} HTTP/1.1"), [404]),
    "another absolute URI": (request(f"GET HTTP://other{READ} HTTP/1.1"), [400, 401]),
    "a URI without slash": (request("GET api/none HTTP/1.1"), [400]),
    "a long query": (request(f"GET {READ}{LONG} HTTP/1.1"), [414, 431]),
    "a long header": (request(f"GET {READ} HTTP/1.1", f"X: {LONG}"), [400, 431]),
    "many headers": (request(f"GET {READ} HTTP/1.1", *(f"X{i}: 1" for i in range(200))), [400, 401]),
    "no host": (b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", [400]),
    "two hosts": (request("GET /healthz HTTP/1.1", "Host: a", "Host: b"), [400]),
    "a host that is none": (request("GET /healthz HTTP/1.1", "Host: a/b<"), [400]),
    "HTTP/1.0": (b"GET /healthz HTTP/1.0\r\n\r\n", [200]),
    "HEAD of HTTP/1.0": (b"HEAD /healthz HTTP/1.0\r\n\r\n", [200]),
    "a body of GET": (request("GET /healthz HTTP/1.1", "Content-Length: 5", body=b"hello"), [200, 400]),
    "TRACE": (request(f"TRACE {READ} HTTP/1.1", "Authorization: Bearer secret"), [403, 404, 405]),
    "CONNECT": (request("CONNECT h:443 HTTP/1.1"), [400, 404, 405]),
    "another method": (request(f"BREW {READ} HTTP/1.1"), [405, 501]),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", [400]),
    "100-continue": (post("Content-Length: 3", "Expect: 100-continue"), [401]),
    "length and chunks": (post("Content-Length: 6", "Transfer-Encoding: chunked", "Connection: keep-alive",
                               body=b"0\r\n\r\n" + SMUGGLED), [400, 401]),
    "length and hidden chunks": (post("Content-Length: 3", "Transfer-Encoding : chunked", "Connection: keep-alive",
                                      body=b"0\r\n\r\n" + SMUGGLED), [400]),
    "unknown chunks": (post("Content-Length: 3", "Transfer-Encoding: xchunked"), [400, 501]),
    "chunks twice": (post("Transfer-Encoding: chunked", "Transfer-Encoding: identity",
                          body=b"3\r\n[1]\r\n0\r\n\r\n"), [400, 501]),
    "two lengths": (post("Content-Length: 3", "Content-Length: 40", "Connection: keep-alive",
                         body=b"[1]" + SMUGGLED), [400]),
    "a signed length": (post("Content-Length: +3"), [400]),
}


@pytest.mark.parametrize("name", CASES)
def test_each_is_one_request_or_none(host, name):
    if (host.name, name) == ("shared_hosting", "TRACE"):
        pytest.skip("no .htaccess is read for it")
    bytes_, allowed = CASES[name]
    answer = talk(host.port, bytes_)
    statuses = [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3})", answer, re.M)]
    assert [status for status in statuses if status != 100][0] in allowed, answer
    assert len(statuses) - statuses.count(100) == 1
    assert b"secret" not in answer and b"smuggled" not in answer and b"root:" not in answer


# Headers of nginx as most configure it, Caddy, Traefik, Apache, Cloudflare, Aliyun and Tencent; app/http/proxy_sign.c has all.
SIGNS = ["X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https", "X-Real-IP: 192.0.2.1", "Forwarded: for=192.0.2.1",
         "Via: 1.1 Caddy", "X-Forwarded-Server: x", "CF-Connecting-IP: 192.0.2.1", "CDN-Loop: cloudflare",
         "Ali-CDN-Real-IP: 192.0.2.1", "SLB-ID: x", "X-Client-Proto: https", "EO-Connecting-IP: 192.0.2.1"]


def test_an_unknown_proxy_of_the_host_lets_nobody_in(host):
    def status(*headers, version="1.1"):
        return talk(host.port, request(f"GET /metrics HTTP/{version}", *headers))[9:12]

    assert status() == status("X-Request-Id: x") == b"200"
    assert {sign: status(sign) for sign in SIGNS} == dict.fromkeys(SIGNS, b"404")
    assert status(version="1.0") == b"404"


def test_a_long_line_is_answered_as_documented(host):
    """nginx knows its path, and the others answer as for none."""
    if host.name == "shared_hosting":
        pytest.skip("no .htaccess is read for it")
    answer = talk(host.port, CASES["a long query"][0])
    is_nginx = b"\r\nServer: nginx" in answer
    assert (b'{"Message":' in answer) is is_nginx
    assert (b"Content-Type: application/problem+json" in answer) is not is_nginx


def test_nobody_forges_how_long_a_request_waited(host, site):
    """Who claims that it was passed on in 1970. lighttpd and somebody else's Apache do not tell."""
    if host.name not in ("lighttpd", "shared_hosting"):
        # Each process may count for itself, and this counts one more for that which tells.
        wait_until(lambda: scrape(site).value("wxuser_queue_wait_seconds_count") > 0, 60, "a wait is counted")
    before = scrape(site)
    for header in "X-Sent-At: t=1000000", "Sent-At: 1.5", "SENT_AT: 1.5", "X_Sent_At: t=1000000":
        talk(host.port, request("GET /healthz HTTP/1.1", header))
    after = scrape(site)
    assert after.rise(before, "wxuser_queue_wait_seconds_sum") < 1000


def test_hundreds_more_as_data(host, stack):
    if host.name not in ("apache_proxy", "lighttpd"):
        pytest.skip("tests/stack/ has nginx, and the workers must be the stack's")
    assert refuse_all(stack, host.port, is_quick_start=False) == []
