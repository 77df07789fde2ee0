#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto.h"
#include "crypto_openssl.h"

static EVP_MAC_CTX *hmac;

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

static bool open_hmac(void)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	hmac = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	return hmac != NULL && EVP_MAC_CTX_set_params(hmac, params) == 1;
}

bool openssl_hmac_begin(const void *key, size_t size)
{
	return (hmac != NULL || open_hmac()) && EVP_MAC_init(hmac, key, size, NULL) == 1;
}

bool openssl_hmac_add(const void *bytes, size_t size)
{
	return EVP_MAC_update(hmac, bytes, size) == 1;
}

bool openssl_hmac_end(uint8_t *mac_r)
{
	return EVP_MAC_final(hmac, mac_r, NULL, CRYPTO_HASH_SIZE) == 1;
}
