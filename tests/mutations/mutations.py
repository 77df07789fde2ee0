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

# What the tests in Python start; a page of the help that is stale does not matter to them.
PROGRAMS = ("wxuser.fcgi", "wxuserctl", "wxuser-sandbox.fcgi", "tests/wire_probe", "tests/echo_service")

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


def program_of(test):
    """The unit program of a test in C; pytest runs all others."""
    file = test.split("::")[0]
    return f"tests/unit/{file[:-2]}" if file.endswith(".c") else "pytest"


def outcome(test, out):
    """How the test ends by what its program says: passed, failed, or what else there was."""
    file, name = test.split("::")
    line = rf"^\[ +(OK|FAILED) +\] {name}$" if file.endswith(".c") else rf"/{re.escape(file)}::{name}(?:\[.*\])? ([A-Z]+)"
    ends = set(re.findall(line, out, re.M))
    if ends in ({"OK"}, {"PASSED"}):
        return "passed"
    return "failed" if "FAILED" in ends and ends <= {"FAILED", "PASSED"} else "neither passed nor failed"


class Build:
    """The program, built in a directory with a copy of the sources, and its tests."""

    def __init__(self, directory, mutated):
        """mutated: the sources that a run that was interrupted may have left without a control."""
        self.programs = directory / "build"
        directory.mkdir(parents=True, exist_ok=True)
        stack = os.environ.get("WXUSER_TEST_DIRECTORY") or str(directory / "stack")
        os.makedirs(stack, exist_ok=True)
        subprocess.run(["sh", TREE / "conf/build.sh", self.programs, "CFLAGS=-O0 -g"], check=True)
        for path in mutated:
            if self.source(path).read_bytes() != (TREE / path).read_bytes():
                self.source(path).write_bytes((TREE / path).read_bytes())
        self.env = {**os.environ, "WXUSER_BUILD": str(self.programs), "WXUSER_TEST_DIRECTORY": stack,
                    "PYTHONDONTWRITEBYTECODE": "1"}
        # MariaDB, not run as root, passes through.
        directory.chmod(0o711)

    def source(self, path):
        return self.programs / "src" / path

    def make(self, *targets):
        subprocess.run(["make", "-s", "-C", self.programs, f"-j{os.cpu_count()}", *targets], check=True)

    def run(self, program, tests):
        """What the program says, which has these tests."""
        if program != "pytest":
            self.make(program)
            return self.out([f"./{program}"])
        self.make(*PROGRAMS)
        files = {test: next(TREE.glob(f"tests/*/{test.split('::')[0]}")) for test in tests}
        return self.out(["/usr/bin/python3", "-m", "pytest", "-v", "-p", "no:cacheprovider",
                         *(f"{files[test]}::{test.split('::')[1]}" for test in tests)])

    def out(self, words):
        done = subprocess.run(words, cwd=self.programs, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=1200, check=False)
        return done.stdout.decode(errors="replace")


def reason(out):
    """The first line that says why a test failed."""
    lines = re.findall(r"(?m)^(?:E  .*|\[  ERROR   \] --- .*)", out)
    return lines[0].replace("[  ERROR   ] --- ", "").lstrip("E ") if lines else out[-200:]


def out_with_controls(build, tests):
    """What is said of each test while no control is missing. Those of one program are run together."""
    programs = collections.defaultdict(list)
    for test in tests:
        programs[program_of(test)].append(test)
    said = {program: build.run(program, of_program) for program, of_program in programs.items()}
    return {test: said[program_of(test)] for test in tests}


def see(build, mutation, out):
    """Whether the test passes with the control, as out says, and fails without it; says which of both is not so."""
    source = build.source(mutation.path)
    text = source.read_text("utf-8")
    without = mutate(mutation, text)
    if without is None:
        return False, f"{mutation.path} does not have once: {mutation.before}"
    end = outcome(mutation.test, out)
    if end != "passed":
        return False, f"with the control it {end}: {reason(out)}"
    source.write_text(without, "utf-8")
    try:
        out = build.run(program_of(mutation.test), [mutation.test])
    finally:
        source.write_text(text, "utf-8")
    end = outcome(mutation.test, out)
    return end == "failed", f"{end}: {reason(out)}"


def main(wanted):
    mutations = [mutation for mutation in read_mutations() if not wanted or mutation.requirement in wanted]
    n_failed = 0
    with tempfile.TemporaryDirectory(prefix="wxuser-mutations.") as temporary:
        build = Build(pathlib.Path(os.environ.get("WXUSER_MUTATIONS_BUILD") or temporary),
                      {mutation.path for mutation in mutations})
        said = out_with_controls(build, sorted({mutation.test for mutation in mutations}))
        for mutation in mutations:
            is_seen, why = see(build, mutation, said[mutation.test])
            n_failed += not is_seen
            print("ok  " if is_seen else "FAIL", mutation.requirement, mutation.test, why, flush=True)
    print(f"{len(mutations) - n_failed} passed, {n_failed} failed")
    return 1 if n_failed or not mutations else 0


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
