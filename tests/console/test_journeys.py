"""Ways through the console that an administrator goes, in Chromium and in both languages."""

import concurrent.futures
import itertools
import os
import shutil
import time

import pytest

from stack import new_phone, wait_until

pytestmark = [pytest.mark.skipif(shutil.which("chromium") is None, reason="WITHOUT chromium NOBODY USES THE CONSOLE"),
              pytest.mark.skipif(shutil.which("npm") is None, reason="WITHOUT npm NOBODY USES THE CONSOLE"),
              pytest.mark.parametrize("language", ["zh", "en"])]

numbers = itertools.count()


@pytest.fixture
def unique():
    return f"{os.getpid():x}{time.time_ns():x}{next(numbers)}"


def audited(stack, action):
    """Who has done this last, and to what."""
    return stack.sql(f"SELECT actor, who, subject FROM audit WHERE action = '{action}' ORDER BY id DESC LIMIT 1")[0]


def test_each_page_of_a_tenants_admin(travel, admin, stack, language):
    stack.member(phone=new_phone(), name="李雷")
    links = travel("pages", language, key=admin, role="tenant")["links"]
    assert "#/keys" in links and "#/tenants" not in links


def test_each_page_of_an_operator(travel, operator, language):
    links = travel("pages", language, key=operator, role="operator")["links"]
    assert "#/tenants" in links and "#/members" not in links


def test_a_wrong_key_is_told_in_words_for_people(travel, admin, language):
    wrong = admin[:-4] + ("aaaa" if admin[-4:] != "aaaa" else "bbbb")
    assert "Authorization" not in travel("wrong_key", language, key=wrong)["box"]


def test_the_first_page_says_whether_it_is_well(travel, admin, operator, language):
    travel("first_page", language, key=admin, seen=["well.ready", "well.answers"])
    travel("first_page", language, key=operator, seen=["well.answers", "well.no_failure", "well.jobs_well", "live.latency"])


def test_somebody_is_found_by_phone_disabled_and_enabled(travel, admin, stack, language, unique):
    token, phone = stack.token(openid=f"o{unique}"), new_phone()
    stack.used_phone_code(token, openid=f"o{unique}", phone=phone)
    account = stack.request("GET", "/v1/me", key=token).json["account_id"]
    shown = travel("user", language, key=admin, token=token, phone=phone, account=account)
    assert phone not in shown["address"]
    assert (shown["before"], shown["disabled"]) == (200, 401)
    for action in "account.disable", "account.enable", "account.log_out":
        assert audited(stack, action)[0] == "admin" and audited(stack, action)[2] == account


def test_somebody_is_shown_exported_and_erased(travel, admin, stack, language, unique):
    openid = f"o{unique}"
    stack.token(openid=openid)
    id = stack.sql(f"SELECT id FROM wechat_user WHERE openid = '{openid}'")[0][0]
    exported = travel("erase", language, key=admin, id=id, openid=openid)["exported"]
    assert exported["name"] == f"user-{id}.json" and openid in exported["text"]
    assert stack.count("wechat_user", f"id = {id}") == 0
    assert audited(stack, "user.reveal")[2] == f"user {id}"
    for action in "user.reveal", "user.export", "user.erase":
        assert audited(stack, action)[0] == "admin"


def test_why_somebody_could_not_log_in(travel, admin, stack, language, unique):
    code = stack.code(openid=f"o{unique}")["code"]
    stack.login(code)
    refused = stack.login(code, source="127.0.0.9")
    assert refused.json["code"] != 200
    assert travel("refusal", language, key=admin, request=refused.headers["X-Request-Id"]) == {"rows": 0}


def test_a_key_is_made_and_used_and_revoked(travel, admin, stack, language, unique):
    assert travel("key", language, key=admin, name=unique, last_day="2999-12-31") == {"used": 200, "revoked": 401}
    assert stack.sql(f"SELECT DATE_FORMAT(expires_at, '%Y-%m-%d %T') FROM api_key WHERE name = '{unique}'") == [
        ["2999-12-31 16:00:00"]]


def test_a_key_that_has_ended_is_told_from_a_valid_one(travel, admin, ctl, stack, language, unique):
    ctl.out("key", "add", "--tenant", "1", "--name", unique, "--scopes", "read", "--expires", "2999-12-31")
    stack.sql(f"UPDATE api_key SET expires_at = '2026-01-31 16:00:00', created_at = '2026-01-02 17:00:00' "
              f"WHERE name = '{unique}'")
    row = travel("key_that_has_ended", language, key=admin, name=unique)["row"]
    assert {"zh": "已到期", "en": "expired"}[language] in row
    assert "2026-01-31 UTC+8" in row and "2026-01-03 UTC+8" in row
    assert {"zh": "轮换", "en": "Rotate"}[language] not in row


def test_a_key_is_rotated(travel, admin, ctl, stack, language, unique):
    old = ctl.out("key", "add", "--tenant", "1", "--name", unique, "--scopes", "read", "--expires", "2999-12-31").strip()
    id = stack.sql(f"SELECT id FROM api_key WHERE name = '{unique}'")[0][0]
    shown = travel("key_rotation", language, key=admin, name=unique, id=id)
    assert shown["used"] == stack.request("GET", "/v1/users/changes", key=old).status == 200
    successor = stack.sql(f"SELECT successor_id FROM api_key WHERE id = {id}")[0][0]
    rows = {words[0]: words for words in (row.split() for row in shown["rows"])}
    assert successor in rows[id] and successor in rows


def test_a_tenant_is_renamed_disabled_and_enabled(travel, operator, ctl, stack, language, unique):
    id = ctl.out("tenant", "add", unique).strip()
    travel("tenant", language, key=operator, id=id, name=unique, renamed=f"{unique}b")
    assert stack.sql(f"SELECT name, disabled_at FROM tenant WHERE id = {id}") == [[f"{unique}b", "NULL"]]
    for action in "tenant.rename", "tenant.disable", "tenant.enable":
        assert audited(stack, action)[0] == "admin"


def test_an_operator_adds_a_tenant_and_runs_a_job(travel, operator, stack, language, unique):
    rows = travel("operator_acts", language, key=operator, name=unique, job="statistics")["rows"]
    assert "job.run" in rows[0] and "job statistics" in rows[0]
    assert audited(stack, "tenant.add")[0] == "admin" and unique in audited(stack, "tenant.add")[2]


def test_an_admin_of_a_disabled_tenant_is_told_so(travel, operator, ctl, language, unique):
    tenant = ctl.out("tenant", "add", unique).strip()
    key = ctl.out("key", "add", "--tenant", tenant, "--name", unique, "--scopes", "admin").strip()
    said = travel("tenant_off", language, key=key, operator=operator, tenant=tenant)["said"]
    assert {"zh": "租户已停用", "en": "The tenant is disabled"}[language] in said


def test_a_user_of_a_disabled_tenant_does_not_look_well(travel, admin, stack, language, unique):
    stack.token(openid=f"o{unique}")
    id = stack.sql(f"SELECT id FROM wechat_user WHERE openid = 'o{unique}'")[0][0]
    travel("user_of_disabled_tenant", language, key=admin, id=id)


def test_a_member_is_masked_until_somebody_asks_and_erased(travel, admin, stack, language):
    phone, name = new_phone(), "张三丰"
    id = stack.member(phone=phone, name=name)
    travel("member", language, key=admin, id=id, name=name, masked=f"{phone[:3]}****{phone[-4:]}")
    assert stack.count("member", f"id = {id}") == 0
    for action in "member.reveal", "member.erase":
        assert audited(stack, action)[0] == "admin" and audited(stack, action)[2] == f"member {id}"


def test_a_secret_goes_in_and_never_comes_out(travel, admin, stack, language, unique):
    appid, secret = f"wx{unique}"[:30], f"{unique:0>32}"[-32:]
    shown = travel("app", language, key=admin, appid=appid, secret=secret)
    assert appid in shown["html"] and secret not in shown["html"] and secret[::-1] not in shown["html"]
    assert audited(stack, "app.set_secret")[0] == "admin"
    stack.sql(f"DELETE FROM app WHERE appid = '{appid}'")


def test_an_app_is_tried(travel, admin, stack, language):
    right = (stack.state / "secret" / stack.app_id).read_text().strip()
    try:
        refused = travel("app_is_tried", language, key=admin, appid=stack.app_id, wrong="An0therSecret")["refused"]
    finally:
        stack.request("PUT", f"/v1/admin/apps/{stack.app_id}/secret", {"secret": right}, key=admin)
    assert "40125" in refused and {"zh": "AppSecret 错误", "en": "the AppSecret is wrong"}[language] in refused


def test_an_app_moves_to_another_open_platform_account_and_back(travel, admin, stack, language, unique):
    appid, here, there = f"wx{unique}"[:30], f"a{unique}", f"b{unique}"
    body = {"appid": appid, "kind": "mini", "secret": "s", "open_platform": here}
    assert stack.request("POST", "/v1/admin/apps", body, key=admin).status == 200
    travel("app_move", language, key=admin, appid=appid, here=here, there=there)
    assert audited(stack, "app.move")[::2] == ["admin", appid]
    stack.sql(f"DELETE FROM app WHERE appid = '{appid}'")


def test_a_flag_of_an_account_is_set(travel, admin, stack, language, unique):
    account = stack.request("GET", "/v1/me", key=stack.token(openid=f"o{unique}")).json["account_id"]
    travel("flag", language, key=admin, id=stack.user(f"o{unique}")["id"], account=account, flag="is_close_order_pda")
    assert audited(stack, "account.set")[::2] == ["admin", account]


def test_an_operator_chooses_the_default_app(travel, operator, stack, language):
    other = "wx2000000000000001"
    try:
        travel("default_app", language, key=operator, appid=other)
        assert audited(stack, "app.set_default")[::2] == ["admin", f"app {other}"]
    finally:
        stack.request("PUT", "/v1/admin/default-app", {"appid": stack.app_id}, key=operator)


def test_a_setting_is_changed(travel, admin, stack, language):
    value = {"zh": "11", "en": "12"}[language]
    shown = travel("setting", language, key=admin, setting="trial_days", value=value)
    assert shown == {"isValid": False}
    assert stack.sql("SELECT value FROM setting WHERE tenant_id = 1 AND name = 'trial_days'") == [[value]]


def test_what_a_setting_removes_is_shown_before_it_is_set(travel, ctl, stack, language, unique):
    tenant = ctl.out("tenant", "add", unique).strip()
    key = ctl.out("key", "add", "--tenant", tenant, "--name", unique, "--scopes", "admin").strip()
    stack.sql(f"INSERT INTO member (tenant_id, row_uuid, name, phone, card_state, created_at) SELECT {tenant}, "
              f"UNHEX(MD5(CONCAT('{unique}', seq))), seq, '', 2, IF(seq < 3, '2020-01-01', UTC_TIMESTAMP(6)) FROM seq_1_to_3")
    travel("setting_removes", language, key=key, tenant=tenant, setting="retain_void_member_days", value="365",
           old="2", stored="3", most="1")
    assert stack.sql(f"SELECT name, value FROM setting WHERE tenant_id = {tenant}") == [["retain_void_member_days", "365"]]


def test_accounts_are_merged_and_taken_apart(travel, admin, stack, language, unique):
    tokens = [stack.token(openid=f"o{unique}{name}") for name in "ab"]
    one, other = (stack.request("GET", "/v1/me", key=token).json["account_id"] for token in tokens)
    travel("merge", language, key=admin, one=one, other=other, token=tokens[1])
    assert audited(stack, "account.merge")[0] == audited(stack, "account.unmerge")[0] == "admin"
    again = stack.request("GET", "/v1/me", key=stack.token(openid=f"o{unique}b")).json["account_id"]
    assert again == other


def test_a_merge_is_undone_from_the_list(travel, admin, stack, language, unique):
    tokens = [stack.token(openid=f"o{unique}{name}") for name in "ab"]
    one, other = (stack.request("GET", "/v1/me", key=token).json["account_id"] for token in tokens)
    merged = stack.request("POST", "/v1/admin/merges", {"account_id": one, "other_id": other, "is_dry_run": False},
                           key=admin).json
    travel("merge_list", language, key=admin, id=merged["id"], merged=merged["merged_id"])
    listed = stack.request("GET", "/v1/admin/merges", key=admin).json["items"]
    assert [merge["undo"] for merge in listed if merge["id"] == merged["id"]] == ["done"]
    assert audited(stack, "account.unmerge")[0] == "admin"


def test_the_audit_is_verified(travel, admin, stack, language):
    stack.sql("UPDATE audit SET subject = 'session x' WHERE action = 'admin.session_begin' AND tenant_id = 1 "
              "ORDER BY id DESC LIMIT 1")
    rows = travel("audit", language, key=admin)["rows"]
    verified, wrong = {"zh": ("已验证", "不是服务所写"), "en": ("verified", "not by the service")}[language]
    assert verified in rows[0] and any(wrong in row and "session x" in row for row in rows)


def test_entries_of_the_audit_are_chosen(travel, admin, ctl, stack, language, unique):
    ctl.out("key", "add", "--tenant", "1", "--name", unique, "--scopes", "read")
    id = stack.sql(f"SELECT id FROM api_key WHERE name = '{unique}'")[0][0]
    row, = travel("audit_choice", language, key=admin, subject=f"key {id}")["found"]
    assert "key.add" in row and f"key {id}\n" in row


def test_the_live_chart_moves_under_load(travel, operator, stack, language):
    assert travel("live", language, key=operator, tenant_key=stack.key)["drawn"] > 3


def test_sessions_end_everywhere(travel, ctl, language):
    key = ctl.out("key", "add", "--tenant", "1", "--name", "leaver", "--scopes", "admin").strip()
    shown = travel("session", language, key=key)
    assert shown["cookies"] == "" and key not in shown["stored"]


END_SESSION = {
    "idle": "UPDATE admin_session SET used_at = UTC_TIMESTAMP(6) - INTERVAL 1796 SECOND WHERE api_key_id = {key}",
    "over": "UPDATE admin_session SET ends_at = UTC_TIMESTAMP(6) + INTERVAL 4 SECOND WHERE api_key_id = {key}",
    "elsewhere": "UPDATE api_key SET revoked_at = UTC_TIMESTAMP(6) WHERE id = {key}",
}


def shown_person(stack, unique):
    """What the journeys know of somebody whom an admin shows without masks."""
    openid, name = f"o{unique}", f"Name {unique[::-1]}"
    stack.save(openId=openid, name=name)
    return {"id": stack.user(openid)["id"], "openid": openid, "person_name": name}


@pytest.mark.parametrize("reason", END_SESSION)
def test_a_session_that_ends_is_noticed_and_its_data_forgotten(travel, ctl, stack, language, unique, reason,
                                                                  tmp_path):
    """Once somebody's data are shown without masks, and though nobody touches the page any more."""
    person = shown_person(stack, unique)
    secret = ctl.out("key", "add", "--tenant", "1", "--name", unique, "--scopes", "admin").strip()
    key = stack.sql(f"SELECT id FROM api_key WHERE name = '{unique}'")[0][0]

    def end():
        wait_until((tmp_path / "shown").exists, 60, "the user is shown")
        stack.sql(END_SESSION[reason].format(key=key))

    with concurrent.futures.ThreadPoolExecutor() as other:
        done = other.submit(end)
        shown = travel("session_ends", language, key=secret, reason=reason, when_shown=str(tmp_path / "shown"), **person)
        done.result()
    assert shown == {"before": [True, True], "after": [False, False]}


def test_a_session_ends_in_all_tabs(travel, admin, operator, stack, language, unique):
    shown = travel("session_of_tabs", language, key=admin, operator=operator, **shown_person(stack, unique))
    assert shown["after"] == [False, False]


def test_maintenance_is_begun_and_ended(travel, operator, stack, language):
    travel("maintenance", language, key=operator)
    wait_until(lambda: {stack.get("/v1/users/changes").status for _ in range(8)} == {200}, 30, "it serves again")


def test_language_and_colours_are_changed(travel, language):
    other = {"zh": "en", "en": "zh-CN"}[language]
    assert travel("preferences", language) == {"dark": "dark", "kept": "dark", "language": other}


def test_it_is_used_without_a_pointer(travel, admin, language):
    assert travel("keyboard", language, key=admin)["focused"] == {"zh": "新建 key", "en": "New key"}[language]
