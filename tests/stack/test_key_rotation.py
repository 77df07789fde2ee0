"""Keys are replaced while the service runs: nothing is lost, also if "wxuserctl keys rotate" is killed at any moment."""

import json
import random
import re
import subprocess
import time

import pytest

from background import Background
from fastcgi_client import ask
from installation import key_line
from service import Service
from stack import wait_until

SCHEMA = "wxuser_rotation"
N_MEMBERS = 2000


def key_states(installation, name):
    """The state and the number of values of each of its keys."""
    return {int(number): (state, int(n)) for number, state, n in
            re.findall(rf"^{name} +(\d+)  (in use|\w+) +(\d+)", installation.ctl.out("keys", "status"), re.M)}


def start(installation, *words):
    ctl = installation.ctl
    return subprocess.Popen([*ctl.command, *words], env=ctl.environment({}),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def rotate(installation, name="sealing"):
    installation.ctl.out("keys", "add", name)
    return installation.ctl.out("keys", "rotate", name)


def test_a_new_key_is_used_after_a_rotation(installation):
    installation.ctl.out("keys", "add", "sealing")
    assert re.fullmatch(r"1 hkdf \S{44}\n2 hkdf \S{44}\n", installation.path("sealing").read_text())
    assert installation.path("sealing").stat().st_mode & 0o777 == 0o600
    assert "key 2, which is not in use yet; run: wxuserctl keys rotate sealing" in installation.refusal("keys", "add", "sealing")
    installation.add_app("wx02")
    assert key_states(installation, "sealing") == {1: ("in use", 2), 2: ("new", 0)}
    assert "2 values were sealed again" in installation.ctl.out("keys", "rotate", "sealing")
    installation.add_app("wx03")
    assert key_states(installation, "sealing") == {1: ("old", 0), 2: ("in use", 3)}
    assert "0 values were sealed again" in installation.ctl.out("keys", "rotate", "sealing")


@pytest.mark.parametrize("command", ["keys status", "keys verify", "check", "audit verify", "app list"])
def test_who_reads_makes_no_key_known(installation, command):
    """A file that is tried by mistake leaves nothing behind: the next key has the next number."""
    installation.put("sealing", installation.texts["sealing"] + key_line(2, 7))
    done = installation.ctl.run(*command.split())
    assert "keys:" not in done.stdout or "those of this database" in done.stdout
    assert installation.sql("SELECT COUNT(*) FROM key_check WHERE kind = 0") == ["1"]
    if command == "keys status":
        assert re.search(r"^sealing +2  new  .*\nlookup ", done.stdout, re.M)
    installation.put("sealing", installation.texts["sealing"])
    assert "Key 2 is in" in installation.ctl.out("keys", "add", "sealing")


def test_a_key_that_no_host_has_any_more_is_given_up(installation):
    installation.ctl.out("keys", "add", "sealing")
    installation.add_app("wx02")
    installation.put("sealing", installation.texts["sealing"].rstrip("\n"))
    line = re.search(r"run: |give it up: (.*); then copy the file", installation.refusal("keys", "add", "sealing"))[1]
    subprocess.run(["sh", "-c", line], check=True, timeout=30)
    assert "Key 3 of" in installation.ctl.out("keys", "rotate", "sealing")
    assert key_states(installation, "sealing") == {1: ("old", 0), 2: ("lost", 0), 3: ("in use", 2)}


def test_a_key_from_before_subkeys_is_replaced(installation):
    old = installation.texts["sealing"].replace(" hkdf ", " ")
    installation.sql("DELETE FROM key_check; DELETE FROM app")
    installation.put("sealing", old)
    installation.add_app("wx01")
    rotate(installation)
    assert key_states(installation, "sealing") == {1: ("old", 0), 2: ("in use", 1)}
    assert re.search(r"^ +1 +0 +0 +0  app\.secret$", installation.ctl.out("keys", "verify"), re.M)


def test_a_key_is_dropped_when_nothing_needs_it(installation):
    rotate(installation)
    both = installation.path("sealing").read_text()
    assert "1 values need this key" not in installation.refusal("keys", "drop", "sealing", "2")
    assert "for less than 31 days" in installation.refusal("keys", "drop", "sealing", "1")
    installation.sql("UPDATE key_check SET used_from = used_from - INTERVAL 32 DAY")
    installation.sql("CREATE TABLE kept AS SELECT * FROM app")
    installation.sql("UPDATE app SET secret = INSERT(secret, 2, 2, x'0001')")
    assert "1 values need this key" in installation.refusal("keys", "drop", "sealing", "1")
    installation.sql("UPDATE app, kept SET app.secret = kept.secret; DROP TABLE kept")
    installation.ctl.out("keys", "drop", "sealing", "1")
    assert installation.path("sealing").read_text() == both.splitlines(True)[1]
    assert key_states(installation, "sealing") == {1: ("retired", 0), 2: ("in use", 1)}
    installation.put("sealing", both)
    installation.add_app("wx02")
    assert key_states(installation, "sealing") == {1: ("retired", 0), 2: ("in use", 2)}


def test_a_key_that_is_not_in_use_is_not_dropped(installation):
    installation.ctl.out("keys", "add", "sealing")
    added = installation.path("sealing").read_text()
    assert "this key is newer than the one in use" in installation.refusal("keys", "drop", "sealing", "2")
    assert installation.path("sealing").read_text() == added


def retire(installation, number):
    """As if the key was dropped without ever having been in use."""
    installation.sql(f"UPDATE key_check SET retired_at = UTC_TIMESTAMP(6) WHERE kind = 0 AND number = {number}")


def test_a_number_is_not_given_to_another_key(installation):
    installation.ctl.out("keys", "add", "sealing")
    installation.add_app("wx02")
    retire(installation, 2)
    assert "this key is retired" in installation.refusal("keys", "rotate", "sealing")
    installation.put("sealing", installation.texts["sealing"])
    assert "Key 3 is in" in installation.ctl.out("keys", "add", "sealing")
    installation.ctl.out("keys", "rotate", "sealing")
    assert key_states(installation, "sealing") == {1: ("old", 0), 2: ("retired", 0), 3: ("in use", 2)}


def test_another_key_of_a_retired_number_is_refused(installation):
    installation.ctl.out("keys", "add", "sealing")
    installation.add_app("wx02")
    retire(installation, 2)
    installation.put("sealing", installation.texts["sealing"] + key_line(2, 7))
    assert "key 2 is not this database's" in installation.export()


def test_a_host_needs_no_key_that_is_not_in_use(installation):
    installation.ctl.out("keys", "add", "sealing")
    installation.ctl.out("keys", "add", "audit")
    installation.add_app("wx02")
    both = installation.path("sealing").read_text()
    installation.restore()
    installation.add_app("wx03")
    assert f"another host has key 2, which is not in use yet; copy {installation.path('sealing')} from there" in (
        installation.refusal("keys", "add", "sealing"))
    installation.put("sealing", installation.texts["sealing"] + key_line(2, 7))
    assert "key 2 is not this database's" in installation.export()
    installation.put("sealing", both)
    installation.ctl.out("keys", "rotate", "sealing")
    installation.restore()
    assert "key 2 of this database is missing" in installation.export()


@pytest.mark.parametrize("name", ["sealing", "lookup", "audit"])
def test_a_new_key_in_place_of_a_lost_one_is_in_use(installation, name):
    """Though it was never taken into use."""
    installation.ctl.out("keys", "add", name)
    installation.add_app("wx02")
    lines = installation.path(name).read_text().splitlines(True)
    installation.put(name, "1 lost\n" + lines[1])
    installation.add_member("13800000001")
    kind = ["sealing", "lookup", "erasure", "audit"].index(name)
    assert installation.sql(f"SELECT COUNT(*) FROM key_check WHERE kind = {kind} AND number = 2 AND used_from IS NOT NULL") == ["1"]
    assert key_states(installation, name)[2][0] == "in use"
    installation.put(name, lines[0])
    assert "key 2 of this database is missing" in installation.export()


def test_a_key_after_a_byte_order_mark_is_dropped(installation):
    rotate(installation)
    lines = installation.path("sealing").read_text().splitlines(True)
    installation.sql("UPDATE key_check SET used_from = used_from - INTERVAL 32 DAY")
    installation.put("sealing", "\ufeff" + "".join(lines))
    installation.ctl.out("keys", "drop", "sealing", "1")
    assert installation.path("sealing").read_text() == "\ufeff" + lines[1]
    assert "it has no line of this key" in installation.refusal("keys", "drop", "sealing", "1")


def test_of_several_that_add_a_key_one_does(installation):
    processes = [start(installation, "keys", "add", "sealing") for _ in range(4)]
    assert sorted(process.wait() for process in processes) == [0, 1, 1, 1]
    assert re.fullmatch(r"1 hkdf \S{44}\n2 hkdf \S{44}\n", installation.path("sealing").read_text())


def test_a_host_without_the_key_holds_the_rotation_up(installation):
    installation.ctl.out("keys", "add", "sealing")
    installation.sql("INSERT INTO key_host (host, sealing, audit, since, seen_at) "
                     "VALUES ('b', 1, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))")
    assert f"the service of host b has not got key 2: copy {installation.path('sealing')} there" in (
        installation.refusal("keys", "rotate", "sealing"))
    installation.sql("UPDATE key_host SET sealing = 2")
    assert "the service of host b has just got its keys" in installation.refusal("keys", "rotate", "sealing")
    assert key_states(installation, "sealing") == {1: ("in use", 1), 2: ("new", 0)}
    installation.sql("UPDATE key_host SET since = since - INTERVAL 1 HOUR")
    installation.ctl.out("keys", "rotate", "sealing")


def test_a_service_that_has_just_started_holds_the_rotation_up(stack, installation, tmp_path):
    """It tells its keys before it serves."""
    (tmp_path / "service").mkdir()
    service = Service(stack, tmp_path / "service", **installation.ctl.settings)
    try:
        installation.ctl.out("keys", "add", "sealing")
        assert "has not got key 2: copy " in installation.refusal("keys", "rotate", "sealing")
        service.ctl.out("reload", **installation.ctl.settings)
        wait_until(lambda: "has just got its keys" in installation.refusal("keys", "rotate", "sealing"), 20,
                   "the new workers tell theirs")
    finally:
        service.end()
    assert key_states(installation, "sealing") == {1: ("in use", 1), 2: ("new", 0)}


def test_entries_of_the_audit_keep_their_key(installation):
    installation.add_member("13800000001")
    rotate(installation, "audit")
    installation.add_member("13800000002")
    n = int(installation.sql("SELECT COUNT(*) FROM audit WHERE key_number = 1")[0])
    assert key_states(installation, "audit") == {1: ("old", n), 2: ("in use", 1)}
    assert f"{n} values need this key" in installation.refusal("keys", "drop", "audit", "1")
    installation.sql("DELETE FROM key_check")
    installation.add_member("13800000003")


class Load(Background):
    """Users are saved and read without a pause. failures: answers that are not as they should be."""

    def __init__(self, service, key):
        super().__init__()
        self.address, self.key, self.failures, self.n = str(service.directory / "core.sock"), key, [], 0

    def ask(self, method, endpoint, body=b"", query=""):
        return json.loads(ask(self.address, method, f"/api/weixin/wxbuyinguser/{endpoint}", body, QUERY_STRING=query,
                              CONTENT_TYPE="application/json", HTTP_AUTHORIZATION=f"Bearer {self.key}",
                              HTTP_X_WX_APPID="wx01").body)

    def step(self):
        openid, phone = f"o{self.n % 50}", f"138{self.n:08}"
        saved = self.ask("POST", "saveuser", json.dumps({"openId": openid, "phone": phone}).encode())
        found = self.ask("GET", "getbyopenid", query=f"openId={openid}")
        if saved.get("status") != 200 or (found or {}).get("phone") != phone:
            self.failures.append((saved, found))
        self.n += 1


def settle(installation):
    """As if the hosts had had their keys for long, and a killed process its lease."""
    installation.sql("UPDATE key_host SET since = since - INTERVAL 1 HOUR; UPDATE migration_lock SET holder = ''")


@pytest.mark.parametrize("n_kills", [3, pytest.param(20, marks=pytest.mark.long)])
def test_a_rotation_under_load_that_is_killed(stack, installation, tmp_path, n_kills):
    installation.add_member(*(f"139{i:08}" for i in range(N_MEMBERS)))
    settings = {**installation.ctl.settings, "http__default_app": "wx01"}
    (tmp_path / "service").mkdir()
    service = Service(stack, tmp_path / "service", **settings)
    n_killed = 0
    try:
        installation.ctl.out("keys", "add", "sealing")
        service.ctl.out("reload", **settings)
        wait_until(lambda: installation.sql("SELECT sealing FROM key_host") == ["2"], 20, "the workers tell their keys")
        with Load(service, installation.key) as load:
            for n in range(n_kills):
                settle(installation)
                process = start(installation, "keys", "rotate", "sealing")
                time.sleep(random.uniform(0, min(n, 1)))  # the first one surely in the middle
                process.kill()
                n_killed += process.wait() < 0
            settle(installation)
            installation.ctl.out("keys", "rotate", "sealing")
        assert n_killed > 0 and load.failures == [] and load.n > 0
        service.ctl.out("reload", **settings)
        installation.ctl.out("keys", "rotate", "sealing")
    finally:
        service.end()
    verified = installation.ctl.out("keys", "verify")
    assert re.search(rf"^ +{N_MEMBERS} +0 +0 +0  member\.phone$", verified, re.M)
    (_, n_old), (state, n_new) = key_states(installation, "sealing").values()
    assert (n_old, state) == (0, "in use") and n_new >= N_MEMBERS + 1 + min(load.n, 50)
