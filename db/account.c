#include "account.h"
#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "setting.h"
#include "stmt.h"

/* Milliseconds from 0001-01-01 to 1970-01-01. */
#define EPOCH_MS 62135596800000

struct account_change {
	struct uuid id;
	int32_t tenant_id;
	const char *email, *phone;
	int32_t trial_days;
	struct uuid security_stamp, concurrency_stamp;
};

enum { CREATE, REVOKE_TOKENS, TOUCH, CONFIRM_PHONE, FORGET_PHONE };

#define PHONE_HASH KEYED(struct account_change, phone, "phone")
#define CHANGE(member, type) COLUMN(struct account_change, member, type)

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
