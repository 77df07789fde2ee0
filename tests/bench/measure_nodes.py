"""nodes [SECONDS]: gets of a host that asks one node of a cluster, beside those of one that asks all three.

The three nodes, both hosts and the clients share the cores of this machine."""

import os
import pathlib
import re
import signal
import statistics
import time

import bench
from bench import row
from cluster_stack import Cluster
from stack import wait_until

NODES = 1, 2, 3


class OneOrThree(Cluster):
    def __init__(self):
        super().__init__("bench-nodes", WORKERS_CORE="", WORKERS_REMOTE="")

    def children(self, part):
        master = self.pid(part)
        return set(pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split())

    def use(self, nodes):
        """The first host asks any of these."""
        conf = self.state / "cluster/host1/conf/wxuser.conf"
        hosts = ",".join(f"127.0.0.1:{self.port + 10 * node}" for node in nodes)
        conf.write_text(re.sub(r"(?m)^host = .*\n(prefer = .*\n)?", f"host = {hosts}\nprefer = random\n",
                               conf.read_text()))
        before = self.children("host1/wxuser")
        os.kill(self.pid("host1/wxuser"), signal.SIGHUP)
        wait_until(lambda: not before & self.children("host1/wxuser"), 60, "its old workers end")

    def n_statements(self):
        """Of each node."""
        return [int(self.query(node, "SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'")[0][1]) for node in NODES]


def measure(cluster, target, seconds):
    """Requests a second, and the statements of each node for a request."""
    before, began = cluster.n_statements(), time.monotonic()
    with bench.Load(cluster.host(1), target) as load:
        time.sleep(seconds)
        n_requests = load.end().n_requests
    took = time.monotonic() - began
    return n_requests / took, [(n - n_before) / n_requests for n, n_before in zip(cluster.n_statements(), before)]


def main():
    cluster = OneOrThree()
    try:
        cluster.up()
        target = bench.user_target(cluster)
        ratios = []
        row("", "requests/s", *(f"of node {node}" for node in NODES), "statements")
        for n in range(3):
            rates = []
            for nodes in NODES[:1], NODES:
                cluster.use(nodes)
                rate, statements = measure(cluster, target, bench.argument(1, 10))
                row(f"round {n + 1}, nodes: {len(nodes)}", f"{rate:.0f}", *(f"{one:.2f}" for one in statements),
                    f"{sum(statements):.2f}")
                rates.append(rate)
            ratios.append(rates[1] / rates[0])
        row("three against one, median", f"{statistics.median(ratios):.2f}")
    finally:
        cluster.remove()


main()
