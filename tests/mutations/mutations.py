"""Controls of the program that are taken out, to see that their tests fail; started by run."""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TREE = pathlib.Path(__file__).resolve().parents[2]
DIRECTORY = pathlib.Path(__file__).parent

Mutation = collections.namedtuple("Mutation", "requirement test path before after")


def read_mutations():
    """Those of the file controls."""
    text = re.sub(r"(?m)^#.*\n", "", (DIRECTORY / "controls").read_text("utf-8"))
    for part in re.split(r"(?m)^=== ", text)[1:]:
        head, path, *lines = part.rstrip().split("\n")
        requirement, test = head.split()
        before, after = ("".join(f"{line[1:]}\n" for line in lines if line[0] == sign) for sign in "-+")
        yield Mutation(requirement, test, path, before, after)


def mutate(mutation, text):
    """The text without the control; None if it is not once in the text."""
    whole = f"\n{text}"
    if whole.count(f"\n{mutation.before}") != 1:
        return None
    return whole.replace(f"\n{mutation.before}", f"\n{mutation.after}")[1:]


class Build:
    """The program, built in a directory with a copy of the sources, and its tests."""

    def __init__(self, directory):
        self.directory = directory
        self.programs = directory / "build"
        stack = os.environ.get("WXUSER_TEST_DIRECTORY") or str(directory / "stack")
        os.makedirs(stack, exist_ok=True)
        subprocess.run(["sh", TREE / "conf/build.sh", self.programs, "CFLAGS=-O0 -g"], check=True)
        self.env = {**os.environ, "WXUSER_BUILD": str(self.programs), "WXUSER_TEST_DIRECTORY": stack,
                    "PYTHONDONTWRITEBYTECODE": "1"}
        # MariaDB, not run as root, passes through.
        directory.chmod(0o711)

    def source(self, path):
        return self.programs / "src" / path

    def make(self, *targets):
        subprocess.run(["make", "-s", "-C", self.programs, f"-j{os.cpu_count()}", *targets], check=True)

    def run(self, test):
        """How the test ends: passed, failed, or what else there was."""
        file, name = test.split("::")
        if file.endswith(".c"):
            program = f"tests/unit/{file[:-2]}"
            self.make(program)
            out = self.out([f"./{program}"])
            ends = set(re.findall(rf"^\[ +(OK|FAILED) +\] {name}$", out, re.M))
            outcome = {frozenset(["OK"]): "passed", frozenset(["FAILED"]): "failed"}.get(frozenset(ends))
        else:
            self.make("all", "tests/wire_probe", "tests/echo_service")
            [path] = TREE.glob(f"tests/*/{file}")
            out = self.out(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{path}::{name}"])
            said = re.findall(r"\d+ (passed|failed|error|skipped)", out.splitlines()[-1])
            outcome = "failed" if "failed" in said and "error" not in said else "passed" if said == ["passed"] else None
        return (outcome or "neither passed nor failed"), out

    def out(self, words):
        done = subprocess.run(words, cwd=self.programs, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=1200, check=False)
        return done.stdout.decode(errors="replace")


def reason(out):
    """The first line that says why a test failed."""
    lines = re.findall(r"(?m)^(?:E  .*|\[  ERROR   \] --- .*)", out)
    return lines[0].replace("[  ERROR   ] --- ", "").lstrip("E ") if lines else out[-200:]


def see(build, mutation):
    """Whether the test passes with the control and fails without it; says which of both is not so."""
    source = build.source(mutation.path)
    text = source.read_text("utf-8")
    without = mutate(mutation, text)
    if without is None:
        return False, f"{mutation.path} does not have once: {mutation.before}"
    outcome, out = build.run(mutation.test)
    if outcome != "passed":
        return False, f"with the control it {outcome}: {reason(out)}"
    source.write_text(without, "utf-8")
    try:
        outcome, out = build.run(mutation.test)
    finally:
        source.write_text(text, "utf-8")
    return outcome == "failed", f"{outcome}: {reason(out)}"


def main(wanted):
    mutations = [mutation for mutation in read_mutations() if not wanted or mutation.requirement in wanted]
    n_failed = 0
    with tempfile.TemporaryDirectory(prefix="wxuser-mutations.") as directory:
        build = Build(pathlib.Path(directory))
        for mutation in mutations:
            is_seen, why = see(build, mutation)
            n_failed += not is_seen
            print("ok  " if is_seen else "FAIL", mutation.requirement, mutation.test, why, flush=True)
    print(f"{len(mutations) - n_failed} passed, {n_failed} failed")
    return 1 if n_failed or not mutations else 0


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
