"""WeChat's message push: who is believed, what each event does, who is erased and who is not."""

import getpass
import hashlib
import json
import pathlib
import re
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MINI, OFFICIAL = "wx1000000000000001", "wx1000000000000002"


def control(stack, *arguments, stdin=""):
    program = f"{stack.environment.get('WXUSER_BUILD', stack.state / 'build')}/wxuserctl"
    done = subprocess.run([program, "--config", str(stack.state / "conf" / "wxuser.conf"), *arguments],
                          env=stack.environment, capture_output=True, text=True, timeout=30, input=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def secret(stack, name):
    return (stack.state / "secret" / name).read_text().strip()


def sign(*words):
    return hashlib.sha1("".join(sorted(words)).encode()).hexdigest()


def target(stack, appid, timestamp=None, token=None, **more):
    timestamp = str(timestamp or int(time.time()))
    query = {"signature": sign(token or secret(stack, f"{appid}.token"), timestamp, "415670741"),
             "timestamp": timestamp, "nonce": "415670741", **more}
    return f"/wechat/push/{appid}?" + "&".join(f"{name}={value}" for name, value in query.items())


def message(openid, event, created=None, **more):
    fields = {"ToUserName": "gh_1", "FromUserName": openid, "CreateTime": created or int(time.time()),
              "MsgType": "event", "Event": event, **more}
    return "<xml>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items()) + "</xml>"


def post(stack, appid, body, **more):
    return stack.request("POST", target(stack, appid, **more), body, headers={"Content-Type": "text/xml"})


def push(stack, openid, event, mode="encrypted", appid=MINI, **more):
    return stack.sandbox("push", {"appid": appid, "openid": openid, "event": event, "mode": mode, **more})


def is_taken(delivery):
    return (delivery["taken"], delivery["tries"], delivery["body"]) == (True, 1, "success")


def follows(stack, openid):
    return stack.sql("SELECT is_following, UNIX_TIMESTAMP(followed_at), UNIX_TIMESTAMP(unfollowed_at)"
                     f" FROM wechat_user WHERE openid = '{openid}'")


def instant(seconds):
    return f"{seconds}.000000"


# ---- who is believed

def test_the_check_of_the_address_answers_the_raw_echo(stack):
    answer = stack.request("GET", target(stack, MINI, echostr="5837397521%2B07"))
    assert (answer.status, answer.text) == (200, "5837397521+07")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("change", [
    {"signature": "0" * 40}, {"signature": ""}, {"nonce": "1"}, {"token": "other"},
    {"timestamp": 1714037059}, {"timestamp": "x"}, {"signature": "F464b24fc39322e44b38aa78f5edd27bd1441696"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_has_not_signed_is_refused_and_nothing_is_done(stack, unique, change, method):
    stack.log_in(openid=f"o{unique}")
    where = target(stack, MINI, echostr="1", **change)
    body = message(f"o{unique}", "subscribe") if method == "POST" else None
    answer = stack.request(method, where, body)
    assert (answer.status, answer.text) == (403, "The signature is not right")
    assert follows(stack, f"o{unique}") == [["0", "NULL", "NULL"]]


def test_an_app_that_is_not_known_is_as_a_wrong_signature(stack):
    for appid in ("wx9", "a'b"):
        answer = stack.request("GET", target(stack, MINI, echostr="1").replace(MINI, appid))
        assert (answer.status, answer.text) == (403, "The signature is not right")


@pytest.mark.parametrize("path, status", [("", 404), ("/x", 404)])
def test_other_paths(stack, path, status):
    where = f"/wechat/push/{MINI}/x" if path else "/wechat/push/"
    answer = stack.request("GET", where)
    assert (answer.status, answer.text) == (status, "There is nothing at this address")


def test_other_methods(stack):
    answer = stack.request("PUT", f"/wechat/push/{MINI}", "x")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("age, is_fresh", [(-290, True), (290, True), (-310, False), (310, False)])
@pytest.mark.parametrize("mode", ["plain", "encrypted"])
def test_a_timestamp_counts_for_five_minutes(stack, unique, age, is_fresh, mode):
    stack.log_in(openid=f"o{unique}")
    delivery = push(stack, f"o{unique}", "subscribe", mode, timestamp=int(time.time()) + age)
    assert delivery["status"] == (200 if is_fresh else 403)
    assert delivery["tries"] == (1 if is_fresh else 3)
    assert follows(stack, f"o{unique}")[0][0] == str(int(is_fresh))


@pytest.fixture(scope="module", autouse=True)
def plain_counts(stack):
    """Most of what is told here can be told in any mode."""
    control(stack, "tenant", "set", "1", "push_takes_plain", "true")
    yield
    control(stack, "tenant", "set", "1", "push_takes_plain", "false")


@pytest.mark.parametrize("body", ["", "x", "<xml>", "{}x", "<a/>", "[]", "<!DOCTYPE xml><xml></xml>",
                                  '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Event>&e;</Event></xml>'])
def test_what_cannot_be_read(stack, body):
    answer = post(stack, MINI, body)
    assert (answer.status, answer.text) in ((400, "The request cannot be read"), (200, "success"))
    assert answer.status == 400 or body == "{}x"


OF_NO_MATTER = {
    "empty": "<xml></xml>",
    "text": "<xml><MsgType>text</MsgType><Content>hi</Content></xml>",
    "no event": "<xml><MsgType>event</MsgType></xml>",
    "another event": message("o1", "CLICK"),
    "long event": message("o1", "x" * 100),
    "no openid": message("no openid", "subscribe"),
    "long openid": message("o" * 100, "subscribe"),
    "another app": message("o1", "user_authorization_revoke", OpenID="o2", AppID="wx9"),
    "long OpenID": message("o2", "user_info_modified", OpenID="o" * 129),
    "long AppID": message("o3", "user_info_modified", AppID="w" * 129),
    "long PluginID": message("o4", "user_info_modified", PluginID="p" * 129),
    "long OpenPID": message("o5", "user_info_modified", OpenPID="p" * 129),
}


@pytest.mark.parametrize("body", OF_NO_MATTER.values(), ids=OF_NO_MATTER)
def test_what_is_of_no_matter_is_a_success(stack, body):
    before = stack.count("push_event")
    answer = post(stack, MINI, body)
    assert (answer.status, answer.text) == (200, "success")
    assert stack.count("push_event") == before


@pytest.mark.parametrize("created", ["0", "-1", "in two hours", "253402300799", "9" * 30, "1714037059.5", "x", " "])
def test_an_event_of_no_time_is_refused(stack, unique, created):
    if created == "in two hours":
        created = str(int(time.time()) + 7200)
    stack.log_in(openid=f"o{unique}")
    assert post(stack, MINI, message(f"o{unique}", "subscribe", created)).status == 400
    assert follows(stack, f"o{unique}")[0][0] == "0"


# What people type, and what is left of it where it is cut.
BYTES = [bytes(range(32)), b"\xef\xbf\xbe\xef\xbf\xbf", b"\xe5\xb0", b"\xed\xa0\xbd\xff", "小".encode("gbk"),
         b"<![CDATA[x]]></xml>", b"]]><a>", b"&nope;\\ud83d\\u0000"]


def spoilt(format, content):
    """A member beside those that are needed."""
    if format == "json":
        return b',"Content":"' + content.replace(b'"', b"") + b'"'
    return b"<Content><![CDATA[" + content + b"]]></Content>"


@pytest.mark.parametrize("format", ["xml", "json"])
@pytest.mark.parametrize("mode", ["plain", "compatible", "encrypted"])
def test_what_nobody_needs_may_be_any_bytes(stack, unique, mode, format):
    openid, now = f"o{unique}", int(time.time()) - len(BYTES)
    stack.log_in(openid=openid)
    for i, content in enumerate(BYTES):
        event = ["subscribe", "unsubscribe"][i % 2]
        assert is_taken(push(stack, openid, event, mode, format=format, create_time=now + i,
                             bytes=spoilt(format, b"a" + content + b"z").hex())), content
        assert follows(stack, openid)[0][0] == str(int(event == "subscribe")), content


def test_a_byte_order_mark_may_stand_in_front(stack, unique):
    stack.log_in(openid=f"o{unique}")
    answer = post(stack, MINI, b"\xef\xbb\xbf" + message(f"o{unique}", "subscribe").encode())
    assert (answer.status, answer.text) == (200, "success")
    assert follows(stack, f"o{unique}")[0][0] == "1"


@pytest.mark.parametrize("body", ["", "\xff\x00", "<xml>", "<xml></xml>"])
def test_a_body_that_cannot_be_read_of_who_has_not_signed(stack, body):
    assert post(stack, MINI, body, signature="0" * 40, msg_signature="0" * 40).status == 403


@pytest.mark.parametrize("change", [{"signature": "0" * 40}, {"msg_signature": "0" * 40}])
def test_bytes_of_who_has_not_signed_are_refused(stack, unique, change):
    stack.log_in(openid=f"o{unique}")
    body = message(f"o{unique}", "subscribe").encode().replace(b"</xml>", spoilt("xml", b"\x1d") + b"</xml>")
    if "msg_signature" in change:
        body = body.replace(b"</xml>", b"<Encrypt>AAAA</Encrypt></xml>")
    assert post(stack, MINI, body, **change).status == 403
    assert follows(stack, f"o{unique}")[0][0] == "0"


def test_a_plain_message_of_an_app_with_a_key_counts_only_if_the_tenant_says_so(stack, unique):
    """Its signature covers none of it, so one that was seen would be good for any other."""
    openid = f"o{unique}"
    stack.log_in(openid=openid)
    control(stack, "tenant", "set", "1", "push_takes_plain", "false")
    try:
        refused = push(stack, openid, "subscribe", "plain")
        assert (refused["status"], follows(stack, openid)[0][0]) == (403, "0")
        stack.await_log('err=FORBIDDEN reason="a plain message, though the app has a key; to take it run: '
                        'wxuserctl tenant set TENANT push_takes_plain true"')
        for mode in "compatible", "encrypted":
            assert is_taken(push(stack, openid, "subscribe", mode))
    finally:
        control(stack, "tenant", "set", "1", "push_takes_plain", "true")
    assert is_taken(push(stack, openid, "unsubscribe", "plain"))


def test_a_user_who_is_not_known_is_a_success(stack, unique):
    for event in ("subscribe", "user_info_modified", "user_authorization_revoke"):
        assert is_taken(push(stack, f"o{unique}", event))
    assert stack.count("push_event", f"openid = 'o{unique}'") == 0


def test_the_database_does_not_answer(make_stack, unique):
    own = make_stack("push-db", CONF_http__messages="en")
    control(own, "tenant", "set", "1", "push_takes_plain", "true")
    own.log_in(openid=f"o{unique}")
    event = message(f"o{unique}", "subscribe")
    own.kill("mariadb")
    assert post(own, MINI, event).status == 503
    assert own.quickstart("up").returncode == 0
    assert post(own, MINI, event).text == "success"
    assert follows(own, f"o{unique}")[0][0] == "1"


def test_maintenance_does_not_stop_events(make_stack, unique):
    own = make_stack("push-off", CONF_http__messages="en")
    own.log_in(openid=f"o{unique}")
    (own.state / "run" / "wxuser" / "maintenance").touch()
    assert is_taken(push(own, f"o{unique}", "subscribe"))
    assert follows(own, f"o{unique}")[0][0] == "1"


# ---- follows

@pytest.mark.parametrize("format", ["xml", "json"])
@pytest.mark.parametrize("mode", ["plain", "compatible", "encrypted"])
def test_a_user_follows_and_leaves(stack, unique, mode, format):
    openid, now = f"o{unique}", int(time.time())
    before = stack.log_in(OFFICIAL, openid=openid)
    assert is_taken(push(stack, openid, "subscribe", mode, OFFICIAL, create_time=now, format=format))
    assert follows(stack, openid) == [["1", instant(now), "NULL"]]
    account = stack.log_in(OFFICIAL, openid=openid)
    assert (before["isFollow"], account["isFollow"]) in ((False, True), (0, 1))
    assert account["entityVersion"] == before["entityVersion"] + 1
    assert is_taken(push(stack, openid, "unsubscribe", mode, OFFICIAL, create_time=now + 1, format=format))
    assert follows(stack, openid) == [["0", instant(now), instant(now + 1)]]
    assert stack.log_in(OFFICIAL, openid=openid)["cancelFollowTime"] is not None


def test_a_repeated_event_does_nothing(stack, unique):
    openid, now = f"o{unique}", int(time.time())
    stack.log_in(openid=openid)
    for _ in range(3):
        assert is_taken(push(stack, openid, "subscribe", create_time=now))
    assert stack.count("push_event", f"openid = '{openid}'") == 1
    version = stack.log_in(openid=openid)["entityVersion"]
    push(stack, openid, "subscribe", create_time=now)
    push(stack, openid, "subscribe", create_time=now + 1)  # nothing that an account shows
    assert stack.log_in(openid=openid)["entityVersion"] == version
    assert follows(stack, openid) == [["1", instant(now + 1), "NULL"]]


def test_the_order_of_arrival_does_not_matter(stack, unique):
    openid, now = f"o{unique}", int(time.time())
    stack.log_in(openid=openid)
    push(stack, openid, "unsubscribe", create_time=now)
    push(stack, openid, "subscribe", create_time=now - 1)
    assert follows(stack, openid) == [["0", "NULL", instant(now)]]
    push(stack, openid, "subscribe", create_time=now + 1)
    assert follows(stack, openid) == [["1", instant(now + 1), "NULL"]]


@pytest.mark.parametrize("events, is_following", [
    (["subscribe"], "1"), (["subscribe", "unsubscribe"], "0"), (["unsubscribe", "subscribe"], "1")])
def test_who_follows_before_the_first_login(stack, unique, events, is_following):
    openid, now = f"o{unique}", int(time.time())
    for i, event in enumerate(events):
        push(stack, openid, event, appid=OFFICIAL, create_time=now + i)
    stack.log_in(OFFICIAL, openid=openid)
    assert follows(stack, openid)[0][0] == is_following


def log_in_by_code(stack, openid):
    return stack.log_in(OFFICIAL, openid=openid)["isFollow"]


def log_in_as_customer(stack, openid):
    answer = stack.request("POST", "/api/Customer/AppAuthorization", {
        "code": stack.code(OFFICIAL, openid=openid)["code"], "openId": openid}, {"X-WX-AppId": OFFICIAL})
    assert answer.json["status"] == 1, answer.text
    return stack.log_in(OFFICIAL, openid=openid)["isFollow"]


def log_in_after_the_server(stack, openid):
    stack.save(openId=openid, name="known to the tenant's server")
    return stack.log_in(OFFICIAL, openid=openid)["isFollow"]


@pytest.mark.parametrize("log_in", [log_in_by_code, log_in_as_customer, log_in_after_the_server])
def test_a_follow_waits_for_a_first_login_of_another_day(stack, unique, log_in):
    openid, now = f"o{unique}", int(time.time())
    push(stack, openid, "subscribe", appid=OFFICIAL, create_time=now)
    stack.sql(f"UPDATE push_event SET received_at = received_at - INTERVAL 9 DAY WHERE openid = '{openid}'")
    control(stack, "jobs", "run", "push_event")
    assert stack.count("push_event", f"openid = '{openid}'") == 0
    assert log_in(stack, openid) in (True, 1)
    assert follows(stack, openid) == [["1", instant(now), "NULL"]]
    assert stack.count("waiting_follow", f"openid = '{openid}'") == 0


def test_an_openid_that_waits_can_be_erased(stack, unique):
    openid = f"o{unique}"
    push(stack, openid, "subscribe", appid=OFFICIAL)
    assert "would    1  waiting_follow" in control(stack, "user", "erase", OFFICIAL, openid, "--dry-run")
    assert stack.count("waiting_follow", f"openid = '{openid}'") == 1
    assert "erased   1  waiting_follow" in control(stack, "user", "erase", OFFICIAL, openid)
    assert stack.count("waiting_follow", f"openid = '{openid}'") == 0
    stack.log_in(OFFICIAL, openid=openid)
    assert follows(stack, openid)[0][0] == "0"


def test_another_apps_event_does_not_touch_the_user(stack, unique):
    stack.log_in(MINI, openid=f"o{unique}")
    assert is_taken(push(stack, f"o{unique}", "subscribe", appid=OFFICIAL))
    assert follows(stack, f"o{unique}")[0][0] == "0"


# ---- keys

def test_the_key_before_counts_until_it_is_dropped(stack, unique):
    openid, kept = f"o{unique}", secret(stack, f"{MINI}.aes")
    app = {"appid": MINI, "kind": "mini", "secret": secret(stack, MINI),
           "push_token": secret(stack, f"{MINI}.token"), "url": f"http://127.0.0.1:{stack.port}/wechat/push/{MINI}"}
    other = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    stack.log_in(openid=openid)
    control(stack, "app", "set-push", MINI, stdin=f"\n{other}\n")
    try:
        assert is_taken(push(stack, openid, "subscribe"))
        stack.sandbox("apps", {**app, "aes_key": other})
        assert is_taken(push(stack, openid, "unsubscribe"))
        control(stack, "app", "set-push", MINI, "--drop-previous", stdin="")
        assert is_taken(push(stack, openid, "subscribe", create_time=1))
        stack.sandbox("apps", {**app, "aes_key": kept})
        assert push(stack, openid, "subscribe", create_time=2)["status"] == 403
        (columns,) = stack.sql(f"SELECT HEX(push_token), HEX(push_key) FROM app WHERE appid = '{MINI}'")
        assert other.encode().hex().upper() not in columns[1]
    finally:
        control(stack, "app", "set-push", MINI, "--drop-previous", stdin=f"\n{kept}\n")
        stack.sandbox("apps", {**app, "aes_key": kept})
    assert is_taken(push(stack, openid, "subscribe", create_time=3))


# ---- who is erased

def person(stack, unique, *appids):
    """The account of a person with an openid of each app."""
    return [stack.log_in(appid, openid=f"o{unique}-{appid[-1]}", unionid=f"u{unique}")["id"]
            for appid in appids]


def is_there(stack, openid):
    return stack.user(openid) is not None


def pending_rows(stack):
    """The rows of "user pending" without their times and words."""
    return [line.split()[2:6] for line in control(stack, "user", "pending").splitlines()[1:]]


@pytest.mark.parametrize("event", ["user_authorization_revoke", "user_authorization_cancellation"])
def test_a_plain_message_erases_nobody_and_waits(stack, unique, event):
    openid = f"o{unique}"
    stack.log_in(openid=openid)
    for _ in range(2):
        assert is_taken(push(stack, openid, event, "plain", create_time=1714037059))
    assert is_there(stack, openid)
    assert stack.sql(f"SELECT event, state FROM push_event WHERE openid = '{openid}'") == [[event, "1"]]
    assert [MINI, openid, event, "301"] in pending_rows(stack)
    control(stack, "user", "erase", MINI, openid)
    assert not is_there(stack, openid)
    assert openid not in control(stack, "user", "pending")


@pytest.mark.parametrize("mode", ["compatible", "encrypted"])
def test_an_encrypted_message_erases_exactly_that_user(stack, unique, mode):
    first, second = person(stack, unique, MINI, OFFICIAL)
    assert first == second
    assert is_taken(push(stack, f"o{unique}-1", "user_authorization_revoke", mode))
    assert not is_there(stack, f"o{unique}-1")
    (audited,) = stack.sql("SELECT actor, details FROM audit ORDER BY id DESC LIMIT 1")
    assert audited == ["wechat", '{"account":false,"revoke_info":"301"}']
    assert is_there(stack, f"o{unique}-2")
    assert stack.log_in(OFFICIAL, openid=f"o{unique}-2", unionid=f"u{unique}")["id"] == first
    assert is_taken(push(stack, f"o{unique}-2", "user_authorization_cancellation", mode, OFFICIAL))
    guid = first.replace("-", "")
    assert stack.count("account", f"id = UNHEX('{guid}')") == 0
    assert stack.count("account_unionid", f"unionid = 'u{unique}'") == 0


def profile(stack, openid):
    user = stack.user(openid)
    return user and (user["name"], user["profile"], user["phone"])


def store_profile(stack, openid):
    stack.log_in(OFFICIAL, openid=openid, nickname="昵称", headimgurl="https://example.com/h")
    stack.save(openId=openid, phone="13800000001")
    assert profile(stack, openid) == ("昵称", "https://example.com/h", "13800000001")


REVOKED = {"5": ("昵称", "https://example.com/h", "13800000001"), "6": ("", "", "13800000001"),
           "19": ("", "https://example.com/h", "13800000001"), "205, 8": ("", "", ""),
           "999": ("昵称", "https://example.com/h", "13800000001"), "301": None}


@pytest.mark.parametrize("mode, format", [("compatible", "xml"), ("encrypted", "xml"), ("encrypted", "json")])
@pytest.mark.parametrize("revoke_info", REVOKED)
def test_a_revocation_takes_what_it_names(stack, unique, revoke_info, mode, format):
    openid = f"o{unique}"
    store_profile(stack, openid)
    for _ in range(2):
        assert is_taken(push(stack, openid, "user_authorization_revoke", mode, OFFICIAL, format=format,
                             revoke_info=revoke_info))
    assert profile(stack, openid) == REVOKED[revoke_info]
    assert control(stack, "user", "pending").count(openid) == 0


def test_a_number_may_be_one_in_json(stack, unique):
    openid = f"o{unique}"
    store_profile(stack, openid)
    push(stack, openid, "user_authorization_revoke", "encrypted", OFFICIAL, format="json",
         bytes=b',"RevokeInfo":19'.hex())
    assert profile(stack, openid) == REVOKED["19"]


TENCENTS_SAMPLE = """{

"ToUserName": "gh_870882ca4b1",

"FromUserName": "oaKk346BaWE-eIn4oSRWbaM9vR7s",

"CreateTime": %d,

"MsgType": "event",

"Event": "user_authorization_revoke",

" OpenID": "%s",

" AppID": "%s",

" RevokeInfo": "201",

}
"""


def test_tencents_own_sample_is_read(stack, unique):
    """Of authorization_change.html: blanks in the names, a comma at the end, and who sends it is not the user."""
    openid = f"o{unique}"
    stack.log_in(OFFICIAL, openid=openid)
    assert post(stack, OFFICIAL, TENCENTS_SAMPLE % (time.time(), openid, OFFICIAL)).text == "success"
    assert [OFFICIAL, openid, "user_authorization_revoke", "201"] in pending_rows(stack)


@pytest.mark.parametrize("event", ["user_authorization_revoke", "user_authorization_cancellation"])
@pytest.mark.parametrize("member", ["PluginID", "OpenPID"])
def test_a_plug_ins_consent_is_none_of_ours(stack, unique, member, event):
    openid = f"o{unique}"
    store_profile(stack, openid)
    assert is_taken(push(stack, openid, event, "encrypted", OFFICIAL, bytes=f"<{member}>wx9</{member}>".encode().hex()))
    assert is_taken(push(stack, openid, event, "plain", OFFICIAL, bytes=f"<{member}>wx9</{member}>".encode().hex()))
    assert profile(stack, openid) is not None
    assert openid not in control(stack, "user", "pending")


def test_a_plain_revocation_waits_and_takes_no_more_than_it_names(stack, unique):
    openid = f"o{unique}"
    store_profile(stack, openid)
    now = int(time.time())
    for revoke_info in ("8", "19", "8"):
        assert is_taken(push(stack, openid, "user_authorization_revoke", "plain", OFFICIAL, create_time=now,
                             revoke_info=revoke_info))
    assert profile(stack, openid)[2] != ""
    assert [row[2:] for row in pending_rows(stack) if openid in row] == [
        ["user_authorization_revoke", "8"], ["user_authorization_revoke", "19"]]
    assert control(stack, "user", "erase", OFFICIAL, openid, "--dry-run") == "would  name, phone"
    assert profile(stack, openid)[2] != ""
    told = control(stack, "user", "erase", OFFICIAL, openid)
    assert told == ("erased name, phone\n"
                    "All else of the user stays; to erase that too, run the command again.")
    assert profile(stack, openid) == ("", "https://example.com/h", "")
    assert openid not in control(stack, "user", "pending")
    (audited,) = stack.sql("SELECT action, actor, details FROM audit ORDER BY id DESC LIMIT 1")
    assert audited[:2] == ["user.revoke", "wxuserctl"] and '"revoke_info":"8,19"' in audited[2]


def words_of_numbers(language):
    """{number: words}, as the table of the dialects has them."""
    page = (ROOT / "docs" / language / "dialects.md").read_text()
    rows = re.findall(r"(?m)^\| (\d[\d, 、]*) \| ([^|]+) \| [^|]+ \|$", page[page.index("`user_authorization_revoke` |"):])
    return {number: words for numbers, words in rows for number in re.findall(r"\d+", numbers)}


def test_a_pending_erasure_is_told_in_the_words_of_the_documents(stack, unique):
    english, chinese = words_of_numbers(""), words_of_numbers("zh")
    assert list(english) == list(chinese) and len(english) == 24
    stored = {number: f"o{unique}-{number}" for number in [*english, "999"]}
    events = {**{openid: number for number, openid in stored.items()}, f"o{unique}": "6,205,8"}
    stack.sql("INSERT INTO push_event (tenant_id, app_id, openid, event, revoke_info, happened_at, received_at, state) "
              "SELECT tenant_id, id, openid, 'user_authorization_revoke', numbers, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1 "
              "FROM app JOIN (" + " UNION ALL ".join(f"SELECT '{openid}' AS openid, '{numbers}' AS numbers"
                                                     for openid, numbers in events.items())
              + f") event WHERE appid = '{MINI}'")
    told = {row["openid"]: (row["withdrawn"], row["withdrawn_zh"])
            for row in json.loads(control(stack, "user", "pending", "--json")) if unique in row["openid"]}
    assert told.pop(f"o{unique}") == ("name and avatar, phone", "昵称和头像、手机号")
    assert told.pop(stored.pop("999")) == ("999", "999")
    assert told == {openid: (english[number], chinese[number]) for number, openid in stored.items()}
    stack.sql(f"DELETE FROM push_event WHERE openid LIKE 'o{unique}%'")


def test_a_plain_revocation_of_what_is_not_stored(stack, unique):
    openid = f"o{unique}"
    store_profile(stack, openid)
    push(stack, openid, "user_authorization_revoke", "plain", OFFICIAL, revoke_info="5")
    assert control(stack, "user", "erase", OFFICIAL, openid).startswith(
        "erased nothing: WeChat's message names nothing that is stored\n")
    assert profile(stack, openid) == REVOKED["5"]
    assert openid not in control(stack, "user", "pending")


@pytest.mark.parametrize("kind", ["event", "Event", "EVENT"])
def test_names_count_in_any_case(stack, unique, kind):
    stack.log_in(openid=f"o{unique}")
    body = message(f"o{unique}", "Subscribe").replace("event]]", f"{kind}]]")
    assert post(stack, MINI, body).text == "success"
    assert follows(stack, f"o{unique}")[0][0] == "1"


def test_who_comes_back_is_somebody_new_whom_the_old_event_does_not_touch(stack, unique):
    openid = f"o{unique}"
    account = stack.log_in(openid=openid)
    id = stack.user(openid)["id"]
    long_ago = int(time.time())
    assert is_taken(push(stack, openid, "user_authorization_revoke", create_time=long_ago))
    time_passes(long_ago)
    back = stack.log_in(openid=openid)
    assert back["id"] != account["id"] and stack.user(openid)["id"] > id
    assert is_taken(push(stack, openid, "user_authorization_revoke", create_time=long_ago))
    assert stack.user(openid)["id"] > id


def time_passes(second):
    """Events have whole seconds."""
    while int(time.time()) <= second:
        time.sleep(0.05)


def test_what_wechat_gave_is_forgotten_when_it_was_modified(stack, unique):
    openid = f"o{unique}"
    stack.log_in(OFFICIAL, openid=openid, nickname="昵称", headimgurl="https://example.com/h")
    stack.save(openId=openid, name="自己的名字")
    push(stack, openid, "user_info_modified", "plain", OFFICIAL)
    assert stack.user(openid)["profile"] == "https://example.com/h"
    push(stack, openid, "user_info_modified", "encrypted", OFFICIAL, create_time=1714037059)
    assert (stack.user(openid)["profile"], stack.user(openid)["name"]) == ("", "自己的名字")


def test_a_dry_run_tells_what_would_go_and_changes_nothing(stack, ctl, unique):
    openid = f"o{unique}"
    stack.log_in(openid=openid)
    told = control(stack, "user", "erase", MINI, openid, "--dry-run")
    assert "would    1  wechat_user" in told and "would    1  account" in told
    unwritten = ctl.run("user", "erase", MINI, openid, keys__erasure_log="/nonexistent/log")
    assert unwritten.returncode == 1 and "wxuserctl: this has failed (see above)" in unwritten.stderr
    assert is_there(stack, openid)
    assert control(stack, "user", "erase", MINI, openid) == told.replace("would ", "erased")
    assert ctl.run("user", "erase", MINI, openid).returncode == 1
    assert openid not in (stack.state / "secret" / "erasures.log").read_text()
    (audited,) = stack.sql("SELECT action, actor, subject FROM audit ORDER BY id DESC LIMIT 1")
    assert audited[:2] == ["user.erase", "wxuserctl"] and openid not in audited[2]


def as_root(stack, statements):
    subprocess.run(["mariadb", "--no-defaults", f"--socket={stack.env['WXUSER_DB_SOCKET']}",
                    f"--user={getpass.getuser()}", stack.env["WXUSER_DB_NAME"]],
                   input=statements, text=True, check=True, timeout=30)


def test_a_restored_backup_is_cleaned(make_stack, unique):
    own = make_stack("restored", CONF_http__messages="en")
    for number in (1, 2):
        own.log_in(openid=f"o{unique}-{number}")
    own.save(openId=f"o{unique}-3", name="without an app")
    for number in (4, 5):
        push(own, f"o{unique}-{number}", "subscribe", appid=OFFICIAL)
    as_root(own, "".join(f"CREATE TABLE backup_{table} AS SELECT * FROM {table};"
                         for table in ("account", "wechat_user", "waiting_follow")))
    own.log_in(OFFICIAL, openid=f"o{unique}-4")
    for appid, number in ((MINI, 1), (MINI, 3), (OFFICIAL, 4), (OFFICIAL, 5)):
        control(own, "user", "erase", appid, f"o{unique}-{number}")
    erased = own.user(f"o{unique}-1")
    lines = (own.state / "secret" / "erasures.log").read_text().splitlines()
    assert erased is None and len(lines) == 4
    assert own.count("audit", "action = 'user.erase'") == 4
    as_root(own, "".join(f"INSERT IGNORE INTO {table} SELECT * FROM backup_{table};"
                         for table in ("account", "wechat_user", "waiting_follow")))
    assert is_there(own, f"o{unique}-1")
    assert control(own, "erasures", "replay") == "4 erased"
    assert own.count("waiting_follow") == 0
    assert not is_there(own, f"o{unique}-1") and not is_there(own, f"o{unique}-3")
    assert is_there(own, f"o{unique}-2")
    own.log_in(openid=f"o{unique}-1")
    assert control(own, "erasures", "replay") == "0 erased"
    assert is_there(own, f"o{unique}-1")


def test_no_log_holds_a_signature_or_an_openid(stack, unique):
    stack.log_in(openid=f"o{unique}")
    push(stack, f"o{unique}", "user_authorization_revoke")
    for part in ("wxuser", "nginx", "nginx.access"):
        assert f"o{unique}" not in stack.log(part)
