"""The look-up key is replaced while the service runs on two hosts: all are found, and no phone is given twice."""

import json
import os
import pathlib
import random
import re
import signal
import time

import pytest

from background import Background
from fastcgi_client import ask
from installation import key_line
from service import Service
from stack import wait_until
from test_key_rotation import key_states, start

SCHEMA = "wxuser_lookup_rotation"
N_MEMBERS = 300


def step(installation):
    """Of the newest look-up key."""
    return int(installation.sql("SELECT step FROM key_check WHERE kind = 1 ORDER BY number DESC LIMIT 1")[0][0])


def settle(installation, followed):
    """As if all hosts had followed that step for long, and codes had expired."""
    installation.sql(f"UPDATE key_host SET since = since - INTERVAL 1 HOUR, followed = 2 * 4 + {followed}; UPDATE key_check "
                     f"SET step_at = step_at - INTERVAL 1 HOUR WHERE kind = 1 AND step = {followed}")


class Settler(Background):
    """Hosts follow each step, one after the other. follow: what lets them do so."""

    def __init__(self, installation, *follow):
        super().__init__()
        self.installation, self.follow, self.seen = installation, follow, 0

    def step(self):
        now = step(self.installation)
        if now != self.seen:
            for follow in self.follow:
                follow()
            self.seen = now
        settle(self.installation, self.seen)
        time.sleep(0.05)


def rotate(installation):
    with Settler(installation):
        return installation.ctl.out("keys", "rotate", "lookup")


def kill(process, installation):
    process.kill()
    process.wait()
    installation.sql("UPDATE migration_lock SET holder = ''")


class Host:
    """Its answers."""

    def __init__(self, service, key):
        self.directory, self.key = service.directory, key

    def answer(self, path, body=None, token=None, pool="core"):
        return ask(str(self.directory / f"{pool}.sock"), "POST", path, json.dumps(body).encode() if body else b"",
                   CONTENT_TYPE="application/json", HTTP_X_WX_APPID="wx01",
                   HTTP_AUTHORIZATION=f"Bearer {token or self.key}")

    def ask(self, *words, **more):
        answer = self.answer(*words, **more)
        assert answer.status in (200, 204), answer.body
        return json.loads(answer.body or "null")

    def save(self, openid, phone):
        return self.ask("/api/weixin/wxbuyinguser/saveuser", {"openId": openid, "phone": phone})["data"]

    def create_member(self, user, phone):
        return self.ask("/api/weixin/wxbuyinguser/createmember", {"wxBuyingUserId": user, "phone": phone})["status"] == 200

    def find(self, phone, **more):
        return [person["user"]["openid"] for person in self.ask("/v1/users/find", {"phone": phone, **more})["users"]]

    def log_in(self, stack, openid):
        code = stack.code("wx01", openid=openid)["code"]
        return self.ask("/v1/login", {"code": code}, pool="remote")["access_token"]

    def send_code(self, stack, token, phone):
        self.ask("/v1/me/phone/sms-codes", {"phone": phone}, token, "remote")
        return stack.sandbox(f"sms?phone={phone}")[-1]["code"]

    def confirm(self, token, phone, code):
        self.ask("/v1/me/phone/sms", {"phone": phone, "code": code}, token)

    def renew(self, token):
        return self.ask("/v1/token/refresh", token=token)["access_token"]


class Load(Background):
    """What is stored by one host is looked up by the other, without a pause. failures: what was not as it should be."""

    def __init__(self, stack, hosts):
        super().__init__()
        self.stack, self.hosts = stack, hosts
        self.failures, self.phones, self.n = [], {}, 0

    def expect(self, what, is_so):
        if not is_so:
            self.failures.append((self.n, what))

    def try_members(self, one, other, n):
        phone = f"131{n:08}"
        users = [host.save(f"m{n}-{at}", phone) for at, host in enumerate((one, other))]
        self.expect("the first card", one.create_member(users[0], phone))
        self.expect("no second card", not other.create_member(users[1], phone))
        self.expect("a stored phone", len(other.find(phone, include_unconfirmed=True)) == 2)

    def try_person(self, one, other, n):
        openid, phone = f"p{n}", f"151{n:08}"
        token = one.log_in(self.stack, openid)
        code = one.send_code(self.stack, token, phone)
        other.confirm(token, phone, code)
        self.expect("a confirmed phone", one.find(phone) == [openid] == other.find(phone))
        renewed = one.renew(token)
        self.expect("a renewal", other.renew(token) == renewed)
        self.phones[phone] = openid

    def check_old(self, host):
        phone, openid = random.choice(list(self.phones.items()))
        self.expect("an older phone", host.find(phone) == [openid])

    def step(self):
        one, other = random.sample(self.hosts, 2)
        try:
            self.try_members(one, other, self.n)
            self.try_person(one, other, self.n)
            self.check_old(other)
        except Exception as error:  # so that the test tells it
            self.failures.append((self.n, repr(error)))
        self.n += 1


@pytest.fixture
def hosts(stack, installation, tmp_path):
    settings = {**installation.ctl.settings, "http__default_app": "wx01"}
    services = []
    stack.sandbox("apps", {"appid": "wx01", "secret": "s", "kind": "web"})
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        services.append(Service(stack, tmp_path / name, **settings))
    for service in services:
        service.reload = lambda service=service: service.ctl.out("reload", **settings)
    yield services
    for service in services:
        service.end()


def replace_workers(service):
    """By new ones, as if they had crashed."""
    def workers():
        pid = service.process.pid
        return set(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    old = workers()
    for pid in old:
        os.kill(int(pid), signal.SIGKILL)
    wait_until(lambda: len(workers() - old) == 2, 30, "there are new ones")


def test_a_worker_that_replaces_another_one_knows_the_step(installation, hosts):
    one, other = (Host(service, installation.key) for service in hosts)
    installation.ctl.out("keys", "add", "lookup")
    for service in hosts:
        service.reload()
    wait_until(lambda: installation.sql("SELECT MIN(lookup) FROM key_host") == ["2"], 30, "the hosts tell their keys")
    settle(installation, 0)
    process = start(installation, "keys", "rotate", "lookup")
    for now in (1, 2):
        wait_until(lambda now=now: step(installation) == now or settle(installation, now - 1), 60, "the step is announced")
        hosts[1].reload()
        replace_workers(hosts[0])
        for at, (first, second) in enumerate(((one, other), (other, one))):
            phone = f"1300000{now}00{at}"
            users = [host.save(f"{phone}-{n}", phone) for n, host in enumerate((first, second))]
            assert first.create_member(users[0], phone) and not second.create_member(users[1], phone)
            assert len(second.find(phone, include_unconfirmed=True)) == 2
        assert installation.sql("SELECT COUNT(*) FROM member WHERE phone_hash_next IS NULL") == ["0"]
        wait_until(lambda now=now: settle(installation, now) or step(installation) != now, 60, "the next one")
    assert process.wait(60) == 0
    assert installation.sql("SELECT COUNT(*) FROM member") == ["4"]


def test_a_worker_without_a_key_that_others_use_serves_nothing(installation, hosts):
    host, path = Host(hosts[0], installation.key), installation.path("lookup")
    before = path.read_text()
    installation.ctl.out("keys", "add", "lookup")
    after = path.read_text()
    path.write_text(before)
    hosts[0].reload()
    path.write_text(after)
    installation.add_app("wx02")  # makes it known
    installation.sql("UPDATE key_check SET step = 1 WHERE kind = 1 AND number = 2")
    replace_workers(hosts[0])
    answer = host.answer("/v1/users/find", {"phone": "13000000001"})
    assert answer.status == 500
    assert "key 2 of this database is missing" in hosts[0].log.read_text()
    hosts[0].reload()
    host.save("o1", "13000000001")


def test_hosts_of_an_older_release_hold_the_rotation_up(installation):
    older = ("INSERT INTO key_host (host, sealing, audit, since, seen_at) "
             "VALUES ('b', 1, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))")
    installation.sql(older)
    assert "the service of host b is of an older release" in installation.refusal("keys", "add", "lookup")
    installation.sql("DELETE FROM key_host")
    installation.ctl.out("keys", "add", "lookup")
    installation.sql(older)
    assert "the service of host b is of an older release" in installation.refusal("keys", "rotate", "lookup")
    installation.sql("UPDATE key_host SET has_steps = 1, lookup = 1")
    assert "the service of host b has not got key 2" in installation.refusal("keys", "rotate", "lookup")
    assert key_states(installation, "lookup") == {1: ("in use", 0), 2: ("new", 0)}


def test_a_host_that_does_not_follow_holds_the_next_step_up(installation):
    installation.ctl.out("keys", "add", "lookup")
    installation.sql("INSERT INTO key_host (host, has_steps, sealing, lookup, audit, followed, since, seen_at) VALUES "
                     "('b', 1, 1, 2, 1, 4, UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, UTC_TIMESTAMP(6))")
    process = start(installation, "keys", "rotate", "lookup")
    wait_until(lambda: step(installation) == 1, 20, "it has begun")
    installation.sql("UPDATE key_check SET step_at = step_at - INTERVAL 1 HOUR WHERE kind = 1 AND step = 1")
    time.sleep(2)  # two looks
    assert step(installation) == 1 and key_states(installation, "lookup") == {1: ("in use", 0), 2: ("begun", 0)}
    assert "this key is the one in use" in installation.refusal("keys", "drop", "lookup", "1")
    installation.sql("UPDATE key_host SET followed = 9")
    wait_until(lambda: step(installation) == 2, 20, "the host follows")
    kill(process, installation)


def test_a_new_key_that_is_lost_gives_way_to_the_next(installation):
    installation.add_member("13800000001")
    installation.ctl.out("keys", "add", "lookup")
    process = start(installation, "keys", "rotate", "lookup")
    wait_until(lambda: step(installation) == 1, 20, "it has begun")
    kill(process, installation)
    installation.sql("UPDATE member SET phone_hash_next = REPEAT('x', 32)")
    first = installation.texts["lookup"]
    installation.put("lookup", f"{first}2 lost\n{key_line(3, 9)}")
    with Settler(installation):
        installation.sql("UPDATE key_host SET lookup = 3, followed = 100")
        assert "Key 3 of" in installation.ctl.out("keys", "rotate", "lookup")
    assert key_states(installation, "lookup") == {1: ("old", 0), 2: ("lost", 0), 3: ("in use", 1)}
    installation.ctl.out("keys", "drop", "lookup", "1")
    installation.add_member("13800000001")
    assert installation.sql("SELECT COUNT(*) FROM member") == ["1"]


@pytest.mark.parametrize("name", ["lookup", "sealing", "audit"])
def test_a_key_that_was_added_by_mistake_gives_way_to_another(installation, name):
    installation.ctl.out("keys", "add", name)
    said = installation.refusal("keys", "drop", name, "2")
    assert f"newer than the one in use, and nothing needs it. It may stay; to take it into use, run: wxuserctl keys rotate {name}." in said
    line = re.search(r'put "(.+)" in place of its line in (\S+), and', said)
    assert line[2] == str(installation.path(name))
    installation.put(name, f"{installation.texts[name]}{line[1]}\n{key_line(3, 9)}")
    with Settler(installation):
        installation.sql("UPDATE key_host SET lookup = 3, followed = 100")
        installation.ctl.out("keys", "rotate", name)
    assert key_states(installation, name)[3][0] == "in use" and key_states(installation, name)[2][0] == "lost"


def test_a_member_whose_phone_no_key_opens_keeps_the_old_key(installation):
    installation.add_member("13800000001", "13800000002")
    installation.sql("UPDATE member SET phone = INSERT(phone, 20, 2, x'0000') WHERE id = 1")
    installation.ctl.out("keys", "add", "lookup")
    with Settler(installation):
        said = installation.refusal("keys", "rotate", "lookup")
    assert "1 phones or identity numbers that no key opens" in said and step(installation) == 2
    assert key_states(installation, "lookup")[1] == ("old", 1)
    assert "another key is replacing this one" in installation.refusal("keys", "drop", "lookup", "1")
    installation.sql("DELETE FROM member WHERE id = 1")
    assert "Key 2 of" in rotate(installation)
    installation.ctl.out("keys", "drop", "lookup", "1")


def confirm_as_nobody(installation, *phones):
    """Accounts that have confirmed phones, which no user, resident or member has."""
    for n, _ in enumerate(phones):
        installation.sql("INSERT INTO account (id, tenant_id, email, security_stamp, concurrency_stamp, created_at, "
                         "confirmed_phone_hash, confirmed_phone_source, confirmed_phone_at) VALUES "
                         f"(UNHEX(MD5('{n}')), 1, 'a', '', '', UTC_TIMESTAMP(6), REPEAT('{n}', 32), 2, UTC_TIMESTAMP(6))")


def test_confirmations_without_a_number_are_given_up_by_their_number(installation):
    installation.sql("DELETE FROM account")
    installation.add_member("13800000001")
    confirm_as_nobody(installation, "13900000001", "13900000002")
    installation.ctl.out("keys", "add", "lookup")
    assert "no key is in the second step" in installation.refusal("keys", "rotate", "lookup", "--dry-run")
    assert "are for the look-up key" in installation.refusal("keys", "rotate", "sealing", "--give-up", "2", status=64)
    with Settler(installation):
        said = installation.refusal("keys", "rotate", "lookup", "--give-up", "1")
    assert "1 is less than the 2 that are left, so that nothing was given up" in said
    assert "2 persons have confirmed a phone that no user, resident or member has" in said and step(installation) == 2
    assert installation.sql("SELECT COUNT(confirmed_phone_hash) FROM account") == ["2"]
    told = installation.ctl.run("keys", "rotate", "lookup", "--dry-run")
    assert told.returncode == 0 and "2 persons" in told.stderr and "as if they\nhad never confirmed it" in told.stdout
    assert installation.sql("SELECT COUNT(confirmed_phone_hash) FROM account") == ["2"] and step(installation) == 2
    line = re.search(r"To give them up: wxuserctl (.+)", told.stdout)[1].split()
    with Settler(installation):
        said = installation.ctl.out(*line)
    assert "2 were given up" in said and "Key 2 of" in said and step(installation) == 3
    assert installation.sql("SELECT COUNT(*), COUNT(confirmed_phone_hash) FROM account") == ["2\t0"]
    assert installation.sql("SELECT details FROM audit WHERE action = 'keys.give_up'") == ['{"confirmations":2}']
    installation.ctl.out("keys", "drop", "lookup", "1")


def test_a_member_whose_phone_no_key_opens_is_given_up(installation):
    installation.add_member("13800000001", "13800000002")
    installation.sql("UPDATE member SET phone = INSERT(phone, 20, 2, x'0000') WHERE id = 1")
    installation.ctl.out("keys", "add", "lookup")
    with Settler(installation):
        assert "1 were given up" in installation.ctl.out("keys", "rotate", "lookup", "--give-up", "1")
    assert installation.sql("SELECT details FROM audit WHERE action = 'keys.give_up'") == ['{"hashes":1}']
    assert key_states(installation, "lookup")[1] == ("old", 0)
    installation.ctl.out("keys", "drop", "lookup", "1")


def test_what_no_key_opens_holds_nothing_up_without_a_rotation(installation):
    installation.add_member("13800000001", "13800000002")
    installation.sql("UPDATE member SET phone = INSERT(phone, 20, 2, x'0000') WHERE id = 1")

    def told():
        done = installation.ctl.run("keys", "rotate", "lookup")
        assert done.returncode == 0 and "is in use, and nothing is looked up with an older one" in done.stdout
        assert "1 phones or identity numbers open with no key" in done.stderr and "old key" not in done.stderr
        return done.stdout
    told()
    installation.ctl.out("keys", "add", "lookup")
    with Settler(installation):
        installation.ctl.out("keys", "rotate", "lookup", "--give-up", "1")
    told()
    installation.sql("UPDATE member SET phone_hash = REPEAT('z', 32) WHERE id = 2")
    assert "1 hashes of other keys were made anew" in told()


def kill_in_step_2(installation):
    """When the step is announced, and nothing is moved yet."""
    process = start(installation, "keys", "rotate", "lookup")
    wait_until(lambda: step(installation) == 1, 60, "step 1")
    installation.sql("UPDATE key_check SET step_at = step_at - INTERVAL 1 HOUR WHERE kind = 1 AND step = 1")
    wait_until(lambda: step(installation) == 2, 60, "step 2")
    kill(process, installation)


def test_a_dry_run_tells_nothing_before_all_is_moved(installation):
    installation.sql("DELETE FROM account")
    installation.add_member("13800000001", "13800000002", "13800000003")
    installation.sql("INSERT INTO account (id, tenant_id, email, security_stamp, concurrency_stamp, created_at, "
                     "confirmed_phone_hash, confirmed_phone_source, confirmed_phone_at) SELECT UNHEX(MD5(id)), 1, 'a', '', "
                     "'', UTC_TIMESTAMP(6), phone_hash, 2, UTC_TIMESTAMP(6) FROM member")
    confirm_as_nobody(installation, "13900000001")
    installation.ctl.out("keys", "add", "lookup")
    kill_in_step_2(installation)
    said = installation.refusal("keys", "rotate", "lookup", "--dry-run")
    assert "has not replaced all hashes yet" in said
    line = re.search(r"run first: wxuserctl (.+)", said)[1].split()
    with Settler(installation):
        installation.refusal(*line)  # one is left
    assert "--give-up 1\n" in installation.ctl.out("keys", "rotate", "lookup", "--dry-run")
    assert installation.sql("SELECT COUNT(confirmed_phone_hash) FROM account") == ["4"]
    installation.sql("DELETE FROM account")


def test_a_dry_run_waits_for_no_other_process(installation):
    installation.add_member("13800000001")
    installation.ctl.out("keys", "add", "lookup")
    process = start(installation, "keys", "rotate", "lookup")
    wait_until(lambda: step(installation) == 1, 60, "it has begun")
    done = installation.ctl.run("keys", "rotate", "lookup", "--dry-run")
    assert process.poll() is None and installation.sql("SELECT holder <> '' FROM migration_lock WHERE id = 2") == ["1"]
    assert done.returncode == 1 and "no key is in the second step" in done.stderr and "waits" not in done.stderr
    kill(process, installation)


@pytest.mark.parametrize("lost", ["first", "last"])
def test_a_rotation_leaves_a_phone_to_the_member_who_is_found_by_it(installation, lost):
    """The other one has the hash of a key that is lost."""
    installation.add_member("13800000001")
    installation.sql("CREATE OR REPLACE TABLE kept AS SELECT * FROM member; UPDATE member SET phone_hash = REPEAT('x', 32)")
    installation.add_member("13800000001")
    ids = installation.sql("SELECT id FROM member ORDER BY id")
    if lost == "last":
        installation.sql("UPDATE member SET phone_hash = REPEAT('y', 32) WHERE phone_hash <> REPEAT('x', 32)")
        installation.sql("UPDATE member JOIN kept USING (id) SET member.phone_hash = kept.phone_hash")
    installation.sql("DROP TABLE kept")
    dead, live = ids if lost == "first" else reversed(ids)
    installation.ctl.out("keys", "add", "lookup")
    with Settler(installation):
        said = installation.refusal("keys", "rotate", "lookup")
    assert f"as that of member {dead} of tenant 1" in said and step(installation) == 3
    installation.add_member("13800000001")
    assert installation.sql("SELECT COUNT(*) FROM member") == ["2"]  # the live one was found
    installation.ctl.out("member", "erase", "--tenant", "1", dead)
    assert "Key 2 of" in installation.ctl.out("keys", "rotate", "lookup")
    installation.ctl.out("keys", "verify")
    assert installation.sql("SELECT id FROM member") == [live]


def test_what_a_host_has_stored_too_late_is_hashed_anew(installation):
    installation.add_member("13800000001", "13800000002", "13800000003")
    installation.sql("CREATE TABLE kept AS SELECT * FROM member")
    installation.ctl.out("keys", "add", "lookup")
    rotate(installation)
    installation.sql("UPDATE member JOIN kept USING (id) SET member.phone_hash = kept.phone_hash WHERE id < 3")
    assert key_states(installation, "lookup") == {1: ("old", 2), 2: ("in use", 1)}
    assert re.search(r"^ +3 +2 +1 +0  member\.phone_hash$", installation.refusal("keys", "verify"), re.M)
    refused = installation.refusal("keys", "drop", "lookup", "1")
    assert "2 hashes are of this key, and nobody is found by them" in refused
    said = installation.ctl.out(*re.search(r"run: wxuserctl (.+)", refused)[1].split())
    assert "2 hashes of other keys were made anew" in said
    installation.ctl.out("keys", "verify")
    installation.add_member("13800000001")
    assert installation.sql("SELECT COUNT(*) FROM member") == ["3"]
    installation.ctl.out("keys", "drop", "lookup", "1")
    assert "hashes" not in installation.ctl.out("keys", "rotate", "lookup")
    installation.sql("DROP TABLE kept")


def test_what_a_lost_key_has_hashed_is_hashed_anew(installation):
    installation.add_member("13800000001", "13800000002")
    installation.put("lookup", f"1 lost\n{key_line(2, 9)}")
    assert re.search(r"^ +2 +2 +1 +0  member\.phone_hash$", installation.refusal("keys", "verify"), re.M)
    assert "2 hashes of other keys were made anew" in installation.ctl.out("keys", "rotate", "lookup")
    installation.ctl.out("keys", "verify")
    installation.add_member("13800000001", "13800000002")
    assert installation.sql("SELECT COUNT(*) FROM member") == ["2"]


def test_a_key_that_was_added_during_a_rotation_comes_after_it(installation):
    installation.sql("DELETE FROM account")
    installation.add_member("13800000001")
    installation.ctl.out("keys", "add", "lookup")
    confirm_as_nobody(installation, "13900000001")
    with Settler(installation):
        installation.refusal("keys", "rotate", "lookup")  # stays at step 2
    installation.ctl.out("keys", "add", "lookup")
    installation.sql("DELETE FROM account")
    said = rotate(installation)
    assert "Key 2 of" in said and "Key 3 is not in use yet" in said
    said = rotate(installation)
    assert "Key 3 of" in said and "yet" not in said
    assert key_states(installation, "lookup") == {1: ("old", 0), 2: ("old", 0), 3: ("in use", 1)}


def test_a_member_who_was_stored_twice_is_named(installation):
    """By hosts of which one did not see the other's, since it was suspended."""
    installation.add_member("13800000001")
    installation.sql("CREATE TABLE kept AS SELECT * FROM member")
    installation.ctl.out("keys", "add", "lookup")
    rotate(installation)
    installation.sql("UPDATE member SET phone_hash = REPEAT('x', 32), phone_hash_next = NULL")
    installation.add_member("13800000001")
    installation.sql("UPDATE member JOIN kept USING (id) SET member.phone_hash = kept.phone_hash")
    said = installation.refusal("keys", "rotate", "lookup")
    first = installation.sql("SELECT MIN(id) FROM member")[0]
    assert f"1 hashes could not be made anew, since another member of the tenant has the phone, as that of member {first} of tenant 1" in said
    assert "1 hashes are of this key" in installation.refusal("keys", "drop", "lookup", "1")
    installation.ctl.out("member", "erase", "--tenant", "1", first)
    assert "Key 2 of" in installation.ctl.out("keys", "rotate", "lookup")
    installation.ctl.out("keys", "drop", "lookup", "1")
    installation.sql("DROP TABLE kept")


def test_the_status_counts_the_hashes_of_the_first_rows(installation):
    installation.add_member(*(f"138{n:08}" for n in range(10150)))
    said = installation.ctl.out("keys", "status")
    assert re.search(r"^lookup +1  in use +10000\+  ", said, re.M)


def test_codes_of_the_old_key_go_with_it(installation):
    installation.sql("DELETE FROM verify_code")
    code = ("INSERT INTO verify_code (tenant_id, purpose, phone_hash, owner_hash, code_hash, created_at, expires_at) VALUES "
            "(1, 'phone', REPEAT('{0}', 32), '', '', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) - INTERVAL {0} MINUTE)")
    installation.sql("; ".join(code.format(n) for n in (1, 6)))
    installation.ctl.out("keys", "add", "lookup")
    rotate(installation)
    assert installation.sql("SELECT LEFT(phone_hash, 1) FROM verify_code") == ["1"]
    installation.sql("DELETE FROM verify_code")


def test_the_old_key_is_dropped_when_nothing_needs_it(installation):
    installation.add_member("13800000001")
    installation.ctl.out("keys", "add", "lookup")
    assert "key 2" in rotate(installation).lower()
    assert key_states(installation, "lookup") == {1: ("old", 0), 2: ("in use", 1)}
    installation.ctl.out("keys", "drop", "lookup", "1")
    assert installation.path("lookup").read_text().startswith("2 hkdf ")
    installation.add_member("13800000001", "13800000002")
    assert installation.sql("SELECT COUNT(*) FROM member") == ["2"]


@pytest.mark.parametrize("n_kills", [3, pytest.param(20, marks=pytest.mark.long)])
def test_a_rotation_under_load_that_is_killed(stack, installation, hosts, n_kills):
    installation.add_member(*(f"139{i:08}" for i in range(N_MEMBERS)))
    installation.ctl.out("keys", "add", "lookup")
    for service in hosts:
        service.reload()
    n_killed = 0
    with Load(stack, [Host(service, installation.key) for service in hosts]) as load:
        with Settler(installation, *(service.reload for service in hosts)):
            for n in range(n_kills):
                process = start(installation, "keys", "rotate", "lookup")
                time.sleep(random.uniform(0, min(n, 1)))  # the first one surely in the middle
                process.kill()
                n_killed += process.wait() < 0
                installation.sql("UPDATE migration_lock SET holder = ''")
                for what in "keys", "audit":
                    installation.ctl.out(what, "verify")
            assert "Key 2 of" in installation.ctl.out("keys", "rotate", "lookup")
        n_before = load.n
        while load.n < n_before + 2:
            time.sleep(0.1)
    assert n_killed > 0 and load.failures == [] and load.n > 2
    (state_of_old, n_old), (state, n) = key_states(installation, "lookup").values()
    assert (state_of_old, n_old, state) == ("old", 0, "in use") and n >= N_MEMBERS
    installation.ctl.out("keys", "drop", "lookup", "1")
    for service in hosts:
        service.reload()
    host = Host(hosts[0], installation.key)
    assert all(host.find(phone) == [openid] for phone, openid in load.phones.items())
    assert not host.create_member(host.save("last", "13900000000"), "13900000000")
