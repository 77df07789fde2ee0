"""Members: calls at the same moment, and files in and out."""

import concurrent.futures
import csv
import io
import random
import subprocess
import time

import pytest

from csv_import import NOTHING, CsvImport
from stack import new_phone

COLUMNS = ["name", "phone", "sex", "birthday", "idCard", "address", "cardState"]
ID_CARD = "11010519491231002X"


@pytest.fixture(scope="module")
def stack(stack_of_tenants):
    return stack_of_tenants


def at_once(n_threads, calls):
    with concurrent.futures.ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(lambda call: call(), calls))


# ---- At the same moment.


def test_500_at_once_make_one_member_of_a_phone(stack, unique):
    users = [stack.save(openId=f"o{unique}{n}") for n in range(500)]
    phone, n_members = new_phone(), stack.count("member")
    answers = at_once(500, [lambda user=user: stack.call_member("create", user, phone=phone)
                            for user in users])
    made = [answer for answer in answers if answer["status"] == 200]
    assert len(made) == 1 and stack.count("member") == n_members + 1
    assert {(answer["data"], answer["status"], answer["message"]) for answer in answers
            if answer not in made} == {(0, 500, "The phone belongs to a member: bind that one")}
    assert stack.sql(f"SELECT member_id FROM wechat_user WHERE member_id IS NOT NULL AND id IN "
                     f"({','.join(map(str, users))})") == [[str(made[0]["data"])]]


def test_the_same_call_50_times_at_once(stack, unique):
    user, phone = stack.save(openId=f"o{unique}"), new_phone()
    answers = at_once(50, [lambda: stack.call_member("create", user, phone=phone)] * 50)
    assert {answer["status"] for answer in answers} == {200}
    assert len({answer["data"] for answer in answers}) == 1


def test_making_binding_and_unbinding_at_once(stack, unique):
    """Few users and phones, so that all calls meet; each gets an answer that fits one of their orders."""
    users = [stack.save(openId=f"o{unique}{n}") for n in range(4)]
    phones = [new_phone() for _ in range(3)]
    allowed = {
        "create": {"", "The phone belongs to a member: bind that one",
                   "The user is bound to another member: unbind that one first"},
        "bind": {"", "No member has this phone", "The member is bound to another user",
                 "The user is bound to another member: unbind that one first"},
        "unbind": {""},
    }
    verbs = random.choices(list(allowed), k=600)

    def call(verb):
        return stack.call_member(verb, random.choice(users), phone=random.choice(phones))["message"]

    answers = at_once(24, [lambda verb=verb: call(verb) for verb in verbs])
    for verb, message in zip(verbs, answers):
        assert message in allowed[verb], verb
    mine = f"member_id IS NOT NULL AND id IN ({','.join(map(str, users))})"
    assert stack.sql(f"SELECT member_id FROM wechat_user WHERE {mine} "
                     "GROUP BY member_id HAVING COUNT(*) > 1") == []
    n_audited = {action: stack.count("audit", f"action = 'member.{action}' AND JSON_VALUE(details, "
                                              f"'$.wechat_user') IN ({','.join(map(str, users))})")
                 for action in allowed}
    assert 1 <= n_audited["create"] <= len(phones)
    assert n_audited["create"] + n_audited["bind"] - n_audited["unbind"] == stack.count(
        "wechat_user", mine)


# ---- With an access token.


def test_a_person_has_only_the_confirmed_phone(stack, unique):
    """Confirmed by the code that a resident's phone needs."""
    token = stack.token(openid=f"o{unique}")
    user, phone, other = stack.user(f"o{unique}")["id"], new_phone(), new_phone()
    member = stack.member(phone=phone)
    stack.member(phone=other)
    refused = {"data": 0, "status": 500, "message": "This phone cannot be used: confirm your own first"}
    assert stack.call_member("bind", user, key=token, phone=phone) == refused
    stack.save_resident(f"o{unique}", phone)
    assert stack.call_member("bind", user, key=token, phone=other) == refused
    assert stack.call_member("create", user, key=token, phone=phone) == refused
    assert stack.call_member("bind", user, key=token, phone=phone) == {
        "data": member, "status": 200, "message": ""}
    assert stack.sql(f"SELECT actor FROM audit WHERE action = 'member.bind' AND subject = 'member {member}'"
                     ) == [[f"wechat_user {user}"]]


def test_who_had_the_phone_before_confirms_it_again(stack, unique):
    """Its number went to another person, who has confirmed it; then it comes back."""
    token, phone = stack.token(openid=f"o{unique}"), new_phone()
    user = stack.user(f"o{unique}")["id"]
    member = stack.member(phone=phone)

    def confirm(openid):
        stack.sql("UPDATE sms_counter SET begins_at = begins_at - INTERVAL 1 MINUTE")
        stack.save_resident(openid, phone)

    def bind():
        return stack.call_member("bind", user, key=token, phone=phone)["status"]

    confirm(f"o{unique}")
    confirm(f"p{unique}")
    assert bind() == 500
    confirm(f"o{unique}")
    stack.sql("UPDATE account SET confirmed_phone_at = confirmed_phone_at - INTERVAL 1 YEAR")
    assert bind() == 500
    confirm(f"o{unique}")
    assert bind() == 200
    assert stack.user(f"o{unique}")["memberId"] == member


# ---- Files.


@pytest.fixture
def csv_import(ctl, unique, tmp_path):
    return CsvImport("members", COLUMNS, ctl, unique, tmp_path)


FULL = ["张三", "13900000001", "1", "1990-05-01", ID_CARD, "北京市, \"朝阳\"\n区", "valid"]
FROM_ABROAD = ["=1+1", "'+85291234567", "0", "1990-05-01 12:30:00", "", "", "lost"]
PLAIN = ["", "13900000002", "0", "", "", "", "unusable"]


def test_what_is_exported_is_imported(ctl, stack, csv_import, unique):
    done = csv_import.bring([COLUMNS, FULL, ["'=1+1", *FROM_ABROAD[1:]], PLAIN])
    assert done.returncode == 0 and done.stdout.endswith(
        ": 3 lines applied, 0 bad ones skipped\n3 members new, 0 changed, 0 as they were\n")
    text = csv_import.exported()
    assert csv_import.rows() == [FULL, ["'=1+1", *FROM_ABROAD[1:]], PLAIN]
    assert csv_import.bring(text.encode()).stdout.endswith("0 members new, 0 changed, 3 as they were\n")
    assert csv_import.exported() == text
    assert stack.count("member", f"tenant_id = {csv_import.tenant} AND modified_at IS NOT NULL") == 0
    other = ctl.out("tenant", "add", unique + "x").strip()
    path = stack.state / "members-of-another.csv"
    path.write_text(text)
    ctl.out("members", "import", "--tenant", other, str(path))
    assert ctl.out("members", "export", "--tenant", other) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_of_all_kinds(csv_import, encoding, end):
    lines = ["cardState,Phone,name", "lost,+86 139-0000-0001,张三", "", ",13900000002,联通"]
    assert csv_import.bring(end.join(lines).encode(encoding)).returncode == 0
    assert csv_import.rows() == [["张三", "13900000001", "0", "", "", "", "lost"],
                           ["联通", "13900000002", "0", "", "", "", "valid"]]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_numbers_as_they_are_pasted(csv_import, encoding):
    lines = ["phone,idCard,name",
             "\u202d+86\u00a0139\u00a00000\u00a00001\u202c,５００１１２１９９００３０７１０１６,\u3000",
             "（＋８６）13900000002,kaz 1100 901231 05,张三",
             "tel:139-0000-0003,110105\u300019491231\u3000002x,李四",
             "\ufeff139\u20110000\u20110004\u200b,\u00a0,王五"]
    assert csv_import.bring("\n".join(lines).encode(encoding)).returncode == 0
    assert csv_import.rows() == [["", "13900000001", "0", "", "500112199003071016", "", "valid"],
                           ["张三", "13900000002", "0", "", "KAZ110090123105", "", "valid"],
                           ["李四", "13900000003", "0", "", ID_CARD, "", "valid"],
                           ["王五", "13900000004", "0", "", "", "", "valid"]]


def test_the_first_day_of_all_is_no_birthday(stack, csv_import, ctl):
    """As .NET writes a date that nobody has set."""
    phones = {}
    for birthday in ("/Date(-62135596800000+0800)/", "/Date(-62135596800000)/", "0001-01-01T00:00:00",
                     "0001-01-01T00:00:00+00:00", "0001-01-01 00:00:00"):
        phones[new_phone()] = birthday
    for phone, birthday in phones.items():
        stack.member(phone=phone, birthday=birthday)
    exported = ctl.out("members", "export", "--tenant", "1")
    assert {tuple(row[1:4]) for row in csv.reader(io.StringIO(exported)) if row[1] in phones} == {
        (phone, "0", "") for phone in phones}
    assert csv_import.bring([["phone", "birthday"], ["13900000001", "0001-01-01 00:00:00"],
                       ["13900000002", "0001/1/1"]]).returncode == 0
    assert {row[3] for row in csv_import.rows()} == {""}


# One member as old systems and Excel write it.
SHEET = {
    "commas at the end": ",".join(COLUMNS) + ",,\n张三,13900000001,1,1990-05-01,,,,,\n,,,,,,,,\n",
    "semicolons": "姓名;手机号;性别;生日\n张三;13900000001;男;1990/5/1\n;;;\n",
    "a title": "会员名单（2025年）,,,\n\n姓名,手机号码,性别,出生日期\n张三,13900000001,男性,1990年5月1日\n",
    "apostrophes": "name,phone,sex,birthday\n张三,'13900000001,'1,'1990-05-01\n",
    "formulas": '姓名,手机,性别,生日\n="张三",="13900000001",="男",="19900501"\n',
    "quoted formulas": '姓名,手机,性别,生日\n"=""张三""","=""13900000001""","=""男""",1990.5.1\n',
    "tabs in values": "姓名,手机号,性别,生日\n张三\t,13900000001\t,男\t,1990-05-01\t\n",
    "wide": "姓名\u3000,手机号,性别,生日\n张三\u00a0,１３９００００\u200b０００１,１,１９９０年５月１日\n",
    "traditional": "姓名,手機號碼,性別,出生日期\n张三,+86 139-0000-0001,男,1990年05月01日\n",
    "floats": "name,mobile,gender,birthday\n张三,13900000001.0,1.0,1990-05-01 00:00:00\n",
    "Mac": "姓名,手机号,性别,生日\r张三,13900000001,男,1990-05-01\r",
    "a separator said": "sep=\t\r\n姓名\t手机号\t性别\t生日\r\n张三\t13900000001\t男\t1990-05-01\r\n",
}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
def test_sheets_as_people_have_them(csv_import, encoding):
    """One member each time, the same."""
    for name, text in SHEET.items():
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        done = csv_import.bring((mark + text).encode(encoding))
        assert done.returncode == 0, (name, done.stderr)
        assert ": 1 line applied, 0 bad ones skipped\n" in done.stdout, name
        assert csv_import.rows() == [["张三", "13900000001", "1", "1990-05-01", "", "", "valid"]], name


def test_lines_of_json(csv_import):
    text = '{"姓名": "张三", "phone": "13900000001", "sex": 1, "生日": "1990年5月1日"}\n\n{"phone": 13900000002, "sex": "女"}\n'
    done = csv_import.bring(text.encode("utf-16"))
    assert done.returncode == 0, done.stderr
    assert csv_import.rows() == [["张三", "13900000001", "1", "1990-05-01", "", "", "valid"],
                                 ["", "13900000002", "2", "", "", "", "valid"]]
    done = csv_import.bring(b'{"phone": "13900000001", "name": null}\n{"phone": "139"}\n')
    assert done.returncode == 1 and 'line 2: phone "***" is not a mobile number' in done.stderr
    assert csv_import.rows()[0][0] == "张三"


def test_words_for_sex_and_card(csv_import):
    sexes = {"男": "1", "女": "2", "未知": "0", "保密": "0", "Female": "2", "M": "1", "未说明": "9", "７": "7"}
    states = {"正常": "valid", "已挂失": "lost", "停用": "unusable", "作废": "void", "LOST": "lost", "": "valid"}
    rows = [["", str(13900000001 + n), sex, "", "", "", "valid"] for n, sex in enumerate(sexes)]
    rows += [["", str(13900000101 + n), "", "", "", "", state] for n, state in enumerate(states)]
    assert csv_import.bring([COLUMNS, *rows]).returncode == 0
    assert [row[2] for row in csv_import.rows()[:len(sexes)]] == list(sexes.values())
    assert [row[6] for row in csv_import.rows()[len(sexes):]] == list(states.values())


def test_a_line_of_another_encoding_is_never_garbled(csv_import):
    good = "name,phone\n张三,13900000001\n李四,13900000002\n".encode("gb18030")
    for other in ("王五,13900000003\n", "山山,13900000003\n"):
        done = csv_import.bring(good + other.encode())
        assert done.returncode == 1 and "line 4: it is UTF-8, the rest of the file is GB18030" in done.stderr
    assert csv_import.rows() == []
    done = csv_import.bring("name,phone\n张三,13900000001\n李四,13900000002\n".encode() +
                      "王五,13900000003\n".encode("gb18030"), "--skip-bad")
    assert "line 4: it is not UTF-8, as the rest of the file is" in done.stderr
    assert [row[0] for row in csv_import.rows()] == ["张三", "李四"]


def test_a_line_that_breaks_off_clears_nothing(csv_import):
    assert csv_import.bring([COLUMNS, FULL]).returncode == 0
    assert csv_import.bring([COLUMNS, ["李四", "13900000001"]]).returncode == 0
    assert csv_import.rows() == [["李四", *FULL[1:]]]


def test_what_a_file_does_not_say_stays(csv_import):
    assert csv_import.bring([COLUMNS, FULL]).returncode == 0
    assert csv_import.bring([["phone", "address"], ["13900000001", ""]]).returncode == 0
    assert csv_import.rows() == [[*FULL[:5], "", "valid"]]
    assert csv_import.bring([["phone", "sex", "idCard", "birthday", "name", "cardState"],
                       ["13900000001", "", "", "", "", ""]]).returncode == 0
    assert csv_import.rows() == [["", "13900000001", "0", "", "", "", "valid"]]


LINE = dict.fromkeys(COLUMNS, "")
GOOD = {**LINE, "phone": "13900000009"}
# What is said of a line, the values in it that are wrong.
BAD = {
    'phone "*****" is not a mobile number': {"name": "x", "phone": "12345"},
    "phone is empty": {"name": "x", "phone": ""},
    'phone "1.39E+10" is a number that Excel has rounded; format the column as text and export again':
        {"phone": "1.39E+10"},
    'idCard "*" is not the number of an identity card': {"idCard": "1"},
    'idCard "110****3000" has lost its last three digits to Excel, which keeps 15 of a number; take the column '
    "again from where it came from, as text": {"idCard": "110105194912313000"},
    'idCard "1.10105E+17" is a number that Excel has rounded; format the column as text and export again':
        {"idCard": "1.10105E+17"},
    'sex "10" is neither 男 nor 女 nor a number from 0 to 9': {"sex": "10"},
    'sex "帅哥" is neither 男 nor 女 nor a number from 0 to 9': {"sex": "帅哥"},
    'birthday "199****3-01" is not a date; write it as 1990-05-01': {"birthday": "1990-13-01"},
    'birthday "*****" is a day as Excel counts them; format the column as a date, such as 1990-05-01, and '
    "export again": {"birthday": "32878"},
    'birthday "03/****1990" is one day where the month comes first and another where the day does; write it '
    "as 1990-05-01": {"birthday": "03/04/1990"},
    'birthday "1-M****y-25" has a year of two digits; write it as 1990-05-01': {"birthday": "1-May-25"},
    'name "#N/A" is the error of a formula; mend the cell and export again': {"name": "#N/A"},
    'address "???" is what is left of characters that an encoding does not have; save the file as "CSV UTF-8"':
        {"address": "???"},
    'birthday "########" is what Excel writes where a column is too narrow; widen it and export again':
        {"birthday": "########"},
    'name "长长长****长长长长" has over 64 characters': {"name": "长" * 65},
    'address "长长长****长长长长" has over 256 characters': {"address": "长" * 257},
    'cardState "ok" is none of valid (正常), lost (挂失), void (作废), unusable (停用)': {"cardState": "ok"},
    "value 8 stands under no column's name; take it out": {"": "8"},
    "the same phone as on line 2; leave one of the two": {"phone": "+86 13900000001"},
}
BAD_ROWS = [list({**GOOD, **values}.values()) for values in BAD.values()]


def test_bad_lines_are_told_and_nothing_is_applied(csv_import):
    rows = [COLUMNS, FULL, *BAD_ROWS, PLAIN]
    done = csv_import.bring(rows)
    assert done.returncode == 1 and done.stdout == ""
    # The first member's address has a line break.
    assert csv_import.complaints(done) == [
        f"line {n}: {said}" for n, said in enumerate(BAD, 4)] + [
        NOTHING.format(len(BAD), csv_import.path)]
    assert "12345" not in done.stderr and "4912313000" not in done.stderr
    assert csv_import.rows() == []
    done = csv_import.bring(rows, "--skip-bad")
    assert done.returncode == 1
    assert f": 2 lines applied, {len(BAD)} bad ones skipped\n" in done.stdout
    assert csv_import.rows() == [FULL, PLAIN]


def test_a_line_may_break_off_its_file(csv_import):
    """What follows a quote that is never closed is its value: nobody knows where it was to end."""
    text = 'name,phone\na,139\x0000000001\nb,13900000002\n"open,13900000003\nd,13900000004\n'
    done = csv_import.bring(text.encode(), "--skip-bad")
    assert "line 2: it holds a NUL byte" in done.stderr and "line 4: a quote is never closed" in done.stderr
    assert "it goes on to the end of the file" in done.stderr
    assert [row[0] for row in csv_import.rows()] == ["b"]


def test_a_file_that_changes_is_not_read_on(stack, ctl, csv_import):
    """The first thousand lines wait for somebody else's lock while the rest is written anew."""
    assert csv_import.bring(b"phone,name\n13900000000,a\n").returncode == 0
    text = "phone,name\n" + "".join(f"{13900000000 + n},b\n" for n in range(1500))
    csv_import.path.write_text(text)
    with stack.sql_session() as session:
        session.stdin.write(f"BEGIN; SELECT id FROM member WHERE tenant_id = {csv_import.tenant} FOR UPDATE;\n")
        session.stdin.flush()
        assert session.stdout.readline().strip().isdigit()
        importing = subprocess.Popen([*ctl.command, "members", "import", "--tenant", csv_import.tenant, csv_import.path],
                                     env=ctl.environment({}), stderr=subprocess.PIPE, text=True)
        limit = time.monotonic() + 60
        while stack.sql("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")[0][1] == "0":
            assert time.monotonic() < limit and importing.poll() is None
        csv_import.path.write_text(text.replace(",b", ",c"))
    said = importing.stderr.read()
    assert importing.wait(60) == 1
    assert "it changes while it is read; import a copy that nobody writes to" in said
    assert "line 1001 and those before it are applied; to go on, run again: wxuserctl " in said
    assert {row[0] for row in csv_import.rows()} == {"b"} and len(csv_import.rows()) == 1000


def test_void_cards(stack, csv_import):
    """A phone may be that of one live card and of void ones."""
    live = ["a", "13900000001", "0", "", "", "", "valid"]
    void = ["b", "13900000001", "0", "", "", "", "void"]
    assert csv_import.bring([COLUMNS, void, live]).returncode == 0
    assert csv_import.rows() == [void, live]
    for _ in range(2):
        assert csv_import.bring(csv_import.exported().encode()).returncode == 0
        assert csv_import.rows() == [void, live]
    # Now no line of the file has it alive.
    assert csv_import.bring([COLUMNS, [*live[:6], "void"]]).returncode == 0
    assert csv_import.rows() == [void, [*live[:6], "void"]]
    assert stack.count("member", f"tenant_id = {csv_import.tenant} AND phone_hash IS NOT NULL") == 0
    assert csv_import.bring([COLUMNS, live]).returncode == 0
    assert csv_import.rows()[2:] == [live]


def test_imports_are_for_the_endpoints(stack, ctl, tmp_path, unique):
    """What a file brings is found by bindmember, and stays bound when the file comes again."""
    user, phone = stack.save(openId=f"o{unique}"), new_phone()
    path = tmp_path / "members.csv"
    path.write_text(f"name,phone,cardState\n张三,{phone},\n")
    ctl.out("members", "import", "--tenant", "1", str(path))
    answer = stack.call_member("bind", user, phone=phone, name="张三")
    assert answer["status"] == 200
    path.write_text(f"name,phone,cardState\n张三丰,{phone},lost\n")
    ctl.out("members", "import", "--tenant", "1", str(path))
    assert stack.user(f"o{unique}")["memberId"] == answer["data"]
    assert stack.call_member("unbind", user)["status"] == 200
    assert stack.call_member("bind", user, phone=phone)["status"] == 603


def test_imports_and_exports_are_audited(stack, csv_import):
    csv_import.bring([COLUMNS, FULL, PLAIN])
    csv_import.exported()
    assert stack.sql(f"SELECT action, actor, details FROM audit WHERE tenant_id = {csv_import.tenant} "
                     "AND action LIKE 'member.%' ORDER BY id") == [
        ["member.import", "wxuserctl", '{"lines":2,"new":2,"changed":0}'],
        ["member.export", "wxuserctl", "{}"]]


def test_no_log_holds_what_a_member_is(stack, csv_import, unique):
    user, phone = stack.save(openId=f"o{unique}"), new_phone()
    said = {"phone": phone, "name": f"人{unique}", "idCard": ID_CARD, "address": f"北京{unique}",
            "birthday": "1949-12-31 11:12:13"}
    answers = [stack.call_member(verb, user, **{**said, **more}) for verb in ("create", "bind")
               for more in ({}, {"birthday": "garbage"}, {"idCard": "11010519491231002"}, {"name": "x" * 65})]
    assert {answer["status"] for answer in answers} == {200, 500}
    csv_import.bring([COLUMNS, [said["name"], phone, "1", said["birthday"], ID_CARD, said["address"], "x"]])
    texts = [path.read_text(errors="replace") for path in (stack.state / "log").iterdir() if path.is_file()]
    texts += [line for row in stack.sql("SELECT subject, details FROM audit") for line in row]
    texts += [answer["message"] for answer in answers]
    for text in texts:
        for value in said.values():
            assert value not in text


def test_who_and_what_is_not_there(csv_import):
    csv_import.check_who_and_what_is_not_there("phone\n13900000001\n")
    for text, said in {"phone,fax\n13900000001,\n": 'line 1: "fax" is no column; take it out, or name it as one '
                                                    "of these: name (姓名), phone (手机号), sex (性别)",
                       "name\n张三\n": "line 1: there is no column phone (手机号)",
                       "张三,13900000001\n": "line 1: it does not name the columns"}.items():
        done = csv_import.bring(text.encode())
        assert done.returncode == 1 and said in done.stderr and "13900000001" not in done.stderr


@pytest.mark.parametrize("n_lines", [2500, pytest.param(100000, marks=pytest.mark.long)])
def test_many_lines(stack, csv_import, n_lines):
    def phone(n):
        return f"{13900000000 + n}"

    lines = ["name,phone,address"] + [f"人{n},{phone(n)},北京市朝阳区第{n}号" for n in range(n_lines)]
    done = csv_import.bring("\n".join(lines).encode())
    assert done.returncode == 0, done.stderr
    assert stack.count("member", f"tenant_id = {csv_import.tenant}") == n_lines
    lines[1200] = "bad,1"
    lines[2222] = f"changed,{phone(2221)},"
    done = csv_import.bring("\n".join(lines).encode(), "--skip-bad")
    assert f": {n_lines - 1} lines applied, 1 bad one skipped\n" in done.stdout
    assert 'line 1201: phone "*" is not a mobile number' in done.stderr
    rows = csv_import.rows()
    assert len(rows) == n_lines and rows[2221][0] == "changed" and rows[1199][0] == "人1199"


def test_one_instant_and_one_sex_in_all_their_forms(stack, csv_import, unique):
    """Both plain and ISO are of here; what is "" or null is not set."""
    forms = {"2025-10-01 05:31:32": "1", "2025-10-01T05:31:32": 1, "/Date(1759267892000)/": "1",
             "": None, None: ""}
    key = csv_import.ctl.out("key", "add", "--tenant", csv_import.tenant, "--name", "till", "--scopes", "write").strip()
    for n, (birthday, sex) in enumerate(forms.items()):
        user = stack.save(key=key, openId=f"o{unique}-{n}")
        answer = stack.call_member("create", user, key=key, phone=new_phone(), birthday=birthday, sex=sex)
        assert answer["status"] == 200
    told = [(row[COLUMNS.index("birthday")], row[COLUMNS.index("sex")]) for row in csv_import.rows()]
    assert told[0][0].startswith("2025-10-01") and told[0] == told[1] == told[2]
    assert told[0][1] == "1"
    assert told[3:] == [("", "0")] * 2
