"""A person's phone in /v1, where a case of one exchange does not show it."""

import pytest

from stack import new_phone

ME, PHONE = "/v1/me", "/v1/me/phone"
SMS = f"{PHONE}/sms"


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
