#include "claim.h"
#include "confirmed_phone.h"
#include "person_phone.h"
#include "principal.h"
#include "transaction.h"
#include "user_profile.h"
#include "user_row.h"
#include "verify_code.h"

struct phone_ctx {
	const struct principal *person;
	const char *phone;
	enum phone_source source;
	int64_t verify_code_id;    /* by SMS */
	const struct claim *claim; /* by button */
};

/* The account may have become another one since the request began: two were merged. */
static enum err person_phone_lock(
	struct db *db, const struct principal *person, struct user_row *user_r)
{
	enum err err = user_row_lock(db, person->tenant_id, person->wechat_user_id, user_r);

	if (err == ERR_NONE && (user_r->is_closed || uuid_is_nil(user_r->account_id)))
		return db_refuse(db, ERR_USER_UNKNOWN, "the user's account is closed");
	return err;
}

static enum err person_phone_set_profile(
	struct db *db, struct user_row *user, const char *phone)
{
	const struct profile change = {.phone = phone};

	return user_profile_apply(user, &change, PROFILE_FROM_USER).is_changed
		? user_row_update_profile(db, user)
		: ERR_NONE;
}

static enum err person_phone_use_code(struct db *db, const struct phone_ctx *ctx)
{
	return ctx->source == PHONE_BY_SMS
		? verify_code_use(db, ctx->person->tenant_id, ctx->verify_code_id)
		: claim_succeed(db, ctx->claim, ctx->person->wechat_user_id);
}

static enum err person_phone_store(struct db *db, void *ctx_)
{
	const struct phone_ctx *ctx = ctx_;
	struct user_row user;
	struct confirmed_phone confirmed;
	enum err err = person_phone_lock(db, ctx->person, &user);

	if (err == ERR_NONE)
		err = person_phone_use_code(db, ctx);
	if (err == ERR_NONE)
		err = person_phone_set_profile(db, &user, ctx->phone);
	if (err != ERR_NONE)
		return err;
	confirmed = (struct confirmed_phone){
		.tenant_id = user.tenant_id,
		.account_id = user.account_id,
		.phone = ctx->phone,
	};
	return confirmed_phone_set(db, &confirmed, ctx->source);
}

static enum err person_phone_store_again(struct db *db, void *ctx_)
{
	const struct phone_ctx *ctx = ctx_;
	struct user_row user;
	struct uuid holder;
	enum err err = person_phone_lock(db, ctx->person, &user);

	if (err == ERR_NONE)
		err = confirmed_phone_find_holder(db, user.tenant_id, ctx->phone, &holder);
	if (err != ERR_NONE)
		return err;
	return uuid_is_equal(holder, user.account_id)
		? person_phone_set_profile(db, &user, ctx->phone)
		: db_refuse(db, ERR_VERIFY_CODE_NONE, "the account has lost the phone");
}

/* The code cannot be used. It may have been by the same request, sent twice. */
static enum err person_phone_repeat(struct db *db, const struct code_scope *scope,
	const char *code, struct phone_ctx *ctx)
{
	bool was_used;
	enum err err = verify_code_was_used(db, scope, code, &was_used);

	if (err == ERR_NONE && was_used)
		return transaction_run(db, person_phone_store_again, ctx);
	return err == ERR_NONE ? ERR_VERIFY_CODE_NONE : err;
}

enum err person_phone_confirm_by_sms(
	struct db *db, const struct principal *person, const char *phone, const char *code)
{
	const struct code_scope scope = {
		.tenant_id = person->tenant_id,
		.purpose = VERIFY_CODE_OWN_PHONE,
		.phone = phone,
		.openid = person->openid,
		.account_id = person->account_id,
	};
	struct phone_ctx ctx = {.person = person, .phone = phone, .source = PHONE_BY_SMS};
	enum err err = verify_code_try(db, &scope, code, &ctx.verify_code_id);

	if (err == ERR_NONE)
		err = transaction_run(db, person_phone_store, &ctx);
	return err == ERR_VERIFY_CODE_NONE ? person_phone_repeat(db, &scope, code, &ctx) : err;
}

enum err person_phone_confirm_by_button(struct db *db, const struct principal *person,
	const char *phone, const struct claim *claim)
{
	struct phone_ctx ctx = {
		.person = person, .phone = phone, .source = PHONE_BY_BUTTON, .claim = claim,
	};

	return transaction_run(db, person_phone_store, &ctx);
}
