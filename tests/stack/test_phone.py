"""A person's phone in /v1, where a case of one exchange does not show it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ctl import Ctl
from prometheus import scrape
from stack import new_phone
from test_sandbox import sandbox_sql

N_RACERS = 50
ME, PHONE = "/v1/me", "/v1/me/phone"
SMS, WECHAT = f"{PHONE}/sms", f"{PHONE}/wechat"
API = "/wxa/business/getuserphonenumber"
NUMBERS, WARNINGS = "wxuser_phone_numbers_total", "wxuser_phone_numbers_warnings_total"


def phone_of(stack, token):
    answer = stack.request("GET", ME, key=token)
    assert answer.status == 200, answer
    phone = answer.json["phone"]
    return phone and (phone["number"], phone["is_confirmed"])


def confirm_by_sms(stack, token, phone):
    answer = stack.request("POST", SMS, {"phone": phone, "code": stack.sms_code(token, phone)}, key=token)
    assert answer.status == 200, answer
    return answer.json


def make_member(stack, token, phone):
    """As the shop's client of the person does, without a code."""
    user = stack.request("GET", ME, key=token).json["user"]["id"]
    return stack.call_member("create", user, key=token, phone=phone)["status"]


def let_codes_pass(stack):
    stack.sql("UPDATE sms_counter SET begins_at = begins_at - INTERVAL 1 DAY")


@pytest.fixture
def token(stack, unique):
    return stack.token(openid=f"o{unique}")


@pytest.fixture
def other(stack, unique):
    return stack.token(openid=f"p{unique}")


# ---- By SMS.

def test_the_code_is_looked_at_for_a_phone_that_the_city_has_confirmed(stack, unique, token):
    phone = new_phone()
    stack.save_resident(OpenId=f"o{unique}", MobilePhone=phone)
    assert phone_of(stack, token) is None
    let_codes_pass(stack)
    code = stack.sms_code(token, phone)
    wrong = {"phone": phone, "code": f"{(int(code) + 1) % 1000000:06}"}
    assert stack.request("POST", SMS, wrong, key=token).json["code"] == "code_invalid"
    answers = [stack.request("POST", SMS, {"phone": phone, "code": code}, key=token).json for _ in range(2)]
    assert answers[0] == answers[1] and phone_of(stack, token) == (phone, True)


def test_a_phone_confirmed_by_sms_makes_a_member(stack, token):
    phone = new_phone()
    assert make_member(stack, token, phone) == 500
    told = confirm_by_sms(stack, token, phone)
    assert told == stack.request("GET", ME, key=token).json["phone"]
    assert make_member(stack, token, phone) == 200


def test_an_sms_takes_a_number_over(stack, token, other):
    """Whoever had it keeps the member."""
    phone = new_phone()
    confirm_by_sms(stack, token, phone)
    assert make_member(stack, token, phone) == 200
    let_codes_pass(stack)
    confirm_by_sms(stack, other, phone)
    assert phone_of(stack, token) == (phone, False)
    assert phone_of(stack, other) == (phone, True)
    assert stack.request("GET", ME, key=token).json["member"] is not None


def test_a_confirmation_is_taken_back(stack, token):
    phone = new_phone()
    confirm_by_sms(stack, token, phone)
    assert stack.request("DELETE", PHONE, key=token).status == 204
    assert phone_of(stack, token) == (phone, False)
    assert make_member(stack, token, phone) == 500


def test_a_code_by_sms_is_its_person_s(stack, token, other):
    phone = new_phone()
    code = stack.sms_code(token, phone)
    refused = stack.request("POST", SMS, {"phone": phone, "code": code}, key=other)
    assert (refused.status, refused.json["code"]) == (410, "code_spent")
    assert stack.request("POST", SMS, {"phone": phone, "code": code}, key=token).status == 200


def test_who_asks_for_codes_too_often_hears_when_to_come_back(stack, token):
    phone = new_phone()
    stack.sms_code(token, phone)
    refused = stack.request("POST", f"{PHONE}/sms-codes", {"phone": phone}, key=token)
    assert refused.status == 429 and 50 < int(refused.headers["Retry-After"]) <= 60


# ---- By WeChat's button.

def press(stack, token, code):
    return stack.request("POST", WECHAT, {"code": code}, key=token)


def error(answer):
    return answer.status, answer.json["code"]


def n_calls(stack):
    return stack.calls(API)["count"]


def let_pass(stack, seconds):
    stack.sql(f"UPDATE login_claim SET created_at = created_at - INTERVAL {seconds} SECOND")


INVALID, SPENT, TOO_OFTEN = (422, "code_invalid"), (410, "code_spent"), (429, "too_often")


def test_a_phone_confirmed_by_the_button_makes_a_member(stack, unique, token):
    """Without an SMS."""
    phone = new_phone()
    answer = press(stack, token, stack.phone_code(openid=f"o{unique}", phone=phone)["code"])
    assert answer.status == 200, answer
    assert answer.json == stack.request("GET", ME, key=token).json["phone"]
    assert answer.json["number"] == phone and answer.json["is_confirmed"]
    assert make_member(stack, token, phone) == 200
    assert stack.sandbox(f"sms?phone={phone}") == []
    assert stack.calls(API)["calls"][0]["openid"] == f"o{unique}"


def test_a_number_that_an_sms_has_confirmed_is_not_taken_over(stack, unique, token, other):
    phone = new_phone()
    confirm_by_sms(stack, other, phone)
    answer = press(stack, token, stack.phone_code(openid=f"o{unique}", phone=phone)["code"])
    assert error(answer) == (409, "phone_confirmed_elsewhere")
    assert phone_of(stack, other) == (phone, True)
    assert phone_of(stack, token) is None
    let_codes_pass(stack)
    confirm_by_sms(stack, token, phone)
    assert phone_of(stack, other) == (phone, False)


def test_the_button_takes_over_what_a_button_has_confirmed(stack, unique, token, other):
    phone = new_phone()
    for owner, openid in ((other, f"p{unique}"), (token, f"o{unique}")):
        assert press(stack, owner, stack.phone_code(openid=openid, phone=phone)["code"]).status == 200
    assert phone_of(stack, other) == (phone, False)


def test_another_person_s_phone_code_is_refused_and_spent(stack, unique, token, other):
    phone = new_phone()
    code = stack.phone_code(openid=f"o{unique}", phone=phone)["code"]
    assert error(press(stack, other, code)) == INVALID
    n_before = n_calls(stack)
    assert error(press(stack, token, code)) == SPENT
    assert n_calls(stack) == n_before
    assert phone_of(stack, token) is phone_of(stack, other) is None


def test_a_repeated_code_answers_no_other_number(stack, unique, token):
    """The shop has saved one since, which nobody has confirmed."""
    code = stack.phone_code(openid=f"o{unique}", phone=new_phone())["code"]
    first = press(stack, token, code)
    assert first.status == 200 and press(stack, token, code).json == first.json
    stack.save(openId=f"o{unique}", phone=new_phone())
    assert error(press(stack, token, code)) == SPENT


def test_a_code_is_the_same_person_s_for_a_minute(stack, unique, token, other):
    code = stack.phone_code(openid=f"o{unique}")["code"]
    first = press(stack, token, code)
    assert first.status == 200
    n_before = n_calls(stack)
    assert error(press(stack, other, code)) == SPENT
    assert press(stack, token, code).json == first.json
    let_pass(stack, 61)
    assert error(press(stack, token, code)) == SPENT
    assert n_calls(stack) == n_before


def test_of_parallel_posts_one_asks_wechat(stack, unique, token):
    code = stack.phone_code(openid=f"o{unique}")["code"]
    stack.fault(API, "slow", 500)
    n_before = n_calls(stack)
    with ThreadPoolExecutor(N_RACERS) as pool:
        answers = list(pool.map(lambda _: press(stack, token, code), range(N_RACERS)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert n_calls(stack) == n_before + 1


def test_a_code_of_the_other_kind_is_refused_without_asking(stack, unique, token):
    phone_code, login_code = stack.phone_code(openid=f"o{unique}")["code"], stack.code(openid=f"o{unique}")["code"]
    assert press(stack, token, phone_code).status == 200
    assert stack.request("POST", "/v1/login", {"code": login_code}).status == 200
    n_before = n_calls(stack), stack.calls("/sns/jscode2session")["count"]
    assert error(press(stack, token, login_code)) == (422, "not_a_phone_code")
    assert error(stack.request("POST", "/v1/login", {"code": phone_code})) == SPENT
    assert stack.login(phone_code).json["code"] == 500
    assert (n_calls(stack), stack.calls("/sns/jscode2session")["count"]) == n_before


# ---- Limits.

def assert_limited(stack, token, limit, seconds=86400):
    """WeChat is not asked, and the code is still good."""
    n_before = n_calls(stack)
    code = stack.phone_code(openid=stack.request("GET", ME, key=token).json["user"]["openid"])["code"]
    answer = press(stack, token, code)
    assert error(answer) == TOO_OFTEN
    assert seconds - 60 < int(answer.headers["Retry-After"]) <= seconds
    stack.await_log(rf"request={answer.headers['X-Request-Id']} .*{limit}")
    assert n_calls(stack) == n_before
    let_codes_pass(stack)
    assert press(stack, token, code).status == 200


def test_a_person_gets_five_numbers_a_day(stack, unique, token):
    for _ in range(5):
        last = stack.phone_code(openid=f"o{unique}")["code"]
        assert press(stack, token, last).status == 200
    assert press(stack, token, last).status == 200
    assert_limited(stack, token, "person_numbers")


def test_a_person_has_five_bad_codes_a_day(stack, unique, token):
    for n in range(5):
        assert error(press(stack, token, f"{unique}-{n}")) == INVALID
    assert_limited(stack, token, "person_failures")


def test_bad_codes_at_once_are_five(stack, unique, token):
    n_before = n_calls(stack)
    with ThreadPoolExecutor(N_RACERS) as pool:
        answers = list(pool.map(lambda n: press(stack, token, f"{unique}-{n}"), range(20)))
    n_asked = n_calls(stack) - n_before
    assert n_asked <= 5
    assert sorted({error(answer) for answer in answers}) == [INVALID, TOO_OFTEN]


@pytest.mark.parametrize("fault, refusal", [
    (("errcode", -1), (502, "wechat_failed")), (("errcode", 45011), TOO_OFTEN),
    (("errcode", 48001), (502, "wechat_failed"))])
def test_what_wechat_does_not_give_counts_nowhere(stack, unique, token, fault, refusal):
    for _ in range(2):
        stack.fault(API, *fault)
        assert error(press(stack, token, stack.phone_code(openid=f"o{unique}")["code"])) == refusal
        for _ in range(2):  # keep the breaker shut
            assert press(stack, token, stack.phone_code(openid=f"o{unique}")["code"]).status == 200
    assert press(stack, token, stack.phone_code(openid=f"o{unique}")["code"]).status == 200


@pytest.fixture(scope="module")
def own_stack(make_stack):
    """With limits and metrics of its own, and a WeChat that is not waited for long."""
    stack = make_stack("phone", CONF_wechat__total_timeout_ms=1500)
    stack.give_tokens()
    return stack


def set_numbers_per_day(stack, n):
    Ctl(stack).out("tenant", "set", "1", "phone_numbers_per_day", str(n))


def test_a_tenant_s_numbers_end_and_it_is_warned_once(own_stack, unique):
    stack = own_stack
    set_numbers_per_day(stack, 5)
    let_codes_pass(stack)
    before = scrape(stack)
    tokens = [stack.token(openid=f"o{unique}-{n}") for n in range(6)]
    for n in range(5):
        assert press(stack, tokens[n], stack.phone_code(openid=f"o{unique}-{n}")["code"]).status == 200
        assert scrape(stack).rise(before, WARNINGS) == (n >= 3)
    stack.await_log("four fifths of its phone_numbers_per_day\" tenant=1 limit=5")
    assert "warn tenant 1: WeChat's phone button gave 5 of 5 numbers" in Ctl(stack).out("check")
    assert_limited(stack, tokens[5], "tenant_numbers")
    set_numbers_per_day(stack, 1000)
    assert "ok   tenant 1: WeChat's phone button gave 1 of 1000 numbers" in Ctl(stack).out("check")
    now = scrape(stack)
    assert [now.rise(before, NUMBERS, outcome=outcome) for outcome in ("got", "limited", "bad_code")] == [6, 1, 0]


# ---- WeChat fails.

def test_a_silent_wechat_is_told_in_time_and_may_have_charged(own_stack, unique):
    stack, token = own_stack, own_stack.token(openid=f"o{unique}")
    let_codes_pass(stack)
    stack.fault(API, "slow", 3000)
    began, code = time.monotonic(), stack.phone_code(openid=f"o{unique}")["code"]
    assert error(press(stack, token, code)) == (504, "wechat_silent")
    assert time.monotonic() - began < 9
    assert error(press(stack, token, code)) == (504, "wechat_silent")
    assert stack.sql("SELECT SUM(n_sent) FROM sms_counter WHERE kind = 'person_numbers' AND begins_at > "
                     "UTC_TIMESTAMP(6) - INTERVAL 1 HOUR") == [["1"]]


def test_a_code_that_was_not_sent_is_still_good(own_stack, unique):
    stack, token = own_stack, own_stack.token(openid=f"o{unique}")
    code = stack.phone_code(openid=f"o{unique}")["code"]
    stack.sql("DELETE FROM wechat_token")
    stack.fault("/cgi-bin/stable_token", "errcode", 45009)
    assert error(press(stack, token, code)) == (502, "wechat_failed")
    stack.sql("DELETE FROM wechat_token")  # for a second after a failure nobody asks
    assert press(stack, token, code).status == 200


def test_an_ended_token_is_renewed_once(own_stack, unique):
    stack, token = own_stack, own_stack.token(openid=f"o{unique}")
    assert press(stack, token, stack.phone_code(openid=f"o{unique}")["code"]).status == 200
    n_before = stack.calls("/cgi-bin/stable_token")["count"], n_calls(stack)
    sandbox_sql(stack, f"UPDATE app_token SET expires_at = UTC_TIMESTAMP(6) WHERE appid = '{stack.app_id}'")
    assert press(stack, token, stack.phone_code(openid=f"o{unique}")["code"]).status == 200
    assert (stack.calls("/cgi-bin/stable_token")["count"], n_calls(stack)) == (n_before[0] + 1, n_before[1] + 2)
