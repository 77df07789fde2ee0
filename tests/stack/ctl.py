"""wxuserctl, the operator's tool, as a test runs it."""

import contextlib
import getpass
import os
import pathlib
import shutil
import subprocess

DATABASE = "wxuser_ctl"
KEY_FILES = ["sealing", "lookup", "erasure", "audit"]


class Ctl:
    """wxuserctl with the stack's configuration and settings (section__key) that go before it."""

    def __init__(self, stack, **settings):
        programs = stack.environment.get("WXUSER_BUILD") or stack.state / "build"
        self.command = [pathlib.Path(programs) / "wxuserctl", "--config",
                        stack.state / "conf" / "wxuser.conf"]
        self.settings = settings

    def environment(self, settings):
        return {**os.environ, **{f"WXUSER_CONF_{name}": str(value)
                                 for name, value in {**self.settings, **settings}.items()}}

    def run(self, *words, stdin="", stdout=subprocess.PIPE, timeout=60, **settings):
        return subprocess.run([*self.command, *words], input=stdin, stdout=stdout,
                              stderr=subprocess.PIPE, text=True, timeout=timeout,
                              env=self.environment(settings))

    def out(self, *words, **more):
        """The standard output of a command that must succeed."""
        done = self.run(*words, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def rows(self, *words):
        return [line.split(None, n) for line in self.out(*words).splitlines()
                for n in [{"key": 11, "app": 5}.get(words[0], 4)]]


def sql_as_root(stack, statement):
    """The output, a line each row."""
    return subprocess.run(["mariadb", "--no-defaults", "--batch", "--skip-column-names",
                           f"--socket={stack.env['WXUSER_DB_SOCKET']}", f"--user={getpass.getuser()}", "-e", statement],
                          check=True, timeout=30, stdout=subprocess.PIPE, text=True,
                          errors="replace").stdout.split("\n")[:-1]


RIGHTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER"


def make_users(stack, name):
    """Three users for that schema, of whom that of the migration and the one of wxuserctl may do what install.md says.
    The settings that name them."""
    users = {key: f"{name}_{key or 'service'}" for key in ("", "control", "migration")}
    sql_as_root(stack, " ".join(f"CREATE OR REPLACE USER {user}@localhost;" for user in users.values()) +
                f"GRANT SELECT ON {name}.* TO {users['control']}@localhost; "
                f"GRANT {RIGHTS} ON {name}.* TO {users['migration']}@localhost")
    settings = {"database__name": name, "http__hosts": ""}
    for key, user in users.items():
        prefix = f"database__{key}_" if key else "database__"
        settings.update({f"{prefix}user": user, f"{prefix}password_file": ""})
    return settings


def drop_users(stack, settings):
    sql_as_root(stack, "DROP USER " + ", ".join(
        f"{settings[f'database__{key}user']}@localhost" for key in ("", "control_", "migration_")))


def give_rights(stack, ctl, option="--grants"):
    sql_as_root(stack, ctl.out("migrate", option))


def empty_schema(stack, name=DATABASE):
    """wxuserctl on it, as a user of the database who may do anything there."""
    sql_as_root(stack, f"CREATE OR REPLACE DATABASE {name}; GRANT ALL ON {name}.* TO wxuser_migrate@localhost")
    log = stack.state / "secret" / f"{name}-erasures.log"
    log.write_text("")
    shutil.copystat(log.with_name("erasures.log"), log)
    shutil.chown(log, log.with_name("erasures.log").owner())
    return Ctl(stack, database__name=name, database__user="wxuser_migrate", keys__erasure_log=log,
               database__password_file=stack.state / "secret" / "migrate.password",
               database__control_user="", database__migration_user="", http__hosts="")


def drop_schema(stack, name=DATABASE):
    sql_as_root(stack, f"DROP DATABASE {name}")


@contextlib.contextmanager
def migrated_schema(stack, name):
    """The settings of wxuserctl on it, which has three users there with the rights that they need."""
    ctl = empty_schema(stack, name)
    ctl.settings.update(make_users(stack, name))
    ctl.out("migrate")
    give_rights(stack, ctl)
    yield ctl.settings
    drop_users(stack, ctl.settings)
    drop_schema(stack, name)
