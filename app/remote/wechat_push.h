/*
 * The envelope of the messages that WeChat pushes: signatures and encryption, after Tencent's
 * documentation of message push.
 *
 * A plain signature covers token, timestamp and nonce, but not the body. Only msg_signature covers
 * the encrypted text, so that it alone makes a body believable. An encrypted message is 16 random
 * bytes, the size of the message, the message and the appid, padded to 32 bytes, under AES-256-CBC.
 * Whatever is wrong with one, the failure looks the same and takes the same time.
 */
#ifndef WECHAT_PUSH_H
#define WECHAT_PUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto.h"

#define WECHAT_PUSH_KEY_CHARS 43
#define WECHAT_PUSH_RANDOM_SIZE 16
#define WECHAT_PUSH_SIGNATURE_SIZE (2 * CRYPTO_SHA1_SIZE + 1)

struct arena;

/* What a signature covers. */
struct wechat_push_params {
	const char *token, *timestamp, *nonce;
	const char *encrypted; /* NULL: of a plain signature */
};

void wechat_push_sign(
	const struct wechat_push_params *params, char signature_r[WECHAT_PUSH_SIGNATURE_SIZE]);
/* Compares in constant time. Returns false if signature is NULL. */
bool wechat_push_is_signed(const struct wechat_push_params *params, const char *signature);

struct wechat_push_key {
	const char *text; /* EncodingAESKey: WECHAT_PUSH_KEY_CHARS of base64 */
	const char *appid; /* of the app that it belongs to */
};

bool wechat_push_is_key(const char *text);
/* Returns the decrypted message, size_r bytes of any kind and a NUL, in the arena. Returns NULL if
 * it is of another key or app, or damaged. */
char *wechat_push_open(const struct wechat_push_key *key, struct arena *arena,
	const char *encrypted, size_t *size_r);
/* Returns the encrypted message in base64, in the arena. */
char *wechat_push_seal(const struct wechat_push_key *key,
	const uint8_t random[WECHAT_PUSH_RANDOM_SIZE], struct arena *arena, const char *message,
	size_t message_size);

#endif
