"""Real web servers, and programs that start ours, with the configurations of conf/, each in a directory of its own."""

import contextlib
import grp
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from stack import TREE, free_port, wait_until

CONF = TREE / "conf"
BASE = "/wx"
ORIGIN = "https://h5.example.com"
PROGRAM = pathlib.Path(os.environ["WXUSER_BUILD"]) / "wxuser.fcgi"
# Apache does not serve as root.
VISITOR = "www-data" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
USER, GROUP = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
VISITORS = grp.getgrgid(pwd.getpwnam(VISITOR).pw_gid).gr_name


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def end(child):
    """With all that it has started and left."""
    child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(60)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


class Host:
    """with Host(stack, name) as host: servers in front of the program of a running stack, which has the database and
    the sandbox. limited: a program of the host's own lets an address log in five times at once, then once a second."""

    def __init__(self, stack, name, limited=False):
        self.stack, self.name, self.limited = stack, name, limited
        self.port = free_port()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=stack.state.parent))
        self.directory.chmod(0o711)
        self.run = self.directory / "run"
        self.log = self.directory / "log"
        for made in self.run, self.log:
            made.mkdir(mode=0o755)
        self.conf = stack.state / "conf/wxuser.conf"
        self.children = []
        # What "make install" lays out there.
        for part in ("nginx/wxuser.conf", "nginx/fastcgi.conf", "nginx/errors.conf", "nginx/log.conf", "nginx/console.conf",
                     "apache/wxuser.conf", "apache/console.conf", "apache/fcgid.conf", "apache/proxy_fcgi.conf", "apache/log.conf",
                     "lighttpd/wxuser.conf", "lighttpd/console.conf"):
            self.install(f"conf/{part}", part)
        self.root = shutil.copytree(TREE / "www", self.directory / "www")
        shutil.copytree(PROGRAM.parent / "www", self.root, dirs_exist_ok=True)
        self.console = shutil.copytree(TREE / "console", self.directory / "console")
        self.ctl("errors", "export", self.directory / "errors")
        for server in "nginx", "apache", "lighttpd":
            (self.directory / server / "routes.conf").write_text(self.ctl("routes", server))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

    # ---- files

    def ctl(self, *words):
        """What wxuserctl says, with the base path of the stack and our sockets."""
        conf = {"server__base_path": BASE, "server__listen_core": f"{self.run}/core.sock",
                "server__listen_remote": f"{self.run}/remote.sock", "http__origins": f"https://a.example,{ORIGIN}"}
        env = {f"WXUSER_CONF_{key}": value for key, value in conf.items()}
        return subprocess.run([PROGRAM.parent / "wxuserctl", "--config", "/dev/null", *words], check=True, text=True,
                              stdout=subprocess.PIPE, env={**os.environ, **env}).stdout

    def installed(self, text):
        """A configuration with our paths, users and groups."""
        for ours, sample in {
            str(self.run): "@runstatedir@/wxuser", str(PROGRAM): "@sbindir@/wxuser.fcgi",
            str(PROGRAM.parent / "wxuserctl"): "@bindir@/wxuserctl",
            str(self.conf): "@sysconfdir@/wxuser/wxuser.conf", str(self.log): "/var/log/supervisor",
            f"{self.log}/lighttpd.access.log": "/var/log/lighttpd/wxuser.access.log",
            f"{self.log}/apache.site.log": "/var/log/apache2/wxuser.access.log",
            str(self.directory): "@pkgdatadir@", str(self.directory / "libexec"): "@pkglibexecdir@",
            f"{VISITOR}:{VISITORS}": "wxuser:@web_group@", f"user={VISITOR}": "user=wxuser",
            f"-U {VISITOR} -G {VISITORS} -u {VISITOR} -g {VISITORS}":
                "-U wxuser -G @web_group@ -u wxuser -g wxuser",
            f" {VISITOR} {VISITORS}": " wxuser wxuser",
        }.items():
            text = text.replace(sample, ours)
        return text

    def install(self, source, target=None, **places):
        """SOURCE, or SOURCE.in, in our directory, places: what becomes of @NAME@; its path."""
        path = self.directory / (target or source)
        path.parent.mkdir(parents=True, exist_ok=True)
        source = next(found for found in (TREE / f"{source}.in", TREE / source) if found.exists())
        text = self.installed(source.read_text())
        for name, value in places.items():
            text = text.replace(f"@{name}@", str(value))
        path.write_text(text)
        path.chmod(source.stat().st_mode & 0o755)
        return path

    # ---- processes

    def start(self, *command):
        with open(self.log / f"{pathlib.Path(command[0]).name}.out", "ab") as out:
            self.children.append(subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd=self.directory, env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"},
                start_new_session=True))

    def await_port(self):
        wait_until(lambda: answers(self.port) or self.children[-1].poll() is not None, 60, self.name)
        assert self.children[-1].poll() is None, self.logs()

    def logs(self):
        return "\n".join(path.read_text(errors="replace")[-4000:] for path in self.log.iterdir())

    def remove(self):
        for child in reversed(self.children):
            end(child)
        shutil.rmtree(self.directory)

    def lose_program(self):
        """Its sockets are gone, and it does not start any more."""
        for path in self.directory.rglob("*.fcgi"):
            if not path.is_symlink():
                path.write_text("#!/bin/sh\nexit 1\n")
        while len(self.children) > 1:
            end(self.children.pop(0))
        for path in self.run.iterdir():
            if path.is_symlink() or path.is_socket():
                path.unlink()

    # ---- what a client sees

    def site(self):
        return self.stack.seen_at(self.port)


def use_sockets_of_stack(host):
    for name in "core.sock", "remote.sock":
        (host.run / name).symlink_to(host.stack.state / "run" / name)


def conf_of_program(host, state):
    """The stack's, but for the state directory, and with what the stack has by its environment."""
    text = (host.stack.state / "conf/wxuser.conf").read_text()
    text = re.sub(r"(?m)^\[http\]$", f"[http]\norigins = {ORIGIN}", text)
    if host.limited:
        text = text.replace("by_address = false", "by_address = true\nlogin_per_s = 1\nlogin_burst = 5")
    return re.sub("(?m)^state_directory = .*", f"state_directory = {state}\nbase_path = {BASE}", text)


def give_visitor_a_copy(host, owner=VISITOR):
    """Of configuration and keys, as somebody has who starts the program under the own name. owner: of the configuration."""
    secret = host.directory / "secret"
    shutil.copytree(host.stack.state / "secret", secret)
    host.conf = host.directory / "program.conf"
    text = conf_of_program(host, host.run)
    host.conf.write_text(text.replace(str(host.stack.state / "secret"), str(secret)))
    for path in secret, *secret.iterdir(), host.run:
        shutil.chown(path, VISITOR)
    shutil.chown(host.conf, owner, VISITORS)
    host.conf.chmod(0o640)


def nginx(host, console=True):
    """The quick start's, whose upstreams are our sockets."""
    path = host.install("conf/nginx/quickstart.conf.in", "nginx/nginx.conf", PORT=host.port, USER=USER,
                        GROUP=GROUP)
    text = path.read_text().replace("include sandbox.conf;", "")
    if not console:
        text = text.replace("include console.conf;", "")
    (host.directory / "tmp").mkdir()
    path.write_text(text)
    host.start("nginx", "-p", host.directory, "-e", "log/nginx.log", "-c", path)
    host.await_port()


def make_run_directory(host, part):
    """As at a boot, by what its comment says."""
    host.run.rmdir()
    line, = re.findall("(?m)^; +echo '(.*)' >/etc/tmpfiles.d/wxuser.conf$", host.installed(part.read_text()))
    subprocess.run(["systemd-tmpfiles", "--create", "-"], input=line, text=True, check=True)


def supervisord(host, part, n_processes):
    make_run_directory(host, CONF / f"supervisord/{part}.in")
    # Of a file that somebody else may change, "wxuserctl socket clear" takes nothing.
    give_visitor_a_copy(host, USER)
    host.install(f"conf/supervisord/{part}", "part.conf")
    path = host.install("tests/hosting/supervisord.conf", "supervisord.conf", USER=USER)
    host.start("supervisord", "-n", "-c", path)
    # Not earlier: of a process that it has forked but that has not begun, supervisord loses the end's signal.
    log = host.log / "supervisord.log"
    wait_until(lambda: log.exists() and log.read_text().count("entered RUNNING state") >= n_processes,
               90, host.name)
    # Earlier than the program runs, its command does.
    wait_until(lambda: all((host.run / name).is_socket() for name in ("core.sock", "remote.sock")), 60, host.name)


def apache(host, *parts, modules=()):
    includes = "".join(f"Include {part}\n" for part in parts)
    apache_with(host, f"<VirtualHost *>\n{includes}</VirtualHost>\n", modules)


def apache_with(host, text, modules=()):
    (host.directory / "htdocs").mkdir(exist_ok=True)
    path = host.install("tests/hosting/apache.conf", "apache.conf", PORT=host.port, USER=VISITOR,
                        GROUP=VISITORS)
    loads = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
                    for name in modules)
    path.write_text(f"{loads}{path.read_text()}{text}")
    host.start("apache2", "-d", host.directory, "-f", path, "-DFOREGROUND")
    host.await_port()


def own_apache(host, part, *modules, before=(), console=True):
    """With what is for its operator; before: other parts of the virtual host."""
    pages = ["apache/console.conf"] if console else []
    apache(host, *before, "apache/wxuser.conf", *pages, "apache/routes.conf", f"apache/{part}", modules=modules)


# ---- the ways

def own_master(host):
    use_sockets_of_stack(host)
    nginx(host)


def fcgi_program(host):
    supervisord(host, "fcgi-program.conf", 32)
    nginx(host)


def spawn_fcgi(host):
    supervisord(host, "spawn-fcgi.conf", 2)
    nginx(host)


def systemd_sockets(host):
    """Its sockets; the units themselves take a systemd that is the first process."""
    conf, state = host.directory / "program.conf", host.directory / "state"
    state.mkdir()
    conf.write_text(conf_of_program(host, state))
    conf.chmod(0o640)
    host.start("systemd-socket-activate", f"--listen={host.run}/core.sock",
               f"--listen={host.run}/remote.sock", "--fdname=core:remote", PROGRAM, "--config", conf)
    wait_until((host.run / "remote.sock").is_socket, 60, host.name)
    nginx(host)


def apache_proxy(host):
    use_sockets_of_stack(host)
    own_apache(host, "proxy_fcgi.conf", "proxy", "proxy_fcgi", "deflate", "filter")


def install_wrappers(host):
    give_visitor_a_copy(host)
    for name in "core.fcgi", "remote.fcgi":
        host.install(f"conf/apache/{name}", f"libexec/{name}")


def apache_fcgid(host, *before):
    install_wrappers(host)
    own_apache(host, "fcgid.conf", "fcgid", before=before)


def shared_hosting(host):
    """A user's home on somebody else's Apache: .htaccess, and not a line of the server's configuration."""
    install_wrappers(host)
    htaccess = host.install("conf/apache/shared/htaccess", "htdocs/.htaccess")
    htaccess.write_text(htaccess.read_text() + host.ctl("routes", "htaccess"))
    for name in "wxuser.core", "wxuser.remote":
        (host.directory / "htdocs" / name).touch()
    shutil.copytree(host.directory / "errors", host.directory / "htdocs/errors")
    host.root = shutil.copytree(host.root, host.directory / "htdocs", dirs_exist_ok=True)
    if host.console.exists():
        host.console = shutil.copytree(host.console, host.root / "console")
    strangers_apache(host)


def strangers_apache(host):
    """What it allows to the owner of its directory."""
    (host.directory / "strangers.conf").write_text(
        f"<Directory {host.directory}/htdocs>\n"
        "    AllowOverride AuthConfig FileInfo Options=ExecCGI,FollowSymLinks\n"
        "</Directory>\n")
    apache(host, "strangers.conf", modules=["fcgid"])


def lighttpd(host, parts=("routes.conf", "wxuser.conf", "console.conf")):
    use_sockets_of_stack(host)
    path = host.install("tests/hosting/lighttpd.conf", "lighttpd.conf", PORT=host.port,
                        DIRECTORY=host.directory)
    path.write_text(path.read_text() + "".join(f'include "lighttpd/{part}"\n' for part in parts))
    (host.directory / "htdocs").mkdir()
    host.start("lighttpd", "-D", "-f", path)
    host.await_port()


WAYS = [own_master, fcgi_program, spawn_fcgi, systemd_sockets, apache_proxy, apache_fcgid,
        shared_hosting, lighttpd]
