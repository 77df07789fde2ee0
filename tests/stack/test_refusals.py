"""What every endpoint refuses before its rule is asked, in the words of its dialect."""

import contextlib
import json
import time

import pytest

from ctl import Ctl
from endpoints import endpoints, errors_in
from fastcgi_client import ask
from stack import wait_until

DENIED = (401, "Authorization has been denied for this request.")
DOWN = (503, "The service is down for maintenance. Please try again later.")
DISABLED = (403, "The service is disabled. Please ask the administrator.")

# The HTTP status, and what clients look at then: Message, Ret, code or status.
WEB_API = {
    "METHOD": (405, "The requested resource does not support http method 'PATCH'."),
    "TOO_LARGE": (413, "The request entity is too large."),
    "MEDIA_TYPE": (415, "The request entity's media type 'text/plain' is not supported for this resource."),
    "BAD_REQUEST": (400, "The request is invalid."),
}
SAID = {
    "account": {"METHOD": (200, 500), "TOO_LARGE": (200, 500), "MEDIA_TYPE": (200, 500),
                "BAD_REQUEST": (200, 500), "UNAUTHORIZED": (200, 401), "KEY_NETWORK": (200, 403),
                "MAINTENANCE": (200, 503), "TENANT_DISABLED": (200, 403)},
    "city": {**WEB_API, "UNAUTHORIZED": (200, 3), "FORBIDDEN": (200, 3), "KEY_NETWORK": (200, 3), "TOKEN_EXPIRED": (200, 7),
             "TOKEN_REVOKED": (200, 7), "MAINTENANCE": (200, 6), "TENANT_DISABLED": (200, 6)},
    "shop": {**WEB_API, "UNAUTHORIZED": DENIED, "TOKEN_EXPIRED": DENIED, "TOKEN_REVOKED": DENIED,
             "MAINTENANCE": DOWN, "TENANT_DISABLED": DISABLED,
             "FORBIDDEN": (403, "The credential does not allow this request."),
             "KEY_NETWORK": (403, "The API key is not for this address.")},
    "customer": {**WEB_API, "UNAUTHORIZED": DENIED, "TOKEN_EXPIRED": DENIED, "TOKEN_REVOKED": DENIED,
                 "MAINTENANCE": DOWN, "TENANT_DISABLED": DISABLED,
                 "FORBIDDEN": (200, 0), "KEY_NETWORK": (200, 0)},
    "v1": {"METHOD": (405, "method"), "TOO_LARGE": (413, "too_large"), "MEDIA_TYPE": (415, "media_type"),
           "BAD_REQUEST": (400, "unreadable"), "UNAUTHORIZED": (401, "token_unknown"),
           "TOKEN_EXPIRED": (401, "token_expired"), "TOKEN_REVOKED": (401, "token_revoked"),
           "FORBIDDEN": (403, "scope_missing"), "KEY_NETWORK": (403, "wrong_network"), "MAINTENANCE": (503, "maintenance"),
           "TENANT_DISABLED": (403, "tenant_disabled")},
    "problem": {"METHOD": (405, 405), "TOO_LARGE": (413, 413), "BAD_REQUEST": (400, 400)},
    "push": {"METHOD": (405, "This address takes GET and POST"), "TOO_LARGE": (413, "The body is over the limit"),
             "BAD_REQUEST": (400, "The request cannot be read"), "FORBIDDEN": (403, "The signature is not right")},
}
SAID["admin"] = SAID["v1"]
CHALLENGES = {
    "UNAUTHORIZED": 'Bearer error="invalid_token", error_description="The credential is not known"',
    "TOKEN_EXPIRED": 'Bearer error="invalid_token", error_description="The access token has expired or was renewed"',
    "TOKEN_REVOKED": 'Bearer error="invalid_token", error_description="The access token was revoked"',
}
REFUSED = ["METHOD", "TOO_LARGE", "MEDIA_TYPE", "BAD_REQUEST", "UNAUTHORIZED", "TOKEN_EXPIRED", "TOKEN_REVOKED",
           "FORBIDDEN", "KEY_NETWORK"]


class Refused:
    """How to be refused there."""

    def __init__(self, stack, unique):
        self.stack = stack
        self.expired = stack.token(openid=f"o{unique}")
        stack.let_expire(self.expired, "8 DAY")
        self.revoked = stack.token(openid=f"o{unique}")
        stack.sql(f"UPDATE access_token SET revoked_at = UTC_TIMESTAMP(6) WHERE hash = UNHEX(SHA2('{self.revoked}', 256))")
        self.admin = self.add_key(f"admin-{unique}", "admin")
        self.reader = self.add_key(f"read-{unique}", "read")
        self.of_elsewhere = self.add_key(f"elsewhere-{unique}", "read,write,wechat,admin", "--networks", "192.0.2.7")

    def add_key(self, name, scopes, *options):
        """Of a tenant that has none of the rows that are named."""
        return Ctl(self.stack).out("key", "add", "--tenant", "2", "--name", name, "--scopes", scopes, *options).strip()

    def ask(self, endpoint, method=None, body=None, content_type="application/json", key=None):
        headers = {"Content-Type": content_type}
        return self.stack.request(method or endpoint.method, endpoint.target, body, headers,
                                  key=key or self.stack.key)

    def METHOD(self, endpoint):
        return self.ask(endpoint, method="LOCK" if endpoint.dialect in ("v1", "admin") else "PATCH")

    def TOO_LARGE(self, endpoint):
        return self.ask(endpoint, body="x" * 70_000)

    def MEDIA_TYPE(self, endpoint):
        return self.ask(endpoint, body="x", content_type="text/plain")

    def BAD_REQUEST(self, endpoint):
        """No web server passes on less than it announced."""
        return ask(str(self.stack.state / "run" / "core.sock"), endpoint.method, endpoint.target,
                   b"{}", CONTENT_LENGTH="9", CONTENT_TYPE="application/json")

    def UNAUTHORIZED(self, endpoint):
        return self.ask(endpoint, key="wxk_x")

    def TOKEN_EXPIRED(self, endpoint):
        return self.ask(endpoint, key=self.expired)

    def TOKEN_REVOKED(self, endpoint):
        return self.ask(endpoint, key=self.revoked)

    def FORBIDDEN(self, endpoint):
        return self.ask(endpoint, key=self.reader if endpoint.dialect == "admin" else self.admin)

    def KEY_NETWORK(self, endpoint):
        return self.ask(endpoint, key=self.of_elsewhere)


def said(answer):
    try:
        document = json.loads(answer.body)
    except ValueError:
        return answer.status, answer.body.decode()
    return answer.status, next((document[name] for name in ("Message", "Ret", "code", "status")
                                if name in document), None)


@pytest.fixture
def refused(stack, unique):
    return Refused(stack, unique)


@pytest.mark.parametrize("err", REFUSED)
def test_each_endpoint_refuses(stack, refused, err):
    """Wherever that may be, and the log calls it so."""
    where = [endpoint for endpoint in endpoints() if err in endpoint.errors]
    expected = set()
    assert where
    for endpoint in where:
        answer = getattr(refused, err)(endpoint)
        assert said(answer) == SAID[endpoint.dialect][err], endpoint
        if err == "METHOD" and endpoint.dialect != "account":
            assert endpoint.method in answer.headers["Allow"].split(", ")
        assert answer.headers.get("WWW-Authenticate") == (CHALLENGES.get(err) if answer.status == 401 else None)
        expected.add((answer.headers["X-Request-Id"], endpoint.path[1:], err))
    wait_until(lambda: expected <= set(errors_in(stack.log("wxuser"))), 30, f"the log has {err} of each")


def test_who_presents_nothing_is_told_how(stack):
    for headers in {}, {"Authorization": "Basic YTpi"}:
        answer = stack.request("GET", "/api/weixin/wxbuyinguser/get?id=1", headers=headers)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_header_that_is_no_text_has_its_own_reason(stack):
    answer = stack.request("GET", "/api/weixin/wxbuyinguser/get?id=1", headers={"X-WX-AppId": "\xff"}, key=stack.key)
    assert answer.status == 400
    assert stack.reason(answer, "BAD_REQUEST") == "a header or the path is not UTF-8"


@contextlib.contextmanager
def maintenance(stack):
    flag = stack.state / "run" / "wxuser" / "maintenance"
    flag.touch()
    try:
        yield
    finally:
        flag.unlink()


@contextlib.contextmanager
def disabled_tenants(stack):
    try:
        for tenant in "1", "2":
            Ctl(stack).out("tenant", "disable", tenant)
        yield
    finally:
        for tenant in "1", "2":
            Ctl(stack).out("tenant", "enable", tenant)


@pytest.mark.parametrize("err, state", [("MAINTENANCE", maintenance), ("TENANT_DISABLED", disabled_tenants)])
def test_each_endpoint_is_down(stack, refused, unique, err, state):
    where = [endpoint for endpoint in endpoints() if err in endpoint.errors]
    token = stack.token(openid=f"o{unique}")

    def ask(endpoint):
        # Which a person alone may call, and what ends no login.
        key = token if endpoint.path.startswith("/v1/me") else None
        if endpoint.dialect == "admin":
            key = refused.admin  # of a tenant that has none of the rows that are named
        if endpoint.path == "/v1/apps/{appid}/access-token":
            key = stack.env["WXUSER_WECHAT_KEY"]
        return refused.ask(endpoint, key=key)

    def are_down():
        return {said(ask(endpoint)) == SAID[endpoint.dialect][err] for endpoint in where}

    assert where
    with state(stack):
        wait_until(lambda: are_down() == {True}, 30, "each endpoint says so")
        for probe in ("/healthz", "/readyz"):
            assert stack.request("GET", probe).status == 200
    seen_by = time.monotonic() + 1  # by all workers, who look that often
    wait_until(lambda: time.monotonic() > seen_by and are_down() == {False}, 30, "each endpoint is back")
