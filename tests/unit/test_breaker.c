#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaker.h"
#include "scoreboard.h"

#define HOST "api.example.com"
#define PATH "/sns/jscode2session"
#define SECOND_US 1000000

static int64_t now_us;
static struct scoreboard *board;
static struct breaker_call admitted;

static int set_up(void **state)
{
	(void)state;
	now_us = INT64_C(1000) * SECOND_US;
	board = scoreboard_new(1, 1, NULL, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scoreboard_free(board);
	return 0;
}

static bool admits_to(const char *host, const char *path)
{
	return breaker_admit(board->breakers, host, path, now_us, &admitted);
}

static bool admits(void)
{
	return admits_to(HOST, PATH);
}

static void report(bool is_success)
{
	breaker_report(&admitted, is_success ? CALL_OK : CALL_FAILED, now_us, SECOND_US);
}

static void call(int n, bool is_success)
{
	for (int i = 0; i < n; i++) {
		assert_true(admits());
		report(is_success);
	}
}

static void open_it(void)
{
	call(5, false);
	assert_false(admits());
}

static void opens_after_five_failures(void **state)
{
	(void)state;
	call(4, false);
	assert_true(admits());
	report(false);
	assert_false(admits());
}

static void opens_when_half_of_all_fail(void **state)
{
	(void)state;
	call(7, true);
	call(6, false);
	assert_true(admits());
	report(false);
	assert_false(admits());
}

static void forgets_failures_after_ten_seconds(void **state)
{
	(void)state;
	call(4, false);
	now_us += 9 * SECOND_US;
	call(1, true);
	now_us += SECOND_US;
	call(4, false);
	assert_true(admits());
	report(false);
	assert_false(admits());
}

static void counts_each_host_and_path_alone(void **state)
{
	(void)state;
	open_it();
	assert_true(admits_to(HOST, "/other"));
	assert_true(admits_to("api2.example.com", PATH));
	assert_true(admits_to(HOST "/", PATH + 1));
}

static void tries_once_after_the_pause(void **state)
{
	(void)state;
	open_it();
	now_us += BREAKER_PAUSE_US - 1;
	assert_false(admits());
	now_us++;
	assert_true(admits());
	assert_false(admits());
}

static void success_of_the_try_closes(void **state)
{
	(void)state;
	open_it();
	now_us += BREAKER_PAUSE_US;
	call(1, true);
	call(4, false);
	assert_true(admits());
}

static void failure_of_the_try_opens_again(void **state)
{
	(void)state;
	open_it();
	now_us += BREAKER_PAUSE_US;
	assert_true(admits());
	now_us += SECOND_US;
	report(false);
	now_us += BREAKER_PAUSE_US - 1;
	assert_false(admits());
	now_us++;
	assert_true(admits());
}

static void late_failure_of_a_try_does_not_open_again(void **state)
{
	struct breaker_call slow;

	(void)state;
	open_it();
	now_us += BREAKER_PAUSE_US;
	assert_true(admits());
	slow = admitted;
	now_us += BREAKER_PAUSE_US;
	call(1, true);
	breaker_report(&slow, CALL_FAILED, now_us, BREAKER_PAUSE_US);
	assert_true(admits());
}

static void late_success_does_not_close(void **state)
{
	struct breaker_call slow;

	(void)state;
	assert_true(admits());
	slow = admitted;
	open_it();
	breaker_report(&slow, CALL_OK, now_us, 1);
	assert_false(admits());
}

static void more_pairs_than_room_are_not_guarded(void **state)
{
	char path[32];

	(void)state;
	for (int i = 0; i < BREAKER_N; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		assert_true(admits_to(HOST, path));
	}
	call(20, false);
	assert_true(admits());
}

static void knows_the_address_that_was_refused(void **state)
{
	static const char *const addresses[] = {"203.0.113.7", "2001:db8::7"};
	struct whitelist_refusal *refusal = &board->breakers->whitelist_refusal;
	char address[WHITELIST_ADDRESS_SIZE];

	(void)state;
	assert_false(whitelist_refusal_find(refusal, address));
	for (size_t i = 0; i < N_OF(addresses); i++) {
		whitelist_refusal_note(refusal, addresses[i]);
		whitelist_refusal_note(refusal, "no address");
		assert_true(whitelist_refusal_find(refusal, address));
		assert_string_equal(address, addresses[i]);
	}
	refusal->noted_us -= INT64_C(3600) * SECOND_US;
	assert_false(whitelist_refusal_find(refusal, address));
}

static void outcomes_are_counted_by_name(void **state)
{
	const struct breaker *breaker = board->breakers->breakers;

	(void)state;
	open_it();
	while (!breaker->is_named)
		breaker++;
	assert_string_equal(breaker->host, HOST);
	assert_string_equal(breaker->path, PATH);
	assert_true(breaker_is_open(breaker));
	assert_int_equal(breaker->outcomes[CALL_FAILED], 5);
	assert_int_equal(breaker->outcomes[CALL_BREAKER_OPEN], 1);
	assert_int_equal(breaker->took.sum_us, 5 * SECOND_US);
	now_us += BREAKER_PAUSE_US;
	call(1, true);
	assert_false(breaker_is_open(breaker));
	assert_int_equal(breaker->outcomes[CALL_OK], 1);
}

/* Returns the number of workers that are admitted when n ask at once. */
static int ask_at_once(int n)
{
	int n_admitted = 0;

	for (int i = 0; i < n; i++) {
		if (fork() == 0)
			_exit(admits());
	}
	for (int i = 0; i < n; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		n_admitted += WEXITSTATUS(status);
	}
	return n_admitted;
}

static void one_worker_of_many_tries(void **state)
{
	(void)state;
	open_it();
	assert_int_equal(ask_at_once(8), 0);
	now_us += BREAKER_PAUSE_US;
	assert_int_equal(ask_at_once(8), 1);
}

static void failures_of_many_workers_add_up(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_true(admits());
		if (fork() == 0) {
			report(false);
			_exit(0);
		}
		wait(NULL);
	}
	assert_false(admits());
}

static void worker_killed_on_the_try_blocks_nobody(void **state)
{
	pid_t pid;

	(void)state;
	open_it();
	now_us += BREAKER_PAUSE_US;
	pid = fork();
	if (pid == 0) {
		if (admits())
			raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &(int){0}, 0), pid);
	assert_false(admits());
	now_us += BREAKER_PAUSE_US;
	call(1, true);
	call(1, true);
}

int main(void)
{
#define BREAKER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		BREAKER_TEST(opens_after_five_failures),
		BREAKER_TEST(opens_when_half_of_all_fail),
		BREAKER_TEST(forgets_failures_after_ten_seconds),
		BREAKER_TEST(counts_each_host_and_path_alone),
		BREAKER_TEST(tries_once_after_the_pause),
		BREAKER_TEST(success_of_the_try_closes),
		BREAKER_TEST(failure_of_the_try_opens_again),
		BREAKER_TEST(late_failure_of_a_try_does_not_open_again),
		BREAKER_TEST(late_success_does_not_close),
		BREAKER_TEST(more_pairs_than_room_are_not_guarded),
		BREAKER_TEST(knows_the_address_that_was_refused),
		BREAKER_TEST(outcomes_are_counted_by_name),
		BREAKER_TEST(one_worker_of_many_tries),
		BREAKER_TEST(failures_of_many_workers_add_up),
		BREAKER_TEST(worker_killed_on_the_try_blocks_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
