#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "command.h"
#include "conf.h"
#include "control_client.h"
#include "privileges.h"
#include "str.h"
#include "user_name.h"

#define LIMIT_S 60
#define POLL_US 100000

enum { POOL, FILE_NAME };

/* A worker that was taken over may listen in place of the master, and by descriptors that it passes
 * on let another process seem to. The kernel refuses a signal to a process of others than this
 * user's. */
static int become_user_of_master(const struct ctl *ctl)
{
	const char *directory = ctl->conf->server_state_directory;

	if (!str_is_empty(ctl->conf->server_user))
		return ctl_become_service(ctl);
	if (privileges_drop_to_owner(directory) < 0 && errno != ENOENT)
		return -ctl_fail("cannot become the owner of %s: %s", directory, strerror(errno));
	return 0;
}

/* Acts on one master after the other, until it fails for one. */
static int for_each_master(
	struct ctl *ctl, int (*act)(struct ctl *ctl, const struct master_status *master))
{
	struct master_status found[MASTERS_MAX];
	int status = EXIT_SUCCESS;
	size_t n;

	if (become_user_of_master(ctl) != 0)
		return EXIT_FAILURE;
	n = control_client_find(ctl, found);
	if (n == 0)
		return control_client_fail(ctl);

	for (size_t i = 0; i < n && status == EXIT_SUCCESS; i++)
		status = act(ctl, &found[i]);
	return status;
}

static int signal_master(const struct master_status *master, int signal)
{
	if (master->pid <= 0)
		return ctl_fail(
			"the program runs in another namespace of processes; run this there");
	if (kill(master->pid, signal) == 0)
		return EXIT_SUCCESS;
	if (errno == EPERM)
		return ctl_fail(
			"pid %d, which answers on the control socket, is no process of user %s. "
			"If it is the program, run this as its user; see: ps -o user,args -p %d",
			(int)master->pid, user_name(geteuid()), (int)master->pid);
	return ctl_fail("pid %d: %s", (int)master->pid, strerror(errno));
}

/* Sends the signal and waits until the program is another process or has another generation, or has
 * refused. */
static int change_master(struct ctl *ctl, const struct master_status *master, int signal)
{
	int64_t until_us = clock_monotonic_us() + LIMIT_S * CLOCK_SECOND_US;
	struct master_status before = *master, now;

	if (signal_master(&before, signal) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	while (clock_monotonic_us() < until_us) {
		clock_sleep_us(POLL_US);
		if (control_client_status(ctl, master->name, &now) < 0) {
			if (errno == ENOENT) /* it has ended, and no new master has come */
				return control_client_fail(ctl);
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
		if (now.n_failures != before.n_failures)
			return ctl_fail("refused, nothing has changed: %s\n"
					"The program goes on as before, generation %d.",
				now.failure, (int)now.generation);
	}
	return ctl_fail("nothing has changed within %d s; see the program's log", LIMIT_S);
}

static int reload_master(struct ctl *ctl, const struct master_status *master)
{
	return change_master(ctl, master, SIGHUP);
}

static int reload_program(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return for_each_master(ctl, reload_master);
}

static int upgrade_master(struct ctl *ctl, const struct master_status *master)
{
	return change_master(ctl, master, SIGUSR2);
}

static int upgrade_program(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return for_each_master(ctl, upgrade_master);
}

static int reopen_logs_of_master(struct ctl *ctl, const struct master_status *master)
{
	(void)ctl;
	if (signal_master(master, SIGUSR1) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	printf("pid %d reopens its log files\n", (int)master->pid);
	return EXIT_SUCCESS;
}

static int reopen_logs(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return ctl_warn_of_fault(ctl) | for_each_master(ctl, reopen_logs_of_master);
}

static int drain_master(struct ctl *ctl, const struct master_status *master)
{
	int64_t until_us = clock_monotonic_us() + ctl->conf->server_drain_timeout_ms * 1000 +
		LIMIT_S * CLOCK_SECOND_US;
	struct master_status now;

	if (signal_master(master, SIGINT) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	while (control_client_status(ctl, master->name, &now) == 0 && now.pid == master->pid) {
		if (clock_monotonic_us() > until_us)
			return ctl_fail("pid %d is still there", (int)master->pid);
		clock_sleep_us(POLL_US);
	}
	printf("pid %d has ended\n", (int)master->pid);
	return EXIT_SUCCESS;
}

static int drain_program(struct ctl *ctl, const struct argument *arguments)
{
	(void)arguments;
	return ctl_warn_of_fault(ctl) | for_each_master(ctl, drain_master);
}

/* A master whose starter has ended gives its socket up. */
static int check_pool_is_free(const struct ctl *ctl, const char *pool)
{
	const char *name = arena_printf(ctl->arena, "wxuser-%s", pool);
	struct master_status master;

	if (control_client_status(ctl, name, &master) < 0)
		return errno == ENOENT || errno == ECONNREFUSED ? EXIT_SUCCESS
								: control_client_fail(ctl);
	if (master.parent == 0)
		return EXIT_SUCCESS;
	return ctl_fail(
		"pool %s is served already, by pid %d, which pid %d has started and looks after; "
		"stop it there first",
		pool, (int)master.pid, (int)master.parent);
}

static int clear_socket(struct ctl *ctl, const struct argument *arguments)
{
	const char *path = arguments[FILE_NAME].text;
	struct stat file;

	if (check_pool_is_free(ctl, arguments[POOL].text) != EXIT_SUCCESS)
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
	.summary = "Makes the running program read its configuration and keys again",
	.details = "Returns when all new workers serve. No request is lost. If the configuration\n"
		   "is invalid, its database does not answer or the new workers do not come up,\n"
		   "nothing changes. If the new workers crash repeatedly within the first half\n"
		   "minute, the program returns to the last good configuration, and \"wxuserctl\n"
		   "status\" says so.\n",
	.needs = NEEDS_CONF_PARTS,
	.run = reload_program,
};

const struct command command_upgrade = {
	.name = "upgrade",
	.arguments = "",
	.summary = "Replaces the running program by its new file",
	.details = "Returns when the new program serves, under another process number. No request\n"
		   "is lost. If the new program does not come up, nothing changes.\n",
	.needs = NEEDS_CONF_PARTS,
	.run = upgrade_program,
};

const struct command command_reopen_logs = {
	.name = "reopen-logs",
	.arguments = "",
	.summary = "Makes the running program open its log files again",
	.details = "For use after a rotation. Returns when the program has the signal; a worker\n"
		   "writes to the old file until the request that it runs waits or is answered.\n",
	.needs = NEEDS_CONF_PARTS,
	.run = reopen_logs,
};

const struct command command_drain = {
	.name = "drain",
	.arguments = "",
	.summary = "Stops the running program after its requests in flight",
	.details = "Returns when it has ended, at the latest after server.drain_timeout_ms.\n",
	.needs = NEEDS_CONF_PARTS,
	.run = drain_program,
};

const struct command command_socket_clear = {
	.name = "socket clear",
	.arguments = "--pool core|remote FILE",
	.summary = "Removes a pool's socket, so that spawn-fcgi can create it again",
	.details =
		"Refuses while a master serves the socket whose starter lives and looks after\n"
		"it. A master whose starter was killed, and workers that lost their master, may\n"
		"still listen there: they serve until the next workers are ready.\n",
	.needs = NEEDS_CONF,
	.run = clear_socket,
};
