#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "crypto.h"
#include "encoding.h"
#include "secret.h"
#include "stmt.h"

struct audit_row {
	struct audit_entry entry;
	struct uuid entry_uuid;
	int64_t at_us;
	int32_t n_most;
	int64_t n;
	uint8_t mac[CRYPTO_HASH_SIZE];
};

#define ROW(member, type) COLUMN(struct audit_row, member, type)
#define ENTRY                                                                                   \
	ROW(entry_uuid, UUID), ROW(entry.tenant_id, INT32), ROW(at_us, TIME),                   \
		ROW(entry.action, STR), ROW(entry.actor, STR), ROW(entry.subject, STR),         \
		ROW(entry.details, STR), ROW(mac, HASH)

enum { WRITE, FIRST, COUNT };

static const struct stmt statements[] = {
	[WRITE] = {
		.text = "INSERT INTO audit (entry_uuid, tenant_id, at, action, actor, subject, "
			"details, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		.params = COLUMNS(ENTRY),
	},
	[FIRST] = {
		.text = "SELECT entry_uuid, tenant_id, at, action, actor, subject, details, mac "
			"FROM audit ORDER BY id LIMIT ?",
		.params = COLUMNS(ROW(n_most, INT32)),
		.columns = COLUMNS(ENTRY),
		.row_size = sizeof(struct audit_row),
	},
	[COUNT] = {
		.text = "SELECT COUNT(*) FROM audit WHERE action = ?",
		.params = COLUMNS(ROW(entry.action, STR)),
		.columns = COLUMNS(ROW(n, INT64)),
	},
};

const struct stmt_table audit_statements = STMT_TABLE(statements);

/* Signs all members, one a line; only details, which is last, may hold a line break. */
static void audit_sign(const struct db *db, struct audit_row *row)
{
	const struct audit_entry *entry = &row->entry;
	char uuid[2 * UUID_SIZE + 1];
	const char *text;

	encode_hex(row->entry_uuid.bytes, UUID_SIZE, uuid);
	text = arena_printf(db->arena, "%s\n%lld\n%s\n%s\n%s\n%s", uuid,
		(long long)row->at_us, entry->action, entry->actor, entry->subject,
		entry->details);
	secret_lookup(db->keys, entry->tenant_id, "audit", text, row->mac);
}

enum err audit_write(struct db *db, const struct audit_entry *entry)
{
	struct audit_row row = {
		.entry = *entry, .entry_uuid = uuid_random(), .at_us = clock_now_us(),
	};

	audit_sign(db, &row);
	return stmt_write(db, &statements[WRITE], &row);
}

enum err audit_verify(struct db *db, int32_t n_most, int64_t *n_verified, int64_t *n_wrong)
{
	const struct audit_row most = {.n_most = n_most}, *entries;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[FIRST], &most, &rows, &n);

	if (err != ERR_NONE)
		return err;
	entries = rows;
	for (size_t i = 0; i < n; i++) {
		struct audit_row row = entries[i];

		audit_sign(db, &row);
		*n_wrong += !crypto_equal(row.mac, entries[i].mac, sizeof(row.mac));
	}
	*n_verified += (int64_t)n;
	return ERR_NONE;
}

enum err audit_count(struct db *db, const char *action, int64_t *n_r)
{
	struct audit_row row = {.entry.action = action};
	enum err err = stmt_need(db, &statements[COUNT], &row, &row, ERR_INTERNAL);

	*n_r = row.n;
	return err;
}
