"""A request that takes too long: who waits where, and what is left in the log. On a second wxuser, asked without nginx."""

import json
import re
import time

import pytest

from fastcgi_client import ask
from service import Service
from stack import new_phone, wait_until

GET = "api/weixin/wxbuyinguser/get"
LOGIN = "account_api/wechat/user/getUserInfo"
SEND = "city/v3/OnlineMediateWW/SendVerifyCode"
# Before anything else gives up, and after what is slow by itself.
DEADLINE_MS = 2500


class Hasty(Service):
    def __init__(self, stack, directory):
        super().__init__(stack, directory, server__request_deadline_ms=DEADLINE_MS, log__slow_ms=400,
                         log__access="false", database__read_timeout_s=10, wechat__total_timeout_ms=10000,
                         sms__total_timeout_ms=10000)
        self.stack = stack

    def lines(self, message):
        """Of the log, each a dict."""
        return [dict(re.findall(r'(\w+)=("[^"]*"|\S+)', line)) for line in self.log.read_text().splitlines()
                if f'msg="{message}' in line]

    def get(self):
        return ask(str(self.directory / "core.sock"), "GET", f"/{GET}", QUERY_STRING="id=1",
                   HTTP_AUTHORIZATION=f"Bearer {self.stack.key}")

    def post(self, path, body, **params):
        return ask(str(self.directory / "remote.sock"), "POST", f"/{path}", json.dumps(body).encode(),
                   CONTENT_TYPE="application/json", HTTP_AUTHORIZATION=f"Bearer {self.stack.key}", **params)

    def login(self, code, **params):
        return self.post(LOGIN, {"code": code}, HTTP_X_WX_APPID=self.stack.app_id, **params)


@pytest.fixture(scope="module")
def hasty(stack, tmp_path_factory):
    made = Hasty(stack, tmp_path_factory.mktemp("hasty"))
    yield made
    made.end()


# ---- Slow, but answered.

def slow_logins(hasty):
    return [line for line in hasty.lines("slow request") if line["endpoint"] == LOGIN]


def test_a_slow_request_tells_what_its_time_went_to(stack, hasty, unique):
    assert hasty.get().status == 200
    code = stack.code(openid=f"o{unique}")["code"]
    stack.fault("sns/jscode2session", "slow", 600)
    answer = hasty.login(code, SENT_AT=f"{time.time() - 5.01:.3f}")
    assert (answer.status, json.loads(answer.body)["code"]) == (200, 200)
    wait_until(lambda: slow_logins(hasty), 20, "a line")
    line, = slow_logins(hasty)
    assert (line["level"], line["status"]) == ("warning", "200")
    spent = {name: int(line[name]) for name in ("us", "queued_us", "read_us", "db_us", "remote_us", "answer_us")}
    assert spent["us"] >= spent["remote_us"] + spent["db_us"] and spent["remote_us"] >= 600000
    assert spent["db_us"] > 0 and spent["read_us"] > 0 and spent["answer_us"] > 0
    assert 5000000 <= spent["queued_us"] < 15000000
    assert unique not in hasty.log.read_text() and code not in hasty.log.read_text()


# ---- Past the deadline.

def hang_in_database(hasty):
    with hasty.stack.frozen("mariadb"):
        return hasty.get()


def hang_in_wechat(hasty):
    code = hasty.stack.code()["code"]
    hasty.stack.fault("sns/jscode2session", "hang", 10)
    return hasty.login(code)


def hang_in_sms(hasty):
    hasty.stack.fault("/sandbox/sms/aliyun", "hang", 10)
    return hasty.post(SEND, {"MobilePhone": new_phone(), "OpenId": "oAnybody"})


HANGS = {
    "database": (hang_in_database, GET),
    "wechat": (hang_in_wechat, LOGIN),
    "sms": (hang_in_sms, SEND),
}


@pytest.mark.parametrize("at", HANGS)
def test_a_request_past_its_deadline_tells_where_it_stood(hasty, at):
    hang, endpoint = HANGS[at]
    assert hasty.get().status == 200
    before = len(hasty.lines("request past its deadline"))
    assert hang(hasty).status is None
    line = hasty.lines("request past its deadline")[before]
    assert (line["at"], line["endpoint"]) == (at, endpoint)
    assert int(line["age_ms"]) >= DEADLINE_MS and 0 < int(line["for_ms"]) <= int(line["age_ms"])
    assert re.fullmatch(r"[0-9a-f]{32}", line["request"])
    wait_until(lambda: [died["signal"] for died in hasty.lines("worker died")
                        if died["worker"] == line["worker"]] == ["6"], 20, "the worker is replaced")
    assert hasty.get().status == 200
