"""supervisord is killed and started again, or started a second time."""

import pathlib

import pytest

from host import Host, fcgi_program, spawn_fcgi
from stack import is_alive, wait_until

TARGET = "/api/weixin/wxbuyinguser/getbyopenid?openId=o"


# With spawn-fcgi two masters, and the workers of each pool.
N_PROGRAMS = {fcgi_program: 32, spawn_fcgi: 2 + 16 + 4}


@pytest.fixture(params=N_PROGRAMS, ids=lambda way: way.__name__)
def host(request, stack):
    with Host(stack, request.param.__name__) as made:
        request.param(made)
        wait_until(lambda: len(programs(made)) == N_PROGRAMS[request.param], 60, "all of its processes run")
        yield made


def programs(host):
    """Masters and workers of the service."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"wxuser.fcgi") and str(host.conf).encode() in words:
            found.append(int(path.parent.name))
    return found


def start_supervisord(host):
    host.start("supervisord", "-n", "-c", host.directory / "supervisord.conf")


def kill_supervisord(host):
    supervisord = next(child for child in host.children if "supervisord" in child.args and child.poll() is None)
    supervisord.kill()
    supervisord.wait()


def test_killed_and_started_again(host, site):
    for _ in range(2):
        before = programs(host)
        kill_supervisord(host)
        assert site.get(TARGET).status == 200
        assert set(programs(host)) == set(before)
        start_supervisord(host)
        wait_until(lambda: len(set(programs(host)) - set(before)) >= len(before), 60, "the next are there")
        wait_until(lambda: not any(map(is_alive, before)), 60, "those before have ended")
        assert site.get(TARGET).status == 200
        assert site.login_of(openid="oSupervisord")[1].status == 200
    assert "another instance" not in host.logs() and "FATAL" not in host.logs()


def test_a_second_one_is_refused(host, site):
    if host.name == "fcgi_program":
        pytest.skip("supervisord itself refuses it, by the socket of its [unix_http_server]")
    before = programs(host)
    second = host.directory / "second.conf"
    second.write_text((host.directory / "supervisord.conf").read_text().replace("supervisord.", "second."))
    sockets = [(host.run / name).stat().st_ino for name in ("core.sock", "remote.sock")]
    host.start("supervisord", "-n", "-c", second)
    log = host.log / "wxuser-core.log"
    wait_until(lambda: "pool core is served already" in log.read_text(), 60, "it is refused")
    assert [(host.run / name).stat().st_ino for name in ("core.sock", "remote.sock")] == sockets
    assert set(programs(host)) >= set(before)
    assert site.get(TARGET).status == 200
