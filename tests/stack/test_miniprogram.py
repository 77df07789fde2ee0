"""The client for mini programs, uni-app and H5 pages: on a scripted platform, against the stack, and its sample."""

import os
import re
import shutil
import subprocess

import pytest

from stack import TREE, new_phones

FOLDERS = "clients/miniprogram", "tests/miniprogram"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="WITHOUT node THE CLIENT FOR MINI PROGRAMS IS NOT TRIED")
with_npm = pytest.mark.skipif(
    shutil.which("npm") is None, reason="WITHOUT npm THE SAMPLE MINI PROGRAM IS NOT TRIED")


def run(tree, *words, **environment):
    own = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(words, cwd=tree / "tests/miniprogram", capture_output=True, text=True, timeout=300,
                          env={**own, **environment})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_tests(name, tree=TREE, stack=None, unique=""):
    environment = {} if stack is None else {**stack.env, "UNIQUE": unique, "PHONE": new_phones()}
    report = run(tree, "node", "--test", f"{name}.test.mjs", **environment)
    assert re.search(r"^# pass [1-9]", report, re.M) and "# skipped 0" in report, report


@pytest.mark.parametrize("name", ["client", "platform", "web"])
def test_the_client_on_a_scripted_platform(name):
    run_tests(name)


@pytest.mark.parametrize("name", ["stack", "snippets"])
def test_the_client_against_the_stack(name, stack, unique):
    run_tests(name, stack=stack, unique=unique)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of client and tests with what npm installs."""
    copy = tmp_path_factory.mktemp("miniprogram")
    for folder in FOLDERS:
        shutil.copytree(TREE / folder, copy / folder, ignore=shutil.ignore_patterns("node_modules"))
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1"]
    done = subprocess.run(install, cwd=copy / "tests/miniprogram", capture_output=True, text=True, timeout=600)
    if re.search(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH", done.stderr):
        pytest.skip("WITHOUT npm's REGISTRY THE SAMPLE MINI PROGRAM IS NOT TRIED")
    assert done.returncode == 0, done.stderr
    return copy


@with_npm
@pytest.mark.long
def test_the_typings(tree):
    run(tree, "npx", "tsc", "-p", ".")


@with_npm
@pytest.mark.long
def test_what_mini_programs_understand(tree):
    client = tree / "clients/miniprogram"
    run(tree, "npx", "acorn", "--ecma2017", "--silent", "--module", *client.glob("*.js"), *client.glob("src/*.js"))
    run(tree, "npx", "acorn", "--ecma2017", "--silent", *client.glob("sample/**/*.js"))


@with_npm
@pytest.mark.long
def test_the_sample_has_the_client(tree):
    client = tree / "clients/miniprogram"
    assert run(tree, "npx", "rollup", client / "index.js", "--format", "cjs", "--silent") == (
        client / "sample/wxuser/index.js").read_text()


@pytest.fixture(scope="module")
def stack_that_waits(make_stack):
    """One whose tenant erases an account a week after its person asks for it."""
    waiting = make_stack("miniprogram", CONF_http__messages="zh")
    waiting.sql("INSERT INTO setting SELECT id, 'erasure_days', '7' FROM tenant")
    return waiting


@with_npm
@pytest.mark.long
def test_the_sample(tree, stack_that_waits, unique):
    run_tests("sample", tree=tree, stack=stack_that_waits, unique=unique)
