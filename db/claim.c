#include "arena.h"
#include "claim.h"
#include "conf.h"
#include "secret.h"
#include "stmt.h"

/* Older claims do not count; WeChat forgets a code long before. */
#define LIFETIME "INTERVAL 10 MINUTE"
#define N_TRIES 3

struct claim_row {
	int64_t id;
	int32_t tenant_id;
	const char *code; /* behind its appid */
	int32_t kind;     /* enum code_kind */
	const char *address;
	int32_t state; /* 0 pending, 1 success, 2 refused */
	int32_t wechat_user_id;
	struct uuid account_id; /* of that user */
	bool is_new_account;
	const char *error;
	int32_t errcode;
	int64_t age_us;
	bool is_same_address, is_expired;
};

#define ROW(member, type) COLUMN(struct claim_row, member, type)
#define ROW_KEY ROW(tenant_id, INT32), ROW(id, INT64)
#define CODE_HASH KEYED(struct claim_row, code, CODES, "login_code")
#define ADDRESS_HASH KEYED(struct claim_row, address, CODES, "login_address")
#define BY_CODE FOUND_BY(struct claim_row, code, CODES, "login_code")
#define BY_ADDRESS FOUND_BY(struct claim_row, address, CODES, "login_address")

#define OLD                                                                                     \
	"login_claim FORCE INDEX (login_claim_age) "                                            \
	"WHERE created_at <= UTC_TIMESTAMP(6) - " LIFETIME " ORDER BY created_at"

enum { TAKE, READ, DROP_EXPIRED, SUCCEED, REFUSE, ADMIT, RELEASE, PURGE };

static const struct stmt statements[] = {
	[TAKE] = {
		.text = "INSERT INTO login_claim "
			"(tenant_id, code_hash, kind, address_hash, wechat_user_id, created_at) "
			"VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(ROW(tenant_id, INT32), CODE_HASH, ROW(kind, INT32), ADDRESS_HASH,
			ROW(wechat_user_id, REF)),
	},
	[READ] = {
		.text = "SELECT id, kind, state, wechat_user_id, (SELECT account_id "
			"FROM wechat_user u WHERE u.tenant_id = login_claim.tenant_id "
			"AND u.id = wechat_user_id), is_new_account, error, errcode, "
			"TIMESTAMPDIFF(MICROSECOND, created_at, UTC_TIMESTAMP(6)), "
			"address_hash = ?, created_at <= UTC_TIMESTAMP(6) - " LIFETIME " "
			"FROM login_claim WHERE code_hash = ?",
		.reads_again = true,
		.any_tenant = STMT_BY_HASH,
		.params = COLUMNS(BY_ADDRESS, BY_CODE),
		.columns = COLUMNS(ROW(id, INT64), ROW(kind, INT32), ROW(state, INT32),
			ROW(wechat_user_id, REF), ROW(account_id, UUID), ROW(is_new_account, BOOL),
			ROW(error, STR), ROW(errcode, REF), ROW(age_us, INT64),
			ROW(is_same_address, BOOL), ROW(is_expired, BOOL)),
	},
	[DROP_EXPIRED] = {
		.text = "DELETE FROM login_claim WHERE tenant_id = ? AND id = ? "
			"AND created_at <= UTC_TIMESTAMP(6) - " LIFETIME,
		.params = COLUMNS(ROW_KEY),
	},
	[SUCCEED] = {
		.text = "UPDATE login_claim FORCE INDEX (PRIMARY) "
			"SET state = 1, wechat_user_id = ?, is_new_account = ? "
			"WHERE tenant_id = ? AND id = ? AND state = 0",
		.params = COLUMNS(ROW(wechat_user_id, INT32), ROW(is_new_account, BOOL), ROW_KEY),
	},
	/* Waits for an erasure of the user, after which the claim names nobody. */
	[REFUSE] = {
		.text = "UPDATE login_claim FORCE INDEX (PRIMARY) "
			"SET state = 2, error = ?, errcode = ?, wechat_user_id = "
			"(SELECT id FROM wechat_user FORCE INDEX (PRIMARY) "
			"WHERE tenant_id = ? AND id = ? "
			"LOCK IN SHARE MODE) WHERE tenant_id = ? AND id = ? AND state = 0",
		.params = COLUMNS(ROW(error, STR), ROW(errcode, REF), ROW(tenant_id, INT32),
			ROW(wechat_user_id, REF), ROW_KEY),
	},
	[ADMIT] = {
		.text = "UPDATE login_claim FORCE INDEX (PRIMARY) "
			"SET state = 1, error = NULL, errcode = NULL "
			"WHERE tenant_id = ? AND id = ? AND state = 2 "
			"AND wechat_user_id IS NOT NULL",
		.params = COLUMNS(ROW_KEY),
	},
	[RELEASE] = {
		.text = "DELETE FROM login_claim WHERE tenant_id = ? AND id = ? AND state = 0",
		.params = COLUMNS(ROW_KEY),
	},
	[PURGE] = STMT_PURGE("login_claim", "id", OLD, "login_claim.id = old.id"),
};

const struct stmt_table claim_statements = STMT_TABLE(statements);

static struct claim_row claim_row_of(struct db *db, const struct claimed_code *code)
{
	return (struct claim_row){
		.tenant_id = code->app->tenant_id,
		.code = arena_printf(db->arena, "%s %s", code->app->appid, code->text),
		.kind = code->kind,
		.address = code->address,
		.wechat_user_id = code->wechat_user_id,
	};
}

static enum err err_named(const char *name)
{
	for (int err = 0; err < ERR_N; err++) {
		if (name != NULL && strcmp(err_name((enum err)err), name) == 0)
			return (enum err)err;
	}
	return ERR_CODE_USED;
}

static struct claim claim_of(const struct claimed_code *code, const struct claim_row *row)
{
	static const enum claim_state states[] = {CLAIM_PENDING, CLAIM_SUCCESS, CLAIM_REFUSED};

	return (struct claim){
		.app = code->app,
		.state = states[row->state],
		.id = row->id,
		.wechat_user_id = row->wechat_user_id,
		.account_id = row->account_id,
		.is_new_account = row->is_new_account,
		.err = row->state == 2 ? err_named(row->error) : ERR_NONE,
		.errcode = row->errcode,
		.age_us = row->age_us,
		.is_same_client = code->kind == CODE_OF_LOGIN
			? row->is_same_address
			: row->wechat_user_id == code->wechat_user_id,
	};
}

/* Returns ERR_ABSENT if there is none, or it has expired. */
static enum err claim_read(struct db *db, const struct claim_row *wanted, struct claim_row *row_r)
{
	enum err err = stmt_need(db, &statements[READ], wanted, row_r, ERR_ABSENT);

	row_r->tenant_id = wanted->tenant_id;
	if (err != ERR_NONE || !row_r->is_expired)
		return err;
	err = stmt_write(db, &statements[DROP_EXPIRED], row_r);
	return err == ERR_NONE ? ERR_ABSENT : err;
}

/* A claim that is pending for longer than a request may take is that of a killed worker: whether it
 * has asked WeChat is not known. */
static enum err claim_settle(struct db *db, const struct claimed_code *code,
	const struct claim_row *row, struct claim *claim_r)
{
	*claim_r = claim_of(code, row);
	if (row->kind != (int32_t)code->kind)
		return code->kind == CODE_OF_LOGIN
			? db_refuse(db, ERR_CODE_USED, "it was used as a code of the phone button")
			: db_refuse(db, ERR_NOT_PHONE_CODE, "it was used as a login code");
	if (claim_r->state == CLAIM_PENDING &&
		claim_r->age_us > db->conf->server_request_deadline_ms * 1000)
		return db_refuse(db, ERR_CODE_PENDING, "a request ended without an outcome");
	return ERR_NONE;
}

/* The unique key compares hashes of one key alone. */
static enum err claim_read_of_both(
	struct db *db, const struct claim_row *wanted, struct claim_row *row_r)
{
	return secret_keys_are_two(db->keys) ? claim_read(db, wanted, row_r) : ERR_ABSENT;
}

/* The unique key decides; the claim of another request may be gone before it is read. */
enum err claim_take(struct db *db, const struct claimed_code *code, struct claim *claim_r)
{
	const struct claim_row wanted = claim_row_of(db, code);
	struct claim_row row = {0};
	enum err found = claim_read_of_both(db, &wanted, &row);

	if (found != ERR_ABSENT)
		return found == ERR_NONE ? claim_settle(db, code, &row, claim_r) : found;
	for (int i = 0; i < N_TRIES; i++) {
		enum err err = stmt_write(db, &statements[TAKE], &wanted);

		*claim_r = (struct claim){
			.app = code->app, .state = CLAIM_TAKEN, .id = db->insert_id,
			.wechat_user_id = code->wechat_user_id,
		};
		if (err != ERR_DUPLICATE)
			return err;
		err = claim_read(db, &wanted, &row);
		if (err == ERR_NONE)
			return claim_settle(db, code, &row, claim_r);
		if (err != ERR_ABSENT)
			return err;
	}
	return db_refuse(db, ERR_CODE_PENDING, "other requests claimed the code in turn");
}

enum err claim_poll(struct db *db, const struct claimed_code *code, struct claim *claim_r)
{
	const struct claim_row wanted = claim_row_of(db, code);
	struct claim_row row = {0};
	enum err err = claim_read(db, &wanted, &row);

	if (err == ERR_ABSENT)
		return claim_take(db, code, claim_r);
	return err == ERR_NONE ? claim_settle(db, code, &row, claim_r) : err;
}

enum err claim_succeed(struct db *db, const struct claim *claim, int32_t wechat_user_id)
{
	const struct claim_row row = {
		.tenant_id = claim->app->tenant_id,
		.id = claim->id,
		.wechat_user_id = wechat_user_id,
		.is_new_account = claim->is_new_account,
	};

	return stmt_change(db, &statements[SUCCEED], &row, ERR_CODE_PENDING);
}

enum err claim_refuse(struct db *db, const struct claim *claim, enum err err)
{
	const struct claim_row row = {
		.tenant_id = claim->app->tenant_id, .id = claim->id, .error = err_name(err),
		.errcode = claim->errcode, .wechat_user_id = claim->wechat_user_id,
	};

	return stmt_write(db, &statements[REFUSE], &row);
}

enum err claim_admit(struct db *db, const struct claim *claim)
{
	const struct claim_row row = {.tenant_id = claim->app->tenant_id, .id = claim->id};

	return stmt_write(db, &statements[ADMIT], &row);
}

enum err claim_release(struct db *db, const struct claim *claim)
{
	const struct claim_row row = {.tenant_id = claim->app->tenant_id, .id = claim->id};

	return stmt_write(db, &statements[RELEASE], &row);
}

enum err claim_purge(struct db *db)
{
	return stmt_write(db, &statements[PURGE], NULL);
}
