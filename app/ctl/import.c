#include <errno.h>
#include <sys/stat.h>

#include "arena.h"
#include "db.h"
#include "import.h"
#include "line_keys.h"
#include "progress.h"

#define MEMORY_MAX (64 << 20)
#define REPORTS_MAX 100

struct run {
	struct ctl *ctl;
	struct import *import;
	struct csv *csv;
	struct arena *arena; /* of some lines */
	struct progress progress;
	int64_t begun; /* bytes of the passes before this one */
	char *rows;
	size_t n_rows;
	size_t n_bad, n_applied;
	bool is_looking; /* the first pass */
};

static void report(struct run *run, long line, const char *error)
{
	run->n_bad++;
	if (run->n_bad > REPORTS_MAX)
		return;
	progress_end(&run->progress);
	ctl_fail("%s: line %ld: %s", run->import->path, line, error);
}

/* NULL: the record is the next of run->rows. */
static const char *take(struct run *run, const struct csv_record *record)
{
	const struct import *import = run->import;
	void *row = run->rows + run->n_rows * import->row_size;
	const char *error = record->error;
	const char *key;
	long first;

	if (error == NULL)
		error = import->read(import, record, run->arena, row);
	if (error != NULL)
		return error;
	key = import->key(row);
	first = key == NULL ? record->line : line_keys_put(import->keys, key, record->line);
	if (first != record->line)
		return arena_printf(
			run->arena, "the same %s as on line %ld", import->key_name, first);
	run->n_rows++;
	return NULL;
}

static int fail_reading(struct run *run)
{
	progress_end(&run->progress);
	return -ctl_fail("%s: %s", run->import->path,
		csv_has_changed(run->csv)
			? "it changes while it is read; import a copy that nobody writes to"
			: strerror(errno));
}

/* 1, 0 at the end, -1: said. */
static int read_some(struct run *run)
{
	int found = 1;

	arena_reset(run->arena);
	run->n_rows = 0;
	run->rows = arena_alloc(run->arena, IMPORT_ROWS_MAX * run->import->row_size);
	for (int i = 0; i < IMPORT_ROWS_MAX && found > 0; i++) {
		struct csv_record record;
		const char *error;

		found = csv_read(run->csv, run->arena, &record);
		error = found > 0 ? take(run, &record) : NULL;
		if (error != NULL && run->is_looking)
			report(run, record.line, error);
	}
	if (found < 0 || csv_has_changed(run->csv))
		return fail_reading(run);
	progress_show(&run->progress, run->begun + csv_offset(run->csv));
	return found;
}

static int look(struct run *run)
{
	const struct import *import = run->import;
	int found;

	run->is_looking = true;
	do
		found = read_some(run);
	while (found > 0);
	run->is_looking = false;
	if (found < 0)
		return EXIT_FAILURE;
	if (run->n_bad > REPORTS_MAX)
		ctl_fail("%s: and %zu more", import->path, run->n_bad - REPORTS_MAX);
	if (run->n_bad == 0 || import->skips_bad)
		return EXIT_SUCCESS;
	progress_end(&run->progress);
	return ctl_fail("%s: %zu bad lines, nothing was applied; --skip-bad leaves them out",
		import->path, run->n_bad);
}

static int apply(struct run *run)
{
	struct import *import = run->import;
	enum err err = ERR_NONE;
	int found;

	run->begun = csv_offset(run->csv);
	csv_rewind(run->csv);
	do {
		found = read_some(run);
		if (found >= 0 && run->n_rows > 0)
			err = import->apply(import, run->ctl->db, run->rows, run->n_rows);
		if (found >= 0 && err == ERR_NONE)
			run->n_applied += run->n_rows;
	} while (found > 0 && err == ERR_NONE);
	progress_end(&run->progress);
	if ((found < 0 || err != ERR_NONE) && run->n_applied > 0)
		ctl_fail("%s: the first %zu good lines are applied; import the file again later",
			import->path, run->n_applied);
	return found < 0 ? EXIT_FAILURE : ctl_status(err, import->refusal);
}

static int run_passes(struct run *run)
{
	const char *path = run->import->path;
	struct stat status = {0};
	int exit_status;

	stat(path, &status);
	progress_begin(&run->progress, path, 2 * status.st_size);
	exit_status = look(run);
	if (exit_status == EXIT_SUCCESS)
		exit_status = apply(run);
	return exit_status;
}

int import_run(struct ctl *ctl, struct import *import)
{
	struct run run = {.ctl = ctl, .import = import};
	const char *error;
	int status;

	run.csv = csv_open(import->path, import->columns, ctl->arena, &error);
	if (run.csv == NULL)
		return ctl_fail("%s: %s", import->path, error);
	run.arena = arena_new(MEMORY_MAX);
	import->keys = line_keys_new();
	db_set_arena(ctl->db, run.arena);
	status = run_passes(&run);
	db_set_arena(ctl->db, ctl->arena);
	line_keys_free(import->keys);
	arena_free(run.arena);
	csv_close(run.csv);
	if (status == EXIT_SUCCESS)
		printf("%s: %zu lines applied, %zu bad ones skipped\n", import->path, run.n_applied,
			run.n_bad);
	return status;
}
