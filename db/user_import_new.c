#include "account_create.h"
#include "arena.h"
#include "stmt.h"
#include "user_import_id.h"
#include "user_import_new.h"
#include "user_profile.h"

/* A user with what no login knows of one. */
struct new_user {
	struct user_row user; /* first, for USER_ROW_COLUMNS */
	int64_t created_us, session_us;
};

#define NEW(member, type) COLUMN(struct new_user, member, type)

enum { USERS, UNIONIDS };

static const struct stmt statements[] = {
	[USERS] = {
		.text = "INSERT INTO wechat_user (tenant_id, row_uuid, openid, app_id, "
			"account_id, unionid, unionid_platform_id, name, name_at, avatar, "
			"avatar_at, phone, phone_at, gender, gender_at, language, country, "
			"province, city, place_at, user_set, subscribe_at, phone_hash, "
			"session_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
			"?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, COALESCE(?, UTC_TIMESTAMP(6)))",
		.changes_users = true,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(USER_ROW(tenant_id, INT32), USER_ROW(row_uuid, UUID),
			USER_ROW(openid, STR), USER_ROW_OWNER, USER_ROW_PROFILE,
			KEYED(struct user_row, profile.phone, LOOKUP, "phone"),
			NEW(session_us, TIME), NEW(created_us, TIME)),
		.row_size = sizeof(struct new_user),
	},
	[UNIONIDS] = {
		.text = "INSERT INTO account_unionid (tenant_id, account_id, open_platform_id, "
			"unionid, created_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(USER_ROW(tenant_id, INT32), USER_ROW(account_id, UUID),
			USER_ROW(unionid_platform_id, INT32), USER_ROW(unionid, STR)),
		.row_size = sizeof(struct new_user),
	},
};

const struct stmt_table user_import_new_statements = STMT_TABLE(statements);

static struct user_row user_of_row(
	const struct user_import *import, const struct user_import_row *row)
{
	struct user_row user;

	user_row_init(&user, import->app->tenant_id, row->openid);
	user.app_id = import->app->id;
	user.unionid = row->unionid;
	user.unionid_platform_id = row->unionid == NULL ? 0 : import->app->open_platform_id;
	user_profile_apply(&user, &row->profile, PROFILE_FROM_WECHAT);
	return user;
}

static enum err insert_accounts(struct user_import_batch *batch, struct new_user *users,
	const struct user_import_row *const *rows)
{
	const size_t n = batch->n_waiting;
	struct account_before *accounts = arena_array(batch->db->arena, struct account_before, n);
	enum err err;

	for (size_t i = 0; i < n; i++) {
		const bool has_phone =
			rows[i]->confirmed_us != 0 && !batch->has_no_phone[batch->waiting[i]];

		accounts[i] = (struct account_before){
			.tenant_id = users[i].user.tenant_id,
			.created_us = rows[i]->created_us,
			.phone = has_phone ? users[i].user.profile.phone : "",
			.confirmed_us = has_phone ? rows[i]->confirmed_us : 0,
			.is_disabled = rows[i]->is_disabled,
		};
	}
	err = account_create_rows(batch->db, accounts, n);
	for (size_t i = 0; i < n; i++)
		users[i].user.account_id = accounts[i].id;
	return err;
}

static enum err insert_unionids(struct user_import_batch *batch, const struct new_user *users)
{
	const size_t n = batch->n_waiting;
	struct new_user *owners = arena_array(batch->db->arena, struct new_user, n);
	size_t n_owners = 0;

	for (size_t i = 0; i < n; i++)
		if (users[i].user.unionid_platform_id != 0)
			owners[n_owners++] = users[i];
	return stmt_write_rows(batch->db, &statements[UNIONIDS], owners, n_owners);
}

static enum err insert_external_ids(struct user_import_batch *batch, const struct new_user *users,
	const struct user_import_row *const *rows)
{
	const size_t n = batch->n_waiting;
	struct user_import_id *ids = arena_array(
		batch->db->arena, struct user_import_id, n * USER_IMPORT_IDS_MAX);
	size_t n_ids = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < USER_IMPORT_IDS_MAX && rows[i]->external_ids[k] != NULL; k++)
			ids[n_ids++] = (struct user_import_id){
				.tenant_id = users[i].user.tenant_id,
				.account_id = users[i].user.account_id,
				.id = rows[i]->external_ids[k],
				.source = user_import_source(batch->import, rows[i], k),
			};
	return user_import_insert_ids(batch->db, ids, n_ids);
}

enum err user_import_insert(struct user_import_batch *batch)
{
	const size_t n = batch->n_waiting;
	struct new_user *users = arena_array(batch->db->arena, struct new_user, n);
	const struct user_import_row **rows =
		arena_array(batch->db->arena, const struct user_import_row *, n);
	enum err err = ERR_NONE;

	for (size_t i = 0; i < n; i++) {
		batch->is_waiting[batch->waiting[i]] = false;
		rows[i] = &batch->import->rows[batch->waiting[i]];
		users[i] = (struct new_user){
			.user = user_of_row(batch->import, rows[i]),
			.created_us = rows[i]->created_us,
			.session_us = rows[i]->seen_us,
		};
	}
	if (!batch->import->is_dry_run)
		err = insert_accounts(batch, users, rows);
	if (err == ERR_NONE && !batch->import->is_dry_run)
		err = stmt_write_rows(batch->db, &statements[USERS], users, n);
	if (err == ERR_NONE && !batch->import->is_dry_run)
		err = insert_unionids(batch, users);
	if (err == ERR_NONE && !batch->import->is_dry_run)
		err = insert_external_ids(batch, users, rows);
	batch->n_waiting = 0;
	return err;
}

bool user_import_is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool shares_external_id(const struct user_import *import, const struct user_import_row *a,
	const struct user_import_row *b)
{
	for (size_t i = 0; i < USER_IMPORT_IDS_MAX && a->external_ids[i] != NULL; i++)
		for (size_t k = 0; k < USER_IMPORT_IDS_MAX && b->external_ids[k] != NULL; k++)
			if (strcmp(a->external_ids[i], b->external_ids[k]) == 0 &&
				strcmp(user_import_source(import, a, i),
					user_import_source(import, b, k)) == 0)
				return true;
	return false;
}

static bool shares_phone(const struct user_import_row *a, const struct user_import_row *b)
{
	return a->confirmed_us != 0 && b->confirmed_us != 0 &&
		user_import_is_same(a->profile.phone, b->profile.phone);
}

/* Whether an earlier row of the transaction may have what the look-up did not find. */
static bool has_rival(const struct user_import_batch *batch, size_t i)
{
	const struct user_import_row *rows = batch->import->rows, *row = &rows[i];

	for (size_t k = 0; k < i; k++)
		if (user_import_is_same(rows[k].unionid, row->unionid) ||
			shares_external_id(batch->import, &rows[k], row) ||
			(!batch->is_waiting[k] && shares_phone(&rows[k], row)))
			return true;
	return false;
}

void user_import_wait(struct user_import_batch *batch, size_t i)
{
	struct user_import_row *rows = batch->import->rows, *row = &rows[i];
	const int64_t since_us = row->is_undated ? USER_IMPORT_EVER_US : row->confirmed_us;
	bool is_kept = row->confirmed_us != 0 && batch->looks[i].held_us >= since_us;

	for (size_t k = 0; k < i; k++) {
		if (!batch->is_waiting[k] || batch->has_no_phone[k] ||
			!shares_phone(&rows[k], row))
			continue;
		if (row->is_undated || rows[k].confirmed_us >= row->confirmed_us)
			is_kept = true;
		else
			batch->has_no_phone[k] = true;
	}
	if (is_kept)
		row->clashes |= USER_IMPORT_CLASH_PHONE;
	batch->has_no_phone[i] = is_kept;
	batch->is_waiting[i] = true;
	batch->waiting[batch->n_waiting++] = i;
}

bool user_import_is_unlinked(const struct user_import_batch *batch, size_t i)
{
	const struct user_import_look *look = &batch->looks[i];

	if (look->known != NULL || look->has_followed || !uuid_is_nil(look->owner_id) ||
		(look->held_us != 0 && look->held_us < batch->import->rows[i].confirmed_us))
		return false;
	for (size_t k = 0; k < USER_IMPORT_IDS_MAX; k++)
		if (!uuid_is_nil(look->external_owners[k]))
			return false;
	return !has_rival(batch, i);
}
