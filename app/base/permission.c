#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "permission.h"
#include "str.h"
#include "user_name.h"

/* The same number on every architecture that Debian has. */
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

/* glibc before 2.33 asks for the real user; a kernel before 5.8 cannot be asked. */
bool permission_allows(const char *path, int mode)
{
	long status = syscall(SYS_faccessat2, AT_FDCWD, path, mode, AT_EACCESS);

	if (status < 0 && (errno == ENOSYS || errno == EPERM))
		status = faccessat(AT_FDCWD, path, mode, AT_EACCESS);
	return status == 0;
}

static bool is_made_by_systemd(const char *directory)
{
	return strcmp(directory, RUNSTATEDIR "/" PACKAGE_NAME) == 0;
}

bool permission_may_be_given(const char *path)
{
	struct stat file;

	return strstr(path, "/" PACKAGE_NAME) != NULL && stat(path, &file) == 0 && file.st_uid == 0;
}

static void permission_describe_denial(
	const char *directory, const char *me, char text_r[PERMISSION_TEXT_SIZE])
{
	if (permission_may_be_given(directory))
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"user %s may not write to %s; run: chown %s %s", me, directory, me,
			directory);
	else
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"user %s may not write to %s; name a directory of its own, run: "
			"install -d -o %s -m 755 %s/" PACKAGE_NAME,
			me, directory, me, strcmp(directory, "/") == 0 ? "" : directory);
}

const char *permission_check_directory(
	const char *directory, const char *owner, char text_r[PERMISSION_TEXT_SIZE])
{
	const char *me = user_name(geteuid());
	struct stat file;

	if (stat(directory, &file) < 0 && errno == ENOENT)
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"the directory %s is not there; %srun: install -d -o %s -m 755 %s",
			directory, is_made_by_systemd(directory) ? "systemd makes it; else " : "",
			str_is_empty(owner) ? me : owner, directory);
	else if (stat(directory, &file) == 0 && !S_ISDIR(file.st_mode))
		snprintf(text_r, PERMISSION_TEXT_SIZE, "%s is no directory", directory);
	else if (permission_allows(directory, W_OK | X_OK))
		return NULL;
	else if (errno == EACCES)
		permission_describe_denial(directory, me, text_r);
	else
		snprintf(text_r, PERMISSION_TEXT_SIZE, "%s: %s", directory, strerror(errno));
	return text_r;
}

const char *permission_check_parents(const char *path, char text_r[PERMISSION_TEXT_SIZE])
{
	char directory[PATH_MAX];

	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
		if (slash == path || permission_allows(directory, X_OK) || errno != EACCES)
			continue;
		snprintf(text_r, PERMISSION_TEXT_SIZE, "user %s may not enter %s; %s%s",
			user_name(geteuid()), directory,
			permission_may_be_given(directory) ? "run: chmod a+x "
							   : "name a file elsewhere",
			permission_may_be_given(directory) ? directory : "");
		return text_r;
	}
	return NULL;
}

const char *permission_check_file(const char *path, char text_r[PERMISSION_TEXT_SIZE])
{
	const char *me = user_name(geteuid());
	const struct group *group = getgrgid(getegid());

	if (permission_allows(path, R_OK) || errno != EACCES)
		return NULL;
	if (permission_check_parents(path, text_r) != NULL)
		return text_r;
	if (group == NULL)
		snprintf(text_r, PERMISSION_TEXT_SIZE, "user %s may not read %s; run: chown %s %s",
			me, path, me, path);
	else
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"user %s may not read %s; run: chgrp %s %s && chmod 640 %s", me, path,
			group->gr_name, path, path);
	return text_r;
}

/* In a directory with the sticky bit nobody exchanges another user's file. */
static bool permission_lets_others_write(const struct stat *st)
{
	if (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) != 0)
		return false;
	return (st->st_mode & S_IWOTH) != 0 ||
		((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0);
}

/* owner: who may own the path beside root and this process's user. */
static const char *permission_check_writer(
	const char *path, const struct stat *st, uid_t owner, char text_r[PERMISSION_TEXT_SIZE])
{
	const char *kind = S_ISDIR(st->st_mode) ? "directory" : "file";

	if (st->st_uid != 0 && st->st_uid != owner && st->st_uid != geteuid())
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"the %s %s is user %s's, who can change the configuration; run: chown root "
			"%s",
			kind, path, user_name(st->st_uid), path);
	else if (permission_lets_others_write(st))
		snprintf(text_r, PERMISSION_TEXT_SIZE,
			"others may write to the %s %s and so change the configuration; run: "
			"chmod go-w %s",
			kind, path, path);
	else
		return NULL;
	return text_r;
}

const char *permission_check_writers(
	const char *path, const struct stat *file, char text_r[PERMISSION_TEXT_SIZE])
{
	const bool is_root = geteuid() == 0;
	const uid_t owner = is_root ? 0 : file->st_uid;
	char directory[PATH_MAX];
	char *slash;
	struct stat st;

	if (permission_check_writer(path, file, owner, text_r) != NULL)
		return text_r;
	if (realpath(path, directory) == NULL)
		return NULL;
	do {
		slash = strrchr(directory, '/');
		slash[slash == directory] = '\0';
		if (stat(directory, &st) == 0 &&
			permission_check_writer(directory, &st, owner, text_r) != NULL)
			return text_r;
	} while (is_root && slash != directory);
	return NULL;
}

void permission_directory_of(const char *path, char directory_r[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	const char *end = slash == path ? slash + 1 : slash;

	if (slash == NULL)
		snprintf(directory_r, PATH_MAX, ".");
	else
		snprintf(directory_r, PATH_MAX, "%.*s", (int)(end - path), path);
}
