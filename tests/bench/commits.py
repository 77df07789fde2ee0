"""wxuser of another commit: its programs in a stack that its own quick start makes."""

import os
import subprocess

import bench
from stack import TREE

MADE = bench.BUILD / "commits"


class Commit:
    """name: as git knows it. Its source and its programs stay in commits/ below WXUSER_BUILD, to be used again."""

    def __init__(self, name):
        self.id = git("rev-parse", "--verify", "--quiet", "--short=12", f"{name}^{{commit}}").decode().strip()
        if not self.id:
            raise SystemExit(f"No such commit: {name}")
        self.source, self.build = MADE / self.id / "source", MADE / self.id / "build"

    def make(self):
        self.source.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-x", "-C", self.source], input=git("archive", self.id), check=True)
        environment = {name: value for name, value in os.environ.items() if name != "WXUSER_BUILD"}
        with open(MADE / self.id / "build.log", "w") as log:
            subprocess.run(["sh", self.source / "conf/build.sh", self.build], check=True, env=environment, stdout=log,
                           stderr=log)
        return self

    def kind(self, stack_kind):
        """The kind of stack, with the programs of this commit."""
        def stack(name, **settings):
            made = stack_kind(name, BUILD=self.build, **settings)
            made.quickstart_command = ["sh", self.source / "conf/quickstart.sh"]
            return made
        return stack


def git(*words):
    return subprocess.run(["git", "-C", TREE, *words], capture_output=True, check=words[0] != "rev-parse").stdout
