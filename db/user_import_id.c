#include "account_merge.h"
#include "stmt.h"
#include "str.h"
#include "user_import_id.h"

/* Of an id, or of the account that it names. */
struct id_row {
	struct user_import_id id;
	int32_t tenant_id; /* for PHONE */
	int32_t app_id, open_platform_id;
	const char *unionid, *phone; /* of the row; NULL: none */
	bool has_user, has_other_unionid, has_phone, has_same_phone;
};

#define ID(member, type) COLUMN(struct id_row, member, type)
#define ID_ACCOUNT ID(id.tenant_id, INT32), ID(id.account_id, UUID)
#define PHONE FOUND_BY(struct id_row, phone, LOOKUP, "phone")
#define NEW(member, type) COLUMN(struct user_import_id, member, type)

enum { OWNER, PERSON, INSERT };

static const struct stmt statements[] = {
	[OWNER] = {
		.text = "SELECT account_id FROM external_id WHERE tenant_id = ? AND external_id "
			"= ? AND source = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ID(id.tenant_id, INT32), ID(id.id, STR), ID(id.source, STR)),
		.columns = COLUMNS(ID(id.account_id, UUID)),
	},
	[PERSON] = {
		.text = "SELECT EXISTS (SELECT 1 FROM wechat_user WHERE tenant_id = ? AND "
			"account_id = ? AND app_id = ?), "
			"EXISTS (SELECT 1 FROM account_unionid WHERE tenant_id = ? AND "
			"account_id = ? AND open_platform_id = ? AND unionid <> ?), "
			"EXISTS (SELECT 1 FROM wechat_user WHERE tenant_id = ? AND "
			"account_id = ? AND phone_hash IS NOT NULL), "
			"EXISTS (SELECT 1 FROM wechat_user WHERE tenant_id = ? AND "
			"account_id = ? AND phone_hash = ?) OR EXISTS (SELECT 1 FROM account "
			"WHERE tenant_id = ? AND id = ? AND confirmed_phone_hash = ?)",
		.reads_again = true,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ID_ACCOUNT, ID(app_id, INT32), ID_ACCOUNT,
			ID(open_platform_id, REF), ID(unionid, STR), ID_ACCOUNT, ID_ACCOUNT,
			PHONE, ID_ACCOUNT, PHONE),
		.columns = COLUMNS(ID(has_user, BOOL), ID(has_other_unionid, BOOL),
			ID(has_phone, BOOL), ID(has_same_phone, BOOL)),
	},
	[INSERT] = {
		.text = "INSERT INTO external_id (tenant_id, account_id, external_id, source, "
			"created_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(NEW(tenant_id, INT32), NEW(account_id, UUID), NEW(id, STR),
			NEW(source, STR)),
		.row_size = sizeof(struct user_import_id),
	},
};

const struct stmt_table user_import_id_statements = STMT_TABLE(statements);

const char *user_import_source(
	const struct user_import *import, const struct user_import_row *row, size_t i)
{
	const char *source = row->sources[i] == NULL ? import->source : row->sources[i];

	return source == NULL ? "" : source;
}

/* Whether the account of an id is that of the row's person: NULL of a unionid or phone says
 * nothing. Sets why it is not. */
static bool is_same_person(const struct user_import *import, struct user_import_row *row,
	const struct id_row *owner)
{
	if (owner->has_user)
		return false;
	if (owner->has_other_unionid ||
		(!str_is_empty(owner->phone) && owner->has_phone && !owner->has_same_phone))
		row->clashes |= USER_IMPORT_CLASH_STRANGER;
	else if (!import->joins_by_id)
		row->clashes |= USER_IMPORT_CLASH_NO_JOIN;
	else
		return true;
	return false;
}

static enum err join_owner(struct db *db, const struct user_import *import,
	struct user_import_row *row, struct uuid owner_id, struct user_row *user)
{
	const struct app *app = import->app;
	struct id_row owner = {
		.id = {.tenant_id = app->tenant_id, .account_id = owner_id},
		.tenant_id = app->tenant_id,
		.app_id = app->id,
		.open_platform_id = app->open_platform_id,
		.unionid = row->unionid,
		.phone = row->profile.phone,
	};
	struct account_merge merge = {.tenant_id = app->tenant_id, .b = owner_id};
	enum err err = account_merge_lock(db, &merge);

	if (err == ERR_NONE)
		err = stmt_need(db, &statements[PERSON], &owner, &owner, ERR_INTERNAL);
	if (err != ERR_NONE || !is_same_person(import, row, &owner))
		return err;
	err = account_merge_mark(db, &merge);
	user->account_id = owner_id;
	row->has_joined = true;
	return err;
}

/* Of id number i of the row. account_id is nil if it is nobody's. */
static enum err find_owner(struct db *db, const struct user_import *import,
	const struct user_import_row *row, size_t i, struct id_row *owner_r)
{
	enum err err;

	*owner_r = (struct id_row){
		.id =
			{
				.tenant_id = import->app->tenant_id,
				.id = row->external_ids[i],
				.source = user_import_source(import, row, i),
			},
	};
	err = stmt_need(db, &statements[OWNER], owner_r, owner_r, ERR_ABSENT);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err user_import_join(struct db *db, const struct user_import *import,
	struct user_import_row *row, struct user_row *user)
{
	struct id_row owner;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < USER_IMPORT_IDS_MAX && row->external_ids[i] != NULL &&
		uuid_is_nil(user->account_id) && err == ERR_NONE;
		i++) {
		err = find_owner(db, import, row, i, &owner);
		if (err == ERR_NONE && !uuid_is_nil(owner.id.account_id))
			err = join_owner(db, import, row, owner.id.account_id, user);
	}
	return err;
}

enum err user_import_add_ids(struct db *db, const struct user_import *import,
	struct user_import_row *row, struct uuid account_id, bool *is_changed)
{
	struct id_row owner;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < USER_IMPORT_IDS_MAX && row->external_ids[i] != NULL &&
		err == ERR_NONE;
		i++) {
		err = find_owner(db, import, row, i, &owner);
		if (err == ERR_NONE && uuid_is_nil(owner.id.account_id)) {
			owner.id.account_id = account_id;
			*is_changed = true;
			err = user_import_insert_ids(db, &owner.id, 1);
		} else if (!uuid_is_equal(owner.id.account_id, account_id)) {
			row->clashes |= USER_IMPORT_CLASH_EXTERNAL_ID;
		}
	}
	return err;
}

enum err user_import_insert_ids(struct db *db, const struct user_import_id *ids, size_t n_ids)
{
	return stmt_write_rows(db, &statements[INSERT], ids, n_ids);
}
