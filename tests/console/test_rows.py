"""The console's pages with many rows and with none, as pictures and in numbers, in both languages and several zones."""

import shutil

import pytest

import rows

pytestmark = [pytest.mark.skipif(shutil.which("chromium") is None, reason="WITHOUT chromium NOBODY USES THE CONSOLE"),
              pytest.mark.skipif(shutil.which("npm") is None, reason="WITHOUT npm NOBODY USES THE CONSOLE"),
              pytest.mark.parametrize("language, zone", [("zh", "Asia/Shanghai"), ("en", "America/New_York")])]


@pytest.fixture(scope="module")
def filled(stack, ctl, admin, tmp_path_factory):
    rows.fill(stack, ctl, admin, tmp_path_factory.mktemp("rows"))
    return stack


def test_lists_of_several_pages(travel, admin, operator, filled, language, zone):
    for key, lists in (admin, ["users", "refusals", "members", "communities", "keys", "audit"]), (operator, ["tenants"]):
        shown = travel("full_lists", language, zone=zone, key=key, lists=lists)["lists"]
        assert list(shown) == lists
        for first, second, back in shown.values():
            assert first == back != second
        if key == admin:
            assert all(("UTC+8" in row) == (zone != "Asia/Shanghai") for row in shown["keys"][0])


def test_every_page_with_rows(travel, admin, operator, filled, language, zone):
    travel("pages", language, zone=zone, key=admin, role="tenant_rows")
    travel("pages", language, zone=zone, key=operator, role="operator_rows")


def test_a_tenant_that_has_nothing(travel, ctl, language, zone):
    tenant = ctl.out("tenant", "add", f"empty {language}").strip()
    key = ctl.out("key", "add", "--tenant", tenant, "--name", "new", "--scopes", "admin").strip()
    travel("pages", language, zone=zone, key=key, role="tenant_empty")


def test_rows_lead_to_what_can_be_done(travel, admin, filled, language, zone):
    travel("rows_and_acts", language, zone=zone, key=admin, person_name=rows.NAMES[0], withdrawn=rows.WITHDRAWN[language])


def test_what_is_broken_is_seen(travel, operator, filled, ctl, language, zone):
    rows.break_job(filled, ctl)
    rows.break_wechat(filled, operator)
    try:
        travel("broken", language, zone=zone, key=operator)
    finally:
        filled.fault("/sns/jscode2session", "none")
        ctl.out("jobs", "run", "gone_user")
