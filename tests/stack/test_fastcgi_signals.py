"""TERM cuts nothing that has begun: the end comes when all is answered, and then at once."""

import json
import os
import re
import signal
import socket
import time

import pytest

from echo import Echo
from fastcgi_client import PARAMS, begin, pairs, params_for, record, request
from stack import wait_until

BODY = b"0123456789" * 10


def head_of(params):
    return begin() + record(PARAMS, pairs(params)) + record(PARAMS)


def halves(moment):
    """A POST with its body cut in two at that moment."""
    params = params_for("POST", "/echo", BODY)
    whole = request(params, BODY)
    cut = {
        "begin": 5,
        "params": len(begin()) + 8 + 20,
        "between": len(head_of(params)),
        "body": len(head_of(params)) + 8 + 40,
        "end": len(whole) - 8,
    }[moment]
    return whole[:cut], whole[cut:]


@pytest.mark.parametrize("moment", ["begin", "params", "between", "body", "end"])
def test_request_half_sent(start_echo, moment):
    echo = start_echo(workers_core=1)
    first, second = halves(moment)
    with echo.connect() as connection:
        connection.send(first)
        wait_until(connection.is_taken, 30, "the worker waits for more")
        echo.terminate()
        connection.send(second)
        answer = connection.answer()
    assert answer.status == 200
    assert json.loads(answer.body)["size"] == len(BODY)
    assert echo.wait() == 0


def test_large_answer_half_read(start_echo):
    echo = start_echo()
    with echo.connect() as connection:
        connection.send(request(params_for("GET", "/big")))
        assert len(connection.receive(100000)) == 100000
        echo.terminate()
        rest = 0
        while chunk := connection.receive(1 << 20):
            rest += len(chunk)
    assert rest + 100000 > 20000000
    assert echo.wait() == 0


def test_endpoint_at_work(start_echo):
    echo = start_echo(workers_core=1)
    with echo.hold() as held, echo.connect() as queued:
        queued.send(request(params_for("GET", "/show")))
        echo.terminate()
        assert held.answer().status == 200
        assert queued.answer().status == 200
    assert echo.wait() == 0
    assert not os.path.exists(echo.core)


def test_idle_kept_connection_does_not_delay_the_end(start_echo):
    echo = start_echo()
    with echo.connect() as connection:
        assert connection.ask("GET", "/show", keep=True).status == 200
        began = time.monotonic()
        echo.terminate()
        assert echo.wait() == 0
        assert time.monotonic() - began < 15  # of drain_timeout_ms, 20000
        assert connection.is_closed()


def test_request_on_a_kept_connection_is_still_answered(start_echo):
    echo = start_echo(workers_core=1)
    with echo.connect() as kept:
        assert kept.ask("GET", "/show", keep=True).status == 200
        with echo.hold() as held:
            echo.terminate()
            kept.send(request(params_for("GET", "/show"), keep=True))
            assert held.answer().status == 200
        assert kept.answer().status == 200
        assert kept.is_closed()
    assert echo.wait() == 0


def test_worker_told_to_end_alone(start_echo):
    """Its successor takes its kept connections over."""
    echo = start_echo(workers_core=1)
    with echo.connect() as kept:
        before = json.loads(kept.ask("GET", "/show", keep=True).body)["pid"]
        os.kill(before, signal.SIGTERM)
        wait_until(lambda: before not in echo.workers(), 30, "it ends")
        assert json.loads(kept.ask("GET", "/show", keep=True).body)["pid"] != before
    assert "worker died" not in echo.log()


# ---- One process on a socket that another program owns.


@pytest.fixture
def start_single():
    """start(): an echo service with a socket on fd 0 and no master, which serves; again: another one on it."""
    echo = Echo(log_to_file=True)
    echo.core = str(echo.directory / "single.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(echo.core)
        listener.listen(16)

        def start(is_awaited=True, **settings):
            echo.start(stdin=listener, **settings)
            wait_until(lambda: not is_awaited or echo.shows()["pid"] == echo.pid, 30, "it serves")
            return echo

        yield start
        echo.remove()


def test_single_takes_what_waits(start_single):
    echo = start_single()
    with echo.hold() as held, echo.connect() as queued:
        queued.send(request(params_for("GET", "/show")))
        echo.process.terminate()
        assert held.answer().status == 200
        assert queued.answer().status == 200
    assert echo.wait() == 0


def test_single_lets_a_kept_connection_end_first(start_single):
    """The web server may send on it as long as it is open, while others serve new connections."""
    echo = start_single()
    ending = echo.process
    with echo.connect() as kept:
        assert kept.ask("GET", "/show", keep=True).status == 200
        ending.terminate()
        start_single()
        assert json.loads(kept.ask("GET", "/show", keep=True).body)["pid"] == ending.pid
        assert kept.is_closed()
    assert ending.wait(30) == 0


def test_single_is_told_twice_to_end(start_single):
    """What it opens after it has closed its socket has that one's number, and stays open."""
    echo = start_single()
    with echo.connect() as first, echo.connect() as second:
        for kept in first, second:
            assert kept.ask("GET", "/show", keep=True).status == 200
        echo.process.terminate()
        number = f"/proc/{echo.pid}/fd/0"
        wait_until(lambda: not os.path.exists(number), 30, "it takes no more connections")
        os.rename(echo.path_of_log, echo.directory / "log.1")
        wait_until(lambda: os.path.exists(number), 30, "it opens another log")
        echo.process.terminate()
        assert first.ask("GET", "/show", keep=True).status == 200
        echo.wait_for_log("msg=request")
        assert os.readlink(number) == str(echo.path_of_log)
        assert second.ask("GET", "/show", keep=True).status == 200
    assert echo.wait() == 0
    assert echo.path_of_log.read_text().count(" msg=request ") == 2


def test_single_follows_its_log(start_single):
    echo = start_single()
    old = echo.directory / "log.1"
    os.rename(echo.path_of_log, old)
    wait_until(echo.path_of_log.exists, 30, "it opens another")
    assert echo.ask("GET", "/show").status == 200
    echo.wait_for_log("msg=request")


@pytest.mark.parametrize("path, signal", [("/spin", signal.SIGALRM), ("/deaf", signal.SIGKILL)])
def test_single_meets_the_deadline(start_single, path, signal):
    echo = start_single(is_awaited=False, request_deadline_ms=500)
    assert echo.ask("GET", path).status is None
    assert echo.wait() == -signal
    said = rf" endpoint=spin age_ms=\d+ at=running worker={echo.pid}\n"
    assert (re.search(said, echo.log()) is not None) == (path == "/spin")
