"""Codes by SMS on the whole stack, and the gateways of the sandbox by themselves."""

import base64
import datetime
import hmac
import json
import re
import time
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

import tencent
from fastcgi_client import ask
from stack import VILLAGE, free_port, new_phone, wait_until
from test_sandbox import sandbox_sql

N_RACERS = 50
SEND = "/city/v3/OnlineMediateWW/SendVerifyCode"
ALIYUN, TENCENT, TEMPLATE = (f"/sandbox/sms/{name}" for name in ("aliyun", "tencent", "template"))


def send(stack, phone, openid=None):
    openid = openid or f"o{phone}"
    return stack.post(SEND, {"MobilePhone": phone, "OpenId": openid})


def inbox(stack, phone):
    return stack.sandbox(f"sms?phone={phone}")


def let_pass(stack, seconds):
    stack.sql(f"UPDATE sms_counter SET begins_at = begins_at - INTERVAL {seconds} SECOND")


# ---- From the request to the resident.

def walk(stack, driver, openid):
    """A phone is confirmed by the code that came to it, once."""
    phone, n_logged = new_phone(), len(stack.log("wxuser"))
    assert send(stack, phone, openid).json["Ret"] == 0
    message, = inbox(stack, phone)
    assert message["phone"] == phone and message["driver"] == driver
    assert re.fullmatch(r"\d{6}", message["code"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", message["at"])
    resident = {"OpenId": openid, "Name": "张三", "MobilePhone": phone, "RID": VILLAGE}
    wrong = "000000" if message["code"] != "000000" else "000001"
    answers = [stack.save_wx_user_info({**resident, "VerifyCode": code}).json
               for code in (wrong, message["code"])]
    assert [answer["ErrCode"] for answer in answers] == [5001, 0]
    other = {**resident, "OpenId": f"{openid}-2", "VerifyCode": message["code"]}
    assert stack.save_wx_user_info(other).json["ErrCode"] == 5004
    # Not those numbers that may be any.
    logged = re.sub(r"\b(ts|host|request|pid|seq|\w*us)=\S+", "", stack.log("wxuser")[n_logged:])
    assert message["code"] not in logged and phone not in logged


def test_a_code_confirms_a_phone_once(stack, unique):
    walk(stack, "aliyun", f"o{unique}")


@pytest.mark.parametrize("driver", ["tencent", "template"])
def test_every_gateway_sends(make_stack, driver):
    walk(make_stack(driver, CONF_sms__driver=driver), driver, "oSomebody")


def test_the_answer_tells_nothing_of_the_phone(stack, unique):
    known, unknown = new_phone(), new_phone()
    stack.save_resident(f"o{unique}", known)
    let_pass(stack, 60)
    answers = [send(stack, phone, f"o{unique}") for phone in (known, unknown)]
    bodies = [re.sub(r'"SeqId":\d+', "", answer.text) for answer in answers]
    assert bodies[0] == bodies[1]


# ---- Limits.

def test_who_asks_too_often_hears_when_to_come_back(stack):
    phone = new_phone()
    began = time.monotonic()
    assert send(stack, phone).json["Ret"] == 0
    code = inbox(stack, phone)[0]["code"]
    answer = send(stack, phone)
    assert answer.json["Ret"] == 2
    assert 60 - (time.monotonic() - began) <= int(answer.headers["Retry-After"]) <= 60
    stack.await_log(rf"request={answer.headers['X-Request-Id']} .*phone_minute")
    assert len(inbox(stack, phone)) == 1
    saved = stack.save_wx_user_info({"OpenId": f"o{phone}", "Name": "张三", "MobilePhone": phone,
                                     "RID": VILLAGE, "VerifyCode": code})
    assert saved.json["Ret"] == 0


def test_of_parallel_wishes_one_is_sent(stack):
    phone = new_phone()
    with ThreadPoolExecutor(N_RACERS) as pool:
        answers = list(pool.map(lambda _: send(stack, phone).json["Ret"], range(N_RACERS)))
    assert sorted(answers) == [0] + [2] * (N_RACERS - 1)
    assert len(inbox(stack, phone)) == 1


def test_twenty_an_hour_from_an_address(make_stack):
    stack = make_stack("address")
    stack.sql("INSERT INTO setting SELECT id, 'access_token_header', 'true' FROM tenant")

    def send_as(n):
        openid = f"oOwner{n // 5}"
        if openid not in tokens:
            tokens[openid] = stack.token(openid=openid)
        message = {"OpenId": openid, "MobilePhone": f"1380000{n:04d}"}
        return stack.request("POST", SEND, message, {"Token": tokens[openid]}).json["Ret"]

    tokens = {}
    assert [send_as(n) for n in range(21)] == [0] * 20 + [2]
    assert send(stack, "13800009999").json["Ret"] == 0
    let_pass(stack, 3600)
    assert send_as(21) == 0


def test_one_person_sends_five_an_hour(stack, unique):
    """From however many addresses, to however many phones."""
    token, other = (stack.token(openid=openid) for openid in (f"o{unique}", f"p{unique}"))

    def send_as(token, openid, n):
        message = json.dumps({"OpenId": openid, "MobilePhone": new_phone()}).encode()
        answer = ask(str(stack.state / "run/remote.sock"), "POST", SEND, message, CONTENT_TYPE="application/json",
                     HTTP_TOKEN=token, REMOTE_ADDR=f"198.51.100.{n}")
        told = json.loads(answer.body)["Ret"]
        if told == 2:
            assert 3000 < int(answer.headers["Retry-After"]) <= 3600
            stack.await_log(rf"request={answer.headers['X-Request-Id']} .*owner_hour")
        return told

    assert [send_as(token, f"o{unique}", n) for n in range(60)] == [0] * 5 + [2] * 55
    assert send_as(other, f"p{unique}", 0) == 0


def test_a_phone_s_own_account_gets_a_code_in_spite_of_others(stack, unique):
    phone = new_phone()
    stack.save_resident(f"o{unique}", phone)
    let_pass(stack, 86400)
    told = []
    for n in range(5):
        told.append(send(stack, phone, f"p{unique}-{n}").json["Ret"])
        let_pass(stack, 60)
    assert told == [0, 0, 0, 0, 2]
    assert send(stack, phone, f"o{unique}").json["Ret"] == 0


# ---- Gateways that fail.

def test_a_silent_gateway_may_have_sent(stack):
    """A code without an answer counts as sent, and works."""
    phone = new_phone()
    stack.fault(ALIYUN, "truncate")
    assert send(stack, phone).json["Ret"] == 4
    code = inbox(stack, phone)[0]["code"]
    assert send(stack, phone).json["Ret"] == 2
    saved = stack.save_wx_user_info({"OpenId": f"o{phone}", "Name": "张三", "MobilePhone": phone,
                                     "RID": VILLAGE, "VerifyCode": code})
    assert saved.json["Ret"] == 0


def test_what_was_not_sent_may_be_sent_at_once(stack):
    phone = new_phone()
    for n in range(4):
        stack.fault(ALIYUN, "code", text="isv.OUT_OF_SERVICE")
        assert send(stack, phone, f"o{phone}-{n // 2}").json["Ret"] == 4
    for ret in 0, 0, 0, 2:
        assert send(stack, phone, f"o{phone}-0").json["Ret"] == ret
        let_pass(stack, 60)
    stack.await_log("isv.OUT_OF_SERVICE")


@pytest.mark.parametrize("code, v1, city", [("isv.MOBILE_NUMBER_ILLEGAL", 422, (5, 5006)), ("isv.OUT_OF_SERVICE", 502, (4, 0))])
def test_who_got_no_message_may_ask_at_once_as_the_pages_say(stack, unique, code, v1, city):
    phone, token = new_phone(), stack.token(openid=f"o{unique}")

    def ask():
        return stack.request("POST", "/v1/me/phone/sms-codes", {"phone": phone}, key=token)

    stack.fault(ALIYUN, "code", text=code)
    refused = ask()
    assert refused.status == v1
    if v1 == 502:
        assert stack.reason(refused, "SMS_UNSENT") == code
    stack.fault(ALIYUN, "code", text=code)
    answer = send(stack, phone, f"o{unique}").json
    assert (answer["Ret"], answer["ErrCode"]) == city
    assert ask().status == 204


@pytest.mark.parametrize("fault, n_counted", [("isv.MOBILE_NUMBER_ILLEGAL", 5), ("isv.OUT_OF_SERVICE", 0)])
def test_what_the_gateway_refuses_counts_as_the_pages_say(stack, unique, fault, n_counted):
    """A number that it refuses is a try of the person's; its own failure is none."""
    openid = f"o{unique}"
    token = stack.token(openid=openid)
    for n in range(5):
        stack.fault(ALIYUN, "code", text=fault)
        if n % 2:
            stack.request("POST", "/v1/me/phone/sms-codes", {"phone": new_phone()}, key=token)
        else:
            send(stack, new_phone(), openid)
    told = [send(stack, new_phone(), openid) for _ in range(6)]
    assert [answer.json["Ret"] for answer in told] == [0] * (5 - n_counted) + [2] * (n_counted + 1)
    assert 3500 < int(told[-1].headers["Retry-After"]) <= 3600


def test_a_gateway_has_its_own_limit(stack):
    phone = new_phone()
    stack.fault(ALIYUN, "code", text="isv.BUSINESS_LIMIT_CONTROL")
    answer = send(stack, phone)
    assert (answer.json["Ret"], answer.headers["Retry-After"]) == (2, "60")
    assert send(stack, phone).json["Ret"] == 2
    let_pass(stack, 60)
    assert send(stack, phone).json["Ret"] == 0


def test_a_gateways_limit_of_a_day_lasts_until_the_day_ends(stack):
    stack.fault(ALIYUN, "code", text="isv.DAY_LIMIT_CONTROL")
    midnight = 86400 - (time.time() + 8 * 3600) % 86400  # in UTC+8
    wait = int(send(stack, new_phone()).headers["Retry-After"])
    assert abs(wait - midnight) < 60 or midnight < 60


def test_an_unreached_gateway_sends_nothing(make_stack):
    stack = make_stack("away", CONF_sms__base_url=f"http://127.0.0.1:{free_port()}",
                       CONF_http__messages="en")
    for _ in range(2):
        answer = send(stack, "13800000001")
        assert answer.json["Ret"] == 4
        assert answer.json["Msg"] == "The code could not be sent, try again later"


def test_without_a_driver_nothing_is_sent(make_stack):
    stack = make_stack("none", CONF_sms__driver="none", CONF_http__messages="en")
    answer = send(stack, "13800000001")
    assert answer.json["Ret"] == 4 and "not set up" in answer.json["Msg"]
    assert stack.count("sms_counter") == 0 and stack.count("verify_code") == 0


def test_a_slow_gateway_delays_no_database_answer(stack, unique):
    n_before = stack.calls(ALIYUN)["count"]
    stack.fault(ALIYUN, "slow", value=3000)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(send, stack, new_phone())
        wait_until(lambda: stack.calls(ALIYUN)["count"] > n_before, 20, "the gateway has it")
        for _ in range(8):
            stack.user(f"o{unique}")
        assert not slow.done()
        assert slow.result().json["Ret"] == 0


# ---- The sandbox's gateways.

def encode(text):
    return urllib.parse.quote(text, safe="~")


def aliyun_params(phone, **changes):
    params = {
        "AccessKeyId": "LTAI5tSandbox", "Action": "SendSms", "Format": "JSON", "PhoneNumbers": phone,
        "SignName": "沙箱", "SignatureMethod": "HMAC-SHA1", "SignatureNonce": uuid.uuid4().hex,
        "SignatureVersion": "1.0", "TemplateCode": "SMS_1000001",
        "TemplateParam": '{"code":"048213"}', "Version": "2017-05-25",
        "Timestamp": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **changes,
    }
    return {name: value for name, value in params.items() if value is not None}


def ask_aliyun(stack, params, secret="aliyun-sandbox-secret"):
    query = "&".join(f"{encode(name)}={encode(params[name])}" for name in sorted(params))
    text = f"POST&%2F&{encode(query)}"
    mac = hmac.new(f"{secret}&".encode(), text.encode(), "sha1").digest()
    body = f"Signature={encode(base64.b64encode(mac).decode())}&{query}"
    answer = stack.request("POST", ALIYUN, body, {"Content-Type": "application/x-www-form-urlencoded"})
    return answer.status, answer.json["Code"]


@pytest.mark.parametrize("status, code, changes", [
    (200, "OK", {}),
    (400, "MissingAccessKeyId", {"AccessKeyId": None}),
    (400, "MissingTimestamp", {"Timestamp": None}),
    (400, "MissingPhoneNumbers", {"PhoneNumbers": None}),
    (404, "InvalidAccessKeyId.NotFound", {"AccessKeyId": "LTAI5tOther"}),
    (400, "InvalidTimeStamp.Format", {"Timestamp": "2026-01-01 00:00:00"}),
    (400, "InvalidTimeStamp.Expired", {"Timestamp": "2016-02-23T12:46:24Z"}),
    (404, "InvalidAction.NotFound", {"Action": "QuerySendDetails"}),
    (200, "isv.SMS_SIGNATURE_ILLEGAL", {"SignName": "别人"}),
    (200, "isv.SMS_TEMPLATE_ILLEGAL", {"TemplateCode": "SMS_1"}),
    (200, "isv.MOBILE_NUMBER_ILLEGAL", {"PhoneNumbers": "12345"}),
    (200, "isv.TEMPLATE_MISSING_PARAMETERS", {"TemplateParam": "{}"}),
    (200, "isv.TEMPLATE_PARAMS_ILLEGAL", {"TemplateParam": '{"code":"abcdef"}'}),
])
def test_aliyun_is_strict(stack, status, code, changes):
    phone = new_phone()
    assert ask_aliyun(stack, aliyun_params(phone, **changes)) == (status, code)
    assert len(inbox(stack, phone)) == (1 if code == "OK" else 0)


def test_aliyun_checks_signature_and_nonce(stack):
    params = aliyun_params(new_phone())
    assert ask_aliyun(stack, params, "other-secret") == (400, "SignatureDoesNotMatch")
    assert ask_aliyun(stack, params) == (200, "OK")
    assert ask_aliyun(stack, params) == (400, "SignatureNonceUsed")
    assert ask_aliyun(stack, {**params, "SignatureNonce": "another"})[1] == "OK"


def test_aliyun_blames_no_nonce_if_its_database_fails(stack):
    sandbox_sql(stack, "RENAME TABLE sms_nonce TO away")
    try:
        assert ask_aliyun(stack, aliyun_params(new_phone())) == (503, "ServiceUnavailable")
    finally:
        sandbox_sql(stack, "RENAME TABLE away TO sms_nonce")


def ask_tencent(stack, message, *, secret=tencent.SECRET, key="AKIDsandbox", timestamp=None,
                **changes):
    timestamp = timestamp or int(time.time())
    body = json.dumps(message)
    headers = {"Content-Type": "application/json; charset=utf-8", "Host": f"127.0.0.1:{stack.port}",
               "X-TC-Action": "SendSms", "X-TC-Version": "2021-01-11", "X-TC-Region": "ap-guangzhou",
               "X-TC-Timestamp": str(timestamp)}
    headers["Authorization"] = (
        f"TC3-HMAC-SHA256 Credential={key}/{tencent.date_of(timestamp)}/sms/tc3_request, "
        f"SignedHeaders=content-type;host, Signature={tencent.signature_of(headers, body, secret)}")
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    answer = stack.request("POST", TENCENT, body,
                           {name: value for name, value in headers.items() if value is not None})
    assert answer.status == 200, answer
    response = answer.json["Response"]
    assert response["RequestId"]
    if "Error" in response:
        return response["Error"]["Code"]
    status, = response["SendStatusSet"]
    assert [status["PhoneNumber"]] == message["PhoneNumberSet"]
    return status["Code"]


def tencent_message(phone, **changes):
    message = {"PhoneNumberSet": [f"+86{phone}"], "SmsSdkAppId": "1400000001", "SignName": "沙箱",
               "TemplateId": "1000001", "TemplateParamSet": ["048213", "5"], **changes}
    return {name: value for name, value in message.items() if value is not None}


@pytest.mark.parametrize("code, changes", [
    ("Ok", {}),
    ("Ok", {"TemplateParamSet": ["048213"]}),
    ("MissingParameter", {"PhoneNumberSet": None}),
    ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", {"SmsSdkAppId": "1"}),
    ("FailedOperation.SignatureIncorrectOrUnapproved", {"SignName": "别人"}),
    ("FailedOperation.TemplateIncorrectOrUnapproved", {"TemplateId": "1"}),
    ("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", {"TemplateParamSet": []}),
    ("InvalidParameterValue.IncorrectPhoneNumber", {"PhoneNumberSet": ["+8612345"]}),
])
def test_tencent_reads_messages_strictly(stack, code, changes):
    phone = new_phone()
    assert ask_tencent(stack, tencent_message(phone, **changes)) == code
    assert len(inbox(stack, phone)) == (1 if code == "Ok" else 0)


@pytest.mark.parametrize("code, changes", [
    ("AuthFailure.SignatureFailure", {"secret": "other-secret"}),
    ("AuthFailure.SecretIdNotFound", {"key": "AKIDother"}),
    ("AuthFailure.SignatureExpire", {"timestamp": 1551113065}),
    ("AuthFailure.InvalidAuthorization", {"Authorization": None}),
    ("AuthFailure.SignatureFailure", {"Content_Type": "application/json"}),
    ("MissingParameter", {"X_TC_Region": None}),
    ("InvalidAction", {"X_TC_Action": "PullSmsSendStatus"}),
    ("NoSuchVersion", {"X_TC_Version": "2019-07-11"}),
])
def test_tencent_is_strict(stack, code, changes):
    assert ask_tencent(stack, tencent_message(new_phone()), **changes) == code


def test_the_template_s_gateway_wants_its_secret(stack):
    message = {"phone": new_phone(), "code": "048213", "id": "1"}
    bearer = {"Authorization": "Bearer template-sandbox-secret"}
    assert stack.request("POST", TEMPLATE, message).status == 401
    assert stack.request("POST", TEMPLATE, {**message, "id": None}, bearer).status == 400
    assert stack.request("POST", TEMPLATE, message, bearer).json["code"] == "0"


def test_there_is_no_other_gateway(stack):
    assert stack.request("POST", "/sandbox/sms/pigeon", {}).status == 404


def test_the_inbox_has_the_oldest_first(stack):
    phone = new_phone()
    for n in range(3):
        ask_aliyun(stack, aliyun_params(phone, TemplateParam=json.dumps({"code": f"00000{n}"})))
    assert [message["code"] for message in inbox(stack, phone)] == ["000000", "000001", "000002"]
    everything = [message["phone"] for message in stack.sandbox("sms")]
    assert everything.count(phone) == 3


def test_limits_come_on_order(stack):
    phone = new_phone()
    stack.fault(TENCENT, "code", text="LimitExceeded.PhoneNumberThirtySecondLimit")
    assert ask_tencent(stack, tencent_message(phone)) == "LimitExceeded.PhoneNumberThirtySecondLimit"
    assert inbox(stack, phone) == []
    assert ask_tencent(stack, tencent_message(phone)) == "Ok"
