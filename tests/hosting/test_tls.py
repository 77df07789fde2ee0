"""The whole sites with TLS, on ports and with a certificate of ours."""

import json
import re
import subprocess

import pytest

from host import GROUP, USER, Host, apache_with, lighttpd, use_sockets_of_stack
from prometheus import Prometheus
from stack import exchange, free_port, wait_until

NAME = "shop.example.com"
PLACES = {"/etc/letsencrypt/live/shop.example.com": "tls", "/var/www/html": "html", "/var/log/apache2": "log",
          "/var/log/nginx": "log"}
NGINX = """daemon off;
user {user} {group};
pid run/nginx.pid;
events {{}}
http {{
    client_body_temp_path tmp/body;
    fastcgi_temp_path tmp/fastcgi;
    proxy_temp_path tmp/proxy;
    scgi_temp_path tmp/scgi;
    uwsgi_temp_path tmp/uwsgi;
    include site.conf;
}}
"""


def make_certificate(directory):
    directory.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
                    "-keyout", directory / "privkey.pem", "-out", directory / "fullchain.pem"],
                   check=True, capture_output=True)


def install_site(host, server):
    """With the console, and without IPv6, which not every machine has."""
    host.secure_port = free_port()
    make_certificate(host.directory / "tls")
    challenge = host.directory / "html/.well-known/acme-challenge/token"
    challenge.parent.mkdir(parents=True)
    challenge.write_text("PROOF")
    path = host.install(f"conf/{server}/site.conf", f"{server}/site.conf")
    text = re.sub(r"(?m)^.*\[::\].*\n", "", path.read_text())
    text = re.sub(r"^( *)#(include .*/console\.conf)", r"\1\2", text,
                  flags=re.MULTILINE | re.IGNORECASE)
    for sample, place in PLACES.items():
        text = text.replace(sample, str(host.directory / place))
    for sample, port in {"listen 80;": host.port, "listen 443 ": host.secure_port, "*:80>": host.port,
                         "*:443>": host.secure_port, '":443"': host.secure_port}.items():
        text = text.replace(sample, re.sub(r"(\*?:)?\b(80|443)\b", f"127.0.0.1:{port}", sample))
    path.write_text(text)


def nginx_site(host):
    use_sockets_of_stack(host)
    install_site(host, "nginx")
    (host.directory / "tmp").mkdir()
    path = host.directory / "nginx/nginx.conf"
    path.write_text(NGINX.format(user=USER, group=GROUP))
    host.start("nginx", "-p", host.directory, "-e", "log/nginx.log", "-c", path)
    host.await_port()


def apache_site(host):
    use_sockets_of_stack(host)
    install_site(host, "apache")
    apache_with(host, f"Listen 127.0.0.1:{host.secure_port}\nInclude apache/site.conf\n",
                ["ssl", "http2", "proxy", "proxy_fcgi"])


def lighttpd_site(host):
    install_site(host, "lighttpd")
    lighttpd(host, ["site.conf"])


@pytest.fixture(scope="module", params=[nginx_site, apache_site, lighttpd_site], ids=lambda way: way.__name__)
def host(request, stack):
    with Host(stack, request.param.__name__) as made:
        request.param(made)
        yield made


def curl(host, path, *words, input=None):
    """Version, status and body of an answer over TLS."""
    done = subprocess.run(
        ["curl", "-sS", "--cacert", host.directory / "tls/fullchain.pem", "--resolve",
         f"{NAME}:{host.secure_port}:127.0.0.1", "-w", "\n%{http_version} %{http_code}", *words,
         f"https://{NAME}:{host.secure_port}{path}"], capture_output=True, text=True, timeout=30,
        input=input)
    assert done.returncode == 0, (done, host.logs())
    body, _, said = done.stdout.rpartition("\n")
    return *said.split(), body


@pytest.mark.parametrize("words, version", [(["--http2"], "2"), (["--http1.1"], "1.1"), (["--tls-max", "1.2"], "2")])
def test_https_comes_through(host, words, version):
    answer = curl(host, "/api/none?a=%20", *words)
    assert answer[:2] == (version, "404")
    assert f"https://{NAME}:{host.secure_port}/api/none?a=%20" in json.loads(answer[2])["Message"]
    assert curl(host, "/help/", *words)[:2] == (version, "200")


def headers(host, path, *words, input=None):
    """Those of an answer over TLS, each of which it has once, in small letters."""
    lines = curl(host, path, "-D", "-", "-o", "/dev/null", *words, input=input)[2].lower().splitlines()
    given = [line.split(": ", 1) for line in lines if ": " in line]
    assert len(dict(given)) == len(given), lines
    return dict(given)


@pytest.mark.parametrize("path, size", [("/healthz", 0), ("/api/none", 0), ("/help/", 0), ("/console/", 0),
                                        ("/api/weixin/wxbuyinguser/getlist", 5_000_000)])
def test_browsers_are_told_to_come_by_https_alone_and_to_guess_no_type(host, path, size):
    """For a day, whoever answers; and nobody is told the web server's version."""
    sending = ["--http1.1", "--data-binary", "@-"] if size > 0 else []
    told = headers(host, path, *sending, input="x" * size)
    assert told["strict-transport-security"] == "max-age=86400" and told["x-content-type-options"] == "nosniff"
    assert not re.search(r"\d", told.get("server", ""))
    plain = exchange(host.port, "GET", "/", None, {"Host": NAME})
    assert "Strict-Transport-Security" not in plain.headers and not re.search(r"\d", plain.headers.get("Server", ""))


def test_a_login_over_http_2(host, stack):
    """Whose body does not tell its length; lighttpd would refuse that."""
    body = json.dumps({"code": stack.code(openid="oOverHttp2")["code"]})
    sending = ["-d", body] if host.name == "lighttpd_site" else ["-X", "POST", "-T", "-"]
    answer = curl(host, "/account_api/wechat/user/getUserInfo", "--http2", "-H", "Content-Type: application/json",
                  "-H", f"X-WX-AppId: {stack.app_id}", *sending, input=body)
    assert answer[:2] == ("2", "200") and json.loads(answer[2])["code"] == 200


def test_old_tls_is_refused(host):
    done = subprocess.run(["curl", "-sS", "--insecure", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0",
                           f"https://127.0.0.1:{host.secure_port}/"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 35, done


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("target", ["/", "/help", "/help/", "/help/shop-get.html?a=%20b", "/openapi.json", "/console/"])
def test_http_leads_pages_to_https(host, method, target):
    answer = exchange(host.port, method, target, None, {"Host": NAME})
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}{target}")


@pytest.mark.parametrize("method, body", [("GET", None), ("HEAD", None), ("POST", b"{}"), ("PUT", b"")])
def test_http_leads_no_program_to_https(host, method, body):
    """It has already sent its secrets."""
    for target in "/api/weixin/wxbuyinguser/get?id=1&name=%E5%B0%8F", "/v1/me", "/helpx", "/openapi.jsonx":
        answer = exchange(host.port, method, target, body, {"Host": NAME})
        assert answer.status == 403 and "Location" not in answer.headers, target


def test_prometheus_reads_what_is_shipped_for_it(host):
    with Prometheus(host.port) as prometheus:
        wait_until(lambda: prometheus.query("up{job='wxuser'}") == [1], 30, "it is scraped")
        wait_until(lambda: prometheus.query("count(wxuser_build_info)") == [1], 30, "it says who it is")


def test_on_the_way_of_prometheus_is_nothing_else(host):
    for target in "/", "/readyz", "/metrics/", "/api/weixin/wxbuyinguser/get?id=1":
        answer = exchange(host.port, "GET", target, None, {"Host": "127.0.0.1"})
        assert answer.status in (301, 403, 404) and b"wxuser_" not in answer.body


def test_certbot_finds_its_file(host):
    answer = exchange(host.port, "GET", "/.well-known/acme-challenge/token", None, {"Host": NAME})
    assert (answer.status, answer.body) == (200, b"PROOF")


def test_debians_lighttpd_takes_the_site(stack):
    with Host(stack, "debian") as made:
        install_site(made, "lighttpd")
        path = made.directory / "lighttpd.conf"
        path.write_text('include "/etc/lighttpd/lighttpd.conf"\ninclude "lighttpd/site.conf"\n')
        done = subprocess.run(["/usr/sbin/lighttpd", "-tt", "-f", path], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done
