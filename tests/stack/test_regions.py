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


def told(n_new, n_renamed=0, n_same=0):
    return f"{n_new} divisions new, {n_renamed} renamed, {n_same} as they were\n"


def test_five_files_in_any_order_and_again(ctl, stack, tmp_path):
    levels = divisions(91, 2500)
    paths = write_all(tmp_path, levels)
    dry = ctl.out("regions", "import", "--dry-run", *reversed(paths))
    assert dry == "5 files: 2528 lines would be applied, 0 bad ones skipped\n" + told(2528)
    assert stored(stack, 91) == []
    done = ctl.out("regions", "import", *reversed(paths))
    assert done == "5 files: 2528 lines applied, 0 bad ones skipped\n" + told(2528)
    assert sorted(stored(stack, 91)) == wanted(levels)

    levels[4][7] = (levels[4][7][0], "改名")
    write_csv(paths[4], 4, levels[4])
    for option in ["--dry-run"], []:
        assert ctl.out("regions", "import", *option, paths[4]).endswith(told(0, 1, 2499))
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
    assert ctl.out("regions", "import", path) == f"{path}: 3 lines applied, 0 bad ones skipped\n" + told(3)
    assert stored(stack, 94) == [("94", "1", "某省"), ("9401", "2", "某市"), ("940102", "3", "某县")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_interrupted_it_goes_on(ctl, stack, tmp_path, number):
    levels = divisions(95, 5000)
    paths = write_all(tmp_path, levels)
    stack.sql("DELETE FROM region WHERE LEFT(code, 2) = 95")
    # Somebody else holds a village of the last chunk but one, so that the importer waits for it.
    with stack.sql_session() as other:
        other.stdin.write(f"BEGIN; INSERT INTO region VALUES ({levels[4][3999][0]}, 5, 'x'); SELECT 1;\n")
        other.stdin.flush()
        assert other.stdout.readline() == "1\n"
        importer = subprocess.Popen([*ctl.command, "regions", "import", *paths], text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_until(lambda: stack.count("region", "level = 5 AND LEFT(code, 2) = 95") == 3000, 30, "it waits")
        importer.send_signal(number)
        other.stdin.close()
    stdout, stderr = importer.communicate(timeout=30)
    assert stdout == ""
    n_stored = stack.count("region", "level = 5 AND LEFT(code, 2) = 95")
    if number == signal.SIGKILL:
        assert importer.returncode == -number and n_stored == 3000
    else:
        assert importer.returncode == 1 and n_stored == 4000
        stopped, how_far = stderr.splitlines()
        assert stopped.endswith(": 5 files: stopped by a signal")
        assert how_far.startswith(f"wxuserctl: {paths[4]}: line 4001 and those before it are applied; to go on, run again: ")
        assert how_far.endswith(f" regions import {' '.join(map(str, paths))}")
    assert ctl.out("regions", "import", *paths).endswith(told(5000 - n_stored, 0, n_stored + 53))
    assert sorted(stored(stack, 95)) == wanted(levels)


def test_bad_lines_are_left_out_with_what_lies_in_them(ctl, stack, tmp_path):
    path = tmp_path / "all.csv"
    path.write_text("name,code\n某省,97\n某市,971\n某县,970101\n某市,9702\n")
    done = ctl.run("regions", "import", path)
    assert done.returncode == 1 and done.stdout == "" and stored(stack, 97) == []
    assert "line 3: " in done.stderr and "line 4: the division it lies in is not there" in done.stderr
    assert "2 bad lines, nothing was applied" in done.stderr
    done = ctl.run("regions", "import", "--skip-bad", path)
    assert done.returncode == 1 and done.stdout.startswith(f"{path}: 2 lines applied, 2 bad ones skipped\n")
    assert done.stdout.endswith(told(2))
    assert [code for code, _, _ in stored(stack, 97)] == ["97", "9702"]
    bad = tmp_path / "all.csv.bad"
    assert bad.read_text() == "name,code\n某市,971\n某县,970101\n"
    bad.write_text(bad.read_text().replace("971", "9701"))
    assert ctl.out("regions", "import", bad).endswith(told(2))
    assert ctl.out("regions", "import", bad).endswith(told(0, 0, 2))
    assert stack.sql("SELECT details FROM audit WHERE action = 'region.import' ORDER BY id DESC LIMIT 1") == [
        ['{"added":0,"renamed":0}']]


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
