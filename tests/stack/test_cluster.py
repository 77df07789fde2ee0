"""The quick start's cluster: it goes on when a node dies, and comes back with all data. Its parts run the files of
conf/galera."""

import re
import shutil
import socket
import subprocess

import pytest

from cluster_stack import PARTS, PORTS, Cluster, is_free
from stack import TREE, is_alive, wait_until

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def cluster():
    made = Cluster()
    yield made.up()
    made.remove()


@pytest.fixture(autouse=True)
def whole(cluster):
    """Each test finds all parts at work."""
    cluster.up()


def test_status_env_and_addresses(cluster):
    done = cluster.quickstart("status")
    assert done.returncode == 0, done.stdout
    for part in PARTS:
        assert re.search(rf"^{part} +running, pid {cluster.pid(part)}$", done.stdout, re.M), done.stdout
    assert f"ready at {cluster.env['WXUSER_CLUSTER_URL']}\n" in done.stdout
    assert cluster.env["WXUSER_CLUSTER_DATABASE"] == f"127.0.0.1:{cluster.port + 3}"
    for number in 1, 2:
        ctl = cluster.env[f"WXUSER_CLUSTER_CTL_{number}"].split()
        assert "quickstart-2" in subprocess.run([*ctl, "tenant", "list"], capture_output=True, text=True).stdout
    listening = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    for part in PARTS:
        for line in listening.splitlines():
            assert f"pid={cluster.pid(part)}," not in line or line.split()[3].startswith("127.0.0.1:"), line


def test_again_changes_nothing(cluster):
    pids = [cluster.pid(part) for part in PARTS]
    cluster.up()
    assert [cluster.pid(part) for part in PARTS] == pids


def lines_of(text, *areas):
    return [line for line in text.splitlines() if line[5:].startswith(areas)]


def test_check_finds_all_as_it_should_be(cluster):
    """conf/galera and the quick start deserve no warning but those of the sandbox."""
    for host, order in (1, (1, 2, 3)), (2, (2, 3, 1)):
        done = cluster.check(host)
        warned = [line for line in done.stdout.splitlines() if not line.startswith("ok ")]
        assert done.returncode == 0 and all("A STAND-IN" in line for line in warned), done.stdout
        lines = lines_of(done.stdout, "database", "cluster")
        for line, node in zip(lines, order):
            assert re.fullmatch(rf"ok   database 127.0.0.1:{cluster.port + 10 * node}: node{node}, \S+, Synced, clock "
                                r"[+-]0.\d s; it may be away for \d+ h( or more)?", line), line
        assert lines[3:] == ["ok   cluster: 3 nodes",
                             f"ok   database: wxuser at 127.0.0.1:{cluster.port + 10 * order[0]}"]


def test_check_through_one_address(cluster):
    wait_until(lambda: cluster.serving_port() == cluster.port + 10, 30, "HAProxy leads to node 1")
    done = cluster.check(1, database__host=cluster.env["WXUSER_CLUSTER_DATABASE"])
    assert done.returncode == 0 and lines_of(done.stdout, "cluster") == [
        "ok   cluster: 3 nodes", "ok   cluster: this is node1, to which [database] host leads now; to check each node, "
                                 "name them all there"], done.stdout


def test_check_of_nodes_that_are_not_as_they_should_be(cluster):
    """One in the minority, one that was killed, and none that is ready."""
    cluster.query(1, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")
    first, second, third = (f"database 127.0.0.1:{cluster.port + 10 * node}: " for node in (1, 2, 3))
    try:
        wait_until(lambda: f"warn {first}not_primary: " in cluster.check(1).stdout, 30, "it is seen")
        text = cluster.check(1).stdout
        assert "warn cluster: it has 2 of the 3 nodes in [database] host; start the rest" in text
        assert f"ok   database: wxuser at 127.0.0.1:{cluster.port + 20}" in text
        # The last one is a minority, too.
        cluster.kill("node2/mariadb")
        wait_until(lambda: f"FAIL {third}not_primary: " in cluster.check(1).stdout, 30, "it is seen")
        done = cluster.check(1)
        assert done.returncode == 1 and f"FAIL {first}not_primary: " in done.stdout
        assert f"FAIL {second}refuses: " in done.stdout and "database: wxuser" not in done.stdout
    finally:
        cluster.query(1, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")


def test_check_of_settings(cluster):
    cluster.query(3, "SET GLOBAL wsrep_sync_wait = 7, GLOBAL wsrep_sst_method = 'rsync'")
    cluster.query(3, "SET GLOBAL wsrep_provider_options = 'evs.inactive_timeout=PT1M30.5S'")
    try:
        done = cluster.check(1)
    finally:
        cluster.query(3, "SET GLOBAL wsrep_sync_wait = 0, GLOBAL wsrep_sst_method = 'mariabackup'")
        cluster.query(3, "SET GLOBAL wsrep_provider_options = 'evs.inactive_timeout=PT4S'")
    third = f"warn database 127.0.0.1:{cluster.port + 30}: cluster: "
    for said in ("wsrep_sync_wait is 7, ", "wsrep_sst_method is rsync, ",
                 "evs.suspect_timeout is 1.5 s, evs.inactive_timeout 90.5 s; "):
        assert third + said in done.stdout, done.stdout
    assert done.returncode == 0


def test_what_one_host_writes_the_other_reads(cluster, unique):
    """At once, although its node may not have applied it yet."""
    for n in range(200):
        id = cluster.host(1).save(openId=f"o{unique}{n}", name="小明😀")
        found = cluster.host(2).user(f"o{unique}{n}")
        assert found["id"] == id and found["name"] == "小明😀"


def test_values_are_late_for_no_tenant_that_must_not_see_it(cluster, unique):
    [[tenant]] = cluster.query(1, "SELECT id FROM wxuser.tenant WHERE name = 'quickstart-1'")

    def set_read_after_write(value):
        for number in 1, 2:
            subprocess.run([*cluster.env[f"WXUSER_CLUSTER_CTL_{number}"].split(), "tenant", "set", tenant,
                            "read_after_write", value], capture_output=True, check=True, timeout=60)

    set_read_after_write("true")
    try:
        for n in range(200):
            cluster.host(1).save(openId=f"o{unique}", name=f"{n}")
            assert cluster.host(2).user(f"o{unique}")["name"] == f"{n}"
    finally:
        set_read_after_write("false")


def test_hosts_learn_where_a_client_is(cluster, unique):
    """By HAProxy, whatever the client claims."""
    [[tenant]] = cluster.query(1, "SELECT id FROM wxuser.tenant WHERE name = 'quickstart-1'")
    done = subprocess.run([*cluster.env["WXUSER_CLUSTER_CTL_1"].split(), "key", "add", "--tenant", tenant, "--name",
                           unique, "--scopes", "read", "--networks", "127.0.0.7"],
                          capture_output=True, text=True, check=True, timeout=60)

    def ask(source):
        return cluster.request("GET", "/api/weixin/wxbuyinguser/get?id=1", headers={"X-Forwarded-For": "127.0.0.7"},
                               key=done.stdout.strip(), source=source).status

    wait_until(lambda: ask("127.0.0.7") == ask("127.0.0.7") == 200, 30, "both hosts know the key")
    assert ask("127.0.0.8") == ask("127.0.0.8") == 403


def test_a_node_dies_and_comes_back(cluster, unique):
    before = cluster.host(1).save(openId=f"o{unique}")
    wait_until(lambda: cluster.serving_port() == cluster.port + 10, 30, "HAProxy leads to node 1")
    cluster.kill("node1/mariadb")
    wait_until(lambda: cluster.serving_port() == cluster.port + 20, 30, "HAProxy leads to node 2")
    for number in 1, 2:
        wait_until(lambda: cluster.host(number).try_save(f"o{unique}{number}"), 60, f"host {number} writes")
    assert re.search("^node1/mariadb +stopped$", cluster.quickstart("status").stdout, re.M)
    others = [cluster.pid(part) for part in PARTS[1:]]

    cluster.up()
    assert [cluster.pid(part) for part in PARTS[1:]] == others
    assert cluster.query(1, f"SELECT COUNT(*) FROM wxuser.wechat_user WHERE openid LIKE 'o{unique}%'") == [["3"]]
    assert cluster.host(1).user(f"o{unique}")["id"] == before


def test_a_minority_is_left_out(cluster):
    wait_until(lambda: cluster.serving_port() == cluster.port + 10, 30, "HAProxy leads to node 1")
    cluster.query(1, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")
    wait_until(lambda: cluster.serving_port() == cluster.port + 20, 30, "HAProxy leads to node 2")
    cluster.query(1, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")
    wait_until(lambda: cluster.serving_port() == cluster.port + 10, 30, "HAProxy leads to node 1 again")


def test_a_node_that_is_read_only_is_left_out(cluster):
    wait_until(lambda: cluster.serving_port() == cluster.port + 10, 30, "HAProxy leads to node 1")
    cluster.query(1, "SET GLOBAL read_only = ON")
    wait_until(lambda: cluster.serving_port() == cluster.port + 20, 30, "HAProxy leads to node 2")
    cluster.query(1, "SET GLOBAL read_only = OFF")


@pytest.mark.parametrize("dead", [(1, 2), (2, 3), (1, 2, 3)], ids=str)
def test_the_majority_dies(cluster, unique, dead):
    """Nothing is lost, whichever node is the first to come back."""
    id = cluster.save(openId=f"o{unique}")
    for node in dead:
        cluster.kill(f"node{node}/mariadb")
    cluster.up()
    for node in 1, 2, 3:
        assert cluster.query(node, f"SELECT id FROM wxuser.wechat_user WHERE openid = 'o{unique}'") == [[str(id)]]
    assert cluster.query(1, "SHOW STATUS LIKE 'wsrep_cluster_size'") == [["wsrep_cluster_size", "3"]]


def test_down_ends_all_and_keeps_the_data(cluster, unique):
    id = cluster.save(openId=f"o{unique}")
    pids = [cluster.pid(part) for part in PARTS]
    cluster.down()
    assert not any(is_alive(pid) for pid in pids)
    assert all(is_free(cluster.port + offset) for offset in PORTS)
    status = cluster.quickstart("status")
    assert status.returncode == 1 and status.stdout.count("stopped") == len(PARTS)
    cluster.up()
    assert cluster.user(f"o{unique}")["id"] == id


def test_a_port_that_is_taken_is_seen_before_anything_starts(cluster):
    cluster.down()
    with socket.create_server(("127.0.0.1", cluster.port + 21)):
        done = cluster.quickstart("cluster")
    assert done.returncode == 1 and f"127.0.0.1:{cluster.port + 21} is taken" in done.stderr


@pytest.mark.skipif(shutil.which("haproxy") is None or shutil.which("keepalived") is None, reason="neither is here")
def test_the_files_are_sound_as_they_are(tmp_path):
    """galera.cnf is the nodes' own here, and haproxy-database.cfg is HAProxy's."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", "key",
                    "-out", "certificate"], cwd=tmp_path, check=True, stderr=subprocess.DEVNULL)
    (tmp_path / "wxuser.pem").write_text((tmp_path / "key").read_text() + (tmp_path / "certificate").read_text())
    web = (TREE / "conf/galera/haproxy-web.cfg.in").read_text()
    (tmp_path / "haproxy.cfg").write_text(
        "global\n" + web.replace("/etc/haproxy/wxuser.pem", f"{tmp_path}/wxuser.pem") +
        (TREE / "conf/galera/haproxy-database.cfg.in").read_text())
    done = subprocess.run(["haproxy", "-c", "-f", tmp_path / "haproxy.cfg"], capture_output=True, text=True)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    subprocess.run(["keepalived", "-t", "-f", TREE / "conf/galera/keepalived.conf"], check=True)
