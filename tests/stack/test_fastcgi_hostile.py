"""Peers that are silent, slow or malicious: they reach nothing and hold nobody up."""

import json
import os
import struct

import pytest

from fastcgi_client import (ABORT_REQUEST, CANT_MULTIPLEX, GET_VALUES, PARAMS, STDIN, Connection,
                            begin, pairs, params_for, record, request, stream)
from stack import wait_until

# libfcgi asks malloc() for what a record claims, and leaks unknown management records.
SUPPRESSIONS = os.path.join(os.path.dirname(__file__), "libfcgi.supp")
TOLERANT = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":allocator_may_return_null=1",
            "LSAN_OPTIONS": f"suppressions={SUPPRESSIONS}"}

FORGED = request({"REQUEST_METHOD": "POST", "PATH_INFO": "/admin", "REMOTE_USER": "root"},
                 keep=True)


def smuggling(path, size):
    """A request to be kept, with the forged one in its body wherever libfcgi may begin to read anew: at
    multiples of 8192."""
    params = params_for("POST", path, bytes(size))
    sent = bytearray(begin(keep=True) + record(PARAMS, pairs(params)) + record(PARAMS)
                     + stream(STDIN, bytes(size)) + record(STDIN))
    for at in range(8192, len(sent) - 8192, 8192):
        if at % 65536 != 0:  # there the next record of the body is near
            sent[at:at + len(FORGED)] = FORGED
    return bytes(sent)


@pytest.mark.parametrize("path, size, status", [
    ("/nowhere", 30000, 404),
    ("/show", 30000, 405),
    ("/nowhere", 300000, 404),
    ("/echo", 300000, 413),
])
def test_a_body_is_no_request(start_echo, path, size, status):
    echo = start_echo(workers_core=1)
    with echo.connect() as connection:
        connection.send(smuggling(path, size))
        assert connection.answer().status == status
        assert connection.ask("GET", "/show", keep=True).status == 200
    assert echo.runs() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can send so much ahead")
def test_a_body_too_large_to_drain_ends_the_connection(start_echo):
    echo = start_echo(workers_core=1)
    with echo.hold() as held, echo.connect() as connection:
        connection.send_ahead(smuggling("/echo", 8000000))
        assert held.answer().status == 200
        assert connection.answer().status == 413
        assert connection.is_closed()
    assert echo.runs() == 0
    assert echo.ask("GET", "/show").status == 200


def test_a_body_is_no_request_through_nginx(start_echo):
    echo = start_echo(workers_core=1).start_nginx("fastcgi_request_buffering on;")
    for prefix in range(0, 8192, 509):
        connection = echo.through_nginx()
        connection.request("POST", "/nowhere", bytes(prefix) + FORGED * 80)
        assert connection.getresponse().status == 404
        connection.close()
    assert echo.runs() == 0


def test_silent_peers_hold_no_worker(start_echo):
    echo = start_echo(io_timeout_ms=60000)
    silent = [echo.connect() for _ in range(20)]
    assert echo.ask("GET", "/show").status == 200
    for connection in silent:
        connection.close()


def test_silent_peers_are_put_out(start_echo):
    echo = start_echo(io_timeout_ms=500)
    with echo.connect() as silent:
        assert silent.is_closed()


def test_one_byte_holds_a_worker_no_longer_than_the_time_out(start_echo):
    echo = start_echo(io_timeout_ms=500)
    silent = [echo.connect() for _ in range(6)]
    for connection in silent:
        connection.send(b"\x01")
    assert echo.ask("GET", "/show").status == 200
    for connection in silent:
        assert connection.is_closed()
        connection.close()


def test_peer_that_does_not_read_holds_no_worker(start_echo):
    echo = start_echo(workers_core=1, io_timeout_ms=500, request_deadline_ms=600000)
    with echo.connect() as deaf:
        deaf.send(request(params_for("GET", "/big")))
        assert echo.ask("GET", "/show").status == 200


def test_trickling_peer_meets_the_deadline(start_echo):
    echo = start_echo(workers_core=1, request_deadline_ms=1000)
    with echo.connect() as trickling:
        def trickle():
            try:
                trickling.send(b"\x01")
            except OSError:
                return True
            return False
        wait_until(trickle, 20, "the connection is cut")
    assert echo.ask("GET", "/show").status == 200


OVERFLOW = record(GET_VALUES, pairs([("FCGI_MPXS_CONNS", "")] * 20), request_id=0, padding=8)
GIANT = begin() + record(PARAMS, struct.pack("!II", 0xfffffffe, 0xfffffffe) + b"x")


@pytest.mark.parametrize("bytes_sent", [OVERFLOW, GIANT], ids=["GET_VALUES", "giant lengths"])
def test_killed_worker_is_replaced(start_echo, bytes_sent):
    echo = start_echo(workers_core=1, environment=TOLERANT)
    before = set(echo.workers())
    with echo.connect() as connection:
        connection.send(bytes_sent)
        connection.end_sending()
        connection.is_closed()
    wait_until(lambda: not before <= set(echo.workers()), 60, "the worker is killed")
    assert echo.ask("GET", "/show").status == 200
    assert len(echo.workers()) == echo.n_workers()
    assert "msg=\"worker died\"" in echo.log()


@pytest.mark.parametrize("bytes_sent", [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    record(PARAMS, b"x", version=2),
    record(200, b"unknown", request_id=0),
    record(PARAMS, pairs(params_for("POST", "/admin"))),
    begin() + record(STDIN, b"x"),
    begin() + record(PARAMS, b"\xff"),
    begin(request_id=0),
    b"\x01\x01\x00\x01\xff\xff\x00\x00",
], ids=["HTTP", "version", "management", "no begin", "no params", "half a length", "id 0", "cut"])
def test_broken_records(start_echo, bytes_sent):
    echo = start_echo(workers_core=1, environment=TOLERANT)
    with echo.connect() as connection:
        connection.send(bytes_sent)
        connection.end_sending()
        connection.receive(1000)
    assert echo.ask("GET", "/show").status == 200
    assert echo.runs() == 0
    assert "worker died" not in echo.log()


def test_second_request_within_the_first(start_echo):
    echo = start_echo()
    params = pairs(params_for("GET", "/show"))
    with echo.connect() as connection:
        connection.send(begin() + begin(request_id=2) + record(PARAMS, params))
        assert connection.answer().protocol_status == CANT_MULTIPLEX
        connection.send(record(PARAMS) + record(STDIN))
        assert connection.answer().status == 200


def test_aborted_request_never_runs(start_echo):
    echo = start_echo()
    with echo.connect() as connection:
        params = pairs(params_for("POST", "/admin", b"ab"))
        connection.send(begin(keep=True) + record(PARAMS, params) + record(PARAMS)
                        + record(STDIN, b"a") + record(ABORT_REQUEST))
        assert connection.answer().status == 400
        assert connection.is_closed()
    assert echo.runs() == 0


def test_request_that_exhausts_memory(start_echo):
    echo = start_echo(workers_core=1)
    before = echo.shows()["pid"]
    assert echo.ask("GET", "/exhaust").status == 500
    assert echo.shows()["pid"] != before


def test_what_waits_behind_it_is_for_the_next_worker(start_echo):
    echo = start_echo(workers_core=1)
    with echo.connect() as hungry, echo.connect() as modest:
        before = json.loads(modest.ask("GET", "/show", keep=True).body)["pid"]
        assert hungry.ask("GET", "/show", keep=True).status == 200
        with echo.hold() as held:
            hungry.send(request(params_for("GET", "/exhaust")))
            modest.send(request(params_for("GET", "/show")))
            assert held.answer().status == 200
        assert hungry.answer().status == 500
        assert json.loads(modest.answer().body)["pid"] != before


def test_client_that_leaves_early(start_echo):
    echo = start_echo(workers_core=1)
    before = echo.shows()["pid"]
    for _ in range(5):
        connection = Connection(echo.core)
        connection.send(request(params_for("GET", "/big")))
        connection.close()
    assert echo.shows()["pid"] == before
