"""A socket on standard input is made anew while the program serves, as when who started it was killed and starts again."""

import json
import os
import signal
import time

import pytest

from echo import Echo, listening
from fastcgi_client import params_for, request
from stack import is_alive, wait_until


@pytest.fixture
def make():
    """make(is_master, **settings): an echo service on standard input, a master or one worker."""
    made = []

    def start(is_master, **settings):
        echo = Echo(on_stdin=True, is_single=not is_master, **settings)
        made.append(echo)
        return echo.up()

    yield start
    for echo in made:
        echo.remove()


def pid_in(answer):
    assert answer.status == 200, answer
    return json.loads(answer.body)["pid"]


def make_socket_anew(echo):
    os.unlink(echo.core)
    os.close(echo.listener)
    echo.listener = listening(echo.core)


def wait_for_end(pids):
    wait_until(lambda: not any(map(is_alive, pids)), 20, "all before have ended")


@pytest.mark.parametrize("is_master", [True, False])
def test_the_next_serves_and_the_one_before_ends(make, is_master):
    echo = make(is_master)
    before = [echo.pid, *echo.workers()]
    with echo.hold() as held, echo.connect() as queued:
        queued.send(request(params_for("GET", "/show")))
        make_socket_anew(echo)
        echo.up()
        after = [echo.pid, *echo.workers()]
        assert pid_in(echo.ask("GET", "/show")) in after
        assert pid_in(held.answer()) in before
        assert pid_in(queued.answer()) in before
    wait_for_end(before)
    assert pid_in(echo.ask("GET", "/show")) in after
    assert echo.log().count("the path of the socket names another socket, or nothing") == 1


def test_kept_connections_are_handed_over(make):
    echo = make(True)
    before = [echo.pid, *echo.workers()]
    with echo.connect() as kept:
        kept.ask("GET", "/show", keep=True)
        make_socket_anew(echo)
        echo.up()
        wait_for_end(before)
        assert pid_in(kept.ask("POST", "/echo", b"x", keep=True)) in echo.workers()


@pytest.mark.parametrize("is_master", [True, False])
def test_nobody_stays_behind_a_path_that_is_gone(make, is_master):
    echo = make(is_master, drain_timeout_ms=500)
    before = [echo.pid, *echo.workers()]
    os.unlink(echo.core)
    wait_for_end(before)


@pytest.mark.parametrize("is_master", [True, False])
def test_what_never_had_the_path_serves_on(make, is_master, tmp_path):
    """As in a container that does not see the directory, or where it was removed under a supervisord's workers."""
    echo = Echo(on_stdin=True, is_single=not is_master)
    moved = str(echo.directory / "moved")
    os.rename(echo.core, moved)
    echo.core = moved
    echo.up()
    for _ in range(3):
        assert echo.ask("GET", "/show").status == 200
        assert not is_master or echo.is_serving()
    assert "core.sock: the path is not there; if it was removed, nobody can connect" in echo.log()
    echo.remove()


def serves_on(echo):
    """After several looks at the path, which are 100 ms apart."""
    until = time.monotonic() + 0.6
    while time.monotonic() < until:
        assert echo.ask("GET", "/show").status == 200
        assert echo.is_single or echo.is_serving()
    return "names another" not in echo.log()


@pytest.mark.parametrize("is_master", [True, False])
def test_who_touches_the_socket_or_hides_it_ends_nobody(make, is_master):
    """Its directory may be closed to the user that the program has become: here, the path cannot be followed."""
    echo = make(is_master)
    os.utime(echo.core, (1, 1))
    assert serves_on(echo)
    path, echo.core = echo.core, f"{echo.core}.seen"
    os.link(path, echo.core)
    os.symlink(path, f"{path}.loop")
    os.rename(f"{path}.loop", path)
    assert serves_on(echo)


def test_a_start_after_start_is_the_last_that_serves(make):
    """Nobody waits for the one before to be ready."""
    echo = make(True)
    for _ in range(3):
        make_socket_anew(echo)
        echo.start()
        wait_until(lambda: os.readlink(f"/proc/{echo.pid}/fd/0") == os.devnull, 20, "it has the socket")
    wait_until(lambda: echo.is_serving() and echo.status()["pid"] == echo.pid, 30, "the last serves")
    wait_for_end([process.pid for process in echo.processes[:-1]])
    assert pid_in(echo.ask("GET", "/show")) in echo.workers()


def test_killed_ones_of_both_kinds_are_replaced(make):
    """The master alone, then master and workers."""
    echo = make(True)
    for is_thorough in False, True:
        before = [echo.pid, *echo.workers()]
        for pid in before if is_thorough else before[:1]:
            os.kill(pid, signal.SIGKILL)
        echo.wait()
        make_socket_anew(echo)
        echo.up()
        assert pid_in(echo.ask("GET", "/show")) in echo.workers()
        wait_for_end(before)
