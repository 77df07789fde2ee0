#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "erasure_sync.h"
#include "log.h"
#include "regular_file.h"

#define LOOK_US (60 * CLOCK_SECOND_US)
#define DAY_US (24 * 3600 * CLOCK_SECOND_US)
#define TAIL_SIZE 64

/* ---- The bookmark. */

/* What the file of the bookmark holds: that the first size bytes of erasures.log, which end with
 * tail, have all rows up to id, whose subject it names, and that the lines of later rows begin
 * behind the byte place, if there are any. Zeros: that nothing is known. missing, which earlier
 * releases did not write: whose row the database had once and has no more; zeros: nobody's. */
struct bookmark {
	int64_t id;
	uint8_t subject[CRYPTO_HASH_SIZE];
	int64_t compared_us; /* when all rows were compared */
	int64_t size, place;
	char tail[TAIL_SIZE];
	uint8_t missing[CRYPTO_HASH_SIZE];
};

static const uint8_t nobody[CRYPTO_HASH_SIZE];

static bool is_same_subject(const uint8_t a[CRYPTO_HASH_SIZE], const uint8_t b[CRYPTO_HASH_SIZE])
{
	return memcmp(a, b, CRYPTO_HASH_SIZE) == 0;
}

static void bookmark_path(const struct conf *conf, char path_r[PATH_MAX])
{
	snprintf(path_r, PATH_MAX, "%s/erasures.bookmark", conf->server_state_directory);
}

/* Returns -1 with the reason logged. */
static int bookmark_open(const struct conf *conf)
{
	char path[PATH_MAX];
	int fd;

	bookmark_path(conf, path);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		log_error("%s: %m; see server.state_directory", path);
	return fd;
}

/* Whether it is this process that looks, after a minute in which none has. */
static bool bookmark_is_due(int fd)
{
	const int64_t now_us = clock_now_us();
	int64_t looked_us;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	looked_us = st.st_mtim.tv_sec * CLOCK_SECOND_US + st.st_mtim.tv_nsec / 1000;
	if (st.st_size > 0 && now_us >= looked_us && now_us - looked_us < LOOK_US)
		return false;
	return futimens(fd, NULL) == 0;
}

/* Reads the last bytes of the first size of erasures.log. Returns false if it has less. */
static bool read_tail(const struct conf *conf, int64_t size, char tail_r[TAIL_SIZE])
{
	const size_t n = size < TAIL_SIZE ? (size_t)size : TAIL_SIZE;
	bool is_read;
	int fd;

	memset(tail_r, 0, TAIL_SIZE);
	if (size == 0)
		return true;
	fd = regular_file_open(conf->keys_erasure_log, O_RDONLY, 0);
	if (fd < 0)
		return false;
	is_read = pread(fd, tail_r, n, size - (int64_t)n) == (ssize_t)n;
	close(fd);
	return is_read;
}

/* Begins anew. The row of the bookmark is missing until it is found. */
static void bookmark_begin(struct bookmark *bookmark)
{
	struct bookmark anew = {.compared_us = clock_now_us()};

	memcpy(anew.missing,
		is_same_subject(bookmark->missing, nobody) ? bookmark->subject : bookmark->missing,
		sizeof(anew.missing));
	*bookmark = anew;
}

/* Returns whether the file has one. */
static bool bookmark_load(int fd, struct bookmark *bookmark_r)
{
	const ssize_t least = offsetof(struct bookmark, missing);
	struct bookmark stored = {0};
	const bool is_stored = pread(fd, &stored, sizeof(stored), 0) >= least;

	*bookmark_r = is_stored ? stored : (struct bookmark){0};
	return is_stored;
}

/* Returns false, with a bookmark that begins anew, if the one of the file is worth nothing. */
static bool bookmark_read(const struct conf *conf, int fd, struct bookmark *bookmark_r)
{
	const int64_t now_us = clock_now_us();
	char tail[TAIL_SIZE];

	if (bookmark_load(fd, bookmark_r) &&
		bookmark_r->compared_us <= now_us && bookmark_r->compared_us > now_us - DAY_US &&
		bookmark_r->place >= 0 && bookmark_r->size >= bookmark_r->place &&
		read_tail(conf, bookmark_r->size, tail) &&
		memcmp(tail, bookmark_r->tail, TAIL_SIZE) == 0)
		return true;
	bookmark_begin(bookmark_r);
	return false;
}

/* Moves the bookmark to the end of erasures.log and stores it. */
static void bookmark_store(const struct conf *conf, int fd, struct bookmark *bookmark)
{
	struct stat st;

	bookmark->size = stat(conf->keys_erasure_log, &st) == 0 ? st.st_size : 0;
	if (read_tail(conf, bookmark->size, bookmark->tail) &&
		pwrite(fd, bookmark, sizeof(*bookmark), 0) != sizeof(*bookmark))
		log_warning("the bookmark of erasures.log cannot be written: %m");
}

/* ---- Appending. */

struct erasure_sync {
	struct bookmark *bookmark;
	int64_t from_id; /* the bookmark's row, which must come first; 0: none */
	bool is_lost;    /* it is not there */
	struct erasure_merge found;
};

static bool find_row(void *ctx, const struct tombstone_row *row)
{
	struct erasure_sync *sync = ctx;
	struct bookmark *bookmark = sync->bookmark;

	if (sync->from_id != 0) {
		sync->is_lost = row->id != sync->from_id ||
			!is_same_subject(row->tombstone.subject, bookmark->subject);
		sync->from_id = 0;
		return !sync->is_lost;
	}
	if (is_same_subject(row->tombstone.subject, bookmark->missing))
		memset(bookmark->missing, 0, sizeof(bookmark->missing));
	tombstone_list_add(&sync->found.all, &row->tombstone);
	tombstone_list_add(&sync->found.pending, &row->tombstone);
	if (row->is_settled) {
		sync->found.pending.n = 0;
		bookmark->id = row->id;
		memcpy(bookmark->subject, row->tombstone.subject, CRYPTO_HASH_SIZE);
	}
	return true;
}

/* Appends what the file lacks of the rows after the bookmark, and moves that on. */
static enum err sync_from(struct db *db, struct bookmark *bookmark, size_t *n_appended_r)
{
	struct erasure_sync sync = {
		.bookmark = bookmark, .from_id = bookmark->id, .found.place = bookmark->place,
	};
	enum err err = tombstone_each(db, bookmark->id, find_row, &sync);

	tombstone_list_sort(&sync.found.pending);
	*n_appended_r = 0;
	if (err == ERR_NONE && (sync.is_lost || sync.from_id != 0))
		err = ERR_ABSENT;
	if (err == ERR_NONE && sync.found.all.n > 0)
		err = erasure_log_merge(db, &sync.found, n_appended_r);
	bookmark->place = sync.found.place;
	tombstone_list_free(&sync.found.pending);
	tombstone_list_free(&sync.found.all);
	return err;
}

enum err erasure_sync_all(struct db *db, size_t *n_appended_r)
{
	struct bookmark start = {0};

	return sync_from(db, &start, n_appended_r);
}

static void sync_host(struct db *db, int fd)
{
	struct bookmark bookmark, before;
	const bool is_good = bookmark_read(db->conf, fd, &bookmark);
	size_t n_appended;
	enum err err;

	before = bookmark;
	err = sync_from(db, &bookmark, &n_appended);
	if (err == ERR_ABSENT) {
		bookmark = before;
		bookmark_begin(&bookmark);
		err = sync_from(db, &bookmark, &n_appended);
	}
	if (err == ERR_NONE && (!is_good || bookmark.id != before.id ||
		bookmark.place != before.place ||
		!is_same_subject(bookmark.missing, before.missing)))
		bookmark_store(db->conf, fd, &bookmark);
	if (n_appended > 0)
		log_info("erasures.log: appended %zu erasures of other hosts", n_appended);
}

void erasure_sync_step(struct db *db, int64_t *look_us)
{
	const int64_t now_us = clock_monotonic_us();
	int fd;

	if (now_us < *look_us)
		return;
	*look_us = now_us + LOOK_US;
	fd = bookmark_open(db->conf);
	if (fd < 0)
		return;
	if (bookmark_is_due(fd))
		sync_host(db, fd);
	close(fd);
	db_end_request(db);
}

/* ---- Comparing. */

/* Finds whom this host knows to be erased, by its bookmark. */
static void find_known(const struct conf *conf, uint8_t known_r[CRYPTO_HASH_SIZE])
{
	struct bookmark bookmark;
	char path[PATH_MAX];
	int fd;

	memset(known_r, 0, CRYPTO_HASH_SIZE);
	bookmark_path(conf, path);
	fd = regular_file_open(path, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0)
		return;
	if (bookmark_load(fd, &bookmark)) {
		bookmark_begin(&bookmark);
		memcpy(known_r, bookmark.missing, CRYPTO_HASH_SIZE);
	}
	close(fd);
}

static void compare_known(struct erasure_comparison *comparison, const struct tombstone *tombstone)
{
	if (is_same_subject(tombstone->subject, comparison->known))
		comparison->lacks_known = false;
}

static bool compare_row(void *ctx, const struct tombstone_row *row)
{
	struct erasure_comparison *comparison = ctx;
	const ptrdiff_t place = tombstone_list_find(&comparison->erasures.list, &row->tombstone);

	comparison->n_rows++;
	compare_known(comparison, &row->tombstone);
	if (place >= 0)
		comparison->is_stored[place] = true;
	else if (row->is_settled)
		comparison->n_not_logged++;
	return true;
}

enum err erasure_compare(struct db *db, struct erasure_comparison *comparison_r)
{
	const struct tombstone_list *list = &comparison_r->erasures.list;
	enum err err;

	*comparison_r = (struct erasure_comparison){0};
	err = erasure_log_read(db, &comparison_r->erasures);
	if (err != ERR_NONE)
		return err;
	comparison_r->is_stored = calloc(list->n + 1, sizeof(bool));
	if (comparison_r->is_stored == NULL)
		BUG("out of memory");
	find_known(db->conf, comparison_r->known);
	comparison_r->lacks_known = !is_same_subject(comparison_r->known, nobody);
	err = tombstone_each(db, 0, compare_row, comparison_r);
	for (size_t i = 0; i < list->n; i++) {
		comparison_r->n_not_stored += !comparison_r->is_stored[i];
		compare_known(comparison_r, &list->items[i]);
	}
	return err;
}

void erasure_comparison_free(struct erasure_comparison *comparison)
{
	free(comparison->is_stored);
	tombstone_list_free(&comparison->erasures.list);
}
