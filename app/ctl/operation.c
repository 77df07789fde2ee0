#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "command.h"
#include "conf.h"
#include "maintenance.h"
#include "running.h"

#define LIMIT_S 60
#define LOOK_US 100000

enum { POOL, FILE_NAME };

/* One after the other, until one fails. */
static int for_each(struct ctl *ctl, int (*act)(struct ctl *ctl, const struct running *running))
{
	struct running found[RUNNING_MAX];
	size_t n = running_find(ctl, found);
	int status = n == 0 ? running_fail(ctl) : EXIT_SUCCESS;

	for (size_t i = 0; i < n && status == EXIT_SUCCESS; i++)
		status = act(ctl, &found[i]);
	return status;
}

static int print_status_of(struct ctl *ctl, const struct running *running)
{
	fputs(running->text, stdout);
	if (maintenance_is_on_here(ctl->conf))
		puts("maintenance on");
	return EXIT_SUCCESS;
}

static int print_status(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return ctl_tell_fault(ctl) | for_each(ctl, print_status_of);
}

static int signal_master(const struct running *running, int signal)
{
	if (kill(running->pid, signal) < 0)
		return ctl_fail("pid %d: %s%s", (int)running->pid, strerror(errno),
			errno == EPERM ? "; be root, or the user it runs as" : "");
	return EXIT_SUCCESS;
}

/* Until the program is another, or has another configuration, or has refused. */
static int signal_and_wait(struct ctl *ctl, const struct running *running, int signal)
{
	int64_t until_us = clock_monotonic_us() + LIMIT_S * CLOCK_SECOND_US;
	struct running before = *running, now;

	if (signal_master(&before, signal) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	while (clock_monotonic_us() < until_us) {
		clock_sleep_us(LOOK_US);
		if (running_ask(ctl, running->name, &now) < 0) {
			if (errno == ENOENT) /* it has ended, and has no heir */
				return running_fail(ctl);
			continue;
		}
		if (now.pid != before.pid && signal == SIGHUP) { /* it may have read before */
			if (signal_master(&now, signal) != EXIT_SUCCESS)
				return EXIT_FAILURE;
			before = now;
			continue;
		}
		if (now.pid != before.pid || now.generation != before.generation) {
			printf("pid %d, generation %d\n", (int)now.pid, (int)now.generation);
			if (*now.restart != '\0')
				printf("Changed, but takes a restart: %s.\n", now.restart);
			return EXIT_SUCCESS;
		}
		if (now.n_refused != before.n_refused)
			return ctl_fail("refused, nothing has changed: %s\n"
					"The program goes on as before, generation %d.",
				now.refusal, (int)now.generation);
	}
	return ctl_fail("nothing has come of it in %d s; see the program's log", LIMIT_S);
}

static int reload_one(struct ctl *ctl, const struct running *running)
{
	return signal_and_wait(ctl, running, SIGHUP);
}

static int reload(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return for_each(ctl, reload_one);
}

static int upgrade_one(struct ctl *ctl, const struct running *running)
{
	return signal_and_wait(ctl, running, SIGUSR2);
}

static int upgrade(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return for_each(ctl, upgrade_one);
}

static int reopen_logs_of_one(struct ctl *ctl, const struct running *running)
{
	(void)ctl;
	if (signal_master(running, SIGUSR1) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	printf("pid %d is told to open its log files anew\n", (int)running->pid);
	return EXIT_SUCCESS;
}

static int reopen_logs(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return ctl_tell_fault(ctl) | for_each(ctl, reopen_logs_of_one);
}

static int drain_one(struct ctl *ctl, const struct running *running)
{
	int64_t until_us = clock_monotonic_us() + ctl->conf->server_drain_timeout_ms * 1000 +
		LIMIT_S * CLOCK_SECOND_US;
	struct running now;

	if (signal_master(running, SIGINT) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	while (running_ask(ctl, running->name, &now) == 0 && now.pid == running->pid) {
		if (clock_monotonic_us() > until_us)
			return ctl_fail("pid %d is still there", (int)running->pid);
		clock_sleep_us(LOOK_US);
	}
	printf("pid %d has ended\n", (int)running->pid);
	return EXIT_SUCCESS;
}

static int drain(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return ctl_tell_fault(ctl) | for_each(ctl, drain_one);
}

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

static int clear_socket(struct ctl *ctl, const struct argument *arguments)
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

const struct command command_reload = {
	.name = "reload",
	.arguments = "",
	.summary = "Lets the running program read its configuration and keys again",
	.details = "Returns when all new workers serve. No request is lost. A configuration that\n"
		   "is no good, whose database does not answer, or whose workers do not come up,\n"
		   "changes nothing. If they crash again and again in the first half minute, the\n"
		   "last good one comes back, and \"wxuserctl status\" says so.\n",
	.needs = NEEDS_PLACE,
	.run = reload,
};

const struct command command_upgrade = {
	.name = "upgrade",
	.arguments = "",
	.summary = "Lets the running program give way to its own new file",
	.details = "Returns when the new program serves, under another process number. No request\n"
		   "is lost. A program that does not come up changes nothing.\n",
	.needs = NEEDS_PLACE,
	.run = upgrade,
};

const struct command command_reopen_logs = {
	.name = "reopen-logs",
	.arguments = "",
	.summary = "Lets the running program open its log files anew",
	.details = "For after a rotation. Returns when the program is told; a worker writes to\n"
		   "the old file until the request at hand is answered.\n",
	.needs = NEEDS_PLACE,
	.run = reopen_logs,
};

const struct command command_drain = {
	.name = "drain",
	.arguments = "",
	.summary = "Ends the running program after what it has begun",
	.details = "Returns when it has ended, at the latest after server.drain_timeout_ms.\n",
	.needs = NEEDS_PLACE,
	.run = drain,
};

const struct command command_status = {
	.name = "status",
	.arguments = "",
	.summary = "Tells generation, workers and state of the running program",
	.details = "Lines \"NAME value\"; of workers one for each pool and generation that serves\n"
		   "or comes up; \"leaving\" counts those that finish what they hold.\n"
		   "\"maintenance on\" says that this host answers that it is down;\n"
		   "\"restart\" names keys that the last reload found changed and that take one;\n"
		   "\"last_good\" is another generation than that which serves while this is on\n"
		   "trial; \"refused\" counts what came to nothing, \"refusal\" is the last.\n"
		   "Where each pool has its own master (wxuser.fcgi --workers), it tells of both,\n"
		   "and reload, upgrade, reopen-logs and drain are for both.\n",
	.needs = NEEDS_PLACE,
	.run = print_status,
};

const struct command command_socket_clear = {
	.name = "socket clear",
	.arguments = "--pool core|remote FILE",
	.summary = "Removes a pool's socket, so that spawn-fcgi can make it anew",
	.details = "Refuses while a master serves it whose starter lives and looks after it. A\n"
		   "master whose starter was killed, and workers that lost their master, may\n"
		   "still listen there: they serve until the next workers are ready.\n",
	.needs = NEEDS_CONF,
	.run = clear_socket,
};
