#include "unit.h"

#include "arena.h"
#include "crypto.h"
#include "encoding.h"
#include "scratch.h"
#include "wechat_push.h"


#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define APP_A "wxba5fad812f8e6fb9"
/* Tencent's sample of a message in safe mode. */
#define SAMPLE                                                                                  \
	"+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxL"  \
	"KJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFU" \
	"PpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1k" \
	"b6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="

static const struct {
	struct wechat_push_params params;
	const char *signature;
} signatures[] = {
	{{"AAAAA", "1714037059", "486452656", NULL}, "899cf89e464efb63f54ddac96b0a0a235f53aa78"},
	{{"AAAAA", "1714036504", "1514711492", NULL}, "f464b24fc39322e44b38aa78f5edd27bd1441696"},
	{{"AAAAA", "1714112445", "415670741", NULL}, "6c5c811b55cc85e0e1b54100749188c20beb3f5d"},
	{{"AAAAA", "1714112445", "415670741", SAMPLE},
		"046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"},
	{{"AAAAA", "1713424427", "415670741",
		 "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L3"
		 "2tmxSQ=="},
		"1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"},
};

static void test_signatures(void **state)
{
	char signature[WECHAT_PUSH_SIGNATURE_SIZE];

	(void)state;
	for (size_t i = 0; i < N_OF(signatures); i++) {
		const struct wechat_push_params *params = &signatures[i].params;
		struct wechat_push_params other = *params;

		wechat_push_sign(params, signature);
		assert_string_equal(signature, signatures[i].signature);
		assert_true(wechat_push_is_signed(params, signature));
		other.nonce = "415670742";
		assert_false(wechat_push_is_signed(&other, signature));
		signature[39] ^= 1;
		assert_false(wechat_push_is_signed(params, signature));
		signature[39] = '\0';
		assert_false(wechat_push_is_signed(params, signature));
		assert_false(wechat_push_is_signed(params, NULL));
	}
}

static const struct {
	struct wechat_push_key key;
	const char *random, *message, *encrypted;
} messages[] = {
	{{KEY_A, APP_A}, "a8eedb185eb2fecf",
		"{\"ToUserName\":\"gh_97417a04a28d\",\"FromUserName\":\"o9AgO5Kd5ggOC-"
		"bXrbNODIiE3bGY\",\"CreateTime\":1714112445,\"MsgType\":\"event\",\"Event\":"
		"\"debug_demo\",\"debug_str\":\"hello world\"}",
		SAMPLE},
	{{KEY_A, APP_A}, "707722b803182950", "{\"demo_resp\":\"good luck\"}",
		"ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32"
		"tmxSQ=="},
	/* The last character of the key has spare bits. */
	{{"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wxb11529c136998cb6"}, "aaaabbbbccccdddd",
		"我是中文abcd123",
		"jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72"
		"vVOfg=="},
};

static void test_messages_in_both_directions(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(messages); i++) {
		const struct wechat_push_key *key = &messages[i].key;
		size_t size;
		const char *opened = wechat_push_open(key, arena, messages[i].encrypted, &size);

		assert_non_null(opened);
		assert_string_equal(opened, messages[i].message);
		assert_int_equal(size, strlen(messages[i].message));
		assert_string_equal(
			wechat_push_seal(key, (const uint8_t *)messages[i].random, arena,
				messages[i].message, strlen(messages[i].message)),
			messages[i].encrypted);
	}
}

static void test_messages_of_all_sizes(void **state)
{
	const struct wechat_push_key key = {KEY_A, APP_A};
	char message[100] = "";
	size_t opened_size;

	(void)state;
	for (size_t size = 0; size < sizeof(message) - 1; size++) {
		const char *closed = wechat_push_seal(
			&key, (const uint8_t *)"0123456789abcdef", arena, message, size);

		assert_string_equal(wechat_push_open(&key, arena, closed, &opened_size), message);
		assert_int_equal(opened_size, size);
		message[size] = 'x';
	}
}

static void test_keys(void **state)
{
	(void)state;
	assert_true(wechat_push_is_key(KEY_A));
	assert_true(wechat_push_is_key("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"));
	assert_false(wechat_push_is_key(""));
	assert_false(wechat_push_is_key(KEY_A "A"));
	assert_false(wechat_push_is_key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	assert_false(wechat_push_is_key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
	assert_false(wechat_push_is_key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA A"));
}

/* 64 bytes as they would come out, closed by hand. */
static const char *close_bytes(const uint8_t bytes[64])
{
	static char text[90];
	uint8_t key[32] = {0}, copy[64];

	memcpy(copy, bytes, sizeof(copy));
	crypto_aes_cbc(true, key, key, copy, sizeof(copy));
	encode_base64(copy, sizeof(copy), text);
	return text;
}

static void make_bytes(uint8_t bytes_r[64])
{
	memset(bytes_r, 0, 64);
	bytes_r[19] = 24;
	memset(bytes_r + 20, 'x', 24);
	memcpy(bytes_r + 44, APP_A, 18);
	memset(bytes_r + 62, 2, 2);
}

static void test_what_is_damaged_does_not_open(void **state)
{
	static const struct {
		int at, value;
	} damages[] = {
		{16, 1}, {16, 255}, {17, 1}, {18, 1}, {19, 23}, {19, 25}, {19, 0},
		{44, 'W'}, {61, '8'}, {62, 1}, {63, 0}, {63, 1}, {63, 3}, {63, 33}, {63, 255},
	};
	const struct wechat_push_key key = {KEY_A, APP_A};
	const struct wechat_push_key other_app = {KEY_A, "wxba5fad812f8e6fb8"};
	const struct wechat_push_key other_key = {
		"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", APP_A};
	uint8_t bytes[64];
	size_t size;

	(void)state;
	make_bytes(bytes);
	assert_string_equal(wechat_push_open(&key, arena, close_bytes(bytes), &size),
		"xxxxxxxxxxxxxxxxxxxxxxxx");
	assert_null(wechat_push_open(&other_app, arena, close_bytes(bytes), &size));
	assert_null(wechat_push_open(&other_key, arena, close_bytes(bytes), &size));
	for (size_t i = 0; i < N_OF(damages); i++) {
		make_bytes(bytes);
		bytes[damages[i].at] = (uint8_t)damages[i].value;
		assert_null(wechat_push_open(&key, arena, close_bytes(bytes), &size));
	}
}

static void test_a_message_may_be_any_bytes(void **state)
{
	const struct wechat_push_key key = {KEY_A, APP_A};
	uint8_t bytes[64];
	const char *opened;
	size_t size;

	(void)state;
	make_bytes(bytes);
	memcpy(bytes + 30, "\0\xff\x1d", 3);
	opened = wechat_push_open(&key, arena, close_bytes(bytes), &size);
	assert_non_null(opened);
	assert_int_equal(size, 24);
	assert_memory_equal(opened, "xxxxxxxxxx\0\xff\x1dxxxxxxxxxxx", 25);
}

static void test_what_is_no_base64_of_blocks_does_not_open(void **state)
{
	static const char *const texts[] = {
		"", "=", "====", "AAAA", "AAA", "QUJDREVGR0hJSktMTU5PUA==",
		"ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32t"
		"mxSQ",
		"ELGduP2YcVatjqIS eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32t"
		"mxSQ==",
		"EL=duP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32t"
		"mxSQ==",
		"ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO8="};
	const struct wechat_push_key key = {KEY_A, APP_A};
	size_t size;

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++)
		assert_null(wechat_push_open(&key, arena, texts[i], &size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_messages_in_both_directions),
		cmocka_unit_test(test_messages_of_all_sizes),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_what_is_damaged_does_not_open),
		cmocka_unit_test(test_a_message_may_be_any_bytes),
		cmocka_unit_test(test_what_is_no_base64_of_blocks_does_not_open),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
