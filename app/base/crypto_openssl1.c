#include <openssl/hmac.h>

#include "crypto_openssl.h"

static HMAC_CTX *hmac;

const EVP_MD *openssl_sha256(void)
{
	return EVP_sha256();
}

const EVP_CIPHER *openssl_aes_256_gcm(void)
{
	return EVP_aes_256_gcm();
}

bool openssl_hmac_begin(const void *key, size_t size)
{
	if (hmac == NULL)
		hmac = HMAC_CTX_new();
	return hmac != NULL && HMAC_Init_ex(hmac, key, (int)size, EVP_sha256(), NULL) == 1;
}

bool openssl_hmac_add(const void *bytes, size_t size)
{
	return HMAC_Update(hmac, bytes, size) == 1;
}

bool openssl_hmac_end(uint8_t *mac_r)
{
	return HMAC_Final(hmac, mac_r, NULL) == 1;
}
