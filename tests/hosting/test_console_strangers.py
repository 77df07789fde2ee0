"""The console in a browser: what its policy refuses, and what a page of another origin tries with a session of it."""

import http.server
import json
import shutil
import threading

import pytest

from browser import Browser
from ctl import Ctl

pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="WITHOUT chromium NO BROWSER DECIDES")

SESSION = "v1/admin/session"
# A form whose body is JSON: {"name": "stolen", …, "x": "="}.
FORM = """async (target, name) => {
    const form = document.body.appendChild(document.createElement("form"))
    Object.assign(form, {method: "post", enctype: "text/plain", action: target, target: name})
    const field = form.appendChild(document.createElement("input"))
    Object.assign(field, {name: '{"name":"stolen","scopes":["admin","read"],"x":"', value: '"}'})
    const frame = document.createElement("iframe")
    frame.name = name
    document.body.append(frame)
    const loaded = new Promise(resolve => frame.onload = resolve)
    form.submit()
    await loaded
}"""


@pytest.fixture(scope="module")
def strangers():
    """The port of a server of empty pages, which is neither the service nor of it."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>stranger</title><body>")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def service(stack):
    return f"http://127.0.0.1:{stack.port}"


@pytest.fixture(scope="module")
def key(stack):
    return Ctl(stack).out("key", "add", "--tenant", "1", "--name", "console", "--scopes", "read,write,admin").strip()


@pytest.fixture(scope="module")
def browser():
    with Browser() as made:
        yield made


def fetch(page, target, method="GET", **options):
    """Status of the answer; None if the browser gives the page none."""
    options = json.dumps({"method": method, **options})
    return page.evaluate(f"fetch({json.dumps(str(target))}, {options}).then(answer => answer.status, () => null)")


@pytest.fixture(scope="module")
def console(browser, service, key):
    """A page of the console with a session, at a service with a server.base_path."""
    page = browser.page()
    assert page.goto(f"{service}/console/") == 200
    assert fetch(page, f"../{SESSION}", "POST", headers={"Authorization": f"Bearer {key}"}) == 200
    return page


# The other port is of the same site, so that the browser sends it the cookie in spite of SameSite=Strict.
@pytest.fixture(scope="module", params=["127.0.0.1", "localhost"], ids=["same-site", "cross-site"])
def stranger(request, browser, console, strangers):
    def open_page():
        page = browser.page()
        assert page.goto(f"http://{request.param}:{strangers}/") == 200
        return page
    open_page.is_same_site = request.param == "127.0.0.1"
    return open_page


def changes(stack):
    return [stack.sql(f"SELECT COUNT(*) FROM {table}") for table in ("api_key", "admin_session", "audit", "app")]


# ---- The page itself


def await_text(page, text):
    page.evaluate(f"""new Promise(resolve => {{
        const look = () => document.body?.innerText.includes({json.dumps(text)}) ? resolve(true) : setTimeout(look, 20)
        look()
    }})""")


def test_it_loads_from_its_own_host_and_breaks_no_rule(browser, service):
    page = browser.page()
    assert page.goto(f"{service}/console/") == 200
    await_text(page, "Sign in")
    asked = [request["request"]["url"] for request in page.events("Network.requestWillBeSent")]
    assert f"{service}/console/console.js" in asked and all(url.startswith(f"{service}/") for url in asked)
    assert page.events("Runtime.exceptionThrown") == []
    assert not [entry["entry"]["text"] for entry in page.events("Log.entryAdded") if entry["entry"]["source"] == "security"]


def test_a_session_works_in_the_page_and_no_script_reads_it(console):
    assert fetch(console, f"../{SESSION}") == 200
    assert console.evaluate("document.cookie") == ""


@pytest.mark.parametrize("script, refusal", [
    ("eval('1')", "EvalError"), ("new Function('return 1')()", "EvalError"), ("document.body.innerHTML = '<b>x</b>'", "TypeError"),
    ("trustedTypes.createPolicy('mine', {createHTML: text => text})", "TypeError")])
def test_its_policy_lets_no_text_become_script(console, script, refusal):
    assert console.evaluate(f"(() => {{ try {{ {script}; return 'done' }} catch (error) {{ return error.name }} }})()") == refusal


def test_its_policy_runs_no_inline_script_and_asks_no_other_host(console, strangers):
    seen = console.evaluate(f"""new Promise(resolve => {{
        const seen = new Set(), wanted = 4
        document.addEventListener("securitypolicyviolation", event => {{
            seen.add(event.effectiveDirective)
            if (seen.size === wanted) resolve([...seen].sort())
        }})
        const style = document.createElement("style")
        style.textContent = "body {{ color: red }}"
        document.head.append(style)
        const button = document.createElement("button")
        try {{ button.setAttribute("onclick", "window.ran = true") }} catch {{ /* Trusted Types */ }}
        document.body.append(button)
        button.click()
        const image = document.createElement("img")
        image.src = "http://127.0.0.1:{strangers}/x.png"
        document.body.append(image)
        fetch("http://127.0.0.1:{strangers}/").catch(() => {{}})
    }})""")
    assert [directive.removesuffix("-elem") for directive in seen] == [
        "connect-src", "img-src", "require-trusted-types-for", "style-src"]
    assert console.evaluate("window.ran") is None


HTML = "<img src=x onerror=window.ran=1>"


def press(page, selector):
    """As soon as it is there."""
    page.evaluate(f"""new Promise(resolve => {{
        const look = () => {{
            const found = document.querySelector({json.dumps(selector)})
            if (found === null) return setTimeout(look, 20)
            found.click()
            resolve()
        }}
        look()
    }})""")


def reveal(page, openid, stack):
    """Shows the user without masks, in a page that has a session."""
    page.evaluate(f"""location.hash = '#/users/{stack.user(openid)["id"]}'""")
    await_text(page, "Show data")
    press(page, ".above button")
    press(page, "dialog button.main")
    await_text(page, openid)


def test_what_others_wrote_is_text(console, browser, service, stack):
    """The name of a person, as a login brings it, and that of a key."""
    stack.save(openId="oHtml")
    stack.sql(f"UPDATE wechat_user SET name = '{HTML}' WHERE openid = 'oHtml'")
    Ctl(stack).out("key", "add", "--tenant", "1", "--name", HTML, "--scopes", "read")
    page = browser.page()
    page.goto(f"{service}/console/")
    await_text(page, "Sign out")
    reveal(page, "oHtml", stack)
    await_text(page, HTML)
    page.evaluate("location.hash = '#/keys'")
    await_text(page, HTML)
    assert page.evaluate("[document.querySelectorAll('img').length, window.ran ?? null]") == [0, None]


def test_a_browser_keeps_nothing_of_a_session(service, key, stack):
    stack.save(openId="oShown")
    with Browser() as one:
        page = one.page()
        page.goto(f"{service}/console/")
        await_text(page, "Sign in")
        page.evaluate(f"document.querySelector('input').value = '{key}'")
        press(page, "form button.main")
        await_text(page, "Sign out")
        reveal(page, "oShown", stack)
        kept = page.evaluate("""(async () => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href,
            history.state, await indexedDB.databases(), await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length]))()""")
        assert json.loads(kept)[1:3] + json.loads(kept)[4:] == [{}, "", None, [], [], 0]
        assert set(json.loads(kept)[0]) <= {"wxuser.language", "wxuser.theme"} and key not in kept and "oShown" not in kept
        assert key not in page.evaluate("document.documentElement.outerHTML")
        press(page, "dialog button.main")
        n_loads = len(page.events("Page.loadEventFired"))
        press(page, ".session button")
        page.await_load(n_loads)
        await_text(page, "Sign in")
        assert "oShown" not in page.evaluate("document.documentElement.outerHTML")
        assert page.evaluate("document.querySelector('input').value") == ""


# ---- A page of another origin


@pytest.mark.parametrize("target", [
    "v1/admin/keys", "v1/admin/session", "v1/admin/accounts/1/disable", "wx/v1/admin/keys"])
def test_a_strangers_form_changes_nothing(stranger, service, stack, target):
    before = changes(stack)
    stranger().evaluate(f"({FORM})('{service}/{target}', 'there')")
    assert changes(stack) == before


@pytest.mark.parametrize("mode", ["cors", "no-cors"])
@pytest.mark.parametrize("method, headers", [
    ("GET", {}), ("POST", {"Content-Type": "text/plain"}), ("POST", {"Content-Type": "application/json"}), ("DELETE", {})])
@pytest.mark.parametrize("target", ["v1/admin/session", "v1/admin/keys"])
def test_a_strangers_script_reads_and_changes_nothing(stranger, service, stack, console, target, method, headers, mode):
    before = changes(stack)
    body = {} if method == "GET" else {"body": '{"name":"stolen","scopes":["admin"]}'}
    got = fetch(stranger(), f"{service}/{target}", method, mode=mode, credentials="include", headers=headers, **body)
    assert got is None
    assert changes(stack) == before and fetch(console, f"../{SESSION}") == 200


@pytest.mark.parametrize("target", ["console/", "console/index.html", "console/none", "v1/admin/session", "v1/admin/none"])
def test_a_stranger_frames_nothing(stranger, service, target):
    page = stranger()
    page.evaluate(f"""new Promise(resolve => {{
        const frame = document.createElement("iframe")
        frame.onload = resolve
        frame.src = "{service}/{target}"
        document.body.append(frame)
    }})""")
    assert page.frames() == [(f"{service}/{target}", True)]


def test_a_frame_of_its_own_would_be_shown(stranger, strangers):
    """What the test above sees is the refusal, not the browser's way."""
    page = stranger()
    page.evaluate("""new Promise(resolve => {
        const frame = document.createElement("iframe")
        frame.onload = resolve
        frame.src = "/framed"
        document.body.append(frame)
    })""")
    [(url, is_error)] = page.frames()
    assert url.endswith(f":{strangers}/framed") and not is_error


def test_a_stranger_gets_no_hold_of_its_window(stranger, service, browser):
    """Who has opened it sees a window that is closed."""
    page = stranger()
    page.call("Runtime.evaluate", expression=f"window.opened = open('{service}/console/')", userGesture=True)
    assert page.evaluate("""new Promise(resolve => {
        const look = () => opened.closed ? resolve(true) : setTimeout(look, 20)
        look()
    })""")


@pytest.mark.parametrize("tag, attribute", [("script", "src"), ("img", "src")])
@pytest.mark.parametrize("target", ["console/console.js", "console/vendor/preact/preact.js", "v1/admin/session"])
def test_a_stranger_loads_nothing_of_it(stranger, service, tag, attribute, target):
    assert stranger().evaluate(f"""new Promise(resolve => {{
        const element = document.createElement("{tag}")
        element.onload = () => resolve("loaded")
        element.onerror = () => resolve("refused")
        element.{attribute} = "{service}/{target}"
        document.body.append(element)
    }})""") == "refused"


def test_a_link_of_a_strangers_leads_to_no_data(stranger, service):
    """To a page of the same site the browser sends the cookie; the service refuses it."""
    page = stranger()
    n_loads = len(page.events("Page.loadEventFired"))
    page.evaluate(f"location.href = '{service}/{SESSION}'")
    page.await_load(n_loads)
    [answer] = [got["response"] for got in page.events("Network.responseReceived") if got["response"]["url"].endswith(SESSION)]
    assert answer["status"] == (403 if stranger.is_same_site else 401)


# ---- The end


def test_a_session_that_is_revoked_ends_in_the_page(console, stack):
    id = stack.sql("SELECT MAX(id) FROM api_key WHERE name = 'console'")[0][0]
    Ctl(stack).out("key", "revoke", id)
    assert fetch(console, f"../{SESSION}") == 401
