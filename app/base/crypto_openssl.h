/*
 * The part of libcrypto that differs between its versions 1.1.1 and 3. configure decides whether
 * crypto_openssl1.c or crypto_openssl3.c is built; only crypto.c includes this file.
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

/* HMAC-SHA-256, one at a time. key is never NULL, not even for a key of no bytes. They return
 * false if libcrypto fails. */
bool openssl_hmac_begin(const void *key, size_t size);
bool openssl_hmac_add(const void *bytes, size_t size);
bool openssl_hmac_end(uint8_t *mac_r);

#endif
