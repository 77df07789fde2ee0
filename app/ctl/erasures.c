#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "arena.h"
#include "audit.h"
#include "command.h"
#include "conf.h"
#include "db.h"
#include "erasure_replay.h"

static int replay_erasures(struct ctl *ctl, const struct argument *arguments)
{
	const char *problem;
	size_t n_erased;
	enum err err = erasure_replay(ctl->db, &n_erased, &problem);

	(void)arguments;
	if (err == ERR_NONE || n_erased > 0)
		printf("%zu erased\n", n_erased);
	return ctl_status(err, problem);
}

/* ---- erasures export. */

/* A new file, so that none is half replaced; least of all the log itself. */
static FILE *create_export(const char *path)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

/* path: NULL and "-" are standard output. */
static int write_erasures(struct ctl *ctl, struct tombstone_list *list, const char *path)
{
	const bool is_output = path == NULL || strcmp(path, "-") == 0;
	FILE *file = is_output ? stdout : create_export(path);
	bool is_written = file != NULL && erasure_log_write(ctl->db, list, file);

	if (!is_output && file != NULL && fclose(file) != 0)
		is_written = false;
	if (!is_written)
		return ctl_fail("%s: %s", is_output ? "standard output" : path, strerror(errno));
	return EXIT_SUCCESS;
}

static int export_compared(
	struct ctl *ctl, struct erasure_comparison *comparison, const char *path)
{
	const char *problem;
	enum err err = erasure_find_gap(ctl->db, comparison, &problem);

	if (err == ERR_NONE && problem != NULL)
		err = ERR_PARAMETER;
	return err == ERR_NONE ? write_erasures(ctl, &comparison->erasures.list, path)
			       : ctl_status(err, problem);
}

static int export_erasures(struct ctl *ctl, const struct argument *arguments)
{
	struct erasure_comparison comparison;
	size_t n_appended;
	enum err err = erasure_sync_all(ctl->db, &n_appended);
	int status;

	if (err != ERR_NONE)
		return ctl_status(err, "");
	err = erasure_compare(ctl->db, &comparison);
	status = err == ERR_NONE || err == ERR_ABSENT /* nobody was ever erased */
		? export_compared(ctl, &comparison, arguments[0].text)
		: ctl_status(err, "");
	erasure_comparison_free(&comparison);
	return status;
}

/* ---- erasures import. */

static int refuse_line(const char *path, size_t line, const char *what)
{
	return ctl_fail("%s:%zu %s; nothing is imported",
		strcmp(path, "-") == 0 ? "standard input" : path, line, what);
}

/* A log, which is a file, has no end. */
static int check_end(const char *path, const struct erasures *erasures)
{
	const bool is_input = strcmp(path, "-") == 0;

	if (erasures->lacks_lines)
		return ctl_fail("%s: its end tells of another number of lines; export again; "
				"nothing is imported",
			is_input ? "standard input" : path);
	if (erasures->is_whole || (!is_input && erasures->list.n > 0))
		return EXIT_SUCCESS;
	if (!is_input)
		return ctl_fail("%s: it is empty; an export of a host that has erased nobody has a "
				"line with \"end\"; nothing is imported",
			path);
	return ctl_fail("standard input: it breaks off before the line with \"end\"; see why "
			"\"wxuserctl erasures export\" failed; a log, or an export of an earlier "
			"release, has no such line: name the file; nothing is imported");
}

/* Adds the tombstones of a file, or none of it. */
static int read_import(struct ctl *ctl, const char *path, struct tombstone_list *all)
{
	struct erasures erasures;
	enum err err = erasure_log_read_file(ctl->db, path, &erasures);
	int status;

	if (err == ERR_ABSENT)
		return ctl_fail("%s: %s", path, strerror(ENOENT));
	if (err != ERR_NONE)
		return ctl_status(err, "");
	if (erasures.broken.n > 0)
		status = refuse_line(path, erasures.broken.first, "is no line of an erasure");
	else if (erasures.foreign.n > 0)
		status = refuse_line(path, erasures.foreign.first,
			"was made with another erasure key, or changed");
	else
		status = check_end(path, &erasures);
	for (size_t i = 0; i < erasures.list.n && status == EXIT_SUCCESS; i++)
		tombstone_list_add(all, &erasures.list.items[i]);
	tombstone_list_free(&erasures.list);
	return status;
}

static enum err audit_import(struct ctl *ctl, size_t n_appended)
{
	const struct audit_entry entry = {
		.tenant_id = AUDIT_INSTALLATION,
		.action = "erasures.import",
		.actor = "wxuserctl",
		.subject = "erasures",
		.details = arena_printf(ctl->arena, "{\"lines\":%zu}", n_appended),
	};

	return audit_write_alone(ctl->db, &entry);
}

static int import_list(struct ctl *ctl, const struct tombstone_list *list)
{
	size_t n_appended;
	struct erasure_merge merge = {.all = *list};
	enum err err = erasure_log_merge(ctl->db, &merge, &n_appended);

	if (err == ERR_NONE && n_appended > 0)
		err = audit_import(ctl, n_appended);
	if (err != ERR_NONE)
		return ctl_status(err, "");
	printf("%zu imported\n", n_appended);
	return replay_erasures(ctl, NULL);
}

static int import_erasures(struct ctl *ctl, const struct argument *arguments)
{
	struct tombstone_list all = {0};
	int status = EXIT_SUCCESS;

	for (int i = 0; i < ARGUMENTS_MAX && arguments[i].text != NULL && status == EXIT_SUCCESS;
		i++)
		status = read_import(ctl, arguments[i].text, &all);
	if (status == EXIT_SUCCESS)
		status = import_list(ctl, &all);
	tombstone_list_free(&all);
	return status;
}

/* ---- The commands. */

const struct command command_erasures_replay = {
	.name = "erasures replay",
	.arguments = "",
	.summary = "Erases users again that a restored backup brought back",
	.details =
		"Reads the log in [keys] erasure_log. Users stored after their erasure stay. What\n"
		"the log lacks of the erasures in the database is appended to it before, and the\n"
		"database gets afterwards what it lacks. Without a log this fails: \"wxuserctl\n"
		"erasures import\" makes one from a copy. If a line of the log cannot be used, it\n"
		"fails after it has replayed the others.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = replay_erasures,
};

const struct command command_erasures_export = {
	.name = "erasures export",
	.arguments = "[FILE]",
	.summary = "Prints the erasures of all hosts, for a backup or another host",
	.details =
		"The lines are those of the log in [keys] erasure_log, which gets before what it\n"
		"lacks of the erasures in the database. Without FILE, or if it is \"-\", they are\n"
		"printed on standard output; otherwise FILE must not exist yet. A line with\n"
		"\"end\" and their number comes last, by which erasures import knows that none is\n"
		"missing.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = export_erasures,
};

const struct command command_erasures_import = {
	.name = "erasures import",
	.arguments = "FILE...",
	.summary = "Takes up the erasures of other hosts' logs, of backups or exports",
	.details = "Appends to the log in [keys] erasure_log what it lacks, and then does what\n"
		   "\"wxuserctl erasures replay\" does: whom a file names is erased if stored "
                   "before,\n"
		   "and the database, and so all other hosts, get the lines. If a line of a file\n"
		   "is none of an erasure, or was made with another key than that in [keys]\n"
		   "erasure, nothing is imported. To import a file again changes nothing. FILE\n"
		   "\"-\" is standard input, which must be an export and come to its end; a log\n"
		   "has none, nor has an export of an earlier release: name the file.\n",
	.needs = NEEDS_DB | NEEDS_KEYS,
	.run = import_erasures,
};
