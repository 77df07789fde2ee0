#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaker.h"
#include "circuit.h"
#include "scoreboard.h"

#define HOST "api.example.com"
#define PATH "/sns/jscode2session"
#define SECOND_US 1000000

static int64_t now_us;
static struct scoreboard *board;
static struct breaker_client client;
static struct circuit circuit;

static int64_t fake_now_us(void)
{
	return now_us;
}

static int set_up(void **state)
{
	(void)state;
	now_us = INT64_C(1000) * SECOND_US;
	board = scoreboard_new(1, 1);
	breaker_client_init(&client, board->breakers);
	client.now_us = fake_now_us;
	breaker_circuit(&client, &circuit);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scoreboard_free(board);
	return 0;
}

static bool admits(void)
{
	return circuit.admit(circuit.ctx, HOST, PATH);
}

static void report(bool is_success)
{
	circuit.report(
		circuit.ctx, HOST, PATH, is_success ? CIRCUIT_SOUND : CIRCUIT_BROKEN, SECOND_US);
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
	assert_true(circuit.admit(circuit.ctx, HOST, "/other"));
	assert_true(circuit.admit(circuit.ctx, "api2.example.com", PATH));
	assert_true(circuit.admit(circuit.ctx, HOST "/", PATH + 1));
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

static void late_success_does_not_close(void **state)
{
	struct breaker_client slow = client;

	(void)state;
	assert_true(circuit.admit(&slow, HOST, PATH));
	open_it();
	circuit.report(&slow, HOST, PATH, CIRCUIT_SOUND, 1);
	assert_false(admits());
}

static void more_pairs_than_room_are_not_guarded(void **state)
{
	char path[32];

	(void)state;
	for (int i = 0; i < BREAKER_N; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		assert_true(circuit.admit(circuit.ctx, HOST, path));
	}
	call(20, false);
	assert_true(admits());
}

static void knows_the_address_that_was_refused(void **state)
{
	static const char *const addresses[] = {"203.0.113.7", "2001:db8::7"};
	char address[CIRCUIT_ADDRESS_SIZE];

	(void)state;
	assert_false(circuit.last_refusal(circuit.ctx, address));
	for (size_t i = 0; i < N_OF(addresses); i++) {
		circuit.note_refusal(circuit.ctx, addresses[i]);
		circuit.note_refusal(circuit.ctx, "no address");
		assert_true(circuit.last_refusal(circuit.ctx, address));
		assert_string_equal(address, addresses[i]);
	}
	client.table->refusal.noted_us -= INT64_C(3600) * SECOND_US;
	assert_false(circuit.last_refusal(circuit.ctx, address));
}

static void knows_the_last_success(void **state)
{
	(void)state;
	call(1, true);
	assert_int_equal(circuit.last_success_us(circuit.ctx), 0);
	circuit.note_success(circuit.ctx);
	assert_true(circuit.last_success_us(circuit.ctx) > 0);
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
	assert_int_equal(breaker->outcomes[CIRCUIT_BROKEN], 5);
	assert_int_equal(breaker->outcomes[CIRCUIT_OPEN], 1);
	assert_int_equal(breaker->took.sum_us, 5 * SECOND_US);
	now_us += BREAKER_PAUSE_US;
	call(1, true);
	assert_false(breaker_is_open(breaker));
	assert_int_equal(breaker->outcomes[CIRCUIT_SOUND], 1);
}

/* The number of workers that are admitted when n ask at once. */
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
		BREAKER_TEST(late_success_does_not_close),
		BREAKER_TEST(more_pairs_than_room_are_not_guarded),
		BREAKER_TEST(knows_the_address_that_was_refused),
		BREAKER_TEST(knows_the_last_success),
		BREAKER_TEST(outcomes_are_counted_by_name),
		BREAKER_TEST(one_worker_of_many_tries),
		BREAKER_TEST(failures_of_many_workers_add_up),
		BREAKER_TEST(worker_killed_on_the_try_blocks_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
