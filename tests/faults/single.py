"""Faults of one host with one MariaDB."""

import contextlib
import os
import random
import resource
import signal

from answers import BUSY, CUT, EXPIRED, GATEWAY, INTERNAL, SMS, UNKNOWN, WECHAT, say
from clients import KINDS, Presser, Reader, Saver, Stuck, Texter
from ctl import Ctl, sql_as_root
from fault import fault, pause
from single_site import (by_network, children, clock_of, fill_queue, filled, on_disk_of_its_own, read_only,
                         refuse_sanitizers, seconds_off, session, stopped)
from stack import wait_until

SINGLE = []


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
    with site.frozen("mariadb"):
        yield


@fault(SINGLE, lasts_s=4, gap_s=1)
def database_read_only(site):
    """Reads go on."""
    sql_as_root(site, "SET GLOBAL read_only = ON")
    try:
        yield
    finally:
        sql_as_root(site, "SET GLOBAL read_only = OFF")


@fault(SINGLE, lasts_s=5, gap_s=7, rises=('wxuser_database_failures_total{kind="unreachable"}',))
def connections_used_up(site):
    """Others have all the connections that the database gives."""
    with session(site) as sql, contextlib.ExitStack() as others:
        for _ in range(10):
            others.enter_context(session(site))
        sql("SET GLOBAL max_connections = 10")
        try:
            for user in "wxuser", "wxuser_sandbox":
                sql(f"KILL USER {user}@localhost")
            yield
        finally:
            sql("SET GLOBAL max_connections = 1000")


# ---- Locks of others

# More who write than there are workers: reads have to wait until a worker has waited for a lock.
CROWD = (Saver,) * 8 + (Reader,) * 2


@fault(SINGLE, kinds=CROWD, lasts_s=6, gap_s=3)
def rows_locked(site):
    """Somebody holds all users."""
    with session(site) as sql:
        sql("BEGIN; SELECT COUNT(*) FROM wechat_user FOR UPDATE")
        yield


@fault(SINGLE, kinds=(Saver,) * 3 + (Stuck,) * 2 + (Reader,), lasts_s=15, gap_s=1, to=("stuck",))
def one_row_locked(site):
    """Somebody holds one user, whom two clients save; all others are saved as ever."""
    id = site.user(Stuck.OPENID)["id"]
    with session(site) as sql:
        sql(f"BEGIN; SELECT name FROM wechat_user WHERE id = {id} FOR UPDATE")
        yield


@fault(SINGLE, kinds=CROWD, lasts_s=6, gap_s=8)
def table_locked(site):
    """LOCK TABLES."""
    with session(site) as sql:
        sql("LOCK TABLES wechat_user WRITE")
        yield


@fault(SINGLE, kinds=CROWD, lasts_s=6, gap_s=3)
def all_tables_locked(site):
    """FLUSH TABLES WITH READ LOCK, as a backup does."""
    with session(site) as sql:
        sql("FLUSH TABLES WITH READ LOCK")
        yield


@fault(SINGLE, kinds=CROWD, lasts_s=6, gap_s=3)
def commits_blocked(site):
    """BACKUP STAGE BLOCK_COMMIT, as mariadb-backup does at its end."""
    with session(site) as sql:
        for stage in "START", "FLUSH", "BLOCK_DDL", "BLOCK_COMMIT":
            sql(f"BACKUP STAGE {stage}")
        yield


# ---- The network to the database

@fault(SINGLE, within=by_network, lasts_s=10, gap_s=12)
def network_down(site):
    """Every packet gets lost, in both directions."""
    site.network.loses(both=True)
    try:
        yield
    finally:
        site.network.heals()


@fault(SINGLE, within=by_network, lasts_s=10, gap_s=12)
def answers_lost(site):
    """What the service sends arrives and is done; the database's answers get lost."""
    site.network.loses()
    try:
        yield
    finally:
        site.network.heals()


@fault(SINGLE, within=by_network, gap_s=1)
def connections_cut(site):
    """All connections to the database, thirty times, wherever their requests are."""
    for _ in range(30):
        site.network.cut()
        pause(0.1)
    yield


@fault(SINGLE, within=by_network, lasts_s=5, gap_s=2, slowest_s=10)
def network_slow(site):
    """100 ms for each packet."""
    site.network.delay_s = 0.1
    try:
        yield
    finally:
        site.network.heals()


# ---- WeChat and the SMS gateway. All else goes on.

# Who is answered so, what its clients may be told, and who they are.
OTHERS = {
    "wechat": ("/sns/jscode2session", WECHAT, KINDS),
    "phone": ("/wxa/business/getuserphonenumber", WECHAT, (Saver, Reader, Presser)),
    "sms": ("/sandbox/sms/aliyun", SMS, (Saver, Reader, Texter)),
}


def misbehaves(other, kind, value):
    path, word, clients = OTHERS[other]

    def misbehave(site):
        site.fault(path, kind, value, count=10 ** 6)
        try:
            yield
        finally:
            site.fault(path, "none")

    misbehave.__name__ = f"{other}_{kind}"
    misbehave.__doc__ = f"{path} answers each request with the sandbox's fault {kind} {value}."
    fault(SINGLE, lasts_s=7, gap_s=0.5, may_say=(word, UNKNOWN), kinds=clients)(misbehave)


for other in OTHERS:
    for kind, value in ("hang", 6), ("slow", 8000), ("cut", 0), ("status", 500), ("html", 0):
        misbehaves(other, kind, value)
for other in "wechat", "phone":
    misbehaves(other, "errcode", -1)


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


@fault(SINGLE, lasts_s=2, gap_s=1, may_say=(BUSY, GATEWAY, UNKNOWN))
def master_killed(site):
    """kill -9. Its workers go on until another master has started its own."""
    site.kill("wxuser")
    try:
        yield
    finally:
        site.up()


@fault(SINGLE, lasts_s=1, gap_s=1, may_say=())
def reloaded(site):
    """Three times, while new workers take over."""
    for _ in range(3):
        Ctl(site).out("reload")
    yield


@fault(SINGLE, lasts_s=3, gap_s=3, may_say=(BUSY, GATEWAY, INTERNAL, UNKNOWN, WECHAT),
       logs="cannot accept connections")
def descriptors_used_up(site):
    """No worker can open another file, such as the log of erasures, or accept a connection; those that the master starts
    can."""
    refuse_sanitizers("a process that ends looks for leaks, and needs descriptors for that")
    for pid in site.workers():
        _, most = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, most))
    yield


@fault(SINGLE, lasts_s=3, gap_s=4, may_say=(BUSY, GATEWAY, UNKNOWN, WECHAT))
def queue_full(site):
    """Every worker stands still, and others fill the queues of connections that wait for one. Who comes then is refused
    at once."""
    code = site.code()["code"]
    with stopped(site.workers()), contextlib.ExitStack() as waiting:
        for pool in "core", "remote":
            fill_queue(site.state / "run" / f"{pool}.sock", waiting)
        assert say("account", True, site.login(code, timeout=2))[0] == GATEWAY
        yield


# ---- Disks and files

@fault(SINGLE, within=lambda site: on_disk_of_its_own(site, "mariadb", 30 << 20), lasts_s=8, gap_s=10)
def database_disk_full(site):
    """Reads go on, unless MariaDB itself ends."""
    with filled(site.state / "mariadb"):
        yield
    site.up()


@fault(SINGLE, within=lambda site: on_disk_of_its_own(site, "log", 4 << 20), lasts_s=4, gap_s=0.5, may_say=())
def log_disk_full(site):
    """All goes on."""
    with filled(site.state / "log"):
        yield


@fault(SINGLE, lasts_s=4, gap_s=0.5, may_say=())
def state_directory_gone(site):
    """All goes on."""
    path = site.state / "run" / "wxuser"
    path.rename(path.with_name("away"))
    try:
        yield
    finally:
        path.with_name("away").rename(path)


@fault(SINGLE, lasts_s=4, gap_s=0.5, may_say=())
def state_directory_read_only(site):
    """All goes on."""
    with read_only(site.state / "run" / "wxuser"):
        yield


@fault(SINGLE, lasts_s=4, gap_s=0.5, may_say=(BUSY, INTERNAL, UNKNOWN))
def erasure_log_read_only(site):
    """Who wants to be erased is refused, or erased and in the log; all else goes on."""
    with read_only(site.state / "secret"):
        yield


# ---- Clocks

def clock_jumps(part, name, offset):
    def jump(site):
        site.clock.write_text(f"{offset}\n")
        try:
            wait_until(lambda: abs(seconds_off(site, part)) > 3000, 30, "the clock jumps")
            yield
        finally:
            site.clock.write_text("+0\n")

    jump.__name__ = f"{name}_clock_{'ahead' if offset[0] == '+' else 'behind'}"
    jump.__doc__ = f"The clock jumps by {offset}, and back. A code that WeChat gave before may have expired."
    fault(SINGLE, within=lambda site: clock_of(site, part), lasts_s=4, gap_s=1, may_say=(EXPIRED,))(jump)


for part, name in ("mariadb", "database"), ("wxuser", "host"):
    for offset in "+1h", "-1h":
        clock_jumps(part, name, offset)


# ---- The web server

@fault(SINGLE, lasts_s=1, gap_s=6, may_say=(CUT, BUSY, UNKNOWN, WECHAT))
def nginx_killed(site):
    """kill -9 of the master and its workers, and a new start."""
    workers = children(site.pid("nginx"))
    site.kill("nginx")
    try:
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        yield
    finally:
        site.up()


@fault(SINGLE, lasts_s=1, gap_s=0.5, may_say=())
def nginx_reloaded(site):
    """SIGHUP, three times."""
    for _ in range(3):
        before = children(site.pid("nginx"))
        os.kill(site.pid("nginx"), signal.SIGHUP)
        wait_until(lambda: not set(before) & set(children(site.pid("nginx"))), 30, "its old workers end")
    yield
