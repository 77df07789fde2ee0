"""Workers whose master was killed: they lose nothing, end in time, and are not in the way of the next."""

import json
import os
import signal
import socket
import subprocess

import pytest

import fastcgi_client
from fastcgi_client import params_for, request
from load import Load
from stack import free_port, is_alive, wait_until


def kill_master(echo):
    """Its workers, who are orphans now."""
    workers = echo.workers()
    os.kill(echo.pid, signal.SIGKILL)
    echo.wait()
    return workers


def wait_for_end(workers, seconds=20):
    wait_until(lambda: not any(map(is_alive, workers)), seconds, "no orphan is left")


def pid_in(answer):
    assert answer.status == 200, answer
    return json.loads(answer.body)["pid"]


def test_what_orphans_hold_is_answered_beside_the_next_master(start_echo):
    echo = start_echo(workers_core=2)
    with echo.connect() as kept:
        assert pid_in(kept.ask("GET", "/show", keep=True)) in echo.workers()
        with echo.hold() as held:
            orphans = kill_master(echo)
            echo.up()
            assert any(map(is_alive, orphans))
            assert pid_in(echo.ask("GET", "/show")) in echo.workers()
            assert pid_in(held.answer()) in orphans
        wait_for_end(orphans)
        assert pid_in(kept.ask("POST", "/echo", b"x", keep=True)) in echo.workers()
    assert "worker died" not in echo.log()


def test_what_waits_in_the_old_queue_is_answered(start_echo):
    """Nobody has taken it when the socket is replaced."""
    echo = start_echo(workers_core=1)
    with echo.hold() as held, echo.connect() as waiting:
        waiting.send(request(params_for("GET", "/show")))
        orphans = kill_master(echo)
        echo.up()
        assert pid_in(held.answer()) in orphans
        assert pid_in(waiting.answer()) in orphans
    wait_for_end(orphans)


@pytest.mark.parametrize("is_path", [True, False])
def test_masters_killed_under_load(start_echo, is_path):
    if is_path:
        echo = start_echo(workers_core=3)
    else:
        port = free_port()
        echo = start_echo(workers_core=3, listen_core=f"127.0.0.1:{port}")
        echo.core = ("127.0.0.1", port)
    echo.start_nginx()
    with Load(echo) as load:
        for _ in range(3):
            orphans = kill_master(echo)
            load.wait_for_more(20)
            echo.up()
            wait_for_end(orphans)
            load.wait_for_more(20)
    assert load.failures == []
    assert "worker died" not in echo.log()


def test_orphans_without_a_next_master(start_echo):
    echo = start_echo(drain_timeout_ms=6000)  # they take requests for half of it
    orphans = kill_master(echo)
    assert pid_in(echo.ask("GET", "/show")) in orphans
    wait_for_end(orphans)
    echo.up()
    assert echo.ask("GET", "/show").status == 200


@pytest.mark.parametrize("path", ["/spin", "/deaf"])
def test_stuck_orphan_is_ended(start_echo, path):
    echo = start_echo(request_deadline_ms=1000, drain_timeout_ms=1000)
    with echo.connect() as connection:
        connection.send(request(params_for("GET", path)))
        wait_until(connection.is_taken, 30, "a worker has it")
        orphans = kill_master(echo)
        wait_for_end(orphans)


def test_orphan_told_to_end_does_not_wait_for_a_master(start_echo):
    echo = start_echo(workers_core=1, drain_timeout_ms=600000)
    with echo.hold() as held:
        orphans = kill_master(echo)
        for pid in orphans:
            os.kill(pid, signal.SIGTERM)
        assert pid_in(held.answer()) in orphans
    wait_for_end(orphans)


# ---- What is left of those who are gone, after a power cut or a kill.


def test_left_over_files_stop_no_start(start_echo):
    echo = start_echo()
    for pid in kill_master(echo):
        os.kill(pid, signal.SIGKILL)
    for name in ["core.sock.new", "echo.control.new"]:
        os.link(echo.core, echo.directory / name)
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        for name in ["echo.pid", "echo.pid.new"]:
            (echo.directory / name).write_text(f"{stranger.pid}\n")
        echo.up()
        assert echo.ask("GET", "/show").status == 200
        assert echo.status()["pid"] == int((echo.directory / "echo.pid").read_text()) == echo.pid
        echo.terminate()
        assert echo.wait() == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
    left = {path.name for path in echo.directory.iterdir()}
    assert left == {"core.sock.lock", "remote.sock.lock", "limits", "limits.lock", "bell", "echo.conf", "gate", "log"}


def test_the_socket_of_a_stranger_is_not_taken_for_ours(start_echo):
    echo = start_echo()
    for pid in kill_master(echo):
        os.kill(pid, signal.SIGKILL)
    os.unlink(echo.core)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(echo.core)
        other.listen(1)
        assert echo.start().wait() != 0
        assert "a running program answers there" in echo.log()


def test_second_instance_on_a_port_is_refused(start_echo):
    port = free_port()
    echo = start_echo(listen_core=f"127.0.0.1:{port}")
    first = echo.process
    (echo.directory / "echo.control").unlink()  # who answers there would refuse it before
    assert echo.start().wait() != 0
    assert f"127.0.0.1:{port}: another instance holds its lock file" in echo.log()
    assert fastcgi_client.ask(("127.0.0.1", port), "GET", "/show").status == 200
    first.terminate()
    assert first.wait(20) == 0
