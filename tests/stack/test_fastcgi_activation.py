"""Sockets that a service manager has opened, and what it is told."""

import os
import shutil
import signal
import socket
import struct
import subprocess

import pytest

from echo import Echo, children, listening
from fastcgi_client import Connection
from load import Load
from stack import free_port, is_alive, wait_until

ACTIVATE = shutil.which("systemd-socket-activate")


class Manager:
    """Takes what is sent to NOTIFY_SOCKET."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.settimeout(20)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.path = path.replace("\0", "@")

    def hear(self):
        """The next message, and the process that sent it."""
        message, ancillary, _, _ = self.socket.recvmsg(4096, 100)
        return message.decode(), struct.unpack("3i", ancillary[0][2])[0]

    def wait_for(self, text):
        """The message that holds it; those before it are forgotten."""
        while text not in (message := self.hear()[0]):
            pass
        return message

    def wait_for_life(self):
        """The next process that says it is alive."""
        while (heard := self.hear())[0] != "WATCHDOG=1":
            pass
        return heard[1]


@pytest.fixture
def manager(tmp_path):
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.socket.close()


@pytest.fixture
def make_activated():
    """make(names): an echo service started with two listening sockets, each of that name."""
    made = []

    def make(names=("core", "remote"), environment=None):
        echo = Echo(environment=environment)
        made.append(echo)
        echo.settings.update(listen_core="/nonexistent/core", listen_remote="/nonexistent/remote")
        variables = "WATCHDOG_PID=$$ LISTEN_PID=$$ LISTEN_FDS=2"
        if names:
            variables += f" LISTEN_FDNAMES={':'.join(names)}"
        listeners = [listening(echo.core), listening(echo.remote)]
        # The shell becomes the service, so that its process number is right.
        echo.prefix = ["bash", "-c", f'exec 3<&{listeners[0]} 4<&{listeners[1]}; {variables} exec "$@"',
                       "bash"]
        echo.inherited = listeners
        return echo.up()

    yield make
    for echo in made:
        for listener in echo.inherited:
            os.close(listener)
        echo.end_new_master()
        echo.remove()


def started_line(echo):
    return next(line for line in echo.log().splitlines() if "msg=started" in line)


@pytest.mark.parametrize("names, core, remote", [
    (("core", "remote"), "core.sock", "remote.sock"),
    (("remote", "core"), "remote.sock", "core.sock"),
    (("echo.socket", "echo.socket"), "core.sock", "remote.sock"),
    ((), "core.sock", "remote.sock"),
])
def test_sockets_by_name_else_in_order(make_activated, names, core, remote):
    echo = make_activated(names)
    assert f" core={echo.directory}/{core} remote={echo.directory}/{remote}" in started_line(echo)
    assert echo.ask("GET", "/show").status == 200
    for path in [echo.core, echo.remote]:
        with Connection(path) as connection:
            assert connection.ask("GET", "/show").status == 200
    echo.terminate()
    assert echo.wait() == 0
    assert os.path.exists(echo.core) and os.path.exists(echo.remote)


def test_activated_service_is_started_again(make_activated):
    """What comes on connections that nginx keeps is lost no more than what waits for the socket."""
    echo = make_activated().start_nginx()
    with Load(echo) as load:
        for _ in range(5):
            echo.terminate()
            assert echo.wait() == 0
            echo.up()
            load.wait_for_more()
    assert load.failures == []


def test_activated_service_is_upgraded(make_activated):
    echo = make_activated().start_nginx()
    with Load(echo) as load:
        echo.process.send_signal(signal.SIGUSR2)
        assert echo.wait() == 0
        load.wait_for_more()
    assert load.failures == []
    wait_until(echo.master, 20, "the new master is there")
    new_master = echo.master()
    os.kill(new_master, signal.SIGTERM)
    wait_until(lambda: not is_alive(new_master), 20, "the new master ends")
    assert os.path.exists(echo.core)


def test_variables_for_another_process_are_not_ours(start_echo):
    echo = start_echo(environment={"LISTEN_PID": "1", "LISTEN_FDS": "2"})
    assert f" core={echo.core} " in started_line(echo)


def test_what_is_no_listening_socket_is_refused():
    echo = Echo(prefix=["bash", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3</dev/null', "bash"])
    assert echo.start().wait() == 78
    assert "descriptor 3 is no listening socket" in echo.log()
    echo.remove()


@pytest.mark.skipif(ACTIVATE is None, reason="no systemd-socket-activate here")
def test_systemd_socket_activate():
    echo = Echo(listen_core="/nonexistent/core")
    port = free_port()
    echo.prefix = [ACTIVATE, f"--listen=127.0.0.1:{port}", f"--listen={echo.remote}",
                   "--fdname=core:remote"]
    echo.core = ("127.0.0.1", port)
    echo.start()
    wait_until(lambda: "Listening on" in echo.log(), 20, "it listens")
    assert echo.ask("GET", "/show").status == 200
    assert f" core=127.0.0.1:{port} remote={echo.remote}" in started_line(echo)
    echo.terminate()
    assert echo.wait() == 0
    echo.remove()


# ---- A socket on standard input, and how many workers there shall be.


@pytest.fixture
def on_stdin():
    echo = Echo(on_stdin=True, workers_core=3).up()
    yield echo
    echo.end_new_master()
    echo.remove()


def test_master_of_one_pool_on_standard_input(on_stdin):
    echo = on_stdin.start_nginx()
    assert f" core={echo.core}\n" in started_line(echo) + "\n"
    assert int((echo.directory / "echo-core.pid").read_text()) == echo.pid
    assert os.readlink(f"/proc/{echo.pid}/fd/0") == os.devnull
    workers = echo.workers()
    with Load(echo) as load:
        echo.configure(workers_core=1)
        echo.process.send_signal(signal.SIGHUP)
        wait_until(lambda: echo.status()["generation"] == 2, 20, "it reads its configuration again")
        wait_until(lambda: not any(map(is_alive, workers)), 20, "the old ones have gone")
        load.wait_for_more()
    assert load.failures == []
    assert len(echo.workers()) == 3
    os.kill(echo.workers()[0], signal.SIGKILL)
    wait_until(lambda: "worker died" in echo.log() and len(echo.workers()) == 3, 20, "another is there")
    with echo.hold() as held:
        echo.terminate(signal.SIGINT)
        assert held.answer().status == 200
    assert echo.wait() == 0
    assert os.path.exists(echo.core) and not os.path.exists(echo.remote)
    assert not list(echo.directory.glob("echo-core.*"))


def test_master_on_standard_input_is_upgraded(on_stdin):
    echo = on_stdin.start_nginx()
    with Load(echo) as load:
        for _ in range(2):
            before = echo.master()
            os.kill(before, signal.SIGUSR2)
            wait_until(lambda: echo.master() not in (None, before), 30, "the new master serves")
            wait_until(lambda: not is_alive(before), 30, "the one before has gone")
            load.wait_for_more()
    assert load.failures == []
    assert len(children(echo.master())) == 3
    assert "no listening socket" not in echo.log()


def test_workers_without_a_socket_on_standard_input_are_refused():
    echo = Echo(on_stdin=True)
    listener, echo.listener = echo.listener, subprocess.DEVNULL
    echo.start()
    assert echo.wait() == 64
    assert "--workers is for a listening socket as standard input" in echo.log()
    echo.listener = listener
    echo.remove()


# ---- What the manager is told.


def test_manager_is_told_of_each_change(start_echo, manager):
    echo = start_echo(environment={"NOTIFY_SOCKET": manager.path})
    manager.wait_for("READY=1")
    echo.process.send_signal(signal.SIGHUP)
    assert "MONOTONIC_USEC=" in manager.wait_for("RELOADING=1")
    assert "generation 2 serves" in manager.wait_for("READY=1")
    echo.configure(body_max="much")
    echo.process.send_signal(signal.SIGHUP)
    manager.wait_for("RELOADING=1")
    assert "generation 2 serves; failed: configuration refused" in manager.wait_for("READY=1")
    echo.terminate()
    manager.wait_for("STOPPING=1")


def test_manager_is_told_of_the_new_master(make_activated, manager):
    echo = make_activated(environment={"NOTIFY_SOCKET": manager.path})
    manager.wait_for("READY=1")
    echo.process.send_signal(signal.SIGUSR2)
    manager.wait_for("RELOADING=1")
    told = manager.wait_for("MAINPID=")
    manager.wait_for("READY=1")
    assert told == f"MAINPID={echo.master()}"
    assert echo.wait() == 0


def test_watchdog_hears_of_the_master_and_of_its_new_master(make_activated, manager):
    echo = make_activated(environment={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "600000"})
    assert manager.wait_for_life() == echo.pid
    assert manager.wait_for_life() == echo.pid
    echo.process.send_signal(signal.SIGUSR2)
    manager.wait_for("MAINPID=")
    new_master = manager.wait_for_life()
    assert new_master != echo.pid and new_master == echo.master()
    assert echo.wait() == 0


def test_watchdog_of_another_process_hears_nothing(start_echo, manager):
    echo = start_echo(environment={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "300000",
                                   "WATCHDOG_PID": "1"})
    echo.process.send_signal(signal.SIGHUP)
    manager.wait_for("RELOADING=1")
    echo.terminate()
    echo.wait()
    manager.socket.settimeout(0)
    with pytest.raises(BlockingIOError):
        manager.wait_for("WATCHDOG")


def test_manager_in_the_abstract_namespace(start_echo):
    manager = Manager(f"\0echo-{os.getpid()}-{free_port()}")
    start_echo(environment={"NOTIFY_SOCKET": manager.path})
    manager.wait_for("READY=1")
    manager.socket.close()


# ---- No descriptor goes where it does not belong.


def test_descriptors_of_a_worker_are_closed_on_exec(start_echo):
    with open(os.devnull) as leaked:
        os.set_inheritable(leaked.fileno(), True)
        echo = start_echo(inherited=[leaked.fileno()])
    wait_until(echo.is_serving, 30, "they have begun")
    for pid in [echo.pid, *echo.workers()]:
        for fd in os.listdir(f"/proc/{pid}/fdinfo"):
            if int(fd) > 2:
                with open(f"/proc/{pid}/fdinfo/{fd}") as file:
                    flags = next(line for line in file if line.startswith("flags:"))
                assert int(flags.split()[1], 8) & os.O_CLOEXEC, (pid, fd)
