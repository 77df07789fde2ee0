"""What wxuser is compared with: programs that give the same answers on the same host, behind the same nginx, from a table
of the same MariaDB. They check no credential and no message, seal nothing and write no log."""

import contextlib
import getpass
import os
import pathlib
import re
import signal
import subprocess

import bench
from ctl import sql_as_root
from stack import free_port, wait_until

PEERS = bench.HERE / "peers"
TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")
ALL, READING = ("get", "getlist", "saveuser"), ("get",)
LOGINS = ("login_new", "login_known", "login_hang")


# ---- What processes take.


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, task.read_text().split())
    return found


def family(pid):
    """It and all below it."""
    return [pid, *(member for child in children(pid) for member in family(child))]


def cpu_us(pid):
    """Of a family, with its members that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    own, ended = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
    return (own + ended) * TICK_US + sum(map(cpu_us, children(pid)))


def pss_mib(pids):
    texts = [pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return sum(int(re.search(r"^Pss: +(\d+)", text, re.M)[1]) for text in texts) / 1024


# ---- The programs.


class Program:
    """name: also that of its user in the database. kinds: of compare.lua. ids: of the first and last user."""

    def __init__(self, stack, name, kinds, port, ids):
        self.stack, self.name, self.kinds, self.port, self.ids = stack, name, kinds, port, ids

    @property
    def pids(self):
        return family(self.pid)

    def n_connections(self):
        """To the database."""
        return int(sql_as_root(self.stack, "SELECT COUNT(*) FROM information_schema.processlist WHERE user = "
                                           f"'{self.name}'")[0])


class Wxuser(Program):
    def __init__(self, stack, kinds, ids):
        super().__init__(stack, "wxuser", kinds, stack.port, ids)

    @property
    def pid(self):
        return self.stack.pid("wxuser")


class Peer(Program):
    """command(socket): what serves at socket. upstream: how nginx passes a request to "peer_NAME"."""

    def __init__(self, stack, name, command, upstream, kinds=ALL, n_kept=64):
        super().__init__(stack, name, kinds, free_port(), None)
        self.upstream, self.n_kept = upstream, n_kept
        self.socket = stack.state / f"run/{name}.sock"
        with open(stack.state / f"log/{name}.log", "w") as log:
            self.process = subprocess.Popen(list(map(str, command(self.socket))), start_new_session=True, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, "NODE_PATH": "/usr/share/nodejs"})
        self.pid = self.process.pid

    def configuration(self):
        kept = f"keepalive {self.n_kept};" if self.n_kept else ""
        return (f"upstream peer_{self.name} {{ server unix:{self.socket}; {kept} }}\n"
                f"server {{ listen 127.0.0.1:{self.port} backlog=1024;\nlocation / {{ {self.upstream} }} }}\n")

    def is_serving(self):
        return self.process.poll() is None and self.socket.exists()

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()


FASTCGI = "include fastcgi.conf; fastcgi_keep_conn {kept}; fastcgi_pass peer_{name};"
PROXY = 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://peer_{name};'
PHP_CONF = """[global]
daemonize = no
error_log = {state}/log/php.error.log
[www]
user = {user}
listen = {socket}
listen.mode = 0666
pm = static
pm.max_children = {n}
"""


def go_build(name, directory):
    """The program, made there of Debian's Go and its packages, without a network."""
    environment = {**os.environ, "GOPATH": "/usr/share/gocode", "GO111MODULE": "off",
                   "GOCACHE": str(directory / "cache")}
    subprocess.run(["go", "build", "-o", directory / name, PEERS / f"{name}.go"], check=True, env=environment)
    return directory / name


def php_command(stack, socket, n_workers):
    conf = stack.state / "conf/php-fpm.conf"
    conf.write_text(PHP_CONF.format(state=stack.state, user=getpass.getuser(), socket=socket, n=n_workers))
    program = max(pathlib.Path("/usr/sbin").glob("php-fpm[0-9]*"))
    return [program, *(["-R"] if os.getuid() == 0 else []), "--fpm-config", conf]


def start_peers(stack, wechat_url):
    database = stack.env["WXUSER_DB_SOCKET"]
    n_workers = min(8 * os.cpu_count(), 64)  # as many as wxuser's core workers
    script = f"fastcgi_param SCRIPT_FILENAME {PEERS}/service.php; fastcgi_param PEER_DB {database};"
    yield Peer(stack, "minimal", lambda socket: bench.minimal_command(stack, socket, n_workers),
               FASTCGI.format(kept="on", name="minimal"), READING)
    go_service, dsn = go_build("service", stack.state / "go"), f"go:peer@unix({database})/peer"
    yield Peer(stack, "go", lambda socket: [go_service, socket, dsn, wechat_url], PROXY.format(name="go"), ALL + LOGINS)
    yield Peer(stack, "php", lambda socket: php_command(stack, socket, n_workers),
               FASTCGI.format(kept="off", name="php") + script, n_kept=0)
    yield Peer(stack, "node", lambda socket: ["node", PEERS / "service.js", socket, database],
               PROXY.format(name="node"))


@contextlib.contextmanager
def peers_of(stack, wechat_url, n_users):
    sql_users = ["minimal", "go", "php", "node"]
    bench.make_narrow_table(stack, n_users, sql_users)
    peers = []
    try:
        for peer in start_peers(stack, wechat_url):
            peer.ids = 1, n_users
            peers.append(peer)
        wait_until(lambda: all(peer.is_serving() for peer in peers), 60, lambda: "not serving: " + " ".join(
            peer.name for peer in peers if not peer.is_serving()))
        conf = stack.state / "nginx/nginx.conf"
        (conf.parent / "peers.conf").write_text("".join(peer.configuration() for peer in peers))
        conf.write_text("include peers.conf;\n}".join(conf.read_text().rstrip().rsplit("}", 1)) + "\n")
        os.kill(stack.pid("nginx"), signal.SIGHUP)
        yield peers
    finally:
        for peer in peers:
            peer.end()
