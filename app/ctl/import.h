/*
 * Imports files of records into the database.
 *
 * The first pass checks all lines of all files: if one is bad, none is applied, unless bad lines
 * are to be skipped. The second pass applies them a chunk at a time, a transaction each: one
 * transaction of a hundred thousand rows would hold its locks for minutes and exceed a cluster's
 * limits. An import that stops in between, as after SIGINT, says which line was the last one, and
 * can be repeated, since a line that is stored already changes nothing.
 */
#ifndef IMPORT_H
#define IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "arguments.h"
#include "ctl.h"
#include "records.h"

struct import_state;
struct line_keys;

#define IMPORT_ROWS_MAX 1000
#define IMPORT_FILES_MAX ARGUMENTS_MAX

/* A line of one of the files, as a number for line_keys.h. */
#define IMPORT_PLACE(file, line) ((long)(file) << 40 | (line))
#define IMPORT_LINE(place) ((place) & ((1L << 40) - 1))
#define IMPORT_FILE(place) ((size_t)((place) >> 40))

/* What read returns of a line that is not of this import. */
extern const char import_is_left_out[];

struct import {
	const char *paths[IMPORT_FILES_MAX];
	size_t n_paths;
	const struct csv_column *columns; /* as records_open() takes them */
	bool skips_others;                /* the same */
	bool skips_bad, is_dry_run;
	size_t row_size;
	/* Reads a record as a row, its text in the arena. NULL, or what is wrong, with personal
	 * values masked. */
	const char *(*read)(struct import *import, const struct csv_record *record,
		struct arena *arena, void *row_r);
	enum err err; /* read sets it if the database has failed: the import ends */
	/* The value that no two lines may share; NULL: the row has none. */
	const char *(*key)(const void *row);
	const char *key_name; /* for messages */
	/* Looks at up to IMPORT_ROWS_MAX good rows in the first pass; NULL: there is nothing to
	 * look for. places: their lines, of IMPORT_PLACE(). */
	enum err (*check)(struct import *import, struct db *db, void *rows, const long *places,
		size_t n_rows);
	/* After the first pass: NULL, or why nothing is to be applied; NULL: there is no reason. */
	const char *(*refuse)(const struct import *import, struct arena *arena);
	/* Stores up to IMPORT_ROWS_MAX rows in one transaction, or in several. */
	enum err (*apply)(struct import *import, struct db *db, void *rows, size_t n_rows);
	const char *reason;     /* what ERR_PARAMETER of apply means */
	void *ctx;              /* for read, check and apply */
	struct line_keys *keys; /* set by import_run(), for apply: the keys of all lines */
	/* Good lines that check or, unless it is a dry run, apply has refused; they count as not
	 * applied. */
	size_t n_refused;
	size_t n_skipped; /* bad records of other files, which were skipped before */
	/* What import_count() counts, as the last line calls it: "members", "changed". NULL: it
	 * does not. */
	const char *things, *changed;
	size_t n_new, n_changed, n_same;
	/* Set by import_run(). */
	struct import_state *state;
	size_t n_good, n_left_out; /* lines, by the first pass */
	bool is_complete;          /* all lines were read, and applied unless it is a dry run */
};

/* The end of the details of commands that import. */
#define IMPORT_DETAILS                                                                            \
	"First all lines are checked; a bad one is reported with its number, and then\n"          \
	"nothing is applied; --skip-bad leaves out bad lines and writes them to\n"                \
	"FILE.bad, to be corrected there. --dry-run changes nothing. The last line says\n"        \
	"how many are new, how many changed, and how many as they were. A repetition\n"           \
	"changes nothing, so an import that was interrupted is run again. The exit status\n"      \
	"is 0 if all lines were applied, and 1 if bad ones were skipped or nothing was\n"         \
	"applied.\n"

/* Sets the paths of the files that the arguments name, up to the first that was left out. */
void import_take_files(struct import *import, const struct argument *files);
/* Prints what is wrong and how many lines were applied. Returns the exit status. */
int import_run(struct ctl *ctl, struct import *import);
/* Counts rows that are stored or, in a dry run, would be; called by apply, or by check. */
void import_count(struct import *import, size_t n_rows, size_t n_new, size_t n_changed);
/* For check and apply: it is emptied after each chunk of lines. */
struct arena *import_arena(const struct import *import);
/* Prints what is to be known of a good line; called by check. */
void import_note(struct import *import, long place, const char *note);
/* "line 7", or "line 7 of PATH" if place is in another file than seen_from; in the arena. */
const char *import_place_text(
	const struct import *import, struct arena *arena, long place, long seen_from);

#endif
