"""The database goes away and comes back."""

import contextlib
import getpass
import signal
import socket
import subprocess
import threading
import time

import pytest

from ctl import Ctl, sql_as_root
from stack import wait_until

READ = "/api/weixin/wxbuyinguser/get?id=1"
BUSY = "The service is busy, please try again"


@pytest.fixture(scope="module")
def fragile(make_stack):
    return make_stack("fragile", CONF_http__messages="en")


def timed(call, limit_s):
    """An answer in time. That one is late may be the machine's fault, but not that three are."""
    for _ in range(3):
        began = time.monotonic()
        answer = call()
        if time.monotonic() - began < limit_s:
            return answer
    raise AssertionError(answer)


def save(stack, openid):
    return stack.post("/api/weixin/wxbuyinguser/saveuser", {"openId": openid})


def assert_refuses(stack, limit_s):
    """Every dialect says so in its own way, from every worker."""
    for _ in range(6):
        answer = timed(lambda: stack.get(READ), limit_s)
        assert (answer.status, answer.json) == (503, {"Message": BUSY})
    answer = timed(lambda: save(stack, "o1"), limit_s)
    assert answer.status in (200, 503) and BUSY in answer.text
    answer = timed(lambda: stack.login("0a0b0c"), limit_s)
    assert (answer.status, answer.json) == (200, {
        "msg": "The service is busy, try again later", "code": 500})
    answer = timed(lambda: stack.request("GET", "/readyz"), limit_s)
    assert (answer.status, answer.json["database"]) == (503, "does not answer")
    answer = timed(lambda: stack.request("GET", "/healthz"), limit_s)
    assert answer.status == 200


def assert_serves(stack, unique):
    """By itself, in every worker: as many answers in a row as there are workers, and more."""
    wait_until(lambda: all(stack.get(READ).status == 200 for _ in range(10)), 30, "reads again")
    assert stack.log_in(openid=f"o{unique}")["userName"] == f"o{unique}"
    assert stack.request("GET", "/readyz").status == 200


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_stopped(fragile, unique, signal_number):
    assert_serves(fragile, unique)
    wxuser = fragile.pid("wxuser")
    fragile.kill("mariadb", signal_number)
    assert_refuses(fragile, 1)
    fragile.up()
    assert fragile.pid("wxuser") == wxuser
    assert_serves(fragile, f"{unique}-2")


def seconds_of_read(stack):
    began = time.monotonic()
    assert stack.get(READ).status == 503
    return time.monotonic() - began


def test_frozen(fragile, unique):
    assert_serves(fragile, unique)
    with fragile.frozen("mariadb"):
        assert_refuses(fragile, 6)
        wait_until(lambda: seconds_of_read(fragile) < 0.05, 30, "a request is refused at once")
    assert_serves(fragile, f"{unique}-2")


@contextlib.contextmanager
def locked_writes(stack):
    """While somebody else keeps all from writing."""
    client = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--unbuffered",
              f"--socket={stack.env['WXUSER_DB_SOCKET']}", f"--user={getpass.getuser()}"]
    with subprocess.Popen(client, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
        session.stdin.write("FLUSH TABLES WITH READ LOCK; SELECT 'locked';\n")
        session.stdin.flush()
        assert session.stdout.readline().strip() == "locked"
        try:
            yield
        finally:
            session.stdin.close()


def seconds_of_save(stack, openid):
    began = time.monotonic()
    answer = save(stack, openid)
    assert answer.status in (200, 503) and BUSY in answer.text
    return time.monotonic() - began


def test_writes_that_hang(fragile, unique):
    """Reads go on beside them."""
    assert_serves(fragile, unique)
    with locked_writes(fragile):
        wait_until(lambda: max(seconds_of_save(fragile, f"o{unique}-3") for _ in range(3)) < 0.05, 30,
                   "saves are refused at once")
        assert [fragile.get(READ).status for _ in range(6)] == [200] * 6
        answer = fragile.request("GET", "/readyz")
        assert (answer.status, answer.json["database_state"]) == (200, "writes_hang")
    wait_until(lambda: "busy" not in save(fragile, f"o{unique}-3").text, 30, "saves go on")
    assert_serves(fragile, f"{unique}-2")
    assert fragile.request("GET", "/readyz").json["database_state"] == "ready"


@contextlib.contextmanager
def locked_user(stack, openid):
    """While somebody else holds the user's row."""
    with stack.sql_session() as session:
        session.stdin.write(f"BEGIN; SELECT id FROM wechat_user WHERE openid = '{openid}' FOR UPDATE;\n")
        session.stdin.flush()
        assert session.stdout.readline().strip().isdigit()
        yield


def test_a_code_that_was_spent_in_vain_asks_for_a_new_one(fragile, unique):
    """Not for patience: WeChat takes a code once."""
    openid = f"o{unique}"
    fragile.log_in(openid=openid)
    code = fragile.code(openid=openid)["code"]
    with locked_user(fragile, openid):
        answer = fragile.login(code)
    assert answer.json == {
        "msg": "The outcome is not known: log in again with a new code", "code": 500}
    assert fragile.login(code).json == answer.json
    assert fragile.log_in(openid=openid)["userName"] == openid


@contextlib.contextmanager
def taken_away(stack, table):
    """A table that is gone for a while, of which no worker remembers a row."""
    sql_as_root(stack, f"RENAME TABLE wxuser.{table} TO wxuser.away")
    Ctl(stack).out("tenant", "set", "1", "trial_days", "7")
    try:
        yield
    finally:
        sql_as_root(stack, f"RENAME TABLE wxuser.away TO wxuser.{table}")


def new_key(stack, name):
    return Ctl(stack).out("key", "add", "--tenant", "1", "--name", name, "--scopes", "read").split()[-1]


@pytest.mark.parametrize("table, call", [
    ("api_key", lambda stack, openid, key: stack.request("GET", READ, key=key)),
    ("wechat_user", lambda stack, openid, key: stack.get(READ)),
    ("wechat_user", lambda stack, openid, key: stack.get(f"/api/weixin/wxbuyinguser/getbyopenid?openId={openid}")),
    ("app", lambda stack, openid, key: stack.login("0a0b0c")),
    ("app", lambda stack, openid, key: stack.authorize({"openId": openid, "session_key": "x"})),
    ("app", lambda stack, openid, key: stack.request("GET", f"/wechat/push/{stack.app_id}?signature=1")),
    ("wechat_user", lambda stack, openid, key: stack.authorize({"openId": openid, "session_key": "x"})),
    ("wechat_token", lambda stack, openid, key: stack.authorize({"openId": openid, "session_key": "x"})),
])
def test_what_the_database_refuses_is_no_matter_of_waiting(fragile, unique, table, call):
    openid = f"o{unique}"
    fragile.log_in(openid=openid)
    key = new_key(fragile, unique)
    with taken_away(fragile, table):
        before = len(fragile.log("wxuser"))
        answer = call(fragile, openid, key)
    assert "busy" not in answer.text.lower(), answer
    wait_until(lambda: "err=INTERNAL" in fragile.log("wxuser")[before:], 20, "the request is logged")
    assert "database failed" in fragile.log("wxuser")[before:] and table in fragile.log("wxuser")[before:]


def test_not_ready_without_tables(fragile):
    """As after a restore that has failed."""
    assert fragile.request("GET", "/readyz").status == 200
    with taken_away(fragile, "schema_version"):
        answer = fragile.request("GET", "/readyz")
    assert (answer.status, answer.json["database"]) == (503, "refuses")
    assert fragile.request("GET", "/readyz").status == 200


def packet(number, payload):
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


def hear_password(listener, method, heard):
    """A server of MariaDB's protocol that wants the password by another method than it first said."""
    greeting = (b"\x0a11.4.1-MariaDB\0" + bytes(4) + b"12345678\0" + (0xa209).to_bytes(2, "little") + b"\x2d\x02\0" +
                (0x0008).to_bytes(2, "little") + b"\x15" + bytes(10) + b"123456789012\0" + b"mysql_native_password\0")
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(10)
        connection.sendall(packet(0, greeting))
        heard.append(connection.recv(65536))
        connection.sendall(packet(2, b"\xfe" + method + b"\0" + b"12345678901234567890\0"))
        while received := connection.recv(65536):
            heard.append(received)


@pytest.mark.parametrize("method", [b"mysql_clear_password", b"dialog", b"caching_sha2_password", b"sha256_password",
                                    b"mysql_native_password"])
def test_a_server_without_tls_is_told_no_password(stack, tmp_path, method):
    """Whoever listens in the database's place, on this host, may ask for it."""
    file = tmp_path / "password"
    file.write_text("the password\n")
    file.chmod(0o600)
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=hear_password, args=(listener, method, heard))
        server.start()
        done = Ctl(stack, database__host=f"127.0.0.1:{listener.getsockname()[1]}", database__password_file=file,
                   database__control_user="", server__user="").run("tenant", "list")
        server.join()
    assert done.returncode != 0 and heard[0][36:].startswith(b"wxuser")
    assert not any(b"the password" in bytes for bytes in heard)
    # By a method that shows nothing the client goes on.
    allowed = method == b"mysql_native_password"
    assert (len(heard) > 1) == allowed, heard
    assert ("; run: ALTER USER ... IDENTIFIED VIA ed25519 USING PASSWORD('...'), or set [database] tls_ca" in done.stderr) \
        == (not allowed)


def test_a_user_whom_the_socket_identifies_needs_no_method(stack):
    Ctl(stack, database__user=getpass.getuser(), database__password_file="", database__control_user="", server__user="").out("tenant", "list")
