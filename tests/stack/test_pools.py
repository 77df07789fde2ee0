"""Any worker serves any endpoint, and nginx sends each to its pool, whatever way its path is written."""

import re

import pytest

from endpoints import endpoints
from fastcgi_client import ask
from person import Person
from prometheus import scrape
from stack import Answer, exchange, wait_until

BASE = "/wx"
POOLS = ["core", "remote"]


@pytest.fixture(scope="module")
def based(make_stack):
    stack = make_stack("pools", CONF_server__base_path=BASE, CONF_rates__unproven_per_s=1000)
    stack.give_tokens()
    return stack


class OnePool:
    """In a port's place, a web server that sends everything to one pool."""

    def __init__(self, stack, name):
        self.socket = str(stack.state / "run" / f"{name}.sock")

    def exchange(self, method, target, body=None, headers=None):
        path, _, query = target.partition("?")
        params = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
        answer = ask(self.socket, method, path, body or b"", QUERY_STRING=query, REMOTE_ADDR="127.0.0.1",
                     CONTENT_TYPE=params.pop("HTTP_CONTENT_TYPE", ""), **params)
        assert answer.status is not None, f"{method} {target}: its worker died"
        return Answer(answer.status, answer.headers, answer.body)


def misrouted(stack):
    return scrape(stack).value("wxuser_misrouted_requests_total")


@pytest.mark.parametrize("pool", POOLS)
def test_one_pool_serves_all_dialects(based, unique, pool, monkeypatch):
    def through(port, *request):
        return port.exchange(*request) if isinstance(port, OnePool) else exchange(port, *request)

    monkeypatch.setattr("stack.exchange", through)
    Person(based.seen_at(OnePool(based, pool)), f"o{unique}").walk(["account", "customer", "shop", "city"])


@pytest.mark.parametrize("endpoint", endpoints(), ids=str)
def test_each_pool_gives_the_same_answer(based, endpoint):
    def answer(pool):
        said = OnePool(based, pool).exchange(endpoint.method, endpoint.target, b'{"code":"x"}', {
            "Content-Type": "application/json", "X-WX-AppId": based.app_id, "Authorization": f"Bearer {based.key}"})
        own = r'"SeqId":\d+|"(instance|request_id)":"\w+"|"cursor":"[\w.-]+"|"timestamp":\d+|[\d.]+$'
        return said.status, re.sub(own, "", said.text, flags=re.M)

    # /metrics has a line more when a job has ended between the two.
    wait_until(lambda: answer("core") == answer("remote"), 10, "both say the same")


def test_it_is_counted_and_told_once(based):
    before = misrouted(based)
    for _ in range(5):
        OnePool(based, "core").exchange("POST", "/account_api/wechat/user/getUserInfo", b"{}",
                                       {"Content-Type": "application/json"})
    assert misrouted(based) == before + 5
    assert len(re.findall("to the wrong pool", based.log("wxuser"))) == 1
    OnePool(based, "remote").exchange("GET", "/healthz")
    assert misrouted(based) == before + 5


def spelt(endpoint):
    """Ways to write its path that all mean it."""
    path = endpoint.target
    yield path
    if endpoint.dialect in ("city", "customer", "shop"):
        yield from (path.replace("t", "%74"), path.upper(), path.lower(), f"{path}/")


@pytest.mark.parametrize("base", ["", BASE])
@pytest.mark.parametrize("endpoint", endpoints(), ids=str)
def test_nginx_finds_the_pool(based, endpoint, base):
    targets = [base + path for path in spelt(endpoint)]
    methods = [endpoint.method, "HEAD", "OPTIONS"]
    before = scrape(based)
    for target in targets:
        for method in methods:
            based.request(method, target)
    now = scrape(based)
    assert now.rise(before, "wxuser_requests_total", endpoint=endpoint.path[1:]) >= len(targets) * len(methods)
    assert now.rise(before, "wxuser_misrouted_requests_total") == 0
