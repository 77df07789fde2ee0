"""find [USERS [ROUNDS]]: what it costs the database to find a person among so many, and to show a page of their list.

The console and wxuserctl send the same statements. Each user has an account, a resident's entry and a member's card. The
rows are made inside MariaDB, without what is sealed: what the program unseals costs the program, whatever the number."""

import statistics

import bench
from bench import row
from ctl import Ctl, sql_as_root
from stack import new_phone

BATCH = 20_000
APP = "wx1000000000000001"
N_PAGE = 100
TIMES = "SELECT TIME_TO_SEC(query_time) * 1000 FROM mysql.slow_log WHERE sql_text LIKE 'SELECT%'"


def add_people(stack, n_users):
    """Of whom one in a thousand is disabled."""
    [[app]] = stack.sql(f"SELECT id FROM app WHERE appid = '{APP}'")
    for start in range(0, n_users, BATCH):
        sequence = f"seq_{start + 1}_to_{min(start + BATCH, n_users)}"
        phone = "UNHEX(SHA2(CONCAT('phone', seq), 256))"
        sql_as_root(stack, f"""USE wxuser;
SET check_constraint_checks = 0, foreign_key_checks = 0, unique_checks = 0;
INSERT INTO account (id, tenant_id, email, confirmed_phone_hash, security_stamp, concurrency_stamp, is_active, created_at)
    SELECT UNHEX(MD5(seq)), 1, '', {phone}, UNHEX(MD5(seq)), UNHEX(MD5(seq)), seq % 1000 <> 500, UTC_TIMESTAMP(6)
    FROM {sequence};
INSERT INTO member (id, tenant_id, row_uuid, name, phone, phone_hash, created_at)
    SELECT 1000000 + seq, 1, UNHEX(MD5(seq)), CONCAT('member', seq), '', {phone}, UTC_TIMESTAMP(6) FROM {sequence};
INSERT INTO wechat_user (id, tenant_id, row_uuid, app_id, account_id, openid, unionid, member_id, name, name_at,
    phone_hash, session_at, created_at, changed_at)
    SELECT 1000000 + seq, 1, UNHEX(MD5(seq)), {app}, UNHEX(MD5(seq)), CONCAT('o', LEFT(SHA1(seq), 27)),
    CONCAT('u', LEFT(SHA1(seq), 27)), 1000000 + seq, CONCAT('user', seq), UTC_TIMESTAMP(6), {phone}, UTC_TIMESTAMP(6),
    UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM {sequence};
INSERT INTO resident (tenant_id, row_uuid, wechat_user_id, name, phone, phone_hash, region_code, created_at)
    SELECT 1, UNHEX(MD5(seq)), 1000000 + seq, CONCAT('resident', seq), '', {phone}, 110000000000, UTC_TIMESTAMP(6)
    FROM {sequence}""")
    sql_as_root(stack, "ANALYZE TABLE wxuser.wechat_user, wxuser.account, wxuser.member, wxuser.resident")


def person(stack):
    """One made by the program, so that a look finds somebody."""
    phone = new_phone()
    account = stack.log_in(APP, openid="oBenchFound", unionid="uBenchFound")["id"]
    user = stack.save(openId="oBenchFound", name="小明😀", phone=phone)
    member = stack.request("POST", "/api/weixin/wxbuyinguser/createmember",
                           {"wxBuyingUserId": user, "phone": phone, "name": "小明😀"}, key=stack.key).json["data"]
    return {"phone": phone, "name": "小明", "openid": "oBenchFound", "unionid": "uBenchFound", "id": user,
            "account_id": account, "member_id": member}


class Looks:
    def __init__(self, stack):
        self.stack = stack
        self.key = Ctl(stack).out("key", "add", "--tenant", "1", "--name", "bench", "--scopes", "admin").strip()

    def look(self, method, path, body=None):
        """Milliseconds of the statements, the longest of them, and how many users were found."""
        sql_as_root(self.stack, "TRUNCATE TABLE mysql.slow_log")
        answer = self.stack.request(method, f"/v1/admin/{path}", body, key=self.key)
        assert answer.status == 200, answer
        times = [float(time) for time in sql_as_root(self.stack, TIMES)]
        return sum(times), max(times), len(answer.json.get("users", answer.json.get("items")))

    def show(self, name, n_rounds, *request):
        looks = [self.look(*request) for _ in range(n_rounds)]
        row(name, *(f"{statistics.median(look[n] for look in looks):.2f} ms" for n in (0, 1)), looks[-1][2])


def main():
    n_users, n_rounds = bench.argument(1, 1_000_000), bench.argument(2, 5)
    with bench.running("find") as stack:
        sql_as_root(stack, f"SET GLOBAL innodb_buffer_pool_size = {max(128, n_users >> 10) << 20}")
        known = person(stack)
        add_people(stack, n_users)
        looks = Looks(stack)
        sql_as_root(stack, "SET GLOBAL log_output = 'TABLE', GLOBAL slow_query_log = ON, GLOBAL long_query_time = 0")
        # Connections read it when they begin.
        Ctl(stack).out("reload")
        row("at the database", "in all", "the longest", "users")
        for name, value in known.items():
            looks.show(f"by {name}", n_rounds, "POST", "users/find", {name: value})
        looks.show("by a name that 100 or more have", n_rounds, "POST", "users/find", {"name": "user1"})
        for name, query in (("first page", ""), ("a page in the middle", f"&after={1_000_000 + n_users // 2}"),
                            ("last page", f"&after={1_000_000 + n_users - N_PAGE}"),
                            ("page of a rare state", "&state=disabled"),
                            ("page of a state that nobody has", "&state=locked")):
            looks.show(name, n_rounds, "GET", f"users?limit={N_PAGE}{query}")


if __name__ == "__main__":
    main()
