#include "account_access.h"
#include "account_row.h"
#include "ascii.h"
#include "audit.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

struct access_row {
	struct account_ref ref;
	const char *openid;
	bool is_active;
};

#define ROW(member, type) COLUMN(struct access_row, member, type)

enum { BY_ID, BY_OPENID, LOCK, SWITCH };

static const struct stmt statements[] = {
	[BY_ID] = {
		.text = "SELECT tenant_id, id FROM account WHERE id = "
			"COALESCE((SELECT account_id FROM account_alias WHERE alias = ?), ?)",
		.params = COLUMNS(ROW(ref.id, UUID), ROW(ref.id, UUID)),
		.columns = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
	},
	[BY_OPENID] = {
		.text = "SELECT u.tenant_id, u.account_id FROM tenant t JOIN wechat_user u "
			"ON u.tenant_id = t.id AND u.openid = ? "
			"WHERE u.account_id IS NOT NULL LIMIT 2",
		.params = COLUMNS(ROW(openid, STR)),
		.columns = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
		.row_size = sizeof(struct access_row),
	},
	[LOCK] = {
		.text = "SELECT is_active FROM account WHERE id = ? AND NOT is_deleted FOR UPDATE",
		.params = COLUMNS(ROW(ref.id, UUID)),
		.columns = COLUMNS(ROW(is_active, BOOL)),
	},
	[SWITCH] = {
		.text = "UPDATE account SET is_active = NOT is_active WHERE id = ?",
		.params = COLUMNS(ROW(ref.id, UUID)),
	},
};

const struct stmt_table account_access_statements = STMT_TABLE(statements);

/* 8-4-4-4-12 digits. */
static bool parse_id(const char *text, uint8_t id_r[SECRET_UUID_SIZE])
{
	size_t n_digits = 0;

	if (strlen(text) != ACCOUNT_ID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; text[i] != '\0'; i++) {
		int digit = ascii_hex_digit(text[i]);

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
			continue;
		}
		if (digit < 0)
			return false;
		id_r[n_digits / 2] = (uint8_t)(id_r[n_digits / 2] << 4 | digit);
		n_digits++;
	}
	return true;
}

static enum err find_openid(struct db *db, const char *openid, struct account_ref *ref_r)
{
	const struct access_row row = {.openid = openid}, *found;
	void *rows;
	size_t n;

	if (!str_is_openid(openid))
		return ERR_USER_UNKNOWN;
	if (stmt_all(db, &statements[BY_OPENID], &row, &rows, &n) != 0)
		return conn_err(db);
	if (n != 1)
		return n == 0 ? ERR_USER_UNKNOWN : ERR_PARAMETER;
	found = rows;
	*ref_r = found->ref;
	return ERR_NONE;
}

enum err account_named(struct db *db, const char *name, struct account_ref *ref_r)
{
	struct access_row row = {0};
	int found = 0;

	if (parse_id(name, row.ref.id))
		found = stmt_find(db, &statements[BY_ID], &row, &row);
	if (found < 0)
		return conn_err(db);
	if (found == 0)
		return find_openid(db, name, ref_r);
	*ref_r = row.ref;
	return ERR_NONE;
}

struct step {
	const struct account_ref *ref;
	const char *action;
	bool is_switch, is_on; /* to what */
};

static enum err take(struct db *db, void *ctx)
{
	const struct step *step = ctx;
	struct access_row row = {.ref = *step->ref};
	char id[ACCOUNT_ID_TEXT_SIZE];
	const struct audit_entry entry = {
		.tenant_id = step->ref->tenant_id, .action = step->action, .actor = "wxuserctl",
		.subject = id, .details = "{}",
	};
	int found = stmt_find(db, &statements[LOCK], &row, &row);

	if (found < 0)
		return transaction_failed(db);
	if (found == 0)
		return ERR_USER_UNKNOWN;
	account_format_id(row.ref.id, id);
	if (step->is_switch && row.is_active == step->is_on)
		return ERR_NONE;
	if (step->is_switch && stmt_run(db, &statements[SWITCH], &row) < 0)
		return transaction_failed(db);
	/* What is off for a while ends the logins before. */
	if (account_revoke_tokens(db, row.ref.id) != 0 || audit_write(db, &entry) != 0)
		return transaction_failed(db);
	return ERR_NONE;
}

enum err account_disable(struct db *db, const struct account_ref *ref)
{
	struct step step = {.ref = ref, .action = "account.disable", .is_switch = true};

	return transaction_run(db, take, &step);
}

enum err account_enable(struct db *db, const struct account_ref *ref)
{
	struct step step = {
		.ref = ref, .action = "account.enable", .is_switch = true, .is_on = true,
	};

	return transaction_run(db, take, &step);
}

enum err account_log_out(struct db *db, const struct account_ref *ref)
{
	struct step step = {.ref = ref, .action = "account.log_out"};

	return transaction_run(db, take, &step);
}
