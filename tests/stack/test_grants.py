"""The three users of the database, and what "migrate --grants" and "check" say of them."""

import getpass
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from ctl import RIGHTS, Ctl, drop_schema, drop_users, give_rights, make_users, sql_as_root

DATABASE = "granted"
SERVICE, CONTROL, MIGRATION = (f"{DATABASE}_{name}" for name in ("service", "control", "migration"))
GOOD = "ok   grants: each user of the database has what it needs\n"


def of_one_user(stack, user):
    return Ctl(stack, database__name=DATABASE, database__user=user, database__password_file="",
               database__control_user="", database__migration_user="", http__hosts="", admin__api="false")


@pytest.fixture
def granted(stack):
    """wxuserctl on a new database with three users, before the tables are made."""
    sql_as_root(stack, f"CREATE OR REPLACE DATABASE {DATABASE}")
    settings = make_users(stack, DATABASE)
    yield Ctl(stack, **settings, admin__api="false")
    drop_users(stack, settings)
    drop_schema(stack, DATABASE)


def lines_about_grants(ctl):
    return "".join(re.findall(r"^(?:ok  |warn|FAIL) grants: .*\n", ctl.run("check").stdout, re.MULTILINE))


def test_the_stacks_users_have_what_they_need_and_no_more(ctl):
    assert lines_about_grants(ctl) == GOOD
    assert "-- Nothing is missing.\n" in ctl.out("migrate", "--grants")
    # Other tests may have given its users rights to other databases, which are comments.
    assert not re.search("(?m)^(REVOKE|GRANT)", ctl.out("migrate", "--revokes"))


def test_a_new_database(stack, granted):
    done = granted.run("migrate", "--grants")
    assert done.returncode == 1 and "run first: wxuserctl migrate\n" in done.stderr
    done = granted.run("migrate")
    assert done.returncode == 0
    for user in SERVICE, CONTROL:
        assert f"`{user}`@`localhost` lacks rights that this release needs" in done.stderr
    assert "wxuserctl migrate --grants | mariadb" in done.stderr and MIGRATION not in done.stderr

    text = granted.out("migrate", "--grants")
    assert f"\nGRANT SELECT, INSERT ON `{DATABASE}`.`audit` TO `{SERVICE}`@`localhost`;\n" in text
    sql_as_root(stack, text)
    assert "-- Nothing is missing.\n" in granted.out("migrate", "--grants")
    assert lines_about_grants(granted) == GOOD
    assert granted.run("migrate").stderr == ""
    granted.out("tenant", "add", "shop")
    assert "login_claim" in granted.out("jobs", "list")


def test_check_finds_what_is_missing(stack, granted):
    granted.run("migrate")
    give_rights(stack, granted)
    sql_as_root(stack, f"REVOKE INSERT ON {DATABASE}.audit FROM {SERVICE}@localhost")
    assert lines_about_grants(granted).startswith(
        f"FAIL grants: `{SERVICE}`@`localhost` lacks rights to 1 tables, such as GRANT INSERT ON `{DATABASE}`.`audit` TO "
        f"`{SERVICE}`@`localhost`; run as an administrator of the database: wxuserctl migrate --grants | mariadb\n")
    give_rights(stack, granted)
    assert lines_about_grants(granted) == GOOD


def test_check_finds_what_is_too_much(stack, granted):
    granted.run("migrate")
    give_rights(stack, granted)
    sql_as_root(stack, f"GRANT DELETE ON {DATABASE}.audit TO {SERVICE}@localhost; "
                f"GRANT INSERT, DROP ON {DATABASE}.* TO {SERVICE}@localhost")
    text = lines_about_grants(granted)
    assert text.startswith(f"warn grants: `{SERVICE}`@`localhost` has more rights than it needs, and may change the audit, "
                           "make API keys, ") and "change and drop tables; " in text
    assert text.endswith("wxuserctl migrate --revokes | mariadb\n")
    give_rights(stack, granted, "--revokes")
    assert lines_about_grants(granted) == GOOD
    sql_as_root(stack, f"GRANT EVENT ON {DATABASE}.* TO {SERVICE}@localhost; GRANT UPDATE (details), SELECT (mac) ON "
                f"{DATABASE}.audit TO {SERVICE}@localhost WITH GRANT OPTION; GRANT FILE ON *.* TO {SERVICE}@localhost; "
                f"GRANT SELECT ON mysql.* TO {SERVICE}@localhost; CREATE OR REPLACE ROLE {DATABASE}_any; "
                f"GRANT {DATABASE}_any TO {SERVICE}@localhost")
    text = lines_about_grants(granted)
    for deed in ("change the audit", f"use EVENT on `{DATABASE}`.*", "use FILE on *.*", "use SELECT on `mysql`.*",
                 f"take the role `{DATABASE}_any`", f"use GRANT OPTION on `{DATABASE}`.`audit`"):
        assert deed in text
    give_rights(stack, granted, "--revokes")
    text = lines_about_grants(granted)
    assert "EVENT" not in text and "audit" not in text and "use FILE on *.*" in text and "GRANT OPTION" not in text
    assert f"-- Unless it is for others: REVOKE FILE ON *.* FROM `{SERVICE}`@`localhost`;\n" in granted.out("migrate", "--revokes")
    sql_as_root(stack, f"REVOKE FILE ON *.* FROM {SERVICE}@localhost; REVOKE SELECT ON mysql.* FROM {SERVICE}@localhost; "
                f"DROP ROLE {DATABASE}_any")
    assert lines_about_grants(granted) == GOOD
    sql_as_root(stack, f"GRANT ALL ON `grante%`.* TO {SERVICE}@localhost")
    assert "give wxuser users of the database of its own" in lines_about_grants(granted)


def test_who_may_grant_gives_new_rights_by_itself(stack, granted):
    sql_as_root(stack, f"GRANT {RIGHTS} ON {DATABASE}.* TO {MIGRATION}@localhost WITH GRANT OPTION")
    done = granted.run("migrate")
    assert f"`{SERVICE}`@`localhost` has got the rights that this release needs.\n" in done.stdout, done
    assert done.stderr == "" and lines_about_grants(granted) == GOOD


def test_one_user_for_all(stack, granted):
    ctl = of_one_user(stack, MIGRATION)
    done = ctl.run("migrate")
    assert done.returncode == 0 and done.stderr == ""
    assert re.fullmatch(r"ok   grants: `\w+`@`localhost` does everything, so that whoever takes over the service may change "
                        r"the audit, make API keys, .*, change and drop tables; see control_user and migration_user in "
                        r"\[database\]\n", lines_about_grants(ctl))
    assert "-- Nothing is missing.\n" in ctl.out("migrate", "--grants")
    ctl.out("tenant", "add", "shop")
    assert "It migrates, too" in ctl.out("migrate", "--revokes")


def test_a_wrong_password_comes_with_the_line_that_sets_it(ctl, tmp_path):
    file = tmp_path / "password"
    file.write_text("wrong\n")
    file.chmod(0o600)
    said = ctl.run("check", database__control_password_file=file).stdout
    assert f"""IDENTIFIED BY '%s';\\n" "$(cat {file})" | mariadb\n""" in said, said


def test_an_installation_of_the_release_before(stack, granted):
    """One user for the rows, and root for the tables; then three users."""
    root = Ctl(stack, database__name=DATABASE, database__user=getpass.getuser(), database__password_file="",
               database__control_user="", database__migration_user="", http__hosts="", admin__api="false")
    root.out("migrate")
    sql_as_root(stack, f"GRANT SELECT, INSERT, UPDATE, DELETE ON {DATABASE}.* TO {SERVICE}@localhost")
    before = of_one_user(stack, SERVICE)
    before.out("migrate")
    before.out("tenant", "add", "shop")
    line = lines_about_grants(before)
    assert "does everything" in line and "change the audit" in line and "drop tables" not in line

    give_rights(stack, granted)
    assert "wxuserctl migrate --revokes | mariadb\n" in lines_about_grants(granted)
    granted.out("tenant", "list")
    before.out("tenant", "list")
    give_rights(stack, granted, "--revokes")
    assert lines_about_grants(granted) == GOOD
    assert granted.out("tenant", "list").count("shop") == 1


def test_rights_that_cannot_be_read_are_no_success(stack, granted):
    """The statements of the others are written all the same."""
    granted.out("migrate")
    sql_as_root(stack, f"ALTER USER {CONTROL}@localhost ACCOUNT LOCK")
    for option in "--grants", "--revokes":
        done = granted.run("migrate", option)
        assert done.returncode == 1 and "what it has is not known" in done.stdout, done
        assert f"-- `{SERVICE}`@`localhost`, user in [database]\n" in done.stdout, done


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_check_by_who_may_not_read_the_password_of_control(stack, granted, tmp_path):
    """It says so once, and what only control may see is not said to be missing."""
    granted.run("migrate")
    give_rights(stack, granted)
    socket, password = pathlib.Path(stack.env["WXUSER_DB_SOCKET"]), tmp_path / "control.password"
    for directory in tmp_path, *tmp_path.parents, *socket.parents:
        if not directory.stat().st_mode & 0o001:
            directory.chmod(0o711)
    password.write_text("x\n")
    password.chmod(0o600)
    program, conf = tmp_path / "wxuserctl", tmp_path / "wxuser.conf"
    shutil.copy(granted.command[0], program)
    conf.write_text(f"[database]\nsocket = {socket}\n[wechat]\nbase_url = {stack.env['WXUSER_URL']}\n")
    done = subprocess.run([program, "--config", conf, "check"], capture_output=True, text=True, timeout=60,
                          env=granted.environment({"database__control_password_file": password}), user="nobody")
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL passwords: ")]
    assert done.stderr.startswith(f"wxuserctl: [database] control_user: user nobody may not read {password}, its password; "
                                  "run this as root\n"), done
    assert failed == ["FAIL passwords: that of [database] control_user cannot be read (see above), so that tables, rights, "
                          "keys, erasures, jobs, tenants and apps are not checked; run: sudo -u root wxuserctl check"]
    for said in "ok   schema: ", "ok   server: ":
        assert f"\n{said}" in done.stdout, done.stdout
    assert not re.search("^.{4} (table|statements|grants|jobs|tenants|erasures)", done.stdout, re.M), done.stdout
    assert done.returncode == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_the_service_must_not_read_the_others_passwords(stack, granted, tmp_path):
    password = tmp_path / "control.password"
    password.write_text("x\n")
    password.chmod(0o640)
    os.chown(password, 0, 0)
    done = granted.run("check", server__user="nobody", database__control_password_file=password)
    assert "passwords: the service's user" not in done.stdout
    for owner, mode in ("nobody", 0o600), ("root", 0o640):
        os.system(f"chown {owner}:nogroup {password}")
        password.chmod(mode)
        done = granted.run("check", server__user="nobody", database__control_password_file=password)
        assert (f"warn passwords: the service's user nobody may read {password}, and so do what is kept from it; "
                f"run: chown root {password} && chmod 600 {password}\n") in done.stdout, done
