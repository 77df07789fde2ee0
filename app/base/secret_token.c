#include <endian.h>

#include "crypto.h"
#include "secret.h"
#include "str.h"

#define PREFIX_SIZE 4
#define RANDOM_SIZE 24
#define RANDOM_DIGITS 33 /* 62^33 > 2^192: no bit is lost and none is favoured */
#define TAG_DIGITS 10
#define CHECKSUM_DIGITS 6
#define CHECKED_SIZE (PREFIX_SIZE + RANDOM_DIGITS + TAG_DIGITS)

static const char base62_digits[] =
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The number in limbs, the highest first, which is used up, as n_digits digits. */
static void base62(uint32_t *limbs, size_t n_limbs, char *text_r, size_t n_digits)
{
	while (n_digits-- > 0) {
		uint64_t rest = 0;

		for (size_t i = 0; i < n_limbs; i++) {
			rest = rest << 32 | limbs[i];
			limbs[i] = (uint32_t)(rest / 62);
			rest %= 62;
		}
		text_r[n_digits] = base62_digits[rest];
	}
}

/* The CRC-32 of Ethernet and zip, half a byte at a time. */
static uint32_t crc32(const char *text, size_t size)
{
	static const uint32_t of_half[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
		0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8,
		0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++) {
		crc ^= (uint8_t)text[i];
		crc = crc >> 4 ^ of_half[crc & 15];
		crc = crc >> 4 ^ of_half[crc & 15];
	}
	return ~crc;
}

static void write_checksum(const char *token, char digits_r[CHECKSUM_DIGITS])
{
	uint32_t crc = crc32(token, CHECKED_SIZE);

	base62(&crc, 1, digits_r, CHECKSUM_DIGITS);
}

/* Writes bytes as digits; size is a multiple of four. */
static void write_digits(const uint8_t *bytes, size_t size, char *digits_r, size_t n_digits)
{
	uint32_t limbs[RANDOM_SIZE / sizeof(uint32_t)];
	const size_t n_limbs = size / sizeof(limbs[0]);

	memcpy(limbs, bytes, size);
	for (size_t i = 0; i < n_limbs; i++)
		limbs[i] = be32toh(limbs[i]);
	base62(limbs, n_limbs, digits_r, n_digits);
}

/* Only the owner of the key can tell it from other digits. */
static void write_tag(const struct secret_keys *keys, const char *token, char digits_r[TAG_DIGITS])
{
	char tagged[PREFIX_SIZE + RANDOM_DIGITS + 1] = "";
	const struct secret_text text = {.kind = "credential", .text = tagged};
	uint8_t mac[CRYPTO_HASH_SIZE];

	memcpy(tagged, token, sizeof(tagged) - 1);
	secret_mac(keys, SECRET_FOR_CREDENTIALS, &text, mac);
	write_digits(mac, sizeof(uint64_t), digits_r, TAG_DIGITS);
	crypto_wipe(tagged, sizeof(tagged));
}

static void write_token(const struct secret_keys *keys, const char *prefix,
	const uint8_t bytes[RANDOM_SIZE], char token_r[SECRET_TOKEN_SIZE + 1])
{
	memcpy(token_r, prefix, PREFIX_SIZE);
	write_digits(bytes, RANDOM_SIZE, token_r + PREFIX_SIZE, RANDOM_DIGITS);
	write_tag(keys, token_r, token_r + PREFIX_SIZE + RANDOM_DIGITS);
	write_checksum(token_r, token_r + CHECKED_SIZE);
	token_r[SECRET_TOKEN_SIZE] = '\0';
}

void secret_token_make(const struct secret_keys *keys, const char *prefix,
	char token_r[SECRET_TOKEN_SIZE + 1])
{
	uint8_t random[RANDOM_SIZE];

	crypto_random(random, sizeof(random));
	write_token(keys, prefix, random, token_r);
	crypto_wipe(random, sizeof(random));
}

static void write_successor(
	const struct secret_keys *keys, uint8_t hash[CRYPTO_HASH_SIZE], char *successor_r)
{
	_Static_assert(CRYPTO_HASH_SIZE >= RANDOM_SIZE, "a hash is as good as random bytes");
	write_token(keys, SECRET_TOKEN_PREFIX_ACCESS, hash, successor_r);
	crypto_wipe(hash, CRYPTO_HASH_SIZE);
}

void secret_token_derive(
	const struct secret_keys *keys, const char *token, char successor_r[SECRET_TOKEN_SIZE + 1])
{
	const struct secret_text text = {.kind = "access_token", .text = token};
	uint8_t hash[CRYPTO_HASH_SIZE];

	secret_mac(keys, SECRET_FOR_SUCCESSORS, &text, hash);
	write_successor(keys, hash, successor_r);
}

bool secret_token_derive_of(const struct secret_keys *keys, size_t i, const char *token,
	char successor_r[SECRET_TOKEN_SIZE + 1])
{
	const struct secret_text text = {.kind = "access_token", .text = token};
	uint8_t hash[CRYPTO_HASH_SIZE];

	if (secret_mac_of(keys, i, SECRET_FOR_SUCCESSORS, &text, hash) == 0)
		return false;
	write_successor(keys, hash, successor_r);
	return true;
}

bool secret_token_is_well_formed(const char *prefix, const char *token)
{
	char checksum[CHECKSUM_DIGITS];

	if (!str_starts_with(token, prefix) || strlen(token) != SECRET_TOKEN_SIZE ||
		strspn(token + PREFIX_SIZE, base62_digits) != SECRET_TOKEN_SIZE - PREFIX_SIZE)
		return false;
	write_checksum(token, checksum);
	return memcmp(token + CHECKED_SIZE, checksum, CHECKSUM_DIGITS) == 0;
}

bool secret_token_is_own(const struct secret_keys *keys, const char *token)
{
	char tag[TAG_DIGITS];

	write_tag(keys, token, tag);
	return crypto_equal(token + PREFIX_SIZE + RANDOM_DIGITS, tag, TAG_DIGITS);
}
