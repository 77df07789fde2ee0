"""What the web server serves itself: the help and a page at the root, and nothing else."""

import pytest

from stack import exchange

CSP = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def get(host, target, method="GET"):
    return exchange(host.port, method, target, None, {})


def follow(host, target):
    """The answer, after one step to the directory's own name."""
    answer = get(host, target)
    if answer.status == 301:
        assert answer.headers["Location"].endswith(target + "/")
        answer = get(host, target + "/")
    return answer


@pytest.mark.parametrize("target, type_, content", [
    ("/", "text/html", "微信用户服务"), ("/help", "text/html", "wxuser 帮助"), ("/help/", "text/html", "wxuser 帮助"),
    ("/help/shop-get.html", "text/html", "/api/weixin/wxbuyinguser/get"), ("/help/help.js", "text/javascript", "readyz"),
    ("/help/style.css", "text/css", "max-width"), ("/openapi.json", "application/json", "3.1.0")])
def test_the_help(host, target, type_, content):
    answer = follow(host, target)
    assert answer.status == 200 and content in answer.text
    assert answer.headers["Content-Type"].split(";")[0] == type_
    assert answer.headers["Content-Security-Policy"] == CSP
    assert answer.headers["Cache-Control"] == "max-age=3600"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    head = get(host, "/help/style.css", "HEAD")
    assert (head.status, head.body) == (200, b"") and int(head.headers["Content-Length"]) > 0


@pytest.mark.parametrize("target", [
    "/help/none", "/help/.hidden", "/help/.git/config", "/help/sub/", "/help/sub", "/console/",
    "/help/../../keys.txt", "/help/%2e%2e/%2e%2e/keys.txt", "/help/..%2f..%2fkeys.txt", "/help/../keys.txt",
    "/help../keys.txt", "/help/..%5c..%5ckeys.txt", "/help/sub/../.hidden", "/help/%2ehidden", "//help/.hidden",
    "/help//.hidden", "/help/style.css%00", "/help;/.hidden", "/helpless", "/HELP/"])
def test_nothing_else(host, target):
    for name in "help/.hidden", "help/.git/config", "help/sub/listed", "../keys.txt":
        path = host.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("SECRET")
    answer = follow(host, target)
    assert 400 <= answer.status < 500, answer
    assert b"SECRET" not in answer.body and b"listed" not in answer.body


def test_files_do_not_hide_the_program(host):
    if host.name == "shared_hosting":
        pytest.skip("the whole directory is its user's")
    (host.root / "healthz").write_text("SECRET")
    assert get(host, "/healthz").headers["Content-Type"] == "application/json"
