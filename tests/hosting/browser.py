"""Chromium, driven by its DevTools protocol over two pipes: what a page does and is refused, as a real browser has it."""

import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

TIMEOUT_S = 60


class Browser:
    """with Browser() as browser: one person's. All frames of a page are in one process, so that its tree has them."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        self.numbers = itertools.count(1)
        self.rest = b""
        self.events = []
        their_in, self.out = os.pipe()
        self.back, their_out = os.pipe()
        words = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
                 "--disable-features=IsolateOrigins,site-per-process", "--disable-site-isolation-trials",
                 "--no-first-run", f"--user-data-dir={self.profile}", "about:blank"]

        def take_pipes():
            """Chromium reads from 3 and writes to 4."""
            high = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (their_in, their_out)]
            for number, end in zip((3, 4), high):
                os.dup2(end, number)

        self.child = subprocess.Popen(words, preexec_fn=take_pipes, pass_fds=(3, 4), stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(their_in)
        os.close(their_out)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait(60)
        os.close(self.out)
        os.close(self.back)
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self, until):
        while b"\0" not in self.rest:
            left = until - time.monotonic()
            assert left > 0 and select.select([self.back], [], [], left)[0], "Chromium does not answer"
            got = os.read(self.back, 1 << 16)
            assert got, "Chromium has ended"
            self.rest += got
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def call(self, method, session=None, **params):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        os.write(self.out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + TIMEOUT_S
        while (answer := self.receive(until)).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, (method, answer)
        return answer["result"]

    def page(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        return Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])


class Page:
    def __init__(self, browser, session):
        self.browser, self.session = browser, session
        for domain in "Page", "Network", "Log", "Runtime":
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def events(self, method):
        """Those since the page was made."""
        return [event["params"] for event in self.browser.events
                if event.get("sessionId") == self.session and event["method"] == method]

    def goto(self, url):
        """Its main answer's status, when all that it shows is there."""
        n_loads = len(self.events("Page.loadEventFired"))
        loader = self.call("Page.navigate", url=url)["loaderId"]
        self.await_load(n_loads)
        return next(answer["response"]["status"] for answer in self.events("Network.responseReceived")
                    if answer["loaderId"] == loader and answer["type"] == "Document")

    def await_load(self, n_before):
        """Of one more page than n_before."""
        until = time.monotonic() + TIMEOUT_S
        while len(self.events("Page.loadEventFired")) == n_before:
            self.browser.events.append(self.browser.receive(until))

    def evaluate(self, expression):
        """Its value, which may be a promise's. Names are those of the page, and so is its policy."""
        got = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True,
                        allowUnsafeEvalBlockedByCSP=False)
        assert "exceptionDetails" not in got, got
        return got["result"].get("value")

    def frames(self):
        """The frames in the page: address, and whether the browser shows an error in place of what is there."""
        tree = self.call("Page.getFrameTree")["frameTree"]
        return [(child["frame"].get("unreachableUrl", child["frame"]["url"]), "unreachableUrl" in child["frame"])
                for child in tree.get("childFrames", [])]
