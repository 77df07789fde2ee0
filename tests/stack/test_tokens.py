"""Access tokens: how a login comes by one, how it ends, and where it never shows."""

import datetime
import json

import pytest

from ctl import Ctl
from prometheus import Metrics
from test_access import SHOP, control


def row(stack, token, openid):
    return stack.request("GET", f"{SHOP}/getbyopenid?openId={openid}", key=token)


def test_a_login_gives_a_token_where_the_tenant_allows_it(stack, unique):
    openid = f"o{unique}"
    answer = stack.login(stack.code(openid=openid)["code"])
    expires = datetime.datetime.fromisoformat(answer.headers["X-Access-Token-Expires"])
    remaining = expires - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=115) < remaining <= datetime.timedelta(hours=2)
    assert row(stack, answer.headers["X-Access-Token"], openid).json["openId"] == openid

    control(stack, "tenant", "set", "1", "access_token_header", "false")
    try:
        without = stack.login(stack.code(openid=openid)["code"])
    finally:
        control(stack, "tenant", "set", "1", "access_token_header", "true")
    assert "X-Access-Token" not in without.headers and list(without.json) == list(answer.json)


def test_a_repeated_code_gives_a_token_of_its_own(stack, unique):
    code = stack.code(openid=f"o{unique}")["code"]
    tokens = [stack.login(code).headers["X-Access-Token"] for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert [row(stack, token, f"o{unique}").status for token in tokens] == [200, 200]


def test_a_token_ends_at_once_with_its_account(stack, unique):
    openid = f"o{unique}"
    for verb in ("disable", "logout-everywhere"):
        token = stack.token(openid=openid)
        assert {row(stack, token, openid).status for _ in range(8)} == {200}
        control(stack, "account", verb, openid)
        assert {row(stack, token, openid).status for _ in range(8)} == {401}
        allowed = stack.login(stack.code(openid=openid)["code"]).json["code"]
        assert allowed == (500 if verb == "disable" else 200)
        control(stack, "account", "enable", openid)
        assert row(stack, token, openid).status == 401


def renew(stack, token):
    answer = stack.request("POST", "/api/Customer/RefreshToken", "", key=token)
    return answer.json["data"]["accessToken"] if answer.status == 200 else None


def test_a_renewed_token_does_not_log_its_owner_out(stack, unique):
    openid = f"o{unique}"
    first = stack.token(openid=openid)
    second = renew(stack, first)
    for _ in range(3):
        assert [row(stack, token, openid).status for token in (first, second)] == [401, 200]
    assert renew(stack, first) == second  # its answer may have been lost
    stack.let_expire(first, "1 MINUTE")
    assert [row(stack, token, openid).status for token in (first, second)] == [401, 200]
    assert row(stack, renew(stack, second), openid).status == 200


def n_reuses(stack):
    return Metrics(stack.request("GET", "/metrics").text).value("wxuser_token_reuses_total")


def test_two_who_renew_one_token_lose_it_both(stack, unique):
    openid = f"o{unique}"
    first = stack.token(openid=openid)
    other, second = stack.token(openid=openid), renew(stack, first)
    stack.let_expire(first, "1 MINUTE")
    before = n_reuses(stack)
    assert renew(stack, first) is None
    assert [row(stack, token, openid).status for token in (first, second, other)] == [401, 401, 200]
    assert n_reuses(stack) == before + 1
    (user,), = stack.sql(f"SELECT id FROM wechat_user WHERE openid = '{openid}'")
    stack.await_log(rf'level=warning .* msg="an access token was renewed twice[^"]*" tenant=1 wechat_user={user}\n')


def test_a_log_out_ends_one_login(stack, unique):
    openid = f"o{unique}"
    first, other = stack.token(openid=openid), stack.token(openid=openid)
    second = renew(stack, first)
    assert stack.request("POST", "/api/Customer/Logout", "", key=second).status == 200
    assert [row(stack, token, openid).status for token in (second, other)] == [401, 200]
    assert renew(stack, second) is None and renew(stack, first) is None


def test_an_old_token_logs_out_whoever_renewed_it(stack, unique):
    openid = f"o{unique}"
    stolen, expired = stack.token(openid=openid), stack.token(openid=openid)
    renewed = renew(stack, stolen)
    stack.let_expire(expired)
    for old in (stolen, expired, stolen):
        assert stack.request("POST", "/api/Customer/Logout", "", key=old).json["status"] == 1
    assert row(stack, renewed, openid).status == 401
    assert renew(stack, renewed) is None and renew(stack, expired) is None


def test_the_log_says_why_a_token_is_refused(stack, unique):
    openid = f"o{unique}"
    old, ended = stack.token(openid=openid), stack.token(openid=openid)
    new = renew(stack, old)
    assert stack.reason(row(stack, old, openid), "TOKEN_EXPIRED") == "the token was renewed"
    stack.request("POST", "/api/Customer/Logout", "", key=ended)
    assert stack.reason(row(stack, ended, openid), "TOKEN_REVOKED") == "the token was revoked"
    stack.let_expire(new)
    assert stack.reason(row(stack, new, openid), "TOKEN_EXPIRED") == "the token's two hours are over"
    new = renew(stack, new)
    control(stack, "account", "logout-everywhere", openid)
    assert stack.reason(row(stack, new, openid), "TOKEN_REVOKED") == \
        "the account may not log in, or has revoked its tokens"
    stack.sql(f"DELETE FROM access_token WHERE hash = UNHEX(SHA2('{new}', 256))")
    assert stack.reason(row(stack, new, openid), "UNAUTHORIZED") == "no such access token"
    assert stack.reason(row(stack, new[:-1], openid), "UNAUTHORIZED") == "malformed access token"
    assert stack.reason(row(stack, None, openid), "UNAUTHORIZED") == "no credential"


def test_no_log_has_a_token(stack, unique):
    token = stack.token(openid=f"o{unique}")
    row(stack, token, f"o{unique}")
    stack.request("POST", f"/city/v3/OnlineMediateWW/SaveWXUserInfo?token={token}", {})
    for path in (stack.state / "log").iterdir():
        assert token not in path.read_text(errors="replace"), path


@pytest.mark.parametrize("is_revoked", (True, False))
def test_a_login_that_a_key_has_opened_ends_with_the_key(stack, unique, is_revoked):
    """And is told from the person's own: in what the person and the admin see, and in the log."""
    openid, ctl = f"o{unique}", Ctl(stack)
    own = stack.token(openid=openid)
    key = ctl.out("key", "add", "--tenant", "1", "--name", unique, "--scopes", "write").strip()
    key_id = int(stack.sql("SELECT MAX(id) FROM api_key")[0][0])
    first = stack.authorize({"openId": openid}, key=key).json["data"]["accessToken"]
    me = stack.request("GET", "/v1/me", key=first)
    stack.await_log(rf"request={me.headers['X-Request-Id']} .* login_by_key={key_id} ")
    token = renew(stack, first)
    assert row(stack, token, openid).status == 200
    assert seen(stack, token, own) == [[True, False], [(key_id, "live"), (None, "live")], [True, True]]
    assert f", live, by key {key_id}\n" in ctl.out("user", "show", openid)

    if is_revoked:
        ctl.out("key", "revoke", str(key_id))
    else:
        stack.sql(f"UPDATE api_key SET expires_at = UTC_TIMESTAMP(6) WHERE id = {key_id}")
        ctl.out("key", "set", str(key_id), "--rate", "1")  # the workers forget what they remember
    assert {row(stack, token, openid).status for _ in range(8)} == {401}
    assert stack.reason(row(stack, token, openid), "TOKEN_REVOKED") == "the API key that opened the login has ended"
    assert renew(stack, token) is None and row(stack, own, openid).status == 200
    assert seen(stack, token, own) == [[False], [(key_id, "ended"), (None, "live")], [False, True]]


def seen(stack, *tokens):
    """What the person sees of the logins by the last token, what an admin sees, and who introspects the tokens."""
    mine = stack.request("GET", "/v1/me/sessions", key=tokens[-1]).json
    account = stack.request("GET", "/v1/me", key=tokens[-1]).json["account_id"]
    shown = json.loads(Ctl(stack).out("user", "show", account, "--json"))["sessions"]
    told = [stack.request("POST", "/v1/introspect", {"tokens": few}, key=stack.key).json for few in (tokens, tokens[:1])]
    assert told[0][0]["active"] == told[1][0]["active"]
    return [[session["is_by_key"] for session in mine], [(session.get("key_id"), session["state"]) for session in shown],
            [one["active"] for one in told[0]]]
