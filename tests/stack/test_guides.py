"""The guides are true: what they tell to type and to write does what they say."""

import json
import re
import shutil
import subprocess

import pytest

from stack import TREE, new_phone

MINI, OFFICIAL, MOBILE = "wx1000000000000001", "wx1000000000000002", "wx1000000000000003"

needs_php = pytest.mark.skipif(shutil.which("php") is None, reason="WITHOUT php THE GUIDES' PHP IS NOT RUN")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="WITHOUT node THE GUIDES' JavaScript IS NOT RUN")


@pytest.fixture
def page(stack, unique):
    """page(guide, script): what the script returns after the guide's JavaScript."""
    def run(guide, script, appid=MINI, **order):
        order = {"url": stack.env["WXUSER_URL"], "sandbox": stack.env["WXUSER_SANDBOX_URL"], "appid": appid,
                 "openid": f"o{unique}", "script": script, **order}
        done = subprocess.run(["node", TREE / "tests/stack/guides.js", TREE / "docs" / guide, json.dumps(order)],
                              env=stack.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@needs_node
def test_a_mini_program_logs_in(page, unique):
    account = page("mini-program.md", "return login()")
    assert account["user"]["openid"] == f"o{unique}"


@needs_node
def test_one_code_serves_two_calls(page):
    both = page("mini-program.md", """
        const old = await loginOfTwoCalls()
        return { old, me: await call('GET', '/v1/me', undefined, old.token) }""")
    assert both["me"]["account_id"] == both["old"]["id"]


@needs_node
def test_a_token_is_renewed_once(stack, page):
    """Ten requests meet the 401 of a token that was renewed; a garbled one ends in a login."""
    seen = page("mini-program.md", """
        await login()
        await renew()
        const renewed = wx.getStorageSync('token')
        wx.setStorageSync('token', 'garbage')
        const answers = await Promise.all(Array.from({ length: 10 }, () => callAsUser('GET', '/v1/me')))
        const sessions = await callAsUser('GET', '/v1/me/sessions')
        return { renewed, accounts: new Set(answers.map((me) => me.account_id)).size, sessions }""")
    assert seen["accounts"] == 1
    assert len(seen["sessions"]) == 2  # one login for all ten


@needs_node
def test_the_phone_button_of_the_guide(page):
    phone = new_phone()
    number = page("mini-program.md", f"""
        await login()
        const code = await newCode('phone-codes', {{ phone: '{phone}' }})
        return [await onPhone({{ detail: {{}} }}), await onPhone({{ detail: {{ code }} }})]""")
    assert number == [None, phone]


@needs_node
def test_name_consent_log_out_and_cancel(page):
    seen = page("mini-program.md", """
        await login()
        await onName({ detail: { value: '小明' } })
        const { profile } = await callAsUser('GET', '/v1/me')
        await consent('2026-11')
        await logout()
        await login()
        const cancelled = await cancel()
        const after = await callAsUser('GET', '/v1/me').catch((problem) => problem)
        return { name: profile.name, cancelled, after }""")
    assert seen["name"] == "小明"
    assert {"receipt", "erased_at"} <= seen["cancelled"].keys()
    assert seen["after"]["code"] == "credential_missing"  # nobody is logged in again, into a new account


@needs_node
def test_a_page_logs_in(stack, page, unique):
    code = stack.code(OFFICIAL, openid=f"o{unique}", nickname="小明")["code"]
    seen = page("web-login.md", """
        const { searchParams } = new URL(addressOfWeChat())
        location.search = '?' + new URLSearchParams({ code: '%s', state: searchParams.get('state') })
        return { account: await loginFromAddress(), left: location.search }""" % code, OFFICIAL)
    assert seen["account"]["profile"]["name"] == "小明" and seen["left"] == ""


@needs_node
def test_a_page_refuses_a_login_that_it_did_not_begin(stack, page, unique):
    code = stack.code(OFFICIAL, openid=f"o{unique}")["code"]
    for begin in ("", "addressOfWeChat();"):
        refused = page("web-login.md", begin + """
            return loginFromAddress().then(() => 'logged in', (error) => error.message)""",
            OFFICIAL, search=f"?code={code}&state=0123")
        assert refused == "This login was not begun here"


def requests_of(guide, language):
    return re.findall(rf"(?s)<!-- request -->\n```{language}\n(.*?)```", (TREE / "docs" / guide).read_text("utf-8"))


def test_the_requests_of_an_app(stack, unique):
    code, token = stack.code(MOBILE, openid=f"o{unique}", scope="snsapi_userinfo")["code"], None
    for text in requests_of("mobile-app.md", "http"):
        head, _, body = text.replace("CODE", code).replace("TOKEN", str(token)).partition("\n\n")
        line, *headers = head.splitlines()
        method, path, _ = line.split()
        headers = dict(header.split(": ") for header in headers if not header.startswith("Host:"))
        answer = stack.request(method, path, body.strip() or None, headers)
        assert answer.status == 200, answer
        token = token or answer.json["access_token"]
    assert answer.json["user"]["openid"] == f"o{unique}"


def test_the_command_that_verifies_a_token(stack, unique):
    token = stack.token(openid=f"o{unique}")
    for text, is_active in ((token, True), ("wxt_none", False)):
        done = subprocess.run(["sh", "-eu"], input="".join(requests_of("verify-token.md", "sh")), cwd=TREE, text=True,
                              env={**stack.environment, **stack.env, "TOKEN": text}, capture_output=True, timeout=60)
        assert json.loads(done.stdout)["active"] is is_active, done.stderr


@needs_php
def test_the_php_that_verifies_a_token(stack, unique, tmp_path):
    (text,) = re.findall(r"(?s)```php\n(.*?)```", (TREE / "docs/verify-token.md").read_text("utf-8"))
    shutil.copy(TREE / "clients/php/Wxuser.php", tmp_path)
    told = tmp_path / "status.php"
    told.write_text("<?php register_shutdown_function(function () { echo '|', http_response_code() ?: 200; });", "utf-8")

    def answer(token, key=stack.key):
        (tmp_path / "page.php").write_text(text.replace("https://user.example.com", stack.env["WXUSER_URL"])
                                           .replace("wxk_YOUR_KEY", key), "utf-8")
        done = subprocess.run(["php", "-d", f"auto_prepend_file={told}", tmp_path / "page.php"], capture_output=True,
                              env={**stack.environment, "HTTP_AUTHORIZATION": f"Bearer {token}"}, text=True, timeout=60,
                              check=True)
        return done.stdout

    token = stack.token(openid=f"o{unique}")
    assert answer(token) == stack.request("GET", "/v1/me", key=token).json["account_id"] + "|200"
    assert answer("wxt_none") == "|401"
    assert answer(token, "wxk_none") == "|503"
