"""A worker or a database under callgrind, so that what it counts does not depend on what else the machine does."""

import collections
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess

from cost_cases import N_MEASURED, REMOTE, send
from ctl import sql_as_root
from echo import listening
from stack import Stack, states_of_threads, wait_until

ALLOCATORS = {"malloc", "calloc", "realloc", "strdup", "posix_memalign"}
# Otherwise it takes each byte that "rep stosb" or "rep movsb" writes for an instruction.
PLAIN_LOOPS = "glibc.cpu.x86_rep_stosb_threshold=1000000000:glibc.cpu.x86_rep_movsb_threshold=1000000000"


def callgrind(out, *options):
    """What goes before a command."""
    return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *options]


def newest_dump(out):
    return max(out.parent.glob(f"{out.name}.*"), key=lambda path: int(path.suffix[1:]))


class Worker:
    """One of a pool, on the socket that nginx knows."""

    def __init__(self, stack, pool):
        self.out = stack.state / f"callgrind.{pool}"
        listener = listening(str(stack.state / f"run/{pool}.sock"))
        with open(stack.state / f"log/{pool}.log", "w") as log:
            self.process = subprocess.Popen(
                [*callgrind(self.out, "--instr-atstart=no"), f"{stack.environment['WXUSER_BUILD']}/wxuser.fcgi",
                 "--config", stack.state / "conf/wxuser.conf", "--pool", pool],
                stdin=listener, stdout=log, stderr=log, env={**stack.environment, "GLIBC_TUNABLES": PLAIN_LOOPS})
        os.close(listener)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def control(self, *words):
        subprocess.run(["callgrind_control", *words, str(self.process.pid)], check=True, capture_output=True)

    def profile(self, requests):
        self.control("--instr=on")
        self.control("--zero")
        send(requests, N_MEASURED)
        wait_until(lambda: set(states_of_threads(self.process.pid)) == {"S"}, 10, "the worker is idle")
        self.control("--dump")
        return newest_dump(self.out)


class Database:
    """That of a stack to come. It counts what it does for commands of clients. A flush of its status, which is one more
    command, ends a profile."""

    # valgrind knows no io_uring, and has no room for the largest buffer pool that there may be.
    OPTIONS = "--innodb-use-native-aio=0 --loose-innodb-buffer-pool-size-max=64M"

    def __init__(self, stack):
        self.stack, self.out = stack, stack.state / "run/mariadb/callgrind"
        command = callgrind(self.out, "--collect-atstart=no", "--toggle-collect=do_command(THD*, bool)",
                            "--dump-before=refresh_status(THD*)",
                            shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin"))
        program = stack.state / "bin/mariadbd"
        program.parent.mkdir()
        program.parent.chmod(0o755)
        program.write_text(f"#!/bin/sh\nexec {shlex.join(map(str, command))} \"$@\" {self.OPTIONS}\n")
        program.chmod(0o755)
        stack.environment["PATH"] = f"{program.parent}:{os.environ['PATH']}"

    def profile(self, requests):
        sql_as_root(self.stack, "FLUSH STATUS")  # what was before
        send(requests, N_MEASURED)
        sql_as_root(self.stack, "FLUSH STATUS")
        return newest_dump(self.out)


class DatabaseStack(Stack):
    """Its database is measured, and answers slowly."""

    def __init__(self, *words, **settings):
        super().__init__(*words, CONF_database__read_timeout_s=10, **settings)
        self.database = Database(self)


@contextlib.contextmanager
def workers(stack):
    """Instead of the stack's: a function that names the one that serves a case."""
    stack.kill("wxuser", signal.SIGTERM)
    with Worker(stack, "core") as core, Worker(stack, "remote") as remote:
        yield lambda name: remote if name in REMOTE else core


class Profile:
    """What callgrind has counted."""

    def __init__(self, path):
        self.names, self.allocations = {}, collections.Counter()
        text = path.read_text()
        self.n_instructions = int(re.search(r"^totals: (\d+)$", text, re.M)[1])
        library = callee = None
        for kind, value in re.findall(r"^(c?ob|c?fn|calls)=(.*)$", text, re.M):
            if kind != "calls":
                name = self.name(kind[-2:], value)
            if kind == "ob":
                library = re.sub(r"^lib|[-_.].*", "", os.path.basename(name))
            elif kind == "cfn":
                callee = name
            elif kind == "calls" and callee in ALLOCATORS and library != "c":
                self.allocations[library] += int(value.split()[0])

    def name(self, kind, value):
        """It stands in full only where it comes first."""
        number, *name = value.split(" ", 1)
        return self.names.setdefault((kind, number), *name) if name else self.names[kind, number]
