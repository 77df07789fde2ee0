"""What the program sends to its database, as MariaDB's general log has it."""

import re

from ctl import sql_as_root

# What a worker does by the clock, and not for a request: it looks up maintenance, does its jobs, seals the audit.
BY_THE_CLOCK = re.compile("|".join((
    r"FROM maintenance\b", r"LEFT JOIN job_lease\b", r"INSERT IGNORE INTO job_lease\b", r"UPDATE job_lease SET (holder|expires_at)\b",
    r"(INTO|FROM) audit_link\b", r"FROM audit a WHERE a\.id >", r"FROM audit WHERE id >", r"l\.entry_id IS NULL",
    r"\bold STRAIGHT_JOIN\b", r"\b(key_check|key_host)\b")))
# Some endpoints send such a statement themselves.
OF_ENDPOINT = {"GET /v1/admin/maintenance": "FROM maintenance", "PUT /v1/admin/maintenance": "FROM maintenance",
               "GET /v1/admin/jobs": "job_lease"}
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


def of_requests(statements, endpoint):
    """What the endpoint has sent. At times a worker's own is among it, where the two are the same."""
    own = OF_ENDPOINT.get(endpoint)
    return [text for text in statements if not BY_THE_CLOCK.search(text) or own and own in text]


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
