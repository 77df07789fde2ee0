#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "arena.h"
#include "ascii.h"
#include "conf.h"
#include "conn.h"
#include "encoding.h"
#include "erasure_log.h"
#include "last_line.h"
#include "log.h"
#include "secret.h"
#include "str.h"

#define HEX_SIZE (2 * CRYPTO_HASH_SIZE + 1)
#define LINE_SIZE 256

static void hash_subject(
	const struct db *db, const struct tombstone *subject, uint8_t hash_r[CRYPTO_HASH_SIZE])
{
	char uuid[UUID_TEXT_SIZE];

	uuid_format(subject->member_uuid, uuid);
	if (uuid_is_nil(subject->member_uuid))
		secret_erasure_hash(db->keys, subject->tenant_id, "user",
			arena_printf(db->arena, "%s %s", subject->appid, subject->openid), hash_r);
	else
		secret_erasure_hash(db->keys, subject->tenant_id, "member", uuid, hash_r);
}

static const char *hash_text(
	const struct db *db, int32_t tenant_id, const char *kind, const char *text)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	char *hex = arena_alloc(db->arena, HEX_SIZE);

	if (str_is_empty(text))
		return "-";
	secret_erasure_hash(db->keys, tenant_id, kind, text, hash);
	encode_hex(hash, sizeof(hash), hex);
	return hex;
}

static const char *tombstone_line(const struct db *db, const struct tombstone *tombstone)
{
	uint8_t subject[CRYPTO_HASH_SIZE];
	char hex[HEX_SIZE];

	hash_subject(db, tombstone, subject);
	encode_hex(subject, sizeof(subject), hex);
	return arena_printf(db->arena, "%lld %s %s %s\n", (long long)tombstone->at_us, hex,
		hash_text(db, tombstone->tenant_id, "unionid", tombstone->unionid),
		hash_text(db, tombstone->tenant_id, "phone", tombstone->phone));
}

static bool write_whole(int fd, const char *text)
{
	const ssize_t size = (ssize_t)strlen(text);
	const ssize_t n = write(fd, text, (size_t)size);

	if (n >= 0 && n < size)
		errno = ENOSPC;
	return n == size;
}

/* Appends a line to the locked file, or leaves it as it was. */
static bool append_line(int fd, const char *line)
{
	off_t size = lseek(fd, 0, SEEK_END);
	int error;

	if (size < 0)
		return false;
	if ((!last_line_is_incomplete(fd) || write_whole(fd, "\n")) && write_whole(fd, line) &&
		fsync(fd) == 0)
		return true;
	error = errno;
	if (ftruncate(fd, size) != 0)
		log_error("keys.erasure_log: a line is cut off");
	errno = error;
	return false;
}

enum err erasure_log_append(const struct db *db, const struct tombstone *tombstone)
{
	const char *path = db->conf->keys_erasure_log;
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	bool is_done = fd >= 0 && flock(fd, LOCK_EX) == 0 &&
		append_line(fd, tombstone_line(db, tombstone));

	if (!is_done)
		log_error("keys.erasure_log %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return is_done ? ERR_NONE : ERR_INTERNAL;
}

static bool read_hex(const char *hex, uint8_t bytes_r[CRYPTO_HASH_SIZE])
{
	for (size_t i = 0; i < CRYPTO_HASH_SIZE; i++) {
		int high = ascii_hex_digit(hex[2 * i]);
		int low = high < 0 ? -1 : ascii_hex_digit(hex[2 * i + 1]);

		if (low < 0)
			return false;
		bytes_r[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool read_mark(char *line, struct erasure_mark *mark_r)
{
	char *hex = strchr(line, ' ');

	if (hex == NULL)
		return false;
	*hex++ = '\0';
	return str_parse_int64(line, &mark_r->at_us) && read_hex(hex, mark_r->subject);
}

static void add_mark(struct erasures *erasures, const struct erasure_mark *mark)
{
	erasures->marks = reallocarray(
		erasures->marks, erasures->n_marks + 1, sizeof(*erasures->marks));
	if (erasures->marks == NULL)
		BUG("out of memory");
	erasures->marks[erasures->n_marks++] = *mark;
}

static int compare_subjects(const void *a, const void *b)
{
	return memcmp(a, b, CRYPTO_HASH_SIZE);
}

/* Sorts the marks and keeps the last one of each subject. */
static void sort_marks(struct erasures *erasures)
{
	size_t n = 0;

	if (erasures->n_marks == 0)
		return;
	qsort(erasures->marks, erasures->n_marks, sizeof(*erasures->marks), compare_subjects);
	for (size_t i = 1; i < erasures->n_marks; i++) {
		const struct erasure_mark *mark = &erasures->marks[i];

		if (compare_subjects(&erasures->marks[n], mark) != 0)
			erasures->marks[++n] = *mark;
		else if (mark->at_us > erasures->marks[n].at_us)
			erasures->marks[n].at_us = mark->at_us;
	}
	erasures->n_marks = n + 1;
}

enum err erasure_log_read(const struct db *db, struct erasures *erasures_r)
{
	const char *path = db->conf->keys_erasure_log;
	FILE *file = fopen(path, "re");
	struct erasure_mark mark;
	char line[LINE_SIZE];
	bool is_read;

	*erasures_r = (struct erasures){0};
	if (file == NULL) {
		log_error("keys.erasure_log %s: %s", path, strerror(errno));
		return ERR_INTERNAL;
	}
	for (int n = 1; fgets(line, sizeof(line), file) != NULL; n++) {
		if (read_mark(line, &mark))
			add_mark(erasures_r, &mark);
		else
			log_warning("keys.erasure_log %s:%d is no line of an erasure", path, n);
	}
	is_read = !ferror(file);
	if (!is_read)
		log_error("keys.erasure_log %s: %s", path, strerror(errno));
	fclose(file);
	sort_marks(erasures_r);
	return is_read ? ERR_NONE : ERR_INTERNAL;
}

int64_t erasures_find(
	const struct erasures *erasures, const struct db *db, const struct tombstone *subject)
{
	const struct erasure_mark *mark;
	uint8_t hash[CRYPTO_HASH_SIZE];

	if (erasures->n_marks == 0)
		return 0;
	hash_subject(db, subject, hash);
	mark = bsearch(hash, erasures->marks, erasures->n_marks, sizeof(*mark), compare_subjects);
	return mark == NULL ? 0 : mark->at_us;
}
