#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "confirmed_phone.h"
#include "key_check.h"
#include "stmt.h"
#include "transaction.h"
#include "user_import.h"
#include "user_import_id.h"
#include "user_import_new.h"
#include "user_import_wechat.h"
#include "user_profile.h"
#include "uuid.h"

/* A user with what no login knows of one. */
struct import_row {
	struct user_row user; /* first, for USER_ROW_COLUMNS */
	int64_t created_us, session_us;
	bool is_active;
};

#define ROW(member, type) COLUMN(struct import_row, member, type)

enum { DATE_USER, DATE_ACCOUNT, DISABLE_ACCOUNT, IS_ACTIVE };

static const struct stmt statements[] = {
	/* A login has been since, if a code was exchanged. */
	[DATE_USER] = {
		.text = "UPDATE wechat_user SET " USER_ROW_SET_CHANGED("") ", created_at = "
			"COALESCE(?, created_at), session_at = IF(exchanged_at IS NULL, ?, "
			"session_at) WHERE tenant_id = ? AND id = ?",
		.changes_users = true,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(created_us, TIME), ROW(session_us, TIME),
			USER_ROW(tenant_id, INT32), USER_ROW(id, INT32)),
	},
	[DATE_ACCOUNT] = {
		.text = "UPDATE account SET created_at = COALESCE(?, created_at) WHERE tenant_id "
			"= ? AND id = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(created_us, TIME), USER_ROW(tenant_id, INT32),
			USER_ROW(account_id, UUID)),
	},
	[DISABLE_ACCOUNT] = {
		.text = "UPDATE account SET is_active = FALSE, disabled_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND id = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(USER_ROW(tenant_id, INT32), USER_ROW(account_id, UUID)),
	},
	[IS_ACTIVE] = {
		.text = "SELECT is_active FROM account WHERE tenant_id = ? AND id = ?",
		.reads_again = true,
		.user = DB_USER_CONTROL,
		.params = COLUMNS(USER_ROW(tenant_id, INT32), USER_ROW(account_id, UUID)),
		.columns = COLUMNS(ROW(is_active, BOOL)),
	},
};

const struct stmt_table user_import_statements = STMT_TABLE(statements);

/* ---- Users who are stored as they are to be. */

static bool is_linked(
	const struct user_import *import, const struct user_row *user, const char *unionid)
{
	return user->app_id == import->app->id && !uuid_is_nil(user->account_id) &&
		(unionid == NULL ||
			(user_import_is_same(unionid, user->unionid) &&
				user->unionid_platform_id == import->app->open_platform_id));
}

static bool is_dated(const struct user_import_look *look, const struct user_import_row *row)
{
	const struct known_user *known = look->known;

	return (row->created_us == 0 || known->created_us <= row->created_us) &&
		(known->user.was_exchanged || known->session_us >= row->seen_us);
}

/* Whether the known user's account has confirmed the row's phone as late as the row says. */
static bool has_confirmed(const struct known_user *known, const struct user_import_row *row)
{
	return known != NULL && known->is_own_confirmed &&
		user_import_is_same(known->user.profile.phone, row->profile.phone) &&
		(row->is_undated || known->confirmed_us >= row->confirmed_us);
}

static bool has_external_ids(const struct user_import_look *look, const struct user_import_row *row)
{
	for (size_t i = 0; i < USER_IMPORT_IDS_MAX && row->external_ids[i] != NULL; i++)
		if (!uuid_is_equal(look->external_owners[i], look->known->user.account_id))
			return false;
	return true;
}

static bool is_same(const struct user_import_batch *batch, size_t i)
{
	const struct user_import *import = batch->import;
	struct user_import_row *row = &import->rows[i];
	const struct user_import_look *look = &batch->looks[i];
	const struct known_user *known = look->known;
	struct profile change;
	struct user_row user;

	if (known == NULL || known->user.is_closed ||
		!is_linked(import, &known->user,
			user_import_known_unionid(import->app, row, &known->user)) ||
		!is_dated(look, row) || !has_external_ids(look, row))
		return false;
	user = known->user;
	change = user_import_profile(row, &user);
	if (user_profile_apply(&user, &change, PROFILE_FROM_WECHAT).is_changed)
		return false;
	return row->confirmed_us == 0 ||
		!user_import_is_same(user.profile.phone, row->profile.phone) ||
		has_confirmed(known, row);
}

/* ---- Any other row, by the rules of a login. */

struct one {
	struct user_import_batch *batch;
	struct user_import_row *row;
	const struct user_import_look *look;
	struct user_row user;
	bool is_new_user, is_new_account, is_changed;
};

static enum err refuse(struct one *one, enum user_import_clash clash)
{
	one->row->state = USER_IMPORT_REFUSED;
	one->row->clashes |= clash;
	return ERR_NONE;
}

static enum err link_one(struct one *one, const struct user_import_unionid *unionid)
{
	const struct profile change = user_import_profile(one->row, &one->user);
	struct account_link link = {
		.app = one->batch->import->app,
		.unionid = unionid->text,
		.user = &one->user,
		.change = &change,
		.source = PROFILE_FROM_WECHAT,
		.is_owner_known = true,
		.owner_id = unionid->owner_id,
		.is_from_file = true,
	};
	enum err err = ERR_NONE;

	if (uuid_is_nil(link.owner_id))
		err = user_import_join(one->batch->db, one->batch->import, one->row, &one->user);
	if (err == ERR_NONE)
		err = account_link_user(one->batch->db, &link);
	one->is_changed = true;
	one->is_new_account = link.is_new_account;
	one->row->reason = link.reason;
	if (link.reason != CONFLICT_NONE)
		one->row->clashes |= USER_IMPORT_CLASH_UNIONID;
	return err;
}

static enum err change_profile(struct one *one)
{
	struct db *db = one->batch->db;
	struct user_row *user = &one->user;
	const struct profile change = user_import_profile(one->row, user);
	const struct profile_effect effect =
		user_profile_apply(user, &change, PROFILE_FROM_WECHAT);
	enum err err = ERR_NONE;

	one->is_changed |= effect.is_changed;
	if (effect.is_changed)
		err = user_row_update_profile(db, user);
	return err == ERR_NONE && effect.is_visible
		? account_touch(db, user->tenant_id, user->account_id)
		: err;
}

/* A user of another app is linked anew. */
static enum err link_or_change(struct one *one, bool was_of_app)
{
	const struct user_import *import = one->batch->import;
	struct user_import_unionid unionid = {
		.text = user_import_known_unionid(import->app, one->row, &one->user),
	};
	enum err err;

	if (was_of_app && is_linked(import, &one->user, unionid.text))
		return change_profile(one);
	err = user_import_find_unionid(
		one->batch->db, import->app, one->row, &one->user, &unionid);
	if (err != ERR_NONE)
		return err;
	return was_of_app && is_linked(import, &one->user, unionid.text)
		? change_profile(one)
		: link_one(one, &unionid);
}

static int64_t earlier(int64_t known_us, int64_t given_us)
{
	return given_us != 0 && given_us < known_us ? given_us : known_us;
}

static enum err date_one(struct one *one)
{
	struct db *db = one->batch->db;
	const struct known_user *known = one->look->known;
	struct import_row row = {
		.user = one->user,
		.created_us = one->row->created_us,
		.session_us = one->row->seen_us,
	};
	const bool was_saved = known != NULL && uuid_is_nil(known->user.account_id);
	enum err err;

	/* Whom a tenant's server saved has not logged in. */
	if (!one->is_new_user && !was_saved && (known == NULL || is_dated(one->look, one->row)))
		return ERR_NONE;
	if (!one->is_new_user) {
		row.created_us = earlier(known->created_us, row.created_us);
		if (known->session_us > row.session_us)
			row.session_us = known->session_us;
	}
	one->is_changed = true;
	err = stmt_write(db, &statements[DATE_USER], &row);
	return err == ERR_NONE && one->is_new_account
		? stmt_write(db, &statements[DATE_ACCOUNT], &row)
		: err;
}

static enum err confirm_phone(struct one *one)
{
	const struct confirmed_phone confirmed = {
		.tenant_id = one->user.tenant_id,
		.account_id = one->user.account_id,
		.phone = one->user.profile.phone,
	};
	enum phone_import outcome;
	enum err err;

	/* The user may have another number here by now. */
	if (one->row->confirmed_us == 0 || has_confirmed(one->look->known, one->row) ||
		!user_import_is_same(confirmed.phone, one->row->profile.phone))
		return ERR_NONE;
	err = confirmed_phone_import(one->batch->db, &confirmed, one->row->confirmed_us,
		one->row->is_undated ? USER_IMPORT_EVER_US : one->row->confirmed_us, &outcome);
	one->is_changed |= outcome == PHONE_IMPORT_SET;
	if (err == ERR_NONE && outcome == PHONE_IMPORT_ELSEWHERE)
		one->row->clashes |= USER_IMPORT_CLASH_PHONE;
	return err;
}

/* Whom the other system has blocked. */
static enum err disable_one(struct one *one)
{
	struct db *db = one->batch->db;
	struct import_row row = {.user = one->user};
	enum err err;

	if (!one->row->is_disabled)
		return ERR_NONE;
	if (one->is_new_account)
		return stmt_write(db, &statements[DISABLE_ACCOUNT], &row);
	err = stmt_need(db, &statements[IS_ACTIVE], &row, &row, ERR_INTERNAL);
	if (err == ERR_NONE && row.is_active)
		one->row->clashes |= USER_IMPORT_CLASH_ADMITTED;
	return err;
}

/* Takes the user from another app, if that may be. */
static bool take_one(struct one *one)
{
	const struct user_import *import = one->batch->import;
	const int32_t app_id = one->user.app_id;

	if (app_id == 0 || app_id == import->app->id)
		return user_row_take_app(&one->user, import->app->id);
	one->row->other_app_id = app_id;
	one->row->has_moved =
		import->moves_users && user_row_take_app(&one->user, import->app->id);
	return one->row->has_moved;
}

static enum err store_one(struct one *one)
{
	const struct user_import *import = one->batch->import;
	const bool was_of_app = one->user.app_id == import->app->id;
	enum err err;

	if (one->user.is_closed)
		return refuse(one, USER_IMPORT_CLASH_CLOSED);
	if (!take_one(one))
		return refuse(one, one->user.was_exchanged ? USER_IMPORT_CLASH_APP
							   : USER_IMPORT_CLASH_ELSEWHERE);
	one->is_new_user = one->user.id == 0;
	err = link_or_change(one, was_of_app);
	if (err == ERR_NONE)
		err = date_one(one);
	if (err == ERR_NONE)
		err = user_import_add_ids(one->batch->db, one->batch->import, one->row,
			one->user.account_id, &one->is_changed);
	if (err == ERR_NONE)
		err = confirm_phone(one);
	if (err == ERR_NONE)
		err = disable_one(one);
	one->row->state = one->is_new_user ? USER_IMPORT_NEW
		: one->is_changed          ? USER_IMPORT_CHANGED
					   : USER_IMPORT_SAME;
	return err;
}

static enum err import_one(struct user_import_batch *batch, size_t i)
{
	struct one one = {
		.batch = batch,
		.row = &batch->import->rows[i],
		.look = &batch->looks[i],
	};
	enum err err = user_import_insert(batch);

	if (err == ERR_NONE)
		err = user_row_lock_or_init(
			batch->db, batch->import->app->tenant_id, one.row->openid, &one.user);
	return err == ERR_NONE ? store_one(&one) : err;
}

/* ---- All of them. */

static enum err import_rows(struct user_import_batch *batch)
{
	struct user_import *import = batch->import;
	const int64_t begun_us = clock_monotonic_us();
	enum err err = ERR_NONE;
	size_t i;

	for (i = 0; i < import->n_rows && err == ERR_NONE; i++) {
		struct user_import_row *row = &import->rows[i];

		if (i > 0 && clock_monotonic_us() - begun_us >= import->most_us)
			break;
		row->clashes = 0;
		row->has_joined = row->has_moved = false;
		row->other_app_id = 0;
		row->reason = CONFLICT_NONE;
		row->state = USER_IMPORT_SAME;
		if (!import->takes_erased && user_import_is_erased(row, &batch->looks[i])) {
			row->state = USER_IMPORT_REFUSED;
			row->clashes = USER_IMPORT_CLASH_ERASED;
			continue;
		}
		row->created_us = user_import_created_us(row, &batch->looks[i].erased);
		if (user_import_is_unlinked(batch, i)) {
			row->state = USER_IMPORT_NEW;
			user_import_wait(batch, i);
		} else if (!is_same(batch, i)) {
			err = import_one(batch, i);
		} else if (row->is_disabled && batch->looks[i].known->is_active) {
			row->clashes |= USER_IMPORT_CLASH_ADMITTED;
		}
	}
	import->n_done = i;
	return err == ERR_NONE ? user_import_insert(batch) : err;
}

static struct audit_entry entry_of(const struct app *app, const char *details)
{
	return (struct audit_entry){
		.tenant_id = app->tenant_id,
		.action = "users.import",
		.actor = "wxuserctl",
		.subject = app->appid,
		.details = details,
	};
}

static enum err audit_import(struct db *db, const struct user_import *import)
{
	const struct audit_entry entry = entry_of(import->app, import->details);

	return import->details == NULL ? ERR_NONE : audit_write(db, &entry);
}

enum err user_import_end(struct db *db, const struct app *app, const char *details)
{
	const struct audit_entry entry = entry_of(app, details);

	return audit_write_alone(db, &entry);
}

static enum err import_in_transaction(struct db *db, void *ctx)
{
	struct user_import_batch *batch = arena_new_of(db->arena, struct user_import_batch);
	enum err err = key_check_hold(db);

	batch->db = db;
	batch->import = ctx;
	if (err == ERR_NONE)
		err = user_import_look(db, batch->import, batch->looks);
	if (err == ERR_NONE)
		err = import_rows(batch);
	return err == ERR_NONE ? audit_import(db, batch->import) : err;
}

enum err user_import(struct db *db, struct user_import *import)
{
	if (import->n_rows > USER_IMPORT_MAX)
		BUG("%zu rows at once", import->n_rows);
	return import->is_dry_run ? transaction_dry_run(db, import_in_transaction, import)
				  : transaction_run(db, import_in_transaction, import);
}
