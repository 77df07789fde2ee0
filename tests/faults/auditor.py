"""Knows every write that clients were told is done and every one whose outcome nobody knows, and finds afterwards what
the database and the service make of them.

A place holds one value: the name of a user, the member of a user, whether a token is good. One client writes it, one
value after the other. A write is acknowledged, or its outcome is not known, whatever the refusal was. In the end the
place holds the last acknowledged value, or one that was written after it with an unknown outcome."""

import collections
import contextlib
import http.client
import threading
import time

from answers import CUT, DONE, say
from stack import wait_until

ANY = object()  # some value that only the service knows

# Kinds of places: what the database shows, what the service shows, and those whose subject is not an openid.
STORED = "user", "name", "member", "code"
ASKED = "user", "name", "phone", "member", "token", "confirmed"
OF_NO_USER = "token", "confirmed", "code"

DOUBLED = """
SELECT openid, COUNT(*) AS n FROM wechat_user GROUP BY tenant_id, openid HAVING n > 1 UNION ALL
SELECT CONCAT('a member with phone ', HEX(phone_hash)), COUNT(*) AS n FROM member WHERE phone_hash IS NOT NULL
    GROUP BY tenant_id, phone_hash HAVING n > 1"""

# InnoDB says the same as before to who asks more than ten times a second.
N_TRANSACTIONS = "DO SLEEP(0.15); SELECT COUNT(*) FROM information_schema.innodb_trx"

# The tables, each with what its rows say. CHECKSUM TABLE also adds up what nobody reads: it may differ between nodes that
# have the same rows.
ROWS = """
SELECT table_name, GROUP_CONCAT(CONCAT('QUOTE(`', column_name, '`)') ORDER BY ordinal_position)
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'wxuser' AND table_type = 'BASE TABLE' GROUP BY table_name"""
SUM = ("SELECT '{name}', COUNT(*), "
       "BIT_XOR(CAST(CONV(LEFT(MD5(CONCAT_WS(',', {row})), 16), 16, 10) AS UNSIGNED)) FROM `{name}`")

# At tables that are not the same on all nodes, since the jobs of the service may write meanwhile.
N_LOOKS = 10

Request = collections.namedtuple("Request", "client host began ended word")


class Place:
    def __init__(self, kind, subject):
        self.kind, self.subject = kind, subject
        self.acknowledged, self.unknown, self.earlier = None, [], set()

    def wrote(self, value, is_done):
        if is_done:
            self.earlier.add(self.acknowledged)
            self.acknowledged, self.unknown = value, []
        else:
            self.unknown.append(value)

    def allows(self, value):
        return value == self.acknowledged or value in self.unknown or ANY in self.unknown

    def had(self, value):
        """Whether that was acknowledged before."""
        return value in self.earlier

    def __repr__(self):
        unknown = ", ".join("any" if value is ANY else repr(value) for value in self.unknown)
        return f"{self.kind} of {self.subject}: {self.acknowledged!r}, then perhaps [{unknown}]"


def stored(site, node):
    """What the node has of each place, by kind and subject."""
    seen = {}
    for openid, name, member in site.rows(node, "SELECT openid, name, IFNULL(member_id, 0) FROM wechat_user"):
        seen["user", openid] = "there"
        seen["name", openid] = name or None
        seen["member", openid] = int(member) or None
    for phone, in site.rows(node, "SELECT DISTINCT phone FROM wxuser_sandbox.sms"):
        seen["code", phone] = "sent"
    return seen


def differences(site):
    """Texts about tables whose rows are not the same on all nodes, each time one looks: jobs may write meanwhile."""
    first, *others = site.nodes
    if not others:
        return []
    rows_of = dict(site.rows(first, ROWS))
    for _ in range(N_LOOKS):
        statement = " UNION ALL ".join(SUM.format(name=name, row=row) for name, row in rows_of.items())
        sums = [{name: values for name, *values in site.rows(node, statement)} for node in site.nodes]
        rows_of = {name: row for name, row in rows_of.items() if any(of_node[name] != sums[0][name] for of_node in sums)}
        if not rows_of:
            return []
    return [f"{name}: {' '.join('/'.join(of_node[name]) for of_node in sums)}" for name in rows_of]


class Auditor:
    """with Auditor(site, kinds, hosts) as auditor: a client of each kind is at work on each host. After end(), audit()
    tells. kinds: classes of clients.py."""

    def __init__(self, site, kinds, hosts):
        self.site = site
        self.requests, self.places, self.wrong = [], {}, []
        self.ids = collections.defaultdict(set)  # that a save has answered, by openid
        self.is_over = threading.Event()
        self.clients = [kind(self, host, number) for number, host in enumerate(hosts) for kind in kinds]
        self.threads = [threading.Thread(target=client.work, daemon=True) for client in self.clients]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    # ---- What clients tell

    def place(self, kind, subject):
        return self.places.setdefault((kind, subject), Place(kind, subject))

    def read(self, place, value):
        """A client was told that this is there."""
        if not place.allows(value) and not (self.site.reads_may_lag and place.had(value)):
            self.wrong.append(f"read {value!r} as {place}")

    # ---- What goes on

    def await_success(self, seconds=60):
        """Until each client has been successful from now on; returns those that were not."""
        rounds = [client.n_rounds for client in self.clients]

        def late():
            return [client for client, n in zip(self.clients, rounds) if client.n_rounds < n + 2]

        with contextlib.suppress(AssertionError):
            wait_until(lambda: not late(), seconds, "every client succeeds")
        return [f"{client.kind} on host {client.number}" for client in late()]

    def await_work(self):
        """Before anything is done to the site."""
        late = self.await_success()
        words = {(request.client, request.word) for request in self.requests if request.word != DONE}
        assert not late, f"nothing succeeds for {late}: {words} {self.wrong[:3]}"

    # ---- What is there in the end

    def audit(self):
        """Findings, each a pair: lost, doubled, wrong or differ, and a text."""
        self.settle()
        findings = [("wrong", text) for text in self.wrong]
        findings += [("doubled", f"{openid} has the ids {ids}") for openid, ids in self.ids.items() if len(ids) > 1]
        for node in self.site.nodes:
            findings += self.compare(f"{node} has", stored(self.site, node), STORED)
            findings += [("doubled", f"on {node} {what} is there {n} times") for what, n in self.site.rows(node, DOUBLED)]
        findings += self.compare("the service answers", self.ask(), ASKED)
        findings += [("differ", text) for text in differences(self.site)]
        return findings

    def settle(self):
        """Until nothing is under way in the database, and all nodes have it."""
        wait_until(lambda: all(self.site.rows(node, N_TRANSACTIONS) == [["0"]] for node in self.site.nodes), 60,
                   "transactions end")
        with contextlib.suppress(AssertionError):  # which audit() tells better
            wait_until(lambda: not differences(self.site), 60, "nodes have the same")

    def ask(self):
        """What the service says of each place, by kind and subject."""
        seen = {}
        host = self.site.hosts[0]
        for subject in {place.subject for place in self.places.values() if place.kind not in OF_NO_USER}:
            user = host.user(subject)
            seen["user", subject] = None if user is None else "there"
            for kind, member in ("name", "name"), ("phone", "phone"), ("member", "memberId"):
                seen[kind, subject] = user and user[member] or None
        for token in {subject for kind, subject in self.places if kind in ("token", "confirmed")}:
            answer = host.request("GET", "/v1/me", key=token)
            assert answer.status in (200, 401), answer
            seen["token", token] = "good" if answer.status == 200 else "ended"
            phone = answer.json.get("phone")
            seen["confirmed", token] = phone and phone["is_confirmed"] and phone["number"] or None
        return seen

    def compare(self, who, seen, kinds):
        for place in self.places.values():
            value = seen.get((place.kind, place.subject))
            if place.kind in kinds and not place.allows(value):
                is_lost = value is None or place.had(value)
                yield "lost" if is_lost else "wrong", f"{who} {value!r} as {place}"


class Client:
    """Asks one host, round after round. A kind overrides round()."""

    dialect = "shop"
    pause_s = 0.02

    def __init__(self, auditor, host, number):
        self.auditor, self.host, self.number = auditor, host, number
        self.kind = type(self).__name__.lower()
        self.n_rounds = 0  # in which nothing failed

    def work(self):
        n = 0
        while not self.auditor.is_over.wait(self.pause_s):
            try:
                self.n_rounds += bool(self.round(n))
            except Exception as error:  # pylint: disable=broad-except
                self.auditor.wrong.append(f"{self.kind}: {error!r}")
            n += 1

    def ask(self, method, path, body=None, *, is_enveloped=False, dialect=None, key=None, headers=None):
        """The word that the answer says, its document and its headers."""
        began = time.monotonic()
        answer_headers, document = {}, None
        try:
            answer = self.host.request(method, path, body, headers, key=key, timeout=60)
            word, document = say(dialect or self.dialect, is_enveloped, answer)
            answer_headers = answer.headers
        except (OSError, http.client.HTTPException):
            word = CUT
        self.auditor.requests.append(Request(self.kind, self.number, began, time.monotonic(), word))
        return word, document, answer_headers

    def write(self, values, *request, **more):
        """values: what the request writes, by place. Returns whether it is done, and the rest of ask()."""
        word, document, headers = self.ask(*request, **more)
        for place, value in values.items():
            place.wrote(value, word == DONE)
        return word == DONE, document, headers

    def read(self, openid):
        """Whether the user could be read; what it says is compared."""
        word, user, _ = self.ask("GET", f"/api/weixin/wxbuyinguser/getbyopenid?openId={openid}", dialect="shop",
                                 key=self.host.key)
        if word == DONE:
            self.auditor.read(self.auditor.place("name", openid), user and user["name"])
        return word == DONE
