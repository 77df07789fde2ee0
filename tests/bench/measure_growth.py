"""growth [ROUNDS [SECONDS [USERS…]]]: what a get costs mariadbd with 100,000, 1,000,000 and 10,000,000 users.

Each number of users has a stack of its own, with the buffer pool that docs/performance.md gives it. They take turns.
The rows are made inside MariaDB, without phones: what the program unseals costs the program, whatever the number. Ten
million take ten minutes and 4 GiB of disk."""

import contextlib
import statistics
import sys

import bench
import peers
from bench import row
from ctl import sql_as_root
from turns import measure, median, table, turns_of

OUT = bench.BUILD / "growth.txt"
SIZES = 100_000, 1_000_000, 10_000_000
BATCH = 100_000
# The table and its indexes with so many users, and what else is in use.
POOL_MIB = {100_000: 128, 1_000_000: 1024, 10_000_000: 8192}


def pool_mib(n_users):
    return next((mib for most, mib in POOL_MIB.items() if n_users <= most), max(POOL_MIB.values()))


def add_users(stack, n_users):
    """Returns the first and the last id."""
    [[first]] = stack.sql("SELECT IFNULL(MAX(id), 0) + 1 FROM wechat_user")
    for start in range(0, n_users, BATCH):
        n = min(BATCH, n_users - start)
        sql_as_root(stack, f"""USE wxuser;
SET check_constraint_checks = 0, foreign_key_checks = 0, unique_checks = 0;
INSERT INTO wechat_user (id, tenant_id, row_uuid, openid, name, name_at, avatar, avatar_at, created_at)
    SELECT {first} + {start} + seq, 1, UNHEX(MD5(RAND())), CONCAT('o', LEFT(SHA1({start} + seq), 27)),
    CONCAT('user', seq), UTC_TIMESTAMP(6), CONCAT('https://example.com/', SHA2({start} + seq, 384), '/132'),
    UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM seq_0_to_{n - 1}""")
    return int(first), int(first) + n_users - 1


def warm(stack):
    """Everything is in the buffer pool afterwards."""
    sql_as_root(stack, "SELECT SUM(LENGTH(avatar)) FROM wxuser.wechat_user")


def size_mib(stack):
    sql_as_root(stack, "ANALYZE TABLE wxuser.wechat_user")
    [n_bytes] = sql_as_root(stack, "SELECT data_length + index_length FROM information_schema.tables "
                                   "WHERE table_schema = 'wxuser' AND table_name = 'wechat_user'")
    return int(n_bytes) >> 20


@contextlib.contextmanager
def grown(n_users):
    with bench.running(f"growth-{n_users}", WORKERS_SANDBOX=4) as stack:
        sql_as_root(stack, f"SET GLOBAL innodb_buffer_pool_size = {pool_mib(n_users) << 20}")
        program = peers.Wxuser(stack, ("get",), add_users(stack, n_users))
        warm(stack)
        measure(program, "get", 2)
        yield program


def described(turns, first):
    """mariadbd's time for a get, and how much more it is than with the first number of users."""
    times, times_first = ([figures.cpu_us["mariadbd"] for figures in of] for of in (turns, first))
    return (f"{median(turns, 'rate'):.0f}", f"{median(turns, 'p50_ms'):.2f}", f"{median(turns, 'p99_ms'):.2f}",
            f"{statistics.median(times):.0f}",
            f"{statistics.median(here / there for here, there in zip(times, times_first)):.2f}")


def main():
    n_rounds, seconds = bench.argument(1, 3), bench.argument(2, 10)
    sizes = list(map(int, sys.argv[3:])) or list(SIZES)
    with contextlib.ExitStack() as running:
        programs = [running.enter_context(grown(n_users)) for n_users in sizes]
        n_of = dict(zip(programs, sizes))
        turns = {program: [] for program in programs}
        row("users", "requests/s", "p50", "p99", "mariadbd us")
        for n, program in turns_of(programs, n_rounds):
            figures = measure(program, "get", seconds)
            turns[program].append(figures)
            row(f"  {n + 1} {n_of[program]:,}", f"{figures.rate:.0f}", f"{figures.p50_ms:.2f} ms",
                f"{figures.p99_ms:.2f} ms", f"{figures.cpu_us['mariadbd']:.0f}")
        OUT.write_text(table(
            ["users", "table MiB", "buffer pool MiB", "requests/s", "p50 ms", "p99 ms", "µs mariadbd", "of the first"],
            [[f"{n_of[program]:,}", size_mib(program.stack), pool_mib(n_of[program]),
              *described(turns[program], turns[programs[0]])] for program in programs]))
    print(OUT.read_text())


main()
