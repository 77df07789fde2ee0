"""[NAME[*N]…|nemesis SITE N [SEED]|soak SITE N [SEED]]: all faults, those named, N by chance, or N pieces of ten minutes;
a line for each, and the sum."""

import contextlib
import functools
import os
import pathlib
import random
import signal
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "stack"))

import cluster  # noqa: E402
import fault  # noqa: E402
import races  # noqa: E402
import single  # noqa: E402
import single_site  # noqa: E402
import soak  # noqa: E402
from auditor import Auditor  # noqa: E402
from clients import KINDS  # noqa: E402

# How a site is made, and the faults that may happen to it.
SITES = {"single": (single_site.Site, single.SINGLE), "cluster": (cluster.Site, cluster.CLUSTER + races.RACES)}


@contextlib.contextmanager
def started(make):
    """A site, gone at the end with all processes that began in its directory, whatever a fault has left of them."""
    site = make()
    try:
        yield site.begin()
    finally:
        site.remove()
        for place in pathlib.Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if os.readlink(place).startswith(str(site.state)):
                    os.kill(int(place.parent.name), signal.SIGKILL)


def tell(problems):
    for problem in problems[:20]:
        print(f"    {problem}", flush=True)
    if len(problems) > 20:
        print(f"    and {len(problems) - 20} more", flush=True)


def run_rows(site, rows):
    """The number of faults that failed; takes from rows what was done. After one that breaks off, the site is not to be
    used again."""
    n_failed = 0
    while rows:
        row = rows.pop(0)
        try:
            line, problems = row.run(site)
        except fault.Skipped as reason:
            print(f"SKIPPED {row.name}: {reason}", flush=True)
            continue
        except Exception:  # pylint: disable=broad-except
            print(f"{row.name:28} FAILED\n{traceback.format_exc()}", flush=True)
            return n_failed + 1
        print(line, "FAILED" if problems else "ok", flush=True)
        tell(problems)
        n_failed += bool(problems)
    return n_failed


def run_table(make, rows):
    """The number of faults that failed."""
    n_failed, rows = 0, list(rows)
    while rows:
        with started(make) as site:
            n_failed += run_rows(site, rows)
    return n_failed


def run_nemesis(make, rows, n, seed):
    """So many faults by chance, one after the other; 1 if anything was wrong."""
    chance = random.Random(seed)
    rows = [row for row in rows if isinstance(row, fault.Fault) and row.within is contextlib.nullcontext
            and not row.finds and row.by_chance]
    done = []
    with started(make) as site:
        with Auditor(site, KINDS, site.hosts) as auditor:
            auditor.await_work()
            began = time.monotonic()
            for _ in range(n):
                done.append(chance.choice(rows))
                with contextlib.suppress(fault.Skipped), done[-1].do(site):
                    fault.pause(chance.uniform(0, done[-1].lasts_s))
                fault.pause(chance.uniform(0, 5))
            late = auditor.await_success()
            ended = time.monotonic()
            auditor.end()
            outcome = fault.Outcome(began, ended, auditor, late)
        problems = list(outcome.problems(frozenset().union(*(row.may_say for row in done))))
    print(f"nemesis with seed {seed}: {' '.join(row.name for row in done)}")
    print(outcome.line("nemesis", max(row.gap_s for row in done), max(row.slowest_s for row in done)),
          "FAILED" if problems else "ok")
    tell(problems)
    return int(bool(problems))


def run_soak(make, n, seed):
    """So many pieces; 1 if anything was wrong. Workers are not replaced, so that what they lose adds up."""
    with started(functools.partial(make, CONF_server__max_requests=0)) as site:
        return int(not soak.run_soak(site, n, seed, tell))


def times(words):
    """How often each name is to happen: NAME, or NAME*N."""
    asked = {}
    for word in words:
        name, _, n = word.partition("*")
        asked[name] = int(n or 1)
    unknown = asked.keys() - {row.name for _, rows in SITES.values() for row in rows}
    if unknown:
        sys.exit(f"no fault has the name {', '.join(sorted(unknown))}")
    return asked


def main():
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    words = sys.argv[1:]
    n_run = n_failed = 0
    if words[:1] in (["nemesis"], ["soak"]):
        seed = int(words[3]) if len(words) > 3 else random.randrange(10 ** 6)
        make, rows = SITES[words[1]]
        n_failed += run_soak(make, int(words[2]), seed) if words[0] == "soak" else \
            run_nemesis(make, rows, int(words[2]), seed)
        n_run += 1
    else:
        asked = times(words)
        for make, rows in SITES.values():
            chosen = [row for row in rows for _ in range(asked.get(row.name, 0) if asked else 1)]
            n_failed += run_table(make, chosen) if chosen else 0
            n_run += len(chosen)
    print(f"{n_run - n_failed} passed, {n_failed} failed")
    sys.exit(n_failed > 0)


main()
