#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "crypto.h"
#include "crypto_openssl.h"
#include "heap.h"

/* Before it, EVP_MAC_init() without a key does nothing (openssl/openssl#17811). */
#define VERSION_MIN 0x30000030UL /* 3.0.3 */

struct crypto_hmac_key {
	EVP_MAC_CTX *context;
};

const EVP_MD *openssl_sha256(void)
{
	static EVP_MD *sha256;

	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	return sha256;
}

const EVP_CIPHER *openssl_aes_256_gcm(void)
{
	static EVP_CIPHER *aes_gcm;

	if (aes_gcm == NULL)
		aes_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	return aes_gcm;
}

struct crypto_hmac_key *openssl_hmac_key_new(const void *key, size_t size)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
	struct crypto_hmac_key *hmac;

	EVP_MAC_free(mac);
	if (OpenSSL_version_num() < VERSION_MIN || context == NULL ||
		EVP_MAC_init(context, key, size, params) != 1)
		return NULL;
	hmac = heap_new_of(struct crypto_hmac_key);
	hmac->context = context;
	return hmac;
}

void openssl_hmac_key_free(struct crypto_hmac_key *key)
{
	EVP_MAC_CTX_free(key->context);
	free(key);
}

bool openssl_hmac_begin(struct crypto_hmac_key *key)
{
	return EVP_MAC_init(key->context, NULL, 0, NULL) == 1;
}

bool openssl_hmac_add(struct crypto_hmac_key *key, const void *bytes, size_t size)
{
	return EVP_MAC_update(key->context, bytes, size) == 1;
}

bool openssl_hmac_end(struct crypto_hmac_key *key, uint8_t *mac_r)
{
	return EVP_MAC_final(key->context, mac_r, NULL, CRYPTO_HASH_SIZE) == 1;
}

bool openssl_hkdf(const void *key, size_t key_size, const char *label, void *subkey_r, size_t size)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){"SHA256"}, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_size),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_INFO, (void *)label, strlen(label)),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(hkdf);
	const bool is_done = EVP_KDF_derive(context, subkey_r, size, params) == 1;

	EVP_KDF_CTX_free(context);
	EVP_KDF_free(hkdf);
	return is_done;
}
