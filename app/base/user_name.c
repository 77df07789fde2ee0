#include <pwd.h>
#include <stdio.h>

#include "user_name.h"

const char *user_name(uid_t uid)
{
	static char number[16];
	const struct passwd *entry = getpwuid(uid);

	if (entry != NULL)
		return entry->pw_name;
	snprintf(number, sizeof(number), "%u", (unsigned)uid);
	return number;
}
