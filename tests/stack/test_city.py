"""SaveWXUserInfo on the whole stack: what is not one request and its answer."""

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from stack import VILLAGE, new_phone, wait_until

N_RACERS = 50
OFFICIAL = "wx1000000000000002"


def resident(openid, phone, **fields):
    return {"OpenId": openid, "Name": "张三", "MobilePhone": phone, "RID": VILLAGE, **fields}


def test_a_code_is_used_once(stack, unique):
    """By whichever of a person's two openids comes first; a request that comes again is one use."""
    phone, openids = new_phone(), [f"o{unique}-{i}" for i in range(2)]
    for app, openid in zip((None, OFFICIAL), openids):
        stack.log_in(app, openid=openid, unionid=f"u{unique}")
    code = stack.verify_code(phone, openids[0])
    with ThreadPoolExecutor(N_RACERS) as pool:
        answers = list(pool.map(
            lambda i: stack.save_wx_user_info(resident(openids[i % 2], phone, VerifyCode=code)).json,
            range(N_RACERS)))
    refused = [answer for answer in answers if answer["Ret"] != 0]
    assert len(refused) == N_RACERS / 2
    assert {(answer["Ret"], answer["ErrCode"]) for answer in refused} == {(5, 5004)}
    assert stack.count("resident JOIN wechat_user u ON u.id = wechat_user_id",
                       f"u.openid LIKE 'o{unique}-%'") == 1


def test_a_code_is_of_who_asked_for_it(stack, unique):
    """A stranger can neither use it nor spend its tries."""
    phone = new_phone()
    mine, theirs = (stack.token(openid=openid) for openid in (f"o{unique}", f"p{unique}"))
    sent = stack.request("POST", f"/city/v3/OnlineMediateWW/SendVerifyCode?token={mine}",
                         {"MobilePhone": phone, "OpenId": f"o{unique}"})
    assert sent.json["Ret"] == 0
    code = stack.sandbox(f"sms?phone={phone}")[-1]["code"]

    def save(openid, token, digits):
        return stack.save_wx_user_info(resident(openid, phone, VerifyCode=digits), token=token).json["ErrCode"]

    assert {save(f"p{unique}", theirs, f"{n:06d}") for n in range(30)} == {5004}
    assert save(f"p{unique}", theirs, code) == 5004
    assert save(f"o{unique}", mine, code) == 0


def test_a_person_has_so_many_wrong_codes(stack, unique):
    token = stack.token(openid=f"o{unique}")
    for n in range(3):
        phone = new_phone()
        code = stack.verify_code(phone, f"o{unique}")
        wrong = "000000" if code != "000000" else "000001"
        fields = resident(f"o{unique}", phone, VerifyCode=wrong)
        told = [stack.save_wx_user_info(fields, token=token).json["ErrCode"] for _ in range(6)]
        assert told == ([5001] * 5 + [5003] if n < 2 else [5003] * 6)


def test_two_taps_are_one_resident(stack, unique):
    """Of openids that nobody has logged in with: there is no row yet at which the second one waits."""
    phones = [new_phone() for _ in range(10)]
    bodies = [resident(f"o{unique}-{i}", phone, VerifyCode=stack.verify_code(phone, f"o{unique}-{i}"))
              for i, phone in enumerate(phones)]
    with ThreadPoolExecutor(2 * len(bodies)) as pool:
        answers = list(pool.map(lambda body: stack.save_wx_user_info(body).json,
                                [body for body in bodies for _ in range(2)]))
    assert {(answer["Ret"], answer["ErrCode"]) for answer in answers} == {(0, 0)}
    ids = [answer["Data"][0]["WXUserInfo"]["Id"] for answer in answers]
    assert ids[::2] == ids[1::2] and len(set(ids)) == len(bodies)


def test_no_answer_has_the_code(stack, unique):
    phone = new_phone()
    right, wrong = stack.verify_code(phone, f"o{unique}"), "wrongcode"
    for code, ret in ((wrong, 5), (right, 0), (right, 0)):
        answer = stack.save_wx_user_info(resident(f"o{unique}", phone, VerifyCode=code))
        assert answer.json["Ret"] == ret
        assert f'"{code}"' not in answer.text


def test_text_goes_out_as_it_came(stack, unique):
    phone = new_phone()
    answer = stack.save_wx_user_info(resident(
        f"o{unique}", phone, Name='中文 </script>"\\', VerifyCode=stack.verify_code(phone, f"o{unique}")))
    assert '"Name":"中文 </script>\\"\\\\"' in answer.text
    assert "\\u" not in answer.text


def test_the_log_tells_which_request_a_number_was(stack):
    before = len(stack.log("wxuser"))
    answers = [stack.save_wx_user_info({}) for _ in range(3)]
    numbers = [answer.json["SeqId"] for answer in answers]
    assert len(set(numbers)) == 3
    for answer, number in zip(answers, numbers):
        stack.await_log(rf"request={answer.headers['X-Request-Id']} .*host=\S+ seq={number} ")
        assert len(re.findall(rf" seq={number} ", stack.log("wxuser")[before:])) == 1


@contextlib.contextmanager
def locked(stack, row):
    """A session that holds the row; what it is given to do ends with COMMIT or counts for nothing."""
    with stack.sql_session() as session:
        session.stdin.write(f"BEGIN; SELECT id FROM {row} FOR UPDATE;\n")
        session.stdin.flush()
        assert session.stdout.readline().strip().isdigit()
        yield session.stdin


def await_lock_wait(stack):
    wait_until(lambda: stack.sql("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")[0][1] == "1",
               20, "a statement waits for the lock")


def reason_of(stack, answer):
    """Why a save was refused with 5004."""
    assert (answer.json["Ret"], answer.json["ErrCode"]) == (5, 5004)
    return stack.reason(answer, "VERIFY_CODE_NONE")


def test_the_log_says_why_a_phone_has_no_code(stack, unique):
    phone, used = new_phone(), new_phone()
    fields = resident(f"o{unique}", phone, VerifyCode="123456")
    assert reason_of(stack, stack.save_wx_user_info(fields)) == "the phone has no code"
    stack.log_in(openid=f"o{unique}-1")
    code = stack.verify_code(used, f"o{unique}-1")
    fields = resident(f"o{unique}-1", used, VerifyCode=code)
    assert stack.save_wx_user_info(fields).json["Ret"] == 0
    stack.sql("UPDATE account a JOIN wechat_user u ON u.account_id = a.id SET a.confirmed_phone_at = NULL "
              f"WHERE u.openid = 'o{unique}-1'")
    assert reason_of(stack, stack.save_wx_user_info(fields)) == "the code was used before"


USED = "used_at = UTC_TIMESTAMP(6)"


@pytest.mark.parametrize("change, reason", [
    (USED, "another request used the code meanwhile"),
    ("id = -id, code_hash = REVERSE(code_hash)", "a newer code was made meanwhile")], ids=["used", "newer"])
def test_the_log_says_what_became_of_a_code_during_its_try(stack, unique, change, reason):
    phone = new_phone()
    fields = resident(f"o{unique}", phone, VerifyCode=stack.verify_code(phone, f"o{unique}"))
    row = f"verify_code WHERE id = {stack.sql('SELECT MAX(id) FROM verify_code')[0][0]}"
    with ThreadPoolExecutor(1) as pool, locked(stack, row) as session:
        answer = pool.submit(stack.save_wx_user_info, fields)
        await_lock_wait(stack)
        session.write(f"UPDATE {row.replace(' WHERE', f' SET {change} WHERE')}; COMMIT;\n")
        session.flush()
        assert reason_of(stack, answer.result()) == reason


def test_the_log_says_that_a_code_was_used_before_the_save(stack, unique):
    """The save waits for its user's row, which is locked while its try waits for the code's."""
    phone, openid = new_phone(), f"o{unique}"
    user = stack.save(openId=openid)
    fields = resident(openid, phone, VerifyCode=stack.verify_code(phone, openid))
    code = stack.sql("SELECT MAX(id) FROM verify_code")[0][0]
    with ThreadPoolExecutor(1) as pool, contextlib.ExitStack() as user_lock:
        with locked(stack, f"verify_code WHERE id = {code}"):
            answer = pool.submit(stack.save_wx_user_info, fields)
            await_lock_wait(stack)
            user_lock.enter_context(locked(stack, f"wechat_user WHERE id = {user}"))
        await_lock_wait(stack)
        stack.sql(f"UPDATE verify_code SET {USED} WHERE id = {code}")
        user_lock.close()
        assert reason_of(stack, answer.result()) == "another request used the code before the save"


def test_a_server_s_resident_is_the_person_who_logs_in(stack, unique):
    phone = new_phone()
    stack.save_resident(f"o{unique}", phone)
    token = stack.token(openid=f"o{unique}")
    answer = stack.save_wx_user_info({"OpenId": f"o{unique}", "Name": "李四"}, token=token)
    assert answer.json["Data"][0]["WXUserInfo"]["MobilePhone"] == phone
    assert answer.json["Data"][0]["Name"] == "李四"
    assert stack.count("account a JOIN wechat_user u ON u.account_id = a.id",
                       f"u.openid = 'o{unique}' AND a.confirmed_phone_hash IS NOT NULL") == 1


def test_what_a_role_brings_with_it(stack, unique):
    """Its ids are strings of digits, those of duties are numbers."""
    stack.save_resident(f"o{unique}", new_phone())
    stack.sql("UPDATE membership m JOIN wechat_user u ON u.account_id = m.account_id "
              "SET m.user_id = 'zhang', m.corp_id = 'ww1', m.dutys = '[100001,100002]', "
              f"m.role_ids = '[9007199254740993]' WHERE u.openid = 'o{unique}'")
    answer = stack.save_wx_user_info({"OpenId": f"o{unique}"})
    assert answer.text.startswith('{"Data":[{"RoleTypeDesc":"居民","GName":')
    assert '"UserId":"zhang",' in answer.text and '"CorpId":"ww1",' in answer.text
    assert '"Dutys":[100001,100002],"RoleIds":["9007199254740993"]}],"Ret":0,' in answer.text
