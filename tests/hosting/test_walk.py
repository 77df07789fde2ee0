"""One person through the four dialects, whatever hosts the program."""

import time

from person import Person


def test_one_person_walks_through_all_dialects(site):
    person = Person(site, f"o{time.time_ns():x}")
    person.walk(["account", "customer", "shop", "city"])
