#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto.h"
#include "crypto_openssl.h"
#include "heap.h"

/* EVP_MAC_init() without a key does nothing before 3.0.3 (openssl/openssl#17811), so each text has
 * a copy of the context that has the key. */
struct crypto_hmac_key {
	EVP_MAC_CTX *keyed, *copy;
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
	if (context == NULL || EVP_MAC_init(context, key, size, params) != 1)
		return NULL;
	hmac = heap_new_of(struct crypto_hmac_key);
	hmac->keyed = context;
	return hmac;
}

void openssl_hmac_key_free(struct crypto_hmac_key *key)
{
	EVP_MAC_CTX_free(key->keyed);
	free(key);
}

bool openssl_hmac_begin(struct crypto_hmac_key *key)
{
	key->copy = EVP_MAC_CTX_dup(key->keyed);
	return key->copy != NULL;
}

bool openssl_hmac_add(struct crypto_hmac_key *key, const void *bytes, size_t size)
{
	return EVP_MAC_update(key->copy, bytes, size) == 1;
}

bool openssl_hmac_end(struct crypto_hmac_key *key, uint8_t *mac_r)
{
	bool is_done = EVP_MAC_final(key->copy, mac_r, NULL, CRYPTO_HASH_SIZE) == 1;

	EVP_MAC_CTX_free(key->copy);
	return is_done;
}
