"""One person through the four dialects, whatever hosts the program."""

import time

import pytest

from host import BASE
from person import Person


@pytest.mark.parametrize("base", ["", BASE])
def test_one_person_walks_through_all_dialects(host, stack, base):
    person = Person(stack.seen_at(host.port, base), f"o{time.time_ns():x}")
    person.walk(["account", "customer", "shop", "city"])
    logs = [path.read_text(errors="replace") for path in (stack.state / "log/wxuser.log", *host.log.iterdir())]
    assert not any("to the wrong pool" in log for log in logs)
