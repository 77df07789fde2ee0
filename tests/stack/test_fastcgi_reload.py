"""What an operator does to a service that is being used. None of it costs a request."""

import contextlib
import json
import os
import re
import signal

import pytest

from fastcgi_client import params_for, request
from load import Load
from stack import is_alive, wait_until


def rotate(echo, number):
    """Renames the log and tells the service; the file's new path."""
    old = echo.directory / f"log.{number}"
    os.rename(echo.path_of_log, old)
    echo.process.send_signal(signal.SIGUSR1)
    return old


# ---- USR1: the log.


def writers(log):
    """How the lines of each worker that has served say who it is."""
    return set(re.findall(r"pid=\d+ request=", log.read_text()))


def test_log_is_rotated_without_loss(start_echo):
    echo = start_echo(log_to_file=True).start_nginx()
    with Load(echo) as load:
        old = []
        for number in range(5):
            old.append(rotate(echo, number))
            wait_until(echo.path_of_log.exists, 30, "there is another")
            echo.wait_for_log("log files reopened")
            for writer in writers(old[-1]):
                echo.wait_for_log(writer)
    assert load.failures == []

    def text():
        return "".join(path.read_text() for path in old) + echo.log()

    wait_until(lambda: text().count("msg=request") >= load.n_answers, 30, "each request is there")
    assert all(line.startswith("ts=") for line in text().splitlines())
    assert text().count("msg=request") == load.n_answers


def test_log_that_cannot_be_opened_goes_on_in_the_old_file(start_echo):
    echo = start_echo(log_to_file=True)
    old = echo.directory / "log.1"
    os.rename(echo.path_of_log, old)
    echo.path_of_log.mkdir()
    echo.process.send_signal(signal.SIGUSR1)
    echo.wait_for_log("the old file goes on", path=old)
    assert echo.ask("GET", "/show").status == 200
    echo.wait_for_log("msg=request", path=old)


# ---- HUP: the configuration.


def reload(echo):
    """Returns when it is told to be serving by the new configuration."""
    before = echo.status()["generation"]
    echo.process.send_signal(signal.SIGHUP)
    wait_until(lambda: echo.status()["generation"] > before, 20, "the next generation serves")


def wait_for_failure(echo):
    wait_until(lambda: echo.status()["failures"] == 1, 20, "it is refused")


def test_reloads_under_load(start_echo):
    echo = start_echo(workers_core=3).start_nginx()
    with Load(echo) as load:
        for _ in range(20):
            workers = set(echo.workers())
            reload(echo)
            wait_until(lambda: not workers & set(echo.workers()), 20, "the old ones have gone")
            load.wait_for_more(20)
    assert load.failures == []
    assert echo.status()["generation"] == 21
    assert "worker died" not in echo.log()


def test_reloads_at_once_are_as_good_as_some(start_echo):
    echo = start_echo().start_nginx()
    with Load(echo) as load:
        for _ in range(50):
            echo.process.send_signal(signal.SIGHUP)
            load.wait_for_more(1)
        wait_until(lambda: echo.status()["state"] == "serving", 20, "the last is there")
        wait_until(lambda: len(echo.workers()) == echo.n_workers(), 20, "the old ones have gone")
    assert load.failures == []
    assert "worker died" not in echo.log()


def test_new_configuration_is_lived_by(start_echo):
    echo = start_echo(body_max=1024)
    assert echo.ask("POST", "/echo", b"x" * 2000).status == 413
    echo.configure(body_max=4096, workers_core=4)
    reload(echo)
    wait_until(lambda: len(echo.workers()) == 5, 20, "there are more workers")
    assert echo.ask("POST", "/echo", b"x" * 2000).status == 200
    echo.configure(workers_core=1)
    reload(echo)
    wait_until(lambda: len(echo.workers()) == 2, 20, "there are less workers")
    assert echo.ask("POST", "/echo", b"x" * 2000).status == 200


def test_core_workers_go_by_the_processors(start_echo):
    echo = start_echo(workers_core=1)
    processors = os.sched_getaffinity(echo.pid)
    for chosen in processors, {min(processors)}:
        os.sched_setaffinity(echo.pid, chosen)
        echo.configure(workers_core=0)
        reload(echo)
        n_core = min(8 * len(chosen), 64)
        assert f"\nworkers core generation={echo.status()['generation']} configured={n_core} " in echo.say("status")
        wait_until(lambda: len(echo.workers()) == n_core + 1, 20, "the old ones have gone")


def test_request_in_flight_and_idle_connections_outlive_a_reload(start_echo):
    echo = start_echo(workers_core=1)
    with echo.connect() as kept:
        before = json.loads(kept.ask("GET", "/show", keep=True).body)["pid"]
        with echo.hold() as held:
            reload(echo)
            assert json.loads(held.answer().body)["pid"] == before
        wait_until(lambda: not is_alive(before), 30, "the old worker ends")
        assert json.loads(kept.ask("POST", "/echo", b"x", keep=True).body)["pid"] != before


def test_bad_configuration_changes_nothing(start_echo):
    echo = start_echo()
    workers = echo.workers()
    echo.configure(body_max="much")
    echo.process.send_signal(signal.SIGHUP)
    wait_for_failure(echo)
    line = 1 + (echo.directory / "echo.conf").read_text().splitlines().index("body_max = much")
    assert f"echo.conf:{line}: body_max must be a number" in echo.log()
    assert echo.workers() == workers
    assert echo.ask("GET", "/show").status == 200
    assert echo.status()["generation"] == 1


@pytest.mark.parametrize("key, value", [("listen_core", "/nonexistent/core"), ("socket_mode", 600)])
def test_what_takes_a_restart_is_said(start_echo, key, value):
    echo = start_echo()
    echo.configure(**{key: value})
    reload(echo)
    echo.wait_for_log(f"server.{key} has changed")
    assert echo.ask("GET", "/show").status == 200


def test_new_workers_that_die(start_echo):
    """Those who serve stay."""
    echo = start_echo(workers_core=3).start_nginx()
    workers = echo.workers()
    with Load(echo) as load:
        echo.configure(http={"default_app": "fault"})
        echo.process.send_signal(signal.SIGHUP)
        wait_for_failure(echo)
        load.wait_for_more()
    assert load.failures == []
    assert "generation 1 goes on" in echo.log()
    wait_until(lambda: set(echo.workers()) == set(workers), 20, "they are as before")
    echo.configure(http={})
    reload(echo)
    assert echo.ask("GET", "/show").status == 200


def crash_until(echo, condition, what):
    """Only the request that crashes a worker fails."""
    def crash():
        with contextlib.suppress(OSError):
            echo.ask("GET", "/empty")
        return condition()

    wait_until(crash, 60, what)


def reload_with(echo, default_app):
    echo.configure(http={"default_app": default_app})
    reload(echo)


def test_new_workers_that_crash_on_requests(start_echo):
    """The last good configuration comes back, though others were tried in between."""
    echo = start_echo(log_to_file=True).start_nginx()
    for default_app in "harmless", "crash":
        reload_with(echo, default_app)
        assert echo.status()["last_good"] == 1
    rotate(echo, 1)
    wait_until(echo.path_of_log.exists, 10, "there is another")
    crash_until(echo, lambda: echo.status()["generation"] == 1, "it goes back")
    with Load(echo) as load:
        wait_until(lambda: len(echo.workers()) == echo.n_workers(), 20, "those of the bad one end")
        for _ in range(10):
            assert echo.ask("GET", "/empty").status == 200
    assert load.failures == []
    assert "back to generation 1" in echo.log() and "generation 1 serves" in echo.log()
    status = echo.status()
    assert status["failures"] == 1 and "die again and again" in status["failure"]
    reload_with(echo, "mended")
    status = echo.status()
    assert status["generation"] == 4 and status["last_good"] == 1 and "failure" not in status


def test_slow_requests_are_nothing_to_go_back_for(start_echo):
    echo = start_echo(workers_core=3)
    echo.configure(request_deadline_ms=500)
    reload(echo)
    for _ in range(3):
        with echo.connect() as one, echo.connect() as two, echo.connect() as three:
            for connection in one, two, three:
                connection.send(request(params_for("GET", "/held")))
            assert [connection.answer().status for connection in (one, two, three)] == [None] * 3
    wait_until(lambda: echo.log().count("worker died") >= 9, 30, "all are ended")
    status = echo.status()
    assert (status["generation"], status["last_good"], status["failures"]) == (2, 1, 0)


@pytest.mark.long
def test_what_stands_the_trial_is_good(start_echo):
    echo = start_echo()
    reload_with(echo, "crash")
    wait_until(lambda: echo.status()["last_good"] == 2, 60, "the trial is over")
    crash_until(echo, lambda: echo.log().count("worker died") > 10, "it goes on dying")
    assert echo.status()["generation"] == 2
    assert echo.ask("GET", "/show").status == 200


def test_old_worker_that_hears_nothing_is_killed(start_echo):
    echo = start_echo(drain_timeout_ms=500, request_deadline_ms=600000)
    before = echo.workers()
    with echo.connect() as connection:
        connection.send(request(params_for("GET", "/deaf")))
        wait_until(connection.is_taken, 30, "a worker is stuck")
        reload(echo)
        wait_until(lambda: not any(is_alive(pid) for pid in before), 20, "all old ones have gone")
    assert echo.ask("GET", "/show").status == 200
