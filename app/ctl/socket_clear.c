#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "command.h"
#include "running.h"

enum { POOL, FILE_NAME };

/* A master that nobody looks after any more gives its socket up. */
static int check_master(const struct ctl *ctl, const char *pool)
{
	const char *name = arena_printf(ctl->arena, "wxuser-%s", pool);
	struct running running;

	if (running_ask(ctl, name, &running) < 0)
		return errno == ENOENT || errno == ECONNREFUSED ? EXIT_SUCCESS : running_fail(ctl);
	if (running.parent == 0)
		return EXIT_SUCCESS;
	return ctl_fail("pool %s is served already, by pid %d, which pid %d has started and looks "
			"after; stop it there first",
		pool, (int)running.pid, (int)running.parent);
}

static int clear(struct ctl *ctl, const struct argument *arguments)
{
	const char *path = arguments[FILE_NAME].text;
	struct stat file;

	if (check_master(ctl, arguments[POOL].text) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	if (lstat(path, &file) == 0 && !S_ISSOCK(file.st_mode))
		return ctl_fail("%s: not a socket", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return ctl_fail("%s: %s", path, strerror(errno));
	return EXIT_SUCCESS;
}

const struct command command_socket_clear = {
	.name = "socket clear",
	.arguments = "--pool core|remote FILE",
	.summary = "Removes a pool's socket, so that spawn-fcgi can make it anew",
	.details = "Refuses while a master serves it whose starter lives and looks after it. A\n"
		   "master whose starter was killed, and workers that lost their master, may\n"
		   "still listen there: they serve until the next workers are ready.\n",
	.needs = NEEDS_CONF,
	.run = clear,
};
