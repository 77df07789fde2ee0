"""A second wxuser beside the stack's."""

import os
import pathlib
import re
import shutil
import subprocess

from ctl import Ctl
from echo import listening
from fastcgi_client import ask
from stack import wait_until


class Service:
    """With sockets, state, configuration and keys of its own, on the stack's database."""

    def __init__(self, stack, directory, is_split=False, starter=(), **settings):
        """is_split: each pool has its own master, on standard input. starter: a command that starts the one it is given.
        settings: section__key; its log is directory/log, unless they say another."""
        self.directory, self.conf = directory, directory / "wxuser.conf"
        text = (stack.state / "conf" / "wxuser.conf").read_text()
        self.sealing = directory / "sealing.keys"
        shutil.copy(re.search(r"^sealing = (.*)$", text, re.M)[1], self.sealing)
        changed = {"listen_core": directory / "core.sock", "listen_remote": directory / "remote.sock",
                   "state_directory": directory, "workers_core": 1, "workers_remote": 1,
                   "sealing": self.sealing}
        for key, value in changed.items():
            text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.M)
        self.conf.write_text(text)
        self.conf.chmod(0o640)  # it has a secret
        self.ctl = Ctl(stack)
        self.ctl.command[2] = self.conf
        self.log = directory / "log"
        self.environment = self.ctl.environment({"log__path": "", **settings})
        if is_split:
            self.processes = [self.start_on_stdin(pool) for pool in ("core", "remote")]
        else:
            self.processes = [self.start(subprocess.DEVNULL, starter=starter)]
        self.process = self.processes[0]
        wait_until(lambda: self.ctl.run("status").stdout.count("state serving") == len(self.processes), 30,
                   "it serves")

    def start(self, stdin, *options, starter=()):
        """starter: a command that starts the one it is given."""
        with open(self.log, "a") as log:
            return subprocess.Popen(
                [*starter, pathlib.Path(self.ctl.command[0]).parent / "wxuser.fcgi", "--config", self.conf, *options],
                stdin=stdin, stdout=log, stderr=log, env=self.environment)

    def start_on_stdin(self, pool, **more):
        listener = listening(str(self.directory / f"{pool}.sock"))
        process = self.start(listener, "--pool", pool, "--workers", "1", **more)
        os.close(listener)
        return process

    def number(self, name):
        return int(re.search(rf"^{name} (\d+)$", self.ctl.out("status"), re.M)[1])

    def answers(self):
        return ask(str(self.directory / "core.sock"), "GET", "/healthz").status == 200

    def end(self):
        status = self.ctl.run("drain")
        for process in self.processes:
            if status.returncode != 0 and process.poll() is None:
                process.kill()
            process.wait(30)
