"""wxuserctl, the operator's tool, on a schema of its own in the stack's MariaDB and on the running service."""

import datetime
import fcntl
import getpass
import json
import os
import pty
import re
import select
import subprocess
import termios
import unicodedata

import pytest

from ctl import DATABASE, KEY_FILES, Ctl, sql_as_root
from stack import wait_until

VERBS = ["conf sample", "keys create", "keys add", "keys rotate", "keys status", "keys drop", "keys verify", "migrate", "check", "status", "top",
         "reload", "upgrade", "reopen-logs", "drain", "socket clear", "maintenance on", "maintenance off", "maintenance status",
         "backup list", "jobs list", "jobs run", "tenant add", "tenant list", "tenant rename", "tenant disable", "tenant enable",
         "tenant logout-everywhere", "tenant set",
         "tenant settings", "app add", "app list", "app moves", "app set",
         "app set-secret", "app set-push", "app remove", "key add", "key list", "key set", "key rotate", "key revoke", "operator add", "operator list", "operator revoke",
         "account set", "account conflicts", "account merge", "account merges", "account dismiss",
         "account disable", "account enable", "account logout-everywhere",
         "stats", "login list", "communities import", "communities export", "members import", "members export", "member erase",
         "regions import", "user find", "user list", "user show", "user erase", "user export", "user reopen", "user pending", "users import",
         "users export", "users remap", "erasures replay", "erasures export",
         "erasures import", "audit verify", "audit list", "audit export", "errors export", "routes", "completion bash"]
MINI = ["--tenant", "1", "--kind", "mini"]


@pytest.fixture(scope="module")
def helps(stack):
    """What each command says to --help."""
    ctl = Ctl(stack)
    return {verb: ctl.out(*verb.split(), "--help") for verb in VERBS}


def test_a_terminal_shows_each_help_without_a_fold(helps):
    columns = lambda line: sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in line)
    wide = {verb: [line for line in text.splitlines()[1:] if columns(line) > 80] for verb, text in helps.items()}
    assert {verb: lines for verb, lines in wide.items() if lines} == {}


def test_help_lists_every_command(ctl):
    text = ctl.out("--help")
    assert re.findall(r"^  ([a-z][\w-]*(?: [\w-]+)?) +[A-Z]", text, re.M) == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_each_command_has_help(helps, verb):
    text = helps[verb]
    assert text.startswith(f"Usage: wxuserctl [--config FILE] {verb}")
    assert text.count("\n") >= 3


def test_a_noun_lists_its_commands(ctl):
    for words in ["tenant"], ["tenant", "--help"]:
        listed = re.findall(r"^  ([\w -]+?) +[A-Z]", ctl.out(*words), re.M)
        assert listed == [verb for verb in VERBS if verb.startswith("tenant ")]


def test_version(ctl):
    for word in "--version", "-v", "-V", "version":
        assert re.fullmatch(r"wxuser \d+\.\d+\.\d+\n", ctl.out(word))


def test_help_is_found_by_each_usual_word(ctl):
    for words in ["-h"], ["help"]:
        assert ctl.out(*words) == ctl.out("--help")
    for words in ["help", "tenant"], ["tenant", "-h"], ["help", "tenant", "--help"]:
        assert ctl.out(*words) == ctl.out("tenant")
    for words in ["help", "tenant", "add"], ["-h", "tenant", "add"]:
        assert ctl.out(*words) == ctl.out("tenant", "add", "--help")
    done = ctl.run("help", "tenent", "add")
    assert done.returncode == 64 and "did you mean tenant add?" in done.stderr


@pytest.mark.parametrize("line, said", [
    ("", "a command is missing"),
    ("tenent", "unknown command or option: tenent; did you mean tenant?"),
    ("tenant remove 3", "unknown command: tenant remove; a tenant cannot be removed; to keep all of it out, run: wxuserctl tenant disable"),
    ("user enable 1", "unknown command: user enable; run: wxuserctl account enable"),
    ("user block 1", "unknown command: user block; run: wxuserctl account disable"),
    ("user unlock", "unknown command: user unlock; run: wxuserctl account enable"),
    ("user search", "unknown command: user search; run: wxuserctl user find"),
    ("member list --tenant 1", "unknown command: member list; run: wxuserctl user find --phone -"),
    ("key delete 3", "unknown command: key delete; to end an API key for good, run: wxuserctl key revoke"),
    ("app show x", "unknown command: app show; run: wxuserctl app list"),
    ("app delete x", "unknown command: app delete; to remove an app for good, look at first: wxuserctl app remove --help"),
    ("stop", "unknown command: stop; starting and stopping are the system's"),
    ("restart", "unknown command: restart; starting and stopping are the system's"),
    ("restore", "unknown command: restore; follow"),
    ("key revok 1", "unknown command or option: key revok; did you mean key revoke?"),
    ("user eras", "unknown command or option: user eras; did you mean user erase?"),
    ("key 5469a1b2c3d4e5f60718293a4b5c3408", "unknown command or option: key (not shown)\n"),
    ("13812345678", "unknown command or option: (not shown)\n"),
    ("user find --nam x", "unexpected argument --nam; did you mean --name?"),
    ("user find --phnoe=13812345678", "unexpected argument --phnoe; did you mean --phone?"),
    ("tenent add one", "unknown command or option: tenent add; did you mean tenant add?"),
    ("chekc", "unknown command or option: chekc; did you mean check?"),
    ("--verbose check", "unknown command or option: --verbose check"),
    ("check all", "unexpected argument (the word 1 behind the command"),
    ("migrate --force", "unexpected argument --force"),
    ("tenant add", "NAME is missing"),
    ("tenant add a b", "unexpected argument (the word 2 behind the command"),
    ("operator add a\u202eb", "NAME holds U+202E, which cannot be seen; type it anew"),
    ("tenant rename 1 \u200bshop", "NAME holds U+200B, which cannot be seen; type it anew"),
    ("key add --tenant 1 --scopes read --name a\u2066", "--name holds U+2066, which cannot be seen; type it anew"),
    ("app set wx1 --open-platform a\ufeffb", "--open-platform holds U+FEFF, which cannot be seen; type it anew"),
    ("operator add " + 65 * "x", "NAME must be 1 to 64 characters of UTF-8 without controls"),
    ("app add --kind mini --appid wx1", "--tenant is missing"),
    ("app add --tenant 0 --kind mini --appid wx1", "--tenant must be a number from 1"),
    ("app add --tenant 1 --kind micro --appid wx1", "--kind must be one of mini|official|mobile|web"),
    ("app add --tenant 1 --kind mini", "--appid is missing"),
    ("app add --tenant 1 --kind mini --appid wx1 --secret x", "unexpected argument --secret; the AppSecret is read from standard input"),
    ("key add --tenant 1 --name n --scopes all", "--scopes must be one or more of read,write,admin,wechat"),
    ("key add --tenant 1 --scopes read", "--name is missing"),
    ("key set --rate 1", "ID is missing"),
    ("key set 1 --rate 0", "--rate must be a number from 1"),
    ("key revoke", "ID is missing"),
    ("keys add erasure", "the argument must be one of sealing|lookup|audit"),
    ("key revoke x", "ID must be a number from 1"),
])
def test_wrong_usage(ctl, line, said):
    done = ctl.run(*line.split())
    assert done.returncode == 64 and done.stdout == ""
    assert done.stderr.startswith(f"wxuserctl: {said}") and done.stderr.count("\n") == 2


# Words that are near to those of commands which take something away.
NEAR_TO_HARM = ["user eraze it", "user ease", "user easy", "key revive", "key revoce", "key revolt", "app renove", "app resolve",
                "app restore", "operator invoke", "member erode", "member phase", "keys crop", "keys stop", "jobs ran", "jobs pan"]
TAKES_AWAY = {"user erase": 1, "key revoke": 1, "app remove": 1, "operator revoke": 1, "member erase": 1, "keys drop": 1, "jobs run": 1}


def test_what_takes_away_is_offered_for_one_wrong_letter_alone(ctl):
    offered = set()
    for line in NEAR_TO_HARM:
        said = ctl.run(*line.split()).stderr
        typed = " ".join(line.split()[:2])
        for name in TAKES_AWAY:
            if f"did you mean {name}?" in said:
                offered.add(typed)
    assert offered == {"user eraze", "user ease", "key revoce", "app renove", "keys crop", "jobs ran"}


@pytest.mark.parametrize("line, where", [
    ("app set-secret wx0123456789abcdef {it}", "the AppSecret is read from standard input"),
    ("app add --tenant 1 --kind mini --appid wx0123456789abcdef {it}", "the AppSecret is read from standard input"),
    ("app set-push wx0123456789abcdef {it}", "the Token and the EncodingAESKey are read from standard input"),
    ("user find {it}", "did you mean --phone -?"),
    ("user list --tenant 1 {it}", "wxuserctl user find"),
    ("login list {it}", "--app APPID --openid -"),
    ("user show {it}", "wxuserctl user find --phone -"),
    ("user export {it}", "wxuserctl user find --phone -"),
    ("user reopen {it}", "wxuserctl user find --phone -"),
    ("user erase {it}", "wxuserctl user find"),
    ("account disable {it}", "wxuserctl user find --phone -"),
    ("account set {it} can_balance_pay true", "wxuserctl user find --phone -"),
    ("account set 1 can_balance_pay {it}", "true|false|none"),
    ("account merge {it} {it} --commit", "wxuserctl user find --phone -"),
    ("key revoke {it}", "ID must be a number from 1"),
    ("tenant {it}", "lists the commands"),
    ("check {it}", "not shown"),
    ("check --{it}", "not shown"),
])
def test_no_argument_that_may_be_secret_is_printed(migrated, line, where):
    for it in "5469a1b2c3d4e5f60718293a4b5c3408", "13812345678", "oA1b2C3d4E5f6G7h8I9j0K1l2M3n":
        done = migrated.run(*line.format(it=it).split())
        assert done.returncode in (1, 64) and it not in done.stdout + done.stderr and where in done.stderr, done


BAD_VALUES = [
    ("login list --since tomorrow", "--since: a time is 2026-11-29"),
    ("login list --openid oOne", "--openid needs the openid's app: --app APPID"),
    ("key add --tenant 1 --name n --scopes read --expires morgen", "--expires: write the last day"),
    ("key add --tenant 1 --name n --scopes read --networks here", "--networks: here is no network"),
    ("key set 1", "say what to set: --rate N"),
    ("key set 1 --expires 0", "--expires: write the last day"),
    ("key set 1 --networks 10.0.0.0/99", "--networks: 10.0.0.0/99 is no network"),
    ("key rotate 1 --overlap 400", "--overlap must be a number of days, 0 to"),
    ("key rotate 1 --expires x", "--expires: write the last day"),
    ("keys rotate sealing --give-up 1", "--give-up and --dry-run are for the look-up key"),
    ("user erase oOne", "give the number of the user, which"),
    ("user erase 0", "give the number of the user, which"),
    ("login list --user x", "--user must be a number from 1"),
    ("login list --user 1 --app wx01", "--user goes without --app, --openid and --request-id"),
    ("stats --days 1000000", "--days: at most"),
    ("audit export --since 0h", "--since: a time is 2026-11-29"),
    ("audit export --since 9999999999d", "--since: a time is 2026-11-29"),
    ("user list --tenant 1 --login-before 2026-13-01", "--login-before: a time is 2026-11-29"),
    ("audit verify --since 9", "--since: a head is TENANT:LINK:MAC"),
    ("tenant set 1 trial_days x", "trial_days must be 0 to 36500"),
    ("tenant set 1 trial_day 1", "there is no setting trial_day; did you mean trial_days?"),
    ("account merge", "give two accounts"),
    ("app set wx01", "say what to set: --open-platform NAME or --default"),
    ("app add --tenant 1 --kind mini --appid a,b", "--appid: this is none"),
    ("users import --app wx01 --map oid {none}", "--map"),
]


def test_a_value_that_can_never_be_right_is_wrong_usage(migrated, tmp_path):
    migrated.out("tenant", "add", "one")
    migrated.out("app", "add", *MINI, "--appid", "wx01", stdin="s\n")
    for line, said in BAD_VALUES:
        done = migrated.run(*line.format(none=tmp_path / "none").split())
        assert (done.returncode, done.stdout) == (64, ""), (line, done)
        assert done.stderr.startswith(f"wxuserctl: {said}"), (line, done)


@pytest.mark.parametrize("past, future", [
    ("{local}", "{soon}"), ("{minute}", "{soon}"), ("{utc}", "{soon}"), ("today", "{soon}"), ("yesterday", "{soon}"), ("2h", "{soon}"),
    ("7200s", "{soon}"), ("120m", "{soon}"), ("3d", "{soon}")])
def test_times_are_taken_as_they_are_printed(migrated, past, future):
    now = datetime.datetime.now(datetime.timezone.utc)
    begin = (now + datetime.timedelta(hours=8)).replace(microsecond=0, tzinfo=None)
    texts = {"local": str(begin - datetime.timedelta(hours=1)), "soon": str(begin + datetime.timedelta(hours=1)),
             "minute": f"{begin - datetime.timedelta(hours=1):%Y-%m-%d %H:%M}",
             "utc": f"{now - datetime.timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}
    migrated.out("tenant", "add", "one")
    entries = lambda since: migrated.out("audit", "export", "--tenant", "1", "--since", since.format(**texts)).splitlines()
    assert len(entries(past)) == 1 and entries(future) == []


def test_a_key_ends_at_the_time_or_after_the_day(migrated):
    migrated.out("tenant", "add", "one")
    for name, end in ("a", "2099-11-29 10:39:18"), ("b", "2099-11-29"):
        migrated.out("key", "add", "--tenant", "1", "--name", name, "--scopes", "read", "--expires", end)
    ends = [key["expires_at"][:19] for key in json.loads(migrated.out("key", "list", "--json"))]
    assert ends == ["2099-11-29T02:39:18", "2099-11-29T16:00:00"]


def test_a_bad_configuration_is_refused_by_every_command_that_reads_it(ctl):
    for verb in ("keys create", "migrate", "tenant list", "app list", "key list"):
        done = ctl.run(*verb.split(), server__workers_core="-1")
        assert done.returncode == 1 and done.stdout == ""
        assert "WXUSER_CONF_server__workers_core: workers_core must be" in done.stderr


def test_keys_are_made_once(empty, tmp_path):
    files = sealing, lookup, erasure, audit = [tmp_path / f"{name}.keys" for name in KEY_FILES]
    log = tmp_path / "erasures.log"
    settings = {**{f"keys__{path.stem}": path for path in files}, "keys__erasure_log": log}
    assert empty.out("keys", "create", **settings) == "".join(f"made  {path}\n" for path in files)
    assert {path.stat().st_mode & 0o777 for path in (*files, log)} == {0o600}
    made = [path.read_text() for path in files]
    assert len(set(made)) == 4
    lookup.unlink()
    log.write_text("kept\n")
    assert empty.out("keys", "create", **settings) == f"kept  {sealing}\nmade  {lookup}\nkept  {erasure}\nkept  {audit}\n"
    assert (sealing.read_text(), erasure.read_text(), log.read_text()) == (made[0], made[2], "kept\n")

    for path in tmp_path / "none" / "keys", lookup / "keys":
        done = empty.run("keys", "create", keys__sealing=path)
        assert done.returncode == 1 and "does its directory exist" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_keys_are_given_to_the_services_user(ctl, tmp_path):
    settings = {f"keys__{name}": tmp_path / name for name in (*KEY_FILES, "erasure_log")}
    settings["database__control_user"] = ""
    ctl.out("keys", "create", "--new", server__user="nobody", **settings)
    assert len(list(tmp_path.iterdir())) == 5
    assert {path.owner() for path in tmp_path.iterdir()} == {"nobody"}
    state = tmp_path / "wxuser"
    state.mkdir()
    ctl.out("keys", "create", server__user="nobody", **{**settings, "keys__erasure_log": state / "erasures.log"})
    assert state.owner() == (state / "erasures.log").owner() == "nobody" and tmp_path.owner() == "root"
    settings["keys__sealing"] = tmp_path / "another.keys"
    done = ctl.run("keys", "create", "--new", server__user="nosuch", **settings)
    assert done.returncode == 1 and "[server] user names nosuch, who does not exist" in done.stderr


def test_migrate_says_what_it_applies_and_only_once(empty):
    first = empty.out("migrate").splitlines()
    assert re.fullmatch(r"0001_\w+", first[0])
    version = int(first[-2][:4])
    assert first[-1] == f"The schema is at version {version}."
    assert empty.out("migrate") == f"The schema is at version {version}.\n"


def test_migrate_goes_on_after_one_that_was_killed(stack, migrated):
    """In the middle of a statement, which waits here for a lock, and which the server may still do."""
    client = ["mariadb", "--no-defaults", f"--socket={stack.env['WXUSER_DB_SOCKET']}", f"--user={getpass.getuser()}",
              "--unbuffered", "-Nb", DATABASE]

    def n_that_wait():
        [row] = sql_as_root(stack, "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")
        return int(row.split()[1])

    def start():
        return subprocess.Popen([*migrated.command, "migrate"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=migrated.environment({}))

    sql_as_root(stack, f"DELETE FROM {DATABASE}.schema_version WHERE version >= 8")
    with subprocess.Popen(client, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        other.stdin.write("START TRANSACTION; INSERT INTO schema_version VALUES (8, '', UTC_TIMESTAMP(6)) RETURNING 1;\n")
        other.stdin.flush()
        assert other.stdout.readline() == "1\n"
        killed = start()
        wait_until(n_that_wait, 30, "the first one is in the middle")
        next_one = start()
        said = next_one.stderr.readline()
        assert re.fullmatch(rf"waits for \S+ pid {killed.pid}, which migrates since \S+ \S+ \(UTC\+8\)\n", said)
        killed.kill()
        killed.communicate()
        other.stdin.write("ROLLBACK;\n")
    sql_as_root(stack, f"UPDATE {DATABASE}.migration_lock SET expires_at = UTC_TIMESTAMP(6)")
    out, err = next_one.communicate(timeout=60)
    assert next_one.returncode == 0, err
    assert re.match("000[89]_", out) and "The schema is at version" in out


def test_migrate_renames_what_an_early_database_has(stack, migrated):
    sql_as_root(stack, f"USE {DATABASE}; RENAME TABLE membership TO user_member; "
                       "DELETE FROM schema_version WHERE version >= 12")
    assert migrated.out("migrate").startswith("0012_membership\n")
    sql_as_root(stack, f"SELECT COUNT(*) FROM {DATABASE}.membership")


def test_migrate_moves_the_bindings_of_an_early_database(stack, migrated):
    """Also if it was broken off after it had dropped the table."""
    sql_as_root(stack, f"""USE {DATABASE};
        INSERT INTO tenant (id, name, created_at) VALUES (71, 'early', UTC_TIMESTAMP(6));
        INSERT INTO member (id, tenant_id, row_uuid, phone, created_at) VALUES (71, 71, '', '', UTC_TIMESTAMP(6));
        INSERT INTO wechat_user (id, tenant_id, row_uuid, openid, created_at)
            SELECT seq, 71, seq, CONCAT('oEarly', seq), UTC_TIMESTAMP(6) FROM seq_71_to_73;
        CREATE TABLE member_binding (wechat_user_id INT PRIMARY KEY, member_id INT, slot INT);
        INSERT INTO member_binding VALUES (71, 71, 0), (72, 71, 72);
        ALTER TABLE wechat_user DROP FOREIGN KEY wechat_user_member, DROP KEY wechat_user_of_member,
            DROP COLUMN member_id, DROP COLUMN is_only_user;
        DELETE FROM schema_version WHERE version >= 14""")
    for _ in range(2):
        assert migrated.out("migrate").startswith("0014_user_member\n")
        assert sql_as_root(stack, "SELECT id, member_id, is_only_user, version "
                           f"FROM {DATABASE}.wechat_user WHERE tenant_id = 71 ORDER BY id") == [
            "71\t71\t1\t1", "72\t71\tNULL\t1", "73\tNULL\tNULL\t0"]
        sql_as_root(stack, f"DELETE FROM {DATABASE}.schema_version WHERE version >= 14")
    migrated.out("migrate")


def test_migrate_without_the_rights_says_so(stack, empty):
    done = empty.run("migrate", database__user="wxuser",
                     database__password_file=stack.state / "secret" / "wxuser.password")
    assert done.returncode == 1 and "Access denied for user 'wxuser'@'localhost'" in done.stderr
    assert "WXUSER_CONF_database__migration_user=root wxuserctl migrate" in done.stderr


def test_check_tells_a_right_that_is_missing(stack, migrated):
    done = migrated.run("check", database__user="wxuser",
                        database__password_file=stack.state / "secret" / "wxuser.password")
    assert done.returncode == 1 and "Access denied for user 'wxuser'@'localhost' to database" in done.stdout
    sql_as_root(stack, f"GRANT SELECT, INSERT, UPDATE ON {DATABASE}.* TO wxuser@localhost")
    text = migrated.run("check", database__user="wxuser",
                        database__password_file=stack.state / "secret" / "wxuser.password").stdout
    sql_as_root(stack, f"REVOKE ALL ON {DATABASE}.* FROM wxuser@localhost")
    assert re.search(r"^FAIL grants: `wxuser`@`localhost` lacks rights to \d+ tables, such as GRANT .*; run as an "
                     r"administrator of the database: wxuserctl migrate --grants \| mariadb$", text, re.MULTILINE), text
    assert re.search(r"^FAIL statements: wxuser is refused one: DELETE command denied ", text, re.MULTILINE), text


def test_migrate_needs_no_rights_where_nothing_is_missing(ctl):
    assert re.fullmatch(r"The schema is at version \d+\.\n", ctl.out("migrate"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_root_acts_as_the_services_user(ctl):
    """Who may not read the keys and the password that root may read."""
    done = ctl.run("tenant", "list", server__user="nobody", database__control_user="")
    assert done.returncode == 1 and "[database] password_file: " in done.stderr
    assert ctl.run("tenant", "list", server__user="nobody").returncode == 0
    done = ctl.run("check", server__user="nobody")
    assert done.returncode == 1 and re.search(r"FAIL keys: .*: user nobody may not (read it|enter )", done.stdout)
    done = ctl.run("tenant", "list", server__user="nosuch")
    assert done.returncode == 1 and "there is no user nosuch" in done.stderr


@pytest.mark.parametrize("words", ["tenant list", "app list", "app moves", "key list", "jobs list", "tenant settings 1"])
def test_a_list_that_failed_has_no_heading(ctl, words):
    done = ctl.run(*words.split(), database__socket="/nonexistent")
    assert (done.returncode, done.stdout) == (1, "")


def test_tenants(migrated):
    assert migrated.out("tenant", "list") == "    ID  DISABLED (UTC+8)     NAME\n"
    assert migrated.out("tenant", "add", "小店 😀") == "1\n"
    assert migrated.out("tenant", "add", "Corner Shop") == "2\n"
    assert migrated.out("tenant", "list") == "    ID  DISABLED (UTC+8)     NAME\n     1  -                    小店 😀\n     2  -                    Corner Shop\n"

    done = migrated.run("tenant", "add", "Corner Shop")
    assert done.returncode == 1 and "wxuserctl tenant list" in done.stderr
    for name in ("", "a\nb", "x" * 65, b"\xff"):
        assert migrated.run("tenant", "add", name).returncode == 64


def test_a_name_from_before_is_shown_with_escapes(stack, migrated):
    """Its characters change nothing else on the line."""
    migrated.out("tenant", "add", "shop")
    sql_as_root(stack, f"UPDATE {DATABASE}.tenant SET name = 'a\u202eb\u001b[2J'")
    assert migrated.out("tenant", "list").splitlines()[-1] == "     1  -                    a\\u202eb\\u001b[2J"


def test_accounts(migrated):
    for verb in ("disable", "enable", "logout-everywhere"):
        done = migrated.run("account", verb, "oNobody")
        assert done.returncode == 1 and "there is no account" in done.stderr


# A command with something in its place that does not exist, a line of standard input, and what it says.
NOTHING_FOUND = [
    ("stats --tenant 9", "", "there is no such tenant"),
    ("stats --app wx09", "", "there is no such app"),
    ("login list --app wx09", "", "there is no such app"),
    ("login list --app wx01 --openid -", "oNobody", "no login of this user was refused within 7 days"),
    ("login list --app wx01 --openid -", "", "standard input must hold a line"),
    ("login list --request-id 0123", "", "no login that was refused within 7 days has this request id"),
    ("users import --app wx09 {empty}", "", "there is no such app"),
    ("users export --app wx09", "", "there is no such app"),
    ("users remap --app wx09 {empty}", "", "there is no such app"),
    ("keys drop sealing 9", "", "the database knows no such key"),
    ("jobs run nothing", "", "there is no such job"),
    ("tenant rename 9 x", "", "there is no such tenant"),
    ("tenant disable 9", "", "there is no such tenant"),
    ("tenant enable 9", "", "there is no such tenant"),
    ("tenant logout-everywhere 9", "", "there is no such tenant"),
    ("tenant set 9 trial_days 3", "", "there is no such tenant"),
    ("tenant set 1 trial_dayz 3", "", "there is no setting trial_dayz"),
    ("tenant set 1 trial_days many", "", "trial_days must be 0 to 36500"),
    ("tenant set 9 retain_merge_days 3 --dry-run", "", "there is no such tenant"),
    ("tenant settings 9", "", "there is no such tenant"),
    ("tenant add two --default wx09", "", "--default: there is no app wx09"),
    ("app add --tenant 9 --kind mini --appid wx02 --default wx01", "s", "there is no such tenant"),
    ("app add --tenant 1 --kind mini --appid wx02 --default wx09", "s", "--default: there is no app wx09"),
    ("app set wx09 --default", "", "there is no such app"),
    ("app set-secret wx09", "s", "there is no such app"),
    ("app remove wx09", "", "there is no such app"),
    ("app set-secret wx01", "a b", "a line of 1 to 128 letters"),
    ("app set wx09 --open-platform main", "", "there is no such app"),
    ("app set wx01 --open-platform main", "", "it is in this Open Platform account already"),
    ("app set-push wx09", "Token", "there is no such app"),
    ("key add --tenant 9 --name n --scopes read", "", "there is no such tenant"),
    ("key list --tenant 9", "", "there is no such tenant"),
    ("key set 9 --rate 1", "", "there is no such key"),
    ("key rotate 9", "", "there is no such key; see: wxuserctl key list"),
    ("key revoke 9", "", "there is no such key"),
    ("operator revoke 9", "", "there is no such operator"),
    ("account set oNobody can_balance_pay true", "", "there is no account"),
    ("account merge oNobody oNone --commit", "", "there is no account"),
    ("account merge oNobody oNone --dry-run", "", "there is no account"),
    ("account merge --undo 9", "", "there is no such merge"),
    ("account merges --tenant 9", "", "there is no such tenant"),
    ("account dismiss 9", "", "there is no such open conflict"),
    ("account disable oNobody", "", "there is no account"),
    ("account enable oNobody", "", "there is no account"),
    ("account logout-everywhere oNobody", "", "there is no account"),
    ("communities import --tenant 9 {empty}", "", "there is no such tenant"),
    ("communities import --tenant 1 {none}", "", "No such file"),
    ("communities export --tenant 9", "", "there is no such tenant"),
    ("members import --tenant 9 {empty}", "", "there is no such tenant"),
    ("members import --tenant 9 --skip-bad {empty}", "", "there is no such tenant"),
    ("members import --tenant 1 {none}", "", "No such file"),
    ("members export --tenant 9", "", "there is no such tenant"),
    ("member erase --tenant 1 9", "", "tenant 1 has no member 9; nothing is erased"),
    ("member erase --tenant 9 1 --dry-run", "", "tenant 9 has no member 1; nothing is erased"),
    ("regions import {none}", "", "No such file"),
    ("user find --openid oNobody", "", "nobody is found by this openid"),
    ("user list --tenant 9", "", "there is no such tenant"),
    ("user show oNobody", "", "there is no person of this account, user number or openid; to find"),
    ("user show 99", "", "there is no person of this account, user number or openid; to find"),
    ("user show 00000000-0000-0000-0000-000000000000", "", "there is no person of this account, user number"),
    ("user erase wx09 oNobody", "", "there is no such app"),
    ("user erase 99", "", "there is no user 99; to find a person, run: wxuserctl user find"),
    ("user erase 99 --dry-run", "", "there is no user 99"),
    ("login list --user 99", "", "there is no user 99"),
    ("user erase wx01 oNobody", "", "app wx01 has no such user; nothing is erased"),
    ("user erase wx01 oNobody --dry-run", "", "app wx01 has no such user; nothing is erased"),
    ("user export oNobody", "", "there is no person of this account, user number or openid; to find"),
    ("user reopen oNobody", "", "there is no account"),
    ("errors export {none}/x", "", "No such file"),
    ("erasures import {none}", "", "No such file"),
    ("audit list --tenant 9", "", "there is no such tenant"),
    ("audit list --action no.such", "", "no entry has all that was asked for"),
    ("audit export --tenant 9", "", "there is no such tenant"),
    ("audit export --who nobody --subject nothing", "", "no entry has all that was asked for"),
    *[(verb, "", "the program does not run") for verb in ("status", "top", "reload", "upgrade", "reopen-logs", "drain")],
]
# Which no database makes right.
NEVER_RIGHT = {"tenant set 1 trial_dayz 3", "tenant set 1 trial_days many"}
NAME_NOTHING = ["conf sample", "keys create", "keys add", "keys rotate", "keys status", "keys verify", "migrate", "check", "audit verify",
                "socket clear", "maintenance on", "maintenance off", "maintenance status", "backup list", "jobs list", "tenant list", "app list", "app moves",
                "operator add", "operator list", "account conflicts", "user pending", "erasures replay", "erasures export", "routes", "completion bash"]


def test_each_command_that_names_something_is_tried_with_nothing():
    tried = {verb for verb in VERBS for line, _, _ in NOTHING_FOUND if f"{line} ".startswith(f"{verb} ")}
    assert sorted([*tried, *NAME_NOTHING]) == sorted(VERBS)


def test_nothing_found_is_an_error(migrated, tmp_path):
    (tmp_path / "empty").write_text("name,phone\n")
    (tmp_path / "run").mkdir()
    migrated.out("tenant", "add", "one")
    migrated.out("app", "add", *MINI, "--appid", "wx01", "--open-platform", "main", stdin="s\n")
    wrong = []
    for line, typed, said in NOTHING_FOUND:
        words = line.format(empty=tmp_path / "empty", none=tmp_path / "none").split()
        done = migrated.run(*words, stdin=f"{typed}\n", server__state_directory=tmp_path / "run")
        wanted = 64 if line in NEVER_RIGHT else 1
        if (done.returncode, done.stdout) != (wanted, "") or said not in done.stderr:
            wrong.append((line, done))
    assert not wrong, wrong


# Calls that name an app which is there, a command after another.
NAMED_APP = [
    ("stats --app wx01", ""),
    ("stats --tenant 1 --app wx01 --days 1 --json", ""),
    ("login list --app wx01", ""),
    ("login list --app wx01 --openid - --json", "oNobody"),
    ("user list --tenant 1 --app wx01", ""),
    ("user list --tenant 1 --app wx01 --json", ""),
    ("users import --app wx01 --dry-run {users}", ""),
    ("users export --app wx01", ""),
    ("users remap --app wx01 --dry-run {remapped}", ""),
    ("key add --tenant 1 --name n --scopes read --apps wx01", ""),
    ("key set 1 --apps wx01", ""),
    ("app add --tenant 1 --kind mini --appid wx02 --default wx01", "s"),
    ("tenant add two --default wx01", ""),
    ("app set wx01 --open-platform main", ""),
    ("app set-secret wx01 --untried", "other"),
    ("app set-push wx01", "Token1"),
    ("user erase wx01 oNobody --dry-run", ""),
    ("app remove wx02 --dry-run", ""),
]
FINDS_NOTHING = {"user erase wx01 oNobody --dry-run", "login list --app wx01 --openid - --json"}


def test_each_command_that_names_an_app_is_tried_with_one(helps):
    usages = {verb: text.split("\n\n")[0] for verb, text in helps.items()}
    tried = {verb for verb in VERBS for line, _ in NAMED_APP if f"{line} ".startswith(f"{verb} ")}
    assert tried == {verb for verb, usage in usages.items() if re.search(r"\bAPPIDS?\b|\bUSER \[OPENID\]", usage)}


def test_a_command_finds_the_app_that_it_names(migrated, tmp_path):
    (tmp_path / "users").write_text("openid\noSomebody\n")
    (tmp_path / "remapped").write_text("old_openid,new_openid\noSomebody,oOther\n")
    migrated.out("tenant", "add", "one")
    migrated.out("app", "add", *MINI, "--appid", "wx01", stdin="s\n")
    for line, typed in NAMED_APP:
        words = line.format(users=tmp_path / "users", remapped=tmp_path / "remapped").split()
        done = migrated.run(*words, stdin=f"{typed}\n")
        assert done.returncode == (line in FINDS_NOTHING), (line, done)
        assert "this has failed" not in done.stderr, (line, done)


def test_what_acts_says_what_it_did(stack, migrated, tmp_path):
    migrated.out("tenant", "add", "one")
    migrated.out("app", "add", *MINI, "--appid", "wx01", stdin="s\n")
    migrated.out("key", "add", "--tenant", "1", "--name", "n", "--scopes", "read")
    id = "11111111-1111-1111-1111-111111111111"
    sql_as_root(stack, f"USE {DATABASE}; INSERT INTO account (id, tenant_id, email, security_stamp, concurrency_stamp, "
                       "created_at) VALUES (UNHEX(REPEAT('1', 32)), 1, 'e', UNHEX(REPEAT('2', 32)), "
                       "UNHEX(REPEAT('3', 32)), UTC_TIMESTAMP(6)); INSERT INTO wechat_user (tenant_id, row_uuid, app_id, "
                       "account_id, openid, created_at) VALUES (1, UNHEX(REPEAT('4', 32)), 1, UNHEX(REPEAT('1', 32)), "
                       "'oSomebody', UTC_TIMESTAMP(6))")
    for line, typed, said in [
            ("tenant set 1 trial_days 30", "", "Tenant 1: trial_days is 30."),
            ("tenant rename 1 uno", "", "Tenant 1: one is now uno."),
            ("tenant disable 1", "", "Tenant 1: uno is disabled."),
            ("tenant enable 1", "", "Tenant 1: uno is enabled."),
            ("tenant logout-everywhere 1", "", "Tenant 1: all persons are logged out; tokens ended: 0."),
            ("app set-push wx01", "Token1", "App wx01: the Token is set, the EncodingAESKey is not set."),
            ("app set-secret wx01 --untried", "other", "App wx01: the AppSecret is set, untried."),
            ("app set wx01 --open-platform main", "", "App wx01 is in the Open Platform account main.\n"
             "It shares unionids with 0 other apps of its Open Platform account."),
            ("key revoke 1", "", "Key 1 is revoked."),
            ("account set oSomebody can_balance_pay true", "", "can_balance_pay is true."),
            ("account set oSomebody can_balance_pay none", "", "can_balance_pay is as its tenant has it."),
            ("account disable oSomebody", "", f"Account {id} is disabled and logged out."),
            ("account enable oSomebody", "", f"Account {id} may log in."),
            ("account logout-everywhere oSomebody", "", f"Account {id} is logged out everywhere."),
            ("maintenance on", "", "Maintenance on this host: on."),
            ("maintenance off", "", "Maintenance on this host: off."),
            ("maintenance on --everywhere", "", "Maintenance everywhere: on."),
            ("user erase wx01 oSomebody", "", "erased   1  wechat_user\nerased   1  account")]:
        did = migrated.out(*line.split(), stdin=f"{typed}\n", server__state_directory=tmp_path,
                           keys__erasure_log=tmp_path / "erasures.log")
        assert did == f"{said}\n", line
    assert migrated.run("user", "erase", "wx01", "oSomebody").returncode == 1
    assert migrated.run("user", "erase", "1").returncode == 1
    assert re.fullmatch(rf"Wrote \d+ files below {tmp_path}/e\.\n", migrated.out("errors", "export", f"{tmp_path}/e"))


def test_a_list_without_rows_has_its_heading(migrated):
    for line in ("tenant list", "app list", "app moves", "key list", "operator list", "account conflicts", "account merges",
                 "user pending", "login list", "stats"):
        heading, *rows = migrated.out(*line.split()).splitlines()
        assert heading.isupper() or "UTC+8" in heading, line
        assert rows == [], line


def test_json_has_the_rows_of_the_lists(migrated):
    for line in "tenant list", "app list", "app moves", "account conflicts", "user pending":
        assert migrated.out(*line.split(), "--json") == "[]\n"
    migrated.out("tenant", "add", '小店 "1"')
    migrated.out("app", "add", *MINI, "--appid", "wx01", "--open-platform", "main", stdin="s\n")
    migrated.out("app", "add", *MINI, "--appid", "wx02", "--default", "wx01", stdin="s\n")
    assert json.loads(migrated.out("tenant", "list", "--json")) == [{"id": 1, "name": '小店 "1"', "disabled_at": None}]
    assert json.loads(migrated.out("app", "list", "--json")) == [
        {"id": 1, "tenant_id": 1, "appid": "wx01", "kind": "mini", "open_platform": "main", "is_default": True},
        {"id": 2, "tenant_id": 1, "appid": "wx02", "kind": "mini", "open_platform": None, "is_default": False}]
    settings = json.loads(migrated.out("tenant", "settings", "--json", "1"))
    assert [row["name"] for row in settings] == [row[0] for row in migrated.rows("tenant", "settings", "1")[1:]]
    assert {"name": "trial_days", "value": "7", "values": "0 to 36500"}.items() <= settings[-1].items()
    names = [line.split()[0] for line in migrated.out("jobs", "list").splitlines()[1:]]
    assert [row["name"] for row in json.loads(migrated.out("jobs", "list", "--json"))] == names
    assert json.loads(migrated.out("maintenance", "status", "--json")) == {
        "here": False, "everywhere": False, "changed_at": None, "changed_by": None}
    for words in ["tenant", "list", "--json", "--json"], ["tenant", "add", "x", "--json"]:
        assert "unexpected argument --json" in migrated.run(*words).stderr
    done = migrated.run("tenant", "settings", "9", "--json")
    assert (done.returncode, done.stdout) == (1, "") and "there is no such tenant" in done.stderr


def test_settings(migrated):
    def trial_days(tenant):
        rows = [line.split(None, 2) for line in migrated.out("tenant", "settings", tenant).splitlines()]
        return [value for name, value, _ in rows if name == "trial_days"]

    for name in ("one", "two"):
        migrated.out("tenant", "add", name)
    migrated.out("tenant", "set", "1", "trial_days", "30")
    assert (trial_days("1"), trial_days("2")) == (["30"], ["7"])


def test_apps(stack, migrated):
    migrated.out("tenant", "add", "one")
    assert migrated.out("app", "add", *MINI, "--appid", "wx01", "--open-platform", "main", stdin="s3cret\n") == (
        "Added app wx01 of tenant 1.\nIt shares unionids with 0 other apps of its Open Platform account.\n"
        "Calls that name no app are for wx01, the only one.\n")
    assert migrated.out("app", "add", "--tenant=1", "--kind=official", "--appid=wx02", "--open-platform=main",
                        "--default=wx01", stdin="s3cret") == (
        "Added app wx02 of tenant 1.\nIt shares unionids with 1 other apps of its Open Platform account.\n"
        "Calls that name no app are for wx01, the default.\n")
    migrated.out("app", "add", "--appid", "wx03", "--kind", "web", "--tenant", "1", stdin="\ufeff s\u00a0\t\r\n")
    assert migrated.rows("app", "list") == [
        ["ID", "TENANT", "KIND", "APPID", "DEFAULT", "OPEN PLATFORM"],
        ["1", "1", "mini", "wx01", "yes", "main"],
        ["2", "1", "official", "wx02", "-", "main"],
        ["3", "1", "web", "wx03", "-"]]


REFUSED_APPS = [
    ([*MINI, "--appid", "wx01"], "s\n", "this app exists"),
    (["--tenant", "9", "--kind", "mini", "--appid", "wx02"], "s\n", "there is no such tenant"),
    ([*MINI, "--appid", "wx02", "--open-platform", "it's"], "s\n",
     """app add --tenant 1 --kind mini --appid wx02 --open-platform 'it'\\''s' --default wx01\n"""),
    ([*MINI, "--appid", "wx02", "--default", "wx03"], "s\n", "--default: there is no app wx03"),
    ([*MINI, "--appid", "wx02"], "", "standard input must hold the AppSecret"),
    ([*MINI, "--appid", "wx02"], "\n", "standard input must hold the AppSecret"),
    ([*MINI, "--appid", "wx02"], "a b\n", "standard input must hold the AppSecret"),
    ([*MINI, "--appid", "wx02"], "é\n", "standard input must hold the AppSecret"),
    ([*MINI, "--appid", "wx02"], "x" * 129, "standard input must hold the AppSecret"),
]


def test_apps_that_are_refused(migrated):
    migrated.out("tenant", "add", "one")
    migrated.out("app", "add", *MINI, "--appid", "wx01", stdin="s\n")
    for words, stdin, said in REFUSED_APPS:
        done = migrated.run("app", "add", *words, stdin=stdin)
        assert done.returncode == 1 and said in done.stderr, (words, stdin, done)
        assert len(migrated.rows("app", "list")) == 2, (words, stdin)


def test_a_second_tenant_or_app_takes_no_calls_away(migrated):
    migrated.out("tenant", "add", "one")
    migrated.out("app", "add", *MINI, "--appid", "wx01", stdin="s\n")
    done = migrated.run("tenant", "add", "two")
    assert (done.returncode, done.stdout) == (1, "") and "wx01 is the only app" in done.stderr
    assert done.stderr.endswith(" tenant add two --default wx01\n")
    assert "ok   default_app: none is needed, wx01 is the only app" in migrated.run("check").stdout
    done = migrated.run("tenant", "add", "two", "--default", "wx01")
    assert (done.stdout, done.stderr) == ("2\n", "Calls that name no app are for wx01, the default.\n")
    migrated.out("app", "add", "--tenant", "2", "--kind", "mini", "--appid", "wx02", stdin="s\n")
    assert "ok   default_app: wx01 of tenant 1" in migrated.run("check").stdout

    assert migrated.out("app", "set", "wx02", "--default") == "Calls that name no app are for wx02, the default.\n"
    assert migrated.run("app", "set", "wx03", "--default").returncode == 1
    assert migrated.run("app", "set", "wx01").returncode == 64
    assert "ok   default_app: wx02 of tenant 2" in migrated.run("check").stdout
    assert [row[3:5] for row in migrated.rows("app", "list")[1:]] == [["wx01", "-"], ["wx02", "yes"]]
    assert migrated.out("app", "set", "wx02", "--default", http__default_app="wx01") == (
        "Calls that name no app are for wx01, by [http] default_app.\n")


def ask_on_terminal(ctl, typed):
    """The exit status, what the terminal showed, and whether it echoes afterwards."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*ctl.command, "app", "add", *MINI, "--appid", "wx04"], stdin=theirs,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=ctl.environment({}), start_new_session=True,
                               preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    try:
        wait_until(lambda: not termios.tcgetattr(theirs)[3] & termios.ECHO, 30, "the echo is off")
        os.write(ours, typed)
        process.communicate(timeout=60)
        has_echo = bool(termios.tcgetattr(theirs)[3] & termios.ECHO)
        os.write(ours, b"mark\n")
        shown = b""
        while has_echo and b"mark" not in shown:
            assert select.select([ours], [], [], 30)[0], shown
            shown += os.read(ours, 1000)
        return process.returncode, shown, has_echo
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("typed, status", [(b"t0ps3cret\n", 0), (b"\x03\n", 1)])
def test_a_terminal_shows_no_secret(migrated, typed, status):
    migrated.out("tenant", "add", "one")
    found, shown, has_echo = ask_on_terminal(migrated, typed)
    assert found == status and has_echo
    assert typed.strip() not in shown
    assert len(migrated.rows("app", "list")) == (2 if status == 0 else 1)


@pytest.mark.parametrize("words, said", [
    ("7 sms_per_day 9", "there is no such tenant; see: wxuserctl tenant list"),
    ("1 sms_per_dy 9", "there is no setting sms_per_dy; did you mean sms_per_day?; see: wxuserctl tenant settings 1"),
    ("1 nosuch 9", "there is no setting nosuch; see: wxuserctl tenant settings 1"),
    ("1 sms_per_day many", "sms_per_day must be 0 to "),
    ("1 access_token_header yes", "access_token_header must be true|false"),
])
def test_a_setting_that_is_refused(ctl, words, said):
    done = ctl.run("tenant", "set", *words.split())
    assert done.returncode == (1 if "no such tenant" in said else 64) and done.stderr.startswith(f"wxuserctl: {said}"), done.stderr


@pytest.mark.parametrize("appid, lines, said", [
    ("wx9999999999999999", "token\n\n", "there is no such app; see: wxuserctl app list"),
    (None, "to ken\n\n", "the Token is 1 to 32 letters and digits"),
    (None, "t" * 33 + "\n\n", "the Token is 1 to 32 letters and digits"),
    (None, f"token\n{'k' * 42}\n", "the EncodingAESKey is 43 letters and digits"),
    (None, "", "standard input must hold the Token, in a line"),
])
def test_a_push_setting_that_is_refused(stack, ctl, appid, lines, said):
    done = ctl.run("app", "set-push", appid or stack.app_id, stdin=lines)
    assert done.returncode == 1 and done.stderr.startswith(f"wxuserctl: {said}"), done.stderr


def test_an_unusual_appid_is_noted(migrated):
    migrated.out("tenant", "add", "one")
    usual, unusual = "wx0123456789abcdef", ["wx0123456789abcdef0", "wx0123456789ABCDEF", "demo"]
    for appid in [usual, *unusual]:
        more = [] if appid == usual else ["--default", usual]
        done = migrated.run("app", "add", *MINI, "--appid", appid, *more, stdin="secret\n")
        assert done.returncode == 0, done
        assert ("an appid is wx and 16 digits" in done.stderr) == (appid in unusual), done


def test_keys_are_listed_and_revoked(stack, migrated):
    migrated.out("tenant", "add", "one")
    done = migrated.run("key", "add", "--tenant", "1", "--name", "back office",
                        "--scopes", "write,read")
    assert done.returncode == 0
    assert re.fullmatch(r"wxk_[0-9A-Za-z]{49}\n", done.stdout)
    assert "not shown again" in done.stderr and done.stdout.strip() not in done.stderr
    migrated.out("key", "add", "--tenant", "1", "--name", "all", "--scopes", "admin", "--rate", "20")

    head, *rows = migrated.rows("key", "list")
    assert head == ["ID", "TENANT", "SCOPES", "RATE", "CREATED", "REVOKED", "EXPIRES", "USED", "SUCCESSOR", "NETWORKS", "APPS", "NAME"]
    assert [row[:4] + row[5:] for row in rows] == [
        ["1", "1", "read,write", "1000", "-", "-", "-", "-", "any", "any", "back office"],
        ["2", "1", "admin", "20", "-", "-", "-", "-", "any", "any", "all"]]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", rows[0][4])

    assert migrated.out("key", "revoke", "1") == "Key 1 is revoked.\n"
    revoked = migrated.rows("key", "list")[1][5]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", revoked) and revoked >= rows[0][4]
    done = migrated.run("key", "revoke", "3")
    assert done.returncode == 1 and "there is no such key" in done.stderr
    done = migrated.run("key", "add", "--tenant", "9", "--name", "x", "--scopes", "read")
    assert done.returncode == 1 and "there is no such tenant" in done.stderr and done.stdout == ""


WECHAT_KEY = "key add --tenant 1 --name x --scopes wechat"


REFUSED_LIMITS = [
    (WECHAT_KEY, "a key with the scope wechat needs --networks"),
    (f"{WECHAT_KEY} --networks any", "a key with the scope wechat needs --networks"),
    (f"{WECHAT_KEY} --networks 10.0.0.0/8,10.0.0", "--networks: 10.0.0 is no network"),
    (f"{WECHAT_KEY} --networks ::ffff:10.0.0.0/8", "--networks: ::ffff:10.0.0.0/8 is no network"),
    (f"{WECHAT_KEY} --networks ,", "--networks and --apps are lists"),
    (f"{WECHAT_KEY} --networks ::1 --apps wx01,wx02", "--apps names an app that the tenant does not have"),
    (f"{WECHAT_KEY} --networks ::1 --apps wx01,", "--apps names an app that the tenant does not have"),
    (f"{WECHAT_KEY} --networks ::1 --apps wx01,wx01", "--apps names an app that the tenant does not have, or one twice"),
    (f"{WECHAT_KEY} --networks ::1 --apps wx'01", "--networks and --apps are lists"),
    ("key set 1 --networks any", "a key with the scope wechat needs --networks"),
    ("key set 1 --apps wx02", "--apps names an app that the tenant does not have"),
    ("key set 2 --rate 1", "this key is revoked"),
]


def test_limits_of_a_key_that_are_refused(migrated):
    migrated.out("tenant", "add", "one")
    migrated.out("app", "add", *MINI, "--appid", "wx01", stdin="s\n")
    migrated.out(*WECHAT_KEY.split(), "--networks", "192.0.2.7")
    migrated.out("key", "add", "--tenant", "1", "--name", "x", "--scopes", "read")
    migrated.out("key", "revoke", "2")
    before = migrated.out("key", "list")
    for line, said in REFUSED_LIMITS:
        done = migrated.run(*line.split())
        assert done.returncode == (64 if "is no network" in said else 1), (line, done)
        assert done.stderr.startswith(f"wxuserctl: {said}"), (line, done)
        assert migrated.out("key", "list") == before, line


def test_the_limits_of_a_key_are_set(stack, migrated):
    migrated.out("tenant", "add", "one")
    migrated.out("app", "add", *MINI, "--appid", "wx01", stdin="s\n")
    migrated.out(*WECHAT_KEY.split(), "--networks", "192.0.2.7,2001:db8::/64", "--apps", "wx01")

    def limits():
        row = migrated.rows("key", "list")[1]
        return row[3], row[9], row[10]

    assert limits() == ("1000", "192.0.2.7,2001:db8::/64", "wx01")
    assert migrated.run("key", "set", "1").returncode == 64
    assert migrated.out("key", "set", "1", "--rate", "7") == "Key 1 is changed.\n"
    assert limits() == ("7", "192.0.2.7,2001:db8::/64", "wx01")
    migrated.out("key", "set", "1", "--networks", "10.0.0.0/8", "--apps", "any")
    assert limits() == ("7", "10.0.0.0/8", "any")
    assert sql_as_root(stack, f"SELECT details FROM {DATABASE}.audit WHERE action = 'key.set' ORDER BY id") == [
        '{"scopes":["wechat"],"rate_per_s":7,"networks":"192.0.2.7,2001:db8::/64","apps":"wx01","expires_at":null,'
        '"successor_id":0}',
        '{"scopes":["wechat"],"rate_per_s":7,"networks":"10.0.0.0/8","apps":"","expires_at":null,"successor_id":0}']


def test_the_keys_of_a_tenant_are_listed(migrated):
    for tenant in "1", "2":
        migrated.out("tenant", "add", f"no {tenant}")
    for tenant in "1", "2", "1":
        migrated.out("key", "add", "--tenant", tenant, "--name", "n", "--scopes", "read")
    ids = lambda *words: [row[0] for row in migrated.rows("key", "list", *words)[1:]]
    assert (ids(), ids("--tenant", "1"), ids("--tenant", "2")) == (["1", "2", "3"], ["1", "3"], ["2"])
    assert [key["id"] for key in json.loads(migrated.out("key", "list", "--tenant", "2", "--json"))] == [2]


def test_a_key_expires_and_is_rotated(stack, migrated):
    migrated.out("tenant", "add", "one")
    add = ["key", "add", "--tenant", "1", "--scopes", "read", "--name"]
    for when, said in (("0", "--expires: write the last day"), ("soon", "--expires: write the last day"),
                       ("2020-01-01", "--expires: that has passed")):
        done = migrated.run(*add, "x", "--expires", when)
        status = 1 if when == "2020-01-01" else 64
        assert (done.returncode, done.stdout) == (status, "") and done.stderr.startswith(f"wxuserctl: {said}"), done
    migrated.out(*add, "far", "--expires", "2999-12-31")
    migrated.out(*add, "near", "--expires", "13")
    migrated.out(*add, "for ever", "--expires", "never")
    listed = migrated.run("key", "list")
    assert [row[6] for row in migrated.rows("key", "list")[1:]][::2] == ["2999-12-31", "-"]
    (warning,) = listed.stderr.splitlines()
    assert re.fullmatch(r"wxuserctl: warning: key 2, near, expires on \d{4}-\d\d-\d\d; to replace it run: "
                        r"wxuserctl key rotate 2", warning)
    assert "warn key 2: near of tenant 1 expires at " in migrated.run("check").stdout

    rotated = migrated.run("key", "rotate", "2", "--overlap", "3")
    assert re.fullmatch(r"wxk_\w{49}\n", rotated.stdout)
    assert re.search(r"Key 4 takes the place of key 2, which ends at \S+ \S+ \(UTC\+8\)\.\n", rotated.stderr)
    near, successor = (json.loads(migrated.out("key", "list", "--json"))[place] for place in (1, 3))
    assert near["successor_id"] == 4 and successor["expires_at"] is None and successor["name"] == "near"
    assert sql_as_root(stack, f"SELECT expires_at < UTC_TIMESTAMP() + INTERVAL 73 HOUR FROM {DATABASE}.api_key WHERE id = 2") == ["1"]
    assert migrated.run("key", "list").stderr == ""
    for words, status, said in ((["2"], 1, "this key has been rotated, and its successor, key 4, is valid; to rotate that one run: wxuserctl key rotate 4"), (["4", "--overlap", "400"], 64, "--overlap must be a number of days")):
        done = migrated.run("key", "rotate", *words)
        assert (done.returncode, done.stdout) == (status, "") and done.stderr.startswith(f"wxuserctl: {said}")
    assert [row[8] for row in migrated.rows("key", "list")[1:]] == ["-", "4", "-", "-"]
    refused = migrated.run("key", "set", "2", "--expires", "never")
    assert refused.returncode == 1 and refused.stderr == (
        "wxuserctl: key 2 was rotated, and key 4 takes its place; say for how many days both are taken: "
        "wxuserctl key set 2 --expires 30\n")
    later = migrated.run("key", "set", "2", "--expires", "2999-12-30")
    assert later.stdout == "Key 2 is changed.\n" and later.stderr == (
        "wxuserctl: warning: key 2 was rotated, and key 4 took its place: key 2 is now taken until the end of 2999-12-30\n")
    migrated.out("key", "revoke", "4")
    assert "key 2 now never ends" in migrated.run("key", "set", "2", "--expires", "never").stderr
    assert migrated.out("key", "rotate", "2", "--overlap", "0").startswith("wxk_")
    assert migrated.run("key", "rotate", "2").stderr.startswith("wxuserctl: this key has expired")
    assert migrated.out("key", "set", "1", "--expires", "never") == "Key 1 is changed.\n"
    assert migrated.rows("key", "list")[1][6] == "-"


@pytest.mark.long
def test_a_revoked_key_is_refused_by_the_service(stack, ctl, unique):
    key = ctl.out("key", "add", "--tenant", "1", "--name", unique, "--scopes", "read").strip()
    number, = (row[0] for row in ctl.rows("key", "list") if row[-1] == unique)

    def status():
        return stack.request("GET", "/api/weixin/wxbuyinguser/get?id=1", key=key).status

    assert status() == 200
    ctl.out("key", "revoke", number)
    wait_until(lambda: status() == 401, 12, "the revoked key is refused")


def test_a_new_key_that_cannot_be_written_is_a_failure(migrated):
    migrated.out("tenant", "add", "one")
    with open("/dev/full", "w") as full:
        done = migrated.run("key", "add", "--tenant", "1", "--name", "x", "--scopes", "read",
                            stdout=full)
    assert done.returncode == 1 and "standard output: No space left on device" in done.stderr


def test_check_of_a_service_that_runs(stack, ctl):
    lines = ctl.out("check").splitlines()
    assert {line[:5] for line in lines} == {"ok   ", "warn "}
    assert [line for line in lines if line.startswith("warn") and "another unionid" not in line and
            "Landlock" not in line] == [
        f"warn WeChat: http://127.0.0.1:{stack.port} is A STAND-IN, NOT WECHAT; "
        "see [wechat] base_url",
        f"warn SMS: http://127.0.0.1:{stack.port}/sandbox/sms/aliyun is A STAND-IN, it sends "
        "nothing; see [sms] base_url"]
    text = "\n".join(lines)
    for what in ("configuration", "keys", "erasures", "state directory", "socket of the core pool",
                 "socket of the remote pool", "database", "session", "schema", "server", "clock", "tables",
                 "connections", "prepared statements", "wait_timeout", "max_allowed_packet", "jobs",
                 "tenants", "default_app", "host first.localhost", "WeChat", f"app {stack.app_id}", "SMS"):
        assert f"ok   {what}: " in text
    assert re.search(r"^ok   Landlock: version \d+ confines the workers|^warn Landlock: a worker that somebody takes over "
                     "can start programs, ", text, re.M)


@pytest.mark.parametrize("setting, value, said", [
    ("server__nosuch", "1", "FAIL configuration: environment, WXUSER_CONF_server__nosuch: unknown key"),
    ("keys__sealing", "/nonexistent", "FAIL keys: /nonexistent: no such key file"),
    ("server__state_directory", "/nonexistent", "FAIL configuration: server.state_directory: the directory /nonexistent is not there; run: install -d"),
    ("server__state_directory", "/tmp", "FAIL state directory: others may write to /tmp"),
    ("server__state_directory", "/dev/null", "FAIL configuration: server.state_directory: /dev/null is no directory"),
    ("server__listen_core", "core", "FAIL configuration: socket core: neither"),
    ("server__listen_core", "127.0.0.1:0", "FAIL configuration: socket 127.0.0.1:0: neither"),
    ("server__listen_remote", "/" + "x" * 120, "FAIL configuration: socket /x"),
    ("server__listen_remote", "/var/wxuser-nobody", "FAIL socket of the remote pool: the program runs, but /var/wx"),
    ("server__listen_remote", "127.0.0.1:1", "FAIL socket of the remote pool: nobody listens at 127.0.0.1:1 (Connection refused); "
                                             "run: systemctl start wxuser, or: wxuser.fcgi --config /"),
    ("server__listen_remote", "", "FAIL configuration: server.listen_remote is empty and the other is not"),
    ("server__user", "nosuch", "FAIL configuration: server.user: there is no user nosuch; run: useradd"),
    ("log__path", "/nonexistent/log", "FAIL configuration: log.path /nonexistent/log: the directory /nonexistent is not"),
    ("ops__networks", "10.0.0.0/33", "FAIL configuration: ops.networks: 10.0.0.0/33 is no network"),
    ("wechat__proxy", "ftp://proxy", "FAIL configuration: "),
    ("sms__access_key", "", "FAIL configuration: the section [sms] is "),
    ("server__workers_core", "1000", "FAIL connections: 1002 workers on 1 host, twice that during a reload; "
                                     "max_connections leaves room for 990; raise it"),
    ("server__workers_core", "600", "warn connections: 602 workers"),
    ("server__workers_core", "0", f"ok   connections: {min(8 * len(os.sched_getaffinity(0)), 64) + 2} workers"),
    ("server__workers_core", "600", "warn prepared statements: up to 120 of each worker; "),
    ("server__workers_core", "64", "ok   prepared statements: up to 120 of each worker; "),
    ("database__socket", "/nonexistent", "FAIL database: wxuser cannot connect to wxuser at /nonexistent: Can't connect to local"),
    ("database__user", "nobody", "/sock: Access denied for user 'nobody'@'localhost'"),
    ("http__default_app", "wx1", "FAIL default_app: there is no app wx1"),
    ("http__hosts", "a=wx1", "FAIL host a: there is no app wx1"),
    ("http__hosts", "a", "FAIL configuration: http.hosts: a is not HOST=APPID"),
    ("wechat__base_url", "http://127.0.0.1:1", "FAIL WeChat: http://127.0.0.1:1 does not answer"),
    ("sms__driver", "pigeon", "FAIL configuration: environment, WXUSER_CONF_sms__driver"),
    ("sms__sign_name", "", "FAIL configuration: "),
    ("sms__secret_file", "/nonexistent", "FAIL configuration: "),
    ("sms__base_url", "http://gateway.example", "FAIL configuration: "),
    ("sms__base_url", "http://127.0.0.1:1", "FAIL SMS: the gateway of the driver aliyun does not answer"),
])
def test_check_tells_what_is_wrong(ctl, setting, value, said):
    done = ctl.run("check", **{setting: value})
    assert said in done.stdout, done.stdout
    assert done.returncode == (0 if said[:4] in ("ok  ", "warn") else 1)


def test_check_without_a_gateway(ctl):
    assert "ok   SMS: none; nobody can confirm a phone by a code" in ctl.out("check", sms__driver="none")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_check_of_a_state_directory_that_is_anothers(ctl):
    done = ctl.run("check", server__user="nobody", server__state_directory="/")
    line = re.search("^FAIL configuration: server.state_directory: .*", done.stdout, re.M)[0]
    assert "user nobody may not write to /; name a directory of its own" in line and "chown" not in line


@pytest.mark.parametrize("mode, verdict", [(0o700, "ok  "), (0o755, "ok  "), (0o770, "FAIL"), (0o702, "FAIL")])
def test_check_of_the_state_directorys_mode(ctl, tmp_path, mode, verdict):
    tmp_path.chmod(mode)
    assert f"{verdict} state directory: " in ctl.run("check", server__state_directory=tmp_path).stdout


def test_check_of_a_schema_that_is_made_step_by_step(empty):
    assert "FAIL schema: version 0, wanted" in empty.run("check").stdout
    empty.out("migrate")
    assert "FAIL tenants: none; run: wxuserctl tenant add" in empty.run("check").stdout
    empty.out("tenant", "add", "one")
    assert "ok   default_app: none; calls must name their app" in empty.out("check")
    done = empty.run("check", http__default_app="wx01")
    assert "FAIL default_app: there is no app wx01" in done.stdout and done.returncode == 1
    empty.out("app", "add", "--tenant", "1", "--kind", "web", "--appid", "wx01", stdin="s\n")
    assert "ok   default_app: wx01 of tenant 1" in empty.out("check", http__default_app="wx01")


def test_a_database_of_others_is_left_alone(stack, empty):
    sql_as_root(stack, f"CREATE TABLE {DATABASE}.member (id INT) ENGINE = MyISAM")
    said = f"table member of the database {DATABASE} is not wxuser's (it has no column tenant_id); give wxuser"
    done = empty.run("migrate")
    assert done.returncode == 1 and said in done.stderr and done.stdout == ""
    text = empty.run("check").stdout
    assert f"FAIL schema: {said}" in text and "ALTER" not in text
    sql_as_root(stack, f"DROP TABLE {DATABASE}.member")
    empty.out("migrate")


def test_check_of_a_schema_of_another_release(stack, migrated):
    sql_as_root(stack, f"INSERT INTO {DATABASE}.schema_version VALUES (9999, 'x', NOW())")
    done = migrated.run("check")
    assert re.search(r"FAIL schema: version 9999, this program's is \d+; install its release", done.stdout)
    done = migrated.run("migrate")
    assert done.returncode == 1 and "the schema is newer than this program" in done.stderr


def test_check_counts_the_hosts(ctl):
    assert "ok   connections: 6 workers on 1 host, " in ctl.out("check")
    assert "FAIL connections: 1200 workers on 200 hosts, " in ctl.run("check", "--hosts", "200").stdout
    text = ctl.out("check", "--hosts", "10", server__listen_core="", server__listen_remote="")
    assert "ok   connections: the web server starts workers; let it start less than 99 of both pools" in text


def test_check_of_what_the_database_allows(stack, migrated):
    migrated.out("tenant", "add", "one")
    sql_as_root(stack, "ALTER USER wxuser_migrate@localhost WITH MAX_USER_CONNECTIONS 5 "
                       "MAX_QUERIES_PER_HOUR 100000")
    sql_as_root(stack, f"ALTER TABLE {DATABASE}.region ENGINE = Aria, COLLATE = utf8mb4_bin;"
                       f"ALTER TABLE {DATABASE}.maintenance CONVERT TO CHARACTER SET latin1;"
                       "SET GLOBAL wait_timeout = 20; "
                       "SET GLOBAL max_allowed_packet = 65536; SET GLOBAL autocommit = OFF; "
                       "SET GLOBAL init_connect = 'SET NAMES latin1'")
    try:
        text = migrated.run("check").stdout
    finally:
        sql_as_root(stack, "SET GLOBAL init_connect = ''; SET GLOBAL autocommit = ON; SET GLOBAL wait_timeout = DEFAULT; "
                           "SET GLOBAL max_allowed_packet = DEFAULT; "
                           "ALTER USER wxuser_migrate@localhost WITH MAX_USER_CONNECTIONS 0 MAX_QUERIES_PER_HOUR 0")
    for said in (r"FAIL connections: 6 workers .*max_user_connections leaves room for 5; raise it",
                 r"FAIL table region: its engine is Aria; run in SQL: ALTER TABLE region ENGINE = InnoDB", r"FAIL table maintenance: its collation is latin1_",
                 r"warn wait_timeout: 20 s, so that", r"FAIL max_allowed_packet: 65536, at least 1048576 is needed",
                 r"warn session: the server presets autocommit = OFF, an init_connect; wxuser sets its own",
                 r"warn grants: MAX_QUERIES_PER_HOUR 100000"):
        assert re.search(said, text), text


@pytest.mark.parametrize("errcode, said", [
    (40164, "WeChat refuses this host's address 203.0.113.9; put it on the app's IP whitelist"),
    (40125, "WeChat refuses it with errcode 40125: the AppSecret is wrong; compare appid and AppSecret with mp.weixin.qq.com. "
            "To set another AppSecret, run: wxuserctl app set-secret wx")])
def test_check_of_apps(stack, ctl, errcode, said):
    stack.fault("cgi-bin/stable_token", "errcode", errcode)
    done = ctl.run("check")
    assert f"FAIL app {stack.app_id}: {said}" in done.stdout and done.returncode == 1
    assert "configuration" not in done.stderr
    assert f"ok   app {stack.app_id}: " in ctl.out("check")


def test_an_app_secret_is_tried_before_it_is_stored(stack, ctl):
    was = stack.sql(f"SELECT HEX(secret) FROM app WHERE appid = '{stack.app_id}'")
    nowhere = {"wechat__base_url": "http://127.0.0.1:1"}
    for errcode, settings, said in [(40125, {}, "with errcode 40125: the AppSecret is wrong; compare it with mp.weixin.qq.com"),
                                    (40164, {}, "put it on the app's IP whitelist"),
                                    (None, nowhere, "to set the AppSecret untried, add: --untried")]:
        if errcode:
            stack.fault("cgi-bin/stable_token", "errcode", errcode)
        done = ctl.run("app", "set-secret", stack.app_id, stdin="An0therSecret\n", **settings)
        assert (done.returncode, done.stdout) == (1, "") and said in done.stderr and "nothing is changed" in done.stderr
        assert "An0therSecret" not in done.stderr
        assert done.stderr.count("\n") == 1 or not errcode
        assert stack.sql(f"SELECT HEX(secret) FROM app WHERE appid = '{stack.app_id}'") == was
    done = ctl.run("app", "set-secret", stack.app_id, stdin="An0therSecret\n")
    assert done.returncode == 1 and "WeChat refuses this AppSecret of wx" in done.stderr
    secret = (stack.state / "secret" / stack.app_id).read_text()
    assert ctl.out("app", "set-secret", stack.app_id, stdin=secret) == (
        f"App {stack.app_id}: the AppSecret is set, and WeChat takes it.\n")
    assert stack.sql(f"SELECT HEX(secret) FROM app WHERE appid = '{stack.app_id}'") != was
    assert f"ok   app {stack.app_id}: " in ctl.out("check")


def test_an_app_secret_that_cannot_be_tried_replaces_none_unasked(stack, migrated):
    migrated.out("tenant", "add", "one")
    migrated.out("app", "add", "--tenant", "1", "--kind", "mobile", "--appid", "wx01", stdin="good\n")
    stored = lambda: sql_as_root(stack, f"SELECT HEX(secret) FROM {DATABASE}.app")
    was = stored()
    done = migrated.run("app", "set-secret", "wx01", stdin="other\n")
    assert (done.returncode, done.stdout) == (1, "") and "run: wxuserctl app set-secret wx01 --untried" in done.stderr
    assert stored() == was
    assert migrated.out("app", "set-secret", "wx01", "--untried", stdin="other\n") == "App wx01: the AppSecret is set, untried.\n"
    assert stored() != was


def test_a_backup_is_what_the_configuration_says(ctl, tmp_path):
    listed = json.loads(ctl.out("backup", "list", "--json"))
    needed = {item["what"]: item["path"] for item in listed["items"] if item["is_needed"]}
    assert {"database", "configuration", "sealing keys", "look-up keys", "erasure key", "audit keys", "erased users"} <= needed.keys()
    files = [path for what, path in needed.items() if what != "database"]
    assert all(os.path.exists(path) for path in files) and listed["files"].startswith("umask 077; tar czf wxuser-keys.tar.gz /")
    assert listed["dump"].startswith("umask 077; mariadb-dump --")
    assert "/run" in [item["path"] for item in listed["items"] if not item["is_needed"]][0]
    log = tmp_path / "it's here"
    apart = {"keys__erasure_log": log, "database__host": "db1:3307,db2:3308", "database__tls_ca": tmp_path / "ca"}
    text = ctl.out("backup", "list", **apart)
    assert "mariadb-dump is in the package mariadb-client; where root" in text
    assert f"yes      erased users       {log}\n" in text and f"{tmp_path}/it'\\''s here'" in text
    assert f"mariadb-dump --host=db2 --port=3308 --user=root --password --ssl-ca={tmp_path}/ca --single-transaction" in text
    assert "where root may not\ncome from another machine, run it on that of the database, without the options" in text
    assert f"yes      database           {listed['items'][0]['path'].partition(' ')[0]} at db2:3308\n" in text
    shared = ctl.out("backup", "list", server__listen_core="", server__listen_remote="", database__user="shop",
                     database__control_user="", database__migration_user="", **apart)
    assert "mariadb-dump --host=db2 --port=3308 --user=shop --password --ssl-ca=" in shared
    assert "as root" not in shared and "administrator" not in shared and "--user=root" not in shared
    # The line does what it says. The other one needs mariadb-dump, which a stack does not.
    files_line = re.search("^umask 077; (tar .+)$", ctl.out("backup", "list"), re.M)[1]
    subprocess.run(["sh", "-ec", files_line], cwd=tmp_path, check=True, capture_output=True)
    stored = subprocess.run(["tar", "tzf", tmp_path / "wxuser-keys.tar.gz"], check=True, capture_output=True, text=True).stdout
    assert {f"/{name}" for name in stored.splitlines()} >= set(files)


def test_an_app_is_removed(stack, migrated):
    """With what stands against it, from the first to the last."""
    sql = lambda statement: sql_as_root(stack, f"USE {DATABASE}; {statement}")
    migrated.out("tenant", "add", "one")
    for app in "wx01", "wx02":
        migrated.out("app", "add", *MINI, "--appid", app, *(["--default", "wx01"] if app == "wx02" else []), stdin="s\n")
    migrated.out("key", "add", "--tenant", "1", "--name", "n", "--scopes", "read", "--apps", "wx02,wx01")
    sql("INSERT INTO account (id, tenant_id, email, security_stamp, concurrency_stamp, created_at) VALUES "
        "(UNHEX(REPEAT('1', 32)), 1, 'e', UNHEX(REPEAT('2', 32)), UNHEX(REPEAT('3', 32)), UTC_TIMESTAMP(6)); "
        "INSERT INTO wechat_user (tenant_id, row_uuid, app_id, account_id, openid, created_at) VALUES "
        "(1, UNHEX(REPEAT('4', 32)), 1, UNHEX(REPEAT('1', 32)), 'oSomebody', UTC_TIMESTAMP(6)); "
        "INSERT INTO waiting_follow (app_id, openid, tenant_id, is_following, happened_at, received_at) VALUES "
        "(1, 'oNobody', 1, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)); "
        "INSERT INTO push_event (tenant_id, app_id, openid, event, happened_at, received_at) VALUES "
        "(1, 1, 'oNobody', 'subscribe', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)); "
        "INSERT INTO wechat_token_reader (api_key_id, app_id, audited_at) VALUES (1, 1, UTC_TIMESTAMP(6)); "
        "INSERT INTO statistics (tenant_id, day, app_id, name, error, n) VALUES (1, '2026-01-01', 1, 'logins', '', 5), (1, '2026-01-01', 0, 'logins', '', 2), "
        "(1, '2026-01-01', 1, 'active_users', '', 3), (1, '2026-01-01', 0, 'active_users', '', 4); "
        "INSERT INTO statistics_part (tenant_id, day, app_id, name, error, n) VALUES (1, '2026-01-02', 1, 'logins', '', 1)")

    def refused(said, *words, **settings):
        done = migrated.run("app", "remove", "wx01", *words, **settings)
        assert (done.returncode, done.stdout) == (1, "") and done.stderr.startswith(f"wxuserctl: {said}"), done

    refused("http.default_app or http.hosts names wx01", http__hosts="shop.example.com=wx01")
    refused("http.default_app or http.hosts names wx01", http__default_app="wx01")
    refused("wx01 is the default app", http__hosts="shop.example.com=wx011")
    migrated.out("app", "set", "wx02", "--default")
    refused("API keys name wx01 in --apps: 1;")
    migrated.out("key", "revoke", "1")
    refused("wx01 has 1 users; nothing is removed")
    before = sql("SELECT COUNT(*) FROM audit")
    assert migrated.out("app", "remove", "wx01", "--erase-users", "--dry-run") == (
        "App wx01 of tenant 1 would be removed; users: 1, events of WeChat: 2.\nNothing has been changed.\n")
    assert sql("SELECT COUNT(*) FROM audit") == before
    assert migrated.out("app", "remove", "wx01", "--erase-users") == (
        "Erased 1 users of app wx01.\nApp wx01 of tenant 1 is removed.\n")
    tables = sql("SELECT table_name FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name = 'app_id'")
    assert len(tables) >= 9
    assert {table: sql(f"SELECT COUNT(*) FROM {table} WHERE app_id = 1") for table in tables} == {table: ["0"] for table in tables}
    assert sql("SELECT name, n FROM statistics ORDER BY name") == ["active_users\t4", "logins\t7"]
    assert sql("SELECT app_id, n FROM statistics_part") == ["0\t1"]
    assert sql("SELECT action FROM audit ORDER BY id DESC LIMIT 2") == ["app.remove", "user.erase"]
    assert [row[3] for row in migrated.rows("app", "list")[1:]] == ["wx02"]
    assert migrated.out("app", "remove", "wx02") == "App wx02 of tenant 1 is removed.\n"


def test_check_of_the_phone_button(stack, ctl):
    stack.fault("wxa/business/getuserphonenumber", "errcode", 48001)
    assert f"warn app {stack.app_id}: it may not use the phone button (errcode 48001)" in ctl.out("check")
    assert "phone button (errcode" not in ctl.out("check")


def test_check_of_a_table_that_is_gone(stack, migrated):
    sql_as_root(stack, f"DROP TABLE {DATABASE}.role_type")
    done = migrated.run("check")
    assert "FAIL table role_type: it is gone; restore it from a backup" in done.stdout
    assert re.search(r"^FAIL statements: \w+ is refused one: ", done.stdout, re.MULTILINE) and "role_type" in done.stderr


NEXT_IDS = [
    (1073741823, "ok   ids: all are in the first half of their numbers"),
    (1100000000, "warn ids: member.id has come to 1100000000 of 2147483647; it takes steps of 1, and 1047483648 more"),
    (2147000000, "FAIL ids: member.id has come to 2147000000 of 2147483647; it takes steps of 1, and 483648 more rows"),
]


def test_check_of_ids(stack, migrated):
    migrated.out("tenant", "add", "one")
    for next_id, said in NEXT_IDS:
        sql_as_root(stack, f"ALTER TABLE {DATABASE}.member AUTO_INCREMENT = {next_id}")
        done = migrated.run("check")
        assert said in done.stdout, done.stdout
        assert done.returncode == (1 if said.startswith("FAIL") else 0), done.stdout


def test_check_of_jobs(stack, migrated):
    migrated.out("tenant", "add", "one")
    sql_as_root(stack, f"UPDATE {DATABASE}.job_lease SET ended_at = UTC_TIMESTAMP(6) - INTERVAL 1 DAY, "
                       "due_at = UTC_TIMESTAMP(6) - INTERVAL 3 HOUR WHERE name = 'access_token'; "
                       f"UPDATE {DATABASE}.job_lease SET failed_at = UTC_TIMESTAMP(6) WHERE name = 'push_event'")
    text = migrated.out("check")
    assert re.search(r"^warn job access_token: due since [^;]*; where no worker runs, let cron", text, re.M)
    assert re.search(r"^warn job push_event: failed .*; run: wxuserctl jobs run push_event$", text, re.M)
    assert len(re.findall("^warn job ", text, re.M)) == 2 and "jobs: " not in text
    migrated.out("jobs", "run", "access_token")
    migrated.out("jobs", "run", "push_event")
    assert "ok   jobs: none is late" in migrated.out("check")


def jobs(ctl, *words, **more):
    return [line.split()[:2] for line in ctl.out("jobs", "run", *words, **more).splitlines()]


def test_jobs_run_what_is_due(stack, migrated):
    heading, *lines = migrated.out("jobs", "list").splitlines()
    names = [line.split()[0] for line in lines]
    assert "access_token" in names and heading.count("(UTC+8)") == 2
    migrated.out("tenant", "add", "one")
    sql_as_root(stack, f"USE {DATABASE}; INSERT INTO login_claim (tenant_id, code_hash, created_at) SELECT 1, "
                       "UNHEX(SHA2(seq, 256)), UTC_TIMESTAMP(6) - INTERVAL 1 HOUR FROM seq_1_to_2500")
    rows = {"login_claim": "2500", "audit_seal": "1"}
    assert jobs(migrated) == [[name, rows.get(name, "0")] for name in names]
    assert migrated.out("jobs", "run") == "No job was due.\n"
    assert jobs(migrated, "access_token") == [["access_token", "0"]]
    assert migrated.run("jobs", "run", "nothing").returncode == 1

    name, *last_run, n_rows = migrated.out("jobs", "list").splitlines()[1].split()[:4]
    assert (name, n_rows) == ("login_claim", "2500")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", " ".join(last_run))


def test_a_job_that_fails_or_is_anothers(stack, migrated):
    sql_as_root(stack, f"DROP TABLE {DATABASE}.push_event; UPDATE {DATABASE}.job_lease SET holder = 'other 1', "
                       "expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE WHERE name = 'access_token'")
    done = migrated.run("jobs", "run")
    assert done.returncode == 1 and "push_event failed after 0 rows" in done.stderr
    assert re.search(r"^access_token +is being done by other 1$", done.stdout, re.M)
    assert re.search(r"^wechat_token +0 rows$", done.stdout, re.M)
    text = migrated.out("jobs", "list")
    assert re.search(r"^push_event .*\n +failed \d{4}-", text, re.M) and " other 1 " in text


def test_errors_are_exported_in_the_language_of_the_messages(ctl, tmp_path):
    for messages, text in ("auto", "系统繁忙"), ("en", "The service is busy"):
        ctl.out("errors", "export", str(tmp_path / "errors"), http__messages=messages)
        for file in (tmp_path / "errors/busy").iterdir():
            assert text in file.read_text() or file.name == "problem.problem-json"
    done = ctl.run("errors", "export", str(tmp_path / "none/errors"))
    assert done.returncode == 1 and "none/errors: No such file or directory" in done.stderr
