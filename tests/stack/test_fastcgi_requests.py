"""What reaches an endpoint: whole requests, with what was received and not what was announced."""

import json

import pytest

from fastcgi_client import PARAMS, STDIN, begin, pairs, params_for, record, request, stream


@pytest.fixture(scope="module")
def echo(start_module_echo):
    return start_module_echo(body_max=1024)


def test_half_the_params_never_run(echo):
    params = pairs(params_for("POST", "/admin"))
    for size in (1, 9, 30, len(params) - 1):
        with echo.connect() as connection:
            connection.send(begin() + record(PARAMS, params[:size]))
            connection.end_sending()
            assert connection.is_closed()
    with echo.connect() as connection:  # all of them, but not their end
        connection.send(begin() + record(PARAMS, params))
        connection.end_sending()
        assert connection.is_closed()
    assert echo.runs() == 0


def test_half_a_body_never_runs(echo):
    body = b"x" * 100
    with echo.connect() as connection:
        connection.send(begin() + record(PARAMS, pairs(params_for("POST", "/admin", body)))
                        + record(PARAMS) + record(STDIN, body[:40]))
        connection.end_sending()
        assert connection.answer().status == 400
    assert echo.runs() == 0


def test_single_bytes(echo):
    body = b"slowly"
    with echo.connect() as connection:
        for byte in request(params_for("POST", "/echo", body), body):
            connection.send(bytes([byte]))
        assert json.loads(connection.answer().body)["body"] == "slowly"


@pytest.mark.parametrize("declared, size, status", [
    (None, 10, 200),
    ("", 10, 200),
    ("", 0, 200),
    ("0", 0, 200),
    ("10", 10, 200),
    ("010", 10, 200),
    ("9", 10, 400),
    ("11", 10, 400),
    ("0", 10, 400),
    ("10", 0, 400),
    ("-1", 10, 400),
    ("+10", 10, 400),
    (" 10", 10, 400),
    ("10 ", 10, 400),
    ("1e1", 10, 400),
    ("0x0a", 10, 400),
    ("ten", 10, 400),
    ("4294967306", 10, 413),
    ("99999999999999999999", 10, 400),
    ("1024", 1024, 200),
    ("1025", 1025, 413),
    ("", 1025, 413),
    ("1025", 10, 413),
    ("", 3000000, 413),
])
def test_content_length(echo, declared, size, status):
    body = b"x" * size
    answer = echo.ask("POST", "/echo", body, CONTENT_LENGTH=declared)
    assert answer.status == status
    if status == 200:
        assert json.loads(answer.body)["size"] == size


@pytest.mark.parametrize("params, path", [
    ({"PATH_INFO": "/show"}, "/show"),
    ({"PATH_INFO": None, "SCRIPT_NAME": "/show"}, "/show"),
    ({"PATH_INFO": "", "SCRIPT_NAME": "/show"}, "/show"),
    ({"PATH_INFO": "/show", "SCRIPT_NAME": "/other"}, "/show"),
    ({"PATH_INFO": None, "REQUEST_URI": "/show?q"}, "/show"),
])
def test_path(echo, params, path):
    assert echo.shows(**params)["path"] == path


@pytest.mark.parametrize("params, status", [
    ({"PATH_INFO": None, "REQUEST_URI": "/%73how"}, 404),
    ({"PATH_INFO": "/show", "REQUEST_URI": "/x/../show"}, 404),
    ({"PATH_INFO": None, "REQUEST_URI": "/%2573how"}, 404),
    ({"PATH_INFO": "/%73how"}, 404),
    ({"PATH_INFO": "/show\n"}, 404),
    ({"PATH_INFO": "/x/../show"}, 404),
    ({"PATH_INFO": b"/show\xff"}, 404),
    ({"PATH_INFO": "/show" + "/" * 2000}, 404),
    ({"PATH_INFO": "show"}, 404),
    ({"QUERY_STRING": "q" * 8192}, 200),
    ({"QUERY_STRING": "q" * 8193}, 400),
    ({"QUERY_STRING": b"\xc0\xaf"}, 200),
    ({"HTTP_AUTHORIZATION": "x" * 100000}, 400),
    ({"REQUEST_METHOD": ""}, 405),
])
def test_status_of_what_is_odd(echo, params, status):
    assert echo.ask("GET", "/show", **params).status == status


def test_header_sent_twice(echo):
    twice = [*params_for("GET", "/show").items(), ("HTTP_AUTHORIZATION", "a"),
             ("HTTP_AUTHORIZATION", "b")]
    with echo.connect() as connection:
        connection.send(request(twice))
        assert connection.answer().status == 400


def test_names_from_clients_are_not_believed(echo):
    shown = echo.shows(REMOTE_USER="root", HTTP_PROXY="http://evil.example",
                       HTTP_X_FORWARDED_FOR="1.2.3.4", REMOTE_ADDR="203.0.113.9")
    assert shown["remote_addr"] == "203.0.113.9"
    assert "root" not in json.dumps(shown) and "evil" not in json.dumps(shown)


def test_large_params_and_body_over_many_records(echo):
    body = b"y" * 1000
    params = params_for("POST", "/echo", body, UNUSED="z" * 200000)
    with echo.connect() as connection:
        connection.send(begin() + stream(PARAMS, pairs(params)) + record(PARAMS)
                        + b"".join(record(STDIN, body[at:at + 1], padding=at % 8)
                                   for at in range(len(body))) + record(STDIN))
        assert json.loads(connection.answer().body)["size"] == 1000


def test_head_and_large_answer(echo):
    head = echo.ask("HEAD", "/big")
    assert head.status == 200 and head.body == b""
    assert head.headers["Content-Length"] == "20000000"
    assert len(echo.ask("GET", "/big").body) == 20000000


def test_the_log_cannot_be_forged(echo):
    echo.ask("GET\nlevel=error msg=forged", "/show")
    echo.wait_for_log("forged")
    assert not any(line.startswith("level=error") for line in echo.log().splitlines())
