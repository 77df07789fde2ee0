"""A page of another origin logs in with the client for web pages, in a browser that WeChat sends back."""

import http.server
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import threading
import urllib.parse

import pytest

from stack import TREE

CLIENT = TREE / "clients" / "miniprogram"
OFFICIAL = "wx1000000000000002"
PAGE = """<!doctype html><meta charset="utf-8"><body><script type="module">
import { createWebClient } from "/web.js";
const wxuser = createWebClient({ url: "%s", appid: "%s" });
const { href } = location;
async function start() {
    if (wxuser.returnedFrom === "login" || location.search === "?return") await wxuser.login();
    if (!wxuser.isLoggedIn) return wxuser.authorize();
    const { user } = await wxuser.me();
    await wxuser.logout();
    return { openid: user.openid, href, stored: localStorage.length + sessionStorage.length };
}
start().catch((error) => ({ code: error.code, href })).then((shown) => {
    if (shown) document.body.textContent = JSON.stringify(shown);
});
</script>"""

pytestmark = [pytest.mark.long, pytest.mark.skipif(
    shutil.which("chromium") is None, reason="WITHOUT chromium NO BROWSER LOGS IN")]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(handler, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def page():
    """The server of a page; its api is to be set."""
    class Page(Handler):
        def do_GET(self):
            path = urllib.parse.urlsplit(self.path).path
            if path == "/":
                self.answer(200, {"Content-Type": "text/html"}, (PAGE % (server.api, OFFICIAL)).encode())
            elif re.fullmatch(r"(/src)?/\w+\.js", path):
                self.answer(200, {"Content-Type": "text/javascript"}, pathlib.Path(f"{CLIENT}{path}").read_bytes())
            else:
                self.answer(404, {})

    server = serve(Page)
    server.origin = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def site(make_stack, page):
    stack = make_stack("h5", CONF_http__origins=page.origin)
    page.api = stack.env["WXUSER_URL"]
    return stack


@pytest.fixture(scope="module")
def wechat(site, tmp_path_factory):
    """open.weixin.qq.com, whose person (openid) says yes; the port."""
    class WeChat(Handler):
        def do_GET(self):
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
            back = urllib.parse.urlsplit(query["redirect_uri"])
            code = site.code(OFFICIAL, openid=server.openid)["code"]
            added = urllib.parse.urlencode({"code": code, "state": query["state"]})
            self.answer(302, {"Location": back._replace(query=f"{back.query}&{added}").geturl()})

    directory = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=open.weixin.qq.com",
                    "-keyout", directory / "key", "-out", directory / "cert"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "cert", directory / "key")
    server = serve(WeChat, context)
    yield server
    server.shutdown()
    server.server_close()


def browse(url, wechat):
    """What the page shows in the end."""
    done = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors",
         f"--host-resolver-rules=MAP open.weixin.qq.com 127.0.0.1:{wechat.server_port}",
         "--virtual-time-budget=30000", "--dump-dom", url],
        check=True, capture_output=True, text=True, timeout=120)
    shown = re.search(r"<body>(\{.*?\})</body>", done.stdout)
    assert shown, done.stdout
    return json.loads(shown[1].replace("&amp;", "&"))


def test_a_page_logs_in(page, wechat, unique):
    wechat.openid = f"o{unique}"
    shown = browse(f"{page.origin}/?item=a%20b&x#top", wechat)
    assert shown == {"openid": f"o{unique}", "href": f"{page.origin}/?item=a%20b&x#top", "stored": 0}


def test_a_page_refuses_a_code_that_it_did_not_ask_for(site, page, wechat, unique):
    code = site.code(OFFICIAL, openid=f"o{unique}")["code"]
    shown = browse(f"{page.origin}/?return&code={code}&state=x", wechat)
    assert shown == {"code": "state_mismatch", "href": f"{page.origin}/?return"}
    assert code not in json.dumps(site.calls("/sns/oauth2/access_token"))
