"""follow [USERS]: how fast a tenant's server reads all of its users by GET /v1/users/changes, and what a page costs.

Half of the users have an account of their own, and half share one with another user, as the openids of a mini program and
an official account do."""

import re
import time

import bench
from bench import row
from ctl import sql_as_root


def add_users(stack, n_users):
    sql_as_root(stack, f"""USE wxuser;
SET check_constraint_checks = 0, foreign_key_checks = 0, unique_checks = 0;
INSERT INTO account (id, tenant_id, email, security_stamp, concurrency_stamp, created_at)
    SELECT UNHEX(MD5(seq)), 1, '', UNHEX(MD5(seq)), UNHEX(MD5(seq)), UTC_TIMESTAMP(6) FROM seq_1_to_{n_users}
    WHERE seq % 4 > 0;
INSERT INTO wechat_user (tenant_id, row_uuid, openid, name, name_at, avatar, avatar_at, created_at, account_id,
    changed_at)
    SELECT 1, UNHEX(MD5(RAND())), CONCAT('o', LEFT(SHA1(seq), 27)), CONCAT('user', seq), UTC_TIMESTAMP(6),
    CONCAT('https://example.com/', SHA2(seq, 384), '/132'), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6),
    UNHEX(MD5(IF(seq % 4 = 0, seq - 1, seq))), UTC_TIMESTAMP(6) - INTERVAL (seq * 7919 % 1000000 + 60) SECOND
    FROM seq_1_to_{n_users};
ANALYZE TABLE wechat_user, account""")


def statements(stack):
    return int(sql_as_root(stack, "SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0].split()[1])


def main():
    with bench.running("follow") as stack:
        add_users(stack, bench.argument(1, 100_000))
        row("", "users/s", "users", "pages", "statements a page", "longest page, ms")
        for n in range(3):
            cursor, n_users, pages, before, begun = "", 0, [], statements(stack), time.monotonic()
            has_more = True
            while has_more:
                page_begun = time.monotonic()
                answer = stack.request("GET", f"/v1/users/changes?cursor={cursor}", key=stack.key)
                pages.append(time.monotonic() - page_begun)
                assert answer.status == 200, answer
                n_users += len(re.findall(rb'"state":"present"', answer.body))
                cursor = re.search(rb'"cursor":"([^"]+)"', answer.body)[1].decode()
                has_more = b'"has_more":true' in answer.body
            took = time.monotonic() - begun
            row(f"round {n + 1}", f"{n_users / took:.0f}", f"{n_users}", f"{len(pages)}",
                f"{(statements(stack) - before) / len(pages):.1f}", f"{max(pages) * 1000:.0f}")


main()
