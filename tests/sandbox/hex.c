#include <string.h>

#include "arena.h"
#include "ascii.h"
#include "hex.h"
#include "shape.h"

const struct text *hex_check(const char *text)
{
	static const struct text no_pairs = {
		"字节须写成成对的十六进制数字。", "Bytes are pairs of hexadecimal digits."};
	size_t size = strspn(text, "0123456789abcdefABCDEF");

	return size % 2 != 0 || text[size] != '\0' ? &no_pairs : NULL;
}

char *hex_bytes(struct arena *arena, const char *text, size_t *size_r)
{
	size_t size = text == NULL ? 0 : strlen(text) / 2;
	char *bytes = arena_alloc(arena, size + 1);

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(ascii_hex_digit(text[2 * i]) << 4 |
			ascii_hex_digit(text[2 * i + 1]));
	*size_r = size;
	return bytes;
}
