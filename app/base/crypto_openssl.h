/*
 * The part of libcrypto that differs between its versions: crypto_openssl3.c is for 3.0.3 and
 * later ones, crypto_openssl1.c for earlier ones, from 1.1.1. configure decides. Only crypto.c
 * includes this file.
 *
 * Looking up an algorithm costs more than using it on a short text, so a process does it once.
 */
#ifndef CRYPTO_OPENSSL_H
#define CRYPTO_OPENSSL_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Return NULL if libcrypto fails. */
const EVP_MD *openssl_sha256(void);
const EVP_CIPHER *openssl_aes_256_gcm(void);

/* key is never NULL, not even for a key of no bytes. */
struct crypto_hmac_key *openssl_hmac_key_new(const void *key, size_t size);
void openssl_hmac_key_free(struct crypto_hmac_key *key);
/* Return false if libcrypto fails. */
bool openssl_hmac_begin(struct crypto_hmac_key *key);
bool openssl_hmac_add(struct crypto_hmac_key *key, const void *bytes, size_t size);
bool openssl_hmac_end(struct crypto_hmac_key *key, uint8_t *mac_r);
bool openssl_hkdf(const void *key, size_t key_size, const char *label, void *subkey_r, size_t size);

#endif
