"""What the measures share: a stack of their own that ends whatever happens, load by wrk, tables."""

import collections
import contextlib
import pathlib
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "stack"))

from ctl import Ctl  # noqa: E402
from stack import Stack  # noqa: E402


def argument(number, default):
    """A whole number of the command line."""
    return int(sys.argv[number]) if len(sys.argv) > number else default


def row(name, *values):
    print(f"{name:34}", *(f"{value:>12}" for value in values), flush=True)


def ms(us):
    return f"{us / 1000:.1f} ms"


def log(stack):
    """The service's."""
    return stack.state / "log/service.log"


@contextlib.contextmanager
def running(name, kind=Stack, **settings):
    """A stack with the pools that the quick start has by itself."""
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    stack = kind(f"bench-{name}", **{"WORKERS_REMOTE": 16, "WORKERS_SANDBOX": 64, **settings})
    stack.environment["WXUSER_CONF_log__path"] = str(log(stack))
    try:
        stack.up()
        yield stack
    finally:
        # One that has taken over is not in the quick start's books.
        Ctl(stack).run("drain")
        stack.remove()


class Load:
    """wrk: gets and posts without a pause, until end()."""

    def __init__(self, stack, n_connections=32):
        user = stack.save(openId="oLoad", name="小明😀")
        self.process = subprocess.Popen(
            ["wrk", "--timeout", "30s", "-t", "2", "-c", str(n_connections), "-d", "3600s",
             "-s", HERE / "mixed.lua", f"http://127.0.0.1:{stack.port}", "--", stack.key, str(user)],
            stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return Figures(self.process.communicate(timeout=60)[0])


class Figures:
    """What wrk has counted; times in microseconds."""

    def __init__(self, text):
        self.failures = collections.Counter()
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

    def show(self):
        row("requests", self.n_requests)
        row("latency p50, p99, most", ms(self.p50), ms(self.p99), ms(self.most))
        row("failed", self.failures.total() + self.n_broken)
        for what, n in self.failures.most_common():
            row(f"  {what}", n)
        row("  without an answer", self.n_broken)
