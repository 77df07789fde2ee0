"""What a tenant's settings call too old is told before, and removed by a job, a little a day."""

from ctl import DATABASE, sql_as_root

SETTING = "retain_void_member_days"


def test_what_a_setting_removes_is_told_before_it_is_set(stack, migrated, tmp_path):
    def sql(statement):
        return sql_as_root(stack, f"USE {DATABASE}; {statement}")

    def run():
        return migrated.out("jobs", "run", "retention").split()[1]

    migrated.out("tenant", "add", "one")
    members = tmp_path / "members.csv"
    members.write_text("".join(f"{line}\n" for line in ("phone", *(f"1380000000{i}" for i in range(3)))))
    migrated.out("members", "import", "--tenant", "1", members)
    sql("UPDATE member SET card_state = 2, phone_hash = NULL, modified_at = '2020-01-01' WHERE id < 3")

    told = "Of 3 members, 2 are that old; the job removes at most 1 of them a day.\n"
    assert migrated.out("tenant", "set", "1", SETTING, "365", "--dry-run") == told
    assert f"\n{SETTING}      0 " in migrated.out("tenant", "settings", "1")
    assert run() == "0"
    assert migrated.out("tenant", "set", "1", SETTING, "365") == f"{told}Tenant 1: {SETTING} is 365.\n"
    assert migrated.out("tenant", "set", "1", "trial_days", "3", "--dry-run") == ""

    assert run() == "1" and run() == "0", "once a day"
    sql("UPDATE retention SET begun_at = begun_at - INTERVAL 1 DAY")
    assert run() == "1" and sql("SELECT id FROM member") == ["3"]
    assert sql("SELECT COUNT(*) FROM audit WHERE action = 'member.erase' AND actor = 'retention'") == ["2"]
    assert migrated.out("tenant", "set", "1", SETTING, "0") == f"Tenant 1: {SETTING} is 0.\n"


def test_a_person_of_whom_nothing_was_seen_is_erased(stack, unique, ctl):
    """By the service's own schema, whose other persons are young."""
    openid, young = f"oOld{unique}", f"oYoung{unique}"
    for one in (openid, young):
        stack.log_in(openid=one)
    stack.sql(f"UPDATE wechat_user SET changed_at = '2020-01-01', created_at = changed_at, exchanged_at = changed_at, "
              f"session_at = changed_at WHERE openid = '{openid}'")
    stack.sql(f"UPDATE access_token t JOIN wechat_user u ON u.id = t.wechat_user_id SET t.issued_at = '2020-01-01' "
              f"WHERE u.openid = '{openid}'")
    stack.sql(f"UPDATE account a JOIN wechat_user u ON u.account_id = a.id SET a.created_at = '2020-01-01', "
              f"a.modified_at = NULL WHERE u.openid = '{openid}'")
    try:
        ctl.out("tenant", "set", "1", "retain_inactive_days", "1000")
        assert "retention             1 rows" in ctl.out("jobs", "run", "retention")
    finally:
        ctl.out("tenant", "set", "1", "retain_inactive_days", "0")
    assert stack.count("wechat_user", f"openid = '{openid}'") == 0
    assert stack.count("wechat_user", f"openid = '{young}'") == 1
    assert stack.count("audit", "action = 'user.erase' AND actor = 'retention'") >= 1
