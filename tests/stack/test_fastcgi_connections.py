"""Many kept connections over few workers, and what becomes of those whose peer has gone."""

import json
import os
import resource
import time

from fastcgi_client import params_for, request
from load import Load
from stack import wait_until


def test_more_kept_connections_than_workers(start_echo):
    echo = start_echo(workers_core=2, io_timeout_ms=60000)
    connections = [echo.connect() for _ in range(40)]
    for _ in range(5):
        for connection in connections:
            assert connection.ask("GET", "/show", keep=True).status == 200
    for connection in connections:
        connection.close()


def test_new_connection_beside_kept_ones(start_echo):
    echo = start_echo(workers_core=1)
    kept = [echo.connect() for _ in range(10)]
    for connection in kept:
        connection.ask("GET", "/show", keep=True)
    assert echo.ask("GET", "/show").status == 200
    for connection in kept:
        connection.close()


def test_more_than_may_be_idle(start_echo):
    echo = start_echo(workers_core=1, idle_connections_max=4)
    connections = []
    kept = 0
    with echo.hold() as held:
        for _ in range(10):  # whoever were silent would have a place, too
            connections.append(echo.connect())
            connections[-1].send(request(params_for("GET", "/show"), keep=True))
        assert held.answer().status == 200
    for connection in connections:
        assert connection.answer().status == 200
    for connection in connections:
        try:
            kept += connection.ask("GET", "/show", keep=True).status == 200
        except OSError:
            pass
        connection.close()
    assert kept == 4


def test_a_worker_without_descriptors_ends(start_echo):
    """Another one takes its place, with all that the limit gives."""
    echo = start_echo(on_stdin=True, workers_core=1)
    [worker] = echo.workers()
    n_open = len(os.listdir(f"/proc/{worker}/fd"))
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (n_open + 3, n_open + 3))
    connections = [echo.connect() for _ in range(6)]
    for connection in connections:
        connection.send(request(params_for("GET", "/show"), keep=True))
    wait_until(lambda: echo.workers() and worker not in echo.workers(), 30, "another worker is there")
    for connection in connections:
        connection.close()
    assert echo.ask("GET", "/show").status == 200
    assert echo.log().count('msg="cannot accept connections: Too many open files"') == 1


def test_many_clients_through_nginx(start_echo):
    echo = start_echo(workers_core=2).start_nginx()
    asked = [("POST", "/echo", b"hello", {}, b'"body":"hello"')]
    with Load(echo, asked, n_clients=32) as load:
        load.wait_for_more(700)
    assert load.failures == []


def test_streamed_body_through_nginx(start_echo):
    """Without request buffering nginx sends the chunks as they come and no CONTENT_LENGTH."""
    echo = start_echo().start_nginx("fastcgi_request_buffering off;")
    for _ in range(3):
        connection = echo.through_nginx()
        connection.request("POST", "/echo", iter([b"first ", b"second"]),
                           {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        assert json.loads(connection.getresponse().read())["body"] == "first second"
        connection.close()


def test_idle_connection_whose_peer_has_gone(start_echo):
    """It is let go at once; the worker does not wait in accept() for a silent one instead."""
    echo = start_echo(workers_core=1, io_timeout_ms=60000)
    kept = [echo.connect() for _ in range(4)]
    for connection in kept:
        assert connection.ask("GET", "/show", keep=True).status == 200
    with echo.hold() as held:
        for connection in kept[1:]:
            connection.close()
        silent = [echo.connect() for _ in range(8)]
        assert held.answer().status == 200
    assert kept[0].ask("GET", "/show", keep=True).status == 200
    for connection in [kept[0], *silent]:
        connection.close()


def test_request_that_came_in_time_to_a_busy_worker(start_echo):
    """It is served, although its connection was opened longer ago than a silent one may stay."""
    echo = start_echo(workers_core=1, io_timeout_ms=500)
    with echo.connect() as waiting:
        with echo.hold() as held:
            waiting.send(request(params_for("GET", "/show")))
            due_s = time.monotonic() + 1.5  # the worker looks for silent connections once a second
            wait_until(lambda: time.monotonic() > due_s, 20, "the time-out is over")
            assert held.answer().status == 200
        assert waiting.answer().status == 200


def test_remote_pool_keeps_no_connection(start_echo):
    echo = start_echo()
    echo.core = echo.remote
    with echo.connect() as connection:
        assert connection.ask("GET", "/show", keep=True).status == 200
        assert connection.is_closed()
