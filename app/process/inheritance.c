#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inheritance.h"
#include "str.h"

#define FIRST 3

/* A shell between us and who left them passes on variables that are not for it. */
static bool is_ours(const char *pid)
{
	int32_t number;

	return pid != NULL && str_parse_int32(pid, &number) && number == getpid();
}

void inheritance_take(struct inheritance *inheritance)
{
	const char *n = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
	int32_t number = 0;

	*inheritance = (struct inheritance){0};
	if (is_ours(getenv("LISTEN_PID")) && n != NULL)
		str_parse_int32(n, &number);
	for (int i = 0; i < number && i < INHERITANCE_MAX; i++)
		inheritance->fds[inheritance->n++] = FIRST + i;
	snprintf(inheritance->names, sizeof(inheritance->names), "%s", names != NULL ? names : "");
	if (inheritance_find(inheritance, "core") < 0 &&
		inheritance_find(inheritance, "remote") < 0)
		snprintf(inheritance->names, sizeof(inheritance->names), "core:remote");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

int inheritance_find(const struct inheritance *inheritance, const char *name)
{
	int place = str_place_in(inheritance->names, ":", name, strlen(name));

	return place >= 0 && place < inheritance->n ? inheritance->fds[place] : -1;
}

void inheritance_add(struct inheritance *inheritance, const char *name, int fd)
{
	size_t used = strlen(inheritance->names);

	if (fd < 0)
		return;
	inheritance->fds[inheritance->n++] = fd;
	snprintf(inheritance->names + used, sizeof(inheritance->names) - used, "%s%s",
		used > 0 ? ":" : "", name);
}

static void set_number(const char *variable, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	setenv(variable, text, 1);
}

void inheritance_leave(struct inheritance *inheritance)
{
	int copies[INHERITANCE_MAX];

	/* Out of the way first: one may lie where another belongs. */
	for (int i = 0; i < inheritance->n; i++)
		copies[i] = fcntl(inheritance->fds[i], F_DUPFD_CLOEXEC, FIRST + INHERITANCE_MAX);
	for (int i = 0; i < inheritance->n; i++)
		inheritance->fds[i] = dup2(copies[i], FIRST + i);
	set_number("LISTEN_PID", getpid());
	set_number("LISTEN_FDS", inheritance->n);
	setenv("LISTEN_FDNAMES", inheritance->names, 1);
}
