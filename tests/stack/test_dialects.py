"""One person behind four dialects, whichever the first call comes through."""

import pytest

from person import Person
from stack import VILLAGE, new_phone

DIALECTS = ["account", "customer", "shop", "city"]


def orders():
    """Each dialect first, the others after it forwards and backwards."""
    for names in DIALECTS, DIALECTS[::-1]:
        for i in range(len(names)):
            yield names[i:] + names[:i]


@pytest.mark.parametrize("order", orders(), ids="-".join)
def test_every_dialect_means_the_same_user(stack, unique, order):
    Person(stack, f"o{unique}").walk(order)


def test_one_login_opens_all_dialects(stack, unique):
    """The customer's login gives the token; the city confirms the phone that the shop's card needs."""
    openid, phone = f"o{unique}", new_phone()
    data = stack.authorize({"code": stack.code(openid=openid)["code"], "nickname": "小明"}).json["data"]
    token = data["accessToken"]
    user = stack.user(openid, key=token)
    assert (user["name"], user["memberId"]) == (data["nickName"], 0)
    assert stack.save(key=token, id=user["id"], profile="https://example.com/a.png") == user["id"]
    assert stack.call_member("create", user["id"], key=token, phone=phone)["status"] == 500

    answer = stack.request("POST", f"/city/v3/OnlineMediateWW/SendVerifyCode?token={token}",
                           {"MobilePhone": phone, "OpenId": openid})
    assert answer.json["Ret"] == 0, answer
    answer = stack.save_wx_user_info(
        {"OpenId": openid, "Name": "张三", "MobilePhone": phone, "RID": VILLAGE,
         "VerifyCode": stack.sandbox(f"sms?phone={phone}")[-1]["code"]}, token=token)
    assert answer.json["Ret"] == 0, answer
    made = stack.call_member("create", user["id"], key=token, phone=phone)
    assert made["status"] == 200, made

    renewed = stack.request("POST", "/api/Customer/RefreshToken", "", key=token).json["data"]
    assert (renewed["customerId"], renewed["avatar"]) == (data["customerId"], "https://example.com/a.png")
    assert stack.user(openid, key=renewed["accessToken"])["memberId"] == made["data"]
    account = stack.log_in(openid=openid)
    assert (account["id"], account["userName"], account["surname"]) == (data["customerId"], openid, "小明")
    assert account["avatarUrl"] == "https://example.com/a.png"
    assert stack.request("POST", "/api/Customer/Logout", "", key=renewed["accessToken"]).json["status"] == 1
    for other in (token, renewed["accessToken"]):
        assert stack.save_wx_user_info({"OpenId": openid}, token=other).json["Ret"] == 7
        assert stack.request("GET", f"/api/weixin/wxbuyinguser/get?id={user['id']}", key=other).status == 401


def test_no_cache_keeps_what_a_principal_is_told(stack, unique):
    """What is refused has the headers of the originals. No answer's type may be guessed."""
    user = stack.save(openId=f"o{unique}")
    shop, token = "/api/weixin/wxbuyinguser", stack.token(openid=f"o{unique}")
    kept = [stack.get(f"{shop}/get?id={user}"), stack.post(f"{shop}/getlist", [user]),
            stack.login(stack.code(openid=f"o{unique}")["code"]), stack.request("GET", "/v1/me", key=token),
            stack.request("POST", "/api/Customer/RefreshToken", "", key=token)]
    others = [stack.request("GET", "/healthz"), stack.request("GET", "/readyz"), stack.get("/api/none"),
              stack.request("GET", f"{shop}/get?id={user}", key="wxk_none")]
    assert [answer.status for answer in kept] == [200] * 5
    for answer in kept + others:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == ("no-store" if answer in kept else "no-cache")
