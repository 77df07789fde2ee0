"""One host with one MariaDB, as the quick start makes them, with the time-outs that the program has by default, and what
faults do to them."""

import contextlib
import datetime
import getpass
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import time

from ctl import sql_as_root
from fault import Skipped
from network import Network
from stack import Stack


# Limits that clients of a test would reach.
UNLIMITED = """
INSERT INTO setting SELECT tenant.id, names.name, '10000000' FROM tenant, (SELECT 'sms_per_day' AS name UNION
    SELECT 'sms_per_key_and_day' UNION SELECT 'sms_per_app_and_hour' UNION SELECT 'phone_numbers_per_day') AS names"""


class Site(Stack):
    """One host, one node. hosts, nodes, reads_may_lag, prepare(), rows() and log() are what a site has for the auditor."""

    nodes, parts = ("the database",), ("mariadb", "sandbox", "wxuser", "nginx")
    reads_may_lag = False  # of what another host has written
    operator = {}  # headers by which a host takes a client for its operator

    def __init__(self, **settings):
        super().__init__("faults", CONF_http__messages="en", CONF_rates__unproven_per_s=10000, **settings)
        self.hosts = [self]

    def begin(self):
        self.up()
        self.give_tokens()
        self.sql(UNLIMITED)
        return self

    def prepare(self):
        """What a fault is to find, after another one."""

    def rows(self, node, statement):
        """Of the node, as root; lists of texts."""
        return [line.split("\t") for line in sql_as_root(self, f"USE wxuser; {statement}")]

    def children(self, part):
        """Pids of the processes that it has started."""
        return children(self.pid(part))

    def restart(self, _, signal_number):
        """Of the only node."""
        self.kill("mariadb", signal_number)
        self.up()


def restart(site, part, **environment):
    """The part, with these variables beside the site's."""
    site.kill(part, signal.SIGTERM)
    before, site.environment = site.environment, {**site.environment, **environment}
    try:
        site.up()
    finally:
        site.environment = before


def refuse_sanitizers(reason):
    program = pathlib.Path(os.environ["WXUSER_BUILD"]) / "wxuser.fcgi"
    if "libasan" in subprocess.check_output(["ldd", program], text=True):
        raise Skipped(reason)


# ---- The database

@contextlib.contextmanager
def session(site):
    """sql(statement): as root, on a connection that stays."""
    with subprocess.Popen(
            ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--unbuffered", f"--user={getpass.getuser()}",
             f"--socket={site.env['WXUSER_DB_SOCKET']}", "wxuser"],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        def sql(statement):
            """Returns once it is done."""
            client.stdin.write(f"{statement}; SELECT 'done';\n")
            client.stdin.flush()
            while (line := client.stdout.readline()) != "done\n":
                assert line, f"{statement}: the connection has ended"

        try:
            sql("DO 0")
            yield sql
        finally:
            client.kill()


@contextlib.contextmanager
def by_network(site):
    """The service reaches the database by site.network."""
    site.network = Network(site.env["WXUSER_DB_SOCKET"])
    restart(site, "wxuser", WXUSER_CONF_database__host=f"127.0.0.1:{site.network.port}")
    try:
        yield
    finally:
        restart(site, "wxuser")
        site.network.close()


# ---- Processes and their queues

def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.contextmanager
def stopped(pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def fill_queue(path, waiting):
    """With connections that send nothing and end with waiting."""
    while True:
        client = waiting.enter_context(socket.socket(socket.AF_UNIX))
        client.setblocking(False)
        try:
            client.connect(str(path))
        except BlockingIOError:
            return


# ---- Disks

def mount(*words):
    done = subprocess.run(["mount", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise Skipped(done.stderr.strip())


@contextlib.contextmanager
def on_disk_of_its_own(site, directory, spare_size):
    """The directory of the site, on a disk with so much room beside what it has."""
    path = site.state / directory
    site.down()
    size = int(subprocess.check_output(["du", "-sb", path], text=True).split()[0]) + spare_size
    kept = path.with_name(f"{path.name}.kept")
    path.rename(kept)
    path.mkdir()
    try:
        mount("-t", "tmpfs", "-o", f"size={size}", "none", path)
        try:
            subprocess.run(["cp", "-a", f"{kept}/.", path], check=True)
            site.up()
            yield
            site.down()
            shutil.rmtree(kept)
            subprocess.run(["cp", "-a", path, kept], check=True)
        finally:
            site.down()
            subprocess.run(["umount", "-l", path], check=True)
    finally:
        path.rmdir()
        kept.rename(path)
        site.up()


@contextlib.contextmanager
def filled(directory):
    """Until the last byte of its disk."""
    path = directory / "filling"
    subprocess.run(["dd", "if=/dev/zero", f"of={path}", "bs=4k"], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        path.unlink()


@contextlib.contextmanager
def read_only(directory):
    mount("-o", "bind,ro", directory, directory)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", directory], check=True)


# ---- Clocks

FAKETIME = pathlib.Path(f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}/faketime/libfaketimeMT.so.1")


@contextlib.contextmanager
def clock_of(site, part):
    """The clock of the part is what the file site.clock says."""
    if not FAKETIME.exists():
        raise Skipped("there is no libfaketime")
    refuse_sanitizers("libfaketime does not go with sanitizers")
    site.clock = site.state / "clock"
    site.clock.write_text("+0\n")
    restart(site, part, LD_PRELOAD=str(FAKETIME), FAKETIME_TIMESTAMP_FILE=str(site.clock), FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1")
    try:
        yield
    finally:
        restart(site, part)


def seconds_off(site, part):
    """What is wrong with the part's clock."""
    if part == "mariadb":
        return float(site.rows("", "SELECT UNIX_TIMESTAMP()")[0][0]) - time.time()
    last = re.findall(r"^ts=(\S+)Z ", site.log("wxuser"), re.M)[-1]
    return datetime.datetime.fromisoformat(f"{last}+00:00").timestamp() - time.time()
