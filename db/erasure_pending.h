/*
 * The lines that a transaction writes to erasures.log: all of them, after its last statement, or
 * none. If it fails before, as at a lock of a person's second user, the file must not say
 * that the first one was erased: a replay would erase a person who was kept.
 */
#ifndef ERASURE_PENDING_H
#define ERASURE_PENDING_H

#include <stdint.h>

#include "db.h"

struct tombstone_subject;

/* Writes, within a transaction, that the subject was erased at that time: the row at once, the line
 * before COMMIT, so that none is missing. If COMMIT then fails, the line asks for no more than the
 * operator or WeChat did. If a line cannot be written, the transaction fails as erasure_log.h
 * says. */
enum err erasure_pending_add(struct db *db, const struct tombstone_subject *subject, int64_t at_us);

#endif
