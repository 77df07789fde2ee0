#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "notify.h"

static void send_to(const char *path, const char *text)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t size = strlen(path);
	int fd;

	if (size >= sizeof(name.sun_path))
		return;
	memcpy(name.sun_path, path, size);
	if (*path == '@') /* of the abstract namespace */
		name.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT, (const void *)&name,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) < 0)
		log_warning("NOTIFY_SOCKET %s: %m", path);
	close(fd);
}

void notify(const char *format, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	char text[512];
	va_list args;

	if (path == NULL)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	send_to(path, text);
}

void notify_serving(unsigned generation)
{
	notify("READY=1\nSTATUS=generation %u serves", generation);
}

void notify_changing(const char *status)
{
	notify("RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=%s", (long long)clock_monotonic_us(),
		status);
}
