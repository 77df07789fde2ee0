/*
 * The bytes of a CSV file, whatever its encoding: UTF-8 and GB18030 as they stand, UTF-16 as UTF-8.
 *
 * A mark at the beginning says UTF-8 or UTF-16. Without one the file is looked through once, line
 * by line: what most of its lines are holds for all, and csv_text_decode() refuses the others,
 * since a line of UTF-8 can be read as GB18030 without an error, and is garbled then.
 *
 * Lines end with LF or CRLF, or with CR where the first one does.
 */
#ifndef CSV_TEXT_H
#define CSV_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct csv_text;

struct csv_place {
	int64_t offset; /* in bytes */
	long line;      /* from 1 */
};

/* NULL: *error_r says why, also where it is no text. The caller closes it. */
struct csv_text *csv_text_open(const char *path, const char **error_r);
void csv_text_close(struct csv_text *text);

/* The next byte, '\n' for a CR that ends a line; EOF: csv_text_has_failed() tells why. */
int csv_text_next(struct csv_text *text);
/* The same, and it stays the next. */
int csv_text_peek(struct csv_text *text);
bool csv_text_has_failed(const struct csv_text *text);
/* Whether the file was written to since it was opened. */
bool csv_text_has_changed(const struct csv_text *text);

/* Of the next byte. */
struct csv_place csv_text_place(const struct csv_text *text);
void csv_text_seek(struct csv_text *text, const struct csv_place *place);

/* What was read as UTF-8, in the arena, the caller's to change: NULL, or what is wrong. */
const char *csv_text_decode(const struct csv_text *text, struct arena *arena,
	const struct buf *bytes, char **decoded_r, size_t *size_r);

#endif
