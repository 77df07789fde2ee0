"""rates COMMIT [ROUNDS [SECONDS [KIND…]]]: requests a second of this commit beside those of another one, and the
processor's time for each, as medians of the ratios within the rounds: get, saveuser, a login of users who have come today
(login_known) and of new ones (login_new). The stand-in for WeChat is the same for both.

Both have a stack of their own at the same time and take turns within a round, in another order in each."""

import contextlib
import sys

import bench
import peers
from bench import row
from commits import Commit
from cost_cases import WeChat
from stack import Stack
from turns import measure, ratio, turns_of

KINDS = "get", "saveuser", "login_known", "login_new"
N_CLIENTS = 32
N_KNOWN = 2000  # of compare.lua
PARTS = "program", "mariadbd"


@contextlib.contextmanager
def program_of(kind, wechat_url):
    with bench.running("rates", kind, WORKERS_SANDBOX=4, WECHAT_URL=wechat_url,
                       CONF_rates__unproven_per_s=100000) as stack:
        user = stack.save(openId="oBench1", name="user1", profile="https://example.com/1.png")
        yield peers.Wxuser(stack, KINDS, (user, user))


def warm(program, kind, seconds):
    """Afterwards each known user has come today."""
    n = 0
    while n < N_KNOWN:
        n += measure(program, kind, seconds, N_CLIENTS).n



def compare(programs, names, kind, n_rounds, seconds):
    turns = {program: [] for program in programs}
    for program in programs:
        warm(program, kind, seconds)
    for n, program in turns_of(programs, n_rounds):
        figures = measure(program, kind, seconds, N_CLIENTS)
        for part in PARTS:
            setattr(figures, part, figures.cpu_us[part])
        turns[program].append(figures)
        row(f"  {n + 1} {kind} {names[program]}", f"{figures.rate:.0f}",
            *(f"{figures.cpu_us[part]:.0f} us" for part in PARTS), figures.n_bad)
    before, now = (turns[program] for program in programs)
    row(f"{kind}: ratio", *(f"{ratio(now, before, what):.3f}" for what in ("rate", *PARTS)))


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    commit = Commit(sys.argv[1]).make()
    with WeChat() as wechat:
        url = f"http://127.0.0.1:{wechat.server_port}"
        with program_of(commit.kind(Stack), url) as before, program_of(Stack, url) as now:
            names = {before: commit.id, now: "this"}
            row("", "requests/s", *PARTS, "failed")
            for kind in sys.argv[4:] or KINDS:
                compare([before, now], names, kind, bench.argument(2, 5), bench.argument(3, 5))


main()
