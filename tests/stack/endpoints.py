"""What wxuser says it has: its endpoints, and the errors that a client may meet at each."""

import re
import subprocess

from echo import BUILD


class Endpoint:
    def __init__(self, line):
        self.method, self.path, self.dialect, self.pool, credentials, *errors = line.split()
        self.credentials = credentials.strip(",").split(",")  # that may ask: none, token, key, operator
        # A client is told INTERNAL for a sealed value that does not open.
        self.errors = set(errors) - {"INTEGRITY"}

    @property
    def target(self):
        return re.sub(r"{\w+}", "1", self.path.replace("{appid}", "wx1"))

    @property
    def logged(self):
        """What an access log of a web server may show: the path up to its parameter."""
        return self.path.split("{")[0]

    def __repr__(self):
        return f"{self.method} {self.path}"


def endpoints():
    done = subprocess.run([BUILD / "tests" / "wire_probe", "--endpoints"], check=True, text=True,
                          stdout=subprocess.PIPE)
    return [Endpoint(line) for line in done.stdout.splitlines()]


def errors_in(log):
    """What the access lines say: request id, path of the endpoint, error."""
    return re.findall(r' request=(\S+) .*endpoint="?([^ "]+)"? .*err=(\S+)', log)
