/*
 * The messages that the gateways would have sent, oldest first, and the nonces that they have
 * seen.
 */
#ifndef INBOX_H
#define INBOX_H

#include <stddef.h>

#include "err.h"

struct db;

struct sandbox_sms {
	const char *phone, *code;
	const char *driver; /* whose gateway it came through */
	const char *at;     /* 2024-01-31T12:00:00.000000Z */
};

enum err inbox_add(struct db *db, const struct sandbox_sms *sms);
/* The last thousand; phone NULL: of all. */
enum err inbox_list(struct db *db, const char *phone, struct sandbox_sms **messages_r, size_t *n_r);
/* ERR_DUPLICATE: it was used before. */
enum err inbox_take_nonce(struct db *db, const char *nonce);
/* Checks the statements, deletes what is older than a day. */
enum err inbox_prepare(struct db *db);

#endif
