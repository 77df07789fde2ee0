/*
 * What WeChat pushes: any message, plain or in an envelope of ours; any text as an envelope; and
 * any bytes as what is in one. What is sealed opens as it was, under this key and for this app
 * alone. A message is read only with its own signature.
 *
 * An input is a byte that chooses, and the message, text or bytes.
 */
#include "app_push.h"
#include "arena.h"
#include "buf.h"
#include "conf.h"
#include "encoding.h"
#include "fuzz.h"
#include "push/dialect.h"
#include "push/signed.h"
#include "request.h"
#include "str.h"
#include "wechat_push.h"

#define KEY "bcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define APPID "wx0123456789abcdef"
#define TOKEN "token"
#define TIMESTAMP "1790000000"
#define BLOCK_SIZE 32

static const struct wechat_push_key key = {.text = "a" KEY, .appid = APPID};
static const struct wechat_push_key other_app = {.text = "a" KEY, .appid = "wx0123456789abcdee"};
static const struct wechat_push_key other_key = {.text = "b" KEY, .appid = APPID};
static const struct app_push app = {.appid = APPID, .token = TOKEN, .key = "a" KEY};
static const struct app_push plain_app = {.appid = APPID, .token = TOKEN, .key = ""};

/* ---- A message as it comes. */

static enum err read_signed(struct arena *arena, const struct app_push *to, const struct body *body,
	struct push_query *query, struct push_message *message_r)
{
	struct conf conf = *fuzz_conf();
	struct request req = {.arena = arena, .conf = &conf, .body = *body, .in = query};

	conf.rates_by_address = false;
	query->timestamp = TIMESTAMP;
	query->nonce = "n";
	return push_read(&req, to, message_r);
}

static void check_message(const struct push_message *message)
{
	fuzz_check_text("FromUserName", message->from_user_name);
	fuzz_check_text("Event", message->event);
	fuzz_check_text("OpenID", message->open_id);
	fuzz_check_text("RevokeInfo", message->revoke_info);
	if (message->revoke_info != NULL && str_n_chars(message->revoke_info) > 256)
		BUG("RevokeInfo is too long");
}

static void receive_plain(struct arena *arena, const struct body *body)
{
	struct wechat_push_params params = {.token = TOKEN, .timestamp = TIMESTAMP, .nonce = "n"};
	char signature[WECHAT_PUSH_SIGNATURE_SIZE];
	struct push_query query = {.signature = signature};
	struct push_message message = {0};

	wechat_push_sign(&params, signature);
	if (read_signed(arena, &plain_app, body, &query, &message) == ERR_NONE)
		check_message(&message);
	signature[0] = signature[0] == '0' ? '1' : '0';
	if (read_signed(arena, &plain_app, body, &query, &message) != ERR_FORBIDDEN)
		BUG("a message is read with another signature");
}

/* The text must not end the element that it is put into. */
static void receive_encrypted(struct arena *arena, const char *encrypted)
{
	const struct wechat_push_params params = {
		.token = TOKEN, .timestamp = TIMESTAMP, .nonce = "n", .encrypted = encrypted};
	char signature[WECHAT_PUSH_SIGNATURE_SIZE];
	struct push_query query = {.msg_signature = signature};
	struct push_message message = {0};
	struct body body = {
		.bytes = arena_printf(arena, "<xml><Encrypt>%s</Encrypt></xml>", encrypted)};

	body.size = strlen(body.bytes);
	wechat_push_sign(&params, signature);
	if (read_signed(arena, &app, &body, &query, &message) != ERR_NONE)
		return;
	if (strpbrk(encrypted, "<&") == NULL && *encrypted != '\0' && !message.is_covered)
		BUG("a message counts as covered by no signature");
	check_message(&message);
}

/* ---- The envelope. */

static void seal(struct arena *arena, const struct body *body)
{
	static const uint8_t random[WECHAT_PUSH_RANDOM_SIZE];
	const char *sealed = wechat_push_seal(&key, random, arena, body->bytes, body->size);
	const char *opened;
	size_t size;

	opened = wechat_push_open(&key, arena, sealed, &size);
	if (opened == NULL || size != body->size || memcmp(opened, body->bytes, size) != 0)
		BUG("a sealed message does not open");
	if (wechat_push_open(&other_app, arena, sealed, &size) != NULL ||
		wechat_push_open(&other_key, arena, sealed, &size) != NULL)
		BUG("a sealed message opens for another");
	receive_encrypted(arena, sealed);
}

static void open_text(struct arena *arena, const char *text)
{
	size_t size;
	const char *message = wechat_push_open(&key, arena, text, &size);

	if (message != NULL && (size > strlen(text) || message[size] != '\0'))
		BUG("a message is longer than what it came in");
	receive_encrypted(arena, text);
}

/* Encrypts the bytes as they are, but for what fills the last block. */
static void open_bytes(struct arena *arena, const struct body *body)
{
	const size_t size = (body->size / BLOCK_SIZE + 1) * BLOCK_SIZE;
	uint8_t *bytes = arena_alloc(arena, size);
	char *text = arena_alloc(arena, (size + 2) / 3 * 4 + 1);
	uint8_t bits[CRYPTO_AES_KEY_SIZE + 1];

	memset(bytes, (int)(size - body->size), size);
	memcpy(bytes, body->bytes, body->size);
	decode_base64("a" KEY "=", WECHAT_PUSH_KEY_CHARS + 1, bits);
	crypto_aes_cbc(true, bits, bits, bytes, size);
	encode_base64(bytes, size, text);
	open_text(arena, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	const unsigned choice = fuzz_take_below(&input, 4);
	const struct body body = {.bytes = fuzz_copy(&input), .size = input.size};
	const char *text = arena_strndup(arena, body.bytes, body.size);

	wechat_push_is_key(text);
	if (choice == 0)
		open_text(arena, text);
	else if (choice == 1)
		open_bytes(arena, &body);
	else if (choice == 2)
		seal(arena, &body);
	else
		receive_plain(arena, &body);
	return 0;
}
