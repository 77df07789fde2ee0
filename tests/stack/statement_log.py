"""What the program sends to its database, as MariaDB's general log has it."""

import re

from ctl import sql_as_root

# A worker looks up maintenance and does its jobs by the clock, and not for a request.
BY_THE_CLOCK = re.compile(r"\b(FROM maintenance|job_lease|audit_link|FROM audit a|old STRAIGHT_JOIN|key_check|key_host)\b")
WRITE = re.compile(r"(INSERT|UPDATE|DELETE)\b")


class StatementLog:
    """On while the block runs."""

    def __init__(self, stack):
        self.stack = stack

    def __enter__(self):
        sql_as_root(self.stack, "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON")
        return self

    def __exit__(self, *_):
        sql_as_root(self.stack, "SET GLOBAL general_log = OFF; TRUNCATE TABLE mysql.general_log")

    def clear(self):
        sql_as_root(self.stack, "TRUNCATE TABLE mysql.general_log")

    def read(self):
        """The program's statements since clear()."""
        return sql_as_root(
            self.stack, "SELECT argument FROM mysql.general_log WHERE command_type IN ('Execute', 'Query') "
            f"AND user_host LIKE '{self.stack.env['WXUSER_DB_USER']}[%'")


def of_requests(statements):
    return [text for text in statements if not BY_THE_CLOCK.search(text)]


def n_commits(statements):
    """Of transactions that write. A write outside of a transaction is one of its own."""
    n, is_open, writes = 0, False, False
    for text in statements:
        if text == "START TRANSACTION":
            is_open, writes = True, False
        elif text in ("COMMIT", "ROLLBACK"):
            n += writes and text == "COMMIT"
            is_open = False
        elif WRITE.match(text):
            writes = True
            n += not is_open
    return n
