#include <stdio.h>

#include "ascii.h"
#include "crypto.h"
#include "encoding.h"
#include "uuid.h"

struct uuid uuid_random(void)
{
	struct uuid uuid;

	crypto_random(uuid.bytes, UUID_SIZE);
	return uuid;
}

void uuid_format(struct uuid uuid, char text_r[UUID_TEXT_SIZE])
{
	char hex[2 * UUID_SIZE + 1];

	encode_hex(uuid.bytes, UUID_SIZE, hex);
	snprintf(text_r, UUID_TEXT_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		hex + 16, hex + 20);
}

bool uuid_parse(const char *text, struct uuid *uuid_r)
{
	size_t n_digits = 0;

	if (strlen(text) != UUID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; text[i] != '\0'; i++) {
		int digit = ascii_hex_digit(text[i]);
		uint8_t *byte = &uuid_r->bytes[n_digits / 2];

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
			continue;
		}
		if (digit < 0)
			return false;
		*byte = (uint8_t)(*byte << 4 | digit);
		n_digits++;
	}
	return true;
}
