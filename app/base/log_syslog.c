#include <syslog.h>

#include "clock.h"
#include "datagram.h"
#include "log_sink.h"

static int open_syslog(const struct log_sink *sink)
{
	(void)sink;
	return datagram_open();
}

/* As RFC 3164 has it between programs of one host: no HOSTNAME, the time in its own zone. */
static int write_syslog(struct log_sink *sink, const struct log_line *line)
{
	time_t at = (time_t)(line->at_us / CLOCK_SECOND_US);
	struct tm local;
	char stamp[] = "Mmm dd hh:mm:ss", head[sizeof(stamp) + 64];
	struct iovec parts[] = {{.iov_base = head}, {line->text.data, line->text.size - 1}};

	localtime_r(&at, &local);
	strftime(stamp, sizeof(stamp), "%b %e %T", &local);
	parts[0].iov_len = (size_t)snprintf(head, sizeof(head), "<%d>%s " LOG_IDENTIFIER "[%d]: ",
		sink->facility | line->severity, stamp, line->pid);
	return datagram_send(sink->fd, sink->address, parts, 2);
}

const struct log_driver log_syslog = {
	.name = "syslog",
	.address = "/dev/log",
	.open = open_syslog,
	.write = write_syslog,
};
