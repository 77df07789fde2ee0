#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "arena.h"
#include "ascii.h"
#include "crypto.h"
#include "err.h"
#include "secret.h"
#include "secret_keys.h"

#define SEAL_VERSION 1
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define HEADER_SIZE (1 + 2)

/* libcrypto fails only without memory, random numbers or its own provider. */
static void must(bool is_done, const char *what)
{
	if (!is_done)
		BUG("libcrypto, %s: %s", what, ERR_error_string(ERR_get_error(), NULL));
}

void secret_random(void *bytes, size_t size)
{
	must(RAND_bytes(bytes, (int)size) == 1, "random bytes");
}

bool secret_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}

bool secret_text_equal(const char *a, const char *b)
{
	size_t size = strlen(a);

	return strlen(b) == size && secret_equal(a, b, size);
}

void secret_wipe(void *bytes, size_t size)
{
	OPENSSL_cleanse(bytes, size);
}

void secret_sha256(const void *bytes, size_t size, uint8_t hash_r[SECRET_HASH_SIZE])
{
	must(EVP_Digest(bytes, size, hash_r, NULL, crypto_sha256(), NULL), "SHA-256");
}

void secret_sha1(const void *bytes, size_t size, uint8_t hash_r[SECRET_SHA1_SIZE])
{
	must(EVP_Digest(bytes, size, hash_r, NULL, EVP_sha1(), NULL), "SHA-1");
}

static uint8_t *put_int32(uint8_t *out, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*out++ = (uint8_t)(value >> shift);
	return out;
}

/* With its size before it, so that no two lists of texts look alike. */
static uint8_t *put_name(uint8_t *out, const char *name)
{
	size_t size = strlen(name);

	if (size > UINT8_MAX)
		BUG("name too long: %s", name);
	*out++ = (uint8_t)size;
	memcpy(out, name, size);
	return out + size;
}

/* Begins AES-256-GCM over the header at sealed, the place and nonce. In a context of all, since
 * making one costs more than using it. */
static EVP_CIPHER_CTX *begin(bool is_sealing, const struct secret_key *key,
	const struct secret_place *place, const uint8_t *sealed)
{
	static EVP_CIPHER_CTX *cipher;
	uint8_t associated[2 * (1 + UINT8_MAX) + 4 + UUID_SIZE];
	uint8_t *end = put_name(associated, place->table);
	int n;

	end = put_int32(put_name(end, place->column), (uint32_t)place->tenant_id);
	memcpy(end, place->row_uuid.bytes, UUID_SIZE);
	end += UUID_SIZE;
	if (cipher == NULL)
		cipher = EVP_CIPHER_CTX_new();
	must(cipher != NULL &&
			EVP_CipherInit_ex(cipher, crypto_aes_256_gcm(), NULL, key->bytes,
				sealed + HEADER_SIZE, is_sealing) &&
			EVP_CipherUpdate(cipher, NULL, &n, sealed, HEADER_SIZE) &&
			EVP_CipherUpdate(cipher, NULL, &n, associated, (int)(end - associated)),
		"AES-256-GCM");
	return cipher;
}

uint8_t *secret_seal(const struct secret_keys *keys, const struct secret_place *place,
	struct arena *arena, const void *bytes, size_t size)
{
	uint8_t *sealed = arena_alloc(arena, size + SECRET_SEAL_OVERHEAD);
	uint8_t *content = sealed + HEADER_SIZE + NONCE_SIZE;
	uint8_t *tag = content + size;
	EVP_CIPHER_CTX *cipher;
	int n;

	sealed[0] = SEAL_VERSION;
	sealed[1] = (uint8_t)(keys->newest->number >> 8);
	sealed[2] = (uint8_t)keys->newest->number;
	secret_random(sealed + HEADER_SIZE, NONCE_SIZE);
	cipher = begin(true, keys->newest, place, sealed);
	must(EVP_CipherUpdate(cipher, content, &n, bytes, (int)size) &&
			EVP_CipherFinal_ex(cipher, tag, &n) &&
			EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag),
		"sealing");
	return sealed;
}

uint16_t secret_sealed_with(const void *sealed, size_t sealed_size)
{
	const uint8_t *header = sealed;

	if (sealed_size < SECRET_SEAL_OVERHEAD || header[0] != SEAL_VERSION)
		return 0;
	return (uint16_t)(header[1] << 8 | header[2]);
}

/* sealed_size: SECRET_SEAL_OVERHEAD at least. */
static char *open_with(const struct secret_key *key, const struct secret_place *place,
	struct arena *arena, const uint8_t *sealed, size_t sealed_size)
{
	const uint8_t *content = sealed + HEADER_SIZE + NONCE_SIZE;
	size_t size = sealed_size - SECRET_SEAL_OVERHEAD;
	char *text = arena_alloc(arena, size + 1);
	EVP_CIPHER_CTX *cipher;
	uint8_t tag[TAG_SIZE];
	int n;

	memcpy(tag, content + size, TAG_SIZE);
	cipher = begin(false, key, place, sealed);
	must(EVP_CipherUpdate(cipher, (uint8_t *)text, &n, content, (int)size) &&
			EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag),
		"opening");
	if (EVP_CipherFinal_ex(cipher, (uint8_t *)text + size, &n) == 1)
		return text;
	secret_wipe(text, size);
	ERR_clear_error();
	return NULL;
}

char *secret_open(const struct secret_keys *keys, const struct secret_place *place,
	struct arena *arena, const void *sealed, size_t sealed_size)
{
	uint16_t number = secret_sealed_with(sealed, sealed_size);
	char *text = NULL;

	for (size_t i = 0; number != 0 && i < keys->n_sealing && text == NULL; i++)
		if (keys->sealing[i].number == number)
			text = open_with(&keys->sealing[i], place, arena, sealed, sealed_size);
	return text;
}

void secret_aes_cbc(bool is_encrypting, const uint8_t key[SECRET_AES_KEY_SIZE],
	const uint8_t iv[SECRET_AES_BLOCK_SIZE], void *bytes, size_t size)
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

static void begin_hmac(const void *key, size_t size)
{
	static const uint8_t none;

	/* A key of no bytes, as NULL, would mean the one before. */
	must(crypto_hmac_begin(size > 0 ? key : &none, size), "HMAC");
}

void secret_hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size,
	uint8_t mac_r[SECRET_HASH_SIZE])
{
	begin_hmac(key, key_size);
	must(crypto_hmac_add(bytes, size) && crypto_hmac_end(mac_r), "HMAC");
}

void secret_hmac_sha1(const void *key, size_t key_size, const void *bytes, size_t size,
	uint8_t mac_r[SECRET_SHA1_SIZE])
{
	must(HMAC(EVP_sha1(), key, (int)key_size, bytes, size, mac_r, NULL) != NULL,
		"HMAC with SHA-1");
}

void secret_base64(const uint8_t *bytes, size_t size, char *text_r)
{
	EVP_EncodeBlock((unsigned char *)text_r, bytes, (int)size);
}

int secret_base64_decode(const char *text, size_t size, uint8_t *bytes_r)
{
	size_t n_padding = 0;

	if (size % 4 != 0)
		return -1;
	while (n_padding < 2 && n_padding < size && text[size - 1 - n_padding] == '=')
		n_padding++;
	/* libcrypto alone would pass over blanks and take '=' anywhere. */
	for (const char *c = text; c < text + size - n_padding; c++)
		if (!ascii_is_letter(*c) && !ascii_is_digit(*c) && *c != '+' && *c != '/')
			return -1;
	return EVP_DecodeBlock(bytes_r, (const unsigned char *)text, (int)size) - (int)n_padding;
}

static void hash_under(const struct secret_key *key, int32_t tenant_id, const char *kind,
	const char *text, uint8_t hash_r[SECRET_HASH_SIZE])
{
	uint8_t place[4 + 1 + UINT8_MAX];
	uint8_t *end = put_name(put_int32(place, (uint32_t)tenant_id), kind);

	begin_hmac(key->bytes, SECRET_KEY_SIZE);
	must(crypto_hmac_add(place, (size_t)(end - place)) && crypto_hmac_add(text, strlen(text)) &&
			crypto_hmac_end(hash_r),
		"HMAC");
}

void secret_lookup(const struct secret_keys *keys, int32_t tenant_id, const char *kind,
	const char *text, uint8_t hash_r[SECRET_HASH_SIZE])
{
	hash_under(&keys->lookup, tenant_id, kind, text, hash_r);
}

void secret_erasure_hash(const struct secret_keys *keys, int32_t tenant_id, const char *kind,
	const char *text, uint8_t hash_r[SECRET_HASH_SIZE])
{
	hash_under(&keys->erasure, tenant_id, kind, text, hash_r);
}

static void check_value(
	enum secret_key_kind kind, const struct secret_key *key, struct secret_check_value *value_r)
{
	value_r->kind = kind;
	value_r->number = key->number;
	hash_under(key, 0, "check value", "", value_r->hash);
}

size_t secret_check_values(const struct secret_keys *keys, struct arena *arena,
	const struct secret_check_value **values_r)
{
	struct secret_check_value *values =
		arena_array(arena, struct secret_check_value, keys->n_sealing + 2);

	check_value(SECRET_KEY_LOOKUP, &keys->lookup, &values[0]);
	check_value(SECRET_KEY_ERASURE, &keys->erasure, &values[1]);
	for (size_t i = 0; i < keys->n_sealing; i++)
		check_value(SECRET_KEY_SEALING, &keys->sealing[i], &values[2 + i]);
	*values_r = values;
	return keys->n_sealing + 2;
}
