#include <syslog.h>

#include "clock.h"
#include "conf.h"
#include "datagram.h"
#include "log_sink.h"
#include "str.h"

static int facility_of(const char *name)
{
	if (str_starts_with(name, "local"))
		return LOG_LOCAL0 + ((name[strlen("local")] - '0') << 3);
	return strcmp(name, "user") == 0 ? LOG_USER : LOG_DAEMON;
}

static int open_syslog(struct log_sink *sink, const struct conf *conf)
{
	sink->facility = facility_of(conf->log_facility);
	return datagram_open();
}

/* As RFC 3164 has it between programs of one machine: no host, the time in its own zone. */
static int write_syslog(const struct log_sink *sink, const struct log_line *line)
{
	time_t at = (time_t)(line->at_us / CLOCK_SECOND_US);
	struct tm local;
	char stamp[] = "Mmm dd hh:mm:ss", head[sizeof(stamp) + 64];
	struct iovec parts[] = {{.iov_base = head}, {line->text.data, line->text.size - 1}};

	localtime_r(&at, &local);
	strftime(stamp, sizeof(stamp), "%b %e %T", &local);
	parts[0].iov_len = (size_t)snprintf(head, sizeof(head), "<%d>%s " LOG_IDENTIFIER "[%d]: ",
		sink->facility | log_severity(line->level), stamp, line->pid);
	return datagram_send(sink->fd, sink->address, parts, 2);
}

const struct log_driver log_syslog = {
	.name = "syslog",
	.address = "/dev/log",
	.open = open_syslog,
	.write = write_syslog,
};
