"""A person of a tenant with something in every table, and a request of each endpoint about such a person."""

import hashlib
import itertools
import json
import random
import subprocess
import time
import urllib.parse

from ctl import Ctl
from echo import BUILD
from stack import VILLAGE, new_phone

SITES = {1: ("wx1000000000000001", "first.localhost"), 2: ("wx2000000000000001", "second.localhost")}
NONCE = "415670741"
NUMBERS = itertools.count()
SHOP, CITY = "/api/weixin/wxbuyinguser", "/city/v3/OnlineMediateWW"


def id_card_of(number):
    """One with a right check digit."""
    digits = f"110105{19490101 + number % 28:08d}{number % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, weights)) % 11]


class World:
    """seeds: what only this person's rows hold. No request has those of texts, avatar, user_phone and resident_card."""

    def __init__(self, stack, unique, tenant, now):
        """now: when its pushes are signed, which counts for five minutes."""
        self.stack, self.tenant, self.now = stack, tenant, str(now)
        self.app, self.host = SITES[tenant]
        self.key = Ctl(stack).out("key", "add", "--tenant", str(tenant), "--name", f"all-{unique}", "--scopes",
                                  "read,write,admin,wechat", "--networks", "127.0.0.1").strip()
        self.operator = Ctl(stack).out("operator", "add", f"{tenant}-{unique}").strip()
        Ctl(stack).out("tenant", "set", str(tenant), "push_takes_plain", "true")
        self.push_token = (stack.state / "secret" / f"{self.app}.token").read_text().strip()
        self.openid, self.unionid = f"o{tenant}-{unique}", f"u{tenant}-{unique}"
        self.phone, self.new_phone, self.user_phone = new_phone(), new_phone(), new_phone()
        self.id_card, self.resident_card = (id_card_of(int(phone[-8:])) for phone in (self.phone, self.user_phone))
        self.take_spare_key()
        self.take_appid()
        self.take_account()
        self.texts = {name: f"{tenant}{name}{unique}"[:64] for name in (
            "name", "language", "country", "province", "city", "address", "region", "member", "document")}
        self.avatar = f"https://a.example/{tenant}/{unique}"
        self.sign_up()
        self.take_external_id()
        self.take_conflict()
        self.take_merge()
        self.take_member()
        self.take_refusal()
        self.take_user()
        self.seeds = [*self.texts.values(), self.avatar, self.user_phone, self.resident_card, self.openid, self.phone,
                      self.new_phone, self.id_card, self.account, self.session, self.token, self.app_token,
                      self.refused]

    def call(self, method, target, body=None, key=None):
        answer = self.stack.request(method, target, body, self.headers, key=key or self.key)
        assert answer.status in (200, 204), answer
        return answer.json if answer.body else None

    @property
    def headers(self):
        return {"X-WX-AppId": self.app, "Host": self.host}

    def sign_up(self):
        texts = self.texts
        self.stack.login_of(self.app, self.host, openid=self.openid, unionid=self.unionid)
        self.token = self.new_token()
        self.id = self.call("GET", f"{SHOP}/getbyopenid?openId={self.openid}")["id"]
        self.call("POST", f"{SHOP}/saveuser", {"id": self.id, "name": texts["name"], "profile": self.avatar,
                                               "phone": self.user_phone})
        self.call("PATCH", "/v1/me", {"profile": {"gender": 1, **{name: texts[name] for name in (
            "language", "country", "province", "city")}}}, self.token)
        self.resident = self.save_resident()
        self.member = self.call("POST", f"{SHOP}/createmember", {
            "wxBuyingUserId": self.id, "phone": self.phone, "name": texts["member"], "idCard": self.id_card,
            "birthday": "1990-01-31", "address": texts["address"]})["data"]
        self.call("POST", "/v1/me/consents", {"document": texts["document"], "version": "1"}, self.token)
        self.account = self.call("GET", "/v1/me", key=self.token)["account_id"]
        self.take_session()
        self.take_city_code()
        self.take_sms_code()
        self.cursor = self.call("GET", "/v1/users/changes")["cursor"]
        self.app_token = self.call("POST", f"/v1/apps/{self.app}/access-token", {})["access_token"]

    def save_resident(self):
        answer = self.call("POST", f"{CITY}/SaveWXUserInfo", {
            "OpenId": self.openid, "Name": self.texts["name"], "MobilePhone": self.phone, "IDCard": self.resident_card,
            "RID": VILLAGE, "RNames": self.texts["region"], "VerifyCode": self.city_code_of()})
        assert answer["Ret"] == 0, answer
        return answer["Data"][0]["WXUserInfo"]["Id"]

    # ---- what the Admin API may change

    def take_spare_key(self):
        self.spare_key = self.call("POST", "/v1/admin/keys", {"name": "spare", "scopes": ["read"]})["id"]

    def take_appid(self):
        """Not added yet; and one that is."""
        self.appid, self.spare_app = (f"wxf{random.randrange(16 ** 12):012x}" for _ in range(2))
        self.call("POST", "/v1/admin/apps", {"appid": self.spare_app, "kind": "web", "secret": "0"})

    def take_conflict(self):
        """Of the user who has signed up, and of no unionid that another one has."""
        self.stack.sql("INSERT INTO account_conflict (tenant_id, open_platform_id, unionid, wechat_user_id, account_id, "
                       "reason, created_at) SELECT u.tenant_id, p.id, UUID(), u.id, u.account_id, 1, UTC_TIMESTAMP(6) "
                       f"FROM wechat_user u JOIN open_platform p ON p.tenant_id = u.tenant_id WHERE u.id = {self.id} LIMIT 1")
        self.conflict = int(self.stack.sql(f"SELECT MAX(id) FROM account_conflict WHERE tenant_id = {self.tenant}")[0][0])

    def take_merge(self):
        """Of two accounts of its own, which are apart again after the undo."""
        self.merge_account, self.other_account = (self.account_of(f"{self.openid}-{next(NUMBERS)}") for _ in range(2))
        self.merge = self.call("POST", "/v1/admin/merges", {
            "account_id": self.merge_account, "other_id": self.other_account, "is_dry_run": False})["id"]
        self.other_account = self.account_of(f"{self.openid}-{next(NUMBERS)}")

    def take_member(self):
        phone = new_phone()
        user = self.call("POST", f"{SHOP}/saveuser", {"openId": f"{self.openid}-m{random.randrange(10 ** 9)}"})["data"]
        self.spare_member = self.call("POST", f"{SHOP}/createmember", {
            "wxBuyingUserId": user, "phone": phone, "name": "张三丰"})["data"]

    def take_user(self):
        self.spare_user = self.call("POST", f"{SHOP}/saveuser", {
            "openId": f"{self.openid}-u{next(NUMBERS)}", "name": "张三丰"})["data"]

    def take_refusal(self):
        answer = self.stack.request("POST", "/v1/login", {"code": f"wrong-{self.openid}"}, self.headers)
        self.refused = answer.headers["X-Request-Id"]

    def account_of(self, openid):
        self.stack.login_of(self.app, self.host, openid=openid)
        token = self.stack.login_of(self.app, self.host, openid=openid)[1].headers["X-Access-Token"]
        return self.call("GET", "/v1/me", key=token)["account_id"]

    def take_external_id(self):
        self.external_id = f"old-{self.openid}"
        self.stack.sql(f"INSERT INTO external_id (tenant_id, account_id, external_id, created_at) VALUES "
                       f"({self.tenant}, UNHEX(REPLACE('{self.account}', '-', '')), '{self.external_id}', UTC_TIMESTAMP(6))")

    def take_account(self):
        self.spare_account = self.account_of(f"{self.openid}-spare")

    def remove(self):
        """What others would count."""
        self.stack.sql("DELETE FROM app WHERE appid LIKE 'wxf%'")

    # ---- what is good for one request

    def code(self):
        return self.stack.code(self.app, openid=self.openid)["code"]

    def phone_code(self):
        return self.stack.sandbox("phone-codes", {"appid": self.app, "openid": self.openid,
                                                  "phone": self.phone})["code"]

    def new_token(self):
        """Its login has a new session_key, too."""
        made = self.stack.code(self.app, openid=self.openid)
        self.session_key = made["session_key"]
        return self.stack.login(made["code"], self.app, self.host).headers["X-Access-Token"]

    def may_send(self):
        """The limits of messages begin anew."""
        self.stack.sql(f"DELETE FROM sms_counter WHERE tenant_id = {self.tenant}")

    def city_code_of(self):
        self.may_send()
        answer = self.call("POST", f"{CITY}/SendVerifyCode", {"MobilePhone": self.phone, "OpenId": self.openid})
        assert answer["Ret"] == 0, answer
        return self.stack.sandbox(f"sms?phone={self.phone}")[-1]["code"]

    def sms_code_of(self):
        self.may_send()
        self.call("POST", "/v1/me/phone/sms-codes", {"phone": self.new_phone}, self.new_token())
        return self.stack.sandbox(f"sms?phone={self.new_phone}")[-1]["code"]

    def take_session(self):
        self.session = self.call("GET", "/v1/me/sessions", key=self.new_token())[0]["id"]

    def take_city_code(self):
        self.city_code = self.city_code_of()

    def take_sms_code(self):
        self.sms_code = self.sms_code_of()

    def sign(self):
        return hashlib.sha1("".join(sorted([self.push_token, self.now, NONCE])).encode()).hexdigest()


# ---- Requests: the members by name, those of objects with points; more than one where members exclude each other.

PLACE = {"language": "zh_CN", "country": "中国", "province": "湖南", "city": "长沙"}
PROFILE = {"profile.name": "李四", "profile.avatar": "https://b.example/1", "profile.gender": 2,
           **{f"profile.{name}": value for name, value in PLACE.items()}}
USER = {**PLACE, "nickname": "李四", "gender": 2, "avatarUrl": "https://b.example/1",
        "subscribe_time": "2026-01-29 15:00:34"}


def nothing(_):
    return [{}]


def code(world):
    return [{"code": world.code()}]


def resident(world):
    return [{"Id": world.resident, "OpenId": world.openid, "Name": "李四", "MobilePhone": world.phone,
             "IDCard": world.id_card, "RID": VILLAGE, "RNames": "长沙", "HeadPortrait": "https://b.example/1",
             "CTime": "2026-01-29", "VerifyCode": world.city_code}]


def member(world):
    return [{"wxBuyingUserId": world.id, "phone": world.phone, "idCard": world.id_card, "sex": 1, "name": "",
             "birthday": "1990-01-31", "address": "识字里 7 号"}]


def saved_user(world):
    return [{"tenantId": world.tenant, "openId": world.openid, "name": "李四", "profile": "https://b.example/1",
             "phone": world.phone, "memberId": world.member, "id": world.id}]


def authorization(world):
    return [{**USER, "openId": world.openid, "unionId": world.unionid, "session_key": world.session_key},
            {**USER, "code": world.code()}]


def find(world):
    names = {"openid": world.openid, "unionid": world.unionid, "phone": world.phone, "id": world.id,
             "account_id": world.account, "external_id": world.external_id}
    return [*({name: value} for name, value in names.items()), {"phone": world.phone, "include_unconfirmed": True},
            {"external_id": world.external_id, "external_source": ""}]


def page(world):
    return [{"after": str(world.tenant), "limit": 7}]


def admin_find(world):
    names = {"openid": world.openid, "unionid": world.unionid, "phone": world.phone, "name": world.texts["name"],
             "id": world.id, "account_id": world.account, "member_id": world.member, "external_id": world.external_id}
    return [{name: value} for name, value in names.items()]


def users_listed(world):
    times = {f"{what}_{when}": "2026-11-29" for what in ("created", "login") for when in ("since", "before")}
    return [{**page(world)[0], "appid": world.app, "state": "active", **times}]


def refused_logins(world):
    listed = {"after": f"{10 ** 16}.{world.tenant}", "limit": 7, "since": "2026-11-29"}
    return [{**listed, "appid": world.app}, {**listed, "request_id": world.refused}]


def user(world):
    return [{"{id}": world.id}]


def account(world):
    return [{"{id}": world.spare_account}]


def push(world):
    return [{"{appid}": world.app, "signature": world.sign(), "msg_signature": world.sign(), "timestamp": world.now,
             "nonce": NONCE, "echostr": "1", FROM: world.openid}]


FROM = "FromUserName"  # of the message of a push, which has no shape of an endpoint
REQUESTS = {
    "POST /account_api/wechat/user/getUserInfo": code,
    f"POST {CITY}/SaveWXUserInfo": resident,
    f"POST {CITY}/SendVerifyCode": lambda world: [{"MobilePhone": world.phone, "OpenId": world.openid}],
    "POST /api/Customer/AppAuthorization": authorization,
    "POST /api/Customer/Logout": nothing,
    "POST /api/Customer/RefreshToken": nothing,
    f"POST {SHOP}/bindmember": member,
    f"POST {SHOP}/createmember": member,
    f"GET {SHOP}/get": lambda world: [{"id": world.id}],
    f"GET {SHOP}/getbyopenid": lambda world: [{"openId": world.openid}],
    f"POST {SHOP}/getlist": lambda world: [{"[]": [world.id]}],
    f"POST {SHOP}/saveuser": saved_user,
    f"POST {SHOP}/unbindmember": member,
    "POST /v1/login": lambda world: [{**PROFILE, "code": world.code(), "phone_code": world.phone_code(),
                                      "reopen": True}],
    "POST /v1/token/refresh": nothing,
    "POST /v1/logout": nothing,
    "GET /v1/me": nothing,
    "PATCH /v1/me": lambda _: [PROFILE],
    "POST /v1/me": lambda _: [PROFILE],
    "POST /v1/me/phone/wechat": lambda world: [{"code": world.phone_code()}],
    "POST /v1/me/phone/sms-codes": lambda world: [{"phone": world.new_phone}],
    "POST /v1/me/phone/sms": lambda world: [{"phone": world.new_phone, "code": world.sms_code}],
    "DELETE /v1/me/phone": nothing,
    "PUT /v1/me/member": lambda world: [{"name": "", "sex": 1, "birthday": "1990-01-31", "id_card": world.id_card,
                                         "address": "识字里 7 号"}],
    "DELETE /v1/me/member": nothing,
    "GET /v1/me/sessions": nothing,
    "DELETE /v1/me/sessions/{id}": lambda world: [{"{id}": world.session}],
    "POST /v1/me/consents": lambda _: [{"document": "privacy", "version": "1"}],
    "POST /v1/me/export": code,
    "POST /v1/me/erase": code,
    "POST /v1/introspect": lambda world: [{"token": world.token}, {"tokens": [world.token]}],
    "POST /v1/users/find": find,
    "GET /v1/users/changes": lambda world: [{"cursor": world.cursor}],
    "PATCH /v1/users/{id}": lambda world: [{**PROFILE, "{id}": world.id}],
    "POST /v1/apps/{appid}/access-token": lambda world: [{"{appid}": world.app, "refused": world.app_token}],
    "POST /v1/admin/session": nothing,
    "GET /v1/admin/session": nothing,
    "DELETE /v1/admin/session": lambda _: [{"all": True}],
    "GET /v1/admin/settings": nothing,
    "PUT /v1/admin/settings/{name}": lambda world: [{"{name}": ("trial_days", "retain_merge_days")[world.tenant - 1],
                                                     "value": "7"}],
    "GET /v1/admin/settings/{name}/preview": lambda world: [{
        "{name}": ("retain_consent_days", "retain_merge_days")[world.tenant - 1], "value": "7", "after": str(world.tenant)}],
    "GET /v1/admin/keys": page,
    "POST /v1/admin/keys": lambda world: [{"name": "x", "scopes": ["read"], "rate_per_s": 9, "networks": "127.0.0.1",
                                           "apps": world.app, "expires_at": "2999-12-31"}],
    "PATCH /v1/admin/keys/{id}": lambda world: [{"{id}": world.spare_key, "rate_per_s": 9, "networks": "127.0.0.1",
                                                 "apps": world.app, "expires_at": "2999-12-31"}],
    "POST /v1/admin/keys/{id}/rotate": lambda world: [{"{id}": world.spare_key, "overlap_days": 0, "expires_at": "2999-12-31"}],
    "DELETE /v1/admin/keys/{id}": lambda world: [{"{id}": world.spare_key}],
    "GET /v1/admin/apps": page,
    "POST /v1/admin/apps": lambda world: [{"appid": world.appid, "kind": "web", "secret": "0", "open_platform": "x"}],
    "PUT /v1/admin/apps/{appid}/push": lambda world: [{
        "{appid}": world.spare_app, "token": "T", "encoding_aes_key": "k" * 43, "drops_previous_key": True}],
    "PUT /v1/admin/apps/{appid}/secret": lambda world: [{"{appid}": world.spare_app, "secret": "1", "is_untried": True}],
    "PUT /v1/admin/apps/{appid}/open-platform": lambda world: [{"{appid}": world.spare_app, "open_platform": "x"}],
    "GET /v1/admin/apps/moves": page,
    "POST /v1/admin/apps/{appid}/try": lambda world: [{"{appid}": world.spare_app}],
    "GET /v1/admin/users": users_listed,
    "POST /v1/admin/users/find": admin_find,
    "GET /v1/admin/users/{id}": user,
    "POST /v1/admin/users/{id}/reveal": user,
    "POST /v1/admin/users/{id}/export": user,
    "POST /v1/admin/users/{id}/erase": lambda world: [{"{id}": world.spare_user, "name": "张三丰"}],
    "POST /v1/admin/accounts/{id}/disable": account,
    "POST /v1/admin/accounts/{id}/enable": account,
    "POST /v1/admin/accounts/{id}/log-out": account,
    "POST /v1/admin/accounts/{id}/reopen": account,
    "PUT /v1/admin/accounts/{id}/flag": lambda world: [{
        "{id}": world.spare_account, "name": "can_balance_pay", "value": "true"}],
    "GET /v1/admin/conflicts": page,
    "POST /v1/admin/conflicts/{id}/dismiss": lambda world: [{"{id}": world.conflict}],
    "GET /v1/admin/merges": page,
    "POST /v1/admin/merges": lambda world: [{"account_id": world.merge_account, "other_id": world.other_account,
                                             "is_dry_run": True}],
    "POST /v1/admin/merges/{id}/undo": lambda world: [{"{id}": world.merge}],
    "GET /v1/admin/members": page,
    "POST /v1/admin/members/{id}/reveal": lambda world: [{"{id}": world.spare_member}],
    "POST /v1/admin/members/{id}/erase": lambda world: [{"{id}": world.spare_member, "name": "张三丰"}],
    "GET /v1/admin/communities": page,
    "GET /v1/admin/erasures": page,
    "GET /v1/admin/logins/refused": refused_logins,
    "POST /v1/admin/logins/refused/find": lambda world: [{
        "after": f"{10 ** 16}.{world.tenant}", "limit": 7, "openid": world.openid}],
    "GET /v1/admin/statistics": lambda _: [{"days": 7}],
    "GET /v1/admin/audit": lambda world: [{**page(world)[0], "action": "key.add", "subject": f"key {world.spare_key}",
                                           "who": f"key {world.spare_key} spare"}],
    "GET /healthz": nothing,
    "GET /metrics": nothing,
    "GET /readyz": nothing,
    "GET /wechat/push/{appid}": lambda world: [{name: value for name, value in push(world)[0].items() if name != FROM}],
    "POST /wechat/push/{appid}": push,
}


# What an earlier request may have used up.
RENEWED = {
    "POST /api/Customer/AppAuthorization": World.new_token,
    f"POST {CITY}/SaveWXUserInfo": World.take_city_code,
    f"POST {CITY}/SendVerifyCode": World.may_send,
    "POST /v1/me/phone/sms-codes": World.may_send,
    "POST /v1/me/phone/sms": World.take_sms_code,
    "DELETE /v1/me/sessions/{id}": World.take_session,
    "PATCH /v1/admin/keys/{id}": World.take_spare_key,
    "POST /v1/admin/keys/{id}/rotate": World.take_spare_key,
    "DELETE /v1/admin/keys/{id}": World.take_spare_key,
    "POST /v1/admin/apps": World.take_appid,
    "POST /v1/admin/conflicts/{id}/dismiss": World.take_conflict,
    "POST /v1/admin/merges/{id}/undo": World.take_merge,
    "POST /v1/admin/members/{id}/erase": World.take_member,
    "POST /v1/admin/users/{id}/erase": World.take_user,
}


def members():
    """Of each endpoint the members that the shapes tell: {name: (place, whether it is an id)}."""
    done = subprocess.run([BUILD / "tests" / "wire_probe", "--members"], check=True, text=True, stdout=subprocess.PIPE)
    told = {endpoint: {} for endpoint in REQUESTS}  # an operator's are about no person
    for line in done.stdout.splitlines():
        method, path, place, name, kind = line.split(" ")
        told.setdefault(f"{method} {path}", {})[name] = (place, kind == "id")
    told["POST /wechat/push/{appid}"][FROM] = ("body", True)
    return told


def body_of(values, endpoint):
    if endpoint.startswith("POST /wechat/push/"):
        return (f"<xml><FromUserName>{values[FROM]}</FromUserName><CreateTime>{int(time.time())}</CreateTime>"
                "<MsgType>event</MsgType><Event>user_info_modified</Event></xml>")
    if "[]" in values:
        return values["[]"]
    body = {}
    for name, value in values.items():
        *parents, last = name.split(".")
        at = body
        for parent in parents:
            at = at.setdefault(parent, {})
        at[last] = value
    return body or None


class Request:
    """Of an endpoint, with these values."""

    def __init__(self, endpoint, told, values, headers):
        self.method, path = endpoint.split(" ")
        placed = {place: {name: value for name, value in values.items() if told[name][0] == place}
                  for place in ("path", "query", "body")}
        for name, value in placed["path"].items():
            path = path.replace(name, str(value))
        query = urllib.parse.urlencode(placed["query"])
        self.target = f"{path}?{query}" if query else path
        self.body = body_of(placed["body"], endpoint) if placed["body"] else None
        self.headers = dict(headers)
        if isinstance(self.body, str):
            self.headers["Content-Type"] = "text/xml"

    def send(self, stack, credential):
        return stack.request(self.method, self.target, self.body, self.headers, key=credential)

    @property
    def text(self):
        return urllib.parse.unquote(self.target) + json.dumps(self.body, ensure_ascii=False)
