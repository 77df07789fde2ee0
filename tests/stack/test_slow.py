"""A request that takes too long: who waits where, and what is left in the log."""

import os
import re
import signal

import pytest

from stack import new_phone

GET = "api/weixin/wxbuyinguser/get"
LOGIN = "account_api/wechat/user/getUserInfo"
SEND = "city/v3/OnlineMediateWW/SendVerifyCode"


def lines(stack, message):
    """Of the log, each a dict."""
    return [dict(re.findall(r'(\w+)=("[^"]*"|\S+)', line)) for line in stack.log("wxuser").splitlines()
            if f'msg="{message}' in line]


# ---- Past the deadline.

@pytest.fixture(scope="module")
def hasty(make_stack):
    return make_stack("hasty", CONF_server__request_deadline_ms=700, CONF_log__access="false")


def hang_in_database(stack):
    pid = stack.freeze("mariadb")
    try:
        return stack.get(f"/{GET}?id=1")
    finally:
        os.kill(pid, signal.SIGCONT)


def hang_in_wechat(stack):
    code = stack.code()["code"]
    stack.fault("sns/jscode2session", "hang", 5)
    return stack.login(code)


def hang_in_sms(stack):
    stack.fault("/sandbox/sms/aliyun", "hang", 5)
    return stack.post(f"/{SEND}", {"MobilePhone": new_phone(), "OpenId": "oAnybody"})


HANGS = {
    "database": (hang_in_database, GET, "Message", "系统繁忙，请稍后再试"),
    "wechat": (hang_in_wechat, LOGIN, "code", 500),
    "sms": (hang_in_sms, SEND, "Ret", 4),
}


@pytest.mark.parametrize("at", HANGS)
def test_a_request_past_its_deadline_tells_where_it_stood(hasty, at):
    hang, endpoint, member, code = HANGS[at]
    assert hasty.get(f"/{GET}?id=1").status == 200
    before = len(lines(hasty, "request past its deadline"))
    assert hang(hasty).json[member] == code
    line = lines(hasty, "request past its deadline")[before]
    assert (line["at"], line["endpoint"]) == (at, endpoint)
    assert int(line["age_ms"]) >= 700 and 0 < int(line["for_ms"]) <= int(line["age_ms"])
    assert re.fullmatch(r"[0-9a-f]{32}", line["request"])
    hasty.await_log(f'"worker died" .*worker={line["worker"]} .*signal=6')
    assert hasty.get(f"/{GET}?id=1").status == 200


# ---- Slow, but answered.

@pytest.fixture(scope="module")
def sluggish(make_stack):
    return make_stack("sluggish", CONF_log__slow_ms=400, CONF_log__access="false", WORKERS_REMOTE=1)


def test_a_slow_request_tells_what_its_time_went_to(sluggish, unique):
    assert sluggish.log_in(openid=f"o{unique}")
    assert sluggish.get("/nothing").status == 404
    assert lines(sluggish, "slow request") == []
    code = sluggish.code(openid=f"o{unique}")["code"]
    sluggish.fault("sns/jscode2session", "slow", 600)
    assert sluggish.login(code).json["code"] == 200
    sluggish.await_log("slow request")
    line = lines(sluggish, "slow request")[0]
    assert (line["level"], line["endpoint"], line["status"]) == ("warning", LOGIN, "200")
    spent = {name: int(line[name]) for name in ("us", "queued_us", "read_us", "db_us", "remote_us", "answer_us")}
    assert spent["us"] >= spent["remote_us"] + spent["db_us"] and spent["remote_us"] >= 600000
    assert spent["db_us"] > 0 and spent["read_us"] > 0 and spent["answer_us"] > 0
    assert unique not in sluggish.log("wxuser") and code not in sluggish.log("wxuser")
