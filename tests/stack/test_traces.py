"""Of what has been dealt with nothing stays in a log, in the clear in a table, or in a worker's memory."""

import base64
import os
import pathlib
import time

import pytest

from person import MINI
from rights import ERASE, EXPORT, ID_CARD, Whole, fresh, post
from stack import new_phone, wait_until
from traces import left_by, writable_memory

FORM = "application/x-www-form-urlencoded"
# So many requests of others come after, and what is remembered for some seconds is wiped meanwhile.
N_OTHERS, REMEMBERED_S = 200, 6


@pytest.fixture(scope="module")
def stack(make_stack):
    made = make_stack("traces", CONF_http__messages="en", CONF_rates__unproven_per_s=1000)
    made.give_tokens()
    return made


def test_what_is_in_a_log_is_found(stack, unique):
    """By the search that follows all tests of a stack."""
    token = stack.token(openid=f"o{unique}")
    assert left_by(stack) == set()
    log = stack.state / "log/extra.log"
    log.write_text(f"token={token},")
    assert left_by(stack) == {(bytes(log), token.encode())}
    log.unlink()
    stack.sql(f"UPDATE wechat_user SET name = '{token}' WHERE openid = 'o{unique}'")
    assert left_by(stack) == {(bytes(stack.state / "tables"), token.encode())}
    stack.sql(f"UPDATE wechat_user SET name = '' WHERE openid = 'o{unique}'")


class Secrets:
    """A person's way through all dialects, with what proves its openids and the numbers that are its own."""

    def __init__(self, stack, unique):
        self.stack, self.openid = stack, f"o{unique}"
        self.session_key = base64.b64encode(f"key of {unique}"[:16].ljust(16).encode()).decode()
        self.texts = {"session_key": self.session_key, "card": ID_CARD}
        self.codes_of_sms = []

    def keep(self, name, text):
        self.texts[f"{name} {len(self.texts)}"] = text
        return text

    def code(self, **fields):
        return self.keep("code", self.stack.code(openid=self.openid, session_key=self.session_key, **fields)["code"])

    def log_in(self):
        self.token = self.keep("token", self.stack.login(self.code()).headers["X-Access-Token"])
        for type, body in ((FORM, f"openId={self.openid}&session_key={self.session_key}"),
                           ("application/json", {"openId": self.openid, "session_key": self.session_key}),
                           ("application/json", {"openId": self.openid, "code": self.code()})):
            answer = self.stack.request("POST", "/api/Customer/AppAuthorization", body,
                                        {"Content-Type": type, "X-WX-AppId": MINI})
            assert answer.json["status"] == 1, answer
        login = self.stack.request("POST", "/v1/login", {"code": self.code()}, {"X-WX-AppId": MINI})
        first = self.keep("token", login.json["access_token"])
        self.keep("token", self.stack.request("POST", "/v1/token/refresh", key=first).json["access_token"])
        self.stack.request("POST", "/v1/login", {"code": self.texts["code 2"]}, {"X-WX-AppId": MINI})

    def confirm_phones(self):
        phone, other = self.keep("phone", new_phone()), self.keep("phone", new_phone())
        self.codes_of_sms += [self.stack.sms_code(self.token, phone)]
        sent = {"phone": phone, "code": self.codes_of_sms[-1]}
        assert self.stack.request("POST", "/v1/me/phone/sms", sent, key=self.token).status == 200
        code = self.keep("phone code", self.stack.phone_code(openid=self.openid, phone=other)["code"])
        self.stack.request("POST", "/v1/me/phone/wechat", {"code": code}, key=self.token)

    def have_it_kept(self, whole):
        self.keep("phone", whole.phone)
        self.keep("token", whole.token)
        assert post(self.stack, EXPORT, whole.token, self.keep("code", fresh(self.stack, whole.openid)), MINI).status == 200
        shop = self.keep("phone", new_phone())
        self.stack.save(openId=self.openid, phone=shop)
        assert self.stack.user(self.openid)["phone"] == shop
        asked = {"ids": [self.stack.user(self.openid)["id"]]}
        self.stack.post("/api/weixin/wxbuyinguser/getlist", asked)
        self.stack.post("/v1/users/find", {"phone": whole.phone})
        self.stack.request("POST", "/v1/introspect", f"token={self.token}", {"Content-Type": FORM}, key=self.stack.key)

    def be_refused(self):
        """And what comes where it should not."""
        bad = self.keep("token", self.token[:-6] + "AAAAAA")
        for target in (f"/city/v3/OnlineMediateWW/SaveWXUserInfo?token={bad}", f"/v1/{bad}", f"/x?id={bad}"):
            self.stack.request("POST", target, '{"%s": ' % bad, {"Content-Type": "application/json"}, key=bad)
        for fault in "cut", "html", "truncate":
            self.stack.fault("/sns/jscode2session", fault)
            self.stack.login(self.code())
        assert post(self.stack, ERASE, self.token, self.code(), MINI).status in (200, 202, 204)


def holders(pid, secrets):
    """Names of the secrets that stand in a process's memory."""
    regions = list(writable_memory(pid))
    found = {name for name, text in secrets.texts.items() if any(text.encode() in region for region in regions)}
    # Six digits alone may stand there by chance.
    digits = [code for code in secrets.codes_of_sms if any(b'"%s"' % code.encode() in region for region in regions)]
    return found | {f"code of an SMS: {code}" for code in digits}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to read another process's memory")
def test_a_worker_forgets_what_it_has_dealt_with(stack, unique):
    if "libasan" in pathlib.Path(f"/proc/{stack.workers()[0]}/maps").read_text():
        pytest.skip("AddressSanitizer keeps what was freed")
    secrets = Secrets(stack, unique)
    secrets.log_in()
    secrets.confirm_phones()
    secrets.have_it_kept(Whole(stack, unique))
    secrets.be_refused()
    ended = time.monotonic()
    for n in range(N_OTHERS):
        stack.request("GET", f"/api/weixin/wxbuyinguser/getbyopenid?openId=other{n}", key=stack.key_2)
        if n % 4 == 0:
            stack.log_in(openid=f"oOther{n}")
    wait_until(lambda: time.monotonic() > ended + REMEMBERED_S, REMEMBERED_S, "what is remembered is wiped")
    workers = stack.workers()
    assert len(workers) == 6
    left = {pid: holders(pid, secrets) for pid in (stack.pid("wxuser"), *workers)}
    assert not any(left.values()), left
