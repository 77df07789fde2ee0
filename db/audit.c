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
	int32_t key_number; /* 0: the look-up key's, from before the audit had one */
	int32_t n_most;
	int64_t n;
	uint8_t mac[CRYPTO_HASH_SIZE];
};

#define ROW(member, type) COLUMN(struct audit_row, member, type)
#define ENTRY                                                                                   \
	ROW(entry_uuid, UUID), ROW(entry.tenant_id, INT32), ROW(at_us, TIME),                   \
		ROW(entry.action, STR), ROW(entry.actor, STR), ROW(entry.subject, STR),         \
		ROW(entry.details, STR), ROW(key_number, REF), ROW(mac, HASH)

#define NAMES "entry_uuid, tenant_id, at, action, actor, subject, details, key_number, mac"
/* Those that the look-up key has signed are the first ones. */
#define SELECT(ENTRIES, CONDITION)                                                              \
	{                                                                                       \
		.text = "SELECT " NAMES " FROM (SELECT " NAMES " FROM audit "                   \
			"ORDER BY " ENTRIES " LIMIT ?) tried WHERE " CONDITION,                 \
		.params = COLUMNS(ROW(n_most, INT32)),                                          \
		.columns = COLUMNS(ENTRY),                                                      \
		.row_size = sizeof(struct audit_row),                                           \
		.any_tenant = STMT_OF_OPERATOR,                                                 \
	}

enum { WRITE, BY_LOOKUP_KEY, BY_AUDIT_KEY, COUNT };

static const struct stmt statements[] = {
	[WRITE] = {
		.text = "INSERT INTO audit (" NAMES ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		.params = COLUMNS(ENTRY),
	},
	[BY_LOOKUP_KEY] = SELECT("id", "key_number IS NULL"),
	[BY_AUDIT_KEY] = SELECT("id DESC", "key_number IS NOT NULL"),
	[COUNT] = {
		.text = "SELECT COUNT(*) FROM audit WHERE action = ?",
		.any_tenant = STMT_OF_OPERATOR,
		.params = COLUMNS(ROW(entry.action, STR)),
		.columns = COLUMNS(ROW(n, INT64)),
	},
};

const struct stmt_table audit_statements = STMT_TABLE(statements);

/* What is signed: all members, one a line; only details, which is last, may hold a line break. */
static struct secret_text audit_text(const struct db *db, const struct audit_row *row)
{
	const struct audit_entry *entry = &row->entry;
	char uuid[2 * UUID_SIZE + 1];

	encode_hex(row->entry_uuid.bytes, UUID_SIZE, uuid);
	return (struct secret_text){
		.tenant_id = entry->tenant_id,
		.kind = "audit",
		.text = arena_printf(db->arena, "%s\n%lld\n%s\n%s\n%s\n%s", uuid,
			(long long)row->at_us, entry->action, entry->actor, entry->subject,
			entry->details),
	};
}

enum err audit_write(struct db *db, const struct audit_entry *entry)
{
	struct audit_row row = {
		.entry = *entry,
		.entry_uuid = uuid_random(),
		.at_us = clock_now_us(),
		.key_number = secret_key_number(db->keys, SECRET_KEY_AUDIT),
	};
	const struct secret_text text = audit_text(db, &row);

	secret_mac(db->keys, SECRET_FOR_AUDIT, &text, row.mac);
	return stmt_write(db, &statements[WRITE], &row);
}

static bool audit_is_genuine(const struct db *db, const struct audit_row *row)
{
	const struct secret_mac_use use = {SECRET_FOR_AUDIT, (uint16_t)row->key_number};
	const struct secret_text text = audit_text(db, row);

	return secret_mac_verify(db->keys, &use, &text, row->mac);
}

enum err audit_verify(struct db *db, enum secret_key_kind kind, int32_t n_most,
	struct audit_verdict *verdict_r)
{
	const struct audit_row most = {.n_most = n_most}, *entries;
	void *rows;
	size_t n;
	enum err err = stmt_all(db,
		&statements[kind == SECRET_KEY_LOOKUP ? BY_LOOKUP_KEY : BY_AUDIT_KEY], &most, &rows,
		&n);

	*verdict_r = (struct audit_verdict){0};
	if (err != ERR_NONE)
		return err;
	entries = rows;
	for (size_t i = 0; i < n; i++)
		verdict_r->n_wrong += !audit_is_genuine(db, &entries[i]);
	verdict_r->n_verified = (int64_t)n;
	return ERR_NONE;
}

enum err audit_count(struct db *db, const char *action, int64_t *n_r)
{
	struct audit_row row = {.entry.action = action};
	enum err err = stmt_need(db, &statements[COUNT], &row, &row, ERR_INTERNAL);

	*n_r = row.n;
	return err;
}
