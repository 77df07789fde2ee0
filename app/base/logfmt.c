#include <limits.h>
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

/* U+200B to U+200F, U+2028 to U+202E and U+2060 to U+206F: nobody sees them, and some viewers break
 * a line there, or turn its order. */
static bool is_hidden(const char *at)
{
	const unsigned char *bytes = (const unsigned char *)at;

	if (bytes[0] != 0xe2 || (bytes[1] != 0x80 && bytes[1] != 0x81))
		return false;
	return bytes[1] == 0x80
		? (bytes[2] >= 0x8b && bytes[2] <= 0x8f) || (bytes[2] >= 0xa8 && bytes[2] <= 0xae)
		: bytes[2] >= 0xa0 && bytes[2] <= 0xaf;
}

static void logfmt_append_hex(struct buf *buf, const char *before, unsigned char c)
{
	buf_append_str(buf, before);
	buf_append_char(buf, "0123456789abcdef"[c >> 4]);
	buf_append_char(buf, "0123456789abcdef"[c & 15]);
}

static void logfmt_append_quoted(struct buf *buf, const char *value, size_t size)
{
	buf_append_char(buf, '"');
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c < 0x20 || c == 0x7f) {
			logfmt_append_hex(buf, "\\x", c);
		} else if (is_c1(value + i)) {
			logfmt_append_hex(buf, "\\u00", (unsigned char)value[++i]);
		} else if (is_hidden(value + i)) {
			/* The second half of the code point: its last seven bits. */
			logfmt_append_hex(buf, "\\u20",
				(unsigned char)((value[i + 1] & 1) << 6 | (value[i + 2] & 0x3f)));
			i += 2;
		} else {
			if (c == '"' || c == '\\')
				buf_append_char(buf, '\\');
			buf_append_char(buf, value[i]);
		}
	}
	buf_append_str(buf, value[size] == '\0' ? "\"" : "...\"");
}

void logfmt_append(struct buf *buf, const char *value, size_t size)
{
	static const bool is_bare[UCHAR_MAX + 1] = {
		['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['0' ... '9'] = true,
		['_'] = true, ['-'] = true, ['.'] = true, [':'] = true, ['/'] = true,
		['@'] = true, ['*'] = true, ['+'] = true, [','] = true,
	};
	size_t n_bare = 0;

	while (is_bare[(unsigned char)value[n_bare]])
		n_bare++;
	if (n_bare > 0 && n_bare == size)
		buf_append(buf, value, size);
	else
		logfmt_append_quoted(buf, value, size);
}
