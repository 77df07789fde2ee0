"""What clients are told when no worker can be had: by every web server, what the program says when it is busy."""

import re

import pytest

from host import BASE, ORIGIN, WAYS, Host
from stack import wait_until
from test_answers import CITY, CUSTOMER, LOGIN, SHOP, seen

QUESTIONS = [(path, {}) for path in (
    LOGIN, BASE + LOGIN, f"{BASE}{CITY}/SendVerifyCode", f"{BASE}{SHOP}/getlist", f"{BASE}{CUSTOMER}/Logout", f"{CITY}/SaveWXUserInfo", f"{CITY}/SendVerifyCode", f"{SHOP}/getlist", f"{SHOP}/SaveUser/",
    f"{SHOP}/createmember", f"{SHOP}/bindmember", f"{SHOP}/unbindmember", f"{CUSTOMER}/Logout",
    "/wechat/push/wx1?signature=x&timestamp=1&nonce=1")] + [
    (path, headers) for path in (f"{CUSTOMER}/AppAuthorization", f"{CUSTOMER}/logout/") for headers in (
        {"Accept": "application/xml"}, {"Accept": "text/xml, */*"}, {"Accept": "application/xml, application/json"},
        {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
        {"Content-Type": "text/xml; charset=utf-8"}, {"Content-Type": "application/xml"},
        {"Content-Type": "application/xml", "Accept": "*/*"})]


def ask(site, path, headers):
    headers = {"Content-Type": "application/json", "X-WX-AppId": site.app_id, **headers}
    body = '{"openId":"o","session_key":"x","OpenId":"o","MobilePhone":"13800000000","code":"x","id":1,' \
           '"phone":"13800000000","wxBuyingUserId":1}'
    if "xml" in headers["Content-Type"]:
        body = '<UserInfo xmlns="http://schemas.datacontract.org/2004/07/Applications.WebApi.Common"/>'
    return seen(site, "POST", path, (b"[1]" if "getlist" in path else body.encode()), headers)


@pytest.fixture(scope="module")
def said_by_program(stack):
    """Its answers when it is busy, without their status, which is the web server's own."""
    # Which is looked up each time, as a key is not.
    token = {"Authorization": f"Bearer {stack.token(openid='oNoWorker')}"}
    stack.kill("mariadb")
    try:
        return [ask(stack, path, {**headers, **token})[1:] for path, headers in QUESTIONS]
    finally:
        stack.up()


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: way.__name__)
def deserted(request, stack, said_by_program):
    with Host(stack, request.param.__name__) as host:
        request.param(host)
        host.lose_program()
        yield host


def test_no_worker(deserted, said_by_program):
    """mod_fcgid takes seconds for each question."""
    n = len(QUESTIONS) if deserted.name not in ("apache_fcgid", "shared_hosting") else 16
    for (path, headers), said in zip(QUESTIONS[:n], said_by_program):
        status, *answer = ask(deserted.site(), path, headers)
        assert "系统繁忙" in said[2] and tuple(answer) == said, (path, headers)
        assert status in (500, 502, 503, 504)
    answer = deserted.site().request("POST", LOGIN, "{}", {"Origin": ORIGIN}, timeout=120)
    assert answer.status >= 500 and answer.headers.get_all("Access-Control-Allow-Origin") == [ORIGIN]
    # The log of a shared host is not ours.
    if deserted.name not in ("lighttpd", "shared_hosting"):
        log, = deserted.log.glob("*access.log")
        # nginx writes it once a second.
        wait_until(lambda: re.search(rf'POST\W.*{SHOP}/createmember\b', log.read_text()), 10, "the log has the requests")
        assert "errors" not in log.read_text()
