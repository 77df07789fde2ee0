"""What /metrics counts, who may read it, and that Prometheus, its rules and the dashboard understand it."""

import json
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ctl import Ctl
from fastcgi_client import ask
from prometheus import RULES, Prometheus, promtool, scrape
from stack import TREE, new_phone, wait_until

SHOP = "api/weixin/wxbuyinguser"
LOGIN = "account_api/wechat/user/getUserInfo"
DASHBOARD = TREE / "conf" / "prometheus" / "dashboard.json"


@pytest.fixture(scope="module")
def counted(stack_of_module):
    return stack_of_module


def requests(now, before, endpoint, status, **labels):
    return now.rise(before, "wxuser_requests_total", endpoint=endpoint, status=str(status), **labels)


def test_known_requests_are_counted_exactly(counted, unique):
    before = scrape(counted)
    user = counted.save(openId=f"o{unique}")
    for _ in range(7):
        assert counted.get(f"/{SHOP}/get?id={user}").status == 200
    for _ in range(3):
        assert counted.request("GET", f"/{SHOP}/get?id={user}").status == 401
    assert counted.get(f"/{SHOP}/get?id=x").status == 400
    assert counted.request("PUT", f"/{SHOP}/get?id=1").status == 405
    assert counted.get(f"/{SHOP}/nothing").status == 404
    assert counted.get("/nothing").status == 404
    counted.login_of()
    assert counted.login("no code").json["code"] != 200
    now = scrape(counted)

    assert requests(now, before, f"{SHOP}/get", 200, dialect="shop", method="GET") == 7
    assert requests(now, before, f"{SHOP}/get", 401) == 3
    assert requests(now, before, f"{SHOP}/get", 400) == 1
    assert requests(now, before, f"{SHOP}/get", 405) == 1
    assert requests(now, before, f"{SHOP}/saveuser", 200) == 1
    assert requests(now, before, "", 404, dialect="shop") == 1
    assert requests(now, before, "", 404, dialect="problem") == 1
    assert requests(now, before, LOGIN, 200, dialect="account") == 2
    assert requests(now, before, "metrics", 200) == 1
    assert now.rise(before, "wxuser_requests_total") == 18

    def errors(error, **labels):
        return now.rise(before, "wxuser_request_errors_total", error=error, **labels)

    assert errors("CODE_INVALID", endpoint=LOGIN) == 1
    assert errors("UNAUTHORIZED", endpoint=f"{SHOP}/get") == 3
    assert errors("NOT_FOUND", endpoint="") == 2
    assert now.rise(before, "wxuser_request_duration_seconds_count", endpoint=f"{SHOP}/get") == 12
    assert now.rise(before, "wxuser_request_duration_seconds_bucket", endpoint=f"{SHOP}/get", le="10") == 12
    assert 0 < now.rise(before, "wxuser_request_duration_seconds_sum", endpoint=f"{SHOP}/get") < 10

    assert now.rise(before, "wxuser_queue_wait_seconds_count", pool="remote") == 2
    assert now.rise(before, "wxuser_queue_wait_seconds_count", pool="core") == 16
    assert now.rise(before, "wxuser_database_statements_total") >= 10
    assert now.rise(before, "wxuser_database_wait_seconds_total") > 0
    calls = {"path": "sns/jscode2session", "host": "127.0.0.1"}
    assert now.rise(before, "wxuser_remote_calls_total", outcome="ok", **calls) == 2
    assert now.rise(before, "wxuser_remote_call_duration_seconds_count", **calls) == 2
    assert now.value("wxuser_remote_breaker_open") == 0
    assert now.value("wxuser_wechat_last_success_timestamp_seconds") > now.value("wxuser_start_time_seconds")


def scrape_at_rest(stack, n_workers):
    """When no worker is at anything but this."""
    found = []

    def is_at_rest():
        found[:] = [scrape(stack)]
        return found[0].value("wxuser_workers", state="idle") == n_workers - 1

    wait_until(is_at_rest, 20, "all others are idle")
    return found[0]


def test_what_workers_do(counted):
    now = scrape_at_rest(counted, 6)
    assert now.value("wxuser_workers", pool="core") == 4
    assert now.value("wxuser_workers", pool="remote") == 2
    assert now.value("wxuser_workers", pool="core", state="busy") == 1
    assert now.value("wxuser_workers", pool="remote", state="idle") == 2
    assert now.value("wxuser_workers_configured", pool="core") == 4
    assert now.value("wxuser_workers_configured", pool="remote") == 2
    assert now.value("wxuser_requests_in_flight", pool="core", activity="running") == 1
    assert now.value("wxuser_requests_in_flight") == 1
    assert now.value("wxuser_requests_in_flight_max", pool="core") == 4
    assert now.value("wxuser_workers_full", pool="core") == 1
    assert now.value("wxuser_workers_full", pool="remote") == 0
    assert now.value("wxuser_connections", pool="core") >= 1
    assert now.value("wxuser_build_info") == 1


def test_counts_survive_the_worker(counted):
    """Its successor goes on where it ended."""
    before = scrape(counted)
    assert counted.request("GET", "/healthz").status == 200
    master = counted.pid("wxuser")
    for pid in open(f"/proc/{master}/task/{master}/children", encoding="ascii").read().split():
        os.kill(int(pid), signal.SIGKILL)
    wait_until(lambda: scrape(counted).rise(before, "wxuser_worker_ends_total", reason="killed") == 6, 20,
               "all workers are replaced")
    now = scrape(counted)
    assert requests(now, before, "healthz", 200) == 1
    assert now.value("wxuser_requests_total") > before.value("wxuser_requests_total")


def test_a_message_and_a_refusal(counted):
    before = scrape(counted)
    counted.save_resident("oCounted", new_phone())
    counted.fault("sns/jscode2session", "errcode", 40164)
    counted.login(counted.code()["code"])
    now = scrape(counted)
    assert now.rise(before, "wxuser_sms_messages_total", outcome="sent") == 1
    assert now.rise(before, "wxuser_sms_messages_total") == 1
    assert now.rise(before, "wxuser_verify_codes_used_total") == 1
    assert now.rise(before, "wxuser_wechat_refusals_total", reason="configuration") == 1


def test_a_job_that_another_host_does(counted):
    """Its own counters do not tell of it."""
    def done_at():
        return scrape(counted).value("wxuser_job_last_success_timestamp_seconds", name="audit_seal")

    wait_until(lambda: done_at() > 0, 20, "this host does it")
    counted.sql("UPDATE job_lease SET due_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, "
                "ended_at = '2026-01-02 03:04:05' WHERE name = 'audit_seal'")
    Ctl(counted).out("reload")  # new workers look at once
    wait_until(lambda: done_at() == 1767323045, 20, "the host knows of it")
    counted.sql("UPDATE job_lease SET due_at = NULL WHERE name = 'audit_seal'")


def waits(metrics):
    """How many of the remote pool, their sum, and how many of a quarter of a second at most."""
    return [metrics.value(f"wxuser_queue_wait_seconds_{name}", pool="remote", **labels)
            for name, labels in (("count", {}), ("sum", {}), ("bucket", {"le": "0.25"}))]


def test_a_slow_queue_is_seen(make_stack):
    """One request at a time, two logins at once: the second waits as long as the first takes, which waits for none."""
    narrow = make_stack("narrow", WORKERS_REMOTE=1, CONF_server__remote_in_flight=1)
    codes = [narrow.code()["code"] for _ in range(3)]
    narrow.fault("sns/jscode2session", "slow", 1000)
    began = time.monotonic()
    assert narrow.login(codes[0]).json["code"] == 200
    n, alone_s, n_short = waits(scrape(narrow))
    assert n == 1 and alone_s <= time.monotonic() - began - 1

    narrow.fault("sns/jscode2session", "slow", 3000)
    with ThreadPoolExecutor(2) as clients:
        logins = [clients.submit(narrow.login, codes[1])]
        wait_until(lambda: narrow.calls("sns/jscode2session")["count"] == 2, 20, "WeChat has the first")
        now = scrape(narrow)
        assert now.value("wxuser_requests_in_flight", pool="remote", activity="wechat") == 1
        assert now.value("wxuser_connections", pool="remote") == 1
        logins.append(clients.submit(narrow.login, codes[2]))
        assert [login.result().json["code"] for login in logins] == [200, 200]
    now = waits(scrape(narrow))
    assert now[0] == 3 and now[1] - alone_s > 0.25 and now[2] <= n_short + 1


def test_requests_that_one_worker_holds(make_stack):
    """As many as it may: each is told by itself, and the worker is full."""
    wide = make_stack("wide", WORKERS_REMOTE=1, CONF_server__remote_in_flight=3)
    codes = [wide.code()["code"] for _ in range(3)]
    wide.fault("sns/jscode2session", "slow", 4000, count=3)
    with ThreadPoolExecutor(3) as clients:
        logins = [clients.submit(wide.login, code) for code in codes]
        wait_until(lambda: wide.calls("sns/jscode2session")["count"] == 3, 20, "WeChat has them all")
        now, page = scrape(wide), Ctl(wide).out("top", "--interval", "1")
        assert [login.result().json["code"] for login in logins] == [200, 200, 200]
    assert now.value("wxuser_requests_in_flight", pool="remote", activity="wechat") == 3
    assert now.value("wxuser_requests_in_flight_max", pool="remote") == 3
    assert now.value("wxuser_workers", pool="remote", state="busy") == 1
    assert now.value("wxuser_workers_full", pool="remote") == 1
    assert len(set(re.findall(rf"^remote +(\d+) .* wechat .*{LOGIN}$", page, re.M))) == 1
    assert len(re.findall(f"^remote .* wechat .*{LOGIN}$", page, re.M)) == 3


# ---- Who may read it.


def through(stack, peer, **params):
    return ask(str(stack.state / "run" / "core.sock"), "GET", "/metrics", REMOTE_ADDR=peer, **params)


def test_to_others_it_is_not_there(counted):
    nothing = counted.request("GET", "/nothing")
    for params in ({"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
                   {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.1"}, {"REMOTE_ADDR": "::1", "HTTP_VIA": "1.1 x"},
                   {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "192.0.2.1"},
                   {"REMOTE_ADDR": "127.0.0.1", "HTTP_CF_CONNECTING_IP": "192.0.2.1"},
                   {"REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.0"},
                   {"REMOTE_ADDR": "::2"}, {"REMOTE_ADDR": ""}):
        answer = through(counted, params.pop("REMOTE_ADDR"), **params)
        assert answer.status == 404 and b"wxuser_" not in answer.body
        assert answer.headers["Content-Type"] == nothing.headers["Content-Type"]
    assert through(counted, "127.0.0.1").status == 200
    assert through(counted, "::1").status == 200
    assert counted.request("GET", "/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status == 404
    assert counted.request("HEAD", "/metrics").status == 200
    assert counted.request("POST", "/metrics").status == 405


def test_networks_of_the_configuration(make_stack):
    lan = make_stack("monitored", CONF_ops__networks="10.1.2.0/24, 2001:db8::7", CONF_http__trusted_proxies="10.1.3.1")
    assert through(lan, "10.1.2.3").status == 200
    assert through(lan, "2001:db8::7").status == 200
    assert through(lan, "2001:db8::8").status == 404
    assert through(lan, "10.1.3.1", HTTP_X_FORWARDED_FOR="10.1.2.3").status == 200
    assert through(lan, "10.1.3.1", HTTP_X_FORWARDED_FOR="10.1.2.3", HTTP_VIA="1.1 x").status == 200
    assert through(lan, "10.1.3.1", HTTP_X_FORWARDED_FOR="192.0.2.1, 10.1.2.3").status == 404
    assert through(lan, "10.1.3.1", HTTP_X_FORWARDED_FOR="10.1.2.3, 10.1.4.1").status == 404
    assert through(lan, "10.1.3.1").status == 404
    assert lan.request("GET", "/metrics").status == 404


def test_without_a_database_and_in_maintenance(make_stack):
    broken = make_stack("unfortunate")
    (broken.state / "run" / "wxuser" / "maintenance").touch()
    broken.kill("mariadb")
    try:
        wait_until(lambda: "维护" in broken.get(f"/{SHOP}/get?id=1").text, 20, "a key is not asked about")
        assert scrape_at_rest(broken, 6).value("wxuser_workers", pool="core", state="busy") == 1
        (broken.state / "run" / "wxuser" / "maintenance").unlink()
        wait_until(lambda: broken.get(f"/{SHOP}/get?id=1").status == 503, 20, "the database is missed")
        wait_until(lambda: scrape(broken).value("wxuser_database_failures_total", kind="unreachable") > 0, 20,
                   "that is counted")
    finally:
        broken.up()


# ---- Who reads it.


def test_the_format(counted):
    assert promtool("check", "metrics", input=scrape(counted).text) == ""


def test_the_rules():
    promtool("check", "rules", str(RULES))
    promtool("test", "rules", str(TREE / "tests" / "stack" / "prometheus_rules.yml"))


def names_in(text):
    return set(re.findall(r"\bwxuser_[a-z_]+", text))


def test_rules_and_dashboard_ask_for_what_is_there(counted):
    counted.login_of()
    there = names_in(scrape(counted).text)
    dashboard = json.loads(DASHBOARD.read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    rules = re.findall(r"expr: (?:\|\n)?(.*)", RULES.read_text())
    assert len(expressions) > 10 and len(rules) > 5
    for expression in expressions + rules:
        assert names_in(expression) and names_in(expression) <= there, expression


def test_prometheus_reads_it(counted, unique):
    user = counted.save(openId=f"o{unique}")
    for _ in range(5):
        counted.get(f"/{SHOP}/get?id={user}")
    expected = scrape(counted).value("wxuser_requests_total", endpoint=f"{SHOP}/get", status="200")
    with Prometheus(counted.port) as prometheus:
        query = f'sum(wxuser_requests_total{{endpoint="{SHOP}/get",status="200"}})'
        wait_until(lambda: prometheus.query(query) == [expected], 30, "the requests are there")
        assert prometheus.query("up") == [1]
        counted.get(f"/{SHOP}/get?id={user}")
        wait_until(lambda: prometheus.query(query) == [expected + 1], 30, "one more is seen")
        wait_until(lambda: all(rule["health"] == "ok" for rule in prometheus.rules()), 30,
                   "the rules are evaluated")
        dashboard = json.loads(DASHBOARD.read_text())
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                prometheus.query(target["expr"].replace("$__rate_interval", "1m"))
