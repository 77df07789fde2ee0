"""wxuserctl reload, upgrade, drain, status and maintenance, on a second wxuser beside the stack's."""

import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ctl import Ctl
from fastcgi_client import ask
from service import Service
from stack import is_alive, wait_until


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")


@pytest.fixture
def service(stack, tmp_path):
    made = Service(stack, tmp_path)
    yield made
    made.end()


def test_status(service):
    text = service.ctl.out("status")
    assert re.search(r"^program wxuser \d+\.\d+\.\d+$", text, re.M)
    assert f"\npid {service.process.pid}\nstate serving\ngeneration 1\nfailures 0\n" in text
    assert "\nworkers core generation=1 configured=1 starting=0 idle=1 busy=0 full=0 in_flight=0 in_flight_max=1\n" in text
    assert text.endswith("\ndraining 0\n")


@needs_root
def test_a_file_where_the_unit_lets_nobody_write(stack, tmp_path):
    """The program's mounts are others than those of whoever runs wxuserctl."""
    closed = pathlib.Path(tempfile.mkdtemp())  # so short that the log has the whole line
    unit = ["unshare", "--mount", "sh", "-c", 'mount --bind -o ro "$1" "$1" && shift && exec "$@"', "sh", closed]
    service = Service(stack, tmp_path, starter=unit)
    advice = (f"{closed} is read-only for %s; if systemd starts it, run: mkdir -p /etc/systemd/system/wxuser.service.d && "
              f"(echo '[Service]'; echo ReadWritePaths=-{closed}) >>/etc/systemd/system/wxuser.service.d/paths.conf && "
              "systemctl daemon-reload && systemctl restart wxuser")
    try:
        for key in "log.path", "log.access_path", "keys.erasure_log":
            place = {key.replace(".", "__"): closed / "file"}
            said = service.ctl.run("check", **place).stdout
            assert f"FAIL {key}: {advice % 'the program'}\n" in said
            assert said.count("read-only") == 1
            if key == "keys.erasure_log":
                continue
            program = pathlib.Path(service.ctl.command[0]).parent / "wxuser.fcgi"
            done = subprocess.run([*unit, program, "--config", service.conf, "--check-config"], capture_output=True, text=True,
                                  env=service.ctl.environment(place))
            assert done.returncode != 0 and f"{key} {closed}/file: {advice % 'this process'}" in done.stdout + done.stderr
        assert "read-only" not in service.ctl.run("check", log__path=tmp_path / "log").stdout
        assert "read-only" not in service.ctl.run("check", log__path="/dev/null").stdout
    finally:
        service.end()
        closed.rmdir()


MASTER_OF_OTHERS = """
import os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
server.listen()
print("listens", flush=True)
while True:
    client = server.accept()[0]
    client.recv(100)
    client.sendall(f"program wxuser\\nparent 1\\npid {sys.argv[2]}\\nstate \\x1b[2Jserving\\ngeneration 1\\n".encode())
    client.close()
"""


@pytest.fixture
def public_directory(tmp_path_factory):
    """Which others than root may enter."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield pathlib.Path(name)


@pytest.fixture
def answer_in_place(public_directory):
    """start(user): a process of that user that has the control socket and says that it is one of root's; the two."""
    processes = []

    def start(user):
        shutil.chown(public_directory, "nobody")
        victim = subprocess.Popen(["sleep", "300"])
        # As a worker that was taken over may, by a descriptor of another process.
        listener = subprocess.Popen([sys.executable, "-c", MASTER_OF_OTHERS, public_directory / "wxuser.control",
                                     str(victim.pid)], stdout=subprocess.PIPE, user=user)
        processes.extend([victim, listener])
        assert listener.stdout.readline() == b"listens\n"
        return victim, listener

    yield start
    for process in processes:
        process.kill()
        process.wait()


@needs_root
@pytest.mark.parametrize("by", ["server.user", "owner"])
def test_nobody_but_the_program_is_signalled(stack, public_directory, answer_in_place, by):
    """logrotate runs reopen-logs as root."""
    ctl = Ctl(stack, server__state_directory=public_directory, server__user="nobody" if by == "server.user" else "")
    processes = answer_in_place("root")
    for verb in "reload", "upgrade", "reopen-logs", "drain":
        done = ctl.run(verb)
        assert done.returncode == 1 and f"pid {processes[1].pid}, which answers on the control socket, is no process of " \
            "user nobody" in done.stderr, done
    assert [process.poll() for process in processes] == [None, None]
    assert "\nstate ?[2Jserving\n" in ctl.out("status")


@needs_root
def test_whoever_listens_is_signalled_not_whom_it_names(stack, public_directory, answer_in_place):
    ctl = Ctl(stack, server__state_directory=public_directory, server__user="nobody")
    victim, listener = answer_in_place("nobody")
    assert ctl.out("reopen-logs") == f"pid {listener.pid} reopens its log files\n"
    assert listener.wait(20) == -signal.SIGUSR1 and victim.poll() is None


@needs_root
def test_others_may_not_ask_the_program(public_directory):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(public_directory / "wxuser.control"))
        os.chmod(public_directory / "wxuser.control", 0o600)
        server.listen()
        done = subprocess.run(
            [os.environ["WXUSER_BUILD"] + "/wxuserctl", "status"], user="nobody", capture_output=True, text=True, timeout=30,
            env={"WXUSER_CONF_server__state_directory": str(public_directory)})
    assert done.returncode == 1 and "only root and user root may ask the program" in done.stderr


def test_reload(service):
    pid = service.process.pid
    assert service.ctl.out("reload") == f"pid {pid}, generation 2\n"
    assert service.answers()


def test_reload_refuses_a_bad_file_and_says_where(service):
    with service.conf.open("a") as conf:
        conf.write("\n[log]\nlevel = loud\n")
    line = len(service.conf.read_text().splitlines())
    done = service.ctl.run("reload")
    assert done.returncode == 1 and f"wxuser.conf:{line}: " in done.stderr
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: f"wxuser.conf:{line}: " in service.log.read_text(), 20, "the service says it, too")
    assert service.answers()


def test_what_a_fault_of_the_file_does_not_stop(service):
    """What runs has read another one."""
    text = service.conf.read_text()
    service.conf.write_text("[nosuch]\nkey\n" + text)
    fault = f"{service.conf}:2: "
    for words in ("status",), ("top", "--interval", "1"), ("reopen-logs",), ("maintenance", "on"), \
            ("maintenance", "off"):
        done = service.ctl.run(*words)
        assert done.returncode == 0 and fault in done.stderr and "a reload or a start will be refused" in done.stderr
    for words in ("maintenance", "on", "--everywhere"), ("maintenance", "status"), ("tenant", "list"):
        done = service.ctl.run(*words)
        assert done.returncode == 1 and fault in done.stderr
    for verb in "reload", "upgrade":
        done = service.ctl.run(verb)
        assert done.returncode == 1 and done.stderr.count(fault) == 1
        assert done.stderr.endswith("\nThe program goes on as before, generation 1.\n")
    assert service.answers()
    done = service.ctl.run("drain")
    assert done.returncode == 0 and fault in done.stderr and service.process.wait(30) == 0


def test_workers_without_a_master_are_told(service):
    """What serves on after a kill -9 is not said to have stopped."""
    service.process.kill()
    service.process.wait()
    assert service.answers()
    said = f"its workers serve on at {service.directory}/core.sock without one, and end soon. Start it again now, "
    for verb in "status", "reload", "drain", "top":
        done = service.ctl.run(verb)
        assert done.returncode == 1 and said in done.stderr and f"--config {service.conf}" in done.stderr
    assert f"FAIL program: the master was killed; {said}" in service.ctl.run("check").stdout
    service.process = service.start(subprocess.DEVNULL)
    service.processes = [service.process]
    wait_until(lambda: "state serving" in service.ctl.run("status").stdout, 30, "it serves again")
    assert "FAIL program" not in service.ctl.run("check").stdout


def test_a_socket_that_was_removed_is_told(service):
    (service.directory / "core.sock").unlink()
    assert f"FAIL socket of the core pool: the program runs, but {service.directory}/core.sock is not there" in \
        service.ctl.run("check").stdout


def test_reload_says_what_takes_a_restart(service):
    text = service.conf.read_text()
    service.conf.write_text(text.replace("/core.sock\n", "/core2.sock\n"))
    assert service.ctl.out("reload").endswith("generation 2\nChanged, but takes a restart: server.listen_core.\n")
    assert "\nrestart server.listen_core\n" in service.ctl.out("status")
    assert "restart" not in service.ctl.out("reload")


def test_reload_tells_who_is_let_in_anew(service):
    with service.conf.open("a") as conf:
        conf.write("\n[ops]\nnetworks = 127.0.0.1, 192.0.2.0/24\n[auth]\ntrusted_networks = 192.0.2.7=quickstart\n")
    service.ctl.out("reload")
    log = service.log.read_text()
    assert 'level=warning' in log and ('msg="who is let in has changed" key=ops.networks old="127.0.0.0/8, ::1" '
                                       'new="127.0.0.1, 192.0.2.0/24"\n') in log
    assert re.search(r'key=auth\.trusted_networks old="" new="192\.0\.2\.7=quickstart"$', log, re.M)
    assert log.count("who is let in has changed") == 2
    assert 'level=info' in log and (' msg="who is let in" http.trusted_proxies="" http.origins="" auth.trusted_networks="" '
                                    'ops.networks="127.0.0.0/8, ::1" admin.api=true admin.networks=""\n') in log


def test_reload_reads_the_keys_again(service):
    away = service.sealing.rename(service.directory / "away")
    done = service.ctl.run("reload")
    assert done.returncode == 1 and "refused, nothing has changed: configuration refused: " in done.stderr
    for said in (done.stderr, service.log.read_text(), service.ctl.out("status")):
        assert f"{service.sealing}: no such key file" in said
    assert service.answers() and service.number("generation") == 1
    away.rename(service.sealing)
    service.ctl.out("reload")
    assert service.answers() and service.number("generation") == 2


def test_reload_wants_a_database(service):
    """What serves is not replaced by what cannot."""
    text = service.conf.read_text()
    service.conf.write_text(re.sub(r"^socket = .*$", "socket = /nonexistent", text, flags=re.M))
    for verb, said in {"reload": "configuration refused",
                       "upgrade": r"upgrade failed: the new program, pid \d+"}.items():
        done = service.ctl.run(verb)
        assert done.returncode == 1
        assert re.search(f"refused, nothing has changed: {said}: .*'/nonexistent'.*the database does not answer;",
                         done.stderr), done.stderr
    assert service.process.poll() is None and service.answers()


def test_whoever_asks_during_upgrades_is_answered(service):
    """Also in the moment when one program goes and the other is not yet there."""
    asked, is_over = [], threading.Event()

    def ask_on():
        while not is_over.is_set():
            asked.append(service.ctl.run("status"))

    threads = [threading.Thread(target=ask_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        service.ctl.out("upgrade")
    is_over.set()
    for thread in threads:
        thread.join()
    assert {done.returncode for done in asked} == {0}


def test_reload_during_an_upgrade_is_of_the_new_master(service):
    """Which may have read the configuration before it was changed."""
    def begin():
        upgrade = threading.Thread(target=service.ctl.out, args=["upgrade"])
        upgrade.start()
        return upgrade

    def is_seen():
        nonlocal upgrade
        if not upgrade.is_alive():  # it was over before anybody looked
            upgrade = begin()
        return "state upgrading" in service.ctl.out("status")

    upgrade = begin()
    wait_until(is_seen, 60, "the new master starts")
    said = service.ctl.out("reload")
    upgrade.join()
    # It is told by the old master and by wxuserctl, perhaps once for both.
    assert re.fullmatch(rf"pid {service.number('pid')}, generation [23]\n", said)
    assert service.number("pid") != service.process.pid


def test_reload_of_one_that_ends(service, stack):
    """Which nobody follows."""
    stack.fault("sns/jscode2session", "slow", 3000)
    body = json.dumps({"code": stack.code()["code"]}).encode()
    with ThreadPoolExecutor(1) as client:
        login = client.submit(ask, str(service.directory / "remote.sock"), "POST",
                              "/account_api/wechat/user/getUserInfo", body, CONTENT_TYPE="application/json",
                              HTTP_X_WX_APPID=stack.app_id)
        wait_until(lambda: "idle=0 busy=1" in service.ctl.out("status"), 20, "the login is in flight")
        service.process.terminate()
        wait_until(lambda: "state draining" in service.ctl.out("status"), 20, "it ends")
        done = service.ctl.run("reload")
        assert done.returncode == 1 and "the program does not run" in done.stderr
        assert login.result().status == 200


def test_upgrade_and_drain(service):
    said = service.ctl.out("upgrade")
    assert service.process.wait(30) == 0
    new_master = service.number("pid")
    assert said == f"pid {new_master}, generation 1\n" and new_master != service.process.pid
    assert service.answers()
    assert re.fullmatch(r"pid \d+ has ended\n", service.ctl.out("drain"))
    wait_until(lambda: not is_alive(new_master), 20, "it has ended")
    assert sorted(path.name for path in service.directory.glob("wxuser.*")) == ["wxuser.conf"]
    for verb in ["status", "reload", "upgrade", "drain"]:
        done = service.ctl.run(verb)
        assert done.returncode == 1 and "the program does not run" in done.stderr


# ---- Where each pool has its own master.


@pytest.fixture
def split(stack, tmp_path):
    made = Service(stack, tmp_path, is_split=True)
    yield made
    made.end()


def pids_in(text):
    return [int(pid) for pid in re.findall(r"^pid (\d+)", text, re.M)]


def test_commands_are_for_both_masters(split):
    ctl, pids = split.ctl, [process.pid for process in split.processes]
    assert pids_in(ctl.out("status")) == pids
    assert ctl.out("reload") == "".join(f"pid {pid}, generation 2\n" for pid in pids)
    ctl.out("reopen-logs")
    wait_until(lambda: split.log.read_text().count("log files reopened") == 2, 20, "both have heard")
    assert pids_in(ctl.out("top", "--interval", "1", "--pool", "remote").replace("  ", "\n")) == pids[1:]
    assert pids_in(ctl.out("top", "--interval", "1").replace("  ", "\n")) == pids[:1]
    new_masters = pids_in(ctl.out("upgrade"))
    assert pids_in(ctl.out("status")) == new_masters and not set(new_masters) & set(pids)
    assert split.answers()
    os.kill(new_masters[0], signal.SIGINT)
    wait_until(lambda: pids_in(ctl.out("status")) == new_masters[1:], 20, "one has ended")
    assert ctl.out("drain") == f"pid {new_masters[1]} has ended\n"
    wait_until(lambda: not is_alive(new_masters[1]), 20, "the other has, too")
    assert not list(split.directory.glob("wxuser-*"))


def test_a_master_ends_before_it_answers(split):
    """The connection of who asks is reset."""
    remaining, ending = split.processes
    ending.send_signal(signal.SIGINT)
    ending.wait()
    path = split.directory / "wxuser-remote.control"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        asking = subprocess.Popen([*split.ctl.command, "status"], stdout=subprocess.PIPE, text=True)
        assert select.select([listener], [], [], 20)[0]
        path.unlink()
    assert pids_in(asking.communicate(timeout=20)[0]) == [remaining.pid] and asking.returncode == 0


# ---- Maintenance of one host, and of both.


def are_down(stack, service):
    path = "/api/weixin/wxbuyinguser/get"
    other = ask(str(service.directory / "core.sock"), "GET", path, QUERY_STRING="id=1",
                HTTP_AUTHORIZATION=f"Bearer {stack.key}")
    assert {stack.get(f"{path}?id=1").status, other.status} <= {200, 503}
    return stack.get(f"{path}?id=1").status == 503, other.status == 503


def second_passes():
    """So long may a worker go by what it has seen."""
    began = time.monotonic()
    wait_until(lambda: time.monotonic() > began + 1, 20, "a second passes")


def test_maintenance_of_this_host(stack, service):
    assert are_down(stack, service) == (False, False)
    service.ctl.out("maintenance", "on")
    assert service.ctl.out("maintenance", "status").startswith("here        on\neverywhere  off")
    assert service.ctl.out("status").endswith("\nmaintenance on\n")
    assert "warn maintenance: this host answers that it is down" in service.ctl.out("check")
    second_passes()
    assert are_down(stack, service) == (False, True)
    service.ctl.out("maintenance", "off")
    second_passes()
    assert are_down(stack, service) == (False, False)


def test_maintenance_everywhere(stack, service):
    service.ctl.out("maintenance", "on", "--everywhere")
    try:
        second_passes()
        assert are_down(stack, service) == (True, True)
        assert re.fullmatch(r"here        off\neverywhere  on  since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d by \w+@.+\n",
                            service.ctl.out("maintenance", "status"))
    finally:
        Ctl(stack).out("maintenance", "off", "--everywhere")
        second_passes()
    assert are_down(stack, service) == (False, False)


def test_maintenance_without_a_database(ctl, tmp_path):
    nowhere = {"server__state_directory": tmp_path, "database__socket": "/nonexistent"}
    ctl.out("maintenance", "on", **nowhere)
    done = ctl.run("maintenance", "status", **nowhere)
    assert done.stdout == "here        on\n" and done.returncode == 1 and "database" in done.stderr
    ctl.out("maintenance", "off", **nowhere)
    assert list(tmp_path.iterdir()) == []
    done = ctl.run("maintenance", "on", server__state_directory="/nonexistent")
    assert done.returncode == 1 and "/nonexistent/maintenance: No such file or directory" in done.stderr


def test_a_socket_is_cleared_of_who_is_not_looked_after(split):
    master, path = split.process, split.directory / "core.sock"
    clear = ["socket", "clear", "--pool", "core"]
    done = split.ctl.run(*clear, path)
    assert done.returncode == 1 and path.is_socket()
    assert f"by pid {master.pid}, which pid {os.getpid()} has started and looks after; stop it" in done.stderr
    assert split.ctl.run(*clear, split.conf).stderr.startswith("wxuserctl: pool core is served already")

    master.send_signal(signal.SIGINT)
    master.wait(30)
    done = split.ctl.run(*clear, split.conf)
    assert done.returncode == 1 and f"{split.conf}: not a socket" in done.stderr
    for _ in range(2):
        split.ctl.out(*clear, path)
        assert not path.exists()

    # The starter is killed when the master serves, and before it is there.
    for script in '"$@" <&9 9<&- & wait', "env SUPERVISOR_ENABLED=1 sh -c 'kill -9 $PPID; exec \"$@\"' sh \"$@\" <&9; :":
        starter = split.start_on_stdin("core", starter=["sh", "-c", f"exec 9<&0; {script}", "sh"])
        wait_until(lambda: split.ctl.out("status").count("state serving") == 2, 30, "it serves")
        orphan = pids_in(split.ctl.out("status"))[0]
        starter.kill()
        starter.wait()
        assert split.answers()
        split.ctl.out(*clear, path)
        assert not path.exists()
        wait_until(lambda: not is_alive(orphan), 30, "who is not looked after ends")
