"""Who takes a service's log: a stand-in, the real journald, the real rsyslog."""

import json
import os
import pathlib
import socket
import subprocess

from stack import TREE, wait_until

JOURNALD = pathlib.Path("/lib/systemd/systemd-journald")


class StandIn:
    """A socket that keeps what it gets; close() and another one are a restart."""

    def __init__(self, path):
        pathlib.Path(path).unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)
        self.taken = []

    def lines(self):
        try:
            while True:
                self.taken.append(self.socket.recv(65536).decode())
        except BlockingIOError:
            return self.taken

    def wait_for(self, text):
        """The first that holds it."""
        wait_until(lambda: any(text in line for line in self.lines()), 20, f"it is told {text}")
        return next(line for line in self.taken if text in line)

    def close(self):
        self.socket.close()


class Journald:
    """With directory for its /run, which takes root."""

    is_possible = os.geteuid() == 0 and JOURNALD.exists()

    def __init__(self, directory):
        self.run = directory / "run"
        for name in ["systemd/journal", "log/journal"]:
            (self.run / name).mkdir(parents=True)
        self.process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", 'mount --bind "$1" /run && exec "$2"', "sh", self.run,
             JOURNALD], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.native, self.syslog, self.stdout = (
            self.run / "systemd/journal" / name for name in ["socket", "dev-log", "stdout"])
        wait_until(lambda: all(path.exists() for path in [self.native, self.syslog, self.stdout]), 30,
                   "journald listens")

    def entries(self, **fields):
        """Those with these fields, each a dict."""
        said = subprocess.run(
            ["journalctl", "--no-pager", "--output=json", f"--directory={self.run}/log/journal",
             *(f"{name}={value}" for name, value in fields.items())],
            capture_output=True, text=True, timeout=60, check=False).stdout
        return [json.loads(line) for line in said.splitlines()]

    def wait_for(self, **fields):
        """The last of them."""
        wait_until(lambda: self.entries(**fields), 20, f"the journal has {fields}")
        return self.entries(**fields)[-1]

    def connect_stderr(self):
        """A stream for a service's standard error, and what JOURNAL_STREAM is with it, as systemd makes them."""
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(str(self.stdout))
        stream.sendall(b"wxuser\n\n6\n1\n0\n0\n0\n")  # the 1: "<N>" is a level
        status = os.fstat(stream.fileno())
        return stream, f"{status.st_dev}:{status.st_ino}"

    def end(self):
        self.process.terminate()
        self.process.wait(20)


RSYSLOG = """
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{directory}/log.sock" CreatePath="off" RateLimit.Interval="0")
template(name="all" type="string" string="%programname% %procid% %syslogfacility-text% %syslogseverity-text% %msg%\\n")
action(type="omfile" file="{directory}/all" template="all")
"""


class Rsyslog:
    """From its Debian packages, unpacked and not installed: it would be a service of the system."""

    def __init__(self, directory):
        self.directory = directory
        unpacked = pathlib.Path(os.environ.get("WXUSER_TEST_DIRECTORY", directory)) / "rsyslog"
        self.program = pathlib.Path(subprocess.check_output(
            ["sh", TREE / "conf/program.sh", "rsyslogd", unpacked, "rsyslog", "libestr0", "libfastjson4"],
            text=True, timeout=300).strip())
        self.libraries = self.program.parents[1] / "lib" / f"{os.uname().machine}-linux-gnu"
        self.socket = directory / "log.sock"
        (directory / "rsyslog.conf").write_text(RSYSLOG.format(directory=directory))
        self.start()

    def start(self):
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [self.program, "-n", "-i", "NONE", "-f", self.directory / "rsyslog.conf",
             "-M", self.libraries / "rsyslog"], stdin=subprocess.DEVNULL,
            env={**os.environ, "LD_LIBRARY_PATH": str(self.libraries)})
        wait_until(self.socket.exists, 20, "rsyslog listens")

    def lines(self):
        """Those that are written to their end."""
        path = self.directory / "all"
        return path.read_text().split("\n")[:-1] if path.exists() else []

    def end(self):
        self.process.terminate()
        self.process.wait(20)
