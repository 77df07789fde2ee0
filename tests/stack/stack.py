"""A whole wxuser, started by the quick start, and ways to talk to every part of it."""

import contextlib
import copy
import getpass
import http.client
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from fiber_stacks import used_most
from traces import secrets_of

TREE = pathlib.Path(__file__).resolve().parents[2]
# Options of a MariaDB that does not wait for the disk: no test takes the machine's power away.
NO_SYNC = ["--innodb-flush-method=nosync", "--debug-no-sync"]
QUICKSTART = ["sh", str(TREE / "conf" / "quickstart.sh")]


def wait_until(condition, seconds, what):
    """Calls condition until it is true, at least once after so long; what: for the message when it never is, or a
    function that makes it then."""
    deadline = time.monotonic() + seconds
    is_late = False
    while not condition():
        assert not is_late, f"not within {seconds} s: {what() if callable(what) else what}"
        is_late = time.monotonic() >= deadline
        time.sleep(0.05)


# Of several processes that test (pytest -n), each has its own ports.
PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[len("gw"):])
N_PROCESSES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
ports = iter(random.sample(range(20_000 + PROCESS, 32_000, N_PROCESSES), 12_000 // N_PROCESSES))


def free_port():
    """None of those that the kernel gives to connections, which may take it until somebody listens there, and
    none twice."""
    for port in ports:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


VILLAGE = "430102001001"
phones = itertools.count(random.randrange(10 ** 8))


def new_phone():
    """One that no other test has, nor any of those that are written out."""
    return f"137{next(phones) % 10 ** 8:08d}"


def new_phones():
    """The first ten digits of ten phones that no other test has."""
    first = next(phone for phone in iter(new_phone, None) if phone[-1] == "0")
    assert [new_phone()[-1] for _ in range(9)] == list("123456789")
    return first[:-1]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.headers.get('Content-Type')} {self.body[:2000]!r}>"


class Stack:
    """settings: WXUSER_… variables of the quick start, without that prefix."""

    def __init__(self, name="stack", **settings):
        base = os.environ.get("WXUSER_TEST_DIRECTORY")
        # Short, since it is a part of the names of sockets.
        self.state = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-" if base else f"wxuser-{name}-", dir=base))
        self.state.chmod(0o711)  # MariaDB runs as another user when we are root
        self.port = free_port()
        self.base = ""  # before each path
        self.quickstart_command = QUICKSTART
        self.secrets = set()  # sent and got by request()
        self.environment = {
            **os.environ,
            "WXUSER_STATE": str(self.state),
            "WXUSER_PORT": str(self.port),
            "WXUSER_WORKERS_CORE": "4",
            "WXUSER_WORKERS_REMOTE": "2",
            "WXUSER_WORKERS_SANDBOX": "24",
            **{f"WXUSER_{name}": str(value) for name, value in settings.items()},
        }

    # ---- its life

    def quickstart(self, *verb, timeout=600):
        return subprocess.run([*self.quickstart_command, *verb], env=self.environment, timeout=timeout,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def up(self):
        done = self.quickstart("up")
        assert done.returncode == 0, done.stderr
        lines = self.quickstart("env").stdout.splitlines()
        self.env = dict(re.fullmatch(r"export (\w+)='(.*)'", line).groups() for line in lines)
        self.key = self.env["WXUSER_API_KEY"]
        self.key_2 = self.env["WXUSER_API_KEY_2"]
        self.app_id = self.env["WXUSER_APP_ID"]
        return self

    def give_tokens(self):
        """To everybody who logs in from now on, in the header."""
        self.sql("INSERT INTO setting SELECT id, 'access_token_header', 'true' FROM tenant")

    def down(self):
        return self.quickstart("down")

    def restart(self):
        """The service alone begins anew, with the environment as it is now."""
        self.kill("wxuser", signal.SIGTERM)
        with open(self.state / "log" / "wxuser.log", "ab") as log:
            process = subprocess.Popen(
                [pathlib.Path(self.env["WXUSERCTL"].split()[0]).with_name("wxuser.fcgi"),
                 "--config", self.state / "conf" / "wxuser.conf"], cwd=self.state, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, umask=0o077)
        began = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(") ", 1)[1].split()[19]
        (self.state / "run" / "wxuser.pid").write_text(f"{process.pid} {began}\n")
        wait_until(lambda: f"{process.pid}\n" in [path.read_text() for path in self.state.glob("run/wxuser/*.pid")], 60,
                   "the service listens")

    def remove(self):
        self.down()
        shutil.rmtree(self.state)

    def pid(self, part):
        """part: mariadb, sandbox, wxuser or nginx."""
        return int((self.state / "run" / f"{part}.pid").read_text().split()[0])

    def workers(self):
        """Their pids."""
        master = self.pid("wxuser")
        children = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text()
        return [int(pid) for pid in children.split()]

    def used_of_fibers(self):
        """The largest part of its stack that any request has used, 0 to 1, as far as its worker lives."""
        if not is_alive(self.pid("wxuser")):
            return 0
        return max((used_most(pid) or 0 for pid in self.workers()), default=0)

    def kill(self, part, signal_number=signal.SIGKILL):
        pid = self.pid(part)
        os.kill(pid, signal_number)
        if signal_number in (signal.SIGKILL, signal.SIGTERM):
            wait_until(lambda: not is_alive(pid), 30, f"{part} ends")

    @contextlib.contextmanager
    def frozen(self, part):
        """Every thread of it is stopped meanwhile."""
        pid = self.pid(part)
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_until(lambda: set(states_of_threads(pid)) == {"T"}, 30, f"{part} stops")
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def log(self, part):
        return (self.state / "log" / f"{part}.log").read_text(errors="replace")

    def await_log(self, pattern):
        """The service logs a request after its answer."""
        wait_until(lambda: re.search(pattern, self.log("wxuser")), 20, f"a log of {pattern}")

    def reason(self, answer, err):
        """Why the log says that the request was refused with err."""
        pattern = rf'request={answer.headers["X-Request-Id"]} .* err={err} reason=("[^"]+"|\S+) '
        self.await_log(pattern)
        return re.search(pattern, self.log("wxuser"))[1].strip('"')

    # ---- the service

    def seen_at(self, port, base=""):
        """The stack through another web server, below base; the sandbox stays where it is."""
        site = copy.copy(self)
        site.port, site.base, site.sandbox = port, base, self.sandbox
        return site

    def request(self, method, target, body=None, headers=None, key=None, **more):
        """Sends these headers and no others but Host and Content-Length.

        body: bytes, str, or what becomes JSON. more: timeout, source (the client's address)."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body, ensure_ascii=False)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode("utf-8")
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        answer = exchange(self.port, method, self.base + target, body, headers, **more)
        for text in f"{target}{headers}{answer.headers}".encode(errors="replace"), body or b"", answer.body:
            self.secrets |= secrets_of(text)
        return answer

    def get(self, target, **more):
        return self.request("GET", target, key=self.key, **more)

    def post(self, target, body, **more):
        return self.request("POST", target, body, key=self.key, **more)

    def user(self, openid, key=None):
        """The shop's user, None when there is none."""
        answer = self.request("GET", f"/api/weixin/wxbuyinguser/getbyopenid?openId={openid}",
                              key=key or self.key)
        assert answer.status == 200, answer
        return answer.json

    def save(self, key=None, **fields):
        """The id that saveuser answers with."""
        answer = self.request("POST", "/api/weixin/wxbuyinguser/saveuser", fields,
                              key=key or self.key)
        assert answer.status == 200 and answer.json["status"] == 200, answer
        return answer.json["data"]

    def call_member(self, verb, user, key=None, **fields):
        """The answer of createmember, bindmember or unbindmember."""
        return self.request("POST", f"/api/weixin/wxbuyinguser/{verb}member",
                            {"wxBuyingUserId": user, **fields}, key=key or self.key).json

    def member(self, cardState=0, **fields):
        """The id of a new member who is bound to nobody."""
        user = self.save(openId=f"o{time.time_ns()}")
        answer = self.call_member("create", user, **fields)
        assert answer["status"] == 200, answer
        assert self.call_member("unbind", user)["status"] == 200
        if cardState != 0:
            self.sql(f"UPDATE member SET card_state = {cardState}, void_phone_hash = "
                     f"IF({cardState} = 2, phone_hash, NULL), phone_hash = "
                     f"IF({cardState} = 2, NULL, phone_hash) WHERE id = {answer['data']}")
        return answer["data"]

    def save_wx_user_info(self, fields, token=None, **more):
        """Its answer."""
        target = "/city/v3/OnlineMediateWW/SaveWXUserInfo"
        if token is not None:
            return self.request("POST", f"{target}?token={token}", fields, **more)
        return self.post(target, fields, **more)

    def save_resident(self, OpenId, MobilePhone, **fields):
        """The id of a resident whose phone is proven."""
        answer = self.save_wx_user_info({
            "OpenId": OpenId, "Name": "张三", "MobilePhone": MobilePhone, "RID": VILLAGE,
            "VerifyCode": self.verify_code(MobilePhone, OpenId), **fields})
        assert answer.status == 200 and answer.json["Ret"] == 0, answer
        return answer.json["Data"][0]["WXUserInfo"]["Id"]

    def verify_code(self, phone, openid):
        """The code that comes to it, for who has the openid; one a minute."""
        answer = self.post("/city/v3/OnlineMediateWW/SendVerifyCode",
                           {"MobilePhone": phone, "OpenId": openid})
        assert answer.json["Ret"] == 0, answer
        return self.sandbox(f"sms?phone={phone}")[-1]["code"]

    def sms_code(self, token, phone):
        """The code by which the token's person confirms the phone; one a minute, whoever else has asked from here."""
        self.sql("DELETE FROM sms_counter WHERE kind = 'address_hour'")
        answer = self.request("POST", "/v1/me/phone/sms-codes", {"phone": phone}, key=token)
        assert answer.status == 204, answer
        return self.sandbox(f"sms?phone={phone}")[-1]["code"]

    def login(self, code, app_id=None, host=None, **more):
        """The answer of getUserInfo."""
        return self.request("POST", "/account_api/wechat/user/getUserInfo", {"code": code},
                            headers={"X-WX-AppId": app_id or self.app_id, **({"Host": host} if host else {})}, **more)

    def login_of(self, app_id=None, host=None, **fields):
        """A code for a sandbox user of these fields, and the answer of its login, which must succeed."""
        made = self.code(app_id, **fields)
        answer = self.login(made["code"], app_id, host)
        assert answer.status == 200 and answer.json["code"] == 200, answer
        return made, answer

    def log_in(self, app_id=None, **fields):
        """The account."""
        return self.login_of(app_id, **fields)[1].json["data"]

    def token(self, app_id=None, **fields):
        """The access token; the tenant must have them in the header."""
        return self.login_of(app_id, **fields)[1].headers["X-Access-Token"]

    def lost_code(self, **fields):
        """One whose exchange was cut short some time ago."""
        made, _ = self.login_of(**fields)
        self.lose_claim("wechat_user_id = NULL, ")
        return made["code"]

    def lose_claim(self, more=""):
        """As if the last claim's request had died some time ago."""
        self.sql(f"UPDATE login_claim SET state = 0, {more}created_at = created_at - INTERVAL 1 MINUTE "
                 "ORDER BY id DESC LIMIT 1")

    def session(self, app_id=None, **fields):
        """openid and session_key among what WeChat has told the service."""
        return self.login_of(app_id, **fields)[0]

    def authorize(self, fields, app_id=None, **more):
        """The answer of AppAuthorization, in JSON."""
        return self.request("POST", "/api/Customer/AppAuthorization", fields,
                            headers={"X-WX-AppId": app_id or self.app_id}, **more)

    def prove_wrongly(self, openId, count=1):
        """WeChat refuses each."""
        for _ in range(count):
            answer = self.authorize({"openId": openId, "session_key": "x"})
            assert answer.json["errors"][0]["field"] == "session_key", answer

    def disable(self, openId):
        self.sql("UPDATE account SET is_active = 0 WHERE id = "
                 f"(SELECT account_id FROM wechat_user WHERE openid = '{openId}')")

    def close(self, openId):
        """As its person does who asks for erasure in three days."""
        account = f"(SELECT account_id FROM wechat_user WHERE openid = '{openId}')"
        self.sql("UPDATE account SET is_active = 0, erases_at = UTC_TIMESTAMP(6) + INTERVAL 3 DAY, "
                 f"security_stamp = UNHEX(MD5(RAND())) WHERE id = {account};"
                 f"SET @account = {account}; UPDATE wechat_user SET is_closed = 1 WHERE account_id = @account")

    # ---- the sandbox

    def sandbox(self, path, body=None):
        answer = self.request("GET" if body is None else "POST", f"/sandbox/{path}", body)
        assert answer.status == 200, answer
        return answer.json if answer.body else None

    def code(self, app_id=None, **fields):
        return self.sandbox("codes", {"appid": app_id or self.app_id, **fields})

    def phone_code(self, **fields):
        return self.sandbox("phone-codes", {"appid": self.app_id, **fields})

    def used_phone_code(self, token, **fields):
        code = self.phone_code(**fields)["code"]
        answer = self.request("POST", "/v1/me/phone/wechat", {"code": code}, key=token)
        assert answer.status == 200, answer
        return code

    def fault(self, path, kind, value=0, count=1, text=None):
        self.sandbox("faults", {"path": path, "kind": kind, "value": value, "count": count,
                                "text": text})

    def calls(self, path):
        return self.sandbox(f"calls?path={path}")

    # ---- the database

    def database_client(self):
        """A client as the database's administrator: the program's users may not do what tests prepare."""
        command = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--raw", "--unbuffered",
                   "--default-character-set=utf8mb4", f"--socket={self.env['WXUSER_DB_SOCKET']}",
                   f"--user={getpass.getuser()}", self.env["WXUSER_DB_NAME"]]
        return command

    def sql(self, statement):
        """Rows as lists of text."""
        done = subprocess.run(self.database_client(), input=statement, capture_output=True, text=True,
                              timeout=30)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def sql_session(self):
        """A client that takes statements on its stdin; what it has not committed is gone when it ends."""
        return subprocess.Popen(self.database_client(), text=True, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)

    def let_verify_codes_expire(self):
        self.sql("UPDATE verify_code SET expires_at = UTC_TIMESTAMP(6)")

    def let_expire(self, token, interval="2 HOUR"):
        """As if the access token had been given out so much earlier."""
        self.sql(f"UPDATE access_token SET began_at = began_at - INTERVAL {interval}, issued_at = "
                 f"issued_at - INTERVAL {interval}, expires_at = expires_at - INTERVAL {interval}, "
                 f"rotated_at = rotated_at - INTERVAL {interval} "
                 f"WHERE hash = UNHEX(SHA2('{token}', 256))")

    def count(self, table, where="TRUE"):
        return int(self.sql(f"SELECT COUNT(*) FROM {table} WHERE {where}")[0][0])


def state_of(stat):
    """The letter in a /proc/…/stat file."""
    return stat.read_text().rsplit(") ", 1)[1][0]


def is_alive(pid):
    try:
        return state_of(pathlib.Path(f"/proc/{pid}/stat")) != "Z"
    except OSError:
        return False


def states_of_threads(pid):
    return [state_of(stat) for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")]


def exchange(port, method, target, body, headers, timeout=30, source="127.0.0.1"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout, source_address=(source, 0))
    names = {name.lower() for name in headers}
    try:
        connection.putrequest(method, target, skip_host="host" in names, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        is_chunked = headers.get("Transfer-Encoding") == "chunked"
        if body is not None and not is_chunked and "content-length" not in names:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body, encode_chunked=is_chunked)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()
