#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "scoreboard.h"

#define N_SLOTS 3
#define N_ENDPOINTS 2

static struct scoreboard *board;

static int set_up(void **state)
{
	(void)state;
	board = scoreboard_new(N_SLOTS, N_ENDPOINTS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scoreboard_free(board);
	return 0;
}

static void slots_have_lines_of_their_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SLOTS; i++)
		assert_int_equal((uintptr_t)&board->slots[i] % 128, 0);
	assert_true((char *)board->counts >= (char *)(board->slots + N_SLOTS));
	assert_true((char *)(board->counts + N_ENDPOINTS + 1) <= (char *)board->breakers);
	assert_true((char *)(board->breakers + 1) <= (char *)board->buckets);
	assert_true((char *)(board->buckets + 1) <=
		(char *)board->mapping + board->mapping_size);
}

static void slots_are_taken_and_given_back(void **state)
{
	struct slot *taken[N_SLOTS];

	(void)state;
	for (size_t i = 0; i < N_SLOTS; i++) {
		taken[i] = scoreboard_take(board, (int32_t)i, 5);
		assert_int_equal(taken[i]->state, WORKER_STARTING);
		assert_int_equal(taken[i]->pool, i);
		assert_int_equal(taken[i]->generation, 5);
		assert_int_equal(board->n_slots, i + 1);
	}
	assert_null(scoreboard_take(board, 0, 5));
	scoreboard_begin_request(taken[1], 42);
	taken[1]->aborted_us = 43;
	scoreboard_give_back(taken[1]);
	assert_ptr_equal(scoreboard_take(board, 7, 6), taken[1]);
	assert_int_equal(taken[1]->generation, 6);
	assert_int_equal(board->n_slots, N_SLOTS);
	assert_int_equal(taken[1]->request_us, 0);
	assert_int_equal(taken[1]->aborted_us, 0);
}

static void master_sees_what_the_worker_does(void **state)
{
	struct slot *slot = scoreboard_take(board, 0, 1);

	(void)state;
	if (fork() == 0) {
		scoreboard_begin_request(slot, 42);
		_exit(0);
	}
	wait(NULL);
	assert_int_equal(slot->request_us, 42);
	if (fork() == 0) {
		scoreboard_end_request(slot);
		_exit(0);
	}
	wait(NULL);
	assert_int_equal(slot->request_us, 0);
}

static void workers_are_tallied(void **state)
{
	struct slot *first = scoreboard_take(board, 0, 1), *second = scoreboard_take(board, 0, 1);
	struct slot *next = scoreboard_take(board, 0, 2);
	struct tally tally;

	(void)state;
	tally = scoreboard_tally(board, 0, 1);
	assert_int_equal(tally.n_starting, 2);
	first->state = second->state = next->state = WORKER_READY;
	scoreboard_begin_request(second, 42);
	tally = scoreboard_tally(board, 0, 1);
	assert_int_equal(tally.n_starting, 0);
	assert_int_equal(tally.n_idle, 1);
	assert_int_equal(tally.n_busy, 1);
	second->told_us = 43;
	tally = scoreboard_tally(board, 0, 1);
	assert_int_equal(tally.n_busy, 0);
	assert_int_equal(tally.n_leaving, 1);
	assert_int_equal(scoreboard_tally(board, 1, 1).n_idle, 0);
}

static void counts_of_many_workers_add_up(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		if (fork() != 0)
			continue;
		for (int n = 0; n < 1000; n++) {
			scoreboard_count(board, 0, 200);
			scoreboard_count(board, 1, 404);
			scoreboard_count(board, N_ENDPOINTS, 503);
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	assert_int_equal(board->counts[0][1], 4000);
	assert_int_equal(board->counts[1][3], 4000);
	assert_int_equal(board->counts[N_ENDPOINTS][4], 4000);
	assert_int_equal(board->counts[0][3], 0);
}

static void requests_are_numbered_for_all_workers(void **state)
{
	(void)state;
	assert_int_equal(scoreboard_number(board), 1);
	if (fork() == 0)
		_exit(scoreboard_number(board) == 2 ? 0 : 1);
	wait(NULL);
	assert_int_equal(scoreboard_number(board), 3);
	*board->n_received = INT32_MAX - 1;
	assert_int_equal(scoreboard_number(board), INT32_MAX);
	assert_int_equal(scoreboard_number(board), 1);
}

static void status_of_no_class_is_ours(void **state)
{
	(void)state;
	scoreboard_count(board, 0, 0);
	scoreboard_count(board, 0, 600);
	assert_int_equal(board->counts[0][4], 2);
}

int main(void)
{
#define SCOREBOARD_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		SCOREBOARD_TEST(slots_have_lines_of_their_own),
		SCOREBOARD_TEST(slots_are_taken_and_given_back),
		SCOREBOARD_TEST(master_sees_what_the_worker_does),
		SCOREBOARD_TEST(workers_are_tallied),
		SCOREBOARD_TEST(counts_of_many_workers_add_up),
		SCOREBOARD_TEST(requests_are_numbered_for_all_workers),
		SCOREBOARD_TEST(status_of_no_class_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
