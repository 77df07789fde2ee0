#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "crypto.h"

static void random_bytes_of_a_child_are_its_own(void **state)
{
	uint8_t here[3][16], there[16];
	int ends[2];
	pid_t pid;

	(void)state;
	crypto_random(here[0], sizeof(here[0])); /* there is a supply */
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		crypto_random(there, sizeof(there));
		_exit(write(ends[1], there, sizeof(there)) != sizeof(there));
	}
	assert_int_equal(read(ends[0], there, sizeof(there)), sizeof(there));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ends[0]);
	close(ends[1]);
	crypto_random(here[1], sizeof(here[1]));
	crypto_random(here[2], sizeof(here[2]));
	for (size_t i = 0; i < N_OF(here); i++)
		assert_memory_not_equal(here[i], there, sizeof(there));
}

/* More than the supply holds, in parts that do not divide it. */
static void random_bytes_do_not_repeat(void **state)
{
	static uint8_t bytes[64 * 24];

	(void)state;
	for (size_t at = 0; at < sizeof(bytes); at += 24)
		crypto_random(bytes + at, 24);
	for (size_t i = 0; i < sizeof(bytes); i += 8)
		for (size_t j = 0; j < i; j += 8)
			assert_memory_not_equal(bytes + i, bytes + j, 8);
	crypto_random(bytes, 600);
	for (size_t i = 0; i < 600; i += 8)
		for (size_t j = 0; j < i; j += 8)
			assert_memory_not_equal(bytes + i, bytes + j, 8);
}

/* RFC 5869, A.3. */
static void hkdf_is_the_published_one(void **state)
{
	static const char wanted[] = "\x8d\xa4\xe7\x75\xa5\x63\xc1\x8f\x71\x5f\x80\x2a\x06\x3c"
				     "\x5a\x31\xb8\xa1\x1f\x5c\x5e\xe1\x87\x9e\xc3\x45\x4e\x5f"
				     "\x3c\x73\x8d\x2d\x9d\x20\x13\x95\xfa\xa4\xb6\x1a\x96\xc8";
	uint8_t key[22], derived[sizeof(wanted) - 1];

	(void)state;
	memset(key, 0x0b, sizeof(key));
	crypto_hkdf(key, sizeof(key), "", derived, sizeof(derived));
	assert_memory_equal(derived, wanted, sizeof(derived));
}

static void a_hmac_key_serves_many_texts(void **state)
{
	static const char *const keys[] = {"key", "", "another"};
	struct crypto_hmac_key *hmacs[N_OF(keys)];
	uint8_t parts[CRYPTO_HASH_SIZE], whole[CRYPTO_HASH_SIZE];

	(void)state;
	for (size_t i = 0; i < N_OF(keys); i++)
		hmacs[i] = crypto_hmac_key_new(keys[i], strlen(keys[i]));
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < N_OF(keys); i++) {
			crypto_hmac_begin(hmacs[i]);
			crypto_hmac_add(hmacs[i], "what do ya want ", 16);
			crypto_hmac_add(hmacs[i], "", 0);
			crypto_hmac_add(hmacs[i], "for nothing?", 12);
			crypto_hmac_end(hmacs[i], parts);
			crypto_hmac_sha256(keys[i], strlen(keys[i]), "what do ya want for nothing?",
				28, whole);
			assert_memory_equal(parts, whole, sizeof(whole));
		}
	for (size_t i = 0; i < N_OF(keys); i++)
		crypto_hmac_key_free(hmacs[i]);
}

/* A seal that does not open leaves the key as it was. */
static void a_key_seals_and_opens_in_any_order(void **state)
{
	static const uint8_t bytes[CRYPTO_AES_KEY_SIZE] = {1};
	static const uint8_t nonces[2][CRYPTO_GCM_NONCE_SIZE] = {{2}, {3}};
	struct crypto_gcm_key *key = crypto_gcm_key_new(bytes);
	struct crypto_gcm gcm[2];
	uint8_t sealed[2][5 + CRYPTO_GCM_TAG_SIZE], again[5 + CRYPTO_GCM_TAG_SIZE], opened[5];

	(void)state;
	for (size_t i = 0; i < N_OF(gcm); i++) {
		gcm[i] = (struct crypto_gcm){key, nonces[i], (const uint8_t *)"place", 5};
		crypto_gcm_seal(&gcm[i], "bytes", 5, sealed[i]);
	}
	assert_memory_not_equal(sealed[0], sealed[1], 5);
	for (size_t i = 0; i < 4; i++) {
		assert_false(crypto_gcm_open(&gcm[i % 2], sealed[1 - i % 2], 5, opened));
		assert_memory_equal(opened, "\0\0\0\0", 5);
		crypto_gcm_seal(&gcm[i % 2], "bytes", 5, again);
		assert_memory_equal(again, sealed[i % 2], sizeof(again));
		assert_true(crypto_gcm_open(&gcm[i % 2], sealed[i % 2], 5, opened));
		assert_memory_equal(opened, "bytes", 5);
	}
	crypto_gcm_key_free(key);
}

static void a_hash_is_of_one_text(void **state)
{
	/* FIPS 180-2, B.1 */
	static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
	uint8_t hash[CRYPTO_HASH_SIZE];

	(void)state;
	for (int round = 0; round < 2; round++) {
		crypto_sha256("", 0, hash);
		crypto_sha256("abc", 3, hash);
		assert_memory_equal(hash, abc, sizeof(abc));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_bytes_of_a_child_are_its_own),
		cmocka_unit_test(random_bytes_do_not_repeat),
		cmocka_unit_test(a_hash_is_of_one_text),
		cmocka_unit_test(hkdf_is_the_published_one),
		cmocka_unit_test(a_hmac_key_serves_many_texts),
		cmocka_unit_test(a_key_seals_and_opens_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
