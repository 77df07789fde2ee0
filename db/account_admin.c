#include "account.h"
#include "account_admin.h"
#include "arena.h"
#include "audit.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "user_row.h"

struct access_row {
	struct account_ref ref;
	int32_t user_id;
	const char *openid;
	bool is_active;
	int32_t flag; /* enum own_flag */
};

#define ROW(member, type) COLUMN(struct access_row, member, type)

#define NAME(name) #name,
static const char *const flags[] = {ACCOUNT_CUSTOMER_FLAGS(NAME)};

#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))

#define NEW_FLAG "NULLIF(?, " STMT_NUMBER(OWN_NONE_NUMBER) ")"
#define OWN_NONE_NUMBER 2
_Static_assert(OWN_NONE_NUMBER == OWN_NONE, "SQL does not know the enum");

#define CHANGE(name)                                                                            \
	{                                                                                       \
		.text = "UPDATE account SET " #name " = " NEW_FLAG                              \
			" WHERE tenant_id = ? AND id = ? AND NOT (" #name " <=> " NEW_FLAG ")", \
		.user = DB_USER_ADMIN,                                                          \
		.params = COLUMNS(ROW(flag, INT32), ROW(ref.tenant_id, INT32),                  \
			ROW(ref.id, UUID), ROW(flag, INT32)),                                   \
	},

/* From CHANGE_FLAG on there is one for each flag. */
enum { BY_ID, OF_TENANT, BY_USER, BY_OPENID, LOCK, SWITCH, CHANGE_FLAG };

static const struct stmt statements[] = {
	[BY_ID] = {
		.text = "SELECT tenant_id, id FROM account WHERE id = "
			"COALESCE((SELECT account_id FROM account_alias WHERE alias = ?), ?)",
		.reads_again = true,
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(ref.id, UUID), ROW(ref.id, UUID)),
		.columns = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
	},
	[OF_TENANT] = {
		.text = "SELECT a.tenant_id, a.id FROM account a WHERE a.tenant_id = ? AND a.id = "
			"COALESCE((SELECT account_id FROM account_alias "
			"WHERE tenant_id = ? AND alias = ?), ?)",
		.reads_again = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.tenant_id, INT32),
			ROW(ref.id, UUID), ROW(ref.id, UUID)),
		.columns = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
	},
	[BY_USER] = {
		.text = "SELECT tenant_id, account_id FROM wechat_user "
			"WHERE id = ? AND account_id IS NOT NULL",
		.reads_again = true,
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(user_id, INT32)),
		.columns = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
	},
	[BY_OPENID] = {
		.text = "SELECT u.tenant_id, u.account_id FROM tenant t JOIN wechat_user u "
			"ON u.tenant_id = t.id AND u.openid = ? "
			"WHERE u.account_id IS NOT NULL LIMIT 2",
		.reads_again = true,
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(openid, STR)),
		.columns = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
		.row_size = sizeof(struct access_row),
	},
	[LOCK] = {
		.text = "SELECT is_active FROM account WHERE tenant_id = ? AND id = ? "
			"AND NOT is_deleted AND erases_at IS NULL FOR UPDATE",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
		.columns = COLUMNS(ROW(is_active, BOOL)),
	},
	[SWITCH] = {
		.text = "UPDATE account SET disabled_at = IF(is_active, UTC_TIMESTAMP(6), NULL), "
			"is_active = NOT is_active WHERE tenant_id = ? AND id = ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(ref.tenant_id, INT32), ROW(ref.id, UUID)),
	},
	[CHANGE_FLAG] = ACCOUNT_CUSTOMER_FLAGS(CHANGE)
};

const struct stmt_table account_admin_statements = STMT_TABLE(statements);

static enum err find_by_openid(struct db *db, const char *openid, struct account_ref *ref_r)
{
	const struct access_row row = {.openid = openid}, *found;
	void *rows;
	size_t n;
	enum err err;

	if (!str_is_openid(openid))
		return ERR_USER_UNKNOWN;
	err = stmt_all(db, &statements[BY_OPENID], &row, &rows, &n);
	if (err != ERR_NONE)
		return err;
	if (n != 1)
		return n == 0 ? ERR_USER_UNKNOWN : ERR_PARAMETER;
	found = rows;
	*ref_r = found->ref;
	return ERR_NONE;
}

enum err account_find(struct db *db, const char *name, struct account_ref *ref_r)
{
	struct access_row row = {0};
	enum err err = ERR_USER_UNKNOWN;

	if (uuid_parse(name, &row.ref.id))
		err = stmt_need(db, &statements[BY_ID], &row, &row, err);
	else if (str_parse_int32(name, &row.user_id) && row.user_id > 0)
		err = stmt_need(db, &statements[BY_USER], &row, &row, err);
	if (err == ERR_USER_UNKNOWN)
		return find_by_openid(db, name, ref_r);
	*ref_r = row.ref;
	return err;
}

enum err account_find_of_tenant(
	struct db *db, int32_t tenant_id, struct uuid id, struct account_ref *ref_r)
{
	struct access_row row = {.ref = {.tenant_id = tenant_id, .id = id}};
	enum err err = stmt_need(db, &statements[OF_TENANT], &row, &row, ERR_USER_UNKNOWN);

	*ref_r = row.ref;
	return err;
}

/* ---- Access. */

struct access_change {
	const struct account_ref *ref;
	const char *action;
	bool is_switch, is_on; /* is_on: what it is switched to */
};

static enum err audit_access(struct db *db, const struct access_change *change)
{
	char id[UUID_TEXT_SIZE];
	const struct audit_entry entry = {
		.tenant_id = change->ref->tenant_id, .action = change->action,
		.subject = id, .details = "{}",
	};

	uuid_format(change->ref->id, id);
	return audit_write(db, &entry);
}

static enum err change_access(struct db *db, void *ctx)
{
	const struct access_change *change = ctx;
	struct access_row row = {.ref = *change->ref};
	enum err err = stmt_need(db, &statements[LOCK], &row, &row, ERR_USER_UNKNOWN);

	if (err != ERR_NONE || (change->is_switch && row.is_active == change->is_on))
		return err;
	if (change->is_switch)
		err = stmt_write(db, &statements[SWITCH], &row);
	/* Also when it is switched on: logins from before have ended. */
	if (err == ERR_NONE)
		err = account_revoke_tokens(db, row.ref.tenant_id, row.ref.id);
	return err == ERR_NONE ? audit_access(db, change) : err;
}

enum err account_disable(struct db *db, const struct account_ref *ref)
{
	struct access_change change = {.ref = ref, .action = "account.disable", .is_switch = true};

	return transaction_run(db, change_access, &change);
}

enum err account_enable(struct db *db, const struct account_ref *ref)
{
	struct access_change change = {
		.ref = ref, .action = "account.enable", .is_switch = true, .is_on = true,
	};

	return transaction_run(db, change_access, &change);
}

enum err account_log_out(struct db *db, const struct account_ref *ref)
{
	struct access_change change = {.ref = ref, .action = "account.log_out"};

	return transaction_run(db, change_access, &change);
}

/* ---- Flags. */

struct flag_change {
	const struct account_ref *ref;
	size_t flag;
	enum own_flag value;
};

static enum err audit_flag(struct db *db, const struct flag_change *change)
{
	static const char *const values[] = {
		[OWN_FALSE] = "false", [OWN_TRUE] = "true", [OWN_NONE] = "null",
	};
	char id[UUID_TEXT_SIZE];
	const struct audit_entry entry = {
		.tenant_id = change->ref->tenant_id,
		.action = "account.set",
		.subject = id,
		.details = arena_printf(db->arena, "{\"%s\":%s}", flags[change->flag],
			values[change->value]),
	};

	uuid_format(change->ref->id, id);
	return audit_write(db, &entry);
}

static enum err change_flag(struct db *db, void *ctx)
{
	const struct flag_change *change = ctx;
	struct access_row row = {.ref = *change->ref, .flag = change->value};
	enum err err = stmt_need(db, &statements[LOCK], &row, &row, ERR_USER_UNKNOWN);

	if (err == ERR_NONE)
		err = stmt_write(db, &statements[CHANGE_FLAG + change->flag], &row);
	if (err != ERR_NONE || db->n_rows == 0)
		return err;
	err = account_touch(db, row.ref.tenant_id, row.ref.id);
	if (err == ERR_NONE)
		err = user_row_date_account(db, row.ref.tenant_id, row.ref.id);
	return err == ERR_NONE ? audit_flag(db, change) : err;
}

enum err account_set_flag(
	struct db *db, const struct account_ref *ref, const char *name, enum own_flag value)
{
	struct flag_change change = {.ref = ref, .value = value};

	while (change.flag < N_FLAGS && strcmp(flags[change.flag], name) != 0)
		change.flag++;
	return change.flag == N_FLAGS ? ERR_PARAMETER : transaction_run(db, change_flag, &change);
}
