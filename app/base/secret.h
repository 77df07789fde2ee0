/*
 * What the service's keys are used for: sealed personal data, hashes by which data are looked up,
 * and tokens.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "secret_keys.h"
#include "uuid.h"

/* The bytes that sealing adds: version, key number, nonce and tag. */
#define SECRET_SEAL_OVERHEAD (1 + 2 + CRYPTO_GCM_NONCE_SIZE + CRYPTO_GCM_TAG_SIZE)

struct arena;

/* Where a sealed value lives. A value that was moved to another row, column or tenant does not
 * open. */
struct secret_place {
	const char *table, *column;
	int32_t tenant_id;
	struct uuid row_uuid;
};

/* Seals with AES-256-GCM under the newest key and a random nonce, so a key is good for 2^32 values.
 * Returns size + SECRET_SEAL_OVERHEAD bytes in the arena. */
uint8_t *secret_seal(const struct secret_keys *keys, const struct secret_place *place,
	struct arena *arena, const void *bytes, size_t size);
/* Returns the text in the arena, terminated by NUL, or NULL if the place is another, the key is not
 * there, or the bytes are damaged. */
char *secret_open(const struct secret_keys *keys, const struct secret_place *place,
	struct arena *arena, const void *sealed, size_t sealed_size);
/* Returns the number of the key that sealed the bytes, or 0 if they are no sealed bytes. */
uint16_t secret_sealed_with(const void *sealed, size_t sealed_size);

/* What is hashed under a key. kind separates phones from identity numbers, for instance. */
struct secret_text {
	int32_t tenant_id;
	const char *kind, *text;
};

/* Hashes with HMAC-SHA-256 under the newest key of the purpose. */
void secret_mac(const struct secret_keys *keys, enum secret_purpose purpose,
	const struct secret_text *text, uint8_t mac_r[CRYPTO_HASH_SIZE]);

/* Returns whether a look-up key replaces another one, so that a stored hash may be of either. */
bool secret_keys_are_two(const struct secret_keys *keys);
/* Returns whether look-ups find what the look-up key of that number has hashed. */
bool secret_key_is_looked_up(const struct secret_keys *keys, int32_t number);
/* Hashes with the one of both that is not in use, or, if there is one key, with that. */
void secret_mac_beside(const struct secret_keys *keys, enum secret_purpose purpose,
	const struct secret_text *text, uint8_t mac_r[CRYPTO_HASH_SIZE]);
/* Hashes for look-ups with the key that replaces the other one. Returns false if none does. */
bool secret_mac_next(const struct secret_keys *keys, const struct secret_text *text,
	uint8_t mac_r[CRYPTO_HASH_SIZE]);
/* Hashes with the i-th key of the purpose's file. Returns its number; 0: there are not so many. */
uint16_t secret_mac_of(const struct secret_keys *keys, size_t i, enum secret_purpose purpose,
	const struct secret_text *text, uint8_t mac_r[CRYPTO_HASH_SIZE]);
/* Returns the number of the key that has made the hash of the text; 0: none of the file has. */
uint16_t secret_mac_made_by(const struct secret_keys *keys, enum secret_purpose purpose,
	const struct secret_text *text, const uint8_t mac[CRYPTO_HASH_SIZE]);

/* The key that has made a MAC. number 0: the look-up key, which served all purposes before there
 * were subkeys. */
struct secret_mac_use {
	enum secret_purpose purpose;
	uint16_t number;
};

/* Returns whether that key is there and has made the MAC of the text. */
bool secret_mac_verify(const struct secret_keys *keys, const struct secret_mac_use *use,
	const struct secret_text *text, const uint8_t mac[CRYPTO_HASH_SIZE]);
/* Returns the number of the key that seals, hashes or signs. */
uint16_t secret_key_number(const struct secret_keys *keys, enum secret_key_kind kind);

/* A hash by which a key is recognised and which tells nothing else of it. */
struct secret_check_value {
	enum secret_key_kind kind;
	uint16_t number;
	uint8_t hash[CRYPTO_HASH_SIZE];
};

/* Makes the check values of all keys in the arena. Returns their number. */
size_t secret_check_values(const struct secret_keys *keys, struct arena *arena,
	const struct secret_check_value **values_r);

/* API keys, access tokens, operator keys and sessions of the Admin API: a prefix, 192 random bits
 * as 33 digits of base62, a tag as 10 of them, and a CRC-32 as 6. The tag is a MAC by which this
 * installation knows what it has made without asking the database; those that were made before
 * there were tags have random digits in its place. */
#define SECRET_TOKEN_PREFIX_KEY "wxk_"
#define SECRET_TOKEN_PREFIX_ACCESS "wxt_"
#define SECRET_TOKEN_PREFIX_OPERATOR "wxo_"
#define SECRET_TOKEN_PREFIX_SESSION "wxs_"
#define SECRET_TOKEN_SIZE (4 + 33 + 10 + 6)
void secret_token_make(const struct secret_keys *keys, const char *prefix,
	char token_r[SECRET_TOKEN_SIZE + 1]);
/* Makes the access token that follows token. Only the owner of the look-up key can compute it. */
void secret_token_derive(
	const struct secret_keys *keys, const char *token, char successor_r[SECRET_TOKEN_SIZE + 1]);
/* The same with the i-th look-up key of the file. Returns false if there are not so many. */
bool secret_token_derive_of(const struct secret_keys *keys, size_t i, const char *token,
	char successor_r[SECRET_TOKEN_SIZE + 1]);
/* Returns whether size, prefix and checksum are right, so that a typing error costs no look-up. */
bool secret_token_is_well_formed(const char *prefix, const char *token);
/* Returns whether the tag of a well-formed token is right: this installation has made it, and it
 * may have ended since. */
bool secret_token_is_own(const struct secret_keys *keys, const char *token);

#endif
