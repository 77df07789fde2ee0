"""What the build refuses in a migration: a table without a mark of personal data, or with a wrong one."""

import pathlib
import subprocess

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
TABLE = "CREATE TABLE IF NOT EXISTS pet (\n\tid INT NOT NULL,\n\t%s INT NOT NULL\n) ENGINE = InnoDB;\n"
MARKS = "-- Exported: age.\n-- Technical: id.\n"
COLUMNS = "PERSONAL_COLUMN(pet, id, NUMBER, TECHNICAL)\nPERSONAL_COLUMN(pet, age, NUMBER, EXPORTED)\n"


def read_marks(path, text):
    path.write_text(text)
    return subprocess.run(["awk", "-f", TREE / "db/schema/personal.awk", path],
                          capture_output=True, text=True, check=False)


@pytest.mark.parametrize("mark, column, said", [
    ("", "age", "table pet has no mark"),
    ("-- Personal data: some.\n", "age", "no mark of personal data"),
    ("-- Personal data: none.\n", "wechat_user_id", "has the column wechat_user_id"),
])
def test_a_wrong_mark_is_refused(tmp_path, mark, column, said):
    done = read_marks(tmp_path / "0012_pets.sql", mark + TABLE % column)
    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.parametrize("marks, made", [
    ("-- Personal data: none.\n", "OTHER_TABLE(pet)\n"),
    ("-- Personal data: the tenant's own.\n", "OTHER_TABLE(pet)\n"),
    ("-- Personal data: by account.\n" + MARKS,
     f"PERSONAL_TABLE(pet, account, ALIKE)\n{COLUMNS}EXPORT_BEGIN(pet, account, account_id)\n"
     "EXPORT_COLUMN(pet, age, NUMBER, EXPORTED)\nEXPORT_END(pet, account, account_id)\n"),
    ("-- Personal data: by wechat_user, erased apart.\n-- Secret: id, age.\n",
     "PERSONAL_TABLE(pet, wechat_user, APART)\nPERSONAL_COLUMN(pet, id, NUMBER, SECRET)\n"
     "PERSONAL_COLUMN(pet, age, NUMBER, SECRET)\n"),
])
def test_the_marks_say_whose_rows_these_are(tmp_path, marks, made):
    done = read_marks(tmp_path / "0012_pets.sql", marks + TABLE % "age")
    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines(True) if not line.startswith("#")] == made.splitlines(True)


@pytest.mark.parametrize("marks, change, said", [
    ("-- Exported: age.\n", "", "column pet.id has no mark"),
    (MARKS + "-- Secret: age.\n", "", "column age has two marks"),
    (MARKS + "-- Secret: wings.\n", "", "column wings has a mark, but the statement after it does not make it"),
    (MARKS, "ALTER TABLE pet ADD COLUMN IF NOT EXISTS legs INT NULL;\n", "column pet.legs has no mark"),
    (MARKS, "-- Exported: hash.\nALTER TABLE pet\n\tADD COLUMN IF NOT EXISTS hash BINARY(32) NULL;\n",
     "column pet.hash is bytes, which no export shows"),
    (MARKS, "ALTER TABLE pet ADD legs INT NULL;\n", "a line that adds a column must be"),
])
def test_each_column_of_a_person_has_one_mark(tmp_path, marks, change, said):
    done = read_marks(tmp_path / "0012_pets.sql", "-- Personal data: by account.\n" + marks + TABLE % "age" + change)
    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.parametrize("line", [
    "create table if not exists pet (",
    "CREATE TABLE pet (",
    "CREATE TABLE IF NOT EXISTS `pet` (",
    "CREATE TABLE IF NOT EXISTS pet(",
    "CREATE TABLE IF NOT EXISTS pet (id INT, openid VARCHAR(64));",
    "CREATE OR REPLACE TABLE pet (",
])
def test_a_table_is_created_in_one_way(tmp_path, line):
    done = read_marks(tmp_path / "0012_pets.sql", f"-- Personal data: none.\n{line}\n\tage INT\n);\n")
    assert done.returncode == 1
    assert "must be: CREATE TABLE IF NOT EXISTS name (" in done.stderr


@pytest.mark.parametrize("change", [
    "ALTER TABLE pet ADD COLUMN IF NOT EXISTS phone VARBINARY(80) NULL;\n",
    "ALTER TABLE pet\n\tADD COLUMN IF NOT EXISTS n INT NULL,\n\tADD COLUMN IF NOT EXISTS openid INT NULL;\n",
])
@pytest.mark.parametrize("mark, status", [("none", 1), ("the tenant's own", 0)])
def test_a_later_column_must_fit_the_mark(tmp_path, change, mark, status):
    text = f"-- Personal data: {mark}.\n" + TABLE % "age" + "-- Personal data: none.\n" + TABLE.replace("pet", "toy") % "age"
    assert read_marks(tmp_path / "0012_pets.sql", text + change).returncode == status


def test_numbers_are_used_once(tmp_path):
    for name in ("0000_a.sql", "0001_b.sql", "0001_c.sql"):
        (tmp_path / name).write_text("DO 1;\n")
    done = subprocess.run(["awk", "-f", TREE / "db/schema/embed.awk", *sorted(tmp_path.glob("*.sql"))],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "0001_c.sql" in done.stderr
