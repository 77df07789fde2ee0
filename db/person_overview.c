#include <stdlib.h>

#include "api_key.h"
#include "arena.h"
#include "clock.h"
#include "consent.h"
#include "login_refusal.h"
#include "member.h"
#include "person_find.h"
#include "person_overview.h"
#include "person_view.h"
#include "resident.h"
#include "stmt.h"
#include "str.h"
#include "tenant.h"
#include "token_row.h"
#include "user_row.h"

#define DAY_US (24 * 3600 * CLOCK_SECOND_US)

/* The account, and the key of all that belongs to it. */
struct overview_row {
	struct person_overview overview;
	int32_t user_id;
	bool is_active, is_deleted;
	uint8_t confirmed_hash[CRYPTO_HASH_SIZE];
	const char *former_ids;
	struct overview_phone *phones; /* of the overview, to be added to */
	int64_t now_us;
};

#define ROW(member, type) COLUMN(struct overview_row, member, type)
#define OVERVIEW(member, type) ROW(overview.member, type)
#define USER(member, type) COLUMN(struct overview_user, member, type)
#define UNIONID(member, type) COLUMN(struct overview_unionid, member, type)
#define TOKENS(member, type) COLUMN(struct overview_tokens, member, type)
#define SESSION(member, type) COLUMN(struct overview_session, member, type)
#define MEMBER(member_, type) COLUMN(struct member, member_, type)
#define RESIDENT(member, type) COLUMN(struct resident, member, type)
#define CONSENT(member, type) COLUMN(struct consent, member, type)
#define EXTERNAL(member, type) COLUMN(struct overview_external_id, member, type)
#define MERGE(member, type) COLUMN(struct overview_merge, member, type)

#define FLAG_NAME(name) "COALESCE(a." #name " + 2, 1), " /* an enum account_flag */
#define FLAG_COLUMN(name) OVERVIEW(flags.name, INT32),
#define MOST " LIMIT " STMT_NUMBER(OVERVIEW_MAX)
#define LATEST " LIMIT " STMT_NUMBER(OVERVIEW_LATEST)

/* The users u: of the account, or one who has none. */
#define OF_ACCOUNT "u.tenant_id = ? AND u.account_id = ? "
#define ALONE "u.tenant_id = ? AND u.id = ? AND u.account_id IS NULL "
#define KEY OVERVIEW(tenant_id, INT32), OVERVIEW(account_id, UUID)
#define KEY_ALONE OVERVIEW(tenant_id, INT32), ROW(user_id, INT32)
#define READ(MODEL, TEXT, COLUMNS_, ...)                                                        \
	{                                                                                       \
		.text = TEXT, .user = DB_USER_ADMIN, .params = COLUMNS(__VA_ARGS__),          \
		.columns = COLUMNS_, .row_size = sizeof(MODEL)                                  \
	}
#define READ_USERS(WHOSE, ...)                                                                  \
	READ(struct overview_user,                                                              \
		"SELECT u.id, u.tenant_id, u.row_uuid, app.appid, app.kind, u.openid, "         \
		"u.unionid, u.name, u.phone, u.member_id, u.is_following, u.created_at, "       \
		USER_ROW_LOGIN_AT("u.") ", (SELECT MIN(e.happened_at) FROM push_event e "       \
		"WHERE e.tenant_id = ? AND e.app_id = u.app_id AND e.openid = u.openid "        \
		"AND e.state = 1) FROM wechat_user u LEFT JOIN app ON app.id = u.app_id "       \
		"AND app.tenant_id = u.tenant_id WHERE " WHOSE "ORDER BY u.id" MOST,            \
		user_columns, OVERVIEW(tenant_id, INT32), __VA_ARGS__)
#define READ_MEMBERS(WHOSE, ...)                                                                \
	READ(struct member,                                                                     \
		"SELECT DISTINCT m.id, m.tenant_id, m.row_uuid, m.name, m.phone, m.card_state " \
		"FROM wechat_user u JOIN member m ON m.id = u.member_id "                       \
		"AND m.tenant_id = u.tenant_id WHERE " WHOSE "ORDER BY m.id" MOST,              \
		member_columns, __VA_ARGS__)
/* The tokens t of the account a, of which none but the last one of its family was not renewed. */
#define LAST_TOKENS                                                                             \
	"FROM account a JOIN wechat_user u ON u.account_id = a.id "                             \
	"JOIN access_token t ON t.wechat_user_id = u.id LEFT JOIN app ON app.id = u.app_id "    \
	"AND app.tenant_id = u.tenant_id " TOKEN_OPENER                                        \
	"WHERE a.tenant_id = ? AND a.id = ? AND t.rotated_at IS NULL "
#define IS_LIVE "t.expires_at > UTC_TIMESTAMP(6)"

/* The numbers of enum session_state. */
#define SESSION_STATE                                                                           \
	"CASE WHEN t.revoked_at IS NOT NULL OR t.security_stamp <> a.security_stamp "           \
	"OR NOT " TOKEN_OPENER_IS_VALID " THEN 3 "                                              \
	"WHEN " IS_LIVE " THEN 0 WHEN " TOKEN_IS_RENEWABLE("t.") " THEN 1 ELSE 2 END"
_Static_assert(SESSION_LIVE == 0 && SESSION_RENEWABLE == 1 && SESSION_EXPIRED == 2 &&
		SESSION_ENDED == 3,
	"SQL does not know the enum");

static const struct column user_columns[] = {
	USER(id, INT32),
	USER(tenant_id, INT32),
	USER(row_uuid, UUID),
	USER(appid, STR),
	USER(kind, REF),
	USER(openid, STR),
	USER(unionid, STR),
	USER(name, STR),
	SEALED_LIKE(struct overview_user, phone, "wechat_user", "phone"),
	USER(member_id, REF),
	USER(is_following, BOOL),
	USER(created_us, TIME),
	USER(login_us, TIME),
	USER(revoked_us, TIME),
	{.kind = COLUMN_END_OF_TABLE},
};

static const struct column member_columns[] = {
	MEMBER(id, INT32),
	MEMBER(tenant_id, INT32),
	MEMBER(row_uuid, UUID),
	MEMBER(name, STR),
	SEALED_LIKE(struct member, phone, "member", "phone"),
	MEMBER(card_state, INT32),
	{.kind = COLUMN_END_OF_TABLE},
};

enum {
	WHOSE,
	ACCOUNT,
	USERS,
	USERS_ALONE,
	MEMBERS,
	MEMBERS_ALONE,
	RESIDENTS,
	UNIONIDS,
	LIVE_TOKENS,
	SESSIONS,
	CONSENTS,
	EXTERNAL_IDS,
	MERGES,
};

static const struct stmt statements[] = {
	[WHOSE] = {
		.text = "SELECT account_id, " TENANT_DISABLED_AT("wechat_user.tenant_id")
			" FROM wechat_user WHERE tenant_id = ? AND id = ?",
		.reads_again = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(KEY_ALONE),
		.columns = COLUMNS(
			OVERVIEW(account_id, UUID), OVERVIEW(tenant_disabled_us, TIME)),
	},
	/* An account that a disabled one was merged into is disabled since that one was. */
	[ACCOUNT] = {
		.text = "SELECT a.is_active, a.is_deleted, a.is_risk, a.created_at, a.erases_at, "
			"COALESCE(a.disabled_at, (SELECT MAX(m.disabled_at) FROM account_alias l "
			"JOIN account m ON m.id = l.alias WHERE l.account_id = a.id)), "
			"IF(a.is_lockout_enabled AND a.lockout_end > UTC_TIMESTAMP(6), "
			"a.lockout_end, NULL), a.confirmed_phone_hash, a.confirmed_phone_at, "
			"a.confirmed_phone_source, "
			"(SELECT COUNT(*) FROM membership WHERE account_id = a.id), "
			ACCOUNT_CUSTOMER_FLAGS(FLAG_NAME) PERSON_VIEW_FORMER_IDS
			", UTC_TIMESTAMP(6), " TENANT_DISABLED_AT("a.tenant_id")
			" FROM account a WHERE a.tenant_id = ? AND a.id = ?",
		.reads_again = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(KEY),
		.columns = COLUMNS(ROW(is_active, BOOL), ROW(is_deleted, BOOL),
			OVERVIEW(is_risk, BOOL), OVERVIEW(created_us, TIME),
			OVERVIEW(erases_us, TIME), OVERVIEW(disabled_us, TIME),
			OVERVIEW(lockout_us, TIME), ROW(confirmed_hash, HASH),
			OVERVIEW(confirmed_us, TIME), OVERVIEW(confirmed_by, REF),
			OVERVIEW(n_memberships, INT32), ACCOUNT_CUSTOMER_FLAGS(FLAG_COLUMN)
			ROW(former_ids, STR), ROW(now_us, TIME),
			OVERVIEW(tenant_disabled_us, TIME)),
	},
	[USERS] = READ_USERS(OF_ACCOUNT, KEY),
	[USERS_ALONE] = READ_USERS(ALONE, KEY_ALONE),
	[MEMBERS] = READ_MEMBERS(OF_ACCOUNT, KEY),
	[MEMBERS_ALONE] = READ_MEMBERS(ALONE, KEY_ALONE),
	[RESIDENTS] = READ(struct resident,
		"SELECT r.tenant_id, r.row_uuid, r.wechat_user_id, r.phone FROM wechat_user u "
		"JOIN resident r ON r.wechat_user_id = u.id AND r.tenant_id = u.tenant_id "
		"WHERE " OF_ACCOUNT "ORDER BY u.id" MOST,
		COLUMNS(RESIDENT(tenant_id, INT32), RESIDENT(row_uuid, UUID),
			RESIDENT(wechat_user_id, INT32),
			SEALED_LIKE(struct resident, phone, "resident", "phone")), KEY),
	[UNIONIDS] = READ(struct overview_unionid,
		"SELECT p.name, n.unionid, n.created_at FROM account_unionid n "
		"JOIN open_platform p ON p.id = n.open_platform_id AND p.tenant_id = n.tenant_id "
		"WHERE n.tenant_id = ? AND n.account_id = ? ORDER BY p.name" MOST,
		COLUMNS(UNIONID(open_platform, STR), UNIONID(unionid, STR),
			UNIONID(created_us, TIME)), KEY),
	[LIVE_TOKENS] = READ(struct overview_tokens,
		"SELECT app.appid, COUNT(*), MIN(t.expires_at), MAX(t.expires_at) " LAST_TOKENS
		"AND t.revoked_at IS NULL AND " IS_LIVE " AND " TOKEN_IS_OF_ACCOUNT
		" AND " TOKEN_OPENER_IS_VALID
		" GROUP BY app.appid ORDER BY app.appid" MOST,
		COLUMNS(TOKENS(appid, STR), TOKENS(n, INT32), TOKENS(first_expires_us, TIME),
			TOKENS(last_expires_us, TIME)), KEY),
	[SESSIONS] = READ(struct overview_session,
		"SELECT t.family, app.appid, u.id, " SESSION_STATE ", t.began_at, t.issued_at, "
		"t.expires_at, t.api_key_id " LAST_TOKENS
		"ORDER BY t.began_at DESC, t.id DESC" LATEST,
		COLUMNS(SESSION(id, UUID), SESSION(appid, STR), SESSION(user_id, INT32),
			SESSION(state, INT32), SESSION(began_us, TIME), SESSION(renewed_us, TIME),
			SESSION(expires_us, TIME), SESSION(key_id, REF)), KEY),
	[CONSENTS] = READ(struct consent,
		"SELECT document, version, consented_at FROM consent "
		"WHERE tenant_id = ? AND account_id = ? ORDER BY consented_at DESC, id DESC" MOST,
		COLUMNS(CONSENT(document, STR), CONSENT(version, STR),
			CONSENT(consented_us, TIME)), KEY),
	[EXTERNAL_IDS] = READ(struct overview_external_id,
		"SELECT external_id, source, created_at FROM external_id "
		"WHERE tenant_id = ? AND account_id = ? ORDER BY id" MOST,
		COLUMNS(EXTERNAL(external_id, STR), EXTERNAL(source, STR),
			EXTERNAL(created_us, TIME)), KEY),
	[MERGES] = READ(struct overview_merge,
		"SELECT id, merged_id, created_at, undone_at FROM merge_log "
		"WHERE tenant_id = ? AND survivor_id = ? ORDER BY id" MOST,
		COLUMNS(MERGE(id, INT64), MERGE(merged, UUID), MERGE(created_us, TIME),
			MERGE(undone_us, TIME)), KEY),
};

const struct stmt_table person_overview_statements = STMT_TABLE(statements);

/* ---- The account. */

static enum user_state state_of(const struct overview_row *row)
{
	if (row->overview.erases_us != 0)
		return USER_CLOSED;
	if (!row->is_active || row->is_deleted)
		return USER_DISABLED;
	return row->overview.lockout_us != 0 ? USER_LOCKED : USER_ACTIVE;
}

static enum err read_account(struct db *db, struct overview_row *row)
{
	struct person_overview *overview = &row->overview;
	enum err err = stmt_need(db, &statements[ACCOUNT], row, row, ERR_USER_UNKNOWN);

	if (err != ERR_NONE)
		return err;
	overview->state = state_of(row);
	if (overview->state != USER_DISABLED)
		overview->disabled_us = 0;
	overview->former_ids =
		person_view_former_ids(db, row->former_ids, &overview->n_former_ids);
	if (overview->confirmed_us == 0)
		return ERR_NONE;
	return confirmed_phone_counts(db, overview->tenant_id,
		(int32_t)((row->now_us - overview->confirmed_us) / DAY_US),
		&overview->confirmed_counts);
}

struct rows {
	void *items;
	size_t n;
};

/* Reads what belongs to the account. */
static enum err read_lists(struct db *db, struct overview_row *row)
{
	struct person_overview *overview = &row->overview;
	struct rows lists[MERGES + 1] = {0};
	enum err err = ERR_NONE;

	for (int i = UNIONIDS; i <= MERGES && err == ERR_NONE; i++)
		err = stmt_all(db, &statements[i], row, &lists[i].items, &lists[i].n);
	overview->unionids = lists[UNIONIDS].items;
	overview->n_unionids = lists[UNIONIDS].n;
	overview->tokens = lists[LIVE_TOKENS].items;
	overview->n_tokens = lists[LIVE_TOKENS].n;
	overview->sessions = lists[SESSIONS].items;
	overview->n_sessions = lists[SESSIONS].n;
	overview->consents = lists[CONSENTS].items;
	overview->n_consents = lists[CONSENTS].n;
	overview->external_ids = lists[EXTERNAL_IDS].items;
	overview->n_external_ids = lists[EXTERNAL_IDS].n;
	overview->merges = lists[MERGES].items;
	overview->n_merges = lists[MERGES].n;
	return err;
}

/* ---- The users, and what each of them has. */

static void add_phone(struct db *db, struct overview_row *row, struct overview_phone phone)
{
	struct person_overview *overview = &row->overview;

	if (str_is_empty(phone.number))
		return;
	phone.is_confirmed = confirmed_phone_is(
		db, overview->tenant_id, phone.number, row->confirmed_hash);
	row->phones[overview->n_phones++] = phone;
}

static void add_phones(struct db *db, struct overview_row *row, const struct rows *residents)
{
	struct person_overview *overview = &row->overview;
	const struct resident *resident = residents->items;
	const size_t n_most = overview->n_users + residents->n + overview->n_members;

	row->phones = arena_array(db->arena, struct overview_phone, n_most);
	overview->phones = row->phones;
	for (size_t i = 0; i < overview->n_users; i++)
		add_phone(db, row, (struct overview_phone){overview->users[i].phone,
			PHONE_OF_PROFILE, overview->users[i].id, false});
	for (size_t i = 0; i < residents->n; i++)
		add_phone(db, row, (struct overview_phone){resident[i].phone, PHONE_OF_RESIDENT,
			resident[i].wechat_user_id, false});
	for (size_t i = 0; i < overview->n_members; i++)
		add_phone(db, row, (struct overview_phone){overview->members[i].phone,
			PHONE_OF_MEMBER, overview->members[i].id, false});
}

/* Whether a login of one of the users is known. */
static bool has_logged_in(const struct person_overview *overview)
{
	for (size_t i = 0; i < overview->n_users; i++)
		if (overview->users[i].login_us != 0)
			return true;
	return false;
}

static enum err read_users(struct db *db, struct overview_row *row)
{
	struct person_overview *overview = &row->overview;
	const bool is_alone = uuid_is_nil(overview->account_id);
	struct rows users = {0}, members = {0}, residents = {0};
	enum err err = stmt_all(db, &statements[USERS + is_alone], row, &users.items, &users.n);

	if (err == ERR_NONE)
		err = stmt_all(db, &statements[MEMBERS + is_alone], row, &members.items,
			&members.n);
	if (err == ERR_NONE && !is_alone)
		err = stmt_all(
			db, &statements[RESIDENTS], row, &residents.items, &residents.n);
	if (err != ERR_NONE)
		return err;
	overview->users = users.items;
	overview->n_users = users.n;
	if (overview->state == USER_ACTIVE && !has_logged_in(overview))
		overview->state = USER_NEW;
	overview->members = members.items;
	overview->n_members = members.n;
	add_phones(db, row, &residents);
	return ERR_NONE;
}

/* ---- Logins that were refused. */

static int latest_first(const void *a, const void *b)
{
	const struct login_refusal *left = a, *right = b;

	return (left->happened_us < right->happened_us) - (left->happened_us > right->happened_us);
}

/* Adds those of one user to the latest ones. */
static enum err read_refusals_of(struct db *db, struct person_overview *overview,
	const char *openid, struct login_refusal *latest)
{
	const struct login_refusal_filter filter = {
		.tenant_id = overview->tenant_id, .openid = openid, .n_most = OVERVIEW_LATEST,
	};
	const struct login_refusal *found;
	size_t n;
	enum err err = login_refusal_list_of_tenant(db, &filter, &found, &n);

	if (err != ERR_NONE)
		return err;
	memcpy(latest + overview->n_refusals, found, n * sizeof(*found));
	n += overview->n_refusals;
	qsort(latest, n, sizeof(*latest), latest_first);
	overview->n_refusals = n < OVERVIEW_LATEST ? n : OVERVIEW_LATEST;
	return ERR_NONE;
}

static enum err read_refusals(struct db *db, struct person_overview *overview)
{
	struct login_refusal *latest =
		arena_array(db->arena, struct login_refusal, 2 * OVERVIEW_LATEST);
	enum err err = ERR_NONE;

	overview->refusals = latest;
	for (size_t i = 0; i < overview->n_users && err == ERR_NONE; i++)
		err = read_refusals_of(db, overview, overview->users[i].openid, latest);
	return err;
}

enum err person_overview(
	struct db *db, const struct person *person, struct person_overview *overview_r)
{
	struct overview_row row = {
		.overview = {
			.tenant_id = person->tenant_id, .account_id = person->account_id,
			.state = USER_NEW,
		},
		.user_id = person->wechat_user_id,
	};
	bool has_account = !uuid_is_nil(person->account_id);
	enum err err = ERR_NONE;

	if (!has_account) {
		err = stmt_need(db, &statements[WHOSE], &row, &row, ERR_USER_UNKNOWN);
		has_account = !uuid_is_nil(row.overview.account_id);
	}
	if (err == ERR_NONE && has_account)
		err = read_account(db, &row);
	if (err == ERR_NONE)
		err = read_users(db, &row);
	if (err == ERR_NONE && has_account)
		err = read_lists(db, &row);
	if (err == ERR_NONE)
		err = read_refusals(db, &row.overview);
	*overview_r = row.overview;
	return err;
}
