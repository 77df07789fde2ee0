"""hang [ROUNDS [phone]]: WeChat hangs with 200 logins waiting, or presses of the phone button: what does a get take?"""

import collections
import concurrent.futures
import statistics
import sys
import time

import bench
from bench import ms, row
from stack import wait_until

N_REQUESTS = 200
# The program waits for 5 s.
ROUND_S, HANG_S = 4, 6


def gets(stack, target):
    with bench.Load(stack, target) as load:
        time.sleep(ROUND_S)
        return load.end()


class Logins:
    path, name = "/sns/jscode2session", "login"

    def __init__(self, stack):
        self.stack = stack

    def make(self):
        """What a request needs that is to wait."""
        return self.stack.code()["code"]

    def send(self, code):
        return self.stack.login(code, timeout=60)

    def told(self, answer):
        return answer.text if answer.json["code"] != 200 else "done"


class Presses:
    path, name = "/wxa/business/getuserphonenumber", "press"

    def __init__(self, stack):
        self.stack, self.n = stack, 0

    def make(self):
        self.n += 1
        openid = f"oPress{self.n}"
        self.stack.sql("DELETE FROM sms_counter")
        return self.stack.token(openid=openid), self.stack.phone_code(openid=openid)["code"]

    def send(self, press):
        token, code = press
        return self.stack.request("POST", "/v1/me/phone/wechat", {"code": code}, key=token, timeout=60)

    def told(self, answer):
        return answer.json.get("code", "done")


class Waiting:
    """200 requests at once while WeChat hangs."""

    def __init__(self, requests):
        self.requests, self.stack = requests, requests.stack
        self.answers = collections.Counter()
        self.longest = 0

    def send(self, made):
        began = time.monotonic()
        answer = self.requests.send(made)
        self.longest = max(self.longest, time.monotonic() - began)
        self.answers[f"{answer.status} {self.requests.told(answer)}"] += 1

    def calls(self):
        return self.stack.calls(self.requests.path)["count"]

    def is_over(self):
        return self.requests.told(self.requests.send(self.requests.make())) == "done"

    def meanwhile(self, fn):
        made = [self.requests.make() for _ in range(N_REQUESTS)]
        before = self.calls()
        self.stack.fault(self.requests.path, "hang", HANG_S, count=1000000)
        with concurrent.futures.ThreadPoolExecutor(N_REQUESTS) as pool:
            sent = [pool.submit(self.send, one) for one in made]
            wait_until(lambda: self.calls() - before >= N_REQUESTS, 5, "the requests wait")
            result = fn()
            waiting = sum(not request.done() for request in sent)
        self.stack.fault(self.requests.path, "none")
        wait_until(self.is_over, 30, "WeChat is asked again")
        return result, waiting


def main():
    n_rounds = bench.argument(1, 5)
    kind = Presses if "phone" in sys.argv[2:] else Logins
    with bench.running("hang", WORKERS_SANDBOX=N_REQUESTS + 64, CONF_http__messages="en") as stack:
        stack.give_tokens()
        waiting, target = Waiting(kind(stack)), bench.user_target(stack)
        ratios = []
        row("", "requests", "p50", "p99", "failed", "waiting")
        for n in range(n_rounds):
            calm = gets(stack, target)
            hung, n_waiting = waiting.meanwhile(lambda: gets(stack, target))
            for name, figures, n_others in ("", calm, 0), (", WeChat hangs", hung, n_waiting):
                row(f"round {n + 1}{name}", figures.n_requests, ms(figures.p50), ms(figures.p99),
                    figures.n_failed, n_others)
            ratios.append(hung.p99 / calm.p99)
        row("ratio of p99, median", f"{statistics.median(ratios):.2f}")
        row(f"longest {kind.name}", f"{waiting.longest:.2f} s")
        for text, n in waiting.answers.most_common():
            row(f"  {text}", n)


main()
