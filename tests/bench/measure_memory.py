"""memory [REQUESTS [LOGINS]]: what a worker has for itself after requests of every kind, and many together."""

import concurrent.futures
import itertools
import pathlib
import re
import subprocess
import time

import bench
from bench import row
from case import CASES, run_case
from stack import Stack, free_port

MAY_WAIT = re.compile(r"getUserInfo|AppAuthorization|SendVerifyCode", re.I)
LOGIN = "/sns/jscode2session"


class TlsStack(Stack):
    """Speaks TLS to WeChat's stand-in; of the certificates it believes it reads one, as of the system's."""

    def __init__(self, *words, **settings):
        super().__init__(*words, **settings)
        directory = self.state / "tls"
        port = next(port for port in iter(free_port, None) if port != self.port)
        key, certificate = directory / "key", directory / "certificate"
        directory.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-days", "2", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        local = self.state / "nginx/local/tls.conf"
        local.parent.mkdir(parents=True)
        local.write_text(f"listen 127.0.0.1:{port} ssl;\nssl_certificate {certificate};\n"
                         f"ssl_certificate_key {key};\n")
        self.environment.update(WXUSER_WECHAT_URL=f"https://127.0.0.1:{port}",
                                WXUSER_CONF_wechat__ca_file=str(certificate))


class Recorder(TlsStack):
    """Keeps what was asked."""

    def __init__(self, *words, **settings):
        super().__init__(*words, **settings)
        self.asked = {}

    def request(self, method, target, body=None, headers=None, key=None, **more):
        if not target.startswith("/sandbox/"):
            self.asked[method, target, str(body), str(headers), key] = (method, target, body, headers, key)
        return super().request(method, target, body, headers, key, **more)


def learn(stack):
    """One request of every kind, by the cases."""
    for number, path in enumerate(sorted(CASES.glob("*/*/request"))):
        unique = f"{number}-{time.time_ns():x}"
        run_case(stack, unique, path.parent)


def ask(stack, question):
    """Whatever comes; a login with a code of its own."""
    method, target, body, headers, key = question
    if isinstance(body, dict) and list(body) == ["code"]:
        body = stack.code()
    Stack.request(stack, method, target, body, headers, key)


def ask_everything(stack, n_requests):
    """Until each pool has had so many."""
    questions = list(stack.asked.values())
    for is_slow in False, True:
        pool_questions = [question for question in questions if bool(MAY_WAIT.search(question[1])) == is_slow]
        with concurrent.futures.ThreadPoolExecutor(4) as clients:
            for _ in clients.map(lambda question: ask(stack, question),
                                 itertools.islice(itertools.cycle(pool_questions), n_requests)):
                pass


def kib(pid, *names):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return [int(re.search(rf"^{name}: +(\d+) kB", text, re.M)[1]) for name in names]


def show_workers(when, stack):
    for pool, pid in zip(("core", "remote"), stack.workers()):
        row(f"{when}, {pool}", *kib(pid, "Private_Dirty", "Shared_Dirty", "Pss", "Rss"))


def one_of_each(n_requests):
    with bench.running("memory", Recorder, WORKERS_CORE=1, WORKERS_REMOTE=1, CONF_http__messages="en",
                       CONF_rates__unproven_per_s=100000) as stack:
        stack.give_tokens()
        row("a worker, KiB", "Private_Dirty", "Shared_Dirty", "Pss", "Rss")
        show_workers("at the start", stack)
        learn(stack)
        show_workers("after every case", stack)
        ask_everything(stack, n_requests)
        show_workers(f"after {n_requests} more each", stack)


def crowd(n_logins):
    with bench.running("crowd", TlsStack, WORKERS_SANDBOX=n_logins + 16) as stack:
        for _ in range(4):
            codes = [stack.code()["code"] for _ in range(n_logins)]
            stack.fault(LOGIN, "slow", 2000, count=n_logins)
            with concurrent.futures.ThreadPoolExecutor(n_logins) as clients:
                said = [answer.json["code"] for answer in clients.map(stack.login, codes)]
        workers = stack.workers()
        row(f"{n_logins} logins at once, MiB", "logged in", "sum of Pss", "Private_Dirty")
        row("", said.count(200), *(sum(kib(pid, name)[0] for pid in workers) // 1024
                                   for name in ("Pss", "Private_Dirty")))


def main():
    one_of_each(bench.argument(1, 10000))
    crowd(bench.argument(2, 256))


main()
