"""GET /v1/users/changes, and what wxuserctl changes of users. That no endpoint's change is missed, test_cases.py shows."""

import pathlib
import re

import pytest

from follower import CHANGES, Follower
from stack import new_phone
from test_v1 import error, find, me, patch

MINI, OFFICIAL = "wx1000000000000001", "wx1000000000000002"


@pytest.fixture
def follower(stack):
    return Follower(stack)


@pytest.fixture
def token(stack, unique):
    return stack.token(openid=f"o{unique}")


def id_of(stack, openid):
    return stack.user(openid)["id"]


def ask(stack, cursor, key=None):
    return stack.request("GET", f"{CHANGES}?cursor={cursor}", key=key or stack.key)


# ---- The endpoint.


def test_a_change_comes_once(stack, unique, token, follower):
    id = id_of(stack, f"o{unique}")
    assert follower.users[id] == me(stack, token) == find(stack, id=id)[0]
    assert follower.follow() == []
    patch(stack, token, {"profile": {"name": "新"}})
    assert follower.follow() == [(id, "present")] and follower.users[id]["profile"]["name"] == "新"
    assert follower.follow() == []
    patch(stack, token, {"profile": {"name": "新"}})
    assert follower.follow() == []


def test_it_ends_ten_seconds_ago(stack, token, follower):
    patch(stack, token, {"profile": {"name": "新"}})
    assert follower.page() == ([], False)


def test_logins_of_a_known_user_do_not_come(stack, unique, follower):
    logins = {"plain": {}, "linked": {"unionid": f"u{unique}"}}
    for name, more in logins.items():
        stack.token(openid=f"{name}{unique}", nickname="小明", **more)
    assert len(follower.follow()) == 2
    for name, more in logins.items():
        token = stack.token(openid=f"{name}{unique}", nickname="小明", **more)
        stack.log_in(openid=f"{name}{unique}", **more)
        stack.request("POST", "/v1/token/refresh", key=token)
        stack.request("POST", "/v1/logout", key=token)
    assert follower.follow() == []


def test_a_user_comes_with_the_account(stack, unique, follower):
    """Each shows what the other has changed, and comes though only the other was written."""
    unionid = f"u{unique}"
    token = stack.token(openid=f"om{unique}", unionid=unionid)
    first = id_of(stack, f"om{unique}")
    assert follower.follow() == [(first, "present")]
    stack.token(OFFICIAL, openid=f"oo{unique}", unionid=unionid)
    second = id_of(stack, f"oo{unique}")
    assert follower.follow() == [(second, "present"), (first, "present")]
    assert len(follower.users[first]["openids"]) == 2
    patch(stack, token, {"profile": {"name": "新"}})
    assert follower.follow() == [(first, "present"), (second, "present")]
    assert follower.users[second]["profile"]["name"] == "新"
    follower.check()


def test_pages(stack, unique, follower):
    """1,000 changes a page, also of one moment."""
    (before,), = stack.sql("SELECT COALESCE(MAX(id), 0) FROM wechat_user")
    stack.sql(f"INSERT INTO wechat_user (tenant_id, row_uuid, openid, created_at, changed_at) SELECT 1, UNHEX(MD5(RAND())), "
              f"CONCAT('oPage{unique}-', seq), UTC_TIMESTAMP(6), '2030-01-01' FROM seq_1_to_2500;"
              f"INSERT INTO gone_user (tenant_id, user_id, changed_at) SELECT 1, 2000000000 + seq, '2030-01-01' "
              f"FROM seq_1_to_10;"
              f"UPDATE wechat_user SET changed_at = UTC_TIMESTAMP(6) WHERE changed_at = '2030-01-01';"
              f"UPDATE gone_user SET changed_at = (SELECT MAX(changed_at) FROM wechat_user) "
              f"WHERE changed_at = '2030-01-01'")
    n_pages = follower.n_pages
    came = follower.follow()
    assert follower.n_pages - n_pages == 3
    assert [state for _, state in came] == ["present"] * 2500 + ["erased"] * 10
    ids = [id for id, _ in came]
    assert ids == sorted(ids) and ids[0] > int(before)
    assert len(Follower(stack).users) == len(follower.users)
    stack.sql(f"DELETE FROM wechat_user WHERE openid LIKE 'oPage{unique}-%'")


def test_a_cursor_is_the_tenants(stack, follower):
    ask_other = ask(stack, follower.cursor, stack.key_2)
    for answer in ask_other, ask(stack, follower.cursor[:-1]), ask(stack, "x" * 128):
        assert error(answer) == (422, "value"), answer
    assert stack.request("GET", CHANGES, key=stack.key_2).status == 200


def test_nobody_else_may_read_it(stack, token):
    assert error(stack.request("GET", CHANGES, key=token)) == (403, "scope_missing")
    assert error(stack.request("GET", CHANGES)) == (401, "credential_missing")


# ---- Who is gone.


GONE = {name: None for name in ("created_at", "user", "profile", "phone", "member", "flags")} | {
    "previous_account_ids": [], "openids": []}


def gone(follower):
    """The only row that comes, without what a row of one who is gone has not."""
    follower.age()
    (row,), has_more = follower.page()
    assert not has_more and row.items() >= GONE.items()
    return {name: value for name, value in row.items() if name not in GONE}


def test_erased(stack, ctl, unique, token, follower):
    id, account = id_of(stack, f"o{unique}"), me(stack, token)["account_id"]
    ctl.out("user", "erase", MINI, f"o{unique}")
    assert gone(follower) == {"id": id, "state": "erased", "into": None, "account_id": account}
    assert find(stack, id=id) == []


def test_one_of_two_users_is_erased(stack, ctl, unique, follower):
    """The account is not gone, and its other user shows one openid less."""
    stack.token(openid=f"om{unique}", unionid=f"u{unique}")
    stack.token(OFFICIAL, openid=f"oo{unique}", unionid=f"u{unique}")
    first, second = id_of(stack, f"om{unique}"), id_of(stack, f"oo{unique}")
    follower.follow()
    ctl.out("user", "erase", MINI, f"om{unique}")
    assert follower.follow() == [(first, "erased"), (second, "present")]
    assert len(follower.users[second]["openids"]) == 1
    assert stack.sql(f"SELECT gone_account_id FROM gone_user WHERE user_id = {first}") == [["NULL"]]
    follower.check()


def test_merged_and_undone(stack, ctl, unique, follower):
    accounts = [stack.log_in(openid=f"o{n}-{unique}", unionid=f"u{unique}")["id"] for n in range(2)]
    first, second = (id_of(stack, f"o{n}-{unique}") for n in range(2))
    follower.follow()
    text = ctl.out("account", "merge", *accounts, "--commit")
    rows = follower.rows()
    for row in rows:
        follower.keep(dict(row))
    assert {(row["id"], row["state"], row["account_id"], row["into"]) for row in rows} == {
        (first, "present", accounts[0], None), (second, "present", accounts[0], None),
        (0, "merged", accounts[1], accounts[0])}
    follower.check()
    ctl.out("account", "merge", "--undo", re.search(r"--undo (\d+)\n$", text)[1])
    assert {id for id, _ in follower.follow()} == {first, second}
    assert [follower.users[id]["account_id"] for id in (first, second)] == accounts
    follower.check()



# ---- What wxuserctl changes. Each command that writes to the database has its name here.

NO_CHANGE_OF_USERS = """keys_create keys_add keys_rotate keys_drop keys_verify migrate maintenance_on maintenance_off jobs_run tenant_add tenant_rename tenant_disable tenant_enable
    tenant_logout_everywhere tenant_set app_add
    app_set app_set_secret app_set_push key_add key_set key_rotate key_revoke operator_add operator_revoke account_dismiss account_disable
    account_enable account_logout_everywhere communities_import regions_import""".split()
NOTHING_IN_THE_DATABASE = """help conf_sample check status top reload upgrade reopen_logs drain socket_clear
    maintenance_status backup_list keys_status jobs_list tenant_list tenant_settings app_list app_moves key_list operator_list
    user_show account_conflicts account_merges stats login_list user_find user_list users_export completion_bash
    communities_export members_export user_export user_pending errors_export erasures_export audit_verify audit_list
    audit_export routes""".split()
SHOWN_ABOVE = "account_merge user_erase app_remove".split()  # the last one erases as user erase does
SHOWN_BY_UNITS = "user_reopen erasures_replay erasures_import".split()  # tests/unit/test_db_changes.c; an import replays
CHANGES_OF_USERS = {}


def changes(function):
    CHANGES_OF_USERS[function.__name__] = function
    return function


@changes
def users_import(stack, ctl, openid, tmp_path):
    (tmp_path / "users.csv").write_text(f"openid,name\n{openid},新\n")
    ctl.out("users", "import", "--app", stack.app_id, tmp_path / "users.csv")


@changes
def users_remap(stack, ctl, openid, tmp_path):
    (tmp_path / "openids.csv").write_text(f"oldOpenid,newOpenid\n{openid},new{openid}\n")
    ctl.out("users", "remap", "--app", stack.app_id, tmp_path / "openids.csv")


@changes
def account_set(stack, ctl, openid, tmp_path):
    ctl.out("account", "set", openid, "can_balance_pay", "true")


def import_member(ctl, tmp_path, phone, name):
    path = tmp_path / "members.csv"
    path.write_text(f"name,phone,sex,birthday,idCard,address,cardState\n{name},{phone},0,,,,lost\n")
    ctl.out("members", "import", "--tenant", "1", path)


@changes
def members_import(stack, ctl, openid, tmp_path):
    phone = new_phone()
    stack.call_member("create", id_of(stack, openid), phone=phone)
    yield
    import_member(ctl, tmp_path, phone, "李四")


@changes
def member_erase(stack, ctl, openid, tmp_path):
    member = stack.call_member("create", id_of(stack, openid), phone=new_phone())["data"]
    yield
    ctl.out("member", "erase", "--tenant", "1", str(member))


def test_each_command_is_known():
    definitions = pathlib.Path(__file__).resolve().parents[2] / "app" / "ctl" / "commands.def"
    commands = set(re.findall(r"^COMMAND\((\w+), ", definitions.read_text(), re.M))
    known = {*NO_CHANGE_OF_USERS, *NOTHING_IN_THE_DATABASE, *SHOWN_ABOVE, *SHOWN_BY_UNITS, *CHANGES_OF_USERS}
    assert commands - known == set()


@pytest.mark.parametrize("command", sorted(CHANGES_OF_USERS))
def test_a_command_is_followed(stack, ctl, unique, tmp_path, token, follower, command):
    id = id_of(stack, f"o{unique}")
    steps = CHANGES_OF_USERS[command](stack, ctl, f"o{unique}", tmp_path)
    if steps is not None:
        next(steps)
        follower.follow()
        assert next(steps, "end") == "end"
    before = follower.users[id]
    assert (id, "present") in follower.follow() and follower.users[id] != before
    follower.check()
