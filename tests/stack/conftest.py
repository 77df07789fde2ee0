"""Fixtures: `stack`, one whole service for all tests, and `make_stack` for those that break one.

Files of tests may run beside each other (pytest -n, tests/run.sh): each process has a `stack` of its own.

WXUSER_BUILD names a directory of built programs (tests/run.sh gives the one with sanitizers); without
it the quick start builds. A test relies on nothing that another left behind: it makes its own openids
with the fixture `unique`, and sets no fault in the shared stack but with a count that it uses up.
"""

import itertools
import os
import time

import pytest

from ctl import Ctl, drop_schema, empty_schema, migrated_schema
from echo import Echo
from installation import Installation
from prepared import keep, make_place, prepare, remove_place
from stack import NO_SYNC, Stack, is_alive
from traces import left_by


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes; run by tests/run.sh all")
    make_place()


def pytest_unconfigure(config):
    remove_place()


def pytest_collection_modifyitems(config, items):
    if config.option.markexpr == "":
        # A directory of the name is a keyword, too.
        is_long = {item: item.get_closest_marker("long") is not None for item in items}
        config.hook.pytest_deselected(items=[item for item in items if is_long[item]])
        items[:] = [item for item in items if not is_long[item]]
    # test_cases.py looks at all that its stack has logged, so no other file may use that before. Then the long files, so
    # that none is left over at the end, for one process alone.
    items.sort(key=lambda item: (item.path.name != "test_cases.py", -item.path.stat().st_size))


def start_stacks():
    """make(name, **settings): another running stack, gone at the end."""
    stacks = []

    def make(name, **settings):
        stacks.append(Stack(name, MARIADB=" ".join(NO_SYNC), **settings))
        is_prepared = prepare(stacks[-1], settings)
        stacks[-1].up()
        if not is_prepared:
            keep(stacks[-1], settings)
        return stacks[-1]

    yield make
    used = {stack.state.name: stack.used_of_fibers() for stack in stacks}
    try:
        left = set().union(*(left_by(stack) for stack in stacks if is_alive(stack.pid("mariadb"))))
    finally:
        for stack in stacks:
            stack.remove()
    assert max(used.values(), default=0) <= 0.5, used
    assert not left


make_stack = pytest.fixture(scope="module")(start_stacks)
make_lasting_stack = pytest.fixture(scope="session")(start_stacks)


def start_open(make, name):
    """In English, with access tokens for everybody who logs in, and with patience for a database on a machine
    that stalls."""
    made = make(name, CONF_http__messages="en", CONF_rates__unproven_per_s=1000,
                CONF_database__connect_timeout_s=10, CONF_database__read_timeout_s=10)
    made.give_tokens()
    return made


@pytest.fixture(scope="session")
def stack(make_lasting_stack):
    return start_open(make_lasting_stack, "main")


@pytest.fixture(scope="session")
def stack_of_tenants(make_lasting_stack):
    """For tests that add tenants, which others would count."""
    return start_open(make_lasting_stack, "tenants")


@pytest.fixture(scope="module")
def stack_of_module(make_stack):
    """For tests that count what the service does."""
    return start_open(make_stack, "module")


@pytest.fixture
def empty(stack):
    """On an empty schema, as a user who may do anything there."""
    yield empty_schema(stack)
    drop_schema(stack)


@pytest.fixture
def migrated(empty):
    empty.out("migrate")
    return empty


@pytest.fixture
def ctl(stack):
    """On the running service's schema, as the service's user."""
    return Ctl(stack)


@pytest.fixture(scope="module")
def schema(stack, request):
    """The settings for a migrated schema that only this module uses, which names it SCHEMA."""
    with migrated_schema(stack, request.module.SCHEMA) as settings:
        yield settings


@pytest.fixture
def installation(stack, schema, tmp_path):
    return Installation(stack, Ctl(stack, **schema), tmp_path)


numbers = itertools.count()


@pytest.fixture
def unique():
    """A text that no other test has, good in an openid."""
    return f"{os.getpid():x}-{time.time_ns():x}-{next(numbers)}"


def start_echo_services():
    """start(**settings): a running echo service, gone at the end."""
    started = []

    def start(**settings):
        started.append(Echo(**settings))
        return started[-1].up()

    yield start
    for echo in started:
        echo.remove()


start_echo = pytest.fixture(start_echo_services)
start_module_echo = pytest.fixture(scope="module")(start_echo_services)
