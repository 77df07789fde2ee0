"""wxuser.fcgi refuses to start on what would only fail later, in a user's hands."""

import os
import pathlib
import subprocess

import pytest


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
    done = start(stack, "--check-config", log__path="sislog")
    assert done.returncode == 78 and "log.path sislog: neither a path nor syslog" in done.stderr


def test_a_configuration_that_is_dangerous(stack):
    done = start(stack, "--check-config", auth__trusted_networks="10.1.2.0/24=till")
    assert done.returncode == 0
    assert "whoever is there needs no credential" in done.stderr
    done = start(stack, "--check-config", auth__trusted_networks="10.1.2.0/24=till",
                 http__trusted_proxies="10.0.0.0/8")
    assert done.returncode == 78 and "http.trusted_proxies" in done.stderr


@pytest.mark.parametrize("setting, value, said", [
    ("server__nosuch", "1", "unknown key nosuch"),
    ("keys__lookup", "/nonexistent", "no such key file"),
    ("log__access_path", "sislog", "log.access_path sislog: neither a path nor syslog"),
    ("log__path", "/nonexistent/log", "log.path /nonexistent/log: No such file"),
    ("server__listen_core", "", "give it an address to start a master"),
    ("wechat__base_url", "http://192.0.2.1", "a remote site's URL is refused"),
    ("database__name", "information_schema", "the database refuses"),
    ("auth__trusted_networks", "127.0.0.0/24=till", "holds loopback addresses"),
    ("wechat__second_url", "https://user@example.com", "a remote site's URL is refused"),
    ("ops__networks", "127.0.0.1, 10.1.2.0/33", "ops.networks must be networks"),
    ("http__trusted_proxies", "proxy.example.com", "http.trusted_proxies and"),
])
def test_a_configuration_that_is_refused(stack, tmp_path, setting, value, said):
    done = start(stack, **{"server__state_directory": str(tmp_path), setting: value})
    assert done.returncode == 78
    assert said in done.stderr


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
