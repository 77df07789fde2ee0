#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"
#include "regular_file.h"
#include "secret_file.h"
#include "str.h"
#include "user_name.h"

/* Its owner writes it, its group may read it. */
static bool lets_others(const struct stat *file)
{
	return (file->st_mode & (S_IWGRP | S_IRWXO)) != 0;
}

/* False: it cannot be read, or does not fit. */
static bool read_first_line(int fd, char *secret_r, size_t size)
{
	ssize_t n_read = read(fd, secret_r, size - 1);
	char *end;

	if (n_read < 0)
		return false;
	secret_r[n_read] = '\0';
	if (str_starts_with(secret_r, STR_BYTE_ORDER_MARK))
		memmove(secret_r, secret_r + strlen(STR_BYTE_ORDER_MARK),
			(size_t)n_read - strlen(STR_BYTE_ORDER_MARK) + 1);
	end = secret_r + strcspn(secret_r, "\r\n");
	if (*end == '\0' && (size_t)n_read == size - 1)
		return false;
	*end = '\0';
	return true;
}

bool secret_file_read(const char *text, const char *path, char *secret_r, size_t size)
{
	struct stat file;
	bool is_read;
	int fd;

	errno = 0;
	if (str_is_empty(path))
		return snprintf(secret_r, size, "%s", text) < (int)size;
	fd = regular_file_open(path, O_RDONLY, 0);
	is_read = fd >= 0 && fstat(fd, &file) == 0 && !lets_others(&file) &&
		read_first_line(fd, secret_r, size);
	if (fd >= 0)
		close(fd);
	return is_read;
}

static void secret_file_describe_denial(const char *path, char text_r[PERMISSION_TEXT_SIZE])
{
	char me[LOGIN_NAME_MAX];
	struct stat file;

	snprintf(me, sizeof(me), "%s", user_name(geteuid()));
	if (permission_check_parents(path, text_r) != NULL)
		return;
	if (permission_may_be_given(path))
		snprintf(text_r, PERMISSION_TEXT_SIZE, "user %s may not read %s; run: chown %s %s",
			me, path, me, path);
	else if (stat(path, &file) == 0 && file.st_uid != 0)
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"user %s may not read %s, which is %s's; name another file, or run: "
			"sudo -u %s %s ...",
			me, path, user_name(file.st_uid), user_name(file.st_uid),
			program_invocation_short_name);
	else
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"user %s may not read %s; give it a file of its own, of mode 0600", me,
			path);
}

static const char *judge(int fd, const char *path, char text_r[PERMISSION_TEXT_SIZE])
{
	struct stat file;
	char secret[SECRET_FILE_SIZE];

	if (fstat(fd, &file) < 0)
		snprintf(text_r, PERMISSION_TEXT_SIZE, "%s: %s", path, strerror(errno));
	else if (lets_others(&file))
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"mode %04o lets others at %s; run: chmod g-w,o= %s",
			(unsigned)file.st_mode & 07777, path, path);
	else if (!read_first_line(fd, secret, sizeof(secret)))
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"the first line of %s is longer than %d bytes", path, SECRET_FILE_SIZE - 1);
	else if (*secret == '\0')
		snprintf(text_r, PERMISSION_TEXT_SIZE, "the first line of %s is empty", path);
	else
		text_r = NULL;
	crypto_wipe(secret, sizeof(secret));
	return text_r;
}

const char *secret_file_find_problem(const char *path, char text_r[PERMISSION_TEXT_SIZE])
{
	const char *problem;
	int fd = regular_file_open(path, O_RDONLY, 0);

	if (fd < 0 && errno == EACCES) {
		secret_file_describe_denial(path, text_r);
		return text_r;
	}
	if (fd < 0) {
		snprintf(text_r, PERMISSION_TEXT_SIZE, "%s: %s", path, regular_file_error(errno));
		return text_r;
	}
	problem = judge(fd, path, text_r);
	close(fd);
	return problem;
}
