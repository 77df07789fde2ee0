"""One person behind four dialects."""

from stack import VILLAGE, new_phone

MINI = "wx1000000000000001"


class Person:
    def __init__(self, stack, openid):
        self.stack, self.openid, self.phone = stack, openid, new_phone()

    def account(self):
        return self.stack.log_in(MINI, openid=self.openid)["id"]

    def customer(self):
        answer = self.stack.authorize(
            {"code": self.stack.code(MINI, openid=self.openid)["code"], "nickname": "小明😀"}, MINI)
        assert answer.json["status"] == 1, answer
        return answer.json["data"]["customerId"]

    def shop(self):
        self.stack.save(openId=self.openid, profile="https://example.com/a.png")

    def city(self, token=None):
        """By the tenant's server with a code for the phone, or by the person's own token."""
        body = {"OpenId": self.openid, "Name": "张三", "MobilePhone": self.phone, "RID": VILLAGE}
        if token is None:
            body["VerifyCode"] = self.stack.verify_code(self.phone, self.openid)
        answer = self.stack.save_wx_user_info(body, token=token)
        assert answer.json["Ret"] == 0, answer
        assert answer.json["Data"][0]["WXUserInfo"]["OpenId"] == self.openid

    def walk(self, order):
        """Through the dialects in this order; in the end all of them must mean the same user."""
        for dialect in order:
            getattr(self, dialect)()

        id = self.account()
        assert self.customer() == id
        account = self.stack.log_in(MINI, openid=self.openid)
        assert (account["surname"], account["avatarUrl"]) == ("小明😀", "https://example.com/a.png")
        token = self.stack.token(MINI, openid=self.openid)
        user = self.stack.user(self.openid, key=token)
        assert (user["openId"], user["name"]) == (self.openid, "小明😀")
        self.city(token=token)

        guid = id.replace("-", "")
        is_user = f"openid = '{self.openid}' AND account_id = UNHEX('{guid}')"
        assert self.stack.count("wechat_user", is_user) == 1
        assert self.stack.count("resident", f"wechat_user_id = {user['id']}") == 1
        assert self.stack.count("membership", f"account_id = UNHEX('{guid}')") == 1
