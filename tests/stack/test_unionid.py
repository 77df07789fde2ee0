"""One person, many openids: the unionid that WeChat gives joins them, in whatever order it comes."""

import itertools

import pytest

MINI, OFFICIAL, MOBILE = (f"wx100000000000000{number}" for number in (1, 2, 3))
APPS = {"mini": MINI, "official": OFFICIAL, "mobile": MOBILE}


def sequences():
    """Every order of first logins of two and three apps, the unionid in the first login of each or not."""
    for n_apps in (2, 3):
        for order in itertools.permutations(APPS, n_apps):
            for now in itertools.product((True, False), repeat=n_apps):
                yield list(zip(order, now))


def title(sequence):
    return "-".join(f"{app}-{'now' if now else 'later'}" for app, now in sequence)


class Person:
    def __init__(self, stack, unique):
        self.stack, self.unique, self.openids = stack, unique, {}

    def log_in(self, app, has_unionid):
        fields = {"openid": f"o{app}-{self.unique}"}
        if has_unionid:
            fields["unionid"] = f"u{self.unique}"
        return self.stack.log_in(APPS[app], **fields)["id"]


@pytest.mark.parametrize("sequence", sequences(), ids=title)
def test_every_order_ends_as_one_person(stack, unique, sequence):
    person = Person(stack, unique)
    first = [person.log_in(app, now) for app, now in sequence]
    later = {person.log_in(app, True) for app, now in sequence if not now}
    last = {person.log_in(app, True) for app, _ in sequence}
    assert len(last) == 1
    assert last <= set(first) and later <= set(first)
    assert stack.count("account_conflict", f"unionid = 'u{unique}'") == 0


def test_the_older_account_stays(stack, unique):
    person = Person(stack, unique)
    older = person.log_in("mini", False)
    younger = person.log_in("official", True)
    assert older != younger
    assert person.log_in("mini", True) == older
    assert person.log_in("official", True) == older


def test_without_a_unionid_each_openid_stays_its_own(stack, unique):
    person = Person(stack, unique)
    assert len({person.log_in(app, False) for app in APPS}) == 3


def test_another_unionid_is_a_conflict_and_the_login_goes_on(stack, unique):
    mine = stack.log_in(MINI, openid=f"o{unique}", unionid=f"u{unique}")["id"]
    again = stack.log_in(MINI, openid=f"o{unique}", unionid=f"u{unique}-other")["id"]
    assert again == mine
    assert stack.count("account_conflict", f"unionid = 'u{unique}-other'") == 1


def test_two_openids_of_one_app_do_not_merge(stack, unique):
    one = stack.log_in(MINI, openid=f"o{unique}-1", unionid=f"u{unique}")["id"]
    other = stack.log_in(MINI, openid=f"o{unique}-2", unionid=f"u{unique}")["id"]
    assert one != other
    assert stack.count("account_conflict", f"unionid = 'u{unique}'") == 1


def test_an_app_moves_to_another_open_platform_account(stack, ctl, unique):
    """Its users' unionids change, the openids stay; see tests/unit/test_db_move.c for all that may come of it."""
    app, secret = f"wx-{unique}", "0123456789abcdef"
    stack.sandbox("apps", {"appid": app, "secret": secret, "kind": "mini"})
    ctl.out("app", "add", "--tenant", "1", "--kind", "mini", "--appid", app, "--open-platform", f"old {unique}",
            stdin=secret)

    def log_in(unionid):
        return stack.log_in(app, openid=f"o{unique}", unionid=unionid)["id"]

    id = log_in(f"u{unique}-old")
    assert log_in(f"u{unique}-new") == id
    advice = f"run: wxuserctl app set {app} --open-platform NAME"
    assert advice in ctl.run("account", "conflicts").stderr and advice in ctl.out("check")

    told = ctl.out("app", "set", app, "--open-platform", f"new {unique}")
    assert told.startswith(f"App {app} is in the Open Platform account new {unique}.\n"
                           "It shares unionids with 0 other apps of its Open Platform account.\n")
    assert "No user has come with another unionid yet." not in told
    again = ctl.run("app", "set", app, "--open-platform", f" new {unique}\u3000")
    assert again.returncode == 1 and "it is in this Open Platform account already" in again.stderr
    assert "0 have, 1 have not" in told and f"wxuserctl app set {app} --open-platform 'old {unique}'" in told
    assert advice not in ctl.run("account", "conflicts").stderr and advice not in ctl.out("check")
    assert log_in(f"u{unique}-new") == id
    moves, = [line for line in ctl.out("app", "moves").splitlines() if line.startswith(app)]
    assert moves.split()[3:6] == ["1", "0", "0"] and moves.endswith(f"  new {unique}, before in old {unique}")
    assert f"ok   app {app}: moved from the Open Platform account old {unique} to new {unique}" in ctl.out("check")

    assert [line for line in ctl.out("app", "list").splitlines() if app in line and line.endswith(f"  new {unique}")]
    told = ctl.out("app", "set", app, "--open-platform", f"old {unique}")
    assert told == (f"App {app} is in the Open Platform account old {unique} again, as before its move.\n"
                    "It shares unionids with 0 other apps of its Open Platform account.\n")
    assert log_in(f"u{unique}-old") == id and app not in ctl.out("app", "moves")
    assert "No user has come with another unionid yet." in ctl.out("app", "set", app, "--open-platform", f"3 {unique}")
    ctl.out("app", "set", app, "--open-platform", f"old {unique}")
    assert stack.count("account_unionid", f"unionid LIKE 'u{unique}-%'") == 1
