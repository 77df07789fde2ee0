"""An installation whose keys a test may lose, replace and damage."""

import base64
import re

from ctl import KEY_FILES, sql_as_root

FILES = KEY_FILES


def key_line(number, byte):
    return f"{number} hkdf {base64.b64encode(bytes([byte]) * 32).decode()}\n"


class Installation:
    """A schema with key files of its own, a tenant and an app."""

    def __init__(self, stack, ctl, directory):
        self.stack, self.ctl, self.directory = stack, ctl, directory
        ctl.settings = {**ctl.settings, "keys__erasure_log": directory / "erasures.log",
                        **{f"keys__{name}": self.path(name) for name in FILES}}
        self.sql("SET foreign_key_checks = 0; " + "".join(f"TRUNCATE {table};" for table in (
            "key_check", "key_host", "audit", "audit_link", "member", "wechat_user", "api_key", "app", "tenant")))
        ctl.out("keys", "create")
        ctl.out("tenant", "add", "one")
        self.key = re.search(r"wxk_\w+", ctl.out("key", "add", "--tenant", "1", "--name", "k", "--scopes", "read,write",
                                                 "--rate", "10000"))[0]
        self.add_app("wx01")
        self.texts = {name: self.path(name).read_text() for name in FILES}

    def path(self, name):
        return self.directory / f"{name}.keys"

    def add_app(self, appid):
        self.ctl.out("app", "add", "--tenant", "1", "--kind", "web", "--appid", appid, "--default", appid, stdin="s\n")

    def add_member(self, *phones):
        members = self.directory / "members.csv"
        members.write_text("\n".join(["phone", *phones, ""]))
        self.ctl.out("members", "import", "--tenant", "1", members)

    def sql(self, statement):
        return sql_as_root(self.stack, f"USE {self.ctl.settings['database__name']}; {statement}")

    def export(self):
        """A command that needs keys, and changes nothing."""
        return self.refusal("members", "export", "--tenant", "1")

    def put(self, name, text):
        """None: the file is gone."""
        self.path(name).unlink(missing_ok=True)
        if text is not None:
            self.path(name).write_text(text)
            self.path(name).chmod(0o600)

    def restore(self):
        for name in FILES:
            self.put(name, self.texts[name])

    def refusal(self, *words, status=1):
        done = self.ctl.run(*words)
        assert done.returncode == status, done.stdout
        return done.stdout + done.stderr
