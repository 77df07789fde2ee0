"""A person with an access token, and the fresh codes by which an export or an erasure is asked for."""

from stack import new_phone

EXPORT, ERASE = "/v1/me/export", "/v1/me/erase"
EXCHANGE = "/sns/jscode2session"
MINI, OFFICIAL = "wx1000000000000001", "wx1000000000000002"
ID_CARD = "11010519491231002X"


def post(stack, path, token, code, app_id=None):
    return stack.request("POST", path, {"code": code}, {"X-WX-AppId": app_id} if app_id else {}, key=token)


def error(answer):
    return answer.status, answer.json["code"]


def fresh(stack, openid, app_id=MINI):
    return stack.code(app_id, openid=openid)["code"]


class Whole:
    """Of whom nearly every table has a row. seeds: what only such a row can hold."""

    def __init__(self, stack, unique):
        self.stack, self.phone = stack, new_phone()
        self.openid, self.official, self.unionid = f"om{unique}", f"oo{unique}", f"u{unique}"
        name, address, avatar = f"张三丰{unique}", f"识字里 7 号 {unique}", f"https://a.example/{unique}"
        self.seeds = [self.openid, self.official, self.unionid, self.phone, name, address, avatar]
        stack.token(OFFICIAL, openid=self.official)
        stack.token(MINI, openid=self.openid, unionid=self.unionid)
        self.token = stack.token(OFFICIAL, openid=self.official, unionid=self.unionid)
        stack.sandbox("push", {"appid": OFFICIAL, "openid": self.official, "event": "subscribe", "mode": "encrypted"})
        stack.save(openId=self.openid, name=name, profile=avatar, phone=self.phone)
        stack.save_resident(self.openid, self.phone, Name=name, IDCard=ID_CARD, RNames=address)
        self.id = stack.user(self.openid)["id"]
        refused = {"openId": self.openid, "session_key": "x"}
        stack.request("POST", "/api/Customer/AppAuthorization", refused, {"X-WX-AppId": MINI})
        stack.sql(f"INSERT INTO external_id (tenant_id, account_id, external_id, created_at) SELECT tenant_id, account_id, "
                  f"'old-{unique}', UTC_TIMESTAMP(6) FROM wechat_user WHERE id = {self.id}")
        member = stack.call_member("create", self.id, phone=self.phone, name=name, address=address)
        assert member["status"] == 200, member
        consent = {"document": "privacy", "version": "1"}
        assert stack.request("POST", "/v1/me/consents", consent, key=self.token).status == 200

    def ask(self, path, code=None):
        return post(self.stack, path, self.token, code or fresh(self.stack, self.openid), MINI)
