"""wxuserctl user find and list, on persons who logged in."""

import json

import pytest

from stack import new_phone

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
    ("--phone 12", "", 1, "--phone: this is no mobile number"),
    ("--phone -", "", 1, "--phone -: standard input must hold a line"),
    ("--member x", "", 1, "--member: this is no number"),
    ("--id x", "", 1, "--id: this is neither the number"),
    ("--openid a,b", "", 1, "--openid: this is 1 to 64"),
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


@pytest.mark.parametrize("words, said", [
    ("--tenant 99", "there is no such tenant"),
    ("--tenant 1 --app wxNone", "the tenant has no such app"),
    ("--tenant 1 --limit 1001", "--limit: at most 1000"),
    ("--tenant 1 --login-since yesterday", "--login-since: a time is 2026-11-29"),
])
def test_a_list_that_is_refused(ctl, words, said):
    done = ctl.run("user", "list", *words.split())
    assert (done.returncode, done.stdout) == (1, "") and f"wxuserctl: {said}" in done.stderr
