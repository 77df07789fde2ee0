#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaker.h"
#include "bucket.h"
#include "clock.h"
#include "heap.h"
#include "request.h"
#include "request_stats.h"
#include "route.h"
#include "scoreboard.h"
#include "service.h"

#define N_SLOTS 3
#define N_ENTRIES 5
#define N_ROUTES 3

static const struct dialect here = {.name = "here"}, elsewhere = {.name = "elsewhere"};
static const struct endpoint place = {.dialect = &here, .path = "place"};
static const struct service service = {
	.endpoints = (const struct endpoint *const[]){&place, NULL},
	.dialects = (const struct dialect *const[]){&here, &elsewhere, NULL},
};

static struct scoreboard *board;

static int set_up(void **state)
{
	(void)state;
	board = route_board(&service, N_SLOTS, N_ENTRIES);
	assert_int_equal(board->n_routes, N_ROUTES);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scoreboard_free(board);
	return 0;
}

static void one_misrouted_request_in_an_hour_is_logged(void **state)
{
	const int64_t began_us = 5 * CLOCK_SECOND_US, hour_us = 3600 * CLOCK_SECOND_US;

	(void)state;
	assert_true(scoreboard_misrouted_is_due(board, began_us));
	assert_false(scoreboard_misrouted_is_due(board, began_us + 1));
	assert_false(scoreboard_misrouted_is_due(board, began_us + hour_us));
	assert_true(scoreboard_misrouted_is_due(board, began_us + hour_us + 1));
	assert_false(scoreboard_misrouted_is_due(board, began_us + hour_us + 2));
}

/* Of n more requests. */
static struct in_flight_entry *last_entry(const struct slot *slot, size_t n)
{
	struct in_flight_entry *entry = NULL;

	while (n-- > 0)
		entry = scoreboard_begin_request(board, slot, "id", 42);
	return entry;
}

static void slots_have_lines_of_their_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SLOTS; i++)
		assert_int_equal((uintptr_t)&board->slots[i] % 128, 0);
	for (size_t i = 0; i < N_SLOTS; i++)
		assert_int_equal((uintptr_t)scoreboard_stats(board, &board->slots[i]) % 128, 0);
	for (size_t i = 0; i < N_SLOTS; i++) {
		const struct slot *slot = scoreboard_take(board, POOL_REMOTE, 1, N_ENTRIES);

		assert_int_equal((uintptr_t)last_entry(slot, 1) % 128, 0);
	}
	assert_true(board->entries >= (char *)(board->slots + N_SLOTS));
	assert_true(board->stats >=
		(char *)(last_entry(&board->slots[N_SLOTS - 1], N_ENTRIES - 1) + 1));
	assert_true((char *)scoreboard_stats(board, &board->slots[N_SLOTS - 1]) +
			request_stats_size(N_ROUTES) <= (char *)board->master);
	assert_true((char *)(board->master + 1) <= (char *)board->breakers);
	assert_true((char *)(board->breakers + 1) <= (char *)board->buckets);
	assert_true((char *)(board->buckets + 1) <=
		(char *)board->mapping + board->mapping_size);
}

static void slots_are_taken_and_given_back(void **state)
{
	struct slot *taken[N_SLOTS];
	struct in_flight_entry *last;

	(void)state;
	for (size_t i = 0; i < N_SLOTS; i++) {
		taken[i] = scoreboard_take(board, (int32_t)i, 5, N_ENTRIES);
		assert_int_equal(taken[i]->state, WORKER_STARTING);
		assert_int_equal(taken[i]->pool, i);
		assert_int_equal(taken[i]->generation, 5);
		assert_int_equal(taken[i]->in_flight_max, N_ENTRIES);
		assert_int_equal(board->master->n_slots, i + 1);
	}
	assert_null(scoreboard_take(board, 0, 5, 1));
	last = last_entry(taken[1], N_ENTRIES);
	taken[1]->aborted_us = 43;
	scoreboard_give_back(board, taken[1]); /* the worker was killed */
	assert_ptr_equal(scoreboard_take(board, 7, 6, N_ENTRIES), taken[1]);
	assert_int_equal(taken[1]->generation, 6);
	assert_int_equal(board->master->n_slots, N_SLOTS);
	for (size_t i = 0; i < N_ENTRIES; i++)
		assert_int_equal(last[-(ptrdiff_t)i].request_us, 0);
	assert_int_equal(taken[1]->aborted_us, 0);
}

static bool read_only_request(const struct slot *slot, struct in_flight *in_flight_r)
{
	size_t at = 0;

	return scoreboard_next_in_flight(board, slot, &at, in_flight_r);
}

static void master_sees_what_the_worker_does(void **state)
{
	struct slot *slot = scoreboard_take(board, 0, 1, 1);
	struct in_flight in_flight;

	(void)state;
	if (fork() == 0) {
		scoreboard_begin_request(board, slot, "id", 42);
		_exit(0);
	}
	wait(NULL);
	assert_true(read_only_request(slot, &in_flight));
	if (fork() == 0) {
		scoreboard_end_request((void *)board->entries);
		_exit(0);
	}
	wait(NULL);
	assert_false(read_only_request(slot, &in_flight));
}

/* Each has its entry until it ends, whatever order they end in. */
static void a_worker_holds_several_requests(void **state)
{
	struct slot *slot = scoreboard_take(board, POOL_REMOTE, 1, 3);
	struct slot *other = scoreboard_take(board, POOL_REMOTE, 1, 3);
	struct in_flight_entry *a = scoreboard_begin_request(board, slot, "a", 41);
	struct in_flight_entry *b = scoreboard_begin_request(board, slot, "b", 42);
	struct in_flight in_flight;
	size_t at = 0;
	int status;

	(void)state;
	scoreboard_begin_request(board, other, "of the other", 40);
	activity_begin(ACTIVITY_SMS);
	activity_use(&a->activity);
	activity_begin(ACTIVITY_DATABASE);
	activity_use(&b->activity);
	activity_begin(ACTIVITY_WECHAT);
	assert_true(scoreboard_next_in_flight(board, slot, &at, &in_flight));
	assert_string_equal(in_flight.request_id, "a");
	assert_int_equal(in_flight.activity, ACTIVITY_DATABASE);
	assert_true(scoreboard_next_in_flight(board, slot, &at, &in_flight));
	assert_string_equal(in_flight.request_id, "b");
	assert_int_equal(in_flight.activity, ACTIVITY_WECHAT);
	assert_false(scoreboard_next_in_flight(board, slot, &at, &in_flight));

	scoreboard_end_request(a);
	activity_begin(ACTIVITY_SMS); /* of no request */
	at = 0;
	assert_true(scoreboard_next_in_flight(board, slot, &at, &in_flight));
	assert_string_equal(in_flight.request_id, "b");
	assert_int_equal(in_flight.activity, ACTIVITY_WECHAT);
	assert_false(scoreboard_next_in_flight(board, slot, &at, &in_flight));
	assert_ptr_equal(scoreboard_begin_request(board, slot, "c", 43), a);
	scoreboard_begin_request(board, slot, "d", 44);
	at = 0;
	while (scoreboard_next_in_flight(board, slot, &at, &in_flight))
		assert_true(in_flight.request_id[0] >= 'b' && in_flight.request_id[0] <= 'd');
	assert_int_equal(at, 3);
	if (fork() == 0)
		scoreboard_begin_request(board, slot, "e", 45); /* one too many */
	wait(&status);
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void workers_are_counted(void **state)
{
	struct slot *first = scoreboard_take(board, 0, 1, 2);
	struct slot *second = scoreboard_take(board, 0, 1, 2);
	struct slot *next = scoreboard_take(board, 0, 2, 1);
	struct worker_counts counts;

	(void)state;
	counts = scoreboard_count_workers(board, 0, 1);
	assert_int_equal(counts.n_starting, 2);
	first->state = second->state = next->state = WORKER_READY;
	scoreboard_begin_request(board, second, "id", 42);
	counts = scoreboard_count_workers(board, 0, 1);
	assert_int_equal(counts.n_starting, 0);
	assert_int_equal(counts.n_idle, 1);
	assert_int_equal(counts.n_busy, 1);
	assert_int_equal(counts.n_full, 0);
	assert_int_equal(counts.n_in_flight, 1);
	assert_int_equal(counts.in_flight_max, 4);
	scoreboard_begin_request(board, second, "id", 43);
	counts = scoreboard_count_workers(board, 0, 0);
	assert_int_equal(counts.n_idle, 2);
	assert_int_equal(counts.n_busy, 1);
	assert_int_equal(counts.n_full, 1);
	assert_int_equal(counts.n_in_flight, 2);
	assert_int_equal(counts.in_flight_max, 5);
	second->stop_sent_us = 43;
	counts = scoreboard_count_workers(board, 0, 1);
	assert_int_equal(counts.n_busy, 0);
	assert_int_equal(counts.n_draining, 1);
	assert_int_equal(counts.n_full + counts.n_in_flight, 0);
	assert_int_equal(counts.in_flight_max, 2);
	assert_int_equal(scoreboard_count_workers(board, 1, 1).n_idle, 0);
	assert_int_equal(scoreboard_count_workers(board, 0, 0).n_idle, 2);
	scoreboard_give_back(board, next);
	assert_int_equal(scoreboard_count_workers(board, 0, 0).n_idle, 1);
}

static void count(struct request_stats *stats, size_t route, int status, int64_t queued_us)
{
	const struct answered_request request = {
		.route = route,
		.pool = POOL_REMOTE,
		.status = status,
		.err = status == 200 ? ERR_NONE : ERR_NOT_FOUND,
		.took_us = 3000,
		.queued_us = queued_us,
	};

	request_stats_count(stats, &request);
}

static void a_request_in_flight_is_seen(void **state)
{
	struct slot *slot = scoreboard_take(board, POOL_REMOTE, 1, 1);
	struct in_flight_entry *entry = (void *)board->entries; /* of the first slot */
	int64_t now_us = clock_monotonic_us();
	struct in_flight in_flight;

	(void)state;
	slot->pid = 4711;
	assert_false(read_only_request(slot, &in_flight));
	if (fork() == 0) {
		scoreboard_begin_request(
			board, slot, "0123456789abcdef0123456789abcdef", now_us - 5000);
		activity_begin(ACTIVITY_DATABASE);
		_exit(0);
	}
	wait(NULL);
	assert_true(read_only_request(slot, &in_flight));
	assert_null(in_flight.route);
	assert_int_equal(in_flight.pid, 4711);
	assert_int_equal(in_flight.pool, POOL_REMOTE);
	assert_int_equal(in_flight.activity, ACTIVITY_DATABASE);
	assert_string_equal(in_flight.request_id, "0123456789abcdef0123456789abcdef");
	assert_true(in_flight.age_us >= 5000);
	assert_int_equal(in_flight.stalled_us, 0);

	scoreboard_poll_activity(board, slot, now_us - 3000);
	scoreboard_poll_activity(board, slot, now_us - 1000); /* it has not moved */
	scoreboard_set_route(entry, 0);
	assert_true(read_only_request(slot, &in_flight));
	assert_string_equal(in_flight.route->endpoint, "place");
	assert_in_range(in_flight.stalled_us, 3000, in_flight.age_us);
	entry->route = N_ROUTES + 1;
	assert_true(read_only_request(slot, &in_flight));
	assert_null(in_flight.route); /* there is no such route */
	scoreboard_end_request(entry);
	assert_false(read_only_request(slot, &in_flight));
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
	struct request_stats *sum = heap_alloc(request_stats_size(N_ROUTES));

	(void)state;
	for (size_t i = 0; i < N_SLOTS; i++) {
		if (fork() != 0)
			continue;
		counters_use(&scoreboard_stats(board, &board->slots[i])->counters);
		for (int n = 0; n < 1000; n++) {
			count(scoreboard_stats(board, &board->slots[i]), 0, 200, 2000);
			count(scoreboard_stats(board, &board->slots[i]), 2, 404, 2000);
			counter_add(COUNTER_SMS_SENT, 2);
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	for (size_t i = 0; i < N_SLOTS; i++)
		request_stats_add(sum, scoreboard_stats(board, &board->slots[i]), N_ROUTES);
	assert_int_equal(sum->routes[0].statuses[http_status_index(200)], 1000 * N_SLOTS);
	assert_int_equal(sum->routes[0].errs[ERR_NONE], 1000 * N_SLOTS);
	assert_int_equal(sum->routes[2].statuses[http_status_index(404)], 1000 * N_SLOTS);
	assert_int_equal(sum->routes[2].errs[ERR_NOT_FOUND], 1000 * N_SLOTS);
	assert_int_equal(sum_of(&sum->routes[1].took), 0);
	assert_int_equal(sum_of(&sum->routes[2].took), 1000 * N_SLOTS);
	assert_true(sum->routes[2].took.sum_us >= 1000 * N_SLOTS * UINT64_C(3000));
	assert_int_equal(sum_of(&sum->queued[POOL_REMOTE]), 2000 * N_SLOTS);
	assert_int_equal(sum_of(&sum->queued[POOL_CORE]), 0);
	assert_int_equal(sum->counters.n[COUNTER_SMS_SENT], 2000 * N_SLOTS);
	free(sum);
}

static void requests_are_numbered_for_all_workers(void **state)
{
	(void)state;
	assert_int_equal(scoreboard_next_seq_id(board), 1);
	if (fork() == 0)
		_exit(scoreboard_next_seq_id(board) == 2 ? 0 : 1);
	wait(NULL);
	assert_int_equal(scoreboard_next_seq_id(board), 3);
	*board->n_received = INT32_MAX - 1;
	assert_int_equal(scoreboard_next_seq_id(board), INT32_MAX);
	assert_int_equal(scoreboard_next_seq_id(board), 1);
}

static void count_request(struct request_stats *stats, const struct request *req)
{
	const struct answered_request request = {
		.route = req->route,
		.pool = POOL_CORE,
		.status = req->response.status,
		.queued_us = request_queued_us(req),
	};

	request_stats_count(stats, &request);
}

static void what_is_odd_is_counted_too(void **state)
{
	struct request_stats *stats = scoreboard_stats(board, &board->slots[0]);
	const struct request given_up = {.route = N_ROUTES - 1, .response.status = 299};
	const struct request from_the_future = {
		.route = 1,
		.response.status = 404,
		.sent_us = clock_now_us() + 60 * CLOCK_SECOND_US,
	};
	const struct request stale = {.route = 1, .response.status = 404, .sent_us = 1};

	(void)state;
	count_request(stats, &given_up);
	assert_int_equal(stats->routes[N_ROUTES - 1].statuses[HTTP_STATUS_N], 1);
	assert_int_equal(sum_of(&stats->queued[POOL_CORE]), 0);
	count_request(stats, &from_the_future);
	assert_int_equal(stats->queued[POOL_CORE].n[0], 1);
	assert_int_equal(stats->queued[POOL_CORE].sum_us, 0);
	count_request(stats, &stale);
	assert_int_equal(sum_of(&stats->queued[POOL_CORE]), 1);
	assert_int_equal(stats->routes[1].statuses[http_status_index(404)], 2);
}

static void ends_stay_when_the_slot_is_given_back(void **state)
{
	struct slot *slot = scoreboard_take(board, POOL_REMOTE, 1, 1);

	(void)state;
	scoreboard_count_end(board, slot, WORKER_OVERDUE);
	scoreboard_give_back(board, slot);
	assert_int_equal(board->master->n_slots, 1);
	assert_int_equal(board->master->ends[POOL_REMOTE][WORKER_OVERDUE], 1);
	assert_int_equal(board->master->ends[POOL_CORE][WORKER_OVERDUE], 0);
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
		SCOREBOARD_TEST(one_misrouted_request_in_an_hour_is_logged),
		SCOREBOARD_TEST(slots_have_lines_of_their_own),
		SCOREBOARD_TEST(slots_are_taken_and_given_back),
		SCOREBOARD_TEST(master_sees_what_the_worker_does),
		SCOREBOARD_TEST(a_worker_holds_several_requests),
		SCOREBOARD_TEST(workers_are_counted),
		SCOREBOARD_TEST(a_request_in_flight_is_seen),
		SCOREBOARD_TEST(counts_of_many_workers_add_up),
		SCOREBOARD_TEST(requests_are_numbered_for_all_workers),
		SCOREBOARD_TEST(what_is_odd_is_counted_too),
		SCOREBOARD_TEST(ends_stay_when_the_slot_is_given_back),
		SCOREBOARD_TEST(a_bound_belongs_to_what_is_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
