#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "crypto.h"
#include "crypto_openssl.h"
#include "err.h"

static void must(bool is_done, const char *what)
{
	if (!is_done)
		BUG("libcrypto, %s: %s", what, ERR_error_string(ERR_get_error(), NULL));
}

void crypto_random(void *bytes, size_t size)
{
	must(RAND_bytes(bytes, (int)size) == 1, "random bytes");
}

void crypto_wipe(void *bytes, size_t size)
{
	OPENSSL_cleanse(bytes, size);
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}

bool crypto_text_equal(const char *a, const char *b)
{
	size_t size = strlen(a);

	return strlen(b) == size && crypto_equal(a, b, size);
}

void crypto_sha256(const void *bytes, size_t size, uint8_t hash_r[CRYPTO_HASH_SIZE])
{
	must(EVP_Digest(bytes, size, hash_r, NULL, openssl_sha256(), NULL), "SHA-256");
}

void crypto_sha1(const void *bytes, size_t size, uint8_t hash_r[CRYPTO_SHA1_SIZE])
{
	must(EVP_Digest(bytes, size, hash_r, NULL, EVP_sha1(), NULL), "SHA-1");
}

void crypto_hmac_begin(const void *key, size_t key_size)
{
	static const uint8_t none;

	/* A key of no bytes, as NULL, would mean the one before. */
	must(openssl_hmac_begin(key_size > 0 ? key : &none, key_size), "HMAC");
}

void crypto_hmac_add(const void *bytes, size_t size)
{
	must(openssl_hmac_add(bytes, size), "HMAC");
}

void crypto_hmac_end(uint8_t mac_r[CRYPTO_HASH_SIZE])
{
	must(openssl_hmac_end(mac_r), "HMAC");
}

void crypto_hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size,
	uint8_t mac_r[CRYPTO_HASH_SIZE])
{
	crypto_hmac_begin(key, key_size);
	crypto_hmac_add(bytes, size);
	crypto_hmac_end(mac_r);
}

void crypto_hmac_sha1(const void *key, size_t key_size, const void *bytes, size_t size,
	uint8_t mac_r[CRYPTO_SHA1_SIZE])
{
	must(HMAC(EVP_sha1(), key, (int)key_size, bytes, size, mac_r, NULL) != NULL,
		"HMAC with SHA-1");
}

void crypto_aes_cbc(bool is_encrypting, const uint8_t key[CRYPTO_AES_KEY_SIZE],
	const uint8_t iv[CRYPTO_AES_BLOCK_SIZE], void *bytes, size_t size)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int n;

	must(cipher != NULL &&
			EVP_CipherInit_ex(
				cipher, EVP_aes_256_cbc(), NULL, key, iv, is_encrypting) &&
			EVP_CIPHER_CTX_set_padding(cipher, 0) &&
			EVP_CipherUpdate(cipher, bytes, &n, bytes, (int)size) && n == (int)size,
		"AES-256-CBC");
	EVP_CIPHER_CTX_free(cipher);
}

/* All share one context, since making one costs more than using it. */
static EVP_CIPHER_CTX *begin_gcm(bool is_sealing, const struct crypto_gcm *gcm)
{
	static EVP_CIPHER_CTX *cipher;
	int n;

	if (cipher == NULL)
		cipher = EVP_CIPHER_CTX_new();
	must(cipher != NULL &&
			EVP_CipherInit_ex(cipher, openssl_aes_256_gcm(), NULL, gcm->key, gcm->nonce,
				is_sealing) &&
			EVP_CipherUpdate(
				cipher, NULL, &n, gcm->associated, (int)gcm->associated_size),
		"AES-256-GCM");
	return cipher;
}

void crypto_gcm_seal(
	const struct crypto_gcm *gcm, const void *bytes, size_t size, uint8_t *sealed_r)
{
	EVP_CIPHER_CTX *cipher = begin_gcm(true, gcm);
	uint8_t *tag = sealed_r + size;
	int n;

	must(EVP_CipherUpdate(cipher, sealed_r, &n, bytes, (int)size) &&
			EVP_CipherFinal_ex(cipher, tag, &n) &&
			EVP_CIPHER_CTX_ctrl(
				cipher, EVP_CTRL_AEAD_GET_TAG, CRYPTO_GCM_TAG_SIZE, tag),
		"sealing");
}

bool crypto_gcm_open(
	const struct crypto_gcm *gcm, const uint8_t *sealed, size_t size, void *bytes_r)
{
	EVP_CIPHER_CTX *cipher = begin_gcm(false, gcm);
	uint8_t tag[CRYPTO_GCM_TAG_SIZE];
	int n;

	memcpy(tag, sealed + size, sizeof(tag));
	must(EVP_CipherUpdate(cipher, bytes_r, &n, sealed, (int)size) &&
			EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag),
		"opening");
	if (EVP_CipherFinal_ex(cipher, (uint8_t *)bytes_r + size, &n) == 1)
		return true;
	crypto_wipe(bytes_r, size);
	ERR_clear_error();
	return false;
}
