#include <string.h>

#include "encoding.h"

static const char base32_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void encode_hex(const uint8_t *bytes, size_t size, char *text_r)
{
	for (size_t i = 0; i < size; i++) {
		*text_r++ = "0123456789abcdef"[bytes[i] >> 4];
		*text_r++ = "0123456789abcdef"[bytes[i] & 15];
	}
	*text_r = '\0';
}

/* Each digit stands for width bits. Returns the end of the text. */
static char *encode(const uint8_t *bytes, size_t size, int width, const char *digits, char *text_r)
{
	const uint32_t mask = (1u << width) - 1;
	uint32_t bits = 0;
	int n_bits = 0;

	for (size_t i = 0; i < size; i++) {
		bits = bits << 8 | bytes[i];
		for (n_bits += 8; n_bits >= width; n_bits -= width)
			*text_r++ = digits[bits >> (n_bits - width) & mask];
	}
	if (n_bits > 0)
		*text_r++ = digits[bits << (width - n_bits) & mask];
	*text_r = '\0';
	return text_r;
}

void encode_base32(const uint8_t *bytes, size_t size, char *text_r)
{
	encode(bytes, size, 5, base32_digits, text_r);
}

void encode_base64(const uint8_t *bytes, size_t size, char *text_r)
{
	char *end = encode(bytes, size, 6, base64_digits, text_r);

	while ((end - text_r) % 4 != 0)
		*end++ = '=';
	*end = '\0';
}

int decode_base64(const char *text, size_t size, uint8_t *bytes_r)
{
	uint8_t *end = bytes_r;
	uint32_t bits = 0;
	int n_bits = 0;

	if (size % 4 != 0)
		return -1;
	for (int n_padding = 0; n_padding < 2 && size > 0 && text[size - 1] == '='; n_padding++)
		size--;
	for (size_t i = 0; i < size; i++) {
		const char *digit = memchr(base64_digits, text[i], sizeof(base64_digits) - 1);

		if (digit == NULL)
			return -1;
		bits = bits << 6 | (uint32_t)(digit - base64_digits);
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			*end++ = (uint8_t)(bits >> n_bits);
		}
	}
	return (int)(end - bytes_r);
}
