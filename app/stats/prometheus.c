#include <inttypes.h>

#include "buf.h"
#include "prometheus.h"

#define US_PER_S 1000000

void prometheus_begin(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void append_label_value(struct buf *out, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\n') {
			buf_append_str(out, "\\n");
			continue;
		}
		if (*value == '\\' || *value == '"')
			buf_append_char(out, '\\');
		buf_append_char(out, *value);
	}
}

static void begin_sample(
	struct buf *out, const char *name, const struct prometheus_label *labels)
{
	char separator = '{';

	buf_append_str(out, name);
	for (; labels != NULL && labels->name != NULL; labels++) {
		buf_append_char(out, separator);
		buf_append_str(out, labels->name);
		buf_append_str(out, "=\"");
		append_label_value(out, labels->value);
		buf_append_char(out, '"');
		separator = ',';
	}
	buf_append_str(out, separator == ',' ? "} " : " ");
}

void prometheus_count(struct buf *out, const char *name, const struct prometheus_label *labels,
	uint64_t value)
{
	begin_sample(out, name, labels);
	buf_printf(out, "%" PRIu64 "\n", value);
}

void prometheus_seconds(struct buf *out, const char *name, const struct prometheus_label *labels,
	uint64_t value_us)
{
	begin_sample(out, name, labels);
	buf_printf(out, "%" PRIu64 ".%06" PRIu64 "\n", value_us / US_PER_S, value_us % US_PER_S);
}
