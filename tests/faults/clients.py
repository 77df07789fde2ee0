"""The auditor's clients: a tenant's server that saves and reads users and binds members, persons who log in, change
their profile, renew their token, log out, confirm phones and have themselves erased."""

import http.client
import itertools
import random

from answers import DONE
from auditor import ANY, Client
from stack import new_phone

SHOP = "/api/weixin/wxbuyinguser"
numbers = itertools.count(random.randrange(10 ** 9))


def new_openid(kind):
    return f"o{kind}-{next(numbers)}"


class Saver(Client):
    """Saves a user again and again, and reads it; each tenth time another one."""

    def round(self, n):
        if n % 10 == 0:
            self.openid = new_openid("saved")
        auditor, name, phone = self.auditor, f"name {n}", new_phone()
        values = {auditor.place("user", self.openid): "there", auditor.place("name", self.openid): name,
                  auditor.place("phone", self.openid): phone}
        is_done, document, _ = self.write(
            values, "POST", f"{SHOP}/saveuser", {"openId": self.openid, "name": name, "phone": phone},
            key=self.host.key, is_enveloped=True)
        if is_done:
            auditor.ids[self.openid].add(document["data"])
        return is_done and self.read(self.openid)


class Stuck(Client):
    """Saves the one user that all of its kind save."""

    OPENID = "oStuck"

    def round(self, n):
        return self.ask("POST", f"{SHOP}/saveuser", {"openId": self.OPENID, "name": f"name {n}"}, key=self.host.key,
                        is_enveloped=True)[0] == DONE


class Reader(Client):
    """Reads back what it once saved."""

    def round(self, n):
        if n == 0:
            self.openid = new_openid("read")
        place = self.auditor.place("name", self.openid)
        if place.acknowledged is None:
            return self.write({place: f"name {n}"}, "POST", f"{SHOP}/saveuser",
                              {"openId": self.openid, "name": f"name {n}"}, key=self.host.key, is_enveloped=True)[0]
        return self.read(self.openid)


class Binder(Client):
    """Creates a member for a user, takes it away and gives it back, eight times."""

    def round(self, n):
        if n % 18 == 0:
            self.openid, self.phone, self.id, self.member = new_openid("bound"), new_phone(), None, None
        place = self.auditor.place("member", self.openid)
        if self.id is None:
            is_done, document, _ = self.write(
                {self.auditor.place("user", self.openid): "there"}, "POST", f"{SHOP}/saveuser",
                {"openId": self.openid}, key=self.host.key, is_enveloped=True)
            self.id = document["data"] if is_done else None
            return is_done
        verb = "create" if self.member is None else "unbind" if place.acknowledged is not None else "bind"
        is_done, document, _ = self.write(
            {place: {"create": ANY, "unbind": None, "bind": self.member}[verb]}, "POST", f"{SHOP}/{verb}member",
            {"wxBuyingUserId": self.id, **({} if verb == "unbind" else {"phone": self.phone})},
            key=self.host.key, is_enveloped=True)
        if is_done and verb == "create":
            self.member = document["data"]
            place.wrote(self.member, True)
        return is_done


class Person(Client):
    """Logs in; calls itself differently; renews its token; logs out."""

    dialect = "v1"
    pause_s = 0.05

    def code(self, openid, kind="codes", **fields):
        """None: WeChat, which is here on the same database, has none to give."""
        body = {"appid": self.host.app_id, "openid": openid, **fields}
        try:
            return self.auditor.site.request("POST", f"/sandbox/{kind}", body, timeout=10).json["code"]
        except (OSError, ValueError, KeyError, http.client.HTTPException):
            return None

    def log_in(self, openid):
        code = self.code(openid)
        if code is None:
            return None
        is_done, document, _ = self.write(
            {self.auditor.place("user", openid): "there"}, "POST", "/v1/login", {"code": code},
            headers={"X-WX-AppId": self.host.app_id})
        if not is_done:
            return None
        token = document["access_token"]
        self.auditor.place("token", token).wrote("good", True)
        return token

    def renew(self, token):
        """The new token; None: nobody knows which is good."""
        word, document, _ = self.ask("POST", "/v1/token/refresh", key=token)
        if word != DONE:
            self.auditor.place("token", token).wrote("ended", False)
            return None
        self.auditor.place("token", token).wrote("ended", True)
        self.auditor.place("token", document["access_token"]).wrote("good", True)
        return document["access_token"]

    def round(self, n):
        openid = new_openid("person")
        token = self.log_in(openid)
        if token is None:
            return False
        is_done = True
        for name in f"nick {n}", f"nick {n} again":
            is_done = is_done and self.write({self.auditor.place("name", openid): name}, "PATCH", "/v1/me",
                                             {"profile": {"name": name}}, key=token)[0]
        token = self.renew(token)
        if token is None or n % 2 == 0:
            return is_done and token is not None
        return self.write({self.auditor.place("token", token): "ended"}, "POST", "/v1/logout", key=token)[0] and is_done


class Leaver(Person):
    """Logs in by the older dialect and has itself erased."""

    def log_in(self, openid):
        code = self.code(openid)
        if code is None:
            return None
        is_done, _, headers = self.write(
            {self.auditor.place("user", openid): "there"}, "POST", "/account_api/wechat/user/getUserInfo", {"code": code},
            headers={"X-WX-AppId": self.host.app_id}, dialect="account", is_enveloped=True)
        return headers["X-Access-Token"] if is_done else None

    def round(self, n):
        openid = new_openid("leaver")
        token = self.log_in(openid)
        code = self.code(openid)
        if token is None or code is None:
            return False
        return self.write({self.auditor.place("user", openid): None}, "POST", "/v1/me/erase", {"code": code},
                          headers={"X-WX-AppId": self.host.app_id}, key=token)[0]


class Presser(Person):
    """Logs in, confirms a phone by WeChat's button, becomes a member, and takes the confirmation back."""

    def round(self, n):
        openid, phone = new_openid("presser"), new_phone()
        token, code = self.log_in(openid), self.code(openid, "phone-codes", phone=phone)
        if token is None or code is None:
            return False
        confirmed, member = self.auditor.place("confirmed", token), self.auditor.place("member", openid)
        is_done, document, _ = self.write({confirmed: phone, self.auditor.place("phone", openid): phone}, "POST",
                                          "/v1/me/phone/wechat", {"code": code}, key=token)
        if is_done:
            is_done, document, _ = self.write({member: ANY}, "PUT", "/v1/me/member", {}, key=token)
        if is_done:
            member.wrote(document["member"]["id"], True)
            is_done = self.write({confirmed: None}, "DELETE", "/v1/me/phone", key=token)[0]
        return is_done


class Texter(Client):
    """Has codes sent to phones."""

    dialect = "city"

    def round(self, n):
        phone = new_phone()
        return self.write({self.auditor.place("code", phone): "sent"}, "POST", "/city/v3/OnlineMediateWW/SendVerifyCode",
                          {"MobilePhone": phone, "OpenId": f"o{phone}"}, key=self.host.key, is_enveloped=True)[0]


KINDS = Saver, Reader, Binder, Person, Leaver, Presser
