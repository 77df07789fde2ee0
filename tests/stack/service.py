"""A second wxuser beside the stack's."""

import pathlib
import re
import shutil
import subprocess

from ctl import Ctl
from fastcgi_client import ask
from stack import wait_until


class Service:
    """With sockets, state, configuration and keys of its own, on the stack's database."""

    def __init__(self, stack, directory, **settings):
        """settings: section__key; its log is directory/log, unless they say another."""
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
        self.ctl = Ctl(stack)
        self.ctl.command[2] = self.conf
        self.log = directory / "log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [pathlib.Path(self.ctl.command[0]).parent / "wxuser.fcgi", "--config", self.conf],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self.ctl.environment({"log__path": "", **settings}))
        wait_until(lambda: "state serving" in self.ctl.run("status").stdout, 30, "it serves")

    def number(self, name):
        return int(re.search(rf"^{name} (\d+)$", self.ctl.out("status"), re.M)[1])

    def answers(self):
        return ask(str(self.directory / "core.sock"), "GET", "/healthz").status == 200

    def end(self):
        status = self.ctl.run("drain")
        if status.returncode != 0 and self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
