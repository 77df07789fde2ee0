#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "stmt.h"

struct audit_row {
	struct audit_entry entry;
	uint8_t entry_uuid[SECRET_UUID_SIZE];
	int64_t at_us;
	uint8_t mac[SECRET_HASH_SIZE];
};

enum { WRITE };

static const struct stmt statements[] = {
	[WRITE] = {
		.text = "INSERT INTO audit (entry_uuid, tenant_id, at, action, actor, subject, "
			"details, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		.params = COLUMNS(COLUMN(struct audit_row, entry_uuid, UUID),
			COLUMN(struct audit_row, entry.tenant_id, INT32),
			COLUMN(struct audit_row, at_us, TIME),
			COLUMN(struct audit_row, entry.action, STR),
			COLUMN(struct audit_row, entry.actor, STR),
			COLUMN(struct audit_row, entry.subject, STR),
			COLUMN(struct audit_row, entry.details, STR),
			COLUMN(struct audit_row, mac, HASH)),
	},
};

const struct stmt_table audit_statements = STMT_TABLE(statements);

/* Over all members, one a line; none of them holds a line break but details, which is last. */
static void sign(const struct db *db, struct audit_row *row)
{
	const struct audit_entry *entry = &row->entry;
	char uuid[2 * SECRET_UUID_SIZE + 1];
	const char *text;

	secret_hex(row->entry_uuid, SECRET_UUID_SIZE, uuid);
	text = arena_printf(db->arena, "%s\n%lld\n%s\n%s\n%s\n%s", uuid,
		(long long)row->at_us, entry->action, entry->actor, entry->subject,
		entry->details);
	secret_lookup(db->keys, entry->tenant_id, "audit", text, row->mac);
}

int audit_write(struct db *db, const struct audit_entry *entry)
{
	struct audit_row row = {.entry = *entry, .at_us = clock_now_us()};

	secret_random(row.entry_uuid, sizeof(row.entry_uuid));
	sign(db, &row);
	return stmt_run(db, &statements[WRITE], &row) < 0 ? -1 : 0;
}
