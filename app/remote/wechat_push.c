#include "arena.h"
#include "buf.h"
#include "crypto.h"
#include "encoding.h"
#include "err.h"
#include "str.h"
#include "wechat_push.h"

#define N_PARAMS_MAX 4
#define PADDING_MAX 32
#define SIZE_SIZE 4
#define HEADER_SIZE (WECHAT_PUSH_RANDOM_SIZE + SIZE_SIZE)

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void wechat_push_sign(
	const struct wechat_push_params *params, char signature_r[WECHAT_PUSH_SIGNATURE_SIZE])
{
	const char *sorted[N_PARAMS_MAX] = {
		params->token, params->timestamp, params->nonce, params->encrypted,
	};
	size_t n_params = params->encrypted == NULL ? N_PARAMS_MAX - 1 : N_PARAMS_MAX;
	uint8_t hash[CRYPTO_SHA1_SIZE];
	struct buf text = {0};

	qsort(sorted, n_params, sizeof(sorted[0]), compare_texts);
	for (size_t i = 0; i < n_params; i++)
		buf_append_str(&text, sorted[i]);
	crypto_sha1(text.data, text.size, hash);
	encode_hex(hash, sizeof(hash), signature_r);
	buf_wipe(&text, 0);
}

bool wechat_push_is_signed(const struct wechat_push_params *params, const char *signature)
{
	char right[WECHAT_PUSH_SIGNATURE_SIZE];

	wechat_push_sign(params, right);
	return signature != NULL && crypto_text_equal(signature, right);
}

/* Two bits of the 43rd character are unused, and WeChat leaves them at random. */
static bool decode_key(const char *text, uint8_t key_r[CRYPTO_AES_KEY_SIZE + 1])
{
	char padded[WECHAT_PUSH_KEY_CHARS + 2];

	if (strlen(text) != WECHAT_PUSH_KEY_CHARS)
		return false;
	snprintf(padded, sizeof(padded), "%s=", text);
	return decode_base64(padded, WECHAT_PUSH_KEY_CHARS + 1, key_r) ==
		CRYPTO_AES_KEY_SIZE;
}

bool wechat_push_is_key(const char *text)
{
	uint8_t key[CRYPTO_AES_KEY_SIZE + 1];

	return decode_key(text, key);
}

/* The first block of the key is also the initialisation vector. */
static void run_cipher(
	const struct wechat_push_key *key, bool is_encrypting, uint8_t *bytes, size_t size)
{
	uint8_t bits[CRYPTO_AES_KEY_SIZE + 1];

	if (!decode_key(key->text, bits))
		BUG("the key of %s is none", key->appid);
	crypto_aes_cbc(is_encrypting, bits, bits, bytes, size);
	crypto_wipe(bits, sizeof(bits));
}

static size_t size_at(const uint8_t *bytes)
{
	return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

/* Looks at all bytes that may be padding, in the same steps whatever they hold. */
static bool has_padding(const uint8_t *bytes, size_t size)
{
	unsigned n = bytes[size - 1];
	unsigned wrong = (unsigned)(n == 0) | (unsigned)(n > PADDING_MAX);

	for (unsigned i = 0; i < PADDING_MAX; i++)
		wrong |= (unsigned)(i < n) & (unsigned)(bytes[size - 1 - i] != n);
	return wrong == 0;
}

char *wechat_push_open(const struct wechat_push_key *key, struct arena *arena,
	const char *encrypted, size_t *size_r)
{
	size_t text_size = strlen(encrypted), appid_size = strlen(key->appid);
	uint8_t *bytes = arena_alloc(arena, text_size / 4 * 3 + 1);
	int n_bytes = decode_base64(encrypted, text_size, bytes);
	size_t size, message_size;
	bool is_whole;

	if (n_bytes <= 0 || n_bytes % PADDING_MAX != 0)
		return NULL;
	size = (size_t)n_bytes;
	run_cipher(key, false, bytes, size);
	message_size = size_at(bytes + WECHAT_PUSH_RANDOM_SIZE);
	is_whole = has_padding(bytes, size);
	if (HEADER_SIZE + message_size + appid_size + bytes[size - 1] != size)
		return NULL;
	bytes += HEADER_SIZE;
	is_whole &= crypto_equal(bytes + message_size, key->appid, appid_size);
	bytes[message_size] = '\0';
	*size_r = message_size;
	return is_whole ? (char *)bytes : NULL;
}

char *wechat_push_seal(const struct wechat_push_key *key,
	const uint8_t random[WECHAT_PUSH_RANDOM_SIZE], struct arena *arena, const char *message,
	size_t message_size)
{
	size_t appid_size = strlen(key->appid);
	size_t content_size = HEADER_SIZE + message_size + appid_size;
	size_t padding = PADDING_MAX - content_size % PADDING_MAX;
	size_t size = content_size + padding;
	uint8_t *bytes = arena_alloc(arena, size);
	char *text = arena_alloc(arena, (size + 2) / 3 * 4 + 1);

	memcpy(bytes, random, WECHAT_PUSH_RANDOM_SIZE);
	for (int i = 0; i < SIZE_SIZE; i++)
		bytes[WECHAT_PUSH_RANDOM_SIZE + i] = (uint8_t)(message_size >> (24 - 8 * i));
	memcpy(bytes + HEADER_SIZE, message, message_size);
	memcpy(bytes + HEADER_SIZE + message_size, key->appid, appid_size);
	memset(bytes + content_size, (int)padding, padding);
	run_cipher(key, true, bytes, size);
	encode_base64(bytes, size, text);
	return text;
}
