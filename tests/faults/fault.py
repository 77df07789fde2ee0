"""A fault as a row of a table, and what happens in it.

A row is a function with the decorator @fault(table, …): it does the fault, yields while the fault lasts, if it has
measured something with a text for its line, and undoes it whatever happens. Its docstring says what goes wrong; its
name, with hyphens, is what tests/faults/run calls it.

    lasts_s   how long it goes on
    gap_s     the longest time in which no request succeeds; more is told, three times as much fails
    slowest_s the slowest answer, in the same way
    may_say   the words (answers.py) that clients may be told instead of success
    to        the clients that may be told so, as names of their kind; without it all may
    rises     metrics, as they stand in /metrics, that must have risen
    logs      a regular expression that the log must have afterwards
    finds     what the auditor must find, because the fault is a forgery; nothing else is allowed to
    within    a context manager, called with the site, that prepares the site before clients begin
    asks      what clients ask, called with the site: a list, by default its hosts
    by_chance whether a nemesis may do it
"""

import collections
import contextlib
import dataclasses
import operator
import re
import time

from answers import BUSY, DONE, UNKNOWN, WECHAT
from auditor import Auditor
from clients import KINDS
from prometheus import Metrics

# What may be late because the machine is, and still is no failure.
PATIENCE = 3


@dataclasses.dataclass
class Fault:
    name: str
    what: str
    do: object
    lasts_s: float = 0
    gap_s: float = 1
    slowest_s: float = 6
    may_say: frozenset = frozenset({BUSY, UNKNOWN, WECHAT})
    to: tuple = ()
    rises: tuple = ()
    logs: str = ""
    finds: tuple = ()
    within: object = contextlib.nullcontext
    asks: object = operator.attrgetter("hosts")
    by_chance: bool = True

    def run(self, site):
        return run(self, site)
    kinds: tuple = KINDS


def fault(table, may_say=Fault.may_say, **more):
    def add(function):
        name = function.__name__.replace("_", "-")
        table.append(Fault(name, function.__doc__, contextlib.contextmanager(function), may_say=frozenset(may_say),
                           **more))
        return function
    return add


class Skipped(Exception):
    """Why a fault cannot be done here."""


class Outcome:
    """What one fault, or several one after the other, have done to the clients of an auditor."""

    def __init__(self, began, ended, auditor, late):
        self.requests = [request for request in auditor.requests if began <= request.ended <= ended]
        self.began, self.ended, self.late = began, ended, late
        self.findings = auditor.audit()

    def said(self):
        """How often each kind of client was refused with each word."""
        return collections.Counter((request.client, request.word) for request in self.requests if request.word != DONE)

    def gap_s(self):
        """The longest time in which no request of a host succeeded."""
        gaps = [0]
        for host in {request.host for request in self.requests}:
            times = sorted(request.ended for request in self.requests if request.host == host and request.word == DONE)
            gaps += [later - earlier for earlier, later in zip([self.began, *times], [*times, self.ended])]
        return max(gaps)

    def slowest_s(self):
        return max((request.ended - request.began for request in self.requests), default=0)

    def problems(self, may_say, finds=(), to=()):
        """All that fails, whatever the time."""
        yield from (f"{kind}: {text}" for kind, text in self.findings if kind not in finds)
        yield from (f"the auditor does not see that something is {kind}" for kind in set(finds) - set(dict(self.findings)))
        for (client, word), n in self.said().items():
            if word not in may_say or (to and client not in to):
                yield f"{client} was told {n} times: {word}"
        yield from (f"after 60 s nothing succeeds for {client}" for client in self.late)

    def line(self, name, gap_s, slowest_s):
        counts = collections.Counter(kind for kind, _ in self.findings)
        words = collections.Counter()
        for (_, word), n in self.said().items():
            words[word] += n
        told = ", ".join(f"{n} {word}" for word, n in words.most_common()) or "none"
        return (f"{name:28} {len(self.requests):6} requests {words.total():5} failed  "
                f"gap {time_in_words(self.gap_s(), gap_s)}  slowest {time_in_words(self.slowest_s(), slowest_s)}  "
                + " ".join(f"{kind} {counts[kind]}" for kind in ("lost", "doubled", "wrong", "differ"))
                + f"  failed: {told}")


def time_in_words(seconds, limit_s):
    """With a mark where it is over the limit."""
    return f"{seconds:4.1f}{'!' if seconds > limit_s else ' '}of {limit_s:g} s"


def pause(seconds):
    """The time is the fault's own: what is tested is what clients meet meanwhile."""
    time.sleep(seconds)


def metrics(*hosts):
    """A value is the hosts' sum."""
    answers = [host.request("GET", "/metrics", headers=host.operator) for host in hosts]
    assert all(answer.status == 200 for answer in answers), answers
    return Metrics("".join(answer.text for answer in answers))


def has_risen(before, after, name):
    """name: as a line of /metrics begins, perhaps with labels."""
    word, _, labels = name.partition("{")
    return after.rise(before, word, **dict(re.findall(r'(\w+)="(.*?)"', labels))) > 0


def log_sizes(site):
    return [len(host.log("wxuser")) for host in site.hosts]


def log_after(site, sizes):
    """Of all hosts."""
    return "".join(host.log("wxuser")[size:] for host, size in zip(site.hosts, sizes))


def errors(log):
    """What the log complains of, and how often."""
    counts = collections.Counter(re.findall(r"(?m)level=error pid=\d+ (?:request=\w+ )?(.{,300})", log))
    return [f"{n} times in the log: {text}" for text, n in counts.most_common(8)]


def run(row, site):
    """Does the fault; returns its line and its problems."""
    site.prepare()
    with row.within(site), Auditor(site, row.kinds, row.asks(site)) as auditor:
        auditor.await_work()
        before, sizes = metrics(*site.hosts), log_sizes(site)
        began = time.monotonic()
        with row.do(site) as told:
            pause(row.lasts_s)
        late = auditor.await_success()
        ended = time.monotonic()
        auditor.end()
        after = metrics(*site.hosts)
        log = log_after(site, sizes)
        outcome = Outcome(began, ended, auditor, late)
    problems = list(outcome.problems(row.may_say, row.finds, row.to))
    problems += [f"{name} has not risen" for name in row.rises if not has_risen(before, after, name)]
    if row.logs and not re.search(row.logs, log):
        problems.append(f"the log has no {row.logs}")
    for what, seconds, limit_s in (("gap", outcome.gap_s(), row.gap_s), ("answer", outcome.slowest_s(), row.slowest_s)):
        if seconds > PATIENCE * limit_s:
            problems.append(f"the longest {what} took {seconds:.1f} s")
    if problems:
        problems += errors(log)
    return outcome.line(row.name, row.gap_s, row.slowest_s) + (f"; {told}" if told else ""), problems
