"""What clients are told when no worker can be had: the same by every web server."""

import pytest

from host import WAYS, Host, lighttpd, nginx
from test_answers import CITY, CUSTOMER, LOGIN, SHOP, seen

# lighttpd's own page is HTML.
SPEAKING = [way for way in WAYS if way is not lighttpd]


def site_without_program(stack, way, name):
    host = Host(stack, name)
    try:
        way(host)
        host.lose_program()
        yield host.site()
    finally:
        host.remove()


@pytest.fixture(scope="module")
def model(stack):
    yield from site_without_program(stack, nginx, "nginx")


@pytest.fixture(scope="module", params=SPEAKING, ids=lambda way: way.__name__)
def site(request, stack):
    yield from site_without_program(stack, request.param, request.param.__name__)


def test_no_worker(site, model):
    for path in (LOGIN, f"{CITY}/SaveWXUserInfo", f"{CITY}/SendVerifyCode", f"{SHOP}/getlist",
                 f"{SHOP}/SaveUser/", f"{SHOP}/createmember", f"{SHOP}/bindmember",
                 f"{SHOP}/unbindmember", f"{CUSTOMER}/AppAuthorization", "/wechat/push/wx1"):
        headers = {"Content-Type": "application/json"}
        answer = seen(site, "POST", path, b"{}", headers)
        assert answer == seen(model, "POST", path, b"{}", headers)
        assert "系统繁忙" in answer[3] or answer[0] == 503
