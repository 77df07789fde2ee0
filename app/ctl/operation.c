#include <errno.h>
#include <signal.h>
#include <stdbool.h>

#include "clock.h"
#include "command.h"
#include "conf.h"
#include "running.h"

#define LIMIT_S 60
#define LOOK_US 100000

static int ask(const struct ctl *ctl, struct running *running_r)
{
	return running_ask(ctl, running_r) < 0 ? -running_fail() : 0;
}

static int status(struct ctl *ctl, const struct argument *arguments)
{
	struct running running;

	(void)arguments;
	if (ask(ctl, &running) < 0)
		return EXIT_FAILURE;
	fputs(running.text, stdout);
	return EXIT_SUCCESS;
}

static int tell(const struct running *running, int signal)
{
	if (kill(running->pid, signal) < 0)
		return -ctl_fail("pid %d: %s%s", (int)running->pid, strerror(errno),
			errno == EPERM ? "; be root, or the user it runs as" : "");
	return 0;
}

/* Until the program is another, or has another configuration, or has refused. */
static int change(struct ctl *ctl, int signal)
{
	int64_t until_us = clock_monotonic_us() + LIMIT_S * CLOCK_SECOND_US;
	struct running before, now;

	if (ask(ctl, &before) < 0 || tell(&before, signal) < 0)
		return EXIT_FAILURE;
	while (clock_monotonic_us() < until_us) {
		clock_sleep_us(LOOK_US);
		if (running_ask(ctl, &now) < 0) /* one goes and the other is not yet there */
			continue;
		if (now.pid != before.pid && signal == SIGHUP) { /* it may have read before */
			if (tell(&now, signal) < 0)
				return EXIT_FAILURE;
			before = now;
			continue;
		}
		if (now.pid != before.pid || now.generation != before.generation) {
			printf("pid %d, generation %d\n", (int)now.pid, (int)now.generation);
			return EXIT_SUCCESS;
		}
		if (now.n_refused != before.n_refused)
			return ctl_fail("refused, nothing has changed; the program's log says why");
	}
	return ctl_fail("nothing has come of it in %d s; see the program's log",
		LIMIT_S);
}

static int reload(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return change(ctl, SIGHUP);
}

static int upgrade(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return change(ctl, SIGUSR2);
}

static int reopen_logs(struct ctl *ctl, const struct argument *arguments)
{
	struct running running;

	(void)arguments;
	if (ask(ctl, &running) < 0 || tell(&running, SIGUSR1) < 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

static int drain(struct ctl *ctl, const struct argument *arguments)
{
	int64_t until_us = clock_monotonic_us() + ctl->conf->server_drain_timeout_ms * 1000 +
		LIMIT_S * CLOCK_SECOND_US;
	struct running before, now;

	(void)arguments;
	if (ask(ctl, &before) < 0 || tell(&before, SIGINT) < 0)
		return EXIT_FAILURE;
	while (running_ask(ctl, &now) == 0 && now.pid == before.pid) {
		if (clock_monotonic_us() > until_us)
			return ctl_fail("pid %d is still there", (int)before.pid);
		clock_sleep_us(LOOK_US);
	}
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
	.needs = NEEDS_CONF,
	.run = reload,
};

const struct command command_upgrade = {
	.name = "upgrade",
	.arguments = "",
	.summary = "Lets the running program give way to its own new file",
	.details = "Returns when the new program serves, under another process number. No request\n"
		   "is lost. A program that does not come up changes nothing.\n",
	.needs = NEEDS_CONF,
	.run = upgrade,
};

const struct command command_reopen_logs = {
	.name = "reopen-logs",
	.arguments = "",
	.summary = "Lets the running program open its log files anew",
	.details = "For after a rotation. Returns when the program is told; a worker writes to\n"
		   "the old file until the request at hand is answered.\n",
	.needs = NEEDS_CONF,
	.run = reopen_logs,
};

const struct command command_drain = {
	.name = "drain",
	.arguments = "",
	.summary = "Ends the running program after what it has begun",
	.details = "Returns when it has ended, at the latest after server.drain_timeout_ms.\n",
	.needs = NEEDS_CONF,
	.run = drain,
};

const struct command command_status = {
	.name = "status",
	.arguments = "",
	.summary = "Tells generation, workers and state of the running program",
	.details = "Lines \"NAME value\"; of workers one for each pool and generation that serves\n"
		   "or comes up; \"leaving\" counts those that finish what they hold.\n"
		   "\"last_good\" is another generation than that which serves while this is on\n"
		   "trial; \"refused\" counts what came to nothing, \"refusal\" is the last.\n",
	.needs = NEEDS_CONF,
	.run = status,
};
