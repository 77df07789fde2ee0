"""graceful [RESTARTS [CONNECTIONS [SECONDS]]]: Apache restarts gracefully under load: what does mod_fcgid drop?

It has wxuser and the minimal responder in turn; SECONDS of load go before each restart.
"""

import collections
import os
import shlex
import signal
import sys
import time

import bench
from bench import row
from stack import wait_until

sys.path.insert(0, str(bench.HERE.parent / "hosting"))

from host import Host, apache_fcgid  # noqa: E402


class Apache:
    """With both in it."""

    def __init__(self, stack):
        # Whoever hosts the program is another user than the database's.
        os.chmod(stack.state / "run/mariadb", 0o711)
        self.host = Host(stack, "graceful")
        self.log = self.host.log / "apache.error.log"

    def __enter__(self):
        host = self.host
        script = host.directory / "libexec/minimal.fcgi"
        script.parent.mkdir()
        bench.make_narrow_table(host.stack)
        command = bench.minimal_command(host.stack, "-", 0)
        script.write_text(f"#!/bin/sh\nexec {shlex.join(map(str, command))}\n")
        script.chmod(0o755)
        (host.directory / "minimal.conf").write_text(f"ScriptAlias /minimal {script}\n")
        apache_fcgid(host, "minimal.conf")
        return self

    def __exit__(self, *_):
        self.host.remove()

    def restart(self):
        """As apache2 -k graceful does it."""
        before = self.n_starts()
        self.host.children[-1].send_signal(signal.SIGUSR1)
        wait_until(lambda: self.n_starts() > before, 60, "Apache has restarted")

    def n_starts(self):
        return self.log.read_text().count("resuming normal operations")


def restart_under_load(apache, target, n_connections, after_s):
    # What Apache loses of kept connections is not the matter here.
    with bench.Load(apache.host.site(), target, n_connections, "close") as load:
        time.sleep(after_s)
        apache.restart()
        load.settle()
        return load.end()


def main():
    sums = collections.defaultdict(collections.Counter)
    with bench.running("graceful") as stack, Apache(stack) as apache:
        target = bench.user_target(stack)
        targets = {"wxuser": target, "minimal": f"/minimal?{target.split('?')[1]}"}
        for _ in range(bench.argument(1, 10)):
            for name, target in targets.items():
                wait_until(lambda: apache.host.site().get(target).status == 200, 30, name)
                figures = restart_under_load(apache, target, bench.argument(2, 8), bench.argument(3, 5))
                sums[name].update(restarts=1, requests=figures.n_requests, refused=figures.failures.total(),
                                  broken=figures.n_broken, silent=figures.n_silent)
    row("", "restarts", "requests", "5xx", "no answer", "waiting")
    for name, counted in sums.items():
        row(name, *counted.values())


main()
