#include <stdlib.h>

#include "account_view.h"
#include "arena.h"
#include "person_view.h"
#include "stmt.h"

/* At most so many users are looked up at a time. */
#define IDS_AT_ONCE 50
#define HEX_SIZE (2 * UUID_SIZE)

struct person_key {
	int32_t tenant_id;
	int32_t ids[IDS_AT_ONCE];
};

/* A user who is asked for, and one of the users of the same account. */
struct person_row {
	struct account_view view; /* first, for its columns */
	const char *appid;
	int32_t kind;
	struct member member;
	const char *former_ids; /* hexadecimal, separated by commas; NULL: none */
};

#define KEY(member, type) COLUMN(struct person_key, member, type)
#define ROW(member, type) COLUMN(struct person_row, member, type)
#define ID(i) KEY(ids[i], INT32)

/* USERS: which users p are shown with the user u. */
#define PERSONS(USERS, MARKS, ...)                                                              \
	{                                                                                       \
		.text = "SELECT " ACCOUNT_VIEW_NAMES ", app.appid, app.kind, m.id, "       \
			"m.name, m.sex, m.card_state, " PERSON_VIEW_FORMER_IDS " "              \
			"FROM wechat_user u FORCE INDEX (PRIMARY) "                             \
			"LEFT JOIN account a FORCE INDEX (PRIMARY) ON a.id = u.account_id "     \
			"JOIN wechat_user p ON " USERS                                          \
			" LEFT JOIN app FORCE INDEX (PRIMARY) ON app.id = p.app_id "            \
			"LEFT JOIN member m FORCE INDEX (PRIMARY) ON m.id = u.member_id "       \
			"WHERE u.id IN (" MARKS ") "                                            \
			"AND u.is_closed = 0",                                                  \
		.params = COLUMNS(KEY(tenant_id, TENANT), __VA_ARGS__),                         \
		.columns = person_columns, .row_size = sizeof(struct person_row),               \
	}
#define OF_ACCOUNT "p.account_id = u.account_id"
#define ALONE "p.id = u.id AND u.account_id IS NULL"

static const struct column person_columns[] = {
	ACCOUNT_VIEW_COLUMNS,
	ROW(appid, STR),
	ROW(kind, INT32),
	ROW(member.id, REF),
	ROW(member.name, STR),
	ROW(member.sex, INT32),
	ROW(member.card_state, INT32),
	ROW(former_ids, STR),
	{.kind = COLUMN_END_OF_TABLE},
};

enum { ONE, ONE_ALONE, TEN, TEN_ALONE, FIFTY, FIFTY_ALONE };

static const struct stmt statements[] = {
	[ONE] = PERSONS(OF_ACCOUNT, "?", ID(0)),
	[ONE_ALONE] = PERSONS(ALONE, "?", ID(0)),
	[TEN] = PERSONS(OF_ACCOUNT, STMT_TEN_MARKS, STMT_TEN(ID, 0)),
	[TEN_ALONE] = PERSONS(ALONE, STMT_TEN_MARKS, STMT_TEN(ID, 0)),
	[FIFTY] = PERSONS(OF_ACCOUNT, STMT_FIFTY_MARKS, STMT_FIFTY(ID, 0)),
	[FIFTY_ALONE] = PERSONS(ALONE, STMT_FIFTY_MARKS, STMT_FIFTY(ID, 0)),
};

const struct stmt_table person_view_statements = STMT_TABLE(statements);

/* ---- One person, from the rows of one user who is asked for. */

static const char *person_view_former_id(struct db *db, const char *hex)
{
	return arena_printf(db->arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		hex + 16, hex + 20);
}

const char *const *person_view_former_ids(struct db *db, const char *list, size_t *n_r)
{
	const size_t n = list == NULL ? 0 : (strlen(list) + 1) / (HEX_SIZE + 1);
	const char **ids = arena_array(db->arena, const char *, n);

	for (size_t i = 0; i < n; i++)
		ids[i] = person_view_former_id(db, list + i * (HEX_SIZE + 1));
	*n_r = n;
	return ids;
}

static enum err person_view_set_account(
	struct db *db, struct person_view *person, const struct person_row *rows, size_t n_rows)
{
	struct account_view_list list = {
		.views = arena_array(db->arena, struct account_view, n_rows), .n_views = n_rows,
	};
	enum err err;

	for (size_t i = 0; i < n_rows; i++)
		list.views[i] = rows[i].view;
	err = account_view_show(db, &list, &person->account);
	if (uuid_is_nil(rows->view.id))
		person->account.id[0] = '\0';
	return err;
}

static enum err person_view_fill(
	struct db *db, struct person_view *person, const struct person_row *rows, size_t n_rows)
{
	struct person_openid *openids = arena_array(db->arena, struct person_openid, n_rows);

	for (size_t i = 0; i < n_rows; i++) {
		const struct user_row *user = &rows[i].view.user;

		openids[i] = (struct person_openid){
			rows[i].appid, (enum app_kind)rows[i].kind, user->openid};
		if (user->id != rows->view.account.wechat_user_id)
			continue;
		person->user = *user;
		person->appid = rows[i].appid;
	}
	person->openids = openids;
	person->n_openids = n_rows;
	person->member = rows->member;
	person->confirmed_us = rows->view.confirmed_us;
	person->former_ids =
		person_view_former_ids(db, rows->former_ids, &person->n_former_ids);
	return person_view_set_account(db, person, rows, n_rows);
}

/* ---- Many. */

static int by_users(const void *a, const void *b)
{
	const struct account_view *left = &((const struct person_row *)a)->view;
	const struct account_view *right = &((const struct person_row *)b)->view;

	if (left->account.wechat_user_id != right->account.wechat_user_id)
		return left->account.wechat_user_id < right->account.wechat_user_id ? -1 : 1;
	return (left->user.id > right->user.id) - (left->user.id < right->user.id);
}

/* The rows of one user stand together, those of one account in the order of its users. */
static enum err person_view_fill_from(struct db *db, struct person_view *persons,
	const int32_t *ids, const struct person_row *rows, size_t n_rows)
{
	enum err err = ERR_NONE;

	for (size_t begin = 0, end; begin < n_rows && err == ERR_NONE; begin = end) {
		const int32_t id = rows[begin].view.account.wechat_user_id;

		for (end = begin; end < n_rows && rows[end].view.account.wechat_user_id == id;)
			end++;
		for (size_t i = 0; i < IDS_AT_ONCE && err == ERR_NONE; i++)
			if (ids[i] == id)
				err = person_view_fill(
					db, &persons[i], rows + begin, end - begin);
	}
	return err;
}

static enum err person_view_read(struct db *db, const struct person_key *key, size_t n_ids,
	bool is_alone, struct person_view *persons)
{
	const size_t size = n_ids == 1 ? ONE : n_ids <= 10 ? TEN : FIFTY;
	void *rows;
	size_t n_rows;
	enum err err = stmt_all(db, &statements[size + is_alone], key, &rows, &n_rows);

	if (err != ERR_NONE)
		return err;
	qsort(rows, n_rows, sizeof(struct person_row), by_users);
	return person_view_fill_from(db, persons, key->ids, rows, n_rows);
}

/* Most users have an account. Id 0 is nobody's. */
static enum err person_view_read_some(struct db *db, struct person_key *key, const int32_t *ids,
	size_t n_ids, struct person_view *persons)
{
	enum err err;
	size_t n_left = 0;

	memset(key->ids, 0, sizeof(key->ids));
	memcpy(key->ids, ids, n_ids * sizeof(*ids));
	err = person_view_read(db, key, n_ids, false, persons);
	for (size_t i = 0; i < n_ids; i++)
		n_left += persons[i].user.id == 0;
	return err == ERR_NONE && n_left > 0
		? person_view_read(db, key, n_ids, true, persons)
		: err;
}

static enum err person_view_read_all(struct db *db, int32_t tenant_id, const int32_t *ids,
	size_t n_ids, struct person_view *persons)
{
	struct person_key key = {.tenant_id = tenant_id};
	enum err err = ERR_NONE;

	for (size_t at = 0; at < n_ids && err == ERR_NONE; at += IDS_AT_ONCE) {
		const size_t left = n_ids - at;

		err = person_view_read_some(db, &key, ids + at,
			left < IDS_AT_ONCE ? left : IDS_AT_ONCE, persons + at);
	}
	return err;
}

static bool person_view_lacks_some(const struct person_view *persons, size_t n_ids)
{
	for (size_t i = 0; i < n_ids; i++)
		if (persons[i].user.id == 0)
			return true;
	return false;
}

enum err person_view_list(struct db *db, int32_t tenant_id, const int32_t *ids, size_t n_ids,
	struct person_view **persons_r)
{
	/* The last lot may be read as if it were a full one. */
	struct person_view *persons =
		arena_array(db->arena, struct person_view, n_ids + IDS_AT_ONCE);
	enum err err;

	*persons_r = persons;
	do {
		err = person_view_read_all(db, tenant_id, ids, n_ids, persons);
	} while (err == ERR_NONE && person_view_lacks_some(persons, n_ids) &&
		conn_may_find_more(db));
	return err;
}

enum err person_view_find(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct person_view *person_r)
{
	struct person_view *person;
	enum err err = person_view_list(db, tenant_id, &wechat_user_id, 1, &person);

	if (err != ERR_NONE)
		return err;
	*person_r = *person;
	return person->user.id == 0 ? ERR_USER_UNKNOWN : ERR_NONE;
}
