#include "arena.h"
#include "encoding.h"
#include "login_refusal.h"
#include "stmt.h"
#include "str.h"

#define REASON_CHARS 160
#define SHOWN_HASH_SIZE 4
#define END_US INT64_C(253402300799999999) /* of the year 9999 */

struct refusal_row {
	int32_t tenant_id, app_id;
	const char *openid, *openid_masked, *address;
	uint8_t address_hash[CRYPTO_HASH_SIZE];
	struct login_refusal refusal;
	struct login_refusal_filter filter;
};

#define ROW(member, type) COLUMN(struct refusal_row, member, type)
#define OPENID_HASH KEYED(struct refusal_row, openid, REFUSALS, "login_openid")

#define OLD                                                                                     \
	"login_refusal FORCE INDEX (login_refusal_age) "                                        \
	"WHERE happened_at <= UTC_TIMESTAMP(6) - INTERVAL " STMT_NUMBER(LOGIN_REFUSAL_DAYS)     \
	" DAY ORDER BY happened_at"

#define SELECT                                                                                  \
	"SELECT r.id, r.tenant_id, a.appid, r.openid_masked, r.is_claimed, r.address_hash, "    \
	"r.error, r.reason, r.request_id, r.happened_at FROM login_refusal r "                  \
	"LEFT JOIN app a ON a.tenant_id = r.tenant_id AND a.id = r.app_id WHERE "
#define PAGE                                                                                    \
	"r.happened_at >= ? AND r.happened_at <= ? AND (r.happened_at < ? OR r.id < ?) "        \
	"ORDER BY r.happened_at DESC, r.id DESC LIMIT ?"
#define PAGE_PARAMS                                                                             \
	ROW(filter.since_us, TIME), ROW(filter.before_us, TIME), ROW(filter.before_us, TIME),   \
		ROW(filter.before_id, INT64), ROW(filter.n_most, INT32)
#define REFUSAL                                                                                 \
	ROW(refusal.id, INT64), ROW(refusal.tenant_id, REF), ROW(refusal.appid, STR),           \
		ROW(refusal.openid, STR), ROW(refusal.is_claimed, BOOL),                        \
		ROW(address_hash, HASH), ROW(refusal.error, STR), ROW(refusal.reason, STR),     \
		ROW(refusal.request_id, STR), ROW(refusal.happened_us, TIME)
#define LIST(CONDITION, ...)                                                                    \
	{                                                                                       \
		.text = SELECT "r.tenant_id = ? AND " CONDITION PAGE,                           \
		.params = COLUMNS(ROW(tenant_id, INT32), ##__VA_ARGS__, PAGE_PARAMS),              \
		.columns = COLUMNS(REFUSAL), .row_size = sizeof(struct refusal_row),            \
		.user = DB_USER_ADMIN,                                                          \
	}

enum { ADD, OF_OPENID, OF_REQUEST, OF_REQUEST_IN_TENANT, OF_APP, OF_TENANT, OF_ALL, PURGE };

static const struct stmt statements[] = {
	[ADD] = {
		.text = "INSERT INTO login_refusal (tenant_id, app_id, openid_hash, "
			"openid_masked, is_claimed, address_hash, error, reason, request_id, "
			"happened_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(ROW(tenant_id, REF), ROW(app_id, REF), OPENID_HASH,
			ROW(openid_masked, STR), ROW(refusal.is_claimed, BOOL),
			KEYED(struct refusal_row, address, REFUSALS, "login_address"),
			ROW(refusal.error, STR), ROW(refusal.reason, STR),
			ROW(refusal.request_id, STR)),
	},
	[OF_OPENID] = LIST("r.openid_hash = ? AND ", OPENID_HASH),
	[OF_REQUEST] = {
		.text = SELECT "r.request_id = ? AND " PAGE,
		.params = COLUMNS(ROW(filter.request_id, STR), PAGE_PARAMS),
		.columns = COLUMNS(REFUSAL),
		.row_size = sizeof(struct refusal_row),
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
	},
	[OF_REQUEST_IN_TENANT] = LIST("r.request_id = ? AND ", ROW(filter.request_id, STR)),
	[OF_APP] = LIST("r.app_id = ? AND ", ROW(app_id, INT32)),
	[OF_TENANT] = LIST(""),
	[OF_ALL] = {
		.text = SELECT PAGE,
		.params = COLUMNS(PAGE_PARAMS),
		.columns = COLUMNS(REFUSAL),
		.row_size = sizeof(struct refusal_row),
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
	},
	[PURGE] = STMT_PURGE("login_refusal", "id", OLD, "login_refusal.id = old.id"),
};

const struct stmt_table login_refusal_statements = STMT_TABLE(statements);

/* Returns NULL for an openid that there is none of. */
static const char *masked(struct db *db, const char *openid)
{
	char *text;

	if (str_is_empty(openid))
		return NULL;
	text = arena_alloc(db->arena, STR_MASKED_SIZE);
	str_mask(openid, text);
	return text;
}

static const char *cut_reason(struct db *db, const char *reason)
{
	return reason == NULL
		? NULL
		: arena_printf(db->arena, "%.*s",
			  (int)str_size_of_chars(reason, REASON_CHARS), reason);
}

enum err login_refusal_add(struct db *db, const struct refused_login *refused)
{
	const struct refusal_row row = {
		.tenant_id = refused->tenant_id,
		.app_id = refused->app_id,
		.openid = refused->openid,
		.openid_masked = masked(db, refused->openid),
		.address = refused->address,
		.refusal = {
			.is_claimed = refused->is_claimed,
			.error = err_name(refused->err),
			.reason = cut_reason(db, refused->reason),
			.request_id = refused->request_id,
		},
	};

	return stmt_write(db, &statements[ADD], &row);
}

static const struct stmt *list_of_tenant(const struct login_refusal_filter *filter)
{
	if (filter->openid != NULL)
		return &statements[OF_OPENID];
	if (filter->request_id != NULL)
		return &statements[OF_REQUEST_IN_TENANT];
	return &statements[filter->app_id != 0 ? OF_APP : OF_TENANT];
}

static const char *shown_address(struct db *db, const struct refusal_row *row)
{
	static const uint8_t none[CRYPTO_HASH_SIZE];
	char *hex;

	if (memcmp(row->address_hash, none, sizeof(none)) == 0)
		return NULL;
	hex = arena_alloc(db->arena, 2 * SHOWN_HASH_SIZE + 1);
	encode_hex(row->address_hash, SHOWN_HASH_SIZE, hex);
	return hex;
}

static enum err list(struct db *db, const struct stmt *stmt,
	const struct login_refusal_filter *filter, const struct login_refusal **refusals_r,
	size_t *n_r)
{
	struct refusal_row params = {
		.tenant_id = filter->tenant_id, .app_id = filter->app_id,
		.openid = filter->openid, .filter = *filter,
	};
	struct login_refusal *refusals;
	const struct refusal_row *rows;
	void *found;
	enum err err;

	if (params.filter.since_us == 0)
		params.filter.since_us = 1;
	if (params.filter.before_us == 0) {
		params.filter.before_us = END_US;
		params.filter.before_id = INT64_MAX;
	}
	err = stmt_all(db, stmt, &params, &found, n_r);
	if (err != ERR_NONE)
		return err;
	rows = found;
	refusals = arena_array(db->arena, struct login_refusal, *n_r);
	for (size_t i = 0; i < *n_r; i++) {
		refusals[i] = rows[i].refusal;
		refusals[i].address = shown_address(db, &rows[i]);
	}
	*refusals_r = refusals;
	return ERR_NONE;
}

enum err login_refusal_list_of_tenant(struct db *db, const struct login_refusal_filter *filter,
	const struct login_refusal **refusals_r, size_t *n_r)
{
	return list(db, list_of_tenant(filter), filter, refusals_r, n_r);
}

enum err login_refusal_list(struct db *db, const struct login_refusal_filter *filter,
	const struct login_refusal **refusals_r, size_t *n_r)
{
	if (filter->tenant_id != 0)
		return login_refusal_list_of_tenant(db, filter, refusals_r, n_r);
	return list(db, &statements[filter->request_id != NULL ? OF_REQUEST : OF_ALL], filter,
		refusals_r, n_r);
}

enum err login_refusal_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
