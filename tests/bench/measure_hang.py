"""hang [ROUNDS]: WeChat hangs with 200 logins waiting: what does a get take?"""

import collections
import concurrent.futures
import statistics
import time

import bench
from bench import ms, row
from stack import wait_until

PATH = "/sns/jscode2session"
N_LOGINS = 200
# The program waits for 5 s.
ROUND_S, HANG_S = 4, 6


def gets(stack, target):
    with bench.Load(stack, target) as load:
        time.sleep(ROUND_S)
        return load.end()


class Waiting:
    """200 logins at once while WeChat hangs."""

    def __init__(self, stack):
        self.stack = stack
        self.answers = collections.Counter()
        self.longest = 0

    def log_in(self, code):
        began = time.monotonic()
        answer = self.stack.login(code, timeout=60)
        self.longest = max(self.longest, time.monotonic() - began)
        self.answers[f"{answer.status} {answer.text}"] += 1

    def calls(self):
        return self.stack.calls(PATH)["count"]

    def meanwhile(self, fn):
        codes = [self.stack.code()["code"] for _ in range(N_LOGINS)]
        before = self.calls()
        self.stack.fault(PATH, "hang", HANG_S, count=1000000)
        with concurrent.futures.ThreadPoolExecutor(N_LOGINS) as pool:
            logins = [pool.submit(self.log_in, code) for code in codes]
            wait_until(lambda: self.calls() - before >= N_LOGINS // 2, 5, "the logins wait")
            result = fn()
            waiting = sum(not login.done() for login in logins)
        self.stack.fault(PATH, "none")
        wait_until(lambda: self.stack.login(self.stack.code()["code"]).json["code"] == 200, 30,
                   "WeChat is asked again")
        return result, waiting


def main():
    n_rounds = bench.argument(1, 5)
    with bench.running("hang", WORKERS_SANDBOX=N_LOGINS + 64, CONF_http__messages="en") as stack:
        waiting, target = Waiting(stack), bench.user_target(stack)
        ratios = []
        row("", "requests", "p50", "p99", "failed", "waiting")
        for n in range(n_rounds):
            calm = gets(stack, target)
            hung, n_waiting = waiting.meanwhile(lambda: gets(stack, target))
            for name, figures, n_logins in ("", calm, 0), (", WeChat hangs", hung, n_waiting):
                row(f"round {n + 1}{name}", figures.n_requests, ms(figures.p50), ms(figures.p99),
                    figures.n_failed, n_logins)
            ratios.append(hung.p99 / calm.p99)
        row("ratio of p99, median", f"{statistics.median(ratios):.2f}")
        row("longest login", f"{waiting.longest:.2f} s")
        for text, n in waiting.answers.most_common():
            row(f"  {text}", n)


main()
