/*
 * The bytes of a CSV file in any encoding: UTF-8 and GB18030 as they stand, UTF-16 as UTF-8.
 *
 * A byte order mark at the beginning tells UTF-8 and UTF-16. Without one the whole file is looked
 * through first, and the encoding of most lines holds for all. csv_text_decode() refuses the other
 * lines: a line of UTF-8 can be read as GB18030 without an error, and is garbled then.
 *
 * Lines end with LF or CRLF, or with CR if the first one does.
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

/* Opens a file, which the caller closes. Returns NULL if it cannot be read or is not text; *error_r
 * says why. */
struct csv_text *csv_text_open(const char *path, const char **error_r);
void csv_text_close(struct csv_text *text);

/* Takes the next byte, '\n' for a CR that ends a line. Returns EOF at the end and after an error;
 * csv_text_has_failed() tells which. */
int csv_text_next(struct csv_text *text);
/* Returns the next byte without taking it. */
int csv_text_peek(struct csv_text *text);
bool csv_text_has_failed(const struct csv_text *text);
/* Whether the file was written to since it was opened. */
bool csv_text_has_changed(const struct csv_text *text);

/* Returns to the beginning, behind a byte order mark. */
void csv_text_rewind(struct csv_text *text);
/* The place of the next byte. */
struct csv_place csv_text_place(const struct csv_text *text);
void csv_text_seek(struct csv_text *text, const struct csv_place *place);

/* Decodes bytes that were taken to UTF-8 in the arena, which the caller may change. Returns NULL,
 * or what is wrong. */
const char *csv_text_decode(const struct csv_text *text, struct arena *arena,
	const struct buf *bytes, char **decoded_r, size_t *size_r);

#endif
