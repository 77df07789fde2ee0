"""The audit tells who did what from where, and what was done to its rows by hand is found."""

import csv
import io
import json
import os
import pathlib
import pwd
import re
import socket
import subprocess
import time

import pytest

from stack import new_phone

SCHEMA = "wxuser_audit"
N_ENTRIES = 3000


def seal(installation):
    installation.ctl.out("jobs", "run", "audit_seal")


def heads(installation):
    return re.search(r"^heads (.*)$", installation.ctl.out("audit", "verify"), re.M)[1]


def entry_of(installation, place):
    return installation.sql(f"SELECT id FROM audit ORDER BY id LIMIT 1 OFFSET {place}")[0]


def said_of(installation, *words):
    done = installation.ctl.run("audit", "verify", *words)
    assert done.returncode == 1 and "the audit was tampered with or lost" in done.stderr
    return done.stdout


@pytest.fixture
def sealed(installation):
    for rate in "2", "3", "4":
        installation.ctl.out("key", "set", "1", "--rate", rate)
    seal(installation)
    return installation


def test_what_was_done_by_hand_is_found(sealed):
    assert re.search(r"^[1-9]\d* entries of \d chains were verified, 0 wait to be sealed$", sealed.ctl.out("audit", "verify"), re.M)
    head, changed, deleted = heads(sealed), entry_of(sealed, 1), entry_of(sealed, 2)
    sealed.sql(f"UPDATE audit SET details = '{{}}' WHERE id = {changed}")
    sealed.sql(f"DELETE FROM audit WHERE id = {deleted}")
    sealed.sql("INSERT INTO audit (entry_uuid, tenant_id, at, action, actor, subject, details, mac) SELECT UNHEX(MD5(1)), 1, "
               "UTC_TIMESTAMP(6), 'key.add', 'wxuserctl', 'key 9', '{}', mac FROM audit LIMIT 1")
    said = said_of(sealed)
    assert f"tenant 1: entry {changed} was changed after it was sealed" in said
    assert f"tenant 1: entry {deleted} was deleted" in said
    assert re.search(r"tenant 1: entry \d+ is not signed by the service", said)
    assert "cut off" not in said_of(sealed, "--since", head)


def test_a_chain_that_was_cut_off_is_found_by_its_head(sealed):
    head = heads(sealed)
    last = sealed.sql("SELECT MAX(id) FROM audit")[0]
    sealed.sql(f"DELETE FROM audit WHERE id = {last}; DELETE FROM audit_link WHERE entry_id = {last}")
    sealed.ctl.out("audit", "verify")
    assert "tenant 1: the chain was cut off or replaced: link" in said_of(sealed, "--since", head)
    sealed.ctl.out("key", "set", "1", "--rate", "9")
    seal(sealed)
    sealed.ctl.out("audit", "verify")
    assert "tenant 1: the chain was cut off or replaced: link" in said_of(sealed, "--since", head)


def test_an_entry_without_a_link_waits_for_the_job(sealed):
    sealed.ctl.out("key", "set", "1", "--rate", "9")
    assert "chains were verified, 1 wait to be sealed" in sealed.ctl.out("audit", "verify")
    sealed.sql("UPDATE job_lease SET ended_at = UTC_TIMESTAMP(6) + INTERVAL 10 MINUTE WHERE name = 'audit_seal'")
    assert re.search(r"tenant 1: entry \d+ is not in its chain, though the job audit_seal has ended since", said_of(sealed))
    seal(sealed)
    assert "chains were verified, 0 wait to be sealed" in sealed.ctl.out("audit", "verify")


def test_jobs_run_logs_the_heads(sealed, tmp_path):
    log = tmp_path / "log"
    assert sealed.ctl.out("jobs", "run", "audit_seal", log__path=str(log)) == "audit_seal            0 rows\n"
    assert f'msg="audit heads" heads={heads(sealed)}\n' in log.read_text()
    sealed.sql("RENAME TABLE audit_link TO kept")
    done = sealed.ctl.run("jobs", "run", "audit_seal", log__path=str(log))
    sealed.sql("RENAME TABLE kept TO audit_link")
    assert done.returncode == 1 and "audit_link" in done.stderr and "job audit_seal failed" in log.read_text()


def test_the_log_has_each_entry_before_it_is_sealed(sealed, tmp_path):
    """So what is deleted before is found there, and by the chain it is not."""
    log, head = tmp_path / "log", heads(sealed)
    made = sealed.ctl.run("operator", "add", "evil", log__path=str(log))
    assert made.returncode == 0 and re.fullmatch(r"wxo_\w+\n", made.stdout)
    (entry,) = re.findall(r'msg="audit entry" entry=(\S+) action=operator\.add\n', log.read_text())
    number = entry.split(":")[1]
    assert [entry] == sealed.sql("SELECT CONCAT_WS(':', 0, id, LEFT(LOWER(HEX(mac)), 16)) FROM audit ORDER BY id DESC LIMIT 1")
    sealed.sql(f"DELETE FROM audit WHERE id = {number}")
    sealed.ctl.out("key", "set", "1", "--rate", "5")
    seal(sealed)
    sealed.ctl.out("audit", "verify", "--since", head)
    assert number not in [str(json.loads(line)["id"]) for line in sealed.ctl.out("audit", "export").splitlines()]


def test_check_finds_a_key_that_no_entry_has_made(sealed):
    sealed.ctl.out("operator", "add", "on call")
    operator = sealed.sql("SELECT MAX(id) FROM operator_key")[0]
    before = unmade(sealed)
    sealed.sql("INSERT INTO api_key (tenant_id, name, scopes, rate_per_s, hash, created_at) "
               "SELECT tenant_id, 'x', 15, 0, UNHEX(SHA2('x', 256)), UTC_TIMESTAMP(6) FROM api_key WHERE id = 1")
    key = sealed.sql("SELECT MAX(id) FROM api_key")[0]
    sealed.sql("INSERT INTO audit (entry_uuid, tenant_id, at, action, actor, subject, details, mac) SELECT UNHEX(MD5('x')), 1, "
               f"UTC_TIMESTAMP(6), 'key.add', 'wxuserctl', 'key {key}', '{{}}', mac FROM audit LIMIT 1")
    sealed.sql(f"DELETE FROM audit WHERE subject LIKE 'operator {operator} %'")
    assert unmade(sealed) - before == {f"wxuserctl key revoke {key}", f"wxuserctl operator revoke {operator}"}
    sealed.ctl.out("key", "revoke", key)
    sealed.ctl.out("operator", "revoke", operator)
    assert unmade(sealed) == before


def unmade(installation):
    """What check says to run for keys that nobody has made."""
    return set(re.findall(r"(?m)^FAIL .* key \d+\b.* has written it into the database; run: (.*)$", installation.ctl.run("check").stdout))


def insert(installation):
    """Entries that the service has not signed; they are sealed as such."""
    installation.sql("INSERT INTO audit (entry_uuid, tenant_id, at, action, actor, subject, details, mac) SELECT UNHEX(MD5(seq)), "
                     "1, UTC_TIMESTAMP(6), 'x', 'x', 'x', '{}', UNHEX(SHA2(seq, 256)) FROM seq_1_to_%d" % N_ENTRIES)


def sealer(installation, **settings):
    ctl = installation.ctl
    return subprocess.Popen([*ctl.command, "jobs", "run", "audit_seal"], env=ctl.environment(settings),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def free_lease(installation):
    installation.sql("UPDATE job_lease SET expires_at = UTC_TIMESTAMP(6) WHERE name = 'audit_seal'")


def check_chain(installation):
    """One link for each entry, in a chain without a gap."""
    n = int(installation.sql("SELECT COUNT(*) FROM audit WHERE tenant_id = 1")[0])
    assert installation.sql("SELECT COUNT(*), MIN(sequence), MAX(sequence), COUNT(DISTINCT entry_id) FROM audit_link "
                            "WHERE tenant_id = 1") == [f"{n}\t1\t{n}\t{n}"]
    said = said_of(installation)
    assert len(re.findall("is not signed by the service", said)) == N_ENTRIES
    assert not re.search("missing|deleted|changed after|link|not in its chain", said)


def test_a_sealer_that_is_killed_leaves_a_chain_that_goes_on(installation):
    insert(installation)
    for part in range(1, 5):
        process = sealer(installation)
        deadline = time.monotonic() + 30
        while int(installation.sql("SELECT COUNT(*) FROM audit_link")[0]) < part * 300 and time.monotonic() < deadline:
            pass
        process.kill()
        process.wait()
        free_lease(installation)
    seal(installation)
    check_chain(installation)


def test_two_sealers_make_one_chain(installation):
    """The lease of the first counts as lost, again and again."""
    insert(installation)
    processes = [sealer(installation) for _ in range(2)]
    while any(process.poll() is None for process in processes):
        free_lease(installation)
    seal(installation)
    check_chain(installation)


def test_an_entry_tells_who_runs_the_command(installation):
    installation.ctl.out("key", "set", "1", "--rate", "2")
    entry = json.loads(installation.ctl.out("audit", "export", "--tenant", "1").splitlines()[-1])
    user = f"user {pwd.getpwuid(os.getuid()).pw_name} ({os.getuid()})"
    assert (entry["action"], entry["actor"], entry["tenant"], entry["sequence"]) == ("key.set", "wxuserctl", 1, 0)
    assert re.fullmatch(re.escape(user) + r"(, SUDO_USER \S+)?", entry["who"]) and entry["origin"] == socket.gethostname()
    assert entry["details"]["rate_per_s"] == 2


def test_what_is_exported_is_filtered(installation):
    def exported(*words):
        return [json.loads(line)["id"] for line in installation.ctl.out("audit", "export", *words).splitlines()]

    everything = exported()
    assert everything == sorted(everything) and len(everything) > 1
    assert exported("--since", "2999-01-01") == exported("--until", "2020-01-01T00:00:00Z") == []
    assert exported("--since", "2020-01-01", "--until", "2999-01-01") == everything
    assert sorted(exported("--tenant", "1") + exported("--installation")) == everything
    rows = list(csv.DictReader(io.StringIO(installation.ctl.out("audit", "export", "--format", "csv").lstrip("\ufeff"))))
    assert [int(row["id"]) for row in rows] == everything and rows[-1]["actor"] == "wxuserctl"
    assert len(installation.ctl.out("audit", "list", "--last", "1").splitlines()) == 2


def test_an_entry_tells_who_has_sent_the_request(stack, unique):
    user, phone = stack.save(openId=f"o{unique}"), new_phone()
    member = stack.member(phone=phone)
    stack.call_member("bind", user, phone=phone)
    ((who, origin, request),) = stack.sql(f"SELECT who, origin, request_id FROM audit WHERE subject = 'member {member}' "
                                          "AND action = 'member.bind'")
    assert re.fullmatch(r"key \d+ \S.*", who) and origin == "127.0.0.0/24" and re.fullmatch("[0-9a-f]{32}", request)


# ---- What is in the audit.

TREE = pathlib.Path(__file__).resolve().parents[2]
LINE = re.compile(r'^(?:COMMAND|ENDPOINT)\((\w+), (?:"([\w. ]+)"|CHANGES_NOTHING)\)$', re.M)


def told(path):
    """The actions of each command or endpoint."""
    return {name: actions.split() for name, actions in LINE.findall((TREE / path).read_text())}


COMMANDS, ENDPOINTS = told("app/ctl/commands.def"), told("handlers/endpoints.def")

# What does each act of an operator, with the state that it needs.
DONE = {
    "tenant.add": ["tenant add two --default wx01"],
    "tenant.rename": ["tenant rename 1 uno"],
    "tenant.disable": ["tenant disable 1"],
    "tenant.enable": ["tenant disable 1", "tenant enable 1"],
    "tenant.set": ["tenant set 1 trial_days 3"],
    "app.add": ["app add --tenant 1 --kind web --appid wx02 --default wx01"],
    "app.set_secret": ["app set-secret wx01 --untried"],
    "app.remove": ["app remove wx01"],
    "app.set_default": ["app set wx01 --default"],
    "key.add": ["key add --tenant 1 --name other --scopes read"],
    "key.set": ["key set 1 --rate 7"],
    "key.rotate": ["key rotate 1"],
    "key.revoke": ["key revoke 1"],
    "operator.add": ["operator add x"],
    "operator.revoke": ["operator add x", "operator revoke 1"],
    "maintenance.on": ["maintenance on --everywhere"],
    "maintenance.off": ["maintenance on --everywhere", "maintenance off --everywhere"],
    "keys.add": ["keys add audit"],
    "keys.rotate": ["keys add audit", "keys rotate audit"],
    "member.export": ["members export --tenant 1"],
}


def test_each_command_says_what_it_writes():
    assert len(COMMANDS) == len(re.findall(r"^COMMAND\(", (TREE / "app/ctl/commands.def").read_text(), re.M)) > 50
    assert len(ENDPOINTS) == len(re.findall(r"^ENDPOINT\(", (TREE / "handlers/endpoints.def").read_text(), re.M)) > 30


def test_what_is_said_is_written_somewhere():
    code = "".join(path.read_text() for folder in ("db", "app/ctl", "handlers") for path in (TREE / folder).rglob("*.c"))
    actions = {action for table in (COMMANDS, ENDPOINTS) for actions in table.values() for action in actions}
    assert {action for action in actions if f'"{action}"' not in code} == set()
    written = set(re.findall(r'"((?:account|admin|app|community|conflict|consent|erasures|job|key|keys|maintenance|member|'
                             r'operator|phone|region|retention|schema|session|tenant|token|user)\.[a-z_]+)"', code))
    assert {action for action in written - actions if not action.endswith((".h", ".log", "_log"))} == set()


@pytest.mark.parametrize("action", sorted(DONE))
def test_an_act_is_in_the_audit(installation, action):
    for line in DONE[action]:
        before = int(installation.sql("SELECT COUNT(*) FROM audit")[0])
        installation.ctl.out(*line.split(), stdin="s\n")
    assert action in [row.split("\t")[0] for row in installation.sql(
        f"SELECT action, who FROM audit ORDER BY id LIMIT 9 OFFSET {before}")]
    assert {row.split("\t")[0] for row in installation.sql("SELECT tenant_id IS NULL FROM audit WHERE "
                                                           f"action = '{action}'")} == {
        "1" if action.split(".")[0] in ("maintenance", "keys", "operator") else "0"}


def test_maintenance_of_a_host_is_in_the_audit(installation, tmp_path):
    here = {"server__state_directory": tmp_path}
    for word in "on", "on", "off", "off":
        installation.ctl.out("maintenance", word, **here)
    assert installation.sql("SELECT action, details, origin <> '' FROM audit WHERE action LIKE 'maintenance.%'") == [
        f'maintenance.{word}\t{{"is_everywhere":false}}\t1' for word in ("on", "off")]
    done = installation.ctl.run("maintenance", "on", keys__audit=tmp_path / "absent", **here)
    assert (done.returncode, done.stdout) == (0, "Maintenance on this host: on.\n")
    assert "warning: the audit has no entry of this" in done.stderr


def test_maintenance_does_not_wait_for_the_audit(installation, tmp_path):
    without_keys = installation.ctl.run("maintenance", "on", "--everywhere", keys__audit=tmp_path / "absent")
    status = installation.ctl.out("maintenance", "status")
    installation.sql("ALTER TABLE audit RENAME COLUMN who TO kept")
    without_column = installation.ctl.run("maintenance", "off", "--everywhere")
    installation.sql("ALTER TABLE audit RENAME COLUMN kept TO who")
    for done, state in (without_keys, "on"), (without_column, "off"):
        assert done.returncode == 0 and done.stdout == f"Maintenance everywhere: {state}.\n"
        assert "warning: the audit has no entry of this" in done.stderr
    assert re.search("^everywhere +on ", status, re.M)
    assert installation.sql("SELECT COUNT(*) FROM audit WHERE action LIKE 'maintenance.%'") == ["0"]


def test_what_changes_nothing_writes_nothing(installation):
    before = installation.sql("SELECT COUNT(*) FROM audit")
    for line in ("keys status", "keys verify", "maintenance status", "jobs list", "jobs run", "tenant list", "tenant settings 1",
                 "app list", "app moves", "key list", "operator list", "account conflicts", "user pending", "audit verify", "audit list",
                 "audit export", "communities export --tenant 1"):
        installation.ctl.out(*line.split())
    assert installation.sql("SELECT COUNT(*) FROM audit") == before


def test_a_person_s_acts_are_in_the_audit(stack, unique):
    token = stack.token(openid=f"o{unique}")
    consent = stack.request("POST", "/v1/me/consents", json.dumps({"document": "privacy", "version": "1"}),
                            {"Content-Type": "application/json"}, key=token)
    assert consent.status == 200, consent
    (session,) = json.loads(stack.request("GET", "/v1/me/sessions", key=token).text)
    assert stack.request("DELETE", f"/v1/me/sessions/{session['id']}", key=token).status == 204
    rows = stack.sql("SELECT action, who, subject FROM audit WHERE action IN ('consent.add', 'session.end') ORDER BY id DESC LIMIT 2")
    assert [row[0] for row in rows] == ["session.end", "consent.add"]
    assert all(who == f"account {subject}" for _, who, subject in rows)
