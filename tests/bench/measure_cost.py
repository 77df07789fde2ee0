"""cost [database] [CASE…]: a worker's instructions, statements and allocations for a request of each kind, or the
database's instructions, and whether they are within their budgets (1: they are not). Each case's profile for
callgrind_annotate is in cost/ below WXUSER_BUILD.

What is measured runs under callgrind, so that the counts do not depend on what else the machine does."""

import collections
import contextlib
import http.server
import itertools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

import bench
from bench import row
from ctl import sql_as_root
from echo import listening
from stack import Stack, new_phone, states_of_threads, wait_until

PROFILES = bench.BUILD / "cost"
N_WARM, N_MEASURED, N_PROFILES = 20, 100, 3
FORGOTTEN_S = 6  # the workers remember settings for shorter
SHOP = "/api/weixin/wxbuyinguser"
ALLOCATORS = {"malloc", "calloc", "realloc", "strdup", "posix_memalign"}
# Otherwise it takes each byte that "rep stosb" or "rep movsb" writes for an instruction.
PLAIN_LOOPS = "glibc.cpu.x86_rep_stosb_threshold=1000000000:glibc.cpu.x86_rep_movsb_threshold=1000000000"
BUDGETS = {"get": 64_000, "introspect": 72_000}
DATABASE_BUDGETS = {"get": 75_000, "introspect": 118_000}


class WeChat(http.server.ThreadingHTTPServer):
    """Exchanges codes. The sandbox would have its share in what the database does."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Exchange)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Exchange(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        code, = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["js_code"]
        body = json.dumps(answer_to(code)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


codes = itertools.count()


def new_code(openid="", unionid=""):
    """openid: ""; one that is new. WeChat refuses a code of "refused"."""
    number = next(codes)
    return f"{openid or f'oLogin{number}'}.{unionid}.{number}"


def answer_to(code):
    openid, unionid, _ = code.split(".")
    if openid == "refused":
        return {"errcode": 40029, "errmsg": "invalid code"}
    return {"openid": openid, "session_key": "HyVFkGl5F5OQWJZZaNzBBg==", **({"unionid": unionid} if unionid else {})}


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

    def _give_tokens(self, is_wanted):
        self.stack.sql(f"UPDATE setting SET value = '{str(is_wanted).lower()}' WHERE name = 'access_token_header'")
        time.sleep(FORGOTTEN_S)

    def _login(self, users, with_token=False, number=200):
        self._give_tokens(with_token)
        for user in users:
            yield self.stack.login(new_code(**user)).json["code"] == number

    def login_new(self):
        return self._login(itertools.repeat({}))

    def login_new_token(self):
        return self._login(itertools.repeat({}), with_token=True)

    def login_known(self):
        return self._login(itertools.repeat({"openid": "oKnown"}))

    def login_known_token(self):
        return self._login(itertools.repeat({"openid": "oKnown"}), with_token=True)

    def login_known_unionid(self):
        return self._login(itertools.repeat({"openid": "oLinked", "unionid": "uLinked"}))

    def login_of_day(self):
        """The first one of a known user."""
        users = [{"openid": f"oDaily{n}"} for n in range(N_WARM + N_PROFILES * N_MEASURED)]
        assert all(self._login(users))
        self.stack.sql("UPDATE wechat_user SET active_on = active_on - INTERVAL 1 DAY; DELETE FROM active_day")
        return self._login(users)

    def login_refused(self):
        return self._login(itertools.repeat({"openid": "refused"}), number=500)

    def _v1_login(self, **user):
        while True:
            yield self.stack.request("POST", "/v1/login", {"code": new_code(**user)}).status == 200

    def v1_login(self):
        return self._v1_login(openid="oKnown")

    def v1_login_new(self):
        return self._v1_login()

    def _authorize(self, key=None, **fields):
        self._give_tokens(True)
        while True:
            proof = {} if key else {"code": new_code("oCost")}
            yield self.stack.authorize({**fields, **proof}, key=key).json["status"] == 1

    def appauthorization(self):
        return self._authorize(self.stack.key, openId="oCost")

    def appauthorization_code(self):
        return self._authorize(nickname="小明")

    def _token(self):
        return self.stack.login(new_code()).headers["X-Access-Token"]

    def refreshtoken(self):
        self._give_tokens(True)
        token = self._token()
        while True:
            answer = self.stack.request("POST", "/api/Customer/RefreshToken", "", key=token)
            token = answer.json["data"]["accessToken"]
            yield answer.status == 200

    def v1_me(self):
        self._give_tokens(True)
        token = self._token()
        while True:
            yield self.stack.request("GET", "/v1/me", key=token).status == 200

    def introspect(self):
        self._give_tokens(True)
        body, form = f"token={self._token()}", {"Content-Type": "application/x-www-form-urlencoded"}
        while True:
            yield self.stack.request("POST", "/v1/introspect", body, form, key=self.stack.key).json["active"]

    def sendverifycode(self):
        while True:
            phone = new_phone()
            yield self.stack.post("/city/v3/OnlineMediateWW/SendVerifyCode",
                                  {"MobilePhone": phone, "OpenId": f"o{phone}"}).json["Ret"] == 0


NAMES = [name for name in vars(Cases) if name != "save" and not name.startswith("_")]
REMOTE = {name for name in NAMES if re.search("login|authorization|verifycode", name)}


def callgrind(out, *options):
    """What goes before a command."""
    return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *options]


def newest_dump(out):
    return max(out.parent.glob(f"{out.name}.*"), key=lambda path: int(path.suffix[1:]))


class Worker:
    """One of a pool, on the socket that nginx knows."""

    def __init__(self, stack, pool):
        self.out = stack.state / f"callgrind.{pool}"
        listener = listening(str(stack.state / f"run/{pool}.sock"))
        with open(stack.state / f"log/{pool}.log", "w") as log:
            self.process = subprocess.Popen(
                [*callgrind(self.out, "--instr-atstart=no"), bench.BUILD / "wxuser.fcgi", "--config",
                 stack.state / "conf/wxuser.conf", "--pool", pool],
                stdin=listener, stdout=log, stderr=log, env={**stack.environment, "GLIBC_TUNABLES": PLAIN_LOOPS})
        os.close(listener)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def control(self, *words):
        subprocess.run(["callgrind_control", *words, str(self.process.pid)], check=True, capture_output=True)

    def profile(self, requests):
        self.control("--instr=on")
        self.control("--zero")
        send(requests, N_MEASURED)
        wait_until(lambda: set(states_of_threads(self.process.pid)) == {"S"}, 10, "the worker is idle")
        self.control("--dump")
        return newest_dump(self.out)


class Database:
    """That of a stack to come. It counts what it does for commands of clients. A flush of its status, which is one more
    command, ends a profile."""

    # valgrind knows no io_uring, and has no room for the largest buffer pool that there may be.
    OPTIONS = "--innodb-use-native-aio=0 --loose-innodb-buffer-pool-size-max=64M"

    def __init__(self, stack):
        self.stack, self.out = stack, stack.state / "run/mariadb/callgrind"
        command = callgrind(self.out, "--collect-atstart=no", "--toggle-collect=do_command(THD*, bool)",
                            "--dump-before=refresh_status(THD*)",
                            shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin"))
        program = stack.state / "bin/mariadbd"
        program.parent.mkdir()
        program.parent.chmod(0o755)
        program.write_text(f"#!/bin/sh\nexec {shlex.join(map(str, command))} \"$@\" {self.OPTIONS}\n")
        program.chmod(0o755)
        stack.environment["PATH"] = f"{program.parent}:{os.environ['PATH']}"

    def profile(self, requests):
        sql_as_root(self.stack, "FLUSH STATUS")  # what was before
        send(requests, N_MEASURED)
        sql_as_root(self.stack, "FLUSH STATUS")
        return newest_dump(self.out)


class DatabaseStack(Stack):
    """Its database is measured."""

    def __init__(self, *words, **settings):
        super().__init__(*words, **settings)
        self.database = Database(self)


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
                      "'maintenance|job_lease|audit_link|key_check|key_host'")
    return int(n)


def send(requests, n):
    for _ in range(n):
        assert next(requests), "the request fails"


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
    with running(Stack) as stack:
        stack.kill("wxuser", signal.SIGTERM)
        with Worker(stack, "core") as core, Worker(stack, "remote") as remote:
            row("a worker, for a request", "instructions", "budget", "statements", "allocations", "those of libraries")
            for name, requests in warm_cases(stack, names):
                yield measure_worker(stack, remote if name in REMOTE else core, name, requests)


def measure_database(names):
    with running(DatabaseStack) as stack:
        row("the database, for a request", "instructions", "budget")
        for name, requests in warm_cases(stack, names):
            profile, = least((profile_of(stack.database, f"database-{name}", requests),) for _ in range(N_PROFILES))
            yield show(name, profile, DATABASE_BUDGETS.get(name))


@contextlib.contextmanager
def running(kind):
    """A stack that refuses no request for its being one of many."""
    with WeChat() as wechat, bench.running(
            "cost", kind, WORKERS_CORE=1, WORKERS_REMOTE=1, CONF_rates__unproven_per_s=100000,
            WECHAT_URL=f"http://127.0.0.1:{wechat.server_port}") as stack:
        stack.give_tokens()
        stack.sql("INSERT INTO setting SELECT id, setting, '10000000' FROM tenant JOIN "
                  "(SELECT 'sms_per_day' AS setting UNION SELECT 'sms_per_key_and_day' "
                  "UNION SELECT 'sms_per_app_and_hour') AS settings")
        yield stack


def warm_cases(stack, names):
    cases = Cases(stack)
    for name in names:
        requests = getattr(cases, name)()
        send(requests, N_WARM)
        yield name, requests


def main():
    measure, names = measure_workers, sys.argv[1:]
    if names[:1] == ["database"]:
        measure, names = measure_database, names[1:]
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"No such case: {', '.join(unknown)}. The cases are: {', '.join(NAMES)}", file=sys.stderr)
        return 64  # EX_USAGE, as "run" ends where there is no such measure
    PROFILES.mkdir(exist_ok=True)
    return 0 if all(list(measure(names or NAMES))) else 1


sys.exit(main())
