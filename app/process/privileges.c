#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "err.h"
#include "log.h"
#include "privileges.h"
#include "str.h"

static int become(const struct passwd *user)
{
	if (initgroups(user->pw_name, user->pw_gid) < 0 ||
		setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
		setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		return -1;
	return user->pw_uid != 0 && setuid(0) == 0 ? -1 : 0;
}

static const struct passwd *find(const char *user)
{
	const struct passwd *entry = getpwnam(user);

	if (entry == NULL)
		log_error("server.user: no user %s", user);
	return entry;
}

static int fail(const char *user)
{
	log_error("server.user: cannot become %s: %m", user);
	return -1;
}

int privileges_drop(const char *user)
{
	const struct passwd *entry;

	if (str_is_empty(user)) {
		if (geteuid() == 0)
			log_warning("running as root: set server.user");
		return 0;
	}
	entry = find(user);
	if (entry == NULL)
		return -1;
	return geteuid() == entry->pw_uid || become(entry) == 0 ? 0 : fail(user);
}

int privileges_lend(const char *user)
{
	const struct passwd *entry;

	if (str_is_empty(user) || geteuid() != 0)
		return 0;
	entry = find(user);
	if (entry == NULL)
		return -1;
	if (initgroups(user, entry->pw_gid) < 0 || setegid(entry->pw_gid) < 0 ||
		seteuid(entry->pw_uid) < 0)
		return fail(user);
	return 0;
}

void privileges_take_back(void)
{
	if (seteuid(getuid()) < 0 || setegid(getgid()) < 0)
		BUG("cannot become who this was: %m");
}

int privileges_give(const char *path, const char *user)
{
	const struct passwd *entry = str_is_empty(user) ? NULL : getpwnam(user);

	return entry == NULL || geteuid() != 0 ? 0 : lchown(path, entry->pw_uid, entry->pw_gid);
}
