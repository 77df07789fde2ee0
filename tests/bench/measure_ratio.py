"""ratio COMMIT [worker|database] [CASE…]: the instructions of a worker and of the database for a request of each kind,
beside those of another commit, and their ratios. The cases are those of cost; each one's profiles for callgrind_annotate are in ratio/
below WXUSER_BUILD.

Both have a stack of their own at the same time, with the requests of this commit's tests. A case that the other commit
cannot answer has no figure there."""

import contextlib
import shutil
import sys

import bench
from bench import row
from callgrind import DatabaseStack, Profile, workers
from commits import Commit
from cost_cases import N_MEASURED, N_PROFILES, N_WARM, Cases, names_of, running, send
from stack import Stack

OUT = bench.BUILD / "ratio"


def profiles(measured, cases, label, name):
    """Of the case, the least of several, since what happens once a minute may take a share of some; None if the program
    does not answer as it should."""
    requests = getattr(cases, name)()
    try:
        send(requests, N_WARM)
        paths = [measured.profile(requests) for _ in range(N_PROFILES)]
    except (AssertionError, KeyError, TypeError, ValueError):
        return None
    least = min(paths, key=lambda path: Profile(path).n_instructions)
    return round(Profile(shutil.copy(least, OUT / f"{name}-{label}")).n_instructions / N_MEASURED)


def figure(n):
    return "-" if n is None else f"{n:,}"


def show(name, before, now):
    row(name, figure(before), figure(now), "" if None in (before, now) else f"{now / before:.3f}")


@contextlib.contextmanager
def worker_profiler(label, kind=lambda stack: stack):
    with running(kind(Stack)) as stack, workers(stack) as worker_of:
        cases = Cases(stack)
        yield lambda name: profiles(worker_of(name), cases, f"worker-{label}", name)


@contextlib.contextmanager
def database_profiler(label, kind=lambda stack: stack):
    with running(kind(DatabaseStack)) as stack:
        cases = Cases(stack)
        yield lambda name: profiles(stack.database, cases, f"database-{label}", name)


MEASURED = {"worker": ("a worker, for a request", worker_profiler),
            "database": ("the database, for a request", database_profiler)}


def compare(what, profiler, commit, names):
    row(what, commit.id, "this", "ratio")
    with profiler(commit.id, commit.kind) as before, profiler("this") as now:
        for name in names:
            show(name, before(name), now(name))


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    parts, words = list(MEASURED), sys.argv[2:]
    if words[:1] and words[0] in MEASURED:
        parts = [words.pop(0)]
    names = names_of(words)
    commit = Commit(sys.argv[1]).make()
    OUT.mkdir(exist_ok=True)
    for part in parts:
        compare(*MEASURED[part], commit, names)


main()
