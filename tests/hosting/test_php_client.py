"""The PHP client on the oldest PHP that it is for, 7.4 of Debian 11."""

import os
import shutil

import pytest

from machine import Machine
from php_client import environment
from stack import Stack, TREE

TOOLS = "debootstrap", "systemd-nspawn"
PHP = """set -e
echo 127.0.0.1 localhost wxuser >/etc/hosts
export DEBIAN_FRONTEND=noninteractive
apt-get -q install -y --no-install-recommends php-cli php-curl php-gd phpunit
apt-get clean
"""

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a machine"),
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"one of {', '.join(TOOLS)} is missing"),
]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    directory = tmp_path_factory.mktemp("php")
    for part in "clients/php", "tests/php":
        shutil.copytree(TREE / part, directory / part)
    made = Machine(directory, False, "bullseye", PHP)
    yield made
    made.end()


@pytest.fixture(scope="module")
def stack():
    made = Stack("php", CONF_http__messages="en").up()
    yield made
    made.remove()


def test_php_7_4(machine, stack):
    assert machine.out("php", "-r", "echo PHP_VERSION;").startswith("7.4.")
    for path in (TREE / "clients/php").glob("*.php"):
        machine.out("php", "-l", f"/packages/clients/php/{path.name}")
    variables = (f"{name}={value}" for name, value in environment(stack).items())
    machine.out("env", *variables, "phpunit", "--no-configuration", "--do-not-cache-result",
                "--fail-on-warning", "--fail-on-risky", "/packages/tests/php")
