"""kills [SECONDS]: under load, a worker is killed each second: who loses a request, and is any done twice?"""

import os
import random
import signal
import time

import bench
from bench import row
from deeds import Deeds
from stack import wait_until

CALM_S = 10


def kill_one_a_second(stack, seconds):
    """When."""
    times = []
    for _ in range(seconds):
        time.sleep(1)
        os.kill(random.choice(stack.workers()), signal.SIGKILL)
        times.append(time.monotonic())
    return times


def show_deeds(deeds, kills):
    row("deeds", "posted", "failed", "not in form", "done twice", "lost", "failed, done")
    for kind in deeds.kinds:
        mine = [deed for deed in deeds.done if deed.kind is kind]
        failed = [deed for deed in mine if not deed.is_done]
        traces = deeds.traces(kind)
        row(f"  {type(kind).__name__.lower()}", len(mine), len(failed),
            sum(not deed.is_in_form for deed in failed),
            sum(traces.get(deed.key, 0) > 1 for deed in mine),
            sum(deed.is_done and deed.key not in traces for deed in mine),
            sum(deed.key in traces for deed in failed))
    failed = [deed for deed in deeds.done if not deed.is_done]
    for status, text in sorted({(deed.status, deed.text) for deed in failed}):
        row(f"  {status} {text}", sum((deed.status, deed.text) == (status, text) for deed in failed))
    since = [min((deed.time - kill for kill in kills if kill < deed.time), default=float("inf"))
             for deed in failed]
    row("latest failure after a kill", f"{max(since, default=0) * 1000:.0f} ms")


def main():
    with bench.running("kills") as stack:
        n_workers = len(stack.workers())
        with Deeds(stack) as deeds:
            with bench.Load(stack) as load:
                time.sleep(CALM_S)
                print("without kills")
                load.end().show()
            with bench.Load(stack) as load:
                kills = kill_one_a_second(stack, bench.argument(1, 60))
                load.settle()
                figures = load.end()
        print("with kills")
        row("kills", len(kills))
        figures.show()
        show_deeds(deeds, kills)
        wait_until(lambda: len(stack.workers()) == n_workers, 60, "the pools are whole again")


main()
