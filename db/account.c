#include "account.h"
#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "encoding.h"
#include "secret.h"
#include "setting.h"
#include "stmt.h"

#define STAMP_SIZE 20
/* Milliseconds from 0001-01-01 to 1970-01-01. */
#define EPOCH_MS 62135596800000

struct new_account {
	struct uuid id;
	int32_t tenant_id;
	const char *email, *phone;
	int32_t trial_days;
	struct uuid security_stamp, concurrency_stamp;
};

/* An account together with the user through which it is seen. */
struct view {
	struct account account;
	struct uuid id;
	struct uuid security_stamp, concurrency_stamp;
	uint8_t confirmed_phone_hash[CRYPTO_HASH_SIZE];
	bool may_log_in;
};

/* The profile of one of an account's users. */
struct facet {
	int32_t tenant_id;
	struct uuid row_uuid;
	int32_t id;
	const char *name, *avatar, *phone, *country, *province, *city;
	int32_t gender;
	int64_t name_us, avatar_us, phone_us, gender_us, place_us;
};

enum { CREATE, REVOKE_TOKENS, TOUCH, CONFIRM_PHONE, FORGET_PHONE, VIEW, FACETS };

#define PHONE_HASH KEYED(struct new_account, phone, "phone")
#define VIEW_COLUMN(member, type) COLUMN(struct view, member, type)
#define FACET(member, type) COLUMN(struct facet, member, type)

static const struct stmt statements[] = {
	[CREATE] = {
		.text = "INSERT INTO account (id, tenant_id, email, security_stamp, "
			"concurrency_stamp, trial_from, trial_to, created_at) "
			"VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6) + INTERVAL ? DAY, UTC_TIMESTAMP(6))",
		.params = COLUMNS(COLUMN(struct new_account, id, UUID),
			COLUMN(struct new_account, tenant_id, INT32),
			COLUMN(struct new_account, email, STR),
			COLUMN(struct new_account, security_stamp, UUID),
			COLUMN(struct new_account, concurrency_stamp, UUID),
			COLUMN(struct new_account, trial_days, INT32)),
	},
	[REVOKE_TOKENS] = {
		.text = "UPDATE account SET security_stamp = ?, "
			"entity_version = entity_version + 1, concurrency_stamp = ?, "
			"modified_at = UTC_TIMESTAMP(6) WHERE id = ?",
		.params = COLUMNS(COLUMN(struct new_account, security_stamp, UUID),
			COLUMN(struct new_account, concurrency_stamp, UUID),
			COLUMN(struct new_account, id, UUID)),
	},
	[TOUCH] = {
		.text = "UPDATE account SET entity_version = entity_version + 1, "
			"concurrency_stamp = ?, modified_at = UTC_TIMESTAMP(6) WHERE id = ?",
		.params = COLUMNS(COLUMN(struct new_account, concurrency_stamp, UUID),
			COLUMN(struct new_account, id, UUID)),
	},
	[CONFIRM_PHONE] = {
		.text = "UPDATE account SET confirmed_phone_hash = ?, "
			"entity_version = entity_version + 1, concurrency_stamp = ?, "
			"modified_at = UTC_TIMESTAMP(6) "
			"WHERE id = ? AND NOT confirmed_phone_hash <=> ?",
		.params = COLUMNS(PHONE_HASH, COLUMN(struct new_account, concurrency_stamp, UUID),
			COLUMN(struct new_account, id, UUID), PHONE_HASH),
	},
	[FORGET_PHONE] = {
		.text = "UPDATE account SET confirmed_phone_hash = NULL, "
			"confirmed_phone_hash_next = NULL "
			"WHERE id = ? AND confirmed_phone_hash = ? AND NOT EXISTS "
			"(SELECT 1 FROM wechat_user u JOIN resident r ON r.wechat_user_id = u.id "
			"WHERE u.account_id = ? AND r.phone_hash = ?)",
		.params = COLUMNS(COLUMN(struct new_account, id, UUID), PHONE_HASH,
			COLUMN(struct new_account, id, UUID), PHONE_HASH),
	},
	[VIEW] = {
		.text = "SELECT a.id, u.tenant_id, u.id, u.openid, a.email, a.security_stamp, "
			"a.concurrency_stamp, a.confirmed_phone_hash, a.entity_version, "
			"a.is_active, a.is_deleted, a.is_lockout_enabled, a.is_risk, "
			"a.access_failed_count, a.lockout_end, " ACCOUNT_MAY_LOG_IN ", "
			"a.created_at, a.modified_at, a.trial_from, a.trial_to, "
			"u.is_following, u.unfollowed_at "
			"FROM wechat_user u JOIN account a ON a.id = u.account_id "
			"WHERE u.tenant_id = ? AND u.id = ?",
		.params = COLUMNS(VIEW_COLUMN(account.tenant_id, INT32),
			VIEW_COLUMN(account.wechat_user_id, INT32)),
		.columns = COLUMNS(VIEW_COLUMN(id, UUID), VIEW_COLUMN(account.tenant_id, INT32),
			VIEW_COLUMN(account.wechat_user_id, INT32),
			VIEW_COLUMN(account.openid, STR), VIEW_COLUMN(account.email, STR),
			VIEW_COLUMN(security_stamp, UUID), VIEW_COLUMN(concurrency_stamp, UUID),
			VIEW_COLUMN(confirmed_phone_hash, HASH),
			VIEW_COLUMN(account.entity_version, INT32),
			VIEW_COLUMN(account.is_active, BOOL),
			VIEW_COLUMN(account.is_deleted, BOOL),
			VIEW_COLUMN(account.is_lockout_enabled, BOOL),
			VIEW_COLUMN(account.is_risk, BOOL),
			VIEW_COLUMN(account.access_failed_count, INT32),
			VIEW_COLUMN(account.lockout_end_us, TIME), VIEW_COLUMN(may_log_in, BOOL),
			VIEW_COLUMN(account.created_us, TIME),
			VIEW_COLUMN(account.modified_us, TIME),
			VIEW_COLUMN(account.trial_from_us, TIME),
			VIEW_COLUMN(account.trial_to_us, TIME),
			VIEW_COLUMN(account.is_following, BOOL),
			VIEW_COLUMN(account.unfollowed_us, TIME)),
	},
	/* By the user, who may have moved to another account since the view. */
	[FACETS] = {
		.text = "SELECT tenant_id, row_uuid, id, name, name_at, avatar, avatar_at, phone, "
			"phone_at, gender, gender_at, country, province, city, place_at "
			"FROM wechat_user WHERE account_id = "
			"(SELECT account_id FROM wechat_user WHERE id = ?) ORDER BY id LIMIT 100",
		.params = COLUMNS(VIEW_COLUMN(account.wechat_user_id, INT32)),
		.columns = COLUMNS(FACET(tenant_id, INT32), FACET(row_uuid, UUID), FACET(id, INT32),
			FACET(name, STR), FACET(name_us, TIME), FACET(avatar, STR),
			FACET(avatar_us, TIME),
			SEALED(struct facet, phone, "wechat_user", "phone"), FACET(phone_us, TIME),
			FACET(gender, INT32), FACET(gender_us, TIME), FACET(country, STR),
			FACET(province, STR), FACET(city, STR), FACET(place_us, TIME)),
		.row_size = sizeof(struct facet),
	},
};

const struct stmt_table account_statements = STMT_TABLE(statements);

/* As ABP's sequential GUID: 48 bits of milliseconds since the year 1, then chance. */
static struct uuid make_id(void)
{
	struct uuid id = uuid_random();
	uint64_t ms = (uint64_t)(clock_now_us() / 1000 + EPOCH_MS);

	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
	return id;
}

static const char *make_email(struct db *db)
{
	char text[UUID_TEXT_SIZE];

	uuid_format(uuid_random(), text);
	return arena_printf(db->arena, "%s@%s", text, db->conf->account_email_domain);
}

int account_create(struct db *db, int32_t tenant_id, struct uuid *id_r)
{
	struct new_account row = {
		.id = make_id(),
		.tenant_id = tenant_id,
		.email = make_email(db),
		.security_stamp = uuid_random(),
		.concurrency_stamp = uuid_random(),
	};

	if (setting_int(db, tenant_id, "trial_days", &row.trial_days) != 0)
		return -1;
	*id_r = row.id;
	return stmt_run(db, &statements[CREATE], &row) == 1 ? 0 : -1;
}

int account_revoke_tokens(struct db *db, struct uuid id)
{
	const struct new_account row = {
		.id = id, .security_stamp = uuid_random(), .concurrency_stamp = uuid_random(),
	};

	return stmt_run(db, &statements[REVOKE_TOKENS], &row) < 0 ? -1 : 0;
}

int account_touch(struct db *db, struct uuid id)
{
	const struct new_account row = {.id = id, .concurrency_stamp = uuid_random()};

	return stmt_run(db, &statements[TOUCH], &row) < 0 ? -1 : 0;
}

int account_confirm_phone(struct db *db, int32_t tenant_id, struct uuid id,
	const char *phone)
{
	const struct new_account row = {
		.id = id,
		.tenant_id = tenant_id,
		.phone = phone,
		.concurrency_stamp = uuid_random(),
	};

	return stmt_run(db, &statements[CONFIRM_PHONE], &row) < 0 ? -1 : 0;
}

int account_forget_phone(struct db *db, int32_t tenant_id, struct uuid id,
	const char *phone)
{
	const struct new_account row = {.id = id, .tenant_id = tenant_id, .phone = phone};

	return stmt_run(db, &statements[FORGET_PHONE], &row) < 0 ? -1 : 0;
}

struct latest {
	const char *text;
	int64_t since_us;
};

/* The user's own value, else the latest that says something. */
static void consider(struct latest *latest, const char *text, int64_t since_us, bool is_own)
{
	if (text[0] == '\0' || (!is_own && latest->since_us >= since_us))
		return;
	latest->text = text;
	latest->since_us = is_own ? INT64_MAX : since_us;
}

static void consider_gender(
	struct account *account, int64_t *since_us, const struct facet *facet, bool is_own)
{
	if (facet->gender == 0 || (!is_own && *since_us >= facet->gender_us))
		return;
	account->gender = facet->gender;
	*since_us = is_own ? INT64_MAX : facet->gender_us;
}

static void fill_profile(struct account *account, const struct facet *facets, size_t n)
{
	const struct latest none = {.text = "", .since_us = -1};
	struct latest name = none, avatar = none, phone = none;
	struct latest country = none, province = none, city = none;
	int64_t gender_us = -1;

	for (const struct facet *facet = facets; facet < facets + n; facet++) {
		bool is_own = facet->id == account->wechat_user_id;

		consider(&name, facet->name, facet->name_us, is_own);
		consider(&avatar, facet->avatar, facet->avatar_us, is_own);
		consider(&phone, facet->phone, facet->phone_us, is_own);
		consider(&country, facet->country, facet->place_us, is_own);
		consider(&province, facet->province, facet->place_us, is_own);
		consider(&city, facet->city, facet->place_us, is_own);
		consider_gender(account, &gender_us, facet, is_own);
	}
	account->name = name.text;
	account->avatar = avatar.text;
	account->phone = phone.text;
	account->country = country.text;
	account->province = province.text;
	account->city = city.text;
}

/* What stands for the security stamp outside tells nothing about it. */
static const char *shown_stamp(struct db *db, const struct view *view)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	char stamp[2 * UUID_SIZE + 1];
	char *text = arena_alloc(db->arena, (STAMP_SIZE * 8 + 4) / 5 + 1);

	encode_hex(view->security_stamp.bytes, UUID_SIZE, stamp);
	secret_lookup(db->keys, view->account.tenant_id, "security_stamp",
		arena_printf(db->arena, "%s %s", view->account.id, stamp), hash);
	encode_base32(hash, STAMP_SIZE, text);
	return text;
}

static bool is_confirmed(const struct db *db, const struct view *view)
{
	uint8_t hash[CRYPTO_HASH_SIZE];

	if (view->account.phone[0] == '\0')
		return false;
	secret_lookup(db->keys, view->account.tenant_id, "phone", view->account.phone, hash);
	return crypto_equal(hash, view->confirmed_phone_hash, sizeof(hash));
}

enum err account_by_wechat_user(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct account *account_r)
{
	struct view view = {
		.account = {.tenant_id = tenant_id, .wechat_user_id = wechat_user_id},
	};
	struct account *account = &view.account;
	int found = stmt_find(db, &statements[VIEW], &view, &view);
	char *stamp;
	void *facets;
	size_t n_facets;

	if (found <= 0)
		return found == 0 ? ERR_USER_UNKNOWN : conn_err(db);
	if (!view.may_log_in)
		return ERR_ACCOUNT_DISABLED;
	if (stmt_all(db, &statements[FACETS], &view, &facets, &n_facets) != 0)
		return conn_err(db);
	fill_profile(account, facets, n_facets);
	uuid_format(view.id, account->id);
	account->security_stamp = shown_stamp(db, &view);
	account->phone_is_confirmed = is_confirmed(db, &view);
	stamp = arena_alloc(db->arena, 2 * UUID_SIZE + 1);
	encode_hex(view.concurrency_stamp.bytes, UUID_SIZE, stamp);
	account->concurrency_stamp = stamp;
	*account_r = view.account;
	return ERR_NONE;
}
