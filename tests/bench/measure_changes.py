"""changes [RELOADS [UPGRADES]]: reloads, upgrades and a log rotation under load: nobody loses a request."""

import os
import signal
import time

import bench
from bench import row
from ctl import Ctl
from stack import wait_until


def rotate(stack):
    """As logrotate does it."""
    log = bench.log(stack)
    log.rename(log.with_suffix(".1"))
    os.kill(int((stack.state / "run/wxuser/wxuser.pid").read_text()), signal.SIGUSR1)
    wait_until(lambda: log.exists() and log.stat().st_size > 0, 20, "the log is written anew")


def timed(change, *arguments):
    began = time.monotonic()
    change(*arguments)
    return time.monotonic() - began


def main():
    with bench.running("changes") as stack:
        with bench.Load(stack) as load:
            for verb, n in ("reload", bench.argument(1, 20)), ("upgrade", bench.argument(2, 3)):
                took = [timed(Ctl(stack).out, verb) for _ in range(n)]
                row(f"{verb}s, the longest", n, f"{max(took, default=0):.2f} s")
            row("log rotations", 1, f"{timed(rotate, stack):.2f} s")
            load.settle()
            load.end().show()


main()
