#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "log.h"
#include "privileges.h"
#include "str.h"

/* The groups beside gid are the caller's to set. */
static int privileges_set_ids(uid_t uid, gid_t gid)
{
	if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -1;
	return uid != 0 && setuid(0) == 0 ? -1 : 0;
}

static int privileges_become(const struct passwd *user)
{
	return initgroups(user->pw_name, user->pw_gid) < 0
		? -1
		: privileges_set_ids(user->pw_uid, user->pw_gid);
}

static const struct passwd *privileges_find_user(const char *user)
{
	const struct passwd *entry = getpwnam(user);

	if (entry == NULL && user[strspn(user, "0123456789")] == '\0')
		log_error("server.user: there is no user called %s; write the name, not a number",
			user);
	else if (entry == NULL)
		log_error("server.user: there is no user %s; run: useradd --system %s, or name "
			  "another",
			user, user);
	return entry;
}

static int privileges_fail(const char *user)
{
	if (errno == EPERM)
		log_error("server.user: only root can become %s; start it as root or as %s", user,
			user);
	else
		log_error("server.user: cannot become %s: %m", user);
	return -1;
}

int privileges_check(const char *user)
{
	const struct passwd *entry = str_is_empty(user) ? NULL : privileges_find_user(user);

	if (str_is_empty(user))
		return 0;
	if (entry == NULL || geteuid() == 0 || geteuid() == entry->pw_uid)
		return entry == NULL ? -1 : 0;
	errno = EPERM;
	return privileges_fail(user);
}

int privileges_drop(const char *user)
{
	const struct passwd *entry;

	if (str_is_empty(user)) {
		if (geteuid() == 0)
			log_warning("running as root: set server.user");
		return 0;
	}
	entry = privileges_find_user(user);
	if (entry == NULL)
		return -1;
	return geteuid() == entry->pw_uid || privileges_become(entry) == 0 ? 0
									   : privileges_fail(user);
}

int privileges_drop_to_owner(const char *path)
{
	struct stat file;

	if (geteuid() != 0)
		return 0;
	if (stat(path, &file) < 0)
		return -1;
	if (file.st_uid == 0)
		return 0;
	return setgroups(0, NULL) < 0 ? -1 : privileges_set_ids(file.st_uid, file.st_gid);
}

int privileges_use_temporarily(const char *user)
{
	const struct passwd *entry;

	if (str_is_empty(user) || geteuid() != 0)
		return 0;
	entry = privileges_find_user(user);
	if (entry == NULL)
		return -1;
	if (initgroups(user, entry->pw_gid) < 0 || setegid(entry->pw_gid) < 0 ||
		seteuid(entry->pw_uid) < 0)
		return privileges_fail(user);
	return 0;
}

void privileges_restore(void)
{
	/* Where nothing has changed, the system may not even allow to ask. */
	if (geteuid() == getuid() && getegid() == getgid())
		return;
	if (seteuid(getuid()) < 0 || setegid(getgid()) < 0)
		BUG("cannot restore the user: %m");
}

int privileges_give(const char *path, const char *user)
{
	const struct passwd *entry = str_is_empty(user) ? NULL : getpwnam(user);

	return entry == NULL || geteuid() != 0 ? 0 : lchown(path, entry->pw_uid, entry->pw_gid);
}
