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
