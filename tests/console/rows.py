"""Rows of all kinds, made by the programs themselves: several pages of each list, and names as people have them."""

import csv
import itertools

from stack import new_phone, wait_until

N_ROWS = 120
MINI, OFFICIAL = "wx1000000000000001", "wx1000000000000002"
# 64 characters, most of them of several bytes; one word; right to left; joined emoji; what could be taken for HTML.
NAMES = ["欧阳" * 32, "W" * 64, "محمد بن عبد الله", "👩‍👩‍👧‍👦🏳️‍🌈" * 3, "<b>O'Brien</b> & \"Søn\"", "买买提·阿不都热合曼"]

# What the persons who wait have withdrawn.
REVOKE_INFO = "5, 6, 19, 205, 8, 301"
WITHDRAWN = {"zh": "麦克风、昵称和头像、昵称、手机号、全部", "en": "microphone, name and avatar, name, phone, everything"}


def _csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def _names():
    return itertools.islice(itertools.cycle(NAMES), N_ROWS)


def _imports(ctl, directory):
    ctl.out("users", "import", "--app", MINI, _csv(directory / "users.csv", [
        ["openid", "name", "phone", "createdAt", "lastLoginAt"],
        *([f"oRows{n:0>23}", name, new_phone(), "2026-01-02 03:04:05", "2026-11-29 23:59:59"]
          for n, name in enumerate(_names()))]))
    ctl.out("members", "import", "--tenant", "1", _csv(directory / "members.csv", [
        ["name", "phone", "cardState", "address"],
        *([name[:50], new_phone(), ("valid", "lost", "unusable")[n % 3], "长沙市" * 20] for n, name in enumerate(_names()))]))
    ctl.out("communities", "import", "--tenant", "1", _csv(directory / "communities.csv", [
        ["name", "organisation"], *([f"{n} {name[:50]}", name[:50]] for n, name in enumerate(_names()))]))


def _credentials(ctl):
    for n, name in enumerate(NAMES * 9):
        ctl.out("tenant", "add", f"{n} {name}"[:64])
        ctl.out("key", "add", "--tenant", "1", "--name", name, "--scopes", "read,write,admin", "--rate", "1000000",
                "--networks", "2001:db8:1234:5678:9abc:def0:1234:5678/128,192.0.2.0/24", "--expires", str(n + 1))


def _logins(stack):
    """Refusals, conflicts and persons with several openids."""
    for n in range(N_ROWS // 2):
        code = stack.code(openid=f"oRefused{n:0>20}")["code"]
        stack.login(code)
        assert stack.login(code, source="127.0.0.9").json["code"] != 200
    for n in range(3):
        for openid in f"oTwo{n:0>20}a", f"oTwo{n:0>20}b":
            stack.log_in(MINI, openid=openid, unionid=f"uTwo{n:0>24}")
    for n, name in enumerate(NAMES[:3]):
        stack.log_in(MINI, openid=f"oWaits{n:0>22}")
        stack.save(openId=f"oWaits{n:0>22}", name=name)
        delivery = stack.sandbox("push", {"appid": MINI, "openid": f"oWaits{n:0>22}", "event": "user_authorization_revoke",
                                          "mode": "plain", "revoke_info": REVOKE_INFO})
        assert delivery["taken"], delivery


def _merges(stack, key):
    for n in range(3):
        one, other = (stack.log_in(OFFICIAL, openid=f"oMerged{n}{name}")["id"] for name in "ab")
        stack.request("POST", "/v1/admin/merges", {"account_id": one, "other_id": other, "is_dry_run": False}, key=key)


def fill(stack, ctl, key, directory):
    """key: an admin's."""
    ctl.out("tenant", "set", "1", "push_takes_plain", "true")
    _imports(ctl, directory)
    _credentials(ctl)
    _logins(stack)
    _merges(stack, key)


def break_wechat(stack, operator):
    """Until the breaker opens, which the operator is told."""
    stack.fault("/sns/jscode2session", "status", 500, count=1000)

    def is_open():
        stack.login(stack.code(openid="oBroken")["code"])
        metrics = stack.request("GET", "/v1/admin/metrics", key=operator).text
        return any(line.startswith("wxuser_remote_breaker_open{") and not line.endswith(" 0") for line in metrics.splitlines())
    wait_until(is_open, 60, "the breaker opens")


def break_job(stack, ctl):
    """Whose table is away meanwhile."""
    stack.sql("RENAME TABLE gone_user TO gone_user_away")
    try:
        assert ctl.run("jobs", "run", "gone_user").returncode != 0
    finally:
        stack.sql("RENAME TABLE gone_user_away TO gone_user")
