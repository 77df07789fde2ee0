"""Clients and bodies that are slow, many or gone, and a pool that is gone; whatever hosts the program."""

import concurrent.futures
import contextlib
import http.client
import os
import pathlib
import signal
import socket

import pytest

from stack import wait_until

SHOP = "/api/weixin/wxbuyinguser"
TARGET = f"{SHOP}/getbyopenid?openId=o"


def connect(site):
    return socket.create_connection(("127.0.0.1", site.port), 30)


def head(site, method, target, length):
    return (f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {site.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n"
            "Connection: close\r\n\r\n").encode()


def test_slow_bodies_hold_no_worker(host, site):
    """More of them than there are workers, each with half of its body sent."""
    if host.name == "apache_proxy":
        pytest.skip("mod_proxy_fcgi passes a body on as it comes")
    slow = [connect(site) for _ in range(40)]
    try:
        for client in slow:
            client.sendall(head(site, "POST", f"{SHOP}/getlist", 4) + b"[1")
        assert site.get(TARGET).status == 200
        slow[0].sendall(b"1]")
        assert slow[0].recv(100).startswith(b"HTTP/1.1 200 ")
    finally:
        for client in slow:
            client.close()


def test_clients_that_go_away_hold_no_worker(site):
    for _ in range(100):
        with connect(site) as client:
            client.sendall(head(site, "GET", TARGET, 0))
    for size in 0, 2:
        with connect(site) as client:
            client.sendall(head(site, "POST", f"{SHOP}/getlist", 4) + b"[1"[:size])
    assert site.get(TARGET).status == 200


def test_a_thousand_kept_connections(site):
    """Each is asked twice, with all others open between; Apache may have closed it, and is called again."""
    connections = [http.client.HTTPConnection("127.0.0.1", site.port, timeout=60) for _ in range(1000)]

    def ask(connection):
        headers = {"Authorization": f"Bearer {site.key}"}
        try:
            connection.request("GET", TARGET, headers=headers)
            response = connection.getresponse()
        except ConnectionError:
            connection.close()
            connection.request("GET", TARGET, headers=headers)
            response = connection.getresponse()
        return response.status, response.read()

    try:
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            for _ in range(2):
                assert set(pool.map(ask, connections)) == {(200, b"null")}
    finally:
        for connection in connections:
            connection.close()


def callers_of(port):
    """The processes of the program that have a connection there."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[2].endswith(f":{port:04X}") and row[3] == "01"}
    found = set()
    for path in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(path) in sockets and os.readlink(path.parents[1] / "exe").endswith("/wxuser.fcgi"):
                found.add(int(path.parents[1].name))
    return found


def test_a_login_whose_worker_dies_is_not_sent_again(site, stack):
    code = stack.code(openid="oWorkerDies")["code"]
    earlier = stack.calls("sns/jscode2session")["count"]
    stack.fault("sns/jscode2session", "hang", 10)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(site.login, code)
        wait_until(lambda: stack.calls("sns/jscode2session")["count"] > earlier, 20, "WeChat is asked")
        for pid in callers_of(stack.port):
            os.kill(pid, signal.SIGKILL)
        answer = answer.result()
    assert answer.status in (500, 502, 503) and answer.json == {"msg": "系统繁忙，请稍后再试", "code": 500}
    assert site.get(TARGET).status == 200
    assert stack.calls("sns/jscode2session")["count"] == earlier + 1
