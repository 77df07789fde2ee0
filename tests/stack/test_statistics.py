"""wxuserctl stats: what a day has brought, as each endpoint that counts says it."""

import json

import pytest

from ctl import Ctl
from stack import new_phone, wait_until

SECOND_APP = "wx2000000000000001"  # of tenant 2


@pytest.fixture(scope="module")
def counted(stack_of_module):
    return stack_of_module


def today(stack, app_id=None, tenant="1"):
    """Today's counts of an app, or of the whole tenant."""
    days = json.loads(Ctl(stack).out("stats", "--tenant", tenant, "--days", "1", "--json"))
    found = [day for day in days if day["appid"] == app_id]
    assert len(found) <= 1
    return found[0] if found else {}


class Rise:
    """What has been added since. Workers write it each ten seconds, and when they end."""

    def __init__(self, stack, app_id=None):
        self.stack, self.app_id = stack, app_id
        self.before = today(stack, app_id)

    def now(self):
        after = today(self.stack, self.app_id)
        return {name: after[name] - self.before.get(name, 0) for name, value in after.items()
                if isinstance(value, int) and name != "tenant_id" and value != self.before.get(name, 0)}

    def becomes(self, **expected):
        wait_until(lambda: self.now() == expected, 40, lambda: f"{self.now()} is not {expected}")

    def is_after_a_reload(self, **expected):
        Ctl(self.stack).out("reload")
        self.becomes(**expected)


def test_logins_and_who_was_active(counted, unique):
    rise = Rise(counted, counted.app_id)
    for _ in range(3):
        counted.log_in(openid=f"o{unique}-1")
    counted.log_in(openid=f"o{unique}-2")
    rise.becomes(logins=4, active_users=2, new_users=2)


def test_a_code_that_is_repeated_is_one_login(counted, unique):
    rise = Rise(counted, counted.app_id)
    code = counted.code(openid=f"o{unique}")["code"]
    assert [counted.login(code).json["code"] for _ in range(3)] == [200] * 3
    rise.is_after_a_reload(logins=1, active_users=1, new_users=1)


def test_each_login_endpoint_counts(counted, unique):
    rise = Rise(counted, counted.app_id)
    openid = f"o{unique}"
    assert counted.authorize({"code": counted.code(openid=openid)["code"]}).json["status"] == 1
    session = counted.session(openid=openid)
    assert counted.authorize({"openId": openid, "session_key": session["session_key"]}).json["status"] == 1
    answer = counted.request("POST", "/v1/login", {"code": counted.code(openid=openid)["code"]},
                             {"X-WX-AppId": counted.app_id})
    assert answer.status == 200
    rise.is_after_a_reload(logins=4, active_users=1, new_users=1)


def test_refusals_by_reason(counted, unique):
    rise = Rise(counted, counted.app_id)
    refusals = {one["error"]: one["count"] for one in rise.before.get("refusals", [])}
    for i in range(70):
        counted.login(f"bad-{unique}-{i}")
    counted.log_in(openid=f"o{unique}")
    counted.disable(f"o{unique}")
    counted.login(counted.code(openid=f"o{unique}")["code"])
    rise.is_after_a_reload(logins=1, active_users=1, new_users=1, refused=71)
    after = {one["error"]: one["count"] for one in today(counted, counted.app_id)["refusals"]}
    assert {error: n - refusals.get(error, 0) for error, n in after.items()} == \
        {**{error: 0 for error in refusals}, "CODE_INVALID": 70, "ACCOUNT_DISABLED": 1}


def test_codes_numbers_and_members(counted, unique):
    rise = Rise(counted, counted.app_id)
    openid, phone = f"o{unique}", new_phone()
    token = counted.token(openid=openid)
    counted.sms_code(token, phone)
    counted.used_phone_code(token, openid=openid, phone=phone)
    answer = counted.call_member("create", counted.user(openid)["id"], name="张三", phone=phone)
    assert answer["status"] == 200, answer
    rise.is_after_a_reload(logins=1, active_users=1, new_users=1, sms_codes=1, phone_numbers=1, members_bound=1)


def test_the_whole_tenant_counts_a_person_of_two_apps_once(counted, unique):
    rise = Rise(counted)
    counted.log_in(openid=f"o{unique}-1", unionid=f"u{unique}")
    counted.log_in("wx1000000000000002", openid=f"o{unique}-2", unionid=f"u{unique}")
    rise.is_after_a_reload(logins=2, active_users=1, new_users=2)


def test_the_days_are_added_up(counted):
    """But for people, who may have been active on several days."""
    counted.sql("INSERT INTO statistics (tenant_id, day, app_id, name, error, n) SELECT 2, UTC_DATE() - INTERVAL seq DAY, id, "
                "name, '', n FROM app, seq_2_to_4, (SELECT 'logins' name, 5 n UNION SELECT 'active_users', 3 "
                f"UNION SELECT 'sms_codes', 2) counts WHERE appid = '{SECOND_APP}'")
    lines = Ctl(counted).out("stats", "--app", SECOND_APP, "--days", "9").splitlines()
    days = [line.split() for line in lines[1:] if line[0] == "2"]
    [total] = [line.split() for line in lines if line.startswith("sum ")]
    assert total == ["sum", "2", SECOND_APP, str(sum(int(day[3]) for day in days)), "-",
                     *(str(sum(int(day[place]) for day in days)) for place in range(5, 10))]
    assert len(days) >= 3 and int(total[3]) >= 15 and int(total[7]) >= 6
    assert not [line for line in Ctl(counted).out("stats", "--days", "1").splitlines() if line.startswith("sum ")]


def test_nothing_is_lost_by_a_reload(counted, unique):
    """Old workers write what they have counted before they go."""
    rise = Rise(counted, counted.app_id)
    counted.log_in(openid=f"o{unique}")
    Ctl(counted).out("reload")
    counted.log_in(openid=f"o{unique}")
    rise.is_after_a_reload(logins=2, active_users=1, new_users=1)
