"""wxuserctl communities import and export."""


import pytest

from csv_import import NOTHING, CsvImport
from stack import new_phone

COLUMNS = ["name", "regionCode", "regionLevel", "organisation", "organisationLevel", "businessType", "unitType"]
COUNTY = ["芙蓉区调解组", "430102", "3", "区司法局", "3", "2", "4"]
NOWHERE = ["=1+1", "", "0", "", "", "", ""]


@pytest.fixture(scope="module")
def stack(stack_of_tenants):
    return stack_of_tenants


@pytest.fixture
def csv_import(ctl, unique, tmp_path):
    return CsvImport("communities", COLUMNS, ctl, unique, tmp_path)


def test_what_is_exported_is_imported(stack, csv_import):
    done = csv_import.bring([COLUMNS, COUNTY, ["'=1+1", *NOWHERE[1:]]])
    assert done.returncode == 0 and done.stdout.endswith(
        ": 2 lines applied, 0 bad ones skipped\n2 communities new, 0 changed, 0 as they were\n")
    text = csv_import.exported()
    assert csv_import.rows() == [COUNTY, ["'=1+1", *NOWHERE[1:]]]
    assert csv_import.bring(text.encode()).stdout.endswith("0 communities new, 0 changed, 2 as they were\n")
    assert csv_import.exported() == text
    assert stack.sql(f"SELECT action, details FROM audit WHERE tenant_id = {csv_import.tenant} "
                     "AND action LIKE 'community.%'") == [
        ["community.import", '{"lines":2,"new":%d,"changed":0}' % n] for n in (2, 0)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_all_kinds(csv_import, encoding):
    lines = ["regionCode,NAME,organisation", "430000000000,省组,省厅", "", ",街道组,"]
    assert csv_import.bring("\r\n".join(lines).encode(encoding)).returncode == 0
    assert csv_import.rows() == [["省组", "43", "1", "省厅", "0", "0", "1"],
                           ["街道组", "", "0", "", "", "", ""]]


def test_sheets_as_people_have_them(csv_import):
    lines = ["社区列表;;;;", "社区名称;区划代码;机构名称;单位类型;", '省组;="430000000000";省厅;2.0;', ";;;;"]
    done = csv_import.bring("\r\n".join(lines).encode("utf-16"))
    assert done.returncode == 0, done.stderr
    assert csv_import.rows() == [["省组", "43", "1", "省厅", "0", "0", "2"]]


def test_what_a_file_does_not_say_stays(csv_import):
    assert csv_import.bring([COLUMNS, COUNTY]).returncode == 0
    assert csv_import.bring([["name", "regionCode"], ["改名", "430102000"]]).returncode == 0
    assert csv_import.rows() == [["改名", *COUNTY[1:]]]
    assert csv_import.bring([COLUMNS, ["改名", "430102", "", "区司法局", "", "", "9"]]).returncode == 0
    assert csv_import.rows() == [["改名", *COUNTY[1:6], "9"]]
    assert csv_import.bring([COLUMNS, ["改名", "430102", "", "", "", "", ""]]).returncode == 0
    assert csv_import.rows() == [["改名", "430102", "3", "", "", "", ""]]


BAD = {
    "name is empty": ["", "1", "", "", "", "", ""],
    f'name "{"长" * 40}" is not 1 to 64 characters without controls': ["长" * 65, "", "", "", "", "", ""],
    'name "a\\u0085b" is not 1 to 64 characters without controls': ["a\u0085b", "", "", "", "", "", ""],
    'regionCode "Hunan" is not a number': ["x", "Hunan", "", "", "", "", ""],
    'regionCode "430199" is no known division; correct it, or first: wxuserctl regions import': ["x", "430199", "", "", "", "", ""],
    'regionCode "4.30102E+11" is a number that Excel has rounded; format the column as text and export again':
        ["x", "4.30102E+11", "", "", "", "", ""],
    'regionLevel "6" is not a number from 0 to 5': ["x", "", "6", "", "", "", ""],
    f'organisation "{"长" * 40}" is not 1 to 64 characters without controls': ["x", "", "", "长" * 65, "", "", ""],
    'organisationLevel "-1" is not a number from 0 to 5': ["x", "", "", "o", "-1", "", ""],
    'businessType "-2" is not a number from 0': ["x", "", "", "o", "", "-2", ""],
    'unitType "0" is not a number from 1': ["x", "", "", "o", "", "", "0"],
    "value 8 stands under no column's name; take it out": ["x", "", "", "", "", "", "", "y"],
    "the same community as on line 2; leave one of the two": ["y", "430102000000", "", "", "", "", ""],
}


def test_bad_lines_are_told_and_nothing_is_applied(csv_import):
    rows = [COLUMNS, COUNTY, *BAD.values(), NOWHERE]
    done = csv_import.bring(rows)
    assert done.returncode == 1 and done.stdout == ""
    assert csv_import.complaints(done) == [
        f"line {n}: {said}" for n, said in enumerate(BAD, 3)] + [
        NOTHING.format(len(BAD), csv_import.path)]
    assert csv_import.rows() == []
    done = csv_import.bring(rows, "--skip-bad")
    assert done.returncode == 1
    assert f": 2 lines applied, {len(BAD)} bad ones skipped\n" in done.stdout
    assert [row[0] for row in csv_import.rows()] == ["芙蓉区调解组", "'=1+1"]


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


def test_who_and_what_is_not_there(csv_import):
    csv_import.check_who_and_what_is_not_there("name\nx\n")
