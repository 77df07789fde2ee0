"""A stack of several machines, the quick start's cluster: three nodes, two hosts and HAProxy, in which a test can ask each
of them."""

import contextlib
import copy
import os
import re
import socket
import subprocess

from stack import Stack, ports

PARTS = ("node1/mariadb", "node2/mariadb", "node3/mariadb", "host1/sandbox", "host1/wxuser", "host1/nginx",
         "host2/wxuser", "host2/nginx", "haproxy")
PORTS = [ten + one for ten in (0, 10, 20, 30) for one in range(4)]


def is_free(port):
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


class Cluster(Stack):
    """Requests go by HAProxy. settings: as of a Stack."""

    def __init__(self, name="cluster", **settings):
        super().__init__(name, **settings)
        self.port = next(port for port in ports if all(is_free(port + offset) for offset in PORTS))
        self.environment["WXUSER_CLUSTER_PORT"] = str(self.port)

    def up(self):
        done = self.quickstart("cluster")
        assert done.returncode == 0, done.stderr
        lines = self.quickstart("env").stdout.splitlines()
        self.env = dict(re.fullmatch(r"export (\w+)='(.*)'", line).groups() for line in lines)
        self.key = self.env["WXUSER_CLUSTER_API_KEY"]
        self.app_id = self.env["WXUSER_CLUSTER_APP_ID"]
        return self

    def host(self, number):
        """Requests go to this host."""
        host = copy.copy(self)
        host.port = int(self.env[f"WXUSER_CLUSTER_URL_{number}"].rpartition(":")[2])
        return host

    def pid(self, part):
        place, _, name = part.rpartition("/")
        return int((self.state / "cluster" / place / "run" / f"{name}.pid").read_text().split()[0])

    def query(self, node, statement):
        """Rows, each a list of texts, from the node itself."""
        done = subprocess.run(["mariadb", "--no-defaults", f"--socket={self.env[f'WXUSER_CLUSTER_SOCKET_{node}']}",
                               "--batch", "--skip-column-names", "-e", statement],
                              capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def check(self, host, **settings):
        """wxuserctl check on that host."""
        environment = {f"WXUSER_CONF_{name}": value for name, value in settings.items()}
        return subprocess.run([*self.env[f"WXUSER_CLUSTER_CTL_{host}"].split(), "check"], capture_output=True, text=True,
                              timeout=60, env={**os.environ, **environment})

    def serving_port(self):
        """That of the node to which HAProxy leads, None when there is none."""
        done = subprocess.run(["mariadb", "--no-defaults", "--host=127.0.0.1", f"--port={self.port + 3}",
                               "--user=haproxy", "--connect-timeout=5", "-Nbe", "SELECT @@port"],
                              capture_output=True, text=True, timeout=30)
        return int(done.stdout) if done.returncode == 0 else None

    def try_save(self, openid):
        """The id, None for one who is told to try again."""
        answer = self.request("POST", "/api/weixin/wxbuyinguser/saveuser", {"openId": openid}, key=self.key)
        return answer.json["data"] if answer.status == 200 and answer.json["status"] == 200 else None
