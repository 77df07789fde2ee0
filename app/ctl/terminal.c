#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "terminal.h"

#define ENTER "\033[?1049h\033[?25l" /* the other screen, without a cursor */
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define REST_OF_LINE "\033[K"
#define REST_OF_PAGE "\033[J"

static struct termios found;
static volatile sig_atomic_t is_ending, is_stopping, is_changed;

static void say(const char *text, size_t size)
{
	while (size > 0) {
		ssize_t n = write(STDOUT_FILENO, text, size);

		if (n < 0 && errno != EINTR)
			return; /* it has gone, and is_ending will be told */
		text += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
}

static void enter(void)
{
	struct termios keys = found;

	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	say(ENTER, sizeof(ENTER) - 1);
}

/* Also called by a signal's handler. */
static void leave(void)
{
	say(LEAVE, sizeof(LEAVE) - 1);
	tcsetattr(STDIN_FILENO, TCSANOW, &found);
}

static void on_signal(int signal)
{
	if (signal == SIGTSTP)
		is_stopping = true;
	else if (signal == SIGWINCH || signal == SIGCONT)
		is_changed = true;
	else
		is_ending = true;
}

static void on_fault(int signal)
{
	leave();
	raise(signal);
}

static const int faults[] = {SIGABRT, SIGSEGV, SIGBUS, 0};
static const int signals[] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGCONT, 0,
};

static void hear(const int *which, const struct sigaction *action)
{
	for (; *which != 0; which++)
		sigaction(*which, action, NULL);
}

bool terminal_is_there(void)
{
	const char *kind = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && kind != NULL &&
		strcmp(kind, "dumb") != 0;
}

int terminal_open(void)
{
	if (tcgetattr(STDIN_FILENO, &found) < 0)
		return -1;
	hear(signals, &(struct sigaction){.sa_handler = on_signal});
	hear(faults, &(struct sigaction){.sa_handler = on_fault, .sa_flags = (int)SA_RESETHAND});
	enter();
	return 0;
}

void terminal_close(void)
{
	leave();
	hear(signals, &(struct sigaction){.sa_handler = SIG_DFL});
	hear(faults, &(struct sigaction){.sa_handler = SIG_DFL});
}

void terminal_size(size_t *width_r, size_t *height_r)
{
	struct winsize size;

	*width_r = 80;
	*height_r = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		*width_r = size.ws_col;
		*height_r = size.ws_row;
	}
}

/* No line's end after the last one, which would move a full page up. */
void terminal_show(const struct buf *page)
{
	struct buf out = {0};
	const char *separator = HOME;

	for (const char *line = page->data; *line != '\0'; line += strcspn(line, "\n") + 1) {
		buf_append_str(&out, separator);
		buf_append(&out, line, strcspn(line, "\n"));
		buf_append_str(&out, REST_OF_LINE);
		separator = "\r\n";
	}
	buf_append_str(&out, REST_OF_PAGE);
	say(out.data, out.size);
	buf_release(&out);
}

static void stop(void)
{
	leave();
	raise(SIGSTOP); /* to go on with SIGCONT */
	is_changed = true;
}

static int read_key(void)
{
	char key;
	ssize_t n = read(STDIN_FILENO, &key, 1);

	return n == 1 ? (unsigned char)key : TERMINAL_END;
}

/* With all signals blocked but in the wait itself, for which they are as in open. */
static int wait_for_key(int64_t until_us, const sigset_t *open)
{
	struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};

	for (;;) {
		int64_t left_us = until_us - clock_monotonic_us();
		struct timespec left = {
			.tv_sec = left_us / CLOCK_SECOND_US,
			.tv_nsec = left_us % CLOCK_SECOND_US * 1000,
		};

		if (is_ending)
			return TERMINAL_END;
		if (is_stopping || is_changed)
			return TERMINAL_CHANGED;
		if (left_us <= 0)
			return TERMINAL_TIME;
		if (ppoll(&keys, 1, &left, open) > 0)
			return read_key();
	}
}

int terminal_wait(int64_t until_us)
{
	sigset_t all, open;
	int event;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &open);
	event = wait_for_key(until_us, &open);
	sigprocmask(SIG_SETMASK, &open, NULL);
	if (is_stopping) {
		is_stopping = false;
		stop();
	}
	if (is_changed) {
		is_changed = false;
		enter();
	}
	return event;
}
