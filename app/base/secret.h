/*
 * The only door to libcrypto: random bytes, hashes, sealed personal data, key files, tokens.
 *
 * A key file is text, mode 0600 (looser is refused), one "NUMBER BASE64-OF-32-BYTES" a line; the
 * highest number seals, all of them open; the other files have one key. "NUMBER lost" says that the
 * key of that number exists no more. Keys live in locked memory and are wiped by
 * secret_keys_free().
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uuid.h"

#define SECRET_HASH_SIZE 32
#define SECRET_SHA1_SIZE 20
#define SECRET_AES_KEY_SIZE 32
#define SECRET_AES_BLOCK_SIZE 16
/* Version, key number, nonce and tag around the sealed bytes. */
#define SECRET_SEAL_OVERHEAD (1 + 2 + 12 + 16)

struct arena;
struct conf;
struct secret_keys;

enum secret_key_kind {
	SECRET_KEY_SEALING,
	SECRET_KEY_LOOKUP,
	SECRET_KEY_ERASURE,
	SECRET_KEY_KINDS,
};

/* The file that the configuration names for it. */
const char *secret_key_path(const struct conf *conf, enum secret_key_kind kind);
/* The files that the configuration names: the numbered keys that seal personal data, the key of
 * look-up hashes, and that of erased persons' hashes, which never changes. NULL: error has a text
 * that says what to do. */
struct secret_keys *secret_keys_load(const struct conf *conf, char *error, size_t error_size);
void secret_keys_free(struct secret_keys *keys);
/* Makes a new key file, 0600; never overwrites. -1: errno. */
int secret_key_file_create(const char *path, uint16_t number);
/* Whether a sealing key has that number. */
bool secret_keys_have(const struct secret_keys *keys, uint16_t number);

/* Whether its file says that it is lost. */
bool secret_keys_lost(const struct secret_keys *keys, enum secret_key_kind kind, uint16_t number);

/* By which a key is known again, and which tells nothing else of it. */
struct secret_check_value {
	enum secret_key_kind kind;
	uint16_t number;
	uint8_t hash[SECRET_HASH_SIZE];
};

/* Of all keys, in the arena; their number. */
size_t secret_check_values(const struct secret_keys *keys, struct arena *arena,
	const struct secret_check_value **values_r);

void secret_random(void *bytes, size_t size);
/* Constant time. */
bool secret_equal(const void *a, const void *b, size_t size);
/* Constant time for texts of one length. */
bool secret_text_equal(const char *a, const char *b);
void secret_wipe(void *bytes, size_t size);
void secret_sha256(const void *bytes, size_t size, uint8_t hash_r[SECRET_HASH_SIZE]);
/* For WeChat's signatures alone. */
void secret_sha1(const void *bytes, size_t size, uint8_t hash_r[SECRET_SHA1_SIZE]);
/* Under a key that somebody else has chosen; SHA-1 for those who ask for no better. */
void secret_hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size,
	uint8_t mac_r[SECRET_HASH_SIZE]);
void secret_hmac_sha1(const void *key, size_t key_size, const void *bytes, size_t size,
	uint8_t mac_r[SECRET_SHA1_SIZE]);

/* Where a sealed value lives: the associated data, so that a value moved to another row, column or
 * tenant does not open. */
struct secret_place {
	const char *table, *column;
	int32_t tenant_id;
	struct uuid row_uuid;
};

/* AES-256-GCM with a random nonce, so that a key is good for 2^32 values. The sealed bytes are in
 * the arena, size + SECRET_SEAL_OVERHEAD. */
uint8_t *secret_seal(const struct secret_keys *keys, const struct secret_place *place,
	struct arena *arena, const void *bytes, size_t size);
/* NUL-terminated text in the arena; NULL: wrong place, unknown key or damaged. */
char *secret_open(const struct secret_keys *keys, const struct secret_place *place,
	struct arena *arena, const void *sealed, size_t sealed_size);
/* The number of the key that has sealed it; 0: these are no sealed bytes. */
uint16_t secret_sealed_with(const void *sealed, size_t sealed_size);

/* AES-256-CBC in place, bare: no padding, nothing authenticated. size: whole blocks of 16. */
void secret_aes_cbc(bool is_encrypting, const uint8_t key[SECRET_AES_KEY_SIZE],
	const uint8_t iv[SECRET_AES_BLOCK_SIZE], void *bytes, size_t size);

/* HMAC-SHA-256 under the look-up key of (tenant, kind, text): kind separates phones from codes. */
void secret_lookup(const struct secret_keys *keys, int32_t tenant_id, const char *kind,
	const char *text, uint8_t hash_r[SECRET_HASH_SIZE]);

/* The same under the key of erasures. */
void secret_erasure_hash(const struct secret_keys *keys, int32_t tenant_id, const char *kind,
	const char *text, uint8_t hash_r[SECRET_HASH_SIZE]);

/* API keys and access tokens: prefix + 43 base62 + 6 of a CRC-32, 256 random bits. */
#define SECRET_TOKEN_PREFIX_KEY "wxk_"
#define SECRET_TOKEN_PREFIX_ACCESS "wxt_"
#define SECRET_TOKEN_SIZE (4 + 43 + 6)
void secret_token_make(const char *prefix, char token_r[SECRET_TOKEN_SIZE + 1]);
/* The access token that comes after token, known only to who has the look-up key. */
void secret_token_derive(const struct secret_keys *keys, const char *token,
	char successor_r[SECRET_TOKEN_SIZE + 1]);
/* Shape, prefix and checksum; a typo costs no look-up. */
bool secret_token_is_well_formed(const char *prefix, const char *token);

/* RFC 4648 without padding; text_r holds (size * 8 + 4) / 5 + 1 bytes. */
void secret_base32(const uint8_t *bytes, size_t size, char *text_r);
/* With padding; text_r holds (size + 2) / 3 * 4 + 1 bytes. */
void secret_base64(const uint8_t *bytes, size_t size, char *text_r);
/* With padding; spare bits of the last character count for nothing. bytes_r holds size / 4 * 3
 * bytes. The number of bytes, -1: not base64. */
int secret_base64_decode(const char *text, size_t size, uint8_t *bytes_r);
/* text_r holds 2 * size + 1 bytes, lower case. */
void secret_hex(const uint8_t *bytes, size_t size, char *text_r);

#endif
