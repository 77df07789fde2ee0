"""What "wxuserctl routes" writes for each web server: every endpoint of the table, with and without the base path."""

import os
import pathlib
import re
import urllib.parse

import pytest

from endpoints import endpoints
from stack import TREE

BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])

# Where the pattern of the remote pool's paths stands.
REMOTE = {
    "nginx": r'"~(.*)" wxuser_remote;',
    "apache": r'Define wxuser_remote_paths "(.*)"',
    "htaccess": r'SetEnvIf Request_URI "(.*)" wxuser_pool=remote',
    "lighttpd": r'var.wxuser_remote_paths = "(.*)"',
}
# And that of the beginning of the paths that an access log may show.
DECLARED = {
    "nginx": r'"~\^\(\?<wxuser_path>(.*)\)" \$wxuser_path;',
    "apache": r'SetEnvIf Request_URI "\^\((.*)\)" wxuser_path=\$1',
    "lighttpd": r'var.wxuser_declared_paths = "(.*)"',
}
# And the file of each refusal.
FILES = {
    "nginx": r'(?m)^    (?:default|"~.*") ([^ ]+\..*);$',
    "apache": r"wxuser_error_page=(\S+)",
    "htaccess": r"wxuser_error_page=(\S+)",
    "lighttpd": r'"/.wxuser-errors/busy/(.*)"',
}
SERVERS = pytest.mark.parametrize("server", REMOTE)


@SERVERS
@pytest.mark.parametrize("base", ["", "/wx", "/a.b c", "/微信"])
def test_each_path_goes_to_its_pool(ctl, server, base):
    pattern, = re.findall(REMOTE[server], ctl.out("routes", server, server__base_path=base))
    for endpoint in endpoints():
        path = endpoint.target
        for spelt in path, base + path, urllib.parse.quote(base) + path:
            assert bool(re.search(f"^(?:{pattern})$", spelt)) == (endpoint.pool == "remote")
        assert not re.search(f"^(?:{pattern})$", f"{base}x{path}")
        ignores_case = endpoint.dialect in ("city", "customer", "shop")
        for spelt in path.upper(), f"{path}/":
            assert bool(re.search(f"^(?:{pattern})$", spelt)) == (endpoint.pool == "remote" and ignores_case)


@pytest.mark.parametrize("server", DECLARED)
@pytest.mark.parametrize("base", ["", "/wx"])
def test_no_path_is_logged_but_an_endpoints(ctl, server, base):
    pattern, = re.findall(DECLARED[server], ctl.out("routes", server, server__base_path=base))
    for endpoint in endpoints():
        logged = endpoint.logged
        for path in endpoint.target, base + endpoint.target:
            for target in path, f"{path}?code=0abc":
                assert re.match(pattern, target)[0] == path.replace(endpoint.target, logged)
            for more in (f"{path}/13800000000", f"{path}x") if logged == endpoint.path else ():
                found = re.match(pattern, more)
                assert found is None or found[0].removeprefix(base) in {other.logged for other in endpoints()}
        assert not re.match(pattern, f"/x{base}{endpoint.target}")


def test_nginx_knows_each_dialect_by_its_prefix():
    pools = dict(re.findall(r"location \^~ (\S+) \{\n +fastcgi_pass (\S+);", (BUILD / "conf/nginx/wxuser.conf").read_text()))
    for endpoint in endpoints():
        if endpoint.dialect != "problem":
            prefix = max((prefix for prefix in pools if endpoint.path.startswith(prefix)), key=len)
            assert pools[prefix] == "$wxuser_pool" or pools[prefix] == f"wxuser_{endpoint.pool}", endpoint


@SERVERS
def test_each_refusal_has_its_files(ctl, server, tmp_path):
    ctl.out("errors", "export", tmp_path / "errors")
    named = {re.sub(r"\.?\$(wxuser_media|1)$", "", name) for name in re.findall(FILES[server], ctl.out("routes", server))}
    written = {path.name for path in (tmp_path / "errors/busy").iterdir()}
    of_several_forms = {name for name in named if "." not in name}
    assert of_several_forms
    assert written == {name for name in named if "." in name} | {
        f"{name}.{ending}" for name in of_several_forms for ending in ("json", "xml", "text-xml")}


@pytest.mark.parametrize("server, listen, said", [
    ("apache", "/srv/a.sock", 'Define wxuser_core "unix:/srv/a.sock|fcgi://wxuser-core"'),
    ("apache", "127.0.0.1:9000", 'Define wxuser_core "fcgi://127.0.0.1:9000"'),
    ("apache", "[::1]:9000", 'Define wxuser_core "fcgi://[::1]:9000"'),
    ("apache", "::1:9000", 'Define wxuser_core "fcgi://[::1]:9000"'),
    ("lighttpd", "/srv/a.sock", 'var.wxuser_core = ( "socket" => "/srv/a.sock" )'),
    ("lighttpd", "127.0.0.1:9000", 'var.wxuser_core = ( "host" => "127.0.0.1", "port" => 9000 )'),
    ("lighttpd", "[::1]:9000", 'var.wxuser_core = ( "host" => "::1", "port" => 9000 )'),
    ("lighttpd", "::1:9000", 'var.wxuser_core = ( "host" => "::1", "port" => 9000 )')])
def test_the_sockets_are_those_of_the_configuration(ctl, server, listen, said):
    assert said in ctl.out("routes", server, server__listen_core=listen).splitlines()
    assert "wxuser_core =" not in ctl.out("routes", server, server__listen_core="")


def test_the_readme_names_each_endpoint_of_a_dialect():
    text = (TREE / "README.md").read_text("utf-8")
    for endpoint in endpoints():
        if endpoint.dialect not in ("problem", "push", "admin"):
            assert (endpoint.path if endpoint.dialect == "v1" else endpoint.path.split("/")[-1]) in text, endpoint


@pytest.mark.parametrize("page", ["docs/admin.md", "docs/zh/admin.md"])
def test_the_administrators_page_names_each_endpoint_of_the_admin_api(page):
    """As `GET /v1/admin/keys`, or, of several in a row of the table, by its last segment: `…/enable`."""
    text = (TREE / page).read_text("utf-8")
    for endpoint in endpoints():
        if endpoint.dialect == "admin":
            last = endpoint.path.split("/")[-1]
            assert f"`{endpoint}" in text or f"`…/{last}`" in text, endpoint


def test_an_unknown_web_server(ctl):
    assert ctl.run("routes", "iis").returncode == 64


@pytest.mark.parametrize("name, limit, unit", [
    ("nginx/wxuser.conf", r"client_max_body_size (\d+);", 1),
    ("apache/proxy_fcgi.conf", r"LimitRequestBody (\d+)", 1),
    ("apache/wxuser.conf", r"Content-Length\} -gt (\d+)", 1),
    ("apache/fcgid.conf", r"FcgidMaxRequestLen (\d+)", 1),
    ("lighttpd/wxuser.conf", r"server.max-request-size = (\d+)", 1024),
])
def test_each_body_that_the_program_may_read_reaches_it(ctl, name, limit, unit):
    most = int(re.search(r"body of a request in bytes\. From \d+ to (\d+)", ctl.out("conf", "sample"))[1])
    assert int(re.search(limit, (BUILD / "conf" / name).read_text())[1]) * unit >= most
