#include "account_admin.h"
#include "person_find.h"
#include "stmt.h"
#include "str.h"

struct person_key {
	int32_t tenant_id, id;
	const char *openid;
};

#define KEY(member, type) COLUMN(struct person_key, member, type)
#define FIND(FROM, ...)                                                                         \
	{                                                                                       \
		.text = "SELECT u.tenant_id, u.id FROM " FROM " AND u.account_id IS NULL "      \
			"LIMIT 2",                                                              \
		.reads_again = true, .any_tenant = STMT_OF_OPERATOR, .user = DB_USER_CONTROL,   \
		.params = COLUMNS(__VA_ARGS__),                                                 \
		.columns = COLUMNS(KEY(tenant_id, INT32), KEY(id, INT32)),                      \
		.row_size = sizeof(struct person_key)                                           \
	}

#define USER(member, type) COLUMN(struct person_user, member, type)

enum { BY_ID, BY_OPENID, USER_BY_ID };

static const struct stmt statements[] = {
	[BY_ID] = FIND("wechat_user u WHERE u.id = ?", KEY(id, INT32)),
	[BY_OPENID] = FIND("tenant t JOIN wechat_user u ON u.tenant_id = t.id "
		"WHERE u.openid = ?", KEY(openid, STR)),
	[USER_BY_ID] = {
		.text = "SELECT u.tenant_id, u.openid, a.id, COALESCE(a.appid, '') "
			"FROM wechat_user u LEFT JOIN app a ON a.tenant_id = u.tenant_id "
			"AND a.id = COALESCE(u.app_id, "
			"(SELECT MIN(id) FROM app WHERE tenant_id = u.tenant_id)) WHERE u.id = ?",
		.reads_again = true, .any_tenant = STMT_OF_OPERATOR, .user = DB_USER_CONTROL,
		.params = COLUMNS(USER(id, INT32)),
		.columns = COLUMNS(USER(tenant_id, INT32), USER(openid, STR), USER(app_id, REF),
			USER(appid, STR)),
	},
};

const struct stmt_table person_find_statements = STMT_TABLE(statements);

static enum err find_by(struct db *db, const struct stmt *stmt, const struct person_key *key,
	struct person *person_r)
{
	const struct person_key *user;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, stmt, key, &rows, &n);

	if (err != ERR_NONE)
		return err;
	if (n != 1)
		return n == 0 ? ERR_USER_UNKNOWN : ERR_PARAMETER;
	user = rows;
	*person_r = (struct person){.tenant_id = user->tenant_id, .wechat_user_id = user->id};
	return ERR_NONE;
}

static enum err find_without_account(struct db *db, const char *name, struct person *person_r)
{
	struct person_key key = {.openid = name};
	enum err err = ERR_USER_UNKNOWN;

	if (str_parse_int32(name, &key.id) && key.id > 0)
		err = find_by(db, &statements[BY_ID], &key, person_r);
	if (err == ERR_USER_UNKNOWN && str_is_openid(name))
		err = find_by(db, &statements[BY_OPENID], &key, person_r);
	return err;
}

enum err person_find(struct db *db, const char *name, struct person *person_r)
{
	struct account_ref ref;
	enum err err = account_find(db, name, &ref);

	if (err == ERR_USER_UNKNOWN)
		return find_without_account(db, name, person_r);
	if (err == ERR_NONE)
		*person_r = (struct person){.tenant_id = ref.tenant_id, .account_id = ref.id};
	return err;
}

enum err person_find_user(struct db *db, int32_t id, struct person_user *user_r)
{
	*user_r = (struct person_user){.id = id};
	return stmt_need(db, &statements[USER_BY_ID], user_r, user_r, ERR_USER_UNKNOWN);
}
