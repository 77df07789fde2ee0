"""A network between the service and the database, which may lose, delay or cut what passes."""

import selectors
import socket
import threading
import time

from stack import free_port


class Network:
    """Leads from a port of 127.0.0.1 to a Unix socket. One thread moves the bytes."""

    def __init__(self, path):
        self.path, self.port = path, free_port()
        self.delay_s, self.lost = 0, ()  # lost: the directions in which nothing arrives
        self.pairs = {}  # a socket of the service or of the database, and its other end
        self.directions = {}
        self.selector = selectors.DefaultSelector()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=1000)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.is_over = False
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    # ---- What may happen

    def loses(self, both=False):
        """What is under way on a connection never comes, even later, so the connection is of no more use."""
        self.lost = ("up", "down") if both else ("down",)

    def heals(self):
        """New connections are whole; those that lost something are cut."""
        self.delay_s = 0
        if self.lost:
            self.lost = ()
            self.cut()

    def cut(self):
        with self.lock:
            for end in list(self.pairs):
                self.drop(end)

    def close(self):
        self.is_over = True
        self.thread.join()
        self.cut()
        self.listener.close()
        self.selector.close()

    # ---- How it works

    def work(self):
        while not self.is_over:
            events = self.selector.select(0.05)
            if events and self.delay_s:
                time.sleep(self.delay_s)
            with self.lock:
                for key, _ in events:
                    if key.fileobj is self.listener:
                        self.accept()
                    elif key.fileobj in self.pairs:
                        self.pass_on(key.fileobj)

    def accept(self):
        service, _ = self.listener.accept()
        database = socket.socket(socket.AF_UNIX)
        try:
            database.connect(self.path)
        except OSError:
            service.close()
            database.close()
            return
        for end, other, direction in ((service, database, "up"), (database, service, "down")):
            self.pairs[end], self.directions[end] = other, direction
            self.selector.register(end, selectors.EVENT_READ)

    def pass_on(self, end):
        try:
            data = end.recv(1 << 16)
            if self.directions[end] in self.lost:
                return
            if data:
                self.pairs[end].sendall(data)
        except OSError:
            data = b""
        if not data:
            self.drop(end)

    def drop(self, end):
        """Both ends; the other one is dropped with it."""
        if end not in self.pairs:
            return
        other = self.pairs.pop(end)
        self.pairs.pop(other)
        for one in (end, other):
            self.directions.pop(one)
            self.selector.unregister(one)
            one.close()
