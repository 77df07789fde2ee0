/*
 * The envelope of what WeChat pushes: signatures and the encrypted mode, after Tencent's
 * documentation of message push.
 *
 * A plain signature covers token, timestamp and nonce, but not the body; only msg_signature covers
 * the encrypted text, so that it alone makes a body believable. An encrypted message is 16 random
 * bytes, its size, itself and the appid, padded to 32 bytes, under AES-256-CBC. What cannot be
 * opened is told in one way whatever is wrong with it, in a time that does not depend on where.
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

/* What is signed. */
struct wechat_push_words {
	const char *token, *timestamp, *nonce;
	const char *encrypted; /* NULL: of a plain signature */
};

void wechat_push_sign(
	const struct wechat_push_words *words, char signature_r[WECHAT_PUSH_SIGNATURE_SIZE]);
/* In constant time. signature NULL: not signed. */
bool wechat_push_is_signed(const struct wechat_push_words *words, const char *signature);

/* Under which key, for which app. */
struct wechat_push_seal {
	const char *key; /* EncodingAESKey: WECHAT_PUSH_KEY_CHARS of base64 */
	const char *appid;
};

bool wechat_push_is_key(const char *text);
/* The message, size_r bytes of any kind and a NUL, in the arena; NULL: not under this key, not for
 * this app, or damaged. */
char *wechat_push_open(const struct wechat_push_seal *seal, struct arena *arena,
	const char *encrypted, size_t *size_r);
/* Base64 in the arena. */
char *wechat_push_close(const struct wechat_push_seal *seal,
	const uint8_t random[WECHAT_PUSH_RANDOM_SIZE], struct arena *arena, const char *message,
	size_t message_size);

#endif
