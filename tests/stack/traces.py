"""What a whole service leaves of the secrets and the persons' data that it has dealt with: in its logs, in its tables
and in the memory of its workers."""

import re
import subprocess

# Keys and tokens of the service, phones, cards, and the access tokens of WeChat.
SECRET = re.compile(rb"wx[kt]_\w{20,}|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?![\dXx])|\b81_[\w-]{100,}")
# Members of the sandbox's answers and of requests. The codes of errors have no digits; shorter texts stand by chance in a
# log of many numbers.
MEMBER = re.compile(rb'"(?:code|session_key|secret)": ?"((?=[^"]*\d)[\w+/=-]{11,200})"')

SHADOW = 1 << 30  # at least so many bytes has what a sanitizer knows of a process's memory


def secrets_of(text):
    """Those of a request or an answer, as bytes."""
    return {*SECRET.findall(text), *MEMBER.findall(text)}


def found_in(paths, secrets):
    """(path, secret) of those that stand in files as words."""
    done = subprocess.run(["grep", "--text", "--only-matching", "--with-filename", "--word-regexp", "--fixed-strings",
                           "--file=-", *paths], input=b"\n".join(secrets), capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return {tuple(line.split(b":", 1)) for line in done.stdout.splitlines()}


def left_by(stack):
    """(path, secret) of what the stack's clients have sent and got that stands in a log, or in the clear in a table."""
    tables = stack.state / "tables"
    names = stack.sql("SELECT table_name FROM information_schema.tables "
                      "WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'")
    with tables.open("wb") as dump:
        subprocess.run(stack.database_client(), input="".join(f"SELECT * FROM {name};" for name, in names).encode(),
                       stdout=dump, check=True)
    logs = [path for path in (stack.state / "log").iterdir() if path.is_file()]
    return found_in([tables, *logs], stack.secrets)


def writable_memory(pid):
    """The bytes of a process that it may write to, region by region, without what a sanitizer knows of each of them."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            place, rights = line.split()[:2]
            begin, end = (int(side, 16) for side in place.split("-"))
            if rights.startswith("rw") and end - begin < SHADOW:
                memory.seek(begin)
                yield memory.read(end - begin)
