"""A CSV file of a tenant's members or communities, in and out by wxuserctl."""

import csv
import io


# What is said after the bad lines of a file, with their number and the file.
NOTHING = ("{} bad lines, nothing was applied; correct them, or add --skip-bad, which leaves them out and writes them to "
           "{}.bad")


class CsvImport:
    """noun: members or communities; of a tenant of its own, who has none yet."""

    def __init__(self, noun, columns, ctl, name, folder):
        self.noun, self.columns, self.ctl = noun, columns, ctl
        self.tenant = ctl.out("tenant", "add", name).strip()
        self.path = folder / f"{noun}.csv"

    def run(self, tenant, *options):
        return self.ctl.run(self.noun, "import", "--tenant", tenant, *options, str(self.path))

    def bring(self, rows, *options):
        """The import, done, of a file of these lists or of these bytes."""
        if isinstance(rows, bytes):
            self.path.write_bytes(rows)
        else:
            with self.path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        return self.run(self.tenant, *options)

    def exported(self):
        """The text that export prints."""
        return self.ctl.out(self.noun, "export", "--tenant", self.tenant)

    def rows(self):
        """What is exported, as lists, without the columns' names."""
        text = self.exported()
        assert text[0] == "\ufeff"
        rows = list(csv.reader(io.StringIO(text[1:])))
        assert rows[0] == self.columns
        return rows[1:]

    def complaints(self, done):
        """What an import said of the file and of its lines."""
        _, *said = done.stderr.split(f"{self.path.name}: ")
        return [text.split("\n")[0] for text in said]

    def check_who_and_what_is_not_there(self, text):
        """text: a good file's."""
        self.path.unlink(missing_ok=True)
        done = self.run("1")
        assert done.returncode == 1 and f"{self.path}: No such file or directory" in done.stderr
        self.path.write_text(text)
        done = self.run(self.tenant, "--dry-run")
        assert done.returncode == 0 and done.stdout == (
            f"{self.path}: 1 line would be applied, 0 bad ones skipped\n1 {self.noun} new, 0 changed, 0 as they were\n")
        assert self.rows() == [] and "%" not in done.stderr
        for done in (self.run("2147483647"), self.ctl.run(self.noun, "export", "--tenant", "2147483647")):
            assert done.returncode == 1 and "there is no such tenant" in done.stderr
            assert done.stdout == ""
