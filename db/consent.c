#include "arena.h"
#include "audit.h"
#include "consent.h"
#include "principal.h"
#include "stmt.h"
#include "transaction.h"
#include "uuid.h"

struct consent_row {
	struct consent consent;
	int32_t tenant_id, wechat_user_id;
	struct uuid account_id;
	bool is_same_version; /* as the last one's */
	int64_t last_us, now_us;
	int32_t n_consents; /* of the account */
};

#define ROW(member, type) COLUMN(struct consent_row, member, type)
#define OWNER ROW(tenant_id, INT32), ROW(account_id, UUID)

enum { LOCK, LAST, COUNT, DROP, ADD };

static const struct stmt statements[] = {
	/* A merge changes the user before it moves the consents. */
	[LOCK] = {
		.text = "SELECT account_id, UTC_TIMESTAMP(6) FROM wechat_user "
			"WHERE tenant_id = ? AND id = ? AND NOT is_closed FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(account_id, UUID), ROW(now_us, TIME)),
	},
	[LAST] = {
		.text = "SELECT version = ?, consented_at FROM consent "
			"WHERE tenant_id = ? AND account_id = ? AND document = ? "
			"ORDER BY consented_at DESC, id DESC LIMIT 1",
		.params = COLUMNS(ROW(consent.version, STR), OWNER, ROW(consent.document, STR)),
		.columns = COLUMNS(ROW(is_same_version, BOOL), ROW(last_us, TIME)),
	},
	[COUNT] = {
		.text = "SELECT COUNT(*) FROM consent WHERE tenant_id = ? AND account_id = ?",
		.params = COLUMNS(OWNER),
		.columns = COLUMNS(ROW(n_consents, INT32)),
	},
	/* The oldest one after which the person has agreed to the same document again. It is found
	 * first: "id = (SELECT …)" would read all rows, and lock them. */
	[DROP] = {
		.text = "DELETE consent FROM (SELECT id FROM "
			"(SELECT id, consented_at, ROW_NUMBER() OVER "
			"(PARTITION BY document ORDER BY consented_at DESC, id DESC) AS place "
			"FROM consent WHERE tenant_id = ? AND account_id = ?) c WHERE place > 1 "
			"ORDER BY consented_at, id LIMIT 1) old "
			"STRAIGHT_JOIN consent ON consent.id = old.id WHERE consent.tenant_id = ?",
		.params = COLUMNS(OWNER, ROW(tenant_id, INT32)),
	},
	[ADD] = {
		.text = "INSERT INTO consent (tenant_id, account_id, document, version, "
			"consented_at) VALUES (?, ?, ?, ?, ?)",
		.params = COLUMNS(OWNER, ROW(consent.document, STR), ROW(consent.version, STR),
			ROW(now_us, TIME)),
	},
};

const struct stmt_table consent_statements = STMT_TABLE(statements);

static enum err consent_audit(struct db *db, const struct consent_row *row)
{
	char id[UUID_TEXT_SIZE];
	const struct audit_entry entry = {
		.tenant_id = row->tenant_id,
		.action = "consent.add",
		.actor = "person",
		.subject = id,
		.details = arena_printf(db->arena, "{\"consent\":%lld}",
			(long long)db->insert_id),
	};

	uuid_format(row->account_id, id);
	return audit_write(db, &entry);
}

static enum err add_consent(struct db *db, void *ctx)
{
	struct consent_row *row = ctx;
	enum err err = stmt_need(db, &statements[LOCK], row, row, ERR_USER_UNKNOWN);

	row->is_same_version = false;
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[LAST], row, row, ERR_ABSENT);
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	row->consent.consented_us = row->is_same_version ? row->last_us : row->now_us;
	if (row->is_same_version)
		return ERR_NONE;
	err = stmt_need(db, &statements[COUNT], row, row, ERR_INTERNAL);
	if (err == ERR_NONE && row->n_consents >= CONSENTS_MAX)
		err = stmt_change(db, &statements[DROP], row, ERR_PARAMETER);
	if (err == ERR_PARAMETER)
		return db_refuse(db, err, "the account has agreed to too many documents");
	if (err == ERR_NONE)
		err = stmt_write(db, &statements[ADD], row);
	return err == ERR_NONE ? consent_audit(db, row) : err;
}

enum err consent_add(struct db *db, const struct principal *principal, struct consent *consent)
{
	struct consent_row row = {
		.consent = *consent,
		.tenant_id = principal->tenant_id,
		.wechat_user_id = principal->wechat_user_id,
	};
	enum err err = transaction_run(db, add_consent, &row);

	consent->consented_us = row.consent.consented_us;
	return err;
}
