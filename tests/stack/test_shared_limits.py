"""Programs that have the same state directory have the same limits."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

from echo import listening
from fastcgi_client import ask
from service import Service
from stack import wait_until

LOGIN = "/account_api/wechat/user/getUserInfo"
BURST = 5


def test_a_master_and_single_processes_have_one_burst(stack, tmp_path):
    service = Service(stack, tmp_path, rates__by_address="true", rates__login_per_s=1, rates__login_burst=BURST)
    listener = listening(str(tmp_path / "single.sock"))
    singles = [service.start(listener, "--pool", "remote") for _ in range(8)]
    os.close(listener)

    def is_let_through(i):
        answer = ask(str(tmp_path / ("single.sock" if i % 2 else "remote.sock")), "POST", LOGIN, b'{"code":"x"}',
                     REMOTE_ADDR="192.0.2.1", CONTENT_TYPE="application/json")
        return json.loads(answer.body)["code"] != 429

    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        n = sum(pool.map(is_let_through, range(120)))
    n_seconds = time.monotonic() - began
    print(f"{n} of 120 in {n_seconds:.1f} s")
    for single in singles:
        single.terminate()
    assert {single.wait(30) for single in singles} == {0}
    service.end()
    assert BURST <= n <= BURST + n_seconds
    assert "hold for these workers alone" not in service.log.read_text()


def test_a_file_that_is_cut_is_made_whole(stack, tmp_path):
    """Else each request would end its worker."""
    service = Service(stack, tmp_path, rates__by_address="true")
    size = (tmp_path / "limits").stat().st_size
    os.truncate(tmp_path / "limits", 0)
    wait_until(lambda: (tmp_path / "limits").stat().st_size == size, 20, "it is whole")
    answer = ask(str(tmp_path / "remote.sock"), "POST", LOGIN, b'{"code":"x"}', REMOTE_ADDR="192.0.2.1",
                 CONTENT_TYPE="application/json")
    service.end()
    assert answer.body and "was cut to 0 bytes and is made anew" in service.log.read_text()
    assert "worker died" not in service.log.read_text()


def test_a_directory_that_is_not_there_is_told(stack, tmp_path):
    """The program serves, and says that it shares nothing."""
    service = Service(stack, tmp_path)
    service.environment["WXUSER_CONF_server__state_directory"] = str(tmp_path / "nosuch")
    listener = listening(str(tmp_path / "single.sock"))
    single = service.start(listener, "--pool", "core")
    os.close(listener)
    answer = ask(str(tmp_path / "single.sock"), "GET", "/healthz")
    single.terminate()
    single.wait(30)
    service.end()
    assert answer.status == 200
    assert f"{tmp_path}/nosuch/limits: No such file or directory; [rates] hold for these workers alone" in (
        service.log.read_text())
