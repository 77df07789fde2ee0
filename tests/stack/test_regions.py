"""wxuserctl regions import, with divisions made up for it: those of no real province, one for each test."""

import signal
import subprocess

import pytest

from stack import wait_until

COLUMNS = ["code", "name", "provinceCode", "cityCode", "areaCode", "streetCode"]
LEVELS = ["provinces", "cities", "areas", "streets", "villages"]
SIZES = [2, 4, 6, 9, 12]


def divisions(province, n_villages):
    """A list for each level: one county, its towns with a hundred villages each."""
    county = f"{province}0102"
    towns = [f"{county}{n:03}" for n in range((n_villages + 99) // 100)]
    codes = [[county[:2]], [county[:4]], [county], towns,
             [f"{towns[n // 100]}{n % 100:03}" for n in range(n_villages)]]
    return [[(code, f"𠮷{code}") for code in level] for level in codes]


def record(level, code, name):
    """In the order of the columns, as far as a file of that level has them."""
    return [code, name] + [code[:size] for size in SIZES[:level]]


def write_csv(path, level, rows, order=None, end="\n"):
    order = order or list(range(level + 2))
    lines = [[COLUMNS[i] for i in order]] + [[record(level, *row)[i] for i in order] for row in rows]
    path.write_text("".join(",".join(line) + end for line in lines))


def write_all(directory, levels):
    paths = [directory / f"{name}.csv" for name in LEVELS]
    for level, rows in enumerate(levels):
        write_csv(paths[level], level, rows)
    return paths


def stored(stack, province):
    """Code, level and name."""
    return [tuple(row) for row in stack.sql(
        f"SELECT code, level, name FROM region WHERE LEFT(code, 2) = {province} ORDER BY code")]


def wanted(levels):
    return sorted((code, str(level + 1), name)
                  for level, rows in enumerate(levels) for code, name in rows)


def test_five_files_in_any_order_and_again(ctl, stack, tmp_path):
    levels = divisions(91, 2500)
    paths = write_all(tmp_path, levels)
    lines = ctl.out("regions", "import", *reversed(paths)).splitlines()
    assert lines == [f"{path}: {len(rows)} divisions, {len(rows)} new, 0 renamed"
                     for path, rows in zip(paths, levels)]
    assert sorted(stored(stack, 91)) == wanted(levels)

    levels[4][7] = (levels[4][7][0], "改名")
    write_csv(paths[4], 4, levels[4])
    assert ctl.out("regions", "import", paths[4]) == f"{paths[4]}: 2500 divisions, 0 new, 1 renamed\n"
    assert sorted(stored(stack, 91)) == wanted(levels)


def test_columns_stand_in_any_order(ctl, stack, tmp_path):
    levels = divisions(93, 3)
    paths = write_all(tmp_path, levels)
    write_csv(paths[4], 4, levels[4], order=[5, 1, 2, 0, 4, 3], end="\r\n")
    ctl.out("regions", "import", *paths)
    assert sorted(stored(stack, 93)) == wanted(levels)


def test_a_file_of_all_levels(ctl, stack, tmp_path):
    path = tmp_path / "all.csv"
    path.write_text("\ufeffname,code\n某省,94\n某市,9401\n某县,940102\n")
    assert ctl.out("regions", "import", path) == f"{path}: 3 divisions, 3 new, 0 renamed\n"
    assert stored(stack, 94) == [("94", "1", "某省"), ("9401", "2", "某市"), ("940102", "3", "某县")]


def test_interrupted_it_goes_on(ctl, stack, tmp_path):
    levels = divisions(95, 5000)
    paths = write_all(tmp_path, levels)
    # Somebody else holds the last village, so that the importer waits for it.
    with stack.sql_session() as other:
        other.stdin.write(f"BEGIN; INSERT INTO region VALUES ({levels[4][-1][0]}, 5, 'x'); SELECT 1;\n")
        other.stdin.flush()
        assert other.stdout.readline() == "1\n"
        importer = subprocess.Popen([*ctl.command, "regions", "import", *paths],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_until(lambda: stack.count("region", "level = 5 AND LEFT(code, 2) = 95") == 4000, 30, "it waits")
        importer.terminate()
        assert importer.wait(10) == -signal.SIGTERM
        other.stdin.close()
    importer.stderr.close()
    assert ctl.out("regions", "import", *paths).splitlines()[4] == \
        f"{paths[4]}: 5000 divisions, 1000 new, 0 renamed"
    assert sorted(stored(stack, 95)) == wanted(levels)


HEAD = "code,name,provinceCode\n"


@pytest.mark.parametrize("text, said", [
    ("", "it has no line with the columns' names"),
    (HEAD, "there is no division in it"),
    ("code,name,county\n1,a,b\n", 'line 1: "county" is no column; take it out, or name it as one of these: code'),
    ("code,provinceCode\n9601,96\n", "line 1: there is no column name (名称)"),
    (HEAD + "9601,a,96,b\n", "line 2: value 4 stands under no column's name"),
    ("name,code,provinceCode\na\n", "line 2: it has no code"),
    (HEAD + "9.60102E+11,a,96\n", 'line 2: code "9.60102E+11" is a number that Excel has rounded'),
    (HEAD + '9601,"a\n', "line 2: a quote is never closed"),
    (HEAD + "\n960,a,96\n", 'line 3: code "960" is none of 2, 4, 6, 9 or 12 digits'),
    (HEAD + "0960,a,96\n", 'line 2: code "0960" is none of'),
    (HEAD + "+960,a,96\n", 'line 2: code "+960" is none of'),
    (HEAD + "960102,a,96\n", 'line 2: code "960102" is not of the level that the columns say'),
    (HEAD + "9601,a,97\n", 'line 2: provinceCode "97" is not what the code begins with'),
    (HEAD + "9601,,96\n", "line 2: name is empty"),
    (HEAD + f"9601,{'国' * 65},96\n", f'line 2: name "{"国" * 40}" is not 1 to 64 characters'),
    (HEAD + "9601,a,96\n", "line 2: the division it lies in is not there"),
    ('[{"code":"96","name":"a"}]', "it is one list of JSON; write an object a line: "),
])
def test_what_is_wrong_is_said_with_its_place(ctl, stack, tmp_path, text, said):
    path = tmp_path / "file"
    path.write_text(text)
    done = ctl.run("regions", "import", path)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith(f"wxuserctl: {path}: {said}"), done.stderr
    assert stored(stack, 96) == []


def test_a_file_that_is_not_there(ctl, tmp_path):
    done = ctl.run("regions", "import", tmp_path / "none.csv")
    assert done.returncode == 1 and done.stderr.endswith("none.csv: No such file or directory\n")
