/*
 * The messages that the gateways would have sent, oldest first, and the nonces that they have
 * seen.
 */
#ifndef INBOX_H
#define INBOX_H

#include <stddef.h>

struct db;

struct sandbox_sms {
	const char *phone, *code;
	const char *driver; /* whose gateway it came through */
	const char *at;     /* 2024-01-31T12:00:00.000000Z */
};

/* 1, or -1. */
int inbox_add(struct db *db, const struct sandbox_sms *sms);
/* phone NULL: of all. The last thousand: 0 or -1. */
int inbox_list(struct db *db, const char *phone, struct sandbox_sms **messages_r, size_t *n_r);
/* 1; 0: was used before; -1. */
int inbox_take_nonce(struct db *db, const char *nonce);
/* Checks the statements, forgets what is older than a day: 0 or -1. */
int inbox_prepare(struct db *db);

#endif
