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

#define LINK_NAME "predecessor"
/* What the new_master says: nothing but a NUL when it is ready, the errno of its start, or DECLINED
 * and why, which a release before reads as an errno. */
#define DECLINED ((char)ECANCELED)
#define WORDS_SIZE 512
/* Longer than a master waits for its own workers: the new_master itself says best what is wrong. */
#define READY_WITHIN_US ((WORKERS_READY_WITHIN_S + 3) * CLOCK_SECOND_US)

/* The program's file becomes this process, or the master is told why not: the log's descriptors may
 * have been overwritten. */
static void become_heir(char *const *argv, struct listen_fds *listen_fds)
{
	const sigset_t heard = signals_heard();
	char error;

	listen_fds_pass(listen_fds);
	notify_leave();
	sigprocmask(SIG_UNBLOCK, &heard, NULL);
	execvp(argv[0], argv);
	error = (char)errno;
	send(listen_fds_find(listen_fds, LINK_NAME), &error, 1, MSG_NOSIGNAL);
	_exit(EX_OSERR);
}

static int start_heir(struct upgrade *upgrade, char *const *argv, struct listen_fds *listen_fds)
{
	upgrade->new_master = fork();
	if (upgrade->new_master < 0) {
		log_error("fork: %m");
		upgrade->new_master = 0;
		return -1;
	}
	if (upgrade->new_master == 0)
		become_heir(argv, listen_fds);
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
	status = start_heir(upgrade, argv, listen_fds);
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

static int64_t age_us(const struct upgrade *upgrade)
{
	return clock_monotonic_us() - upgrade->started_us;
}

/* It may be serving already, so it gets time to finish before it is killed, workers and all. */
static void hurry(struct upgrade *upgrade)
{
	if (age_us(upgrade) > 2 * READY_WITHIN_US) {
		kill(upgrade->new_master, SIGKILL);
	} else if (age_us(upgrade) > READY_WITHIN_US && !upgrade->is_late) {
		log_error(
			"the new program, pid %d, is not ready in time", (int)upgrade->new_master);
		kill(upgrade->new_master, SIGTERM);
		upgrade->is_late = true;
	}
}

static enum upgrade_state fail(struct upgrade *upgrade, const char *why)
{
	log_error("the new program, pid %d: %s", (int)upgrade->new_master, why);
	upgrade_close(upgrade);
	return UPGRADE_FAILED;
}

static enum upgrade_state fail_of_end(struct upgrade *upgrade)
{
	struct buf why = {0};
	enum upgrade_state state;

	buf_append_str(&why, "it has ended; see its log, or say:");
	for (char *const *word = upgrade->argv; *word != NULL; word++)
		buf_printf(&why, " %s", *word);
	buf_append_str(&why, " --check-config");
	state = fail(upgrade, why.data);
	buf_release(&why);
	return state;
}

/* What it started may hold the link, and its number may be another's soon. */
static bool has_ended(const struct upgrade *upgrade)
{
	return kill(upgrade->new_master, 0) < 0 && errno == ESRCH;
}

enum upgrade_state upgrade_poll(struct upgrade *upgrade)
{
	char words[WORDS_SIZE];
	ssize_t n;

	if (upgrade->new_master == 0)
		return UPGRADE_NONE;
	n = recv(upgrade->link, words, sizeof(words) - 1, MSG_DONTWAIT);
	words[n > 0 ? n : 0] = '\0';
	if (n > 0 && *words != '\0')
		return fail(upgrade,
			*words == DECLINED && n > 1 ? words + 1 : strerror((unsigned char)*words));
	if (n == 0 || has_ended(upgrade))
		return fail_of_end(upgrade);
	if (n > 0 && !upgrade->is_late)
		return UPGRADE_READY;
	hurry(upgrade);
	return UPGRADE_WAITING;
}

static void say(int link)
{
	send(link, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Something, or that nobody is there any more. */
static bool has_heard(int link)
{
	char word;

	return recv(link, &word, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

void upgrade_hand_off(const struct upgrade *upgrade)
{
	say(upgrade->link);
}

bool upgrade_is_over(struct upgrade *upgrade)
{
	if (upgrade->new_master != 0 &&
		(has_heard(upgrade->link) || has_ended(upgrade) ||
			age_us(upgrade) > 2 * READY_WITHIN_US))
		upgrade_close(upgrade);
	return upgrade->new_master == 0;
}

int upgrade_link(const struct listen_fds *listen_fds)
{
	return listen_fds_find(listen_fds, LINK_NAME);
}

void upgrade_send_ready(int link)
{
	say(link);
}

void upgrade_send_failure(int link, const char *why)
{
	char words[WORDS_SIZE];

	snprintf(words, sizeof(words), "%c%s", DECLINED, why);
	send(link, words, strlen(words), MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool upgrade_is_handed_off(int link)
{
	return has_heard(link);
}
