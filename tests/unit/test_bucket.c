#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "bucket.h"
#include "scoreboard.h"

#define START_US INT64_C(1000000000)
#define SECOND_US 1000000

static const struct bucket_rate rate = {.token_us = SECOND_US / 10, .burst = 20};
static struct scoreboard *board;

static int set_up(void **state)
{
	(void)state;
	board = scoreboard_new(1, 1, NULL, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scoreboard_free(board);
	return 0;
}

static uint64_t hash(const char *key)
{
	return bucket_hash_text(board->buckets, key);
}

/* Tries to take n tokens and returns how many there were. */
static int take(const char *key, int n, int64_t now_us)
{
	int n_taken = 0;

	for (int i = 0; i < n; i++)
		n_taken += bucket_take(board->buckets, &rate, hash(key), now_us);
	return n_taken;
}

static void gives_the_burst_and_then_the_rate(void **state)
{
	(void)state;
	assert_int_equal(take("a", 100, START_US), 20);
	assert_int_equal(take("a", 100, START_US + SECOND_US / 10 - 1), 0);
	assert_int_equal(take("a", 100, START_US + SECOND_US / 10), 1);
	assert_int_equal(take("a", 100, START_US + SECOND_US), 9);
	assert_int_equal(take("a", 100, START_US + 100 * SECOND_US), 20);
}

static void what_is_given_back_can_be_taken_again(void **state)
{
	(void)state;
	assert_int_equal(take("given back", 20, START_US), 20);
	bucket_give_back(board->buckets, &rate, hash("given back"));
	assert_int_equal(take("given back", 20, START_US), 1);
	bucket_give_back(board->buckets, &rate, hash("given back"));
	bucket_give_back(board->buckets, &rate, hash("nobody's"));
	assert_int_equal(take("given back", 100, START_US + 100 * SECOND_US), 20);
	assert_int_equal(take("nobody's", 100, START_US), 20);
}

static void a_look_takes_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		assert_true(bucket_has(board->buckets, &rate, hash("looked at"), START_US));
	assert_int_equal(take("looked at", 19, START_US), 19);
	assert_true(bucket_has(board->buckets, &rate, hash("looked at"), START_US));
	assert_int_equal(take("looked at", 1, START_US), 1);
	assert_false(bucket_has(board->buckets, &rate, hash("looked at"), START_US));
	assert_true(
		bucket_has(board->buckets, &rate, hash("looked at"), START_US + SECOND_US / 10));
}

/* Under this secret no five of the keys share a hash. */
static void keeps_keys_apart(void **state)
{
	char key[32];

	(void)state;
	memset(board->buckets->secret, 0, BUCKET_SECRET_SIZE);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "192.0.2.%d", i);
		assert_int_equal(take(key, 21, START_US), 20);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "192.0.2.%d", i);
		assert_int_equal(take(key, 1, START_US), 0);
	}
}

/* Neither do five of the numbers, each of which differs from others in a few bits. */
static void keeps_numbers_apart(void **state)
{
	(void)state;
	memset(board->buckets->secret, 0, BUCKET_SECRET_SIZE);
	for (int round = 0; round < 2; round++)
		for (uint64_t i = 0; i < 1000; i++) {
			const uint64_t number = i << 32 | i;
			int n_taken = 0;

			for (int tries = 0; tries < 21; tries++)
				n_taken += bucket_take(board->buckets, &rate,
					bucket_hash_number(board->buckets, number), START_US);
			assert_int_equal(n_taken, round == 0 ? 20 : 0);
		}
}

static void hashes_of_numbers_follow_the_secret(void **state)
{
	struct scoreboard *other = scoreboard_new(1, 1, NULL, 0);

	(void)state;
	assert_int_not_equal(
		bucket_hash_number(board->buckets, 7), bucket_hash_number(other->buckets, 7));
	scoreboard_free(other);
}

static void crowd_lets_new_keys_in(void **state)
{
	char key[32];

	(void)state;
	for (int i = 0; i < 2 * BUCKET_N; i++) {
		snprintf(key, sizeof(key), "%d", i);
		assert_int_equal(take(key, 1, START_US + i), 1);
	}
	assert_int_equal(take("new", 100, START_US + 2 * BUCKET_N), 20);
	assert_int_equal(take("new", 1, START_US + 2 * BUCKET_N), 0);
}

static void secrets_of_two_tables_differ(void **state)
{
	struct scoreboard *other = scoreboard_new(1, 1, NULL, 0);

	(void)state;
	assert_memory_not_equal(
		board->buckets->secret, other->buckets->secret, BUCKET_SECRET_SIZE);
	scoreboard_free(other);
}

static void workers_share_the_tokens(void **state)
{
	const struct bucket_rate large = {.token_us = SECOND_US / 1000, .burst = 200};
	int n_taken = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		if (fork() != 0)
			continue;
		for (int tries = 0; tries < 1000; tries++)
			n_taken += bucket_take(board->buckets, &large, hash("a"), START_US);
		_exit(n_taken);
	}
	for (int i = 0; i < 4; i++) {
		int status;

		assert_true(wait(&status) > 0);
		n_taken += WEXITSTATUS(status);
	}
	assert_int_equal(n_taken, large.burst);
}

int main(void)
{
#define BUCKET_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		BUCKET_TEST(gives_the_burst_and_then_the_rate),
		BUCKET_TEST(what_is_given_back_can_be_taken_again),
		BUCKET_TEST(a_look_takes_nothing),
		BUCKET_TEST(keeps_keys_apart),
		BUCKET_TEST(keeps_numbers_apart),
		BUCKET_TEST(hashes_of_numbers_follow_the_secret),
		BUCKET_TEST(crowd_lets_new_keys_in),
		BUCKET_TEST(secrets_of_two_tables_differ),
		BUCKET_TEST(workers_share_the_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
