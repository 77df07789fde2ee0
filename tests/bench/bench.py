"""What the measures share: a stack of their own that ends whatever happens, load by wrk, tables."""

import collections
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])
SILENT_S = 2
sys.path.insert(0, str(HERE.parent / "stack"))

from ctl import Ctl, sql_as_root  # noqa: E402
from stack import Stack  # noqa: E402


def argument(number, default):
    """A whole number of the command line."""
    return int(sys.argv[number]) if len(sys.argv) > number else default


def row(name, *values):
    print(f"{name:34}", *(f"{value:>12}" for value in values), flush=True)


def ms(us):
    return f"{us / 1000:.1f} ms"


def user_target(stack):
    """The shop's get of a user."""
    user = stack.save(openId="oBench", name="小明😀", profile="https://example.com/a.png")
    return f"/api/weixin/wxbuyinguser/get?id={user}"


def make_narrow_table(stack, n_users=100_000, users=("minimal",)):
    """The table of all that wxuser is measured against, with n_users in it, and a database user for each."""
    sql_as_root(stack, f"""
CREATE DATABASE IF NOT EXISTS peer CHARACTER SET utf8mb4; USE peer;
CREATE TABLE IF NOT EXISTS user (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, tenant_id INT NOT NULL,
    openid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE, name VARCHAR(64) NOT NULL DEFAULT '',
    avatar VARCHAR(512) NOT NULL DEFAULT '', phone VARCHAR(32) NOT NULL DEFAULT '', session_key VARCHAR(64) NULL,
    session_at DATETIME(6) NULL);
INSERT IGNORE INTO user (id, tenant_id, openid, name, avatar, phone)
    SELECT seq, 1, CONCAT('oBench', seq), CONCAT('user', seq), CONCAT('https://example.com/', seq, '.png'),
    CONCAT('138', LPAD(seq, 8, '0')) FROM seq_1_to_{n_users};
""" + "".join(f"CREATE OR REPLACE USER {user}@localhost IDENTIFIED BY 'peer'; "
              f"GRANT SELECT, INSERT, UPDATE ON peer.* TO {user}@localhost;" for user in users))


def minimal_command(stack, socket, n_workers):
    """Of the minimal responder, on the stack's database."""
    return [BUILD / "tests/bench/minimal_responder", socket, n_workers, stack.env["WXUSER_DB_SOCKET"], "peer", "minimal",
            "peer"]


def log(stack):
    """The service's."""
    return stack.state / "log/service.log"


@contextlib.contextmanager
def running(name, kind=Stack, **settings):
    """A stack with the pools that it has by default."""
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    stack = kind(f"bench-{name}", **{"WORKERS_CORE": "", "WORKERS_REMOTE": "", "WORKERS_SANDBOX": 64, **settings})
    stack.environment["WXUSER_CONF_log__path"] = str(log(stack))
    try:
        stack.up()
        yield stack
    finally:
        # One that has taken over is not in the quick start's books.
        Ctl(stack).run("drain")
        stack.remove()


class Load:
    """wrk: gets of target, or a mix of gets and posts, without a pause, until end()."""

    def __init__(self, stack, target=None, n_connections=32, connection="keep-alive"):
        mix = [] if target else ["--", stack.key, str(stack.save(openId="oLoad", name="小明😀"))]
        self.process = subprocess.Popen(
            ["wrk", "--timeout", "30s", "-t", "2", "-c", str(n_connections), "-d", "3600s", "-s", HERE / "load.lua",
             "-H", f"Authorization: Bearer {stack.key}", "-H", f"Connection: {connection}",
             f"http://127.0.0.1:{stack.port}{target or ''}", *mix],
            stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def settle(self):
        """Until it shows whether somebody waits in vain."""
        time.sleep(SILENT_S + 1)

    def n_silent(self):
        """Requests that wait for long; wrk never counts what is never answered."""
        said = subprocess.run(["ss", "-tinpHO", "state", "established"],
                              check=True, capture_output=True, text=True).stdout
        mine = "".join(line for line in said.splitlines(True) if f"pid={self.process.pid}," in line)
        return sum(int(since) > SILENT_S * 1000 for since in re.findall(r"\blastrcv:(\d+)", mine))

    def end(self):
        n_silent = self.n_silent()
        self.process.send_signal(signal.SIGINT)
        return Figures(self.process.communicate(timeout=60)[0], n_silent)


class Figures:
    """What wrk has counted; times in microseconds."""

    def __init__(self, text, n_silent):
        self.failures, self.n_silent = collections.Counter(), n_silent
        for line in text.splitlines():
            name, *values = line.split("\t")
            if name == "requests":
                self.n_requests = int(values[0])
            elif name == "broken":
                self.n_broken = int(values[0])
            elif name == "latency":
                self.p50, self.p99, self.most = map(float, values)
            elif name == "failure":
                self.failures[values[1]] += int(values[0])

    @property
    def n_failed(self):
        return self.failures.total() + self.n_broken + self.n_silent

    def show(self):
        row("requests", self.n_requests)
        row("latency p50, p99, most", ms(self.p50), ms(self.p99), ms(self.most))
        row("failed", self.n_failed)
        for what, n in self.failures.most_common():
            row(f"  {what}", n)
        row("  without an answer", self.n_broken)
        row(f"  waiting for {SILENT_S} s and more", self.n_silent)
