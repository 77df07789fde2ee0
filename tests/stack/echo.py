"""The echo service (echo_service.c) under a master of its own, and an nginx before it."""

import contextlib
import fcntl
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import fastcgi_client
from stack import TREE, free_port, is_alive, wait_until

BUILD = pathlib.Path(os.environ.get("WXUSER_BUILD", TREE))

NGINX = """
{user}
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log notice;
worker_processes 2;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    client_max_body_size 16m;
    upstream echo {{ server {address}; keepalive 64; keepalive_timeout 5s; }}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param SCRIPT_NAME $fastcgi_script_name;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param REQUEST_URI $request_uri;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_keep_conn on;
            {settings}
            fastcgi_pass echo;
        }}
    }}
}}
"""


def children(pid):
    try:
        return [int(child) for child in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def listening(path):
    """A descriptor out of the way of 3 and 4."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(16)
        return fcntl.fcntl(listener, fcntl.F_DUPFD_CLOEXEC, 10)


class Held(fastcgi_client.Connection):
    """Its request is in a worker's hands from the beginning, until it is asked for the answer."""

    def __init__(self, echo):
        super().__init__(echo.core)
        self.path, self.gate = echo.gate, None
        self.send(fastcgi_client.request(fastcgi_client.params_for("GET", "/held")))
        wait_until(self.is_reached, 30, "a worker holds it")

    def is_reached(self):
        """A fifo that nobody reads cannot be opened without waiting."""
        with contextlib.suppress(OSError):
            self.gate = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        return self.gate is not None

    def let_go(self):
        if self.gate is not None:
            os.close(self.gate)
        self.gate = None

    def answer(self):
        self.let_go()
        return super().answer()

    def close(self):
        self.let_go()
        super().close()


class Echo:
    """settings: keys of the section [server]; environment: variables for the service; log_to_file: it
    opens its log itself; inherited: further descriptors for the service; on_stdin: it has the socket of
    the core pool there, and is told how many workers to have, or, is_single, is one."""

    def __init__(self, environment=None, prefix=(), log_to_file=False, inherited=(), on_stdin=False,
                 is_single=False, **settings):
        base = os.environ.get("WXUSER_TEST_DIRECTORY")
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="echo-", dir=base))
        self.core = str(self.directory / "core.sock")
        self.remote = str(self.directory / "remote.sock")
        self.gate, self.bell = self.directory / "gate", self.directory / "bell"
        os.mkfifo(self.gate)
        os.mkfifo(self.bell)
        self.environment = {**os.environ, "ECHO_RUNS": str(self.directory / "runs"),
                            "ECHO_GATE": str(self.gate), "ECHO_BELL": str(self.bell), **(environment or {})}
        self.prefix, self.inherited = list(prefix), inherited
        self.name, self.listener, self.is_single = "echo", None, is_single
        if on_stdin:
            self.name, self.listener = "echo-core", listening(self.core)
        self.settings = {"listen_core": self.core, "listen_remote": self.remote,
                         "state_directory": self.directory, "workers_core": 2,
                         "workers_remote": 1, **settings}
        self.program = BUILD / "tests" / "echo_service"
        self.configuration = self.directory / "echo.conf"
        self.path_of_log = self.directory / "log"
        if log_to_file:
            self.environment["WXUSER_CONF_log__path"] = str(self.path_of_log)
        self.processes, self.nginx = [], None

    # ---- its life

    def configure(self, http=None, log=None, **settings):
        """http, log: keys of these sections; nothing is kept of them for the next time."""
        self.settings.update(settings)
        sections = {"server": self.settings, "http": http or {}, "log": log or {}}
        self.configuration.write_text("".join(
            f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in section.items())
            for name, section in sections.items()))

    def start(self, stdin=subprocess.DEVNULL, **settings):
        self.configure(**settings)
        self.log_began = self.log_size()
        command = [*self.prefix, self.program, self.configuration]
        if self.listener is not None:
            stdin = self.listener
            command += [] if self.is_single else [str(self.settings["workers_core"])]
        with open(self.path_of_log, "a") as log:
            self.processes.append(subprocess.Popen(
                command,
                env=self.environment, stdin=stdin, stderr=log, stdout=log, pass_fds=self.inherited))
        return self

    def up(self):
        self.start()
        if self.is_single:
            assert self.ask("GET", "/show").status == 200
            return self
        wait_until(lambda: "msg=started" in self.log(self.log_began) or self.process.poll() is not None, 30,
                   "echo service starts")
        assert self.process.poll() is None, self.log()
        wait_until(lambda: len(self.workers()) == self.n_workers(), 30, "workers are there")
        return self

    def master(self):
        """The one who serves: another after an upgrade. None: one goes, the other is not yet there."""
        try:
            return self.status()["pid"]
        except (OSError, KeyError):
            return None

    def end_new_master(self):
        """The master that was not started here, with its workers."""
        new_master = self.master()
        if new_master not in (None, self.pid):
            os.kill(new_master, signal.SIGINT)
            wait_until(lambda: not is_alive(new_master), 20, "the new master ends")

    @property
    def process(self):
        return self.processes[-1]

    @property
    def pid(self):
        return self.process.pid

    def n_workers(self):
        of_remote = self.settings["workers_remote"] if self.listener is None else 0
        return self.settings["workers_core"] + of_remote

    def workers(self):
        return children(self.pid)

    def log_size(self):
        return self.path_of_log.stat().st_size if self.path_of_log.exists() else 0

    def log(self, since=0):
        """From that byte on."""
        return self.path_of_log.read_bytes()[since:].decode(errors="replace")

    def wait_for_log(self, text, path=None):
        path = path or self.path_of_log
        wait_until(lambda: text in path.read_text(errors="replace"), 30, f"the log says {text}")

    def say(self, word):
        """What the master answers on its control socket."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(self.directory / f"{self.name}.control"))
            client.sendall(f"{word}\n".encode())
            return client.makefile().read()

    def status(self):
        """What the master says of itself: a dict, its numbers as such."""
        said = dict(line.split(" ", 1) for line in self.say("status").splitlines())
        return {name: int(value) if value.isdigit() else value for name, value in said.items()}

    def is_serving(self):
        """By all its workers."""
        try:
            return self.status()["state"] == "serving"
        except (OSError, KeyError):
            return False

    def terminate(self, number=signal.SIGTERM):
        """Signals the master to end, and returns when it does."""
        before = self.log_size()
        self.process.send_signal(number)
        wait_until(lambda: re.search('msg=(draining|"exiting)', self.log(before)), 30, "it drains")

    def wait(self, seconds=30):
        return self.process.wait(seconds)

    def left(self):
        """What runs with a file of the directory, whoever started it: a new master, workers that have lost theirs."""
        directory = os.fsencode(self.directory)
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if any(word.startswith(directory) for word in path.read_bytes().split(b"\0")):
                    yield int(path.parent.name)

    def remove(self):
        for process in self.processes + [self.nginx] * (self.nginx is not None):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in self.processes + [self.nginx] * (self.nginx is not None):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(15)
        with contextlib.suppress(AssertionError):
            self.end_new_master()
        for pid in self.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.listener is not None:
            os.close(self.listener)
        shutil.rmtree(self.directory)

    # ---- talking to it

    def ask(self, method, path, body=b"", **params):
        return fastcgi_client.ask(self.core, method, path, body, **params)

    def connect(self):
        return fastcgi_client.Connection(self.core)

    def wait_at_remote(self, n):
        """So many connections whose requests a remote worker holds, until go_on() is called as often."""
        held = [fastcgi_client.Connection(self.remote) for _ in range(n)]
        for connection in held:
            connection.send(fastcgi_client.request(fastcgi_client.params_for("GET", "/waits")))
        wait_until(lambda: self.say("requests").count("at=wechat") >= n, 30, f"{n} requests wait")
        return held

    def go_on(self, n=1):
        """Lets as many go on, the oldest of their worker first."""
        with open(self.bell, "wb") as bell:
            bell.write(bytes(n))

    def hold(self):
        """A connection whose request is in a worker's hands until answer()."""
        return Held(self)

    def shows(self, path="/show", **params):
        """What the service says it received."""
        answer = self.ask("GET", path, **params)
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def runs(self):
        """How often POST /admin ran."""
        runs = self.directory / "runs"
        return runs.stat().st_size if runs.exists() else 0

    def start_nginx(self, settings=""):
        self.port = free_port()
        configuration = self.directory / "nginx.conf"
        on_path = isinstance(self.core, str)
        configuration.write_text(NGINX.format(
            user="user root;" if os.geteuid() == 0 else "", directory=self.directory,
            address=f"unix:{self.core}" if on_path else ":".join(map(str, self.core)),
            port=self.port, settings=settings))
        self.nginx = subprocess.Popen(
            ["nginx", "-c", configuration, "-e", self.directory / "nginx.log"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_until(lambda: (self.directory / "nginx.pid").exists(), 20, "nginx starts")
        return self

    def through_nginx(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
