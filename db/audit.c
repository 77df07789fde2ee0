#include "arena.h"
#include "audit.h"
#include "audit_head.h"
#include "audit_row.h"
#include "clock.h"
#include "conn.h"
#include "counters.h"
#include "encoding.h"
#include "log.h"
#include "stmt.h"
#include "transaction.h"

struct trial_row {
	struct audit_row row;
	int32_t n_most;
	int64_t n;
};

#define ROW(member, type) COLUMN(struct trial_row, member, type)
#define ENTRY AUDIT_COLUMNS(struct trial_row, row)

/* Those that the look-up key has signed are the first ones. */
#define SELECT(ENTRIES, CONDITION)                                                              \
	{                                                                                       \
		.text = "SELECT " AUDIT_NAMES("") " FROM (SELECT " AUDIT_NAMES("")              \
			" FROM audit ORDER BY " ENTRIES " LIMIT ?) tried WHERE " CONDITION,     \
		.params = COLUMNS(ROW(n_most, INT32)),                                          \
		.columns = COLUMNS(ENTRY),                                                      \
		.row_size = sizeof(struct trial_row),                                           \
		.any_tenant = STMT_OF_OPERATOR,                                                 \
	}

enum { WRITE, BY_LOOKUP_KEY, BY_AUDIT_KEY, COUNT };

static const struct stmt statements[] = {
	[WRITE] = {
		.text = "INSERT INTO audit (" AUDIT_NAMES("") ") "
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		.params = COLUMNS(ENTRY),
	},
	[BY_LOOKUP_KEY] = SELECT("id", "key_number IS NULL"),
	[BY_AUDIT_KEY] = SELECT("id DESC", "key_number IS NOT NULL"),
	[COUNT] = {
		.text = "SELECT COUNT(*) FROM audit WHERE action = ?",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(row.entry.action, STR)),
		.columns = COLUMNS(ROW(n, INT64)),
	},
};

const struct stmt_table audit_statements = STMT_TABLE(statements);

void audit_set_origin(
	struct db *db, struct audit_origin (*find)(const void *ctx), const void *ctx)
{
	db->find_origin = find;
	db->origin_ctx = ctx;
}

void audit_set_log(struct db *db, const struct audit_log *log)
{
	db->audit_log = log;
}

/* In an arena, the last one first. */
struct audit_written {
	const char *text; /* tenant, id, and how the signature begins, like a head of a chain */
	const char *action;
	struct audit_written *before;
};

/* A transaction writes one entry, rarely more. */
static void audit_log_written(struct db *db)
{
	if (db->audit_log != NULL)
		db->audit_log->begin(db->audit_log->ctx);
	for (const struct audit_written *at = db->audited; at != NULL; at = at->before) {
		log_event(LOG_LEVEL_INFO, "audit entry");
		log_str("entry", at->text);
		log_str("action", at->action);
		log_end();
	}
	if (db->audit_log != NULL)
		db->audit_log->end(db->audit_log->ctx);
}

static void audit_note_written(struct db *db, const struct audit_row *row)
{
	struct audit_written *written = arena_new_of(db->arena, struct audit_written);
	char mac[AUDIT_HEAD_MAC_DIGITS + 1];

	encode_hex(row->mac, AUDIT_HEAD_MAC_DIGITS / 2, mac);
	*written = (struct audit_written){
		.text = arena_printf(db->arena, "%d:%lld:%s", row->entry.tenant_id,
			(long long)db->insert_id, mac),
		.action = row->entry.action,
		.before = db->audited,
	};
	db->audited = written;
	db->after_commit = audit_log_written;
}

enum err audit_write(struct db *db, const struct audit_entry *entry)
{
	struct audit_row row = {
		.entry = *entry,
		.origin = {"", "", "", NULL},
		.entry_uuid = uuid_random(),
		.at_us = clock_now_us(),
		.key_number = secret_key_number(db->keys, SECRET_KEY_AUDIT),
	};
	struct secret_text text;
	enum err err;

	if (db->find_origin != NULL)
		row.origin = db->find_origin(db->origin_ctx);
	if (row.entry.actor == NULL)
		row.entry.actor = row.origin.actor != NULL ? row.origin.actor : AUDIT_ACTOR_CONTROL;
	text = audit_text(db, &row);
	secret_mac(db->keys, SECRET_FOR_AUDIT, &text, row.mac);
	counter_add(COUNTER_AUDIT_ENTRIES, 1);
	err = stmt_write(db, &statements[WRITE], &row);
	if (err == ERR_NONE)
		audit_note_written(db, &row);
	return err;
}

static enum err audit_write_in_transaction(struct db *db, void *ctx)
{
	return audit_write(db, ctx);
}

enum err audit_write_alone(struct db *db, const struct audit_entry *entry)
{
	struct audit_entry copy = *entry;

	return transaction_run(db, audit_write_in_transaction, &copy);
}

enum err audit_try_key(struct db *db, enum secret_key_kind kind, int32_t n_most,
	struct audit_trial *trial_r)
{
	const struct trial_row most = {.n_most = n_most}, *rows;
	void *found;
	size_t n;
	enum err err = stmt_all(db,
		&statements[kind == SECRET_KEY_LOOKUP ? BY_LOOKUP_KEY : BY_AUDIT_KEY], &most,
		&found, &n);

	*trial_r = (struct audit_trial){0};
	if (err != ERR_NONE)
		return err;
	rows = found;
	for (size_t i = 0; i < n; i++)
		trial_r->n_wrong += !audit_is_signed(db, &rows[i].row);
	trial_r->n_tried = (int64_t)n;
	return ERR_NONE;
}

enum err audit_count(struct db *db, const char *action, int64_t *n_r)
{
	struct trial_row row = {.row.entry.action = action};
	enum err err = stmt_need(db, &statements[COUNT], &row, &row, ERR_INTERNAL);

	*n_r = row.n;
	return err;
}
