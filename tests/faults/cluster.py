"""Faults of the quick start's cluster: three nodes of MariaDB Galera, two hosts that list them, each another one first, and
HAProxy before the hosts. Node N is the first of host N."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from answers import BUSY, FRONT, GATEWAY, UNKNOWN, WECHAT
from clients import Binder, Reader, Saver
from cluster_stack import PARTS, Cluster
from fault import PATIENCE, Skipped, fault, metrics, pause
from single_site import FAKETIME, UNLIMITED, children
from stack import is_alive, wait_until

CLUSTER = []
SST = "Proceeding with SST"  # in the log of a node that gets a copy of all data


class Site(Cluster):
    """Two hosts, three nodes."""

    nodes, parts = (1, 2, 3), PARTS
    reads_may_lag = True
    number = None  # of one of the hosts
    operator = {"X-Forwarded-For": "127.0.0.7"}  # a host behind a proxy has to be told who asks

    def __init__(self, **settings):
        super().__init__("faults", CONF_http__messages="en", CONF_rates__unproven_per_s=10000, **settings)
        self.hosts = []

    def begin(self):
        self.up()
        self.query(1, "INSERT INTO wxuser.setting SELECT id, 'access_token_header', 'true' FROM wxuser.tenant")
        self.query(1, f"USE wxuser; {UNLIMITED}")
        self.hosts = [self.host(number) for number in (1, 2)]
        return self

    def host(self, number):
        host = super().host(number)
        host.number = number
        return host

    def rows(self, node, statement):
        return self.query(node, f"USE wxuser; {statement}")

    def directory(self, place):
        return self.state / "cluster" / place

    def pid(self, part):
        return super().pid(part if self.number is None else f"host{self.number}/{part}")

    def log(self, part):
        """Of a host."""
        return self.log_of(f"host{self.number}/{part}")

    def log_of(self, part):
        place, _, name = part.rpartition("/")
        return (self.directory(place) / "log" / f"{name}.log").read_text(errors="replace")

    # ---- What each fault finds

    def prepare(self):
        """All nodes are as they should be, and each host is connected to its own."""
        self.await_whole()
        wait_until(self.spread, 120, "all workers use their first node")

    def is_whole(self):
        """A node that was frozen says at first what was true before."""
        try:
            says = [(self.status(node, "local_state_comment"), self.status(node, "cluster_size"),
                     self.status(node, "cluster_conf_id")) for node in self.nodes]
        except AssertionError:  # one does not serve
            return False
        return len(set(says)) == 1 and says[0][:2] == ("Synced", "3")

    def await_whole(self):
        wait_until(self.is_whole, 60, "all nodes are together")

    def status(self, node, name):
        return self.query(node, f"SHOW STATUS LIKE 'wsrep_{name}'")[0][1]

    def address(self, node):
        return f"127.0.0.1:{self.port + 10 * node}"

    def spread(self):
        """Whether each worker uses the first node of its list; if not, they all begin anew, since they would take minutes
        to go back."""
        wrong = [part for part, node in (("host1/wxuser", 1), ("host1/sandbox", 1), ("host2/wxuser", 2))
                 if self.used_by(part) - {self.address(node)}]
        for part in wrong:
            os.kill(self.pid(part), signal.SIGHUP)
        if wrong:
            pause(2)
        return not wrong

    def used_by(self, part):
        """Addresses of the nodes to which its workers are connected."""
        children = set(self.children(part))
        lines = subprocess.run(["ss", "-Htnp", "state", "established"], capture_output=True, text=True, check=True).stdout
        found = re.findall(r"(127\.0\.0\.1:\d+) +users:.*?,pid=(\d+),", lines)
        return {address for address, pid in found if int(pid) in children} & {self.address(node) for node in self.nodes}

    def children(self, part):
        """Pids of the processes that it has started."""
        return children(self.pid(part))

    # ---- Faults

    @contextlib.contextmanager
    def without(self, *parts, signal_number=signal.SIGKILL):
        """Ended, and started again."""
        try:
            pids = [self.pid(part) for part in parts]
            for pid in pids:
                os.kill(pid, signal_number)
            wait_until(lambda: not any(is_alive(pid) for pid in pids), 60, f"{', '.join(parts)} end")
            yield
        finally:
            self.up()

    def restart(self, node, signal_number):
        """It is away for some seconds."""
        with self.without(f"node{node}/mariadb", signal_number=signal_number):
            pause(5)

    @contextlib.contextmanager
    def isolated(self, node):
        """Nobody hears the node, and it hears nobody."""
        self.query(node, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")
        try:
            yield
        finally:
            self.query(node, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")
            self.await_whole()

    def state_of_node(self, node):
        """As all hosts see it."""
        return {labels["state"] for host in self.hosts for name, labels, value in metrics(host).samples
                if name == "wxuser_database_host_state" and labels["host"] == self.address(node) and value == 1}


def by_front(site):
    """Clients ask HAProxy."""
    return [site, site]


# ---- Nodes

@fault(CLUSTER, lasts_s=8, gap_s=4)
def node_killed(site):
    """kill -9 of the first host's node; it gets only what it lacks when it starts again."""
    size = len(site.log_of("node1/mariadb"))
    with site.without("node1/mariadb"):
        yield
    log = site.log_of("node1/mariadb")[size:]
    assert "IST received" in log and SST not in log


@fault(CLUSTER, lasts_s=15, gap_s=4)
def node_frozen(site):
    """SIGSTOP of the first host's node."""
    try:
        with site.frozen("node1/mariadb"):
            yield
    finally:
        site.await_whole()


@fault(CLUSTER, lasts_s=15, gap_s=25, by_chance=False, kinds=(Saver, Reader, Binder) * 4)
def all_frozen(site):
    """SIGSTOP of all nodes, with more clients than workers. None of them waits for the sandbox, which has its data there,
    too."""
    try:
        with contextlib.ExitStack() as stack:
            for node in site.nodes:
                stack.enter_context(site.frozen(f"node{node}/mariadb"))
            yield
    finally:
        site.await_whole()


@fault(CLUSTER, lasts_s=14, gap_s=3)
def node_cut(site):
    """The first host's node loses the others."""
    with site.isolated(1):
        yield


@fault(CLUSTER, lasts_s=5, gap_s=40, by_chance=False)
def minority(site):
    """Two nodes die; the third refuses, and no host is ready."""
    with site.without("node1/mariadb", "node2/mariadb"):
        cut = time.monotonic()
        wait_until(lambda: site.status(3, "cluster_status") == "non-Primary", 30, "node 3 notices")
        noticed = time.monotonic()
        wait_until(lambda: all(host.request("GET", "/readyz").status == 503 for host in site.hosts), 10, "no host is ready")
        took = time.monotonic() - noticed
        assert took <= PATIENCE, f"a host is ready for {took:.1f} s in a minority"
        yield f"not ready {took:.2f} s after the node noticed, which took {noticed - cut:.2f} s"


@fault(CLUSTER, gap_s=60, by_chance=False)
def all_killed(site):
    """kill -9 of all nodes within a second."""
    with site.without("node1/mariadb", "node2/mariadb", "node3/mariadb"):
        yield


@fault(CLUSTER, gap_s=4)
def node_emptied(site):
    """The first host's node is ended and loses its data: it gets a copy of all."""
    size = len(site.log_of("node1/mariadb"))
    with site.without("node1/mariadb", signal_number=signal.SIGTERM):
        shutil.rmtree(site.directory("node1/mariadb"))
        yield
    assert SST in site.log_of("node1/mariadb")[size:]


# ---- Restarts

def drain(site, node):
    """As docs/cluster.md says."""
    site.query(node, "SET GLOBAL read_only = ON")
    pause(3)


@fault(CLUSTER, gap_s=4, may_say=())
def nodes_restarted(site):
    """One after the other, each drained before."""
    for node in site.nodes:
        drain(site, node)
        with site.without(f"node{node}/mariadb", signal_number=signal.SIGTERM):
            pass
    yield


@fault(CLUSTER, gap_s=4, may_say=(BUSY,))
def nodes_restarted_undrained(site):
    """One after the other, while they serve: whose COMMIT was under way is told so."""
    for node in site.nodes:
        with site.without(f"node{node}/mariadb", signal_number=signal.SIGTERM):
            pass
    yield


@fault(CLUSTER, gap_s=4)
def migration(site):
    """All tables change that others refer to."""
    for table in "tenant", "app", "account", "wechat_user", "member", "access_token":
        site.query(1, f"ALTER TABLE wxuser.{table} ADD COLUMN fault INT NULL")
    yield
    for table in "tenant", "app", "account", "wechat_user", "member", "access_token":
        site.query(2, f"ALTER TABLE wxuser.{table} DROP COLUMN fault")


# ---- Hosts

@fault(CLUSTER, asks=by_front, by_chance=False, lasts_s=5, gap_s=4, may_say=(BUSY, FRONT, GATEWAY, UNKNOWN, WECHAT))
def host_killed(site):
    """kill -9 of all that runs on one of two hosts behind HAProxy."""
    pids = site.children("host2/wxuser") + site.children("host2/nginx")
    with site.without("host2/wxuser", "host2/nginx"):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        yield


@contextlib.contextmanager
def with_one_node(site):
    """The first host knows its node alone."""
    conf = site.directory("host1") / "conf" / "wxuser.conf"
    before = conf.read_text()
    conf.write_text(re.sub(r"(?m)^host = .*", f"host = {site.address(1)}", before))
    os.kill(site.pid("host1/wxuser"), signal.SIGHUP)
    try:
        yield
    finally:
        conf.write_text(before)
        os.kill(site.pid("host1/wxuser"), signal.SIGHUP)


@fault(CLUSTER, within=with_one_node, asks=by_front, lasts_s=10, gap_s=4)
def host_cut(site):
    """The only node that a host has is cut off; HAProxy leaves the host out, since it is not ready."""
    with site.isolated(1):
        yield


@contextlib.contextmanager
def later_clock(site):
    """A directory for $PATH, in which the first node's mariadbd is ten minutes ahead."""
    mariadbd = shutil.which("mariadbd", path=os.environ["PATH"] + ":/usr/sbin")
    with tempfile.TemporaryDirectory(dir=site.state) as directory:
        program = pathlib.Path(directory) / "mariadbd"
        program.write_text(f"""#!/bin/sh
case $* in
*--wsrep-recover*) ;;
*/node1/*) export LD_PRELOAD={FAKETIME} FAKETIME=+600 FAKETIME_DONT_FAKE_MONOTONIC=1 ;;
esac
exec {mariadbd} "$@"
""")
        program.chmod(0o755)
        pathlib.Path(directory).chmod(0o755)
        yield directory


@fault(CLUSTER, gap_s=4)
def node_with_another_clock(site):
    """The first host's node is ten minutes ahead: hosts leave it out."""
    if not FAKETIME.exists():
        raise Skipped("there is no libfaketime")
    path = site.environment["PATH"]
    with later_clock(site) as directory:
        site.environment["PATH"] = f"{directory}:{path}"
        try:
            with site.without("node1/mariadb", signal_number=signal.SIGTERM):
                pass
        finally:
            site.environment["PATH"] = path
    ahead = float(site.query(1, "SELECT UNIX_TIMESTAMP(NOW(6))")[0][0]) - time.time()
    assert 590 < ahead < 610, ahead
    try:
        for part in "host1/wxuser", "host2/wxuser":
            os.kill(site.pid(part), signal.SIGHUP)
        wait_until(lambda: site.state_of_node(1) == {"clock_off"}, 120, lambda: f"{site.state_of_node(1)}")
        yield
        for part in "host1/wxuser", "host2/wxuser":
            assert site.address(1) not in site.used_by(part), f"{part} uses the node whose clock is off"
    finally:
        with site.without("node1/mariadb", signal_number=signal.SIGTERM):
            pass


@fault(CLUSTER, by_chance=False)
def other_keys(site):
    """A further host has another key: it does not start."""
    for name in "sealing", "lookup", "erasure":
        with tempfile.TemporaryDirectory(dir=site.state) as directory:
            shutil.copytree(site.directory("host2/secret"), f"{directory}/secret")
            os.makedirs(f"{directory}/run/wxuser")
            keys = pathlib.Path(directory) / "secret" / f"{name}.keys"
            keys.write_text(keys.read_text()[:2] + "A" * 43 + "=\n")
            conf = (site.directory("host2/conf") / "wxuser.conf").read_text()
            (pathlib.Path(directory) / "conf").write_text(conf.replace(str(site.directory("host2")), directory))
            done = subprocess.run([pathlib.Path(os.environ["WXUSER_BUILD"]) / "wxuser.fcgi", "--config", f"{directory}/conf"],
                                  capture_output=True, text=True, timeout=60)
            assert done.returncode == 78 and f"{name}.keys" in done.stdout + done.stderr, (done, name)
    yield
