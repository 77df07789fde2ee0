"""conf/logrotate/wxuser, by the real logrotate, while requests come."""

import contextlib
import getpass
import grp
import gzip
import os
import re
import shutil
import subprocess
import threading

import pytest

from echo import children
from fastcgi_client import ask
from service import Service
from stack import TREE, wait_until

LOGROTATE = shutil.which("logrotate", path=os.environ["PATH"] + ":/usr/sbin")
WHOLE = re.compile(r"ts=\S+ level=info pid=\d+ request=([0-9a-f]+) msg=request .* endpoint=healthz "
                   r"status=200 us=\d+ db_us=\d+\n")


class Caller(threading.Thread):
    """Asks until it is over."""

    def __init__(self, service):
        super().__init__()
        self.address, self.n_answers, self.is_over = str(service.directory / "core.sock"), 0, False
        self.start()

    def run(self):
        while not self.is_over and ask(self.address, "GET", "/healthz").status == 200:
            self.n_answers += 1

    def stop(self):
        self.is_over = True
        self.join()


@pytest.fixture
def service(stack, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    made = Service(stack, tmp_path, log__path=logs / "events.log", log__access_path=logs / "access.log",
                   server__workers_core=3)
    yield made
    made.end()


def configure(service):
    """The file as it is installed, but for where things are and whose."""
    text = (TREE / "conf" / "logrotate" / "wxuser.in").read_text()
    tool = " ".join(map(str, service.ctl.command))
    for old, new in [("@localstatedir@/log/wxuser", service.directory / "logs"),
                     ("@runstatedir@/wxuser", service.directory), ("@bindir@/wxuserctl", tool),
                     ("su wxuser wxuser", f"su {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name}")]:
        assert old in text
        text = text.replace(old, str(new))
    path = service.directory / "logrotate.conf"
    path.write_text(text)
    path.chmod(0o600)
    return path


def opened_by(pid):
    """Paths; connections come and go meanwhile."""
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            yield os.readlink(f"/proc/{pid}/fd/{fd}")


def has_old_file(service):
    """Whether some process has a file open that was renamed."""
    master = service.number("pid")
    return any(path.endswith(".log.1") for pid in [master, *children(master)] for path in opened_by(pid))


def lines(service, name):
    for path in (service.directory / "logs").glob(name + "*"):
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt") as file:
            yield from file


@pytest.mark.skipif(LOGROTATE is None, reason="no logrotate here")
def test_rotation_under_load_loses_and_tears_no_line(service):
    configuration = configure(service)
    callers = [Caller(service) for _ in range(4)]
    for _ in range(4):
        before = sum(caller.n_answers for caller in callers)
        wait_until(lambda: sum(caller.n_answers for caller in callers) > before + 100, 20, "requests come")
        done = subprocess.run(
            [LOGROTATE, "--force", f"--state={service.directory}/logrotate.state", configuration],
            capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        wait_until(lambda: not has_old_file(service), 20, "all have opened the new file")
    assert all(caller.is_alive() for caller in callers)
    for caller in callers:
        caller.stop()
    n_answers = sum(caller.n_answers for caller in callers)
    wait_until(lambda: len(list(lines(service, "access.log"))) == n_answers, 20, "the last is written")
    found = [WHOLE.fullmatch(line) for line in lines(service, "access.log")]
    assert None not in found
    assert len({match[1] for match in found}) == n_answers
    wait_until(lambda: sum("log files reopened" in line for line in lines(service, "events.log")) == 4, 20,
               "the last rotation is told")
    assert sorted(path.name for path in (service.directory / "logs").glob("access*")) == [
        "access.log", "access.log.1", "access.log.2.gz", "access.log.3.gz", "access.log.4.gz"]
    assert all(line.startswith("ts=") for line in lines(service, "events.log"))
