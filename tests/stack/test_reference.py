"""openapi.json and the pages of /help/ tell of every endpoint, and what they show is a case of tests/cases, which
test_cases.py replays."""

import collections
import html
import itertools
import json
import os
import pathlib
import re

import pytest

from case import CASES, Message
from ctl import Ctl
from endpoints import endpoints
from sample import cases, has_form, is_shown
from told import NOT_TOLD

BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def openapi():
    return json.loads((BUILD / "www/openapi.json").read_text("utf-8"))


def operations(openapi):
    return [(path, method, operation) for path, methods in openapi["paths"].items()
            for method, operation in methods.items() if method in METHODS]


def test_its_routes_are_those_of_the_table(openapi):
    assert {(method.upper(), path) for path, method, _ in operations(openapi)} == {
        (endpoint.method, endpoint.path) for endpoint in endpoints()}


def test_its_routes_are_those_of_the_web_servers(openapi, ctl):
    pattern = re.search(r'"~\^\(\?<wxuser_path>(.*)\)" \$wxuser_path;', ctl.out("routes", "nginx"))[1]
    for path in openapi["paths"]:
        target = re.sub(r"\{.*?\}", "1", path)
        assert re.match(pattern, target), path
        assert not re.match(pattern, target.replace("/", "/x", 1)), path


def test_each_error_of_an_endpoint_is_told(openapi):
    for endpoint in endpoints():
        operation = openapi["paths"][endpoint.path][endpoint.method.lower()]
        told = {error["name"] for response in operation["responses"].values() for error in response.get("x-errors", ())}
        untold = endpoint.errors - told
        assert untold <= {"MEDIA_TYPE", "MAINTENANCE", "RATE"}, (endpoint, untold)


def codes(operation):
    return {error["code"] for response in operation["responses"].values() for error in response.get("x-errors", ())
            if isinstance(error.get("code"), str)}


def page_of(operation):
    return (BUILD / "www/help" / f"{operation['operationId'].replace('_', '-')}.html").read_text("utf-8")


def test_each_code_that_a_case_answers_is_told(openapi):
    patterns = [(re.sub(r"\{.*?\}", "[^/]+", path), method.upper(), operation)
                for path, method, operation in operations(openapi)]
    n_codes = 0
    for path in (*CASES.glob("v1-*/*/response"), *CASES.glob("admin-*/*/response")):
        method, target = Message(path.with_name("request")).first.split(" ")
        text = Message(path).body.decode("utf-8")
        for code in re.findall(r'"type":"/help/#(\w+)"', text):
            told = [codes(operation) for pattern, takes, operation in patterns
                    if takes == method and re.fullmatch(pattern, target.split("?")[0])]
            assert any(code in some for some in told), (path, code)
            n_codes += 1
    assert n_codes > 20


@pytest.mark.parametrize("code, is_of", [
    ("credential_missing", {"v1_me_get", "v1_introspect", "v1_token_refresh", "v1_apps_access_token"}),
    ("read_only", {"v1_me_patch", "v1_me_post", "v1_users_patch"}),
])
def test_a_further_code_is_told_where_it_can_be_answered(openapi, code, is_of):
    told = {operation["operationId"]: operation for _, _, operation in operations(openapi) if code in codes(operation)}
    assert is_of <= told.keys() and not {"v1_login", "v1_logout"} & told.keys()
    assert (told.keys() == is_of) is (code == "read_only")
    for operation in told.values():
        assert f"<code>{code}</code>" in page_of(operation)


def test_a_key_from_elsewhere_is_told_where_a_credential_is_looked_at(openapi):
    told = {operation["operationId"]: {error["name"] for response in operation["responses"].values()
                                       for error in response.get("x-errors", ())}
            for _, _, operation in operations(openapi)}
    assert all(("KEY_NETWORK" in names) is ("UNAUTHORIZED" in names) for names in told.values())
    assert "KEY_NETWORK" in told["account_getuserinfo"] and "FORBIDDEN" not in told["account_getuserinfo"]
    assert "FORBIDDEN" not in told["v1_login"] and "KEY_NETWORK" in told["v1_login"]


def error_row(page, anchor):
    text = html.unescape((BUILD / f"www/help/{page}.html").read_text("utf-8"))
    return re.search(rf'<tr id="{anchor}">.*?</tr>', text)[0]


@pytest.mark.parametrize("dialect", ["shop", "city", "customer"])
def test_a_text_with_what_differs_is_told_as_it_is_answered(stack, dialect):
    row = error_row("errors", f"{dialect}-media_type")
    answers = [stack.request("POST", {
        "shop": "/api/weixin/wxbuyinguser/getlist", "city": "/city/v3/OnlineMediateWW/SaveWXUserInfo",
        "customer": "/api/Customer/AppAuthorization"}[dialect], b"x", headers={"Content-Type": type_}, key=stack.key)
        for type_ in ("text/plain", "garbage")]
    named, untyped = (answer.json["Message"] for answer in answers)
    assert named.replace("text/plain", "…") in row and untyped in row


# All that a problem document of /v1 may have as code.
CODES = """unreadable credential_missing token_unknown token_expired token_revoked scope_missing account_disabled
account_closed not_found code_pending phone_confirmed_elsewhere code_spent cursor_too_old code_invalid not_a_phone_code
wrong_app phone_needs_mini_program read_only value too_often wechat_failed busy maintenance wechat_silent method
too_large media_type internal sms_silent sms_failed wrong_person wrong_network cross_site tenant_disabled"""


@pytest.mark.parametrize("page", ["index", "errors"])
def test_each_code_has_an_entry(page):
    text = (BUILD / "www/help" / f"{page}.html").read_text("utf-8")
    assert set(re.findall(r'<tr id="(\w+)"><th scope="row"><code>\1</code>', text)) == set(CODES.split())


def test_an_error_has_the_number_of_the_answer(openapi):
    text = (BUILD / "www/help/errors.html").read_text("utf-8")
    customer = text.partition('<h2 id="customer">')[2].partition("<h2")[0]
    assert set(re.findall(r"<code>(\d+)</code></th>", customer)) == {"0"}
    for _, _, operation in operations(openapi):
        if operation["tags"] == ["customer"]:
            told = [error.get("code", 0) for response in operation["responses"].values()
                    for error in response.get("x-errors", ())]
            assert set(told) == {0}
            assert "<code>1</code></th>" not in page_of(operation)


def test_an_error_has_each_number_with_which_it_is_answered(openapi):
    """The shop's reads have no envelope, and its writes have one."""
    text = (BUILD / "www/help/errors.html").read_text("utf-8")
    for name, number in ("busy", "500</code> <code>HTTP 503"), ("member_unknown", "602"), ("phone_taken", "500"):
        assert f'<tr id="shop-{name}"><th scope="row"><code>{number}</code></th>' in text
    read = openapi["paths"]["/api/weixin/wxbuyinguser/get"]["get"]["responses"]
    assert {"400", "503"} <= set(read)


def test_what_tells_errors_apart_is_named():
    text = (BUILD / "www/help/errors.html").read_text("utf-8")
    heads = {name: re.search(r'lang="en">(\w+)</span></th>', text.partition(f'<h2 id="{name}">')[2])[1]
             for name in ("account", "city", "customer", "shop", "v1")}
    assert heads == dict.fromkeys(("account", "city", "customer", "shop"), "Number") | {"v1": "Code"}


def test_the_maximum_of_a_list_is_of_each(openapi):
    operation = openapi["paths"]["/v1/introspect"]["post"]
    row, = re.findall(r"<tr><th[^>]*><code>tokens</code>.*?</tr>", page_of(operation))
    assert "at most 100" in row and "each at most 512 characters" in row and "from 0" not in row
    schema = openapi["components"]["schemas"]["v1.Introspect.request"]["properties"]["tokens"]
    assert schema["items"]["maxLength"] == 512


def test_a_form_has_no_list_of_strings(openapi):
    assert set(openapi["components"]["schemas"]["v1.Introspect.form"]["properties"]) == {"token"}


@pytest.mark.parametrize("name, others", [
    ("customer-appauthorization", "text/json and text/xml"), ("shop-getlist", "text/json is"),
    ("city-savewxuserinfo", "text/json is"), ("v1-login", None), ("account-getuserinfo", None)])
def test_the_other_types_of_a_body_are_told(name, others):
    text = (BUILD / f"www/help/{name}.html").read_text("utf-8")
    assert others in text if others else "text/json" not in text


def test_which_app_is_meant_without_a_name(openapi):
    told = {operation["operationId"]: parameter["description"] for _, _, operation in operations(openapi)
            for parameter in operation["parameters"] if parameter["name"] == "X-WX-AppId"}
    assert {name for name, text in told.items() if "the access token's app" in text} == {"v1_me_erase", "v1_me_export"}
    for name, text in told.items():
        assert ("a default one" in text) is (name not in ("v1_me_erase", "v1_me_export"))


def test_what_an_error_answers_is_told_once():
    text = (BUILD / "www/help/errors.html").read_text("utf-8")
    for dialect, members in (("v1", "type title status detail code request_id errors erases_at pointer"),
                             ("shop", "Message"), ("city", "Message"), ("customer", "Message")):
        section = text.partition(f'<h2 id="{dialect}">')[2].partition("<h2")[0]
        rows = re.findall(r"<code>(\w+)</code></th><td class=\"meaning\">", section)
        assert set(rows) == set(members.split()), dialect


def test_the_rows_of_a_code_stand_together():
    text = (BUILD / "www/help/errors.html").read_text("utf-8").partition('<h2 id="v1">')[2].partition("<h2")[0]
    told = re.findall(r"<tr[^>]*><th scope=\"row\"><code>(\w+)</code> <code>\d+", text)
    assert len([code for code, _ in itertools.groupby(told)]) == len(set(told)) < len(told)


def test_who_is_new_reads_from_the_top():
    text = (BUILD / "www/help/index.html").read_text("utf-8").partition('<h2 id="v1">')[2]
    paths = re.findall(r'<h3>.*?<code class="path">/v1/([^/<]*)', text.partition("<h2")[0])
    assert [path for path, _ in itertools.groupby(paths)] == [
        "login", "token", "logout", "me", "introspect", "users", "apps"]
    titles = re.findall(r'<h3><a href="v1-[^>]*>.*?lang="en">([^<]*)', text)
    assert len(titles) == len(set(titles)) == len(paths)


def references(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_each_reference_leads_somewhere(openapi):
    for reference in references(openapi):
        _, _, kind, name = reference.split("/")
        assert name in openapi["components"][kind]


def headers_of(openapi, path, method, status):
    return set(openapi["paths"][path][method]["responses"][str(status)]["headers"])


def test_each_answer_tells_its_headers(openapi):
    login = "/account_api/wechat/user/getUserInfo"
    assert headers_of(openapi, login, "post", 200) == {
        "X-Request-Id", "Retry-After", "X-Access-Token", "X-Access-Token-Expires"}
    told = {status: headers_of(openapi, "/v1/me", "get", status) for status in (200, 401, 405, 429, 503)}
    assert told == {200: {"X-Request-Id"}, 401: {"X-Request-Id", "WWW-Authenticate"}, 405: {"X-Request-Id", "Allow"},
                    429: {"X-Request-Id", "Retry-After"}, 503: {"X-Request-Id", "Retry-After"}}


def test_the_pages_have_each_header(openapi):
    def rows(name):
        text = (BUILD / f"www/help/{name}.html").read_text("utf-8").partition('<h2 id="headers">')[2]
        return set(re.findall(r'<tr><th scope="row"><code>([\w-]+)', text.partition("<h2")[0]))

    assert rows("index") == set(openapi["components"]["headers"])
    assert rows("account-getuserinfo") == {"X-Access-Token", "X-Access-Token-Expires"}
    assert rows("v1-me-get") == set()


@pytest.mark.parametrize("method, target, status", [
    ("GET", "/v1/me", 401), ("PUT", "/v1/me", 405), ("GET", "/api/weixin/wxbuyinguser/get?id=1", 401),
    ("GET", "/api/Customer/Logout", 405), ("POST", "/city/v3/OnlineMediateWW/SendVerifyCode", 200)])
def test_a_refusal_has_the_headers_that_are_told(openapi, stack, method, target, status):
    path = target.split("?")[0]
    answer = stack.request(method, target, {} if method == "POST" else None)
    declared = next(iter(openapi["paths"][path]))
    assert answer.status == status
    assert set(answer.headers) - NOT_TOLD == headers_of(openapi, path, declared, status) - {"Retry-After"}


def request_row(openapi, method, path, name):
    text = page_of(openapi["paths"][path][method]).partition('<h2 id="answer"')[0]
    row, = re.findall(rf"<tr><th scope=\"row\"><code>{name}</code>.*?</tr>", text)
    return html.unescape(row)


@pytest.mark.parametrize("method, path, name, told", [
    ("patch", "/v1/users/{id}", "id", "in the path"),
    ("post", "/v1/login", "X-WX-AppId", "a header"),
    ("get", "/v1/users/changes", "cursor", "in the query"),
    ("patch", "/v1/me", "name", "blanks and control characters around it are removed"),
    ("post", "/v1/introspect", "token", "an empty one is not active"),
    ("post", "/api/weixin/wxbuyinguser/getlist", r"\[ \]", "more are HTTP 400"),
    ("post", "/city/v3/OnlineMediateWW/SaveWXUserInfo", "Name", "no control character within"),
    ("patch", "/v1/me", "city", 'null and "" clear it'),
    ("patch", "/v1/me", "profile", "null clears all its members"),
    ("put", "/v1/me/member", "id_card", "at most 18 characters without blanks and dashes"),
])
def test_how_a_member_is_read_is_told(openapi, method, path, name, told):
    assert told in request_row(openapi, method, path, name)


def test_what_is_read_only_has_no_limit(openapi):
    assert "at most" not in request_row(openapi, "patch", "/v1/me", "account_id")


def test_v1_takes_no_number_as_a_string(openapi):
    schemas = openapi["components"]["schemas"]
    assert schemas["v1.Find.request"]["properties"]["id"]["type"] == ["integer", "null"]
    assert schemas["v1.Find.request"]["properties"]["include_unconfirmed"]["type"] == ["boolean", "null"]
    assert "string" in schemas["shop.WxBuyingUser.request"]["properties"]["id"]["type"]


CODE_MEMBERS = {"account": "code", "shop": "status", "city": "Ret", "customer": "status", "v1": "code", "admin": "code"}


def credential_for(stack, operation):
    schemes = {name for choice in operation["security"] for name in choice}
    if not schemes:
        return None
    if "api_key_admin" in schemes:
        return Ctl(stack).out("key", "add", "--tenant", "2", "--name", "reference", "--scopes", "admin").strip()
    if "operator_key" in schemes:
        return Ctl(stack).out("operator", "add", "reference").strip()
    if "api_key_wechat" in schemes:
        return stack.env["WXUSER_WECHAT_KEY"]
    return stack.key if any(name.startswith("api_key") for name in schemes) else stack.token()


def test_a_body_that_cannot_be_read_is_answered_as_it_is_told(openapi, stack):
    n_endpoints = 0
    for path, method, operation in operations(openapi):
        if "requestBody" not in operation or operation["tags"][0] in OF_MACHINES:
            continue
        told = operation["x-unreadable"]
        error, = (error for error in operation["responses"][str(told["status"])]["x-errors"]
                  if error["name"] == told["name"] and error.get("code") != "read_only")
        assert f"HTTP {told['status']} <code>" in page_of(operation).partition('<h2 id="errors"')[2]
        other = b"{}" if path.endswith("/getlist") else b"[]"
        key = credential_for(stack, operation)
        for body in b"{", b"[1,", b'{"code":', b'{"code":"\xff"}', b"", other:
            answer = stack.request(method.upper(), re.sub(r"{.*?}", stack.env["WXUSER_APP_ID"], path), body, key=key,
                                   headers={"Content-Type": "application/json"})
            assert answer.status == told["status"], (path, body, answer)
            if "code" in error:
                assert answer.json[CODE_MEMBERS[operation["tags"][0]]] == error["code"], (path, body, answer)
        n_endpoints += 1
    assert n_endpoints > 15


def test_each_error_of_a_page_tells_when_it_comes(openapi):
    for path, method, operation in operations(openapi):
        rows = [(error["name"], error.get("code"), error["when"]["en"], error["when"]["zh"], error["next"]["en"])
                for response in operation["responses"].values() for error in response.get("x-errors", ())]
        assert len({row[2] for row in rows}) == len({row[3] for row in rows}) == len(rows), (method, path)
        text = html.unescape(page_of(operation).partition('<h2 id="errors"')[2])
        for name, _, *told in rows:
            if all(one in text for one in told):
                continue
            assert name not in ("PARAMETER", "CODE_INVALID", "USER_UNKNOWN"), (method, path, name)


KEY, TOKEN = r"\bAPI key|\bkey that may\b", r"access token\b(?! does not)"


def test_a_cause_names_a_credential_only_where_it_is_taken(openapi):
    """WeChat's push has a signature."""
    n_rows = 0
    for path, method, operation in operations(openapi):
        schemes = {name for choice in operation["security"] for name in choice}
        takes_none = operation["tags"][0] in OF_MACHINES
        for response in operation["responses"].values():
            for error in response.get("x-errors", ()):
                text = f"{error['when']['en']} {error['next']['en']}"
                n_rows += bool(re.search(f"{KEY}|{TOKEN}", text))
                assert not takes_none or schemes or not re.search(f"{KEY}|{TOKEN}", text), (method, path, error)
    assert n_rows > 20


@pytest.mark.parametrize("page", ["push-check", "push-receive"])
def test_a_push_is_refused_for_its_signature(page):
    row = error_row("errors", "push-forbidden")
    text = html.unescape((BUILD / f"www/help/{page}.html").read_text("utf-8"))
    same, = [own for own in re.findall(r"<tr>(.*?)</tr>", text) if "HTTP 403" in own]
    assert same in row and "300 s off" in same


@pytest.mark.parametrize("dialect", ["account", "customer", "v1"])
def test_a_code_that_was_used_elsewhere_is_told_as_it_is_answered(dialect):
    """WeChat's 40163."""
    used, invalid = (re.findall(rf"<tr[^>]*>(?:(?!</tr>).)*{when}", html.unescape(
        (BUILD / "www/help/errors.html").read_text("utf-8").partition(f'<h2 id="{dialect}">')[2].partition("<h2")[0]))
        for when in (r"WeChat says that it was exchanged elsewhere \(40163\)", "or was used elsewhere"))
    assert len(used) == 1 and invalid == []
    assert dialect != "v1" or "code_spent" in used[0]


def members_missing(schema, value, components, where=""):
    """The members that the tables always have, and a sample lacks."""
    while "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for i, one in enumerate(value):
            yield from members_missing(schema.get("items", {}), one, components, f"{where}[{i}]")
    elif isinstance(value, dict):
        yield from (f"{where}.{name}" for name in schema.get("required", ()) if name not in value)
        for name, one in value.items():
            yield from members_missing(schema.get("properties", {}).get(name, {}), one, components, f"{where}.{name}")


def test_a_sample_has_the_members_of_its_table(openapi):
    n_samples = 0
    for path, method, operation in operations(openapi):
        for response in operation["responses"].values():
            for type_, media in response.get("content", {}).items():
                for name, _, value in examples({type_: media}) if type_.endswith("json") else ():
                    missing = list(members_missing(media["schema"], value, openapi["components"]["schemas"]))
                    assert missing == [], (method, path, name)
                    n_samples += 1
    assert n_samples > 40


def test_no_error_is_listed_that_no_endpoint_answers(openapi):
    text = (BUILD / "www/help/errors.html").read_text("utf-8")
    answered = collections.defaultdict(lambda: {"not_found"})
    for _, _, operation in operations(openapi):
        answered[operation["tags"][0]] |= {error["name"].lower() for response in operation["responses"].values()
                                           for error in response.get("x-errors", ())}
    for dialect in "account", "shop", "city", "customer":
        assert set(re.findall(f'<tr id="{dialect}-([a-z_]+)">', text)) == answered[dialect]


@pytest.mark.parametrize("path, schemes", [
    ("/v1/logout", ["access_token", None]), ("/api/Customer/Logout", ["access_token", None]),
    ("/v1/token/refresh", ["access_token"]), ("/api/Customer/RefreshToken", ["access_token"]),
    ("/v1/login", [None]), ("/account_api/wechat/user/getUserInfo", [None])])
def test_whether_a_token_is_sent(openapi, path, schemes):
    assert openapi["paths"][path]["post"]["security"] == [{name: []} if name else {} for name in schemes]


def test_no_sample_misleads():
    """What stands in a place that differs in each run is not the same where the meaning is another."""
    text = (BUILD / "www/openapi.json").read_text("utf-8")
    assert not re.search(r'"expires_?[iI]n": 6\b', text) and not re.search(r'"exp": (\d+),\s*"iat": \1\b', text)
    assert not re.search(r'"issued": "([^"]*)",\s*"expires": "\1"', text)
    sessions = json.loads(text)["paths"]["/v1/me/sessions"]["get"]["responses"]["200"]["content"]["application/json"]
    ids = [session["id"] for example in sessions["examples"].values() for session in example["value"]]
    assert len(ids) == len(set(ids)) > 1


def examples(content):
    for type_, media in content.items():
        for name, example in {**media.get("examples", {}), **media.get("x-examples", {})}.items():
            yield name, type_, example["value"]


def test_each_example_is_a_case(openapi):
    n_shown = 0
    for path, _, operation in operations(openapi):
        for name, type_, value in examples(operation.get("requestBody", {}).get("content", {})):
            texts = [Message(case / "request").body.decode("utf-8") for case in cases(name)]
            assert any(is_shown(value, type_, text) for text in texts if text), (path, name, value)
            n_shown += 1
        for status, response in operation["responses"].items():
            for name, type_, value in examples(response.get("content", {})):
                messages = [Message(case / "response") for case in cases(name)]
                assert any(is_shown(value, type_, message.body.decode("utf-8")) for message in messages
                           if message.first == status and message.body), (path, name, value)
                n_shown += 1
    assert n_shown > 0


def test_each_endpoint_has_a_page_in_both_languages():
    index = (BUILD / "www/help/index.html").read_text("utf-8")
    for endpoint in endpoints():
        links = re.findall(r'<h3><a href="([^"]*)">(?:(?!</h3>).)*</h3><p class="call"><code class="method">(\w+)</code> '
                           r'<code class="path">([^<]*)', index)
        name, = (name for name, method, path in links if (method, path) == (endpoint.method, endpoint.path))
        page = (BUILD / "www/help" / name).read_text("utf-8")
        assert page.count('lang="zh-CN"') > 10 and page.count('class="t" lang="zh-CN"') == page.count('class="t" lang="en"')


def test_each_endpoint_with_samples_has_a_form():
    """Nobody pastes the key of an admin into a page."""
    samples = collections.defaultdict(list)
    for path in CASES.glob("*/*/sample"):
        method, target = Message(path.with_name("request")).first.split(" ")
        if not target.startswith("/v1/admin/"):
            samples[method, target.split("?")[0].split("$")[0]].append(has_form(path.parent))
    assert [call for call, forms in samples.items() if not any(forms)] == []


def test_each_link_of_a_page_leads_somewhere():
    pages = {path.name: path.read_text("utf-8") for path in (BUILD / "www/help").glob("*.html")}
    anchors = {name: re.findall(r' id="([^"]*)"', text) for name, text in pages.items()}
    for name, text in pages.items():
        assert len(anchors[name]) == len(set(anchors[name])), name
        for link in re.findall(r'<a [^>]*href="([^"]*)"', text):
            page, _, anchor = link.partition("#")
            if not page.startswith("."):
                assert page or anchor, link
                assert not anchor or anchor in anchors[page or name], (name, link)


# Load balancers and WeChat call these.
OF_MACHINES = ("problem", "push")


def test_each_format_and_each_answer_has_an_example(openapi):
    for path, method, operation in operations(openapi):
        content = operation.get("requestBody", {}).get("content", {})
        answers = [response.get("content") for status, response in operation["responses"].items() if status[0] == "2"]
        if operation["tags"][0] not in OF_MACHINES:
            assert {type_ for _, type_, _ in examples(content)} == set(content), (method, path)
            # What an admin is shown is of the whole installation, which differs from run to run.
            assert operation["tags"] == ["admin"] or any(
                answer is None or list(examples(answer)) for answer in answers), (method, path)


@pytest.mark.parametrize("target", ["/help/", "/help/errors.html", "/help/style.css", "/openapi.json"])
def test_the_quick_start_serves_it(stack, target):
    assert stack.get(target).status == 200
