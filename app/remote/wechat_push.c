#include "arena.h"
#include "buf.h"
#include "crypto.h"
#include "encoding.h"
#include "err.h"
#include "str.h"
#include "wechat_push.h"

#define N_WORDS_MAX 4
#define PADDING_MAX 32
#define SIZE_SIZE 4
#define HEADER_SIZE (WECHAT_PUSH_RANDOM_SIZE + SIZE_SIZE)

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void wechat_push_sign(
	const struct wechat_push_words *words, char signature_r[WECHAT_PUSH_SIGNATURE_SIZE])
{
	const char *sorted[N_WORDS_MAX] = {
		words->token, words->timestamp, words->nonce, words->encrypted,
	};
	size_t n_words = words->encrypted == NULL ? N_WORDS_MAX - 1 : N_WORDS_MAX;
	uint8_t hash[CRYPTO_SHA1_SIZE];
	struct buf text = {0};

	qsort(sorted, n_words, sizeof(sorted[0]), compare_words);
	for (size_t i = 0; i < n_words; i++)
		buf_append_str(&text, sorted[i]);
	crypto_sha1(text.data, text.size, hash);
	encode_hex(hash, sizeof(hash), signature_r);
	crypto_wipe(text.data, text.size);
	buf_release(&text);
}

bool wechat_push_is_signed(const struct wechat_push_words *words, const char *signature)
{
	char right[WECHAT_PUSH_SIGNATURE_SIZE];

	wechat_push_sign(words, right);
	return signature != NULL && crypto_text_equal(signature, right);
}

/* Of the 43rd character two bits are spare, and WeChat leaves them as they fall. */
static bool read_key(const char *text, uint8_t key_r[CRYPTO_AES_KEY_SIZE + 1])
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

	return read_key(text, key);
}

/* The first block of the key is the vector, too. */
static void run_cipher(
	const struct wechat_push_seal *seal, bool is_encrypting, uint8_t *bytes, size_t size)
{
	uint8_t key[CRYPTO_AES_KEY_SIZE + 1];

	if (!read_key(seal->key, key))
		BUG("the key of %s is none", seal->appid);
	crypto_aes_cbc(is_encrypting, key, key, bytes, size);
	crypto_wipe(key, sizeof(key));
}

static size_t size_at(const uint8_t *bytes)
{
	return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

/* Looks at all of the padding that may be there, in the same steps whatever it holds. */
static bool is_padded(const uint8_t *bytes, size_t size)
{
	unsigned n = bytes[size - 1];
	unsigned wrong = (unsigned)(n == 0) | (unsigned)(n > PADDING_MAX);

	for (unsigned i = 0; i < PADDING_MAX; i++)
		wrong |= (unsigned)(i < n) & (unsigned)(bytes[size - 1 - i] != n);
	return wrong == 0;
}

char *wechat_push_open(const struct wechat_push_seal *seal, struct arena *arena,
	const char *encrypted, size_t *size_r)
{
	size_t text_size = strlen(encrypted), appid_size = strlen(seal->appid);
	uint8_t *bytes = arena_alloc(arena, text_size / 4 * 3 + 1);
	int n_bytes = decode_base64(encrypted, text_size, bytes);
	size_t size, message_size;
	bool is_whole;

	if (n_bytes <= 0 || n_bytes % PADDING_MAX != 0)
		return NULL;
	size = (size_t)n_bytes;
	run_cipher(seal, false, bytes, size);
	message_size = size_at(bytes + WECHAT_PUSH_RANDOM_SIZE);
	is_whole = is_padded(bytes, size);
	if (HEADER_SIZE + message_size + appid_size + bytes[size - 1] != size)
		return NULL;
	bytes += HEADER_SIZE;
	is_whole &= crypto_equal(bytes + message_size, seal->appid, appid_size);
	bytes[message_size] = '\0';
	*size_r = message_size;
	return is_whole ? (char *)bytes : NULL;
}

char *wechat_push_close(const struct wechat_push_seal *seal,
	const uint8_t random[WECHAT_PUSH_RANDOM_SIZE], struct arena *arena, const char *message,
	size_t message_size)
{
	size_t appid_size = strlen(seal->appid);
	size_t content_size = HEADER_SIZE + message_size + appid_size;
	size_t padding = PADDING_MAX - content_size % PADDING_MAX;
	size_t size = content_size + padding;
	uint8_t *bytes = arena_alloc(arena, size);
	char *text = arena_alloc(arena, (size + 2) / 3 * 4 + 1);

	memcpy(bytes, random, WECHAT_PUSH_RANDOM_SIZE);
	for (int i = 0; i < SIZE_SIZE; i++)
		bytes[WECHAT_PUSH_RANDOM_SIZE + i] = (uint8_t)(message_size >> (24 - 8 * i));
	memcpy(bytes + HEADER_SIZE, message, message_size);
	memcpy(bytes + HEADER_SIZE + message_size, seal->appid, appid_size);
	memset(bytes + content_size, (int)padding, padding);
	run_cipher(seal, true, bytes, size);
	encode_base64(bytes, size, text);
	return text;
}
