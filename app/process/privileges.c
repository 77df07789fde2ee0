#include <grp.h>
#include <pwd.h>
#include <unistd.h>

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

int privileges_drop(const char *user)
{
	const struct passwd *entry;

	if (str_is_empty(user)) {
		if (geteuid() == 0)
			log_warning("running as root: set server.user");
		return 0;
	}
	entry = getpwnam(user);
	if (entry == NULL) {
		log_error("server.user: no user %s", user);
		return -1;
	}
	if (geteuid() == entry->pw_uid)
		return 0;
	if (become(entry) < 0) {
		log_error("server.user: cannot become %s: %m", user);
		return -1;
	}
	return 0;
}
