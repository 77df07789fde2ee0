"""A credential of one tenant opens, changes and tells nothing of another one, at no endpoint and by no member of a
request. Endpoints and members are those of the endpoint table and the shapes (is_id); what is sent is in foreign.py."""

import collections
import itertools
import time

import pytest

from ctl import Ctl
from endpoints import endpoints
from foreign import CITY, RENEWED, REQUESTS, Request, World, members
from stack import is_alive, wait_until
from stored import stored

MINE, OTHER = 2, 1
TOLD = members()
CREDENTIALS = {repr(endpoint): endpoint.credentials for endpoint in endpoints()}
OWN_KEYS, OWN_APPS = (f"(SELECT id FROM {table} WHERE tenant_id = {MINE})" for table in ("api_key", "app"))
# Workers write these some seconds after a request: counted().
COUNTED = ("statistics", "statistics_part")
# Rows of other tenants, where not tenant_id alone says it. A tombstone only tells that somebody was erased; the next two change
# without a request.
NOT_MINE = {"wechat_token_reader": f"api_key_id NOT IN {OWN_KEYS} OR app_id NOT IN {OWN_APPS}",
            "tombstone": "FALSE", "job_lease": "FALSE", "key_host": "FALSE", **dict.fromkeys(COUNTED, "FALSE")}


@pytest.fixture(scope="module")
def worlds(stack):
    """Mine and another tenant's. No job changes a row meanwhile."""
    due = stack.sql("SELECT name, COALESCE(QUOTE(due_at), 'NULL') FROM job_lease")
    stack.sql("UPDATE job_lease SET due_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR")
    unique = stack.state.name.split("-")[-1]
    now = int(time.time())
    made = World(stack, unique, MINE, now), World(stack, unique, OTHER, now)
    yield made
    made[0].remove()
    stack.sql(";".join(f"UPDATE job_lease SET due_at = {at} WHERE name = '{name}'" for name, at in due))


def counted(stack):
    """What was counted: {(tenant, app, name, error): n}. Workers write it when they end."""
    workers = stack.workers()
    Ctl(stack).out("reload")
    wait_until(lambda: not any(map(is_alive, workers)), 30, lambda: f"one of {workers} is still there")
    rows = stack.sql("SELECT tenant_id, app_id, name, error, SUM(n) FROM (" + " UNION ALL ".join(
        f"SELECT tenant_id, app_id, name, error, n FROM {table}" for table in COUNTED) + ") c GROUP BY 1, 2, 3, 4")
    return {tuple(key): int(n) for *key, n in rows}


class Database:
    """All rows that are not mine."""

    def __init__(self, stack):
        columns = collections.defaultdict(list)
        for table, column in stack.sql("SELECT table_name, column_name FROM information_schema.columns "
                                       "WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"):
            columns[table].append(column)
        self.stack, self.query = stack, ";".join(self.rows(*item) for item in columns.items())
        self.last, self.counted = self.read(), counted(stack)

    @staticmethod
    def rows(table, columns):
        where = NOT_MINE.get(table, f"tenant_id <> {MINE}" if "tenant_id" in columns else "TRUE")
        values = ", ".join(f"COALESCE(HEX(`{column}`), '-')" for column in columns)
        return f"SELECT '{table}', MD5(CONCAT_WS(' ', {values})) FROM {table} WHERE {where}"

    def read(self):
        return collections.Counter(tuple(row) for row in self.stack.sql(self.query))

    def changed(self):
        """Tables that have changed since this was asked last."""
        before, self.last = self.last, self.read()
        return {table for table, _ in (before - self.last) + (self.last - before)}


@pytest.fixture(scope="module")
def database(stack, worlds):
    return Database(stack)


def test_every_endpoint_is_asked():
    """But for those of operators, who have no tenant: test_admin.py."""
    assert set(REQUESTS) == {f"{endpoint.method} {endpoint.path}" for endpoint in endpoints()
                             if endpoint.credentials != ["operator"]}


@pytest.mark.parametrize("endpoint", REQUESTS)
def test_every_member_is_known(worlds, endpoint):
    """What differs between two persons is an id, and all else is content."""
    mine, other = ({name: value for values in REQUESTS[endpoint](world) for name, value in values.items()}
                   for world in worlds)
    assert set(mine) == set(TOLD[endpoint])
    assert {name for name in mine if mine[name] != other[name]} == {
        name for name, (_, is_id) in TOLD[endpoint].items() if is_id}


class Attack:
    """A request with some ids of the other's, which is made anew for each credential: a code is good for one."""

    def __init__(self, endpoint, form, names, headers):
        self.endpoint, self.form, self.names, self.headers = endpoint, form, names, headers

    def request(self, mine, other):
        own, others = (REQUESTS[self.endpoint](world)[self.form] for world in (mine, other))
        return Request(self.endpoint, TOLD[self.endpoint], {
            **own, **{name: others[name] for name in self.names}}, self.headers)

    def __repr__(self):
        return f"{self.endpoint}: the other's {self.names} at {self.headers}"


def attacks(endpoint, mine, other):
    """At my app, at the other's, and at the other's that is called by my host; with each of the other's ids, and
    with all of them."""
    told = TOLD[endpoint]
    for form, values in enumerate(REQUESTS[endpoint](mine)):
        ids = [name for name in values if told[name][1]]
        alone = [[name] for name in ids] if len(ids) > 1 else []
        whole = [[], ids] if ids else [[]]
        at_apps = [(headers, names) for headers in (mine.headers, other.headers) for names in alone + whole]
        by_my_host = [({**mine.headers, "X-WX-AppId": other.app}, names) for names in whole]
        for headers, names in at_apps + by_my_host:
            is_mine = headers == mine.headers and names == []
            is_wechats = "signature" in told and names == ids
            if not is_mine and not is_wechats:
                yield Attack(endpoint, form, names, headers)


def credential_of(world, kind):
    return {"none": lambda: None, "token": world.new_token, "key": lambda: world.key,
            "operator": lambda: world.operator}[kind]()


def told_by(stack, answer, request, seeds):
    """Seeds that neither the request itself nor a row of mine has told."""
    told = [seed for seed in seeds if seed in str(answer.headers) + answer.text and seed not in request.text]
    return [seed for seed, columns in stored(stack, told, MINE).items() if not columns] if told else []


@pytest.mark.parametrize("endpoint", REQUESTS)
def test_nothing_of_another_tenant_is_told_or_changed(stack, worlds, database, endpoint):
    mine, other = worlds
    for attack in attacks(endpoint, mine, other):
        for kind in CREDENTIALS[endpoint]:
            # Without a credential it is the other's own at the other's app.
            if kind == "none" and attack.headers != mine.headers:
                continue
            credential = credential_of(mine, kind)
            if endpoint in RENEWED:
                RENEWED[endpoint](mine)
            request = attack.request(mine, other)
            answer = request.send(stack, credential)
            assert answer.status < 500, (attack, answer)
            assert told_by(stack, answer, request, other.seeds) == [], (attack, answer)
    assert database.changed() == set()


def test_nothing_was_counted_for_another_tenant(stack, worlds, database):
    """By all of that, and by a login of mine that is refused."""
    stack.request("POST", "/v1/login", {"code": "wrong"}, worlds[0].headers)
    after = counted(stack)
    assert {tenant for tenant, *rest in after if after[tenant, *rest] != database.counted.get((tenant, *rest))} == {str(MINE)}


# Before another login replaces the session_key.
FIRST = ("POST /api/Customer/AppAuthorization",)
# Of which another tenant, or a request before, has used up what was named.
TAKEN = ("POST /v1/admin/apps", "POST /v1/admin/keys/{id}/rotate")
# After them the others find less: after SEND their codes, after LAST what is the person's.
SEND = (f"POST {CITY}/SendVerifyCode", "POST /v1/me/phone/sms-codes")
LAST = ("POST /v1/admin/members/{id}/erase", "POST /v1/admin/users/{id}/erase", "DELETE /v1/me/phone", "DELETE /v1/me/member", "POST /v1/me/erase")
# Where a success is told in the body: by which member, and how.
SUCCESS = {"account": ("code", 200), "city": ("Ret", 0), "customer": ("status", 1), "shop": ("status", 200)}
# Those that anybody may ask, and that answer only whom they are about.
OF_TOKEN = ("POST /api/Customer/Logout", "POST /api/Customer/RefreshToken", "POST /v1/token/refresh", "POST /v1/logout")


def succeeds(endpoint, answer):
    name, number = SUCCESS.get(endpoint.dialect, (None, None))
    body = answer.json if name and answer.status == 200 else None
    return answer.status in (200, 202, 204) and (not isinstance(body, dict) or body.get(name, number) == number)


def in_order():
    places = FIRST, (), SEND, LAST
    return sorted((endpoint for endpoint in endpoints() if repr(endpoint) in REQUESTS), key=lambda endpoint: next(
        (i for i, names in enumerate(places) if repr(endpoint) in names), 1))


@pytest.mark.parametrize("tenant", (MINE, OTHER))
def test_own_requests_succeed(stack, worlds, tenant):
    """So what was refused was refused for whose it was, and what the other has was still good for something."""
    world = next(world for world in worlds if world.tenant == tenant)
    failed = []
    for endpoint in in_order():
        name = repr(endpoint)
        kinds = ["token"] if name in OF_TOKEN else endpoint.credentials
        for i, (form, kind) in enumerate(itertools.product(range(len(REQUESTS[name](world))), kinds)):
            credential = credential_of(world, kind)
            if name in RENEWED and (i > 0 or tenant == MINE or name in SEND + TAKEN):
                RENEWED[name](world)
            answer = Request(name, TOLD[name], REQUESTS[name](world)[form], world.headers).send(stack, credential)
            if not succeeds(endpoint, answer):
                failed.append((name, form, kind, answer.status, answer.text[:200]))
    assert not failed, "\n".join(map(str, failed))
