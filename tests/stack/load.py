"""Clients that ask again and again, through nginx, while a test does something to the service."""

import http.client
import threading

from stack import wait_until


REST_S = 0.005  # of a client between two requests; without it one test occupies the machine
# Method, path, body, headers, and what is in a good answer.
ECHO = [("POST", "/echo", b"hello", {}, b""), ("GET", "/show", None, {}, b"")]


class Load:
    """with Load(echo) as load: GETs and POSTs of n_clients; at the end load.failures is all that went wrong."""

    def __init__(self, service, asked=ECHO, n_clients=8):
        self.service, self.asked, self.failures, self.n_answers = service, asked, [], 0
        self.is_over = threading.Event()
        self.lock = threading.Lock()
        self.clients = [threading.Thread(target=self.ask, args=(number,)) for number in range(n_clients)]

    def __enter__(self):
        for client in self.clients:
            client.start()
        try:
            self.wait_for_more()
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for client in self.clients:
            client.join()

    def ask(self, number):
        method, path, body, headers, good = self.asked[number % len(self.asked)]
        connection = self.service.through_nginx()
        while not self.is_over.wait(REST_S):
            try:
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                text = answer.read()
                failure = None if answer.status == 200 and good in text else (answer.status, text)
            except (OSError, http.client.HTTPException) as error:
                failure = error
                connection.close()
            with self.lock:
                self.n_answers += 1
                if failure is not None:
                    self.failures.append((method, failure))
        connection.close()

    def wait_for_more(self, n=100):
        """Until so many more are answered."""
        before = self.n_answers
        wait_until(lambda: self.n_answers >= before + n, 60, f"{n} more answers")
