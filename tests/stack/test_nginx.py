"""What nginx itself answers: what the program would have said."""

import json

import pytest

CITY = "/city/v3/OnlineMediateWW"
SHOP = "/api/weixin/wxbuyinguser"
LOGIN = "/account_api/wechat/user/getUserInfo"
CUSTOMER = "/api/Customer"


@pytest.fixture(scope="module")
def chinese(make_stack):
    return make_stack("nginx")


def post(stack, path, body="{}"):
    """Status, type and text, whatever number the request has."""
    answer = stack.post(path, body, headers={"Content-Type": "application/json", "X-WX-AppId": stack.app_id})
    text = answer.text
    if path.startswith("/city/") and answer.status == 200:
        text = json.dumps({**answer.json, "SeqId": None}, ensure_ascii=False)
    return answer.status, answer.headers["Content-Type"], text


@pytest.mark.parametrize("path", [
    LOGIN, f"{CITY}/SaveWXUserInfo", f"{CITY}/SendVerifyCode", f"{SHOP}/saveuser", f"{SHOP}/getlist",
    f"{CUSTOMER}/AppAuthorization", f"{CUSTOMER}/Logout"])
def test_a_body_over_the_limit(chinese, path):
    """The program's limit, the room up to nginx's, and nginx's own: the same answer."""
    answers = {post(chinese, path, f'{{"name":"{"x" * size}"}}')
               for size in (70_000, 900_000, 3_000_000)}
    assert len(answers) == 1
    assert "过大" in answers.pop()[2]


def test_a_body_over_the_limit_elsewhere(chinese):
    assert post(chinese, "/nowhere", "x" * 3_000_000)[:2] == (413, "application/problem+json")


def test_without_a_program(chinese):
    asked = {
        LOGIN: '{"code":"x"}',
        f"{CITY}/SaveWXUserInfo": '{"OpenId":"oAnybody"}',
        f"{CITY}/SendVerifyCode": '{"OpenId":"oAnybody","MobilePhone":"13800000000"}',
        f"{SHOP}/getlist": "[1]",
        f"{SHOP}/SaveUser/": '{"id":1}',
        f"{SHOP}/createmember": '{"wxBuyingUserId":1,"phone":"13800000000"}',
        f"{SHOP}/bindmember": '{"wxBuyingUserId":1,"phone":"13800000000"}',
        f"{SHOP}/unbindmember": '{"wxBuyingUserId":1}',
        f"{CUSTOMER}/AppAuthorization": '{"openId":"oAnybody","session_key":"x"}',
    }
    chinese.kill("mariadb")
    of_program = {path: post(chinese, path, body) for path, body in asked.items()}
    chinese.kill("wxuser")
    try:
        for path, body in asked.items():
            assert post(chinese, path, body) == of_program[path]
            assert "系统繁忙，请稍后再试" in of_program[path][2]
        for path in ("/healthz", "/wechat/push/wx1"):
            answer = chinese.request("GET", path)
            assert (answer.status, answer.json["status"]) == (503, 503)
            assert answer.headers["Content-Type"] == "application/problem+json"
    finally:
        chinese.up()
