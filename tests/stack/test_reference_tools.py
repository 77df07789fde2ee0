"""What others say of openapi.json and of the pages of /help/: three tools for OpenAPI, the Nu checker and a browser."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from case import CASES, Message
from sample import cases, has_form, is_shown
from stack import TREE

BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])
TOOLS = TREE / "tests" / "reference"

pytestmark = [pytest.mark.long, pytest.mark.skipif(
    shutil.which("npm") is None, reason="WITHOUT npm NO OTHER PROGRAM READS THE REFERENCE")]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """What "make install" lays out for the web server."""
    directory = tmp_path_factory.mktemp("site") / "www"
    shutil.copytree(TREE / "www", directory)
    shutil.copytree(BUILD / "www", directory, dirs_exist_ok=True)
    return directory


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """run(word...): what a tool of tests/reference/package.json writes."""
    directory = tmp_path_factory.mktemp("tools")
    for path in TOOLS.iterdir():
        shutil.copy(path, directory)
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1"]
    done = subprocess.run(install, cwd=directory, capture_output=True, text=True, timeout=600)
    if re.search(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH", done.stderr):
        pytest.skip("WITHOUT npm's REGISTRY NO OTHER PROGRAM READS THE REFERENCE")
    assert done.returncode == 0, done.stderr

    def run(*words):
        done = subprocess.run(words, cwd=directory, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_tools_for_openapi_find_no_error(run, site, tmp_path):
    document = site / "openapi.json"
    run("npx", "redocly", "lint", "--config", "redocly.yaml", document)
    run("npx", "spectral", "lint", "--ruleset", "spectral.json", "--fail-severity", "error", document)
    run("npx", "openapi-typescript", document, "-o", tmp_path / "api.d.ts")
    run("npx", "tsc", "--noEmit", tmp_path / "api.d.ts")


@pytest.mark.skipif(shutil.which("java") is None, reason="WITHOUT java THE PAGES' HTML IS NOT CHECKED")
def test_the_html_is_valid(run, site):
    run("java", "-jar", "node_modules/vnu-jar/build/dist/vnu.jar", *site.rglob("*.html"),
        TREE / "tests" / "sandbox" / "page.html")


def is_answered(shown, case):
    """Whether what a form shows of an answer is the case's: a status, and JSON on several lines or another text."""
    status, _, body = shown.removeprefix("HTTP ").partition("\n")
    response = Message(case / "response")
    text = response.body.decode("utf-8")
    if status != response.first:
        return False
    if (case / "given").exists() and (case / "given").read_text("utf-8").startswith("changed "):
        # The form reads all changes, of whichever users there are.
        return list(json.loads(body)) == list(json.loads(text))
    if text.startswith(("{", "[")) and body.startswith(("{", "[")):
        return is_shown(json.loads(body), "application/json", text)
    return is_shown(body, "text/plain", text)


NEEDS_CHROMIUM = pytest.mark.skipif(
    shutil.which("chromium") is None, reason="WITHOUT chromium NOBODY LOOKS AT THE PAGES")


@NEEDS_CHROMIUM
def test_a_browser_shows_each_page(run, site, stack):
    """And each form of a sample is answered as the sample's case says."""
    paths = [f"/help/{path.name}" for path in sorted((site / "help").glob("*.html"))]
    found = json.loads(run("node", "browser.js", shutil.which("chromium"), stack.env["WXUSER_URL"], *paths, "/sandbox/"))
    assert found["problems"] == []
    assert len(found["answers"]) == sum(has_form(path.parent) for path in CASES.glob("*/*/sample"))
    for path, name, text in found["answers"]:
        assert any(is_answered(text, case) for case in cases(name)), (path, name, text)
