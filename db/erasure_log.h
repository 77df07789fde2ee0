/*
 * erasures.log, a file beside the keys with the tombstones of all hosts.
 *
 * One line is one erasure: microseconds since 1970, then hashes of (appid, openid), unionid and
 * phone in hexadecimal digits, "-" for none. Of a member the first hash is that of the row's uuid.
 * The last word signs the others with the erasure key: a line of another key, or one that was
 * changed, is found out. The lines of earlier builds have no signature, and count in this host's
 * own file alone.
 *
 * An export has the same lines, and behind them one that begins with "end" and says how many they
 * are, also signed: an export that was cut off, or of which nothing came, is found out. In this
 * host's own file such a line means nothing.
 *
 * Every function returns ERR_INTERNAL, with the reason logged, if the file cannot be read or
 * written, or ERR_BUSY if that is so for want of a descriptor or of room.
 */
#ifndef ERASURE_LOG_H
#define ERASURE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tombstone.h"

/* Appends lines, all of them or none, without looking whether the file has them. */
enum err erasure_log_append(const struct db *db, const struct tombstone_list *added);

/* What is to be in the file. Without place and pending, which are zero then, all of it is read. */
struct erasure_merge {
	struct tombstone_list all;
	/* Where the lines of all begin to be looked for, a byte of the file. It moves on to the
	 * first line of those that are to be looked for again, or to the end before the lines that
	 * are appended. */
	int64_t place;
	struct tombstone_list pending; /* those; sorted */
};

/* Appends lines that the file lacks: all of them or none. It is created if need be. Sets
 * n_appended_r to their number. A tombstone may get a second line, which does no harm, if it has
 * one before the place. */
enum err erasure_log_merge(
	const struct db *db, struct erasure_merge *merge, size_t *n_appended_r);

/* What a file has. The caller frees list. */
struct erasures {
	struct tombstone_list list; /* sorted */
	struct erasure_bad_lines {
		size_t n, first; /* first: from 1 */
	} broken, foreign;       /* those that are no line, and those of another key or changed */
	bool is_whole;           /* it ends as an export does; lines that were added count, too */
	bool lacks_lines;        /* an "end" says that there were more or fewer */
	size_t n_lines;          /* of erasures, since the last end */
};

/* Reads this host's file, or another one; "-" is standard input. Returns ERR_ABSENT, and logs
 * nothing, if there is no file. */
enum err erasure_log_read(const struct db *db, struct erasures *erasures_r);
enum err erasure_log_read_file(const struct db *db, const char *path, struct erasures *erasures_r);
/* Writes an export to a file: lines in the order of time; the list is sorted so then. Returns
 * false, with errno set, if they cannot be written. */
bool erasure_log_write(const struct db *db, struct tombstone_list *list, FILE *file);

#endif
