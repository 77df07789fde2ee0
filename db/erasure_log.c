#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "buf.h"
#include "conf.h"
#include "conn.h"
#include "erasure_line.h"
#include "erasure_log.h"
#include "last_line.h"
#include "log.h"
#include "regular_file.h"
#include "shortage.h"
#include "str.h"

/* If more than so many lines are not behind the place, they may stand before it, since an import
 * writes the lines first, and rows long after. A few are rather written twice. */
#define LACKING_MAX 1000

/* Logs why a file, this host's own or another one, cannot be read or written, as errno says. */
static enum err fail(const struct db *db, const char *path)
{
	const int error = errno;

	if (strcmp(path, db->conf->keys_erasure_log) == 0)
		log_error("keys.erasure_log %s: %s", path, regular_file_error(error));
	else if (error == ENXIO)
		log_error("%s: %s; to import from a pipe run: wxuserctl erasures import - <%s",
			path, regular_file_error(error), path);
	else
		log_error("%s: %s", path, strerror(error));
	return shortage_is_meant(error) ? ERR_BUSY : ERR_INTERNAL;
}

/* Reads a line, and keeps what fits. Returns its size in the file; 0 at the end. */
static size_t next_line(FILE *file, char line_r[ERASURE_LINE_SIZE])
{
	size_t n = 0, size = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF) {
		size++;
		if (n < ERASURE_LINE_SIZE - 1)
			line_r[n++] = (char)c;
		if (c == '\n')
			break;
	}
	line_r[n] = '\0';
	return size;
}

static void note_bad(struct erasure_bad_lines *bad, size_t number)
{
	if (bad->n++ == 0)
		bad->first = number;
}

static void note_end(struct erasures *erasures, int64_t n_lines)
{
	erasures->lacks_lines |= n_lines != (int64_t)erasures->n_lines;
	erasures->n_lines = 0;
	erasures->is_whole = true;
}

static void note_line(struct erasures *erasures, const struct erasure_line *line, size_t number)
{
	if (line->kind == ERASURE_LINE_END) {
		note_end(erasures, line->n_lines);
		return;
	}
	erasures->is_whole = false;
	erasures->n_lines++;
	if (line->kind == ERASURE_LINE_BROKEN)
		note_bad(&erasures->broken, number);
	else if (line->kind == ERASURE_LINE_FOREIGN)
		note_bad(&erasures->foreign, number);
	else
		tombstone_list_add(&erasures->list, &line->tombstone);
}

/* Whether the line that was read last is that of a listed tombstone. */
static bool was_listed(
	const struct erasures *erasures, size_t n_before, const struct tombstone_list *list)
{
	const struct tombstone_list *read = &erasures->list;

	return read->n > n_before && tombstone_list_find(list, &read->items[n_before]) >= 0;
}

/* A byte of the file, which moves to the first line of those that are pending, or to the end. */
struct place {
	int64_t at;
	const struct tombstone_list *pending;
};

/* Reads on from the place. */
static enum err read_lines(const struct db *db, const char *path, FILE *file,
	struct place *place, struct erasures *erasures_r)
{
	const bool is_own = strcmp(path, db->conf->keys_erasure_log) == 0;
	bool is_before_pending = true;
	char line[ERASURE_LINE_SIZE];
	size_t size;

	*erasures_r = (struct erasures){0};
	for (size_t n = 1; (size = next_line(file, line)) > 0; n++) {
		const size_t n_before = erasures_r->list.n;
		const struct erasure_line read = erasure_line_read(db, line, is_own);

		note_line(erasures_r, &read, n);
		is_before_pending &= !was_listed(erasures_r, n_before, place->pending);
		if (is_before_pending)
			place->at += (int64_t)size;
	}
	tombstone_list_sort(&erasures_r->list);
	return ferror(file) ? fail(db, path) : ERR_NONE;
}

enum err erasure_log_read_file(const struct db *db, const char *path, struct erasures *erasures_r)
{
	const bool is_input = strcmp(path, "-") == 0;
	FILE *file = is_input ? stdin : regular_file_read(path);
	struct place start = {.pending = &(struct tombstone_list){0}};
	enum err err;

	*erasures_r = (struct erasures){0};
	if (file == NULL)
		return errno == ENOENT ? ERR_ABSENT : fail(db, path);
	err = read_lines(db, path, file, &start, erasures_r);
	if (!is_input)
		fclose(file);
	return err;
}

enum err erasure_log_read(const struct db *db, struct erasures *erasures_r)
{
	return erasure_log_read_file(db, db->conf->keys_erasure_log, erasures_r);
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

/* Closing unlocks it. */
static enum err open_locked(const struct db *db, int *fd_r)
{
	const char *path = db->conf->keys_erasure_log;
	const int fd = regular_file_open(path, O_RDWR | O_APPEND | O_CREAT, 0600);
	enum err err = ERR_NONE;

	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		err = fail(db, path);
	if (err != ERR_NONE && fd >= 0)
		close(fd);
	*fd_r = fd;
	return err;
}

static bool append_tombstones(
	int fd, const struct db *db, const struct tombstone *tombstones, size_t n)
{
	struct buf text = {0};
	bool is_done;

	for (size_t i = 0; i < n; i++)
		erasure_line_append(&text, db, &tombstones[i]);
	is_done = n == 0 || append_text(fd, &text);
	buf_release(&text);
	return is_done;
}

enum err erasure_log_append(const struct db *db, const struct tombstone_list *added)
{
	int fd;
	enum err err = open_locked(db, &fd);

	if (err != ERR_NONE)
		return err;
	if (!append_tombstones(fd, db, added->items, added->n))
		err = fail(db, db->conf->keys_erasure_log);
	close(fd);
	return err;
}

/* Finds which of the merge's tombstones the locked file lacks behind the place, and moves that. */
static enum err find_lacking(const struct db *db, FILE *file, const struct erasure_merge *merge,
	struct place *place, struct tombstone_list *lacking_r)
{
	const char *path = db->conf->keys_erasure_log;
	struct erasures erasures;
	enum err err;

	*lacking_r = (struct tombstone_list){0};
	if (fseeko(file, place->at, SEEK_SET) != 0)
		return fail(db, path);
	err = read_lines(db, path, file, place, &erasures);
	for (size_t i = 0; i < merge->all.n && err == ERR_NONE; i++)
		if (tombstone_list_find(&erasures.list, &merge->all.items[i]) < 0)
			tombstone_list_add(lacking_r, &merge->all.items[i]);
	tombstone_list_sort(lacking_r);
	tombstone_list_free(&erasures.list);
	return err;
}

/* Appends to the locked file what it lacks. */
static enum err merge_locked(
	FILE *file, const struct db *db, struct erasure_merge *merge, size_t *n_appended_r)
{
	struct tombstone_list lacking;
	struct place place = {.at = merge->place, .pending = &merge->pending};
	enum err err = find_lacking(db, file, merge, &place, &lacking);

	if (err == ERR_NONE && merge->place > 0 && lacking.n > LACKING_MAX) {
		tombstone_list_free(&lacking);
		place.at = 0;
		err = find_lacking(db, file, merge, &place, &lacking);
	}
	if (err == ERR_NONE && !append_tombstones(fileno(file), db, lacking.items, lacking.n))
		err = fail(db, db->conf->keys_erasure_log);
	if (err == ERR_NONE)
		merge->place = place.at;
	*n_appended_r = err == ERR_NONE ? lacking.n : 0;
	tombstone_list_free(&lacking);
	return err;
}

enum err erasure_log_merge(const struct db *db, struct erasure_merge *merge, size_t *n_appended_r)
{
	int fd;
	FILE *file;
	enum err err = open_locked(db, &fd);

	*n_appended_r = 0;
	if (err != ERR_NONE)
		return err;
	file = fdopen(fd, "r");
	if (file == NULL)
		BUG("out of memory");
	err = merge_locked(file, db, merge, n_appended_r);
	fclose(file);
	return err;
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
		erasure_line_append(&line, db, &list->items[i]);
		fputs(line.data, file);
	}
	buf_reset(&line);
	erasure_line_append_end(&line, db, list->n);
	fputs(line.data, file);
	buf_release(&line);
	return !ferror(file) && fflush(file) == 0;
}
