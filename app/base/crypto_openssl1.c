#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include "crypto_openssl.h"
#include "heap.h"

struct crypto_hmac_key {
	HMAC_CTX *context;
};

const EVP_MD *openssl_sha256(void)
{
	return EVP_sha256();
}

const EVP_CIPHER *openssl_aes_256_gcm(void)
{
	return EVP_aes_256_gcm();
}

struct crypto_hmac_key *openssl_hmac_key_new(const void *key, size_t size)
{
	HMAC_CTX *context = HMAC_CTX_new();
	struct crypto_hmac_key *hmac;

	if (context == NULL || HMAC_Init_ex(context, key, (int)size, EVP_sha256(), NULL) != 1)
		return NULL;
	hmac = heap_new_of(struct crypto_hmac_key);
	hmac->context = context;
	return hmac;
}

void openssl_hmac_key_free(struct crypto_hmac_key *key)
{
	HMAC_CTX_free(key->context);
	free(key);
}

bool openssl_hmac_begin(struct crypto_hmac_key *key)
{
	return HMAC_Init_ex(key->context, NULL, 0, NULL, NULL) == 1;
}

bool openssl_hmac_add(struct crypto_hmac_key *key, const void *bytes, size_t size)
{
	return HMAC_Update(key->context, bytes, size) == 1;
}

bool openssl_hmac_end(struct crypto_hmac_key *key, uint8_t *mac_r)
{
	return HMAC_Final(key->context, mac_r, NULL) == 1;
}

bool openssl_hkdf(const void *key, size_t key_size, const char *label, void *subkey_r, size_t size)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	const bool is_done = EVP_PKEY_derive_init(context) == 1 &&
		EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1 &&
		EVP_PKEY_CTX_set1_hkdf_key(context, key, (int)key_size) == 1 &&
		EVP_PKEY_CTX_add1_hkdf_info(
			context, (const unsigned char *)label, (int)strlen(label)) == 1 &&
		EVP_PKEY_derive(context, subkey_r, &size) == 1;

	EVP_PKEY_CTX_free(context);
	return is_done;
}
