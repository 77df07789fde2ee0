#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "key_file.h"
#include "permission.h"
#include "regular_file.h"
#include "user_name.h"

int key_file_refuse(const struct key_file *file, const char *format, ...)
{
	int size = snprintf(file->error, file->error_size, "%s: ", file->path);
	va_list args;

	if ((size_t)size >= file->error_size)
		return -1;
	va_start(args, format);
	vsnprintf(file->error + size, file->error_size - (size_t)size, format, args);
	va_end(args);
	return -1;
}

static int key_file_check_mode(const struct key_file *file, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return key_file_refuse(file, "%s", strerror(errno));
	if ((st.st_mode & 077) != 0)
		return key_file_refuse(file, "mode %04o lets others at the keys; run: chmod 600 %s",
			(unsigned)st.st_mode & 07777, file->path);
	return 0;
}

static int key_file_refuse_missing(const struct key_file *file)
{
	char target[256];
	ssize_t size = readlink(file->path, target, sizeof(target));

	if (size < 0)
		return key_file_refuse(file,
			"no such key file. If this is a new installation, run: wxuserctl keys "
			"create. If not, restore it from its backup: %s",
			file->loss);
	return key_file_refuse(file,
		"links to %.*s, which is missing; restore that file from its backup, or mount "
		"where it lies",
		(int)size, target);
}

static int key_file_refuse_unopened(const struct key_file *file, int error)
{
	char me[LOGIN_NAME_MAX];
	char text[PERMISSION_TEXT_SIZE];
	struct stat st;

	snprintf(me, sizeof(me), "%s", user_name(geteuid()));
	if (error == ENOENT)
		return key_file_refuse_missing(file);
	if (error != EACCES)
		return key_file_refuse(file, "%s", regular_file_error(error));
	if (permission_check_parents(file->path, text) != NULL)
		return key_file_refuse(file, "%s", text);
	if (stat(file->path, &st) != 0 || strcmp(me, file->conf->server_user) == 0)
		return key_file_refuse(
			file, "user %s may not read it; run: chown %s %s", me, me, file->path);
	return key_file_refuse(file, "user %s may not read it; run this as %s, whose it is", me,
		user_name(st.st_uid));
}

/* Without a stream, whose buffer would keep a copy of the keys. */
int key_file_read(const struct key_file *file, char *text_r, size_t text_size)
{
	int fd = regular_file_open(file->path, O_RDONLY, 0);
	size_t size = 0;
	ssize_t n = 0;
	int result = -1;

	if (fd < 0)
		return key_file_refuse_unopened(file, errno);
	if (key_file_check_mode(file, fd) != 0)
		goto out;
	while (size < text_size && (n = read(fd, text_r + size, text_size - size)) > 0)
		size += n;
	if (n < 0)
		key_file_refuse(file, "%s", strerror(errno));
	else if (size == text_size)
		key_file_refuse(file, "too large for %d keys", file->keys_max);
	else if (memchr(text_r, '\0', size) != NULL)
		key_file_refuse(file, "not a text file");
	else
		result = 0;
	text_r[result == 0 ? size : 0] = '\0';
out:
	close(fd);
	return result;
}
