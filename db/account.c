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

struct account_change {
	struct uuid id;
	int32_t tenant_id;
	const char *email, *phone;
	int32_t trial_days;
	struct uuid security_stamp, concurrency_stamp;
};

/* An account, and the WeChat user through which it is seen. */
struct account_row {
	struct account account;
	struct uuid id;
	struct uuid security_stamp, concurrency_stamp;
	uint8_t confirmed_phone_hash[CRYPTO_HASH_SIZE];
	bool may_log_in;
};

/* The profile of one of an account's users. */
struct profile_row {
	int32_t tenant_id;
	struct uuid row_uuid;
	int32_t id;
	const char *name, *avatar, *phone, *country, *province, *city;
	int32_t gender;
	int64_t name_us, avatar_us, phone_us, gender_us, place_us;
};

enum { CREATE, REVOKE_TOKENS, TOUCH, CONFIRM_PHONE, FORGET_PHONE, FIND, PROFILES };

#define PHONE_HASH KEYED(struct account_change, phone, "phone")
#define CHANGE(member, type) COLUMN(struct account_change, member, type)
#define ROW(member, type) COLUMN(struct account_row, member, type)
#define PROFILE(member, type) COLUMN(struct profile_row, member, type)

static const struct stmt statements[] = {
	[CREATE] = {
		.text = "INSERT INTO account (id, tenant_id, email, security_stamp, "
			"concurrency_stamp, trial_from, trial_to, created_at) "
			"VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6) + INTERVAL ? DAY, UTC_TIMESTAMP(6))",
		.params = COLUMNS(CHANGE(id, UUID), CHANGE(tenant_id, INT32), CHANGE(email, STR),
			CHANGE(security_stamp, UUID), CHANGE(concurrency_stamp, UUID),
			CHANGE(trial_days, INT32)),
	},
	[REVOKE_TOKENS] = {
		.text = "UPDATE account SET security_stamp = ?, "
			"entity_version = entity_version + 1, concurrency_stamp = ?, "
			"modified_at = UTC_TIMESTAMP(6) WHERE id = ?",
		.params = COLUMNS(CHANGE(security_stamp, UUID), CHANGE(concurrency_stamp, UUID),
			CHANGE(id, UUID)),
	},
	[TOUCH] = {
		.text = "UPDATE account SET entity_version = entity_version + 1, "
			"concurrency_stamp = ?, modified_at = UTC_TIMESTAMP(6) WHERE id = ?",
		.params = COLUMNS(CHANGE(concurrency_stamp, UUID), CHANGE(id, UUID)),
	},
	[CONFIRM_PHONE] = {
		.text = "UPDATE account SET confirmed_phone_hash = ?, "
			"entity_version = entity_version + 1, concurrency_stamp = ?, "
			"modified_at = UTC_TIMESTAMP(6) "
			"WHERE id = ? AND NOT confirmed_phone_hash <=> ?",
		.params = COLUMNS(PHONE_HASH, CHANGE(concurrency_stamp, UUID), CHANGE(id, UUID),
			PHONE_HASH),
	},
	[FORGET_PHONE] = {
		.text = "UPDATE account SET confirmed_phone_hash = NULL, "
			"confirmed_phone_hash_next = NULL "
			"WHERE id = ? AND confirmed_phone_hash = ? AND NOT EXISTS "
			"(SELECT 1 FROM wechat_user u JOIN resident r ON r.wechat_user_id = u.id "
			"WHERE u.account_id = ? AND r.phone_hash = ?)",
		.params = COLUMNS(CHANGE(id, UUID), PHONE_HASH, CHANGE(id, UUID), PHONE_HASH),
	},
	[FIND] = {
		.text = "SELECT a.id, u.tenant_id, u.id, u.openid, a.email, a.security_stamp, "
			"a.concurrency_stamp, a.confirmed_phone_hash, a.entity_version, "
			"a.is_active, a.is_deleted, a.is_lockout_enabled, a.is_risk, "
			"a.access_failed_count, a.lockout_end, " ACCOUNT_MAY_LOG_IN ", "
			"a.created_at, a.modified_at, a.trial_from, a.trial_to, "
			"u.is_following, u.unfollowed_at "
			"FROM wechat_user u JOIN account a ON a.id = u.account_id "
			"WHERE u.tenant_id = ? AND u.id = ?",
		.params = COLUMNS(ROW(account.tenant_id, INT32),
			ROW(account.wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(id, UUID), ROW(account.tenant_id, INT32),
			ROW(account.wechat_user_id, INT32), ROW(account.openid, STR),
			ROW(account.email, STR), ROW(security_stamp, UUID),
			ROW(concurrency_stamp, UUID), ROW(confirmed_phone_hash, HASH),
			ROW(account.entity_version, INT32), ROW(account.is_active, BOOL),
			ROW(account.is_deleted, BOOL), ROW(account.is_lockout_enabled, BOOL),
			ROW(account.is_risk, BOOL), ROW(account.access_failed_count, INT32),
			ROW(account.lockout_end_us, TIME), ROW(may_log_in, BOOL),
			ROW(account.created_us, TIME), ROW(account.modified_us, TIME),
			ROW(account.trial_from_us, TIME), ROW(account.trial_to_us, TIME),
			ROW(account.is_following, BOOL), ROW(account.unfollowed_us, TIME)),
	},
	/* By the user: a merge may have moved it to another account since FIND. */
	[PROFILES] = {
		.text = "SELECT tenant_id, row_uuid, id, name, name_at, avatar, avatar_at, phone, "
			"phone_at, gender, gender_at, country, province, city, place_at "
			"FROM wechat_user WHERE account_id = "
			"(SELECT account_id FROM wechat_user WHERE id = ?) ORDER BY id LIMIT 100",
		.params = COLUMNS(ROW(account.wechat_user_id, INT32)),
		.columns = COLUMNS(PROFILE(tenant_id, INT32), PROFILE(row_uuid, UUID),
			PROFILE(id, INT32), PROFILE(name, STR), PROFILE(name_us, TIME),
			PROFILE(avatar, STR), PROFILE(avatar_us, TIME),
			SEALED(struct profile_row, phone, "wechat_user", "phone"),
			PROFILE(phone_us, TIME), PROFILE(gender, INT32), PROFILE(gender_us, TIME),
			PROFILE(country, STR), PROFILE(province, STR), PROFILE(city, STR),
			PROFILE(place_us, TIME)),
		.row_size = sizeof(struct profile_row),
	},
};

const struct stmt_table account_statements = STMT_TABLE(statements);

/* ABP's sequential GUID: 48 bits of milliseconds since the year 1, then random bits. */
static struct uuid new_account_id(void)
{
	struct uuid id = uuid_random();
	uint64_t ms = (uint64_t)(clock_now_us() / 1000 + EPOCH_MS);

	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
	return id;
}

static const char *new_account_email(struct db *db)
{
	char text[UUID_TEXT_SIZE];

	uuid_format(uuid_random(), text);
	return arena_printf(db->arena, "%s@%s", text, db->conf->account_email_domain);
}

enum err account_create(struct db *db, int32_t tenant_id, struct uuid *id_r)
{
	struct account_change row = {
		.id = new_account_id(),
		.tenant_id = tenant_id,
		.email = new_account_email(db),
		.security_stamp = uuid_random(),
		.concurrency_stamp = uuid_random(),
	};
	enum err err = setting_int(db, tenant_id, SETTING_trial_days, &row.trial_days);

	*id_r = row.id;
	return err == ERR_NONE ? stmt_write(db, &statements[CREATE], &row) : err;
}

enum err account_revoke_tokens(struct db *db, struct uuid id)
{
	const struct account_change row = {
		.id = id, .security_stamp = uuid_random(), .concurrency_stamp = uuid_random(),
	};

	return stmt_write(db, &statements[REVOKE_TOKENS], &row);
}

enum err account_touch(struct db *db, struct uuid id)
{
	const struct account_change row = {.id = id, .concurrency_stamp = uuid_random()};

	return stmt_write(db, &statements[TOUCH], &row);
}

enum err account_confirm_phone(
	struct db *db, int32_t tenant_id, struct uuid id, const char *phone)
{
	const struct account_change row = {
		.id = id,
		.tenant_id = tenant_id,
		.phone = phone,
		.concurrency_stamp = uuid_random(),
	};

	return stmt_write(db, &statements[CONFIRM_PHONE], &row);
}

enum err account_forget_phone(struct db *db, int32_t tenant_id, struct uuid id, const char *phone)
{
	const struct account_change row = {.id = id, .tenant_id = tenant_id, .phone = phone};

	return stmt_write(db, &statements[FORGET_PHONE], &row);
}

struct latest {
	const char *text;
	int64_t since_us;
};

/* Prefers the user's own value to the latest one of the others. */
static void prefer_text(struct latest *latest, const char *text, int64_t since_us, bool is_own)
{
	if (text[0] == '\0' || (!is_own && latest->since_us >= since_us))
		return;
	latest->text = text;
	latest->since_us = is_own ? INT64_MAX : since_us;
}

static void prefer_gender(
	struct account *account, int64_t *since_us, const struct profile_row *profile, bool is_own)
{
	if (profile->gender == 0 || (!is_own && *since_us >= profile->gender_us))
		return;
	account->gender = profile->gender;
	*since_us = is_own ? INT64_MAX : profile->gender_us;
}

static void fill_profile(struct account *account, const struct profile_row *profiles, size_t n)
{
	const struct latest none = {.text = "", .since_us = -1};
	struct latest name = none, avatar = none, phone = none;
	struct latest country = none, province = none, city = none;
	int64_t gender_us = -1;

	for (const struct profile_row *profile = profiles; profile < profiles + n; profile++) {
		bool is_own = profile->id == account->wechat_user_id;

		prefer_text(&name, profile->name, profile->name_us, is_own);
		prefer_text(&avatar, profile->avatar, profile->avatar_us, is_own);
		prefer_text(&phone, profile->phone, profile->phone_us, is_own);
		prefer_text(&country, profile->country, profile->place_us, is_own);
		prefer_text(&province, profile->province, profile->place_us, is_own);
		prefer_text(&city, profile->city, profile->place_us, is_own);
		prefer_gender(account, &gender_us, profile, is_own);
	}
	account->name = name.text;
	account->avatar = avatar.text;
	account->phone = phone.text;
	account->country = country.text;
	account->province = province.text;
	account->city = city.text;
}

static const char *stamp_hex(struct db *db, struct uuid stamp)
{
	char *hex = arena_alloc(db->arena, 2 * UUID_SIZE + 1);

	encode_hex(stamp.bytes, UUID_SIZE, hex);
	return hex;
}

/* Clients see a stamp that changes with the security stamp and tells nothing about it. */
static const char *shown_stamp(struct db *db, const struct account_row *row)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	char *text = arena_alloc(db->arena, (STAMP_SIZE * 8 + 4) / 5 + 1);

	secret_lookup(db->keys, row->account.tenant_id, "security_stamp",
		arena_printf(db->arena, "%s %s", row->account.id,
			stamp_hex(db, row->security_stamp)), hash);
	encode_base32(hash, STAMP_SIZE, text);
	return text;
}

static bool is_phone_confirmed(const struct db *db, const struct account_row *row)
{
	uint8_t hash[CRYPTO_HASH_SIZE];

	if (row->account.phone[0] == '\0')
		return false;
	secret_lookup(db->keys, row->account.tenant_id, "phone", row->account.phone, hash);
	return crypto_equal(hash, row->confirmed_phone_hash, sizeof(hash));
}

enum err account_by_wechat_user(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, struct account *account_r)
{
	struct account_row row = {
		.account = {.tenant_id = tenant_id, .wechat_user_id = wechat_user_id},
	};
	struct account *account = &row.account;
	enum err err = stmt_need(db, &statements[FIND], &row, &row, ERR_USER_UNKNOWN);
	void *profiles;
	size_t n_profiles;

	if (err == ERR_NONE && !row.may_log_in)
		err = db_refuse(db, ERR_ACCOUNT_DISABLED,
			account->is_deleted   ? "the account is deleted"
			: !account->is_active ? "the account is switched off"
					      : "the account is locked");
	if (err == ERR_NONE)
		err = stmt_all(db, &statements[PROFILES], &row, &profiles, &n_profiles);
	if (err != ERR_NONE)
		return err;
	fill_profile(account, profiles, n_profiles);
	uuid_format(row.id, account->id);
	account->security_stamp = shown_stamp(db, &row);
	account->concurrency_stamp = stamp_hex(db, row.concurrency_stamp);
	account->phone_is_confirmed = is_phone_confirmed(db, &row);
	*account_r = row.account;
	return ERR_NONE;
}
