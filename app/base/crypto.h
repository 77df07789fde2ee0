/*
 * The only module that uses libcrypto: random bytes, hashes, HMAC, HKDF and AES.
 *
 * libcrypto fails only without memory, without random numbers or without its own provider. The
 * process aborts then, so that no function here returns an error of libcrypto.
 */
#ifndef CRYPTO_H
#define CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_HASH_SIZE 32 /* of SHA-256 */
#define CRYPTO_SHA1_SIZE 20
#define CRYPTO_AES_KEY_SIZE 32
#define CRYPTO_AES_BLOCK_SIZE 16
#define CRYPTO_GCM_NONCE_SIZE 12
#define CRYPTO_GCM_TAG_SIZE 16

/* Takes them from a supply for many calls. A child process does not have its parent's. */
void crypto_random(void *bytes, size_t size);
/* Overwrites the bytes with zeros, also if nobody reads them again. */
void crypto_wipe(void *bytes, size_t size);
/* Frees a text of the heap, wiped. NULL: none. */
void crypto_free_text(char *text);
/* Takes the same time wherever the bytes differ. */
bool crypto_equal(const void *a, const void *b, size_t size);
/* Takes the same time for all texts of one length. */
bool crypto_text_equal(const char *a, const char *b);

void crypto_sha256(const void *bytes, size_t size, uint8_t hash_r[CRYPTO_HASH_SIZE]);
/* SHA-1 is for the signatures of services that ask for no better. */
void crypto_sha1(const void *bytes, size_t size, uint8_t hash_r[CRYPTO_SHA1_SIZE]);
void crypto_hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size,
	uint8_t mac_r[CRYPTO_HASH_SIZE]);
void crypto_hmac_sha1(const void *key, size_t key_size, const void *bytes, size_t size,
	uint8_t mac_r[CRYPTO_SHA1_SIZE]);

/* A key of HMAC-SHA-256, set up once for many texts. crypto_hmac_key_free() wipes it. */
struct crypto_hmac_key;
struct crypto_hmac_key *crypto_hmac_key_new(const void *key, size_t size);
void crypto_hmac_key_free(struct crypto_hmac_key *key);
/* HMAC-SHA-256 of several parts, one text at a time under a key. */
void crypto_hmac_begin(struct crypto_hmac_key *key);
void crypto_hmac_add(struct crypto_hmac_key *key, const void *bytes, size_t size);
void crypto_hmac_end(struct crypto_hmac_key *key, uint8_t mac_r[CRYPTO_HASH_SIZE]);

/* Derives a subkey by HKDF-SHA-256 (RFC 5869) without a salt; the label is its info. */
void crypto_hkdf(const void *key, size_t key_size, const char *label, void *subkey_r, size_t size);

/* Encrypts or decrypts in place with AES-256-CBC. Nothing is padded or authenticated; size is a
 * multiple of CRYPTO_AES_BLOCK_SIZE. */
void crypto_aes_cbc(bool is_encrypting, const uint8_t key[CRYPTO_AES_KEY_SIZE],
	const uint8_t iv[CRYPTO_AES_BLOCK_SIZE], void *bytes, size_t size);

/* A key of AES-256-GCM, expanded once for many uses. crypto_gcm_key_free() wipes it. */
struct crypto_gcm_key;
struct crypto_gcm_key *crypto_gcm_key_new(const uint8_t key[CRYPTO_AES_KEY_SIZE]);
void crypto_gcm_key_free(struct crypto_gcm_key *key);

/* What AES-256-GCM needs beside the bytes. A nonce is used once with a key. */
struct crypto_gcm {
	struct crypto_gcm_key *key;
	const uint8_t *nonce;      /* CRYPTO_GCM_NONCE_SIZE bytes */
	const uint8_t *associated; /* authenticated, not encrypted */
	size_t associated_size;
};

/* Writes size encrypted bytes and the tag of CRYPTO_GCM_TAG_SIZE bytes. */
void crypto_gcm_seal(
	const struct crypto_gcm *gcm, const void *bytes, size_t size, uint8_t *sealed_r);
/* Reads what crypto_gcm_seal() has written for size bytes. Returns false, with bytes_r wiped, if
 * the key, the nonce, the associated data or the sealed bytes are others. */
bool crypto_gcm_open(
	const struct crypto_gcm *gcm, const uint8_t *sealed, size_t size, void *bytes_r);

#endif
