#include "erasure.h"
#include "old_person.h"
#include "transaction.h"

#define PERSON(member, type) COLUMN(struct old_person, member, type)

enum { LOCK_USERS, LOCK_OLD_USER };

static const struct stmt statements[] = {
	/* Before LOCK_OLD_USER, whose subqueries read without a lock. */
	[LOCK_USERS] = {
		.text = "SELECT id FROM wechat_user WHERE tenant_id = ? AND account_id = ? "
			"FOR UPDATE",
		.params = COLUMNS(PERSON(tenant_id, INT32), PERSON(account_id, UUID)),
		.columns = COLUMNS(PERSON(id, INT32)),
		.row_size = sizeof(struct old_person),
	},
	[LOCK_OLD_USER] = {
		.text = "SELECT o.id " OLD_PERSON_FROM "WHERE o.tenant_id = ? AND o.id = ? "
			"AND o.account_id <=> ? AND " OLD_PERSON_IF " FOR UPDATE",
		.params = COLUMNS(PERSON(before_us, TIME), PERSON(tenant_id, INT32),
			PERSON(id, INT32), PERSON(account_id, UUID)),
		.columns = COLUMNS(PERSON(id, INT32)),
	},
};

const struct stmt_table old_person_statements = STMT_TABLE(statements);

struct old_person_ctx {
	const struct old_person *person;
	const char *actor;
	struct erased erased;
};

static enum err erase_locked(struct db *db, struct old_person_ctx *ctx)
{
	const struct old_person *person = ctx->person;
	const struct erasure user = {
		.tenant_id = person->tenant_id,
		.app_id = person->app_id,
		.appid = person->appid,
		.openid = person->openid,
		.actor = ctx->actor,
	};
	const struct account_erasure account = {
		.tenant_id = person->tenant_id,
		.id = person->account_id,
		.actor = ctx->actor,
		.keeps_member = true,
	};

	return uuid_is_nil(person->account_id) ? erasure_apply(db, &user, &ctx->erased)
					       : erasure_apply_account(db, &account, &ctx->erased);
}

static enum err erase_if_old(struct db *db, void *ctx_)
{
	struct old_person_ctx *ctx = ctx_;
	struct old_person found;
	void *users;
	size_t n;
	enum err err = stmt_all(db, &statements[LOCK_USERS], ctx->person, &users, &n);

	ctx->erased = (struct erased){0};
	if (err == ERR_NONE)
		err = stmt_need(db, &statements[LOCK_OLD_USER], ctx->person, &found, ERR_ABSENT);
	if (err == ERR_NONE)
		err = erase_locked(db, ctx);
	return err == ERR_ABSENT ? ERR_NONE : err;
}

enum err old_person_erase(
	struct db *db, const struct old_person *person, const char *actor, int64_t *n_r)
{
	struct old_person_ctx ctx = {.person = person, .actor = actor};
	enum err err = transaction_run(db, erase_if_old, &ctx);

	*n_r = err == ERR_NONE && ctx.erased.is_found;
	return err;
}
