#include <stdlib.h>

#include "arena.h"
#include "conn.h"
#include "secret.h"
#include "stmt.h"
#include "str.h"
#include "tombstone.h"
#include "transaction.h"

#define PAGE 1000
#define PAGE_SIZE_MAX (16 << 20)

#define ROW(member, type) COLUMN(struct tombstone_row, member, type)
#define HASHES                                                                                  \
	ROW(tombstone.subject, HASH), ROW(tombstone.at_us, TIME), ROW(tombstone.unionid, HASH), \
		ROW(tombstone.phone, HASH)

enum { ADD, FROM };

static const struct stmt statements[] = {
	[ADD] = {
		.text = "INSERT IGNORE INTO tombstone (subject_hash, erased_at, unionid_hash, "
			"phone_hash, added_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(HASHES),
	},
	[FROM] = {
		.text = "SELECT id, subject_hash, erased_at, unionid_hash, phone_hash, "
			"added_at < UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE FROM tombstone "
			"WHERE id >= ? ORDER BY id LIMIT " STMT_NUMBER(PAGE),
		.params = COLUMNS(ROW(id, INT64)),
		.columns = COLUMNS(ROW(id, INT64), HASHES, ROW(is_settled, BOOL)),
		.row_size = sizeof(struct tombstone_row),
	},
};

const struct stmt_table tombstone_statements = STMT_TABLE(statements);

static void hash_text(const struct db *db, int32_t tenant_id, const char *kind, const char *text,
	uint8_t hash_r[CRYPTO_HASH_SIZE])
{
	const struct secret_text hashed = {tenant_id, kind, text};

	if (!str_is_empty(text))
		secret_mac(db->keys, SECRET_FOR_ERASURES, &hashed, hash_r);
}

static void hash_subject(const struct db *db, const struct tombstone_subject *subject,
	uint8_t hash_r[CRYPTO_HASH_SIZE])
{
	char uuid[UUID_TEXT_SIZE];

	uuid_format(subject->member_uuid, uuid);
	if (uuid_is_nil(subject->member_uuid))
		hash_text(db, subject->tenant_id, "user",
			arena_printf(db->arena, "%s %s", subject->appid, subject->openid), hash_r);
	else
		hash_text(db, subject->tenant_id, "member", uuid, hash_r);
}

struct tombstone tombstone_make(
	const struct db *db, const struct tombstone_subject *subject, int64_t at_us)
{
	struct tombstone tombstone = {.at_us = at_us};

	hash_subject(db, subject, tombstone.subject);
	hash_text(db, subject->tenant_id, "unionid", subject->unionid, tombstone.unionid);
	hash_text(db, subject->tenant_id, "phone", subject->phone, tombstone.phone);
	return tombstone;
}

/* ---- Lists. */

void tombstone_list_add(struct tombstone_list *list, const struct tombstone *tombstone)
{
	if (list->n == list->capacity) {
		list->capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
		list->items = reallocarray(list->items, list->capacity, sizeof(*list->items));
		if (list->items == NULL)
			BUG("out of memory");
	}
	list->items[list->n++] = *tombstone;
}

static int tombstone_compare(const void *a, const void *b)
{
	const struct tombstone *first = a, *second = b;
	const int order = memcmp(first->subject, second->subject, CRYPTO_HASH_SIZE);

	return order != 0 ? order : (first->at_us > second->at_us) - (first->at_us < second->at_us);
}

void tombstone_list_sort(struct tombstone_list *list)
{
	size_t n = 0;

	if (list->n == 0)
		return;
	qsort(list->items, list->n, sizeof(*list->items), tombstone_compare);
	for (size_t i = 1; i < list->n; i++)
		if (tombstone_compare(&list->items[n], &list->items[i]) != 0)
			list->items[++n] = list->items[i];
	list->n = n + 1;
}

/* Returns how many come before it. */
static size_t list_place(const struct tombstone_list *sorted, const struct tombstone *tombstone)
{
	size_t first = 0, end = sorted->n;

	while (first < end) {
		const size_t middle = first + (end - first) / 2;

		if (tombstone_compare(&sorted->items[middle], tombstone) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

ptrdiff_t tombstone_list_find(
	const struct tombstone_list *sorted, const struct tombstone *tombstone)
{
	const size_t place = list_place(sorted, tombstone);

	return place < sorted->n && tombstone_compare(&sorted->items[place], tombstone) == 0
		? (ptrdiff_t)place
		: -1;
}

int64_t tombstone_list_time(const struct tombstone_list *sorted, const struct db *db,
	const struct tombstone_subject *subject)
{
	struct tombstone last = {.at_us = INT64_MAX};
	const struct tombstone *before;
	size_t n_before;

	hash_subject(db, subject, last.subject);
	n_before = list_place(sorted, &last);
	if (n_before == 0)
		return 0;
	before = &sorted->items[n_before - 1];
	return memcmp(before->subject, last.subject, CRYPTO_HASH_SIZE) == 0 ? before->at_us : 0;
}

void tombstone_list_free(struct tombstone_list *list)
{
	free(list->items);
	*list = (struct tombstone_list){0};
}

/* ---- Rows. */

enum err tombstone_each(struct db *db, int64_t from_id,
	bool (*row)(void *ctx, const struct tombstone_row *row), void *ctx)
{
	struct arena *arena = arena_new(PAGE_SIZE_MAX), *results = db->arena;
	struct tombstone_row from = {.id = from_id};
	const struct tombstone_row *stored;
	bool goes_on = true;
	enum err err;
	void *rows;
	size_t n;

	db_set_arena(db, arena);
	do {
		err = stmt_all(db, &statements[FROM], &from, &rows, &n);
		if (err != ERR_NONE)
			break;
		stored = rows;
		for (size_t i = 0; i < n && goes_on; i++)
			goes_on = row(ctx, &stored[i]);
		if (n > 0)
			from.id = stored[n - 1].id + 1;
		arena_reset(arena);
	} while (n == PAGE && goes_on);
	db_set_arena(db, results);
	arena_free(arena);
	return err;
}

enum err tombstone_add(struct db *db, const struct tombstone *tombstone)
{
	const struct tombstone_row row = {.tombstone = *tombstone};

	return stmt_write(db, &statements[ADD], &row);
}

struct tombstone_page {
	const struct tombstone *tombstones;
	size_t n;
};

static enum err store_page(struct db *db, void *ctx)
{
	const struct tombstone_page *page = ctx;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < page->n && err == ERR_NONE; i++)
		err = tombstone_add(db, &page->tombstones[i]);
	return err;
}

enum err tombstone_store(struct db *db, const struct tombstone *tombstones, size_t n)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < n && err == ERR_NONE; i += PAGE) {
		struct tombstone_page page = {&tombstones[i], n - i < PAGE ? n - i : PAGE};

		err = transaction_run(db, store_page, &page);
	}
	return err;
}
