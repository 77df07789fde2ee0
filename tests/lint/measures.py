"""Measures of the source, started by run.

Each measure is a function that yields its problems as "file:line: what". The last line says
"N passed, N failed"; the exit status is 1 when anything failed.
"""

import ast
import collections
import datetime
import glob
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys

import statement_users

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TREE, "tests/mutations"))
from mutations import mutate, read_mutations  # noqa: E402
BUILD = os.path.abspath(sys.argv[1])

MAX_FUNCTION = 60
MAX_FILE = 500
MAX_HANDLER = 200
MAX_COLUMNS = 100
MAX_PARAMETERS = 5
CLONE_LINES = 8
MAX_SHARED_NAMES = 0.04
MIN_COMMITS_WITH_BODY = 0.8

PRODUCT = ("app/", "db/", "handlers/")

# A folder and the folders whose headers it may include; the longest prefix counts.
SEES = {
    "app/base/": ["app/base/"],
    "app/stats/": ["app/stats/", "app/base/"],
    "app/wire/": ["app/wire/", "app/base/"],
    "app/http/": ["app/http/", "app/wire/", "app/stats/", "app/base/"],
    "app/process/": ["app/process/", "app/http/", "app/wire/", "app/stats/", "app/base/"],
    "app/remote/": ["app/remote/", "app/stats/", "app/base/"],
    "db/": ["db/", "app/remote/", "app/stats/", "app/base/"],
    "handlers/": ["handlers/", "db/", "app/http/", "app/wire/", "app/remote/", "app/stats/", "app/base/"],
    "app/": ["app/", "db/", "handlers/"],
}

# How many files may know a library.
LIBRARIES = {
    r"fcgi.*\.h": 1,
    r"mysql\.h": 4,
    r"openssl/.*": 4,
    r"curl/.*": 3,
    r"ini\.h": 1,
    r"libxml/.*": 1,
    r"jansson\.h": 8,
}

# What is declared in a file of its own, and the list by which the program finds it.
LISTS = {
    r"const struct endpoint (\w+) =": "handlers/endpoints.def",
    r"const struct dialect (\w+) =": "handlers/endpoints.c",
    r"const struct stmt_table (\w+)_statements =": "db/statements.def",
    r"const struct command command_(\w+) =": "app/ctl/commands.def",
    r"const struct sms_driver (\w+) =": "app/remote/sms.c",
    r"const struct log_driver (\w+) =": "app/base/log_sink.c",
}

FORBIDDEN_PARTS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "data", "info"}
FORBIDDEN_VERBS = {"process", "handle"}
# The name of a level, not of a thing.
PERMITTED_NAMES = {"log_info"}

# What wxuser-reference writes.
DOCUMENTS = {"sample": "conf/wxuser.conf.in", "keys": "man/keys.mdoc", "commands": "man/commands.mdoc",
             "login-errors": "docs/refusals.md", "login-errors-zh": "docs/zh/refusals.md",
             "settings": "docs/settings.md", "settings-zh": "docs/zh/settings.md"}

# The table of requirements in SECURITY.md.
N_REQUIREMENTS = 70
REQUIREMENT_STATUS = {"met", "argued", "does not apply"}
MIN_MUTATIONS = 20

# Functions whose parameters a library sets.
GIVEN_PARAMETERS = {"mysql_real_connect", "start_element"}

# Unsettled matters, and paths of one machine.
FORBIDDEN_WORDS = re.compile(
    r"\b(TODO|FIXME|XXX)\b|\bfor now\b(?! in\b)|/root/|/work/|(?<!:/)/tmp/(?!\S*XXXXXX)")
DOCUMENT = re.compile(r"\b[\w.-]+\.md\b")

# What others wrote, each library in a directory.
VENDORED = re.compile(r"console/vendor/\w+/")
# After which somebody looks again for newer versions of them, as SECURITY.md promises.
MAX_UNSEEN_DAYS = 180
# Of configure.ac, what only tests need.
TEST_LIBRARIES = {"cmocka"}
# What a browser loads of the console, in bytes after gzip.
MAX_CONSOLE = 150_000
# What the Content-Security-Policy of the console refuses. Names of XML are not addresses.
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\s(?:style|on\w+)=|javascript:|<base\b|<meta[^>]*http-equiv", re.I)
EVALUATED = re.compile(r"\beval\(|\bFunction\(|\bset(?:Timeout|Interval)\(\s*[\"'`]|\.innerHTML\s*=|outerHTML|"
                       r"insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|javascript:")
ADDRESS = re.compile(r"(?<![\w:])(?:https?:|wss?:)?//(?!www\.w3\.org/)[\w.-]+\.\w+|@import|\burl\((?!#)")

SQL_TEXT = re.compile(
    r'"\s*(SELECT|INSERT INTO|INSERT IGNORE|UPDATE \w+ SET|DELETE FROM|REPLACE INTO|ALTER TABLE|'
    r"CREATE TABLE|START TRANSACTION)\b")

Function = collections.namedtuple("Function", "path line name is_static n_parameters body n_lines")

measures = []


def measure(function):
    measures.append(function)
    return function


def list_files():
    """What is in the project: what git does not ignore, without git what is in its folders."""
    git = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                         cwd=TREE, capture_output=True, text=True, check=False)
    if git.returncode == 0:
        return sorted(path for path in git.stdout.splitlines()
                      if os.path.isfile(os.path.join(TREE, path)))
    found = [name for name in os.listdir(TREE) if name.endswith((".md", ".am", ".ac"))]
    for folder in ("app", "clients", "conf", "console", "db", "docs", "handlers", "man", "tests", "www"):
        for directory, _, names in os.walk(os.path.join(TREE, folder)):
            found += [os.path.relpath(os.path.join(directory, name), TREE) for name in names]
    return sorted(found)


def read(path):
    with open(os.path.join(TREE, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def read_bytes(path):
    with open(os.path.join(TREE, path), "rb") as file:
        return file.read()


FILES = list_files()
OWN_FILES = [path for path in FILES if not VENDORED.match(path)]
C_FILES = [path for path in FILES if path.endswith((".c", ".h", ".def"))]
TEXT = {path: read(path) for path in C_FILES}


def blank_out(match):
    return re.sub(r"[^\n]", " ", match.group())


def code_of(text):
    """Comments and the content of strings replaced by blanks, lines kept."""
    def blank(match):
        text = match.group()
        return blank_out(match) if text[0] == "/" else '"' + " " * (len(text) - 2) + '"'
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


CODE = {path: code_of(text) for path, text in TEXT.items()}


def functions_of(path):
    """By the brace style: a body is from a '{' to a '}' that each begin a line."""
    lines = CODE[path].split("\n")
    for at, line in enumerate(lines):
        if line != "{":
            continue
        start = at
        while start > 0 and lines[start - 1].strip() and not lines[start - 1].startswith(("#", "}")):
            start -= 1
        head = " ".join(lines[start:at])
        match = re.match(r"[^(=]*?\b(\w+)\((.*)\)$", head)
        if not match:
            continue
        end = lines.index("}", at)
        # A list and its count, "ids, size_t n_ids", are one.
        parameters = re.sub(r"\([^()]*\)|\b(\w+), size_t \*?n_\1\b", "", match.group(2))
        n_parameters = 0 if parameters.strip() in ("", "void") else parameters.count(",") + 1
        yield Function(path, start + 1, match.group(1), head.startswith("static"), n_parameters,
                       "\n".join(lines[at:end]), end - start + 1)


FUNCTIONS = [function for path in C_FILES for function in functions_of(path)]


def numbered(path, text=None):
    return enumerate((TEXT[path] if text is None else text).split("\n"), 1)


@measure
def functions_are_short():
    for function in FUNCTIONS:
        if function.path.startswith(PRODUCT) and function.n_lines > MAX_FUNCTION:
            yield f"{function.path}:{function.line}: {function.name} has {function.n_lines} lines, over {MAX_FUNCTION}"


@measure
def functions_have_few_parameters():
    for function in FUNCTIONS:
        if function.n_parameters > MAX_PARAMETERS and function.name not in GIVEN_PARAMETERS:
            yield f"{function.path}:{function.line}: {function.name} has {function.n_parameters} parameters"


@measure
def functions_have_one_label():
    for function in FUNCTIONS:
        labels = re.findall(r"^(\w+):$", function.body, re.M)
        if len(labels) > 1:
            yield f"{function.path}:{function.line}: {function.name} has labels {', '.join(labels)}"


@measure
def files_are_small():
    for path in C_FILES:
        n_lines = TEXT[path].count("\n")
        most = MAX_HANDLER if re.match(r"handlers/\w+/.*\.c$", path) else MAX_FILE
        if path.startswith(PRODUCT) and n_lines > most:
            yield f"{path}:1: {n_lines} lines, over {most}"


@measure
def lines_fit():
    for path in C_FILES:
        for number, line in numbered(path):
            if len(line.expandtabs(8)) > MAX_COLUMNS:
                yield f"{path}:{number}: {len(line.expandtabs(8))} columns, over {MAX_COLUMNS}"
            if line != line.rstrip():
                yield f"{path}:{number}: blanks at the end"


def may_see(path, header):
    folder = max((folder for folder in SEES if path.startswith(folder)), key=len, default="")
    if path.startswith("app/ctl/") or path == "app/main.c":
        folder = "app/"
    return any(header.startswith(allowed) for allowed in SEES.get(folder, [""]))


@measure
def includes_point_downward():
    places = collections.defaultdict(list)
    for path in C_FILES:
        places[os.path.basename(path)].append(path)
    for path in C_FILES:
        for number, line in numbered(path):
            match = re.match(r'#include "([^"]+)"', line)
            if not match or not path.startswith(PRODUCT):
                continue
            headers = places.get(os.path.basename(match.group(1)), [])
            if headers and not any(may_see(path, header) for header in headers):
                yield f"{path}:{number}: may not see {headers[0]}"


@measure
def headers_have_one_name():
    """An include finds a header by its name alone."""
    seen = {}
    for path in C_FILES:
        name = os.path.basename(path)
        if path.endswith(".h") and path.startswith(PRODUCT) and name != "dialect.h":
            if name in seen:
                yield f"{path}:1: {seen[name]} has the same name"
            seen[name] = path


def included_by(module):
    """The modules whose headers a module's files include; a module is FOLDER/NAME, its files NAME.c and NAME.h."""
    modules = {os.path.basename(path)[:-2]: path[:-2] for path in C_FILES
               if path.startswith(PRODUCT) and path.endswith(".h")}
    text = "".join(TEXT.get(module + suffix, "") for suffix in (".c", ".h"))
    return {modules[name] for name in re.findall(r'#include "(?:\w+/)?(\w+)\.h"', text)
            if name in modules} - {module}


@measure
def modules_form_no_circle():
    """No module needs another that needs it."""
    needs = {path[:-2]: included_by(path[:-2]) for path in C_FILES if path.startswith(PRODUCT)}
    for module in sorted(needs):
        reached, ahead = set(), list(needs[module])
        while ahead:
            at = ahead.pop()
            if at not in reached:
                reached.add(at)
                ahead += needs.get(at, ())
        if module in reached:
            also = sorted(other for other in needs[module] if module in needs.get(other, ()))
            yield f"{module}: needs itself" + (f", by {', '.join(also)}" if also else "")


@measure
def libraries_are_known_by_few():
    for pattern, most in LIBRARIES.items():
        users = [path for path in C_FILES if path.startswith(PRODUCT)
                 and re.search(rf"^#include <{pattern}>", TEXT[path], re.M)]
        if len(users) > most:
            yield f"{users[-1]}:1: {pattern} is known by {', '.join(users)}; at most {most}"


@measure
def sql_stands_in_db():
    for path in C_FILES:
        if not path.startswith(("app/", "handlers/")):
            continue
        for number, line in numbered(path):
            if SQL_TEXT.search(line):
                yield f"{path}:{number}: SQL"


@measure
def statements_say_who_runs_them():
    yield from statement_users.find_problems(TEXT)


@measure
def nobody_is_called_in_a_transaction():
    """Only db/ runs transactions, and nothing there can reach WeChat or an SMS gateway."""
    for path in C_FILES:
        for number, line in numbered(path):
            if path.startswith(("app/", "handlers/")) and '#include "transaction.h"' in line:
                yield f"{path}:{number}: transactions belong in db/"
            if path.startswith("db/") and re.search(r"\bstruct (wechat|sms) \*|\bhttp_client_", line):
                yield f"{path}:{number}: db/ calls no other server: a transaction may be open"


@measure
def keys_stand_in_their_section():
    path = "app/base/conf.def"
    sections = [""]
    for number, line in numbered(path):
        match = re.match(r"CONF_\w+\((\w+), (\w+),", line)
        if match and match[1] != sections[-1]:
            if match[1] in sections:
                yield f"{path}:{number}: {match[2]} stands outside of its section {match[1]}"
            sections.append(match[1])


@measure
def root_follows_no_links():
    """chmod() and chown() change what somebody put in a name's place meanwhile; umask() and lchown() do not."""
    for path in C_FILES:
        if not path.startswith(PRODUCT):
            continue
        for number, line in numbered(path, CODE[path]):
            for name in re.findall(r"\b(chmod|chown)\(", line):
                yield f"{path}:{number}: {name}()"


@measure
def named_files_keep_nobody_waiting():
    """The configuration or a command may name a pipe: app/base/regular_file.h. To open for reading and writing, or a
    new file, waits for nobody; a macro names a file of the system."""
    for path in C_FILES:
        if not path.startswith(PRODUCT) or path.startswith("app/reference/"):
            continue
        for match in re.finditer(r"(?<![\w>.])f?open\(([^;]*);", CODE[path]):
            if not re.search(r"\bO_(NONBLOCK|RDWR|EXCL|DIRECTORY|PATH)\b", match[1]) and not re.match(r"[A-Z_]+,", match[1]):
                yield f"{path}:{CODE[path].count(chr(10), 0, match.start()) + 1}: may wait for a pipe"


@measure
def names_say_something():
    for path in C_FILES:
        stem = os.path.basename(path).split(".")[0]
        if FORBIDDEN_PARTS & set(stem.split("_")):
            yield f"{path}:1: its name"
        for match in re.finditer(r"^(?:struct|enum|union) (\w+) \{", CODE[path], re.M):
            if FORBIDDEN_PARTS & set(match.group(1).split("_")):
                yield f"{path}:{CODE[path].count(chr(10), 0, match.start()) + 1}: {match.group(1)}"
    for function in FUNCTIONS:
        parts = function.name.split("_")
        if function.name in PERMITTED_NAMES:
            continue
        if FORBIDDEN_PARTS & set(parts) or parts[0] in FORBIDDEN_VERBS:
            yield f"{function.path}:{function.line}: {function.name}()"


@measure
def names_are_of_one_file():
    """A debugger, a profile and a reader take a function by its name."""
    files = collections.defaultdict(set)
    functions = [function for function in FUNCTIONS if function.path.startswith(PRODUCT)]
    for function in functions:
        files[function.name].add(function.path)
    shared = [function for function in functions
              if function.is_static and len(files[function.name]) > 1]
    if len(shared) > MAX_SHARED_NAMES * len(functions):
        yield f"{len(shared)} of {len(functions)} functions, over {MAX_SHARED_NAMES:.0%}, share a name"
        for function in sorted(shared, key=lambda function: function.name):
            yield f"{function.path}:{function.line}: {function.name}()"


@measure
def words_are_of_the_field():
    """tests/lint/words lists what has a standard term."""
    words = [line.split() for line in read("tests/lint/words").splitlines() if line[:1] not in ("", "#")]
    pattern = re.compile("(?<![a-z])(" + "|".join(word for word, _ in words) + ")(?![a-z])", re.I)
    for path in OWN_FILES:
        if path.startswith("tests/lint/"):
            continue
        if pattern.search(path):
            yield f"{path}: {pattern.search(path).group()}"
        for number, line in numbered(path, read(path)):
            match = pattern.search(line)
            if match:
                yield f"{path}:{number}: {match.group()}"


@measure
def commits_say_why():
    """Of the last hundred; in a tarball there are none."""
    git = subprocess.run(["git", "log", "-100", "--format=%h %s%x00%b%x01"], cwd=TREE,
                         capture_output=True, text=True, check=False)
    commits = [commit.strip().split("\0") for commit in git.stdout.split("\1") if commit.strip()]
    bare = [subject for subject, body in commits if not body.strip()]
    if len(bare) > (1 - MIN_COMMITS_WITH_BODY) * len(commits):
        yield from (f"{subject}: has no body" for subject in bare)


@measure
def files_speak_of_the_project():
    documents = {os.path.basename(path) for path in FILES}
    for path in OWN_FILES:
        if path.startswith("tests/lint/") or path.endswith((".jsonl", ".png")):
            continue
        text = read(path)
        if "\0" in text:
            continue
        for number, line in numbered(path, text):
            match = FORBIDDEN_WORDS.search(line)
            if match:
                yield f"{path}:{number}: {match.group()}"
            for document in DOCUMENT.findall(line):
                if document not in documents:
                    yield f"{path}:{number}: there is no {document}"


def uses_of(path):
    """The words by which a file may use another's function: of a header only its macros count."""
    code = CODE[path]
    if path.endswith(".h"):
        code = "\n".join(re.findall(r"^#define(?:.*\\\n)*.*$", code, re.M))
    return set(re.findall(r"\w+", code))


@measure
def public_functions_are_called():
    users = {path: uses_of(path) for path in C_FILES
             if path.startswith(PRODUCT + ("tests/sandbox/", "tests/wire/", "tests/wire_probe.c"))}
    for function in FUNCTIONS:
        if function.is_static or function.name == "main" or not function.path.startswith(PRODUCT):
            continue
        if not any(function.name in words for path, words in users.items() if path != function.path):
            yield f"{function.path}:{function.line}: {function.name}() has no caller in another file"


@measure
def prototypes_have_a_body():
    defined = {function.name for function in FUNCTIONS}
    for path in C_FILES:
        if not path.endswith(".h") or not path.startswith(PRODUCT):
            continue
        code = re.sub(r"^#.*(?:\\\n.*)*$", blank_out, CODE[path], flags=re.M)
        for match in re.finditer(r"^(?!typedef)[a-z][\w \*]*?\b(\w+)\([^;{]*?\)[^;{=]*;", code, re.M):
            if match.group(1) not in defined and match.group(1) != "__attribute__":
                line = code.count("\n", 0, match.start()) + 1
                yield f"{path}:{line}: {match.group(1)}() is nowhere defined"


@measure
def pointers_are_not_doubted():
    """free(NULL) is allowed, and void * needs no cast from an allocation."""
    for path in C_FILES:
        for match in re.finditer(r"if \((\w+) != NULL\)\s*free\(\1\)|\(\w+ \*\)(malloc|calloc|realloc)\(",
                                 CODE[path]):
            yield f"{path}:{CODE[path].count(chr(10), 0, match.start()) + 1}: {match.group().split(chr(10))[0]}"


def statements_of(path):
    for number, line in numbered(path, CODE[path]):
        text = TEXT[path].split("\n")[number - 1].strip()
        if len(text) > 3 and line.strip() and not line.startswith("#include"):
            yield number, text


@measure
def nothing_is_said_twice():
    seen = {}
    for path in C_FILES:
        if not path.startswith(PRODUCT) or not path.endswith(".c"):
            continue
        lines = list(statements_of(path))
        quiet_until = 0
        for at in range(len(lines) - CLONE_LINES + 1):
            block = tuple(text for _, text in lines[at:at + CLONE_LINES])
            first = seen.setdefault(block, (path, lines[at][0]))
            if first != (path, lines[at][0]) and at >= quiet_until:
                yield f"{path}:{lines[at][0]}: {CLONE_LINES} lines as at {first[0]}:{first[1]}"
                quiet_until = at + CLONE_LINES


def makefile_of(path):
    """The local.mk that lists a file: that of its folder, or of the nearest above."""
    folder = os.path.dirname(path)
    while not os.path.exists(os.path.join(TREE, folder, "local.mk")):
        folder = os.path.dirname(folder)
    return os.path.join(folder, "local.mk")


@measure
def sources_are_built():
    for path in C_FILES:
        if not path.startswith(PRODUCT + ("tests/unit/", "tests/sandbox/")):
            continue
        makefile = makefile_of(path)
        name = "%D%/" + os.path.relpath(path, os.path.dirname(makefile))
        # A program of one file is listed without its suffix.
        if not re.search(re.escape(name.removesuffix(".c")) + r"(\.c)?(?![\w.])", read(makefile)):
            yield f"{path}:1: is not in {makefile}"


@measure
def what_is_declared_is_listed():
    """What its list leaves out compiles, and is never met."""
    for declaration, list_of_it in LISTS.items():
        listed = set(re.findall(r"\w+", CODE[list_of_it]))
        for path in (path for path in C_FILES if path.startswith(PRODUCT)):
            for name in re.findall(rf"^{declaration}", CODE[path], re.M):
                if name not in listed:
                    yield f"{path}:1: {name} is not in {list_of_it}"


@measure
def statements_are_in_a_table():
    for path in (path for path in C_FILES if path.startswith(PRODUCT)):
        if re.search(r"^static const struct stmt \w+\[\]", CODE[path], re.M) and "STMT_TABLE(" not in CODE[path]:
            yield f"{path}:1: has no struct stmt_table"


@measure
def tests_have_the_same_names_each_time():
    """Else processes that run a part of them each do not agree which there are."""
    for path in (path for path in FILES if path.startswith("tests/") and path.endswith(".py")):
        for call in ast.walk(ast.parse(read(path))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "parametrize":
                named = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
                for module in named & {"time", "random", "secrets", "uuid", "datetime"}:
                    yield f"{path}:{call.lineno}: the name of a test is made with {module}"


def headings_of(path):
    """As a link names them: without what stands in no word, blanks as dashes."""
    heads = re.findall(r"^#+ (.*)", re.sub(r"(?ms)^```.*?^```", "", read(path)), re.M)
    return {re.sub(r"[^\w -]", "", head).replace(" ", "-").lower() for head in heads}


@measure
def documents_name_what_is_there():
    """Links, their anchors, paths of the source, functions; a path with a capital stands for any such file."""
    defined = {function.name for function in FUNCTIONS}
    for path in (path for path in FILES if path.endswith(".md")):
        for number, line in numbered(path, read(path)):
            for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", line):
                named = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
                if named not in FILES:
                    yield f"{path}:{number}: there is no {named}"
                elif anchor and anchor not in headings_of(named):
                    yield f"{path}:{number}: {named} has no heading {anchor}"
            for named in re.findall(r"(?<![\w/.@-])(?:app|db|handlers|tests)/[\w./*-]*[\w*]", line):
                if not re.search("[A-Z]", named) and not glob.glob(os.path.join(TREE, named)):
                    yield f"{path}:{number}: there is no {named}"
            for named in re.findall(r"\b([a-z_]+)\(\)", line):
                if path == "docs/architecture.md" and named not in defined:
                    yield f"{path}:{number}: there is no {named}()"


def is_there(proof):
    """A file, or the test, measure or function FILE::NAME, FILE being below tests/."""
    file, _, name = proof.partition("::")
    if not name:
        return file in FILES
    paths = [path for path in FILES if path.startswith("tests/") and os.path.basename(path) == file]
    return len(paths) == 1 and re.search(rf"^(def|static void) {name}\(", read(paths[0]), re.M) is not None


def requirements():
    """The rows of SECURITY.md's table: their numbers, status, and what shows them."""
    for row in re.findall(r"(?m)^\| (\d+\.\d.*)", read("SECURITY.md")):
        numbers, _, status, shown, _ = row.split("|")
        yield numbers.strip(), status.strip(), re.findall(r"`([^`]*)`", shown)


@measure
def requirements_are_shown():
    """Each row names what shows it."""
    rows = list(requirements())
    if len(rows) != N_REQUIREMENTS:
        yield f"SECURITY.md: {len(rows)} rows of requirements, not {N_REQUIREMENTS}"
    for numbers, status, proofs in rows:
        if status not in REQUIREMENT_STATUS:
            yield f"SECURITY.md: {numbers} is {status}"
        if not proofs:
            yield f"SECURITY.md: {numbers} names nothing that shows it"
        yield from (f"SECURITY.md: {numbers}: there is no {proof}" for proof in proofs if not is_there(proof))


@measure
def mutations_fit():
    """The control is still there to be taken out, and the test is one that shows the requirement."""
    path = "tests/mutations/controls"
    proofs_of = {number: proofs for numbers, _, proofs in requirements() for number in numbers.split(", ")}
    mutations = list(read_mutations())
    if len(mutations) < MIN_MUTATIONS:
        yield f"{path}: {len(mutations)} mutations, fewer than {MIN_MUTATIONS}"
    for mutation in mutations:
        if mutate(mutation, read(mutation.path)) is None:
            yield f"{path}: {mutation.requirement}: {mutation.path} does not have the control once"
        if mutation.test not in proofs_of.get(mutation.requirement, ()):
            yield f"{path}: SECURITY.md does not name {mutation.test} for {mutation.requirement}"


@measure
def each_purpose_of_a_key_is_told():
    purposes = re.findall(r'(?s)SECRET_PURPOSE\(\w+, (\w+), "(.*?)",\s*"(.*?)",\s*"(.*?)"\)',
                          read("app/base/secret_purpose.def"))
    for file, label, protects, rotates in purposes:
        row = f"| {file.lower()}.keys | {label} | {protects} | {rotates} |"
        if row not in read("docs/operation.md").replace("`", "").splitlines():
            yield f"docs/operation.md: has no row {row}"
        if f"`{label}`" not in read("SECURITY.md"):
            yield f"SECURITY.md: has no `{label}`"
    if not purposes:
        yield "app/base/secret_purpose.def: has no purposes"


@measure
def it_is_told_how_long_rows_are_kept():
    """Each table of the schema, and each setting by which they are removed, in the table of docs/operation.md."""
    tables = {name for path in FILES if path.startswith("db/schema/")
              for name in re.findall(r"(?m)^CREATE TABLE IF NOT EXISTS (\w+)", read(path))}
    settings = set(re.findall(r"\((retain_\w+),", read("db/setting.def")))
    for path in ("docs/operation.md", "docs/zh/operation.md"):
        told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"(?m)^\|.*`retain_(?s:.*?)(?:\n\n)", read(path)))))
        yield from (f"{path}: does not say how long {name} is kept" for name in sorted((tables | settings) - told))
    if not settings:
        yield "db/setting.def: has no settings of retention"


@measure
def translations_have_the_same_commands():
    for path in (path for path in FILES if re.match(r"docs/\w+/.*\.md$", path)):
        original = f"docs/{os.path.basename(path)}"
        theirs = re.findall(r"(?s)```\w*\n.*?```", read(original))
        for block in re.findall(r"(?s)```\w*\n.*?```", read(path)):
            if block not in theirs:
                yield f"{path}:1: {original} has no commands {block.split(chr(10))[1]}"


def served_files():
    """What a browser can load of the console."""
    return [path for path in FILES if path.startswith("console/")
            and not path.endswith((".md", ".mk", "/LICENSE"))]


@measure
def the_console_is_small():
    sizes = {path: len(gzip.compress(read_bytes(path), 9)) for path in served_files()}
    if sum(sizes.values()) > MAX_CONSOLE:
        yield f"console: {sum(sizes.values())} bytes after gzip, over {MAX_CONSOLE}"
        yield from (f"{path}: {size}" for path, size in sorted(sizes.items(), key=lambda item: -item[1])[:5])


@measure
def the_console_obeys_its_policy():
    """No inline script or style, nothing that is evaluated, nothing of another host. What others wrote is looked at
    without its comments; Preact assigns innerHTML where a page asks for it, which ours may not."""
    for path in served_files():
        if path.endswith((".png", ".ico", ".woff2")):
            continue
        text = read(path)
        found = [INLINE] if path.endswith((".html", ".svg")) else []
        if path.endswith(".js"):
            found += [EVALUATED]
        if VENDORED.match(path):
            text = re.sub(r"/\*.*?\*/|\.innerHTML=|dangerouslySetInnerHTML", blank_out, text, flags=re.S)
        for pattern in [*found, ADDRESS]:
            for match in pattern.finditer(text):
                yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"


def original_of(path, difference):
    """The file as its author publishes it."""
    said = re.findall("`([^`]*)`", difference)
    if difference.endswith("at the end"):
        return re.sub(re.escape(f"{said[0]}\n".encode()) + rb"\Z", b"", read_bytes(path))
    return read_bytes(path).replace(said[0].encode(), said[1].encode()) if said else read_bytes(path)


@measure
def libraries_of_the_console_are_the_originals():
    folder, told = "console/vendor/", set()
    for line in read(folder + "README.md").splitlines():
        match = re.fullmatch(r"\| (\w+/\w[\w.]*) \| \S+ \| ([0-9a-f]{64}) \| (.*?) ?\|", line)
        if match:
            path = folder + match[1]
            told.add(path)
            if path in FILES and hashlib.sha256(original_of(path, match[3])).hexdigest() != match[2]:
                yield f"{path}:1: is not the original with the difference that {folder}README.md tells"
    for path in sorted({path for path in FILES if VENDORED.match(path)} ^ told):
        yield f"{path}:1: " + ("is not there" if path in told else f"is not in {folder}README.md")


def vendored():
    """Of each library in the first table of console/vendor/README.md: the day on which it was the newest."""
    return dict(re.findall(r"(?m)^\| (\w+) \| \S+ \| \S+ \| https://\S+ \| [0-9a-f]{64} \| (\d{4}-\d\d-\d\d) \|$",
                           read("console/vendor/README.md")))


@measure
def each_library_has_a_time_frame():
    """In the table of both languages are the libraries that configure links and those of the console, and no others."""
    linked = set(re.findall(r"PKG_CHECK_MODULES\(\[\w+\], \[([\w.-]+)", read("configure.ac"))) - TEST_LIBRARIES
    used = linked | {path.split("/")[2] for path in FILES if VENDORED.match(path)}
    for path, heading in (("SECURITY.md", "Libraries of others"), ("SECURITY.zh.md", "第三方库")):
        section = re.search(rf"(?ms)^## {heading}$(.*?)(?=^## |\Z)", read(path))
        rows = re.findall(r"(?m)^\| (.*?) \|", section[1] if section else "")
        told = set(re.findall(r"`([^`]*)`", "".join(rows)))
        yield from (f"{path}: {name} has no time frame" for name in sorted(used - told))
        yield from (f"{path}: {name} is no library of wxuser" for name in sorted(told - used))
    if not linked:
        yield "configure.ac: links nothing"


@measure
def libraries_of_the_console_are_looked_after():
    """On the day of the last commit, it is not too long ago that somebody looked for newer ones."""
    days = vendored()
    for name in sorted({path.split("/")[2] for path in FILES if VENDORED.match(path)} ^ set(days)):
        yield f"console/vendor/README.md: does not say when {name} was the newest" if name not in days else (
            f"console/vendor/README.md: there is no {name}")
    git = subprocess.run(["git", "log", "-1", "--format=%cs"], cwd=TREE, capture_output=True, text=True, check=False)
    if git.returncode != 0:
        print("     no git is there to tell the day")
        return
    today = datetime.date.fromisoformat(git.stdout.strip())
    for name, day in days.items():
        n_days = (today - datetime.date.fromisoformat(day)).days
        if n_days > MAX_UNSEEN_DAYS:
            yield (f"console/vendor/README.md: {n_days} days ago {name} was the newest; look for advisories and newer "
                   "versions, then write the day")


@measure
def documents_are_fresh():
    program = os.path.join(BUILD, "wxuser-reference")
    if not os.path.exists(program):
        yield f"{program}: is not built; give the directory of the build"
        return
    for name, path in DOCUMENTS.items():
        written = subprocess.run([program, name], capture_output=True, text=True, check=True).stdout
        if written != read(path):
            yield f"{path}:1: stale; run: make documents"


@measure
def manual_is_sound():
    if shutil.which("mandoc") is None:
        print("     mandoc is not there to look")
        return
    for path in sorted(glob.glob(os.path.join(BUILD, "man/*.[58]"))):
        found = subprocess.run(["mandoc", "-Tlint", "-Wwarning", path], capture_output=True, text=True,
                               check=False)
        yield from found.stdout.replace(f"mandoc: {BUILD}/", "").splitlines()


def main():
    n_failed = 0
    for function in measures:
        problems = list(function())
        n_failed += bool(problems)
        print("FAIL" if problems else "ok  ", function.__name__.replace("_", " "))
        for problem in problems:
            print("    ", problem)
    print(f"{len(measures) - n_failed} passed, {n_failed} failed")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
