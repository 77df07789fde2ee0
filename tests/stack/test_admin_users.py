"""What a tenant's admin sees of users by the Admin API, and does with them."""

import json

import pytest

from stack import new_phone
from test_admin_acts import Caller, admin, code_of, ctl, newest, operator, other  # noqa: F401, fixtures among them

APP, SECOND = "wx1000000000000001", "wx1000000000000002"


class Person:
    """Who has logged in, and has a name and a phone."""

    def __init__(self, stack, unique):
        self.stack, self.openid, self.unionid, self.name, self.phone = (
            stack, f"o-{unique}", f"u-{unique}", f"明{unique}"[:20], new_phone())
        self.account = stack.log_in(APP, openid=self.openid, unionid=self.unionid)["id"]
        stack.save(openId=self.openid, name=self.name, phone=self.phone)
        self.id = stack.user(self.openid)["id"]
        self.secrets = self.openid, self.unionid, self.name, self.phone

    @property
    def masked(self):
        return {"name": "明**", "phone": f"{self.phone[:3]}****{self.phone[-4:]}"}


@pytest.fixture
def person(stack, unique):
    return Person(stack, unique)


# ---- Find and list


def test_a_person_is_found_by_each_of_what_is_known(stack, admin, other, person, unique):
    stack.sql("INSERT INTO external_id (tenant_id, account_id, external_id, created_at) VALUES "
              f"(1, UNHEX(REPLACE('{person.account}', '-', '')), 'old-{unique}', UTC_TIMESTAMP(6))")
    member = stack.request("POST", "/api/weixin/wxbuyinguser/createmember", {
        "wxBuyingUserId": person.id, "phone": person.phone, "name": person.name}, key=stack.key).json["data"]
    for body, matched in (
            ({"openid": person.openid}, ["openid"]), ({"unionid": person.unionid}, ["unionid"]),
            ({"phone": f"+86 {person.phone}"}, ["profile_phone", "member_phone"]),
            ({"name": person.name[:-1]}, ["profile_name", "member_name"]), ({"id": person.id}, ["id"]),
            ({"account_id": person.account}, ["id"]), ({"member_id": member}, ["member"]),
            ({"external_id": f"old-{unique}"}, ["external_id"])):
        answer = admin.done("POST", "users/find", body)
        user, = (user for user in answer["users"] if user["id"] == person.id)
        assert user["matched"] == matched and not answer["has_more"], body
        assert user.items() >= {**person.masked, "account_id": person.account, "appid": APP, "member_id": member}.items()
        assert not [secret for secret in person.secrets if secret in json.dumps(user)]
        assert other.done("POST", "users/find", body) == {"users": [], "has_more": False}
    assert person.openid not in stack.log("wxuser")


def test_who_is_sought_by_nothing_is_refused(admin):
    for body in ({}, {"name": ""}, {"openid": None}, {"id": 0}):
        assert code_of(admin.ask("POST", "users/find", body)) == (422, "value")


def test_pages_have_each_user_once(stack, admin, other, person):
    whole = admin.all("users", 1000)
    assert [user["id"] for user in whole] == sorted({user["id"] for user in whole})
    assert admin.all("users", 3) == whole and person.id in [user["id"] for user in whole]
    assert not [secret for secret in person.secrets if secret in json.dumps(whole)]
    assert not {user["id"] for user in whole} & {user["id"] for user in other.all("users", 1000)}
    # The page that ends with the last user says that it is the last one.
    assert admin.done("GET", f"users?limit={len(whole)}")["next"] is None


@pytest.mark.parametrize("query, is_listed", [
    (f"appid={APP}", True), (f"appid={SECOND}", False), ("state=active", True), ("state=new", False), ("state=closed", False),
    ("created_since=2026-01-01", True), ("created_since=2999-01-01T00:00:00Z", False), ("created_before=2999-01-01", True),
    ("created_before=1970-01-01T00:00:00Z", False), ("login_since=2026-01-01", True),
    ("login_before=2026-01-01", False)])
def test_users_are_limited(admin, person, query, is_listed):
    after = f"&after={person.id - 1}" if person.id > 1 else ""
    users = admin.done("GET", f"users?{query}{after}&limit=1")["items"]
    assert (person.id in [user["id"] for user in users]) is is_listed


# ---- Refused logins, statistics


def refuse(stack, openid, appid=APP):
    """A login of somebody whose account is switched off; the id of the request."""
    answer = stack.request("POST", "/v1/login", {"code": stack.code(appid, openid=openid)["code"]}, {"X-WX-AppId": appid})
    assert code_of(answer) == (403, "account_disabled")
    return answer.headers["X-Request-Id"]


def test_it_is_told_why_somebody_could_not_get_in(stack, admin, other, operator, person):
    admin.done("POST", f"accounts/{person.account}/disable")
    requests = [refuse(stack, person.openid) for _ in range(3)]
    refused, = admin.done("GET", f"logins/refused?request_id={requests[0]}")["items"]
    assert refused.items() >= {"appid": APP, "error": "ACCOUNT_DISABLED", "reason": "the account is switched off",
                               "request_id": requests[0], "is_claimed": False}.items()
    assert not [secret for secret in person.secrets if secret in json.dumps(refused)]

    items, body = [], {"openid": person.openid, "limit": 1}
    while body:
        page = admin.done("POST", "logins/refused/find", body)
        items += page["items"]
        body = page["next"] and {**body, "after": page["next"]}
    assert [item["request_id"] for item in items] == requests[::-1]
    assert admin.all("logins/refused", 2)[:3] == items == admin.done("GET", f"logins/refused?appid={APP}&limit=3")["items"]
    assert admin.done("GET", "logins/refused?since=2999-01-01")["items"] == []
    assert other.done("POST", "logins/refused/find", {"openid": person.openid})["items"] == []
    assert other.done("GET", f"logins/refused?request_id={requests[0]}")["items"] == []
    assert operator.ask("GET", "logins/refused").status == 403
    assert code_of(admin.ask("GET", f"logins/refused?after={requests[0]}")) == (422, "value")


def test_statistics_are_of_the_own_tenant_and_sums_for_an_operator(stack, admin, other, operator, person):
    days = admin.done("GET", "statistics?days=2")["days"]
    assert {day["tenant_id"] for day in days} == {1}
    whole, = (day for day in days if day["appid"] is None and day["day"] == days[0]["day"])
    assert whole["active_users"] > 0 and [day for day in days if day["appid"] == APP]
    assert {day["tenant_id"] for day in other.done("GET", "statistics")["days"]} <= {2}
    sums = operator.done("GET", "statistics?days=2")["days"]
    assert {day["appid"] for day in sums} == {None}
    mine, = (day for day in sums if day["tenant_id"] == 1 and day["day"] == whole["day"])
    assert mine["active_users"] >= whole["active_users"] and mine.keys() == whole.keys()


def test_a_key_with_the_scope_admin_alone_does_all_that_the_admin_api_does(stack, ctl, person):
    """And nothing elsewhere; where such a key is made, that is said."""
    key = ctl.out("key", "add", "--tenant", "1", "--name", "alone", "--scopes", "admin").strip()
    alone = Caller(stack, key)
    assert [user["id"] for user in alone.done("POST", "users/find", {"openid": person.openid})["users"]] == [person.id]
    assert alone.done("POST", f"users/{person.id}/reveal")["openid"] == person.openid
    for method, path in ("GET", "/v1/users/changes"), ("POST", "/v1/users/find"):
        assert code_of(stack.request(method, path, {"openid": person.openid}, key=key)) == (403, "scope_missing")
    told = " ".join(ctl.out("key", "add", "--help").split())
    assert "admin opens the Admin API, and there finds, reveals and erases all users of the tenant" in told


# ---- One person


def test_a_person_is_shown_masked_with_the_logins_that_were_refused(stack, admin, other, person):
    admin.done("POST", f"accounts/{person.account}/disable")
    request = refuse(stack, person.openid)
    shown = admin.done("GET", f"users/{person.id}")
    assert (shown["account_id"], shown["state"], [user["id"] for user in shown["users"]]) == (
        person.account, "disabled", [person.id])
    assert [refused["request_id"] for refused in shown["refusals"]] == [request] and shown["sessions"] is not None
    assert not [secret for secret in person.secrets if secret in json.dumps(shown)]
    assert code_of(other.ask("GET", f"users/{person.id}")) == (404, "not_found")


def test_a_user_is_revealed_and_the_audit_tells(stack, admin, other, person):
    assert code_of(other.ask("POST", f"users/{person.id}/reveal")) == (404, "not_found")
    assert newest(stack)[1] != "user.reveal" or newest(stack)[5] != f"user {person.id}"
    revealed = admin.done("POST", f"users/{person.id}/reveal")
    assert tuple(revealed[name] for name in ("openid", "unionid", "name", "phone")) == person.secrets
    assert newest(stack)[:3] + newest(stack)[5:] == ["1", "user.reveal", "admin", f"user {person.id}"]


def test_a_persons_data_are_exported_as_the_command_does(stack, ctl, admin, other, person):
    assert code_of(other.ask("POST", f"users/{person.id}/export")) == (404, "not_found")
    exported = admin.done("POST", f"users/{person.id}/export")
    assert newest(stack)[:3] == ["1", "user.export", "admin"]
    assert exported == json.loads(ctl.out("user", "export", person.account))
    assert exported["wechat_user"][0]["openid"] == person.openid


def test_a_user_is_erased_by_the_typed_name(stack, admin, other, person):
    for caller, name, code in ((other, person.name, "not_found"), (admin, "明", "value")):
        assert caller.ask("POST", f"users/{person.id}/erase", {"name": name}).json["code"] == code
    erased = admin.done("POST", f"users/{person.id}/erase", {"name": person.name})
    assert erased["is_account_erased"] and newest(stack)[:3] == ["1", "user.erase", "admin"]
    assert stack.sql(f"SELECT action FROM audit WHERE id = {erased['receipt']}") == [["user.erase"]]
    assert stack.sql(f"SELECT COUNT(*) FROM wechat_user WHERE id = {person.id}") == [["0"]]
    for verb, body in (("reveal", None), ("export", None), ("erase", {"name": person.name})):
        assert code_of(admin.ask("POST", f"users/{person.id}/{verb}", body)) == (404, "not_found")


def test_who_has_no_app_is_erased_from_a_restored_backup_too(stack, ctl, admin, unique):
    """A tenant's server has stored the user. Nobody sees the blanks around the name, and nobody types them."""
    stack.save(openId=f"o-{unique}", name=" 明 ")
    id = stack.user(f"o-{unique}")["id"]
    assert admin.done("GET", f"users/{id}")["users"][0]["appid"] is None
    admin.done("POST", f"users/{id}/erase", {"name": "明"})
    assert stack.user(f"o-{unique}") is None
    stack.save(openId=f"o-{unique}", name="as the backup has it")
    stack.sql(f"UPDATE wechat_user SET created_at = created_at - INTERVAL 1 DAY WHERE openid = 'o-{unique}'")
    assert ctl.out("erasures", "replay") == "1 erased\n"
    assert stack.user(f"o-{unique}") is None
