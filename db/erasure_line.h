/*
 * A line of erasures.log, or of an export of it, as erasure_log.h describes them.
 */
#ifndef ERASURE_LINE_H
#define ERASURE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tombstone.h"

#define ERASURE_LINE_SIZE 256 /* with its line break and NUL; longer ones are none */

struct buf;

enum erasure_line_kind {
	ERASURE_LINE_TOMBSTONE,
	ERASURE_LINE_END,     /* of an export */
	ERASURE_LINE_BROKEN,  /* it is none, or was cut off */
	ERASURE_LINE_FOREIGN, /* it was made with another key, or changed */
};

struct erasure_line {
	enum erasure_line_kind kind;
	struct tombstone tombstone; /* of ERASURE_LINE_TOMBSTONE */
	int64_t n_lines;            /* of ERASURE_LINE_END: how many came before it */
};

/* Reads a line, which is taken apart. Without a line break it was cut off, or is too long. is_own:
 * it is of this host's own file, where a line of an earlier build has no signature. */
struct erasure_line erasure_line_read(const struct db *db, char *line, bool is_own);
/* Appends the line of a tombstone, or the end of an export of so many. */
void erasure_line_append(
	struct buf *text, const struct db *db, const struct tombstone *tombstone);
void erasure_line_append_end(struct buf *text, const struct db *db, size_t n_lines);

#endif
