/*
 * Keeps this host's erasures.log complete: appends what other hosts have erased, so that the file
 * of any host is enough to erase all again after a restore.
 *
 * A bookmark in the state directory says up to which row of the database the file is complete, and
 * behind which byte of the file the lines of later rows stand; nothing before that is read. It is
 * worth nothing, and all rows are compared with all lines, once it is a day old, or if its row
 * or its end of the file is not there any more, since one of them was restored or deleted. A row
 * that is not there any more stays in the bookmark until it is there again: where the file was lost
 * with it, nothing else tells that an erasure is missing.
 */
#ifndef ERASURE_SYNC_H
#define ERASURE_SYNC_H

#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "erasure_log.h"

/* What a worker does between two requests: appends, if no other process of this host has looked
 * within a minute. look_us: when the worker looks again, 0 at first. */
void erasure_sync_step(struct db *db, int64_t *look_us);
/* Compares all rows with all lines, and appends what the file lacks. */
enum err erasure_sync_all(struct db *db, size_t *n_appended_r);

struct erasure_comparison {
	struct erasures erasures; /* what the file has */
	bool *is_stored;          /* for each of its list: whether the database has it */
	size_t n_rows;            /* of the database */
	size_t n_not_stored;      /* lines that the database lacks */
	size_t n_not_logged;      /* rows that the file lacks though they are minutes old */
	/* An erasure that was settled when this host last looked; all zero: none is known. */
	uint8_t known[CRYPTO_HASH_SIZE];
	bool lacks_known; /* neither has it, as after a restore of both */
};

/* Compares all rows with all lines. Returns ERR_ABSENT if there is no file. */
enum err erasure_compare(struct db *db, struct erasure_comparison *comparison_r);
void erasure_comparison_free(struct erasure_comparison *comparison);

#endif
