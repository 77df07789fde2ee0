#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaker.h"
#include "bucket.h"
#include "clock.h"
#include "conf.h"
#include "scoreboard.h"
#include "shared_limits.h"

#define BURST 5
#define N_PROCESSES 8
#define N_EACH 15

static const struct bucket_rate rate = {.token_us = 1000 * CLOCK_SECOND_US, .burst = BURST};
static char directory[] = "/tmp/wxuser-limits.XXXXXX";
static char path[sizeof(directory) + sizeof("/limits")];
static const struct conf conf = {.server_state_directory = directory, .server_user = ""};

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/limits", directory);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"limits", "limits.new", "limits.lock"};
	char name[sizeof(directory) + 16];

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		snprintf(name, sizeof(name), "%s/%s", directory, names[i]);
		unlink(name);
	}
	return rmdir(directory);
}

static struct scoreboard *join(void)
{
	struct scoreboard *board = scoreboard_new(1, 1, NULL, 0);

	shared_limits_join(board, &conf);
	return board;
}

/* Returns how many of n tokens there were. */
static int take(struct scoreboard *board, const char *key, int n)
{
	int n_taken = 0;

	for (int i = 0; i < n; i++)
		n_taken += bucket_take(board->buckets, &rate,
			bucket_hash_text(board->buckets, key), clock_monotonic_us());
	return n_taken;
}

/* Whether a process that joins now has the buckets of the board. */
static bool is_shared(struct scoreboard *board, const char *key)
{
	struct scoreboard *other = join();
	int n_taken = take(board, key, 1) + take(other, key, 2 * BURST);

	scoreboard_free(other);
	return n_taken == BURST;
}

/* Writes at the offset of the file, as another version of the program would have. */
static void change_file(off_t offset)
{
	int fd = open(path, O_WRONLY);

	assert_int_equal(pwrite(fd, "?", 1, offset), 1);
	close(fd);
}

/* Of several first comers. */
static void processes_without_a_master_share_one_burst(void **state)
{
	int n_taken = 0, status;

	(void)state;
	for (int i = 0; i < N_PROCESSES; i++)
		if (fork() == 0)
			_exit(take(join(), "burst", N_EACH));
	for (int i = 0; i < N_PROCESSES; i++) {
		wait(&status);
		assert_true(WIFEXITED(status));
		n_taken += WEXITSTATUS(status);
	}
	assert_int_equal(n_taken, BURST);
}

static void breakers_are_shared(void **state)
{
	struct scoreboard *board = join(), *other = join();
	struct breaker_call call;
	const int64_t now_us = clock_monotonic_us();

	(void)state;
	for (int i = 0; i < BREAKER_N; i++) {
		breaker_admit(board->breakers, "host", "/path", now_us, &call);
		breaker_report(&call, CALL_FAILED, now_us, 1);
	}
	assert_false(breaker_admit(other->breakers, "host", "/path", now_us, &call));
	scoreboard_free(board);
	scoreboard_free(other);
}

static void a_process_that_is_killed_leaves_what_it_took(void **state)
{
	struct scoreboard *board;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		take(join(), "killed", BURST);
		raise(SIGKILL);
	}
	waitpid(pid, NULL, 0);
	board = join();
	assert_int_equal(take(board, "killed", 1), 0);
	scoreboard_free(board);
}

static void a_file_that_was_not_finished_is_made_anew(void **state)
{
	struct scoreboard *board = join();
	char new_path[sizeof(path) + sizeof(".new")];

	(void)state;
	snprintf(new_path, sizeof(new_path), "%s.new", path);
	assert_int_equal(rename(path, new_path), 0);
	assert_int_equal(truncate(new_path, 100), 0);
	scoreboard_free(board);
	board = join();
	assert_true(is_shared(board, "unfinished"));
	assert_int_equal(truncate(path, 100), 0);
	scoreboard_free(board);
	board = join();
	assert_true(is_shared(board, "cut"));
	scoreboard_free(board);
}

static void a_file_that_is_cut_while_it_is_used_is_made_whole(void **state)
{
	static const off_t sizes[] = {0, 1, 5000};
	struct scoreboard *board = join(), *other = join();
	struct stat whole, file;

	(void)state;
	assert_int_equal(stat(path, &whole), 0);
	for (size_t i = 0; i < N_OF(sizes); i++) {
		take(board, "cut in use", BURST);
		assert_int_equal(truncate(path, sizes[i]), 0);
		shared_limits_mend(board);
		assert_int_equal(stat(path, &file), 0);
		assert_int_equal(file.st_size, whole.st_size);
		assert_int_equal(file.st_ino, whole.st_ino);
		assert_int_equal(take(other, "cut in use", BURST), BURST);
		assert_true(is_shared(board, "cut in use, and joined"));
	}
	shared_limits_mend(board);
	assert_int_equal(take(board, "cut in use", 1), 0);
	scoreboard_free(board);
	scoreboard_free(other);
}

static void a_file_of_another_version_is_replaced(void **state)
{
	struct scoreboard *board = join(), *next;

	(void)state;
	change_file(0);
	assert_false(is_shared(board, "old"));
	next = join();
	assert_true(is_shared(next, "next"));
	assert_int_equal(take(board, "old", BURST), BURST - 1);
	scoreboard_free(board);
	scoreboard_free(next);
}

static void a_file_of_before_the_start_of_the_machine_is_replaced(void **state)
{
	struct scoreboard *board = join();

	(void)state;
	assert_int_equal(take(board, "boot", BURST), BURST);
	scoreboard_free(board);
	change_file(40); /* in its boot_id */
	board = join();
	assert_int_equal(take(board, "boot", BURST), BURST);
	scoreboard_free(board);
}

static void a_file_that_others_may_read_is_replaced(void **state)
{
	struct scoreboard *board = join();
	struct stat file;

	(void)state;
	chmod(path, 0644);
	assert_false(is_shared(board, "read"));
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	scoreboard_free(board);
}

static void a_link_is_not_followed(void **state)
{
	char target[sizeof(path) + sizeof(".new")];
	struct scoreboard *board = join();

	(void)state;
	snprintf(target, sizeof(target), "%s.new", path);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_false(is_shared(board, "link"));
	unlink(path);
	scoreboard_free(board);
}

static void another_users_file_is_not_used(void **state)
{
	struct scoreboard *board;

	(void)state;
	if (geteuid() != 0)
		skip();
	board = join();
	assert_int_equal(chown(path, 1, 1), 0);
	assert_false(is_shared(board, "foreign"));
	unlink(path);
	scoreboard_free(board);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_without_a_master_share_one_burst),
		cmocka_unit_test(breakers_are_shared),
		cmocka_unit_test(a_process_that_is_killed_leaves_what_it_took),
		cmocka_unit_test(a_file_that_was_not_finished_is_made_anew),
		cmocka_unit_test(a_file_that_is_cut_while_it_is_used_is_made_whole),
		cmocka_unit_test(a_file_of_another_version_is_replaced),
		cmocka_unit_test(a_file_of_before_the_start_of_the_machine_is_replaced),
		cmocka_unit_test(a_file_that_others_may_read_is_replaced),
		cmocka_unit_test(a_link_is_not_followed),
		cmocka_unit_test(another_users_file_is_not_used),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
