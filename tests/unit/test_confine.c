#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"

#define CREATE_RULESET 444
#define LANDLOCK_VERSION syscall(CREATE_RULESET, NULL, 0, 1U)
#define VERSION_TRUNCATE 3
#define VERSION_NET 4

static char ours[] = "/tmp/wxuser-ours.XXXXXX", others[] = "/tmp/wxuser-others.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(ours) == NULL || mkdtemp(others) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s %s", ours, others);
	return system(command);
}

/* Returns the errno of act in a worker, 0 if it succeeds. */
static int errno_of(int (*act)(const char *directory), const char *directory)
{
	const char *const directories[] = {"/nosuch", ours, NULL};
	int status;

	if (fork() == 0) {
		confine_worker(confine_find_landlock(), directories);
		_exit(act(directory) < 0 ? errno : 0);
	}
	wait(&status);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int open_in(const char *directory, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return open(path, flags, 0600);
}

static int make_file(const char *directory)
{
	return open_in(directory, "made", O_WRONLY | O_CREAT | O_APPEND);
}

static int write_file(const char *directory)
{
	return open_in(directory, "there", O_WRONLY);
}

static int read_file(const char *directory)
{
	return open_in(directory, "there", O_RDONLY);
}

static int empty_file(const char *directory)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/there", directory);
	return truncate(path, 0);
}

static int remove_file(const char *directory)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/there", directory);
	return unlink(path);
}

static int start_program(const char *directory)
{
	(void)directory;
	return execl("/bin/true", "true", NULL);
}

static int bind_port(const char *directory)
{
	const struct sockaddr_in any = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	(void)directory;
	return bind(socket(AF_INET, SOCK_STREAM, 0), (const void *)&any, sizeof(any));
}

static void make_there(const char *directory)
{
	int fd = open_in(directory, "there", O_WRONLY | O_CREAT);

	assert_true(fd >= 0);
	close(fd);
}

static void need_landlock(long version)
{
	if (LANDLOCK_VERSION >= version)
		return;
	print_message("THE KERNEL HAS NO LANDLOCK, OR AN EARLIER ONE: THIS IS NOT TRIED\n");
	skip();
}

static void a_worker_writes_below_its_directories_alone(void **state)
{
	(void)state;
	need_landlock(1);
	make_there(ours);
	make_there(others);
	assert_int_equal(errno_of(make_file, ours), 0);
	assert_int_equal(errno_of(make_file, others), EACCES);
	assert_int_equal(errno_of(write_file, ours), 0);
	assert_int_equal(errno_of(write_file, others), EACCES);
	assert_int_equal(errno_of(read_file, others), 0);
	assert_int_equal(errno_of(remove_file, others), EACCES);
	assert_int_equal(errno_of(remove_file, ours), 0);
}

static void a_worker_empties_no_file_of_others(void **state)
{
	(void)state;
	need_landlock(VERSION_TRUNCATE);
	make_there(ours);
	make_there(others);
	assert_int_equal(errno_of(empty_file, others), EACCES);
	assert_int_equal(errno_of(empty_file, ours), 0);
}

static void a_worker_starts_no_program(void **state)
{
	(void)state;
	need_landlock(1);
	assert_int_equal(errno_of(start_program, NULL), EACCES);
}

static void a_worker_binds_no_port(void **state)
{
	(void)state;
	need_landlock(VERSION_NET);
	assert_int_equal(errno_of(bind_port, NULL), EACCES);
}

static int look_at_itself(const char *directory)
{
	struct rlimit core;

	(void)directory;
	getrlimit(RLIMIT_CORE, &core);
	errno = EPERM;
	return prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
			core.rlim_max == 0
		? 0
		: -1;
}

static void a_process_leaves_no_core_and_gains_no_rights(void **state)
{
	(void)state;
	assert_int_equal(errno_of(look_at_itself, NULL), 0);
}

static void answer_landlock(unsigned action)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CREATE_RULESET, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(EXIT_FAILURE);
}

static void a_worker_lives_where_landlock_is_killed(void **state)
{
	const char *const directories[] = {ours, NULL};
	int status;

	(void)state;
	if (fork() == 0) {
		answer_landlock(SECCOMP_RET_KILL_PROCESS); /* as an early unit does */
		confine_worker(confine_find_landlock(), directories);
		_exit(make_file(others) < 0 ? errno : 0);
	}
	wait(&status);
	assert_int_equal(status, 0);
}

/* As an older kernel does. */
static void a_system_without_landlock_is_told(void **state)
{
	char said[1024] = "";
	int ends[2], status;
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	if (fork() == 0) {
		dup2(ends[1], STDERR_FILENO);
		answer_landlock(SECCOMP_RET_ERRNO | ENOSYS);
		_exit(confine_find_landlock());
	}
	close(ends[1]);
	wait(&status);
	n = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	assert_int_equal(status, 0);
	assert_true(n > 0);
	assert_non_null(strstr(said, "level=warning"));
	assert_non_null(strstr(said, "this system has no Landlock"));
}

static void what_a_version_lacks_is_said(void **state)
{
	(void)state;
	assert_non_null(strstr(confine_lack(-1), "start programs"));
	assert_non_null(strstr(confine_lack(VERSION_TRUNCATE - 1), "empty files"));
	assert_null(strstr(confine_lack(VERSION_TRUNCATE), "empty files"));
	assert_non_null(strstr(confine_lack(VERSION_TRUNCATE), "bind ports"));
	assert_null(confine_lack(VERSION_NET));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_writes_below_its_directories_alone),
		cmocka_unit_test(a_worker_empties_no_file_of_others),
		cmocka_unit_test(a_worker_starts_no_program),
		cmocka_unit_test(a_worker_binds_no_port),
		cmocka_unit_test(a_worker_lives_where_landlock_is_killed),
		cmocka_unit_test(a_system_without_landlock_is_told),
		cmocka_unit_test(what_a_version_lacks_is_said),
		cmocka_unit_test(a_process_leaves_no_core_and_gains_no_rights),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
