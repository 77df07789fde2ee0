"""What the master prints on its control socket, and to whom."""

import pathlib
import re
import socket

import pytest

from stack import wait_until

N_AT_A_TIME = 8


@pytest.fixture(scope="module")
def echo(start_module_echo):
    return start_module_echo()


def connect(echo, words=b""):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20)
    client.connect(str(echo.directory / "echo.control"))
    client.sendall(words)
    return client


def hear(client):
    with client:
        return client.makefile().read()


def test_words_are_answered_in_their_order(echo):
    said = hear(connect(echo, b"status  metrics\nnothing after the line"))
    assert re.search(r"^program echo .*\ndraining 0\n# HELP wxuser_build_info ", said, re.S)
    assert re.search(r'^wxuser_workers_configured\{pool="core"\} 2$', said, re.M)
    assert said.endswith('# TYPE wxuser_job_last_success_timestamp_seconds gauge\n')
    assert hear(connect(echo, b"\r\n")) == hear(connect(echo, b"statu\n")) == "unknown command; there are status, metrics, requests and forget\n"


def test_the_line_may_come_in_pieces(echo):
    with connect(echo, b"sta") as client:
        wait_until(lambda: "state serving" in hear(connect(echo, b"status\n")), 20, "another is answered")
        client.sendall(b"tus\n")
        assert "state serving" in client.makefile().read()


def test_requests_in_flight(echo):
    assert hear(connect(echo, b"requests\n")) == ""
    with echo.hold() as held:
        said = hear(connect(echo, b"requests metrics\n"))
        assert re.match(r"request core pid=\d+ age_ms=\d+ at=running for_ms=\d+ method=GET endpoint=held "
                        r"id=[0-9a-f]{32}\n", said)
        assert 'wxuser_requests_in_flight{pool="core",activity="running"} 1\n' in said
        assert 'wxuser_connections{pool="core"} 1\n' in said
        assert held.answer().status == 200


def test_who_says_nothing_is_hung_up_on_and_holds_up_nobody(echo):
    silent = [connect(echo) for _ in range(N_AT_A_TIME)]
    assert echo.status()["state"] == "serving"
    assert [hear(client) for client in silent] == [""] * N_AT_A_TIME


def test_who_does_not_read_holds_up_nobody(echo):
    line = b"metrics " * 15 + b"status\n"
    with connect(echo, line) as client:
        client.recv(1)
        assert echo.status()["state"] == "serving"
        said = "#" + client.makefile().read()
    # More than the socket holds, so that it had to be waited for.
    assert len(said) > 2 * int(pathlib.Path("/proc/sys/net/core/wmem_default").read_text())
    assert said.count("# HELP wxuser_build_info ") == 15
    assert said.endswith("\ndraining 0\n")
