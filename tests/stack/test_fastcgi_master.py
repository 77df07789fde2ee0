"""The master: its sockets, its workers' ends and its own."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import tempfile
import time

import pytest

from echo import Echo
from fastcgi_client import params_for, request
from load import Load
from stack import free_port, is_alive, wait_until


@pytest.fixture
def idle_echo():
    """Not started yet."""
    echo = Echo()
    yield echo
    echo.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_state_directory_that_its_user_may_not_write_stops_the_start(idle_echo):
    """A new master is no longer root, and would serve without a pid file and deaf to wxuserctl."""
    refuses(idle_echo, "user nobody may not write to", user="nobody")
    assert sorted(path.name for path in idle_echo.directory.iterdir()) == ["bell", "echo.conf", "gate", "log"]


def test_name_of_a_state_directory_that_is_too_long_is_no_other_instance(idle_echo):
    directory = idle_echo.directory / ("x" * 90)
    directory.mkdir()
    assert refuses(idle_echo, "File name too long", state_directory=directory)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_sockets_are_its_users(idle_echo):
    """Who may then connect, as "wxuserctl check" does."""
    state = idle_echo.directory / "state"
    state.mkdir()
    shutil.chown(state, "nobody")
    idle_echo.directory.chmod(0o755)
    idle_echo.start(user="nobody", state_directory=state, socket_group="daemon")
    idle_echo.wait_for_log("msg=started")
    path = pathlib.Path(idle_echo.core)
    assert (path.owner(), path.group()) == ("nobody", "daemon")
    assert {(state / name).owner() for name in ("echo.control", "echo.pid")} == {"nobody"}


def refuses(echo, why, **settings):
    echo.start(**settings)
    status = echo.wait()
    assert why in echo.log()
    return status != 0


# ---- Sockets.


def test_second_instance_is_refused(start_echo, tmp_path):
    echo = start_echo()
    first = echo.process
    inode = os.stat(echo.core).st_ino
    assert refuses(echo, "another instance holds its lock file", state_directory=tmp_path)
    assert os.stat(echo.core).st_ino == inode
    assert echo.ask("GET", "/show").status == 200
    first.terminate()
    assert first.wait(20) == 0


def test_second_instance_with_other_sockets_is_refused(start_echo):
    """Or the first would have lost its pid file, and be deaf to wxuserctl."""
    echo = start_echo()
    first = echo.process
    with tempfile.TemporaryDirectory() as elsewhere:
        assert refuses(echo, f"another instance, pid {first.pid}, has it",
                       **{f"listen_{pool}": f"{elsewhere}/{pool}.sock" for pool in ("core", "remote")})
        assert os.listdir(elsewhere) == []
    assert echo.master() == first.pid
    first.terminate()
    assert first.wait(20) == 0


def test_socket_of_a_living_program_is_not_taken(idle_echo):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(idle_echo.core)
        other.listen(1)
        assert refuses(idle_echo, "a running program answers there")
        with idle_echo.connect():
            pass


def test_left_over_socket_is_taken(start_echo):
    echo = start_echo()
    os.kill(echo.pid, signal.SIGKILL)
    echo.wait()
    assert os.path.exists(echo.core)
    echo.up()
    assert echo.ask("GET", "/show").status == 200


def test_other_files_are_not_removed(idle_echo):
    path = pathlib.Path(idle_echo.core)
    path.write_text("precious")
    assert refuses(idle_echo, "no socket")
    assert path.read_text() == "precious"


def test_only_our_own_socket_is_removed(start_echo):
    echo = start_echo()
    os.unlink(echo.core)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(echo.core)
        echo.terminate()
        assert echo.wait() == 0
        assert os.path.exists(echo.core)
    assert not os.path.exists(echo.remote)


def test_failed_start_leaves_no_socket(idle_echo):
    assert refuses(idle_echo, "neither a path nor", listen_remote="localhost")
    assert not os.path.exists(idle_echo.core)


@pytest.mark.parametrize("address", [
    "0.0.0.0:{port}", ":{port}", "[::]:{port}", "192.0.2.1:{port}", "localhost", "{long}",
])
def test_address_that_is_refused(idle_echo, address):
    address = address.format(port=free_port(), long=f"{idle_echo.directory}/{'x' * 100}")
    assert refuses(idle_echo, address.split("/x")[0], listen_core=address)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_loopback_address(start_echo, host):
    port = free_port()
    try:
        echo = start_echo(listen_core=f"{host}:{port}")
    except AssertionError as error:
        if "Cannot assign requested address" in str(error) or "not supported" in str(error):
            pytest.skip("no IPv6 here")
        raise
    if host == "127.0.0.1":
        echo.core = (host, port)
        assert echo.ask("GET", "/show").status == 200
    echo.terminate()
    assert echo.wait() == 0


def test_access_to_the_socket(start_echo):
    echo = start_echo(prefix=["sh", "-c", 'umask 0; exec "$@"', "sh"])
    assert stat.S_IMODE(os.stat(echo.core).st_mode) == 0o660
    assert stat.S_IMODE(os.stat(echo.core + ".lock").st_mode) == 0o600


# ---- Workers.


def test_killed_workers_are_replaced(start_echo):
    echo = start_echo()
    for _ in range(2):
        before = set(echo.workers())
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not before & set(echo.workers())
                   and len(echo.workers()) == echo.n_workers(), 20, "as many again")
        assert echo.ask("GET", "/show").status == 200


def test_crash_costs_one_request(start_echo):
    echo = start_echo()
    assert echo.ask("GET", "/crash").status is None
    assert echo.ask("GET", "/show").status == 200


def test_max_requests_without_loss(start_echo):
    """A kept connection goes to another worker when its own ends; its peer sees nothing of it."""
    echo = start_echo(max_requests=20, workers_core=2)
    pids = set()
    with echo.connect() as kept, echo.connect() as silent:
        for _ in range(300):
            assert echo.ask("GET", "/show").status == 200
            answer = kept.ask("POST", "/echo", b"hello", keep=True)
            assert answer.status == 200
            pids.add(json.loads(answer.body)["pid"])
        assert silent.ask("GET", "/show").status == 200
    assert len(pids) > 5
    wait_until(lambda: len(echo.workers()) == echo.n_workers(), 20, "as many as ever")
    assert "worker died" not in echo.log()


def test_max_requests_under_load_through_nginx(start_echo):
    echo = start_echo(max_requests=20, workers_core=3).start_nginx()
    with Load(echo) as load:
        load.wait_for_more(700)
    assert load.failures == []


@pytest.mark.long
def test_program_that_never_comes_up(idle_echo):
    idle_echo.environment["ECHO_FAULT"] = "open"
    idle_echo.start()
    assert idle_echo.wait(60) == 1
    assert "no worker became ready" in idle_echo.log()
    assert len(idle_echo.log().splitlines()) < 60


def test_confinement(start_echo):
    echo = start_echo()
    wait_until(echo.is_serving, 30, "they have begun")
    for pid in [echo.pid, *echo.workers()]:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        assert "NoNewPrivs:\t1" in status
        assert "Max core file size        0                    0" in limits


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_privileges_are_dropped(idle_echo, tmp_path):
    echo = idle_echo
    echo.directory.chmod(0o777)
    echo.configuration = tmp_path / "echo.conf"
    echo.settings["user"] = "nobody"
    echo.up()
    wait_until(echo.is_serving, 30, "they have begun")
    for pid in [echo.pid, *echo.workers()]:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        assert "Uid:\t65534\t65534\t65534\t65534" in status
        assert "Gid:\t65534\t65534\t65534\t65534" in status
    assert echo.ask("GET", "/show").status == 200


# ---- Deadlines.


@pytest.mark.parametrize("path, number", [("/spin", signal.SIGABRT), ("/deaf", signal.SIGKILL)])
def test_watchdog(start_echo, path, number):
    echo = start_echo(workers_core=1, request_deadline_ms=500)
    assert echo.ask("GET", path).status is None
    wait_until(lambda: echo.ask("GET", "/show").status == 200, 30, "another serves, in time")
    overdue = [line for line in echo.log().splitlines() if "deadline" in line and f" endpoint={path[1:]} " in line]
    assert len(overdue) == 1 and " at=running " in overdue[0]
    assert int(re.search(r"age_ms=(\d+)", overdue[0])[1]) >= 500
    assert re.search(r"request=[0-9a-f]{32} ", overdue[0])
    assert f"signal={number:d}" in echo.log()


def overdue_line(echo):
    echo.wait_for_log("deadline")
    return next(line for line in echo.log().splitlines() if "deadline" in line)


def test_watchdog_tells_a_client_that_does_not_send(start_echo):
    """Its path may hold anything, and is not told."""
    echo = start_echo(workers_core=1, request_deadline_ms=500)
    with echo.connect() as connection:
        connection.send(request(params_for("POST", "/echo", b"12"))[:-20])
        line = overdue_line(echo)
    assert " at=reading " in line and "echo" not in line


def test_watchdog_tells_a_client_that_does_not_read(start_echo):
    echo = start_echo(workers_core=1, request_deadline_ms=2000)
    with echo.connect() as connection:
        connection.send(request(params_for("GET", "/big")))
        line = overdue_line(echo)
    assert " at=answering " in line and " endpoint=big " in line
    assert int(re.search(r"for_ms=(\d+)", line)[1]) > 0


def test_worker_that_hears_nothing_is_killed_at_the_end(start_echo):
    echo = start_echo(workers_core=1, drain_timeout_ms=500, request_deadline_ms=600000)
    workers = echo.workers()
    with echo.connect() as connection:
        connection.send(request(params_for("GET", "/deaf")))
        wait_until(connection.is_taken, 30, "the worker is stuck")
        echo.terminate()
        assert echo.wait() == 0
    assert not any(is_alive(pid) for pid in workers)


def test_pid_file(start_echo):
    echo = start_echo()
    path = echo.directory / "echo.pid"
    assert int(path.read_text()) == echo.pid
    began = time.monotonic()
    echo.terminate()
    assert echo.wait() == 0 and time.monotonic() - began < 15  # of drain_timeout_ms, 20000
    assert not path.exists()


@pytest.mark.parametrize("umask", ["000", "077"])
def test_modes_of_its_files_are_those_of_no_umask(start_echo, umask, tmp_path):
    log = tmp_path / "access"
    echo = start_echo(prefix=["sh", "-c", f'umask {umask}; exec "$@"', "sh"],
                      environment={"WXUSER_CONF_log__access_path": str(log)})
    wait_until(echo.is_serving, 20, "all is there")
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in echo.directory.iterdir()}
    assert {name: modes[name] for name in ("core.sock", "core.sock.lock", "echo-core.handover", "echo.pid",
                                           "echo.control")} == {
        "core.sock": "0o660", "core.sock.lock": "0o600", "echo-core.handover": "0o600", "echo.pid": "0o644",
        "echo.control": "0o600"}
    assert log.stat().st_mode & 0o777 == 0o640
