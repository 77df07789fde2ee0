"""WeChat users of another system, in and out by wxuserctl."""

import csv
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

import moved_users
from ctl import Ctl, migrated_schema
from stack import new_phone

COLUMNS = ["openid", "unionid", "externalId", "externalSource", "name", "avatar", "phone", "phoneConfirmed", "gender", "language", "country",
           "province", "city", "createdAt", "lastLoginAt", "disabled"]
MINI, OFFICIAL = "wx1000000000000001", "wx1000000000000002"


@pytest.fixture(scope="module")
def stack(stack_of_tenants):
    return stack_of_tenants


class Moving:
    """An app of a tenant of its own, who has no user yet; or one of the service."""

    def __init__(self, stack, ctl, folder, unique):
        self.stack, self.ctl, self.folder, self.unique = stack, ctl, folder, unique
        self.tenant = ctl.out("tenant", "add", f"t{unique}").strip()
        self.apps = {kind: self.add(kind) for kind in ("mini", "official")}
        self.app = self.apps["mini"]

    def add(self, kind):
        appid = f"{kind[:2]}{self.unique}"[:64]
        self.ctl.out("app", "add", "--tenant", self.tenant, "--kind", kind, "--appid", appid, "--open-platform", "p",
                     stdin="s\n")
        return appid

    def write(self, texts):
        for name, text in texts.items():
            (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return [str(self.folder / name) for name in texts]

    def run(self, *words, app=None):
        return self.ctl.run("users", "import", "--app", app or self.app, *words)

    def bring(self, texts, *options, app=None):
        """The import, done, of a text or of files by their names."""
        return self.run(*options, *self.write(texts if isinstance(texts, dict) else {"users.csv": texts}), app=app)

    def exported(self, *options, app=None):
        return self.ctl.out("users", "export", "--app", app or self.app, *options, timeout=600)

    def users(self, app=None):
        """What is exported, by openid."""
        text = self.exported(app=app)
        assert text[0] == "\ufeff"
        reader = csv.DictReader(io.StringIO(text[1:], newline=""))
        assert reader.fieldnames == COLUMNS
        return {user["openid"]: user for user in reader}

    def stored(self):
        """All rows of the tenant's, with what each write of them changes."""
        return self.stack.sql(
            "SELECT openid, unionid, name, HEX(phone_hash), version, created_at, session_at, HEX(account_id), changed_at "
            f"FROM wechat_user WHERE tenant_id = {self.tenant} ORDER BY id") + self.stack.sql(
            f"SELECT external_id, source, HEX(account_id) FROM external_id WHERE tenant_id = {self.tenant} ORDER BY id") + self.stack.sql(
            "SELECT HEX(id), entity_version, confirmed_phone_source, confirmed_phone_at, created_at, n_moves FROM account "
            f"WHERE tenant_id = {self.tenant} ORDER BY id") + self.stack.sql(
            f"SELECT unionid, HEX(account_id) FROM account_unionid WHERE tenant_id = {self.tenant} ORDER BY unionid")


@pytest.fixture
def moving(stack, ctl, tmp_path, unique):
    return Moving(stack, ctl, tmp_path, unique)


@pytest.fixture(scope="module")
def unmoved(stack, tmp_path_factory):
    """For tests of imports that change nothing: they have one tenant."""
    return Moving(stack, Ctl(stack), tmp_path_factory.mktemp("unmoved"), f"{os.getpid():x}-{time.time_ns():x}-unmoved")


@pytest.fixture
def ctl(stack):
    return Ctl(stack)


def complaints(done):
    return re.findall(r"line \d+: .*", done.stderr)


# ---- Our own format.

LINE = ("小明😀", "13900000001", "女", "2024年1月5日", "20240106")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_files_of_all_kinds(moving, encoding, separator):
    lines = [["用户名单"], ["openid", "昵称", "手机号", "性别", "注册时间", "最后登录时间"], ["", "", "", "", "", ""],
             [f"o{moving.unique}", *LINE]]
    text = "\r\n".join(separator.join(line) for line in lines).encode(encoding)
    if encoding == "utf-16-be":
        text = b"\xfe\xff" + text
    done = moving.bring(text)
    assert done.returncode == 0, done.stderr
    assert "1 users new, 0 changed, 0 as they were, 0 refused" in done.stdout
    user, = moving.users().values()
    assert [user[name] for name in ("name", "phone", "gender", "createdAt", "lastLoginAt")] == [
        "小明😀", "13900000001", "2", "2024-01-04T16:00:00.000000Z", "2024-01-05T16:00:00.000000Z"]


def test_lines_of_json(moving):
    done = moving.bring('\ufeff{"openid": "o1", "name": "a", "gender": 1, "createdAt": 1700000000}\n\n# nothing\n'
                        '{"openid": "o2", "昵称": "b", "externalId": 17, "createdAt": {"$date": "2024-01-01T00:00:00Z"}}\n')
    assert done.returncode == 0, done.stderr
    users = moving.users()
    assert [users["o1"][name] for name in ("name", "gender", "createdAt")] == ["a", "1", "2023-11-14T22:13:20.000000Z"]
    assert [users["o2"][name] for name in ("name", "externalId", "createdAt")] == ["b", "17", "2024-01-01T00:00:00.000000Z"]


@pytest.mark.parametrize("text, said", [
    ("openid,phone\no1,1.38E+10\n", "line 2: phone \"1.38E+10\" is a number that Excel has rounded"),
    ("openid,id\no1,6.1E+17\n", "line 2: id \"6.1E+17\" is a number that Excel has rounded"),
    ("openid,phone\no1,139\n", "line 2: phone \"***\" is not a mobile number"),
    ("openid\nno openid\n", "is not an openid"),
    ("openid,unionid\no1,?\n", "is not a unionid"),
    ("openid,name\no1,a\n,b\n", "line 3: openid is empty"),
    ("openid,name\no1,a\no1,b\n", "line 3: the same openid as on line 2"),
    ("openid,name\no1," + "a" * 65 + "\n", "has over 64 characters"),
    ("openid,avatar\no1," + "a" * 513 + "\n", "has over 512 characters"),
    ("openid,性别\no1,x\n", "性别 \"x\" is neither 男 nor 女"),
    ("openid,createdAt\no1,soon\n", "is no time since 1970"),
    ("openid,createdAt\no1,1969-01-01\n", "is no time since 1970"),
    ("openid,createdAt\no1,2999-01-01\n", "is in the future; without a zone a time is in UTC+8"),
    ("openid,lastLoginAt\no1,4000000000\n", "is in the future"),
    ("openid,phone,phoneConfirmed\no1,13900000001,2999-01-01\n", "phoneConfirmed \"2999-01-01\" is in the future"),
    ("openid,createdAt\no1,45292\n", "createdAt \"45292\" is a day as Excel counts them; format the column as a date"),
    ("openid,lastLoginAt\no1,45292.354167\n", "is a day as Excel counts them"),
    *((f"openid,phone,{column}\no1,13900000001,5/3/2021\n", f'{column} "5/3/2021" is one day where the month comes first and another '
       "where the day does; write it as ") for column in ("createdAt", "lastLoginAt", "phoneConfirmed")),
    ("openid,createdAt\no1,05/03/2021 10:00:00\n", "is one day where the month comes first"),
    ('{"openid": "o1", "createdAt": "5.3.2021"}\n', "is one day where the month comes first"),
    ("openid,createdAt\no1,13/3/2021 10:00\n", "has the day before the month; export the column as 2024-05-01 08:30:00"),
    ("openid,createdAt\no1,1-May-25\n", "has a year of two digits"),
    ("openid,停用\no1,perhaps\n", "停用 \"perhaps\" is neither true (是) nor false (否)"),
    ("openid\n1234567890\n", "is not an openid; export the column that has WeChat's, or name it with --map openid=COLUMN"),
    ("openid\n1.2E+10\n", "is a number that Excel has rounded"),
    ("openid,unionid\no1,\"null\"\n", "is not a unionid; correct it, or leave it empty"),
    ("openid,unionid\no1,7\n", "is not a unionid"),
    ("openid,name\no1,a,b\n", "line 2: value 3 stands under no column's name; take it out"),
    ("openid,name\no1,\"a\"b\n", "line 2: something follows the quote that ends a value"),
    ("openid,name\no1,\"a\n", "line 2: a quote is never closed"),
    ("openid,id\no1," + "1 2 3 4 5 6 7 8 9\n", "has over 8 ids"),
    ("openid,id\no1," + "a" * 129 + "\n", "is not 1 to 128 characters"),
    ("openid,nick\no1,a\n", "\"nick\" is no column"),
    ('{"openid": "o1", "nick": "a"}\n', "\"nick\" is no column"),
    ('{"openid": "o1", "name": "a", "昵称": "b"}\n', "\"昵称\" is there twice"),
    ('{"openid": "o1", "name": ["a"]}\n', "name is neither a text nor a number"),
    ('{"openid": "o1"}\n{"openid"\n', "line 2: it is not one object of JSON"),
    ('{"name": "o1"}\n', "there is no openid"),
    ('{"openid": "o1", "openid": "o2"}\n', "line 1: an object has two members of one name"),
    ('[{"openid": "o1"}]\n', "it is one list of JSON; write an object a line: jq -c '.[]' FILE >LINES"),
    ('{\n"RECORDS": [\n{"openid": "o1"}\n]}\n', "it is one list of JSON; write an object a line: jq -c '.RECORDS[]' FILE >LINES"),
    ('{"results":[{"openid":"o1"}]}\n', "it is one list of JSON; write an object a line: jq -c '.results[]' FILE >LINES"),
    ('{\n  "openid": "o1"\n}\n', "it is JSON with an object on several lines; write an object a line: jq -c . FILE >LINES"),
    ('{"openid": "o1", "createdAt": {"$numberDouble": "NaN"}}\n', "createdAt is neither a text nor a number"),
    ('{"openid": "o1"}\n{"openid": "o2", "x": "' + "a" * 70000 + '"}\n', "line 2: it is too long"),
])
def test_a_bad_line_is_named_and_nothing_is_applied(unmoved, text, said):
    done = unmoved.bring(text)
    assert done.returncode == 1 and said in done.stderr, done.stderr
    assert unmoved.users() == {} and unmoved.stack.count("audit", f"tenant_id = {unmoved.tenant} AND action = 'users.import'") == 0


# What Excel, Navicat, phpMyAdmin, mysql and others write for one and the same user, below the columns' names.
SAME = {
    "Excel": ["openid,unionid,手机号,性别,注册时间", 'o1,u1,13800000000,男,2024/1/5 8:30'],
    "Excel, numbers as text": ["openid;unionid;phone;gender;createdAt", 'o1;u1;="13800000000";="1";="2024-01-05 08:30:00"'],
    "Excel, apostrophes": ["sep=;", "openid;unionid;phone;gender;createdAt", "'o1;'u1;'13800000000;'1;'2024年1月5日 8:30"],
    "Excel, a sum": ["openid,unionid,phone,gender,createdAt", "o1,u1,13800000000.0,1.0,2024-01-05 08:30", ",,,,", "  , ,,,"],
    "WPS": ["用户表,,,,", "openid,unionid,手机号（必填）,性别,注册时间", "o1,u1,86 138 0000 0000,M,2024-1-5 08:30"],
    "Navicat": ['"openid","unionid","phone","gender","createdAt","name"', '"o1","u1","13800000000","1","2024-01-05 08:30:00",NULL'],
    "phpMyAdmin": ['"openid";"unionid";"phone";"gender";"createdAt";"name"', '"o1";"u1";"13800000000";"1";"2024-01-05 08:30:00";NULL'],
    "mysql": ["openid\tunionid\tphone\tgender\tcreatedAt\tname", "o1\tu1\t13800000000\t1\t2024-01-05 08:30:00\tNULL"],
    "INTO OUTFILE": ["openid\tunionid\tphone\tgender\tcreatedAt\tname", "o1\tu1\t13800000000\t1\t1704414600\t\\N"],
    "DBeaver": ['"openid","unionid","phone","gender","createdAt","avatar"', 'o1,u1,13800000000,1,2024-01-05 08:30:00.000,[NULL]'],
    "JSON": ['{"openid": "o1", "unionid": "u1", "phone": 13800000000, "gender": 1, "createdAt": 1704414600000, "name": null}'],
    "mongoexport": ['{"openid":"o1","unionid":"u1","phone":"13800000000","gender":{"$numberInt":"1"},'
                    '"createdAt":{"$date":{"$numberLong":"1704414600000"}}}'],
    "mongoexport, doubles": ['{"openid":"o1","unionid":"u1","phone":{"$numberDouble":"13800000000.0"},'
                             '"gender":{"$numberDouble":"1.0"},"createdAt":{"$numberDouble":"1.7044146E12"}}'],
}


@pytest.mark.parametrize("program", [*SAME])
def test_a_user_is_the_same_whoever_has_written_it(moving, program):
    for app, encoding in zip(moving.apps.values(), ("utf-16", "utf-8-sig" if "{" in SAME[program][0] else "gb18030")):
        text = "\r\n".join(SAME[program]).replace("o1", f"o1{encoding[-3:]}").replace("u1", f"u1{encoding[-3:]}")
        done = moving.bring(text.encode(encoding), app=app)
        assert done.returncode == 0, done.stderr
        user, = moving.users(app=app).values()
        assert {name: value for name, value in user.items() if value} == {
            "openid": f"o1{encoding[-3:]}", "unionid": f"u1{encoding[-3:]}", "phone": "13800000000", "gender": "1",
            "createdAt": "2024-01-05T00:30:00.000000Z"}


def test_users_without_a_unionid_are_not_one(moving, stack):
    """NULL of a database is no unionid."""
    assert moving.bring("openid,unionid,id\no1,NULL,NULL\no2,NULL,\\N\n").returncode == 0
    assert stack.count("account", f"tenant_id = {moving.tenant}") == 2
    assert [user["unionid"] + user["externalId"] for user in moving.users().values()] == ["", ""]


BAD_FILES = {
    "users.csv": ('\ufeff名单,\r\nopenid,phone,name\r\no1,139,"a\r\nb"\r\n\r\no2,13900000002,c\r\no3,138,d\r\n', "utf-8",
                  '\ufeff名单,\r\nopenid,phone,name\r\no1,139,"a\r\nb"\r\no3,138,d\r\n'),
    "sep.csv": ("sep=;\nopenid;phone;name\no2;;c\no1;139;小\no3;138;d", "utf-16", "sep=;\nopenid;phone;name\no1;139;小\no3;138;d"),
    "users.ndjson": ('{"openid":"o2","name":"c"}\n{"openid":"o1","phone":"139"}\n\n{"openid":"o3","phone":"138"}\n', "utf-8",
                     '{"openid":"o1","phone":"139"}\n{"openid":"o3","phone":"138"}\n'),
}


@pytest.mark.parametrize("name", [*BAD_FILES])
def test_bad_lines_are_corrected_in_a_file_of_their_own(moving, name):
    text, encoding, left = BAD_FILES[name]
    texts = {name: text.encode(encoding)}
    done = moving.bring(texts, "--skip-bad")
    assert done.returncode == 1 and "1 line applied, 2 bad ones skipped" in done.stdout, done.stderr
    assert "1 users new" in done.stdout
    assert len(complaints(done)) == 2 and [*moving.users()] == ["o2"]
    path = moving.folder / f"{name}.bad"
    assert f"{path} has the bad lines of {moving.folder / name}: correct them there, and import it" in done.stdout
    assert path.stat().st_mode & 0o777 == 0o600
    written = path.read_bytes().decode(encoding)
    assert [line for line in written.splitlines() if line] == [line for line in left.splitlines() if line]
    path.write_bytes(written.replace("139", "13900000001").replace("138", "13900000003").encode(encoding))
    done = moving.run(str(path), "--skip-bad")
    assert done.returncode == 0 and "2 lines applied, 0 bad ones skipped" in done.stdout, done.stderr
    assert {openid: user["phone"] for openid, user in moving.users().items()}.items() >= {
        ("o1", "13900000001"), ("o3", "13900000003")}
    corrected = path.read_bytes()
    assert moving.bring(texts, "--skip-bad").returncode == 1
    assert path.read_bytes() == corrected and (moving.folder / f"{name}.bad2").exists()


@pytest.mark.parametrize("broken", [b"\0", b"a" * 20000])
def test_what_stands_in_quotes_is_no_line(moving, broken):
    """A nickname, with a line break, that makes its own line a bad one."""
    record = b'o2,,"hello\no3,u1,evil\n' + broken + b'"\n'
    done = moving.bring({"users.csv": b"openid,unionid,name\no1,u1,ok\n" + record + b"o4,,ok\n"}, "--skip-bad")
    assert done.returncode == 1 and "2 lines applied, 1 bad one skipped" in done.stdout, done.stdout + done.stderr
    assert "line 3: it" in done.stderr and "; it ends on line 5" in done.stderr
    assert sorted(moving.users()) == ["o1", "o4"]
    assert (moving.folder / "users.csv.bad").read_bytes() == b"openid,unionid,name\n" + record


def test_lines_with_many_values_are_refused(moving):
    done = moving.bring("openid\n" + "".join(f"o{n}{',x' * 7900}\n" for n in range(200)))
    assert done.returncode == 1 and "200 bad lines, nothing was applied" in done.stderr, done.returncode


def test_only_who_has_columns_is_asked_of_which_system_they_are(moving):
    """Not a file that is not there, a folder, nor a workbook."""
    for text, said in ("PK\x03\x04", "or a ZIP archive"), ("name\na\n", "add --from leancloud"):
        done = moving.bring(text)
        assert done.returncode == 1 and said in done.stderr and ("--from" in done.stderr) == ("--from" in said), done.stderr
    for path, said in (moving.folder, "Is a directory"), (moving.folder / "none", "No such file or directory"):
        done = moving.run(str(path))
        assert done.stderr == f"wxuserctl: {path}: {said}\n"


def test_bad_lines_that_cannot_be_kept_stop_the_import(moving):
    name = moving.folder / ("x" * 252)
    name.write_text("openid,phone\no1,139\no2,\n")
    done = moving.run(str(name), "--skip-bad")
    assert done.returncode == 1
    assert f"{name}.bad: File name too long; the bad lines are written beside the file" in done.stderr
    assert moving.users() == {}


def test_bad_lines_are_only_told_in_a_dry_run(moving):
    done = moving.bring("openid,phone\no1,139\no2,\n", "--skip-bad", "--dry-run")
    assert done.returncode == 1 and "1 line would be applied, 1 bad one skipped" in done.stdout
    assert not (moving.folder / "users.csv.bad").exists() and moving.stored() == []


@pytest.mark.parametrize("id", ["19032207649565662549e399", "5e8000000000000000000000", "507f1f77bcf86cd799439011"])
def test_an_id_of_digits_and_an_e_is_no_number(moving, id):
    assert moving.bring(f"openid,id\no1,{id}\n").returncode == 0
    texts = moved_users.lines([{"_id": {"$oid": id}, "wx_openid": {"mp": "o2"}}])
    assert moving.bring(texts, "--from", "uni-id", "--source", "x").returncode == 0
    texts = moved_users.lines([{"objectId": id, "authData": {"lc_weapp": {"openid": "o3"}}}])
    assert moving.bring(texts, "--from", "leancloud", "--source", "y").returncode == 0
    assert [user["externalId"] for user in moving.users().values()] == [id] * 3


BLOCKED = {
    "own": lambda persons, out: {"users.csv": moved_users.table(
        [{"openid": person.mini, "disabled": ["否", "是"][person in out]} for person in persons])},
    "uni-id": lambda persons, out: {"users.json": "".join(
        moved_users.lines([{"_id": person.id, "wx_openid": {"mp": person.mini}, "status": 1 + n % 3 if person in out else 0}])
        for n, person in enumerate(persons))},
    "crmeb": lambda persons, out: marked(moved_users.crmeb(persons, "mini"), "eb_user.csv", persons, out, "01"),
    "yudao": lambda persons, out: marked(moved_users.yudao(persons, "mini"), "member_user.csv", persons, out, "10"),
}


def marked(texts, name, persons, out, values):
    rows = list(csv.DictReader(io.StringIO(texts[name], newline="")))
    for person, row in zip(persons, rows):
        row["status"] = values[person not in out]
    return {**texts, name: moved_users.table(rows)}


@pytest.mark.parametrize("format", [*BLOCKED])
def test_who_is_blocked_in_the_other_system_cannot_log_in(stack, ctl, tmp_path, unique, format):
    """A login answers as it does to who is disabled here, and a second import changes nothing."""
    moving = Moving(stack, ctl, tmp_path, unique)
    persons = moved_users.people(unique, 8)
    out = persons[2:5]
    options = [] if format == "own" else ["--from", format]
    texts = BLOCKED[format](persons, out)
    done = moving.bring(texts, *options)
    assert done.returncode == 0, done.stderr
    assert "new users whom the other system has blocked, and who cannot log in: 3; to admit one: wxuserctl account enable" in done.stdout
    assert {openid for openid, user in moving.users().items() if user["disabled"] == "true"} == {person.mini for person in out}
    before = moving.stored()
    done = moving.bring(texts, *options)
    assert "0 users new, 0 changed, 8 as they were" in done.stdout and moving.stored() == before, done.stdout
    assert "has blocked" not in done.stdout + done.stderr
    assert ctl.run("account", "enable", out[0].mini).returncode == 0
    done = moving.bring(texts, *options)
    assert "the other system has blocked the person, who may log in here; to block: wxuserctl account disable" in done.stderr
    assert "users whom the other system has blocked, and who may log in here: 1; to block one: wxuserctl account disable" in done.stdout
    # A login by WeChat.
    path = tmp_path / "mini.csv"
    path.write_text(f"openid,disabled\nod{unique},1\n")
    assert ctl.run("users", "import", "--app", MINI, str(path)).returncode == 0
    answer = stack.request("POST", "/v1/login", {"appid": MINI, "code": stack.code(MINI, openid=f"od{unique}")["code"]})
    assert (answer.status, answer.json["code"]) == (403, "account_disabled"), answer


def test_a_user_of_another_app_is_not_moved_by_itself(moving):
    other = moving.add("mobile")
    assert moving.bring("openid\no1\no2\n").returncode == 0
    text = "openid\no1\no2\no3\n"
    for more in ["--dry-run"], []:
        done = moving.bring(text, *more, app=other)
        assert done.returncode == 1, done
        assert f": 1 line {'would be ' if more else ''}applied, 0 bad ones skipped" in done.stdout and "1 users new, 0 changed" in done.stdout
        assert "2 refused" in done.stdout and "users of other apps, whose lines are left out: 2; is --app the app" in done.stderr
        assert complaints(done) == [f"line {n}: the user is of app {moving.app}; the line is left out; if the openid is of this app: "
                                    "--move-users" for n in (2, 3)]
    assert [*moving.users()] == ["o1", "o2"] and [*moving.users(app=other)] == ["o3"]
    done = moving.bring(text, "--move-users", app=other)
    assert done.returncode == 0 and "users moved from other apps: 2" in done.stdout, done
    assert [*moving.users()] == [] and sorted(moving.users(app=other)) == ["o1", "o2", "o3"]
    moving.stack.sql(f"UPDATE wechat_user SET exchanged_at = '2024-01-01' WHERE tenant_id = {moving.tenant}")
    done = moving.bring(text, "--move-users")
    assert done.returncode == 1 and "it has logged in there; the line is left out" in done.stderr
    assert "no line was applied" in done.stderr


def test_bits_are_exported_as_numbers(moving):
    """A bit(1) that a shell writes as it is; nothing of it is imported, and the lines of the second file count, too."""
    texts = {name: text.encode() for name, text in moved_users.yudao(moved_users.people(moving.unique, 3), "mini").items()}
    name = "system_social_user_bind.csv"
    texts[name] = texts[name].replace(b'"0"\r\n', b'"\0"\r\n')
    done = moving.bring(texts, "--from", "yudao", "--skip-bad")
    assert "as a column of type bit is written; export such a column as a number: CAST(column AS UNSIGNED)" in done.stderr
    assert done.returncode == 1 and "3 lines applied, 4 bad ones skipped" in done.stdout, done.stdout


def test_an_import_of_nobody_fails(moving):
    """It says which openids it has looked for."""
    for texts, system, said in [
            (moved_users.leancloud(moved_users.people("x", 3), "mini"), "leancloud", "authData.weixin.openid|authData.weixin.uid;"),
            (moved_users.crmeb(moved_users.people("x", 3), "mini"), "crmeb", "openid where user_type is wechat; ")]:
        for more in [], ["--skip-bad"], ["--dry-run"]:
            done = moving.bring(texts, "--from", system, *more, app=moving.apps["official"])
            assert done.returncode == 1 and ": 0 lines " in done.stdout and "4 lines of others left out" in done.stdout
            assert "an openid of the app's kind, official, is looked for in " in done.stderr and said in done.stderr, done.stderr
            assert "add --map openid=COLUMN\n" in done.stderr
    assert moving.bring("openid\n").returncode == 1
    assert moving.stored() == []


def test_the_first_of_the_bad_lines_say_what_to_do(moving):
    done = moving.bring("openid,phone\no1,139\n")
    path = moving.folder / "users.csv"
    assert [line for line in done.stderr.splitlines() if line.startswith("wxuserctl: ")] == [
        f'wxuserctl: {path}: line 2: phone "***" is not a mobile number; correct it, or leave it empty',
        f"wxuserctl: {path}: 1 bad line, nothing was applied; correct them, or add --skip-bad, which leaves them out and writes "
        f"them to {path}.bad"]


def test_columns_of_other_names(moving):
    text = "wx,nick,tel,more\no1,a,13900000001,x\n"
    done = moving.bring(text, "--map", "openid=wx,name=nick,phone=tel")
    assert done.returncode == 0, done.stderr
    user, = moving.users().values()
    assert (user["openid"], user["name"], user["phone"]) == ("o1", "a", "13900000001")
    done = moving.bring('{"a": {"b": "o2"}, "n": "c"}\n', "--map", "openid=a.b,昵称=n")
    assert done.returncode == 0, done.stderr
    assert moving.users()["o2"]["name"] == "c"
    for map in "nothing=x", "openid", "openid=":
        done = moving.bring(text, "--map", map)
        assert done.returncode == 64 and "--map: " in done.stderr


@pytest.mark.parametrize("text, map, missing", [
    ("openid,mobile\no1,13900000001\n", "phone=mobil", "mobil"),
    ("openid,mobile\no1,13900000001\n", "openid=oid", "oid"),
    ('{"openid":"o1"}\n{"openid":"o2","mobile":"13900000001"}\n', "phone=mobil", "mobil"),
    ('{"openid":"o1","a":{"b":"x"}}\n', "name=a.c", "a.c"),
])
def test_a_mapped_column_that_no_file_has_is_refused(unmoved, text, map, missing):
    for more in [], ["--skip-bad"], ["--dry-run"]:
        done = unmoved.bring(text, "--map", map, *more)
        assert done.returncode == 1 and done.stdout == "" and missing in done.stderr, done.stderr
        assert len([line for line in done.stderr.splitlines() if "wxuserctl: " in line]) == 1
    assert unmoved.stored() == []


def test_a_mapped_column_may_be_rare(moving):
    """A line of JSON need not have it, nor a table that has a heading alone."""
    for text in '{"openid":"o1"}\n{"openid":"o2","mobile":"13900000001"}\n', "openid,mobile\no1\n":
        assert moving.bring(text, "--map", "phone=mobile").returncode == 0
    assert moving.users()["o2"]["phone"] == "13900000001"


@pytest.mark.parametrize("system, texts", [
    ("leancloud", lambda persons: moved_users.leancloud(persons, "mini")),
    ("uni-id", lambda persons: moved_users.uni_id(persons, "mini")),
    ("crmeb", lambda persons: moved_users.crmeb(persons, "mini")),
    ("yudao", lambda persons: moved_users.yudao(persons, "mini")),
], ids=["leancloud", "uni-id", "crmeb", "yudao"])
def test_a_file_of_another_system_is_known(moving, system, texts):
    """It is told once, not for each line, and what to add."""
    first, *_ = texts(moved_users.people(moving.unique, 20)).items()
    for more in [], ["--skip-bad"]:
        done = moving.bring(dict([first]), *more)
        assert done.returncode == 1 and f"add --from {system}\n" in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert moving.stored() == []


@pytest.mark.parametrize("text", ["openid,fax\no1,1\n", '{"openid":"o1","fax":"1"}\n' * 20])
def test_an_unknown_column_is_told_once(moving, text):
    done = moving.bring(text)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert '"fax" is no column' in done.stderr and "--map openid=COLUMN" in done.stderr


def test_a_dry_run_changes_nothing(moving):
    done = moving.bring("openid\no1\no2\n", "--dry-run")
    assert done.returncode == 0 and "2 lines would be applied" in done.stdout and "2 users new" in done.stdout
    assert moving.stored() == []


FULL = ["o-full", "u-full", "旧-1 旧-2", "- shop", "小明😀, \"x\"", "https://a.example/1", "13900000001",
        "2024-01-02T03:04:05.123456Z", "1", "zh_CN", "中国", "广东", "广州", "2023-01-02T03:04:05.000001Z", "2024-05-06T07:08:09.000000Z"]


@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_what_is_exported_is_imported(moving, stack, ctl, tmp_path, unique, format):
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, FULL, ["o-bare", *[""] * 14], ["o-guard", "", "", "", "=1+1 '", *[""] * 10],
                               ["o-blanks", "", "", "", "' a ", "'' b", *[""] * 9],
                               ["o-abroad", "", "7", "-", "a\nb", "", "+85251234567", "", "2", *[""] * 6]])
    assert moving.bring(out.getvalue(), "--phones-confirmed").returncode == 0
    other = Moving(stack, ctl, tmp_path, f"x{unique}")
    text = moving.exported("--format", format)
    assert text.count("o-") == 5
    done = other.bring(text, "--phones-confirmed")
    assert done.returncode == 0, done.stderr
    assert other.exported("--format", format) == text
    assert stack.count("audit", f"tenant_id = {moving.tenant} AND action = 'users.export'") == 1


# ---- Other systems.


def check_moved(moving, persons, format, kind):
    users = moving.users(app=moving.apps[kind])
    assert len(users) == len(persons)
    for person in persons:
        user = users[person.openid(kind)]
        assert (user["name"], user["avatar"], user["phone"]) == (person.name, person.avatar, person.phone)
        assert user["unionid"] == (person.unionid or "")
        assert user["externalId"].split()[0] == (person.id if format in moved_users.BY_ID else str(person.n))
        assert user["gender"] == (str(person.gender) if person.gender else "")
        assert user["createdAt"] == moved_users.iso(person.created_s, ".000000Z")


@pytest.mark.parametrize("kind", ["mini", "official"])
@pytest.mark.parametrize("format", [*moved_users.FORMATS])
def test_a_system_is_moved(moving, stack, format, kind):
    persons = moved_users.people(moving.unique, 300)
    texts = moved_users.FORMATS[format](persons, kind)
    options = ["--from", format, "--phones-confirmed"]
    done = moving.bring(texts, *options, app=moving.apps[kind])
    assert done.returncode == 0, done.stderr
    assert f"{len(persons)} users new" in done.stdout
    check_moved(moving, persons, format, kind)
    assert re.search(r"the phone 1\d\d\*{4}\d{4} is also on line", done.stderr)
    assert "the unionid u" in done.stderr
    n_confirmed = stack.count("account", f"tenant_id = {moving.tenant} AND confirmed_phone_source = 3")
    confirmed = {person.phone for person in persons if person.is_confirmed}
    assert n_confirmed == (len(confirmed) if format in moved_users.BY_ID else 0)
    if format != "leancloud":
        assert all(user["lastLoginAt"] for user in moving.users(app=moving.apps[kind]).values())
    stored = moving.stored()
    assert "secret" not in str(stored)
    again = moving.bring(texts, *options, app=moving.apps[kind])
    assert again.returncode == 0 and f"0 users new, 0 changed, {len(persons)} as they were" in again.stdout, again.stdout
    assert moving.stored() == stored


def test_a_phone_is_confirmed_only_if_file_and_operator_say_so(moving, stack):
    persons = moved_users.people(moving.unique, 20)
    texts = moved_users.leancloud(persons, "mini")
    confirmed = f"tenant_id = {moving.tenant} AND confirmed_phone_at IS NOT NULL"
    assert moving.bring(texts, "--from", "leancloud").returncode == 0
    assert stack.count("account", confirmed) == 0
    done = moving.bring(texts, "--from", "leancloud", "--phones-confirmed")
    assert "10 changed, 10 as they were" in done.stdout
    assert stack.count("account", confirmed) == 10


@pytest.mark.parametrize("format, kind", [("uni-id", "mini"), ("crmeb", "official"), ("yudao", "official")])
def test_who_has_left_the_other_system_stays_away(moving, format, kind):
    """Whose account is closed there, or whose record is marked as deleted, as each system writes it."""
    persons = moved_users.people(moving.unique, 6)
    texts = moved_users.FORMATS[format](persons, kind)
    if format == "uni-id":
        lines = [json.loads(line) for line in texts["uni-id-users.json"].splitlines()]
        for status, line in zip([0, 1, 2, 3, 4, 4], lines):
            line["status"] = status
        texts = {"uni-id-users.json": moved_users.lines(lines)}
        left = persons[:4]
    else:
        name = {"crmeb": "eb_wechat_user.csv", "yudao": "system_social_user.csv"}[format]
        rows = list(csv.DictReader(io.StringIO(texts[name], newline="")))
        column = {"crmeb": "is_del", "yudao": "deleted"}[format]
        for deleted, row in zip(["0", "1", "b'0'", "b'1'", "true", "1"], rows):
            row[column] = deleted
        texts[name] = moved_users.table(rows)
        left = [persons[0], persons[2]]
    done = moving.bring(texts, "--from", format, app=moving.apps[kind])
    assert done.returncode == 0, done.stderr
    assert [*moving.users(app=moving.apps[kind])] == [person.openid(kind) for person in left]


def test_a_record_without_a_user_has_no_id(moving, stack):
    """CRMEB keeps who only follows with uid 0."""
    persons = moved_users.people(moving.unique, 3)
    for person in persons:
        person.n = 0
    texts = moved_users.crmeb(persons, "official")
    assert moving.bring(texts, "--from", "crmeb", app=moving.apps["official"]).returncode == 0
    assert [user["externalId"] for user in moving.users(app=moving.apps["official"]).values()] == ["", "", ""]
    assert stack.count("external_id", f"tenant_id = {moving.tenant}") == 0


def test_openids_of_another_kind_of_app_are_not_taken(moving):
    """CRMEB's user_type apple is of Apple, and yudao has no users of a mobile app."""
    mobile = moving.add("mobile")
    persons = moved_users.people(moving.unique, 2)
    texts = moved_users.crmeb(persons, "mini")
    texts["eb_wechat_user.csv"] = texts["eb_wechat_user.csv"].replace('"routine"', '"app"', 1).replace('"routine"', '"apple"')
    done = moving.bring(texts, "--from", "crmeb", app=mobile)
    assert [*moving.users(app=mobile)] == [persons[0].mini], done.stderr
    texts = moved_users.yudao(persons, "mini")
    done = moving.bring(texts, "--from", "yudao", app=mobile)
    assert done.returncode == 64 and "system_social_user has no openids of a mobile app" in done.stderr
    done = moving.bring(texts, "--from", "yudao", "--map", "openid=openid", app=mobile)
    assert done.returncode == 0, done.stderr


def test_crmeb_before_release_4(moving):
    """A person has one record with both openids."""
    rows = [{"uid": 1, "unionid": "u1", "openid": "oo1", "routine_openid": "om1", "nickname": "a", "headimgurl": "", "sex": 1,
             "add_time": 1600000000, "user_type": "wechat"},
            {"uid": 2, "unionid": "NULL", "openid": "NULL", "routine_openid": "om2", "nickname": "b", "headimgurl": "", "sex": 0,
             "add_time": 1600000000, "user_type": "routine"}]
    texts = {"eb_wechat_user.csv": moved_users.table(rows).replace('"NULL"', "NULL"),
             "eb_user.csv": moved_users.table([{"uid": 1, "phone": "13900000001"}, {"uid": 2, "phone": ""}])}
    for kind, column, openids in ("mini", "routine_openid", ["om1", "om2"]), ("official", "openid", ["oo1"]):
        done = moving.bring(texts, "--from", "crmeb", "--map", f"openid={column}", app=moving.apps[kind])
        assert done.returncode == 0, done.stderr
        assert [*moving.users(app=moving.apps[kind])] == openids
    assert moving.users(app=moving.apps["mini"])["om2"]["externalId"] == "2"


def test_a_platform_of_leancloud_has_a_name_of_its_own(moving):
    """Its openid is called uid."""
    auth = {"wxshop": {"platform": "weixin", "uid": "o1", "main_account": False, "access_token": "x", "unionid": "u1"}}
    text = moved_users.lines([{"objectId": "a", "authData": auth, "mobilePhoneVerified": False,
                               "createdAt": {"__type": "Date", "iso": "2020-01-02T03:04:05.678Z"}}])
    done = moving.bring({"_User.0.jsonl": text}, "--from", "leancloud", "--map",
                        "openid=authData.wxshop.uid,unionid=authData.wxshop.unionid")
    assert done.returncode == 0, done.stderr
    user, = moving.users().values()
    assert [user[name] for name in ("openid", "unionid", "externalId", "createdAt")] == [
        "o1", "u1", "a", "2020-01-02T03:04:05.678000Z"]


def test_a_bad_line_of_a_further_table_is_left_out_too(moving):
    texts = moved_users.crmeb(moved_users.people(moving.unique, 2), "mini")
    texts["eb_user.csv"] += '"3","a"b\r\n'
    done = moving.bring(texts, "--from", "crmeb")
    assert done.returncode == 1 and "eb_user.csv: line 4: something follows the quote" in done.stderr
    assert "add --skip-bad, which leaves it out" in done.stderr
    done = moving.bring(texts, "--from", "crmeb", "--skip-bad")
    assert done.returncode == 1 and "2 lines applied" in done.stdout
    assert len(moving.users()) == 2


def test_a_missing_file_is_named(moving):
    texts = moved_users.yudao(moved_users.people("x", 2), "mini")
    del texts["member_user.csv"]
    done = moving.bring(texts, "--from", "yudao")
    assert done.returncode == 1 and "the file of the table member_user is missing" in done.stderr


def test_two_apps_of_a_system_give_one_account(moving, stack):
    """By the unionid, and without one by the id of the system, if both imports name it."""
    persons = moved_users.people(moving.unique, 40)
    n_by_id = len([person for person in persons if person.unionid is None])
    for kind, n_joined in ("mini", 0), ("official", n_by_id):
        for option in ["--dry-run"], []:
            done = moving.bring(moved_users.uni_id(persons, kind), "--from", "uni-id", "--source", "shop", *option,
                                app=moving.apps[kind])
            assert done.returncode == 0, done.stderr
            assert f"; {n_joined} users joined the account of their id\n" in done.stdout
    accounts = stack.sql("SELECT openid, HEX(account_id) FROM wechat_user "
                         f"WHERE tenant_id = {moving.tenant}")
    by_openid = dict(map(tuple, accounts))
    for person in persons:
        assert by_openid[person.mini] == by_openid[person.official], person.n
    assert stack.count("external_id", f"tenant_id = {moving.tenant}") == 40


def account_of(moving, openid):
    (account,), = moving.stack.sql(
        f"SELECT HEX(account_id) FROM wechat_user WHERE tenant_id = {moving.tenant} AND openid = '{openid}'")
    return account


def test_strangers_of_two_systems_with_one_id_stay_apart(moving, stack):
    """Whether the imports name one system, two, or none; the dry run lists them, too."""
    persons = moved_users.people(moving.unique, 3)
    official = moving.apps["official"]
    assert moving.bring(moved_users.crmeb(persons, "mini"), "--from", "crmeb").returncode == 0
    strangers = [moved_users.Person(f"x{moving.unique}", n) for n in (1, 2, 3)]
    strangers[1].phone = persons[1].phone
    strangers[2].phone = ""
    texts = moved_users.crmeb(strangers, "official")
    # Without a name nobody is joined, whatever else is known of both.
    for option in ["--dry-run"], []:
        done = moving.bring(texts, "--from", "crmeb", *option, app=official)
        assert done.returncode == 0 and "; 0 users joined" in done.stdout, done.stderr
        assert complaints(done) == [
            "line 2: the person whose id it is has another unionid or phone, and is not joined; if it is one person: wxuserctl "
            "account merge",
            "line 3: the person whose id it is has another unionid or phone, and is not joined; if it is one person: wxuserctl "
            "account merge",
            "line 4: the person whose id it is is not joined; if both files are of one system, name it: --source NAME"]
    for person, stranger in zip(persons, strangers):
        assert account_of(moving, person.mini) != account_of(moving, stranger.official)
    assert stack.count("external_id", f"tenant_id = {moving.tenant}") == 3
    again = moving.bring(texts, "--from", "crmeb", app=official)
    assert "3 as they were" in again.stdout and complaints(again) == [
        f"line {n}: the id is another account's, which keeps it" for n in (2, 3, 4)]


@pytest.mark.parametrize("differs", ["unionid", "phone"])
def test_a_stranger_is_not_joined_by_a_name_either(moving, differs):
    columns = {"unionid": ("u1", "u2"), "phone": ("13900000001", "13900000002")}
    for app, value in zip(moving.apps.values(), columns[differs]):
        done = moving.bring(f"openid,id,{differs}\no{value},17,{value}\n", "--source", "shop", app=app)
        assert done.returncode == 0 and "; 0 users joined" in done.stdout, done.stderr
    assert "has another unionid or phone, and is not joined" in done.stderr
    assert account_of(moving, f"o{columns[differs][0]}") != account_of(moving, f"o{columns[differs][1]}")


def test_each_system_has_ids_of_its_own(moving, stack, ctl, tmp_path, unique):
    """The systems' names come and go with their ids."""
    apps, a, b = [*moving.apps.values()], f"oa{unique}", f"ob{unique}"
    for app, openid, source in zip(apps, (a, b), ("crm", "shop.2")):
        done = moving.bring(f"openid,id\n{openid},17\n", "--source", source, app=app)
        assert done.returncode == 0 and done.stderr == "", done.stderr
    assert account_of(moving, a) != account_of(moving, b)
    key = re.search(r"wxk_\w+", ctl.out("key", "add", "--tenant", moving.tenant, "--name", "k", "--scopes", "read"))[0]
    for more, openids in (({}, [a, b]), ({"external_source": "crm"}, [a]), ({"external_source": "shop.2"}, [b]),
                          ({"external_source": ""}, []), ({"external_source": "no"}, [])):
        found = stack.request("POST", "/v1/users/find", {"external_id": "17", **more}, key=key).json["users"]
        assert [user["user"]["openid"] for user in found] == openids, more
    assert moving.bring(f"openid,id\n{a},18 19\n", "--source", "crm").returncode == 0
    assert moving.bring(f"openid,id\n{a},20\n").returncode == 0
    user = moving.users()[a]
    assert (user["externalId"], user["externalSource"]) == ("17 18 19 20", "crm crm crm -")
    shown = json.loads(ctl.out("user", "show", "--json", a))
    assert [known["source"] for known in shown["external_ids"]] == ["crm", "crm", "crm", ""]
    assert "external  **, of crm, since " in ctl.out("user", "show", a)
    other = Moving(stack, ctl, tmp_path, f"x{unique}")
    assert other.bring(moving.exported()).returncode == 0
    assert other.exported() == moving.exported()


@pytest.mark.parametrize("text, said", [
    ("openid,id,externalSource\no1,17,a b\n", "is not a name for each id"),
    ("openid,id,externalSource\no1,17 18,a\n", "is not a name for each id"),
    ("openid,id,externalSource\no1,,a\n", "is not a name for each id"),
    ("openid,id,externalSource\no1,17,系统\n", "is not a name for each id"),
    ("openid,id,externalSource\no1,17," + "a" * 33 + "\n", "is not a name for each id"),
])
def test_a_bad_name_of_a_system_in_a_file_is_refused(unmoved, text, said):
    done = unmoved.bring(text)
    assert done.returncode == 1 and said in done.stderr
    assert unmoved.stored() == []


@pytest.mark.parametrize("name", ["-", "a b", "系统", "a" * 33])
def test_a_bad_name_of_a_system_is_wrong_usage(unmoved, name):
    done = unmoved.bring("openid\no1\n", "--source", name)
    assert done.returncode == 64 and "--source" in done.stderr
    assert unmoved.stored() == []


def test_what_the_documents_say_is_run(moving, ctl):
    """Each line of docs/moving-in.md about users, as it stands there."""
    document = pathlib.Path(__file__).parents[2] / "docs" / "moving-in.md"
    said = [line for line in document.read_text().splitlines() if line.startswith("wxuserctl users ")]
    assert len(said) == 10
    moving.write({"users.csv": "openid,昵称\no1,a\no2,b\n", "users.csv.bad": "openid\no2\n", "openids.ndjson": '{"ori_openid":"o1","new_openid":"n1"}\n',
                  **moved_users.leancloud(moved_users.people(moving.unique, 3), "mini")})
    program = " ".join(map(str, ctl.command))
    for line in said:
        done = subprocess.run(["sh", "-c", f'wxuserctl() {{ {program} "$@"; }}\n{line.replace("APPID", moving.app)}'],
                              cwd=moving.folder, capture_output=True, text=True, timeout=60, env=ctl.environment({}))
        assert done.returncode == 0, (line, done.stderr)
    assert {openid: user["name"] for openid, user in moving.users().items()} == {"o1": "a", "o2": "b"}
    assert (moving.folder / "exported.csv").read_text().count("\n") == 3


# ---- What is stored already.


def test_what_the_user_has_set_here_stays(moving, stack):
    assert moving.bring("openid,name,phone,createdAt\no1,old,13900000001,2020-01-01\n").returncode == 0
    stack.sql(f"UPDATE wechat_user SET name = 'mine', user_set = 1 WHERE tenant_id = {moving.tenant}")
    done = moving.bring("openid,name,phone,createdAt\no1,old,13900000002,2021-01-01\n")
    assert "1 changed" in done.stdout
    user, = moving.users().values()
    assert (user["name"], user["phone"], user["createdAt"]) == ("mine", "13900000002", "2019-12-31T16:00:00.000000Z")


def test_a_time_is_refused_as_soon_as_it_is_ahead(moving):
    """Somebody who could confirm a phone ahead of time would keep it."""
    ahead, before = (moved_users.iso(time.time() + seconds) for seconds in (1800, -1800))
    assert "is in the future" in moving.bring(f"openid,createdAt\no1,{ahead}\n").stderr
    assert moving.bring(f"openid,createdAt\no1,{before}\n").returncode == 0


def test_what_a_server_has_saved_is_no_login(stack, ctl, tmp_path, unique):
    """Neither by itself nor together with an import that knows of none; an authorization is one."""
    path = tmp_path / "users.csv"
    saved, known, resident = (f"o{name}{unique}" for name in ("s", "k", "r"))

    def exported():
        text = ctl.out("users", "export", "--app", MINI)
        users = {user["openid"]: user["lastLoginAt"] for user in csv.DictReader(io.StringIO(text[1:], newline=""))}
        return [users[openid] for openid in (saved, known, resident)]

    for openid in saved, known:
        stack.save(openId=openid, nickName="a")
    path.write_text(f"openid,name,lastLoginAt\n{saved},a,\n{known},a,2024-01-05\n{resident},a,\n")
    assert ctl.run("users", "import", "--app", MINI, str(path)).returncode == 0
    stack.save_resident(resident, new_phone())
    assert exported() == ["", "2024-01-04T16:00:00.000000Z", ""]
    assert "3 as they were" in ctl.run("users", "import", "--app", MINI, str(path)).stdout
    for openid in saved, resident:
        found, = json.loads(ctl.out("user", "find", "--openid", openid, "--json"))
        assert found["last_login_at"] is None and found["state"] == "new", found
    assert stack.authorize({"openId": saved}, MINI, key=stack.key).status == 200
    found, = json.loads(ctl.out("user", "find", "--openid", saved, "--json"))
    assert found["last_login_at"] is not None and found["state"] == "active", found


def test_who_has_closed_the_account_stays_away(moving, stack):
    assert moving.bring("openid,id\no1,1\n").returncode == 0
    stack.sql(f"UPDATE wechat_user SET is_closed = 1 WHERE tenant_id = {moving.tenant}")
    done = moving.bring("openid,name\no1,a\n")
    assert "the person has closed the account here" in done.stderr and "1 refused" in done.stdout
    assert moving.users() == {}


def test_who_was_erased_stays_away(moving, stack, ctl):
    phone = new_phone()
    text = f"openid,name,phone,createdAt\no1,a,{phone},2020-01-01\no2,b,,2020-01-01\n"
    assert moving.bring(text).returncode == 0
    (user,), = stack.sql(f"SELECT id FROM wechat_user WHERE tenant_id = {moving.tenant} AND openid = 'o1'")
    ctl.out("user", "erase", user, stdin="yes\n")
    for option in ["--dry-run"], []:
        done = moving.bring(text, *option)
        assert complaints(done) == ["line 2: the person was erased here, and has not come back; the line is left out"]
        assert "0 users new, 0 changed, 1 as they were, 1 refused" in done.stdout
        assert "lines of persons who were erased here, and are left out: 1\n" in done.stdout
    assert [*moving.users()] == ["o2"]
    done = moving.bring(text, "--take-erased")
    assert done.returncode == 0 and "1 users new, 0 changed, 1 as they were, 0 refused" in done.stdout, done.stderr
    ctl.out("erasures", "replay")
    assert sorted(moving.users()) == ["o1", "o2"]
    assert stack.count("audit", f"tenant_id = {moving.tenant} AND details LIKE '%\"takes_erased\":true%'") == 1


def test_a_file_is_not_believed_before_a_login(stack, ctl, tmp_path, unique):
    path = tmp_path / "users.csv"
    stack.log_in(MINI, openid=f"o{unique}")
    stack.log_in(OFFICIAL, openid=f"p{unique}", unionid=f"u{unique}")
    path.write_text(f"openid,unionid\no{unique},u{unique}\n")
    n_accounts = stack.count("account_alias")
    for option in ["--dry-run"], []:
        done = ctl.run("users", "import", "--app", MINI, *option, str(path))
        assert complaints(done) == [
            "line 2: the unionid is another account's, and somebody has logged in to this one: both stay as they are; if it is one "
            "person: wxuserctl account merge"]
        assert "1 as they were" in done.stdout and "unionids that are not taken: 1\n" in done.stdout
    assert stack.count("account_alias") == n_accounts


def test_collisions_are_listed_by_their_lines(moving, stack):
    text = ("openid,unionid,id,phone,phoneConfirmed\n"
            "o1,u1,1,13900000001,2024-01-01\no2,u1,2,13900000001,2023-01-01\no3,u3,1,,\n")
    done = moving.bring(text, "--phones-confirmed")
    assert done.returncode == 0
    assert complaints(done) == ["line 3: the unionid ** is also on line 2", "line 3: the phone 139****0001 is also on line 2",
                                "line 4: the id * is also on line 2"]
    done = moving.bring(text, "--phones-confirmed")
    assert "0 users new, 0 changed" in done.stdout
    assert "line 3: another account has confirmed the phone since, and keeps it" in complaints(done)
    assert "line 4: the id is another account's, which keeps it" in complaints(done)
    assert stack.sql("SELECT openid, reason FROM account_conflict c JOIN wechat_user u ON u.id = c.wechat_user_id "
                     f"WHERE u.tenant_id = {moving.tenant}") == [["o2", "2"]]
    assert stack.count("account", f"tenant_id = {moving.tenant} AND confirmed_phone_at = '2023-12-31 16:00:00'") == 1
    assert stack.count("account", f"tenant_id = {moving.tenant} AND confirmed_phone_at IS NOT NULL") == 1


def test_the_last_confirmation_counts_whatever_the_order(moving, stack):
    text = "openid,phone,phoneConfirmed\no1,13900000001,2023-01-01\no2,13900000001,2024-01-01\n"
    for _ in range(2):
        assert moving.bring(text, "--phones-confirmed").returncode == 0
        assert {openid: user["phoneConfirmed"] for openid, user in moving.users().items()} == {
            "o1": "", "o2": "2023-12-31T16:00:00.000000Z"}


def test_a_yes_without_a_date_takes_the_phone_of_nobody(moving, stack):
    """Who has confirmed it here keeps it, however often the file is imported."""
    for own, other in (("o1", "o2"), ("o3", "o4")):
        phone = new_phone()
        assert moving.bring(f"openid,phone,phoneConfirmed\n{own},{phone},2024-01-01\n{other},,\n",
                            "--phones-confirmed").returncode == 0
        claim = f"openid,phone,phoneConfirmed\n{other},{phone},1\n"
        # One who is known, and one who is new.
        done = moving.bring(claim if other == "o2" else claim.replace("o4", "o5"), "--phones-confirmed")
        assert complaints(done) == ["line 2: another account has confirmed the phone since, and keeps it"]
        assert moving.users()[own]["phoneConfirmed"] == "2023-12-31T16:00:00.000000Z"
    text = f"openid,phone,phoneConfirmed\no6,{new_phone()},1\n"
    assert "1 users new" in moving.bring(text, "--phones-confirmed").stdout
    before = moving.stored()
    assert "1 as they were" in moving.bring(text, "--phones-confirmed").stdout and moving.stored() == before


@pytest.mark.parametrize("n_between", [0, 300])
def test_the_last_confirmation_counts_within_a_transaction_and_across(moving, stack, n_between):
    """Of many who say that they have confirmed a phone; others may stand between them."""
    days = [3, 1, 4, 2, 4]
    lines = [f"o{n},13900000001,2024-01-0{day}\n" + "".join(f"x{n}-{k},,\n" for k in range(n_between))
             for n, day in enumerate(days)]
    text = "openid,phone,phoneConfirmed\n" + "".join(lines)
    for time in range(2):
        assert moving.bring(text, "--phones-confirmed").returncode == 0
        assert [openid for openid, user in moving.users().items() if user["phoneConfirmed"]] == ["o2"]
        assert len(moving.users()) == 5 * (n_between + 1)
    assert stack.count("account", f"tenant_id = {moving.tenant} AND confirmed_phone_hash IS NOT NULL") == 1


def audited(moving, action="users.import"):
    return moving.stack.sql("SELECT subject, details FROM audit "
                            f"WHERE tenant_id = {moving.tenant} AND action = '{action}' ORDER BY id")


def test_an_import_is_audited_as_it_begins_and_ends(moving):
    moving.bring("openid\n" + "".join(f"o{n}\n" for n in range(600)))
    assert audited(moving) == [
        [moving.app, '{"state":"begun","lines":600}'],
        [moving.app, '{"state":"complete","new":600,"same":0,"changed":0,"refused":0}']]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_import_that_is_stopped_says_how_far_it_came(moving, stack, ctl, number):
    path, = moving.write({"my users.csv": "openid\n" + "".join(f"o{n}\n" for n in range(20000))})
    words = ["users", "import", "--app", moving.app, path]
    run = subprocess.Popen([*ctl.command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           env=ctl.environment({}))
    where = f"tenant_id = {moving.tenant}"
    limit = time.monotonic() + 60
    while stack.count("wechat_user", where) == 0 and run.poll() is None:
        assert time.monotonic() < limit
    run.send_signal(number)
    stdout, stderr = run.communicate(timeout=60)
    n_stored = stack.count("wechat_user", where)
    assert 0 < n_stored < 20000 and run.returncode == 1 and stdout == "", stderr
    stopped, how_far = stderr.splitlines()
    assert stopped.endswith("my users.csv: stopped by a signal")
    assert f"my users.csv: line {n_stored + 1} and those before it are applied; to go on, run again: " in how_far
    assert how_far.endswith(f" users import --app {moving.app} '{path}'"), how_far
    assert [details for _, details in audited(moving)] == [
        '{"state":"begun","lines":20000}',
        f'{{"state":"stopped","new":{n_stored},"same":0,"changed":0,"refused":0}}']
    done = ctl.run(*words)
    assert done.returncode == 0 and f"{20000 - n_stored} users new, 0 changed, {n_stored} as they were" in done.stdout


def test_a_killed_import_is_run_again(moving, stack, ctl, tmp_path, unique):
    persons = moved_users.people(unique, 3000)
    paths = moving.write(moved_users.uni_id(persons, "mini"))
    words = ["users", "import", "--app", moving.app, "--from", "uni-id", "--phones-confirmed", *paths]
    run = subprocess.Popen([*ctl.command, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env=ctl.environment({}))
    where = f"tenant_id = {moving.tenant}"
    limit = time.monotonic() + 60
    while stack.count("wechat_user", where) == 0 and run.poll() is None:
        assert time.monotonic() < limit
    run.kill()
    run.wait()
    n_stored = stack.count("wechat_user", where)
    assert 0 < n_stored < 3000
    assert ctl.run(*words).returncode == 0
    other = Moving(stack, ctl, tmp_path, f"x{unique}")
    assert other.run("--from", "uni-id", "--phones-confirmed", *paths).returncode == 0
    assert moving.exported() == other.exported()
    assert stack.count("account", where) == stack.count("account", f"tenant_id = {other.tenant}")


# ---- A login.


def check_that_logins_land(stack, mini, official, unionid, phone, external_id):
    """Those of each dialect, of the person who was imported as mini under the name 小明."""
    (account,), = stack.sql(f"SELECT LOWER(HEX(account_id)) FROM wechat_user WHERE openid = '{mini}'")
    n_users = stack.count("wechat_user")
    logged_in = stack.log_in(MINI, openid=mini, unionid=unionid)
    assert logged_in["id"].replace("-", "").lower() == account
    token = stack.token(MINI, openid=mini)
    me = stack.request("GET", "/v1/me", key=token).json
    assert (me["account_id"], me["profile"]["name"]) == (logged_in["id"], "小明")
    login = stack.request("POST", "/v1/login", {"appid": MINI, "code": stack.code(MINI, openid=mini)["code"]})
    assert login.status == 200, login
    session = stack.session(MINI, openid=mini)
    answer = stack.authorize({"openId": mini, "session_key": session["session_key"]}, MINI)
    assert answer.status == 200, answer
    assert stack.user(mini)["name"] == "小明" and stack.user(mini)["phone"] == phone
    stack.save_resident(mini, new_phone())
    assert stack.log_in(OFFICIAL, openid=official, unionid=unionid)["id"] == logged_in["id"]
    assert stack.count("wechat_user") == n_users + 1
    found = stack.request("POST", "/v1/users/find", {"external_id": external_id}, key=stack.key).json["users"]
    assert {(user["account_id"], user["user"]["openid"]) for user in found} == {
        (logged_in["id"], mini), (logged_in["id"], official)}


def test_a_login_lands_on_the_imported_account(stack, ctl, tmp_path, unique):
    mini, phone, old = f"om{unique}", new_phone(), f"旧{unique}"
    path = tmp_path / "users.csv"
    path.write_text(f"openid,unionid,id,name,phone,createdAt\n{mini},u{unique},{old},小明,{phone},2020-01-01\n")
    done = ctl.run("users", "import", "--app", MINI, str(path))
    assert done.returncode == 0, done.stderr
    check_that_logins_land(stack, mini, f"oo{unique}", f"u{unique}", phone, old)
    done = ctl.run("users", "import", "--app", MINI, str(path))
    assert "0 users new, 0 changed, 1 as they were" in done.stdout


def test_ids_that_a_line_has_no_room_for_are_told(moving, stack, ctl):
    assert moving.bring("openid,id\no1,1 2 3 4 5 6 7 8\no2,\n", "--source", "a").returncode == 0
    (user,), = stack.sql(f"SELECT id FROM wechat_user WHERE tenant_id = {moving.tenant} AND openid = 'o1'")
    assert len(moving.users()) == 2
    stack.sql("INSERT INTO external_id (tenant_id, account_id, external_id, source, created_at) SELECT tenant_id, account_id, '9', 'a', "
              f"UTC_TIMESTAMP(6) FROM wechat_user WHERE id = {user}")
    for format in "csv", "ndjson":
        done = ctl.run("users", "export", "--app", moving.app, "--format", format)
        assert done.returncode == 1 and f"user {user}: 1 ids of other systems are left out" in done.stderr
        assert "o1" in done.stdout and "o2" in done.stdout


# ---- users remap.


def test_openids_are_changed_and_changed_back(moving, stack, ctl, tmp_path):
    assert moving.bring("openid,name\no1,a\no2,b\no3,c\nn3,d\n").returncode == 0
    before = moving.exported()
    path = tmp_path / "openids.ndjson"
    path.write_text('{"ori_openid":"o1","new_openid":"n1","err_msg":"ok"}\n{"ori_openid":"o2","new_openid":"n2","err_msg":"ok"}\n'
                    '{"ori_openid":"o3","new_openid":"n3","err_msg":"ok"}\n{"ori_openid":"o4","new_openid":"n4","err_msg":"ok"}\n')

    def remap(*options):
        done = ctl.run("users", "remap", "--app", moving.app, *options, str(path))
        assert done.returncode == 0, done.stderr
        return done

    done = remap("--dry-run")
    assert "2 users changed, 0 as they were, 1 not known, 1 whose new openid is another user's" in done.stdout
    assert "line 3: another user has the new openid" in done.stderr
    assert moving.exported() == before
    assert remap().stdout.endswith(done.stdout.split("\n")[1] + "\n")
    assert {openid: user["name"] for openid, user in moving.users().items()} == {"n1": "a", "n2": "b", "o3": "c", "n3": "d"}
    assert "0 users changed, 2 as they were" in remap().stdout
    assert "2 users changed" in remap("--undo").stdout
    assert moving.exported() == before
    assert audited(moving, "users.remap") == [[moving.app, details] for details in (
        '{"state":"begun","undo":false,"lines":4}',
        '{"state":"complete","undo":false,"changed":2,"same":0,"unknown":1,"taken":1}',
        '{"state":"begun","undo":false,"lines":4}',
        '{"state":"complete","undo":false,"changed":0,"same":2,"unknown":1,"taken":1}',
        '{"state":"begun","undo":true,"lines":4}',
        '{"state":"complete","undo":true,"changed":2,"same":0,"unknown":1,"taken":1}')]


def test_an_undo_changes_back_what_was_changed(stack, ctl, tmp_path, unique):
    old, new, known, since = (f"{name}{unique}" for name in ("oa", "ob", "oc", "od"))
    path = tmp_path / "users.csv"
    path.write_text(f"openid\n{old}\noe{unique}\n")
    assert ctl.run("users", "import", "--app", MINI, str(path)).returncode == 0
    stack.log_in(MINI, openid=known)
    path.write_text(f"oldOpenid,newOpenid\n{old},{new}\nox{unique},{known}\noe{unique},{since}\n")
    assert "2 users changed, 1 as they were" in ctl.run("users", "remap", "--app", MINI, str(path)).stdout
    logged_in = stack.log_in(MINI, openid=since)
    for option in ["--dry-run"], []:
        done = ctl.run("users", "remap", "--app", MINI, "--undo", *option, str(path))
        assert "1 users changed" in done.stdout
        assert "1 users not changed by a remap, 1 who have logged in since\n" in done.stdout
        assert complaints(done) == ["line 3: no users remap has given the user this openid; it stays as it is",
                                    "line 4: the user has logged in with the new openid since; it stays"]
    assert stack.count("wechat_user", f"openid IN ('{old}', '{known}', '{since}')") == 3
    assert stack.log_in(MINI, openid=since)["id"] == logged_in["id"]
    # What was changed back is a user as any other.
    assert "0 users changed" in ctl.run("users", "remap", "--app", MINI, "--undo", str(path)).stdout


@pytest.mark.parametrize("lines, said", [
    ("o1,n1\no2,n1\n", "line 3: the new openid is also on an earlier line"),
    ("o1,o2\no2,n2\n", "line 3: the old openid is the new one of an earlier line"),
    ("o2,n2\no1,o2\n", "line 3: the new openid is the old one of an earlier line"),
    ("o1,o2\no2,o1\n", "line 3: the new openid is the old one of an earlier line"),
])
def test_an_openid_that_would_depend_on_the_order_is_refused(moving, ctl, tmp_path, lines, said):
    assert moving.bring("openid\no1\no2\n").returncode == 0
    path = tmp_path / "openids.csv"
    path.write_text(f"oldOpenid,newOpenid\n{lines}")
    for option in ["--dry-run"], []:
        done = ctl.run("users", "remap", "--app", moving.app, *option, str(path))
        assert done.returncode == 1 and said in complaints(done)
        assert "1 line has an openid of another line, nothing was applied" in done.stderr
    assert sorted(moving.users()) == ["o1", "o2"]


def test_a_token_stays_with_its_user(stack, ctl, tmp_path, unique):
    token = stack.token(MINI, openid=f"o{unique}")
    path = tmp_path / "openids.csv"
    path.write_text(f"原openid,新openid\no{unique},n{unique}\n")
    assert ctl.run("users", "remap", "--app", MINI, str(path)).returncode == 0
    assert stack.request("GET", "/v1/me", key=token).json["user"]["openid"] == f"n{unique}"
    answer = stack.request("POST", "/v1/introspect", f"token={token}", key=stack.key,
                           headers={"Content-Type": "application/x-www-form-urlencoded"}).json
    assert answer["active"] and answer["openid"] == f"n{unique}"


# ---- Many.


N_MANY = 100000


class Many:
    """The import of many lines, into an app by a ctl."""

    def __init__(self, ctl, app, paths, *options):
        self.command = [*ctl.command, "users", "import", "--app", app, *options, *paths]
        self.environment = ctl.environment({})

    def run(self, *options):
        done = subprocess.run([*self.command, *options], capture_output=True, text=True, timeout=1800, env=self.environment)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def run_until(self, is_enough):
        """Kills it then."""
        run = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment)
        limit = time.monotonic() + 1800
        while not is_enough():
            assert run.poll() is None and time.monotonic() < limit
        run.kill()
        run.wait()


def import_into_fresh_database(stack, app, paths, *options):
    """What an export prints afterwards."""
    with migrated_schema(stack, "wxuser_moved") as settings:
        ctl = Ctl(stack, **settings)
        tenant = ctl.out("tenant", "add", "moved").strip()
        ctl.out("app", "add", "--tenant", tenant, "--kind", "mini", "--appid", app, "--open-platform", "p", stdin="s\n")
        assert f"{N_MANY} users new" in Many(ctl, app, paths, *options).run()
        return ctl.out("users", "export", "--app", app, timeout=600)


@pytest.mark.long
@pytest.mark.parametrize("format", [*moved_users.FORMATS])
def test_100000_lines(moving, stack, ctl, format):
    persons = moved_users.people(moving.unique, N_MANY)
    paths = moving.write(moved_users.FORMATS[format](persons, "mini"))
    options = ["--from", format, "--phones-confirmed"]
    many = Many(ctl, moving.app, paths, *options)
    where = f"tenant_id = {moving.tenant}"

    assert f"{N_MANY} users new" in many.run("--dry-run")
    assert moving.stored() == []
    many.run_until(lambda: stack.count("wechat_user", where) > N_MANY // 3)
    n_new, n_same = map(int, re.search(r"^(\d+) users new, 0 changed, (\d+) as they were", many.run(), re.M).groups())
    assert n_new > 0 and n_same > N_MANY // 3 and n_new + n_same == N_MANY
    stored = moving.stored()
    assert f"0 users new, 0 changed, {N_MANY} as they were" in many.run()
    assert moving.stored() == stored
    check_moved(moving, persons, format, "mini")
    exported = moving.exported()
    assert import_into_fresh_database(stack, moving.app, paths, *options) == exported
    again = moving.write({"exported.csv": exported})
    assert import_into_fresh_database(stack, moving.app, again, "--phones-confirmed") == exported


@pytest.mark.long
def test_a_login_lands_on_one_of_100000(stack, ctl, tmp_path, unique):
    persons = moved_users.people(unique, N_MANY)
    person = persons[N_MANY // 2]
    person.name, person.unionid, person.phone = "小明", f"u{unique}", new_phone()
    path = tmp_path / "_User.0.jsonl"
    path.write_text(moved_users.leancloud(persons, "mini")[path.name])
    Many(ctl, MINI, [path], "--from", "leancloud", "--phones-confirmed").run()
    check_that_logins_land(stack, person.mini, person.official, person.unionid, person.phone, person.id)


def test_the_statements_use_an_index(stack, moving):
    """Of a table of many rows none is read whole."""
    where = f"tenant_id = {moving.tenant}"
    for statement in (
            f"SELECT id FROM wechat_user WHERE {where} AND app_id = 1 AND id > 5 ORDER BY id LIMIT 1000",
            f"SELECT account_id FROM external_id WHERE {where} AND external_id IN ('a', 'b')",
            f"SELECT id FROM account WHERE {where} AND (confirmed_phone_hash = 'a' OR confirmed_phone_hash = 'b') LIMIT 1"):
        plan = json.loads("".join(row[0].replace("\\n", "") for row in stack.sql(f"EXPLAIN FORMAT=JSON {statement}")))
        assert '"access_type": "ALL"' not in json.dumps(plan), statement
