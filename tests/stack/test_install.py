"""make install: what it lays out, and that what it says of itself is there."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from stack import TREE

BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])
# What files of the installation may name without being a file of it: the operator's, and what is made at a start.
MADE_LATER = "/etc/wxuser/", "/run/wxuser/", "/var/lib/wxuser/"


def make(*words, **more):
    subprocess.run(["make", "-s", "-C", BUILD, *words], stdout=subprocess.DEVNULL, check=True, **more)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    place = tmp_path_factory.mktemp("install") / "the root"
    make("install", f"DESTDIR={place}")
    yield place
    shutil.rmtree(place.parent)


def files_of(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def say(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout


def test_lays_out_by_prefix(root):
    files = set(files_of(root))
    assert {"usr/local/bin/wxuserctl", "usr/local/sbin/wxuser.fcgi", "usr/local/libexec/wxuser/core.fcgi",
            "usr/local/libexec/wxuser/remote.fcgi", "usr/local/lib/systemd/system/wxuser.service",
            "usr/local/share/man/man5/wxuser.conf.5", "usr/local/share/man/man8/wxuser.fcgi.8",
            "usr/local/share/man/man8/wxuserctl.8", "usr/local/share/doc/wxuser/README.md"} <= files
    documents = [*TREE.glob("README*.md"), *TREE.glob("SECURITY*.md"), TREE / "CONTRIBUTING.md", *TREE.glob("docs/**/*.md"),
                 *TREE.glob("clients/*.md"), *TREE.glob("clients/*/*.*")]
    assert len(documents) > 10 and {f"usr/local/share/doc/wxuser/{path.relative_to(TREE)}" for path in documents} <= files
    console = {path.relative_to(TREE) for path in TREE.glob("console/**/*")
               if path.is_file() and path.suffix not in (".md", ".mk")}
    assert {f"usr/local/share/wxuser/{path}" for path in console} == {
        path for path in files if path.startswith("usr/local/share/wxuser/console/")}
    assert {path.split("/")[2] for path in files} == {"bin", "sbin", "lib", "libexec", "share"}
    # Keys will lie there.
    for place in "etc/wxuser", "var/lib/wxuser":
        assert (root / place).stat().st_mode & 0o777 == 0o700
    assert os.access(root / "usr/local/libexec/wxuser/core.fcgi", os.X_OK)


# With the widest and the narrowest; those between are tried in the long run.
@pytest.mark.parametrize("umask", [0o000, pytest.param(0o002, marks=pytest.mark.long), 0o077], ids=oct)
def test_modes_are_those_of_no_umask(tmp_path, umask):
    """suexec wants libexec to be its owner's alone, and the web server reads share; both again over what is there."""
    libexec = tmp_path / "home/me/wxuser/libexec/wxuser"
    for _ in range(2):
        make("install", f"DESTDIR={tmp_path}", "prefix=/home/me/wxuser", umask=umask)
        modes = {path: oct(path.stat().st_mode & 0o7777) for path in tmp_path.rglob("*") if not path.is_symlink()}
        for place in "etc/wxuser", "var/lib/wxuser":
            assert modes.pop(tmp_path / place) == "0o700"
        odd = {path: mode for path, mode in modes.items()
               if mode != "0o755" and (path.is_dir() or mode != "0o644" or path.parent == libexec)}
        assert odd == {}
        libexec.chmod(0o775)


def test_names_what_is_there(root):
    for name in files_of(root):
        if name.startswith(("usr/local/bin/", "usr/local/sbin/")):
            continue
        text = (root / name).read_text()
        assert not re.search(r"@\w+@", text), name
        for path in re.findall(r"/(?:usr/local|etc/wxuser|run/wxuser)/[\w./-]*\w", text):
            assert path.startswith(MADE_LATER) or (root / path[1:]).exists(), f"{name}: {path}"


def test_documents_name_the_directories_of_a_home(tmp_path):
    """Also where they write it as $HOME, which a directory of this build may follow."""
    home = "/home/me/wxuser"
    make("install-documents", f"DESTDIR={tmp_path}", f"prefix={home}", f"sysconfdir={home}/etc",
         f"runstatedir={home}/var/run")
    directory = tmp_path / home[1:] / "share/doc/wxuser"
    installed = {path.relative_to(directory): path.read_text("utf-8") for path in directory.rglob("*.md")}
    for name, text in installed.items():
        source = (TREE / name).read_text("utf-8")
        assert sorted(re.findall(r"\$HOME/[\w./-]*", text)) == sorted(re.findall(r"\$HOME/[\w./-]*", source)), name
        assert not re.search(rf"/usr/local/\w|[\w./~}}-]{home}|(?<![\w./~}}-])/(etc|run)/wxuser", text), name
    assert f"`{home}/etc/wxuser`" in installed[pathlib.Path("docs/install.md")]
    assert '"$HOME/wxuser/etc/wxuser/wxuser.conf"' in installed[pathlib.Path("docs/shared-hosting.md")]


def test_programs_and_manual_agree(root):
    for name, folder in ("wxuser.fcgi", "sbin"), ("wxuserctl", "bin"):
        program = root / "usr/local" / folder / name
        page = (root / f"usr/local/share/man/man8/{name}.8").read_text().replace("\\-", "-")
        version = say(program, "--version").strip()
        assert f".Os {version}" in page
        for option in re.findall(r"--([a-z-]+)", say(program, "--help").split("Environment")[0]):
            assert f"Fl -{option}" in page, option


def test_uninstall_leaves_what_is_the_operators(root):
    mine = root / "etc/wxuser/wxuser.conf"
    mine.touch()
    make("uninstall", f"DESTDIR={root}")
    assert files_of(root) == ["etc/wxuser/wxuser.conf"]
    assert not [path for path in root.rglob("*wxuser*") if path.is_dir() and path != mine.parent]


@pytest.mark.long
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_units_are_sound(root):
    make("install", f"DESTDIR={root}")
    # What the units' commands are looked for under.
    (root / "usr/bin").mkdir()
    shutil.copy("/usr/bin/install", root / "usr/bin")
    subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}",
                    *(root / "usr/local/lib/systemd/system").iterdir()], check=True)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_the_service_may_do_little(root):
    """0 is least, 10 is what a service may that says nothing."""
    make("install", f"DESTDIR={root}")
    subprocess.run(["systemd-analyze", "security", "--no-pager", "--offline=yes", "--threshold=15", f"--root={root}",
                    root / "usr/local/lib/systemd/system/wxuser.service"], check=True)


@pytest.mark.parametrize("wanted, asked", [("sought=sh", ""), ("sought=no-such-program", "install sought\n"),
                                           ("sought", "install sought\n")])
def test_who_has_a_program_gets_no_package_of_it(tmp_path, wanted, asked):
    """The package may not fit beside where the program comes from."""
    for name, script in ("apt-get", f'for word; do :; done; [ "$word" = update ] || echo install "$word" >>{tmp_path}/asked'), \
            ("sudo", 'exec "$@"'):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "asked").touch()
    subprocess.run(["sh", TREE / "conf/packages.sh", wanted], check=True, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert (tmp_path / "asked").read_text() == asked
