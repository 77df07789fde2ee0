#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "listen_fds.h"
#include "log.h"
#include "notify.h"
#include "signals.h"
#include "upgrade.h"
#include "workers.h"

#define LINK_NAME "old-master"
/* What the new master sends: READY, the errno of execvp(), or FAILED and a reason. */
#define READY '\0'
#define FAILED ((char)ECANCELED)
#define MESSAGE_SIZE 512
/* Longer than a master waits for its own workers: the new one itself says best what is wrong. */
#define READY_WITHIN_US ((WORKERS_READY_WITHIN_S + 3) * CLOCK_SECOND_US)

/* Sends an error by the link, because the descriptors of the log may have been overwritten. */
static void upgrade_exec(char *const *argv, struct listen_fds *listen_fds)
{
	const sigset_t handled = signals_handled();
	char error;

	listen_fds_pass(listen_fds);
	notify_pass();
	sigprocmask(SIG_UNBLOCK, &handled, NULL);
	execvp(argv[0], argv);
	error = (char)errno;
	send(listen_fds_find(listen_fds, LINK_NAME), &error, 1, MSG_NOSIGNAL);
	_exit(EX_OSERR);
}

static int upgrade_fork(struct upgrade *upgrade, char *const *argv, struct listen_fds *listen_fds)
{
	upgrade->new_master = fork();
	if (upgrade->new_master < 0) {
		log_error("fork: %m");
		upgrade->new_master = 0;
		return -1;
	}
	if (upgrade->new_master == 0)
		upgrade_exec(argv, listen_fds);
	return 0;
}

int upgrade_begin(struct upgrade *upgrade, char *const *argv, struct listen_fds *listen_fds)
{
	int ends[2];
	int status;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		log_error("upgrade: %m");
		return -1;
	}
	listen_fds_add(listen_fds, LINK_NAME, ends[1]);
	upgrade->link = ends[0];
	upgrade->argv = argv;
	upgrade->started_us = clock_monotonic_us();
	status = upgrade_fork(upgrade, argv, listen_fds);
	close(ends[1]);
	if (status < 0)
		close(ends[0]);
	return status;
}

void upgrade_close(struct upgrade *upgrade)
{
	if (upgrade->new_master == 0)
		return;
	close(upgrade->link);
	*upgrade = (struct upgrade){0};
}

void upgrade_cancel(struct upgrade *upgrade)
{
	if (upgrade->new_master != 0)
		kill(upgrade->new_master, SIGTERM);
	upgrade_close(upgrade);
}

static int64_t upgrade_age_us(const struct upgrade *upgrade)
{
	return clock_monotonic_us() - upgrade->started_us;
}

/* The new master may serve already, so it gets time to drain before it is killed. */
static void upgrade_check_deadline(struct upgrade *upgrade)
{
	if (upgrade_age_us(upgrade) > 2 * READY_WITHIN_US) {
		kill(upgrade->new_master, SIGKILL);
	} else if (upgrade_age_us(upgrade) > READY_WITHIN_US && !upgrade->is_late) {
		log_error(
			"the new program, pid %d, is not ready in time", (int)upgrade->new_master);
		kill(upgrade->new_master, SIGTERM);
		upgrade->is_late = true;
	}
}

static enum upgrade_state upgrade_fail(struct upgrade *upgrade, const char *why)
{
	log_error("the new program, pid %d: %s", (int)upgrade->new_master, why);
	upgrade_close(upgrade);
	return UPGRADE_FAILED;
}

static enum upgrade_state upgrade_fail_ended(struct upgrade *upgrade)
{
	struct buf why = {0};
	enum upgrade_state state;

	buf_append_str(&why, "it has ended; see its log, or run:");
	for (char *const *word = upgrade->argv; *word != NULL; word++)
		buf_printf(&why, " %s", *word);
	buf_append_str(&why, " --check-config");
	state = upgrade_fail(upgrade, why.data);
	buf_release(&why);
	return state;
}

/* Its children may hold the link open after its end. */
static bool upgrade_has_ended(const struct upgrade *upgrade)
{
	return kill(upgrade->new_master, 0) < 0 && errno == ESRCH;
}

enum upgrade_state upgrade_poll(struct upgrade *upgrade)
{
	char message[MESSAGE_SIZE];
	ssize_t n;

	if (upgrade->new_master == 0)
		return UPGRADE_NONE;
	n = recv(upgrade->link, message, sizeof(message) - 1, MSG_DONTWAIT);
	message[n > 0 ? n : 0] = '\0';
	if (n > 0 && *message != READY)
		return upgrade_fail(upgrade,
			*message == FAILED && n > 1 ? message + 1
						    : strerror((unsigned char)*message));
	if (n == 0 || upgrade_has_ended(upgrade))
		return upgrade_fail_ended(upgrade);
	if (n > 0 && !upgrade->is_late)
		return UPGRADE_READY;
	upgrade_check_deadline(upgrade);
	return UPGRADE_WAITING;
}

static void upgrade_send_byte(int link)
{
	const char byte = READY;

	send(link, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool upgrade_has_answered(int link)
{
	char byte;

	return recv(link, &byte, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

void upgrade_hand_off(const struct upgrade *upgrade)
{
	upgrade_send_byte(upgrade->link);
}

bool upgrade_is_over(struct upgrade *upgrade)
{
	if (upgrade->new_master != 0 &&
		(upgrade_has_answered(upgrade->link) || upgrade_has_ended(upgrade) ||
			upgrade_age_us(upgrade) > 2 * READY_WITHIN_US))
		upgrade_close(upgrade);
	return upgrade->new_master == 0;
}

int upgrade_link(const struct listen_fds *listen_fds)
{
	return listen_fds_find(listen_fds, LINK_NAME);
}

void upgrade_send_ready(int link)
{
	upgrade_send_byte(link);
}

void upgrade_send_failure(int link, const char *reason)
{
	char message[MESSAGE_SIZE];

	snprintf(message, sizeof(message), "%c%s", FAILED, reason);
	send(link, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT);
}
