"""wxuserctl top: a page under load."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ctl import Ctl
from stack import wait_until

GET = "api/weixin/wxbuyinguser/get"
LOGIN = "account_api/wechat/user/getUserInfo"


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
            page = Ctl(stack).out("top", "--interval", "1")
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
    assert lines[2].startswith("breakers")

    configured, starting, idle, busy, full, draining, in_flight, most, connections, p50, p99 = numbers(
        page, r"^core  .*\d+ .* \d+")
    assert (configured, starting, draining, most) == (4, 0, 0, 4) and idle + busy == 4 and connections >= 1
    assert full == busy and in_flight <= most
    assert 0 < p50 <= p99 and p50 < 1
    configured, starting, idle, busy, full, draining, in_flight, most = numbers(page, r"^remote +2 ")[:8]
    assert (configured, starting, idle, busy, full, draining, in_flight, most) == (2, 0, 1, 1, 0, 0, 1, 128)
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
        assert "the program does not run" in done.stderr
        assert "To start it: systemctl start wxuser, or: wxuser.fcgi --config /" in done.stderr
        done = Ctl(stack, server__state_directory=tmp_path, server__listen_core="", server__listen_remote="").run(verb)
        assert "for f in core.fcgi remote.fcgi; do cp -p $f new && mv new $f; done" in done.stderr


def test_an_interval_is_a_number(stack):
    for interval in ["0", "-1", "1.5", "x", ""]:
        done = Ctl(stack).run("top", f"--interval={interval}")
        assert done.returncode == 64 and "--interval must be a number from 1" in done.stderr


def test_the_order(stack):
    page = Ctl(stack).out("top", "--interval=1", "--sort", "name")
    assert re.search("ENDPOINT\n.* account \\(none\\)\n", page)
    done = Ctl(stack).run("top", "--sort", "size")
    assert done.returncode == 64 and "--sort must be one of rate|errors|p99|name" in done.stderr
