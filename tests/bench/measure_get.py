"""get [SECONDS]: how many of the shop's get nginx has answered in a second, beside those of a minimal responder."""

import contextlib
import os
import re
import signal
import subprocess

import bench
from bench import row
from ctl import Ctl
from stack import wait_until


@contextlib.contextmanager
def minimal_responder(stack):
    """With as many workers, behind the same nginx, on the same database; both read one row by primary key."""
    socket = stack.state / "run/minimal.sock"
    bench.make_narrow_table(stack)
    n_workers = re.search(r"^workers core .* configured=(\d+)", Ctl(stack).out("status"), re.M)[1]
    responder = subprocess.Popen(bench.minimal_command(stack, socket, n_workers), start_new_session=True)
    try:
        (stack.state / "nginx/local/minimal.conf").write_text(
            f"location /minimal {{ fastcgi_pass unix:{socket}; }}\n")
        os.kill(stack.pid("nginx"), signal.SIGHUP)
        yield
    finally:
        os.killpg(responder.pid, signal.SIGTERM)
        responder.wait()


def rate(stack, target, seconds):
    said = subprocess.run(
        ["wrk", "--latency", "-t", "2", "-c", "32", "-d", f"{seconds}s",
         "-H", f"Authorization: Bearer {stack.key}", f"http://127.0.0.1:{stack.port}{target}"],
        check=True, capture_output=True, text=True).stdout
    faults = re.findall(r"Non-2xx.*|Socket errors.*", said)
    return float(re.search(r"Requests/sec: +(\S+)", said)[1]), re.search(r"99% +(\S+)", said)[1], *faults


def main():
    with bench.running("get") as stack:
        target = bench.user_target(stack)
        targets = {"wxuser": target, "minimal": f"/minimal?{target.split('?')[1]}"}
        with minimal_responder(stack):
            wait_until(lambda: stack.get(targets["minimal"]).status == 200, 10, "the minimal responder answers")
            row("", "requests/s", "p99")
            # They take turns, so that a slow moment of the machine meets both.
            for n in range(3):
                rates = {name: rate(stack, target, bench.argument(1, 10)) for name, target in targets.items()}
                for name, (per_second, *rest) in rates.items():
                    row(f"round {n + 1}, {name}", f"{per_second:.0f}", *rest)
                row("  ratio", f"{rates['wxuser'][0] / rates['minimal'][0]:.2f}")


main()
