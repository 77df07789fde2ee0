"""Requests of all kinds for hours, while a node is stopped and started again each ten minutes, ended and killed in turn.

A piece is ten minutes. After each, all that was acknowledged in it is looked for. In the end a table tells what the
processes had of memory and descriptors in the first tenth of the time and in the last, without some minutes in which
they grow to what they need."""

import collections
import contextlib
import itertools
import os
import pathlib
import random
import resource
import signal
import statistics
import subprocess
import threading
import time

from answers import CUT, DONE, say
from auditor import Auditor
from clients import KINDS, Texter
from fault import Fault, Outcome, pause
from stack import Answer

PIECE_S = 600
WARM_UP_S = 300
SAMPLE_S = 5
N_CONNECTIONS = 8  # of wrk to each host
PAUSE_S = 0.3  # of the auditor's own clients between their rounds, most of which are writes
MAY_SAY = Fault.may_say
# What a part may have more in the last tenth than in the first; but not those that are restarted, and the sandbox, which
# is no part of the service.
GROWS_BY, GROWS_KIB, GROWS_FILES = 1.05, 512, 4
RESTARTED = "mariadb", "sandbox", "sandbox, workers"
tags = itertools.count(random.randrange(10 ** 6))


class Load:
    """wrk with soak.lua on one host. It adds to the auditor's findings what it has found."""

    def __init__(self, site, host):
        self.site, self.host = site, host
        self.words = collections.Counter()
        self.findings, self.users, self.tokens = [], [], []
        self.n_requests = 0
        self.process = subprocess.Popen(
            ["wrk", "--timeout", "60s", "-t", str(N_CONNECTIONS), "-c", str(N_CONNECTIONS), "-d", "3600s", "-s",
             pathlib.Path(__file__).with_name("soak.lua"), f"http://127.0.0.1:{host.port}", "--", host.key, host.app_id,
             str(next(tags))],
            stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=120)[0]
        assert self.process.returncode == 0, (self.process.returncode, said)
        for line in said.splitlines():
            word, *values = line.split("\t")
            if hasattr(self, f"tell_{word}"):
                getattr(self, f"tell_{word}")(*values)

    # ---- The lines of soak.lua

    def tell_requests(self, n):
        self.n_requests += int(n)

    def tell_cut(self, n):
        if int(n):
            self.words[CUT] += int(n)

    def tell_failure(self, n, dialect, status, body):
        word, _ = say(dialect, dialect == "shop", Answer(int(status), {}, body.encode()))
        if word == DONE:  # and yet not what was asked for
            self.findings.append(("wrong", f"{n} times {status} {body}"))
        else:
            self.words[word] += int(n)

    def tell_wrong(self, text):
        self.findings.append(("wrong", text))

    def tell_late(self, n):
        if int(n) and not self.site.reads_may_lag:
            self.findings.append(("wrong", f"{n} reads show what was there before"))

    def tell_user(self, *user):
        self.users.append(user)

    def tell_token(self, token):
        self.tokens += [token] if token else []

    # ---- What is there in the end

    def audit(self):
        for node in self.site.nodes:
            names = dict(self.site.rows(node, "SELECT openid, name FROM wechat_user WHERE openid LIKE 'osoak%'"))
            for openid, saved, tried in self.users:
                name = int(names.get(openid) or 0)
                if not int(saved) <= name <= int(tried):
                    self.findings.append(("lost" if name < int(saved) else "wrong",
                                          f"{node} has {name} of {openid}: {saved}, then perhaps up to {tried}"))
        for token in self.tokens:
            if (status := self.host.request("GET", "/v1/me", key=token).status) != 200:
                self.findings.append(("lost", f"{status} for a token that was good"))
        return self.findings


class Sampler:
    """Memory and descriptors of the processes of each part, every few seconds within a with: of the one that the quick
    start began, and of those that this has started."""

    def __init__(self, site):
        self.site, self.samples = site, []

    def __enter__(self):
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def work(self):
        while not self.is_over.wait(SAMPLE_S):
            sample = {}
            for part in self.site.parts:
                with contextlib.suppress(OSError):  # one has just ended
                    pid, children = self.site.pid(part), self.site.children(part)
                    sample[part] = footprint([pid])
                    if children:
                        sample[f"{part}, workers"] = footprint(children)
            self.samples.append(sample)

    def median(self, samples, part):
        return [statistics.median(values) for values in zip(*(sample[part] for sample in samples if part in sample))]

    def table(self):
        """Lines, and what has grown among the parts that were not restarted."""
        warm = self.samples[min(WARM_UP_S // SAMPLE_S, len(self.samples) // 2):]
        tenth = max(len(warm) // 10, 1)
        lines, problems = [f"{'processes':34} {'KiB: first':>12} {'last':>8} {'descriptors: first':>20} {'last':>6}"], []
        for part in self.samples[-1]:
            (n, kib, files), (n_last, kib_last, files_last) = (
                self.median(samples, part) for samples in (warm[:tenth], warm[-tenth:]))
            lines.append(f"{n_last:3.0f} {part:30} {kib:12.0f} {kib_last:8.0f} {files:20.0f} {files_last:6.0f}")
            has_grown = kib_last > kib * GROWS_BY + GROWS_KIB or files_last > files + GROWS_FILES
            if (has_grown or n != n_last) and not part.endswith(RESTARTED):
                problems.append(f"{part} has grown, or has other processes")
        return lines, problems


def footprint(pids):
    """How many there are, their resident KiB and their descriptors."""
    return len(pids), sum(map(resident_kib, pids)), sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)


def resident_kib(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() // 1024


class Sum:
    """Of one piece, or of all."""

    def __init__(self):
        self.n_requests, self.seconds = 0, 0
        self.words, self.found = collections.Counter(), collections.Counter()

    def add(self, other):
        self.n_requests += other.n_requests
        self.seconds += other.seconds
        self.words += other.words
        self.found += other.found

    def line(self, name):
        told = ", ".join(f"{n} {word}" for word, n in self.words.most_common()) or "none"
        return (f"{name:22} {self.n_requests:9} requests {self.n_requests / self.seconds:6.0f}/s {self.seconds:5.0f} s  "
                + " ".join(f"{kind} {self.found[kind]}" for kind in ("lost", "doubled", "wrong", "differ"))
                + f"  {self.words.total()} failed: {told}")


def run_piece(site, sampler, chance, node, signal_number):
    """Its sum, and its problems."""
    piece = Sum()
    with contextlib.ExitStack() as stack:
        auditor = stack.enter_context(Auditor(site, KINDS + (Texter,), site.hosts))
        for client in auditor.clients:
            client.pause_s = PAUSE_S
        auditor.await_work()
        began = time.monotonic()
        loads = [stack.enter_context(Load(site, host)) for host in site.hosts]
        with sampler:
            pause(chance.uniform(0.2, 0.8) * PIECE_S)
            site.restart(node, signal_number)
            pause(max(began + PIECE_S - time.monotonic(), 0))
        for load in loads:
            load.end()
        late = auditor.await_success()
        ended = time.monotonic()
        auditor.end()
    outcome = Outcome(began, ended, auditor, late)
    piece.seconds = ended - began
    piece.n_requests = len(outcome.requests) + sum(load.n_requests for load in loads)
    for (_, word), n in outcome.said().items():
        piece.words[word] += n
    findings = [finding for load in loads for finding in load.audit()]
    for load in loads:
        piece.words += load.words
    piece.found = collections.Counter(kind for kind, _ in outcome.findings + findings)
    problems = list(outcome.problems(MAY_SAY)) + [f"{kind}: {text}" for kind, text in findings]
    problems += [f"a client was told {n} times: {word}" for load in loads for word, n in load.words.items()
                 if word not in MAY_SAY]
    return piece, problems


def run_soak(site, n_pieces, seed, tell):
    """Whether nothing was wrong. tell: called with the problems of a piece."""
    chance, sampler, whole, is_sound = random.Random(seed), Sampler(site), Sum(), True
    for n in range(n_pieces):
        node, signal_number = chance.choice(site.nodes), (signal.SIGTERM, signal.SIGKILL)[n % 2]
        piece, problems = run_piece(site, sampler, chance, node, signal_number)
        print(piece.line(f"{n + 1} node {node} {signal_number.name}"), "FAILED" if problems else "ok", flush=True)
        tell(problems)
        whole.add(piece)
        is_sound = is_sound and not problems
    lines, problems = sampler.table()
    print(*lines, whole.line(f"soak with seed {seed}"), sep="\n", flush=True)
    tell(problems)
    return is_sound and not problems
