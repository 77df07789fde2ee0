"""Logins that wait for WeChat, as many as one worker holds: who waits with them, and what becomes of them when it ends."""

import http.server
import json
import os
import pathlib
import re
import signal
import socket
import socketserver
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from ctl import Ctl
from fastcgi_client import ask
from stack import free_port, is_alive, wait_until

N = 64
PATIENCE_MS = 30000


class WeChat(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Exchanges codes, each of which is its user's openid, but says so only when it is let go."""

    request_queue_size = 2 * N
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", free_port()), Exchange)
        self.codes, self.is_let_go = [], threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Exchange(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        code, = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["js_code"]
        self.server.codes.append(code)
        self.server.is_let_go.wait()
        body = json.dumps({"openid": code, "session_key": "HyVFkGl5F5OQWJZZaNzBBg=="}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def wechat():
    with WeChat() as server:
        yield server
        server.is_let_go.set()
        server.shutdown()


@pytest.fixture(scope="module")
def slow(make_stack, wechat):
    """One remote worker."""
    return make_stack("waiting", WORKERS_REMOTE=1, WECHAT_URL=f"http://127.0.0.1:{wechat.server_port}",
                      CONF_wechat__total_timeout_ms=PATIENCE_MS, CONF_server__request_deadline_ms=2 * PATIENCE_MS)


class Waiting:
    """Logins of new users, as many as one worker holds, which WeChat has in its hands."""

    def __init__(self, stack, wechat, name, n=N):
        wechat.is_let_go.clear()
        self.wechat, self.codes = wechat, [f"o{name}-{i}" for i in range(n)]
        self.clients = ThreadPoolExecutor(N)
        self.logins = [self.clients.submit(stack.login, code, timeout=60) for code in self.codes]
        wait_until(lambda: set(self.codes) <= set(wechat.codes), 30, "all wait")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wechat.is_let_go.set()
        self.clients.shutdown()

    def answers(self):
        self.wechat.is_let_go.set()
        return [login.result() for login in self.logins]

    def assert_success(self):
        answers = [answer.json for answer in self.answers()]
        assert [answer["code"] for answer in answers] == [200] * len(self.codes), answers
        assert [answer["data"]["userName"] for answer in answers] == self.codes
        assert len({answer["data"]["id"] for answer in answers}) == len(answers)
        for code in self.codes:
            assert self.wechat.codes.count(code) == 1


def requests(stack):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(stack.state / "run" / "wxuser" / "wxuser.control"))
        client.sendall(b"requests\n")
        return client.makefile().read()


def holder(stack):
    """The pid of the remote worker; what waits is all in its hands."""
    pids = re.findall(r"^request remote pid=(\d+) .* at=wechat ", requests(stack), re.M)
    assert len(pids) == N and len(set(pids)) == 1
    return int(pids[0])


def memory_kb(pid):
    """What it shares with no other process."""
    smaps = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(map(int, re.findall(r"^Private_\w+:\s+(\d+) kB", smaps, re.M)))


def n_connections(stack):
    """Of the service to the database."""
    return int(stack.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'wxuser'")[0][0]) - 1


def test_one_worker_holds_them_and_serves_others(slow, wechat):
    workers = set(slow.workers())
    with Waiting(slow, wechat, "Held") as waiting:
        assert slow.user("oNobody") is None
        assert set(slow.workers()) == workers and n_connections(slow) <= len(workers)
        pid = holder(slow)
        if "libasan" not in pathlib.Path(f"/proc/{pid}/maps").read_text():
            assert memory_kb(pid) < 16000
        waiting.assert_success()


def test_a_login_is_answered_beside_those_that_wait(slow, wechat):
    with Waiting(slow, wechat, "Beside", N - 1) as waiting:
        answer = ask(str(slow.state / "run" / "remote.sock"), "GET", "/api/weixin/wxbuyinguser/getbyopenid",
                     QUERY_STRING="openId=oNobody", HTTP_AUTHORIZATION=f"Bearer {slow.key}")
        assert answer.status == 200
        assert slow.login("").json["code"] != 200
        waiting.assert_success()


def test_all_with_one_code_wait_for_the_first(slow, wechat):
    """In the worker that has their outcome to bring."""
    wechat.is_let_go.clear()
    with ThreadPoolExecutor(N) as clients:
        try:
            logins = [clients.submit(slow.login, "oTogether", timeout=60) for _ in range(N)]
            wait_until(lambda: "oTogether" in wechat.codes and requests(slow).count("request remote ") > 1,
                       30, "some wait")
        finally:
            wechat.is_let_go.set()
        answers = [login.result().json for login in logins]
    assert [answer["code"] for answer in answers] == [200] * N, answers
    assert len({answer["data"]["id"] for answer in answers}) == 1
    assert wechat.codes.count("oTogether") == 1


@pytest.mark.parametrize("size", [70000, 500000, 1000000])
def test_a_body_over_the_limit_is_refused(slow, size):
    """Also one that no socket holds."""
    answer = slow.login("x" * size)
    assert (answer.status, answer.json["code"]) == (200, 500) and "请求体过大" in answer.text


def test_a_reload_answers_all(slow, wechat):
    with Waiting(slow, wechat, "Reload") as waiting:
        worker = holder(slow)
        Ctl(slow).out("reload")
        assert is_alive(worker)
        waiting.assert_success()
    wait_until(lambda: not is_alive(worker), 30, "the old worker ends")


def test_a_killed_worker_spends_no_code_twice(slow, wechat):
    """Each client is told that the service is busy, and later that its code has no outcome."""
    with Waiting(slow, wechat, "Killed") as waiting:
        os.kill(holder(slow), signal.SIGKILL)
        answers = waiting.answers()
    assert {(answer.status, answer.json["code"]) for answer in answers} == {(502, 500)}
    answer = slow.login(waiting.codes[0])
    assert slow.reason(answer, "CODE_PENDING") == "no outcome in time"
    assert all(wechat.codes.count(code) == 1 for code in waiting.codes)


def test_a_database_that_hangs_is_waited_for_once(slow, wechat):
    """And not by each in turn, which would take twice as long as a request may."""
    with Waiting(slow, wechat, "Hang") as waiting:
        worker = holder(slow)
        with slow.frozen("mariadb"):
            answers = waiting.answers()
    assert {answer.json["msg"] for answer in answers} == {"登录结果未知，请重新登录"}
    assert is_alive(worker)
    wait_until(lambda: slow.login("oAfterHang").json["code"] == 200, 30, "it serves again")


def test_a_lost_connection_is_opened_again(slow, wechat):
    with Waiting(slow, wechat, "Lost") as waiting:
        slow.sql("KILL CONNECTION USER wxuser")
        waiting.assert_success()


def test_a_lock_keeps_no_other_waiting(slow, wechat):
    """All want rows that somebody holds for longer than they may wait; each gives up in its own time."""
    with Waiting(slow, wechat, "Lock") as waiting, slow.sql_session() as session:
        worker = holder(slow)
        session.stdin.write("BEGIN; SELECT id FROM wechat_user FOR UPDATE; SELECT 'locked';\n")
        session.stdin.flush()
        assert any(line == "locked\n" for line in iter(session.stdout.readline, ""))
        begun = time.monotonic()
        answers = waiting.answers()
        took_s = time.monotonic() - begun
    assert {answer.json["msg"] for answer in answers} == {"登录结果未知，请重新登录"}
    assert took_s < PATIENCE_MS / 1000
    assert is_alive(worker)


def test_a_drain_answers_all(slow, wechat):
    master = slow.pid("wxuser")
    with Waiting(slow, wechat, "Drain") as waiting, ThreadPoolExecutor(1) as operator:
        drain = operator.submit(Ctl(slow).out, "drain")
        wait_until(lambda: "msg=draining" in slow.log("wxuser"), 20, "it drains")
        waiting.assert_success()
        drain.result()
    wait_until(lambda: not is_alive(master), 30, "it ends")
