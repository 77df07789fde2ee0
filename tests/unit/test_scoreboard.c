#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "heap.h"
#include "scoreboard.h"
#include "service.h"
#include "standing.h"

#define N_SLOTS 3
#define N_ROWS 3

static struct scoreboard *board;

static int set_up(void **state)
{
	(void)state;
	board = scoreboard_new(N_SLOTS, N_ROWS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scoreboard_free(board);
	return 0;
}

static void one_misrouted_request_in_an_hour_is_told(void **state)
{
	const int64_t began_us = 5 * CLOCK_SECOND_US, hour_us = 3600 * CLOCK_SECOND_US;

	(void)state;
	assert_true(scoreboard_tell_misrouted(board, began_us));
	assert_false(scoreboard_tell_misrouted(board, began_us + 1));
	assert_false(scoreboard_tell_misrouted(board, began_us + hour_us));
	assert_true(scoreboard_tell_misrouted(board, began_us + hour_us + 1));
	assert_false(scoreboard_tell_misrouted(board, began_us + hour_us + 2));
}

static void slots_have_lines_of_their_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SLOTS; i++)
		assert_int_equal((uintptr_t)&board->slots[i] % 128, 0);
	for (size_t i = 0; i < N_SLOTS; i++)
		assert_int_equal((uintptr_t)scoreboard_ledger(board, &board->slots[i]) % 128, 0);
	assert_true(board->ledgers >= (char *)(board->slots + N_SLOTS));
	assert_true((char *)scoreboard_ledger(board, &board->slots[N_SLOTS - 1]) +
			ledger_size(N_ROWS) <= (char *)board->roll);
	assert_true((char *)(board->roll + 1) <= (char *)board->breakers);
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
		assert_int_equal(board->roll->n_slots, i + 1);
	}
	assert_null(scoreboard_take(board, 0, 5));
	scoreboard_begin_request(taken[1], "id", 42);
	taken[1]->aborted_us = 43;
	scoreboard_give_back(taken[1]);
	assert_ptr_equal(scoreboard_take(board, 7, 6), taken[1]);
	assert_int_equal(taken[1]->generation, 6);
	assert_int_equal(board->roll->n_slots, N_SLOTS);
	assert_int_equal(taken[1]->request_us, 0);
	assert_int_equal(taken[1]->aborted_us, 0);
}

static void master_sees_what_the_worker_does(void **state)
{
	struct slot *slot = scoreboard_take(board, 0, 1);

	(void)state;
	if (fork() == 0) {
		scoreboard_begin_request(slot, "id", 42);
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
	scoreboard_begin_request(second, "id", 42);
	tally = scoreboard_tally(board, 0, 1);
	assert_int_equal(tally.n_starting, 0);
	assert_int_equal(tally.n_idle, 1);
	assert_int_equal(tally.n_busy, 1);
	second->told_us = 43;
	tally = scoreboard_tally(board, 0, 1);
	assert_int_equal(tally.n_busy, 0);
	assert_int_equal(tally.n_leaving, 1);
	assert_int_equal(scoreboard_tally(board, 1, 1).n_idle, 0);
	assert_int_equal(scoreboard_tally(board, 0, 0).n_idle, 2);
	scoreboard_give_back(next);
	assert_int_equal(scoreboard_tally(board, 0, 0).n_idle, 1);
}

static const struct dialect here = {.name = "here"}, elsewhere = {.name = "elsewhere"};
static const struct endpoint place = {.dialect = &here, .path = "place"};
static const struct service service = {
	.endpoints = (const struct endpoint *const[]){&place, NULL},
	.dialects = (const struct dialect *const[]){&here, &elsewhere, NULL},
};

static void count(struct ledger *ledger, const struct dialect *dialect,
	const struct endpoint *endpoint, int status)
{
	const struct request req = {
		.dialect = dialect,
		.endpoint = endpoint,
		.response.status = status,
		.err = status == 200 ? ERR_NONE : ERR_NOT_FOUND,
		.started_us = clock_monotonic_us() - 3000,
		.sent_us = clock_now_us() - 5000,
	};

	ledger_request(ledger, &service, POOL_REMOTE, &req);
}

static void a_request_at_hand_is_seen_where_it_stands(void **state)
{
	struct slot *slot = scoreboard_take(board, POOL_REMOTE, 1);
	int64_t now_us = clock_monotonic_us();
	struct standing standing;

	(void)state;
	slot->pid = 4711;
	assert_false(standing_read(slot, &service, &standing));
	if (fork() == 0) {
		activity_use(&slot->activity);
		scoreboard_begin_request(slot, "0123456789abcdef0123456789abcdef", now_us - 5000);
		activity_begin(ACTIVITY_DATABASE);
		_exit(0);
	}
	wait(NULL);
	assert_true(standing_read(slot, &service, &standing));
	assert_null(standing.endpoint);
	assert_int_equal(standing.pid, 4711);
	assert_int_equal(standing.pool, POOL_REMOTE);
	assert_int_equal(standing.activity, ACTIVITY_DATABASE);
	assert_string_equal(standing.request_id, "0123456789abcdef0123456789abcdef");
	assert_true(standing.age_us >= 5000);
	assert_int_equal(standing.still_us, 0);

	standing_watch(slot, now_us - 3000);
	standing_watch(slot, now_us - 1000); /* it has not moved */
	slot->endpoint = 1;
	assert_true(standing_read(slot, &service, &standing));
	assert_ptr_equal(standing.endpoint, &place);
	assert_in_range(standing.still_us, 3000, standing.age_us);
	slot->endpoint = 3;
	assert_true(standing_read(slot, &service, &standing));
	assert_null(standing.endpoint); /* there is only one */
	scoreboard_end_request(slot);
	assert_false(standing_read(slot, &service, &standing));
}

static uint64_t sum_of(const struct histogram *histogram)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= HISTOGRAM_N_BOUNDS; i++)
		n += histogram->n[i];
	return n;
}

static void counts_of_many_workers_add_up(void **state)
{
	struct ledger *sum = heap_alloc(ledger_size(N_ROWS));

	(void)state;
	assert_int_equal(ledger_n_rows(&service), N_ROWS);
	for (size_t i = 0; i < N_SLOTS; i++) {
		if (fork() != 0)
			continue;
		meter_use(&scoreboard_ledger(board, &board->slots[i])->meters);
		for (int n = 0; n < 1000; n++) {
			count(scoreboard_ledger(board, &board->slots[i]), &here, &place, 200);
			count(scoreboard_ledger(board, &board->slots[i]), &elsewhere, NULL, 404);
			meter_add(METER_SMS_SENT, 2);
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	for (size_t i = 0; i < N_SLOTS; i++)
		ledger_add(sum, scoreboard_ledger(board, &board->slots[i]), N_ROWS);
	assert_int_equal(sum->rows[0].statuses[response_place(200)], 1000 * N_SLOTS);
	assert_int_equal(sum->rows[0].errs[ERR_NONE], 1000 * N_SLOTS);
	assert_int_equal(sum->rows[2].statuses[response_place(404)], 1000 * N_SLOTS);
	assert_int_equal(sum->rows[2].errs[ERR_NOT_FOUND], 1000 * N_SLOTS);
	assert_int_equal(sum_of(&sum->rows[1].took), 0);
	assert_int_equal(sum_of(&sum->rows[2].took), 1000 * N_SLOTS);
	assert_true(sum->rows[2].took.sum_us >= 1000 * N_SLOTS * UINT64_C(3000));
	assert_int_equal(sum_of(&sum->queued[POOL_REMOTE]), 2000 * N_SLOTS);
	assert_int_equal(sum_of(&sum->queued[POOL_CORE]), 0);
	assert_int_equal(sum->meters.n[METER_SMS_SENT], 2000 * N_SLOTS);
	free(sum);
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

static void what_is_odd_is_counted_too(void **state)
{
	struct ledger *ledger = scoreboard_ledger(board, &board->slots[0]);
	const struct request given_up = {.response.status = 299};
	const struct request from_the_future = {
		.dialect = &here,
		.response.status = 404,
		.sent_us = clock_now_us() + 60 * CLOCK_SECOND_US,
	};
	const struct request stale = {.dialect = &here, .response.status = 404, .sent_us = 1};

	(void)state;
	ledger_request(ledger, &service, POOL_CORE, &given_up);
	assert_int_equal(ledger->rows[N_ROWS - 1].statuses[RESPONSE_N_STATUSES], 1);
	assert_int_equal(sum_of(&ledger->queued[POOL_CORE]), 0);
	ledger_request(ledger, &service, POOL_CORE, &from_the_future);
	assert_int_equal(ledger->queued[POOL_CORE].n[0], 1);
	assert_int_equal(ledger->queued[POOL_CORE].sum_us, 0);
	ledger_request(ledger, &service, POOL_CORE, &stale);
	assert_int_equal(sum_of(&ledger->queued[POOL_CORE]), 1);
	assert_int_equal(ledger->rows[1].statuses[response_place(404)], 2);
}

static void ends_stay_when_the_slot_is_given_back(void **state)
{
	struct slot *slot = scoreboard_take(board, POOL_REMOTE, 1);

	(void)state;
	scoreboard_count_end(board, slot, WORKER_OVERDUE);
	scoreboard_give_back(slot);
	assert_int_equal(board->roll->n_slots, 1);
	assert_int_equal(board->roll->ends[POOL_REMOTE][WORKER_OVERDUE], 1);
	assert_int_equal(board->roll->ends[POOL_CORE][WORKER_OVERDUE], 0);
}

static void a_bound_belongs_to_what_is_below(void **state)
{
	struct histogram histogram = {0};

	(void)state;
	histogram_add(&histogram, 0);
	histogram_add(&histogram, 500);
	histogram_add(&histogram, 501);
	histogram_add(&histogram, 10000000);
	histogram_add(&histogram, 10000001);
	assert_int_equal(histogram.n[0], 2);
	assert_int_equal(histogram.n[1], 1);
	assert_int_equal(histogram.n[HISTOGRAM_N_BOUNDS - 1], 1);
	assert_int_equal(histogram.n[HISTOGRAM_N_BOUNDS], 1);
}

int main(void)
{
#define SCOREBOARD_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		SCOREBOARD_TEST(one_misrouted_request_in_an_hour_is_told),
		SCOREBOARD_TEST(slots_have_lines_of_their_own),
		SCOREBOARD_TEST(slots_are_taken_and_given_back),
		SCOREBOARD_TEST(master_sees_what_the_worker_does),
		SCOREBOARD_TEST(workers_are_tallied),
		SCOREBOARD_TEST(a_request_at_hand_is_seen_where_it_stands),
		SCOREBOARD_TEST(counts_of_many_workers_add_up),
		SCOREBOARD_TEST(requests_are_numbered_for_all_workers),
		SCOREBOARD_TEST(what_is_odd_is_counted_too),
		SCOREBOARD_TEST(ends_stay_when_the_slot_is_given_back),
		SCOREBOARD_TEST(a_bound_belongs_to_what_is_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
