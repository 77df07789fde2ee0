#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "secret.h"
#include "secret_file.h"
#include "user_name.h"

static void say_denied(const char *path, char text_r[PLACE_TEXT_SIZE])
{
	char me[LOGIN_NAME_MAX];
	struct stat file;

	snprintf(me, sizeof(me), "%s", user_name(geteuid()));
	if (place_find_closed(path, text_r) != NULL)
		return;
	if (place_is_own(path))
		snprintf(text_r, PLACE_TEXT_SIZE, "user %s may not read %s; say: chown %s %s", me,
			path, me, path);
	else if (stat(path, &file) == 0 && file.st_uid != 0)
		snprintf(text_r, PLACE_TEXT_SIZE,
			"user %s may not read %s, which is %s's; name another file, or say: "
			"sudo -u %s %s ...",
			me, path, user_name(file.st_uid), user_name(file.st_uid),
			program_invocation_short_name);
	else
		snprintf(text_r, PLACE_TEXT_SIZE,
			"user %s may not read %s; give it a file of its own, of mode 0600", me,
			path);
}

static const char *judge(int fd, const char *path, char text_r[PLACE_TEXT_SIZE])
{
	struct stat file;
	char secret[SECRET_FILE_SIZE];

	if (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))
		snprintf(text_r, PLACE_TEXT_SIZE, "%s is no regular file", path);
	else if ((file.st_mode & (S_IWGRP | S_IRWXO)) != 0)
		snprintf(text_r, PLACE_TEXT_SIZE,
			"mode %04o lets others at %s; say: chmod g-w,o= %s",
			(unsigned)file.st_mode & 07777, path, path);
	else if (!conf_read_secret("", path, secret, sizeof(secret)))
		snprintf(text_r, PLACE_TEXT_SIZE, "the first line of %s is longer than %d bytes",
			path, SECRET_FILE_SIZE - 1);
	else if (*secret == '\0')
		snprintf(text_r, PLACE_TEXT_SIZE, "the first line of %s is empty", path);
	else
		text_r = NULL;
	secret_wipe(secret, sizeof(secret));
	return text_r;
}

const char *secret_file_find_offence(const char *path, char text_r[PLACE_TEXT_SIZE])
{
	const char *offence;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno == EACCES) {
		say_denied(path, text_r);
		return text_r;
	}
	if (fd < 0) {
		snprintf(text_r, PLACE_TEXT_SIZE, "%s: %s", path, strerror(errno));
		return text_r;
	}
	offence = judge(fd, path, text_r);
	close(fd);
	return offence;
}
