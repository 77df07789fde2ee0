"""The proof by a fresh code, and what it is asked for: the export of a person's data."""

import concurrent.futures
import os
import pathlib
import re

import pytest

from rights import EXCHANGE, EXPORT, MINI, OFFICIAL, Whole, error, fresh, post


def n_exchanges(stack, code):
    return sum(code in str(call) for path in (EXCHANGE, "/sns/oauth2/access_token")
               for call in stack.calls(path)["calls"])


def in_parallel(n, call):
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        return list(pool.map(lambda _: call(), range(n)))


@pytest.fixture
def openid(unique):
    return f"o{unique}"


@pytest.fixture
def token(stack, openid):
    return stack.token(openid=openid)


# ---- The proof


def test_any_openid_of_the_account_proves_the_person(stack, unique, openid):
    other, unionid = f"oo{unique}", f"u{unique}"
    token = stack.token(openid=openid, unionid=unionid)
    stack.token(OFFICIAL, openid=other, unionid=unionid)
    answer = post(stack, EXPORT, token, fresh(stack, other, OFFICIAL), OFFICIAL)
    assert answer.status == 200
    assert {user["openid"] for user in answer.json["wechat_user"]} == {openid, other}


def test_without_a_name_the_app_is_the_tokens(stack, unique):
    openid = f"oo{unique}"
    token = stack.token(OFFICIAL, openid=openid)
    assert post(stack, EXPORT, token, fresh(stack, openid, OFFICIAL)).status == 200


def test_a_code_that_has_logged_in_proves_nothing(stack, openid, token):
    """Not even within the time in which a login repeats its outcome. WeChat is not asked."""
    code = fresh(stack, openid)
    assert stack.login(code).json["code"] == 200
    assert error(post(stack, EXPORT, token, code)) == (410, "code_spent")
    assert n_exchanges(stack, code) == 1


def test_a_proof_logs_nobody_in(stack, unique, openid, token):
    """Neither the person nor a stranger, nor later by the same code."""
    before = stack.sql(f"SELECT version, HEX(session_key), exchanged_at FROM wechat_user WHERE openid = '{openid}'")
    codes = fresh(stack, openid), fresh(stack, f"stranger{unique}")
    assert [post(stack, EXPORT, token, code).status for code in codes] == [200, 429]
    stack.sql(f"UPDATE account SET exported_at = NULL WHERE id IN "
              f"(SELECT account_id FROM wechat_user WHERE openid = '{openid}')")
    assert error(post(stack, EXPORT, token, codes[1])) == (422, "wrong_person")
    for code in codes:
        assert error(post(stack, EXPORT, token, code))[0] in (410, 429)
        assert stack.login(code).json["code"] == 500
        assert n_exchanges(stack, code) == 1
    assert stack.user(f"stranger{unique}") is None
    assert stack.sql(f"SELECT version, HEX(session_key), exchanged_at FROM wechat_user WHERE openid = '{openid}'") == before
    assert stack.count("login_claim", f"state <> 1 AND wechat_user_id = (SELECT id FROM wechat_user "
                                      f"WHERE openid = '{openid}')") == 0


def test_one_code_proves_once(stack, openid, token):
    """The others do not wait for its outcome, which is none of theirs."""
    code = fresh(stack, openid)
    stack.fault(EXCHANGE, "slow", 500)
    answers = in_parallel(20, lambda: post(stack, EXPORT, token, code))
    assert [answer.status for answer in answers].count(200) == 1
    assert {error(answer) for answer in answers if answer.status != 200} <= {(410, "code_spent"), (429, "too_often")}
    assert n_exchanges(stack, code) == 1


def test_who_fails_often_has_to_wait(stack, openid, token):
    """One failure is forgotten in a minute. Another person of the same address does not wait."""
    answers = [post(stack, EXPORT, token, f"{openid}-{n}") for n in range(11)]
    assert [error(answer) for answer in answers[:10]] == [(422, "code_invalid")] * 10
    assert error(answers[10]) == (429, "too_often") and answers[10].headers["Retry-After"] == "60"
    other = stack.token(openid=f"other{openid}")
    assert post(stack, EXPORT, other, fresh(stack, f"other{openid}")).status == 200


def test_only_a_person_may_ask(stack, openid):
    assert error(post(stack, EXPORT, stack.key, fresh(stack, openid))) == (403, "scope_missing")
    assert error(post(stack, EXPORT, None, fresh(stack, openid))) == (401, "credential_missing")


# ---- The export


def marks():
    """{table: {column: mark}} of the schema's."""
    build = pathlib.Path(os.environ["WXUSER_BUILD"])
    found = {}
    for table, column, mark in re.findall(r"^PERSONAL_COLUMN\((\w+), (\w+), \w+, (\w+)\)$",
                                          (build / "db/personal_tables.inc").read_text(), re.M):
        found.setdefault(table, {})[column] = mark
    return found


@pytest.mark.parametrize("with_notes", [False, True])
def test_every_column_of_the_person_is_there(make_stack, unique, with_notes):
    stack = make_stack(f"export-{with_notes}", CONF_http__messages="en")
    stack.give_tokens()
    if with_notes:
        stack.sql("INSERT INTO setting VALUES (1, 'export_internal', 'true')")
    whole = Whole(stack, unique).ask(EXPORT).json
    shown = {"EXPORTED", "INTERNAL"} if with_notes else {"EXPORTED"}
    expected = {table: {column for column, mark in columns.items() if mark in shown}
                for table, columns in marks().items()}
    assert {text for row in whole.pop("left_out") for text in row} == {"what", "why", "why_zh"}
    assert set(whole) == {table for table, columns in expected.items() if columns}
    assert {table for table, rows in whole.items() if not rows} <= {
        "account_conflict", "former_openid", "waiting_follow"}
    for table, rows in whole.items():
        for row in rows:
            assert set(row) == expected[table], table


def test_no_secret_and_nobody_else_is_there(stack, unique):
    whole = Whole(stack, unique)
    text = whole.ask(EXPORT).text
    assert whole.token not in text
    for table, column in (("access_token", "hash"), ("account", "security_stamp"), ("wechat_user", "phone_hash"),
                          ("wechat_user", "row_uuid"), ("login_claim", "code_hash"), ("member", "phone_hash")):
        for value, in stack.sql(f"SELECT LOWER(HEX({column})) FROM {table} WHERE {column} IS NOT NULL"):
            assert value not in text, (table, column)
    for other, in stack.sql(f"SELECT openid FROM wechat_user WHERE openid NOT IN ('{whole.openid}', '{whole.official}')"):
        assert other not in text


def test_an_export_an_hour(stack, openid, token):
    """The refusal spends no code, a failed proof no hour."""
    assert error(post(stack, EXPORT, token, "nobody's")) == (422, "code_invalid")
    first, second = fresh(stack, openid), fresh(stack, openid)
    assert post(stack, EXPORT, token, first).status == 200
    answer = post(stack, EXPORT, token, second)
    assert error(answer) == (429, "too_often") and 3500 < int(answer.headers["Retry-After"]) <= 3600
    assert n_exchanges(stack, second) == 0
    stack.sql(f"UPDATE account SET exported_at = exported_at - INTERVAL 1 HOUR WHERE id = "
              f"(SELECT account_id FROM wechat_user WHERE openid = '{openid}')")
    assert post(stack, EXPORT, token, second).status == 200
    assert stack.count("audit", f"action = 'user.export' AND subject = (SELECT LOWER(INSERT(INSERT(INSERT(INSERT("
                                f"HEX(account_id), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-')) "
                                f"FROM wechat_user WHERE openid = '{openid}')") == 2


def test_of_parallel_exports_one_succeeds(stack, openid, token):
    codes = [fresh(stack, openid) for _ in range(4)]
    answers = in_parallel(4, lambda: post(stack, EXPORT, token, codes.pop()))
    assert sorted(answer.status for answer in answers) == [200, 429, 429, 429]
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status == 429)
