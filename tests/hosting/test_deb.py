"""The Debian package, in a Debian of its own: from its installation to its purge, with systemd and without."""

import gzip
import http.client
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from host import answers
from load import Load
from machine import Machine
from person import MINI, Person
from stack import TREE, free_port, wait_until

BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])
TOOLS = ("dh", "debconf-updatepo", "lintian", "debootstrap", "systemd-nspawn")
CONF = "/etc/wxuser/wxuser.conf"
SHOP = "/api/weixin/wxbuyinguser"
# What a sample says of AlmaLinux.
OF_OTHER_SYSTEMS = {"/usr/lib64/galera"}

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a machine"),
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"one of {', '.join(TOOLS)} is missing"),
]


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """A directory with the package and a later version of it, first.deb and second.deb."""
    directory = tmp_path_factory.mktemp("packages")
    with open(directory / "log", "wb") as log:
        done = subprocess.run(["make", "-C", BUILD, "deb"], stdout=log, stderr=log, timeout=1200,
                              env={**os.environ, "DEB_BUILD_OPTIONS": f"nocheck parallel={os.cpu_count()}"})
    assert done.returncode == 0, (directory / "log").read_text()[-4000:]
    [made] = (BUILD / "deb").glob("wxuser_*.deb")
    shutil.copy(made, directory / "first.deb")
    subprocess.run(["dpkg-deb", "-R", made, directory / "tree"], check=True)
    control = directory / "tree/DEBIAN/control"
    control.write_text(re.sub("(?m)^Version: .*", r"\g<0>+later", control.read_text()))
    subprocess.run(["dpkg-deb", "-b", directory / "tree", directory / "second.deb"], check=True,
                   stdout=subprocess.DEVNULL)
    return directory


@pytest.fixture
def new_machine(packages):
    made = []

    def new(has_systemd):
        made.append(Machine(packages, has_systemd))
        machine = made[-1]
        if not has_systemd:
            machine.shell("install -d -o mysql /run/mysqld")
            machine.start("mariadbd --user=mysql")
        wait_until(lambda: machine.run("mariadb-admin", "ping").returncode == 0, 60, "MariaDB answers")
        return machine

    yield new
    for machine in made:
        machine.end()


@pytest.fixture
def machine(new_machine):
    return new_machine(has_systemd=True)


def answer(machine, question, value):
    machine.out("debconf-set-selections", stdin=f"wxuser wxuser/{question} boolean {value}\n")


def install(machine, name="first"):
    """What it says."""
    done = machine.run("apt-get", "install", "-y", f"/packages/{name}.deb")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def start(machine):
    """As the unit does, where no systemd is."""
    command = machine.shell("sed -n s/^ExecStart=//p /lib/systemd/system/wxuser.service").strip()
    machine.shell("install -d -o wxuser -g wxuser /run/wxuser")
    machine.start(command)
    wait_until(lambda: pid_of(machine) is not None, 30, "the program runs")


def pid_of(machine):
    found = re.search(r"^pid (\d+)\n(?s:.*)^state serving$", machine.run("wxuserctl", "status").stdout, re.M)
    return found and int(found[1])


def processes(machine):
    return machine.run("pgrep", "-x", "wxuser.fcgi").stdout.split()


def sql(machine, statement, database="wxuser"):
    lines = machine.out("mariadb", "--batch", "--skip-column-names", database, stdin=statement).splitlines()
    return [line.split("\t") for line in lines]


def ours(machine):
    """Databases and their users that belong to the package."""
    return sql(machine, "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'wxuser%' "
                        "UNION ALL SELECT user FROM mysql.user WHERE user LIKE 'wxuser%'", "mysql")


def use_sandbox(machine, stack):
    """The stack's in WeChat's place, with the mini program that it knows."""
    settings = re.search(r"(?s)^\[wechat\].*(?=^\[http\])", (stack.state / "conf/wxuser.conf").read_text(), re.M)[0]
    machine.shell(f"cat >>{CONF}", stdin=f"{settings}\n[rates]\nby_address = false\n")
    machine.out("wxuserctl", "reload")
    machine.out("wxuserctl", "tenant", "add", "shop")
    machine.out("wxuserctl", "tenant", "set", "1", "access_token_header", "true")
    machine.out("wxuserctl", "app", "add", "--tenant", "1", "--kind", "mini", "--appid", MINI,
                stdin=(stack.state / "secret" / MINI).read_text())
    return machine.out("wxuserctl", "key", "add", "--tenant", "1", "--name", "test", "--scopes", "read,write",
                       "--rate", "1000000").strip()


def serve(machine):
    """By nginx with the package's site, here without TLS; its port."""
    port = free_port()
    head, *_, server = re.split(r"(?m)^server \{\n", machine.shell("cat /usr/share/doc/wxuser/nginx/site.conf"))
    server = re.sub(r"(?m)^ +(listen|ssl_).*\n", "", server)
    machine.shell("cat >/etc/nginx/sites-enabled/shop; if [ -e /run/nginx.pid ]; then nginx -s reload; else nginx; fi",
                  stdin=f"{head}server {{\n    listen 127.0.0.1:{port};\n{server}")
    wait_until(lambda: answers(port), 60, "nginx")
    return port


def site_on(machine, stack):
    """The stack as seen through the machine's nginx, with the machine's database."""
    key = use_sandbox(machine, stack)
    site = stack.seen_at(serve(machine))
    site.key, site.sql = key, lambda statement: sql(machine, statement)
    site.through_nginx = lambda: http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    return site


def load(site):
    key = {"Authorization": f"Bearer {site.key}", "Content-Type": "application/json"}
    return Load(site, [("GET", "/readyz", None, {}, b""),
                       ("GET", f"{SHOP}/getbyopenid?openId=o", None, key, b"null"),
                       ("POST", f"{SHOP}/saveuser", b'{"openId":"oLoad"}', key, b'"status":200')])


def test_lintian_has_nothing_to_say(packages):
    [changes] = (BUILD / "deb").glob("*.changes")
    done = subprocess.run(["lintian", "--allow-root", "--fail-on=warning", changes], capture_output=True, text=True,
                          timeout=300)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_names_what_is_there(packages):
    """Manual, units, samples and README: no path of another installation."""
    root = packages / "files"
    [made] = (BUILD / "deb").glob("wxuser_*.deb")
    subprocess.run(["dpkg-deb", "-x", made, root], check=True)
    programs = root / "usr/bin/wxuserctl", root / "usr/sbin/wxuser.fcgi"
    named = set()
    for file in root.rglob("*"):
        if file.is_dir() or file in programs:
            continue
        read = gzip.decompress if file.suffix == ".gz" else bytes
        text = read(file.read_bytes()).decode("utf-8").replace("\\-", "-").replace("\\&", "")
        for path in re.findall(r"(?<![\w.@/])(?:/usr|/lib/systemd)/[\w./-]*\w", text):
            named.add(path)
            is_of_debian = os.path.exists(path) and "wxuser" not in path
            assert (root / path[1:]).exists() or is_of_debian or path in OF_OTHER_SYSTEMS, f"{file}: {path}"
    assert {"/usr/sbin/wxuser.fcgi", "/usr/share/doc/wxuser/README.md", "/usr/share/wxuser/wxuser.conf",
            *OF_OTHER_SYSTEMS} <= named


def test_without_consent_nothing_is_made_nor_started(machine):
    before = machine.files()
    assert "dpkg-reconfigure wxuser" in install(machine)
    assert ours(machine) == [] and machine.run("ls", CONF).returncode != 0
    assert machine.run("systemctl", "is-active", "wxuser", "wxuser-core.socket").stdout.split() == ["inactive"] * 2
    assert machine.out("systemctl", "--failed", "--quiet") == ""
    machine.out("apt-get", "purge", "-y", "wxuser")
    assert machine.files() == before


def lose_audit_key(machine):
    """As in an installation from before there was one."""
    machine.out("rm", "/etc/wxuser/audit.keys")
    sql(machine, "DELETE FROM audit; DELETE FROM key_check WHERE kind = 3")


@pytest.mark.parametrize("has_systemd", [True, False], ids=["systemd", "no systemd"])
def test_from_installation_to_purge(new_machine, stack, has_systemd):
    machine = new_machine(has_systemd)
    before = machine.files()
    answer(machine, "database", "true")
    install(machine)
    if not has_systemd:
        start(machine)
    site = site_on(machine, stack)
    person = Person(site, "oPerson")
    person.walk(["account", "customer", "shop", "city"])

    pid = pid_of(machine)
    with load(site) as loaded:
        install(machine, "second")
        loaded.wait_for_more()
    assert loaded.failures == []
    later = pid_of(machine)
    assert later != pid and machine.out("readlink", f"/proc/{later}/exe") == "/usr/sbin/wxuser.fcgi\n"
    # Not under load: a program that runs on older tables than its own is not ready.
    version = forget_migration(machine)
    lose_audit_key(machine)
    machine.out("dpkg-reconfigure", "wxuser")
    assert version_of_schema(machine) == version
    pid, later = later, pid_of(machine)
    assert later != pid
    assert machine.shell("stat -c '%a %U' /etc/wxuser/audit.keys") == "600 wxuser\n"
    assert "+later" in machine.out("dpkg-query", "-W", "wxuser")
    if has_systemd:
        shown = machine.out("systemctl", "show", "wxuser", "-p", "MainPID", "-p", "NRestarts", "-p", "ActiveState")
        assert set(shown.split()) == {f"MainPID={later}", "NRestarts=0", "ActiveState=active"}
        with load(site) as loaded:
            for _ in range(3):
                machine.out("systemctl", "restart", "wxuser")
                loaded.wait_for_more(500)
        assert loaded.failures == []
        machine.shell(f"kill -9 {pid_of(machine)}")
        wait_until(lambda: pid_of(machine), 30, "systemd has started it again")

    machine.out("apt-get", "remove", "-y", "wxuser")
    wait_until(lambda: not processes(machine), 30, "all processes end")
    install(machine)
    if not has_systemd:
        start(machine)
    assert Person.account(person)
    answer(machine, "purge", "true")
    machine.out("apt-get", "purge", "-y", "wxuser")
    assert machine.files() == before and ours(machine) == []
    assert machine.run("grep", "wxuser", "/etc/passwd", "/etc/group", "/etc/shadow").stdout == ""


def test_the_unit_without_systemds_sockets(machine, stack):
    """The master has its own, in the place of those that systemd has left there."""
    answer(machine, "database", "true")
    install(machine)
    machine.out("systemctl", "disable", "--now", "wxuser-core.socket", "wxuser-remote.socket", "wxuser")
    wait_until(lambda: not processes(machine), 30, "workers that were left to a next master have ended")
    machine.out("systemctl", "enable", "--now", "wxuser")
    modes = machine.shell("stat -c '%a %U:%G' /run/wxuser/core.sock /run/wxuser/core.sock.lock")
    assert modes.splitlines() == ["660 wxuser:www-data", "600 wxuser:wxuser"]
    site = site_on(machine, stack)
    Person(site, "oPerson").walk(["account", "customer", "shop", "city"])
    with load(site) as loaded:
        for change in ("systemctl", "reload", "wxuser"), ("wxuserctl", "upgrade"):
            machine.out(*change)
            loaded.wait_for_more()
    assert loaded.failures == []
    shown = machine.out("systemctl", "show", "wxuser", "-p", "MainPID", "-p", "NRestarts")
    assert set(shown.split()) == {f"MainPID={pid_of(machine)}", "NRestarts=0"}
    machine.shell(f"kill -9 {pid_of(machine)}")
    wait_until(lambda: pid_of(machine), 30, "systemd has started it again")


def commands(heading):
    """Those of docs/operation.md below it, without what takes a FILE in place of a lost one."""
    text = (TREE / "docs/operation.md").read_text("utf-8")
    blocks = re.findall(r"(?s)```sh\n(.*?)```", re.search(rf"(?ms)^## {heading}\n(.*?)(?=^## )", text)[1])
    return "".join(block for block in blocks if "FILE" not in block)


def test_backup_and_restore_as_they_are_said(machine, stack):
    """A user who is erased after the backup does not return with it; the database stays the package's. A backup that was
    cut off changes nothing."""
    answer(machine, "database", "true")
    install(machine)
    site = site_on(machine, stack)
    kept, erased = Person(site, "oKept"), Person(site, "oErased")
    id = kept.account()
    erased.account()
    machine.shell("mkdir /backup; cd /backup; " + commands("Backup"))
    assert machine.shell("tar tzf /backup/wxuser-keys.tar.gz | grep -c '[.]keys$'") == "4\n"
    machine.out("wxuserctl", "user", "erase", MINI, erased.openid)
    machine.shell("mkdir /backup/cut; cd /backup/cut; gunzip -c ../wxuser.sql.gz | head -n 30 | gzip >wxuser.sql.gz; "
                  + commands("Restore"))
    assert kept.account() == id
    machine.shell("cd /backup; " + commands("Restore"))
    assert site.count("wechat_user", f"openid = '{erased.openid}'") == 0
    assert kept.account() == id
    assert sql(machine, "SELECT schema_comment FROM information_schema.schemata WHERE schema_name = 'wxuser'", "mysql") == [
        ["made by the Debian package wxuser"]]


def test_least_rights(machine):
    answer(machine, "database", "true")
    install(machine)
    modes = machine.shell(f"stat -c '%a %U:%G %n' /etc/wxuser {CONF} /etc/wxuser/*.keys /var/lib/wxuser /run/wxuser/*.sock")
    assert [line.split()[:2] for line in modes.splitlines()] == [
        ["750", "root:wxuser"], ["640", "root:wxuser"], *[["600", "wxuser:wxuser"]] * 4, ["700", "wxuser:wxuser"],
        *[["660", "wxuser:www-data"]] * 2]
    assert_three_users(machine)
    grants = sorted(line[0] for line in sql(machine, "SHOW GRANTS FOR wxuser@localhost"))
    assert "GRANT USAGE ON *.* TO `wxuser`@`localhost` IDENTIFIED VIA unix_socket" in grants
    assert "GRANT SELECT, INSERT ON `wxuser`.`audit` TO `wxuser`@`localhost`" in grants
    assert not [grant for grant in grants if "`wxuser`.* " in grant]


def assert_three_users(machine):
    """Each can do its work, and no more; root alone reads the two passwords."""
    checked = machine.run("wxuserctl", "check").stdout
    assert "grants: each user of the database has what it needs" in checked and "passwords: " not in checked, checked
    assert machine.shell("stat -c '%a %U:%G' /etc/wxuser/*.password").splitlines() == ["600 root:root"] * 2
    machine.out("wxuserctl", "tenant", "list")
    machine.out("wxuserctl", "migrate")


def have_one_user(machine):
    """As an earlier release has made it."""
    machine.shell(f"sed -i '/^control_/d; /^migration_/d' {CONF}; rm /etc/wxuser/*.password")
    sql(machine, "DROP USER wxuser_control@localhost, wxuser_migration@localhost, wxuser@localhost;"
                 "CREATE USER wxuser@localhost IDENTIFIED VIA unix_socket;"
                 "GRANT SELECT, INSERT, UPDATE, DELETE ON wxuser.* TO wxuser@localhost")


def version_of_schema(machine):
    return sql(machine, "SELECT MAX(version) FROM schema_version")


def forget_migration(machine):
    """What it was at."""
    version = version_of_schema(machine)
    sql(machine, "DELETE FROM schema_version ORDER BY version DESC LIMIT 1")
    return version


def test_one_user_of_the_database_becomes_three(machine):
    answer(machine, "database", "true")
    install(machine)
    have_one_user(machine)
    forget_migration(machine)
    before = machine.shell(f"cat {CONF}")
    pid = pid_of(machine)
    said = install(machine, "second")
    assert pid_of(machine) != pid and machine.shell(f"cat {CONF}") == before
    lines = re.search(r"(?m)^wxuser: .* add below \[database\] in (\S+):\n((?:\w+ = .*\n)+)", said)
    assert lines[1] == CONF
    machine.shell(f"sed -i '/^\\[database\\]$/r /dev/stdin' {CONF}", stdin=lines[2])
    # WeChat cannot be reached from here, which the last command tells.
    done = machine.run("sh", "-c", re.search(r"(?m)^wxuser: Then run: (.*)$", said)[1])
    assert "migrate --revokes" in done.stdout, done.stdout + done.stderr
    machine.shell(re.search(r"(?m)^wxuser: Once no host runs an earlier release, run: (.*)$", said)[1])
    assert_three_users(machine)
    done = machine.run("dpkg-reconfigure", "wxuser")
    assert done.returncode == 0 and "below [database]" not in done.stdout + done.stderr
    answer(machine, "purge", "true")
    machine.out("apt-get", "purge", "-y", "wxuser")
    assert ours(machine) == [] and machine.run("ls", "/etc/wxuser").returncode != 0


def test_the_policy_and_the_logs_of_the_server(machine):
    """Passwords please a plugin, are in no log, and are set once."""
    machine.shell("cat >/etc/mysql/mariadb.conf.d/91-test.cnf; systemctl restart mariadb",
                  stdin="[mariadbd]\nlog_bin\ngeneral_log\nplugin_load_add = simple_password_check\n"
                        "simple_password_check_minimal_length = 100\n")
    answer(machine, "database", "true")
    assert "the users of the database are not made" in install(machine)
    sql(machine, "SET GLOBAL simple_password_check_minimal_length = 8", "mysql")
    machine.out("dpkg-reconfigure", "wxuser")
    assert machine.out("systemctl", "is-active", "wxuser") == "active\n"
    assert_three_users(machine)

    logs = machine.shell("cat /var/lib/mysql/*-bin.0* /var/lib/mysql/*.log | tr -cd '[:print:]\\n'")
    assert "CREATE USER IF NOT EXISTS wxuser_control@localhost" in logs
    for name in "control", "migration":
        assert machine.shell(f"cat /etc/wxuser/{name}.password").strip() not in logs
    changes = ("SELECT JSON_VALUE(priv, '$.authentication_string'), JSON_VALUE(priv, '$.password_last_changed') "
               "FROM mysql.global_priv WHERE user LIKE 'wxuser\\_%'")
    before = sql(machine, changes)
    machine.shell(f"sed -i '/^control_/d; /^migration_/d' {CONF}")
    sql(machine, "SET GLOBAL simple_password_check_minimal_length = 100", "mysql")
    done = machine.run("dpkg-reconfigure", "wxuser")
    assert done.returncode == 0 and "below [database]" in done.stdout + done.stderr
    assert sql(machine, changes) == before and len(before) == 2


def test_a_purge_without_mariadb_says_what_is_left(machine):
    answer(machine, "database", "true")
    install(machine)
    sql(machine, "DROP USER wxuser@localhost")
    machine.out("systemctl", "stop", "mariadb.socket", "mariadb")
    answer(machine, "purge", "true")
    done = machine.run("apt-get", "purge", "-y", "wxuser")
    assert done.returncode == 0 and machine.run("ls", "/etc/wxuser").returncode != 0
    left = re.search(r"(?s)run in MariaDB: (DROP DATABASE .*?wxuser_migration@localhost)\n", done.stdout + done.stderr)[1]
    machine.out("systemctl", "start", "mariadb")
    sql(machine, left, "mysql")
    assert ours(machine) == []


def test_one_user_of_a_database_of_others_stays(machine):
    """As on another server, whose administrator gives one."""
    answer(machine, "database", "true")
    install(machine)
    have_one_user(machine)
    sql(machine, "ALTER DATABASE wxuser COMMENT ''; GRANT ALL ON wxuser.* TO wxuser@localhost")
    forget_migration(machine)
    pid = pid_of(machine)
    assert "below [database]" not in install(machine, "second")
    assert pid_of(machine) != pid and ours(machine) == [["wxuser"]] * 2
    assert "does everything" in machine.run("wxuserctl", "check").stdout


def test_who_reads_the_configuration_goes_on_reading_it(machine):
    """Where the program runs as a web server's user, as mod_fcgid's."""
    answer(machine, "database", "true")
    install(machine)
    for owners in "root:www-data", "wxuser:www-data":
        machine.shell(f"chgrp www-data {CONF}; chown {owners} /etc/wxuser; chmod 700 /etc/wxuser; dpkg-reconfigure wxuser")
        assert machine.shell(f"stat -c '%a %U:%G' /etc/wxuser {CONF}").splitlines() == [
            "750 root:www-data", "640 root:www-data"]


def test_users_outlive_a_purge_without_consent(machine):
    answer(machine, "database", "true")
    install(machine)
    machine.out("wxuserctl", "tenant", "add", "shop")
    keys = machine.shell("cat /etc/wxuser/*.keys")
    assert "kept: keys" in machine.out("apt-get", "purge", "-y", "wxuser")
    assert machine.shell("ls /etc/wxuser").split() == ["audit.keys", "control.password", "erasure.keys", "lookup.keys",
                                                       "migration.password", "sealing.keys"]
    answer(machine, "database", "true")
    install(machine)
    assert machine.shell("cat /etc/wxuser/*.keys") == keys and "shop" in machine.out("wxuserctl", "tenant", "list")
    assert machine.out("systemctl", "is-active", "wxuser") == "active\n"


def test_a_database_of_others_is_left_alone(machine):
    sql(machine, "CREATE DATABASE wxuser", "mysql")
    answer(machine, "database", "true")
    assert "made by somebody else" in install(machine)
    answer(machine, "purge", "true")
    machine.out("apt-get", "purge", "-y", "wxuser")
    assert ours(machine) == [["wxuser"]]


def test_a_mariadb_that_comes_later(machine):
    machine.out("systemctl", "stop", "mariadb.socket", "mariadb")
    answer(machine, "database", "true")
    assert "MariaDB does not let root in" in install(machine)
    machine.out("dpkg-reconfigure", "wxuser")
    assert machine.out("systemctl", "--failed", "--quiet") == ""
    machine.out("systemctl", "start", "mariadb")
    machine.out("dpkg-reconfigure", "wxuser")
    assert machine.out("systemctl", "is-active", "wxuser") == "active\n"


def test_a_mariadb_that_is_installed_together_with_it(machine):
    """Here another package starts it, once wxuser is configured."""
    machine.out("systemctl", "stop", "mariadb.socket", "mariadb")
    machine.shell("mkdir -p /srv/late/DEBIAN; cd /srv/late/DEBIAN; cat >control; "
                  "printf '#!/bin/sh\\nsystemctl start mariadb\\n' >postinst; chmod +x postinst; "
                  "dpkg-deb -b /srv/late /srv/late.deb",
                  stdin="Package: late\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDepends: wxuser\n"
                        "Description: late\n")
    answer(machine, "database", "true")
    machine.out("apt-get", "install", "-y", "/packages/first.deb", "/srv/late.deb")
    assert machine.out("systemctl", "is-active", "wxuser") == "active\n"


def test_an_upgrade_that_may_not_change_the_schema_changes_nothing(machine):
    answer(machine, "database", "true")
    install(machine)
    pid = pid_of(machine)
    have_one_user(machine)
    forget_migration(machine)
    sql(machine, "ALTER DATABASE wxuser COMMENT ''")
    done = machine.run("apt-get", "install", "-y", "/packages/second.deb")
    assert done.returncode != 0 and "dpkg --configure wxuser" in done.stdout + done.stderr
    assert pid_of(machine) == pid
    machine.out("env", "WXUSER_CONF_server__user=", "WXUSER_CONF_database__user=root", "wxuserctl", "migrate")
    machine.out("dpkg", "--configure", "wxuser")
    assert pid_of(machine) != pid


def test_an_upgrade_that_the_program_refuses_leaves_the_old_one_running(machine):
    answer(machine, "database", "true")
    install(machine)
    pid = pid_of(machine)
    machine.out("mv", "/etc/wxuser/audit.keys", "/srv")
    said = install(machine, "second")
    assert "the audit has no key" in said and "copy it from" in said and pid_of(machine) == pid
    machine.out("mv", "/srv/audit.keys", "/etc/wxuser")
    machine.shell("echo line >/etc/wxuser/erasures.log")
    done = machine.run("dpkg", "-i", "/packages/second.deb")
    assert done.returncode == 0 and f"process {pid} still runs the old program" in done.stdout + done.stderr
    assert "mv /etc/wxuser/erasures.log /var/lib/wxuser/erasures.log" in done.stdout + done.stderr
    machine.out("rm", "/etc/wxuser/erasures.log")
    machine.out("wxuserctl", "upgrade")
    assert pid_of(machine) != pid


def test_a_program_of_another_manager_is_left_to_it(new_machine):
    machine = new_machine(has_systemd=False)
    answer(machine, "database", "true")
    install(machine)
    machine.shell("install -d -o wxuser -g wxuser /run/wxuser")
    machine.start(f"sh -c 'wxuser.fcgi --config {CONF}; true'")
    wait_until(lambda: pid_of(machine) is not None, 30, "the program runs")
    pid = pid_of(machine)
    assert f"process {pid} still runs the old program" in install(machine, "second")
    assert pid_of(machine) == pid
