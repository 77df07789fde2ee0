"""Fixtures: `stack`, a whole service with the console, and `travel`, which takes somebody through it in Chromium."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "stack"))

from console import copy_console  # noqa: E402
from ctl import Ctl  # noqa: E402
from stack import Stack  # noqa: E402


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    return copy_console(tmp_path_factory.mktemp("console"))


@pytest.fixture(scope="session")
def tools(tree):
    """What npm installs beside the tests."""
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1"]
    done = subprocess.run(install, cwd=tree / "tests/console", capture_output=True, text=True, timeout=600)
    if re.search(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH", done.stderr):
        pytest.skip("WITHOUT npm's REGISTRY NOBODY GOES THROUGH THE CONSOLE")
    assert done.returncode == 0, done.stderr
    return tree / "tests/console"


@pytest.fixture(scope="session")
def stack():
    made = Stack("console")
    try:
        made.up()
        made.give_tokens()
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="session")
def ctl(stack):
    return Ctl(stack)


@pytest.fixture(scope="session")
def admin(ctl):
    return ctl.out("key", "add", "--tenant", "1", "--name", "shop office", "--scopes", "read,write,admin").strip()


@pytest.fixture(scope="session")
def operator(ctl):
    return ctl.out("operator", "add", "on call").strip()


@pytest.fixture
def travel(stack, tools):
    """travel(journey, language, **given): what the journey has shown. WXUSER_PICTURES names a directory for pictures of
    the pages."""
    def travel(journey, language, **given):
        where = {"site": stack.env["WXUSER_URL"], "chromium": shutil.which("chromium"), "language": language,
                 "pictures": os.environ.get("WXUSER_PICTURES")}
        done = subprocess.run(["node", "journeys.js", journey], cwd=tools, input=json.dumps({**where, **given}),
                              capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["problems"] == []
        assert len(found["requests"]) > 10
        return found.get("shown")
    return travel
