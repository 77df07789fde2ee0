#include <stdarg.h>
#include <stdbool.h>
#include <unistd.h>

#include "clock.h"
#include "datagram.h"
#include "log.h"
#include "notify.h"
#include "str.h"

void notify(const char *format, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	char text[512];
	struct iovec part = {.iov_base = text};
	va_list args;
	int fd;

	if (path == NULL)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	part.iov_len = strlen(text);
	fd = datagram_open();
	if (datagram_send(fd, path, &part, 1) < 0)
		log_warning("NOTIFY_SOCKET %s: %m", path);
	close(fd);
}

void notify_serving(unsigned generation, const char *failure)
{
	notify("READY=1\nSTATUS=generation %u serves%s%s", generation,
		failure != NULL ? "; failed: " : "", failure != NULL ? failure : "");
}

void notify_changing(const char *status)
{
	notify("RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=%s", (long long)clock_monotonic_us(),
		status);
}

/* A child of the watched process inherits the variables, but is not watched. */
static bool notify_is_watched(pid_t pid)
{
	const char *watched = getenv("WATCHDOG_PID");
	int32_t number;

	return watched == NULL || (str_parse_int32(watched, &number) && number == pid);
}

void notify_alive(void)
{
	static int64_t sent_us;
	const char *interval = getenv("WATCHDOG_USEC");
	int64_t now_us = clock_monotonic_us(), interval_us;

	if (interval == NULL || !notify_is_watched(getpid()) ||
		!str_parse_int64(interval, &interval_us) || now_us - sent_us < interval_us / 3)
		return;
	sent_us = now_us;
	notify("WATCHDOG=1");
}

void notify_pass(void)
{
	char pid[16];

	if (getenv("WATCHDOG_PID") == NULL || !notify_is_watched(getppid()))
		return;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
}
