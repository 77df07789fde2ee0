"""What a tenant's admin sees of users by the Admin API, and does with them."""

import json

import pytest

from stack import new_phone
from test_admin_acts import Caller, admin, code_of, ctl, newest, other  # noqa: F401, fixtures among them

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
    ("login_since=2026-01-01", True), ("login_before=2026-01-01", False)])
def test_users_are_limited(admin, person, query, is_listed):
    users = admin.done("GET", f"users?{query}&after={person.id - 1}&limit=1")["items"]
    assert (person.id in [user["id"] for user in users]) is is_listed
