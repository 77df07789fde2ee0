"""One person behind four dialects, whichever the first call comes through."""

import pytest

from stack import new_phone

MINI = "wx1000000000000001"
DIALECTS = ["account", "customer", "shop", "city"]


def orders():
    """Each dialect first, the others after it forwards and backwards."""
    for names in DIALECTS, DIALECTS[::-1]:
        for i in range(len(names)):
            yield names[i:] + names[:i]


class Person:
    def __init__(self, stack, openid):
        self.stack, self.openid, self.phone = stack, openid, new_phone()

    def account(self):
        return self.stack.log_in(MINI, openid=self.openid)["id"]

    def customer(self):
        answer = self.stack.request(
            "POST", "/api/Customer/AppAuthorization",
            {"code": self.stack.code(MINI, openid=self.openid)["code"], "nickname": "小明😀"},
            headers={"X-WX-AppId": MINI})
        assert answer.json["status"] == 1, answer
        return answer.json["data"]["customerId"]

    def shop(self):
        self.stack.save(openId=self.openid, profile="https://example.com/a.png")

    def city(self, token=None):
        """By the tenant's server with a code for the phone, or by the person's own token."""
        path = "/city/v3/OnlineMediateWW/SaveWXUserInfo"
        body = {"OpenId": self.openid, "Name": "张三", "MobilePhone": self.phone, "RID": "430102001001"}
        if token is None:
            body["VerifyCode"] = self.stack.verify_code(self.phone)
            answer = self.stack.post(path, body)
        else:
            answer = self.stack.request("POST", f"{path}?token={token}", body)
        assert answer.json["Ret"] == 0, answer
        assert answer.json["Data"][0]["WXUserInfo"]["OpenId"] == self.openid


@pytest.mark.parametrize("order", orders(), ids="-".join)
def test_every_dialect_means_the_same_user(stack, unique, order):
    person = Person(stack, f"o{unique}")
    for dialect in order:
        getattr(person, dialect)()

    id = person.account()
    assert person.customer() == id
    account = stack.log_in(MINI, openid=person.openid)
    assert (account["surname"], account["avatarUrl"]) == ("小明😀", "https://example.com/a.png")
    token = stack.token(MINI, openid=person.openid)
    user = stack.user(person.openid, key=token)
    assert (user["openId"], user["name"]) == (person.openid, "小明😀")
    person.city(token=token)

    guid = id.replace("-", "")
    assert stack.count("wechat_user", f"openid = '{person.openid}' AND account_id = UNHEX('{guid}')") == 1
    assert stack.count("resident", f"wechat_user_id = {user['id']}") == 1
    assert stack.count("user_member", f"account_id = UNHEX('{guid}')") == 1
