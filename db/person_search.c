#include "arena.h"
#include "confirmed_phone.h"
#include "person_search.h"
#include "stmt.h"
#include "str.h"

struct search_row {
	int32_t tenant_id, id;
	const char *openid, *unionid, *phone, *external_id, *source;
	struct uuid account_id;
};

#define ROW(member, type) COLUMN(struct search_row, member, type)
#define SEARCH(CONDITION, ...)                                                                  \
	{                                                                                       \
		.text = "SELECT id FROM wechat_user WHERE tenant_id = ? AND " CONDITION         \
			" ORDER BY id LIMIT " STMT_NUMBER(PERSON_SEARCH_MAX),                   \
		.params = COLUMNS(ROW(tenant_id, INT32), __VA_ARGS__),                          \
		.columns = search_columns, .row_size = sizeof(struct search_row),               \
		.reads_again = true,                                                            \
	}

static const struct column search_columns[] = {
	ROW(id, INT32),
	{.kind = COLUMN_END_OF_TABLE},
};

enum { BY_OPENID, BY_UNIONID, BY_ACCOUNT, BY_PHONE, BY_EXTERNAL_ID };

static const struct stmt statements[] = {
	[BY_OPENID] = SEARCH("openid = ?", ROW(openid, STR)),
	[BY_UNIONID] = SEARCH("unionid = ?", ROW(unionid, STR)),
	[BY_ACCOUNT] = SEARCH("account_id = COALESCE((SELECT account_id FROM account_alias "
			      "WHERE tenant_id = ? AND alias = ?), ?)",
		ROW(tenant_id, INT32), ROW(account_id, UUID), ROW(account_id, UUID)),
	[BY_PHONE] = SEARCH(
		"phone_hash = ?", FOUND_BY(struct search_row, phone, LOOKUP, "phone")),
	[BY_EXTERNAL_ID] = {
		.text = "SELECT DISTINCT u.id FROM external_id x JOIN wechat_user u "
			"ON u.tenant_id = x.tenant_id AND u.account_id = x.account_id "
			"WHERE x.tenant_id = ? AND x.external_id = ? "
			"AND (? IS NULL OR x.source = ?) "
			"ORDER BY u.id LIMIT " STMT_NUMBER(PERSON_SEARCH_MAX),
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(external_id, STR),
			ROW(source, STR), ROW(source, STR)),
		.columns = search_columns, .row_size = sizeof(struct search_row),
		.reads_again = true,
	},
};

const struct stmt_table person_search_statements = STMT_TABLE(statements);

static enum err person_search(struct db *db, const struct stmt *stmt,
	const struct search_row *key, int32_t **ids_r, size_t *n_ids_r)
{
	const struct search_row *found;
	void *rows;
	enum err err = stmt_all(db, stmt, key, &rows, n_ids_r);

	if (err != ERR_NONE)
		return err;
	found = rows;
	*ids_r = arena_array(db->arena, int32_t, *n_ids_r);
	for (size_t i = 0; i < *n_ids_r; i++)
		(*ids_r)[i] = found[i].id;
	return ERR_NONE;
}

/* Nobody has what cannot be an openid or unionid. */
enum err person_search_openid(struct db *db, int32_t tenant_id, const char *openid,
	int32_t **ids_r, size_t *n_ids_r)
{
	const struct search_row key = {.tenant_id = tenant_id, .openid = openid};

	*n_ids_r = 0;
	return str_is_openid(openid)
		? person_search(db, &statements[BY_OPENID], &key, ids_r, n_ids_r)
		: ERR_NONE;
}

enum err person_search_unionid(struct db *db, int32_t tenant_id, const char *unionid,
	int32_t **ids_r, size_t *n_ids_r)
{
	const struct search_row key = {.tenant_id = tenant_id, .unionid = unionid};

	*n_ids_r = 0;
	return str_is_openid(unionid)
		? person_search(db, &statements[BY_UNIONID], &key, ids_r, n_ids_r)
		: ERR_NONE;
}

enum err person_search_account(struct db *db, int32_t tenant_id, struct uuid account_id,
	int32_t **ids_r, size_t *n_ids_r)
{
	const struct search_row key = {.tenant_id = tenant_id, .account_id = account_id};

	return person_search(db, &statements[BY_ACCOUNT], &key, ids_r, n_ids_r);
}

enum err person_search_phone(struct db *db, int32_t tenant_id, const char *phone,
	int32_t **ids_r, size_t *n_ids_r)
{
	struct uuid holder;
	enum err err;

	*n_ids_r = 0;
	do {
		err = confirmed_phone_find_holder(db, tenant_id, phone, &holder);
	} while (err == ERR_NONE && uuid_is_nil(holder) && conn_may_find_more(db));
	return err == ERR_NONE && !uuid_is_nil(holder)
		? person_search_account(db, tenant_id, holder, ids_r, n_ids_r)
		: err;
}

enum err person_search_profile_phone(struct db *db, int32_t tenant_id, const char *phone,
	int32_t **ids_r, size_t *n_ids_r)
{
	const struct search_row key = {.tenant_id = tenant_id, .phone = phone};

	return person_search(db, &statements[BY_PHONE], &key, ids_r, n_ids_r);
}

enum err person_search_external_id(struct db *db, int32_t tenant_id, const struct external_id *id,
	int32_t **ids_r, size_t *n_ids_r)
{
	const struct search_row key = {
		.tenant_id = tenant_id, .external_id = id->id, .source = id->source,
	};

	return person_search(db, &statements[BY_EXTERNAL_ID], &key, ids_r, n_ids_r);
}
