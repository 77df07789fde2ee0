"""kills [SECONDS]: under load, a worker is killed each second: who loses a request, and is any done twice?"""

import os
import random
import signal
import time

import bench
from bench import row
from workload import Workload
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


def show_workload(workload, kills):
    row("kind", "posted", "failed", "not in form", "done twice", "lost", "failed, done")
    for kind in workload.kinds:
        mine = [post for post in workload.done if post.kind is kind]
        failed = [post for post in mine if not post.is_done]
        traces = workload.traces(kind)
        row(f"  {type(kind).__name__.lower()}", len(mine), len(failed),
            sum(not post.is_in_form for post in failed),
            sum(traces.get(post.key, 0) > 1 for post in mine),
            sum(post.is_done and post.key not in traces for post in mine),
            sum(post.key in traces for post in failed))
    failed = [post for post in workload.done if not post.is_done]
    for status, text in sorted({(post.status, post.text) for post in failed}):
        row(f"  {status} {text}", sum((post.status, post.text) == (status, text) for post in failed))
    since = [min((post.time - kill for kill in kills if kill < post.time), default=float("inf"))
             for post in failed]
    row("latest failure after a kill", f"{max(since, default=0) * 1000:.0f} ms")


def main():
    with bench.running("kills") as stack:
        n_workers = len(stack.workers())
        with Workload(stack) as workload:
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
        show_workload(workload, kills)
        wait_until(lambda: len(stack.workers()) == n_workers, 60, "the pools are whole again")


main()
