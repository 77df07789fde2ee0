#include <endian.h>

#include "ascii.h"
#include "datagram.h"
#include "log_sink.h"

#define FIELD_PREFIX "WXUSER_"

/* Writes NAME\n, the size in 8 bytes, the value and \n, so that a value may contain any byte. */
void log_fields_add(struct buf *fields, const char *key, const char *value, size_t size)
{
	uint64_t size_le = htole64(size);

	buf_append_str(fields, FIELD_PREFIX);
	for (; *key != '\0'; key++)
		buf_append_char(fields, ascii_upper(*key));
	buf_append_char(fields, '\n');
	buf_append(fields, &size_le, sizeof(size_le));
	buf_append(fields, value, size);
	buf_append_char(fields, '\n');
}

static int open_journald(const struct log_sink *sink)
{
	(void)sink;
	return datagram_open();
}

/* The text is one line whatever it contains, so it needs no size. */
static int write_journald(struct log_sink *sink, const struct log_line *line)
{
	char head[] = "PRIORITY=6\nSYSLOG_IDENTIFIER=" LOG_IDENTIFIER "\nMESSAGE=";
	struct iovec parts[] = {
		{head, sizeof(head) - 1},
		{line->text.data + line->head_size, line->text.size - line->head_size},
		{line->fields.data, line->fields.size},
	};

	head[strlen("PRIORITY=")] = (char)('0' + line->severity);
	return datagram_send(sink->fd, sink->address, parts, 3);
}

const struct log_driver log_journald = {
	.name = "journald",
	.address = "/run/systemd/journal/socket",
	.wants_fields = true,
	.open = open_journald,
	.write = write_journald,
};
