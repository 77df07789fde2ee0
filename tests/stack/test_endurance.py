"""What takes minutes: load, and whether anything grows or gets lost under it."""

import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest

from stack import wait_until

pytestmark = pytest.mark.long

READ = "/api/weixin/wxbuyinguser/get?id=1"


class Load:
    """What wrk says of so many seconds of the shop's get."""

    def __init__(self, stack, seconds, connections):
        done = subprocess.run(
            ["wrk", "--latency", "--timeout", "10s", "-t", "2", "-c", str(connections),
             "-d", f"{seconds}s", "-H", f"Authorization: Bearer {stack.key}",
             f"http://127.0.0.1:{stack.port}{READ}"],
            capture_output=True, text=True, timeout=seconds + 60)
        assert done.returncode == 0, done.stderr
        self.said = done.stdout
        self.requests = self.number(r"(\d+) requests in")
        self.refused = self.number(r"Non-2xx or 3xx responses: (\d+)")
        self.broken = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", self.said)))

    def number(self, pattern):
        found = re.search(pattern, self.said)
        return int(found[1]) if found else 0


def resident_kib(stack):
    statuses = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in stack.workers()]
    return sum(int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) for status in statuses)


@pytest.fixture(scope="module")
def lone(make_stack):
    """One worker a pool that is never replaced, and a sanitizer that keeps nothing freed."""
    patch = pytest.MonkeyPatch()
    patch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1")
    yield make_stack("lone", WORKERS_CORE=1, WORKERS_REMOTE=1, CONF_server__max_requests=0,
                     CONF_log__access="false")
    patch.undo()


def test_a_worker_that_served_100_000_requests_has_not_grown(lone):
    def serve(n_requests):
        pids = lone.workers()
        while n_requests > 0:
            load = Load(lone, 5, 16)
            assert (load.refused, load.broken) == (0, 0), load.said
            n_requests -= load.requests
        assert lone.workers() == pids

    serve(20_000)
    before = resident_kib(lone)
    serve(100_000)
    assert resident_kib(lone) - before < 1024


def test_a_worker_does_not_grow_by_logins(lone, unique):
    def log_in(n_times):
        for i in range(n_times):
            lone.log_in(openid=f"o{unique}-{i % 50}")

    log_in(500)
    before = resident_kib(lone)
    log_in(3000)
    assert resident_kib(lone) - before < 1024


def test_under_load_nothing_is_refused(stack):
    load = Load(stack, 30, 32)
    assert (load.refused, load.broken) == (0, 0), load.said
    load = Load(stack, 15, 256)
    assert (load.refused, load.broken) == (0, 0), load.said


def test_killed_workers_are_replaced_under_load(stack):
    """Each loses what it holds, no more; the pool is whole again at the end."""
    n_workers = len(stack.workers())
    stop = threading.Event()

    def kill_one_after_another():
        while not stop.wait(0.5):
            os.kill(stack.workers()[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one_after_another)
    killer.start()
    load = Load(stack, 15, 32)
    stop.set()
    killer.join()
    assert load.refused < load.requests / 50, load.said
    wait_until(lambda: len(stack.workers()) == n_workers, 60, "every worker is back")
    assert all(stack.get(READ).status == 200 for _ in range(50))


def test_a_restart_under_load_leaves_a_service(stack):
    began = time.monotonic()
    load = threading.Thread(target=Load, args=(stack, 10, 8))
    load.start()
    stack.kill("wxuser", signal.SIGTERM)
    stack.up()
    load.join()
    assert time.monotonic() - began < 60
    assert all(stack.get(READ).status == 200 for _ in range(50))
