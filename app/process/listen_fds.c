#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listen_fds.h"
#include "str.h"

#define FIRST 3

/* A shell in between passes on variables that were meant for it. */
static bool listen_fds_is_for_us(const char *pid)
{
	int32_t number;

	return pid != NULL && str_parse_int32(pid, &number) && number == getpid();
}

void listen_fds_receive(struct listen_fds *listen_fds)
{
	const char *n = getenv("LISTEN_FDS"), *names = getenv("LISTEN_FDNAMES");
	int32_t number = 0;

	*listen_fds = (struct listen_fds){0};
	if (listen_fds_is_for_us(getenv("LISTEN_PID")) && n != NULL)
		str_parse_int32(n, &number);
	for (int i = 0; i < number && i < LISTEN_FDS_MAX; i++)
		listen_fds->fds[listen_fds->n++] = FIRST + i;
	snprintf(listen_fds->names, sizeof(listen_fds->names), "%s", names != NULL ? names : "");
	if (listen_fds_find(listen_fds, "core") < 0 && listen_fds_find(listen_fds, "remote") < 0)
		snprintf(listen_fds->names, sizeof(listen_fds->names), "core:remote");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

int listen_fds_find(const struct listen_fds *listen_fds, const char *name)
{
	int place = str_place_in(listen_fds->names, ":", name, strlen(name));

	return place >= 0 && place < listen_fds->n ? listen_fds->fds[place] : -1;
}

void listen_fds_add(struct listen_fds *listen_fds, const char *name, int fd)
{
	size_t used = strlen(listen_fds->names);

	if (fd < 0)
		return;
	listen_fds->fds[listen_fds->n++] = fd;
	snprintf(listen_fds->names + used, sizeof(listen_fds->names) - used, "%s%s",
		used > 0 ? ":" : "", name);
}

static void listen_fds_set_number(const char *variable, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	setenv(variable, text, 1);
}

void listen_fds_pass(struct listen_fds *listen_fds)
{
	int copies[LISTEN_FDS_MAX];

	/* Out of the way first: one may lie where another belongs. */
	for (int i = 0; i < listen_fds->n; i++)
		copies[i] = fcntl(listen_fds->fds[i], F_DUPFD_CLOEXEC, FIRST + LISTEN_FDS_MAX);
	for (int i = 0; i < listen_fds->n; i++)
		listen_fds->fds[i] = dup2(copies[i], FIRST + i);
	listen_fds_set_number("LISTEN_PID", getpid());
	listen_fds_set_number("LISTEN_FDS", listen_fds->n);
	setenv("LISTEN_FDNAMES", listen_fds->names, 1);
}
