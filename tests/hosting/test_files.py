"""What the web server serves itself: the help, a page at the root and, if it is switched on, the console; nothing else."""

import gzip

import pytest

from host import Host, lighttpd, nginx, own_apache, shared_hosting, use_sockets_of_stack
from stack import exchange, wait_until

CSP = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


CONSOLE_CSP = {"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
               "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
               "trusted-types 'none'"}
CONSOLE_HEADERS = {"Cache-Control": "no-cache", "Cross-Origin-Opener-Policy": "same-origin",
                   "Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "no-referrer",
                   "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}


def get(host, target, method="GET", **headers):
    return exchange(host.port, method, target, None, headers)


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
    "/help/none", "/help/.hidden", "/help/.git/config", "/help/sub/", "/help/sub",
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


# ---- The console


def check_console_headers(answer):
    for name, value in CONSOLE_HEADERS.items():
        assert answer.headers.get_all(name) == [value], (name, answer)
    [csp] = answer.headers.get_all("Content-Security-Policy")
    assert set(csp.split("; ")) == CONSOLE_CSP
    [features] = answer.headers.get_all("Permissions-Policy")
    assert all(feature.endswith("=()") for feature in features.split(", "))


@pytest.mark.parametrize("target, type_, content", [
    ("/console", "text/html", "console.js"), ("/console/", "text/html", "console.js"),
    ("/console/index.html", "text/html", "console.js"), ("/console/console.js", "text/javascript", "import"),
    ("/console/console.css", "text/css", "color-scheme"), ("/console/vendor/preact/hooks.js", "text/javascript", "useState"),
    ("/console/vendor/uplot/LICENSE", "text/plain", "MIT")])
def test_the_console(host, target, type_, content):
    answer = follow(host, target)
    assert answer.status == 200 and content in answer.text
    assert answer.headers["Content-Type"] == f"{type_}; charset=utf-8"
    check_console_headers(answer)


def test_a_browser_asks_whether_a_file_of_the_console_has_changed(host):
    first = get(host, "/console/console.js")
    assert (first.status, get(host, "/console/console.js", **{"If-None-Match": first.headers["ETag"]}).status) == (200, 304)
    packed = get(host, "/console/console.js", **{"Accept-Encoding": "gzip"})
    if host.name not in ("apache_fcgid", "shared_hosting"):
        assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers["Vary"]
        assert gzip.decompress(packed.body) == first.body
    known = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert get(host, "/console/console.js", **known).status == 304
    path = host.console / "console.js"
    path.write_text(path.read_text() + "// new\n")
    # lighttpd looks once a second.
    wait_until(lambda: get(host, "/console/console.js", **known).status == 200, 10, "the new file")


@pytest.mark.parametrize("target", [
    "/console/none", "/console/none/", "/console/none/none.js", "/console/vendor/", "/console/vendor", "/console/index.html/x",
    "/console/.hidden", "/console/%2ehidden", "/console/sub/.hidden", "/console/sub/", "/console/../keys.txt",
    "/console/..%2f..%2fkeys.txt", "/console/v1/admin/session", "/console/console.js%00"])
def test_what_the_console_lacks_is_refused_by_the_web_server(host, target):
    """No page of the program's appears below it, nor is anything shown that is not the console's."""
    if host.name == "shared_hosting" and ".." in target:
        pytest.skip("the whole directory is its user's")
    for name in ".hidden", "sub/.hidden", "sub/listed", "../keys.txt":
        path = host.console / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("SECRET")
    answer = follow(host, target)
    assert answer.status in (400, 403, 404), answer
    assert b"SECRET" not in answer.body and b"listed" not in answer.body
    if answer.status != 400 and ".." not in target:
        assert answer.headers["Content-Type"].startswith("text/html") and "X-Request-Id" not in answer.headers
        if "%00" not in target and (answer.status, host.name) != (403, "lighttpd"):
            check_console_headers(answer)


def without_console_in_nginx(host):
    use_sockets_of_stack(host)
    nginx(host, console=False)


def without_console_in_apache(host):
    use_sockets_of_stack(host)
    own_apache(host, "proxy_fcgi.conf", "proxy", "proxy_fcgi", console=False)


def without_console_on_shared_hosting(host):
    host.console.rename(host.directory / "elsewhere")
    shared_hosting(host)


def without_console_in_lighttpd(host):
    lighttpd(host, ("routes.conf", "wxuser.conf"))


@pytest.mark.parametrize("way", [without_console_in_nginx, without_console_in_apache, without_console_on_shared_hosting,
                                 without_console_in_lighttpd])
def test_unless_it_is_switched_on_there_is_no_console(stack, way):
    """As for any path that there is not."""
    with Host(stack, way.__name__) as host:
        way(host)
        unknown = get(host, "/nothing-there")
        for target in "/console", "/console/", "/console/index.html", "/console/console.js":
            answer = get(host, target)
            assert (answer.status, answer.headers["Content-Type"]) == (404, unknown.headers["Content-Type"]), target
