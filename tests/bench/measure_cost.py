"""cost [CASE…]: a worker's instructions, statements and allocations for a request of each kind, and whether they are
within their budgets (1: they are not). Each case's profile for callgrind_annotate is in cost/ below WXUSER_BUILD.

The worker runs under callgrind, so that the counts do not depend on what else the machine does."""

import collections
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys

import bench
from bench import row
from ctl import sql_as_root
from echo import listening
from stack import new_phone, states_of_threads, wait_until

PROFILES = bench.BUILD / "cost"
N_WARM, N_MEASURED = 20, 100
SHOP = "/api/weixin/wxbuyinguser"
ALLOCATORS = {"malloc", "calloc", "realloc", "strdup", "posix_memalign"}
BUDGETS = {"get": 64_000}


class Cases:
    """A generator of requests for each case: each next() sends one, and says whether it was answered as it should."""

    def __init__(self, stack):
        self.stack = stack
        self.fields = {"openId": "oCost", "name": "小明😀", "profile": "https://example.com/a.png",
                       "phone": "13800000001"}
        self.user = stack.save(**self.fields)

    def get(self):
        while True:
            yield self.stack.get(f"{SHOP}/get?id={self.user}").json["id"] == self.user

    def getbyopenid(self):
        while True:
            yield self.stack.get(f"{SHOP}/getbyopenid?openId=oCost").json["id"] == self.user

    def getlist(self):
        users = [self.stack.save(**{**self.fields, "openId": f"oCost{n}"}) for n in range(20)]
        while True:
            yield len(self.stack.post(f"{SHOP}/getlist", users).json) == len(users)

    def save(self, made):
        for fields in made:
            yield self.stack.save(**{**self.fields, **fields}) > 0

    def saveuser_unchanged(self):
        return self.save(itertools.repeat({}))

    def saveuser_changed(self):
        return self.save({"name": f"小明{n}"} for n in itertools.count())

    def saveuser_new(self):
        return self.save({"openId": f"oNew{n}"} for n in itertools.count())

    def login(self, **user):
        while True:
            yield self.stack.login(self.stack.code(**user)["code"]).json["code"] == 200

    def login_new(self):
        return self.login()

    def login_known(self):
        return self.login(openid="oKnown")

    def appauthorization(self):
        while True:
            yield self.stack.authorize({"openId": "oCost"}, key=self.stack.key).json["status"] == 1

    def refreshtoken(self):
        token = self.stack.token()
        while True:
            answer = self.stack.request("POST", "/api/Customer/RefreshToken", "", key=token)
            token = answer.json["data"]["accessToken"]
            yield answer.status == 200

    def sendverifycode(self):
        while True:
            yield self.stack.post("/city/v3/OnlineMediateWW/SendVerifyCode",
                                  {"MobilePhone": new_phone(), "OpenId": "oAnybody"}).json["Ret"] == 0


REMOTE = {"login_new", "login_known", "appauthorization", "sendverifycode"}
NAMES = [name for name in vars(Cases) if name not in ("save", "login") and not name.startswith("_")]


class Worker:
    """One of a pool, under callgrind, on the socket that nginx knows."""

    def __init__(self, stack, pool):
        self.out = stack.state / f"callgrind.{pool}"
        listener = listening(str(stack.state / f"run/{pool}.sock"))
        with open(stack.state / f"log/{pool}.log", "w") as log:
            self.process = subprocess.Popen(
                ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={self.out}",
                 bench.BUILD / "wxuser.fcgi", "--config", stack.state / "conf/wxuser.conf", "--pool", pool],
                stdin=listener, stdout=log, stderr=log, env=stack.environment)
        os.close(listener)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def control(self, *words):
        subprocess.run(["callgrind_control", *words, str(self.process.pid)], check=True, capture_output=True)

    def begin(self):
        self.control("--instr=on")
        self.control("--zero")

    def end(self):
        """The profile since begin(), once the worker waits for a request."""
        wait_until(lambda: set(states_of_threads(self.process.pid)) == {"S"}, 10, "the worker is idle")
        self.control("--dump")
        return max(self.out.parent.glob(f"{self.out.name}.*"), key=lambda path: int(path.suffix[1:]))


class Profile:
    """What callgrind has counted."""

    def __init__(self, path):
        self.names, self.allocations = {}, collections.Counter()
        text = path.read_text()
        self.n_instructions = int(re.search(r"^totals: (\d+)$", text, re.M)[1])
        library = callee = None
        for kind, value in re.findall(r"^(c?ob|c?fn|calls)=(.*)$", text, re.M):
            if kind != "calls":
                name = self.name(kind[-2:], value)
            if kind == "ob":
                library = re.sub(r"^lib|[-_.].*", "", os.path.basename(name))
            elif kind == "cfn":
                callee = name
            elif kind == "calls" and callee in ALLOCATORS and library != "c":
                self.allocations[library] += int(value.split()[0])

    def name(self, kind, value):
        """It stands in full only where it comes first."""
        number, *name = value.split(" ", 1)
        return self.names.setdefault((kind, number), *name) if name else self.names[kind, number]


def count_statements(stack):
    """From now on, in the general log."""
    sql_as_root(stack, "SET GLOBAL general_log = OFF, log_output = 'TABLE'; TRUNCATE mysql.general_log; "
                       "SET GLOBAL general_log = ON; GRANT SELECT ON mysql.general_log TO wxuser@localhost")


def n_statements(stack):
    """Of workers; without those that they send once in a while."""
    [[n]] = stack.sql("SELECT COUNT(*) FROM mysql.general_log WHERE user_host LIKE 'wxuser[%' AND thread_id != "
                      "CONNECTION_ID() AND command_type IN ('Execute', 'Query') AND argument NOT REGEXP "
                      "'maintenance|job_lease'")
    return int(n)


def send(requests, n):
    for _ in range(n):
        assert next(requests), "the request fails"


def per_request(n):
    return f"{n / N_MEASURED:.1f}"


def measure(stack, worker, name, requests):
    """Returns whether the case is within its budget."""
    send(requests, N_WARM)
    count_statements(stack)
    worker.begin()
    send(requests, N_MEASURED)
    profile = Profile(shutil.copy(worker.end(), PROFILES / name))
    n_instructions = round(profile.n_instructions / N_MEASURED)
    budget = BUDGETS.get(name)
    ours = profile.allocations.pop("wxuser", 0)
    row(name, f"{n_instructions:,}", f"{budget:,}" if budget else "", per_request(n_statements(stack)),
        per_request(ours), " ".join(f"{library} {per_request(n)}" for library, n in profile.allocations.most_common()))
    return budget is None or n_instructions <= budget


def main():
    names = sys.argv[1:] or NAMES
    PROFILES.mkdir(exist_ok=True)
    with bench.running("cost", WORKERS_CORE=1, WORKERS_REMOTE=1, CONF_rates__unproven_per_s=100000) as stack:
        stack.give_tokens()
        stack.sql("INSERT INTO setting SELECT id, setting, '10000000' FROM tenant JOIN "
                  "(SELECT 'sms_per_day' AS setting UNION SELECT 'sms_per_key_and_day') AS settings")
        stack.kill("wxuser", signal.SIGTERM)
        with Worker(stack, "core") as core, Worker(stack, "remote") as remote:
            cases = Cases(stack)
            row("a request", "instructions", "budget", "statements", "allocations", "those of libraries")
            kept = [measure(stack, remote if name in REMOTE else core, name, getattr(cases, name)())
                    for name in names]
    return 0 if all(kept) else 1


sys.exit(main())
