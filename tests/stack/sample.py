"""The samples of the reference, and whether what is shown or answered is what their cases say."""

import json
import re
import urllib.parse

from case import CASES
from stack import TREE

VERBS = set(re.findall(r'(?m)^\t"([^"]*)": async', (TREE / "www/help/try.js").read_text("utf-8")))


def has_form(case):
    """Whether try.js can do all that is given."""
    given = case / "given"
    return {line.split(" ")[0] for line in given.read_text("utf-8").splitlines()} <= VERBS if given.exists() else True


def cases(name):
    return [path.parent for path in CASES.glob(f"*/{name}/sample")]


def fits(shown, text):
    """Whether what is shown may be the case's text, in which anything may stand in a hole."""
    regex = "".join(re.escape(part) if i % 2 == 0 else "[^\"<&]*"
                    for i, part in enumerate(re.split(r"(\$\{[^}]*\})", text)))
    return re.fullmatch(regex, shown, re.DOTALL)


def as_json(text):
    """JSON in one spelling. A hole is a string here, and a number where it is shown, so quotes do not count."""
    value = json.loads(re.sub(r"(?<![\"\w])\$\{[^}]*\}(?=\s*([]},]|$))", r'"\g<0>"', text))
    return json.dumps(value, ensure_ascii=False).replace('"', "")


def is_shown(value, type_, text):
    """Whether the value, of a media type, may be the case's text."""
    if type_.endswith("json"):
        try:
            text = as_json(text)
        except json.JSONDecodeError:
            return False
        return fits(as_json(json.dumps(value)), text)
    if type_ == "application/x-www-form-urlencoded":
        form = [("", item) for item in value] if isinstance(value, list) else value
        shown = urllib.parse.unquote_plus(urllib.parse.urlencode(form))
        return fits(shown, urllib.parse.unquote_plus(text))
    return fits(value, text)
