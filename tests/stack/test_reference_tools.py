"""What others say of openapi.json and of the pages of /help/: three tools for OpenAPI, the Nu checker and a browser."""

import http.server
import os
import pathlib
import re
import shutil
import subprocess
import threading

import pytest

from stack import TREE

BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])
TOOLS = TREE / "tests" / "reference"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json"}

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
        done = subprocess.run(words, cwd=directory, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_tools_for_openapi_find_no_error(run, site, tmp_path):
    document = site / "openapi.json"
    run("npx", "redocly", "lint", document)
    run("npx", "spectral", "lint", "--ruleset", "spectral.json", "--fail-severity", "error", document)
    run("npx", "openapi-typescript", document, "-o", tmp_path / "api.d.ts")
    run("npx", "tsc", "--noEmit", tmp_path / "api.d.ts")


@pytest.mark.skipif(shutil.which("java") is None, reason="WITHOUT java THE PAGES' HTML IS NOT CHECKED")
def test_the_html_is_valid(run, site):
    run("java", "-jar", "node_modules/vnu-jar/build/dist/vnu.jar", *site.rglob("*.html"))


@pytest.fixture
def url(site, stack):
    """Where the pages are, in front of the stack as behind a web server."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            path = site / self.path[1:]
            if self.path.startswith("/help/") and path.is_file():
                self.send(200, TYPES[path.suffix], path.read_bytes())
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: self.headers[name] for name in ("Content-Type", "Authorization") if name in self.headers}
            answer = stack.request(self.command, self.path, body or None, headers)
            self.send(answer.status, answer.headers["Content-Type"], answer.body)

        do_GET = do_POST = answer

        def send(self, status, type_, body):
            self.send_response(status)
            self.send_header("Content-Type", type_)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.skipif(shutil.which("chromium") is None, reason="WITHOUT chromium NOBODY LOOKS AT THE PAGES")
def test_a_browser_shows_each_page(run, site, url):
    pages = sorted(path.name for path in (site / "help").glob("*.html"))
    assert run("node", "browser.js", shutil.which("chromium"), url, *pages) == ""
