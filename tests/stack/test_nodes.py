"""Several hosts of the database: those that refuse, hang, are read-only or not Primary are left out."""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import threading

import pytest

from ctl import Ctl
from prometheus import Metrics
from stack import NO_SYNC, free_port, states_of_threads, wait_until

READ = "/api/weixin/wxbuyinguser/get?id=1"


class Node:
    """A MariaDB on a copy of the stack's data."""

    def __init__(self, directory, data, *options):
        self.directory, self.options, self.environment = directory, options, {}
        self.port = free_port()
        self.user = pathlib.Path(data).owner()
        directory.mkdir()
        shutil.chown(directory, self.user)
        subprocess.run(["cp", "-a", data, directory / "data"], check=True)
        self.process = None

    @property
    def name(self):
        return f"127.0.0.1:{self.port}"

    def up(self):
        program = shutil.which("mariadbd", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen(
            [program, "--no-defaults", f"--datadir={self.directory}/data", f"--socket={self.directory}/sock",
             f"--pid-file={self.directory}/pid", f"--user={self.user}", f"--tmpdir={self.directory}",
             "--bind-address=127.0.0.1", f"--port={self.port}", "--skip-log-bin", *NO_SYNC, *self.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.directory / "log", "w"),
            env=os.environ | self.environment)
        wait_until(lambda: self.sql("SELECT 1").returncode == 0, 60, "a node answers")
        return self

    def sql(self, statement):
        me = pwd.getpwuid(os.geteuid()).pw_name
        return subprocess.run(["mariadb", "--no-defaults", f"--socket={self.directory}/sock", f"--user={me}",
                               "--execute", statement], stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def freeze(self):
        os.kill(self.process.pid, signal.SIGSTOP)
        wait_until(lambda: set(states_of_threads(self.process.pid)) == {"T"}, 30, "a node stops")

    def down(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def site(make_stack):
    """A stack whose list has three nodes."""
    stack = make_stack("nodes", WORKERS_CORE=2, WORKERS_REMOTE=1, CONF_http__messages="en")
    stack.save(openId="o1")
    stack.down()
    stack.nodes = [Node(stack.state / f"node{i}", stack.state / "mariadb").up() for i in range(3)]
    stack.environment["WXUSER_CONF_database__host"] = ",".join(node.name for node in stack.nodes)
    stack.up()
    yield stack
    for node in stack.nodes:
        node.down()


@pytest.fixture
def nodes(site):
    """All as they should be; the service begins anew."""
    for node in site.nodes:
        if node.process is None:
            node.up()
        os.kill(node.process.pid, signal.SIGCONT)
        done = node.sql("SET GLOBAL read_only = OFF")
        assert done.returncode == 0, done.stderr
    site.restart()
    assert_serves(site)
    return site.nodes


def metrics(site):
    return Metrics(site.request("GET", "/metrics").text)


def state_of(site, node):
    text = metrics(site)
    return [state for state in ("ready", "donor", "read_only", "clock_off", "writes_hang", "old_schema", "no_tables",
                                "other_cluster", "not_synced", "not_primary", "refuses", "hangs")
            if text.value("wxuser_database_host_state", host=node.name, state=state) == 1]


def await_logged(site, text):
    """The state is told to the other workers before it is logged."""
    site.await_log(re.escape(text))


def assert_serves(site):
    """From every worker."""
    wait_until(lambda: all(site.get(READ).status == 200 for _ in range(8)), 30, "reads go on")


def readiness(site):
    answer = site.request("GET", "/readyz")
    return answer.status, answer.json["database"], answer.json["database_host"]


def idle_s(node):
    """How long at least the connections of workers have been idle."""
    done = node.sql("SELECT MIN(time) FROM information_schema.processlist WHERE user = 'wxuser'")
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def connections(site, node):
    return metrics(site).value("wxuser_database_host_connections_total", host=node.name)


def test_the_first_is_used(site, nodes):
    assert state_of(site, nodes[0]) == ["ready"]
    assert connections(site, nodes[0]) >= 1
    await_logged(site, f'msg="database connected" host={nodes[0].name}')
    assert abs(metrics(site).value("wxuser_database_host_clock_off_seconds", host=nodes[0].name)) < 60


def test_top_shows_who_uses_which(site, nodes):
    page = Ctl(site).out("top", "--interval", "1")
    lines = [re.search(rf"^ *(\d+) +[\d.]+ +[\d.]+m?s +(\w*) +{re.escape(node.name)}$", page, re.M).groups()
             for node in nodes]
    assert int(lines[0][0]) >= 1 and lines[0][1] == "ready", page
    assert lines[1:] == [("0", "unknown")] * 2, page


def test_one_that_refuses_is_left_out(site, nodes):
    nodes[0].down()
    assert_serves(site)
    assert state_of(site, nodes[0]) == ["refuses"]
    assert state_of(site, nodes[1]) == ["ready"]
    assert metrics(site).value("wxuser_database_failovers_total") >= 1
    await_logged(site, f'msg="database host" host={nodes[0].name} state=refuses message="Can\'t connect')


def test_one_that_hangs_is_left_out(site, nodes):
    """A read goes on at the next one."""
    nodes[0].freeze()
    assert [site.get(READ).status for _ in range(4)] == [200] * 4
    assert state_of(site, nodes[0]) == ["hangs"]
    assert state_of(site, nodes[1]) == ["ready"]


@pytest.mark.long
def test_an_idle_connection_to_one_that_hangs(site, nodes):
    """A write that was not sent goes on at the next one."""
    site.log_in(openid="o1")
    wait_until(lambda: idle_s(nodes[0]) > 10, 30, "all connections are idle")
    nodes[0].freeze()
    site.log_in(openid="o1")
    assert state_of(site, nodes[0]) == ["hangs"]


def test_a_connection_that_is_lost(site, nodes):
    """It says nothing about the node, and no write is lost with it: a login begins with one."""
    site.log_in(openid="o1")
    before = connections(site, nodes[0])
    for _ in range(3):
        assert nodes[0].sql("KILL USER wxuser").returncode == 0
        site.log_in(openid="o1")
    assert state_of(site, nodes[0]) == ["ready"]
    assert connections(site, nodes[0]) >= before + 3
    assert connections(site, nodes[1]) == 0


def test_an_idle_connection_that_is_lost(site, nodes):
    """It says nothing about the node, however long ago the connection was used."""
    site.log_in(openid="o1")
    wait_until(lambda: idle_s(nodes[0]) >= 2, 30, "all connections are idle")
    assert nodes[0].sql("KILL USER wxuser").returncode == 0
    wait_until(lambda: metrics(site).value("wxuser_database_host_workers", host=nodes[0].name) == 0, 30,
               "the workers notice it")
    assert state_of(site, nodes[0]) == ["ready"]


def test_an_idle_connection_to_one_that_has_died(site, nodes):
    site.log_in(openid="o1")
    nodes[0].down()
    site.log_in(openid="o1")
    assert state_of(site, nodes[0]) == ["refuses"]
    wait_until(lambda: metrics(site).value("wxuser_database_host_workers", host=nodes[0].name) == 0, 30,
               "idle workers notice it, too")


def test_one_that_has_become_read_only_is_left_out(site, nodes):
    assert nodes[0].sql("SET GLOBAL read_only = ON").returncode == 0
    wait_until(lambda: site.post("/api/weixin/wxbuyinguser/saveuser", {"openId": "o2"}).status == 200, 30, "writes")
    assert state_of(site, nodes[0]) == ["read_only"]
    assert state_of(site, nodes[1]) == ["ready"]


def test_one_that_reads_is_better_than_none(site, nodes):
    assert nodes[2].sql("SET GLOBAL read_only = ON").returncode == 0
    nodes[0].down()
    nodes[1].down()
    assert_serves(site)
    assert state_of(site, nodes[2]) == ["read_only"]
    assert state_of(site, nodes[1]) == ["refuses"]
    # A write looks whether another is well again.
    nodes[1].up()
    site.save(openId="o3")
    assert state_of(site, nodes[1]) == ["ready"]


LACKS = {  # how a host comes to it, and back
    "no_tables": ("RENAME TABLE wxuser.schema_version TO wxuser.gone",
                  "RENAME TABLE wxuser.gone TO wxuser.schema_version"),
    "old_schema": ("CREATE TABLE wxuser.gone SELECT * FROM wxuser.schema_version ORDER BY version DESC LIMIT 1; "
                   "DELETE FROM wxuser.schema_version ORDER BY version DESC LIMIT 1",
                   "INSERT INTO wxuser.schema_version SELECT * FROM wxuser.gone; DROP TABLE wxuser.gone"),
}


@contextlib.contextmanager
def lacking(state, *nodes):
    def run(statement):
        for node in nodes:
            done = node.sql(statement)
            assert done.returncode == 0, done.stderr

    run(LACKS[state][0])
    try:
        yield
    finally:
        run(LACKS[state][1])


@pytest.mark.parametrize("state", LACKS)
def test_one_that_lacks_the_schema_is_left_out(site, nodes, state):
    """As another database, or a replica that lags. It is not even better than none."""
    with lacking(state, nodes[1]):
        nodes[0].down()
        assert_serves(site)
        assert state_of(site, nodes[1]) == [state]
        assert state_of(site, nodes[2]) == ["ready"]
        await_logged(site, f'msg="database host" host={nodes[1].name} state={state}')
        nodes[2].down()
        wait_until(lambda: site.get(READ).status == 503, 30, "no host is left")
        assert site.request("GET", "/readyz").json["database"] == "does not answer"


@pytest.mark.parametrize("state", LACKS)
def test_without_a_schema_nothing_is_ready(site, nodes, state):
    with lacking(state, *nodes):
        answer = site.request("GET", "/readyz")
        assert (answer.status, answer.json["database"], answer.json["database_state"]) == (503, "refuses", state)
        assert Ctl(site).run("reload").returncode != 0
        assert "the database refuses; " in site.log("wxuser")


def test_a_schema_of_a_later_release_will_do(site, nodes):
    """As during an upgrade, which migrates first."""
    assert nodes[0].sql("INSERT INTO wxuser.schema_version VALUES (9999, 'later', UTC_TIMESTAMP(6))").returncode == 0
    assert readiness(site) == (200, "ok", nodes[0].name)
    Ctl(site).out("reload")
    assert_serves(site)
    assert state_of(site, nodes[0]) == ["ready"]
    assert nodes[0].sql("DELETE FROM wxuser.schema_version WHERE version = 9999").returncode == 0


def test_migrate_leaves_a_strange_database_alone(site, nodes):
    """Even if it comes first in the list, and the one with the tables does not answer."""
    ctl = Ctl(site, database__host=f"{nodes[0].name},{nodes[1].name}")
    for node in nodes[:2]:
        assert node.sql("GRANT ALL ON wxuser.* TO wxuser@localhost").returncode == 0
    with lacking("old_schema", nodes[0]):
        nodes[1].down()
        done = ctl.run("migrate")
        assert done.returncode == 1 and (
            f"1 of the 2 hosts of [database] host do not serve: {nodes[1].name} (Can't connect to server on '127.0.0.1' (115) "
            "(2002)); what does may be another database; start the others; if "
            f"{nodes[0].name} is the right one, run: WXUSER_CONF_database__host={nodes[0].name} wxuserctl migrate") in done.stderr
        nodes[1].up()
        assert nodes[1].sql("DELETE FROM wxuser.schema_version ORDER BY version DESC LIMIT 1").returncode == 0
        done = ctl.run("migrate")
        assert done.returncode == 1 and (
            f"{nodes[0].name} and {nodes[1].name} take writes and are not of one cluster; take the wrong one out") in done.stderr
        done = Ctl(site, database__host=nodes[1].name).out("migrate")
        assert done.splitlines()[1].startswith("The schema is at version ")
    with lacking("no_tables", nodes[0]):
        assert nodes[1].sql("DELETE FROM wxuser.schema_version ORDER BY version DESC LIMIT 1").returncode == 0
        assert ctl.out("migrate").splitlines()[1].startswith("The schema is at version ")
        assert nodes[0].sql("SELECT 1 FROM wxuser.schema_version").returncode != 0
        nodes[1].down()
        done = ctl.run("migrate")
        assert done.returncode == 1 and "the database does not answer" in done.stderr
        assert nodes[0].sql("SELECT 1 FROM wxuser.schema_version").returncode != 0


PROVIDER = pathlib.Path("/usr/lib/galera/libgalera_smm.so")


@contextlib.contextmanager
def begun_anew(site, node, *options, **environment):
    """A node that is started in another way, and the service after it."""
    node.down()
    node.options, node.environment = options, environment
    node.up()
    site.restart()
    try:
        yield node
    finally:
        node.down()
        node.options, node.environment = (), {}


@contextlib.contextmanager
def configured(site, **values):
    """The service with other keys of [database]."""
    values = {f"WXUSER_CONF_database__{key}": value for key, value in values.items()}
    before = dict(site.environment)
    site.environment.update(values)
    site.restart()
    try:
        yield
    finally:
        site.environment.clear()
        site.environment.update(before)
        site.restart()


def galera_options():
    return ("--wsrep-on=ON", f"--wsrep-provider={PROVIDER}", "--wsrep-cluster-address=gcomm://", "--wsrep-new-cluster",
            "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
            f"--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{free_port()}")


@pytest.fixture
def galera(site, nodes):
    """The first node as a cluster of its own."""
    if not PROVIDER.exists():
        pytest.skip("no Galera")
    with begun_anew(site, nodes[0], *galera_options()) as node:
        yield node


@contextlib.contextmanager
def of_its_cluster(galera, node):
    """Another node that takes itself for one of that cluster. It gets no data from there."""
    uuid = galera.sql("SHOW STATUS LIKE 'wsrep_cluster_state_uuid'").stdout.split()[-1]
    state = node.directory / "data" / "grastate.dat"
    state.write_text(f"# GALERA saved state\nversion: 2.1\nuuid: {uuid}\nseqno: 1\nsafe_to_bootstrap: 1\n")
    shutil.chown(state, node.user)
    node.down()
    node.options = galera_options()
    try:
        yield node.up()
    finally:
        node.down()
        node.options = ()
        state.unlink()


def test_one_that_is_not_primary_is_left_out(site, nodes, galera):
    assert_serves(site)
    assert state_of(site, galera) == ["ready"]
    assert galera.sql("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=2'").returncode == 0
    # The others are databases of their own, until they are replicas.
    wait_until(lambda: readiness(site)[:2] == (503, "does not answer"), 30, "none is left")
    assert [state_of(site, node) for node in nodes] == [["not_primary"], ["other_cluster"], ["other_cluster"]]
    assert f'msg="database host" host={nodes[1].name} state=other_cluster' in site.log("wxuser")
    assert nodes[1].sql("SET GLOBAL read_only = ON").returncode == 0
    wait_until(lambda: readiness(site) == (200, "ok", nodes[1].name), 30, "it is left")
    assert_serves(site)
    assert [state_of(site, node) for node in nodes[:2]] == [["not_primary"], ["read_only"]]


def test_one_that_is_not_primary_is_not_ready(site, nodes, galera):
    """Nor is the service, where there is no other."""
    nodes[1].down()
    nodes[2].down()
    assert_serves(site)
    assert galera.sql("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=2'").returncode == 0
    wait_until(lambda: readiness(site) == (503, "does not answer", galera.name), 30, "it is not ready")


@pytest.mark.long
def test_workers_go_back(site, nodes):
    nodes[0].down()
    assert_serves(site)
    before = connections(site, nodes[0])
    nodes[0].up()
    wait_until(lambda: connections(site, nodes[0]) > before, 150, "a worker goes back")
    assert state_of(site, nodes[0]) == ["ready"]


@pytest.mark.long
def test_one_that_nobody_needs_is_known_to_be_well_again(site, nodes):
    """A worker looks, so that no alarm goes on."""
    nodes[0].down()
    nodes[1].down()
    assert_serves(site)
    nodes[0].up()
    wait_until(lambda: connections(site, nodes[2]) == 0 or readiness(site)[2] == nodes[0].name, 150, "a worker goes back")
    assert state_of(site, nodes[1]) == ["refuses"]
    nodes[1].up()
    wait_until(lambda: state_of(site, nodes[1]) == ["ready"], 150, "a worker looks")
    assert readiness(site)[2] == nodes[0].name


def test_several_that_are_down_are_known(site, nodes):
    for node in nodes:
        node.down()
    answer = site.request("GET", "/readyz")
    assert (answer.status, answer.json["database"]) == (503, "does not answer")
    nodes[2].up()
    assert_serves(site)
    assert state_of(site, nodes[2]) == ["ready"]


def test_a_command_is_quiet(site, nodes):
    """Unless something is wrong."""
    ctl = Ctl(site, database__host=site.environment["WXUSER_CONF_database__host"])
    done = ctl.run("tenant", "list")
    assert (done.returncode, done.stderr) == (0, "")
    nodes[0].down()
    done = ctl.run("tenant", "list")
    assert done.returncode == 0 and len(done.stderr.splitlines()) == 1 and "state=refuses" in done.stderr


# ---- "wxuserctl check" visits each.

@pytest.fixture
def check(site, nodes):
    """Runs it; returns what it says of the nodes and the cluster, without the addresses, and the exit status. All but
    the first are replicas."""
    for node in nodes[1:]:
        assert node.sql("SET GLOBAL read_only = ON").returncode == 0
    ctl = Ctl(site, database__host=site.environment["WXUSER_CONF_database__host"], database__connect_timeout_s=1)

    def run(*words):
        done = ctl.run("check", *words)
        text = done.stdout
        for i, node in enumerate(nodes):
            text = text.replace(node.name, f"node{i}")
        lines = [line for line in text.splitlines() if re.match(".{5}(database|cluster)", line)]
        return lines, done.returncode, done.stderr
    return run


REPLICAS = [f"warn database node{i}: read_only: it is used for reads, and only if no other is ready; unless it is a "
            "replica, set read_only = OFF" for i in (1, 2)]


def test_check_of_a_server_and_replicas(nodes, check):
    lines, status, errors = check()
    assert "no_tables" not in errors
    assert re.fullmatch(r"ok   database node0: 1[0-9.]+-MariaDB\S*, clock [+-]0.\d s", lines[0])
    assert lines[1:] == [*REPLICAS, "ok   database: wxuser at node0"] and status == 0


def test_check_where_one_refuses(nodes, check):
    nodes[1].down()
    lines, status, _ = check()
    assert lines[1].startswith("warn database node1: refuses: Can't connect to server on '127.0.0.1'")
    assert lines[2:] == [REPLICAS[1], "ok   database: wxuser at node0"] and status == 0


def rename_grants(user, other):
    return "".join(f"UPDATE mysql.{table} SET user = '{other}' WHERE user = '{user}'; "
                   for table in ("db", "tables_priv", "columns_priv")) + "FLUSH PRIVILEGES"


REFUSED = {  # what was done, how it is undone, and what check says
    "locked": ("ALTER USER wxuser@localhost ACCOUNT LOCK", "ALTER USER wxuser@localhost ACCOUNT UNLOCK",
               r"\(4151\); it runs, and this user is locked; run in SQL on it, .* ACCOUNT UNLOCK"),
    "no password": ("RENAME USER wxuser@localhost TO other@localhost", "RENAME USER other@localhost TO wxuser@localhost",
                    r"\(1045\); it runs, and refuses this user or its password; "),
    "no rights": (rename_grants("wxuser", "other"), rename_grants("other", "wxuser"),
                  r"\(1044\); it runs, and this user has no right in the database; run .* wxuserctl migrate --grants \| mariadb"),
}


def test_check_where_one_refuses_the_user(nodes, check):
    """MariaDB runs there, so that nobody is sent to look whether it does."""
    for change, undo, said in REFUSED.values():
        done = nodes[1].sql(change)
        assert done.returncode == 0, done.stderr
        lines, status, _ = check()
        assert nodes[1].sql(undo).returncode == 0
        assert re.search(f"^warn database node1: refuses: .*{said}", lines[1]) and status == 0, lines


def test_check_where_another_machine_makes_tls_necessary(site, nodes):
    text = Ctl(site, database__host=f"{nodes[0].name},db.invalid").run("check").stdout
    assert re.search(rf"database {nodes[0].name}: refuses: .*; all hosts of \[database\] host need TLS, since one of them is "
                     "another machine; set ssl_cert and ssl_key on this one", text), text


def test_check_of_one_that_stands_there_twice(site, nodes):
    text = Ctl(site, database__host=f"{nodes[0].name},{nodes[0].name}").run("check").stdout
    assert f"warn database {nodes[0].name}: it stands in [database] host twice; name each host once\n" in text


def test_check_where_the_first_hangs(nodes, check):
    """It is waited for once."""
    assert nodes[1].sql("SET GLOBAL read_only = OFF").returncode == 0
    nodes[0].freeze()
    lines, status, logged = check()
    assert lines[0].startswith("warn database node0: hangs: ") and logged.count('msg="database failed"') == 1
    assert lines[-1] == "ok   database: wxuser at node1" and status == 0


def test_check_where_none_serves(nodes, check):
    for node in nodes:
        node.down()
    lines, status, _ = check()
    assert [line[:28] for line in lines] == [f"FAIL database node{i}: refuses" for i in range(3)] and status == 1


def test_check_where_none_takes_writes(nodes, check):
    assert nodes[0].sql("SET GLOBAL read_only = ON").returncode == 0
    lines, status, _ = check()
    assert [line[:30] for line in lines[:3]] == [f"FAIL database node{i}: read_only" for i in range(3)] and status == 1
    assert lines[3].startswith("ok   database: wxuser at node")


def test_check_of_two_that_take_writes(nodes, check):
    assert nodes[2].sql("SET GLOBAL read_only = OFF").returncode == 0
    lines, status, _ = check()
    assert lines[3] == ("FAIL database node2: it takes writes, but is not of the cluster of node0: what one of them has "
                        "the other lacks; take one out of [database] host") and status == 1


@pytest.mark.parametrize("state, what", [("no_tables", "it has no tables of wxuser, and"),
                                         ("old_schema", "its tables are those of an earlier release, and it")])
def test_check_of_one_that_lacks_the_schema(nodes, check, state, what):
    with lacking(state, nodes[1]):
        lines, status, _ = check()
    assert lines[1] == (f"warn database node1: {state}: {what} is left out; a replica has them when it has caught up, see "
                        "SHOW REPLICA STATUS on it; take another database out of [database] host")
    assert lines[2:] == [REPLICAS[1], "ok   database: wxuser at node0"] and status == 0


def test_check_of_a_strange_database(nodes, check):
    assert nodes[1].sql("SET GLOBAL read_only = OFF").returncode == 0
    with lacking("no_tables", nodes[1]):
        lines, status, _ = check()
    assert lines[1].startswith("warn database node1: no_tables: ")
    assert lines[3].startswith("FAIL database node1: it takes writes, but is not of the cluster of node0") and status == 1


def test_check_where_no_host_has_the_schema(nodes, check):
    with lacking("old_schema", *nodes[1:]):
        nodes[0].down()
        lines, status, _ = check()
    assert lines[0].startswith("FAIL database node0: refuses")
    assert lines[1:] == [f"FAIL database node{i}: old_schema: no other host has told of newer tables; when all answer, and "
                         "none has them, run: wxuserctl migrate" for i in (1, 2)] and status == 1


def test_check_of_what_each_stands(nodes, check):
    assert nodes[1].sql("SET GLOBAL max_connections = 20, GLOBAL innodb_flush_log_at_trx_commit = 2").returncode == 0
    lines, status, _ = check("--hosts", "4")
    assert nodes[1].sql("SET GLOBAL max_connections = 151, GLOBAL innodb_flush_log_at_trx_commit = 1").returncode == 0
    assert lines[2].startswith("warn database node1: innodb_flush_log_at_trx_commit: 2, so that")
    assert lines[3].startswith("FAIL database node1: connections: 12 workers on 4 hosts, twice that during a reload; "
                               "max_connections leaves room for 10; raise it") and status == 1


def test_check_of_one_that_is_not_primary(site, nodes, galera):
    """Through an address alone, and among others."""
    def run(hosts):
        return Ctl(site, database__host=hosts).run("check").stdout

    text = run(galera.name)
    assert "ok   cluster: 1 nodes\nok   cluster: this is " in text and "\nok   server: " in text
    assert galera.sql("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=2'").returncode == 0
    hosts = f"{galera.name},{nodes[1].name}"
    wait_until(lambda: ": not_primary: " in run(hosts), 30, "it is seen")
    text = run(hosts)
    assert f"warn database {galera.name}: not_primary: it does not reach most nodes of its cluster" in text
    assert f"ok   database: wxuser at {nodes[1].name}" in text


def test_one_that_sends_its_data_is_left_out(site, nodes, galera):
    """Unless there is no other."""
    with of_its_cluster(galera, nodes[1]):
        assert_serves(site)
        assert galera.sql("SET GLOBAL wsrep_desync = ON").returncode == 0
        wait_until(lambda: readiness(site) == (200, "ok", nodes[1].name), 30, "it is left")
        assert state_of(site, galera) == ["donor"]
        text = Ctl(site, database__host=f"{galera.name},{nodes[1].name}").run("check").stdout
        assert (f"warn database {galera.name}: donor: wsrep_desync is ON, so that it may lag behind; it is used if no other is "
                "ready; when what it was set for has ended, run on it in SQL: SET GLOBAL wsrep_desync = OFF\n") in text
    nodes[2].down()
    assert_serves(site)
    assert readiness(site) == (200, "ok", galera.name)


FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


@pytest.mark.skipif(FAKETIME is None, reason="no libfaketime")
def test_one_whose_clock_is_off_is_left_out(site, nodes):
    with begun_anew(site, nodes[0], LD_PRELOAD=str(FAKETIME), FAKETIME="+10m"):
        assert_serves(site)
        assert state_of(site, nodes[0]) == ["clock_off"]
        off_s = metrics(site).value("wxuser_database_host_clock_off_seconds", host=nodes[0].name)
        assert abs(off_s - 600) < 60
        assert readiness(site) == (200, "ok", nodes[1].name)


@pytest.mark.long
def test_any_is_preferred(site, nodes):
    with configured(site, prefer="random"):
        def all_are_used():
            Ctl(site).out("reload")
            assert_serves(site)
            return all(connections(site, node) for node in nodes)

        wait_until(all_are_used, 60, "each is used by somebody")


@pytest.mark.long
def test_an_address_of_ipv6(site, nodes):
    with begun_anew(site, nodes[2], "--bind-address=::1"), \
            configured(site, host=f"[::1]:{nodes[2].port},{nodes[0].name}"):
        assert_serves(site)
        assert readiness(site) == (200, "ok", f"[::1]:{nodes[2].port}")


@contextlib.contextmanager
def black_hole(node=None):
    """The address of a server that takes connections and says nothing, or only a node's greeting."""
    with contextlib.ExitStack() as open_sockets, socket.create_server(("127.0.0.1", 0)) as listener:
        def greet():
            while True:
                client, _ = listener.accept()
                open_sockets.enter_context(client)
                with socket.create_connection(("127.0.0.1", node.port)) as server:
                    client.sendall(server.recv(4096))

        def greet_until_it_is_closed():
            with contextlib.suppress(OSError):
                greet()

        if node is not None:
            threading.Thread(target=greet_until_it_is_closed).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.long
@pytest.mark.parametrize("greets", [False, True])
def test_one_that_hangs_as_it_is_connected_to(site, nodes, greets):
    with black_hole(nodes[2] if greets else None) as name, configured(site, host=f"{name},{nodes[0].name}"):
        assert [site.get(READ).status for _ in range(4)] == [200] * 4
        assert metrics(site).value("wxuser_database_host_state", host=name, state="hangs") == 1
        assert readiness(site) == (200, "ok", nodes[0].name)


def test_no_reload_onto_hosts_that_are_not_well(site, nodes, galera):
    """The log has the state of each."""
    nodes[1].down()
    nodes[2].down()
    assert_serves(site)
    assert galera.sql("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=2'").returncode == 0
    wait_until(lambda: readiness(site)[0] == 503, 30, "it is not Primary")
    assert Ctl(site).run("reload").returncode != 0
    log = site.log("wxuser")
    assert f'msg="database host" host={galera.name} state=not_primary' in log
    assert f'msg="database host" host={nodes[1].name} state=refuses' in log
    assert "the database does not answer" in log
    nodes[1].up()
    Ctl(site).out("reload")
    assert_serves(site)


def test_check_of_two_clusters(site, nodes, galera):
    with begun_anew(site, nodes[1], *galera_options()) as other:
        done = Ctl(site, database__host=f"{galera.name},{other.name}").run("check")
    assert (f"FAIL database {other.name}: it takes writes, but is not of the cluster of {galera.name}: "
            "what one of them has the other lacks; take one out of [database] host") in done.stdout, done.stdout
    assert done.returncode == 1


@pytest.mark.skipif(FAKETIME is None, reason="no libfaketime")
def test_check_of_a_clock_that_is_off(site, nodes, check):
    with begun_anew(site, nodes[1], LD_PRELOAD=str(FAKETIME), FAKETIME="+10m"):
        lines, status, _ = check()
    assert re.fullmatch(r"FAIL database node1: clock: it is \+(599|600)\.\d s from this host's, and the host is left out; "
                        "keep both by NTP", lines[1]), lines
    assert status == 1
