#include <ctype.h>
#include <limits.h>
#include <pwd.h>
#include <unistd.h>

#include "arena.h"
#include "operator.h"
#include "str.h"

#define NAME_MAX_SIZE 64

/* A name that cannot be one is left out, since it may be anything. */
static bool is_name(const char *text)
{
	if (str_is_empty(text) || strlen(text) > NAME_MAX_SIZE)
		return false;
	for (; *text != '\0'; text++)
		if (!isgraph((unsigned char)*text))
			return false;
	return true;
}

struct audit_origin operator_origin(struct arena *arena)
{
	const uid_t uid = getuid();
	const struct passwd *user = getpwuid(uid);
	const char *caller = getenv("SUDO_USER");
	char host[HOST_NAME_MAX + 1] = "";
	const bool has_name = user != NULL && is_name(user->pw_name);

	gethostname(host, sizeof(host) - 1);
	return (struct audit_origin){
		.who = arena_printf(arena, "user %s%s%u%s%s%s", has_name ? user->pw_name : "",
			has_name ? " (" : "", (unsigned)uid, has_name ? ")" : "",
			is_name(caller) ? ", SUDO_USER " : "", is_name(caller) ? caller : ""),
		.address = arena_strdup(arena, host),
		.request_id = "",
	};
}
