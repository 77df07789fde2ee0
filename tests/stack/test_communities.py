"""wxuserctl communities import and export."""

import csv
import io

import pytest

from stack import new_phone

COLUMNS = ["name", "regionCode", "regionLevel", "organisation", "organisationLevel", "businessType", "unitType"]
COUNTY = ["芙蓉区调解组", "430102", "3", "区司法局", "3", "2", "4"]
NOWHERE = ["=1+1", "", "0", "", "", "", ""]


@pytest.fixture(scope="module")
def stack(stack_of_tenants):
    return stack_of_tenants


@pytest.fixture
def tenant(ctl, unique):
    """A tenant without communities."""
    return ctl.out("tenant", "add", unique).strip()


@pytest.fixture
def bring(ctl, tenant, tmp_path):
    """bring(rows, …): communities import of a file of these lists or of these bytes."""
    def run(rows, *options):
        path = tmp_path / "communities.csv"
        if isinstance(rows, bytes):
            path.write_bytes(rows)
        else:
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        return ctl.run("communities", "import", "--tenant", tenant, *options, str(path))

    return run


@pytest.fixture
def exported(ctl, tenant):
    """exported(): the text that communities export prints."""
    return lambda: ctl.out("communities", "export", "--tenant", tenant)


def communities(text):
    assert text[0] == "\ufeff"
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert rows[0] == COLUMNS
    return rows[1:]


def test_what_is_exported_is_imported(stack, tenant, bring, exported):
    done = bring([COLUMNS, COUNTY, ["'=1+1", *NOWHERE[1:]]])
    assert done.returncode == 0 and done.stdout.endswith(": 2 lines applied, 0 bad ones skipped\n")
    text = exported()
    assert communities(text) == [COUNTY, ["'=1+1", *NOWHERE[1:]]]
    assert bring(text.encode()).returncode == 0
    assert exported() == text
    assert stack.sql(f"SELECT action, details FROM audit WHERE tenant_id = {tenant}") == [
        ["community.import", '{"lines":2}']] * 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_all_kinds(bring, exported, encoding):
    lines = ["regionCode,NAME,organisation", "430000000000,省组,省厅", "", ",街道组,"]
    assert bring("\r\n".join(lines).encode(encoding)).returncode == 0
    assert communities(exported()) == [["省组", "43", "1", "省厅", "0", "0", "1"],
                                       ["街道组", "", "0", "", "", "", ""]]


def test_what_a_file_does_not_say_stays(bring, exported):
    assert bring([COLUMNS, COUNTY]).returncode == 0
    assert bring([["name", "regionCode"], ["改名", "430102000"]]).returncode == 0
    assert communities(exported()) == [["改名", *COUNTY[1:]]]
    assert bring([COLUMNS, ["改名", "430102", "", "区司法局", "", "", "9"]]).returncode == 0
    assert communities(exported()) == [["改名", *COUNTY[1:6], "9"]]
    assert bring([COLUMNS, ["改名", "430102", "", "", "", "", ""]]).returncode == 0
    assert communities(exported()) == [["改名", "430102", "3", "", "", "", ""]]


BAD = {
    "name has not 1 to 64 characters": ["", "", "", "", "", "", ""],
    "regionCode is not a number": ["x", "Hunan", "", "", "", "", ""],
    "regionCode is no known division": ["x", "430199", "", "", "", "", ""],
    "regionLevel is not a number from 0 to 5": ["x", "", "6", "", "", "", ""],
    "organisation has over 64 characters": ["x", "", "", "长" * 65, "", "", ""],
    "organisationLevel is not a number from 0 to 5": ["x", "", "", "o", "-1", "", ""],
    "businessType is not a number from 0": ["x", "", "", "o", "", "-2", ""],
    "unitType is not a number from 1": ["x", "", "", "o", "", "", "0"],
    "it has 2 values, the first line has 7": ["x", ""],
    "the same community as on line 2": ["y", "430102000000", "", "", "", "", ""],
}


def test_bad_lines_are_told_and_nothing_is_applied(bring, exported):
    rows = [COLUMNS, COUNTY, *BAD.values(), NOWHERE]
    done = bring(rows)
    assert done.returncode == 1 and done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if "communities.csv: " in line]
    assert [line.split("communities.csv: ")[1] for line in lines] == [
        f"line {n}: {said}" for n, said in enumerate(BAD, 3)] + [
        f"{len(BAD)} bad lines, nothing was applied; --skip-bad leaves them out"]
    assert communities(exported()) == []
    done = bring(rows, "--skip-bad")
    assert done.stdout.endswith(f": 2 lines applied, {len(BAD)} bad ones skipped\n")
    assert [row[0] for row in communities(exported())] == ["芙蓉区调解组", "'=1+1"]


def test_a_resident_finds_what_was_imported(stack, ctl, tmp_path, unique):
    path = tmp_path / "communities.csv"
    path.write_text("name,regionCode,organisation,organisationLevel,businessType,unitType\n"
                    "香港组,81,驻港处,1,5,6\n")
    ctl.out("communities", "import", "--tenant", "1", str(path))
    phone = new_phone()
    stack.save_resident(f"o{unique}", phone, RID="810000")
    member, = stack.save_wx_user_info({"OpenId": f"o{unique}"}).json["Data"]
    assert {name: member[name] for name in ("GName", "OrgName", "ORL", "BusinessType", "UT", "RL",
                                            "ProvinceId", "ProvinceName", "CityId")} == {
        "GName": "香港组", "OrgName": "驻港处", "ORL": 1, "BusinessType": 5, "UT": 6, "RL": 0,
        "ProvinceId": "81", "ProvinceName": "香港特别行政区", "CityId": "0"}
    assert member["OrgID"] != "0"


def test_who_and_what_is_not_there(ctl, tmp_path):
    path = tmp_path / "communities.csv"
    done = ctl.run("communities", "import", "--tenant", "1", str(path))
    assert done.returncode == 1 and f"{path}: No such file or directory" in done.stderr
    path.write_text("name\nx\n")
    for words in (["import", "--tenant", "2147483647", str(path)], ["export", "--tenant", "2147483647"]):
        done = ctl.run("communities", *words)
        assert done.returncode == 1 and "there is no such tenant" in done.stderr
        assert done.stdout == ""
