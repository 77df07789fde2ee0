#include "arena.h"
#include "audit.h"
#include "crypto.h"
#include "fold.h"
#include "member_binding.h"
#include "principal.h"
#include "profile.h"
#include "setting.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"

struct binding {
	int32_t tenant_id, wechat_user_id, member_id, slot;
	struct uuid account_id;
	const char *phone;
};

#define ROW(member, type) COLUMN(struct binding, member, type)

enum { CONFIRMED, ANY, BIND, UNBIND };

static const struct stmt statements[] = {
	[CONFIRMED] = {
		.text = "SELECT tenant_id FROM account WHERE id = ? AND confirmed_phone_hash = ?",
		.params = COLUMNS(
			ROW(account_id, UUID), KEYED(struct binding, phone, "phone")),
		.columns = COLUMNS(ROW(tenant_id, INT32)),
	},
	[ANY] = {
		.text = "SELECT member_id FROM member_binding WHERE member_id = ? LIMIT 1",
		.params = COLUMNS(ROW(member_id, INT32)),
		.columns = COLUMNS(ROW(member_id, INT32)),
	},
	[BIND] = {
		.text = "INSERT INTO member_binding (wechat_user_id, member_id, slot, tenant_id, "
			"created_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))",
		.params = COLUMNS(ROW(wechat_user_id, INT32), ROW(member_id, INT32),
			ROW(slot, INT32), ROW(tenant_id, INT32)),
	},
	[UNBIND] = {
		.text = "DELETE FROM member_binding WHERE wechat_user_id = ?",
		.params = COLUMNS(ROW(wechat_user_id, INT32)),
	},
};

const struct stmt_table member_binding_statements = STMT_TABLE(statements);

struct call {
	const struct principal *principal;
	int32_t wechat_user_id;
	struct member asked; /* as in the request, normalised */
	bool has_many_users; /* a member may have more than one */
	struct user_row user;
	struct member found;
	int32_t member_id; /* the answer */
};

/* A person may not learn which it is; the log does. */
static enum err refusal(struct db *db, const struct call *call, enum err err)
{
	if (!principal_is_person(call->principal))
		return err;
	return db_refuse(db, ERR_MEMBER_REFUSED, err_name(err));
}

static enum err lock_user(struct db *db, struct call *call)
{
	const struct principal *principal = call->principal;
	int found = user_row_lock(db, principal->tenant_id, call->wechat_user_id, &call->user);

	if (found < 0)
		return transaction_failed(db);
	if (found == 0)
		return db_refuse(db, ERR_USER_UNKNOWN, "no user has the id");
	if (!principal_owns(principal, call->user.account_id))
		return db_refuse(db, ERR_USER_UNKNOWN, "the user is another account's");
	return ERR_NONE;
}

static struct binding binding_of(const struct call *call)
{
	return (struct binding){
		.tenant_id = call->principal->tenant_id,
		.wechat_user_id = call->wechat_user_id,
		.member_id = call->member_id,
		.slot = call->has_many_users ? call->wechat_user_id : 0,
		.account_id = call->user.account_id,
		.phone = call->asked.phone,
	};
}

/* Whether the principal may name this phone at all. */
static enum err check_phone(struct db *db, const struct call *call)
{
	struct binding binding = binding_of(call);
	int found = 1;

	if (principal_is_person(call->principal))
		found = stmt_find(db, &statements[CONFIRMED], &binding, &binding);
	if (found < 0)
		return transaction_failed(db);
	if (found == 0)
		return db_refuse(
			db, ERR_MEMBER_REFUSED, "the account has not confirmed the phone");
	return ERR_NONE;
}

static enum err note(struct db *db, const struct call *call, const char *action)
{
	char phone[STR_MASKED_SIZE] = "";
	struct audit_entry entry = {
		.tenant_id = call->principal->tenant_id,
		.action = action,
		.actor = call->principal->name,
		.subject = arena_printf(db->arena, "member %d", call->member_id),
	};

	if (call->asked.phone != NULL)
		str_mask(call->asked.phone, phone);
	entry.details = arena_printf(
		db->arena, "{\"wechat_user\":%d,\"phone\":\"%s\"}", call->wechat_user_id, phone);
	return audit_write(db, &entry) != 0 ? transaction_failed(db) : ERR_NONE;
}

/* To call->member_id. */
static enum err bind(struct db *db, const struct call *call, const char *action)
{
	const struct binding binding = binding_of(call);
	enum err err = transaction_wrote(db, stmt_run(db, &statements[BIND], &binding));

	return err == ERR_NONE ? note(db, call, action) : err;
}

static enum err prepare(struct db *db, struct call *call)
{
	enum err err;

	call->asked.tenant_id = call->principal->tenant_id;
	err = member_normalise(&call->asked, db->arena);
	member_fill(&call->asked);
	if (err != ERR_NONE)
		return err;
	return setting_bool(db, call->principal->tenant_id, "member_has_many_users",
		&call->has_many_users);
}

/* Locks the user and looks whose the phone is: 1 or 0 to found_r. */
static enum err find(struct db *db, struct call *call,
	int (*find_row)(struct db *db, const struct member *key, struct member *row_r),
	int *found_r)
{
	enum err err = lock_user(db, call);

	if (err != ERR_NONE)
		return err;
	*found_r = find_row(db, &call->asked, &call->found);
	return *found_r < 0 ? transaction_failed(db) : check_phone(db, call);
}

static enum err run(
	struct db *db, enum err (*rule)(struct db *db, void *ctx), struct call *call, int32_t *id_r)
{
	enum err err = prepare(db, call);

	if (err == ERR_NONE)
		err = transaction_run(db, rule, call);
	*id_r = call->member_id;
	return err;
}

/* ---- New members. */

static enum err insert(struct db *db, struct call *call)
{
	enum err err = transaction_wrote(db, member_insert(db, &call->asked));

	if (err != ERR_NONE)
		return err;
	call->member_id = call->asked.id;
	return bind(db, call, "member.create");
}

/* The phone is looked for without a lock: of those who find nobody the unique key lets one in. */
static enum err create(struct db *db, void *ctx)
{
	struct call *call = ctx;
	int found = 0;
	enum err err = find(db, call, member_find, &found);

	if (err != ERR_NONE)
		return err;
	call->member_id = call->user.member_id;
	if (found > 0 && call->found.id == call->member_id)
		return ERR_NONE;
	if (call->member_id != 0)
		return ERR_MEMBER_OTHER;
	return found > 0 ? refusal(db, call, ERR_PHONE_TAKEN) : insert(db, call);
}

enum err member_create(struct db *db, const struct principal *principal, int32_t wechat_user_id,
	const struct member *member, int32_t *id_r)
{
	struct call call = {
		.principal = principal,
		.wechat_user_id = wechat_user_id,
		.asked = *member,
	};

	return run(db, create, &call, id_r);
}

/* ---- Members who are there. */

/* What is not given or not known is no mismatch. */
static bool fits(const struct member *asked, const struct member *found)
{
	return (*asked->name == '\0' || fold_is_blank(found->name) ||
		       fold_equal(asked->name, found->name)) &&
		(*asked->id_card == '\0' || *found->id_card == '\0' ||
			crypto_text_equal(asked->id_card, found->id_card));
}

static enum err judge_card(int32_t card_state)
{
	static const enum err errors[] = {
		[CARD_VALID] = ERR_NONE,
		[CARD_LOST] = ERR_CARD_LOST,
		[CARD_VOID] = ERR_CARD_VOID,
		[CARD_UNUSABLE] = ERR_CARD_UNUSABLE,
	};

	return errors[card_state];
}

/* No live card has the phone. */
static enum err miss(struct db *db, struct call *call)
{
	int found = member_lock_void(db, &call->asked, &call->found);

	if (found < 0)
		return transaction_failed(db);
	return refusal(db, call, found > 0 ? ERR_CARD_VOID : ERR_MEMBER_UNKNOWN);
}

static enum err join(struct db *db, struct call *call)
{
	const struct member *found = &call->found;
	struct binding binding;
	int is_taken = 0;
	enum err err;

	if (!fits(&call->asked, found))
		return refusal(db, call, ERR_MEMBER_MISMATCH);
	call->member_id = found->id;
	if (call->user.member_id == found->id)
		return ERR_NONE;
	err = judge_card(found->card_state);
	if (err != ERR_NONE)
		return refusal(db, call, err);
	if (call->user.member_id != 0)
		return ERR_MEMBER_OTHER;
	binding = binding_of(call);
	if (!call->has_many_users)
		is_taken = stmt_find(db, &statements[ANY], &binding, &binding);
	if (is_taken < 0)
		return transaction_failed(db);
	return is_taken > 0 ? refusal(db, call, ERR_MEMBER_TAKEN)
			    : bind(db, call, "member.bind");
}

static enum err find_and_join(struct db *db, void *ctx)
{
	struct call *call = ctx;
	int found = 0;
	enum err err = find(db, call, member_lock, &found);

	if (err != ERR_NONE)
		return err;
	return found > 0 ? join(db, call) : miss(db, call);
}

enum err member_bind(struct db *db, const struct principal *principal, int32_t wechat_user_id,
	const struct member *member, int32_t *id_r)
{
	struct call call = {
		.principal = principal,
		.wechat_user_id = wechat_user_id,
		.asked = *member,
	};

	return run(db, find_and_join, &call, id_r);
}

static enum err unbind(struct db *db, void *ctx)
{
	struct call *call = ctx;
	enum err err = lock_user(db, call);
	struct binding binding;
	int n_unbound;

	if (err != ERR_NONE)
		return err;
	call->member_id = call->user.member_id;
	binding = binding_of(call);
	n_unbound = stmt_run(db, &statements[UNBIND], &binding);
	if (n_unbound < 0)
		return transaction_failed(db);
	return n_unbound > 0 ? note(db, call, "member.unbind") : ERR_NONE;
}

enum err member_unbind(struct db *db, const struct principal *principal, int32_t wechat_user_id)
{
	struct call call = {.principal = principal, .wechat_user_id = wechat_user_id};

	return transaction_run(db, unbind, &call);
}
