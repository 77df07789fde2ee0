"""Keys that are lost, others', swapped or old: nothing is written under them, and the right files heal it all."""

import base64
import hmac
import json
import os
import pathlib
import pwd
import re
import struct
import subprocess

import pytest

from ctl import DATABASE, sql_as_root
from fastcgi_client import ask
from prometheus import Metrics
from installation import FILES, key_line
from service import Service
from stack import new_phone, wait_until
from traces import writable_memory

SCHEMA = "wxuser_keys"


@pytest.fixture
def service(stack, tmp_path):
    started = []

    def start(**settings):
        started.append(Service(stack, tmp_path, **settings))
        return started[-1]

    yield start
    for one in started:
        one.end()


def start(ctl):
    """The service as it starts on an installation: it must refuse."""
    program = ctl.command[0].parent / "wxuser.fcgi"
    return subprocess.run([program, *ctl.command[1:]], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=30, env=ctl.environment({"log__path": ""}))


def test_no_new_key_is_made_where_a_lost_one_is_needed(installation):
    (installation.directory / "erasures.log").write_text("1 ab - -\n")
    installation.add_member("13800000001")
    for name in FILES:
        installation.put(name, None)
        assert ("no such key file. If this is a new installation, run: wxuserctl keys create. "
                "If not, restore it from its backup") in installation.export()
        check = installation.refusal("check")
        assert f"FAIL keys: {installation.path(name)}: no such key file" in check
        assert " SMS: " in check, "it went on to the end"
        for words in [], ["--new"]:
            said = installation.refusal("keys", "create", *words)
            assert f"{installation.path(name)}: is missing" in said and "restore it from its backup" in said
            assert not installation.path(name).exists()
        installation.restore()
        installation.add_app(f"wx-{name}")
    assert installation.ctl.out("keys", "create").count("kept ") == len(FILES)


def test_none_is_made_where_one_of_several_may_not_be(installation):
    for name in FILES:
        installation.put(name, None)
    assert "sealing.keys: is missing" in installation.refusal("keys", "create")
    assert not any(installation.path(name).exists() for name in FILES)


def test_a_second_host_gets_no_keys_of_its_own(installation):
    """Nothing is sealed yet, but the first host may begin with it at any moment."""
    installation.sql("DELETE FROM app; DELETE FROM audit")
    for name in FILES:
        installation.put(name, None)
    said = installation.refusal("keys", "create")
    assert "copy it from the host that has it" in said and "wxuserctl keys create --new" in said


DAMAGES = {
    "empty": (lambda path: path.write_text(""), "damaged (empty); restore it"),
    "a link to nothing": (lambda path: (path.unlink(), path.symlink_to("/nonexistent/key")), "links to /nonexistent/key, which is missing"),
    "a directory": (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
    "of mode 644": (lambda path: path.chmod(0o644), "run: chmod 600"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_no_service_begins_with_is_not_kept(installation, damage):
    change, said = DAMAGES[damage]
    change(installation.path("lookup"))
    refusal = installation.refusal("keys", "create")
    assert f"{installation.path('lookup')}: " in refusal and said in refusal and "kept" not in refusal


def test_a_key_that_is_refused_leaves_no_file(installation):
    installation.sql("DELETE FROM audit")
    installation.put("sealing", key_line(1, 7))
    installation.put("lookup", None)
    assert "sealing.keys: key 1 is not this database's" in installation.refusal("keys", "create", "--new")
    assert not installation.path("lookup").exists()
    installation.put("sealing", installation.texts["sealing"])
    assert installation.ctl.out("keys", "create", "--new").count("made ") == 1


def test_the_next_sealing_key_has_a_number_of_its_own(installation):
    installation.sql("DELETE FROM app")
    for number in 2, 3:
        installation.put("sealing", None)
        installation.ctl.out("keys", "create", "--new")
        assert re.match(rf"{number} ", installation.path("sealing").read_text())
    installation.add_app("wx02")
    assert "ok   keys: " in installation.ctl.out("check")


def test_keys_are_made_before_the_schema(stack, empty, tmp_path):
    empty.settings.update({f"keys__{name}": tmp_path / name for name in (*FILES, "erasure_log")})
    assert empty.out("keys", "create").count("made ") == len(FILES)
    for name in FILES:
        assert (tmp_path / name).read_text().startswith("1 ")
    sql_as_root(stack, f"CREATE TABLE {DATABASE}.schema_version (version INT); "
                       f"INSERT INTO {DATABASE}.schema_version VALUES (8)")
    (tmp_path / "lookup").unlink()
    done = empty.run("keys", "create")
    assert done.returncode == 1 and "run first: wxuserctl migrate" in done.stderr


@pytest.mark.parametrize("setting, value", [("database__socket", "/nonexistent"), ("database__control_user", "nobody"),
                                            ("database__name", "nosuch")])
def test_keys_are_not_made_blindly(installation, setting, value):
    before = installation.ctl.settings.get(setting, "")
    installation.put("lookup", None)
    installation.ctl.settings[setting] = value
    said = installation.refusal("keys", "create")
    assert "the database must tell whether it has had others" in said and "wxuserctl keys create --new" in said
    assert not installation.path("lookup").exists()
    assert installation.ctl.out("keys", "create", "--new").count("made ") == 1
    installation.ctl.settings[setting] = before
    if setting == "database__socket":
        del installation.ctl.settings[setting]
    assert "lookup.keys: key 1 is not this database's" in installation.export()


def test_keys_that_are_there_need_no_database(installation):
    installation.ctl.settings["database__socket"] = "/nonexistent"
    assert installation.ctl.out("keys", "create").count("kept ") == len(FILES)


def swap(a, b):
    return lambda texts: {a: texts[b], b: texts[a]}


WRONG = {
    "another sealing key": (lambda texts: {"sealing": key_line(1, 7)},
                            "sealing.keys: key 1 is not this database's; copy the file aside, and put in place of this line that of a backup"),
    "one of another number": (lambda texts: {"sealing": key_line(2, 7)},
                              "sealing.keys: key 1 of this database is missing; if the file has it, run: wxuserctl reload; else add its line "),
    "another look-up key": (lambda texts: {"lookup": key_line(1, 7)}, "lookup.keys: key 1 is not this database's"),
    "another erasure key": (lambda texts: {"erasure": key_line(1, 7)}, "erasure.keys: key 1 is not this database's"),
    "sealing and look-up swapped": (swap("sealing", "lookup"), "lookup.keys; the files are swapped"),
    "sealing and erasure swapped": (swap("sealing", "erasure"), "erasure.keys; the files are swapped"),
    "look-up and erasure swapped": (swap("lookup", "erasure"), "erasure.keys; the files are swapped"),
    "all of another installation": (lambda texts: {name: key_line(1, i) for i, name in enumerate(FILES)},
                                    "sealing.keys: key 1 is not this database's"),
    "an empty file": (lambda texts: {"lookup": ""}, "lookup.keys: damaged (empty); restore it from its backup"),
    "half a line": (lambda texts: {"sealing": texts["sealing"][:20]}, "damaged (line 1 is no key); restore it"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_keys_are_refused_by_all_and_the_right_ones_heal_it(installation, case):
    change, said = WRONG[case]
    for name, text in change(installation.texts).items():
        installation.put(name, text)
    assert said in installation.export()
    check = installation.refusal("check")
    assert re.search(f"^FAIL keys: .*{re.escape(said)}", check, re.M) and "ok   keys" not in check
    assert "level=error" not in check, "it opens nothing with them"
    done = start(installation.ctl)
    assert done.returncode == 78 and said in done.stderr
    installation.restore()
    installation.add_app("wx02")
    assert "ok   keys: " in installation.ctl.out("check")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_somebody_else(installation):
    for directory in installation.directory, *installation.directory.parents:
        if not directory.stat().st_mode & 0o001:
            directory.chmod(0o711)
    path = installation.path("sealing")
    installation.ctl.settings.update(server__user="nobody", database__password_file="",
                                     keys__lookup=path, keys__erasure=path, keys__audit=path)
    assert f"sealing.keys: user nobody may not read it; run: chown nobody {path}\n" in installation.export()
    os.chown(path, pwd.getpwnam("nobody").pw_uid, -1)
    assert "holds the same key as" in installation.export()
    installation.directory.chmod(0o700)
    assert f"sealing.keys: user nobody may not enter {installation.directory}; name a file elsewhere\n" \
        in installation.export()


def test_editors_and_numbers_make_no_other_key(installation):
    for name, text in installation.texts.items():
        installation.put(name, "\ufeff" + text.replace("\n", "\r\n\r\n"))
    installation.put("lookup", installation.texts["lookup"].strip().replace("1 ", "7 ", 1))
    installation.add_app("wx02")


def test_a_key_is_added_and_stays_needed(installation):
    """An older file must not come back, nor one without the keys that sealed what is there."""
    both = installation.texts["sealing"] + key_line(2, 7)
    installation.put("sealing", both)
    installation.add_app("wx02")
    installation.ctl.out("keys", "rotate", "sealing")
    installation.restore()
    assert "sealing.keys: key 2 of this database is missing" in installation.export()
    installation.put("sealing", key_line(2, 7))
    assert "sealing.keys: key 1 of this database is missing" in installation.export()
    installation.put("sealing", installation.texts["sealing"] + key_line(2, 8))
    assert "sealing.keys: key 2 is not this database's" in installation.export()
    installation.put("sealing", both)
    installation.add_app("wx03")
    assert re.search(r"^ +3 +0 +0 +0  app\.secret$", installation.ctl.out("keys", "verify"), re.M)


def test_a_database_from_before_a_key_was_added(installation):
    installation.put("sealing", installation.texts["sealing"] + key_line(2, 7))
    installation.add_app("wx02")
    installation.sql("DELETE FROM key_check WHERE number = 2; DELETE FROM app WHERE appid = 'wx02'")
    installation.add_app("wx02")


def forget(installation):
    """As a database is that an older release has filled."""
    installation.sql("DELETE FROM key_check")


def test_the_first_keys_must_open_what_is_there(installation):
    forget(installation)
    installation.put("sealing", key_line(1, 7))
    assert "sealing.keys: its keys do not open app.secret of row 1; restore the file from its backup" in (
        installation.export())
    installation.restore()
    installation.add_app("wx02")


def test_the_first_look_up_key_must_have_hashed_most(installation):
    def refused():
        said = re.search("of the first (\\d+) phones and entries of the audit another key has hashed (\\d+); restore",
                         installation.export())
        return int(said[1]), int(said[2])

    installation.add_member("13800000001", "13800000002", "13800000003")
    forget(installation)
    installation.put("lookup", key_line(1, 7))
    assert refused() == (3, 3)
    installation.sql("UPDATE audit SET key_number = NULL")
    n, n_others = refused()
    assert n == n_others > 3
    installation.sql("DELETE FROM audit")
    assert refused() == (3, 3)
    installation.restore()
    installation.sql("UPDATE member SET phone_hash = REPEAT('x', 32) WHERE id = 2")
    installation.add_app("wx02")
    assert "FAIL keys: 1 of the first 3 hashes of member.phone_hash were made with another key, as that of row 2" in (
        installation.refusal("check"))
    said = installation.refusal("keys", "verify")
    assert re.search(r"^ +3 +1 +2 +0  member\.phone_hash$", said, re.M) and "another key has hashed 1 phones" in said


def test_the_first_audit_key_must_have_signed_most(installation):
    forget(installation)
    installation.put("audit", key_line(1, 7))
    assert re.search("audit.keys: of the last (\\d+) entries of the audit another key has signed \\1; restore", installation.export())
    installation.restore()
    installation.put("audit", installation.texts["audit"] + key_line(2, 7))
    installation.add_app("wx02")
    installation.sql("DELETE FROM key_check")
    installation.add_app("wx03")
    installation.restore()
    assert "audit.keys: key 2 of this database is missing" in installation.export()


def test_no_key_is_taken_up_beside_a_wrong_one(installation):
    installation.sql("DELETE FROM audit")
    forget(installation)
    installation.put("sealing", key_line(1, 7))
    installation.put("lookup", key_line(1, 8))
    installation.put("erasure", key_line(1, 9))
    installation.put("audit", key_line(1, 10))
    installation.export()
    installation.restore()
    installation.add_app("wx02")


def test_what_another_key_of_the_same_number_has_sealed(installation):
    """It has happened before there were check values: the file takes both."""
    wrong = key_line(1, 7)
    forget(installation)
    installation.sql("UPDATE app SET is_default = NULL; CREATE TABLE kept AS SELECT * FROM app; DELETE FROM app")
    installation.put("sealing", wrong)
    installation.add_app("wx02")
    forget(installation)
    installation.sql("INSERT INTO app SELECT * FROM kept; DROP TABLE kept")
    installation.restore()
    assert "do not open app.secret of row 2" in installation.export()
    installation.put("sealing", installation.texts["sealing"] + wrong + key_line(2, 8))
    installation.add_app("wx03")
    assert "ok   keys: " in installation.ctl.out("check")


def test_damaged_values_are_counted(installation):
    installation.add_app("wx02")
    installation.sql("UPDATE app SET secret = (SELECT secret FROM app WHERE id = 1) WHERE id = 2")
    assert "FAIL keys: 1 of the first 2 values of app.secret do not open, as that of row 2" in (
        installation.refusal("check"))
    said = installation.refusal("keys", "verify")
    assert re.search(r"^ +2 +1 +2 +0  app\.secret$", said, re.M) and "no key opens 1 values" in said


def after_lost(line):
    return "1 lost\n" + line.replace("1 ", "2 ", 1)


def app_secrets(installation):
    """How many there are, do not open, and are lost."""
    said = installation.ctl.out("keys", "verify")
    return [int(n) for n in re.search(r"^ +(\d+) +(\d+) +\d+ +(\d+)  app\.secret$", said, re.M).groups()]


def test_what_a_lost_key_has_sealed_reads_as_empty(installation):
    installation.put("sealing", None)
    assert "If there is none, see: wxuserctl keys create --help" in installation.refusal("keys", "create")
    installation.put("sealing", after_lost(key_line(1, 7)))
    installation.add_app("wx02")
    assert app_secrets(installation) == [2, 0, 1]
    check = installation.ctl.out("check")
    assert "warn keys: 1 of the first 2 values of app.secret read as empty, since their key is lost" in check
    assert "ok   keys: " in check and "level=error" not in check
    found = installation.texts["sealing"] + key_line(2, 7)
    installation.put("sealing", found)
    assert app_secrets(installation) == [2, 0, 0]
    installation.put("sealing", after_lost(key_line(1, 7)))
    installation.ctl.out("app", "set-secret", "wx01", "--untried", stdin="s\n")
    assert app_secrets(installation) == [2, 0, 0]


@pytest.mark.parametrize("name, one, two", [
    ("lookup", "key 1 of this database is missing", "key 2 of this database is missing"),
    ("erasure", "key 2 is not this database's", "key 1 is not this database's")])
def test_another_key_in_place_of_a_lost_one(installation, name, one, two):
    installation.put(name, key_line(2, 7))
    assert f"{name}.keys: {one}" in installation.export()
    installation.put(name, after_lost(key_line(1, 7)))
    installation.add_app("wx02")
    assert "ok   keys: " in installation.ctl.out("check")
    installation.put(name, after_lost(key_line(1, 8)))
    assert f"{name}.keys: key 2 is not this database's" in installation.export()
    installation.restore()
    assert f"{name}.keys: {two}" in installation.export()


def test_the_right_erasure_key_after_a_wrong_one_was_taken_up(installation):
    forget(installation)
    installation.put("erasure", key_line(1, 7))
    installation.add_app("wx02")
    installation.restore()
    assert "erasure.keys: key 1 is not this database's" in installation.export()
    installation.put("erasure", after_lost(installation.texts["erasure"]))
    installation.add_app("wx03")


def test_check_misses_the_log_of_erasures(installation):
    log = installation.directory / "erasures.log"
    assert f"ok   erasures: 0 in {log}, all of the database's 0\n" in installation.ctl.out("check")
    installation.sql("UPDATE audit SET action = 'user.erase' LIMIT 1")
    assert f"warn erasures: {log} has no erasure, and the database has had 1; take them from its backup or from another host: " \
        "wxuserctl erasures import FILE\n" in installation.ctl.out("check")
    log.write_text(f"no line\n1 {'ab' * 32} - - {'0' * 16}\n")
    said = installation.ctl.out("check")
    assert f"warn erasures: {log}: 1 lines are none of an erasure, as line 1\n" in said
    assert f"warn erasures: {log}: another erasure key has made 1 lines, as line 2, or they were changed" in said
    log.unlink()
    assert f"FAIL erasures: {log}: No such file or directory; take them from its backup" in installation.refusal("check")
    log.mkdir()
    assert f"FAIL erasures: {log}: Is a directory" in installation.refusal("check")


# ---- Data of a release that had no subkeys, and no key of the audit.


def without_subkeys(line):
    return line.replace(" hkdf ", " ")


def sign_as_before(installation):
    """The look-up key has signed the audit."""
    key = base64.b64decode(installation.texts["lookup"].split()[1])
    rows = sql_as_root(installation.stack, f"SELECT id, tenant_id, LOWER(HEX(entry_uuid)), TIMESTAMPDIFF(MICROSECOND, '1970-01-01', at), "
                                           f"action, actor, subject, details FROM {SCHEMA}.audit")
    for row in rows:
        entry, tenant, *signed = row.split("\t")
        mac = hmac.new(key, struct.pack(">i", int(tenant)) + b"\x05audit" + "\n".join(signed).encode(), "sha256")
        installation.sql(f"UPDATE audit SET key_number = NULL, who = NULL, origin = NULL, request_id = NULL, "
                         f"mac = x'{mac.hexdigest()}' WHERE id = {entry}")


@pytest.fixture
def old(installation):
    for name in "sealing", "lookup", "erasure":
        installation.texts[name] = without_subkeys(installation.texts[name])
    installation.sql("DELETE FROM key_check; DELETE FROM audit WHERE action <> 'key.add'; DELETE FROM app")
    installation.restore()
    installation.add_app("wx01")
    installation.add_member("13800000001", "13800000002")
    sign_as_before(installation)
    installation.put("audit", None)
    installation.sql("DELETE FROM key_check WHERE kind = 3")
    return installation


def test_an_installation_from_before_goes_on(old):
    said = old.export()
    assert "audit.keys: no such key file" in said and "from before [keys] audit has none: run wxuserctl keys create" in said
    assert old.ctl.out("keys", "create").count("made ") == 1
    assert old.path("audit").read_text().startswith("1 hkdf ")
    old.texts["audit"] = old.path("audit").read_text()
    assert "ok   keys: " in old.ctl.out("check")
    assert re.search(r"^ +1 +0 +0 +0  app\.secret$", old.ctl.out("keys", "verify"), re.M)
    old.add_member("13800000001", "13800000002", "13800000003")
    assert sql_as_root(old.stack, f"SELECT COUNT(*) FROM {SCHEMA}.member") == ["3"]
    assert sql_as_root(old.stack, f"SELECT COUNT(*), COUNT(key_number) FROM {SCHEMA}.audit") == ["6\t2"]
    old.ctl.out("jobs", "run", "audit_seal")
    assert "6 entries of 2 chains were verified, 0 wait" in old.ctl.out("audit", "verify")
    forget(old)
    old.add_app("wx02")


def test_entries_of_before_tell_the_look_up_key(old):
    old.ctl.out("keys", "create")
    old.sql("DELETE FROM member")
    forget(old)
    old.put("lookup", key_line(1, 7))
    assert "lookup.keys: of the first 4 phones and entries of the audit another key has hashed 4; restore" in old.export()
    old.put("lookup", None)
    assert "lookup.keys: is missing, and the database has what only that key reads" in old.refusal("keys", "create", "--new")


def test_a_key_with_subkeys_is_another_one(old):
    old.ctl.out("keys", "create")
    old.put("lookup", old.texts["lookup"].replace("1 ", "1 hkdf "))
    assert "lookup.keys: key 1 is not this database's" in old.export()


# ---- A service that runs.


def copied_keys(stack, directory):
    """The stack's, in files of the second host's own, as settings."""
    files = {name: directory / f"copied-{name}.keys" for name in FILES}
    for name, path in files.items():
        path.write_text((stack.state / f"secret/{name}.keys").read_text())
        path.chmod(0o600)
    return {f"keys__{name}": path for name, path in files.items()}


@pytest.mark.parametrize("name", FILES)
def test_a_second_host_with_another_key(stack, service, tmp_path, name):
    """It does not start, nor takes the key by a reload or an upgrade; "check" says why, and heals with the right one."""
    keys = copied_keys(stack, tmp_path)
    wrong = keys[f"keys__{name}"]
    right = wrong.read_text()
    one = service(**keys)
    wrong.write_text(key_line(1, 7))
    said = f"copied-{name}.keys: key 1 is not this database's; copy the file aside, and put in place of this line that of a backup"
    for verb in "reload", "upgrade":
        done = one.ctl.run(verb, **keys)
        assert done.returncode == 1 and "refused, nothing has changed: " in done.stderr and said in done.stderr
    assert one.answers() and one.number("generation") == 1
    check = one.ctl.run("check", **keys)
    assert check.returncode == 1 and re.search(f"^FAIL keys: .*{re.escape(said)}", check.stdout, re.M)
    wrong.write_text(right)
    one.ctl.out("reload", **keys)
    assert one.answers()
    one.end()
    wrong.write_text(key_line(1, 7))
    one.ctl.settings.update({**keys, "log__path": ""})
    done = start(one.ctl)
    assert done.returncode == 78 and said in done.stderr


def posts(one, stack, endpoint, **members):
    answer = ask(str(one.directory / "core.sock"), "POST", f"/api/weixin/wxbuyinguser/{endpoint}", json.dumps(members).encode(),
                 CONTENT_TYPE="application/json", HTTP_AUTHORIZATION=f"Bearer {stack.key}",
                 HTTP_X_WX_APPID=stack.app_id)
    return json.loads(answer.body)["status"] == 200


def saves(one, stack, openid):
    return posts(one, stack, "saveuser", openId=openid, phone=new_phone())


@pytest.mark.parametrize("name", FILES)
def test_who_starts_before_the_database_writes_nothing_under_wrong_keys(stack, service, tmp_path, unique, name):
    """Nor makes a second member of one phone, which its look-up key does not find."""
    socket, keys, phone = tmp_path / "database", copied_keys(stack, tmp_path), new_phone()
    right = keys[f"keys__{name}"].read_text()
    keys[f"keys__{name}"].write_text(key_line(1, 7))
    user = stack.save(openId=f"o{unique}")
    stack.member(phone=phone)
    members = stack.count("member")
    one = service(database__socket=socket, **keys)
    assert not saves(one, stack, unique)
    socket.symlink_to(stack.env["WXUSER_DB_SOCKET"])
    wait_until(lambda: not saves(one, stack, unique) and
               f"copied-{name}.keys: key 1 is not this database's" in one.log.read_text(), 20, "it says so")
    assert not posts(one, stack, "createmember", wxBuyingUserId=user, phone=phone)
    readiness = ask(str(tmp_path / "core.sock"), "GET", "/readyz")
    assert readiness.status == 503 and json.loads(readiness.body)["database"] == "refuses"
    assert stack.count("wechat_user", f"openid = '{unique}'") == 0 and stack.count("member") == members
    keys[f"keys__{name}"].write_text(right)
    one.ctl.out("reload", database__socket=socket, **keys)
    assert saves(one, stack, unique)
    assert stack.count("wechat_user", f"openid = '{unique}'") == 1
    assert not posts(one, stack, "createmember", wxBuyingUserId=user, phone=phone), "the phone is taken"
    assert posts(one, stack, "bindmember", wxBuyingUserId=user, phone=phone)
    assert stack.count("member") == members


def test_who_starts_before_the_database_goes_on_with_the_right_keys(stack, service, tmp_path, unique):
    socket = tmp_path / "database"
    one = service(database__socket=socket)
    assert not saves(one, stack, unique)
    socket.symlink_to(stack.env["WXUSER_DB_SOCKET"])
    wait_until(lambda: saves(one, stack, unique), 20, "it saves")


def assert_closed(stack, openid):
    answer = stack.get(f"/api/weixin/wxbuyinguser/getbyopenid?openId={openid}")
    assert answer.status >= 500


def n_integrity_errors(stack):
    return Metrics(stack.request("GET", "/metrics").text).value("wxuser_integrity_errors_total")


def test_a_damaged_value_locks_nothing_else(stack, ctl, unique):
    """Whoever reads it: it is absent, logged and counted, until it is set anew. An erasure does not open it."""
    phones = [new_phone() for _ in range(2)]
    before_both = stack.save(openId=f"before-{unique}")
    users = [stack.save(openId=f"{unique}-{i}", phone=phones[i]) for i in range(2)]
    token = stack.token(openid=f"{unique}-0")
    (uuid,), = stack.sql(f"SELECT LOWER(HEX(row_uuid)) FROM wechat_user WHERE id = {users[0]}")
    stack.sql(f"UPDATE wechat_user a, wechat_user b SET a.phone = b.phone, a.session_key = REPEAT('x', 40) "
              f"WHERE a.id = {users[0]} AND b.id = {users[1]}")
    before = n_integrity_errors(stack)
    shop = "/api/weixin/wxbuyinguser"
    listed = stack.post(f"{shop}/getlist", users)
    assert [user["phone"] for user in listed.json] == ["", phones[1]]
    answers = [stack.get(f"{shop}/get?id={users[0]}"), stack.get(f"{shop}/getbyopenid?openId={unique}-0"), listed,
               stack.request("GET", "/v1/me", key=token)]
    assert [answer.status for answer in answers] == [200] * 4
    for answer in answers:
        stack.await_log(f"request={answer.headers['X-Request-Id']} msg=\"integrity: wechat_user.phone of row_uuid {uuid} does not open")
    assert n_integrity_errors(stack) == before + 4
    stack.login_of(openid=f"{unique}-0")
    for words in (["user", "find", "--openid", f"{unique}-0"], ["user", "find", "--phone", phones[0]],
                  ["user", "show", str(users[0])],
                  ["user", "list", "--tenant", "1", "--after", str(before_both), "--limit", "2"],
                  ["user", "erase", str(users[0]), "--dry-run"]):
        done = ctl.run(*words)
        assert done.returncode == 0, done
        assert (f"wechat_user.phone of row_uuid {uuid} does not open with key 1" in done.stderr) == (words[1] != "erase"), done
    for words in ["users", "export", "--app", stack.app_id], ["user", "export", str(users[0])]:
        done = ctl.run(*words)
        assert done.returncode == 1 and f"{unique}-0" in done.stdout, done
        assert f"of row_uuid {uuid} does not open" in done.stderr and "are damaged and left out" in done.stderr
    assert f"(row_uuid {uuid})" in ctl.run("check").stderr + ctl.run("check").stdout
    stack.save(openId=f"{unique}-0", phone=phones[0])
    assert stack.get(f"{shop}/get?id={users[0]}").json["phone"] == phones[0]
    stack.sql(f"UPDATE wechat_user SET phone = REPEAT('x', 40) WHERE id = {users[0]}")
    assert ctl.run("user", "erase", str(users[0])).returncode == 0
    assert stack.count("wechat_user", f"id = {users[0]}") == 0


def test_a_value_that_does_not_open_is_named_in_the_log(stack, unique):
    stack.save(openId=unique, phone=new_phone())
    stack.sql(f"UPDATE wechat_user SET phone = INSERT(phone, 2, 2, x'0009') WHERE openid = '{unique}'")
    (uuid,), = stack.sql(f"SELECT LOWER(HEX(row_uuid)) FROM wechat_user WHERE openid = '{unique}'")
    assert_closed(stack, unique)
    stack.await_log(f"keys: wechat_user.phone of row_uuid {uuid} is sealed with key 9, which this process does not have; if .* has it, "
                    "run: wxuserctl reload; else add the line of that key ")
    stack.sql(f"UPDATE wechat_user SET phone = INSERT(phone, 2, 2, x'0001'), row_uuid = REPEAT('x', 16) "
              f"WHERE openid = '{unique}'")
    stack.user(unique)
    stack.await_log(f"integrity: wechat_user.phone of row_uuid {'78' * 16} does not open with key 1: ")
    stack.sql(f"UPDATE wechat_user SET phone = NULL WHERE openid = '{unique}'")


def key_regions(pid):
    """The flags of the memory for keys, which is kept out of core files. So are the kernel's own pages and the
    sanitizers' memory, which has no swap space reserved."""
    found = [line.split()[1:] for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines()
             if line.startswith("VmFlags:")]
    return [flags for flags in found if "dd" in flags and not {"io", "nr"} & set(flags)]


def workers_of(one):
    return pathlib.Path(f"/proc/{one.process.pid}/task/{one.process.pid}/children").read_text().split()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to read another process's memory")
def test_a_worker_has_no_keys_of_the_generation_before(service):
    """And has its own locked."""
    one = service()
    line = one.sealing.read_text().splitlines()[0]
    assert " hkdf " in line
    extracted = hmac.digest(bytes(32), base64.b64decode(line.split()[-1]), "sha256")
    subkey = hmac.digest(extracted, b"wxuser sealing\x01", "sha256")

    def n_copies(pid):
        return sum(region.count(subkey) for region in writable_memory(pid))

    [before] = {n_copies(pid) for pid in workers_of(one)}
    assert before > 0
    old = workers_of(one)
    one.ctl.out("reload")
    wait_until(lambda: not set(old) & set(workers_of(one)), 30, "the old workers have ended")
    assert len(workers_of(one)) == 2
    # A sanitizer keeps everything from being locked.
    is_locked = "libasan" not in pathlib.Path(f"/proc/{one.process.pid}/maps").read_text()
    for pid in workers_of(one):
        [flags] = key_regions(pid)
        assert ("lo" in flags) is is_locked and n_copies(pid) == before
    assert all(("lo" in flags) is is_locked for flags in key_regions(one.process.pid))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to read another process's memory")
def test_no_process_keeps_the_key_of_a_file(service):
    """It has the subkeys of the purposes; from the key of the file all could be derived."""
    one = service()
    files = [pathlib.Path(path) for path in re.findall(r"^(?:sealing|lookup|erasure|audit) = (.*)$",
                                                       one.conf.read_text(), re.M)]
    texts = [line.split()[-1] for path in files for line in path.read_text().splitlines()]
    assert len(texts) >= len(FILES) and all(" hkdf " in path.read_text() for path in files)
    assert one.answers()
    workers = workers_of(one)
    assert len(workers) == 2
    for pid in (one.process.pid, *workers):
        regions = list(writable_memory(pid))
        assert any(b"wxuser.conf" in region for region in regions), "its memory was read"
        for text in texts:
            assert not any(text.encode() in region or base64.b64decode(text) in region for region in regions)
