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
	static const size_t sizes[] = {4, 2, 2, 2, 6};
	const uint8_t *bytes = uuid.bytes;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (i > 0)
			*text_r++ = '-';
		encode_hex(bytes, sizes[i], text_r);
		text_r += 2 * sizes[i];
		bytes += sizes[i];
	}
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
