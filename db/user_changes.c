#include <inttypes.h>
#include <stdio.h>

#include "arena.h"
#include "clock.h"
#include "conn.h"
#include "encoding.h"
#include "secret.h"
#include "stmt.h"
#include "user_changes.h"

#define KEEP_DAYS 30
#define DAY_US (24 * 3600 * CLOCK_SECOND_US)
/* A reader who is just in time has another day to read to the end. */
#define OLD                                                                                     \
	"gone_user FORCE INDEX (gone_user_age) WHERE changed_at < UTC_TIMESTAMP(6) "            \
	"- INTERVAL 31 DAY ORDER BY changed_at"

/* The place behind which a page begins. Of those with one time, users stand before those who are
 * gone. */
struct place {
	int32_t tenant_id;
	int64_t changed_us;
	int64_t user_id, gone_id; /* the last of either with that time */
	int64_t end_us;           /* the page ends before */
};

/* A place on the page, and an earlier user of the same account; sibling_id: 0 for none. */
struct page_row {
	int64_t changed_us;
	bool is_gone;
	int64_t id;
	int32_t user_id;
	struct uuid account_id, into_id;
	bool is_closed;
	int32_t sibling_id;
};

struct gone_row {
	int32_t tenant_id, user_id;
	struct uuid account_id, into_id;
};

#define PLACE(member, type) COLUMN(struct place, member, type)
#define ROW(member, type) COLUMN(struct page_row, member, type)
#define GONE(member, type) COLUMN(struct gone_row, member, type)

/* NAMES of those of TABLE that are on the page. */
#define BEHIND(NAMES, TABLE)                                                                    \
	"(SELECT changed_at, " NAMES " FROM " TABLE " FORCE INDEX (" TABLE "_change) "          \
	"WHERE tenant_id = ? AND (changed_at > ? OR (changed_at = ? AND id > ?)) "              \
	"AND changed_at < ? ORDER BY changed_at, id LIMIT " STMT_NUMBER(USER_CHANGES_PAGE) ")"
#define BEHIND_PARAMS(id)                                                                       \
	PLACE(tenant_id, INT32), PLACE(changed_us, TIME), PLACE(changed_us, TIME),              \
		PLACE(id, INT64), PLACE(end_us, TIME)

enum { END, PAGE, ADD, PURGE };

static const struct stmt statements[] = {
	[END] = {
		.text = "SELECT UTC_TIMESTAMP(6) - INTERVAL 10 SECOND",
		.columns = COLUMNS(PLACE(end_us, TIME)),
	},
	[PAGE] = {
		.text = "SELECT p.changed_at, p.is_gone, p.id, p.user_id, p.account_id, p.into_id, "
			"p.is_closed, s.id FROM ("
			BEHIND("0 AS is_gone, id, id AS user_id, account_id, NULL AS into_id, "
			       "is_closed", "wechat_user")
			" UNION ALL "
			BEHIND("1, id, user_id, gone_account_id, into_id, 0", "gone_user")
			" ORDER BY changed_at, is_gone, id LIMIT "
			STMT_NUMBER(USER_CHANGES_PAGE) ") p LEFT JOIN wechat_user s "
			"ON p.is_gone = 0 AND s.account_id = p.account_id AND s.tenant_id = ? "
			"AND s.changed_at <= ? ORDER BY p.changed_at, p.is_gone, p.id",
		.params = COLUMNS(BEHIND_PARAMS(user_id), BEHIND_PARAMS(gone_id),
			PLACE(tenant_id, INT32), PLACE(changed_us, TIME)),
		.columns = COLUMNS(ROW(changed_us, TIME), ROW(is_gone, BOOL), ROW(id, INT64),
			ROW(user_id, REF), ROW(account_id, UUID), ROW(into_id, UUID),
			ROW(is_closed, BOOL), ROW(sibling_id, REF)),
		.row_size = sizeof(struct page_row),
	},
	[ADD] = {
		.text = "INSERT INTO gone_user (tenant_id, user_id, gone_account_id, into_id, "
			"changed_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))",
		.changes_users = true,
		.params = COLUMNS(GONE(tenant_id, INT32), GONE(user_id, REF),
			GONE(account_id, UUID), GONE(into_id, UUID)),
	},
	[PURGE] = STMT_PURGE("gone_user", "id", OLD, "gone_user.id = old.id"),
};

const struct stmt_table user_changes_statements = STMT_TABLE(statements);

/* ---- Cursors: the place and when the first page was read, sealed, so that no other tenant can use
 * one and nobody reads one. */

struct cursor {
	int64_t begun_us;
	struct place place;
};

static struct secret_place cursor_secret_place(int32_t tenant_id)
{
	return (struct secret_place){
		.table = "user_changes", .column = "cursor", .tenant_id = tenant_id};
}

/* Base64 has characters that a URL does not, and its padding. */
static void cursor_exchange(char *text, const char *from, const char *to)
{
	for (; *text != '\0'; text++)
		for (size_t i = 0; from[i] != '\0'; i++)
			if (*text == from[i])
				*text = to[i];
}

#define BASE64_ONLY "+/="
#define URL_ONLY "-_."

static const char *cursor_write(struct db *db, const struct cursor *cursor)
{
	const struct secret_place place = cursor_secret_place(cursor->place.tenant_id);
	const char *text = arena_printf(db->arena,
		"%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, cursor->begun_us,
		cursor->place.changed_us, cursor->place.user_id, cursor->place.gone_id);
	const size_t size = strlen(text);
	const uint8_t *sealed = secret_seal(db->keys, &place, db->arena, text, size);
	char *written = arena_alloc(db->arena, (size + SECRET_SEAL_OVERHEAD + 2) / 3 * 4 + 1);

	encode_base64(sealed, size + SECRET_SEAL_OVERHEAD, written);
	cursor_exchange(written, BASE64_ONLY, URL_ONLY);
	return written;
}

static enum err cursor_read(struct db *db, const char *text, struct cursor *cursor_r)
{
	const struct secret_place place = cursor_secret_place(cursor_r->place.tenant_id);
	char *base64 = arena_strdup(db->arena, text), *opened;
	uint8_t *sealed = arena_alloc(db->arena, strlen(text) + 1);
	struct place *at = &cursor_r->place;
	int size;

	cursor_exchange(base64, URL_ONLY, BASE64_ONLY);
	size = decode_base64(base64, strlen(base64), sealed);
	opened = size <= 0 ? NULL
			   : secret_open(db->keys, &place, db->arena, sealed, (size_t)size);
	if (opened == NULL ||
		sscanf(opened, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
			&cursor_r->begun_us, &at->changed_us, &at->user_id, &at->gone_id) != 4)
		return db_refuse(db, ERR_PARAMETER, "not a cursor of this tenant");
	return ERR_NONE;
}

static enum err cursor_find(
	struct db *db, int32_t tenant_id, const char *text, struct cursor *cursor_r)
{
	struct place *place = &cursor_r->place;
	enum err err = stmt_need(db, &statements[END], NULL, place, ERR_INTERNAL);

	place->tenant_id = tenant_id;
	place->changed_us = 1; /* 0 is NULL */
	cursor_r->begun_us = place->end_us;
	if (err == ERR_NONE && text != NULL)
		err = cursor_read(db, text, cursor_r);
	if (err != ERR_NONE)
		return err;
	/* Who is gone since the first page stands behind it. */
	return place->end_us - KEEP_DAYS * DAY_US > place->changed_us &&
			place->end_us - KEEP_DAYS * DAY_US > cursor_r->begun_us
		? ERR_CURSOR_TOO_OLD
		: ERR_NONE;
}

/* ---- Pages. */

static bool page_row_is_of(const struct page_row *row, const struct page_row *before)
{
	return before != NULL && row->id == before->id && row->is_gone == before->is_gone;
}

static struct user_change user_change_of(const struct page_row *row)
{
	struct user_change change = {.wechat_user_id = row->user_id};

	if (!row->is_gone && !row->is_closed)
		return change;
	change.account_id = row->account_id;
	change.into_id = row->into_id;
	change.state = !row->is_gone               ? USER_CLOSED
		: uuid_is_nil(row->into_id) ? USER_ERASED
					    : USER_MERGED;
	return change;
}

static bool page_has(const struct user_change *changes, size_t n, int32_t wechat_user_id)
{
	for (size_t i = 0; i < n; i++)
		if (changes[i].wechat_user_id == wechat_user_id)
			return true;
	return false;
}

/* Returns the number of places. */
static size_t page_fill(struct db *db, const struct page_row *rows, size_t n_rows,
	struct user_changes *page)
{
	struct user_change *changes = arena_array(db->arena, struct user_change, 2 * n_rows);
	const struct page_row *before = NULL;
	size_t n = 0, n_places = 0;

	for (size_t i = 0; i < n_rows; before = &rows[i++]) {
		const int32_t sibling_id = rows[i].sibling_id;

		if (!page_row_is_of(&rows[i], before)) {
			changes[n++] = user_change_of(&rows[i]);
			n_places++;
		}
		if (sibling_id != 0 && !rows[i].is_closed && !page_has(changes, n, sibling_id))
			changes[n++] = (struct user_change){.wechat_user_id = sibling_id};
	}
	page->changes = changes;
	page->n_changes = n;
	return n_places;
}

/* A full page ends with its last row, another one with all that there is. */
static void place_after(struct place *place, const struct page_row *last)
{
	if (last == NULL) {
		place->changed_us = place->end_us;
		place->user_id = place->gone_id = 0;
		return;
	}
	place->changed_us = last->changed_us;
	place->user_id = last->is_gone ? INT32_MAX : last->id;
	place->gone_id = last->is_gone ? last->id : 0;
}

enum err user_changes_page(
	struct db *db, int32_t tenant_id, const char *cursor, struct user_changes *page_r)
{
	struct cursor at = {.place.tenant_id = tenant_id};
	const struct page_row *rows;
	void *all;
	size_t n_rows;
	enum err err = cursor_find(db, tenant_id, cursor, &at);

	if (err == ERR_NONE)
		err = stmt_all(db, &statements[PAGE], &at.place, &all, &n_rows);
	if (err != ERR_NONE)
		return err;
	rows = all;
	page_r->has_more = page_fill(db, rows, n_rows, page_r) == USER_CHANGES_PAGE;
	place_after(&at.place, page_r->has_more ? &rows[n_rows - 1] : NULL);
	page_r->cursor = cursor_write(db, &at);
	return ERR_NONE;
}

enum err user_changes_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}

/* ---- Who is gone. */

enum err user_changes_add_erased(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct uuid gone_id)
{
	const struct gone_row row = {
		.tenant_id = tenant_id, .user_id = wechat_user_id, .account_id = gone_id};

	return stmt_write(db, &statements[ADD], &row);
}

enum err user_changes_add_merged(
	struct db *db, int32_t tenant_id, struct uuid merged, struct uuid survivor)
{
	const struct gone_row row = {
		.tenant_id = tenant_id, .account_id = merged, .into_id = survivor};

	return stmt_write(db, &statements[ADD], &row);
}
