"""A FastCGI client that can also do what no web server does: single bytes, halves, broken records."""

import fcntl
import socket
import struct
import termios

BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT = 1, 2, 3, 4, 5, 6
GET_VALUES = 9
CANT_MULTIPLEX = 1
TIMEOUT = 20
SO_SNDBUFFORCE = 32


def record(kind, content=b"", request_id=1, padding=0, version=1):
    header = struct.pack("!BBHHBx", version, kind, request_id, len(content), padding)
    return header + content + bytes(padding)


def stream(kind, content):
    """The content in records of at most 64 KiB, without the empty one that ends it."""
    return b"".join(record(kind, content[at:at + 65528]) for at in range(0, len(content), 65528))


def begin(keep=False, request_id=1):
    return record(BEGIN_REQUEST, struct.pack("!HB5x", 1, keep), request_id)


def length(size):
    return bytes([size]) if size < 128 else struct.pack("!I", size | 1 << 31)


def pairs(params):
    """params: a dict, or pairs where a name comes twice."""
    encoded = b""
    for name, value in params.items() if isinstance(params, dict) else params:
        name, value = (text if isinstance(text, bytes) else text.encode() for text in (name, value))
        encoded += length(len(name)) + length(len(value)) + name + value
    return encoded


def params_for(method, path, body=b"", **more):
    params = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "",
              "CONTENT_LENGTH": str(len(body)) if body else "", **more}
    return {name: value for name, value in params.items() if value is not None}


def request(params, body=b"", keep=False):
    return (begin(keep) + stream(PARAMS, pairs(params)) + record(PARAMS)
            + stream(STDIN, body) + record(STDIN))


class Answer:
    """status None: the connection ended before the answer did."""

    def __init__(self, output, is_complete, protocol_status=None):
        self.output, self.protocol_status = output, protocol_status
        head, _, self.body = output.partition(b"\r\n\r\n")
        self.headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        self.status = int(self.headers["Status"].split()[0]) if is_complete and self.headers else None

    def __repr__(self):
        return f"<{self.status} {self.output[:1000]!r}>"


class Connection:
    def __init__(self, address):
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_ahead(self, data):
        """Without waiting for the other side to read, so that it finds all of it at once."""
        self.socket.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 4 * len(data))
        self.send(data)

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def ask(self, method, path, body=b"", keep=False, **params):
        self.send(request(params_for(method, path, body, **params), body, keep))
        return self.answer()

    def answer(self):
        output = bytearray()
        while True:
            header = self.receive(8)
            if len(header) < 8:
                return Answer(bytes(output), is_complete=False)
            _, kind, _, size, padding = struct.unpack("!BBHHBx", header)
            content = self.receive(size + padding)[:size]
            if kind == STDOUT:
                output += content
            elif kind == END_REQUEST:
                return Answer(bytes(output), is_complete=True, protocol_status=content[4])

    def receive(self, size):
        received = b""
        while len(received) < size:
            try:
                chunk = self.socket.recv(min(size - len(received), 1 << 20))
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                break
            received += chunk
        return received

    def is_taken(self):
        """Whether the other side has read all that was sent (unix sockets)."""
        return not any(fcntl.ioctl(self.socket, termios.TIOCOUTQ, bytes(4)))

    def is_closed(self):
        """Waits for the other side's end; False when bytes came instead."""
        return self.receive(1) == b""


def ask(address, method, path, body=b"", **params):
    with Connection(address) as connection:
        return connection.ask(method, path, body, **params)
