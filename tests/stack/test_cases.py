"""Each folder of tests/cases, and whether they meet every error that an endpoint declares."""

import pytest

from case import CASES, run_case
from endpoints import endpoints, errors_in
from follower import Follower
from stack import wait_until


@pytest.fixture(scope="module")
def follower(stack):
    """Keeps a copy of the users; what an exchange changes of them must come later, if nowhere else."""
    return Follower(stack)


@pytest.mark.parametrize(
    "directory", sorted(path.parent for path in CASES.glob("*/*/request")),
    ids=lambda path: f"{path.parent.name}/{path.name}")
def test_case(stack, unique, directory, follower):
    run_case(stack, unique, directory, follower.follow)


def test_whoever_follows_the_users_has_missed_no_change(follower):
    follower.check()


# What no case can bring about.
NOT_BY_CASES = {
    **{err: "for each endpoint: test_refusals.py" for err in (
        "METHOD", "TOO_LARGE", "MEDIA_TYPE", "BAD_REQUEST", "UNAUTHORIZED", "TOKEN_EXPIRED",
        "TOKEN_REVOKED", "FORBIDDEN", "KEY_NETWORK", "MAINTENANCE", "TENANT_DISABLED")},
    "RATE": "limits of addresses are off here: test_access.py",
    "UPSTREAM_SILENT": "it takes seconds: test_wechat_faults.py",
    "UPSTREAM_UNSENT": "WeChat and the SMS gateway are there: test_wechat_faults.py",
    "CURSOR_TOO_OLD": "no cursor of a month ago: tests/unit/test_db_changes.c",
    "BUSY": "so is the database: test_database.py, test_nginx.py",
    "INTERNAL": "our own fault",
}


@pytest.fixture(scope="module", autouse=True)
def before(stack):
    """The size of the log."""
    return len(stack.log("wxuser"))


def test_each_error_has_a_case(stack, before):
    def missing():
        met = {(path, err) for _, path, err in errors_in(stack.log("wxuser")[before:])}
        return [f"{endpoint.path} {err}" for endpoint in endpoints()
                for err in endpoint.errors - NOT_BY_CASES.keys() if (endpoint.path[1:], err) not in met]

    # The last line may come after its answer.
    wait_until(lambda: not missing(), 30, lambda: "\n".join(missing()))


def test_no_error_is_undeclared(stack):
    declared = {(endpoint.path[1:], err) for endpoint in endpoints() for err in endpoint.errors}
    met = {(path, err) for _, path, err in errors_in(stack.log("wxuser"))}
    assert met - declared == set()
