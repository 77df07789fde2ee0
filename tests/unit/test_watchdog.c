#include "unit.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "captured_log.h"
#include "clock.h"
#include "scoreboard.h"
#include "watchdog.h"

#define N_ENTRIES 4
#define DEADLINE_MS 1000

static struct scoreboard *board;
static struct slot *slot;

static int set_up(void **state)
{
	(void)state;
	board = scoreboard_new(1, N_ENTRIES, NULL, 0);
	slot = scoreboard_take(board, POOL_REMOTE, 1, N_ENTRIES);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scoreboard_free(board);
	return 0;
}

static void hold(const char *id, int64_t age_ms, enum activity activity)
{
	scoreboard_begin_request(board, slot, id, clock_monotonic_us() - age_ms * 1000);
	activity_begin(activity);
}

/* Whom the watchdog may signal: a process that does nothing. */
static void start_worker(void)
{
	pid_t pid = fork();

	while (pid == 0)
		pause();
	slot->pid = pid;
}

/* Returns the signal that ended the process. */
static int wait_for(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WTERMSIG(status);
}

static const char *log_of_poll(void)
{
	captured_log_begin();
	watchdog_poll(board, DEADLINE_MS);
	return captured_log_end();
}

static void requests_within_their_deadline_go_on(void **state)
{
	(void)state;
	start_worker();
	hold("a", DEADLINE_MS / 2, ACTIVITY_WECHAT);
	hold("b", 0, ACTIVITY_DATABASE);
	assert_string_equal(log_of_poll(), "");
	assert_int_equal(slot->aborted_us, 0);
	kill(slot->pid, SIGTERM);
	assert_int_equal(wait_for(slot->pid), SIGTERM);
}

static void the_overdue_one_of_several_is_told(void **state)
{
	const char *text;

	(void)state;
	start_worker();
	hold("first", 10, ACTIVITY_WECHAT);
	hold("overdue", DEADLINE_MS + 500, ACTIVITY_DATABASE);
	hold("third", 20, ACTIVITY_WECHAT);
	hold("fourth", 30, ACTIVITY_DATABASE);
	text = log_of_poll();
	assert_non_null(strstr(text, "request=overdue msg=\"request past its deadline, worker"));
	assert_non_null(strstr(text, " at=database "));
	assert_non_null(strstr(text, "msg=\"other requests of the aborted worker\""));
	assert_non_null(strstr(text, " n=3 database=1 wechat=2 "));
	assert_null(strstr(text, "first"));
	assert_int_equal(wait_for(slot->pid), SIGABRT);
	assert_string_equal(log_of_poll(), ""); /* once */
}

static void a_single_one_has_no_others(void **state)
{
	(void)state;
	start_worker();
	hold("overdue", DEADLINE_MS, ACTIVITY_WECHAT);
	assert_null(strstr(log_of_poll(), "other requests"));
	assert_int_equal(wait_for(slot->pid), SIGABRT);
}

static void the_alarm_of_a_worker_tells_the_same(void **state)
{
	const char *text;
	pid_t pid;

	(void)state;
	hold("oldest", DEADLINE_MS + 500, ACTIVITY_SMS);
	hold("other", 10, ACTIVITY_WECHAT);
	captured_log_begin();
	pid = fork();
	if (pid == 0) {
		watchdog_catch_alarm(board, slot);
		raise(SIGALRM);
		_exit(0);
	}
	assert_int_equal(wait_for(pid), SIGALRM);
	text = captured_log_end();
	assert_non_null(strstr(text, "request=oldest msg=\"request past its deadline"));
	assert_non_null(strstr(text, " n=1 wechat=1 "));
}

int main(void)
{
#define WATCHDOG_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WATCHDOG_TEST(requests_within_their_deadline_go_on),
		WATCHDOG_TEST(the_overdue_one_of_several_is_told),
		WATCHDOG_TEST(a_single_one_has_no_others),
		WATCHDOG_TEST(the_alarm_of_a_worker_tells_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
