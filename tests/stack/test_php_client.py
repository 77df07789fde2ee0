"""The PHP client, clients/php: its tests in tests/php, with the stack's addresses and keys."""

import os
import shutil
import subprocess

import pytest

from php_client import environment
from stack import TREE


def has_php():
    if shutil.which("php") is None or shutil.which("phpunit") is None:
        return False
    modules = subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split()
    return {"curl", "gd"} <= set(modules)


pytestmark = pytest.mark.skipif(
    not has_php(), reason="WITHOUT php-cli, php-curl, php-gd AND phpunit THE PHP CLIENT IS NOT TRIED")


@pytest.fixture(scope="module")
def variables(stack):
    return {**os.environ, **environment(stack)}


@pytest.mark.parametrize("test", ["AvatarTest", "ClientTest", "FaultTest", "ReadmeTest"])
def test_it(variables, test):
    done = subprocess.run(
        ["phpunit", "--no-configuration", "--do-not-cache-result", "--fail-on-warning", "--fail-on-risky",
         TREE / "tests" / "php" / f"{test}.php"],
        env=variables, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "OK (" in done.stdout, done.stdout + done.stderr
