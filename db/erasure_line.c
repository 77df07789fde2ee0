#include <string.h>

#include "ascii.h"
#include "buf.h"
#include "conn.h"
#include "crypto.h"
#include "encoding.h"
#include "erasure_line.h"
#include "secret.h"
#include "str.h"

#define HEX_SIZE (2 * CRYPTO_HASH_SIZE + 1)
#define SIGNATURE_SIZE 8
#define END "end " /* of an export; the number of its lines follows */
/* A DATETIME of the database ends with the year 9999. */
#define AT_MAX_US INT64_C(253402300799999999)

static bool is_none(const uint8_t hash[CRYPTO_HASH_SIZE])
{
	static const uint8_t none[CRYPTO_HASH_SIZE];

	return memcmp(hash, none, sizeof(none)) == 0;
}

static void append_hash(struct buf *line, const uint8_t hash[CRYPTO_HASH_SIZE])
{
	char hex[HEX_SIZE] = "-";

	if (!is_none(hash))
		encode_hex(hash, CRYPTO_HASH_SIZE, hex);
	buf_append_char(line, ' ');
	buf_append_str(line, hex);
}

static void sign_line(const struct db *db, const char *text, char hex_r[2 * SIGNATURE_SIZE + 1])
{
	const struct secret_text line = {.kind = "line", .text = text};
	uint8_t hash[CRYPTO_HASH_SIZE];

	secret_mac(db->keys, SECRET_FOR_ERASURES, &line, hash);
	encode_hex(hash, SIGNATURE_SIZE, hex_r);
}

void erasure_line_append(
	struct buf *text, const struct db *db, const struct tombstone *tombstone)
{
	const size_t start = text->size;
	char signature[2 * SIGNATURE_SIZE + 1];

	buf_append_int(text, tombstone->at_us);
	append_hash(text, tombstone->subject);
	append_hash(text, tombstone->unionid);
	append_hash(text, tombstone->phone);
	sign_line(db, text->data + start, signature);
	buf_printf(text, " %s\n", signature);
}

void erasure_line_append_end(struct buf *text, const struct db *db, size_t n_lines)
{
	const size_t start = text->size;
	char signature[2 * SIGNATURE_SIZE + 1];

	buf_printf(text, END "%zu", n_lines);
	sign_line(db, text->data + start, signature);
	buf_printf(text, " %s\n", signature);
}

/* "-" is none. */
static bool read_hash(const char *word, uint8_t hash_r[CRYPTO_HASH_SIZE])
{
	memset(hash_r, 0, CRYPTO_HASH_SIZE);
	if (strcmp(word, "-") == 0)
		return true;
	if (strlen(word) != 2 * CRYPTO_HASH_SIZE)
		return false;
	for (size_t i = 0; i < CRYPTO_HASH_SIZE; i++) {
		const int high = ascii_hex_digit(word[2 * i]);
		const int low = ascii_hex_digit(word[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		hash_r[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Ends the word at the line's next blank, and returns what follows; NULL: nothing. */
static char *end_word(char *word)
{
	char *blank = word == NULL ? NULL : strchr(word, ' ');

	if (blank != NULL)
		*blank++ = '\0';
	return blank;
}

static bool read_words(char *line, struct tombstone *tombstone_r)
{
	char *subject = end_word(line), *unionid = end_word(subject), *phone = end_word(unionid);

	return phone != NULL && str_parse_int64(line, &tombstone_r->at_us) &&
		tombstone_r->at_us > 0 && tombstone_r->at_us <= AT_MAX_US &&
		read_hash(subject, tombstone_r->subject) && !is_none(tombstone_r->subject) &&
		read_hash(unionid, tombstone_r->unionid) && read_hash(phone, tombstone_r->phone);
}

/* Takes the signature off the line. Returns NULL if it has none. */
static const char *end_signature(char *line)
{
	char *signature = strrchr(line, ' ');

	if (signature == NULL || strlen(signature + 1) != 2 * SIGNATURE_SIZE)
		return NULL;
	*signature++ = '\0';
	return signature;
}

static bool is_signed_by(const struct db *db, const char *text, const char *signature)
{
	char expected[2 * SIGNATURE_SIZE + 1];

	sign_line(db, text, expected);
	return crypto_equal(signature, expected, sizeof(expected));
}

/* Whether the line, without its signature, is an end. */
static bool read_end(const char *line, int64_t *n_lines_r)
{
	return str_starts_with(line, END) && str_parse_int64(line + strlen(END), n_lines_r);
}

struct erasure_line erasure_line_read(const struct db *db, char *line, bool is_own)
{
	struct erasure_line read = {.kind = ERASURE_LINE_TOMBSTONE};
	char *end = strchr(line, '\n');
	const char *signature;
	bool is_signed;

	if (end != NULL)
		*end = '\0';
	signature = end_signature(line);
	is_signed = signature != NULL && is_signed_by(db, line, signature);
	if (is_signed && read_end(line, &read.n_lines))
		read.kind = ERASURE_LINE_END;
	else if ((end == NULL && !is_signed) || (signature == NULL && !is_own) ||
		!read_words(line, &read.tombstone))
		read.kind = ERASURE_LINE_BROKEN;
	else if (signature != NULL && !is_signed)
		read.kind = ERASURE_LINE_FOREIGN;
	return read;
}
