#include "account.h"
#include "arena.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "user_profile.h"
#include "user_row.h"
#include "wechat_user.h"

/* At most so many ids are looked up at a time. */
#define IDS_AT_ONCE 50

struct user_key {
	int32_t tenant_id;
	const char *openid;
	int32_t ids[IDS_AT_ONCE];
};

/* With an index forced, the server need not weigh all others, each of which holds the id, too. */
#define SELECT_USER                                                                             \
	"SELECT id, tenant_id, row_uuid, account_id, openid, name, avatar, phone, "             \
	"member_id, is_closed FROM wechat_user "

static const struct column user_columns[] = {
	COLUMN(struct wechat_user, id, INT32),
	COLUMN(struct wechat_user, tenant_id, TENANT),
	COLUMN(struct wechat_user, row_uuid, UUID),
	COLUMN(struct wechat_user, account_id, UUID),
	COLUMN(struct wechat_user, openid, STR),
	COLUMN(struct wechat_user, name, STR),
	COLUMN(struct wechat_user, avatar, STR),
	SEALED(struct wechat_user, phone, "wechat_user", "phone"),
	COLUMN(struct wechat_user, member_id, REF),
	ABSENT,
	{.kind = COLUMN_END_OF_TABLE},
};

#define TENANT COLUMN(struct user_key, tenant_id, TENANT)
#define ID(i) COLUMN(struct user_key, ids[i], INT32)
#define BY_IDS(MARKS, ...)                                                                      \
	{                                                                                       \
		.text = SELECT_USER "FORCE INDEX (PRIMARY) WHERE id IN (" MARKS ")",            \
		.reads_again = true,                                                            \
		.params = COLUMNS(TENANT, __VA_ARGS__),                                         \
		.columns = user_columns, .row_size = sizeof(struct wechat_user),                \
	}

enum { BY_ID, BY_10_IDS, BY_20_IDS, BY_50_IDS, BY_OPENID };

static const struct stmt statements[] = {
	[BY_ID] = BY_IDS("?", ID(0)),
	[BY_10_IDS] = BY_IDS(STMT_TEN_MARKS, STMT_TEN(ID, 0)),
	[BY_20_IDS] = BY_IDS(STMT_TEN_MARKS ", " STMT_TEN_MARKS, STMT_TEN(ID, 0), STMT_TEN(ID, 10)),
	[BY_50_IDS] = BY_IDS(STMT_FIFTY_MARKS, STMT_FIFTY(ID, 0)),
	[BY_OPENID] = {
		.text = SELECT_USER "FORCE INDEX (wechat_user_openid) "
			"WHERE tenant_id = ? AND openid = ?",
		.reads_again = true,
		.params = COLUMNS(COLUMN(struct user_key, tenant_id, INT32),
			COLUMN(struct user_key, openid, STR)),
		.columns = user_columns,
	},
};

const struct stmt_table wechat_user_statements = STMT_TABLE(statements);

static enum err wechat_user_find(struct db *db, const struct principal *principal,
	const struct stmt *stmt, const struct user_key *key, struct wechat_user *user_r)
{
	enum err err = stmt_need(db, stmt, key, user_r, ERR_USER_UNKNOWN);

	if (err == ERR_NONE && !principal_owns(principal, user_r->account_id))
		return ERR_USER_UNKNOWN;
	return err;
}

enum err wechat_user_by_id(
	struct db *db, const struct principal *principal, int32_t id, struct wechat_user *user_r)
{
	const struct user_key key = {.tenant_id = principal->tenant_id, .ids = {id}};

	return wechat_user_find(db, principal, &statements[BY_ID], &key, user_r);
}

enum err wechat_user_by_openid(struct db *db, const struct principal *principal,
	const char *openid, struct wechat_user *user_r)
{
	const struct user_key key = {.tenant_id = principal->tenant_id, .openid = openid};

	if (!str_is_openid(openid))
		return ERR_USER_UNKNOWN;
	return wechat_user_find(db, principal, &statements[BY_OPENID], &key, user_r);
}

/* Appends the users of key's ids. */
static enum err wechat_user_append(struct db *db, const struct stmt *stmt,
	const struct user_key *key, struct wechat_user_list *list)
{
	void *rows;
	size_t n;
	enum err err = stmt_all(db, stmt, key, &rows, &n);

	if (err != ERR_NONE)
		return err;
	memcpy(list->users + list->n_users, rows, n * sizeof(*list->users));
	list->n_users += n;
	return ERR_NONE;
}

enum err wechat_user_list(struct db *db, int32_t tenant_id, const int32_t *ids, size_t n_ids,
	struct wechat_user_list *list_r)
{
	static const size_t sizes[] = {
		[BY_ID] = 1, [BY_10_IDS] = 10, [BY_20_IDS] = 20, [BY_50_IDS] = IDS_AT_ONCE,
	};
	struct user_key key = {.tenant_id = tenant_id};
	enum err err = ERR_NONE;

	*list_r = (struct wechat_user_list){
		.users = arena_array(db->arena, struct wechat_user, n_ids),
	};
	for (size_t begin = 0; begin < n_ids && err == ERR_NONE; begin += IDS_AT_ONCE) {
		size_t by = BY_ID;

		while (by < BY_50_IDS && sizes[by] < n_ids - begin)
			by++;
		/* The last id is repeated to fill the list. */
		for (size_t i = 0; i < sizes[by]; i++)
			key.ids[i] = ids[begin + i < n_ids ? begin + i : n_ids - 1];
		err = wechat_user_append(db, &statements[by], &key, list_r);
	}
	return err;
}

/* ---- Saving. */

struct saving {
	const struct principal *principal;
	const struct wechat_user *user; /* which one, and what must not change of it */
	struct profile change;
	enum profile_source source;
	struct user_row row; /* as found, then as it shall be; id 0: a new one */
	struct profile_effect effect;
};

static void save_apply(struct saving *saving)
{
	saving->effect = user_profile_apply(&saving->row, &saving->change, saving->source);
}

static enum err save_decide_new(struct db *db, struct saving *saving)
{
	const struct wechat_user *user = saving->user;

	if (user->id != 0 || principal_is_person(saving->principal))
		return db_refuse(db, ERR_USER_UNKNOWN, "no user has the id or openid");
	if (user->member_id != 0)
		return db_refuse(db, ERR_MEMBER_ID_FIXED, "a new user has no member");
	user_row_init(&saving->row, saving->principal->tenant_id, user->openid);
	save_apply(saving);
	return ERR_NONE;
}

/* Decides what shall be stored. found: of the look-up that has filled saving->row. */
static enum err save_decide(struct db *db, struct saving *saving, enum err found)
{
	const struct wechat_user *user = saving->user;
	const struct user_row *row = &saving->row;

	if (found == ERR_USER_UNKNOWN)
		return save_decide_new(db, saving);
	if (found != ERR_NONE)
		return found;
	if (row->is_closed)
		return db_refuse(db, ERR_USER_UNKNOWN, "the user's account is closed");
	if (!principal_owns(saving->principal, row->account_id))
		return db_refuse(db, ERR_USER_UNKNOWN, "the user is another account's");
	if (user->openid != NULL && strcmp(user->openid, row->openid) != 0)
		return ERR_OPENID_FIXED;
	if (user->member_id != 0 && user->member_id != row->member_id)
		return db_refuse(db, ERR_MEMBER_ID_FIXED, "the user has another member");
	save_apply(saving);
	return ERR_NONE;
}

/* Returns ERR_ABSENT or ERR_DUPLICATE if another request was first. A row is inserted only if there
 * is none, since each INSERT uses up an id. */
static enum err save_unlocked(struct db *db, struct saving *saving)
{
	const struct wechat_user *user = saving->user;
	const int32_t tenant_id = saving->principal->tenant_id;
	struct user_row *row = &saving->row;
	enum err err = user->id != 0 ? user_row_find(db, tenant_id, user->id, row)
				     : user_row_find_by_openid(db, tenant_id, user->openid, row);

	err = save_decide(db, saving, err);
	if (err == ERR_NONE && row->id == 0)
		return user_row_insert(db, row);
	if (err == ERR_NONE && saving->effect.is_changed)
		return user_row_save_profile(db, row, saving->effect);
	return err;
}

static enum err save_locked(struct db *db, void *ctx)
{
	struct saving *saving = ctx;
	const struct wechat_user *user = saving->user;
	const int32_t tenant_id = saving->principal->tenant_id;
	struct user_row *row = &saving->row;
	enum err err = user->id != 0 ? user_row_lock(db, tenant_id, user->id, row)
				     : user_row_lock_by_openid(db, tenant_id, user->openid, row);

	err = save_decide(db, saving, err);
	if (err == ERR_NONE && row->id == 0)
		return user_row_insert(db, row);
	if (err == ERR_NONE && saving->effect.is_changed)
		err = user_row_update_profile(db, row);
	if (err == ERR_NONE && saving->effect.is_visible)
		err = account_touch(db, tenant_id, row->account_id);
	return err;
}

enum err wechat_user_save(struct db *db, const struct principal *principal,
	const struct wechat_user *user, int32_t *id_r)
{
	struct saving saving = {
		.principal = principal,
		.user = user,
		.change = {.name = user->name, .avatar = user->avatar, .phone = user->phone},
		.source = PROFILE_FROM_USER,
	};
	enum err err;

	if ((user->id == 0 || user->openid != NULL) &&
		(user->openid == NULL || !str_is_openid(user->openid)))
		return ERR_OPENID_MALFORMED;
	err = save_unlocked(db, &saving);
	/* A member may be bound at this moment: the lock waits for that. */
	if (err == ERR_ABSENT || err == ERR_DUPLICATE || err == ERR_MEMBER_ID_FIXED)
		err = transaction_run(db, save_locked, &saving);
	*id_r = saving.row.id;
	return err;
}

enum err wechat_user_edit(struct db *db, const struct principal *principal, int32_t id,
	const struct profile *change)
{
	const struct wechat_user user = {.id = id};
	struct saving saving = {
		.principal = principal,
		.user = &user,
		.change = *change,
		.source = PROFILE_FROM_EDIT,
	};

	if (id == 0) /* a new one, to save_locked() */
		return db_refuse(db, ERR_USER_UNKNOWN, "no user has the id 0");
	return transaction_run(db, save_locked, &saving);
}
