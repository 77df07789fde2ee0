"""compare [ROUNDS [SECONDS [USERS]]]: wxuser beside peers that do the same work. The tables of docs/performance.md and
its picture are left in compare/ below WXUSER_BUILD.

All programs take turns within a round, in another order in each, so that a slow moment of the machine meets all."""

import contextlib
import json
import re
import statistics
import subprocess
import time
import urllib.request

import bench
import peers
import picture
from bench import row
from ctl import Ctl, sql_as_root
from stack import free_port, wait_until
from turns import CLIENTS, Wrk, measure, median, ratio, table, turns_of

OUT = bench.BUILD / "compare"
DELAY_MS = 100
# MariaDB's own defaults; the quick start's are others.
N_CONNECTIONS, BUFFER_POOL_MIB = 151, 128
TITLES = {"get": "get", "getlist": "getlist of 20", "saveuser": "saveuser, changed, durable",
          "login_new": "login, new users, 256 clients, WeChat 100 ms",
          "login_known": "login, returning users, 256 clients, WeChat 100 ms"}
LIMIT = CLIENTS["login_new"] * 1000 / DELAY_MS  # logins a second, if nothing but WeChat took time
N_HANGING, N_WAITING = 300, 256
HANGING_S = 3  # of 4.8 s that a login waits


def answer(program, kind):
    """With every number as 0, since users have other ids elsewhere."""
    first, second = program.ids[0], program.ids[0] + 1
    target, message = {
        "get": (f"get?id={first}", None),
        "getlist": ("getlist", [second, first, second]),
        "saveuser": ("saveuser", {"openId": "oBench1", "name": "user1", "profile": "https://example.com/1.png",
                                  "phone": "13800000001"}),
    }[kind]
    body = message and json.dumps(message).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{program.port}/api/weixin/wxbuyinguser/{target}", body,
        {"Authorization": f"Bearer {program.stack.key}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return re.sub(rb"\d+", b"0", response.read())


def check_answers(programs):
    """All answer the same."""
    for kind in peers.ALL:
        answers = {program.name: answer(program, kind) for program in programs if kind in program.kinds}
        assert len(set(answers.values())) == 1, answers


def compare(programs, kind, n_rounds, seconds):
    """By name, a Figures for each round."""
    programs = [program for program in programs if kind in program.kinds]
    found = {program.name: [] for program in programs}
    for program in programs:
        measure(program, kind, seconds)  # compilers warm up, caches fill, and returning users come for the first time
    row(TITLES[kind], "requests/s", "p50", "p99", "nginx us", "program us", "mariadbd us", "failed")
    for n, program in turns_of(programs, n_rounds):
        figures = measure(program, kind, seconds)
        found[program.name].append(figures)
        row(f"  {n + 1} {program.name}", f"{figures.rate:.0f}", f"{figures.p50_ms:.2f} ms", f"{figures.p99_ms:.2f} ms",
            *(f"{us:.0f}" for us in figures.cpu_us.values()), figures.n_bad)
    return found


# ---- While logins wait.


def hanging(wxuser, n_rounds):
    """The ratios of get's p99 while so many logins wait for WeChat, and without. A turn ends before the first of them is
    answered: what they then cost is another matter."""
    ratios = []
    row(f"get beside {N_HANGING} waiting logins", "p99 alone", "p99 beside", "failed")
    for n in range(n_rounds):
        alone = measure(wxuser, "get", HANGING_S)
        with Wrk(wxuser, "login_hang", 3600, N_HANGING):
            time.sleep(1)
            beside = measure(wxuser, "get", HANGING_S)
        ratios.append(beside.p99_ms / alone.p99_ms)
        row(f"  {n + 1}", f"{alone.p99_ms:.2f} ms", f"{beside.p99_ms:.2f} ms", beside.n_bad)
        time.sleep(5)  # until the last of them is answered
    return statistics.median(ratios)


def database_sockets(stack, pids):
    """Connections of these processes to the database."""
    said = subprocess.run(["ss", "-xpH", "state", "connected"], check=True, capture_output=True, text=True).stdout
    fields = [line.split() for line in said.splitlines()]
    ours = {line[5] for line in fields if any(f"pid={pid}," in line[-1] for pid in pids)}
    return sum(line[4] == stack.env["WXUSER_DB_SOCKET"] and line[7] in ours for line in fields)


class Waiting:
    """What a program takes while so many logins wait for WeChat."""

    def __init__(self, program):
        with Wrk(program, "login_hang", 3600, N_WAITING):
            time.sleep(3)
            self.pids = self.waiting_pids(program)
            self.mib = peers.pss_mib(self.pids)
            self.n_connections = database_sockets(program.stack, self.pids)
        time.sleep(5)

    @staticmethod
    def waiting_pids(program):
        """Of wxuser the remote workers that hold logins, as top shows them."""
        if program.name != "wxuser":
            return program.pids
        page = Ctl(program.stack).out("top", "--interval", "1")
        return sorted(set(map(int, re.findall(r"^remote +(\d+) .* POST ", page, re.M))))


# ---- What is told of it.


def wanted(results, hang_ratio, waiting):
    """What is wanted, and what was measured."""
    def at_least(what, of, found, least):
        return what, of, f"{found:.2f}", f"at least {least}"

    get, new, known = results["get"], results["login_new"], results["login_known"]
    ours = waiting["wxuser"]
    return [
        at_least("get", "the minimal responder", ratio(get["wxuser"], get["minimal"]), 0.75),
        at_least("get", "Go", ratio(get["wxuser"], get["go"]), 1.3),
        at_least("getlist of 20", "Go", ratio(results["getlist"]["wxuser"], results["getlist"]["go"]), 2.0),
        at_least("saveuser, changed", "Go", ratio(results["saveuser"]["wxuser"], results["saveuser"]["go"]), 1.0),
        at_least("login, new users", "the limit", median(new["wxuser"], "rate") / LIMIT, 0.7),
        ("login, new users", "p99", f"{median(new['wxuser'], 'p99_ms'):.0f} ms", f"at most {3 * DELAY_MS} ms"),
        at_least("login, returning users", "the limit", median(known["wxuser"], "rate") / LIMIT, 0.9),
        (f"p99 of get beside {N_HANGING} waiting logins", "p99 alone", f"{hang_ratio:.2f}", "at most 1.1"),
        (f"{N_WAITING} waiting logins", "workers", len(ours.pids), "at most 4"),
        (f"{N_WAITING} waiting logins", "MiB", f"{ours.mib:.0f}", "at most 60"),
        (f"{N_WAITING} waiting logins", "database connections", ours.n_connections, "at most 4"),
    ]


def work_table(found):
    return table(["program", "requests/s", "wxuser is × as fast", "p50 ms", "p99 ms", "µs nginx", "µs program",
                  "µs mariadbd", "failed"],
                 [[name, f"{median(turns, 'rate'):.0f}", f"{ratio(found['wxuser'], turns):.2f}",
                   f"{median(turns, 'p50_ms'):.2f}", f"{median(turns, 'p99_ms'):.2f}",
                   *(f"{statistics.median(figures.cpu_us[part] for figures in turns):.0f}"
                     for part in ("nginx", "program", "mariadbd")), sum(figures.n_bad for figures in turns)]
                  for name, turns in found.items()])


def size_table(sizes, waiting):
    return table(["program", "processes", "MiB", "database connections", f"{N_WAITING} waiting: processes", "MiB",
                  "database connections"],
                 [[name, *size, *((len(waiting[name].pids), f"{waiting[name].mib:.0f}", waiting[name].n_connections)
                                  if name in waiting else ("", "", ""))] for name, size in sizes.items()])


def capacity_table(results):
    """At 60 % of so many cores, all on one host."""
    cores = 2, 4, 8, 16
    return table(["cores", *(TITLES[kind].split(",")[0] + (", " + TITLES[kind].split(", ")[1] if "login" in kind else "")
                             for kind in results)],
                 [[n, *(f"{n * 0.6e6 / median(found['wxuser'], 'cpu'):.0f}" for found in results.values())]
                  for n in cores])


def write(results, sizes, hang_ratio, waiting):
    OUT.mkdir(exist_ok=True)
    wanted_lines = wanted(results, hang_ratio, waiting)
    text = "".join(f"### {TITLES[kind]}\n\n{work_table(found)}\n" for kind, found in results.items())
    text += f"### What is wanted\n\n{table(['work', 'of', 'measured', 'wanted'], wanted_lines)}\n"
    text += f"### Processes, memory, connections\n\n{size_table(sizes, waiting)}\n"
    text += f"### Capacity, requests a second\n\n{capacity_table(results)}"
    (OUT / "tables.txt").write_text(text)
    (OUT / "performance.svg").write_text(picture.draw(
        [(f"{TITLES[kind]}: requests a second",
          [(name, median(turns, "rate"), f"{median(turns, 'rate'):,.0f}") for name, turns in found.items()])
         for kind, found in results.items()]))
    for line in wanted_lines:
        row(f"{line[0]} / {line[1]}"[:60], *line[2:])
    print(f"{OUT}/tables.txt, {OUT}/performance.svg")


# ---- The whole.


@contextlib.contextmanager
def wechat_on(port, directory):
    """The stand-in for WeChat, made in the directory."""
    process = subprocess.Popen([peers.go_build("wechat", directory), f"127.0.0.1:{port}", f"{DELAY_MS}ms"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def ids(stack):
    """The first and the last of the users, and how many there are."""
    [found] = stack.sql("SELECT IFNULL(MIN(id), 0), IFNULL(MAX(id), 0), COUNT(*) FROM wechat_user "
                        "WHERE openid LIKE 'oBench%'")
    return list(map(int, found))


def fill(stack, n_users):
    """Users with sealed phones, by the program itself; returns wxuser with their ids."""
    filling = peers.Wxuser(stack, (), (1, n_users))
    with Wrk(filling, "fill", 3600):
        wait_until(lambda: time.sleep(1) or ids(stack)[2] == n_users, 900, "all users are there")
    first, last, n = ids(stack)
    assert last - first < 1.001 * n, "hardly an id is missing"
    return peers.Wxuser(stack, peers.ALL + peers.LOGINS, (first, last))


def main():
    n_rounds, seconds, n_users = bench.argument(1, 3), bench.argument(2, 10), bench.argument(3, 100_000)
    port = free_port()
    with bench.running("compare", WORKERS_SANDBOX=4, WECHAT_URL=f"http://127.0.0.1:{port}") as stack, \
            wechat_on(port, stack.state / "go"), peers.peers_of(stack, f"http://127.0.0.1:{port}", n_users) as others:
        sql_as_root(stack, f"SET GLOBAL max_connections = {N_CONNECTIONS}; "
                           f"SET GLOBAL innodb_buffer_pool_size = {BUFFER_POOL_MIB << 20}")
        programs = [fill(stack, n_users), *others]
        check_answers(programs)
        results = {kind: compare(programs, kind, n_rounds, seconds) for kind in TITLES}
        sizes = {program.name: (len(program.pids), f"{peers.pss_mib(program.pids):.0f}", program.n_connections())
                 for program in programs}
        hang_ratio = hanging(programs[0], n_rounds)
        waiting = {program.name: Waiting(program) for program in programs if "login_hang" in program.kinds}
        write(results, sizes, hang_ratio, waiting)


main()
