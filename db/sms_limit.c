#include "clock.h"
#include "crypto.h"
#include "sms_limit.h"
#include "stmt.h"
#include "transaction.h"

struct slot_row {
	int32_t tenant_id;
	const char *kind, *subject;
	int32_t slot, n_sent;
	int32_t window_s, room; /* of the limit; room: for one slot */
	int64_t wait_us;        /* until the window has passed */
};

#define ROW(member, type) COLUMN(struct slot_row, member, type)
#define SUBJECT_HASH KEYED(struct slot_row, subject, "sms_counter")
#define IS_OVER "begins_at <= UTC_TIMESTAMP(6) - INTERVAL ? SECOND"

#define OLD                                                                                     \
	"sms_counter FORCE INDEX (sms_counter_age) "                                            \
	"WHERE begins_at <= UTC_TIMESTAMP(6) - INTERVAL 1 DAY ORDER BY begins_at"

enum { READ, TAKE, ADD, GIVE_BACK, PURGE };

static const struct stmt statements[] = {
	[READ] = {
		.text = "SELECT slot, n_sent, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), "
			"begins_at + INTERVAL ? SECOND) FROM sms_counter "
			"WHERE tenant_id = ? AND kind = ? AND subject_hash = ? LIMIT 20",
		.params = COLUMNS(ROW(window_s, INT32), ROW(tenant_id, INT32), ROW(kind, STR),
			SUBJECT_HASH),
		.columns = COLUMNS(ROW(slot, INT32), ROW(n_sent, INT32), ROW(wait_us, INT64)),
		.row_size = sizeof(struct slot_row),
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
	[GIVE_BACK] = {
		.text = "DELETE FROM sms_counter "
			"WHERE tenant_id = ? AND kind = ? AND subject_hash = ? AND slot = 0",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(kind, STR), SUBJECT_HASH),
	},
	[PURGE] = STMT_PURGE("sms_counter", "tenant_id, kind, subject_hash, slot", OLD,
		"sms_counter.tenant_id = old.tenant_id AND sms_counter.kind = old.kind AND "
		"sms_counter.subject_hash = old.subject_hash AND sms_counter.slot = old.slot"),
};

const struct stmt_table sms_limit_statements = STMT_TABLE(statements);

/* Returns how many messages a slot of the limit takes. */
static int32_t room_of(const struct sms_limit *limit, int32_t slot)
{
	return limit->n_messages / limit->n_slots +
		(slot < limit->n_messages % limit->n_slots ? 1 : 0);
}

static int32_t wait_s_of(const struct sms_limit *limit, const struct slot_row *rows, size_t n_rows)
{
	int64_t least_us = limit->window_s * CLOCK_SECOND_US;

	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].wait_us > 0 && rows[i].wait_us < least_us)
			least_us = rows[i].wait_us;
	return (int32_t)((least_us + CLOCK_SECOND_US - 1) / CLOCK_SECOND_US);
}

/* Returns a random slot with room, so that two requests at once seldom take the same; -1: none. */
static int32_t sms_limit_choose_slot(
	const struct sms_limit *limit, const struct slot_row *const *places)
{
	const uint32_t n_slots = (uint32_t)limit->n_slots;
	uint32_t first;

	crypto_random(&first, sizeof(first));
	for (uint32_t i = 0; i < n_slots; i++) {
		int32_t slot = (int32_t)((first % n_slots + i) % n_slots);
		const struct slot_row *row = places[slot];
		int32_t n_sent = row == NULL || row->wait_us <= 0 ? 0 : row->n_sent;

		if (n_sent < room_of(limit, slot))
			return slot;
	}
	return -1;
}

enum err sms_limit_take(
	struct db *db, int32_t tenant_id, const struct sms_limit *limit, int32_t *wait_s_r)
{
	const struct slot_row *places[SMS_LIMIT_SLOTS_MAX] = {NULL};
	struct slot_row row = {
		.tenant_id = tenant_id,
		.kind = limit->kind,
		.subject = limit->subject,
		.window_s = limit->window_s,
	};
	void *found;
	struct slot_row *rows;
	size_t n_rows;
	enum err err = stmt_all(db, &statements[READ], &row, &found, &n_rows);

	if (err != ERR_NONE)
		return err;
	rows = found;
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].slot < limit->n_slots)
			places[rows[i].slot] = &rows[i];
	row.slot = sms_limit_choose_slot(limit, places);
	if (row.slot < 0) {
		*wait_s_r = wait_s_of(limit, rows, n_rows);
		return db_refuse(db, ERR_SMS_RATE, limit->kind);
	}
	row.room = room_of(limit, row.slot);
	err = stmt_change(
		db, &statements[places[row.slot] == NULL ? ADD : TAKE], &row, ERR_ABSENT);
	return err == ERR_ABSENT ? transaction_again(db) : err;
}

enum err sms_limit_give_back(
	struct db *db, int32_t tenant_id, const char *kind, const char *subject)
{
	const struct slot_row row = {.tenant_id = tenant_id, .kind = kind, .subject = subject};

	return stmt_write(db, &statements[GIVE_BACK], &row);
}

enum err sms_limit_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
