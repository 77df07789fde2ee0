"""wxuser.fcgi refuses to start on what would only fail later, in a user's hands."""

import grp
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import pytest

from ctl import Ctl


def start(stack, *options, **settings):
    """Where it must not start: with the configuration of the stack, which has the sockets already."""
    programs = os.environ.get("WXUSER_BUILD") or stack.state / "build"
    settings = {"log__path": "", **settings}
    return subprocess.run(
        [pathlib.Path(programs) / "wxuser.fcgi", "--config", stack.state / "conf" / "wxuser.conf",
         *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=30, env={**os.environ, **{f"WXUSER_CONF_{name}": value
                                          for name, value in settings.items()}})


def test_a_configuration_that_is_good(stack):
    done = start(stack, "--check-config")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_look_at_a_configuration_makes_no_log(stack, tmp_path):
    assert start(stack, "--check-config", log__path=str(tmp_path / "log")).returncode == 0
    assert not (tmp_path / "log").exists()


def test_a_configuration_that_is_dangerous(stack):
    done = start(stack, "--check-config", auth__trusted_networks="10.1.2.0/24=till")
    assert done.returncode == 0
    assert "whoever is there needs no credential" in done.stderr
    done = start(stack, "--check-config", auth__trusted_networks="10.1.2.0/24=till",
                 http__trusted_proxies="10.0.0.0/8")
    assert done.returncode == 78 and "http.trusted_proxies" in done.stderr


REFUSED = [
    ("http__origins", "*", "http.origins: * would let in pages of anybody"),
    ("http__origins", "https://a.example null", "http.origins: null would let in pages of anybody"),
    ("http__origins", "https://a.example/", "http.origins: https://a.example/ is no origin"),
    ("server__nosuch", "1", "unknown key nosuch"),
    ("server__user", '"wxuser"', "user must be without the quotes"),
    ("server__user", "nosuch", "there is no user nosuch; run: useradd --system nosuch"),
    ("server__user", "1000", "there is no user called 1000; write the name, not a number"),
    ("server__socket_group", "nosuch", "there is no group nosuch here; name the web server's"),
    ("server__socket_mode", "689", "689 is not octal; write: socket_mode = 660"),
    ("server__listen_core", "", "server.listen_core is empty"),
    ("server__listen_core", "/nonexistent/wx/core.sock",
     "the directory /nonexistent/wx is not there; run: install -d -o "),
    ("server__listen_core", "/dev/null/core.sock", "/dev/null is no directory"),
    ("server__listen_core", "unix:/run/core.sock", "a path begins with /"),
    ("server__listen_core", "/" + "x" * 110, "at most 103 bytes"),
    ("server__listen_core", "0.0.0.0:9000", "FastCGI has no password"),
    ("server__listen_core", "localhost", "neither a path nor"),
    ("server__listen_remote", "example.com:9000", "neither a path nor"),
    ("server__state_directory", "/nonexistent", "the directory /nonexistent is not there; run: install -d -o "),
    ("server__state_directory", "/dev/null", "/dev/null is no directory"),
    ("server__base_path", "wx", "server.base_path must begin with / and not end with it"),
    ("server__base_path", "/wx/", "server.base_path must begin with / and not end with it"),
    ("server__base_path", "/", "server.base_path must begin with / and not end with it"),
    ("keys__sealing", "/nonexistent", "restore it from its backup: what it sealed opens with it only"),
    ("keys__lookup", "/nonexistent", "restore it from its backup: what was hashed with it is found with it only"),
    ("log__access_path", "sislog", "log.access_path sislog: neither a path nor syslog"),
    ("log__path", "/nonexistent/log", "log.path /nonexistent/log: the directory /nonexistent is not there; run: "),
    ("log__path", "/dev/null/log", "log.path /dev/null/log: Not a directory"),
    ("log__path", "/", "log.path /: it is a directory; name a file in it"),
    ("log__access_path", "/dev/", "log.access_path /dev/: it is a directory; name a file in it"),
    ("wechat__base_url", "http://192.0.2.1", "section=wechat key=base_url host=192.0.2.1 reason=\"not https://"),
    ("wechat__base_url", "api.weixin.qq.com", "reason=\"not a URL; write it as https://host\""),
    ("wechat__second_url", "https://user@example.com", "section=wechat key=second_url"),
    ("wechat__ca_file", "/nonexistent", "wechat.ca_file: /nonexistent: No such file"),
    ("wechat__ca_file", "/etc/passwd", "wechat.ca_file: /etc/passwd holds no certificate; it is a file of"),
    ("wechat__ca_file", "/etc", "wechat.ca_file: /etc: Is a directory; name a file of certificates in PEM"),
    ("sms__ca_file", "/nonexistent", "sms.ca_file: /nonexistent: No such file"),
    ("sms__base_url", "http://192.0.2.1", "section=sms key=base_url"),
    ("sms__secret_file", "/nonexistent", "sms.secret_file: /nonexistent: No such file"),
    ("database__password_file", "/nonexistent", "database.password_file: /nonexistent: No such file"),
    ("database__password_file", "/dev/null", "/dev/null: it is no regular file"),
    ("sms__access_key", "", "access_key is missing"),
    ("database__tls_ca", "/nonexistent", "database.tls_ca: /nonexistent: No such file"),
    ("database__host", "mysql://db.example.com", "database.host is the name of a host"),
    *[("database__host", host, f"database.host: {host}: a port is a number from 1 to 65535") for host in (
        "127.0.0.1:99999", "db:0", "db:33O6", "db:", "[::1]:65536", "127.0.0.1:3306, db:x", "db:-1", "db:+1")],
    *[("database__host", host, f"database.host: {host}: hosts are names or addresses with commas between them") for host in (
        "db1 db2", "127.0.0.1 5", "db1:3306 db2:3306", "db1;db2", "db1, db 2", "db :3306", "db: 1", ":3306", ",", "a]b[c", "-")],
    *[("database__host", host, f"database.host: {host}: an address of IPv6 is written as ::1 or [::1], and with a port as "
       "[::1]:3306") for host in ("[]", "[::1", "1:2:3", "::1:3306")],
    ("database__password", "x", "database.password and password_file are both set"),
    ("database__name", "", "name must be something"),
    ("auth__trusted_networks", "127.0.0.0/24=till", "holds loopback addresses"),
    ("auth__trusted_networks", "10.1.2.0/24", "10.1.2.0/24 must be a network and the name of an API key"),
    ("ops__networks", "127.0.0.1, 10.1.2.0/33", "ops.networks: 10.1.2.0/33 is no network; write it as"),
    ("ops__networks", "127.0.0.1 | ::1", "ops.networks: | is no network"),
    ("http__trusted_proxies", "proxy.example.com", "http.trusted_proxies: proxy.example.com is no network"),
    ("http__hosts", "a:b", "http.hosts: a:b is not HOST=APPID"),
    ("http__hosts", "a.example=wx1,b.example:443=wx2", "http.hosts: b.example:443=wx2 has a port"),
    ("http__hosts", "https://shop.example.com=wx1", "names a URL; write its host alone"),
    ("http__hosts", "shop.example.com/wx=wx1", "names a URL; write its host alone"),
    ("http__hosts", "shop.example.com=", "has no appid after ="),
    ("http__hosts", "=wx1", "is not HOST=APPID"),
    ("http__default_app", "小程序", "http.default_app must be an appid"),
    ("account__email_domain", "me@example.com", "account.email_domain is a domain alone"),
]


@pytest.mark.parametrize("options", [["--check-config"], []], ids=["checked", "started"])
def test_a_configuration_that_is_refused(stack, tmp_path, options):
    """Whoever looks at it first is told all that a start would refuse."""
    sockets = {f"server__listen_{pool}": str(tmp_path / pool) for pool in ("core", "remote")}
    for setting, value, said in REFUSED:
        done = start(stack, *options, **{**sockets, "server__state_directory": str(tmp_path), setting: value})
        assert done.returncode == 78, (setting, value, done.stderr)
        assert said in done.stderr


def test_all_that_is_wrong_is_told_at_once(stack):
    done = start(stack, "--check-config", http__hosts="a", ops__networks="b", keys__lookup="/nonexistent",
                 server__listen_core="c", server__base_path="d", wechat__base_url="e", log__path="f")
    for said in ("http.hosts: a", "ops.networks: b", "no such key file", "socket c", "base_path", "base_url", "log.path f"):
        assert said in done.stderr


def test_what_the_database_refuses_is_seen_at_the_start(stack, tmp_path):
    done = start(stack, server__state_directory=str(tmp_path), database__name="information_schema")
    assert done.returncode == 78 and "the database refuses" in done.stderr


@pytest.mark.parametrize("key", ["database__password_file", "sms__secret_file"])
@pytest.mark.parametrize("mode, text, said", [
    (0o644, "secret", "mode 0644 lets others at {0}; run: chmod g-w,o= {0}"),
    (0o660, "secret", "mode 0660 lets others at {0}; run: chmod g-w,o= {0}"),
    (0o600, "x" * 256, "the first line of {0} is longer than 255 bytes"),
    (0o600, "\ufeff\n", "the first line of {0} is empty"),
    (0o600, "", "the first line of {0} is empty"), (0o600, "\nsecret\n", "the first line of {0} is empty")])
def test_a_secret_that_is_none(stack, tmp_path, key, mode, text, said):
    path = tmp_path / "secret"
    path.write_text(text)
    path.chmod(mode)
    done = start(stack, "--check-config", **{key: str(path)})
    assert done.returncode == 78 and f"{key.replace('__', '.')}: {said.format(path)}" in done.stderr


def test_a_pipe_in_place_of_certificates(stack, tmp_path):
    """Nobody waits for its other end."""
    path = tmp_path / "ca"
    os.mkfifo(path)
    keys = "wechat.ca_file", "sms.ca_file", "database.tls_ca"
    done = start(stack, "--check-config", **{key.replace(".", "__"): str(path) for key in keys})
    assert done.returncode == 78
    for key in keys:
        assert f"{key}: {path}: it is no regular file; name a file of certificates in PEM" in done.stderr
    assert done.stderr.count('key=ca_file reason="it is no regular file"') == 2
    # What the library of the database reads by itself.
    ctl = Ctl(stack, database__tls_ca=path)
    assert f"[database] tls_ca {path}: it is no regular file" in ctl.run("jobs", "list", timeout=30).stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_a_secret_that_the_services_user_may_not_read(stack):
    """What is another's already is not to be given away."""
    with tempfile.TemporaryDirectory(prefix="secret-", dir="/tmp") as elsewhere:
        os.chmod(elsewhere, 0o755)
        own, other = stack.state / "wxuser.secret", pathlib.Path(elsewhere) / "secret"
        for path, owner, said in ((own, "root", "; run: chown nobody"),
                                  (own, "daemon", ", which is daemon's; name another file, or run: sudo -u daemon"),
                                  (other, "root", "; give it a file of its own")):
            path.write_text("secret")
            path.chmod(0o600)
            shutil.chown(path, owner)
            done = start(stack, "--check-config", server__user="nobody", sms__secret_file=str(path))
            path.unlink()
            assert f"sms.secret_file: user nobody may not read {path}{said}" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_a_configuration_that_the_services_user_may_not_read(stack):
    """Root reads it for the start, but no reload would."""
    path = stack.state.parent / "test-wxuser.conf"
    path.write_text((stack.state / "conf" / "wxuser.conf").read_text())
    said = f"user nobody may not read {path}; run: chgrp nogroup {path} && chmod 640 {path}"
    path.chmod(0o600)
    assert said in start(stack, "--check-config", "--config", path, server__user="nobody").stderr
    os.chown(path, 0, grp.getgrnam("nogroup").gr_gid)
    path.chmod(0o640)
    assert said not in start(stack, "--check-config", "--config", path, server__user="nobody").stderr
    path.unlink()


def test_a_port_that_is_taken(stack):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        done = start(stack, "--check-config", server__listen_core=address)
    assert done.returncode == 78
    assert f"socket {address}: another program has it, see: ss -ltnp" in done.stderr


def test_a_look_beside_the_program_that_serves(stack):
    """Its own sockets are not in the way, and stay."""
    assert start(stack, "--check-config").returncode == 0
    assert stack.request("GET", "/healthz").status == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_a_directory_that_is_anothers_is_not_given_away(stack):
    """The line to say must not take a directory from all others who use it."""
    for directory in "/", "/etc":
        done = start(stack, "--check-config", server__user="nobody", server__state_directory=directory)
        assert f"user nobody may not write to {directory}; name a directory of its own, run: install -d -o nobody " \
            f"-m 755 {directory.rstrip('/')}/wxuser" in done.stderr
        assert f"chown nobody {directory}\"" not in done.stderr


@pytest.mark.parametrize("options", [
    ["--pool", "remot"], ["--workers", "0"], ["--workers", "1025"], ["--nosuch"], ["core"]])
def test_a_command_line_that_is_refused(stack, options):
    done = start(stack, *options)
    assert done.returncode == 64
    assert "Usage: wxuser.fcgi" in done.stderr


def test_started_as_cgi_it_answers_that_it_is_none(stack, monkeypatch):
    monkeypatch.setenv("GATEWAY_INTERFACE", "CGI/1.1")
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    done = start(stack)
    assert done.returncode == 64 and "fcgid-script" in done.stderr
    assert done.stdout.startswith("Status: 500") and "This is a FastCGI program" in done.stdout
