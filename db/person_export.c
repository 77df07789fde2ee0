#include "account_admin.h"
#include "arena.h"
#include "audit.h"
#include "log.h"
#include "person_export.h"
#include "setting.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

#define COLUMNS_MAX 64
#define ROWS_MAX 10000 /* of a table by one key; there are fewer, since jobs delete old ones */

/* Whose rows: of the account, of one of its users, or of the member to whom no other person is
 * bound. */
struct export_key {
	int32_t tenant_id;
	struct uuid account_id;
	int32_t wechat_user_id, app_id, member_id; /* 0: none */
	const char *openid;
	int64_t wait_s;
};

/* The values of a row, in the order of the table's exported columns. */
struct export_row {
	int32_t tenant_id;
	struct uuid row_uuid;
	const char *values[COLUMNS_MAX];
};

struct export_column {
	const char *name;
	enum { SHOWN_AS_TEXT, SHOWN_BARE, SHOWN_OPENED } form;
	bool is_internal;
};

/* Between two exports for a person. */
#define PAUSE "INTERVAL 1 HOUR"

#define KEY(member, type) COLUMN(struct export_key, member, type)
#define USER_COLUMNS                                                                            \
	COLUMNS(KEY(tenant_id, INT32), KEY(account_id, UUID), KEY(wechat_user_id, INT32),       \
		KEY(app_id, REF), KEY(member_id, REF), KEY(openid, STR))
/* A member to whom another person is bound, too, may be that one. */
#define OWN_MEMBER                                                                              \
	"IF(EXISTS (SELECT 1 FROM wechat_user o WHERE o.tenant_id = u.tenant_id "               \
	"AND o.member_id = u.member_id AND o.id <> u.id "                                       \
	"AND NOT COALESCE(o.account_id = u.account_id, FALSE)), NULL, u.member_id)"
#define SELECT_USER                                                                             \
	"SELECT u.tenant_id, u.account_id, u.id, u.app_id, " OWN_MEMBER ", u.openid FROM "

/* PLACE_account_id and the like: where a column is among the values of its table. */
#define EXPORT_BEGIN(table, key, key_column) enum {
#define EXPORT_COLUMN(table, column, type, mark) PLACE_OF_##type(PLACE_##table##_##column)
#define EXPORT_END(table, key, key_column)                                                      \
	N_OF_##table };                                                                         \
	_Static_assert((int)N_OF_##table <= COLUMNS_MAX, "too many columns");
#define PLACE_OF_ROW_UUID(place)
#define PLACE_OF_APP(place) place,
#define PLACE_OF_BOOL(place) place,
#define PLACE_OF_NUMBER(place) place,
#define PLACE_OF_SEALED(place) place,
#define PLACE_OF_TEXT(place) place,
#define PLACE_OF_TIME(place) place,
#define PLACE_OF_UUID(place) place,
#include "personal_tables.inc"

/* How a column is read. Whatever is not sealed becomes a text in the SELECT. */
#define VALUE(table, name) values[PLACE_##table##_##name]
#define READ_TEXT(table, name) COLUMN(struct export_row, VALUE(table, name), STR),
#define READ_ROW_UUID(table, name) COLUMN(struct export_row, row_uuid, UUID),
#define READ_SEALED(table, name) SEALED(struct export_row, VALUE(table, name), #table, #name),
#define READ_APP READ_TEXT
#define READ_BOOL READ_TEXT
#define READ_NUMBER READ_TEXT
#define READ_TIME READ_TEXT
#define READ_UUID READ_TEXT
#define EXPORT_BEGIN(table, key, key_column)                                                    \
	static const struct column columns_of_##table[] = {                                     \
		COLUMN(struct export_row, tenant_id, INT32),
#define EXPORT_COLUMN(table, column, type, mark) READ_##type(table, column)
#define EXPORT_END(table, key, key_column)                                                      \
	{.kind = COLUMN_END_OF_TABLE}                                                           \
	};
#include "personal_tables.inc"

/* And how it is shown. */
#define SHOW_TEXT(table, name, is_internal_) {#name, SHOWN_AS_TEXT, is_internal_},
#define SHOW_BARE(table, name, is_internal_) {#name, SHOWN_BARE, is_internal_},
#define SHOW_SEALED(table, name, is_internal_) {#name, SHOWN_OPENED, is_internal_},
#define SHOW_ROW_UUID(table, name, is_internal_)
#define SHOW_APP SHOW_TEXT
#define SHOW_BOOL SHOW_BARE
#define SHOW_NUMBER SHOW_BARE
#define SHOW_TIME SHOW_TEXT
#define SHOW_UUID SHOW_TEXT
#define IS_INTERNAL_EXPORTED false
#define IS_INTERNAL_INTERNAL true
#define IS_INTERNAL_TECHNICAL false
#define EXPORT_BEGIN(table, key, key_column)                                                    \
	static const struct export_column shown_of_##table[] = {
#define EXPORT_COLUMN(table, column, type, mark) SHOW_##type(table, column, IS_INTERNAL_##mark)
#define EXPORT_END(table, key, key_column) };
#include "personal_tables.inc"

#define SQL_ROW_UUID(table, name) #name
#define SQL_SEALED(table, name) #name
#define SQL_TEXT(table, name) #name
#define SQL_NUMBER(table, name) "CAST(" #name " AS CHAR)"
#define SQL_BOOL(table, name) "ELT(" #name " + 1, 'false', 'true')"
#define SQL_TIME(table, name)                                                                   \
	"CONCAT(LEFT(DATE_FORMAT(" #name ", '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')"
#define SQL_UUID(table, name)                                                                   \
	"LOWER(INSERT(INSERT(INSERT(INSERT(HEX(" #name                                          \
	"), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'))"
#define SQL_APP(table, name)                                                                    \
	"(SELECT appid FROM app WHERE app.id = " #table "." #name " AND app.tenant_id = " #table \
	".tenant_id)"

#define PARAMS_BY_account COLUMNS(KEY(tenant_id, INT32), KEY(account_id, UUID))
#define PARAMS_BY_wechat_user COLUMNS(KEY(tenant_id, INT32), KEY(wechat_user_id, INT32))
#define PARAMS_BY_member COLUMNS(KEY(tenant_id, INT32), KEY(member_id, INT32))
#define PARAMS_BY_openid                                                                        \
	COLUMNS(KEY(tenant_id, INT32), KEY(app_id, INT32), KEY(openid, STR))
#define PARAMS_BY_openid_hash                                                                   \
	COLUMNS(KEY(tenant_id, INT32),                                                          \
		KEYED(struct export_key, openid, REFUSALS, "login_openid"))
#define WHERE_BY_account(column) #column " = ?"
#define WHERE_BY_wechat_user(column) #column " = ?"
#define WHERE_BY_member(column) #column " = ?"
#define WHERE_BY_openid(column) "app_id = ? AND openid = ?"
#define WHERE_BY_openid_hash(column) "openid_hash = ?"

enum {
#define EXPORT_BEGIN(table, key, key_column) EXPORT_##table,
#include "personal_tables.inc"
	N_TABLES,
	USERS = N_TABLES, USER, LOOK, TAKE,
};

static const struct stmt statements[] = {
#define EXPORT_BEGIN(table, key, key_column) [EXPORT_##table] = {.text = "SELECT tenant_id"
#define EXPORT_COLUMN(table, column, type, mark) ", " SQL_##type(table, column)
#define EXPORT_END(table, key, key_column)                                                      \
	" FROM " #table " WHERE tenant_id = ? AND " WHERE_BY_##key(key_column)                  \
	" LIMIT " STMT_NUMBER(ROWS_MAX),                                                        \
	.params = PARAMS_BY_##key, .columns = columns_of_##table,                               \
	.row_size = sizeof(struct export_row)},
#include "personal_tables.inc"
	[USERS] = {
		.text = SELECT_USER "wechat_user u WHERE u.tenant_id = ? AND u.account_id = ? "
			"ORDER BY u.id LIMIT 1000",
		.params = PARAMS_BY_account,
		.columns = USER_COLUMNS,
		.row_size = sizeof(struct export_key),
	},
	[USER] = {
		.text = SELECT_USER "wechat_user u WHERE u.tenant_id = ? AND u.id = ?",
		.params = PARAMS_BY_wechat_user,
		.columns = USER_COLUMNS,
		.row_size = sizeof(struct export_key),
	},
	[LOOK] = {
		.text = "SELECT CAST(CEILING(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), "
			"exported_at + " PAUSE ") / 1000000) AS SIGNED) FROM account "
			"WHERE tenant_id = ? AND id = ? "
			"AND exported_at > UTC_TIMESTAMP(6) - " PAUSE,
		.params = PARAMS_BY_account,
		.columns = COLUMNS(KEY(wait_s, INT64)),
	},
	[TAKE] = {
		.text = "UPDATE account SET exported_at = UTC_TIMESTAMP(6) "
			"WHERE tenant_id = ? AND id = ? "
			"AND COALESCE(exported_at <= UTC_TIMESTAMP(6) - " PAUSE ", TRUE)",
		.params = PARAMS_BY_account,
	},
};

const struct stmt_table person_export_statements = STMT_TABLE(statements);

enum key { BY_account, BY_wechat_user, BY_openid, BY_openid_hash, BY_member };

static const struct table {
	const char *name;
	enum key key;
	const struct export_column *columns;
	size_t n_columns;
} tables[] = {
#define EXPORT_BEGIN(table, key, key_column)                                                    \
	[EXPORT_##table] = {#table, BY_##key, shown_of_##table, (size_t)N_OF_##table},
#include "personal_tables.inc"
};

/* ---- The rows. */

struct export {
	bool shows_internal;
	const struct export_key *users;
	size_t n_users;
	const struct export_reader *reader;
};

/* A sealed column that is NULL was read as "". */
static struct exported_value export_value(const struct export_column *column, const char *text)
{
	return (struct exported_value){
		.name = column->name,
		.text = column->form == SHOWN_OPENED && str_is_empty(text) ? NULL : text,
		.is_bare = column->form == SHOWN_BARE,
	};
}

static void export_row(
	const struct export *export, const struct table *table, const struct export_row *row)
{
	struct exported_value values[COLUMNS_MAX];
	struct exported_row shown = {.values = values};

	for (size_t i = 0; i < table->n_columns; i++) {
		const struct export_column *column = &table->columns[i];

		if (!column->is_internal || export->shows_internal)
			values[shown.n_values++] = export_value(column, row->values[i]);
	}
	if (shown.n_values > 0)
		export->reader->row(export->reader->ctx, &shown);
}

static enum err export_by_key(struct db *db, const struct export *export,
	const struct table *table, const struct export_key *key)
{
	const struct export_row *rows;
	void *found;
	size_t n;
	enum err err = stmt_all(db, &statements[table - tables], key, &found, &n);

	if (err != ERR_NONE)
		return err;
	if (n == ROWS_MAX) {
		log_error("an export has more than %d rows of %s", ROWS_MAX, table->name);
		return ERR_INTERNAL;
	}
	rows = found;
	for (size_t i = 0; i < n; i++)
		export_row(export, table, &rows[i]);
	return ERR_NONE;
}

/* Two users may be bound to one member. */
static bool has_key(const struct export *export, const struct table *table, size_t i)
{
	const struct export_key *users = export->users;

	if (table->key != BY_member)
		return true;
	for (size_t j = 0; j < i; j++)
		if (users[j].member_id == users[i].member_id)
			return false;
	return users[i].member_id != 0;
}

static enum err export_table(
	struct db *db, const struct export *export, const struct table *table)
{
	enum err err = ERR_NONE;

	export->reader->table(export->reader->ctx, table->name);
	if (table->key == BY_account)
		return export_by_key(db, export, table, &export->users[0]);
	for (size_t i = 0; i < export->n_users && err == ERR_NONE; i++)
		if (has_key(export, table, i))
			err = export_by_key(db, export, table, &export->users[i]);
	return err;
}

enum err person_export_look(struct db *db, const struct person *person, int64_t *wait_s_r)
{
	struct export_key key = {
		.tenant_id = person->tenant_id, .account_id = person->account_id,
	};
	enum err err = stmt_need(db, &statements[LOOK], &key, &key, ERR_ABSENT);

	*wait_s_r = key.wait_s;
	return err == ERR_ABSENT ? ERR_NONE : err;
}

struct export_audit {
	const struct person *person;
	const char *actor;
	bool shows_internal;
};

static enum err write_audit(struct db *db, const struct export_audit *audit)
{
	const struct person *person = audit->person;
	char id[UUID_TEXT_SIZE];
	struct audit_entry entry = {
		.tenant_id = person->tenant_id, .action = "user.export", .actor = audit->actor,
		.subject = id,
		.details = audit->shows_internal ? "{\"internal\":true}" : "{\"internal\":false}",
	};

	if (uuid_is_nil(person->account_id))
		entry.subject = arena_printf(db->arena, "user %d", person->wechat_user_id);
	else
		uuid_format(person->account_id, id);
	return audit_write(db, &entry);
}

static enum err audit_export(struct db *db, void *ctx)
{
	const struct export_audit *audit = ctx;
	const struct export_key key = {
		.tenant_id = audit->person->tenant_id, .account_id = audit->person->account_id,
	};
	enum err err = audit->person->is_asking
		? stmt_change(db, &statements[TAKE], &key, ERR_RATE)
		: ERR_NONE;

	if (err == ERR_RATE)
		return db_refuse(db, err, "another request was the first of the hour");
	return err == ERR_NONE ? write_audit(db, audit) : err;
}

/* Finds the users, and returns ERR_USER_UNKNOWN if there is none. */
static enum err export_begin(
	struct db *db, const struct person *person, struct export *export)
{
	const struct export_key key = {
		.tenant_id = person->tenant_id, .account_id = person->account_id,
		.wechat_user_id = person->wechat_user_id,
	};
	const int users = uuid_is_nil(person->account_id) ? USER : USERS;
	void *rows;
	enum err err = setting_bool(db, person->tenant_id, SETTING_export_internal,
		&export->shows_internal);

	if (err == ERR_NONE)
		err = stmt_all(db, &statements[users], &key, &rows, &export->n_users);
	if (err != ERR_NONE)
		return err;
	export->users = rows;
	return export->n_users == 0 ? ERR_USER_UNKNOWN : ERR_NONE;
}

/* The audit comes last, so that a failure does not spend the hour. */
enum err person_export(struct db *db, const struct person *person, const char *actor,
	const struct export_reader *reader)
{
	struct export export = {.reader = reader};
	struct export_audit audit = {.person = person, .actor = actor};
	enum err err = export_begin(db, person, &export);

	for (size_t i = 0; i < N_TABLES && err == ERR_NONE; i++)
		err = export_table(db, &export, &tables[i]);
	audit.shows_internal = export.shows_internal;
	return err == ERR_NONE ? transaction_run(db, audit_export, &audit) : err;
}
