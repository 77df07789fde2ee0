"""Who runs each statement, by the calls in the source.

A statement is the service's if a function that names it is reached from the handlers, the platform
or "wxuserctl jobs"; if only the Admin API's handlers reach it, it is DB_USER_ADMIN's, which the
service has where that is on; if another command of wxuserctl than "migrate" reaches it, it is
DB_USER_CONTROL's; otherwise DB_USER_MIGRATION's. db/stmt.h has the mark that must say so. A function reaches another one, or a table, by naming it. A statement that
no function names is found by a computed index: it belongs to who runs the one before it.
"""

import collections
import re

TEXT = re.compile(r"'(?:\\.|[^'\\])*'|/\*.*?\*/|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
MACRO = re.compile(r"^#define (\w+)(?:\([^)]*\))?((?:[^\n]*\\\n)*[^\n]*)\n", re.MULTILINE)
DIRECTIVE = re.compile(r"^#(?:[^\n]*\\\n)*[^\n]*\n", re.MULTILINE)
BLOCK = re.compile(r"^(\w[^;{}]*?)(=\s*)?\{", re.MULTILINE)
WORD = re.compile(r"[A-Za-z_]\w*")
ENTRY = re.compile(r"^\t\[(\w+)\] =", re.MULTILINE)
MARK = re.compile(r"\.user = (DB_USER_\w+)")

ADMIN = re.compile(r"handlers/admin/")
SERVICE = re.compile(r"handlers/(?!admin/)|app/ctl/jobs\.c$|app/(?!ctl/|reference/)")
CONTROL = re.compile(r"app/ctl/(?!migrate\.c$)")
MIGRATION = re.compile(r"app/ctl/migrate\.c$")
SEEN = re.compile(r"(db|app|handlers)/.*\.c$")
WHO = {None: "the service", "DB_USER_ADMIN": "of the service only the Admin API",
       "DB_USER_CONTROL": "only wxuserctl", "DB_USER_MIGRATION": "only wxuserctl migrate"}


def end_of_block(text, at):
    depth = 1
    while depth > 0:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


class Source:
    """What each function and table names, and the statements of each file of db/."""

    def __init__(self, texts):
        self.words = {}
        self.public = collections.defaultdict(list)
        self.statements = {}
        for path, text in texts.items():
            if SEEN.match(path):
                self.read(path, text)

    def read(self, path, text):
        macros = {name: set(WORD.findall(TEXT.sub('""', body))) for name, body in MACRO.findall(text)}
        code = DIRECTIVE.sub("\n", TEXT.sub('""', text))
        at = 0
        while block := BLOCK.search(code, at):
            at = end_of_block(code, block.end())
            self.note(path, block, code[block.end():at - 1], macros)

    def note(self, path, block, body, macros):
        head = block[1]
        names = re.findall(r"(\w+)\s*(?:\[[^\]]*\])*\s*$" if block[2] else r"(\w+)\s*\(", head)
        if not names:
            return
        name = names[0]
        words = set(WORD.findall(body))
        words.update(*(macros[word] for word in words if word in macros))
        self.words[path, name] = words
        if not head.startswith("static"):
            self.public[name].append((path, name))
        if re.search(r"\bstruct stmt statements\b", head):
            self.statements[path] = ENTRY.findall(body)

    def reach(self, roots, beyond):
        """What is named by roots, by what they name, and so on, but for what is in files of beyond."""
        reached = set()
        rest = [key for key in self.words if roots.match(key[0])]
        while rest:
            key = rest.pop()
            if key in reached or (beyond and beyond.match(key[0])):
                continue
            reached.add(key)
            for word in self.words[key] - {"statements"}:
                rest += [(key[0], word)] if (key[0], word) in self.words else self.public[word]
        return reached

    def run_by(self, roots, beyond=None):
        """The statements that these run, as pairs of file and name."""
        return {(path, word) for path, name in self.reach(roots, beyond) if name != "statements"
                for word in self.words[path, name] & set(self.statements.get(path, ()))}


def mark_of(text, name):
    """The mark of a statement, in its entry or in a macro that it calls; None: it has none."""
    entry = text[re.search(rf"^\t\[{name}\] =", text, re.MULTILINE).end():]
    entry = re.split(r"^\t\[|^\};|^#", entry, maxsplit=1, flags=re.MULTILINE)[0]
    macros = dict(MACRO.findall(text))
    while called := {word for word in WORD.findall(TEXT.sub('""', entry)) if word in macros}:
        entry += "".join(macros.pop(word) for word in called)
    found = MARK.search(entry)
    return found[1] if found else None


def find_problems(texts):
    """Yields "file: what" of statements whose mark is not as it should be."""
    source = Source(texts)
    runners = {None: source.run_by(SERVICE, beyond=ADMIN), "DB_USER_ADMIN": source.run_by(ADMIN),
               "DB_USER_CONTROL": source.run_by(CONTROL, beyond=MIGRATION), "DB_USER_MIGRATION": source.run_by(MIGRATION)}
    for path, names in source.statements.items():
        user = None
        for name in names:
            user = next((user for user, run in runners.items() if (path, name) in run), user)
            mark = mark_of(texts[path], name)
            if mark != user:
                yield f"{path}: {WHO[user]} runs {name}, which is marked {mark}"
