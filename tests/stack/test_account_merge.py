"""wxuserctl account conflicts, merge and dismiss, on persons who logged in."""

import re

import pytest

MINI, OFFICIAL = "wx1000000000000001", "wx1000000000000002"


def conflict_of(ctl, account_id):
    lines = [line for line in ctl.out("account", "conflicts").splitlines() if account_id in line]
    return lines[0] if lines else None


@pytest.fixture
def two_openids(stack, unique):
    """Two accounts that a unionid calls one person, though both have an openid of the mini program."""
    unionid = f"u-{unique}"
    return [stack.log_in(MINI, openid=f"o{n}-{unique}", unionid=unionid)["id"] for n in range(2)]


def test_a_conflict_is_listed_and_merged_and_undone(ctl, stack, two_openids, unique):
    older, younger = two_openids
    line = conflict_of(ctl, younger)
    assert "two openids" in line and older in line and unique not in line

    text = ctl.out("account", "merge", younger, f"o0-{unique}", "--dry-run")
    assert text.startswith(f"stays:  {older}\nmoves:  {younger}: 1 WeChat users, 0 unionids, 0 aliases, ")
    assert "both hold an openid of one app" in text and "Nothing has been changed" in text
    assert stack.log_in(MINI, openid=f"o1-{unique}")["id"] == younger

    text = ctl.out("account", "merge", younger, older, "--commit")
    number = re.search(r"--undo (\d+)\n$", text)[1]
    assert f"merge     {number}, of {younger}, at " in ctl.out("user", "show", younger)
    assert stack.log_in(MINI, openid=f"o1-{unique}")["id"] == older
    assert conflict_of(ctl, younger) is None

    assert ctl.out("account", "merge", "--undo", number) == f"Merge {number} is undone.\n"
    assert stack.log_in(MINI, openid=f"o1-{unique}")["id"] == younger
    done = ctl.run("account", "merge", "--undo", number)
    assert done.returncode == 1 and "it is undone already" in done.stderr


def test_an_account_is_shown_without_its_persons_data(ctl, stack, unique):
    account = stack.log_in(MINI, openid=f"o-{unique}", nickname="Ming Dynasty")["id"]
    stack.save(openId=f"o-{unique}", phone="13800000001")
    text = ctl.out("user", "show", account)
    assert text == ctl.out("user", "show", f"o-{unique}")
    assert text.startswith(f"account   {account} of tenant 1, since 2")
    assert "state     active\n" in text and f"app {MINI}" in text and "phone     138****0001, of " in text
    for secret in (unique, "Ming Dynasty", "13800000001"):
        assert secret not in text
    ctl.out("account", "disable", account)
    assert "state     disabled" in ctl.out("user", "show", account)
    done = ctl.run("user", "show", f"none-{unique}")
    assert done.returncode == 1 and "there is no person" in done.stderr


def test_a_conflict_is_dismissed(ctl, two_openids):
    number = conflict_of(ctl, two_openids[1]).split()[0]
    assert ctl.out("account", "dismiss", number).startswith(f"Conflict {number} is off the list")
    assert conflict_of(ctl, two_openids[1]) is None
    assert ctl.run("account", "dismiss", number).returncode == 1


def test_what_cannot_be_merged(ctl, stack, unique):
    one = stack.log_in(MINI, openid=f"o1-{unique}", unionid=f"u1-{unique}")["id"]
    other = stack.log_in(OFFICIAL, openid=f"o2-{unique}", unionid=f"u2-{unique}")["id"]
    for accounts, said in [([one, other], "two people, says WeChat"), ([one, one], "one account already"),
                           ([one, "nobody"], "no account of this id")]:
        done = ctl.run("account", "merge", *accounts, "--commit")
        assert done.returncode == 1 and said in done.stderr


@pytest.mark.parametrize("line", [
    "", "a", "a b", "a b --dry-run --commit", "a b --undo 1", "--undo 1 --commit",
])
def test_wrong_usage(ctl, line):
    done = ctl.run("account", "merge", *line.split())
    assert done.returncode == 64 and done.stdout == ""
