"""tests/cases/ENDPOINT/CASE: what goes in and what must come out, as text.

given     optional; what there is before, a line each:
              user {"openId":…}           saved through saveuser        its id: ${id1}, ${id2}, …
              changed {"openId":…}        the same, ten seconds ago     and the cursor of before: ${cursor1}, …
              other-user {"openId":…}     the same, of tenant 2
              code {"openid":…}           made by the sandbox           the code: ${code1}, …
              used-code {"openid":…}      the same, whose login is done
              session {"openid":…}        logged in by a code of it     ${openid1}, ${session-key1}, …
              lost-code {"openid":…}      the same, whose login died    the code: ${code1}, …
              token {"openid":…}          an access token, by a login   the token: ${token1}, …
                                          with "appid" and "host" for one of tenant 2
              expired-token {"openid":…}  the same, two hours old
              token-of-last-week {…}      the same, too old to be renewed
              api-key {"scopes":…}        of tenant 1, with the         the key: ${api-key1}, …
                                          members as options            its id: ${api-key-id1}, …
              operator-key {}             of an operator                the key: ${operator-key1}
              app {"appid":…}             a web app of tenant 1
              account {"openid":…}        an account, by a login        its id: ${account1}, …
              merge {"of":"account2"}     of that account into ${account1}, by ${api-key1}: its id: ${merge1}, …
              member {"phone":…}          made through createmember     its id: ${member1}, …
                                          bound to nobody; "cardState" 1 lost, 2 void, 3 not usable
              phone-code {"openid":…,"phone":…}  of the phone button, by the sandbox: ${phone-code1}, …
              used-phone-code {"openid":…,"token":…}  the same, used by the token's person
              lost-phone-code {…}         the same, whose request died
              verify-code {"phone":…}     sent to that phone            the code: ${verify-code1}, …
              old-verify-code {"phone":…} the same, 5 minutes ago
              sms-code {"token":…,"phone":…}  sent for /v1/me/phone/sms  the code: ${sms-code1}, … and another one:
                                          ${not-sms-code1}, …
              old-sms-code {…}            the same, 5 minutes ago
              resident {"OpenId":…}       saved through SaveWXUserInfo  its id: ${resident1}, …
              refused-login {"appid":…}   whose code WeChat refuses     its X-Request-Id: ${request1}
              disabled {"openId":…}       whose account is switched off
              closed {"openId":…}         whose account its person has closed
              wrong-proofs {"openId":…}   "count" of them
              tenant-2 {"erasure_days":…} settings of tenant 2, from now on
              no-app-tokens {}            so that WeChat is asked for the next one
              no-conflicts {}             those that other tests have left are settled
              fault {"path":…,"kind":…}   spoils the sandbox's next answer of that path, or the next "count", which
                                          the case must use up
request   as HTTP: method and target, header lines, an empty line, the body (less one final newline).
          "Key: 1" or "Key: 2" stands for Authorization with that tenant's API key.
response  status, header lines that must be there so ("Name: -": must not be there), an empty line, the body.
          Without a hole the body is compared byte by byte, else as JSON, members in their order, or, in XML,
          as text.
request-2, response-2, …: further exchanges of the same case.
sample    optional; the case's first exchange is an example of the reference: its title in Chinese and in English.
          The reference has a form for it if www/help/try.js knows the verbs of what is given.

Holes: ${unique} and ${UNIQUE}, ${phone} and ${other-phone} are new in each case, ${url} is the service's, ${app},
${official-app} (of the same tenant), ${second-app} (of tenant 2) appids, ${wechat-key} the key with the scope wechat, ${key-id} the id
of the key that "Key: 1" stands for.
In a response ${name:pattern} matches a pattern of PATTERNS and keeps the text, ${:pattern} only matches, and
${name} stands for what was kept.
"""

import collections
import functools
import json
import pathlib
import re

from ctl import Ctl
from follower import Follower
from stack import new_phone
from told import Told

CASES = pathlib.Path(__file__).resolve().parents[1] / "cases"

PATTERNS = {
    "any": r".*",
    "int": r"-?[0-9]+",
    "digits": r"[0-9]+",
    "day": r"\d{4}-\d\d-\d\d",
    "time": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "apptoken": r"81_[\w-]{500}",
    "apikey": r"wxk_[0-9A-Za-z]{49}",
    "token": r"wxt_[0-9A-Za-z]{49}",
    "xsd": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?\+08:00",
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00",
    "utc": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "guid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "hex": r"[0-9a-f]{32}",
    "cursor": r"[0-9A-Za-z_.-]{90,110}",
    "base32": r"[A-Z2-7]{32}",
    "hash": r"[0-9a-f]{8}",
    "masked": r"[\w-]{3}\*{4}[\w-]{4}",
}
AGES = {"token": "0 HOUR", "expired-token": "2 HOUR", "token-of-last-week": "171 HOUR"}
HOLE = re.compile(r"\$\{([A-Za-z0-9-]*)(?::([a-z0-9]+))?\}")


def fill(text, known):
    return HOLE.sub(lambda hole: str(known[hole[1]]), text)


def latin_1(known):
    """The values as the characters that their bytes are, to fill bodies that are not UTF-8."""
    return {name: str(value).encode().decode("latin-1") for name, value in known.items()}


def match(expected, actual, known, where):
    """Compares JSON. A string that is one hole stands for a number where a number was kept."""
    if isinstance(expected, str) and HOLE.search(expected):
        match_text(expected, actual, known, where)
    elif isinstance(expected, dict) and isinstance(actual, dict):
        assert list(actual) == list(expected), f"members of {where}"
        for name in expected:
            match(expected[name], actual[name], known, f"{where}.{name}")
    elif isinstance(expected, list) and isinstance(actual, list):
        assert len(actual) == len(expected), f"length of {where}: {actual}"
        for i, (one, other) in enumerate(zip(expected, actual)):
            match(one, other, known, f"{where}[{i}]")
    else:
        assert (type(actual), actual) == (type(expected), expected), where


def match_text(expected, actual, known, where):
    whole = HOLE.fullmatch(expected)
    is_number = whole and (whole[2] == "int" or type(known.get(whole[1])) is int)
    assert type(actual) is (int if is_number else str), where
    names = []
    regex, at = "", 0
    for hole in HOLE.finditer(expected):
        regex += re.escape(expected[at:hole.start()])
        if hole[2]:
            names.append(hole[1])
            regex += f"({PATTERNS[hole[2]]})"
        else:
            regex += re.escape(str(known[hole[1]]))
        at = hole.end()
    found = re.fullmatch(regex + re.escape(expected[at:]), str(actual), re.DOTALL)
    assert found, f"{where}: {actual!r} is not {expected!r}"
    known.update({name: actual if is_number else text
                  for name, text in zip(names, found.groups()) if name})


class Message:
    """A request or response file."""

    def __init__(self, path, known=None):
        head, _, body = path.read_bytes().partition(b"\n\n")
        lines = head.decode("utf-8").rstrip("\n").split("\n")
        if known:
            lines = [fill(line, known) for line in lines]
            body = fill(body.decode("latin-1"), latin_1(known)).encode("latin-1")
        self.first = lines[0]
        self.headers = dict(line.split(": ", 1) for line in lines[1:])
        self.body = body[:-1] if body.endswith(b"\n") else body


def prepare(stack, directory, known):
    path = directory / "given"
    counts = collections.Counter()

    def keep(kind, value):
        counts[kind] += 1
        known[f"{kind}{counts[kind]}"] = value

    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        verb, _, text = fill(line, known).partition(" ")
        fields = json.loads(text)
        if verb == "user":
            keep("id", stack.save(**fields))
        elif verb == "changed":
            follower = Follower(stack)
            keep("cursor", follower.cursor)
            keep("id", stack.save(**fields))
            follower.age()
        elif verb == "other-user":
            keep("id", stack.save(key=stack.key_2, **fields))
        elif verb == "code":
            keep("code", stack.code(**fields)["code"])
        elif verb == "used-code":
            keep("code", stack.login_of(**fields)[0]["code"])
        elif verb == "phone-code":
            keep("phone-code", stack.phone_code(**fields)["code"])
        elif verb == "used-phone-code":
            keep("phone-code", stack.used_phone_code(**fields))
        elif verb == "lost-phone-code":
            keep("phone-code", stack.used_phone_code(**fields))
            stack.lose_claim()
        elif verb == "session":
            session = stack.session(fields.pop("appid", None), **fields)
            keep("openid", session["openid"])
            keep("session-key", session["session_key"])
        elif verb == "lost-code":
            keep("code", stack.lost_code(**fields))
        elif verb in AGES:
            token = stack.token(fields.pop("appid", None), **fields)
            stack.let_expire(token, AGES[verb])
            keep("token", token)
        elif verb == "api-key":
            keep("api-key", Ctl(stack).out("key", "add", "--tenant", "1", "--name", known["unique"],
                                           *(word for name, value in fields.items()
                                             for word in (f"--{name}", value))).strip())
            keep("api-key-id", int(stack.sql("SELECT MAX(id) FROM api_key")[0][0]))
        elif verb == "app":
            Ctl(stack).out("app", "add", "--tenant", "1", "--kind", "web", "--appid", fields["appid"], stdin="s\n")
        elif verb == "account":
            keep("account", stack.request("GET", "/v1/me", key=stack.token(**fields)).json["account_id"])
        elif verb == "merge":
            both = {"account_id": known["account1"], "other_id": known[fields["of"]], "is_dry_run": False}
            keep("merge", stack.request("POST", "/v1/admin/merges", both, key=known["api-key1"]).json["id"])
        elif verb == "operator-key":
            keep("operator-key", Ctl(stack).out("operator", "add", known["unique"]).strip())
        elif verb == "member":
            keep("member", stack.member(**fields))
        elif verb in ("verify-code", "old-verify-code"):
            keep("verify-code", stack.verify_code(**fields))
            if verb == "old-verify-code":
                stack.let_verify_codes_expire()
        elif verb in ("sms-code", "old-sms-code"):
            code = stack.sms_code(**fields)
            keep("sms-code", code)
            keep("not-sms-code", f"{(int(code) + 1) % 1000000:06}")
            if verb == "old-sms-code":
                stack.let_verify_codes_expire()
        elif verb == "resident":
            keep("resident", stack.save_resident(**fields))
        elif verb == "refused-login":
            answer = stack.request("POST", "/v1/login", {"code": f"wrong-{known['unique']}"},
                                   {"X-WX-AppId": fields["appid"]})
            keep("request", answer.headers["X-Request-Id"])
        elif verb == "disabled":
            stack.disable(**fields)
        elif verb == "closed":
            stack.close(**fields)
        elif verb == "wrong-proofs":
            stack.prove_wrongly(**fields)
        elif verb == "tenant-2":
            for name, value in fields.items():
                Ctl(stack).out("tenant", "set", "2", name, value)
        elif verb == "no-app-tokens":
            stack.sql("DELETE FROM wechat_token")
        elif verb == "no-conflicts":
            stack.sql("UPDATE account_conflict SET settled_at = UTC_TIMESTAMP(6) WHERE settled_at IS NULL")
        elif verb == "fault":
            stack.fault(**fields)
        else:
            raise ValueError(f"{path}: {verb}")


@functools.cache
def told():
    return Told()


@functools.cache
def key_id(stack):
    return int(stack.sql(f"SELECT id FROM api_key WHERE hash = UNHEX(SHA2('{stack.key}', 256))")[0][0])


def run(stack, request, response, known):
    key = {"1": stack.key, "2": stack.key_2}.get(request.headers.pop("Key", None))
    method, target = request.first.split(" ")
    body = request.body if request.body or method == "POST" else None
    answer = stack.request(method, target, body, request.headers, key=key)

    assert str(answer.status) == response.first, answer
    told().check(method, target, answer)
    for name, value in response.headers.items():
        assert answer.headers.get(name, "-") == value, (name, answer)
    expected = response.body.decode("utf-8", "replace")
    if HOLE.search(expected) and expected.startswith("<"):
        match_text(expected, answer.text, known, "the answer")
    elif HOLE.search(expected):
        match(json.loads(expected), answer.json, known, "the answer")
    else:
        assert answer.body == response.body, f"{answer} is not {response.body!r}"


def run_case(stack, unique, directory, before_exchange=lambda: None):
    known = {"unique": unique, "UNIQUE": unique.upper(), "phone": new_phone(), "other-phone": new_phone(),
             "url": stack.env["WXUSER_URL"],
             "app": stack.app_id, "official-app": "wx1000000000000002",
             "second-app": "wx2000000000000001", "key": stack.key,
             "key-id": key_id(stack), "wechat-key": stack.env["WXUSER_WECHAT_KEY"]}
    prepare(stack, directory, known)
    for path in sorted(directory.glob("request*")):
        before_exchange()
        response = Message(path.with_name(path.name.replace("request", "response")))
        run(stack, Message(path, known), response, known)
