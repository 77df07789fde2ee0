"""A credential of one tenant opens, changes and tells nothing of another one, at no endpoint and by no member of a
request. Endpoints and members are those of the endpoint table and the shapes (is_id); what is sent is in foreign.py."""

import collections

import pytest

from endpoints import endpoints
from foreign import REQUESTS, Request, World, members

MINE, OTHER = 2, 1
TOLD = members()
OWN_KEYS, OWN_APPS = (f"(SELECT id FROM {table} WHERE tenant_id = {MINE})" for table in ("api_key", "app"))
# Rows of tables that do not say the tenant; the last two change without a request.
NOT_MINE = {"wechat_token_reader": f"api_key_id NOT IN {OWN_KEYS} OR app_id NOT IN {OWN_APPS}",
            "job_lease": "FALSE", "key_host": "FALSE"}


@pytest.fixture(scope="module")
def worlds(stack):
    """Mine and another tenant's. No job changes a row meanwhile."""
    stack.sql("UPDATE job_lease SET due_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR")
    unique = stack.state.name.split("-")[-1]
    yield World(stack, unique, MINE), World(stack, unique, OTHER)
    stack.sql("UPDATE job_lease SET due_at = NULL")


class Database:
    """All rows that are not mine."""

    def __init__(self, stack):
        columns = collections.defaultdict(list)
        for table, column in stack.sql("SELECT table_name, column_name FROM information_schema.columns "
                                       "WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"):
            columns[table].append(column)
        self.stack, self.query = stack, ";".join(self.rows(*item) for item in columns.items())

    @staticmethod
    def rows(table, columns):
        where = f"tenant_id <> {MINE}" if "tenant_id" in columns else NOT_MINE.get(table, "TRUE")
        values = ", ".join(f"COALESCE(HEX(`{column}`), '-')" for column in columns)
        return f"SELECT '{table}', MD5(CONCAT_WS(' ', {values})) FROM {table} WHERE {where}"

    def read(self):
        return collections.Counter(tuple(row) for row in self.stack.sql(self.query))


@pytest.fixture(scope="module")
def database(stack, worlds):
    return Database(stack)


def test_every_endpoint_is_asked():
    assert set(REQUESTS) == {f"{endpoint.method} {endpoint.path}" for endpoint in endpoints()}


@pytest.mark.parametrize("endpoint", REQUESTS)
def test_every_member_is_known(worlds, endpoint):
    """What differs between two persons is an id, and all else is content."""
    mine, other = ({name: value for values in REQUESTS[endpoint](world) for name, value in values.items()}
                   for world in worlds)
    assert set(mine) == set(TOLD[endpoint])
    assert {name for name in mine if mine[name] != other[name]} == {
        name for name, (_, is_id) in TOLD[endpoint].items() if is_id}


@pytest.fixture(scope="module")
def known():
    """Seeds that I have sent: my own rows may have them since."""
    return set()


class Attack:
    """A request that is made anew for each credential, since a code is good for one."""

    def __init__(self, endpoint, what, values, site, is_open=False):
        self.endpoint, self.what, self.values, self.site = endpoint, what, values, site
        self.is_open = is_open  # it is sent without a credential, too

    def request(self):
        return Request(self.endpoint, TOLD[self.endpoint], self.values(), self.site)


def attacks(endpoint, mine, other):
    make = REQUESTS[endpoint]
    n_forms = len(make(mine))
    for form in range(n_forms):
        yield Attack(endpoint, "my request to the other's app", lambda form=form: make(mine)[form], other)
        # Without a credential it is the other's own, or WeChat's.
        if "signature" not in TOLD[endpoint]:
            yield Attack(endpoint, "the other's request", lambda form=form: make(other)[form], other)
    for name, (_, is_id) in TOLD[endpoint].items():
        form = next(i for i, values in enumerate(make(mine)) if name in values)
        if is_id:
            yield Attack(endpoint, f"the other's {name}", lambda form=form, name=name: {
                **make(mine)[form], name: make(other)[form][name]}, mine, is_open=True)


@pytest.mark.parametrize("endpoint", REQUESTS)
def test_nothing_of_another_tenant_is_told_or_changed(stack, worlds, database, known, endpoint):
    mine, other = worlds
    before = database.read()
    for attack in attacks(endpoint, mine, other):
        for credential in [mine.key, mine.new_token()] + [None] * attack.is_open:
            request = attack.request()
            known.update(seed for seed in other.seeds if seed in request.text)
            answer = request.send(stack, credential)
            told = [seed for seed in other.seeds if seed in str(answer.headers) + answer.text and seed not in known]
            assert (told, answer.status < 500) == ([], True), (attack.what, request.text, answer)
    after = database.read()
    assert {table for table, _ in (before - after) + (after - before)} == set(), endpoint


# After them the others find less.
LAST = ("DELETE /v1/me/phone", "DELETE /v1/me/member", "POST /v1/me/erase")
# Where a success is told in the body: by which member, and how.
SUCCESS = {"account": ("code", 200), "city": ("Ret", 0), "customer": ("status", 1), "shop": ("status", 200)}


def succeeds(endpoint, answer):
    name, number = SUCCESS.get(endpoint.dialect, (None, None))
    body = answer.json if name and answer.status == 200 else None
    return answer.status in (200, 202, 204) and (not isinstance(body, dict) or body.get(name, number) == number)


def test_my_own_requests_succeed(stack, worlds):
    """So what was refused was refused for whose it was."""
    mine, _ = worlds
    for endpoint in sorted(endpoints(), key=lambda endpoint: repr(endpoint) in LAST):
        name = repr(endpoint)
        for form in range(len(REQUESTS[name](mine))):
            mine.token = mine.new_token()
            mine.take_codes()
            if endpoint.path.endswith(("VerifyCode", "sms-codes")):
                mine.may_send()
            answers = [Request(name, TOLD[name], REQUESTS[name](mine)[form], mine).send(stack, credential)
                       for credential in (mine.token, mine.key)]
            assert any(succeeds(endpoint, answer) for answer in answers), (name, answers)
