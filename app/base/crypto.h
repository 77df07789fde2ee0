/*
 * What libcrypto 1.1.1 and 3 have each in its own way. crypto_openssl1.c or crypto_openssl3.c is
 * built, as configure finds; secret.c alone includes this.
 *
 * Looking an algorithm up costs more than using it on a short text: that is done once in a process.
 */
#ifndef CRYPTO_H
#define CRYPTO_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL: libcrypto fails. */
const EVP_MD *crypto_sha256(void);
const EVP_CIPHER *crypto_aes_256_gcm(void);

/* HMAC-SHA-256, one at a time. key: not NULL, also of no bytes. False: libcrypto fails. */
bool crypto_hmac_begin(const void *key, size_t size);
bool crypto_hmac_add(const void *bytes, size_t size);
bool crypto_hmac_end(uint8_t *mac_r);

#endif
