"""What of the console is tried without a browser: its texts, its reading of metrics, the commands that it shows."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

from console import copy_console
from stack import TREE

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="WITHOUT node THE CONSOLE'S SOURCE IS NOT TRIED")

CTL = pathlib.Path(os.environ.get("WXUSER_BUILD", TREE / "var/build")) / "wxuserctl"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return copy_console(tmp_path_factory.mktemp("console"))


@pytest.mark.parametrize("name", ["html", "metrics", "paths", "statistics", "texts", "time"])
def test_node(tree, name):
    done = subprocess.run(["node", "--test", f"{name}.test.js"], cwd=tree / "tests/console", capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass [1-9]", done.stdout, re.M) and "# skipped 0" in done.stdout, done.stdout


def test_the_service_has_a_command_like_each_that_is_shown(tree):
    """With these options, as its help says."""
    done = subprocess.run(["node", "commands.js"], cwd=tree / "tests/console", capture_output=True, text=True, timeout=60)
    shown = json.loads(done.stdout)
    assert len(shown) > 10
    for name, command in shown.items():
        program, *words = shlex.split(command)
        usage = subprocess.run([CTL, *words[:2], "--help"], capture_output=True, text=True, timeout=60)
        assert program == "wxuserctl" and usage.returncode == 0, (name, command)
        synopsis = usage.stdout.splitlines()[0]
        for option in (word for word in words if word.startswith("--")):
            assert f"{option} " in synopsis or f"{option}]" in synopsis, (name, option, synopsis)


def test_each_job_and_conflict_has_a_chinese_text():
    texts = (TREE / "console/text/zh_of_service.js").read_text("utf-8")
    told = {kind: set(re.findall(rf'"{kind}\.([^"]+)":', texts)) for kind in ("job", "conflict")}
    table = re.search(r"struct job jobs\[\] = \{(.*?)^\};", (TREE / "db/job.c").read_text("utf-8"), re.M | re.S)[1]
    jobs = set(re.findall(r'^\t\{(?:\.name = )?"(\w+)",', table, re.M))
    conflicts = set(re.findall(r'\[CONFLICT_\w+\] = "([^"]+)"', (TREE / "db/account_conflict.c").read_text("utf-8")))
    assert jobs and conflicts
    assert told == {"job": jobs, "conflict": conflicts}
