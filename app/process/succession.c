#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "inheritance.h"
#include "log.h"
#include "notify.h"
#include "signals.h"
#include "staff.h"
#include "succession.h"

#define LINK_NAME "predecessor"
/* What the heir says: nothing but a NUL when it is ready, the errno of its start, or DECLINED and
 * why, which a release before reads as an errno. */
#define DECLINED ((char)ECANCELED)
#define WORDS_SIZE 512
/* Longer than a master waits for its own workers: the heir itself says best what is wrong. */
#define READY_WITHIN_US ((STAFF_READY_WITHIN_S + 3) * CLOCK_SECOND_US)

/* The program's file becomes this process, or the master is told why not: the log's descriptors may
 * have been overwritten. */
static void become_heir(char *const *argv, struct inheritance *inheritance)
{
	const sigset_t heard = signals_heard();
	char error;

	inheritance_leave(inheritance);
	notify_leave();
	sigprocmask(SIG_UNBLOCK, &heard, NULL);
	execvp(argv[0], argv);
	error = (char)errno;
	send(inheritance_find(inheritance, LINK_NAME), &error, 1, MSG_NOSIGNAL);
	_exit(EX_OSERR);
}

static int start_heir(
	struct succession *succession, char *const *argv, struct inheritance *inheritance)
{
	succession->heir = fork();
	if (succession->heir < 0) {
		log_error("fork: %m");
		succession->heir = 0;
		return -1;
	}
	if (succession->heir == 0)
		become_heir(argv, inheritance);
	return 0;
}

int succession_begin(struct succession *succession, char *const *argv,
	struct inheritance *inheritance)
{
	int ends[2];
	int status;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		log_error("upgrade: %m");
		return -1;
	}
	inheritance_add(inheritance, LINK_NAME, ends[1]);
	succession->link = ends[0];
	succession->argv = argv;
	succession->started_us = clock_monotonic_us();
	status = start_heir(succession, argv, inheritance);
	close(ends[1]);
	if (status < 0)
		close(ends[0]);
	return status;
}

void succession_close(struct succession *succession)
{
	if (succession->heir == 0)
		return;
	close(succession->link);
	*succession = (struct succession){0};
}

void succession_cancel(struct succession *succession)
{
	if (succession->heir != 0)
		kill(succession->heir, SIGTERM);
	succession_close(succession);
}

static int64_t age_us(const struct succession *succession)
{
	return clock_monotonic_us() - succession->started_us;
}

/* It may be serving already, so it gets time to finish before it is killed, workers and all. */
static void hurry(struct succession *succession)
{
	if (age_us(succession) > 2 * READY_WITHIN_US) {
		kill(succession->heir, SIGKILL);
	} else if (age_us(succession) > READY_WITHIN_US && !succession->is_late) {
		log_error("the new program, pid %d, is not ready in time", (int)succession->heir);
		kill(succession->heir, SIGTERM);
		succession->is_late = true;
	}
}

static enum succession_state fail(struct succession *succession, const char *why)
{
	log_error("the new program, pid %d: %s", (int)succession->heir, why);
	succession_close(succession);
	return SUCCESSION_FAILED;
}

static enum succession_state fail_of_end(struct succession *succession)
{
	struct buf why = {0};
	enum succession_state state;

	buf_append_str(&why, "it has ended; see its log, or say:");
	for (char *const *word = succession->argv; *word != NULL; word++)
		buf_printf(&why, " %s", *word);
	buf_append_str(&why, " --check-config");
	state = fail(succession, why.data);
	buf_release(&why);
	return state;
}

/* What it started may hold the link, and its number may be another's soon. */
static bool has_ended(const struct succession *succession)
{
	return kill(succession->heir, 0) < 0 && errno == ESRCH;
}

enum succession_state succession_look(struct succession *succession)
{
	char words[WORDS_SIZE];
	ssize_t n;

	if (succession->heir == 0)
		return SUCCESSION_NONE;
	n = recv(succession->link, words, sizeof(words) - 1, MSG_DONTWAIT);
	words[n > 0 ? n : 0] = '\0';
	if (n > 0 && *words != '\0')
		return fail(succession,
			*words == DECLINED && n > 1 ? words + 1 : strerror((unsigned char)*words));
	if (n == 0 || has_ended(succession))
		return fail_of_end(succession);
	if (n > 0 && !succession->is_late)
		return SUCCESSION_ASKED;
	hurry(succession);
	return SUCCESSION_WAITING;
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

void succession_grant(const struct succession *succession)
{
	say(succession->link);
}

bool succession_is_over(struct succession *succession)
{
	if (succession->heir != 0 &&
		(has_heard(succession->link) || has_ended(succession) ||
			age_us(succession) > 2 * READY_WITHIN_US))
		succession_close(succession);
	return succession->heir == 0;
}

int succession_link(const struct inheritance *inheritance)
{
	return inheritance_find(inheritance, LINK_NAME);
}

void succession_ask(int link)
{
	say(link);
}

void succession_decline(int link, const char *why)
{
	char words[WORDS_SIZE];

	snprintf(words, sizeof(words), "%c%s", DECLINED, why);
	send(link, words, strlen(words), MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool succession_is_granted(int link)
{
	return has_heard(link);
}
