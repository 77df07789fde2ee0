"""What docs/install.md and CONTRIBUTING.md say, done literally in systems that have nothing yet."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from machine import Machine
from stack import TREE, wait_until

BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])
TOOLS = "debootstrap", "systemd-nspawn"
# Debian's name of the machine is known by itself alone, which MariaDB's installation asks for.
PLAIN = "echo 127.0.0.1 localhost wxuser >/etc/hosts"
# What a release is built and tested with; no autotools.
RELEASE = f"""set -e
{PLAIN}
export DEBIAN_FRONTEND=noninteractive
apt-get -q install -y --no-install-recommends build-essential pkg-config xz-utils libfcgi-dev libjansson-dev \
    libmariadb-dev libcurl4-openssl-dev libssl-dev libxml2-dev libinih-dev libcmocka-dev mariadb-server-core-10.5 \
    mariadb-client-core-10.5 openssl
apt-get clean
"""

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a machine"),
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"one of {', '.join(TOOLS)} is missing"),
]


def section(document, heading):
    """The text below the heading."""
    return re.search(rf"(?ms)^#+ {heading}\n(.*?)(?=^#|\Z)", (TREE / document).read_text("utf-8"))[1]


def block(text):
    """The first one of commands."""
    return re.search(r"(?s)```sh\n(.*?)```", text)[1]


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A directory with a release's tarball."""
    directory = tmp_path_factory.mktemp("release")
    subprocess.run(["make", "-s", "-C", BUILD, "dist"], check=True, stdout=subprocess.DEVNULL, timeout=600)
    [made] = BUILD.glob("wxuser-*.tar.xz")
    made.rename(directory / made.name)
    return directory


@pytest.fixture
def machine(release, request):
    made = Machine(release, False, *request.param)
    # As from git: what "make dist" has added is not there.
    made.shell("cd /srv; tar xf /packages/wxuser-*.tar.xz 2>/dev/null || "
               "{ apt-get -q update && apt-get -q install -y xz-utils && tar xf /packages/wxuser-*.tar.xz; }; mv wxuser-* wxuser")
    yield made
    made.end()


@pytest.mark.parametrize("machine", [["bullseye", RELEASE]], indirect=True, ids=["Debian 11"])
def test_a_release_on_the_oldest_system(machine):
    assert machine.run("which", "autoconf", "automake", "autoreconf").stdout == ""
    machine.shell("cd /srv/wxuser; mkdir build; cd build; ../configure; make -j2", timeout=1200)
    # MariaDB 10.5 looks at lock waits once a second, too late for what test_db_faults measures.
    names = sorted(path.stem for path in (TREE / "tests/unit").glob("test_*.c") if path.stem != "test_db_faults")
    tests = " ".join(f"tests/unit/{name}" for name in names)
    done = machine.run("make", "-s", "-C", "/srv/wxuser/build", "-k", "-j2", "check", f"TESTS={tests}", timeout=1800)
    assert done.returncode == 0, machine.shell("cat /srv/wxuser/build/test-suite.log")[-8000:]
    assert len(re.findall("(?m)^PASS: ", done.stdout)) >= 40
    machine.shell("cd /srv/wxuser/build; make -s install; /usr/local/bin/wxuserctl --version; /usr/local/sbin/wxuser.fcgi --version")


@pytest.mark.parametrize("machine", [["bullseye", RELEASE]], indirect=True, ids=["Debian 11"])
def test_the_quick_start_says_what_it_needs(machine):
    done = machine.run("sh", "/srv/wxuser/conf/quickstart.sh", "up")
    assert done.returncode == 1 and done.stderr == "quickstart: this is Debian 11; it needs 12 or newer\n"


@pytest.mark.parametrize("machine", [["bookworm", PLAIN]], indirect=True, ids=["Debian 12"])
def test_a_package_as_it_is_said(machine):
    packages, *_ = re.split(r"(?m)^\./autogen", block(section("CONTRIBUTING.md", "Build")))
    more, = re.findall(r"`(sh conf/packages\.sh [^`]*)`", section("CONTRIBUTING.md", "The Debian package"))
    build = block(section("docs/install.md", "Build and install")).replace("&& make && make install", "")
    assert "./configure" in build
    machine.shell("cd /srv/wxuser; rm -rf configure aclocal.m4 build-aux Makefile.in config.h.in")
    machine.shell(f"cd /srv/wxuser\n{packages}\n{more}\n{build}\nexport DEB_BUILD_OPTIONS='nocheck parallel=2'\nmake deb",
                  timeout=1800)
    machine.shell("cd /srv/wxuser; apt-get -q install -y --no-install-recommends ./deb/wxuser_*.deb; wxuserctl --version")


@pytest.fixture
def installed(tmp_path):
    """A machine with MariaDB and systemd, on which "make install" was run."""
    subprocess.run(["make", "-s", "-C", BUILD, "install", f"DESTDIR={tmp_path}/root"], check=True, stdout=subprocess.DEVNULL,
                   timeout=600)
    made = Machine(tmp_path, True)
    made.shell("cp -RT /packages/root /; systemctl daemon-reload")
    wait_until(lambda: made.run("mariadb-admin", "ping").returncode == 0, 60, "MariaDB answers")
    yield made
    made.end()


def test_a_service_as_it_is_said(installed):
    *lines, check = block(section("docs/install.md", "Set up the service")).splitlines(keepends=True)
    path = "export PATH=/usr/local/sbin:/usr/local/bin:$PATH\n"
    said = installed.shell(f"{path}cd; echo 0123456789abcdef0123456789abcdef >secret.txt\n{''.join(lines)}")
    assert "wxk_" in said
    checked = installed.run("sh", "-c", path + check).stdout
    assert "FAIL" not in re.sub("(?m)^.*(WeChat|app wx).*$", "", checked), checked
    assert "ok   socket of the core pool" in checked and "ok   keys" in checked
