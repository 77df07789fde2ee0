"""Hostile requests: tests/stack/hostile/FAMILY, as text. Each is refused, none leaves a trace in the database, and no
worker dies of one.

=== NAME -> STATUS ERR    what comes back through the quick start's nginx, and what the log says of it; without ERR nginx
                          has refused it and the program has not seen it
METHOD TARGET             and header lines, an empty line, and the body, less one final newline, as in tests/cases. Host,
                          Connection and Content-Length are added where they are not given.

Holes: ${TEXT*N} is the text N times, ${byte:XX} a byte, ${crlf} a line break of HTTP, ${token} an access token, ${app} an
appid, ${now} seconds since 1970. "Key: 1" stands for Authorization with the tenant's API key.
"""

import collections
import pathlib
import re
import socket
import time

from stack import wait_until

DIRECTORY = pathlib.Path(__file__).parent / "hostile"
HOLE = re.compile(rb"\$\{(?:byte:([0-9a-f]{2})|(token|app|now|crlf)|((?:[^${}]|\$\{crlf\}|[{}])*?)\*(\d+))\}", re.S)

# Rows of these come and go by themselves.
OWN_LIFE = {"job_lease", "audit_link", "key_host"}
# What is kept of a login that was refused, and its count, which a worker writes from time to time.
REFUSALS = {"login_refusal", "statistics_part"}


class Case(collections.namedtuple("Case", "family name status err text")):
    def bytes(self, known):
        """As it goes over the wire."""
        head, _, body = self.text.partition(b"\n\n")
        first, *lines = (fill(line, known) for line in head.split(b"\n"))
        body = fill(body, known)
        lines = [b"Authorization: Bearer " + known[b"key"] if line == b"Key: 1" else line for line in lines]
        names = {line.split(b":")[0].lower() for line in lines}
        for name, value in ((b"Host", b"h"), (b"Connection", b"close"), (b"Content-Length", str(len(body)).encode())):
            if name.lower() not in names and (name != b"Content-Length" or body):
                lines.append(name + b": " + value)
        return b"\r\n".join([first + b" HTTP/1.1", *lines, b"", b""]) + body


def fill(text, known):
    def value(hole):
        byte, name, repeated, n = hole.groups()
        if byte:
            return bytes.fromhex(byte.decode())
        return known[name] if name else repeated.replace(b"${crlf}", b"\r\n") * int(n)

    return HOLE.sub(value, text)


def cases():
    for path in sorted(DIRECTORY.iterdir()):
        for part in re.split(rb"(?m)^=== ", path.read_bytes())[1:]:
            title, _, text = part.partition(b"\n")
            name, _, wanted = title.decode().partition(" -> ")
            status, _, err = wanted.partition(" ")
            yield Case(path.name, name, status, err, text.removesuffix(b"\n").removesuffix(b"\n"))


def known_of(stack):
    return {b"key": stack.key.encode(), b"app": stack.app_id.encode(), b"token": stack.token(openid="oHostile").encode(),
            b"now": str(int(time.time())).encode(), b"crlf": b"\r\n"}


def exchange(port, bytes_):
    """The status and the request id of the first answer; nothing if the server closed without one."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 60) as client:
        try:
            client.sendall(bytes_)
        except OSError:
            pass
        try:
            while more := client.recv(65536):
                answer += more
        except OSError:
            pass
    status = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    request = re.search(rb"(?im)^X-Request-Id: (\w+)", answer.split(b"\r\n\r\n")[0])
    return (status[1].decode() if status else "", request[1].decode() if request else "")


def stored(stack):
    """A checksum of each table that a refused request must not change."""
    tables = [table for table, in stack.sql("SHOW TABLES") if table not in OWN_LIFE | REFUSALS]
    return dict(stack.sql("CHECKSUM TABLE " + ", ".join(tables)))


def errors_of(stack):
    """What the log says of each request: its error, "" for none."""
    lines = re.finditer(r"request=(\w+) msg=request .*? status=\d+(?: err=(\w+))?", stack.log("wxuser"))
    return {line[1]: line[2] or "" for line in lines}


def used_s(pids):
    """The processor time of the processes so far."""
    return sum(int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1e9


def is_refused(case, status, err, is_quick_start):
    """err: None if the program has not seen it. Other web servers draw other lines before they pass a request on."""
    if (status, err or "") == (case.status, case.err):
        return True
    return not is_quick_start and err != "" and (err is not None or int(status or 400) >= 400)


def refuse_all(stack, port, is_quick_start=True):
    """Sends them to a web server in front of the stack's workers. Returns those that were not refused as they must be."""
    known = known_of(stack)
    stack.get("/v1/users/changes")  # after which it is noted that the key was used today
    before, workers = stored(stack), stack.workers()
    used = used_s(workers)
    seen = [(case, *exchange(port, case.bytes(known))) for case in cases()]
    last = [request for case, _, request in seen if case.err][-1]
    wait_until(lambda: last in errors_of(stack), 30, "the log has the last request")
    assert stack.workers() == workers
    print(f"{len(seen)} requests, {1000 * (used_s(workers) - used) / len(seen):.2f} ms of the workers' processor time each")
    changed = stored(stack).items() ^ before.items()
    assert not changed, changed
    errors = errors_of(stack)
    return [f"{case.family}: {case.name}: {status} {errors.get(request)}" for case, status, request in seen
            if not is_refused(case, status, errors.get(request), is_quick_start)]
