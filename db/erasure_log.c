#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "ascii.h"
#include "buf.h"
#include "conf.h"
#include "conn.h"
#include "encoding.h"
#include "erasure_log.h"
#include "last_line.h"
#include "log.h"
#include "secret.h"
#include "str.h"

#define HEX_SIZE (2 * CRYPTO_HASH_SIZE + 1)
#define SIGNATURE_SIZE 8
#define LINE_SIZE 256
/* A DATETIME of the database ends with the year 9999. */
#define AT_MAX_US INT64_C(253402300799999999)

/* ---- A line. */

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

static void append_line(struct buf *text, const struct db *db, const struct tombstone *tombstone)
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

static void note_bad(struct bad_lines *bad, size_t line)
{
	if (bad->n++ == 0)
		bad->first = line;
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

/* Reads the line of that number. Without a line break it was cut off, or is too long. */
static void read_line(
	const struct db *db, char *line, size_t number, bool is_own, struct erasures *erasures)
{
	char *end = strchr(line, '\n');
	struct tombstone tombstone;
	const char *signature;
	bool is_signed;

	if (end != NULL)
		*end = '\0';
	signature = end_signature(line);
	is_signed = signature != NULL && is_signed_by(db, line, signature);
	if ((end == NULL && !is_signed) || (signature == NULL && !is_own) ||
		!read_words(line, &tombstone))
		note_bad(&erasures->broken, number);
	else if (signature != NULL && !is_signed)
		note_bad(&erasures->foreign, number);
	else
		tombstone_list_add(&erasures->list, &tombstone);
}

/* ---- The file. */

static enum err fail(const char *path)
{
	log_error("keys.erasure_log %s: %s", path, strerror(errno));
	return ERR_INTERNAL;
}

static enum err refuse(const char *path)
{
	log_error("keys.erasure_log %s: it is no regular file", path);
	return ERR_INTERNAL;
}

/* Reads a line, and keeps what fits. Returns false at the end of the file. */
static bool next_line(FILE *file, char line_r[LINE_SIZE])
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF) {
		if (n < LINE_SIZE - 1)
			line_r[n++] = (char)c;
		if (c == '\n')
			break;
	}
	line_r[n] = '\0';
	return n > 0;
}

static enum err read_lines(
	const struct db *db, const char *path, FILE *file, struct erasures *erasures_r)
{
	const bool is_own = strcmp(path, db->conf->keys_erasure_log) == 0;
	char line[LINE_SIZE];

	*erasures_r = (struct erasures){0};
	for (size_t n = 1; next_line(file, line); n++)
		read_line(db, line, n, is_own, erasures_r);
	tombstone_list_sort(&erasures_r->list);
	return ferror(file) ? fail(path) : ERR_NONE;
}

enum err erasure_log_read_file(const struct db *db, const char *path, struct erasures *erasures_r)
{
	FILE *file = fopen(path, "re");
	enum err err;

	*erasures_r = (struct erasures){0};
	if (file == NULL)
		return errno == ENOENT ? ERR_ABSENT : fail(path);
	err = read_lines(db, path, file, erasures_r);
	fclose(file);
	return err;
}

enum err erasure_log_read(const struct db *db, struct erasures *erasures_r)
{
	const char *path = db->conf->keys_erasure_log;
	struct stat st;

	*erasures_r = (struct erasures){0};
	/* To open a pipe would wait for a writer. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return refuse(path);
	return erasure_log_read_file(db, path, erasures_r);
}

static bool write_whole(int fd, const char *text, size_t size)
{
	const ssize_t n = write(fd, text, size);

	if (n >= 0 && n < (ssize_t)size)
		errno = ENOSPC;
	return n == (ssize_t)size;
}

/* Appends text to the locked file, or leaves it as it was. */
static bool append_text(int fd, const struct buf *text)
{
	off_t size = lseek(fd, 0, SEEK_END);
	int error;

	if (size < 0)
		return false;
	if ((!last_line_is_incomplete(fd) || write_whole(fd, "\n", 1)) &&
		write_whole(fd, text->data, text->size) && fsync(fd) == 0)
		return true;
	error = errno;
	if (ftruncate(fd, size) != 0)
		log_error("keys.erasure_log: a line is cut off");
	errno = error;
	return false;
}

/* Returns -1 with the reason logged. Closing unlocks it. */
static int open_locked(const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || flock(fd, LOCK_EX) != 0)
		fail(path);
	else if (!S_ISREG(st.st_mode))
		refuse(path);
	else
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool append_tombstones(
	int fd, const struct db *db, const struct tombstone *tombstones, size_t n)
{
	struct buf text = {0};
	bool is_done;

	for (size_t i = 0; i < n; i++)
		append_line(&text, db, &tombstones[i]);
	is_done = n == 0 || append_text(fd, &text);
	buf_release(&text);
	return is_done;
}

static enum err append_one(const struct db *db, const struct tombstone *tombstone)
{
	const char *path = db->conf->keys_erasure_log;
	int fd = open_locked(path);
	enum err err = ERR_NONE;

	if (fd < 0)
		return ERR_INTERNAL;
	if (!append_tombstones(fd, db, tombstone, 1))
		err = fail(path);
	close(fd);
	return err;
}

/* Appends to the locked file what it lacks. */
static enum err merge_locked(FILE *file, const struct db *db, const struct tombstone *tombstones,
	size_t n, size_t *n_appended_r)
{
	const char *path = db->conf->keys_erasure_log;
	struct tombstone_list lacking = {0};
	struct erasures erasures;
	enum err err = read_lines(db, path, file, &erasures);

	for (size_t i = 0; i < n && err == ERR_NONE; i++)
		if (tombstone_list_find(&erasures.list, &tombstones[i]) < 0)
			tombstone_list_add(&lacking, &tombstones[i]);
	tombstone_list_sort(&lacking);
	if (err == ERR_NONE && !append_tombstones(fileno(file), db, lacking.items, lacking.n))
		err = fail(path);
	*n_appended_r = err == ERR_NONE ? lacking.n : 0;
	tombstone_list_free(&lacking);
	tombstone_list_free(&erasures.list);
	return err;
}

enum err erasure_log_merge(
	const struct db *db, const struct tombstone *tombstones, size_t n, size_t *n_appended_r)
{
	int fd = open_locked(db->conf->keys_erasure_log);
	FILE *file;
	enum err err;

	*n_appended_r = 0;
	if (fd < 0)
		return ERR_INTERNAL;
	file = fdopen(fd, "r");
	if (file == NULL)
		BUG("out of memory");
	err = merge_locked(file, db, tombstones, n, n_appended_r);
	fclose(file);
	return err;
}

/* A row that is there already is not in the file if another host has written it. */
enum err erasure_log_add(struct db *db, const struct tombstone_subject *subject, int64_t at_us)
{
	const struct tombstone tombstone = tombstone_make(db, subject, at_us);
	enum err err = tombstone_add(db, &tombstone);
	size_t n_appended;

	if (err != ERR_NONE)
		return err;
	return db->n_rows > 0 ? append_one(db, &tombstone)
			      : erasure_log_merge(db, &tombstone, 1, &n_appended);
}

static int compare_times(const void *a, const void *b)
{
	const struct tombstone *first = a, *second = b;

	return (first->at_us > second->at_us) - (first->at_us < second->at_us);
}

bool erasure_log_write(const struct db *db, struct tombstone_list *list, FILE *file)
{
	struct buf line = {0};

	if (list->n > 0)
		qsort(list->items, list->n, sizeof(*list->items), compare_times);
	for (size_t i = 0; i < list->n; i++) {
		buf_reset(&line);
		append_line(&line, db, &list->items[i]);
		fputs(line.data, file);
	}
	buf_release(&line);
	return !ferror(file) && fflush(file) == 0;
}
