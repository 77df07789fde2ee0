#include <errno.h>
#include <sys/stat.h>

#include "arena.h"
#include "db.h"
#include "import.h"
#include "line_keys.h"
#include "progress.h"

#define MEMORY_MAX (64 << 20)
#define REPORTS_MAX 100

struct import_state {
	struct ctl *ctl;
	struct import *import;
	struct csv *csv;
	struct arena *arena; /* of a chunk of lines */
	struct progress progress;
	int64_t begun; /* bytes of the passes before this one */
	char *rows;
	size_t n_rows;
	size_t n_bad, n_applied;
	bool is_checking; /* in the first pass */
};

static void import_report(struct import_state *state, long line, const char *error)
{
	state->n_bad++;
	if (state->n_bad > REPORTS_MAX)
		return;
	progress_end(&state->progress);
	ctl_fail("%s: line %ld: %s", state->import->path, line, error);
}

/* Adds the record to state->rows; NULL, or what is wrong with it. */
static const char *import_take(struct import_state *state, const struct csv_record *record)
{
	const struct import *import = state->import;
	void *row = state->rows + state->n_rows * import->row_size;
	const char *error = record->error;
	const char *key;
	long first;

	if (error == NULL)
		error = import->read(import, record, state->arena, row);
	if (error != NULL)
		return error;
	key = import->key(row);
	first = key == NULL ? record->line : line_keys_put(import->keys, key, record->line);
	if (first != record->line)
		return arena_printf(
			state->arena, "the same %s as on line %ld", import->key_name, first);
	state->n_rows++;
	return NULL;
}

static int import_fail_reading(struct import_state *state)
{
	progress_end(&state->progress);
	return -ctl_fail("%s: %s", state->import->path,
		csv_has_changed(state->csv)
			? "it changes while it is read; import a copy that nobody writes to"
			: strerror(errno));
}

/* Reads up to IMPORT_ROWS_MAX rows. 1, 0 at the end, -1. */
static int import_read_chunk(struct import_state *state)
{
	int found = 1;

	arena_reset(state->arena);
	state->n_rows = 0;
	state->rows = arena_alloc(state->arena, IMPORT_ROWS_MAX * state->import->row_size);
	for (int i = 0; i < IMPORT_ROWS_MAX && found > 0; i++) {
		struct csv_record record;
		const char *error;

		found = csv_read(state->csv, state->arena, &record);
		error = found > 0 ? import_take(state, &record) : NULL;
		if (error != NULL && state->is_checking)
			import_report(state, record.line, error);
	}
	if (found < 0 || csv_has_changed(state->csv))
		return import_fail_reading(state);
	progress_show(&state->progress, state->begun + csv_offset(state->csv));
	return found;
}

static int import_check_lines(struct import_state *state)
{
	const struct import *import = state->import;
	int found;

	state->is_checking = true;
	do
		found = import_read_chunk(state);
	while (found > 0);
	state->is_checking = false;
	if (found < 0)
		return EXIT_FAILURE;
	if (state->n_bad > REPORTS_MAX)
		ctl_fail("%s: and %zu more", import->path, state->n_bad - REPORTS_MAX);
	if (state->n_bad == 0 || import->skips_bad)
		return EXIT_SUCCESS;
	progress_end(&state->progress);
	return ctl_fail("%s: %zu bad lines, nothing was applied; --skip-bad leaves them out",
		import->path, state->n_bad);
}

static int import_apply_lines(struct import_state *state)
{
	struct import *import = state->import;
	enum err err = ERR_NONE;
	int found;

	state->begun = csv_offset(state->csv);
	csv_rewind(state->csv);
	do {
		found = import_read_chunk(state);
		if (found >= 0 && state->n_rows > 0)
			err = import->apply(import, state->ctl->db, state->rows, state->n_rows);
		if (found >= 0 && err == ERR_NONE)
			state->n_applied += state->n_rows;
	} while (found > 0 && err == ERR_NONE);
	progress_end(&state->progress);
	if ((found < 0 || err != ERR_NONE) && state->n_applied > 0)
		ctl_fail("%s: the first %zu good lines are applied; import the file again later",
			import->path, state->n_applied);
	return found < 0 ? EXIT_FAILURE : ctl_status(err, import->reason);
}

static int import_in_passes(struct import_state *state)
{
	const char *path = state->import->path;
	struct stat status = {0};
	int exit_status;

	stat(path, &status);
	progress_begin(&state->progress, path, 2 * status.st_size);
	exit_status = import_check_lines(state);
	if (exit_status == EXIT_SUCCESS)
		exit_status = import_apply_lines(state);
	return exit_status;
}

int import_run(struct ctl *ctl, struct import *import)
{
	struct import_state state = {.ctl = ctl, .import = import};
	const char *error;
	int status;

	state.csv = csv_open(import->path, import->columns, ctl->arena, &error);
	if (state.csv == NULL)
		return ctl_fail("%s: %s", import->path, error);
	state.arena = arena_new(MEMORY_MAX);
	import->keys = line_keys_new();
	db_set_arena(ctl->db, state.arena);
	status = import_in_passes(&state);
	db_set_arena(ctl->db, ctl->arena);
	line_keys_free(import->keys);
	arena_free(state.arena);
	csv_close(state.csv);
	if (status == EXIT_SUCCESS)
		printf("%s: %zu lines applied, %zu bad ones skipped\n", import->path,
			state.n_applied, state.n_bad);
	return status;
}
