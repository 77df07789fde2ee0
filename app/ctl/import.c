#include <errno.h>
#include <sys/stat.h>

#include "arena.h"
#include "bad_lines.h"
#include "db.h"
#include "import.h"
#include "line_keys.h"
#include "progress.h"
#include "shell.h"
#include "stop.h"

#define MEMORY_MAX (64 << 20)
#define CHUNK_SIZE_MAX (4 << 20) /* in a file, but for the last line */
#define REPORTS_MAX 100

const char import_is_left_out[] = "it is not of this import";

struct import_state {
	struct ctl *ctl;
	struct import *import;
	struct records *files[IMPORT_FILES_MAX];
	struct bad_lines *bad_lines[IMPORT_FILES_MAX]; /* NULL: they are not copied */
	size_t file;                                   /* the number of the one that is read */
	struct arena *arena;                           /* of a chunk of lines */
	struct progress progress;
	int64_t begun; /* bytes of the files and passes before this one */
	char *rows;
	long places[IMPORT_ROWS_MAX];
	size_t n_rows;
	size_t n_bad, n_noted, n_applied;
	long last_place; /* of the lines that were applied */
	bool is_stopped; /* by a signal */
	bool is_checking; /* in the first pass */
};

static void import_report(struct import_state *state, long line, const char *error)
{
	state->n_bad++;
	if (state->n_bad > REPORTS_MAX)
		return;
	progress_end(&state->progress);
	ctl_fail("%s: line %ld: %s", state->import->paths[state->file], line, error);
}

struct arena *import_arena(const struct import *import)
{
	return import->state->arena;
}

void import_note(struct import *import, long place, const char *note)
{
	struct import_state *state = import->state;

	if (++state->n_noted > REPORTS_MAX)
		return;
	progress_end(&state->progress);
	fprintf(stderr, "wxuserctl: note: %s: line %ld: %s\n", import->paths[IMPORT_FILE(place)],
		IMPORT_LINE(place), note);
}

void import_count(struct import *import, size_t n_rows, size_t n_new, size_t n_changed)
{
	import->n_new += n_new;
	import->n_changed += n_changed;
	import->n_same += n_rows - n_new - n_changed;
}

const char *import_place_text(
	const struct import *import, struct arena *arena, long place, long seen_from)
{
	return IMPORT_FILE(place) == IMPORT_FILE(seen_from)
		? arena_printf(arena, "line %ld", IMPORT_LINE(place))
		: arena_printf(arena, "line %ld of %s", IMPORT_LINE(place),
			  import->paths[IMPORT_FILE(place)]);
}

/* Adds the record to state->rows; NULL, or what is wrong with it. */
static const char *import_take(struct import_state *state, const struct csv_record *record)
{
	struct import *import = state->import;
	const long place = IMPORT_PLACE(state->file, record->line);
	void *row = state->rows + state->n_rows * import->row_size;
	const char *error = record->error;
	const char *key;
	long first;

	if (error == NULL)
		error = import->read(import, record, state->arena, row);
	if (error != NULL)
		return error;
	key = import->key(row);
	first = key == NULL ? place : line_keys_put(import->keys, key, place);
	if (first != place)
		return arena_printf(state->arena, "the same %s as on %s; leave one of the two",
			import->key_name, import_place_text(import, state->arena, first, place));
	state->places[state->n_rows++] = place;
	return NULL;
}

static int import_fail_reading(struct import_state *state)
{
	progress_end(&state->progress);
	return -ctl_fail("%s: %s", state->import->paths[state->file],
		records_has_changed(state->files[state->file])
			? "it changes while it is read; import a copy that nobody writes to"
			: strerror(errno));
}

/* Reports a line that begins at an offset, and is the last one that was read. Returns 0 or -1. */
static int import_reject(struct import_state *state, long line, int64_t begin, const char *error)
{
	struct bad_lines *copy = state->bad_lines[state->file];

	if (!state->is_checking)
		return 0;
	if (error == import_is_left_out) {
		state->import->n_left_out++;
		return 0;
	}
	import_report(state, line, error);
	error = copy == NULL ? NULL
			     : bad_lines_add(copy, state->arena, begin,
				       records_offset(state->files[state->file]));
	if (error == NULL)
		return 0;
	progress_end(&state->progress);
	return -ctl_fail("%s", error);
}

/* Reads up to IMPORT_ROWS_MAX rows of a file, fewer if they are long. 1, 0 at its end, -1. */
static int import_read_chunk(struct import_state *state)
{
	struct records *records = state->files[state->file];
	const int64_t chunk = records_offset(records);
	int found = 1;

	arena_reset(state->arena);
	state->n_rows = 0;
	state->rows = arena_alloc(state->arena, IMPORT_ROWS_MAX * state->import->row_size);
	for (int i = 0; i < IMPORT_ROWS_MAX && found > 0 && state->import->err == ERR_NONE &&
		records_offset(records) < chunk + CHUNK_SIZE_MAX;
		i++) {
		const int64_t begin = records_offset(records);
		struct csv_record record;
		const char *error;

		found = records_read(records, state->arena, &record);
		error = found > 0 ? import_take(state, &record) : NULL;
		if (error != NULL && state->import->err == ERR_NONE &&
			import_reject(state, record.line, begin, error) < 0)
			return -1;
	}
	if (found < 0 || records_has_changed(records))
		return import_fail_reading(state);
	progress_show(&state->progress, state->begun + records_offset(records));
	return found;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* "PATH", or how many files there are. */
static const char *import_name(const struct import_state *state)
{
	const struct import *import = state->import;

	return import->n_paths == 1 ? import->paths[0]
				    : arena_printf(state->ctl->arena, "%zu files", import->n_paths);
}

static int import_fail_stopped(const struct import_state *state)
{
	return ctl_fail("%s: stopped by a signal%s", import_name(state),
		state->n_applied == 0 ? "; nothing was applied" : "");
}

/* Calls each for the chunks of all files, until it fails. Returns the exit status. */
static int import_each_chunk(
	struct import_state *state, enum err (*each)(struct import_state *state))
{
	struct import *import = state->import;
	enum err err = ERR_NONE;
	int found = 1;

	for (state->file = 0; state->file < import->n_paths && found >= 0 && err == ERR_NONE &&
		!state->is_stopped;
		state->file++) {
		records_rewind(state->files[state->file]);
		do {
			found = import_read_chunk(state);
			err = import->err;
			if (err == ERR_NONE && found >= 0 && state->n_rows > 0)
				err = each(state);
			state->is_stopped = found > 0 && stop_is_asked();
		} while (found > 0 && err == ERR_NONE && !state->is_stopped);
		state->begun += records_offset(state->files[state->file]);
	}
	if (err != ERR_NONE || state->is_stopped)
		progress_end(&state->progress);
	if (err == ERR_NONE && state->is_stopped)
		return import_fail_stopped(state);
	return found < 0 ? EXIT_FAILURE : ctl_status(err, import->reason);
}

static enum err import_check_chunk(struct import_state *state)
{
	struct import *import = state->import;

	import->n_good += state->n_rows;
	return import->check == NULL
		? ERR_NONE
		: import->check(import, state->ctl->db, state->rows, state->places, state->n_rows);
}

static enum err import_apply_chunk(struct import_state *state)
{
	struct import *import = state->import;
	enum err err = import->apply(import, state->ctl->db, state->rows, state->n_rows);

	if (err != ERR_NONE)
		return err;
	state->n_applied += state->n_rows;
	state->last_place = state->places[state->n_rows - 1];
	return ERR_NONE;
}

static int import_check_lines(struct import_state *state)
{
	const struct import *import = state->import;
	const char *error = NULL;
	int status;

	state->is_checking = true;
	status = import_each_chunk(state, import_check_chunk);
	state->is_checking = false;
	if (status != EXIT_SUCCESS)
		return status;
	progress_end(&state->progress);
	if (state->n_bad > REPORTS_MAX)
		ctl_fail("%s: and %zu more", import_name(state), state->n_bad - REPORTS_MAX);
	if (state->n_noted > REPORTS_MAX)
		fprintf(stderr, "wxuserctl: note: %s: and %zu more notes\n", import_name(state),
			state->n_noted - REPORTS_MAX);
	if (import->refuse != NULL)
		error = import->refuse(import, state->arena);
	if (error != NULL)
		return ctl_fail("%s: %s", import_name(state), error);
	if (state->n_bad == 0 || import->skips_bad)
		return EXIT_SUCCESS;
	return ctl_fail("%s: %zu bad line%s, nothing was applied; correct them, or add --skip-bad, "
			"which leaves them out and writes them to %s.bad",
		import_name(state), state->n_bad, plural(state->n_bad),
		import->n_paths == 1 ? import->paths[0] : "FILE");
}

static int import_apply_lines(struct import_state *state)
{
	int status = import_each_chunk(state, import_apply_chunk);

	progress_end(&state->progress);
	if (status != EXIT_SUCCESS && state->n_applied > 0)
		ctl_fail("%s: line %ld and those before it are applied; to go on, run again: %s",
			state->import->paths[IMPORT_FILE(state->last_place)],
			IMPORT_LINE(state->last_place),
			shell_line(state->ctl->arena, state->ctl->words));
	return status;
}

static int import_in_passes(struct import_state *state)
{
	const struct import *import = state->import;
	int64_t size = 0;
	int status;

	for (size_t i = 0; i < import->n_paths; i++) {
		struct stat file = {0};

		stat(import->paths[i], &file);
		size += file.st_size;
	}
	progress_begin(
		&state->progress, import_name(state), import->is_dry_run ? size : 2 * size);
	status = import_check_lines(state);
	if (status == EXIT_SUCCESS && stop_is_asked())
		return import_fail_stopped(state);
	return status == EXIT_SUCCESS && !import->is_dry_run ? import_apply_lines(state) : status;
}

static int import_open(struct import_state *state)
{
	const struct import *import = state->import;
	const char *error;

	for (size_t i = 0; i < import->n_paths; i++) {
		state->files[i] = records_open(import->paths[i], import->columns,
			import->skips_others, state->ctl->arena, &error);
		if (state->files[i] == NULL)
			return ctl_fail("%s: %s", import->paths[i], error);
		if (import->skips_bad && !import->is_dry_run)
			state->bad_lines[i] =
				bad_lines_new(import->paths[i], records_offset(state->files[i]));
	}
	return EXIT_SUCCESS;
}

static void import_print_copies(const struct import_state *state)
{
	for (size_t i = 0; i < state->import->n_paths; i++) {
		const char *path = bad_lines_path(state->bad_lines[i]);

		if (path != NULL)
			printf("%s has the bad lines of %s: correct them there, and import it\n",
				path, state->import->paths[i]);
	}
}

static void import_close(struct import_state *state)
{
	for (size_t i = 0; i < state->import->n_paths; i++) {
		bad_lines_free(state->bad_lines[i]);
		if (state->files[i] != NULL)
			records_close(state->files[i]);
	}
}

/* Returns the exit status of an import that is complete. */
static int import_tell(const struct import_state *state)
{
	const struct import *import = state->import;
	const size_t n = (import->is_dry_run ? import->n_good : state->n_applied) -
		import->n_refused;
	const size_t n_bad = state->n_bad + import->n_skipped;

	printf("%s: %zu line%s %s, %zu bad one%s skipped\n", import_name(state), n, plural(n),
		import->is_dry_run ? "would be applied" : "applied", n_bad, plural(n_bad));
	if (n == 0)
		return ctl_fail("%s: no line %s applied", import_name(state),
			import->is_dry_run ? "would be" : "was");
	return n_bad > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int import_opened(struct import_state *state)
{
	struct import *import = state->import;
	struct ctl *ctl = state->ctl;
	int status;

	state->arena = arena_new(MEMORY_MAX);
	import->keys = line_keys_new();
	db_set_arena(ctl->db, state->arena);
	stop_watch();
	status = import_in_passes(state);
	stop_unwatch();
	db_set_arena(ctl->db, ctl->arena);
	line_keys_free(import->keys);
	arena_free(state->arena);
	import->is_complete = status == EXIT_SUCCESS;
	if (import->is_complete)
		status = import_tell(state);
	import_print_copies(state);
	if (import->is_complete && import->things != NULL)
		printf("%zu %s new, %zu %s, %zu as they were\n", import->n_new, import->things,
			import->n_changed, import->changed, import->n_same);
	return status;
}

void import_take_files(struct import *import, const struct argument *files)
{
	for (import->n_paths = 0; import->n_paths < IMPORT_FILES_MAX &&
		files[import->n_paths].text != NULL;
		import->n_paths++)
		import->paths[import->n_paths] = files[import->n_paths].text;
}

int import_run(struct ctl *ctl, struct import *import)
{
	struct import_state state = {.ctl = ctl, .import = import};
	int status;

	import->state = &state;
	import->err = ERR_NONE;
	import->n_good = import->n_left_out = import->n_refused = 0;
	import->n_new = import->n_changed = import->n_same = 0;
	import->is_complete = false;
	status = import_open(&state);
	if (status == EXIT_SUCCESS)
		status = import_opened(&state);
	import_close(&state);
	return status;
}
