#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "permission.h"
#include "regular_file.h"

#define DIRECTORY SYSCONFDIR "/" PACKAGE_NAME

static char text[PERMISSION_TEXT_SIZE];

/* Asks of a file that need not be there. */
static const char *said_of(const char *path, mode_t mode, uid_t owner, const char *user)
{
	const struct stat file = {.st_mode = mode, .st_uid = owner, .st_gid = owner};

	*text = '\0';
	assert_non_null(permission_check_writers(path, &file, user, text));
	return strstr(text, "; ");
}

/* The service must be able to read what is root's from now on. */
static void what_is_given_to_root_stays_readable_for_the_service(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_string_equal(said_of(DIRECTORY, S_IFDIR | 0700, 1, ""),
		"; run: chown root:daemon " DIRECTORY " && chmod 750 " DIRECTORY);
	assert_string_equal(said_of(DIRECTORY "/wxuser.conf", S_IFREG | 0600, 1, "bin"),
		"; run: chown root:bin " DIRECTORY "/wxuser.conf && chmod 640 " DIRECTORY
		"/wxuser.conf");
	assert_string_equal(said_of(DIRECTORY "/wxuser.conf", S_IFREG | 0600, 1, "; nobody"),
		"; run: chown root:daemon " DIRECTORY "/wxuser.conf && chmod 640 " DIRECTORY
		"/wxuser.conf");
	assert_string_equal(said_of(DIRECTORY "/link", S_IFLNK | 0777, 1, ""),
		"; run: chown -h root " DIRECTORY "/link");
}

static void what_is_not_the_program_s_stays_its_owner_s(void **state)
{
	static const char *const paths[] = {"/home/alice/wxuser/etc/wxuser/wxuser.conf",
		"/home/wxuser", "/etc", "/srv/shop.conf", DIRECTORY ".old/wxuser.conf"};

	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		said_of(paths[i], S_IFREG | 0644, 1, "bin");
		assert_non_null(strstr(text, "; run: sudo -u daemon "));
		assert_non_null(strstr(text, ", or move the file to " DIRECTORY));
		assert_null(strstr(text, "chown"));
		assert_string_equal(said_of(paths[i], S_IFREG | 0666, 0, "bin"),
			"; move the file to " DIRECTORY);
	}
	assert_string_equal(said_of(DIRECTORY "/wxuser.conf", S_IFREG | 0666, 0, "bin"),
		"; run: chmod go-w " DIRECTORY "/wxuser.conf");
}

static void put(const char *path, const char *line)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(line, file);
	fclose(file);
}

static void a_file_at_its_old_place_is_to_be_moved(void **state)
{
	char directory[] = "/tmp/wxuser-permission.XXXXXX", path[64], old[64], said[512];

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/new", directory);
	snprintf(old, sizeof(old), "%s/old", directory);
	snprintf(said, sizeof(said),
		"the file is still at %s; run: install -d -o svc -m 700 %s && mv %s %s && "
		"chown svc %s",
		old, directory, old, path, path);
	assert_null(permission_check_moved(path, old, "svc", text));
	put(old, "");
	assert_ptr_equal(permission_check_moved(path, old, "svc", text), text);
	assert_string_equal(text, said);
	put(path, "");
	assert_null(permission_check_moved(path, old, "svc", text));
	put(old, "a line\n");
	assert_null(permission_check_moved(old, old, "svc", text));
	assert_non_null(permission_check_moved(path, old, "svc", text));
	put(path, "a line\n");
	assert_null(permission_check_moved(path, old, "svc", text));
	unlink(path);
	unlink(old);
	rmdir(directory);
}

/* To open a pipe would wait for its other end. */
static void only_a_regular_file_is_opened(void **state)
{
	static const int flags[] = {
		O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_CREAT, O_RDWR | O_APPEND | O_CREAT,
	};
	char directory[] = "/tmp/wxuser-file-XXXXXX", file[64], link[64], fifo[64];

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/file", directory);
	snprintf(link, sizeof(link), "%s/link", directory);
	snprintf(fifo, sizeof(fifo), "%s/fifo", directory);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(symlink(file, link), 0);
	assert_int_equal(regular_file_open(file, O_RDONLY, 0), -1);
	assert_int_equal(errno, ENOENT);
	assert_false(regular_file_is_other(file));
	put(file, "a line\n");
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		const int fd = regular_file_open(i % 2 == 0 ? file : link, flags[i], 0600);

		assert_true(fd >= 0);
		assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
		close(fd);
		assert_int_equal(regular_file_open(fifo, flags[i], 0600), -1);
		assert_int_equal(errno, ENXIO);
		assert_int_equal(regular_file_open(directory, flags[i], 0600), -1);
		assert_int_equal(errno, EISDIR);
	}
	assert_null(regular_file_read(fifo));
	assert_string_equal(regular_file_error(errno), "it is no regular file");
	assert_true(regular_file_is_other(fifo));
	assert_false(regular_file_is_other(link));
	assert_false(regular_file_is_other(directory));
	unlink(fifo);
	unlink(link);
	unlink(file);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_given_to_root_stays_readable_for_the_service),
		cmocka_unit_test(what_is_not_the_program_s_stays_its_owner_s),
		cmocka_unit_test(a_file_at_its_old_place_is_to_be_moved),
		cmocka_unit_test(only_a_regular_file_is_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
