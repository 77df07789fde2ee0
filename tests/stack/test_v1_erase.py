"""The erasure that a person asks for: at once, or after some days in which the account is closed."""

import concurrent.futures
import pathlib
import re
import signal
import subprocess
import threading

import pytest

from ctl import Ctl, sql_as_root
from rights import ERASE, EXCHANGE, EXPORT, MINI, OFFICIAL, Whole, error, fresh, post
from stack import VILLAGE, new_phone, wait_until
from stored import stored

ME, LOGIN, FIND = "/v1/me", "/v1/login", "/v1/users/find"


def erased(stack, token, openid):
    answer = post(stack, ERASE, token, fresh(stack, openid))
    assert (answer.status, set(answer.json)) == (200, {"receipt", "erased_at"}), answer
    return answer.json


def audit_of(stack, receipt):
    return stack.sql(f"SELECT action, actor FROM audit WHERE id = {receipt}")


@pytest.fixture
def openid(unique):
    return f"o{unique}"


@pytest.fixture
def token(stack, openid):
    return stack.token(openid=openid)


# ---- At once


def test_all_openids_of_the_account_go_at_once(stack, unique):
    whole = Whole(stack, unique)
    other = stack.token(openid=whole.openid)
    person = stack.request("GET", ME, key=whole.token).json
    answer = whole.ask(ERASE)
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    assert audit_of(stack, answer.json["receipt"]) == [["user.erase", f"wechat_user {person['user']['id']}"]]
    for token in whole.token, other:
        assert error(stack.request("GET", ME, key=token)) == (401, "token_unknown")
        assert error(stack.request("POST", "/v1/token/refresh", key=token)) == (401, "token_unknown")
    assert stack.user(whole.openid) is stack.user(whole.official) is None
    assert stack.count("member", f"name = '张三丰{unique}'") == 0
    assert stack.count("account", f"id = UNHEX('{person['account_id'].replace('-', '')}')") == 0


def test_who_comes_again_is_somebody_new(stack, openid, token):
    first = stack.request("GET", ME, key=token).json
    erased(stack, token, openid)
    second = stack.request("GET", ME, key=stack.token(openid=openid)).json
    assert second["account_id"] != first["account_id"] and second["user"]["id"] > first["user"]["id"]


def test_the_member_of_another_account_stays(stack, unique, openid, token):
    other, phone = f"other{unique}", new_phone()
    stack.token(openid=other)
    ids = [stack.user(each)["id"] for each in (openid, other)]
    member = stack.call_member("create", ids[0], phone=phone, name="张三")["data"]
    stack.sql(f"UPDATE wechat_user SET is_only_user = NULL, member_id = {member} WHERE id IN ({ids[0]}, {ids[1]})")
    erased(stack, token, openid)
    assert stack.count("member", f"id = {member}") == 1 and stack.user(other)["memberId"] == member
    token = stack.token(openid=other)
    erased(stack, token, other)
    assert stack.count("member", f"id = {member}") == 0


# ---- What is left of it


@pytest.fixture(scope="module")
def recorded(make_stack):
    """A stack whose database has a binary log, as docs/operation.md advises. Not of the sandbox's: it is WeChat."""
    stack = make_stack("erase", CONF_http__messages="en")
    stack.give_tokens()
    pid = stack.pid("mariadb")
    process = pathlib.Path(f"/proc/{pid}")
    words = process.joinpath("cmdline").read_text().split("\0")[:-1]
    options = ["--log-bin=bin", "--binlog-row-image=MINIMAL", "--binlog-annotate-row-events=OFF", "--binlog-do-db=wxuser"]
    owner = process.stat()
    stack.kill("mariadb", signal.SIGTERM)
    wait_until(lambda: not process.exists(), 60, "the database has ended")
    with open(stack.state / "log/mariadb.log", "a") as log:
        server = subprocess.Popen([word for word in words if word != "--skip-log-bin"] + options, cwd=stack.state,
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=owner.st_uid,
                                  group=owner.st_gid, extra_groups=[], start_new_session=True)
    wait_until(lambda: stack.get("/api/weixin/wxbuyinguser/get?id=1").status == 200, 60, "the database serves")
    yield stack
    server.terminate()
    server.wait()


def sizes_of_logs(stack):
    return {path: path.stat().st_size for path in (stack.state / "log").iterdir() if path.is_file()}


def written_since(stack, sizes):
    """Of all that the service and its web server have logged; the sandbox is WeChat."""
    for path, size in sizes_of_logs(stack).items():
        if path.name != "sandbox.log":
            yield path.name, path.read_bytes()[sizes.get(path, 0):]


def binary_logs(stack):
    return sorted((stack.state / "mariadb").glob("bin.[0-9]*"))


def tables_of(stack):
    """Each with its columns, less those that the database computes."""
    return stack.sql("SELECT table_name, GROUP_CONCAT('`', column_name, '`') FROM information_schema.tables "
                     "JOIN information_schema.columns USING (table_schema, table_name) "
                     "WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' "
                     "AND generation_expression IS NULL GROUP BY table_name")


def back_up(stack):
    sql_as_root(stack, "CREATE OR REPLACE DATABASE backup; " + " ".join(
        f"CREATE TABLE backup.{name} LIKE wxuser.{name}; "
        f"INSERT INTO backup.{name} ({columns}) SELECT {columns} FROM wxuser.{name};"
        for name, columns in tables_of(stack)))


def restore(stack):
    """The whole database, as the backup has it."""
    sql_as_root(stack, "SET FOREIGN_KEY_CHECKS = 0; " + " ".join(
        f"DELETE FROM wxuser.{name}; "
        f"INSERT INTO wxuser.{name} ({columns}) SELECT {columns} FROM backup.{name};"
        for name, columns in tables_of(stack)) + " DROP DATABASE backup")


def nothing_of(whole):
    return {seed: set() for seed in whole.seeds}


def test_nothing_is_left_nor_written_nor_restored(recorded, unique):
    stack, ctl = recorded, Ctl(recorded)
    whole, other = Whole(stack, unique), Whole(stack, f"other{unique}")
    places = stored(stack, whole.seeds)
    assert all(places.values()), places
    assert {"wechat_user.phone", "resident.phone", "member.phone"} <= places[whole.phone]
    back_up(stack)
    code = fresh(stack, whole.openid)
    sizes = sizes_of_logs(stack)
    assert any(whole.openid.encode() in log.read_bytes() for log in binary_logs(stack))
    sql_as_root(stack, "FLUSH BINARY LOGS")
    assert whole.ask(ERASE, code).status == 200
    sql_as_root(stack, "FLUSH BINARY LOGS")
    erasing = binary_logs(stack)[-2].read_bytes()
    assert b"DELETE" not in erasing and b"wechat_user" in erasing

    written = {"the binary log": erasing, "erasures.log": (stack.state / "secret/erasures.log").read_bytes(),
               **dict(written_since(stack, sizes))}
    assert "wxuser.log" in written
    for name, content in written.items():
        for seed in whole.seeds:
            assert seed.encode() not in content, (name, seed)
    assert stored(stack, whole.seeds) == nothing_of(whole)
    assert all(stored(stack, other.seeds).values())

    restore(stack)
    assert stored(stack, whole.seeds) == places
    assert ctl.out("erasures", "replay") == "3 erased\n"  # two users and the member
    assert stored(stack, whole.seeds) == nothing_of(whole)
    assert all(stored(stack, other.seeds).values())


# ---- What goes wrong


def test_a_failure_leaves_all_as_it_was(make_stack, unique):
    """The code is spent, and another one erases."""
    stack = make_stack("erase-fails", CONF_http__messages="en")
    stack.give_tokens()
    whole = Whole(stack, unique)
    before, log = stored(stack, whole.seeds), stack.state / "secret/erasures.log"
    log.unlink(missing_ok=True)
    log.mkdir()
    code = fresh(stack, whole.openid)
    assert error(whole.ask(ERASE, code)) == (500, "internal")
    assert stored(stack, whole.seeds) == before
    log.rmdir()
    assert error(whole.ask(ERASE, code)) == (410, "code_spent")
    assert stack.request("GET", ME, key=whole.token).status == 200
    assert whole.ask(ERASE).status == 200
    assert stored(stack, whole.seeds) == nothing_of(whole)


def test_a_database_that_is_full_after_the_exchange(make_stack, unique, openid):
    """The answer says that another code is needed, and nothing has happened."""
    stack = make_stack("erase-busy", CONF_http__messages="en")
    stack.give_tokens()
    token, code = stack.token(openid=openid), fresh(stack, openid)
    stack.fault(EXCHANGE, "slow", 3000)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, stack, ERASE, token, code)
        wait_until(lambda: code in str(stack.calls(EXCHANGE)), 10, "WeChat is asked")
        sql_as_root(stack, "ALTER USER wxuser@localhost WITH MAX_USER_CONNECTIONS 1; KILL USER wxuser@localhost")
        with stack.sql_session() as only:
            assert error(answer.result()) == (409, "code_pending")
            only.stdin.close()
    sql_as_root(stack, "ALTER USER wxuser@localhost WITH MAX_USER_CONNECTIONS 0")
    wait_until(lambda: stack.request("GET", ME, key=token).status == 200, 30, "the database serves")
    assert post(stack, ERASE, token, code).status in (409, 410)
    erased(stack, token, openid)


@pytest.mark.long
def test_a_database_that_is_busy_before_the_exchange(stack, openid, token):
    """The code is still good, and the answer says so."""
    code = fresh(stack, openid)
    with stack.sql_session() as other:
        other.stdin.write("START TRANSACTION; SELECT 'held', COUNT(*) FROM login_claim FOR UPDATE;\n")
        other.stdin.flush()
        assert "held" in other.stdout.readline()
        answer = post(stack, ERASE, token, code)
        other.stdin.close()
    assert error(answer) == (503, "busy") and answer.headers["Retry-After"]
    assert post(stack, ERASE, token, code).status == 200


def test_who_has_gone_since_the_token_was_found(stack, unique):
    """A rule finds the account closed, as a request does that a closing overtakes; it refuses as the next request's token."""
    whole = Whole(stack, unique)
    phone, profile = new_phone(), {"profile": {"name": "a"}}
    code = {"phone": phone, "code": stack.sms_code(whole.token, phone)}
    stack.sql(f"UPDATE wechat_user SET is_closed = 1 WHERE openid IN ('{whole.openid}', '{whole.official}')")
    before = stored(stack, whole.seeds)
    for method, path, body in (
            ("GET", ME, None), ("PATCH", ME, profile), ("POST", ME, profile), ("PUT", "/v1/me/member", {"name": "a"}),
            ("DELETE", "/v1/me/member", None), ("POST", "/v1/me/consents", {"document": "terms", "version": "1"}),
            ("POST", "/v1/me/phone/sms-codes", {"phone": new_phone()}), ("POST", "/v1/me/phone/sms", code),
            ("POST", "/v1/me/phone/wechat", {"code": "any"}), ("POST", EXPORT, {"code": fresh(stack, whole.openid)}),
            ("POST", ERASE, {"code": fresh(stack, whole.openid)})):
        answer = stack.request(method, path, body, key=whole.token)
        assert error(answer) == (401, "token_unknown"), (method, path, answer)
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"], (method, path)
    for path in EXPORT, ERASE:
        assert error(post(stack, path, whole.token, fresh(stack, whole.openid), MINI)) == (401, "token_unknown"), path
    assert stored(stack, whole.seeds) == before


# ---- Several at once


def test_one_code_erases_once(stack, openid, token):
    code = fresh(stack, openid)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(stack, ERASE, token, code), range(20)))
    assert [answer.status for answer in answers].count(200) == 1
    assert {error(answer) for answer in answers if answer.status != 200} <= {
        (410, "code_spent"), (429, "too_often"), (401, "token_unknown")}
    assert sum(code in str(call) for call in stack.calls(EXCHANGE)["calls"]) == 1
    assert stack.user(openid) is None


def test_of_twenty_codes_one_erases(stack, openid, token):
    codes = [fresh(stack, openid) for _ in range(20)]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda code: post(stack, ERASE, token, code), codes))
    assert [answer.status for answer in answers].count(200) == 1
    assert {error(answer) for answer in answers if answer.status != 200} <= {
        (401, "token_unknown")}
    assert stack.user(openid) is None


def test_beside_a_login_in_flight(stack, unique, openid):
    """The login ends as somebody new; the token that it gives is that one's."""
    token = stack.token(openid=openid)
    first = stack.request("GET", ME, key=token).json
    stack.save(openId=openid, name=f"张三丰{unique}")
    login, code = fresh(stack, openid), fresh(stack, openid)
    stack.fault(EXCHANGE, "slow", 1000)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(stack.request, "POST", LOGIN, {"code": login})
        wait_until(lambda: login in str(stack.calls(EXCHANGE)), 10, "WeChat is asked")
        assert post(stack, ERASE, token, code).status == 200
        person = answer.result().json
    assert person["is_new"] and person["account"]["account_id"] != first["account_id"]
    assert person["account"]["user"]["id"] > first["user"]["id"]
    assert error(stack.request("GET", ME, key=token)) == (401, "token_unknown")
    assert stored(stack, [f"张三丰{unique}"]) == {f"张三丰{unique}": set()}


def test_beside_a_merge(stack, unique):
    """Before, in the midst of, or after it; the unit tests try each statement."""
    openid, other = f"om{unique}", f"oo{unique}"
    stack.token(OFFICIAL, openid=other)
    token = stack.token(openid=openid)
    accounts = [stack.request("GET", ME, key=key).json["account_id"] for key in (token, stack.token(OFFICIAL, openid=other))]
    code = fresh(stack, openid)
    done = []
    merging = threading.Thread(target=lambda: done.append(Ctl(stack).run("account", "merge", *accounts, "--commit")))
    merging.start()
    assert post(stack, ERASE, token, code).status == 200
    merging.join()
    assert stack.user(openid) is None
    assert (stack.user(other) is None) or done[0].returncode != 0


# ---- While it is closed


@pytest.fixture(scope="module")
def patient(make_stack):
    stack = make_stack("erase-later", CONF_http__messages="en")
    stack.give_tokens()
    stack.sql("INSERT INTO setting VALUES (1, 'erasure_days', '3')")
    return stack


def n_tombstones(stack):
    log = stack.state / "secret/erasures.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def closed(stack, unique):
    whole = Whole(stack, unique)
    answer = whole.ask(ERASE)
    assert (answer.status, set(answer.json)) == (202, {"receipt", "erases_at"}), answer
    assert audit_of(stack, answer.json["receipt"])[0][0] == "account.close"
    return whole, answer.json


def test_the_days_are_told(patient, unique):
    lines = n_tombstones(patient)
    whole, answer = closed(patient, unique)
    assert patient.sql(f"SELECT CONCAT(REPLACE(LEFT(erases_at, 23), ' ', 'T'), 'Z'), "
                       f"TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(6), erases_at) FROM account WHERE id = "
                       f"(SELECT account_id FROM wechat_user WHERE openid = '{whole.openid}')") == [
        [answer["erases_at"], "71"]]
    assert all(stored(patient, whole.seeds).values()) and n_tombstones(patient) == lines
    assert error(whole.ask(ERASE)) == error(whole.ask(EXPORT)) == (401, "token_revoked")


def test_every_login_is_refused(patient, unique):
    whole, answer = closed(patient, unique)
    code = fresh(patient, whole.openid)
    refused = patient.request("POST", LOGIN, {"code": code}, {"X-WX-AppId": MINI})
    assert error(refused) == (403, "account_closed") and refused.json["erases_at"] == answer["erases_at"]
    assert patient.login(fresh(patient, whole.openid)).json == {
        "msg": "The account is disabled: ask the administrator", "code": 500}
    for fields, key in (({"code": fresh(patient, whole.openid)}, None), ({"openId": whole.openid}, patient.key)):
        assert patient.authorize(fields, MINI, key=key).json["status"] == 0
    taken_back = patient.request("POST", LOGIN, {"code": code, "reopen": True}, {"X-WX-AppId": MINI})
    assert taken_back.status == 200 and taken_back.json["account"]["user"]["id"] == whole.id
    assert patient.user(whole.openid)["id"] == whole.id


def test_to_tokens_and_keys_it_is_not_there(patient, unique):
    whole, _ = closed(patient, unique)
    for method, path in ("GET", ME), ("PATCH", ME), ("GET", "/v1/me/sessions"), ("POST", "/v1/token/refresh"):
        answer = patient.request(method, path, {} if method == "PATCH" else None, key=whole.token)
        assert error(answer) == (401, "token_revoked"), path
    assert patient.request("POST", "/v1/introspect", {"token": whole.token}, key=patient.key).json == {"active": False}
    assert patient.user(whole.openid) is None
    assert patient.get(f"/api/weixin/wxbuyinguser/get?id={whole.id}").json is None
    assert patient.post("/api/weixin/wxbuyinguser/getlist", [whole.id]).json == []
    for by in {"openid": whole.openid}, {"unionid": whole.unionid}, {"phone": whole.phone}, {"id": whole.id}, {
            "phone": whole.phone, "include_unconfirmed": True}:
        assert patient.post(FIND, by).json == {"users": []}, by
    assert error(patient.request("PATCH", f"/v1/users/{whole.id}", {"profile": {"name": "x"}}, key=patient.key)) == (
        404, "not_found")


def test_nothing_can_be_saved_for_it(patient, unique):
    """Another openid of the account is refused likewise, and no message is sent."""
    whole, _ = closed(patient, unique)
    before = stored(patient, whole.seeds)
    for openid in whole.openid, whole.official:
        answer = patient.post("/api/weixin/wxbuyinguser/saveuser", {"openId": openid, "name": "x"})
        assert answer.json["status"] == 500, answer
        answer = patient.save_wx_user_info({"OpenId": openid, "Name": "李四", "MobilePhone": whole.phone, "RID": VILLAGE})
        assert answer.json["Ret"] == 5, answer
        phone = new_phone()
        answer = patient.post("/city/v3/OnlineMediateWW/SendVerifyCode", {"MobilePhone": phone, "OpenId": openid})
        assert answer.json["Ret"] == 5 and patient.sandbox(f"sms?phone={phone}") == [], answer
    for verb in "create", "bind", "unbind":
        assert patient.call_member(verb, whole.id, phone=whole.phone, name="x")["status"] != 200, verb
    assert stored(patient, whole.seeds) == before


def test_the_operator_opens_it_again(patient, unique):
    whole, _ = closed(patient, unique)
    assert "is open again" in Ctl(patient).out("user", "reopen", whole.openid)
    assert patient.user(whole.openid)["id"] == whole.id
    assert error(patient.request("GET", ME, key=whole.token)) == (401, "token_revoked")
    assert patient.request("GET", ME, key=patient.token(openid=whole.openid)).json["member"]["name"]


def by_push(stack, whole):
    delivery = stack.sandbox("push", {"appid": MINI, "openid": whole.openid, "mode": "encrypted",
                                      "event": "user_authorization_cancellation"})
    assert delivery["status"] == 200, delivery


def by_command(stack, whole):
    Ctl(stack).out("user", "erase", OFFICIAL, whole.official)


def by_job(stack, whole):
    stack.sql(f"UPDATE account SET erases_at = UTC_TIMESTAMP(6) WHERE id = "
              f"(SELECT account_id FROM wechat_user WHERE openid = '{whole.openid}')")
    Ctl(stack).out("jobs", "run", "closed_account")


@pytest.mark.parametrize("end", [by_push, by_command, by_job], ids=lambda end: end.__name__)
def test_the_wait_ends(patient, unique, end):
    whole, _ = closed(patient, unique)
    lines = n_tombstones(patient)
    end(patient, whole)
    assert stored(patient, whole.seeds) == nothing_of(whole)
    assert n_tombstones(patient) == lines + 3
    assert patient.token(openid=whole.openid)


# ---- A foreign openid


def test_a_foreign_openid_is_none_to_a_token(patient, unique):
    """SaveWXUserInfo answers the same for another person's, a closed account's, and nobody's."""
    closed_one, _ = closed(patient, unique)
    token = patient.token(openid=f"own{unique}")
    patient.token(openid=f"other{unique}")
    answers = set()
    for openid in closed_one.openid, f"other{unique}", f"nobody{unique}":
        fields = {"OpenId": openid, "Name": "李四", "MobilePhone": new_phone(), "RID": VILLAGE}
        answer = patient.save_wx_user_info(fields, token=token)
        answers.add(re.sub(r'"SeqId":"?\d+"?', "", answer.text))
        assert answer.json["Ret"] == 3
    assert len(answers) == 1
    assert patient.count("resident", "name = '李四'") == 0 and patient.user(f"nobody{unique}") is None
