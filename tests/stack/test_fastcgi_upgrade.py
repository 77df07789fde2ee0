"""USR2: the program's file is started again and takes everything over, or nothing has happened."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import time

import pytest

import fastcgi_client
from echo import BUILD, Echo, children
from load import Load
from stack import is_alive, wait_until


@pytest.fixture(params=[False])
def copied_echo(request):
    """Running from a file of its own, which a test may replace; what it became is ended, too.

    The parameter: it opens its log itself."""
    echo = Echo(workers_core=3, log_to_file=request.param)
    echo.program = echo.directory / "echo_service"
    shutil.copy(BUILD / "tests" / "echo_service", echo.program)
    echo.up()
    yield echo
    echo.end_new_master()
    echo.remove()


def replace(echo, text):
    """By a script; under another name first, since the file is being run."""
    new = echo.directory / "new"
    new.write_text(text)
    new.chmod(0o755)
    os.rename(new, echo.program)


def upgrade(echo):
    """Returns when another master serves."""
    before = echo.master()
    os.kill(before, signal.SIGUSR2)
    wait_until(lambda: echo.master() not in (None, before), 30, "the new master serves")


def hold_new_master(echo):
    """Begins an upgrade to what starts when a line is written to echo.gate."""
    replace(echo, f'#!/bin/sh\nread go <{echo.gate}\nexec {BUILD}/tests/echo_service "$@"\n')
    echo.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: echo.status()["state"] == "upgrading", 20, "it starts the new master")


def wait_for_refusal(echo):
    wait_until(lambda: echo.status()["failures"] == 1, 40, "it is refused")


def test_upgrades_under_load(copied_echo):
    echo = copied_echo.start_nginx()
    with Load(echo) as load:
        for _ in range(3):
            before = echo.master()
            workers = children(before)
            upgrade(echo)
            wait_until(lambda: not any(map(is_alive, [before, *workers])), 30, "the old ones have gone")
            load.wait_for_more()
    assert load.failures == []
    assert echo.process.wait(20) == 0
    assert int((echo.directory / "echo.pid").read_text()) == echo.master()
    assert "level=error" not in echo.log()


def is_pending(pid, number):
    pending = re.search(r"^ShdPnd:\s*(\w+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1]
    return bool(int(pending, 16) >> number - 1 & 1)


@contextlib.contextmanager
def stopped_new_master(echo):
    """One that was told to take over, but is stopped meanwhile and has not done so as a rule."""
    workers = set(echo.workers())
    hold_new_master(echo)
    new_master, = set(echo.workers()) - workers
    is_stopped = False

    def has_taken_over():
        nonlocal is_stopped
        if is_stopped and "takes over" in echo.log():
            return True
        is_stopped = not is_stopped
        os.kill(new_master, signal.SIGSTOP if is_stopped else signal.SIGCONT)
        return False

    echo.gate.write_text("go\n")
    try:
        wait_until(has_taken_over, 60, "the new master takes over")
        wait_until(lambda: set(echo.workers()) <= {new_master}, 20, "the old workers have gone")
        yield new_master
    finally:
        os.kill(new_master, signal.SIGCONT)


def tell_who_is_named(echo, number):
    named = int((echo.directory / "echo.pid").read_text())
    assert is_alive(named)
    os.kill(named, number)
    wait_until(lambda: named != echo.pid or not is_pending(named, number), 20, "it has heard")


def test_requests_that_wait_are_answered_by_the_old_worker(copied_echo):
    echo = copied_echo
    held = echo.wait_at_remote(64)
    upgrade(echo)
    assert fastcgi_client.ask(echo.remote, "GET", "/show").status == 200
    echo.go_on(64)
    assert [connection.answer().status for connection in held] == [200] * 64
    assert echo.wait() == 0


def test_old_master_stays_until_the_new_one_has_taken_over(copied_echo):
    """However long that takes; it passes on the signals that it gets."""
    echo = copied_echo
    with stopped_new_master(echo) as new_master:
        granted = time.monotonic()
        wait_until(lambda: time.monotonic() > granted + 1, 20, "who goes had time enough")
        tell_who_is_named(echo, signal.SIGHUP)
    assert echo.wait() == 0 and echo.master() == new_master
    wait_until(lambda: echo.status()["generation"] == 2, 20, "the new master has read again")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_of_the_old_master_is_that_of_the_new_one(copied_echo, number):
    echo = copied_echo
    with stopped_new_master(echo) as new_master:
        tell_who_is_named(echo, number)
    assert echo.wait() == 0
    wait_until(lambda: not is_alive(new_master), 30, "the new master ends")
    assert not {"core.sock", "echo.pid", "echo.control"} & set(os.listdir(echo.directory))


def test_next_master_after_a_killed_one_starts_at_once(copied_echo):
    """Though the old master still has a request in flight."""
    echo = copied_echo
    first = echo.process
    with echo.hold() as held:
        upgrade(echo)
        os.kill(echo.master(), signal.SIGKILL)
        echo.up()
        assert is_alive(first.pid) and echo.ask("GET", "/show").status == 200
        assert held.answer().status == 200
    assert first.wait(30) == 0


def test_the_new_master_is_as_good_as_the_first(copied_echo):
    echo = copied_echo
    with echo.connect() as kept:
        before = json.loads(kept.ask("GET", "/show", keep=True).body)["pid"]
        upgrade(echo)
        wait_until(lambda: not is_alive(before), 30, "the old worker ends")
        assert json.loads(kept.ask("POST", "/echo", b"x", keep=True).body)["pid"] != before
    assert echo.wait() == 0
    os.kill(echo.master(), signal.SIGHUP)
    wait_until(lambda: echo.status()["generation"] == 2, 20, "it reads its configuration again")
    new_master = echo.master()
    os.kill(new_master, signal.SIGTERM)
    wait_until(lambda: not is_alive(new_master), 20, "it ends")
    for name in ["core.sock", "remote.sock", "echo.pid", "echo.control"]:
        assert not (echo.directory / name).exists()
    echo.up()


@pytest.mark.parametrize("program, said", [
    ("#!/bin/sh\nexit 1\n", "has ended"),
    ("#!/nonexistent\n", "No such file"),
    ("#!/bin/sh\nkill -SEGV $$\n", "was ended by signal 11"),
    pytest.param("#!/bin/sh\nexec sleep 600\n", "is not ready in time", marks=pytest.mark.long),
])
def test_program_that_does_not_come_up(copied_echo, program, said):
    echo = copied_echo.start_nginx()
    workers = echo.workers()
    replace(echo, program)
    with Load(echo) as load:
        echo.process.send_signal(signal.SIGUSR2)
        wait_for_refusal(echo)
        load.wait_for_more()
    assert load.failures == []
    wait_until(lambda: said in echo.log(), 20, said)
    assert echo.workers() == workers
    assert int((echo.directory / "echo.pid").read_text()) == echo.master() == echo.pid


def test_what_the_new_program_refuses_is_told(copied_echo):
    """Twice, and then it is as good as ever."""
    echo = copied_echo
    echo.configure(body_max="much")
    for n in (1, 2):
        echo.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: echo.status()["failures"] == n, 40, "it is refused")
    said = r"the new program, pid \d+: \S+/echo.conf:\d+: body_max must be a number"
    assert len(re.findall(said, echo.log())) == 2
    echo.configure(body_max=4096)
    upgrade(echo)


def test_under_supervisord_there_is_none(start_echo):
    """It would start another master beside the new master, who serves on for nobody."""
    echo = start_echo(environment={"SUPERVISOR_ENABLED": "1"})
    echo.process.send_signal(signal.SIGUSR2)
    wait_for_refusal(echo)
    assert "let it restart it" in echo.log() and echo.master() == echo.pid
    assert echo.ask("GET", "/show").status == 200


@pytest.mark.parametrize("copied_echo", [True], indirect=True)
def test_file_that_is_no_program_is_told_in_the_log(copied_echo):
    echo = copied_echo
    echo.program.chmod(0o644)
    echo.process.send_signal(signal.SIGUSR2)
    wait_for_refusal(echo)
    assert "Permission denied" in echo.log()
    assert "log lines are being lost" not in echo.log()


def test_new_master_that_ends_and_leaves_a_child(copied_echo):
    """It has the new master's descriptors; nobody waits for that, nor kills a number that may be another's."""
    echo = copied_echo
    child = echo.directory / "child"
    replace(echo, f"#!/bin/sh\nsleep 600 &\necho $! >{child}\n")
    echo.process.send_signal(signal.SIGUSR2)
    wait_for_refusal(echo)
    os.kill(int(child.read_text()), signal.SIGKILL)
    assert "is not ready in time" not in echo.log()
    assert echo.ask("GET", "/show").status == 200


@pytest.mark.parametrize("copied_echo", [True], indirect=True)
def test_rotation_while_the_new_master_starts(copied_echo):
    """It had opened its log before the old master was told to reopen it."""
    echo = copied_echo
    hold_new_master(echo)
    echo.process.send_signal(signal.SIGSTOP)
    echo.gate.write_text("go\n")
    wait_until(lambda: echo.log().count("msg=started") == 2, 20, "the new master waits to take over")
    echo.path_of_log.rename(echo.directory / "log.1")
    echo.process.send_signal(signal.SIGUSR1)
    echo.process.send_signal(signal.SIGCONT)
    assert echo.wait() == 0
    wait_until(echo.master, 20, "the new master serves")
    assert echo.ask("GET", "/show").status == 200
    echo.wait_for_log("endpoint=show")


def test_new_master_that_cannot_write_its_pid_file(copied_echo):
    """It answers and obeys commands all the same."""
    echo = copied_echo
    (echo.directory / "echo.pid.new").mkdir()
    upgrade(echo)
    assert "echo.pid: File exists" in echo.log()
    (echo.directory / "echo.pid.new").rmdir()


def test_reload_while_the_new_master_starts(copied_echo):
    echo = copied_echo
    hold_new_master(echo)
    echo.process.send_signal(signal.SIGHUP)
    echo.gate.write_text("go\n")
    assert echo.wait() == 0
    wait_until(echo.master, 20, "the new master serves")
    wait_until(lambda: echo.status()["generation"] == 2, 20, "it reads its configuration again")


def test_workers_of_the_new_master_that_die(copied_echo):
    echo = copied_echo.start_nginx()
    replace(echo, f'#!/bin/sh\nECHO_FAULT=open exec {BUILD}/tests/echo_service "$@"\n')
    with Load(echo) as load:
        echo.process.send_signal(signal.SIGUSR2)
        wait_for_refusal(echo)
        load.wait_for_more()
    assert load.failures == []
    assert "no worker became ready" in echo.log()


def test_master_that_is_killed_while_the_new_master_starts(copied_echo):
    echo = copied_echo
    hold_new_master(echo)
    echo.process.kill()
    echo.wait()
    echo.gate.write_text("go\n")
    wait_until(echo.master, 20, "the new master serves")
    assert echo.ask("GET", "/show").status == 200
    assert int((echo.directory / "echo.pid").read_text()) == echo.master()


def test_end_of_both(copied_echo):
    """A master that is told to end leaves no new master behind."""
    echo = copied_echo
    workers = set(echo.workers())
    replace(echo, "#!/bin/sh\nexec sleep 600\n")
    echo.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: echo.status()["state"] == "upgrading", 20, "it starts the new master")
    new_masters = set(echo.workers()) - workers
    echo.terminate()
    assert echo.wait() == 0
    wait_until(lambda: not any(map(is_alive, new_masters)), 20, "the new master is gone")
