#include "crypto.h"
#include "secret.h"
#include "str.h"

#define PREFIX_SIZE 4
#define RANDOM_SIZE 32
#define RANDOM_DIGITS 43 /* 62^43 > 2^256: no bit is lost and none is favoured */
#define CHECKSUM_DIGITS 6

static const char base62_digits[] =
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The big-endian number in bytes, which is used up, as n_digits digits. */
static void base62(uint8_t *bytes, size_t size, char *text_r, size_t n_digits)
{
	while (n_digits-- > 0) {
		unsigned rest = 0;

		for (size_t i = 0; i < size; i++) {
			rest = rest << 8 | bytes[i];
			bytes[i] = (uint8_t)(rest / 62);
			rest %= 62;
		}
		text_r[n_digits] = base62_digits[rest];
	}
}

/* The CRC-32 of Ethernet and zip. */
static uint32_t crc32(const char *text, size_t size)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		crc ^= (uint8_t)text[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
	}
	return ~crc;
}

static void write_checksum(const char *token, char digits_r[CHECKSUM_DIGITS])
{
	uint32_t crc = crc32(token, PREFIX_SIZE + RANDOM_DIGITS);
	uint8_t bytes[] = {crc >> 24, crc >> 16 & 255, crc >> 8 & 255, crc & 255};

	base62(bytes, sizeof(bytes), digits_r, CHECKSUM_DIGITS);
}

/* bytes are used up. */
static void write_token(const char *prefix, uint8_t bytes[RANDOM_SIZE], char *token_r)
{
	memcpy(token_r, prefix, PREFIX_SIZE);
	base62(bytes, RANDOM_SIZE, token_r + PREFIX_SIZE, RANDOM_DIGITS);
	write_checksum(token_r, token_r + PREFIX_SIZE + RANDOM_DIGITS);
	token_r[SECRET_TOKEN_SIZE] = '\0';
}

void secret_token_make(const char *prefix, char token_r[SECRET_TOKEN_SIZE + 1])
{
	uint8_t random[RANDOM_SIZE];

	crypto_random(random, sizeof(random));
	write_token(prefix, random, token_r);
}

void secret_token_derive(
	const struct secret_keys *keys, const char *token, char successor_r[SECRET_TOKEN_SIZE + 1])
{
	uint8_t hash[CRYPTO_HASH_SIZE];

	_Static_assert(CRYPTO_HASH_SIZE == RANDOM_SIZE, "a hash is as good as random bytes");
	secret_lookup(keys, 0, "access_token", token, hash);
	write_token(SECRET_TOKEN_PREFIX_ACCESS, hash, successor_r);
}

bool secret_token_is_well_formed(const char *prefix, const char *token)
{
	char checksum[CHECKSUM_DIGITS];

	if (!str_starts_with(token, prefix) || strlen(token) != SECRET_TOKEN_SIZE ||
		strspn(token + PREFIX_SIZE, base62_digits) != SECRET_TOKEN_SIZE - PREFIX_SIZE)
		return false;
	write_checksum(token, checksum);
	return memcmp(token + PREFIX_SIZE + RANDOM_DIGITS, checksum, CHECKSUM_DIGITS) == 0;
}
