#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "arena.h"
#include "ascii.h"
#include "buf.h"
#include "charset.h"
#include "csv_text.h"
#include "heap.h"
#include "regular_file.h"
#include "str.h"

#define LINE_SIZE 65536
#define NOT_TWICE "it cannot be read twice; write it to a file and import that"
#define CHARACTER_SIZE 4
#define BROKEN '\xff'
#define MIDDLE_DOT 0xb7

enum encoding { UTF8, GB18030, UTF16LE, UTF16BE };

struct csv_text {
	FILE *file;
	struct stat opened; /* how it was then */
	enum encoding encoding;
	bool has_cr_ends;
	struct csv_place first;         /* behind the mark */
	struct csv_place place;         /* of the next character */
	char character[CHARACTER_SIZE]; /* whose bytes are not yet all taken */
	int n_bytes, n_taken, n_read;   /* its bytes: all, taken, and in the file */
};

/* ---- The encoding. */

/* How a file may begin, the longest first. */
static const struct beginning {
	const char *bytes;
	size_t size;
	enum encoding encoding;
	const char *error; /* NULL: it is text, and these bytes are its mark */
} beginnings[] = {
#define WORKBOOK "it is an Excel workbook; save it as \"CSV UTF-8\" in Excel and import that file"
#define ARCHIVE                                                                                    \
	"it is an Excel workbook or a ZIP archive; save it as \"CSV UTF-8\" in Excel, or unpack " \
	"it, and import that file"
#define WEB_PAGE                                                                                   \
	"it is a web page, whatever its name says; open it in Excel, save it as \"CSV UTF-8\" "    \
	"and "                                                                                     \
	"import that file"
	{"PK\x03\x04", 4, UTF8, ARCHIVE},
	{"\xd0\xcf\x11\xe0", 4, UTF8, WORKBOOK},
	{STR_BYTE_ORDER_MARK "<", 4, UTF8, WEB_PAGE},
	{STR_BYTE_ORDER_MARK, 3, UTF8, NULL},
	{"\xff\xfe", 2, UTF16LE, NULL},
	{"\xfe\xff", 2, UTF16BE, NULL},
	{"<", 1, UTF8, WEB_PAGE},
	{"", 0, UTF8, NULL},
};

static const struct beginning *find_beginning(FILE *file)
{
	char bytes[CHARACTER_SIZE];
	size_t size = fread(bytes, 1, sizeof(bytes), file);
	const struct beginning *at = beginnings;

	while (at->size > size || memcmp(at->bytes, bytes, at->size) != 0)
		at++;
	return at;
}

static bool is_in(uint32_t point, uint32_t first, uint32_t last)
{
	return point >= first && point <= last;
}

/* Punctuation, signs, kana, ideographs, Hangul, full-width forms and emoji. */
static bool is_eastern(uint32_t point)
{
	return is_in(point, 0x2000, 0x9fff) || is_in(point, 0xac00, 0xd7a3) ||
		is_in(point, 0xfe00, 0xffef) || point >= 0x1f000;
}

static bool is_latin(uint32_t point)
{
	return is_in(point, 0xc0, 0x24f);
}

static bool is_small(int c)
{
	return c >= 'a' && c <= 'z';
}

/* Whether well-formed bytes hold eastern characters and none of a third script, or a Latin letter
 * beside a small one. Other letters and a middle dot, as within names, decide nothing. */
static bool is_surely_utf8(const unsigned char *bytes, size_t size)
{
	bool is_sure = false;

	for (size_t i = 0; i < size;) {
		size_t n = bytes[i] < 0x80 ? 1 : bytes[i] < 0xe0 ? 2 : bytes[i] < 0xf0 ? 3 : 4;
		uint32_t point = bytes[i] & (0x7fu >> n);

		for (size_t k = 1; k < n; k++)
			point = point << 6 | (bytes[i + k] & 0x3f);
		if (n > 1 && !is_eastern(point) && !is_latin(point) && point != MIDDLE_DOT)
			return false;
		is_sure |= n > 2 ||
			(is_latin(point) &&
				((i > 0 && is_small(bytes[i - 1])) ||
					(i + n < size && is_small(bytes[i + n]))));
		i += n;
	}
	return is_sure;
}

/* What bytes can be. All but ASCII may be GB18030, too. */
enum kind { ASCII, NO_UTF8, MAYBE_UTF8, SURELY_UTF8, N_KINDS };

/* Few words of GB18030 look surely like UTF-8; more look like Latin or Greek in UTF-8. */
static enum kind line_kind(const char *bytes, size_t size)
{
	const unsigned char *at = (const unsigned char *)bytes;
	size_t n_ascii = 0;

	while (n_ascii < size && at[n_ascii] < 0x80)
		n_ascii++;
	if (n_ascii == size)
		return ASCII;
	if (!str_is_utf8(bytes, size))
		return NO_UTF8;
	return is_surely_utf8(at, size) ? SURELY_UTF8 : MAYBE_UTF8;
}

static bool is_gb18030(FILE *file)
{
	long n_lines[N_KINDS] = {0};
	char line[LINE_SIZE];
	size_t size = 0;
	int c;

	do {
		c = getc_unlocked(file);
		if (c != EOF)
			line[size++] = (char)c;
		if (c != '\n' && c != '\r' && c != EOF && size < sizeof(line))
			continue;
		n_lines[line_kind(line, size)]++;
		size = 0;
	} while (c != EOF);
	return n_lines[NO_UTF8] > 0 &&
		n_lines[NO_UTF8] >= n_lines[MAYBE_UTF8] + n_lines[SURELY_UTF8];
}

/* ---- Opening. */

static bool has_cr_ends(struct csv_text *text)
{
	int c;

	do
		c = csv_text_next(text);
	while (c != '\n' && c != '\r' && c != EOF);
	return c == '\r' && csv_text_peek(text) != '\n';
}

/* Finds encoding and line ends. NULL, or what is wrong. */
static const char *csv_text_detect(struct csv_text *text)
{
	const struct beginning *beginning = find_beginning(text->file);

	text->first = (struct csv_place){.offset = (int64_t)beginning->size, .line = 1};
	if (ferror(text->file))
		return strerror(errno);
	if (fseeko(text->file, 0, SEEK_SET) != 0)
		return strerror(errno);
	if (beginning->error != NULL)
		return beginning->error;
	text->encoding = beginning->encoding;
	if (beginning->size == 0 && is_gb18030(text->file))
		text->encoding = GB18030;
	csv_text_rewind(text);
	text->has_cr_ends = has_cr_ends(text);
	csv_text_rewind(text);
	return NULL;
}

struct csv_text *csv_text_open(const char *path, const char **error_r)
{
	FILE *file = regular_file_read(path);
	struct csv_text *text;

	if (file == NULL) {
		*error_r = errno == ENXIO ? NOT_TWICE : strerror(errno);
		return NULL;
	}
	text = heap_new_of(struct csv_text);
	*text = (struct csv_text){.file = file};
	fstat(fileno(file), &text->opened);
	*error_r = csv_text_detect(text);
	if (*error_r == NULL)
		return text;
	csv_text_close(text);
	return NULL;
}

void csv_text_close(struct csv_text *text)
{
	fclose(text->file);
	free(text);
}

/* ---- Reading. */

/* Reads a unit of UTF-16. Half a unit at the end becomes half a surrogate pair. */
static int next_unit(struct csv_text *text)
{
	int first = getc_unlocked(text->file);
	int second = first == EOF ? EOF : getc_unlocked(text->file);

	text->n_read += (first != EOF) + (second != EOF);
	if (first == EOF)
		return EOF;
	if (second == EOF)
		return 0xd800;
	return text->encoding == UTF16LE ? second << 8 | first : first << 8 | second;
}

static bool is_surrogate(int unit, int first)
{
	return unit >= first && unit < first + 0x400;
}

/* Returns the character of a pair; 0: its second half is missing, and what follows stays unread. */
static uint32_t next_of_pair(struct csv_text *text, uint32_t high)
{
	const int n_read = text->n_read;
	const int low = next_unit(text);

	if (is_surrogate(low, 0xdc00))
		return 0x10000u + ((high - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
	fseeko(text->file, n_read - text->n_read, SEEK_CUR);
	text->n_read = n_read;
	return 0;
}

/* Half a surrogate pair becomes a byte that UTF-8 does not have. */
static void csv_text_load_utf16(struct csv_text *text)
{
	int unit = next_unit(text);
	uint32_t point = (uint32_t)unit;

	if (unit == EOF)
		return;
	if (is_surrogate(unit, 0xd800))
		point = next_of_pair(text, point);
	else if (is_surrogate(unit, 0xdc00))
		point = 0;
	if (point == 0 && unit != 0)
		*text->character = BROKEN;
	text->n_bytes =
		point == 0 ? 1 : (int)(str_put_utf8(text->character, point) - text->character);
}

static void csv_text_load_byte(struct csv_text *text)
{
	int c = getc_unlocked(text->file);

	if (c == EOF)
		return;
	*text->character = (char)c;
	text->n_bytes = 1;
	text->n_read = 1;
}

/* Reads the next character if the last one is taken. */
static void csv_text_load(struct csv_text *text)
{
	if (text->n_taken < text->n_bytes)
		return;
	text->place.offset += text->n_read;
	text->n_bytes = 0;
	text->n_taken = 0;
	text->n_read = 0;
	*text->character = '\0';
	if (text->encoding == UTF16LE || text->encoding == UTF16BE)
		csv_text_load_utf16(text);
	else
		csv_text_load_byte(text);
	if (*text->character == '\r' && text->has_cr_ends)
		*text->character = '\n';
}

int csv_text_peek(struct csv_text *text)
{
	csv_text_load(text);
	return text->n_bytes == 0 ? EOF : (unsigned char)text->character[text->n_taken];
}

int csv_text_next(struct csv_text *text)
{
	int c = csv_text_peek(text);

	text->n_taken += c != EOF;
	text->place.line += c == '\n';
	return c;
}

bool csv_text_has_failed(const struct csv_text *text)
{
	return ferror(text->file) != 0;
}

bool csv_text_has_changed(const struct csv_text *text)
{
	const struct stat *opened = &text->opened;
	struct stat now = {0};

	fstat(fileno(text->file), &now);
	return now.st_size != opened->st_size || now.st_mtim.tv_sec != opened->st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != opened->st_mtim.tv_nsec;
}

struct csv_place csv_text_place(const struct csv_text *text)
{
	struct csv_place place = text->place;

	if (text->n_taken == text->n_bytes)
		place.offset += text->n_read;
	return place;
}

void csv_text_seek(struct csv_text *text, const struct csv_place *place)
{
	clearerr(text->file);
	fseeko(text->file, place->offset, SEEK_SET);
	text->place = *place;
	text->n_bytes = 0;
	text->n_taken = 0;
	text->n_read = 0;
}

void csv_text_rewind(struct csv_text *text)
{
	csv_text_seek(text, &text->first);
}

/* A byte within letters, as of M\xfcller in a Western encoding, is not half a character. */
static bool has_western_word(const char *bytes, size_t size)
{
	bool is_after_letter = false;

	for (size_t i = 0; i + 2 < size;) {
		unsigned char first = (unsigned char)bytes[i];

		if (first >= 0x80 && is_after_letter && is_small(bytes[i + 1]) &&
			is_small(bytes[i + 2]))
			return true;
		is_after_letter = ascii_is_letter((char)first);
		i += first < 0x80 ? 1 : is_in((unsigned char)bytes[i + 1], '0', '9') ? 4 : 2;
	}
	return false;
}

/* text is UTF-8. What Big5 and others become when they are read as GB18030. */
static bool has_private_character(const char *text, size_t size)
{
	for (const char *at = text; at < text + size; at++)
		if ((unsigned char)*at == 0xee ||
			((unsigned char)*at == 0xef && (unsigned char)at[1] < 0xa4))
			return true;
	return false;
}

static const char *decode_gb18030(
	struct arena *arena, const struct buf *bytes, char **decoded_r, size_t *size_r)
{
	if (line_kind(bytes->data, bytes->size) == SURELY_UTF8)
		return "it is UTF-8, the rest of the file is GB18030 (GBK); bring all into one, "
		       "best into UTF-8";
	*decoded_r = charset_from_gb18030(arena, bytes->data, bytes->size, size_r);
	if (*decoded_r == NULL || has_private_character(*decoded_r, *size_r) ||
		has_western_word(bytes->data, bytes->size))
		return "it is not GB18030 (GBK), as the rest of the file is; save the file as "
		       "\"CSV UTF-8\"";
	return NULL;
}

const char *csv_text_decode(const struct csv_text *text, struct arena *arena,
	const struct buf *bytes, char **decoded_r, size_t *size_r)
{
	*size_r = bytes->size;
	if (text->encoding == GB18030)
		return decode_gb18030(arena, bytes, decoded_r, size_r);
	*decoded_r = arena_strndup(arena, bytes->data, bytes->size);
	if (str_is_utf8(bytes->data, bytes->size))
		return NULL;
	return text->encoding == UTF8 ? "it is not UTF-8, as the rest of the file is"
				      : "it is not UTF-16, as the rest of the file is";
}
