"""Where the log goes: files, syslog, journald, standard error; and when it is to go elsewhere."""

import os
import pwd
import re
import resource
import signal

import pytest

from echo import Echo
from load import Load
from log_daemons import JOURNALD, Journald, Rsyslog, StandIn
from stack import wait_until

needs_journald = pytest.mark.skipif(
    not Journald.is_possible, reason=f"takes root and {JOURNALD}, of the package systemd")
NOBODY = pwd.getpwnam("nobody")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes root")


@pytest.fixture
def start_logging():
    """start(log): an echo service with these keys of [log]; what it says elsewhere is echo.log()."""
    started = []

    def start(log, environment=None, **settings):
        echo = Echo(environment=environment)
        started.append(echo)
        echo.start(log=log, **settings)
        wait_until(echo.is_serving, 30, "it serves")
        return echo

    yield start
    for echo in started:
        echo.remove()


def reload(echo, log, **more):
    """Returns when it is told to have come to an end."""
    before = echo.status()
    echo.configure(log=log, **more)
    echo.process.send_signal(signal.SIGHUP)
    wait_until(lambda: (after := echo.status())["generation"] > before["generation"] or
               after["failures"] > before["failures"], 20, "the reload ends")


# ---- Daemons.


def test_syslog(start_logging, tmp_path):
    events, access = StandIn(tmp_path / "events"), StandIn(tmp_path / "access")
    echo = start_logging({"path": f"syslog:{tmp_path}/events", "facility": "local0",
                          "access_path": f"syslog:{tmp_path}/access"})
    line = events.wait_for("msg=started")
    assert re.fullmatch(r"<134>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d wxuser\[%d\]: ts=.* core=.*"
                        % echo.pid, line), line
    pid = echo.shows()["pid"]
    line = access.wait_for("msg=request")
    assert f" wxuser[{pid}]: ts=" in line and "endpoint=show status=200" in line
    assert not any("msg=request" in line for line in events.lines())
    assert echo.log() == ""
    events.close()
    access.close()


def test_syslog_that_goes_away_and_comes_back(start_logging, tmp_path):
    path = tmp_path / "log"
    daemon = StandIn(path)
    echo = start_logging({"path": f"syslog:{path}"}, workers_core=1)
    daemon.wait_for("msg=started")
    daemon.close()
    asked = 3
    for _ in range(asked):
        assert echo.ask("GET", "/show").status == 200
    path.unlink()
    daemon = StandIn(path)

    def is_told():
        nonlocal asked
        asked += 1
        assert echo.ask("GET", "/show").status == 200
        return any("lost" in line for line in daemon.lines())

    wait_until(is_told, 20, "the loss is told")
    lost = int(re.search(r'pid=\d+ msg="log lines were lost" lines=(\d+)$', daemon.wait_for("lost"))[1])
    assert 1 < lost <= 3
    wait_until(lambda: sum("msg=request" in line for line in daemon.lines()) + lost == asked, 20,
               "no other is lost")
    assert echo.log().count('msg="log lines are being lost"') == 1
    assert f'to={path} error="Connection refused"\n' in echo.log()
    daemon.close()


def test_syslog_that_does_not_read_delays_nobody(start_logging, tmp_path):
    daemon = StandIn(tmp_path / "log")
    echo = start_logging({"path": f"syslog:{tmp_path}/log"}).start_nginx()
    with Load(echo) as load:
        load.wait_for_more(2000)
    assert load.failures == []
    assert "Resource temporarily unavailable" in echo.log()
    daemon.close()


@pytest.fixture
def journald(tmp_path):
    made = Journald(tmp_path)
    yield made
    made.end()


@needs_journald
def test_journald(start_logging, journald):
    echo = start_logging({"path": f"journald:{journald.native}"})
    pid = echo.shows()["pid"]
    entry = journald.wait_for(WXUSER_MSG="request")
    assert entry["_TRANSPORT"] == "journal" and entry["_PID"] == str(pid)
    assert entry["SYSLOG_IDENTIFIER"] == "wxuser" and entry["PRIORITY"] == "6"
    assert (entry["WXUSER_ENDPOINT"], entry["WXUSER_STATUS"]) == ("show", "200")
    assert re.fullmatch(r"request=[0-9a-f]+ msg=request host=.* status=200 (client=\S+ )?us=\d+ db_us=\d+",
                        entry["MESSAGE"])
    assert echo.ask("中\nPRIORITY=0\n", "/nowhere").status == 404
    assert journald.wait_for(WXUSER_STATUS="404")["WXUSER_METHOD"] == "中\nPRIORITY=0\n"


@needs_journald
def test_journald_takes_what_syslog_gets(start_logging, journald):
    echo = start_logging({"path": f"syslog:{journald.syslog}", "facility": "user"})
    entry = journald.wait_for(SYSLOG_IDENTIFIER="wxuser", _TRANSPORT="syslog", PRIORITY="6")
    assert entry["SYSLOG_PID"] == entry["_PID"] == str(echo.pid)
    assert entry["SYSLOG_FACILITY"] == "1"
    assert entry["MESSAGE"].startswith("ts=")


@needs_journald
def test_standard_error_that_is_the_journal_gets_levels(journald):
    stream, name = journald.connect_stderr()
    echo = Echo(environment={"JOURNAL_STREAM": name}, inherited=[stream.fileno()],
                prefix=["bash", "-c", f'exec "$@" 2>&{stream.fileno()}', "bash"])
    echo.start(user="nobody.such")
    assert echo.wait() == 78
    entry = journald.wait_for(_TRANSPORT="stdout", PRIORITY="3")
    assert entry["MESSAGE"].startswith("ts=") and "server.user: there is no user" in entry["MESSAGE"]
    echo.remove()
    stream.close()


@pytest.fixture
def rsyslog(tmp_path):
    made = Rsyslog(tmp_path)
    yield made
    made.end()


@pytest.mark.long
def test_rsyslog_is_started_again_under_load(start_logging, rsyslog):
    echo = start_logging({"path": f"syslog:{rsyslog.socket}", "facility": "local7"}).start_nginx()
    with Load(echo, n_clients=2) as load:
        rsyslog.end()
        load.wait_for_more()
        rsyslog.start()
        seen = len(rsyslog.lines())
        wait_until(lambda: any("lines were lost" in line for line in rsyslog.lines()[seen:]), 60,
                   "the loss is told")
        load.wait_for_more()
    assert load.failures == []
    wait_until(lambda: sum("msg=request" in line for line in rsyslog.lines()[seen:]) > 100, 20,
               "lines arrive again")
    whole = re.compile(r"wxuser (\d+) local7 (info|warning|err)  ts=\S+ level=\S+ pid=\1 .*\S")
    assert [line for line in rsyslog.lines() if not whole.fullmatch(line)] == []


# ---- A disk that is full.


def test_a_file_that_may_not_grow_ends_nobody(start_logging, tmp_path):
    log, access = tmp_path / "log", tmp_path / "access"
    echo = start_logging({"path": log, "access_path": access}, workers_core=2)
    for _ in range(6):
        echo.shows()
    everybody = [echo.pid, *echo.workers()]
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in everybody}
    size = access.stat().st_size + 40
    for pid in everybody:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, limits[pid][1]))
    for _ in range(6):
        echo.shows()
    wait_until(lambda: 'msg="log lines are being lost"' in echo.log(), 20, "the loss is told")
    assert access.stat().st_size == size and access.read_text().endswith("\n")
    for pid in everybody:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits[pid])
    n_lines = len(access.read_text().splitlines())
    for _ in range(6):
        echo.shows()
    wait_until(lambda: len(access.read_text().splitlines()) >= n_lines + 6, 20, "lines arrive again")
    assert [echo.pid, *echo.workers()] == everybody
    lines = access.read_text().splitlines()
    assert all(line.startswith("ts=") for line in lines), lines
    assert sum("status=200" not in line for line in lines if "msg=request" in line) <= 1


# ---- A reload.


def is_open(path, pid):
    return any(os.path.realpath(fd.path) == str(path) for fd in os.scandir(f"/proc/{pid}/fd"))


def test_reload_moves_the_log(start_logging, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    echo = start_logging({"path": old}, workers_core=1)
    daemon = StandIn(tmp_path / "socket")
    reload(echo, {"path": new, "access_path": f"syslog:{tmp_path}/socket"})
    assert old.read_text().splitlines()[-1].endswith('msg="reading the configuration again"')
    wait_until(lambda: len(echo.workers()) == echo.n_workers(), 20, "the old ones have gone")
    echo.shows()
    daemon.wait_for("msg=request")
    echo.wait_for_log("generation 2 serves", path=new)
    assert "msg=request" not in old.read_text() + new.read_text()
    assert not any(is_open(old, pid) for pid in [echo.pid, *echo.workers()])
    old.unlink()
    echo.process.send_signal(signal.SIGUSR1)
    echo.wait_for_log("log files reopened", path=new)
    assert not old.exists()
    daemon.close()


@pytest.mark.parametrize("key, place, said", [
    ("path", "jounald", "log.path jounald: neither a path nor syslog, journald or stderr"),
    ("access_path", "/nonexistent/log", "log.access_path /nonexistent/log: the directory /nonexistent is not there"),
])
def test_reload_to_a_log_that_is_none(start_logging, tmp_path, key, place, said):
    old = tmp_path / "old"
    echo = start_logging({"path": old}, workers_core=1)
    reload(echo, {"path": tmp_path / "new", key: place})
    echo.wait_for_log("configuration refused; generation 1 goes on", path=old)
    assert said in old.read_text()
    echo.shows()
    echo.wait_for_log("msg=request", path=old)
    assert not (tmp_path / "new").exists() or (tmp_path / "new").read_text() == ""


def test_reload_whose_workers_die_leaves_the_log(start_logging, tmp_path):
    old = tmp_path / "old"
    echo = start_logging({"path": old}, workers_core=1)
    reload(echo, {"path": tmp_path / "new"}, http={"default_app": "fault"})
    echo.wait_for_log("new workers do not come up", path=old)
    os.kill(echo.shows()["pid"], signal.SIGKILL)
    wait_until(lambda: len(echo.workers()) == echo.n_workers(), 20, "there is another worker")
    echo.wait_for_log(f"pid={echo.shows()['pid']} request=", path=old)
    assert " request=" not in (tmp_path / "new").read_text()


# ---- Root, and who serves.


@pytest.fixture
def make_echo_of_nobody():
    """make(path): an echo service that becomes nobody, and whose log is to be there in its directory, of which
    logs/ is nobody's."""
    made = []

    def make(path):
        echo = Echo(user="nobody")
        made.append(echo)
        echo.settings["state_directory"] = echo.directory / "state"
        for directory in [echo.directory / "logs", echo.directory / "state"]:
            directory.mkdir()
            os.chown(directory, NOBODY.pw_uid, NOBODY.pw_gid)
        echo.directory.chmod(0o755)
        echo.path_of_events = echo.directory / path
        return echo

    yield make
    for echo in made:
        echo.remove()


@needs_root
def test_log_belongs_to_who_opens_it_again(make_echo_of_nobody):
    echo = make_echo_of_nobody("logs/log")
    log = echo.path_of_events
    echo.start(log={"path": log})
    wait_until(log.exists, 20, "it is made")
    echo.wait_for_log("msg=started", path=log)
    assert log.stat().st_uid == NOBODY.pw_uid and log.stat().st_mode & 0o777 == 0o640
    assert echo.log() == ""
    log.rename(log.with_suffix(".1"))
    echo.process.send_signal(signal.SIGUSR1)
    wait_until(log.exists, 20, "there is another")
    assert log.stat().st_uid == NOBODY.pw_uid


def test_workers_open_a_log_again_that_is_named_by_a_relative_path(start_logging, tmp_path):
    log = tmp_path / "access"
    echo = start_logging({"access_path": os.path.relpath(log)})
    log.rename(tmp_path / "access.1")
    echo.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: echo.ask("GET", "/show").status == 200 and log.exists() and "endpoint=show" in log.read_text(), 20,
               "workers write to the file that is there now")


@needs_root
@pytest.mark.parametrize("is_there", [True, False])
def test_log_that_its_user_may_not_open_stops_the_start(make_echo_of_nobody, is_there):
    echo = make_echo_of_nobody("log.1")
    if is_there:
        echo.path_of_events.touch(0o640)
    echo.start(log={"path": echo.path_of_events})
    assert echo.wait() == 78
    assert f"log.path {echo.path_of_events}: user nobody may not write to " in echo.log()


@needs_root
def test_log_in_a_directory_of_others_is_warned_of(make_echo_of_nobody):
    echo = make_echo_of_nobody("log.1")
    echo.path_of_events.touch(0o640)
    os.chown(echo.path_of_events, NOBODY.pw_uid, NOBODY.pw_gid)
    echo.start(log={"path": echo.path_of_events})
    echo.wait_for_log("msg=started", path=echo.path_of_events)
    assert f"user {NOBODY.pw_name} may make no file there, so whoever rotates it must" in echo.log()
