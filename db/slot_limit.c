#include "clock.h"
#include "connection.h"
#include "crypto.h"
#include "secret.h"
#include "slot_limit.h"
#include "stmt.h"
#include "transaction.h"

struct slot_row {
	int32_t tenant_id;
	const char *kind, *subject;
	int32_t slot, n_sent;
	int32_t window_s, room; /* of the limit; room: for one slot */
	int64_t age_us;
	uint8_t subject_hash[CRYPTO_HASH_SIZE]; /* as it is stored */
	bool is_of_key_in_use;                  /* that hash */
};

/* To read the slots of several limits at once. */
struct limits_row {
	int32_t tenant_id;
	struct slot_limit limits[SLOT_LIMITS_MAX]; /* those that are not there: all "" */
};

#define ROW(member, type) COLUMN(struct slot_row, member, type)
#define SUBJECT_HASH KEYED(struct slot_row, subject, CODES, "sms_counter")
#define BY_SUBJECT FOUND_BY(struct slot_row, subject, CODES, "sms_counter")
#define IS_LIMIT "(tenant_id = ? AND kind = ? AND subject_hash = ?)"
#define LIMIT(i)                                                                                \
	COLUMN(struct limits_row, tenant_id, INT32),                                            \
		COLUMN(struct limits_row, limits[i].kind, STR),                                 \
		FOUND_BY(struct limits_row, limits[i].subject, CODES, "sms_counter")
#define IS_OVER "begins_at <= UTC_TIMESTAMP(6) - INTERVAL ? SECOND"

#define OLD                                                                                     \
	"sms_counter FORCE INDEX (sms_counter_age) "                                            \
	"WHERE begins_at <= UTC_TIMESTAMP(6) - INTERVAL 1 DAY ORDER BY begins_at"

enum { READ, REKEY, CLOSE, TAKE, ADD, DROP_LAST, LOWER, PURGE };

static const struct stmt statements[] = {
	[READ] = {
		.text = "SELECT kind, slot, n_sent, "
			"TIMESTAMPDIFF(MICROSECOND, begins_at, UTC_TIMESTAMP(6)), subject_hash "
			"FROM sms_counter "
			"WHERE " IS_LIMIT " OR " IS_LIMIT " OR " IS_LIMIT " OR " IS_LIMIT " OR "
			IS_LIMIT " OR " IS_LIMIT " OR " IS_LIMIT " OR " IS_LIMIT " OR " IS_LIMIT
			" OR " IS_LIMIT " LIMIT 400",
		.params = COLUMNS(LIMIT(0), LIMIT(1), LIMIT(2), LIMIT(3), LIMIT(4), LIMIT(5),
			LIMIT(6), LIMIT(7), LIMIT(8), LIMIT(9)),
		.columns = COLUMNS(ROW(kind, STR), ROW(slot, INT32), ROW(n_sent, INT32),
			ROW(age_us, INT64), ROW(subject_hash, HASH)),
		.row_size = sizeof(struct slot_row),
	},
	/* If two processes have counted in one slot, each with its key, both rows stay. */
	[REKEY] = {
		.text = "UPDATE IGNORE sms_counter SET subject_hash = ? "
			"WHERE tenant_id = ? AND kind = ? AND subject_hash = ? AND slot = ?",
		.params = COLUMNS(SUBJECT_HASH, ROW(tenant_id, INT32), ROW(kind, STR),
			ROW(subject_hash, HASH), ROW(slot, INT32)),
	},
	[CLOSE] = {
		.text = "DELETE FROM sms_counter WHERE tenant_id = ? AND kind = ? "
			"AND subject_hash = ? AND slot = ? AND " IS_OVER,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(kind, STR), ROW(subject_hash, HASH),
			ROW(slot, INT32), ROW(window_s, INT32)),
	},
	/* Assigned from left to right: n_sent sees the old begins_at. */
	[TAKE] = {
		.text = "UPDATE sms_counter SET n_sent = IF(" IS_OVER ", 1, n_sent + 1), "
			"begins_at = IF(" IS_OVER ", UTC_TIMESTAMP(6), begins_at) "
			"WHERE tenant_id = ? AND kind = ? AND subject_hash = ? AND slot = ? "
			"AND (n_sent < ? OR " IS_OVER ")",
		.params = COLUMNS(ROW(window_s, INT32), ROW(window_s, INT32),
			ROW(tenant_id, INT32), ROW(kind, STR), SUBJECT_HASH, ROW(slot, INT32),
			ROW(room, INT32), ROW(window_s, INT32)),
	},
	[ADD] = {
		.text = "INSERT INTO sms_counter "
			"(tenant_id, kind, subject_hash, slot, begins_at, n_sent) "
			"VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), 1)",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(kind, STR), SUBJECT_HASH,
			ROW(slot, INT32)),
	},
	/* A row that counts nothing would still hold its window. If both keys have a row, one is
	 * changed. */
	[DROP_LAST] = {
		.text = "DELETE FROM sms_counter "
			"WHERE tenant_id = ? AND kind = ? AND subject_hash = ? AND slot = ? "
			"AND n_sent <= 1 ORDER BY subject_hash LIMIT 1",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(kind, STR), BY_SUBJECT,
			ROW(slot, INT32)),
	},
	[LOWER] = {
		.text = "UPDATE sms_counter SET n_sent = n_sent - 1 "
			"WHERE tenant_id = ? AND kind = ? AND subject_hash = ? AND slot = ? "
			"AND n_sent > 1 ORDER BY subject_hash LIMIT 1",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(kind, STR), BY_SUBJECT,
			ROW(slot, INT32)),
	},
	[PURGE] = STMT_PURGE("sms_counter", "tenant_id, kind, subject_hash, slot", OLD,
		"sms_counter.tenant_id = old.tenant_id AND sms_counter.kind = old.kind AND "
		"sms_counter.subject_hash = old.subject_hash AND sms_counter.slot = old.slot"),
};

const struct stmt_table slot_limit_statements = STMT_TABLE(statements);

/* Returns how many a slot of the limit takes. */
static int32_t room_of(const struct slot_limit *limit, int32_t slot)
{
	return limit->n_most / limit->n_slots + (slot < limit->n_most % limit->n_slots ? 1 : 0);
}

/* The slots of the limits, as they were read. */
struct slots {
	struct slot_row *rows;
	size_t n_rows;
};

static int64_t wait_us_of(const struct slot_limit *limit, const struct slot_row *row)
{
	return limit->window_s * CLOCK_SECOND_US - row->age_us;
}

/* A limit that had more slots when it counted them has them still. */
static bool is_slot_of(const struct slot_row *row, const struct slot_limit *limit)
{
	return strcmp(row->kind, limit->kind) == 0;
}

static int32_t wait_s_of(const struct slot_limit *limit, const struct slots *slots)
{
	int64_t least_us = limit->window_s * CLOCK_SECOND_US;

	for (const struct slot_row *row = slots->rows; row < slots->rows + slots->n_rows; row++) {
		const int64_t wait_us = wait_us_of(limit, row);

		if (is_slot_of(row, limit) && wait_us > 0 && wait_us < least_us)
			least_us = wait_us;
	}
	return (int32_t)((least_us + CLOCK_SECOND_US - 1) / CLOCK_SECOND_US);
}

/* Whether the limit has counted anything within that window. */
static bool has_counted(const struct slot_limit *limit, int32_t window_s, const struct slots *slots)
{
	for (size_t i = 0; i < slots->n_rows; i++)
		if (is_slot_of(&slots->rows[i], limit) &&
			slots->rows[i].age_us < window_s * CLOCK_SECOND_US)
			return true;
	return false;
}

static int32_t n_taken_of(const struct slot_limit *limit, const struct slots *slots)
{
	int32_t n = 0;

	for (const struct slot_row *row = slots->rows; row < slots->rows + slots->n_rows; row++)
		if (is_slot_of(row, limit) && wait_us_of(limit, row) > 0)
			n += row->n_sent;
	return n;
}

/* What a slot holds. */
struct place {
	int32_t n_sent;
	bool has_row; /* of the key in use */
};

static void places_find(
	const struct slot_limit *limit, const struct slots *slots, struct place *places)
{
	for (const struct slot_row *row = slots->rows; row < slots->rows + slots->n_rows; row++) {
		if (!is_slot_of(row, limit) || row->slot >= limit->n_slots)
			continue;
		places[row->slot].has_row |= row->is_of_key_in_use;
		if (wait_us_of(limit, row) > 0)
			places[row->slot].n_sent += row->n_sent;
	}
}

/* Returns a random slot with room, so that two requests at once seldom take the same; -1: none. */
static int32_t slot_limit_choose_slot(const struct slot_limit *limit, const struct place *places)
{
	const uint32_t n_slots = (uint32_t)limit->n_slots;
	uint32_t first;

	crypto_random(&first, sizeof(first));
	for (uint32_t i = 0; i < n_slots; i++) {
		int32_t slot = (int32_t)((first % n_slots + i) % n_slots);

		if (places[slot].n_sent < room_of(limit, slot))
			return slot;
	}
	return -1;
}

static struct slot_row slot_row_of(int32_t tenant_id, const struct slot_limit *limit)
{
	return (struct slot_row){
		.tenant_id = tenant_id,
		.kind = limit->kind,
		.subject = limit->subject,
		.slot = limit->slot,
		.window_s = limit->window_s,
	};
}

/* Takes a slot of one limit. */
static enum err slot_limit_take_slot(struct db *db, int32_t tenant_id, struct slot_limit *limit,
	const struct slots *slots, int32_t *wait_s_r)
{
	struct place places[SLOT_LIMIT_SLOTS_MAX] = {0};
	struct slot_row row;
	enum err err;

	places_find(limit, slots, places);
	limit->slot = slot_limit_choose_slot(limit, places);
	limit->n_taken = n_taken_of(limit, slots) + 1;
	if (limit->n_taken > limit->n_most)
		limit->slot = -1;
	if (limit->slot < 0) {
		*wait_s_r = wait_s_of(limit, slots);
		return db_refuse(db, ERR_RATE, limit->kind);
	}
	row = slot_row_of(tenant_id, limit);
	row.room = room_of(limit, row.slot);
	err = stmt_change(
		db, &statements[places[row.slot].has_row ? TAKE : ADD], &row, ERR_ABSENT);
	return err == ERR_ABSENT ? transaction_again(db) : err;
}

/* Notes which rows of a limit the key in use has hashed. */
static void note_key(const struct db *db, int32_t tenant_id, const struct slot_limit *limit,
	const struct slots *slots)
{
	const struct secret_text text = {tenant_id, "sms_counter", limit->subject};
	uint8_t hash[CRYPTO_HASH_SIZE];

	secret_mac(db->keys, SECRET_FOR_CODES, &text, hash);
	for (struct slot_row *row = slots->rows; row < slots->rows + slots->n_rows; row++)
		if (strcmp(row->kind, limit->kind) == 0)
			row->is_of_key_in_use =
				crypto_equal(row->subject_hash, hash, sizeof(hash));
}

static void note_keys(const struct db *db, int32_t tenant_id, const struct slot_limit *limits,
	size_t n_limits, const struct slots *slots)
{
	const bool are_two = secret_keys_are_two(db->keys);

	for (size_t i = 0; i < slots->n_rows; i++)
		slots->rows[i].is_of_key_in_use = true;
	for (size_t i = 0; i < n_limits && are_two; i++)
		note_key(db, tenant_id, &limits[i], slots);
}

static enum err slot_limit_read(struct db *db, int32_t tenant_id, const struct slot_limit *limits,
	size_t n_limits, struct slots *slots_r)
{
	struct limits_row row = {.tenant_id = tenant_id};
	void *rows;
	enum err err;

	for (size_t i = 0; i < SLOT_LIMITS_MAX; i++)
		row.limits[i] = i < n_limits ? limits[i]
					     : (struct slot_limit){.kind = "", .subject = ""};
	err = stmt_all(db, &statements[READ], &row, &rows, &slots_r->n_rows);
	if (err != ERR_NONE)
		return err;
	slots_r->rows = rows;
	note_keys(db, tenant_id, limits, n_limits, slots_r);
	return ERR_NONE;
}

/* Gives the rows of a limit that another key has hashed to the key in use. */
static enum err slots_rekey(struct db *db, int32_t tenant_id, const struct slot_limit *limit,
	const struct slots *slots, bool *is_changed)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < slots->n_rows && err == ERR_NONE; i++) {
		const struct slot_row *found = &slots->rows[i];
		struct slot_row row = slot_row_of(tenant_id, limit);

		if (!is_slot_of(found, limit) || found->is_of_key_in_use)
			continue;
		row.slot = found->slot;
		memcpy(row.subject_hash, found->subject_hash, sizeof(row.subject_hash));
		err = stmt_write(db,
			&statements[wait_us_of(limit, found) > 0 ? REKEY : CLOSE], &row);
		*is_changed = true;
	}
	return err;
}

/* Reads the slots to take some of them. */
static enum err slot_limit_read_own(struct db *db, int32_t tenant_id,
	const struct slot_limit *limits, size_t n_limits, struct slots *slots_r)
{
	bool is_changed = false;
	enum err err = slot_limit_read(db, tenant_id, limits, n_limits, slots_r);

	for (size_t i = 0; i < n_limits && err == ERR_NONE; i++)
		err = slots_rekey(db, tenant_id, &limits[i], slots_r, &is_changed);
	return err == ERR_NONE && is_changed
		? slot_limit_read(db, tenant_id, limits, n_limits, slots_r)
		: err;
}

enum err slot_limit_take(struct db *db, int32_t tenant_id, struct slot_limit *limits,
	size_t n_limits, int32_t *wait_s_r)
{
	struct slots slots;
	enum err err = slot_limit_read_own(db, tenant_id, limits, n_limits, &slots);

	for (size_t i = 0; i < n_limits; i++)
		limits[i].slot = -1;
	for (size_t i = 0; i < n_limits && err == ERR_NONE; i++)
		if (!limits[i].is_of_new ||
			!has_counted(&limits[i - 1], limits[i].window_s, &slots))
			err = slot_limit_take_slot(db, tenant_id, &limits[i], &slots, wait_s_r);
	return err;
}

enum err slot_limit_give_back(struct db *db, int32_t tenant_id, const struct slot_limit *limit)
{
	const struct slot_row row = slot_row_of(tenant_id, limit);
	enum err err;

	if (limit->slot < 0)
		return ERR_NONE;
	err = stmt_change(db, &statements[DROP_LAST], &row, ERR_ABSENT);
	return err == ERR_ABSENT ? stmt_write(db, &statements[LOWER], &row) : err;
}

enum err slot_limit_rekey(struct db *db, int32_t tenant_id, const struct slot_limit *limit)
{
	struct slots slots;
	bool is_changed;
	enum err err;

	if (!secret_keys_are_two(db->keys))
		return ERR_NONE;
	err = slot_limit_read(db, tenant_id, limit, 1, &slots);
	return err == ERR_NONE ? slots_rekey(db, tenant_id, limit, &slots, &is_changed) : err;
}

enum err slot_limit_look(
	struct db *db, int32_t tenant_id, const struct slot_limit *limit, int32_t *n_taken_r)
{
	struct slots slots;
	enum err err = slot_limit_read(db, tenant_id, limit, 1, &slots);

	if (err == ERR_NONE)
		*n_taken_r = n_taken_of(limit, &slots);
	return err;
}

enum err slot_limit_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
