"""Erasures on several hosts: each host's erasures.log has those of all, and none comes back by a restore."""

import os

import pytest

from ctl import KEY_FILES, Ctl, sql_as_root
from service import Service
from stack import wait_until

SCHEMA = "wxuser_erasures"
USER = """INSERT INTO account (id, tenant_id, email, security_stamp, concurrency_stamp, created_at)
    VALUES (UNHEX(MD5('{0}')), 1, '{0}', UNHEX(MD5('s')), UNHEX(MD5('c')), '2026-01-01');
    INSERT INTO wechat_user (tenant_id, row_uuid, app_id, account_id, openid, created_at)
    VALUES (1, UNHEX(MD5('{0}')), 1, UNHEX(MD5('{0}')), '{0}', '2026-01-01')"""


class Host:
    """A host's wxuserctl, with an erasures.log and a state directory of its own."""

    def __init__(self, stack, settings, keys, directory):
        directory.mkdir()
        self.stack, self.log = stack, directory / "erasures.log"
        self.ctl = Ctl(stack, **{**settings, **keys, "keys__erasure_log": self.log, "server__state_directory": directory})
        self.out = self.ctl.out

    def sql(self, statement):
        return sql_as_root(self.stack, f"USE {SCHEMA}; {statement}")

    def refusal(self, *words, **more):
        done = self.ctl.run(*words, **more)
        assert done.returncode == 1, done.stdout
        return done.stdout + done.stderr

    def store(self, *openids):
        """As a restored backup stores them, which is from before all erasures."""
        for openid in openids:
            self.sql(USER.format(openid))

    def erase(self, *openids):
        self.store(*openids)
        for openid in openids:
            self.out("user", "erase", "wx01", openid)

    def stored(self):
        return self.sql("SELECT openid FROM wechat_user ORDER BY openid")

    def lines(self):
        lines = self.log.read_text().splitlines()
        assert len(set(lines)) == len(lines)
        return lines

    def settle(self):
        self.sql("UPDATE tombstone SET added_at = added_at - INTERVAL 11 MINUTE")

    def checked(self):
        """What "check" says of erasures."""
        return [line.replace(str(self.log), "LOG") for line in self.ctl.run("check").stdout.splitlines()
                if " erasures: " in line]


@pytest.fixture
def hosts(stack, schema, tmp_path):
    """Two of an empty database."""
    keys = {f"keys__{name}": tmp_path / f"{name}.keys" for name in KEY_FILES}
    a, b = (Host(stack, schema, keys, tmp_path / name) for name in "ab")
    a.sql("SET foreign_key_checks = 0; " + "".join(f"TRUNCATE {table};" for table in (
        "key_check", "audit", "audit_link", "tombstone", "wechat_user", "account", "app", "tenant")))
    a.out("keys", "create")
    b.out("keys", "create")
    a.out("tenant", "add", "one")
    a.out("app", "add", "--tenant", "1", "--kind", "mini", "--appid", "wx01", stdin="s\n")
    return a, b


def restore(host, *openids):
    """A backup from before any erasure."""
    host.sql("DELETE FROM tombstone")
    host.store(*openids)


def test_erased_on_one_host_restored_and_replayed_on_another(hosts):
    a, b = hosts
    a.erase("oOne", "oTwo")
    b.erase("oThree")
    assert b.out("jobs", "run").splitlines()[-1] == "erasures.log          2 lines"
    assert b.checked() == ["ok   erasures: 3 in LOG, all of the database's 3"]
    restore(a, "oOne", "oTwo", "oThree", "oFour")
    assert b.checked() == ["FAIL erasures: the database lacks 3 of 3 in LOG, as after a restore, which brings the persons "
                           "back; run: wxuserctl erasures replay"]
    assert "FAIL erasures: " in b.refusal("check")
    assert b.out("erasures", "replay") == "3 erased\n"
    assert a.stored() == ["oFour"]
    assert b.checked() == ["ok   erasures: 3 in LOG, all of the database's 3"]
    assert "erasures.log          1 lines\n" in a.out("jobs", "run")
    assert sorted(a.lines()) == sorted(b.lines())
    assert b.out("erasures", "replay") == "0 erased\n"


def test_check_tells_what_a_file_lacks(hosts):
    a, b = hosts
    a.erase("oOne")
    assert b.checked() == ["ok   erasures: 0 in LOG, 1 in the database; the service appends those of other hosts within two "
                           "minutes"]
    a.settle()
    assert b.checked() == ["warn erasures: LOG lacks 1 of 1 in the database; run: wxuserctl jobs run"]
    b.out("jobs", "run")
    assert b.checked() == ["ok   erasures: 1 in LOG, all of the database's 1"]


def test_a_file_that_was_deleted_is_made_again(hosts):
    """From the database, unless that was restored, and may lack some."""
    a, b = hosts
    a.erase("oOne")
    a.log.unlink()
    imported = "take them from its backup or from another host: wxuserctl erasures import FILE; "
    assert a.checked() == [
        f"FAIL erasures: LOG: No such file or directory; if the database was restored from a backup, {imported}if not, a "
        "service that runs makes the file within two minutes, from the database's 1, and so does: wxuserctl jobs run"]
    assert (f"there is no such file; {imported}if the database was not restored from a backup, no replay is due, and the file "
            "is made from the database by: wxuserctl jobs run\n") in a.refusal("erasures", "replay")
    assert "erasures.log          1 lines\n" in a.out("jobs", "run")
    assert a.checked() == ["ok   erasures: 1 in LOG, all of the database's 1"]
    a.sql("DELETE FROM tombstone")
    a.log.unlink()
    assert a.checked() == [f"FAIL erasures: LOG: No such file or directory; {imported}where nobody was erased, run: wxuserctl "
                           "keys create"]


def test_a_replay_without_a_file_fails(hosts):
    a, b = hosts
    a.erase("oOne")
    b.log.unlink()
    restore(a, "oOne")
    said = b.refusal("erasures", "replay")
    assert f"{b.log}: there is no such file; take them from its backup or from another host: wxuserctl erasures import FILE" in said
    assert "erased" not in said and not b.log.exists()
    assert b.out("erasures", "import", a.log) == "1 imported\n1 erased\n"
    assert a.stored() == [] and b.lines() == a.lines()


def test_an_empty_file_is_filled_before_the_replay(hosts):
    a, b = hosts
    a.erase("oOne")
    a.store("oOne")
    assert b.lines() == []
    assert b.out("erasures", "replay") == "1 erased\n"
    assert b.lines() == a.lines()


def test_export_and_import(hosts, tmp_path):
    a, b = hosts
    a.erase("oOne", "oTwo")
    b.erase("oThree")
    exported = a.out("erasures", "export")
    *lines, end = exported.splitlines()
    assert lines == sorted(set(a.lines()), key=lambda line: int(line.split()[0]))
    assert len(lines) == 3 and end.startswith("end 3 ")
    assert a.out("erasures", "export", "-") == exported
    assert a.out("erasures", "export", tmp_path / "export") == ""
    assert (tmp_path / "export").read_text() == exported and os.stat(tmp_path / "export").st_mode & 0o777 == 0o600
    assert "export: File exists" in a.refusal("erasures", "export", tmp_path / "export")
    assert "/nonexistent/x: No such file" in a.refusal("erasures", "export", "/nonexistent/x")

    restore(a, "oOne", "oThree")
    b.log.unlink()
    assert b.out("erasures", "import", tmp_path / "export", a.log) == "3 imported\n2 erased\n"
    assert b.out("erasures", "import", tmp_path / "export") == "0 imported\n0 erased\n"
    assert a.stored() == []
    assert b.checked() == ["ok   erasures: 3 in LOG, all of the database's 3"]


def test_import_of_standard_input(hosts):
    a, b = hosts
    a.erase("oOne", "oTwo")
    exported = a.out("erasures", "export")
    restore(a, "oOne", "oTwo")
    assert "standard input:2 is no line of an erasure; nothing is imported" in b.refusal(
        "erasures", "import", "-", stdin=exported.splitlines(True)[0] + "x\n")
    assert b.out("erasures", "import", "-", stdin=exported) == "2 imported\n2 erased\n"
    assert b.out("erasures", "import", "-", stdin=exported) == "0 imported\n0 erased\n"
    assert b.checked() == ["ok   erasures: 2 in LOG, all of the database's 2"]


def test_an_export_that_did_not_come_to_its_end(hosts, tmp_path):
    """Nothing of it is imported. A log has no end."""
    a, b = hosts
    nobody = a.out("erasures", "export")
    assert nobody.startswith("end 0 ") and b.out("erasures", "import", "-", stdin=nobody) == "0 imported\n0 erased\n"
    a.erase("oOne", "oTwo")
    exported = a.out("erasures", "export")
    first, second, end = exported.splitlines(True)
    cut = 'standard input: it breaks off before the line with "end"'
    for text, said in (("", cut), (first, cut), (first + second, cut), (nobody + first, cut),
                       (first + end, "standard input: its end tells of another number of lines; export again"),
                       (first + second + end.replace("end 2", "end 3"), "3 is no line of an erasure"),
                       (first + second + end[:-4], "3 is no line of an erasure")):
        assert f"{said}" in b.refusal("erasures", "import", "-", stdin=text)
    (tmp_path / "empty").write_text("")
    assert "empty: it is empty; an export of a host that has erased nobody" in b.refusal("erasures", "import", tmp_path / "empty")
    assert b.lines() == []
    (tmp_path / "log").write_text(first + second)
    assert b.out("erasures", "import", tmp_path / "log") == "2 imported\n0 erased\n"
    assert b.out("erasures", "import", "-", stdin=exported + nobody) == "0 imported\n0 erased\n"


LINES = {
    "no line": (lambda line: "Some text\n", "is no line of an erasure"),
    "one that was cut": (lambda line: line[:-9] + "\n", "is no line of an erasure"),
    "another time": (lambda line: "9" + line[1:], "was made with another erasure key, or changed"),
}


@pytest.mark.parametrize("case", LINES)
def test_what_is_not_imported(hosts, tmp_path, case):
    a, b = hosts
    change, said = LINES[case]
    a.erase("oOne")
    restore(a, "oOne")
    line = a.log.read_text()
    (tmp_path / "import").write_text(line + change(line))
    assert f"import:2 {said}; nothing is imported" in b.refusal("erasures", "import", a.log, tmp_path / "import")
    assert b.lines() == [] and a.stored() == ["oOne"]


def test_a_pipe_is_imported_as_standard_input(hosts, tmp_path):
    """Nothing waits for the other end of one that is named, and one that breaks off has no end."""
    _, b = hosts
    os.mkfifo(tmp_path / "pipe")
    assert (f"{tmp_path}/pipe: it is no regular file; to import from a pipe run: wxuserctl erasures import - <{tmp_path}/pipe"
            in b.refusal("erasures", "import", tmp_path / "pipe"))


def test_the_file_of_another_installation(hosts, tmp_path):
    """Its erasure key is another one."""
    a, b = hosts
    a.erase("oOne")
    foreign = a.log.read_text()
    a.sql("TRUNCATE audit; TRUNCATE audit_link; TRUNCATE tombstone; DELETE FROM key_check WHERE kind = 2")
    (tmp_path / "erasure.keys").unlink()
    a.log.unlink()
    a.out("keys", "create", "--new")
    (tmp_path / "foreign").write_text(foreign)
    assert "foreign:1 was made with another erasure key" in b.refusal("erasures", "import", tmp_path / "foreign")
    a.log.write_text(foreign)
    b.erase("oTwo")
    a.store("oTwo")
    said = a.refusal("erasures", "replay")
    assert "1 erased\n" in said and "another erasure key has made 1 lines, as line 1" in said
    assert a.stored() == []
    assert "another erasure key" in a.refusal("erasures", "export")


def test_a_replay_tells_of_lines_that_cannot_be_read(hosts):
    """As of a file that was copied as text of another system. The rest is replayed."""
    a, b = hosts
    a.erase("oOne", "oTwo")
    first, second = a.log.read_bytes().splitlines(keepends=True)
    b.log.write_bytes(first.replace(b"\n", b"\r\n") + second)
    restore(a, "oOne", "oTwo")
    said = b.refusal("erasures", "replay")
    assert "1 erased\n" in said and f"{b.log}: 1 lines are none of an erasure, as line 1; whom they named is not erased" in said
    assert a.stored() == ["oOne"]
    assert "1 lines are none of an erasure" in b.refusal("erasures", "export")


@pytest.mark.parametrize("make", ["mkfifo", "mkdir"])
def test_a_log_that_is_no_file(hosts, make):
    """Nothing waits for the other end of a pipe."""
    a, b = hosts
    a.erase("oOne")
    b.log.unlink()
    getattr(os, make)(b.log)
    a.store("oTwo")
    for words in (["erasures", "replay"], ["erasures", "export"], ["erasures", "import", a.log], ["jobs", "run"],
                  ["user", "erase", "wx01", "oTwo"], ["check"]):
        assert f"{b.log}: " in b.refusal(*words)
    assert a.stored() == ["oTwo"]


def test_a_service_appends_what_another_has_erased(stack, tmp_path, unique):
    """Its workers look as soon as they run."""
    openid = f"o{unique}"
    stack.log_in(openid=openid)
    Ctl(stack).out("user", "erase", stack.app_id, openid)
    line = (stack.state / "secret/erasures.log").read_text().splitlines()[-1]
    log = tmp_path / "erasures.log"
    service = Service(stack, tmp_path, keys__erasure_log=log)
    try:
        wait_until(lambda: log.exists() and line in log.read_text().splitlines(), 20, "it appends the line")
        assert (log.stat().st_mode & 0o777, openid in log.read_text()) == (0o600, False)
    finally:
        service.end()
