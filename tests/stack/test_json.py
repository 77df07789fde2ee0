"""What wxuserctl reads, as JSON: each command that changes nothing prints it, or is known not to."""

import json
import re

import pytest

from ctl import DATABASE, sql_as_root
from stack import TREE
from test_ctl import MINI

CHANGES_NOTHING = re.findall(r"^COMMAND\((\w+), CHANGES_NOTHING\)$", (TREE / "app/ctl/commands.def").read_text(), re.M)
# Those of them that have no --json, and why.
WITHOUT_JSON = {
    "conf sample": "a file of configuration", "routes": "a file of configuration", "completion bash": "a script",
    "communities export": "a file, in two formats", "erasures export": "a file for erasures import",
    "audit export": "lines of JSON", "errors export": "files", "top": "a page that moves; /metrics has its numbers",
    **dict.fromkeys(["reload", "upgrade", "reopen-logs", "drain", "socket clear"], "it acts"),
}
FOUND_USER = {"id", "tenant_id", "account_id", "state", "appid", "openid", "unionid", "name", "phone", "member_id",
              "created_at", "last_login_at", "tenant_disabled_at", "matched"}
# What each other one is called with, and the members of an object that it prints, to which others may be added.
JSON = {
    "keys status": ("", {"file", "number", "state", "values", "has_more", "in_use_from"}),
    "keys verify": ("", {"table", "column", "values", "wrong", "first_wrong", "lost"}),
    "check": ("", {"verdict", "host", "text"}),
    "status": ("", {"program", "pid", "parent", "state", "maintenance", "generation", "last_good", "failures", "failure",
                    "restart", "draining", "workers"}),
    "maintenance status": ("", {"here", "everywhere", "changed_at", "changed_by"}),
    "backup list": ("", {"items", "dump", "files"}),
    "jobs list": ("", {"name", "does", "ended_at", "rows", "failed_at", "due_at", "done_by"}),
    "tenant list": ("", {"id", "name"}),
    "tenant settings": ("1", {"name", "value", "default", "values", "meaning", "meaning_zh"}),
    "app list": ("", {"id", "tenant_id", "appid", "kind", "open_platform", "is_default"}),
    "app moves": ("", {"appid", "from", "to", "moved_at", "users_moved", "users_to_come", "conflicts"}),
    "key list": ("", {"id", "tenant_id", "name", "scopes", "rate_per_s", "networks", "apps", "created_at", "revoked_at",
                      "expires_at", "used_on"}),
    "operator list": ("", {"id", "name", "created_at", "revoked_at"}),
    "account conflicts": ("", {"id", "tenant_id", "reason", "account_id", "other_account_id", "openid", "unionid",
                               "created_at"}),
    "account merges": ("", {"id", "tenant_id", "survivor_id", "merged_id", "users", "unionids", "merged_at", "undone_at",
                            "undo"}),
    "stats": ("", {"day", "tenant_id", "appid", "logins", "active_users", "new_users", "refused", "refusals", "sms_codes",
                   "phone_numbers", "members_bound"}),
    "login list": ("--app wx01", {"tenant_id", "appid", "openid", "is_claimed", "error", "reason", "client", "request_id",
                                  "happened_at"}),
    "user find": ("--openid oSomebody", FOUND_USER),
    "user list": ("--tenant 1", FOUND_USER),
    "user show": ("oSomebody", {
        "tenant_id", "account_id", "previous_account_ids", "state", "is_risk", "created_at", "disabled_at",
        "locked_until", "erases_at", "users", "unionids", "phones", "confirmed_phone", "members", "memberships", "flags",
        "tokens", "sessions", "consents", "external_ids", "merges", "refusals"}),
    "user pending": ("", {"tenant_id", "appid", "openid", "user_id", "event", "revoke_info", "withdrawn",
                          "withdrawn_zh", "happened_at"}),
    "audit verify": ("", {"is_sound", "entries", "chains", "waiting", "late", "lost", "found", "findings", "heads"}),
    "audit list": ("", {"id", "tenant_id", "at", "action", "actor", "subject", "details", "who", "address", "request_id",
                        "sequence"}),
}
OF_THE_PROGRAM = ["status", "check"]
ONE_OBJECT = ["maintenance status", "backup list", "user show", "audit verify"]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NOW = "UTC_TIMESTAMP(6)"


def test_what_only_reads_prints_json_or_is_known_not_to():
    known = {re.sub(r"\W", "_", verb) for verb in [*JSON, *WITHOUT_JSON]}
    assert set(CHANGES_NOTHING) <= known


@pytest.mark.parametrize("verb", WITHOUT_JSON)
def test_a_command_without_json_says_so(ctl, verb):
    assert "[--json]" not in ctl.out(*verb.split(), "--help").splitlines()[0]


def instants(value, name=""):
    """Those in it, wherever they stand."""
    if isinstance(value, dict):
        return [found for member in value for found in instants(value[member], member)]
    if isinstance(value, list):
        return [found for item in value for found in instants(item)]
    return [value] if value is not None and re.search("(^|_)(at|until|use_from)$", name) else []


def put_something_everywhere(stack, ctl):
    ctl.out("tenant", "add", "one")
    ctl.out("app", "add", *MINI, "--appid", "wx01", "--open-platform", "main", stdin="s\n")
    ctl.out("app", "set", "wx01", "--open-platform", "other")
    ctl.out("operator", "add", "somebody", admin__api="true")
    ctl.out("key", "add", "--tenant", "1", "--name", "shop", "--scopes", "read")
    ctl.out("jobs", "run", "access_token")
    sql_as_root(stack, f"""USE {DATABASE};
        INSERT INTO account (id, tenant_id, email, security_stamp, concurrency_stamp, created_at)
            VALUES (UNHEX(REPEAT('1', 32)), 1, 'e', UNHEX(REPEAT('2', 32)), UNHEX(REPEAT('3', 32)), {NOW});
        INSERT INTO wechat_user (id, tenant_id, row_uuid, app_id, account_id, openid, created_at, exchanged_at)
            VALUES (1, 1, UNHEX(REPEAT('4', 32)), 1, UNHEX(REPEAT('1', 32)), 'oSomebody', {NOW}, {NOW});
        INSERT INTO access_token (tenant_id, wechat_user_id, family, hash, security_stamp, began_at, issued_at, expires_at)
            VALUES (1, 1, UNHEX(REPEAT('5', 32)), UNHEX(REPEAT('6', 64)), UNHEX(REPEAT('2', 32)), {NOW}, {NOW},
            {NOW} + INTERVAL 1 HOUR);
        INSERT INTO account_conflict (tenant_id, open_platform_id, unionid, wechat_user_id, account_id, reason, created_at)
            VALUES (1, 1, 'uSomebody', 1, UNHEX(REPEAT('1', 32)), 1, {NOW});
        INSERT INTO merge_log (tenant_id, survivor_id, merged_id, moved, created_at)
            VALUES (1, UNHEX(REPEAT('1', 32)), UNHEX(REPEAT('1', 32)), '{{}}', {NOW});
        INSERT INTO push_event (tenant_id, app_id, openid, event, happened_at, received_at, state)
            VALUES (1, 1, 'oSomebody', 'user_authorization_revoke', {NOW}, {NOW}, 1);
        INSERT INTO login_refusal (tenant_id, app_id, is_claimed, error, request_id, happened_at)
            VALUES (1, 1, 0, 'CODE_INVALID', REPEAT('a', 32), {NOW});
        INSERT INTO statistics (tenant_id, day, app_id, name, error, n) VALUES (1, UTC_DATE(), 1, 'refused', 'CODE_INVALID', 3)
        """)


def test_each_of_them_prints_its_members(stack, ctl, migrated):
    put_something_everywhere(stack, migrated)
    for verb, (words, members) in JSON.items():
        by = ctl if verb in OF_THE_PROGRAM else migrated
        assert " [--json]\n" in by.out(*verb.split(), "--help"), verb
        done = by.run(*verb.split(), *words.split(), "--json")
        printed = json.loads(done.stdout)
        assert isinstance(printed, dict) == (verb in ONE_OBJECT), verb
        rows = [printed] if verb in ONE_OBJECT else printed
        assert rows and all(set(row) >= members for row in rows), (verb, rows[:2], done.stderr)
        found = instants(rows)
        assert all(INSTANT.fullmatch(instant) for instant in found), (verb, found)
        assert found or not re.search("_at'|'at'|_from'", repr(members)) or verb == "maintenance status", verb


def test_the_program_is_told_as_lines_tell_it(ctl):
    [master] = json.loads(ctl.out("status", "--json"))
    lines = dict(line.split(" ", 1) for line in ctl.out("status").splitlines() if not line.startswith("workers "))
    assert [str(master[name]) for name in ("program", "pid", "parent", "state", "generation", "failures", "last_good")] == [
        lines[name] for name in ("program", "pid", "parent", "state", "generation", "failures", "last_good")]
    assert {workers["pool"] for workers in master["workers"]} == {"core", "remote"}
    assert all(workers["configured"] > 0 and workers["in_flight_max"] > 0 for workers in master["workers"])


def test_checks_are_told_as_lines_tell_them(migrated):
    done = migrated.run("check", "--json", keys__sealing="/nonexistent")
    checks = json.loads(done.stdout)
    assert done.returncode == 1 and {check["verdict"] for check in checks} == {"ok", "warn", "fail"} - (
        set() if any(check["verdict"] == "warn" for check in checks) else {"warn"})
    lines = migrated.run("check", keys__sealing="/nonexistent").stdout.splitlines()
    assert [re.sub(r"\d+", "N", line) for line in lines] == [
        re.sub(r"\d+", "N", f"{check['verdict'].replace('fail', 'FAIL'):4} {check['text']}") for check in checks]


def test_a_chain_that_was_cut_off_is_told(migrated):
    done = migrated.run("audit", "verify", "--json", "--since", f"0:99:{'0' * 16}")
    verdict = json.loads(done.stdout)
    assert done.returncode == 1 and verdict["is_sound"] is False and verdict["found"] == "1"
    assert [(finding["fault"], finding["sequence"]) for finding in verdict["findings"]] == [("cut_off", "99")]


@pytest.mark.parametrize("line", ["user find --openid oNobody", "login list --request-id 0123",
                                  "login list --app wx01 --openid oNobody"])
def test_a_list_of_what_is_not_there_is_empty(migrated, line):
    migrated.out("tenant", "add", "one")
    migrated.out("app", "add", *MINI, "--appid", "wx01", stdin="s\n")
    done = migrated.run(*line.split(), "--json")
    assert (done.returncode, done.stdout) == (1, "[]\n") and done.stderr
