#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "logfmt.h"

size_t logfmt_cut(const char *text, size_t most)
{
	size_t size = strnlen(text, most + 1);

	if (size <= most)
		return size;
	for (size = most; size > 0 && (text[size] & 0xc0) == 0x80; size--)
		;
	return size;
}

/* U+0080 to U+009F: terminals obey them as they obey escapes. */
static bool is_c1(const char *at)
{
	return (at[0] & 0xff) == 0xc2 && (at[1] & 0xe0) == 0x80;
}

static void logfmt_append_quoted(struct buf *buf, const char *value, size_t size)
{
	buf_append_char(buf, '"');
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c == '"' || c == '\\')
			buf_printf(buf, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(buf, "\\x%02x", c);
		else if (is_c1(value + i))
			buf_printf(buf, "\\u%04x", (unsigned char)value[++i]);
		else
			buf_append_char(buf, value[i]);
	}
	buf_append_str(buf, value[size] == '\0' ? "\"" : "...\"");
}

void logfmt_append(struct buf *buf, const char *value, size_t size)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "_-.:/@*+,";

	if (size > 0 && strspn(value, bare) == size && value[size] == '\0')
		buf_append(buf, value, size);
	else
		logfmt_append_quoted(buf, value, size);
}
