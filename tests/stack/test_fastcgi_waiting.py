"""A worker that holds several requests: while they wait it serves others, and at its end it answers all of them."""

import contextlib
import json
import os
import signal
import time

import pytest

from fastcgi_client import Connection, ask, params_for, request
from stack import is_alive, wait_until
from test_fastcgi_upgrade import upgrade

N = 64


@pytest.fixture
def echo(start_echo):
    return start_echo(remote_in_flight=N)


def show(echo):
    answer = ask(echo.remote, "GET", "/show")
    assert answer.status == 200, answer
    return json.loads(answer.body)


def answers(held):
    """By status, and by the worker that gave them."""
    got = [connection.answer() for connection in held]
    for connection in held:
        connection.close()
    return [answer.status for answer in got], {json.loads(answer.body)["pid"] for answer in got if answer.status}


def wait_for_end(pid):
    wait_until(lambda: not is_alive(pid), 30, "the worker ends")


# ---- Beside each other.

def test_others_are_served_meanwhile(echo):
    worker = show(echo)["pid"]
    held = echo.wait_at_remote(N - 1)
    assert show(echo)["pid"] == worker
    echo.go_on(N - 1)
    assert answers(held) == ([200] * (N - 1), {worker})


def test_a_full_worker_leaves_the_next_request_to_others(start_echo):
    echo = start_echo(remote_in_flight=2, workers_remote=2)
    held = echo.wait_at_remote(4)
    assert "full=2 in_flight=4 in_flight_max=4" in echo.say("status")
    with Connection(echo.remote) as next_one:
        next_one.send(request(params_for("GET", "/show")))
        echo.go_on()
        assert next_one.answer().status == 200
    echo.go_on(3)
    statuses, workers = answers(held)
    assert statuses == [200] * 4 and len(workers) == 2


def test_a_full_worker_has_room_again(start_echo):
    echo = start_echo(remote_in_flight=2)
    for _ in range(3):
        held = echo.wait_at_remote(2)
        assert "full=1 in_flight=2 in_flight_max=2" in echo.say("status")
        with Connection(echo.remote) as next_one:
            next_one.send(request(params_for("GET", "/show")))
            assert not next_one.is_taken()
            echo.go_on()
            assert next_one.answer().status == 200
        echo.go_on()
        assert answers(held)[0] == [200, 200]


def test_each_has_its_own_id_in_the_log(echo):
    held = echo.wait_at_remote(3)
    echo.go_on(3)
    ids = [connection.answer().headers["X-Request-Id"] for connection in held]
    assert len(set(ids)) == 3
    for request_id in ids:
        echo.wait_for_log(f"request={request_id} msg=request ")


# ---- The end of the worker.

def reload(echo):
    before = echo.status()["generation"]
    echo.process.send_signal(signal.SIGHUP)
    wait_until(lambda: echo.status()["generation"] > before, 20, "the next generation serves")


def test_a_reload_answers_all(echo):
    worker = show(echo)["pid"]
    held = echo.wait_at_remote(N)
    reload(echo)
    assert show(echo)["pid"] != worker and is_alive(worker)
    echo.go_on(N)
    assert answers(held) == ([200] * N, {worker})
    wait_for_end(worker)


def test_an_upgrade_answers_all(echo):
    worker = show(echo)["pid"]
    held = echo.wait_at_remote(N)
    upgrade(echo)
    assert show(echo)["pid"] != worker and is_alive(worker)
    echo.go_on(N)
    assert answers(held) == ([200] * N, {worker})
    wait_for_end(worker)


def test_what_waits_longer_than_a_drain_may_take_is_lost(start_echo):
    echo = start_echo(remote_in_flight=N, drain_timeout_ms=1000)
    worker = show(echo)["pid"]
    held = echo.wait_at_remote(N)
    reload(echo)
    assert answers(held) == ([None] * N, set())
    assert show(echo)["pid"] != worker
    wait_until(lambda: "at=wechat" not in echo.say("requests"), 20, "none is in flight")


def test_a_silent_connection_outlives_a_reload(echo):
    worker = show(echo)["pid"]
    with Connection(echo.remote) as silent:
        held = echo.wait_at_remote(1)
        reload(echo)
        assert json.loads(silent.ask("GET", "/show").body)["pid"] != worker and is_alive(worker)
        echo.go_on()
        assert answers(held) == ([200], {worker})
    wait_for_end(worker)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_drain_answers_all(echo, number):
    held = echo.wait_at_remote(N)
    echo.terminate(number)
    echo.go_on(N)
    assert answers(held)[0] == [200] * N
    assert echo.wait() == 0


def test_a_full_worker_takes_its_queue_before_it_ends(start_echo):
    echo = start_echo(remote_in_flight=2, drain_timeout_ms=60000)
    held = echo.wait_at_remote(2)
    with contextlib.ExitStack() as stack:
        queued = [stack.enter_context(Connection(echo.remote)) for _ in range(5)]
        for connection in queued:
            connection.send(request(params_for("GET", "/show")))
        echo.terminate()
        time.sleep(1.5)  # longer than a worker with room takes from the queue
        echo.go_on(2)
        assert answers(held)[0] == [200] * 2
        assert [connection.answer().status for connection in queued] == [200] * 5
    assert echo.wait() == 0


def next_after(echo, held, worker):
    """The worker takes no more than what it holds, and then gives way to another."""
    with Connection(echo.remote) as next_one:
        next_one.send(request(params_for("GET", "/show")))
        assert not next_one.is_taken()
        echo.go_on(len(held))
        assert answers(held) == ([200] * len(held), {worker})
        assert json.loads(next_one.answer().body)["pid"] != worker
    wait_for_end(worker)


def test_what_waits_at_max_requests_is_answered(start_echo):
    echo = start_echo(remote_in_flight=4, max_requests=2)
    worker = show(echo)["pid"]
    first, *others = echo.wait_at_remote(3)
    echo.go_on()
    assert answers([first]) == ([200], {worker})
    next_after(echo, others, worker)


def test_a_request_that_exhausts_memory_fails_alone(echo):
    worker = show(echo)["pid"]
    held = echo.wait_at_remote(3)
    assert ask(echo.remote, "GET", "/exhaust").status == 500
    next_after(echo, held, worker)
    echo.wait_for_log('msg="worker died"')


def test_a_killed_worker_loses_what_it_holds(echo):
    worker = show(echo)["pid"]
    held = echo.wait_at_remote(N)
    os.kill(worker, signal.SIGKILL)
    assert answers(held) == ([None] * N, set())
    assert show(echo)["pid"] != worker
    assert "at=wechat" not in echo.say("requests")


def test_a_crash_of_one_ends_all(echo):
    held = echo.wait_at_remote(3)
    assert ask(echo.remote, "GET", "/crash").status is None
    assert answers(held) == ([None] * 3, set())
    show(echo)


def test_past_the_deadline_of_one_all_end(start_echo):
    echo = start_echo(remote_in_flight=N, request_deadline_ms=1000)
    held = echo.wait_at_remote(3)
    assert answers(held)[0] == [None] * 3
    assert 'msg="request past its deadline, worker aborted"' in echo.log()
    assert 'msg="other requests of the aborted worker" n=2 wechat=2' in echo.log()
    show(echo)


# ---- A worker of its own holds one.

def test_a_single_worker_waits_with_its_one_request(start_echo):
    echo = start_echo(is_single=True, on_stdin=True)
    with Connection(echo.core) as held, Connection(echo.core) as next_one:
        held.send(request(params_for("GET", "/waits")))
        wait_until(held.is_taken, 20, "it is in flight")
        next_one.send(request(params_for("GET", "/show")))
        assert not next_one.is_taken()
        echo.go_on()
        assert held.answer().status == 200 and next_one.answer().status == 200


def test_a_single_worker_that_is_stopped_answers_its_request(start_echo):
    echo = start_echo(is_single=True, on_stdin=True)
    with Connection(echo.core) as held:
        held.send(request(params_for("GET", "/waits")))
        wait_until(held.is_taken, 20, "it is in flight")
        echo.process.send_signal(signal.SIGTERM)
        echo.go_on()
        assert held.answer().status == 200
    assert echo.wait() == 0


# ---- The master is killed.

def test_an_orphan_answers_all(echo):
    worker = show(echo)["pid"]
    held = echo.wait_at_remote(N)
    echo.process.kill()
    echo.wait()
    echo.up()
    assert show(echo)["pid"] != worker and is_alive(worker)
    echo.go_on(N)
    assert answers(held) == ([200] * N, {worker})
    wait_for_end(worker)
