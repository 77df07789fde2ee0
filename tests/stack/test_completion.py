"""What bash offers for a line of wxuserctl that is typed, beside what the commands' own help says."""

import os
import pathlib
import re
import subprocess

import pytest

from stack import TREE

BUILD = pathlib.Path(os.environ["WXUSER_BUILD"])
SCRIPT = BUILD / "conf/bash/wxuserctl"


def say(*words):
    return subprocess.run([BUILD / "wxuserctl", *words], capture_output=True, text=True, check=True).stdout


def offered(line, directory="/"):
    """For the last word of a line, as readline takes it apart."""
    words = re.findall(r"=|[^\s=]+", line) + ([""] if line.endswith((" ", "=")) else [])
    if words[-1:] == [""] and line.endswith("="):
        words.pop()
    done = subprocess.run(
        ["bash", "--norc", "-c", 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wxuserctl; '
                                 'printf "%s\\n" "${COMPREPLY[@]}"', SCRIPT, *words],
        capture_output=True, text=True, check=True, cwd=directory)
    assert done.stderr == ""
    return done.stdout.split()


def usages():
    """The usage of each command by its name."""
    names = re.findall(r"^  ([a-z][\w-]*(?: [\w-]+)?) +[A-Z]", say("--help"), re.M)
    return {name: say(*name.split(), "--help").split("\n")[0].split("[--config FILE] ")[1][len(name):] for name in names}


@pytest.fixture(scope="module")
def table():
    return usages()


def test_the_script_is_the_programs(table):
    assert SCRIPT.read_text() == say("completion", "bash")
    assert re.search(r"^complete -F _wxuserctl wxuserctl$", SCRIPT.read_text(), re.M)


def test_names_are_completed(table):
    first = dict.fromkeys(name.split()[0] for name in table)
    assert offered("wxuserctl ") == ["--config", "--help", "--version", *first]
    assert offered("wxuserctl --config /dev/null te") == offered("wxuserctl --config=/dev/null te") == ["tenant"]
    for noun in first:
        verbs = [name.split()[1] for name in table if name.startswith(f"{noun} ")]
        if verbs:
            assert offered(f"wxuserctl {noun} ") == ["--help", *verbs]


# What stands at a place for which the usage has a name.
NAMED = {
    ("account set", 1): re.findall(r"^\tX\((\w+)\)", (TREE / "db/account.h").read_text(), re.M),
    ("tenant set", 1): re.findall(r"^SETTING_\w+\((\w+),", (TREE / "db/setting.def").read_text(), re.M),
}


def test_options_and_choices_are_those_of_the_usage(table):
    """Options anywhere, a choice at its own place."""
    for name, usage in table.items():
        options = {*re.findall(r"--[\w-]+", usage), "--help"}
        alone = re.sub(r"--[\w-]+( [^\s\]]+)?", "", usage)
        places = re.findall(r"[^\s\[\].]+", alone)
        paths = set(os.listdir("/")) if "FILE" in alone or "DIRECTORY" in alone else set()
        for place, word in enumerate([*places, ""]):
            choices = NAMED.get((name, place), word.split("|") if "|" in word else [])
            line = f"wxuserctl {name} " + "x " * place
            assert sorted(set(offered(line)) - paths) == sorted(options.union(choices)), (line, word)
    assert all(NAMED.values())


def test_no_place_is_known_behind_an_option():
    assert "true" not in offered("wxuserctl account set --x y ") and "true" in offered("wxuserctl account set x y ")


def test_each_word_of_a_list_is_completed():
    assert offered("wxuserctl key add --scopes read,w") == ["read,write", "read,wechat"]
    assert offered("wxuserctl key add --scopes=read,write,a") == ["read,write,admin"]
    assert offered("wxuserctl key add --scopes a") == ["admin"]


def test_values_of_options_are_those_of_the_usage(table):
    n_choices = 0
    for name, usage in table.items():
        for option, kind in re.findall(r"(--[\w-]+) ([^\s\]]+)", usage):
            choices = re.split(r"[|,]", kind) if re.search(r"[|,]", kind) else []
            n_choices += len(choices)
            if kind in ("FILE", "DIRECTORY"):
                assert "etc" in offered(f"wxuserctl {name} {option} "), (name, option)
                continue
            for line in f"wxuserctl {name} {option} ", f"wxuserctl {name} {option}=":
                assert offered(line) == choices, line
    assert n_choices > 5
    assert offered("wxuserctl app add --kind=mi") == ["mini"]


def test_files_are_completed(tmp_path):
    (tmp_path / "members.csv").touch()
    (tmp_path / "members").mkdir()
    assert sorted(offered("wxuserctl members import --tenant 1 mem", tmp_path)) == ["members", "members.csv"]
    assert offered("wxuserctl errors export mem", tmp_path) == ["members"]
    assert sorted(offered("wxuserctl --config mem", tmp_path)) == ["members", "members.csv"]
