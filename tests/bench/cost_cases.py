"""The requests whose instructions are counted, and a WeChat for them."""

import contextlib
import http.server
import itertools
import json
import re
import sys
import threading
import time
import urllib.parse

import bench
from ctl import Ctl
from stack import new_phone

N_WARM, N_MEASURED, N_PROFILES = 20, 100, 3
FORGOTTEN_S = 6  # the workers remember settings for shorter
SHOP = "/api/weixin/wxbuyinguser"


class WeChat(http.server.ThreadingHTTPServer):
    """Exchanges codes. The sandbox would have its share in what the database does."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Exchange)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Exchange(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        code, = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["js_code"]
        body = json.dumps(answer_to(code)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


codes = itertools.count()


def new_code(openid="", unionid=""):
    """openid: ""; one that is new. WeChat refuses a code of "refused"."""
    number = next(codes)
    return f"{openid or f'oLogin{number}'}.{unionid}.{number}"


def answer_to(code):
    if "." not in code:  # as compare.lua makes them
        code = f"o{code.rpartition('-u')[2]}..0"
    openid, unionid, _ = code.split(".")
    if openid == "refused":
        return {"errcode": 40029, "errmsg": "invalid code"}
    return {"openid": openid, "session_key": "HyVFkGl5F5OQWJZZaNzBBg==", **({"unionid": unionid} if unionid else {})}


class Cases:
    """A generator of requests for each case: each next() sends one, and says whether it was answered as it should."""

    def __init__(self, stack):
        self.stack = stack
        self.fields = {"openId": "oCost", "name": "小明😀", "profile": "https://example.com/a.png",
                       "phone": "13800000001"}
        self.user = stack.save(**self.fields)

    def get(self):
        while True:
            yield self.stack.get(f"{SHOP}/get?id={self.user}").json["id"] == self.user

    def getbyopenid(self):
        while True:
            yield self.stack.get(f"{SHOP}/getbyopenid?openId=oCost").json["id"] == self.user

    def getlist(self):
        users = [self.stack.save(**{**self.fields, "openId": f"oCost{n}"}) for n in range(20)]
        while True:
            yield len(self.stack.post(f"{SHOP}/getlist", users).json) == len(users)

    def save(self, made):
        for fields in made:
            yield self.stack.save(**{**self.fields, **fields}) > 0

    def saveuser_unchanged(self):
        return self.save(itertools.repeat({}))

    def saveuser_changed(self):
        return self.save({"name": f"小明{n}"} for n in itertools.count())

    def saveuser_new(self):
        return self.save({"openId": f"oNew{n}"} for n in itertools.count())

    def _give_tokens(self, is_wanted):
        self.stack.sql(f"UPDATE setting SET value = '{str(is_wanted).lower()}' WHERE name = 'access_token_header'")
        time.sleep(FORGOTTEN_S)

    def _login(self, users, with_token=False, number=200):
        self._give_tokens(with_token)
        for user in users:
            yield self.stack.login(new_code(**user)).json["code"] == number

    def login_new(self):
        return self._login(itertools.repeat({}))

    def login_new_token(self):
        return self._login(itertools.repeat({}), with_token=True)

    def login_known(self):
        return self._login(itertools.repeat({"openid": "oKnown"}))

    def login_known_token(self):
        return self._login(itertools.repeat({"openid": "oKnown"}), with_token=True)

    def login_known_unionid(self):
        return self._login(itertools.repeat({"openid": "oLinked", "unionid": "uLinked"}))

    def login_of_day(self):
        """The first one of a known user."""
        users = [{"openid": f"oDaily{n}"} for n in range(N_WARM + N_PROFILES * N_MEASURED)]
        assert all(self._login(users))
        if self.stack.sql("SHOW TABLES LIKE 'active_day'"):  # not before 0040_statistics.sql
            self.stack.sql("UPDATE wechat_user SET active_on = active_on - INTERVAL 1 DAY; DELETE FROM active_day")
        return self._login(users)

    def login_refused(self):
        return self._login(itertools.repeat({"openid": "refused"}), number=500)

    def _v1_login(self, **user):
        while True:
            yield self.stack.request("POST", "/v1/login", {"code": new_code(**user)}).status == 200

    def v1_login(self):
        return self._v1_login(openid="oKnown")

    def v1_login_new(self):
        return self._v1_login()

    def _authorize(self, key=None, **fields):
        self._give_tokens(True)
        while True:
            proof = {} if key else {"code": new_code("oCost")}
            yield self.stack.authorize({**fields, **proof}, key=key).json["status"] == 1

    def appauthorization(self):
        return self._authorize(self.stack.key, openId="oCost")

    def appauthorization_code(self):
        return self._authorize(nickname="小明")

    def _token(self):
        return self.stack.login(new_code()).headers["X-Access-Token"]

    def refreshtoken(self):
        self._give_tokens(True)
        token = self._token()
        while True:
            answer = self.stack.request("POST", "/api/Customer/RefreshToken", "", key=token)
            token = answer.json["data"]["accessToken"]
            yield answer.status == 200

    def v1_me(self):
        self._give_tokens(True)
        token = self._token()
        while True:
            yield self.stack.request("GET", "/v1/me", key=token).status == 200

    def introspect(self):
        self._give_tokens(True)
        body, form = f"token={self._token()}", {"Content-Type": "application/x-www-form-urlencoded"}
        while True:
            yield self.stack.request("POST", "/v1/introspect", body, form, key=self.stack.key).json["active"]

    def sendverifycode(self):
        while True:
            phone = new_phone()
            yield self.stack.post("/city/v3/OnlineMediateWW/SendVerifyCode",
                                  {"MobilePhone": phone, "OpenId": f"o{phone}"}).json["Ret"] == 0


NAMES = [name for name in vars(Cases) if name != "save" and not name.startswith("_")]
REMOTE = {name for name in NAMES if re.search("login|authorization|verifycode", name)}


def send(requests, n):
    for _ in range(n):
        assert next(requests), "the request fails"


@contextlib.contextmanager
def running(kind):
    """A stack that refuses no request for its being one of many."""
    with WeChat() as wechat, bench.running(
            "cost", kind, WORKERS_CORE=1, WORKERS_REMOTE=1, CONF_rates__unproven_per_s=100000,
            WECHAT_URL=f"http://127.0.0.1:{wechat.server_port}") as stack:
        stack.give_tokens()
        stack.sql("INSERT INTO setting SELECT id, setting, '10000000' FROM tenant JOIN "
                  "(SELECT 'sms_per_day' AS setting UNION SELECT 'sms_per_key_and_day' "
                  "UNION SELECT 'sms_per_app_and_hour') AS settings")
        Ctl(stack).out("jobs", "run")  # otherwise the first requests have a share in them
        yield stack


def warm_cases(stack, names):
    """A name and its requests, which have been sent before."""
    cases = Cases(stack)
    for name in names:
        requests = getattr(cases, name)()
        send(requests, N_WARM)
        yield name, requests


def names_of(words):
    """The cases that the words of a command line name, all of them if there are none; exits if there is no such case."""
    unknown = [name for name in words if name not in NAMES]
    if unknown:
        print(f"No such case: {', '.join(unknown)}. The cases are: {', '.join(NAMES)}", file=sys.stderr)
        sys.exit(64)  # EX_USAGE, as "run" ends where there is no such measure
    return words or NAMES
