"""cost [database] [CASE…]: a worker's instructions, statements and allocations for a request of each kind, or the
database's instructions, and whether they are within their budgets (1: they are not). Each case's profile for
callgrind_annotate is in cost/ below WXUSER_BUILD.

What is measured runs under callgrind, so that the counts do not depend on what else the machine does."""

import shutil
import sys

import bench
from bench import row
from callgrind import DatabaseStack, Profile, workers
from cost_cases import N_MEASURED, N_PROFILES, names_of, running, warm_cases
from ctl import sql_as_root
from stack import Stack

PROFILES = bench.BUILD / "cost"
BUDGETS = {"get": 64_000, "introspect": 72_000}
DATABASE_BUDGETS = {"get": 75_000, "introspect": 118_000}


def count_statements(stack):
    """From now on, in the general log."""
    sql_as_root(stack, "SET GLOBAL general_log = OFF, log_output = 'TABLE'; TRUNCATE mysql.general_log; "
                       "SET GLOBAL general_log = ON; GRANT SELECT ON mysql.general_log TO wxuser@localhost")


def n_statements(stack):
    """Of workers; without those that they send once in a while."""
    [[n]] = stack.sql("SELECT COUNT(*) FROM mysql.general_log WHERE user_host LIKE 'wxuser[%' AND thread_id != "
                      "CONNECTION_ID() AND command_type IN ('Execute', 'Query') AND argument NOT REGEXP "
                      "'maintenance|job_lease|audit_link|key_check|key_host'")
    return int(n)


def profile_of(measured, name, requests):
    return Profile(shutil.copy(measured.profile(requests), PROFILES / name))


def per_request(n):
    return f"{n / N_MEASURED:.1f}"


def show(name, profile, budget, *more):
    """Returns whether the case is within its budget."""
    n_instructions = round(profile.n_instructions / N_MEASURED)
    row(name, f"{n_instructions:,}", f"{budget:,}" if budget else "", *more)
    return budget is None or n_instructions <= budget


def profile_with_statements(stack, worker, name, requests):
    count_statements(stack)
    profile = profile_of(worker, name, requests)
    return profile, n_statements(stack)


def least(profiles):
    """It is slow, so that what happens once a minute, as jobs, may take a share of some."""
    return min(profiles, key=lambda profile: profile[0].n_instructions)


def measure_worker(stack, worker, name, requests):
    profile, n = least(profile_with_statements(stack, worker, name, requests) for _ in range(N_PROFILES))
    ours = profile.allocations.pop("wxuser", 0)
    return show(name, profile, BUDGETS.get(name), per_request(n), per_request(ours),
                " ".join(f"{library} {per_request(n)}" for library, n in profile.allocations.most_common()))


def measure_workers(names):
    with running(Stack) as stack, workers(stack) as worker_of:
        row("a worker, for a request", "instructions", "budget", "statements", "allocations", "those of libraries")
        for name, requests in warm_cases(stack, names):
            yield measure_worker(stack, worker_of(name), name, requests)


def measure_database(names):
    with running(DatabaseStack) as stack:
        row("the database, for a request", "instructions", "budget")
        for name, requests in warm_cases(stack, names):
            profile, = least((profile_of(stack.database, f"database-{name}", requests),) for _ in range(N_PROFILES))
            yield show(name, profile, DATABASE_BUDGETS.get(name))


def main():
    measure, names = measure_workers, sys.argv[1:]
    if names[:1] == ["database"]:
        measure, names = measure_database, names[1:]
    PROFILES.mkdir(exist_ok=True)
    return 0 if all(list(measure(names_of(names)))) else 1


sys.exit(main())
