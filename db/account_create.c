#include "account_create.h"
#include "account_view.h"
#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "confirmed_phone.h"
#include "setting.h"
#include "stmt.h"

#define DAY_US (24 * 3600 * CLOCK_SECOND_US)
/* Milliseconds from 0001-01-01 to 1970-01-01. */
#define EPOCH_MS 62135596800000

#define FLAG_OF_NEW(name) .name = FLAG_OF_TENANT,

struct new_account {
	struct uuid id;
	int32_t tenant_id;
	const char *email;
	int32_t trial_days;
	struct uuid security_stamp, concurrency_stamp;
	int64_t created_us;
};

#define NEW(member, type) COLUMN(struct new_account, member, type)
#define BEFORE(member, type) COLUMN(struct account_before, member, type)

enum { CREATE, CREATE_ROWS };

static const struct stmt statements[] = {
	[CREATE] = {
		.text = "INSERT INTO account (id, tenant_id, email, security_stamp, "
			"concurrency_stamp, trial_from, trial_to, created_at) "
			"VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6) + INTERVAL ? DAY, UTC_TIMESTAMP(6)) "
			"RETURNING created_at",
		.params = COLUMNS(NEW(id, UUID), NEW(tenant_id, INT32), NEW(email, STR),
			NEW(security_stamp, UUID), NEW(concurrency_stamp, UUID),
			NEW(trial_days, INT32)),
		.columns = COLUMNS(NEW(created_us, TIME)),
	},
	[CREATE_ROWS] = {
		.text = "INSERT INTO account (id, tenant_id, email, security_stamp, "
			"concurrency_stamp, trial_from, trial_to, created_at, "
			"confirmed_phone_hash, confirmed_phone_hash_next, "
			"confirmed_phone_source, confirmed_phone_at, is_active, disabled_at) "
			"VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6) + INTERVAL ? DAY, COALESCE(?, UTC_TIMESTAMP(6)), "
			"?, ?, ?, ?, NOT ?, IF(?, UTC_TIMESTAMP(6), NULL))",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(BEFORE(id, UUID), BEFORE(tenant_id, INT32), BEFORE(email, STR),
			BEFORE(security_stamp, UUID), BEFORE(concurrency_stamp, UUID),
			BEFORE(trial_days, INT32), BEFORE(created_us, TIME),
			KEYED(struct account_before, phone, LOOKUP, "phone"),
			NEXT(struct account_before, phone, "phone"), BEFORE(source, REF),
			BEFORE(confirmed_us, TIME), BEFORE(is_disabled, BOOL),
			BEFORE(is_disabled, BOOL)),
		.row_size = sizeof(struct account_before),
	},
};

const struct stmt_table account_create_statements = STMT_TABLE(statements);

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

/* As the INSERT and the defaults of the table make it. */
static struct account_view view_of_new(const struct new_account *row)
{
	return (struct account_view){
		.id = row->id,
		.security_stamp = row->security_stamp,
		.concurrency_stamp = row->concurrency_stamp,
		.account = {
			.tenant_id = row->tenant_id,
			.email = row->email,
			.is_active = true,
			.is_lockout_enabled = true,
			.created_us = row->created_us,
			.trial_from_us = row->created_us,
			.trial_to_us = row->created_us + row->trial_days * DAY_US,
			.flags = {ACCOUNT_CUSTOMER_FLAGS(FLAG_OF_NEW)},
		},
	};
}

enum err account_create(struct db *db, int32_t tenant_id, struct account_view *view_r)
{
	struct new_account row = {
		.id = new_account_id(),
		.tenant_id = tenant_id,
		.email = new_account_email(db),
		.security_stamp = uuid_random(),
		.concurrency_stamp = uuid_random(),
	};
	enum err err = setting_int(db, tenant_id, SETTING_trial_days, &row.trial_days);

	if (err == ERR_NONE)
		err = stmt_need(db, &statements[CREATE], &row, &row, ERR_INTERNAL);
	*view_r = view_of_new(&row);
	return err;
}

enum err account_create_rows(struct db *db, struct account_before *rows, size_t n_rows)
{
	int32_t trial_days;
	enum err err = n_rows == 0 ? ERR_NONE
		: setting_int(db, rows[0].tenant_id, SETTING_trial_days, &trial_days);

	if (n_rows == 0 || err != ERR_NONE)
		return err;
	for (size_t i = 0; i < n_rows; i++) {
		rows[i].id = new_account_id();
		rows[i].email = new_account_email(db);
		rows[i].security_stamp = uuid_random();
		rows[i].concurrency_stamp = uuid_random();
		rows[i].trial_days = trial_days;
		rows[i].source = rows[i].confirmed_us == 0 ? 0 : PHONE_BY_KEY;
	}
	return stmt_write_rows(db, &statements[CREATE_ROWS], rows, n_rows);
}
