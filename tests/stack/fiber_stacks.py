"""How much of its stack a fiber of a process has used: the pages that were ever touched.

A fiber's stack is a mapping of its size with a page below that nobody may touch (app/base/fiber.c)."""

import pathlib
import re

SIZE = 256  # kB
MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (....) .*\n(?:(?![0-9a-f]+-).*\n)*?Rss: +(\d+) kB")


def used_most(pid):
    """The largest part of a stack that was used, 0 to 1; 0 if there is none. None with AddressSanitizer, some of whose
    mappings look the same."""
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps").read_text()
    except OSError:
        return 0
    if "libasan" in text:
        return None
    most, guard_end = 0, None
    for begin, end, rights, resident in MAPPING.findall(text):
        size = (int(end, 16) - int(begin, 16)) // 1024
        if guard_end == begin and rights == "rw-p" and size == SIZE:
            most = max(most, int(resident) / SIZE)
        guard_end = end if rights == "---p" else None
    return most
