"""A Debian in a directory of its own, on this machine's network, to install packages in.

The directory lies over one that debootstrap makes once and that stays in the user's cache. Mounts and processes are in
namespaces of a process that dies with the test, whatever becomes of it, and they with it.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import zlib

from stack import is_alive, wait_until

# What the package depends on or recommends, so that its installation asks no mirror; what starts and serves it.
PACKAGES = ("systemd-sysv dbus adduser ca-certificates debconf libfcgi0ldbl libjansson4 libmariadb3 libcurl4 libssl3 "
            "libxml2 libinih1 mariadb-server nginx-light")
# Nothing of it is started, nor listens on this machine's network.
INSTALL = f"""set -e
export DEBIAN_FRONTEND=noninteractive
printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
apt-get -q install -y --no-install-recommends {PACKAGES}
apt-get clean
rm /usr/sbin/policy-rc.d /etc/nginx/sites-enabled/default
printf '[mariadbd]\\nskip-networking\\n' >/etc/mysql/mariadb.conf.d/90-test.cnf
"""
NSPAWN = "systemd-nspawn --quiet --register=no --keep-unit --console=pipe --system-call-filter=@memlock"
# Where a package may be remembered, and what other programs write.
MEMORIES = ("/etc/nginx/", "/run/adduser", "/run/lock/", "/run/log/", "/run/mysqld/", "/run/nginx.pid", "/run/systemd/",
            "/var/cache/", "/var/lib/apt/", "/var/lib/dpkg/", "/var/lib/mysql/", "/var/lib/nginx/", "/var/lib/systemd/",
            "/var/log/", "/var/tmp")


def contained(script):
    """A command that runs it in a process of whose mounts and children nothing is left."""
    return ["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
            "sh", "-ec", f"mkdir -p /run/systemd/nspawn; mount -t tmpfs tmpfs /run/systemd/nspawn; {script}"]


def debian(suite="bookworm", script=INSTALL):
    """The directory of a suite in which the script has run, never written to."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "wxuser-tests"
    made = cache / f"{suite}-{zlib.crc32(script.encode()):08x}"
    if not made.exists():
        cache.mkdir(parents=True, exist_ok=True)
        new = pathlib.Path(tempfile.mkdtemp(prefix="new-", dir=cache))
        new.chmod(0o755)
        for command in (["debootstrap", "--variant=minbase", suite, new],
                        contained(f"exec {NSPAWN} --directory={new} sh -c '{script.replace(chr(39), chr(34))}'")):
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=900)
        new.rename(made)
    return made


def control_groups(name):
    """Where systemd looks for its own; else it would take this machine's."""
    root = pathlib.Path("/sys/fs/cgroup")
    unified = root / "unified" if (root / "unified").exists() else root
    tops = {"": unified, "name=systemd": root / "systemd"}
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in tops:
            yield pathlib.Path(f"{tops[controllers]}{path}") / name


def child(pid):
    [word] = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(word)


def is_first(pid):
    """Whether it is process 1 of its own namespace."""
    return pathlib.Path(f"/proc/{pid}/status").read_text().split("NSpid:")[1].split("\n")[0].split()[-1] == "1"


class Machine:
    def __init__(self, packages, has_systemd, *base):
        """packages: a directory, there as /packages. Without systemd the first process does nothing but reap. base: what
        debian() takes."""
        self.base = debian(*base)
        base = os.environ.get("WXUSER_TEST_DIRECTORY")
        self.has_systemd = has_systemd
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="machine-", dir=base))
        for part in "upper", "work", "root":
            (self.directory / part).mkdir(mode=0o755)
        self.groups = list(control_groups(self.directory.name))
        for group in self.groups:
            group.mkdir()
        self.console = self.directory / "console"
        self.boot(packages)
        wait_until(self.is_up, 60, "the machine is up")

    def boot(self, packages):
        enter = "; ".join(f"echo 0 >{group}/cgroup.procs" for group in self.groups)
        first = "--boot" if self.has_systemd else "--as-pid2 sleep infinity"
        script = (f"{enter}; mount -t overlay overlay -o lowerdir={self.base},upperdir=upper,workdir=work root; "
                  f"exec {NSPAWN} --directory=root --machine=wxuser --bind-ro={packages}:/packages {first}")
        with open(self.console, "wb") as console:
            self.process = subprocess.Popen(contained(script), cwd=self.directory, stdin=subprocess.DEVNULL,
                                            stdout=console, stderr=console)

    def is_up(self):
        assert self.process.poll() is None, self.console.read_text(errors="replace")
        try:
            self.nspawn = child(self.process.pid)
            self.first = child(self.nspawn)
            # Before, systemd-nspawn has another child, which makes the machine and ends.
            if not is_first(self.first):
                return False
        except (OSError, ValueError):
            return False
        return not self.has_systemd or self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def end(self):
        self.process.kill()
        self.process.wait()
        wait_until(lambda: not is_alive(self.nspawn), 30, "the machine is gone")
        for group in self.groups:
            for path, _, _ in os.walk(group, topdown=False):
                os.rmdir(path)
        shutil.rmtree(self.directory)

    # ---- what is done there

    def run(self, *words, stdin="", timeout=300):
        command = ["nsenter", f"--target={self.first}", "--mount", "--pid", "--uts", "--ipc", "env", "-i",
                   "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        return subprocess.run(command + [str(word) for word in words], input=stdin, capture_output=True, text=True,
                              timeout=timeout)

    def out(self, *words, **more):
        """The standard output of a command that must succeed."""
        done = self.run(*words, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shell(self, script, **more):
        return self.out("sh", "-ec", script, **more)

    def start(self, command):
        """As a child of the first process."""
        self.shell(f"setsid --fork {command} </dev/null >>/var/log/started 2>&1")

    def files(self):
        found = self.shell("find / /run -xdev -mindepth 1").splitlines()
        return {path for path in found if not path.startswith(MEMORIES)}
