#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
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

#define CONF_DIRECTORY SYSCONFDIR "/" PACKAGE_NAME

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

#define UNIT_DIRECTORY "/etc/systemd/system/" PACKAGE_NAME ".service.d"

const char *permission_describe_read_only(
	const char *directory, const char *whom, char text_r[PERMISSION_TEXT_SIZE])
{
	snprintf(text_r, PERMISSION_TEXT_SIZE,
		"%s is read-only for %s; if systemd starts it, run: mkdir -p " UNIT_DIRECTORY
		" && (echo '[Service]'; echo ReadWritePaths=-%s) >>" UNIT_DIRECTORY
		"/paths.conf && systemctl daemon-reload && systemctl restart " PACKAGE_NAME,
		directory, whom, directory);
	return text_r;
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
	else if (errno == EROFS)
		return permission_describe_read_only(directory, "this process", text_r);
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

/* An empty file at path is one that was made since. */
const char *permission_check_moved(
	const char *path, const char *old, const char *owner, char text_r[PERMISSION_TEXT_SIZE])
{
	const char *user = str_is_empty(owner) ? user_name(geteuid()) : owner;
	char directory[PATH_MAX];
	struct stat file, old_file;

	if (stat(old, &old_file) < 0 ||
		(stat(path, &file) == 0 && (file.st_size > 0 || old_file.st_size == 0)))
		return NULL;
	permission_directory_of(path, directory);
	snprintf(text_r, PERMISSION_TEXT_SIZE,
		"the file is still at %s; run: install -d -o %s -m 700 %s && mv %s %s && chown %s "
		"%s",
		old, user, directory, old, path, user, path);
	return text_r;
}

/* Who may change a configuration, and who is to read it. */
struct trust {
	uid_t owner; /* who may own it beside root and this process's user */
	const char *user;
	char *text;
};

/* Many systems give each user a group of its own and umask 002. As Debian's sshd, trust such a
 * group only while nobody else is in it. */
static bool permission_is_group_of_one(uid_t uid, gid_t gid)
{
	const struct group *group = getgrgid(gid);
	const struct passwd *entry = getpwuid(uid);
	bool is_shared;

	if (uid == 0 || group == NULL || entry == NULL || entry->pw_gid != gid)
		return false;
	is_shared = strcmp(group->gr_name, entry->pw_name) != 0;
	for (char **member = group->gr_mem; *member != NULL; member++)
		is_shared |= strcmp(*member, entry->pw_name) != 0;
	setpwent();
	while (!is_shared && (entry = getpwent()) != NULL)
		is_shared = entry->pw_gid == gid && entry->pw_uid != uid;
	endpwent();
	return !is_shared;
}

/* In a directory with the sticky bit nobody exchanges another user's file. The mode of a link says
 * nothing, and what is written to a device, as /dev/null, is not read from it. */
static bool permission_lets_others_write(const struct stat *st)
{
	if (S_ISLNK(st->st_mode) || S_ISCHR(st->st_mode) ||
		(S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) != 0))
		return false;
	return (st->st_mode & S_IWOTH) != 0 ||
		((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0 &&
			!permission_is_group_of_one(st->st_uid, st->st_gid));
}

/* Only of these a text may ask to change the owner or mode. */
static bool permission_is_of_program(const char *path)
{
	struct stat st;

	return str_starts_with(path, CONF_DIRECTORY) &&
		(path[strlen(CONF_DIRECTORY)] == '\0' || path[strlen(CONF_DIRECTORY)] == '/') &&
		stat(SYSCONFDIR, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid());
}

/* Returns the group of user, who serves. Without one it is this process's, or as root that of the
 * file's owner, or if root owns the file the file's. */
static const char *permission_group(const char *user, const struct stat *st)
{
	const struct passwd *entry = str_is_empty(user) ? NULL : getpwnam(user);
	gid_t gid = geteuid() == 0 ? st->st_gid : getegid();
	const struct group *group;

	if (entry == NULL && geteuid() == 0 && st->st_uid != 0)
		entry = getpwuid(st->st_uid);
	if (entry != NULL)
		gid = entry->pw_gid;
	group = gid == 0 ? NULL : getgrgid(gid);
	return group == NULL ? "GROUP_OF_THE_SERVICE" : group->gr_name;
}

static void permission_describe_owner(
	const struct trust *trust, const char *path, const struct stat *st)
{
	const char *owner = user_name(st->st_uid);
	const char *kind = S_ISDIR(st->st_mode) ? "directory"
		: S_ISLNK(st->st_mode)          ? "link"
						: "file";
	int size = snprintf(trust->text, PERMISSION_TEXT_SIZE,
		"the %s %s is user %s's, who can change the configuration; run: ", kind, path,
		owner);
	char *rest = trust->text + size;
	size_t rest_size = PERMISSION_TEXT_SIZE - (size_t)size;

	if (!permission_is_of_program(path))
		snprintf(rest, rest_size, "sudo -u %s %s ..., or move the file to " CONF_DIRECTORY,
			owner, program_invocation_short_name);
	else if (S_ISLNK(st->st_mode))
		snprintf(rest, rest_size, "chown -h root %s", path);
	else
		snprintf(rest, rest_size, "chown root:%s %s && chmod %s %s",
			permission_group(trust->user, st), path,
			S_ISDIR(st->st_mode) ? "750" : "640", path);
}

static void permission_describe_mode(
	const struct trust *trust, const char *path, const struct stat *st)
{
	const bool is_mine = geteuid() != 0 && st->st_uid == geteuid();
	const bool may_change = is_mine || permission_is_of_program(path);

	snprintf(trust->text, PERMISSION_TEXT_SIZE,
		"others may write to the %s %s and so change the configuration; %s%s",
		S_ISDIR(st->st_mode) ? "directory" : "file", path,
		may_change ? "run: chmod go-w " : "move the file to " CONF_DIRECTORY,
		may_change ? path : "");
}

static bool permission_trusts(const struct trust *trust, const char *path, const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != trust->owner && st->st_uid != geteuid())
		permission_describe_owner(trust, path, st);
	else if (permission_lets_others_write(st))
		permission_describe_mode(trust, path, st);
	else
		return true;
	return false;
}

/* Looks at the absolute path and its directory, as root at each one above. A link is looked at as
 * such: what it leads to is on the way of the real path. */
static bool permission_trusts_way(const struct trust *trust, const char *path)
{
	int n_left = geteuid() == 0 ? INT_MAX : 2;
	char part[2 * PATH_MAX];
	struct stat st;
	char *slash;

	snprintf(part, sizeof(part), "%s", path);
	do {
		if (lstat(part, &st) == 0 && !permission_trusts(trust, part, &st))
			return false;
		slash = strrchr(part, '/');
		if (slash == part && slash[1] == '\0')
			return true;
		slash[slash == part] = '\0';
	} while (--n_left > 0);
	return true;
}

const char *permission_check_writers(const char *path, const struct stat *file, const char *user,
	char text_r[PERMISSION_TEXT_SIZE])
{
	const struct trust trust = {
		.owner = geteuid() == 0 || !S_ISREG(file->st_mode) ? geteuid() : file->st_uid,
		.user = user,
		.text = text_r,
	};
	char here[PATH_MAX], given[2 * PATH_MAX], real[PATH_MAX];

	if (*path == '/' || getcwd(here, sizeof(here)) == NULL)
		*here = '\0';
	snprintf(given, sizeof(given), "%s%s%s", here, *path == '/' ? "" : "/", path);
	if (realpath(path, real) == NULL)
		snprintf(real, sizeof(real), "%.*s", PATH_MAX - 1, given);
	if (permission_trusts(&trust, real, file) && permission_trusts_way(&trust, given) &&
		permission_trusts_way(&trust, real))
		return NULL;
	return text_r;
}

const char *permission_check_readers(const char *path, const struct stat *file, const char *user,
	char text_r[PERMISSION_TEXT_SIZE])
{
	if ((file->st_mode & S_IROTH) == 0)
		return NULL;
	snprintf(text_r, PERMISSION_TEXT_SIZE, "run: chgrp %s %s && chmod 640 %s",
		permission_group(user, file), path, path);
	return text_r;
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
