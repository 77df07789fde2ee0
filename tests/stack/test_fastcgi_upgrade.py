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
    echo.end_heir()
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
    wait_until(lambda: echo.master() not in (None, before), 30, "the heir serves")


def hold_heir(echo):
    """Begins an upgrade to what starts when a line is written to echo.gate."""
    replace(echo, f'#!/bin/sh\nread go <{echo.gate}\nexec {BUILD}/tests/echo_service "$@"\n')
    echo.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: echo.status()["state"] == "upgrading", 20, "it starts the heir")


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
def stopped_heir(echo):
    """One that has been granted the place, but is stopped meanwhile, and has not taken it as a rule."""
    workers = set(echo.workers())
    hold_heir(echo)
    heir, = set(echo.workers()) - workers
    is_stopped = False

    def is_granted():
        nonlocal is_stopped
        if is_stopped and "takes over" in echo.log():
            return True
        is_stopped = not is_stopped
        os.kill(heir, signal.SIGSTOP if is_stopped else signal.SIGCONT)
        return False

    echo.gate.write_text("go\n")
    try:
        wait_until(is_granted, 60, "the heir is granted the place")
        wait_until(lambda: set(echo.workers()) <= {heir}, 20, "the old workers have gone")
        yield heir
    finally:
        os.kill(heir, signal.SIGCONT)


def tell_who_is_named(echo, number):
    named = int((echo.directory / "echo.pid").read_text())
    assert is_alive(named)
    os.kill(named, number)
    wait_until(lambda: named != echo.pid or not is_pending(named, number), 20, "it has heard")


def test_who_goes_stays_until_the_heir_has_the_place(copied_echo):
    """However long that takes, and passes on what it is told."""
    echo = copied_echo
    with stopped_heir(echo) as heir:
        granted = time.monotonic()
        wait_until(lambda: time.monotonic() > granted + 1, 20, "who goes had time enough")
        tell_who_is_named(echo, signal.SIGHUP)
    assert echo.wait() == 0 and echo.master() == heir
    wait_until(lambda: echo.status()["generation"] == 2, 20, "the heir has read again")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_that_is_told_to_who_goes_is_the_heirs(copied_echo, number):
    echo = copied_echo
    with stopped_heir(echo) as heir:
        tell_who_is_named(echo, number)
    assert echo.wait() == 0
    wait_until(lambda: not is_alive(heir), 30, "the heir ends")
    assert not {"core.sock", "echo.pid", "echo.status"} & set(os.listdir(echo.directory))


def test_who_follows_a_killed_heir_starts_at_once(copied_echo):
    """Though the heir's predecessor still has a request at hand."""
    echo = copied_echo
    first = echo.process
    with echo.hold() as held:
        upgrade(echo)
        os.kill(echo.master(), signal.SIGKILL)
        echo.up()
        assert is_alive(first.pid) and echo.ask("GET", "/show").status == 200
        assert held.answer().status == 200
    assert first.wait(30) == 0


def test_the_heir_is_as_good_as_the_first(copied_echo):
    echo = copied_echo
    with echo.connect() as kept:
        before = json.loads(kept.ask("GET", "/show", keep=True).body)["pid"]
        upgrade(echo)
        wait_until(lambda: not is_alive(before), 30, "the old worker ends")
        assert json.loads(kept.ask("POST", "/echo", b"x", keep=True).body)["pid"] != before
    assert echo.wait() == 0
    os.kill(echo.master(), signal.SIGHUP)
    wait_until(lambda: echo.status()["generation"] == 2, 20, "it reads its configuration again")
    heir = echo.master()
    os.kill(heir, signal.SIGTERM)
    wait_until(lambda: not is_alive(heir), 20, "it ends")
    for name in ["core.sock", "remote.sock", "echo.pid", "echo.status"]:
        assert not (echo.directory / name).exists()
    echo.up()


@pytest.mark.parametrize("program, said", [
    ("#!/bin/sh\nexit 1\n", "has ended"),
    ("#!/nonexistent\n", "No such file"),
    ("#!/bin/sh\nexec sleep 600\n", "is not ready in time"),
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
    assert said in echo.log()
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
    """It would start another master beside the heir, who serves on for nobody."""
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


def test_heir_that_ends_and_leaves_a_child(copied_echo):
    """It has the heir's descriptors; nobody waits for that, nor kills a number that may be another's."""
    echo = copied_echo
    child = echo.directory / "child"
    replace(echo, f"#!/bin/sh\nsleep 600 &\necho $! >{child}\n")
    echo.process.send_signal(signal.SIGUSR2)
    wait_for_refusal(echo)
    os.kill(int(child.read_text()), signal.SIGKILL)
    assert "is not ready in time" not in echo.log()
    assert echo.ask("GET", "/show").status == 200


@pytest.mark.parametrize("copied_echo", [True], indirect=True)
def test_rotation_while_the_heir_starts(copied_echo):
    """It had opened its log before, and who was told to open it anew was its predecessor."""
    echo = copied_echo
    hold_heir(echo)
    echo.process.send_signal(signal.SIGSTOP)
    echo.gate.write_text("go\n")
    wait_until(lambda: echo.log().count("msg=started") == 2, 20, "the heir waits for its place")
    echo.path_of_log.rename(echo.directory / "log.1")
    echo.process.send_signal(signal.SIGUSR1)
    echo.process.send_signal(signal.SIGCONT)
    assert echo.wait() == 0
    wait_until(echo.master, 20, "the heir serves")
    assert echo.ask("GET", "/show").status == 200
    echo.wait_for_log("endpoint=show")


def test_heir_that_cannot_write_its_pid_file(copied_echo):
    """It can be asked and told all the same."""
    echo = copied_echo
    (echo.directory / "echo.pid.new").mkdir()
    upgrade(echo)
    assert "echo.pid: File exists" in echo.log()
    (echo.directory / "echo.pid.new").rmdir()


def test_reload_while_the_heir_starts(copied_echo):
    echo = copied_echo
    hold_heir(echo)
    echo.process.send_signal(signal.SIGHUP)
    echo.gate.write_text("go\n")
    assert echo.wait() == 0
    wait_until(echo.master, 20, "the heir serves")
    wait_until(lambda: echo.status()["generation"] == 2, 20, "it reads its configuration again")


def test_workers_of_the_heir_that_die(copied_echo):
    echo = copied_echo.start_nginx()
    replace(echo, f'#!/bin/sh\nECHO_FAULT=open exec {BUILD}/tests/echo_service "$@"\n')
    with Load(echo) as load:
        echo.process.send_signal(signal.SIGUSR2)
        wait_for_refusal(echo)
        load.wait_for_more()
    assert load.failures == []
    assert "no worker became ready" in echo.log()


def test_master_that_is_killed_while_the_heir_starts(copied_echo):
    echo = copied_echo
    hold_heir(echo)
    echo.process.kill()
    echo.wait()
    echo.gate.write_text("go\n")
    wait_until(echo.master, 20, "the heir serves")
    assert echo.ask("GET", "/show").status == 200
    assert int((echo.directory / "echo.pid").read_text()) == echo.master()


def test_end_of_both(copied_echo):
    """Who is told to end does not leave an heir behind."""
    echo = copied_echo
    workers = set(echo.workers())
    replace(echo, "#!/bin/sh\nexec sleep 600\n")
    echo.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: echo.status()["state"] == "upgrading", 20, "it starts the heir")
    heirs = set(echo.workers()) - workers
    echo.terminate()
    assert echo.wait() == 0
    wait_until(lambda: not any(map(is_alive, heirs)), 20, "the heir is gone")
