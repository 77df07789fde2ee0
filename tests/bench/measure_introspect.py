"""introspect [SECONDS]: requests a second of POST /v1/introspect, beside those of the shop's get."""

import re
import subprocess

import bench
from bench import row

FORM = "application/x-www-form-urlencoded"


def rate(stack, script, seconds):
    said = subprocess.run(
        ["wrk", "--latency", "-t", "2", "-c", "32", "-d", f"{seconds}s", "-s", script,
         "-H", f"Authorization: Bearer {stack.key}", f"http://127.0.0.1:{stack.port}"],
        check=True, capture_output=True, text=True).stdout
    faults = re.findall(r"Non-2xx.*|Socket errors.*", said)
    return float(re.search(r"Requests/sec: +(\S+)", said)[1]), re.search(r"99% +(\S+)", said)[1], *faults


def scripts(stack):
    stack.give_tokens()
    texts = {
        "get": f'wrk.path = "{bench.user_target(stack)}"',
        "introspect": f'wrk.method, wrk.path, wrk.body = "POST", "/v1/introspect", "token={stack.token()}"\n'
                      f'wrk.headers["Content-Type"] = "{FORM}"',
    }
    for name, text in texts.items():
        path = stack.state / f"{name}.lua"
        path.write_text(text)
        yield name, path


def main():
    with bench.running("introspect") as stack:
        paths = dict(scripts(stack))
        row("", "requests/s", "p99")
        for n in range(3):
            rates = {name: rate(stack, path, bench.argument(1, 10)) for name, path in paths.items()}
            for name, (per_second, *rest) in rates.items():
                row(f"round {n + 1}, {name}", f"{per_second:.0f}", *rest)
            row("  ratio", f"{rates['introspect'][0] / rates['get'][0]:.2f}")


main()
