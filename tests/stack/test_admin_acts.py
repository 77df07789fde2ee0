"""What the Admin API does, and who has done it as the audit tells."""

import json
import re

import pytest

from ctl import Ctl
from endpoints import endpoints
from foreign import World
from prometheus import Metrics
from stack import new_phone, wait_until

APP = "wx1000000000000001"
UNIONID = 1  # the reason of a conflict (db/account_link.h): the user came with another unionid
FLAGS = ["is_mini_program_remind", "is_close_order_pda", "is_show_statistics_pda", "is_show_no_fee_leave_button",
         "can_balance_pay"]


@pytest.fixture(scope="module")
def ctl(stack):
    return Ctl(stack)


@pytest.fixture(scope="module")
def admin(stack, ctl):
    return Caller(stack, ctl.out("key", "add", "--tenant", "1", "--name", "boss", "--scopes", "read,write,admin").strip())


@pytest.fixture(scope="module")
def other(stack, ctl):
    return Caller(stack, ctl.out("key", "add", "--tenant", "2", "--name", "rival", "--scopes", "read,write,admin").strip())


@pytest.fixture(scope="module")
def operator(stack, ctl):
    return Caller(stack, ctl.out("operator", "add", "on call").strip())


class Caller:
    """Of /v1/admin/."""

    def __init__(self, stack, key):
        self.stack, self.key = stack, key

    def ask(self, method, path, body=None, headers=None):
        return self.stack.request(method, f"/v1/admin/{path}", body, headers, key=self.key)

    def done(self, method, path, body=None):
        answer = self.ask(method, path, body)
        assert answer.status in (200, 204), answer
        return answer.json if answer.body else None

    def all(self, path, limit):
        """The items of all pages."""
        items, query = [], f"limit={limit}"
        while query:
            page = self.done("GET", f"{path}{'&' if '?' in path else '?'}{query}")
            assert len(page["items"]) <= limit
            items += page["items"]
            query = page["next"] and f"limit={limit}&after={page['next']}"
        return items


def code_of(answer):
    return answer.status, answer.json["code"]


def newest(stack):
    row, = stack.sql("SELECT COALESCE(tenant_id, 0), action, actor, who, origin, subject FROM audit ORDER BY id DESC LIMIT 1")
    return row


def newest_key(stack):
    return stack.sql("SELECT MAX(id) FROM api_key")[0][0]


# ---- Keys


def test_a_key_is_made_and_used_and_revoked(stack, admin, other):
    made = admin.done("POST", "keys", {"name": "till", "scopes": ["read"], "rate_per_s": 500})
    key = made.pop("key")
    assert re.fullmatch(r"wxk_\w{49}", key) and made in admin.all("keys", 3)
    assert newest(stack)[:4] == ["1", "key.add", "admin", newest(stack)[3]]
    assert re.fullmatch(r"key \d+ boss", newest(stack)[3]) and newest(stack)[4] == "127.0.0.0/24"
    assert stack.request("GET", "/v1/users/changes", key=key).status == 200
    assert key not in stack.log("wxuser") and key not in json.dumps(admin.all("keys", 100))

    changed = admin.done("PATCH", f"keys/{made['id']}", {"networks": "192.0.2.7"})
    assert changed == {**made, "networks": "192.0.2.7", "used_on": changed["used_on"]} and changed["used_on"] is not None
    assert {code_of(stack.request("GET", "/v1/users/changes", key=key)) for _ in range(16)} == {(403, "wrong_network")}
    assert admin.done("PATCH", f"keys/{made['id']}", {"networks": ""})["networks"] == ""
    assert {stack.request("GET", "/v1/users/changes", key=key).status for _ in range(16)} == {200}

    for method, body in (("PATCH", {"networks": ""}), ("DELETE", None)):
        assert code_of(other.ask(method, f"keys/{made['id']}", body)) == (404, "not_found")
    admin.done("DELETE", f"keys/{made['id']}")
    assert newest(stack)[1:3] == ["key.revoke", "admin"]
    assert {stack.request("GET", "/v1/users/changes", key=key).status for _ in range(16)} == {401}
    assert code_of(admin.ask("PATCH", f"keys/{made['id']}", {"networks": ""})) == (404, "not_found")
    admin.done("DELETE", f"keys/{made['id']}")


def test_a_key_is_rotated_and_ends(stack, admin, other):
    made = admin.done("POST", "keys", {"name": "till", "scopes": ["read"]})
    assert {stack.request("GET", "/v1/users/changes", key=made["key"]).status for _ in range(16)} == {200}
    (old,) = [key for key in admin.all("keys", 500) if key["id"] == made["id"]]
    assert old["used_on"] == stack.sql("SELECT DATE(UTC_TIMESTAMP() + INTERVAL 8 HOUR)")[0][0]
    stack.sql(f"UPDATE api_key SET used_on = '2026-01-01' WHERE id = {made['id']}")
    path = f"keys/{made['id']}/rotate"
    assert code_of(other.ask("POST", path, {})) == (404, "not_found")
    wechat = Ctl(stack).out("key", "add", "--tenant", "1", "--name", "w", "--scopes", "wechat", "--networks", "::1")
    assert wechat and code_of(admin.ask("POST", f"keys/{newest_key(stack)}/rotate", {})) == (403, "scope_missing")
    assert code_of(admin.ask("PATCH", f"keys/{newest_key(stack)}", {"networks": ""})) == (403, "scope_missing")

    successor = admin.done("POST", path, {"overlap_days": 0})
    assert newest(stack)[:3] == ["1", "key.rotate", "admin"]
    assert successor["id"] != made["id"] and successor["key"] != made["key"]
    (old,) = [key for key in admin.all("keys", 500) if key["id"] == made["id"]]
    assert old["successor_id"] == successor["id"] and old["expires_at"] and old["revoked_at"] is None
    assert {code_of(stack.request("GET", "/v1/users/changes", key=made["key"])) for _ in range(16)} == {(401, "token_unknown")}
    endless = admin.ask("PATCH", f"keys/{made['id']}", {"expires_at": None})
    assert code_of(endless) == (422, "value") and "expires_at" in str(endless.json)
    assert admin.done("PATCH", f"keys/{made['id']}", {"expires_at": "2999-12-31T16:00:00Z"})["successor_id"] == successor["id"]
    stack.sql(f"UPDATE api_key SET expires_at = UTC_TIMESTAMP(6) WHERE id = {made['id']}")
    assert {stack.request("GET", "/v1/users/changes", key=successor["key"]).status for _ in range(16)} == {200}
    assert code_of(admin.ask("POST", path, {})) == (404, "not_found")


def test_a_session_ends_with_its_key(stack, ctl, unique):
    key = ctl.out("key", "add", "--tenant", "1", "--name", unique, "--scopes", "read,admin", "--expires", "2999-12-31").strip()
    begun = stack.request("POST", "/v1/admin/session", key=key)
    cookie = {"Cookie": begun.headers["Set-Cookie"].split(";")[0]}
    assert stack.request("GET", "/v1/admin/keys", headers=cookie).status == 200
    stack.sql(f"UPDATE api_key SET expires_at = UTC_TIMESTAMP(6) WHERE name = '{unique}'")
    assert stack.request("GET", "/v1/admin/keys", headers=cookie).status == 401


def test_pages_are_whole_and_of_one_tenant(admin, other):
    for limit in (1, 2, 1000):
        assert admin.all("keys", limit) == admin.all("keys", 500)
    mine, others = ({key["id"] for key in caller.all("keys", 7)} for caller in (admin, other))
    assert mine and others and not mine & others
    assert not {app["appid"] for app in admin.all("apps", 1)} & {app["appid"] for app in other.all("apps", 1)}


@pytest.mark.parametrize("scopes", (["wechat"], ["read", "wechat"], ["read", "write", "admin", "wechat"]))
def test_no_key_has_a_scope_that_its_maker_lacks(stack, admin, scopes):
    before = newest_key(stack)
    answer = admin.ask("POST", "keys", {"name": "x", "scopes": scopes, "networks": "127.0.0.1"})
    assert code_of(answer) == (422, "value") and newest_key(stack) == before


FAR = "2999-12-31T16:00:00Z"
# What a key may not give that has these limits, and by which member it is refused.
OWN_LIMITS = "--networks", "127.0.0.0/8,::1", "--apps", APP, "--rate", "500", "--expires", "30"
BEYOND = (
    ("apps", ""),
    ("apps", f"{APP},wx1000000000000002"),
    ("networks", ""),
    ("networks", "0.0.0.0/0,::/0"),
    ("networks", "127.0.0.1,192.0.2.7"),
    ("rate_per_s", 501),
    ("expires_at", None),
    ("expires_at", FAR),
)


@pytest.fixture(scope="module")
def limited(stack, ctl):
    text = ctl.out("key", "add", "--tenant", "1", "--name", "limited", "--scopes", "read,admin,wechat", *OWN_LIMITS).strip()
    return Caller(stack, text), int(newest_key(stack))


def row_of(stack, key_id):
    return stack.sql(f"SELECT networks, apps, rate_per_s, expires_at FROM api_key WHERE id = {key_id}")[0]


@pytest.mark.parametrize("member, value", BEYOND)
def test_no_key_has_a_limit_wider_than_its_makers(stack, ctl, limited, member, value):
    caller, own = limited
    before, was = newest_key(stack), row_of(stack, own)
    added = caller.ask("POST", "keys", {"name": "x", "scopes": ["read"], member: value})
    assert code_of(added) == (422, "value") and added.json["errors"][0]["pointer"] == f"/{member}", added
    changed = caller.ask("PATCH", f"keys/{own}", {member: value})
    assert code_of(changed) == (422, "value") and changed.json["errors"][0]["pointer"] == f"/{member}", changed
    assert newest_key(stack) == before and row_of(stack, own) == was


def test_a_limit_that_is_absent_is_the_makers(stack, limited):
    caller, own = limited
    made = caller.done("POST", "keys", {"name": "x", "scopes": ["wechat"]})
    assert row_of(stack, made["id"]) == row_of(stack, own)
    assert caller.done("PATCH", f"keys/{made['id']}", {"networks": "::1", "rate_per_s": 7})["rate_per_s"] == 7
    assert code_of(caller.ask("POST", f"keys/{made['id']}/rotate", {"expires_at": None})) == (422, "value")
    assert caller.done("POST", f"keys/{made['id']}/rotate", {})["expires_at"] == made["expires_at"]


@pytest.mark.parametrize("wider", (("--networks", "any"), ("--apps", "any"), ("--rate", "501")))
def test_a_key_that_may_more_is_narrowed_and_not_rotated(stack, ctl, limited, wider):
    ctl.out("key", "add", "--tenant", "1", "--name", "x", "--scopes", "read", *OWN_LIMITS)
    key = newest_key(stack)
    ctl.out("key", "set", str(key), *wider)
    assert code_of(limited[0].ask("POST", f"keys/{key}/rotate", {})) == (403, "scope_missing")
    assert limited[0].done("PATCH", f"keys/{key}", {"rate_per_s": 3})["rate_per_s"] == 3


def test_who_has_revoked_the_own_key_is_out(stack, ctl):
    key = ctl.out("key", "add", "--tenant", "1", "--name", "own", "--scopes", "admin").strip()
    Caller(stack, key).done("DELETE", f"keys/{newest_key(stack)}")
    assert {Caller(stack, key).ask("GET", "session").status for _ in range(16)} == {401}


# ---- Settings and apps


def test_a_setting_is_changed_and_holds(stack, admin, other):
    before = {setting["name"]: setting for setting in admin.done("GET", "settings")["settings"]}
    name = "phone_numbers_per_day"
    assert before[name]["default"] == "1000" and before[name]["values"] == "0 to 10000000"
    answer = admin.done("PUT", f"settings/{name}", {"value": "7"})
    assert answer == {**before[name], "value": "7"}
    assert newest(stack)[1:3] == ["tenant.set", "admin"]
    assert told(stack, name) == {"before": 1000, "after": 7}
    after = {setting["name"]: setting for setting in admin.done("GET", "settings")["settings"]}
    assert after == {**before, name: answer}
    assert {setting["name"]: setting["value"] for setting in other.done("GET", "settings")["settings"]}[name] == "1000"
    assert re.search(rf"(?m)^{name} +7 ", Ctl(stack).out("tenant", "settings", "1"))
    for value in 8, "9":
        assert admin.done("PUT", f"settings/{name}", {"value": value})["value"] == str(value)
    admin.done("PUT", f"settings/{name}", {"value": "1000"})


def test_what_a_setting_removes_is_seen_before(stack, admin, other, unique):
    """As many as the command says, and the whole of it in parts."""
    name, ctl = "retain_void_member_days", Ctl(stack)
    stack.sql("INSERT INTO member (tenant_id, row_uuid, name, phone, card_state, created_at) SELECT 1, UNHEX(MD5(CONCAT("
              f"'{unique}', seq))), '{unique}', '', 2, '2020-01-01' FROM seq_1_to_3")
    try:
        seen = admin.done("GET", f"settings/{name}/preview?value=400")
        assert seen["rows"] == "members" and seen["old"] >= 3 and seen["next"] is None
        assert ctl.out("tenant", "set", "1", name, "400", "--dry-run") == (
            f"Of {seen['stored']} members, {seen['old']} are that old; the job removes at most {seen['at_most_per_day']} "
            "of them a day.\n")
        first = stack.sql(f"SELECT MIN(id) FROM member WHERE name = '{unique}'")[0][0]
        rest = admin.done("GET", f"settings/{name}/preview?value=400&after={first}")
        assert rest == {**seen, "old": 2}
        assert admin.done("GET", f"settings/{name}/preview?value=0") == {**seen, "old": 0}
        assert other.done("GET", f"settings/{name}/preview?value=400")["old"] == 0
    finally:
        stack.sql(f"DELETE FROM member WHERE name = '{unique}'")


def test_a_setting_says_which_values_it_takes(admin):
    faults = lambda name, value: admin.ask("PUT", f"settings/{name}", {"value": value}, headers={"Accept-Language": "en"})
    for value in "99", 99, True, -1:
        [fault] = faults("erasure_days", value).json["errors"]
        assert (fault["pointer"], fault["detail"]) == ("/value", "It must be 0 to 15.")
    [fault] = faults("access_token_header", 3).json["errors"]
    assert fault["detail"] == "It must be true|false."
    for value in 3, "3", True, "x":
        assert code_of(faults("erasure_dayz", value)) == (404, "not_found")
    for value in {}, [3], None:
        assert code_of(faults("erasure_days", value)) == (422, "value")


def told(stack, name):
    return json.loads(stack.sql(f"SELECT details FROM audit WHERE subject = 'setting {name}' ORDER BY id DESC LIMIT 1")[0][0])


@pytest.mark.parametrize("name", ("sms_per_day", "sms_per_key_and_day", "sms_per_app_and_hour"))
def test_what_spends_the_operators_money_is_the_operators(stack, admin, name):
    before = {setting["name"]: setting for setting in admin.done("GET", "settings")["settings"]}[name]
    assert before["by_operator"] is True
    for value in ("0", before["value"], "10000000"):
        assert code_of(admin.ask("PUT", f"settings/{name}", {"value": value})) == (422, "value")
    ctl = Ctl(stack)
    ctl.out("tenant", "set", "1", name, "77")
    assert told(stack, name) == {"before": int(before["value"]), "after": 77}
    ctl.out("tenant", "set", "1", name, before["value"])
    assert told(stack, name) == {"before": 77, "after": int(before["value"])}


def test_each_setting_takes_its_default(admin):
    for setting in admin.done("GET", "settings")["settings"]:
        if setting["values"] == "true|false":
            assert setting["default"] in ("true", "false")
            continue
        least, most = map(int, setting["values"].split(" to "))
        assert least <= int(setting["default"]) <= most
        for value in (least - 1, most + 1, "x", ""):
            assert admin.ask("PUT", f"settings/{setting['name']}", {"value": str(value)}).status == 422, setting


def test_a_secret_goes_in_and_never_comes_out(stack, admin, other, unique):
    appid, secret = f"wx{unique}"[:30], f"{unique:0>32}"[-32:]
    made = admin.done("POST", "apps", {"appid": appid, "kind": "web", "secret": secret})
    assert made == {"id": made["id"], "tenant_id": 1, "appid": appid, "kind": "web", "open_platform": None,
                    "is_default": False}
    assert made in admin.all("apps", 2)
    assert newest(stack)[1:3] == ["app.add", "admin"]
    new = secret[::-1]
    assert code_of(other.ask("PUT", f"apps/{appid}/secret", {"secret": new})) == (404, "not_found")
    assert admin.ask("PUT", f"apps/{appid}/secret", {"secret": new}).json["errors"][0]["pointer"] == "/is_untried"
    admin.done("PUT", f"apps/{appid}/secret", {"secret": new, "is_untried": True})
    assert newest(stack)[1:3] == ["app.set_secret", "admin"]
    text = json.dumps(admin.all("apps", 2)) + json.dumps(admin.all("audit", 500)) + stack.log("wxuser")
    assert appid in text and secret not in text and new not in text
    assert [row for row in Ctl(stack).rows("app", "list") if row[3] == appid]
    stack.sql(f"DELETE FROM app WHERE appid = '{appid}'")


def test_a_replaced_secret_is_the_one_that_is_used(stack, admin, unique):
    """A wrong one is refused by WeChat, the right one is taken again at once."""
    right = (stack.state / "secret" / APP).read_text().strip()
    assert stack.login_of(openid=f"o{unique}")[1].status == 200
    admin.done("PUT", f"apps/{APP}/secret", {"secret": "0" * 32, "is_untried": True})
    try:
        answer = stack.request("POST", "/v1/login", {"code": stack.code(openid=f"o{unique}")["code"]}, {"X-WX-AppId": APP})
        assert code_of(answer) == (502, "wechat_failed")
    finally:
        admin.done("PUT", f"apps/{APP}/secret", {"secret": right})
    answer = stack.request("POST", "/v1/login", {"code": stack.code(openid=f"o{unique}")["code"]}, {"X-WX-AppId": APP})
    assert answer.status == 200


def other_unionid(stack, openid):
    """Of the user, as a login brings it that has come through an app elsewhere: a conflict, and a suspicion."""
    stack.sql("INSERT INTO account_conflict (tenant_id, open_platform_id, unionid, wechat_user_id, account_id, reason, created_at) "
              "SELECT u.tenant_id, a.open_platform_id, UUID(), u.id, u.account_id, "
              f"{UNIONID}, UTC_TIMESTAMP(6) FROM wechat_user u JOIN app a ON a.id = u.app_id WHERE u.openid = '{openid}'")


def test_an_app_moves_to_another_open_platform_account_and_back(stack, ctl, admin, other, unique):
    """As wxuserctl app set --open-platform does it, which tells the same of the moves."""
    appid, ours, theirs = f"wx{unique}"[:30], f"a{unique}", f"b{unique}"
    path = f"apps/{appid}/open-platform"
    admin.done("POST", "apps", {"appid": appid, "kind": "mini", "secret": "s", "open_platform": ours})
    account = account_of(stack, f"o{unique}-elsewhere").replace("-", "")
    stack.sql(f"INSERT INTO wechat_user (tenant_id, openid, row_uuid, app_id, account_id, created_at) SELECT 1, 'o{unique}', "
              f"UNHEX(MD5('{unique}')), id, UNHEX('{account}'), UTC_TIMESTAMP(6) FROM app WHERE appid = '{appid}'")
    other_unionid(stack, f"o{unique}")
    seen = lambda caller: caller.done("GET", "apps/moves")["suspected"]
    assert {"appid": appid, "users": 1} in seen(admin) and seen(other) == []
    assert code_of(other.ask("PUT", path, {"open_platform": theirs})) == (404, "not_found")
    moved = lambda name: admin.done("PUT", path, {"open_platform": name})
    assert moved(theirs) == {"is_undo": False, "users_with_other_unionids": 1}
    assert newest(stack)[:3] == ["1", "app.move", "admin"] and newest(stack)[5] == appid
    assert appid not in [one["appid"] for one in seen(admin)]
    [listed] = [item for item in admin.all("apps/moves", 1) if item["appid"] == appid]
    assert (listed["from"], listed["to"], listed["users_moved"], listed["conflicts"]) == (ours, theirs, 0, 0)
    assert listed in json.loads(ctl.out("app", "moves", "--json")) and other.all("apps/moves", 2) == []
    entries = stack.sql("SELECT COUNT(*) FROM audit")
    assert moved(theirs) == {"is_undo": False, "users_with_other_unionids": 0}
    assert stack.sql("SELECT COUNT(*) FROM audit") == entries
    assert moved(ours)["is_undo"] and not [item for item in admin.all("apps/moves", 2) if item["appid"] == appid]
    stack.sql(f"DELETE FROM account_conflict WHERE wechat_user_id IN (SELECT id FROM wechat_user WHERE openid = 'o{unique}'); "
              f"DELETE FROM wechat_user WHERE openid = 'o{unique}'; DELETE FROM app WHERE appid = '{appid}'")


def test_an_operator_chooses_the_default_app(stack, ctl, admin, operator, unique):
    before = operator.done("GET", "default-app")
    assert before == {"appid": APP, "source": "chosen"}
    assert code_of(admin.ask("PUT", "default-app", {"appid": APP})) == (403, "scope_missing")
    other = "wx2000000000000001"
    assert operator.done("PUT", "default-app", {"appid": other}) == {"appid": other, "source": "chosen"}
    assert newest(stack)[:3] + newest(stack)[5:] == ["2", "app.set_default", "admin", f"app {other}"]
    assert [row for row in ctl.rows("app", "list") if row[4] == "yes"][0][3] == other
    assert operator.done("PUT", "default-app", {"appid": APP}) == before


# ---- Accounts


def test_a_flag_of_an_account_is_set(stack, admin, other, unique):
    """In place of the tenant's setting, as wxuserctl account set does it."""
    account = account_of(stack, f"o{unique}")
    [user] = admin.done("POST", "users/find", {"account_id": account})["users"]
    shown = lambda: {flag["name"]: flag["value"] for flag in admin.done("GET", f"users/{user['id']}")["flags"]}
    assert shown() == {}
    for name in FLAGS:
        assert code_of(other.ask("PUT", f"accounts/{account}/flag", {"name": name, "value": "true"})) == (404, "not_found")
        admin.done("PUT", f"accounts/{account}/flag", {"name": name, "value": "true"})
    assert shown() == dict.fromkeys(FLAGS, True)
    admin.done("PUT", f"accounts/{account}/flag", {"name": FLAGS[0], "value": "false"})
    assert newest(stack)[:3] + newest(stack)[5:] == ["1", "account.set", "admin", account]
    for value in True, False:
        admin.done("PUT", f"accounts/{account}/flag", {"name": FLAGS[1], "value": value})
        assert shown()[FLAGS[1]] is value
    admin.done("PUT", f"accounts/{account}/flag", {"name": FLAGS[1], "value": "none"})
    assert shown() == {FLAGS[0]: False, **dict.fromkeys(FLAGS[2:], True)}


def test_an_account_is_disabled_and_enabled_and_logged_out(stack, admin, other, operator, unique):
    token = stack.token(openid=f"o{unique}")
    account = stack.request("GET", "/v1/me", key=token).json["account_id"]
    for caller, status in ((other, 404), (operator, 403)):
        for verb in ("disable", "enable", "log-out"):
            assert caller.ask("POST", f"accounts/{account}/{verb}").status == status
    assert stack.request("GET", "/v1/me", key=token).status == 200
    admin.done("POST", f"accounts/{account}/disable")
    assert newest(stack)[:3] + newest(stack)[5:] == ["1", "account.disable", "admin", account]
    assert stack.request("GET", "/v1/me", key=token).status == 401
    answer = stack.request("POST", "/v1/login", {"code": stack.code(openid=f"o{unique}")["code"]}, {"X-WX-AppId": APP})
    assert code_of(answer) == (403, "account_disabled")
    admin.done("POST", f"accounts/{account}/enable")
    token = stack.token(openid=f"o{unique}")
    admin.done("POST", f"accounts/{account}/log-out")
    assert stack.request("GET", "/v1/me", key=token).status == 401
    assert stack.request("GET", "/v1/me", key=stack.token(openid=f"o{unique}")).status == 200


def test_a_closed_account_is_taken_back(stack, admin, other, unique):
    account = account_of(stack, f"o{unique}")
    closed = lambda: stack.sql(f"SELECT erases_at IS NOT NULL FROM account WHERE id = UNHEX(REPLACE('{account}', '-', ''))")
    stack.close(f"o{unique}")
    assert closed() == [["1"]]
    assert code_of(other.ask("POST", f"accounts/{account}/reopen")) == (404, "not_found")
    for _ in range(2):
        admin.done("POST", f"accounts/{account}/reopen")
        assert closed() == [["0"]]
    assert newest(stack)[1:3] == ["account.reopen", "admin"]
    assert account_of(stack, f"o{unique}") == account


def test_what_a_push_agrees_on_goes_in_and_never_comes_out(stack, admin, other, unique):
    appid = f"wx{unique}"[:30]
    admin.done("POST", "apps", {"appid": appid, "kind": "web", "secret": "s"})
    body = {"token": f"T{unique}"[:32], "encoding_aes_key": f"{unique:x<43}"[:43].replace("-", "x")}
    assert code_of(other.ask("PUT", f"apps/{appid}/push", body)) == (404, "not_found")
    admin.done("PUT", f"apps/{appid}/push", body)
    assert newest(stack)[1:3] == ["app.set_push", "admin"]
    stored = stack.sql(f"SELECT push_token IS NULL, push_key IS NULL, push_key_previous IS NULL FROM app WHERE appid = '{appid}'")
    assert stored == [["0", "0", "1"]]
    text = json.dumps(admin.all("apps", 2)) + json.dumps(admin.all("audit", 500)) + stack.log("wxuser")
    assert body["token"] not in text and body["encoding_aes_key"] not in text
    stack.sql(f"DELETE FROM app WHERE appid = '{appid}'")


# ---- Merges and conflicts


def account_of(stack, openid):
    return stack.request("GET", "/v1/me", key=stack.token(openid=openid)).json["account_id"]


def test_two_accounts_are_merged_and_taken_apart(stack, admin, other, unique):
    one, two = (account_of(stack, f"o{unique}-{name}") for name in "ab")
    body = {"account_id": two, "other_id": one, "is_dry_run": True}
    assert other.ask("POST", "merges", body).status == 422
    preview = admin.done("POST", "merges", body)
    assert (preview["survivor_id"], preview["merged_id"], preview["users"], preview["id"]) == (one, two, 1, "0")
    assert account_of(stack, f"o{unique}-b") == two
    merge = admin.done("POST", "merges", {**body, "is_dry_run": False})
    assert {**merge, "id": "0", "tokens": 0} == {**preview, "tokens": 0} and newest(stack)[1:3] == ["account.merge", "admin"]
    assert account_of(stack, f"o{unique}-b") == one
    assert code_of(other.ask("POST", f"merges/{merge['id']}/undo")) == (404, "not_found")
    [listed] = [listed for listed in admin.all("merges", 2) if listed["survivor_id"] == one]
    assert (listed["id"], listed["merged_id"], listed["users"], listed["undone_at"], listed["undo"]) == (
        merge["id"], two, 1, None, "possible")
    assert not [listed for listed in other.all("merges", 2) if listed["survivor_id"] == one]
    admin.done("POST", f"merges/{merge['id']}/undo")
    assert newest(stack)[1:3] == ["account.unmerge", "admin"]
    assert account_of(stack, f"o{unique}-b") == two
    [listed] = [listed for listed in admin.all("merges", 2) if listed["survivor_id"] == one]
    assert listed["undone_at"] is not None and listed["undo"] == "done"


def test_merges_are_listed_from_the_newest_on(stack, admin, unique):
    """And what stands against the undo of one."""
    one, two, three = (account_of(stack, f"o{unique}-{name}") for name in "abc")
    for id, other in (two, three), (one, two):
        admin.done("POST", "merges", {"account_id": id, "other_id": other, "is_dry_run": False})
    mine = [listed for listed in admin.all("merges", 1) if listed["survivor_id"] in (one, two)]
    assert [(listed["survivor_id"], listed["merged_id"], listed["undo"]) for listed in mine] == [
        (one, two, "possible"), (two, three, "survivor_merged")]
    assert admin.ask("POST", f"merges/{mine[1]['id']}/undo").status == 422
    stack.sql(f"UPDATE account SET is_active = 0, erases_at = UTC_TIMESTAMP(6) + INTERVAL 1 DAY WHERE id = UNHEX(REPLACE('{one}', '-', ''))")
    assert admin.all("merges", 1000)[0]["undo"] == "survivor_closed"


def test_a_conflict_is_listed_and_dismissed(stack, admin, other, unique):
    account = account_of(stack, f"o{unique}")
    unionid = f"u{unique}"
    stack.sql("INSERT INTO account_conflict (tenant_id, open_platform_id, unionid, wechat_user_id, account_id, reason, "
              f"created_at) SELECT u.tenant_id, p.id, '{unionid}', u.id, u.account_id, 1, UTC_TIMESTAMP(6) "
              "FROM wechat_user u JOIN open_platform p ON p.tenant_id = u.tenant_id "
              f"WHERE u.openid = 'o{unique}' LIMIT 1")
    mine = [conflict for conflict in admin.all("conflicts", 2) if conflict["account_id"] == account]
    assert [conflict["reason"] for conflict in mine] == ["another unionid"]
    assert unionid not in str(mine) and f"o{unique}" not in str(mine)
    assert not [conflict for conflict in other.all("conflicts", 2) if conflict["account_id"] == account]
    assert code_of(other.ask("POST", f"conflicts/{mine[0]['id']}/dismiss")) == (404, "not_found")
    admin.done("POST", f"conflicts/{mine[0]['id']}/dismiss")
    assert newest(stack)[1:3] == ["conflict.dismiss", "admin"]
    assert not [conflict for conflict in admin.all("conflicts", 2) if conflict["account_id"] == account]
    assert code_of(admin.ask("POST", f"conflicts/{mine[0]['id']}/dismiss")) == (404, "not_found")


# ---- Members, communities, erasures


def test_a_member_is_masked_until_somebody_asks(stack, admin, other):
    phone, name, address = new_phone(), "张三丰", "识字里 7 号"
    id = stack.member(phone=phone, name=name, address=address)
    listed, = (member for member in admin.all("members", 3) if member["id"] == id)
    assert listed == {"id": id, "name": "张**", "phone": f"{phone[:3]}****{phone[-4:]}", "sex": 0, "card_state": "valid"}
    assert not [member for member in other.all("members", 3) if member["id"] == id]
    for verb, body in (("reveal", None), ("erase", {"name": name})):
        assert code_of(other.ask("POST", f"members/{id}/{verb}", body)) == (404, "not_found")
    whole = admin.done("POST", f"members/{id}/reveal")
    assert (whole["phone"], whole["name"], whole["address"]) == (phone, name, address)
    assert newest(stack)[1:3] + newest(stack)[5:] == ["member.reveal", "admin", f"member {id}"]
    assert code_of(admin.ask("POST", f"members/{id}/erase", {"name": "张三"})) == (422, "value")
    admin.done("POST", f"members/{id}/erase", {"name": name})
    assert stack.sql(f"SELECT COUNT(*) FROM member WHERE id = {id}") == [["0"]]
    assert newest(stack)[1:3] == ["member.erase", "admin"]
    for verb, body in (("reveal", None), ("erase", {"name": name})):
        assert code_of(admin.ask("POST", f"members/{id}/{verb}", body)) == (404, "not_found")


def test_communities_and_pending_erasures_are_the_tenants(stack, admin, other, unique):
    for tenant, openid in ((1, f"oa{unique}"), (2, f"ob{unique}")):
        stack.sql(f"INSERT INTO community (tenant_id, name, region_level, created_at) "
                  f"VALUES ({tenant}, 'c{unique}-{tenant}', 0, UTC_TIMESTAMP(6)); "
                  "INSERT INTO push_event (tenant_id, app_id, openid, event, happened_at, received_at, state) SELECT "
                  f"tenant_id, id, '{openid}', 'user_authorization_revoke', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1 "
                  f"FROM app WHERE tenant_id = {tenant} LIMIT 1")
    stack.save(openId=f"oa{unique}")
    for caller, tenant, rival in ((admin, 1, 2), (other, 2, 1)):
        names = [community["name"] for community in caller.all("communities", 2)]
        assert f"c{unique}-{tenant}" in names and f"c{unique}-{rival}" not in names
        erasures = caller.all("erasures", 1)
        assert erasures[-1]["user_id"] == (stack.user(f"oa{unique}")["id"] if tenant == 1 else 0)
        appids = {erasure["appid"] for erasure in erasures}
        assert appids and all(appid.startswith(f"wx{tenant}") for appid in appids)
    assert unique not in json.dumps(admin.all("erasures", 9))
    stack.sql(f"DELETE FROM push_event WHERE openid LIKE '%{unique}'; DELETE FROM community WHERE name LIKE 'c{unique}%'")


# ---- The audit


def test_the_audit_is_read_from_its_end(stack, admin, other, operator):
    mine, others, services = (caller.all("audit", limit) for caller, limit in ((admin, 7), (other, 1000), (operator, 90)))
    assert [entry["id"] for entry in mine] == sorted({entry["id"] for entry in mine}, key=int, reverse=True)
    ids = {entry["id"]: "mine" for entry in mine} | {entry["id"]: "other's" for entry in others} | {
        entry["id"]: "the service's" for entry in services}
    assert len(ids) == len(mine) + len(others) + len(services)
    tenants = {"1": "mine", "2": "other's", "0": "the service's"}
    for id, tenant in stack.sql("SELECT id, COALESCE(tenant_id, 0) FROM audit WHERE tenant_id IS NULL OR tenant_id < 3"):
        assert ids.get(id, tenants[tenant]) == tenants[tenant]
    assert all(entry["is_signed"] for entry in mine + others + services)


def test_entries_are_chosen_by_action_subject_and_who(stack, ctl, admin, other):
    made = admin.done("POST", "keys", {"name": "chosen", "scopes": ["read"]})["id"]
    admin.done("PATCH", f"keys/{made}", {"rate_per_s": 7})
    subject = f"subject=key%20{made}"
    entries = admin.all(f"audit?{subject}", 1)
    assert [entry["action"] for entry in entries] == ["key.set", "key.add"]
    who, = {entry["who"] for entry in entries}
    by_who = [entry["id"] for entry in admin.all(f"audit?who={who.replace(' ', '%20')}&action=key.add", 3)]
    assert entries[1]["id"] in by_who and entries[0]["id"] not in by_who
    assert other.all(f"audit?{subject}", 9) == [] == admin.all("audit?subject=key", 9)
    words = "--tenant", "1", "--subject", f"key {made}", "--who", who
    listed = json.loads(ctl.out("audit", "list", *words, "--json"))
    assert [str(entry["id"]) for entry in listed] == [entry["id"] for entry in entries]
    done = ctl.run("audit", "export", *words, "--action", "key.set")
    assert [json.loads(line)["subject"] for line in done.stdout.splitlines()] == [f"key {made}"]
    assert (done.returncode, "do not prove that none is missing" in done.stderr) == (0, True)


def test_an_entry_that_somebody_has_changed_is_not_signed(stack, admin):
    admin.done("PUT", "settings/trial_days", {"value": "7"})
    entry, = admin.done("GET", "audit?limit=1")["items"]
    stack.sql(f"UPDATE audit SET subject = 'setting x' WHERE id = {entry['id']}")
    changed, = admin.done("GET", "audit?limit=1")["items"]
    assert changed == {**entry, "subject": "setting x", "is_signed": False}
    stack.sql(f"UPDATE audit SET subject = '{entry['subject']}' WHERE id = {entry['id']}")


def test_an_app_secret_is_tried_before_it_is_stored(stack, admin):
    path = f"apps/{APP}/secret"

    def stored():
        return stack.sql(f"SELECT HEX(secret) FROM app WHERE appid = '{APP}'")

    def detail(answer):
        assert code_of(answer) == (422, "value")
        return answer.json["errors"][0]["detail"]

    was, right = stored(), (stack.state / "secret" / APP).read_text().strip()
    assert detail(admin.ask("PUT", path, {"secret": "An0therSecret"})) == (
        "WeChat refuses it with errcode 40125: the AppSecret is wrong.")
    stack.fault("cgi-bin/stable_token", "errcode", 40164)
    assert "put it on the app's IP whitelist" in detail(admin.ask("PUT", path, {"secret": right}))
    assert stored() == was
    try:
        admin.done("PUT", path, {"secret": "An0therSecret", "is_untried": True})
        assert stored() != was and newest(stack)[1:3] == ["app.set_secret", "admin"]
        assert admin.done("POST", f"apps/{APP}/try") == {
            "state": "refused", "reason": "WeChat refuses it with errcode 40125: the AppSecret is wrong."}
    finally:
        admin.done("PUT", path, {"secret": right})
    assert admin.done("POST", f"apps/{APP}/try") == {"state": "taken", "reason": None}
    assert "An0therSecret" not in stack.log("wxuser")


# ---- Operators


def test_tenants_are_added_and_listed(stack, operator, unique):
    made = operator.done("POST", "tenants", {"name": unique})
    assert newest(stack)[:3] == [str(made["id"]), "tenant.add", "admin"]
    assert re.fullmatch(r"operator \d+ on call", newest(stack)[3])
    assert made in operator.all("tenants", 1)
    assert code_of(operator.ask("POST", "tenants", {"name": unique})) == (422, "value")


def test_maintenance_is_begun_and_ended(make_stack):
    stack = make_stack("maintained")
    operator = Caller(stack, Ctl(stack).out("operator", "add", "on call").strip())

    def statuses():
        return {stack.request("GET", "/v1/users/changes", key=stack.key).status for _ in range(8)}

    assert operator.done("GET", "maintenance")["everywhere"] is False
    state = operator.done("PUT", "maintenance", {"everywhere": True})
    assert state["everywhere"] and re.fullmatch(r"operator \d+ on call", state["changed_by"]) and not state["here"]
    assert newest(stack)[:3] == ["0", "maintenance.on", "admin"]
    wait_until(lambda: statuses() == {503}, 30, "the service is down")
    assert operator.done("GET", "maintenance") == state
    operator.done("PUT", "maintenance", {"everywhere": False})
    wait_until(lambda: statuses() == {200}, 30, "the service is up")


def test_a_job_is_made_due(stack, operator):
    stack.sql("UPDATE job_lease SET due_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR WHERE name = 'wechat_token'")
    listed = {job["name"]: job for job in operator.done("GET", "jobs")["jobs"]}
    assert list(listed) == [row[0] for row in Ctl(stack).rows("jobs", "list")[1:] if row[0] in listed]
    operator.done("POST", "jobs/wechat_token/run")
    assert stack.sql("SELECT due_at <= UTC_TIMESTAMP(6) OR ended_at > UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE "
                     "FROM job_lease WHERE name = 'wechat_token'") == [["1"]]
    assert newest(stack)[:3] == ["0", "job.run", "admin"]


def test_health_and_metrics_are_those_of_the_probes(stack, operator):
    health, ready = operator.done("GET", "health"), stack.request("GET", "/readyz").json
    assert health.keys() == ready.keys() and {**health, "wechat_success_age_s": 0} == {**ready, "wechat_success_age_s": 0}
    ours, probes = (Metrics(text) for text in (operator.ask("GET", "metrics").text, stack.request("GET", "/metrics").text))
    name = "wxuser_audit_entries_total"
    assert 0 < ours.value(name) <= probes.value(name)


def test_an_operator_reads_nothing_of_a_person(stack, operator, unique):
    """Whatever an operator may read, and with whatever ids."""
    world = World(stack, unique, 1, 0)
    try:
        asked = [endpoint for endpoint in endpoints() if "operator" in endpoint.credentials and endpoint.method == "GET"]
        assert len(asked) > 5
        for endpoint in asked:
            for query in ("", "?limit=1000", f"?tenant_id=1&id={world.id}&openid={world.openid}&account_id={world.account}"):
                answer = stack.request("GET", endpoint.target + query, key=operator.key)
                assert answer.status == 200, answer
                assert [seed for seed in world.seeds if seed in answer.text] == [], endpoint
    finally:
        world.remove()
