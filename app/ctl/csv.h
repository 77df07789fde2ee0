/*
 * CSV as spreadsheets write it (RFC 4180), a record at a time from a file of any length.
 *
 * A file is UTF-8, with or without a mark at its beginning, or GB18030: csv_open() looks through it
 * once, and what fits most of its lines holds for all. Lines end with CRLF or LF; a value in quotes
 * may hold line breaks; empty lines count as lines only. The first record names the columns, in
 * any order. After a record that cannot be read the line after its first is tried.
 *
 * A spreadsheet takes a value that begins with =, +, -, @, a tab or CR for a formula. Such a value
 * is written with an apostrophe before it, and reading takes it away, so that "+852…" stays a
 * number; a value that has apostrophes before such a character gets one more and loses it again.
 */
#ifndef CSV_H
#define CSV_H

#include <stdint.h>
#include <stdio.h>

#define CSV_COLUMNS_MAX 16
#define CSV_RECORD_SIZE_MAX (16 << 10)

struct arena;
struct csv;

struct csv_record {
	long line;         /* where it begins, from 1 */
	const char *error; /* NULL: none; never holds a value */
	/* In the order of csv_open()'s columns; NULL: the file has no such column. */
	const char *values[CSV_COLUMNS_MAX];
};

/* columns: those that the file may have, CSV_COLUMNS_MAX at most, NULL at the end. NULL: *error_r
 * says why. What the caller gets lives in the arena; the caller closes it. */
struct csv *csv_open(
	const char *path, const char *const *columns, struct arena *arena, const char **error_r);
void csv_close(struct csv *csv);
/* How far into the file it has read, in bytes. */
int64_t csv_offset(const struct csv *csv);
/* To the first record again. */
void csv_rewind(struct csv *csv);
/* 1, 0 at the end, -1: errno. The values live in the arena. */
int csv_read(struct csv *csv, struct arena *arena, struct csv_record *record_r);

/* The mark by which spreadsheets know UTF-8, and the columns' names, NULL at the end. */
void csv_write_columns(FILE *out, const char *const *columns);
void csv_write(FILE *out, const char *const *values, size_t n_values);

#endif
