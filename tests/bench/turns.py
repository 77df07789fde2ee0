"""Load of one kind on one program in turn with others, and what it cost whom. The figures of a round are compared with
those of the same round."""

import itertools
import os
import statistics
import subprocess

import bench
import peers

CLIENTS = {"get": 32, "getlist": 32, "saveuser": 32, "login_new": 256, "login_known": 256, "fill": 64}
N_THREADS = 2
tags = itertools.count()


class Wrk:
    """Load of one kind, until end()."""

    def __init__(self, program, kind, seconds, n_clients=None):
        self.command = ["wrk", "--timeout", "30s", "-t", str(N_THREADS), "-c", str(n_clients or CLIENTS[kind]),
                        "-d", f"{seconds}s", "-s", bench.HERE / "compare.lua", f"http://127.0.0.1:{program.port}",
                        "--", kind, f"{os.getpid()}x{next(tags)}", *map(str, program.ids), program.stack.key,
                        program.stack.app_id, str(N_THREADS)]
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def end(self):
        said = dict(line.split("\t") for line in self.process.communicate(timeout=900)[0].splitlines() if "\t" in line)
        figures = Figures()
        figures.n, figures.n_bad = int(said["requests"]), int(said["bad"])
        figures.rate = figures.n * 1e6 / float(said["duration_us"])
        figures.p50_ms, figures.p99_ms = float(said["p50_us"]) / 1000, float(said["p99_us"]) / 1000
        return figures


class Figures:
    """Of one turn."""

    @property
    def cpu(self):
        return sum(self.cpu_us.values())


def processes(program):
    stack = program.stack
    return {"nginx": stack.pid("nginx"), "program": program.pid, "mariadbd": stack.pid("mariadb")}


def measure(program, kind, seconds, n_clients=None):
    before = {name: peers.cpu_us(pid) for name, pid in processes(program).items()}
    with Wrk(program, kind, seconds, n_clients) as load:
        figures = load.end()
    figures.cpu_us = {name: (peers.cpu_us(pid) - before[name]) / max(figures.n, 1)
                      for name, pid in processes(program).items()}
    return figures


def median(turns, name):
    return statistics.median(getattr(figures, name) for figures in turns)


def turns_of(programs, n_rounds):
    """Each program once in each round."""
    for n in range(n_rounds):
        for i in range(len(programs)):
            yield n, programs[(i + n) % len(programs)]


def ratio(ours, theirs, name="rate"):
    """The median of the rounds' ratios."""
    return statistics.median(getattr(one, name) / getattr(other, name) for one, other in zip(ours, theirs))


def table(heads, lines):
    """In Markdown."""
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads),
                      *("| " + " | ".join(map(str, line)) + " |" for line in lines)]) + "\n"
