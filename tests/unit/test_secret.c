#include "unit.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "conf.h"
#include "crypto.h"
#include "encoding.h"
#include "secret.h"
#include "secret_keys.h"


#define KEY_0_TO_31 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_32_TO_63 "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
#define KEY_64_TO_95 "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8="
#define KEY_96_TO_127 "YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn8="
#define KEY_128_TO_159 "gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8="
#define BOM "\xef\xbb\xbf"
#define KEY_ZERO "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static char directory[] = "/tmp/wxuser-secret-XXXXXX";
static char sealing_path[64], lookup_path[64], erasure_path[64], audit_path[64];
static struct conf conf = {
	.keys_sealing = sealing_path,
	.keys_lookup = lookup_path,
	.keys_erasure = erasure_path,
	.keys_audit = audit_path,
};
static char error[512];
static struct arena *arena;

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static struct secret_keys *load(const char *sealing, const char *lookup)
{
	write_file(sealing_path, sealing, 0600);
	write_file(lookup_path, lookup, 0600);
	write_file(erasure_path, "1 hkdf " KEY_64_TO_95 "\n", 0600);
	write_file(audit_path, "1 hkdf " KEY_96_TO_127 "\n", 0600);
	return secret_keys_load(&conf, error, sizeof(error));
}

static struct secret_keys *load_usual(void)
{
	struct secret_keys *keys =
		load("1 " KEY_32_TO_63 "\n258 " KEY_ZERO "\n", "1 " KEY_0_TO_31 "\n");

	assert_non_null(keys);
	return keys;
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(sealing_path, sizeof(sealing_path), "%s/sealing", directory);
	snprintf(lookup_path, sizeof(lookup_path), "%s/lookup", directory);
	snprintf(erasure_path, sizeof(erasure_path), "%s/erasure", directory);
	snprintf(audit_path, sizeof(audit_path), "%s/audit", directory);
	arena = arena_new(64 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	unlink(sealing_path);
	unlink(lookup_path);
	unlink(erasure_path);
	unlink(audit_path);
	return rmdir(directory);
}

static void hashes_are_the_published_ones(void **state)
{
	/* FIPS 180-4. */
	static const struct {
		const char *text, *hash;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		uint8_t hash[CRYPTO_HASH_SIZE];
		char text[2 * CRYPTO_HASH_SIZE + 1];

		crypto_sha256(cases[i].text, strlen(cases[i].text), hash);
		encode_hex(hash, sizeof(hash), text);
		assert_string_equal(text, cases[i].hash);
	}
}

/* Of RFC 4231, of Tencent's documentation of session keys, and of nothing at all. */
static void macs_are_the_published_ones(void **state)
{
	static const struct {
		const char *key, *text, *mac;
	} cases[] = {
		{ "Jefe", "what do ya want for nothing?",
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ "o0q0otL8aEzpcZL/FT9WsQ==", "{\"foo\":\"bar\"}",
			"654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b" },
		{ "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		uint8_t mac[CRYPTO_HASH_SIZE];
		char text[2 * CRYPTO_HASH_SIZE + 1];

		crypto_hmac_sha256(cases[i].key, strlen(cases[i].key), cases[i].text,
			strlen(cases[i].text), mac);
		encode_hex(mac, sizeof(mac), text);
		assert_string_equal(text, cases[i].mac);
	}
}

static void base32_is_that_of_rfc_4648(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{ "", "" },
		{ "f", "MY" },
		{ "fo", "MZXQ" },
		{ "foo", "MZXW6" },
		{ "foob", "MZXW6YQ" },
		{ "fooba", "MZXW6YTB" },
		{ "foobar", "MZXW6YTBOI" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		char text[16];

		encode_base32(
			(const uint8_t *)cases[i].bytes, strlen(cases[i].bytes), text);
		assert_string_equal(text, cases[i].text);
	}
}

static void comparison_sees_every_byte(void **state)
{
	uint8_t a[CRYPTO_HASH_SIZE], b[CRYPTO_HASH_SIZE];

	(void)state;
	crypto_random(a, sizeof(a));
	memcpy(b, a, sizeof(a));
	assert_true(crypto_equal(a, b, sizeof(a)));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] ^= 1;
		assert_false(crypto_equal(a, b, sizeof(a)));
		b[i] ^= 1;
	}
	crypto_wipe(a, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++)
		assert_int_equal(a[i], 0);
}

/* The checksums are those of zlib's crc32(). */
static void tokens_are_told_from_typos(void **state)
{
	static const struct {
		const char *prefix, *token;
		bool is_well_formed;
	} cases[] = {
		{ "wxk_", "wxk_000000000000000000000000000000000000000000048akkE", true },
		{ "wxt_", "wxt_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf0z9sQP", true },
		{ "wxk_", "wxk_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp11MWnoQ", true },
		{ "wxk_", "wxt_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf0z9sQP", false },
		{ "wxk_", "wxk_000000000000000000000000000000000000000000048akk", false },
		{ "wxk_", "wxk_000000000000000000000000000000000000000000048akkEE", false },
		{ "wxk_", "wxk_000000000000000000000000000000000000000000048akkE-", false },
		{ "wxk_", "wxk_000000000000000000000000000000000000000000048akk-", false },
		{ "wxk_", "wxk_0000000000000000000000000000000000000000000\xff"
			  "8akkE", false },
		{ "wxk_", "wxk_", false },
		{ "wxk_", "", false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_int_equal(secret_token_is_well_formed(cases[i].prefix, cases[i].token),
			cases[i].is_well_formed);
}

static void made_tokens_are_well_formed_and_differ(void **state)
{
	char token[SECRET_TOKEN_SIZE + 1], before[SECRET_TOKEN_SIZE + 1] = "";
	struct secret_keys *keys = load_usual();

	(void)state;
	for (int round = 0; round < 100; round++) {
		secret_token_make(keys, SECRET_TOKEN_PREFIX_ACCESS, token);
		assert_int_equal(strlen(token), SECRET_TOKEN_SIZE);
		assert_true(secret_token_is_well_formed("wxt_", token));
		assert_string_not_equal(token, before);
		memcpy(before, token, sizeof(token));
		for (size_t i = 0; i < SECRET_TOKEN_SIZE; i++) {
			token[i] = token[i] == 'x' ? 'y' : 'x';
			assert_false(secret_token_is_well_formed("wxt_", token) &&
				token[i] != before[i]);
			token[i] = before[i];
		}
	}	secret_keys_free(keys);
}

static void a_successor_follows_from_its_token(void **state)
{
	char token[SECRET_TOKEN_SIZE + 1], first[SECRET_TOKEN_SIZE + 1];
	char again[SECRET_TOKEN_SIZE + 1], second[SECRET_TOKEN_SIZE + 1];
	struct secret_keys *keys = load_usual();

	(void)state;
	secret_token_make(keys, SECRET_TOKEN_PREFIX_ACCESS, token);
	secret_token_derive(keys, token, first);
	secret_token_derive(keys, token, again);
	secret_token_derive(keys, first, second);
	assert_true(secret_token_is_well_formed(SECRET_TOKEN_PREFIX_ACCESS, first));
	assert_true(secret_token_is_own(keys, first) && secret_token_is_own(keys, second));
	assert_string_equal(first, again);
	assert_string_not_equal(first, token);
	assert_string_not_equal(first, second);
	secret_keys_free(keys);
}

static void what_was_made_here_is_told_from_what_is_forged(void **state)
{
	static const char *const prefixes[] = {SECRET_TOKEN_PREFIX_KEY, SECRET_TOKEN_PREFIX_ACCESS,
		SECRET_TOKEN_PREFIX_OPERATOR, SECRET_TOKEN_PREFIX_SESSION};
	char token[SECRET_TOKEN_SIZE + 1];
	struct secret_keys *keys = load_usual(), *others;

	(void)state;
	write_file(erasure_path, "1 hkdf " KEY_128_TO_159 "\n", 0600);
	others = secret_keys_load(&conf, error, sizeof(error));
	assert_non_null(others);
	for (size_t i = 0; i < N_OF(prefixes); i++) {
		secret_token_make(keys, prefixes[i], token);
		assert_true(secret_token_is_own(keys, token));
		assert_false(secret_token_is_own(others, token));
		for (size_t at = 2; at < 4 + 33 + 10; at++) {
			token[at] ^= 1;
			assert_false(secret_token_is_own(keys, token));
			token[at] ^= 1;
		}
	}
	assert_false(secret_token_is_own(
		keys, "wxt_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf0z9sQP"));
	secret_keys_free(others);
	secret_keys_free(keys);
}

static void hash_hex(const struct secret_keys *keys, const struct secret_text *text,
	char hex_r[2 * CRYPTO_HASH_SIZE + 1])
{
	uint8_t hash[CRYPTO_HASH_SIZE];

	secret_mac(keys, SECRET_FOR_LOOKUP, text, hash);
	encode_hex(hash, sizeof(hash), hex_r);
}

static const struct secret_text phone_of_7 = {7, "phone", "13800000001"};

static void lookup_is_hmac_of_tenant_kind_and_text(void **state)
{
	/* Python: hmac.new(bytes(range(32)), b"\0\0\0\x07\x05phone13800000001", "sha256") */
	static const char wanted[] =
		"6ebbbb4cae6d4367a76418e0e53342e2142301fe21d422d44b2ed52721ecc684";
	static const struct secret_text others[] = {
		{ 8, "phone", "13800000001" },
		{ 7, "code", "13800000001" },
		{ 7, "phone1", "3800000001" },
		{ 7, "phone", "13800000002" },
	};
	struct secret_keys *keys = load_usual();
	char text[2 * CRYPTO_HASH_SIZE + 1];

	(void)state;
	for (int again = 0; again < 2; again++) {
		hash_hex(keys, &phone_of_7, text);
		assert_string_equal(text, wanted);
	}
	for (size_t i = 0; i < N_OF(others); i++) {
		hash_hex(keys, &others[i], text);
		assert_string_not_equal(text, wanted);
	}
	secret_keys_free(keys);
}

/* As the one before, with the key that HKDF (RFC 5869) derives of bytes(range(32)) and
 * b"wxuser lookup". */
static void a_purpose_has_a_subkey(void **state)
{
	struct secret_keys *keys =
		load("1 hkdf " KEY_32_TO_63 "\n", "1 hkdf " KEY_0_TO_31 "\n");
	uint8_t macs[SECRET_PURPOSES][CRYPTO_HASH_SIZE];
	char text[2 * CRYPTO_HASH_SIZE + 1];

	(void)state;
	hash_hex(keys, &phone_of_7, text);
	assert_string_equal(
		text, "b797f8f12b882e85066896932b009bed6edafac26abc86285b116af22b39bf16");
	for (int i = SECRET_FOR_LOOKUP; i < SECRET_PURPOSES; i++) {
		secret_mac(keys, (enum secret_purpose)i, &phone_of_7, macs[i]);
		for (int j = SECRET_FOR_LOOKUP; j < i; j++)
			assert_memory_not_equal(macs[i], macs[j], CRYPTO_HASH_SIZE);
	}
	secret_keys_free(keys);
}

static void a_look_up_key_replaces_another_one(void **state)
{
	static const char file[] = "1 hkdf " KEY_0_TO_31 "\n2 hkdf " KEY_ZERO "\n";
	struct secret_keys *keys = load("1 hkdf " KEY_32_TO_63 "\n", file);
	uint8_t hash[CRYPTO_HASH_SIZE], first[CRYPTO_HASH_SIZE], second[CRYPTO_HASH_SIZE];
	char token[SECRET_TOKEN_SIZE + 1], successor[SECRET_TOKEN_SIZE + 1];

	(void)state;
	assert_int_equal(secret_mac_of(keys, 0, SECRET_FOR_LOOKUP, &phone_of_7, first), 1);
	assert_int_equal(secret_mac_of(keys, 1, SECRET_FOR_LOOKUP, &phone_of_7, second), 2);
	assert_int_equal(secret_mac_of(keys, 2, SECRET_FOR_LOOKUP, &phone_of_7, hash), 0);
	assert_int_equal(secret_mac_made_by(keys, SECRET_FOR_LOOKUP, &phone_of_7, second), 2);
	assert_int_equal(secret_mac_made_by(keys, SECRET_FOR_CODES, &phone_of_7, second), 0);
	assert_false(secret_keys_are_two(keys) || secret_mac_next(keys, &phone_of_7, hash));
	secret_keys_use(keys, SECRET_KEY_LOOKUP, 1);
	secret_mac_beside(keys, SECRET_FOR_LOOKUP, &phone_of_7, hash);
	assert_memory_equal(hash, first, sizeof(hash));
	secret_keys_replace(keys, 2, 2);
	assert_true(secret_keys_are_two(keys) && secret_mac_next(keys, &phone_of_7, hash));
	assert_memory_equal(hash, second, sizeof(hash));
	secret_mac_beside(keys, SECRET_FOR_LOOKUP, &phone_of_7, hash);
	assert_memory_equal(hash, second, sizeof(hash));
	secret_token_make(keys, SECRET_TOKEN_PREFIX_ACCESS, token);
	secret_token_derive(keys, token, successor);
	secret_keys_use(keys, SECRET_KEY_LOOKUP, 2);
	secret_keys_replace(keys, 1, 2);
	secret_mac_beside(keys, SECRET_FOR_LOOKUP, &phone_of_7, hash);
	assert_memory_equal(hash, first, sizeof(hash));
	assert_true(secret_token_derive_of(keys, 0, token, token));
	assert_string_equal(token, successor);
	assert_false(secret_token_derive_of(keys, 2, token, token));
	secret_keys_free(keys);
}

static bool has_made(const struct secret_keys *keys, uint16_t number,
	const uint8_t mac[CRYPTO_HASH_SIZE])
{
	const struct secret_mac_use use = {SECRET_FOR_AUDIT, number};

	return secret_mac_verify(keys, &use, &phone_of_7, mac);
}

static void a_mac_is_that_of_its_keys_number(void **state)
{
	struct secret_keys *keys = load_usual();
	uint8_t first[CRYPTO_HASH_SIZE], second[CRYPTO_HASH_SIZE], before[CRYPTO_HASH_SIZE];

	(void)state;
	secret_mac(keys, SECRET_FOR_AUDIT, &phone_of_7, first);
	secret_mac(keys, SECRET_FOR_LOOKUP, &phone_of_7, before);
	secret_keys_free(keys);
	write_file(audit_path, "2 hkdf " KEY_ZERO "x\n1 hkdf " KEY_96_TO_127 "\n", 0600);
	assert_null(secret_keys_load(&conf, error, sizeof(error)));
	write_file(audit_path, "2 hkdf MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n"
			       "1 hkdf " KEY_96_TO_127 "\n", 0600);
	keys = secret_keys_load(&conf, error, sizeof(error));
	assert_non_null(keys);
	assert_int_equal(secret_key_number(keys, SECRET_KEY_AUDIT), 2);
	secret_mac(keys, SECRET_FOR_AUDIT, &phone_of_7, second);
	assert_true(has_made(keys, 1, first) && has_made(keys, 2, second));
	assert_false(has_made(keys, 2, first) || has_made(keys, 1, second));
	assert_false(has_made(keys, 3, first) || has_made(keys, 0, first));
	/* By a look-up key that has no subkeys, as the releases before had it. */
	assert_true(has_made(keys, 0, before));
	assert_false(has_made(keys, 1, before));
	secret_keys_free(keys);
	keys = load("1 " KEY_32_TO_63 "\n", "1 hkdf " KEY_0_TO_31 "\n");
	assert_false(has_made(keys, 0, before));
	secret_keys_free(keys);
}

#define ROW_1 {{ 1 }}
#define ROW_2 {{ 2 }}
static const struct secret_place home = {
	.table = "member", .column = "phone", .tenant_id = 7, .row_uuid = ROW_1
};

static void expect_opened(const struct secret_keys *keys, const void *sealed, size_t size,
	const char *text)
{
	const char *opened = secret_open(keys, &home, arena, sealed, size);

	assert_non_null(opened);
	assert_string_equal(opened, text);
}

/* Made by Python's cryptography: AESGCM(key) with the nonce 00 01 … 0b, key number 258; key is
 * bytes(32), and then what HKDF derives of it and b"wxuser sealing". */
static void what_another_program_sealed_opens(void **state)
{
	static const uint8_t by_subkey[] = {
		0x01, 0x01, 0x02, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
		0x09, 0x0a, 0x0b, 0x53, 0x99, 0x37, 0xa4, 0x42, 0xef, 0x72, 0x3c, 0x82,
		0x5a, 0xd3, 0x78, 0x76, 0x97, 0xfc, 0x90, 0xe6, 0x01, 0xe6, 0x3d, 0x2a,
		0x0c, 0x72, 0x37, 0xb3, 0xe0, 0xb9,
	};
	static const uint8_t sealed[] = {
		0x01, 0x01, 0x02, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
		0x09, 0x0a, 0x0b, 0xb9, 0xf8, 0x0b, 0x62, 0x30, 0xcd, 0xbf, 0xc9, 0xf2,
		0x48, 0x63, 0x15, 0xef, 0x88, 0x44, 0x0c, 0x98, 0xf1, 0x5d, 0x9e, 0x0f,
		0x93, 0xf9, 0x4e, 0xc0, 0x19, 0xd1,
	};
	struct secret_keys *keys = load_usual();

	(void)state;
	expect_opened(keys, sealed, sizeof(sealed), "13800000001");
	assert_null(secret_open(keys, &home, arena, by_subkey, sizeof(by_subkey)));
	secret_keys_free(keys);
	keys = load("1 " KEY_32_TO_63 "\n258 hkdf " KEY_ZERO "\n", "1 " KEY_0_TO_31 "\n");
	assert_non_null(keys);
	expect_opened(keys, by_subkey, sizeof(by_subkey), "13800000001");
	assert_null(secret_open(keys, &home, arena, sealed, sizeof(sealed)));
	secret_keys_free(keys);
}

static void sealed_text_opens_at_its_place_only(void **state)
{
	static const struct secret_place elsewhere[] = {
		{ .table = "resident", .column = "phone", .tenant_id = 7, .row_uuid = ROW_1 },
		{ .table = "member", .column = "name", .tenant_id = 7, .row_uuid = ROW_1 },
		{ .table = "member", .column = "phone", .tenant_id = 8, .row_uuid = ROW_1 },
		{ .table = "member", .column = "phone", .tenant_id = 7, .row_uuid = ROW_2 },
		{ .table = "memberp", .column = "hone", .tenant_id = 7, .row_uuid = ROW_1 },
	};
	static const char *const texts[] = { "", "x", "13800000001", "微信用户😀" };
	struct secret_keys *keys = load_usual();

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		size_t size = strlen(texts[i]);
		uint8_t *sealed = secret_seal(keys, &home, arena, texts[i], size);

		size += SECRET_SEAL_OVERHEAD;
		expect_opened(keys, sealed, size, texts[i]);
		for (size_t j = 0; j < N_OF(elsewhere); j++)
			assert_null(secret_open(keys, &elsewhere[j], arena, sealed, size));
	}
	secret_keys_free(keys);
}

static void damaged_bytes_do_not_open(void **state)
{
	struct secret_keys *keys = load_usual();
	const size_t size = 11 + SECRET_SEAL_OVERHEAD;
	uint8_t *sealed = secret_seal(keys, &home, arena, "13800000001", 11);

	(void)state;
	for (size_t i = 0; i < size * 8; i++) {
		sealed[i / 8] ^= 1 << i % 8;
		assert_null(secret_open(keys, &home, arena, sealed, size));
		sealed[i / 8] ^= 1 << i % 8;
	}
	for (size_t shorter = 0; shorter < size; shorter++)
		assert_null(secret_open(keys, &home, arena, sealed, shorter));
	assert_non_null(secret_open(keys, &home, arena, sealed, size));
	secret_keys_free(keys);
}

static void the_highest_number_seals_and_all_open(void **state)
{
	struct secret_keys *old = load("1 " KEY_ZERO "\n", "1 " KEY_0_TO_31 "\n");
	struct secret_keys *both = load_usual();
	uint8_t *by_old = secret_seal(old, &home, arena, "a", 1);
	uint8_t *by_new = secret_seal(both, &home, arena, "a", 1);
	uint8_t *again = secret_seal(both, &home, arena, "a", 1);

	(void)state;
	assert_memory_not_equal(by_new, again, 1 + SECRET_SEAL_OVERHEAD);
	assert_int_equal(by_old[1] << 8 | by_old[2], 1);
	assert_int_equal(by_new[1] << 8 | by_new[2], 258);
	assert_null(secret_open(old, &home, arena, by_new, 1 + SECRET_SEAL_OVERHEAD));
	secret_keys_free(old);
	old = load("258 " KEY_ZERO "\n1 " KEY_32_TO_63 "\n", "1 " KEY_0_TO_31 "\n");
	assert_non_null(secret_open(old, &home, arena, by_new, 1 + SECRET_SEAL_OVERHEAD));
	secret_keys_free(old);
	secret_keys_free(both);
}

static void bad_key_files_are_refused_with_a_remedy(void **state)
{
	static const char good[] = "1 " KEY_32_TO_63 "\n", other[] = "1 " KEY_0_TO_31 "\n";
	static const struct {
		const char *sealing, *lookup, *error;
	} cases[] = {
		{ "", other, "sealing: damaged (empty); restore it from its backup" },
		{ "\r\n\n", other, "damaged (empty)" },
		{ BOM, other, "damaged (empty)" },
		{ "0 " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ "01 " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ "-1 " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ "65536 " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ "4294967297 " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ "1  " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ "1 lost\n", other, "no key is above it; add one: printf '2 hkdf " },
		{ "2 lost\n1 " KEY_ZERO "\n", other, "key 2 is lost, and no key is above it" },
		{ good, "1 lost\n1 " KEY_0_TO_31 "\n", "key 1 is lost, and no key is above it" },
		{ good, "2 lost\n1 " KEY_ZERO "\n", "key 2 is lost, and no key is above it" },
		{ "1 lose\n2 " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ "1 lost2 " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ BOM BOM "1 " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ "1\n", other, "damaged (line 1 is no key)" },
		{ "1 AAAA\n", other, "damaged (line 1 is no key)" },
		{ "1 !AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", other, "line 1 is no key" },
		{ "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n", other, "line 1 is no key" },
		{ "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A\n", other, "line 1 is no key" },
		{ "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", other, "line 1 is no key" },
		{ "1 " KEY_ZERO "\n1 " KEY_32_TO_63 "\n", other, "printf '2 hkdf %s\\n' \"$(" },
		{ "1 hkdf\n", other, "damaged (line 1 is no key)" },
		{ "1 hkdf  " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ "1 hkdf lost\n", other, "damaged (line 1 is no key)" },
		{ "1 HKDF " KEY_ZERO "\n", other, "damaged (line 1 is no key)" },
		{ good, "1 hkdf " KEY_32_TO_63 "\n", "/sealing; restore the right file" },
		{ good, "1 " KEY_96_TO_127 "\n", "audit: holds the same key as" },
		{ "1 " KEY_ZERO "\n\n2 " KEY_ZERO "x\n", other, "damaged (line 3 is no key)" },
		{ good, "", "lookup: damaged (empty); restore it" },
		{ good, "1\n", "lookup: damaged (line 1 is no key); restore it" },
		{ good, "1 " KEY_ZERO "\n1 " KEY_0_TO_31 "\n", "key number 1 is there twice" },
		{ good, good, "/sealing; restore the right file" },
		{ good, "1 " KEY_64_TO_95 "\n", "/lookup; restore the right file" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		assert_null(load(cases[i].sealing, cases[i].lookup));
		if (strstr(error, cases[i].error) == NULL)
			fail_msg("case %zu: %s", i, error);
	}
}

static void what_an_editor_does_to_a_file_is_no_damage(void **state)
{
	static const char *const texts[] = {
		"1 " KEY_ZERO "\r\n2 " KEY_32_TO_63 "\r\n",
		"1 " KEY_ZERO "\n2 " KEY_32_TO_63,
		BOM "1 " KEY_ZERO "\r\n2 " KEY_32_TO_63,
		"\n1 " KEY_ZERO "\n\n2 " KEY_32_TO_63 "\n\n",
		"1 " KEY_ZERO " \r\r\n2 " KEY_32_TO_63 "\t\n \n",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		struct secret_keys *keys = load(texts[i], BOM "1 " KEY_0_TO_31 "\r\n");

		assert_non_null(keys);
		assert_true(secret_keys_have(keys, SECRET_KEY_SEALING, 1) &&
			secret_keys_have(keys, SECRET_KEY_SEALING, 2));
		assert_false(secret_keys_have(keys, SECRET_KEY_SEALING, 3));
		secret_keys_free(keys);
	}
}

static void two_keys_of_one_number_open_what_each_has_sealed(void **state)
{
	static const char *const lines[] = { "1 " KEY_ZERO "\n", "1 " KEY_32_TO_63 "\n" };
	const char *both = "1 " KEY_ZERO "\n1 " KEY_32_TO_63 "\n2 " KEY_64_TO_95 "\n";
	uint8_t *sealed[N_OF(lines)];
	struct secret_keys *keys;

	(void)state;
	for (size_t i = 0; i < N_OF(lines); i++) {
		keys = load(lines[i], "1 " KEY_0_TO_31 "\n");
		sealed[i] = secret_seal(keys, &home, arena, "a", 1);
		assert_int_equal(secret_sealed_with(sealed[i], 1 + SECRET_SEAL_OVERHEAD), 1);
		secret_keys_free(keys);
	}
	write_file(erasure_path, "1 MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n", 0600);
	write_file(sealing_path, both, 0600);
	keys = secret_keys_load(&conf, error, sizeof(error));
	assert_non_null(keys);
	for (size_t i = 0; i < N_OF(lines); i++)
		expect_opened(keys, sealed[i], 1 + SECRET_SEAL_OVERHEAD, "a");
	secret_keys_free(keys);
}

static void check_values_tell_keys_apart(void **state)
{
	const struct secret_check_value *values, *again;
	struct secret_keys *keys = load_usual();
	size_t n = secret_check_values(keys, arena, &values);

	(void)state;
	assert_int_equal(n, 5);
	assert_int_equal(values[1].kind, SECRET_KEY_SEALING);
	assert_int_equal(values[1].number, 258);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(values[i].hash, values[j].hash, CRYPTO_HASH_SIZE);
	secret_keys_free(keys);
	keys = load("258 " KEY_ZERO "\n1 " KEY_0_TO_31 "\n", "7 " KEY_32_TO_63 "\n");
	assert_int_equal(secret_check_values(keys, arena, &again), n);
	assert_memory_equal(again[0].hash, values[1].hash, CRYPTO_HASH_SIZE);
	assert_memory_equal(again[2].hash, values[0].hash, CRYPTO_HASH_SIZE);
	secret_keys_free(keys);
	keys = load("1 hkdf " KEY_32_TO_63 "\n", "7 hkdf " KEY_0_TO_31 "\n");
	secret_check_values(keys, arena, &again);
	assert_memory_not_equal(again[0].hash, values[0].hash, CRYPTO_HASH_SIZE);
	secret_keys_free(keys);
}

static void loose_modes_and_missing_files_are_refused(void **state)
{
	static const mode_t loose[] = { 0640, 0604, 0610, 0601, 0660, 0777 };

	(void)state;
	for (size_t i = 0; i < N_OF(loose); i++) {
		secret_keys_free(load_usual());
		assert_int_equal(chmod(lookup_path, loose[i]), 0);
		assert_null(secret_keys_load(&conf, error, sizeof(error)));
		assert_non_null(strstr(error, "chmod 600"));
	}
	unlink(sealing_path);
	assert_null(secret_keys_load(&conf, error, sizeof(error)));
	assert_non_null(strstr(error, "wxuserctl keys create"));
	conf.keys_sealing = directory;
	assert_null(secret_keys_load(&conf, error, sizeof(error)));
	assert_non_null(strstr(error, "Is a directory"));
	assert_null(secret_keys_load(&conf, error, 4));
	assert_int_equal(strlen(error), 3);
	conf.keys_sealing = sealing_path;
}

/* To open it would wait for who writes there. */
static void a_pipe_is_no_key_file(void **state)
{
	(void)state;
	secret_keys_free(load_usual());
	unlink(lookup_path);
	assert_int_equal(mkfifo(lookup_path, 0600), 0);
	alarm(20);
	assert_null(secret_keys_load(&conf, error, sizeof(error)));
	assert_non_null(strstr(error, "it is no regular file"));
	assert_int_equal(secret_key_file_add(lookup_path, 2), -1);
	alarm(0);
	unlink(lookup_path);
}

static void at_most_64_keys_are_taken(void **state)
{
	struct secret_keys *keys;
	FILE *file;

	(void)state;
	secret_keys_free(load_usual());
	for (int n = 64; n <= 70; n++) {
		file = fopen(sealing_path, "w");
		for (int i = 1; i <= n; i++)
			fprintf(file, "%d " KEY_ZERO "\n", i);
		fclose(file);
		keys = secret_keys_load(&conf, error, sizeof(error));
		assert_int_equal(keys != NULL, n == 64);
		secret_keys_free(keys);
	}
}

static void no_line_is_added_that_would_not_be_read(void **state)
{
	struct secret_keys *keys;

	(void)state;
	unlink(sealing_path);
	assert_int_equal(secret_key_file_create(sealing_path, 1), 0);
	for (uint16_t n = 2; n <= 64; n++)
		assert_int_equal(secret_key_file_add(sealing_path, n), 0);
	assert_int_equal(secret_key_file_add(sealing_path, 65), -1);
	assert_int_equal(errno, ENOSPC);
	write_file(lookup_path, "1 hkdf " KEY_0_TO_31 "\n", 0600);
	keys = secret_keys_load(&conf, error, sizeof(error));
	assert_non_null(keys);
	secret_keys_free(keys);
}

static void created_files_load_and_are_not_overwritten(void **state)
{
	struct secret_keys *keys;
	struct stat st;

	(void)state;
	unlink(sealing_path);
	unlink(lookup_path);
	unlink(erasure_path);
	unlink(audit_path);
	assert_int_equal(secret_key_file_create(sealing_path, 1), 0);
	assert_int_equal(secret_key_file_create(lookup_path, 1), 0);
	assert_int_equal(secret_key_file_create(erasure_path, 1), 0);
	assert_int_equal(secret_key_file_create(audit_path, 1), 0);
	assert_int_equal(stat(sealing_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	keys = secret_keys_load(&conf, error, sizeof(error));
	assert_non_null(keys);
	secret_keys_free(keys);
	assert_int_equal(secret_key_file_create(sealing_path, 1), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(secret_key_file_create("/nonexistent/keys", 1), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_the_published_ones),
		cmocka_unit_test(macs_are_the_published_ones),
		cmocka_unit_test(base32_is_that_of_rfc_4648),
		cmocka_unit_test(comparison_sees_every_byte),
		cmocka_unit_test(tokens_are_told_from_typos),
		cmocka_unit_test(made_tokens_are_well_formed_and_differ),
		cmocka_unit_test(a_successor_follows_from_its_token),
		cmocka_unit_test(what_was_made_here_is_told_from_what_is_forged),
		cmocka_unit_test(lookup_is_hmac_of_tenant_kind_and_text),
		cmocka_unit_test(a_purpose_has_a_subkey),
		cmocka_unit_test(a_mac_is_that_of_its_keys_number),
		cmocka_unit_test(what_another_program_sealed_opens),
		cmocka_unit_test(sealed_text_opens_at_its_place_only),
		cmocka_unit_test(damaged_bytes_do_not_open),
		cmocka_unit_test(the_highest_number_seals_and_all_open),
		cmocka_unit_test(bad_key_files_are_refused_with_a_remedy),
		cmocka_unit_test(what_an_editor_does_to_a_file_is_no_damage),
		cmocka_unit_test(two_keys_of_one_number_open_what_each_has_sealed),
		cmocka_unit_test(check_values_tell_keys_apart),
		cmocka_unit_test(loose_modes_and_missing_files_are_refused),
		cmocka_unit_test(a_pipe_is_no_key_file),
		cmocka_unit_test(a_look_up_key_replaces_another_one),
		cmocka_unit_test(at_most_64_keys_are_taken),
		cmocka_unit_test(no_line_is_added_that_would_not_be_read),
		cmocka_unit_test(created_files_load_and_are_not_overwritten),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
