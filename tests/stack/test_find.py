"""wxuserctl user find, list and show, on persons who logged in."""

import json
import re

import pytest

from stack import new_phone

INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
MINI, OFFICIAL = "wx1000000000000001", "wx1000000000000002"


def found(ctl, *words, **more):
    return json.loads(ctl.out("user", "find", *words, "--json", **more))


@pytest.fixture
def person(stack, unique):
    """Whose profile has a name and a phone."""
    account = stack.log_in(MINI, openid=f"o-{unique}", unionid=f"u-{unique}")["id"]
    stack.save(openId=f"o-{unique}", name=f"小明{unique}", phone="13912300456")
    return account


def test_a_person_is_found_by_each_of_what_is_known(ctl, stack, unique, person):
    [user] = found(ctl, "--openid", f"o-{unique}")
    assert user["account_id"] == person and user["appid"] == MINI and user["state"] == "active"
    assert user["matched"] == ["openid"] and user["name"] == "小**" and user["phone"] == "139****0456"
    assert user["last_login_at"] and unique not in json.dumps(user)
    for words, match in [(["--unionid", f"u-{unique}"], "unionid"), (["--id", str(user["id"])], "id"),
                         (["--id", person], "id"), (["--name", f"小明{unique}"[:-1]], "profile_name")]:
        hits = [hit for hit in found(ctl, "--tenant", "1", *words) if hit["id"] == user["id"]]
        assert [hit["matched"] for hit in hits] == [[match]], words
    for typed in "139 1230 0456", "+86 139-1230-0456":
        hits = [hit for hit in found(ctl, "--phone", "-", stdin=f"{typed}\n") if hit["id"] == user["id"]]
        assert [hit["matched"] for hit in hits] == [["profile_phone"]]


def test_a_person_is_found_by_the_id_in_the_system_before(ctl, stack, unique, person):
    stack.sql("INSERT INTO external_id (tenant_id, account_id, external_id, created_at) VALUES "
              f"(1, UNHEX(REPLACE('{person}', '-', '')), 'old-{unique}', UTC_TIMESTAMP(6))")
    [user] = found(ctl, "--external-id", f"old-{unique}")
    assert user["account_id"] == person and user["matched"] == ["external_id"]


def test_a_member_says_whose_phone_it_is(ctl, stack):
    phone = new_phone()
    member = stack.member(name="李四", phone=phone)
    assert [hit["matched"] for hit in found(ctl, "--phone", phone)] == [["member_phone"]]
    [alone] = found(ctl, "--member", str(member))
    assert (alone["id"], alone["name"], alone["openid"]) == (0, "李**", None)


def test_what_is_printed_is_masked(ctl, unique, person):
    text = ctl.out("user", "find", "--openid", f"o-{unique}")
    heading, line, matched = text.splitlines()
    assert heading.split()[:4] == ["ID", "TENANT", "STATE", "APP"]
    assert person in line and "139****0456" in line and "小**" in line and unique not in text
    assert matched.strip() == "found by openid"


@pytest.mark.parametrize("words, stdin, status, said", [
    ("", "", 64, "give one of --openid"),
    ("--openid o --name x", "", 64, "give one of --openid"),
    ("--phone 12", "", 64, "--phone: this is no mobile number"),
    ("--phone -", "", 1, "--phone -: standard input must hold a line"),
    ("--member x", "", 64, "--member: this is no number"),
    ("--id x", "", 64, "--id: this is neither the number"),
    ("--openid a,b", "", 64, "--openid: this is 1 to 64"),
    ("--openid oNobody", "", 1, "nobody is found by this openid"),
    ("--phone -", "13912349999\n", 1, "nobody is found by this phone"),
    ("--tenant 99 --openid oNobody", "", 1, "there is no such tenant"),
])
def test_a_search_that_finds_nothing(ctl, words, stdin, status, said):
    done = ctl.run("user", "find", *words.split(), stdin=stdin)
    assert (done.returncode, done.stdout) == (status, "") and f"wxuserctl: {said}" in done.stderr


def test_nobody_is_an_empty_array(ctl):
    done = ctl.run("user", "find", "--openid", "oNobody", "--json")
    assert (done.returncode, done.stdout) == (1, "[]\n")


def listed(ctl, *words):
    return [user["id"] for user in json.loads(ctl.out("user", "list", "--tenant", "1", *words, "--json"))]


def test_users_are_listed_in_pages(ctl, stack, unique):
    ids = []
    for n in range(3):
        stack.log_in(MINI, openid=f"o{n}-{unique}")
        ids.append(stack.user(f"o{n}-{unique}")["id"])
    before = str(ids[0] - 1)
    assert listed(ctl, "--after", before, "--limit", "3") == ids
    assert listed(ctl, "--after", str(ids[0]), "--limit", "2") == ids[1:]
    assert listed(ctl, "--after", before, "--app", MINI, "--limit", "3") == ids
    assert not set(listed(ctl, "--after", before, "--app", OFFICIAL)) & set(ids)
    stack.disable(f"o1-{unique}")
    assert ids[1] in listed(ctl, "--after", before, "--state", "disabled")
    assert ids[1] not in listed(ctl, "--after", before, "--state", "active")
    assert listed(ctl, "--after", before, "--login-since", "2024-01-01T00:00:00Z", "--limit", "3") == ids
    assert listed(ctl, "--after", before, "--login-before", "2024-01-01", "--created-before", "2024-01-01") == []
    assert listed(ctl, "--after", before, "--created-since", "2024-01-01", "--limit", "3") == ids
    done = ctl.run("user", "list", "--tenant", "1", "--after", before, "--limit", "2")
    assert done.stderr == f"To see more, add: --after {ids[1]}\n" and len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize("words, status, said", [
    ("--tenant 99", 1, "there is no such tenant"),
    ("--tenant 1 --app wxNone", 1, "the tenant has no such app"),
    ("--tenant 1 --limit 1001", 64, "--limit: at most 1000"),
    ("--tenant 1 --login-since tomorrow", 64, "--login-since: a time is 2026-11-29"),
])
def test_a_list_that_is_refused(ctl, words, status, said):
    done = ctl.run("user", "list", *words.split())
    assert (done.returncode, done.stdout) == (status, "") and f"wxuserctl: {said}" in done.stderr


# ---- user show.

def shown(ctl, *words, **more):
    return json.loads(ctl.out("user", "show", *words, "--json", **more))


def test_a_person_is_shown_by_number_openid_and_account(ctl, stack, unique, person):
    [user] = found(ctl, "--openid", f"o-{unique}")
    whole = shown(ctl, person)
    assert whole == shown(ctl, f"o-{unique}") == shown(ctl, str(user["id"]))
    assert (whole["account_id"], whole["state"], whole["tenant_id"]) == (person, "active", 1)
    [only] = whole["users"]
    assert (only["id"], only["appid"], only["kind"], only["name"]) == (user["id"], MINI, "mini", "小**")
    assert only["last_login_at"] == user["last_login_at"]
    assert whole["phones"] == [{"number": "139****0456", "of": "profile", "id": user["id"], "is_confirmed": False}]
    assert whole["confirmed_phone"] is None and unique not in json.dumps(whole)


def test_logins_and_why_they_were_refused_are_shown(ctl, stack, unique):
    openid = f"o-{unique}"
    made, answer = stack.login_of(MINI, openid=openid)
    token = answer.headers["X-Access-Token"]
    whole = shown(ctl, openid)
    [tokens], [login] = whole["tokens"], whole["sessions"]
    assert (tokens["appid"], tokens["count"]) == (MINI, 1)
    assert tokens["first_expires_at"] == tokens["last_expires_at"] == login["expires_at"]
    assert (login["appid"], login["state"], login["user_id"]) == (MINI, "live", whole["users"][0]["id"])
    assert token not in json.dumps(whole) and token not in ctl.out("user", "show", openid)
    assert whole["refusals"] == [] and whole["disabled_at"] is None

    assert ctl.out("account", "disable", str(whole["users"][0]["id"])).startswith("Account ")
    refused = stack.login(stack.code(MINI, openid=openid)["code"], MINI)
    whole = shown(ctl, openid)
    assert (whole["state"], whole["tokens"], whole["sessions"][0]["state"]) == ("disabled", [], "ended")
    assert re.fullmatch(INSTANT, whole["disabled_at"])
    [refusal] = whole["refusals"]
    assert (refusal["error"], refusal["appid"]) == ("ACCOUNT_DISABLED", MINI)
    assert refusal["request_id"] == refused.headers["X-Request-Id"]
    text = ctl.out("user", "show", openid)
    assert re.search(r"^state     disabled since 20\S+ \S+$", text, re.M)
    assert re.search(rf"^refused   .* app {MINI}, .* ACCOUNT_DISABLED: .*{refusal['request_id']}$", text, re.M)
    assert re.search(r"^login     .*, ended$", text, re.M) and openid not in text
    ctl.out("account", "enable", openid)
    assert shown(ctl, openid)["disabled_at"] is None


def test_all_that_is_known_is_shown(ctl, stack, unique):
    """Of an account of two openids with a resident and a member."""
    mini, official, phone = f"o1-{unique}", f"o2-{unique}", new_phone()
    stack.log_in(MINI, openid=mini, unionid=f"u-{unique}")
    token = stack.token(OFFICIAL, openid=official, unionid=f"u-{unique}")
    stack.save_resident(mini, phone)
    user = stack.user(mini)["id"]
    member = stack.member(name="李四", phone=phone)
    stack.sql(f"UPDATE wechat_user SET version = version + 1, member_id = {member} WHERE id = {user}")
    assert stack.request("POST", "/v1/me/consents", {"document": "privacy", "version": "3"}, key=token).status == 200
    stack.sql("INSERT INTO external_id (tenant_id, account_id, external_id, created_at) SELECT tenant_id, account_id, "
              f"'old-{unique}', UTC_TIMESTAMP(6) FROM wechat_user WHERE id = {user}")
    whole = shown(ctl, str(user))
    assert [user["appid"] for user in whole["users"]] == [MINI, OFFICIAL]
    assert [item["unionid"] for item in whole["unionids"]] == ["u-" + unique[:1] + "****" + unique[-4:]]
    masked = f"{phone[:3]}****{phone[-4:]}"
    assert [(item["of"], item["number"], item["is_confirmed"]) for item in whole["phones"]] == [
        ("resident", masked, True), ("member", masked, True)]
    assert {"number": masked, "by": "sms", "counts": True}.items() <= whole["confirmed_phone"].items()
    assert whole["members"] == [{"id": member, "name": "李**", "phone": masked, "card_state": "valid"}]
    assert [(item["document"], item["version"]) for item in whole["consents"]] == [("privacy", "3")]
    assert len(whole["external_ids"]) == 1 and whole["memberships"] == 1
    assert phone not in json.dumps(whole) and unique not in json.dumps(whole)
    text = ctl.out("user", "show", str(user))
    for line in [rf"^phone     {re.escape(masked)}, of resident {user}, confirmed$", rf"^phone     .* of member {member}, confirmed$",
                 rf"^confirmed {re.escape(masked)}, by sms, at ", rf"^member    {member}, name 李\*\*, ",
                 "^consent   privacy, version 3, at ", "^external  ", "^roles     1 in communities$", "^tokens    1 of app "]:
        assert re.search(line, text, re.M), (line, text)
    assert phone not in text and unique not in text


def test_a_user_who_has_not_logged_in_is_shown(ctl, stack, unique):
    stack.save(openId=f"o-{unique}", name=f"小红{unique}")
    whole = shown(ctl, f"o-{unique}")
    assert (whole["account_id"], whole["state"], whole["created_at"]) == (None, "new", None)
    assert (whole["users"][0]["appid"], whole["users"][0]["last_login_at"]) == (None, None)
    assert whole == shown(ctl, str(whole["users"][0]["id"]))


def test_a_closed_account_says_when_it_is_erased(ctl, stack, unique):
    stack.log_in(MINI, openid=f"o-{unique}")
    stack.close(f"o-{unique}")
    whole = shown(ctl, f"o-{unique}")
    assert whole["state"] == "closed" and re.fullmatch(INSTANT, whole["erases_at"]) and whole["disabled_at"] is None
    assert re.search(r"^state     closed by the person, to be erased at 20", ctl.out("user", "show", f"o-{unique}"), re.M)


# ---- The number that is printed names the person everywhere.

def numbered(ctl, unique):
    [user] = found(ctl, "--openid", f"o-{unique}")
    return str(user["id"])


def test_the_number_that_is_found_erases_the_user(ctl, stack, unique, person):
    number = numbered(ctl, unique)
    planned = ctl.out("user", "erase", number, "--dry-run").splitlines()
    assert "would    1  wechat_user" in planned and stack.user(f"o-{unique}") is not None
    done = ctl.out("user", "erase", number).splitlines()
    assert [line.replace("would ", "erased") for line in planned] == done
    assert stack.user(f"o-{unique}") is None
    again = ctl.run("user", "erase", number)
    assert (again.returncode, again.stdout) == (1, "") and f"there is no user {number};" in again.stderr


def test_a_user_whom_no_app_has_named_is_erased_by_the_number(ctl, stack, unique):
    stack.save(openId=f"o-{unique}", name="小明")
    stack.sql(f"UPDATE wechat_user SET app_id = NULL WHERE openid = 'o-{unique}'")
    assert "erased   1  wechat_user" in ctl.out("user", "erase", numbered(ctl, unique))
    assert stack.user(f"o-{unique}") is None


def test_the_number_that_is_found_names_the_person_in_each_command(ctl, stack, unique, person):
    number = numbered(ctl, unique)
    assert shown(ctl, number)["account_id"] == person and person in ctl.out("user", "export", number)
    for words in ("account disable", "account enable", "account logout-everywhere"):
        assert person in ctl.out(*words.split(), number)
    ctl.out("account", "disable", number)
    stack.login(stack.code(MINI, openid=f"o-{unique}")["code"], MINI)
    [refusal] = json.loads(ctl.out("login", "list", "--user", number, "--json"))
    assert refusal["error"] == "ACCOUNT_DISABLED"
    assert json.loads(ctl.out("login", "list", "--app", MINI, "--openid", f"o-{unique}", "--json")) == [refusal]


def test_a_user_without_an_account_is_not_said_to_be_unknown(ctl, stack, unique):
    stack.save(openId=f"o-{unique}", name="小明")
    number = numbered(ctl, unique)
    done = ctl.run("account", "disable", number)
    assert (done.returncode, done.stderr) == (1, f"wxuserctl: user {number} has no account: it has not logged in yet\n")


# ---- Users who were imported.

def imported(ctl, tmp_path, openid, last_login):
    (tmp_path / "users.csv").write_text(f"openid,createdAt,lastLoginAt\n{openid},2024-05-01 08:00:00,{last_login}\n")
    ctl.out("users", "import", "--app", MINI, tmp_path / "users.csv")
    [user] = found(ctl, "--openid", openid)
    [listed] = json.loads(ctl.out("user", "list", "--tenant", "1", "--after", str(user["id"] - 1), "--limit", "1", "--json"))
    whole = shown(ctl, str(user["id"]))
    assert user["account_id"] == listed["account_id"] == whole["account_id"] is not None
    assert user["last_login_at"] == listed["last_login_at"] == whole["users"][0]["last_login_at"]
    assert user["state"] == listed["state"] == whole["state"]
    return user


def test_the_last_login_is_the_imports_until_there_is_one(ctl, stack, unique, tmp_path):
    openid = f"o-{unique}"
    user = imported(ctl, tmp_path, openid, "2025-06-01 08:00:00")
    assert (user["state"], user["last_login_at"]) == ("active", "2025-06-01T00:00:00.000Z")
    since = ["--after", str(user["id"] - 1), "--limit", "1"]
    assert listed(ctl, *since, "--login-since", "2025-06-01", "--login-before", "2025-06-02") == [user["id"]]
    assert listed(ctl, *since, "--login-before", "2025-06-01") == []
    stack.log_in(MINI, openid=openid)
    [after] = found(ctl, "--openid", openid)
    assert after["id"] == user["id"] and after["last_login_at"] > "2025-06-02"


def test_a_user_who_was_imported_and_never_logged_in_is_new(ctl, stack, unique, tmp_path):
    openid = f"o-{unique}"
    user = imported(ctl, tmp_path, openid, "")
    assert (user["state"], user["last_login_at"]) == ("new", None)
    page = ["--after", str(user["id"] - 1), "--limit", "1", "--state"]
    assert listed(ctl, *page, "new") == [user["id"]] and listed(ctl, *page, "active") != [user["id"]]
    ctl.out("account", "disable", str(user["id"]))
    assert found(ctl, "--openid", openid)[0]["state"] == shown(ctl, openid)["state"] == "disabled"
    ctl.out("account", "enable", str(user["id"]))
    stack.log_in(MINI, openid=openid)
    assert found(ctl, "--openid", openid)[0]["state"] == shown(ctl, openid)["state"] == "active"
