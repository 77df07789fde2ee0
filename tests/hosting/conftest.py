"""Fixtures: `stack`, a whole service, and `site`, the same one through each way to host it."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "stack"))

from host import BASE, ORIGIN, WAYS, Host  # noqa: E402
from stack import Stack  # noqa: E402


@pytest.fixture(scope="session")
def stack():
    made = Stack("hosting", CONF_server__base_path=BASE, CONF_server__socket_mode="666", CONF_http__origins=ORIGIN,
                 CONF_rates__unproven_per_s=1000)
    try:
        made.up()
        # Whoever hosts the program is another user than the database's.
        os.chmod(made.state / "run/mariadb", 0o711)
        made.give_tokens()
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: way.__name__)
def host(request, stack):
    with Host(stack, request.param.__name__) as made:
        request.param(made)
        yield made


@pytest.fixture
def site(host):
    return host.site()
