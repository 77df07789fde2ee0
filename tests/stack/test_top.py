"""wxuserctl top: one page under load, and live on a terminal."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ctl import Ctl
from service import Service
from stack import is_alive, wait_until

GET = "api/weixin/wxbuyinguser/get"
LOGIN = "account_api/wechat/user/getUserInfo"


# ---- One page.

def numbers(page, pattern):
    """The numbers on the line that matches, a dash as None; spans in seconds."""
    line = next(line for line in page.splitlines() if re.search(pattern, line))
    units = {"": 1, "s": 1, "ms": 0.001}
    return [None if number is None else float(number) * units[unit] for number, unit in
            ((match[1], match[2]) for match in re.finditer(r"(?<=\s)(?:-|([\d.]+)(ms|s|))(?=\s)", line + " "))]


def test_a_page_under_load(stack):
    """200 requests a second, a fifth refused, and a login that waits for WeChat."""
    is_over = threading.Event()

    def load(refused):
        """How many there were."""
        n = 0
        while not is_over.is_set():
            answer = stack.get(f"/{GET}?id={'x' if refused else 1}")
            assert answer.status == (400 if refused else 200)
            n += 1
            time.sleep(0.02 if refused else 0.005)
        return n

    n_before = stack.calls("sns/jscode2session")["count"]
    stack.fault("sns/jscode2session", "slow", 4000)
    code = stack.code()["code"]
    with ThreadPoolExecutor(3) as clients:
        login = clients.submit(stack.login, code)
        wait_until(lambda: stack.calls("sns/jscode2session")["count"] > n_before, 20, "WeChat has the login")
        futures = [clients.submit(load, refused) for refused in (True, False)]
        try:
            page = Ctl(stack).out("top", "--once", "--interval", "1")
        finally:
            is_over.set()
        n_refused, n_good = (future.result() for future in futures)
        assert login.result().json["code"] == 200

    lines = page.splitlines()
    assert re.match(rf"wxuser [\d.]+  pid {stack.pid('wxuser')}  serving  generation ", lines[0])
    seconds, rate, errors = map(float, re.fullmatch(
        r"in (\d+\.\d) s: ([\d.]+) requests/s  ([\d.]+) errors/s  waits: database \d+%, remote \d+%",
        lines[1]).groups())
    assert seconds >= 1 and 0 < errors < rate
    # All that are told of were there, but for what rounding adds.
    assert errors * (seconds - 0.05) <= n_refused + 2 and rate * (seconds - 0.05) <= n_refused + n_good + 2
    assert lines[2].startswith("circuits")

    wanted, starting, idle, busy, leaving, connections, p50, p99 = numbers(page, r"^core  .*\d+ .* \d+")
    assert (wanted, starting, leaving) == (4, 0, 0) and idle + busy == 4 and connections >= 1
    assert 0 < p50 <= p99 and p50 < 1
    assert numbers(page, r"^remote +8 ")[:5] == [8, 0, 7, 1, 0]
    assert page.index(GET) < page.index("healthz"), "the busiest endpoint comes first"
    rate_of_get, errors_of_get, p50, p99 = numbers(page, f"shop GET {GET}$")[:4]
    assert abs(rate_of_get - rate) < 1 and abs(errors_of_get - errors) < 1
    assert 0 < p50 <= p99 and p50 < 1
    assert numbers(page, "problem GET healthz$") == [0, 0, None, None]
    line = next(line for line in lines if line.endswith(f"POST {LOGIN}") and line.startswith("remote"))
    assert re.match(r"remote +\d+ +[1-4]\.\ds +wechat +[\d.]+m?s +POST", line)


def test_without_a_master(stack, tmp_path):
    for verb in ["top", "status"]:
        done = Ctl(stack, server__state_directory=tmp_path).run(verb)
        assert done.returncode == 1 and done.stdout == ""
        assert "the program does not run" in done.stderr and "mod_fcgid" in done.stderr


def test_an_interval_is_a_number(stack):
    for interval in ["0", "-1", "1.5", "x", ""]:
        done = Ctl(stack).run("top", f"--interval={interval}")
        assert done.returncode == 64 and "--interval must be a number from 1" in done.stderr


# ---- Live.

class Terminal:
    """top on a terminal of its own."""

    def __init__(self, ctl, width=80, height=24):
        ready, go = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.close(go)
            os.read(ready, 1)
            os.execve(ctl.command[0], [*map(str, ctl.command), "top", "--interval", "1"],
                      {**ctl.environment({}), "TERM": "xterm"})
        self.before = termios.tcgetattr(self.fd)
        self.written = b""
        self.resize(width, height)
        os.close(ready)
        os.close(go)

    def resize(self, width, height):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def read(self):
        """What has come until now."""
        while select.select([self.fd], [], [], 0)[0]:
            try:
                chunk = os.read(self.fd, 65536)
            except OSError:  # the other side has closed it
                chunk = b""
            if not chunk:
                break
            self.written += chunk
        return self.written

    def wait_for(self, pattern, since=0):
        """In what came since then; where it ends."""
        wait_until(lambda: re.search(pattern, self.read()[since:], re.S), 20, f"{pattern} on the terminal")
        return since + re.search(pattern, self.written[since:], re.S).end()

    def pages(self):
        """The lines of those that are whole, without what moves the cursor."""
        return [[re.sub(rb"\033\[[0-9;?]*[A-Za-z]", b"", line).decode() for line in re.split(rb"\r+\n", page)]
                for page in re.findall(rb"\033\[H(.*?)\033\[J", self.read(), re.S)]

    def press(self, key):
        os.write(self.fd, key)

    def status(self):
        """Waits for its end, or for its stop."""
        result = []

        def has_ended():
            self.read()  # else it may wait for us
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            result[:] = [status] * (pid != 0)
            return result

        wait_until(has_ended, 20, "it ends")
        self.read()
        return result[0]

    def is_as_before(self):
        return (termios.tcgetattr(self.fd) == self.before
                and self.read().rindex(b"\033[?1049l") > self.read().rindex(b"\033[?1049h")
                and self.read().rindex(b"\033[?25h") > self.read().rindex(b"\033[?25l"))

    def close(self):
        if is_alive(self.pid):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def open_terminal(stack):
    opened = []

    def start(ctl=None):
        opened.append(Terminal(ctl or Ctl(stack)))
        opened[-1].wait_for(rb"wxuser [\d.]+  pid ")
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def test_it_draws_again_and_ends_at_q(open_terminal):
    terminal = open_terminal()
    assert termios.tcgetattr(terminal.fd) != terminal.before
    first = terminal.wait_for(rb"since start: .*\033\[J")
    terminal.wait_for(rb"in \d+\.\d s: .*\033\[J", first)
    for page in terminal.pages():
        assert len(page) == 24 and max(map(len, page)) <= 80, page
    terminal.press(b"q")
    assert terminal.status() == 0 and terminal.is_as_before()


def test_keys_and_sizes(open_terminal):
    terminal = open_terminal()
    at = terminal.wait_for(rb"in \d+\.\d s: .*\033\[J")
    terminal.press(b"n")
    at = terminal.wait_for(rb"ENDPOINT\033\[0m\033\[K\r+\n[^\r]*account \(none\)", at)
    terminal.resize(40, 12)
    os.kill(terminal.pid, signal.SIGWINCH)
    wait_until(lambda: len(terminal.pages()[-1]) == 12, 20, "a smaller page")
    assert max(map(len, terminal.pages()[-1])) <= 40
    terminal.resize(300, 80)
    os.kill(terminal.pid, signal.SIGWINCH)
    wait_until(lambda: len(terminal.pages()[-1]) > 30, 20, "a larger page")


@pytest.mark.parametrize("key, number", [(b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT),
                                         (None, signal.SIGTERM), (None, signal.SIGHUP)])
def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(open_terminal, key, number):
    terminal = open_terminal()
    if key:
        terminal.press(key)
    else:
        os.kill(terminal.pid, number)
    assert terminal.status() == 0 and terminal.is_as_before()


def test_a_fault_leaves_the_terminal_as_it_was(open_terminal):
    terminal = open_terminal()
    os.kill(terminal.pid, signal.SIGABRT)
    assert os.WTERMSIG(terminal.status()) == signal.SIGABRT and terminal.is_as_before()


def test_it_can_be_stopped_and_goes_on(open_terminal):
    terminal = open_terminal()
    terminal.press(b"\x1a")
    assert os.WIFSTOPPED(terminal.status()) and terminal.is_as_before()
    at = len(terminal.read())
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.wait_for(rb"\033\[\?1049h.*wxuser [\d.]+  pid .*\033\[J", at)
    assert termios.tcgetattr(terminal.fd) != terminal.before
    terminal.press(b"q")
    assert terminal.status() == 0 and terminal.is_as_before()


def test_a_program_that_goes_away_is_asked_again(stack, tmp_path, open_terminal):
    service = Service(stack, tmp_path)
    terminal = open_terminal(ctl=service.ctl)
    service.end()
    at = terminal.wait_for(rb"it does not answer")
    service = Service(stack, tmp_path)
    at = terminal.wait_for(rf"pid {service.process.pid} .*since start: ".encode(), at)
    terminal.wait_for(rb"in \d+\.\d s: .*q quits", at)
    service.end()
