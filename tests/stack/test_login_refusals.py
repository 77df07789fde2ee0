"""Logins that were refused: each is kept as a row that tells why, at each endpoint that lets a person in."""

import json
import re

import pytest

from case import CASES, run_case
from ctl import Ctl
from endpoints import endpoints
from prometheus import scrape
from stack import wait_until
from test_access import control

LOGINS = [endpoint for endpoint in endpoints()
          if "none" in endpoint.credentials and "CODE_INVALID" in endpoint.errors]
OMITTED = "wxuser_login_refusals_omitted_total"
OWNERS = {"MAINTENANCE", "BUSY", "INTERNAL"}  # while these are met nothing is written
DAY_ROWS = 60  # of an app at once


def refusals_in(log):
    """What the access lines of logins say: the error by the request's id."""
    paths = {endpoint.path[1:] for endpoint in LOGINS}
    lines = re.findall(r" request=(\S+) .*endpoint=(\S+) .*err=(\S+)", log)
    return {request: err for request, path, err in lines if path in paths and err not in OWNERS}


def row(stack, answer):
    """What is kept of the request that was refused."""
    names = ("tenant_id", "app_id", "openid_masked", "is_claimed", "error", "reason", "address")
    found = stack.sql("SELECT tenant_id, app_id, openid_masked, is_claimed, error, reason, HEX(address_hash) "
                      f"FROM login_refusal WHERE request_id = '{answer.headers['X-Request-Id']}'")
    assert len(found) == 1, (answer, found)
    return dict(zip(names, found[0]))


def masked(openid):
    return f"{openid[:3]}****{openid[-4:]}"


def post(stack, endpoint, members, app_id=None, **more):
    return stack.request("POST", endpoint.path, members, {"X-WX-AppId": app_id or stack.app_id}, **more)


def test_there_are_logins_in_three_dialects():
    assert {endpoint.dialect for endpoint in LOGINS} == {"account", "customer", "v1"}


# ---- Whatever the reason is

@pytest.fixture(scope="module")
def refused(stack):
    """Where the log began, before the cases."""
    return len(stack.log("wxuser"))


@pytest.mark.parametrize(
    "directory", sorted(path.parent for name in ("getuserinfo", "appauthorization", "v1-login")
                        for path in CASES.glob(f"{name}/*/request")),
    ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_case_is_refused_as_ever(stack, unique, directory, refused):
    run_case(stack, unique, directory)


def test_each_refusal_of_these_cases_has_its_row(stack, refused):
    """But for those over the limit, which are counted."""
    errs = refusals_in(stack.log("wxuser")[refused:])
    rows = dict(stack.sql("SELECT request_id, error FROM login_refusal"))
    missing = errs.keys() - rows.keys()
    assert {request: rows[request] for request in errs.keys() - missing} == \
        {request: errs[request] for request in errs.keys() - missing}
    assert len(missing) <= scrape(stack).value(OMITTED)
    assert {"CODE_INVALID", "CODE_USED", "CODE_PENDING", "RISK_USER", "SNAPSHOT_USER", "ACCOUNT_DISABLED",
            "ACCOUNT_CLOSED", "APP_UNKNOWN", "PARAMETER", "UPSTREAM", "UPSTREAM_BUSY", "UPSTREAM_CONFIG",
            "PROOF_MISSING", "OPENID_MALFORMED"} <= {rows[request] for request in errs.keys() - missing}


# ---- What a row tells

@pytest.fixture(scope="module")
def fresh(stack_of_module):
    """Of whose apps no refusal is omitted, since there are few."""
    return stack_of_module


@pytest.mark.parametrize("endpoint", LOGINS, ids=lambda endpoint: endpoint.dialect)
def test_a_refusal_by_the_account_names_app_openid_and_reason(fresh, unique, endpoint):
    openid = f"o{unique}"
    fresh.log_in(openid=openid)
    control(fresh, "account", "disable", openid)
    answer = post(fresh, endpoint, {"code": fresh.code(openid=openid)["code"]})
    found = row(fresh, answer)
    assert len(found.pop("address")) == 64
    assert found == {
        "tenant_id": "1", "app_id": fresh.sql(f"SELECT id FROM app WHERE appid = '{fresh.app_id}'")[0][0],
        "openid_masked": masked(openid), "is_claimed": "0", "error": "ACCOUNT_DISABLED",
        "reason": "the account is switched off"}


@pytest.mark.parametrize("endpoint", LOGINS, ids=lambda endpoint: endpoint.dialect)
def test_a_code_that_wechat_refuses_names_nobody(fresh, unique, endpoint):
    found = row(fresh, post(fresh, endpoint, {"code": f"bad-{unique}"}))
    assert (found["openid_masked"], found["error"]) == ("NULL", "CODE_INVALID")
    assert found["app_id"] != "NULL" and found["reason"].startswith("errcode 40029")
    again = row(fresh, post(fresh, endpoint, {"code": f"bad-{unique}"}))
    assert (again["error"], again["reason"]) == (
        "CODE_INVALID", f"{found['reason']}, as at the code's first request")


@pytest.mark.parametrize("endpoint", LOGINS, ids=lambda endpoint: endpoint.dialect)
def test_a_wrong_app_is_of_no_tenant(fresh, unique, endpoint):
    for app_id, reason in ((f"wx{unique}", f"no such app: wx{unique}"), ("0" * 32, "no such app; what came is no appid")):
        found = row(fresh, post(fresh, endpoint, {"code": "x"}, app_id=app_id))
        assert (found["tenant_id"], found["app_id"], found["error"], found["reason"]) == \
            ("NULL", "NULL", "APP_UNKNOWN", reason)


def test_an_openid_that_the_client_alone_names_is_only_claimed(fresh, unique):
    openid = f"o{unique}"
    answer = fresh.authorize({"openId": openid, "session_key": "x"})
    found = row(fresh, answer)
    assert (found["openid_masked"], found["is_claimed"], found["error"]) == (masked(openid), "1", "PROOF_MISSING")


def test_an_openid_that_a_server_names_is_known(fresh, unique):
    openid = f"o{unique}"
    fresh.log_in(openid=openid)
    fresh.disable(openid)
    found = row(fresh, fresh.authorize({"openId": openid}, key=fresh.key))
    assert (found["openid_masked"], found["is_claimed"], found["error"]) == \
        (masked(openid), "0", "ACCOUNT_DISABLED")


def test_equal_addresses_have_equal_hashes(fresh, unique):
    first, again, other = (row(fresh, fresh.login(f"bad-{unique}-{i}", source=source))["address"]
                           for i, source in enumerate(("127.0.8.1", "127.0.8.1", "127.0.8.2")))
    assert first == again != other


def test_a_login_that_succeeds_leaves_nothing(fresh, unique):
    before = fresh.count("login_refusal")
    fresh.log_in(openid=f"o{unique}")
    assert fresh.count("login_refusal") == before


def test_the_log_names_the_openid_masked(fresh, unique):
    """Of a login that succeeds, of one that is refused, and of what the person does then."""
    openid = f"o{unique}"
    first = fresh.login(fresh.code(openid=openid)["code"])
    read = fresh.request("GET", "/v1/me", key=first.headers["X-Access-Token"])
    fresh.disable(openid)
    refused = fresh.login(fresh.code(openid=openid)["code"])
    for answer in first, read, refused:
        fresh.await_log(rf"request={answer.headers['X-Request-Id']} .* account=\S+ "
                        rf"openid={re.escape(masked(openid))} ")


# ---- How many

@pytest.fixture(scope="module")
def limited(make_stack):
    return make_stack("limited", CONF_http__messages="en", RATES="on", CONF_rates__login_per_s=1,
                      CONF_rates__login_burst=1)


def test_a_login_over_the_rate_has_a_row(limited, unique):
    answers = [limited.login(f"bad-{unique}-{i}") for i in range(4)]
    late = [answer for answer in answers if answer.json["code"] != 500 or "often" in answer.text]
    assert late
    assert {row(limited, answer)["error"] for answer in late} == {"RATE"}


def test_of_a_flood_few_become_rows_and_the_rest_is_counted(make_stack, unique):
    flooded = make_stack("flooded", CONF_http__messages="en", CONF_rates__login_per_s=10000,
                         CONF_rates__login_burst=10000)
    n = 4 * DAY_ROWS
    began = flooded.sql("SELECT UTC_TIMESTAMP(6)")[0][0]
    for i in range(n):
        assert flooded.login(f"bad-{unique}-{i}").json["code"] == 500
    (seconds,), = flooded.sql(f"SELECT TIMESTAMPDIFF(SECOND, '{began}', UTC_TIMESTAMP(6)) + 1")
    kept = flooded.count("login_refusal")
    assert DAY_ROWS <= kept <= DAY_ROWS + int(seconds)
    wait_until(lambda: scrape(flooded).value(OMITTED) == n - kept, 10,
               lambda: json.dumps([kept, scrape(flooded).value(OMITTED)]))

    # Whom WeChat knows is not hidden by it.
    openid = f"o{unique}"
    flooded.log_in(openid=openid)
    flooded.disable(openid)
    found = row(flooded, flooded.login(flooded.code(openid=openid)["code"]))
    assert found["openid_masked"] == masked(openid)


def test_in_maintenance_nothing_is_written(limited, unique):
    before = limited.count("login_refusal")
    control(limited, "maintenance", "on")
    try:
        answer = limited.login(f"bad-{unique}")
        limited.await_log(rf"request={answer.headers['X-Request-Id']} .* err=MAINTENANCE")
    finally:
        control(limited, "maintenance", "off")
    assert limited.count("login_refusal") == before


# ---- wxuserctl login list

def lines(fresh, *words, **more):
    return Ctl(fresh).out("login", "list", *words, **more).splitlines()[1:]


def test_an_operator_finds_out_why(fresh, unique):
    """By openid, by request and by time; of a code that WeChat refuses by the latter two."""
    openid = f"o{unique}"
    fresh.log_in(openid=openid)
    fresh.disable(openid)
    disabled = fresh.login(fresh.code(openid=openid)["code"]).headers["X-Request-Id"]
    (began,), = fresh.sql("SELECT DATE_FORMAT(UTC_TIMESTAMP(6) + INTERVAL 8 HOUR, '%Y-%m-%dT%H:%i:%s.%f')")
    bad = fresh.login(f"bad-{unique}").headers["X-Request-Id"]

    of_openid, = lines(fresh, "--app", fresh.app_id, "--openid", "-", stdin=f"{openid}\n")
    assert of_openid == lines(fresh, "--request-id", disabled)[0]
    assert [word in of_openid for word in (masked(openid), "ACCOUNT_DISABLED", "the account is switched off",
                                           disabled, openid)] == [True] * 4 + [False]
    of_request, = lines(fresh, "--request-id", bad)
    assert "CODE_INVALID" in of_request
    assert lines(fresh, "--app", fresh.app_id, "--since", began) == [of_request]
    assert lines(fresh, "--last", "2") == [of_request, of_openid]


def test_json_has_the_same(fresh, unique):
    answer = fresh.authorize({"openId": f"o{unique}", "session_key": "x"})
    (told,) = json.loads(Ctl(fresh).out("login", "list", "--request-id", answer.headers["X-Request-Id"], "--json"))
    assert re.fullmatch(r"[0-9a-f]{8}", told.pop("client"))
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT.*Z", told.pop("happened_at"))
    assert told == {"tenant_id": 1, "appid": fresh.app_id, "openid": masked(f"o{unique}"), "is_claimed": True,
                    "error": "PROOF_MISSING", "reason": told["reason"],
                    "request_id": answer.headers["X-Request-Id"]}
