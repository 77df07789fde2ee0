"""The console's source, as node reads it."""

import shutil

from stack import TREE

FOLDERS = "console", "tests/console"


def copy_console(directory):
    """Copies the console and its tests, so that node takes each file for a module."""
    for folder in FOLDERS:
        shutil.copytree(TREE / folder, directory / folder, ignore=shutil.ignore_patterns("node_modules", "*.py"))
    (directory / "package.json").write_text('{"type": "module"}')
    return directory
