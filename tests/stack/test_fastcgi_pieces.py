"""Requests that come in pieces to a worker that holds several: it serves others until all of one has come."""

import contextlib
import json
import signal

import pytest

from fastcgi_client import (ABORT_REQUEST, PARAMS, STDIN, Connection, ask, begin, pairs, params_for, record,
                            request)
from stack import is_alive, wait_until
from test_fastcgi_hostile import TOLERANT

BODY_MAX = 65536
DROPPED_MAX = 4 << 20


@pytest.fixture(scope="module")
def echo(start_module_echo):
    return start_module_echo(workers_remote=1)


def show(echo):
    answer = ask(echo.remote, "GET", "/show")
    assert answer.status == 200, answer
    return json.loads(answer.body)


def body_of(size):
    return (b"0123456789abcdefghijklm" * (size // 23 + 1))[:size]


def head(path, body, **params):
    return begin() + record(PARAMS, pairs(params_for("POST", path, body, **params))) + record(PARAMS)


def sent(body, of=65528, path="/echo"):
    """The request with the body in records of so many bytes, with any padding."""
    records = (record(STDIN, body[at:at + of], padding=at % 7) for at in range(0, len(body), of))
    return head(path, body) + b"".join(records) + record(STDIN)


class Piecewise(Connection):
    def __init__(self, echo):
        super().__init__(echo.remote)

    def send_and_wait(self, data):
        """Until the worker has read it."""
        self.send(data)
        wait_until(self.is_taken, 20, "it is read")


def half_sent(echo, body=body_of(30000), path="/echo"):
    whole = sent(body, path=path)
    connection = Piecewise(echo)
    connection.send_and_wait(whole[:len(whole) // 2])
    return connection, whole[len(whole) // 2:]


def echoed(connection):
    answer = connection.answer()
    assert answer.status == 200, answer
    return json.loads(answer.body)


# ---- All of it comes in the end.

@pytest.mark.parametrize("of", [1, 8192, 65528])
@pytest.mark.parametrize("size", [0, 1, 30000, BODY_MAX - 1, BODY_MAX, BODY_MAX + 1, 500000])
def test_others_are_served_until_all_has_come(echo, size, of):
    body = body_of(size)
    whole = sent(body, of)
    with Piecewise(echo) as slow:
        for at in range(0, len(whole), len(whole) // 4):
            slow.send(whole[at:at + len(whole) // 4])
            for _ in range(10):
                show(echo)
        if size > BODY_MAX:
            assert slow.answer().status == 413
        else:
            assert echoed(slow)["body"] == body.decode()


def test_single_bytes(echo):
    body = body_of(100)
    with Piecewise(echo) as slow:
        for byte in sent(body, 1):
            slow.send(bytes([byte]))
        assert echoed(slow)["body"] == body.decode()


def test_anything_may_be_split_anywhere(echo):
    body = body_of(5)
    whole = sent(body, 2)
    for at in range(1, len(whole)):
        with Piecewise(echo) as slow:
            slow.send_and_wait(whole[:at])
            slow.send(whole[at:])
            assert echoed(slow)["body"] == body.decode()


@pytest.mark.parametrize("size", [1000, 100000])
def test_params_in_pieces(echo, size):
    whole = request(params_for("GET", "/show", UNUSED="x" * size))
    with Piecewise(echo) as slow:
        for at in range(0, len(whole), len(whole) // 3):
            slow.send_and_wait(whole[at:at + len(whole) // 3])
        assert echoed(slow)["path"] == "/show"


def test_many_at_a_time(echo):
    whole = sent(body_of(BODY_MAX))
    held = [Piecewise(echo) for _ in range(200)]
    for at in range(0, len(whole), 20000):
        for connection in held:
            connection.send(whole[at:at + 20000])
        show(echo)
    for connection in held:
        assert echoed(connection)["size"] == BODY_MAX
        connection.close()


def test_more_than_may_be_idle(start_echo):
    echo = start_echo(idle_connections_max=4)
    held = [half_sent(echo) for _ in range(4)]
    with Piecewise(echo) as next_one:
        with contextlib.suppress(OSError):
            next_one.send(sent(body_of(1))[:-1])
        assert next_one.is_closed()
    show(echo)
    for connection, rest in held:
        connection.send(rest)
        assert echoed(connection)["size"] == 30000
        connection.close()


# ---- It does not.

def test_a_body_larger_than_is_read_is_refused(echo):
    body = body_of(BODY_MAX + DROPPED_MAX + 1)
    with Piecewise(echo) as large:
        large.send(sent(body)[:-len(record(STDIN))])
        assert large.answer().status == 413
        assert large.is_closed()
    show(echo)


def test_params_larger_than_are_read_end_the_connection(echo):
    with Piecewise(echo) as large:
        with contextlib.suppress(OSError):
            large.send(begin() + record(PARAMS, bytes(65528)) * 4)
        assert large.is_closed()
    show(echo)


def test_one_that_never_ends_is_put_out(start_echo):
    echo = start_echo(io_timeout_ms=500)
    slow, _ = half_sent(echo, body_of(BODY_MAX))
    show(echo)
    assert slow.is_closed()
    slow.close()
    show(echo)


def test_an_aborted_one_never_runs(echo):
    connection, _ = half_sent(echo, b"ab", path="/admin")
    connection.close()
    with Piecewise(echo) as connection:
        connection.send_and_wait(head("/admin", b"ab") + record(STDIN, b"a"))
        connection.send(record(ABORT_REQUEST))
        assert connection.answer().status == 400
        assert connection.is_closed()
    assert echo.runs() == 0


def test_a_peer_that_leaves(echo):
    whole = sent(b"ab", 1, path="/admin")
    for at in range(1, len(whole) - 1):
        with Piecewise(echo) as connection:
            connection.send_and_wait(whole[:at])
            connection.end_sending()
            assert connection.answer().status in (None, 400)
    show(echo)
    assert echo.runs() == 0


@pytest.mark.parametrize("wrong", [
    b"GET / HTTP/1.1\r\n\r\n",
    record(200, b"x", request_id=0),
    begin(request_id=2),
    begin() * 100000,
    record(PARAMS, b"\xff\xff"),
], ids=["HTTP", "management", "another", "begin again", "half a length"])
def test_what_is_no_request_in_the_middle(start_echo, wrong):
    echo = start_echo(environment=TOLERANT)
    with Piecewise(echo) as connection:
        connection.send_and_wait(begin())
        with contextlib.suppress(OSError):
            connection.send(wrong)
            connection.end_sending()
        connection.receive(1000)
    show(echo)
    assert "worker died" not in echo.log()


# ---- The worker ends meanwhile.

def reload(echo, **settings):
    before = echo.status()["generation"]
    echo.configure(**settings)
    echo.process.send_signal(signal.SIGHUP)
    wait_until(lambda: echo.status()["generation"] > before, 20, "the next generation serves")


def wait_for_end(pid):
    wait_until(lambda: not is_alive(pid), 30, "the worker ends")


@pytest.mark.parametrize("in_flight", [64, 1])
def test_the_next_worker_goes_on_after_a_reload(start_echo, in_flight):
    echo = start_echo()
    worker = show(echo)["pid"]
    body = body_of(BODY_MAX)
    slow, rest = half_sent(echo, body)
    reload(echo, remote_in_flight=in_flight)
    wait_for_end(worker)
    slow.send_and_wait(rest[:10000])
    reload(echo)
    slow.send(rest[10000:])
    assert echoed(slow)["body"] == body.decode()
    slow.close()


def test_the_next_master_goes_on_after_a_kill(start_echo):
    echo = start_echo()
    worker = show(echo)["pid"]
    slow, rest = half_sent(echo)
    echo.process.kill()
    echo.wait()
    echo.up()
    wait_for_end(worker)
    slow.send(rest)
    assert echoed(slow)["size"] == 30000
    slow.close()
