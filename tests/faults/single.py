"""Faults of one host with one MariaDB, as the quick start makes them, with the time-outs that the program has by
default."""

import contextlib
import getpass
import os
import random
import signal
import subprocess

from answers import BUSY, GATEWAY, UNKNOWN, WECHAT
from ctl import sql_as_root
from fault import fault
from stack import Stack, wait_until

SINGLE = []


class Site(Stack):
    """One host, one node. hosts, nodes, reads_may_lag, rows() and log() are what a site has for the auditor."""

    nodes = ("the database",)
    reads_may_lag = False  # of what another host has written

    def __init__(self):
        super().__init__("faults", CONF_http__messages="en", CONF_rates__unproven_per_s=10000)
        self.hosts = [self]

    def begin(self):
        self.up()
        self.give_tokens()
        return self

    def rows(self, node, statement):
        """Of the node, as root; lists of texts."""
        return [line.split("\t") for line in sql_as_root(self, f"USE wxuser; {statement}")]


# ---- What shows that the auditor sees what is wrong

def forge(site, statement):
    """To a user that is not saved any more, since there is a later one."""
    last = int(site.rows("", "SELECT MAX(id) FROM wechat_user")[0][0])
    saved = "openid LIKE 'osaved%' AND id > "
    wait_until(lambda: site.count("wechat_user", f"{saved}{last}") > 1, 30, "users are saved")
    sql_as_root(site, f"USE wxuser; {statement} WHERE {saved}{last} ORDER BY id LIMIT 1")


@fault(SINGLE, finds=("lost",))
def row_lost(site):
    """The row of a user is gone."""
    forge(site, "DELETE FROM wechat_user")
    yield


@fault(SINGLE, finds=("lost",))
def change_lost(site):
    """A user has the name from before the last one."""
    forge(site, "UPDATE wechat_user SET name = CONCAT('name ', SUBSTR(name, 6) - 1)")
    yield


@fault(SINGLE, finds=("wrong",))
def value_forged(site):
    """A user has a name that nobody gave it."""
    forge(site, "UPDATE wechat_user SET name = 'forged'")
    yield


# ---- MariaDB

@fault(SINGLE, lasts_s=1, gap_s=6, rises=('wxuser_database_failures_total{kind="unreachable"}',))
def database_killed(site):
    """kill -9, and a new start."""
    site.kill("mariadb")
    try:
        yield
    finally:
        site.up()


@fault(SINGLE, lasts_s=15, gap_s=17, rises=('wxuser_database_failures_total{kind="connection_lost"}',))
def database_frozen(site):
    """SIGSTOP."""
    pid = site.freeze("mariadb")
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@fault(SINGLE, lasts_s=4, gap_s=1)
def database_read_only(site):
    """Reads go on."""
    sql_as_root(site, "SET GLOBAL read_only = ON")
    try:
        yield
    finally:
        sql_as_root(site, "SET GLOBAL read_only = OFF")


@contextlib.contextmanager
def session(site):
    """say(statement): as root, on a connection that stays."""
    with subprocess.Popen(
            ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--unbuffered", f"--user={getpass.getuser()}",
             f"--socket={site.env['WXUSER_DB_SOCKET']}", "wxuser"],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        def say(statement):
            """Returns once it is done."""
            client.stdin.write(f"{statement}; SELECT 'done';\n")
            client.stdin.flush()
            while (line := client.stdout.readline()) != "done\n":
                assert line, f"{statement}: the connection has ended"

        try:
            say("DO 0")
            yield say
        finally:
            client.kill()


@fault(SINGLE, lasts_s=5, gap_s=7, rises=('wxuser_database_failures_total{kind="unreachable"}',))
def connections_used_up(site):
    """Others have all the connections that the database gives."""
    with session(site) as say, contextlib.ExitStack() as others:
        for _ in range(10):
            others.enter_context(session(site))
        say("SET GLOBAL max_connections = 10")
        try:
            for user in "wxuser", "wxuser_sandbox":
                say(f"KILL USER {user}@localhost")
            yield
        finally:
            say("SET GLOBAL max_connections = 1000")


# ---- The service

@fault(SINGLE, lasts_s=3, gap_s=2, may_say=(BUSY, GATEWAY, UNKNOWN, WECHAT), logs='msg="worker died" .*signal=9')
def worker_killed(site):
    """kill -9 of one after the other, then of all at once."""
    for _ in range(10):
        os.kill(random.choice(site.workers()), signal.SIGKILL)
        wait_until(lambda: len(site.workers()) == 6, 30, "another one starts")
    for pid in site.workers():
        os.kill(pid, signal.SIGKILL)
    yield
