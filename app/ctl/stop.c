#include <signal.h>
#include <stddef.h>

#include "stop.h"

static volatile sig_atomic_t is_asked;

static void note_signal(int number)
{
	(void)number;
	is_asked = 1;
}

static void set(const struct sigaction *action)
{
	sigaction(SIGINT, action, NULL);
	sigaction(SIGTERM, action, NULL);
}

void stop_watch(void)
{
	const struct sigaction action = {
		.sa_handler = note_signal,
		.sa_flags = SA_RESTART | SA_RESETHAND,
	};

	is_asked = 0;
	set(&action);
}

bool stop_is_asked(void)
{
	return is_asked != 0;
}

void stop_unwatch(void)
{
	const struct sigaction action = {.sa_handler = SIG_DFL};

	set(&action);
}
