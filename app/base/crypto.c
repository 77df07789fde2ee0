#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>

#include "crypto.h"
#include "crypto_openssl.h"
#include "err.h"
#include "heap.h"

/* Random bytes that were not handed out yet: the first n of bytes. */
static struct {
	uint8_t bytes[512];
	size_t n;
} supply;

struct crypto_gcm_key {
	EVP_CIPHER_CTX *sealing, *opening;
};

static void must(bool is_done, const char *what)
{
	if (!is_done)
		BUG("libcrypto, %s: %s", what, ERR_error_string(ERR_get_error(), NULL));
}

static void supply_forget(void)
{
	crypto_wipe(&supply, sizeof(supply));
}

static void supply_fill(void)
{
	static bool is_forgotten_in_children;

	if (!is_forgotten_in_children)
		must(pthread_atfork(NULL, NULL, supply_forget) == 0, "fork");
	is_forgotten_in_children = true;
	must(RAND_bytes(supply.bytes, sizeof(supply.bytes)) == 1, "random bytes");
	supply.n = sizeof(supply.bytes);
}

void crypto_random(void *bytes, size_t size)
{
	uint8_t *to = bytes;

	while (size > 0) {
		size_t n = size < supply.n ? size : supply.n;

		supply.n -= n;
		to = mempcpy(to, supply.bytes + supply.n, n);
		crypto_wipe(supply.bytes + supply.n, n);
		size -= n;
		if (size > 0)
			supply_fill();
	}
}

void crypto_wipe(void *bytes, size_t size)
{
	explicit_bzero(bytes, size);
}

void crypto_free_text(char *text)
{
	if (text != NULL)
		crypto_wipe(text, strlen(text));
	free(text);
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
	static EVP_MD_CTX *context;

	if (context == NULL)
		context = EVP_MD_CTX_new();
	must(context != NULL && EVP_DigestInit_ex(context, openssl_sha256(), NULL) &&
			EVP_DigestUpdate(context, bytes, size) &&
			EVP_DigestFinal_ex(context, hash_r, NULL),
		"SHA-256");
}

void crypto_sha1(const void *bytes, size_t size, uint8_t hash_r[CRYPTO_SHA1_SIZE])
{
	must(EVP_Digest(bytes, size, hash_r, NULL, EVP_sha1(), NULL), "SHA-1");
}

struct crypto_hmac_key *crypto_hmac_key_new(const void *key, size_t size)
{
	static const uint8_t none;
	struct crypto_hmac_key *hmac = openssl_hmac_key_new(size > 0 ? key : &none, size);

	must(hmac != NULL, "HMAC");
	return hmac;
}

void crypto_hmac_key_free(struct crypto_hmac_key *key)
{
	if (key != NULL)
		openssl_hmac_key_free(key);
}

void crypto_hmac_begin(struct crypto_hmac_key *key)
{
	must(openssl_hmac_begin(key), "HMAC");
}

void crypto_hmac_add(struct crypto_hmac_key *key, const void *bytes, size_t size)
{
	must(openssl_hmac_add(key, bytes, size), "HMAC");
}

void crypto_hmac_end(struct crypto_hmac_key *key, uint8_t mac_r[CRYPTO_HASH_SIZE])
{
	must(openssl_hmac_end(key, mac_r), "HMAC");
}

void crypto_hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size,
	uint8_t mac_r[CRYPTO_HASH_SIZE])
{
	struct crypto_hmac_key *hmac = crypto_hmac_key_new(key, key_size);

	crypto_hmac_begin(hmac);
	crypto_hmac_add(hmac, bytes, size);
	crypto_hmac_end(hmac, mac_r);
	crypto_hmac_key_free(hmac);
}

void crypto_hkdf(const void *key, size_t key_size, const char *label, void *subkey_r, size_t size)
{
	must(openssl_hkdf(key, key_size, label, subkey_r, size), "HKDF");
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

static EVP_CIPHER_CTX *gcm_context_new(bool is_sealing, const uint8_t key[CRYPTO_AES_KEY_SIZE])
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

	must(context != NULL &&
			EVP_CipherInit_ex(
				context, openssl_aes_256_gcm(), NULL, key, NULL, is_sealing),
		"AES-256-GCM");
	return context;
}

struct crypto_gcm_key *crypto_gcm_key_new(const uint8_t key[CRYPTO_AES_KEY_SIZE])
{
	struct crypto_gcm_key *gcm = heap_new_of(struct crypto_gcm_key);

	gcm->sealing = gcm_context_new(true, key);
	gcm->opening = gcm_context_new(false, key);
	return gcm;
}

void crypto_gcm_key_free(struct crypto_gcm_key *key)
{
	if (key == NULL)
		return;
	EVP_CIPHER_CTX_free(key->sealing);
	EVP_CIPHER_CTX_free(key->opening);
	free(key);
}

static void gcm_begin(EVP_CIPHER_CTX *context, const struct crypto_gcm *gcm)
{
	int n;

	must(EVP_CipherInit_ex(context, NULL, NULL, NULL, gcm->nonce, -1) &&
			EVP_CipherUpdate(
				context, NULL, &n, gcm->associated, (int)gcm->associated_size),
		"AES-256-GCM");
}

void crypto_gcm_seal(
	const struct crypto_gcm *gcm, const void *bytes, size_t size, uint8_t *sealed_r)
{
	EVP_CIPHER_CTX *cipher = gcm->key->sealing;
	uint8_t *tag = sealed_r + size;
	int n;

	gcm_begin(cipher, gcm);
	must(EVP_CipherUpdate(cipher, sealed_r, &n, bytes, (int)size) &&
			EVP_CipherFinal_ex(cipher, tag, &n) &&
			EVP_CIPHER_CTX_ctrl(
				cipher, EVP_CTRL_AEAD_GET_TAG, CRYPTO_GCM_TAG_SIZE, tag),
		"sealing");
}

bool crypto_gcm_open(
	const struct crypto_gcm *gcm, const uint8_t *sealed, size_t size, void *bytes_r)
{
	EVP_CIPHER_CTX *cipher = gcm->key->opening;
	uint8_t tag[CRYPTO_GCM_TAG_SIZE];
	int n;

	gcm_begin(cipher, gcm);
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
