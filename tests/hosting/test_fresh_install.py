"""docs/shared-hosting.md, its commands as they stand there, from a tarball to the first login and on."""

import os
import pathlib
import pwd
import re
import shutil
import subprocess

import pytest

from ctl import sql_as_root
from host import VISITOR, Host, strangers_apache
from stack import TREE, exchange

BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])
APP, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def host(stack):
    with Host(stack, "fresh") as made:
        yield made


class User:
    """A user with a home directory, a database and what the panel tells of it."""

    def __init__(self, host):
        self.home = host.directory / "home"
        self.public = self.home / "public_html"
        self.public.mkdir(parents=True)
        (host.directory / "htdocs").symlink_to(self.public)
        for path in self.home, self.public, host.run:
            shutil.chown(path, VISITOR)
        sql_as_root(host.stack, "CREATE DATABASE hosted; GRANT ALL ON hosted.* TO hosted@localhost "
                                "IDENTIFIED BY 'panel'")

    def do(self, script, directory):
        user = pwd.getpwnam(VISITOR)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        done = subprocess.run(["sh", "-eux"], input=script, cwd=directory, capture_output=True, text=True,
                              timeout=900, umask=0o002, **as_user,
                              env={"HOME": str(self.home), "PATH": os.environ["PATH"], "CFLAGS": "-O0",
                                   "MAKEFLAGS": f"-j{os.cpu_count()}"})
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def unpack(self):
        subprocess.run(["make", "-s", "-C", BUILD, "dist"], check=True, stdout=subprocess.DEVNULL)
        tarball, = BUILD.glob("wxuser-*.tar.xz")
        self.do(f"tar xf {tarball}; mv wxuser-* source", self.home)
        tarball.unlink()
        return self.home / "source"


def test_from_tarball_to_first_login(host):
    stack, user = host.stack, User(host)
    blocks = re.findall(r"^```sh\n(.*?)^```$", (TREE / "docs/shared-hosting.md").read_text("utf-8"), re.M | re.S)
    build, set_up, publish, log_in, renew = blocks
    source = user.unpack()
    conf = user.home / "wxuser/etc/wxuser"

    # The database has no port here, and a sandbox is in WeChat's place.
    build = build.replace("host = 127.0.0.1", f"socket = {stack.env['WXUSER_DB_SOCKET']}")
    build = build.replace("name = NAME\nuser = USER", "name = hosted\nuser = hosted")
    build = build.replace("\nEOF\n", f"\n[wechat]\nbase_url = http://127.0.0.1:{stack.port}\nsecond_url =\nEOF\n")
    told = f"echo panel >{conf}/database.password; echo {SECRET} >secret.txt\n"
    stack.sandbox("apps", {"appid": APP, "secret": SECRET, "kind": "mini"})
    user.do(build + told + set_up + publish, source)
    assert not [path for path in conf.iterdir() if path.stat().st_mode & 0o077]
    # What suexec looks at; and what Apache reads.
    programs = user.home / "wxuser/libexec/wxuser"
    assert not [path for path in (programs, *programs.iterdir()) if path.stat().st_mode & 0o022]
    assert not [path for path in user.public.rglob("*") if path.stat().st_mode & 0o044 != 0o044]

    strangers_apache(host)
    code = stack.code(APP)["code"]
    answer = user.do(log_in.replace("https://shop.example.com", f"http://127.0.0.1:{host.port}")
                         .replace('"CODE"', f'"{code}"'), source)
    assert '"code":200' in answer, answer + host.logs()

    def not_found():
        return exchange(host.port, "GET", "/api/none", None, {}).text

    assert "未找到" in not_found()
    user.do(f"printf '[http]\nmessages = en\n' >>{conf}/wxuser.conf; {renew}", source)
    assert "No HTTP resource" in not_found(), host.logs()
