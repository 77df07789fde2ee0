/*
 * The keys themselves, as secret.c reads them; nobody else includes this.
 */
#ifndef SECRET_KEYS_H
#define SECRET_KEYS_H

#include "secret.h"

#define SECRET_KEY_SIZE 32
#define SECRET_KEYS_MAX 64

struct secret_key {
	uint16_t number; /* from 1 */
	uint8_t bytes[SECRET_KEY_SIZE];
};

struct lost_key {
	enum secret_key_kind kind;
	uint16_t number;
};

struct secret_keys {
	struct secret_key sealing[SECRET_KEYS_MAX];
	size_t n_sealing;
	const struct secret_key *newest; /* of sealing */
	struct secret_key lookup, erasure;
	struct lost_key lost[SECRET_KEYS_MAX];
	size_t n_lost;
};

#endif
