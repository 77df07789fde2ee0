#include "account.h"
#include "arena.h"
#include "audit.h"
#include "confirmed_phone.h"
#include "crypto.h"
#include "fold.h"
#include "member_binding.h"
#include "principal.h"
#include "resident_phone.h"
#include "setting.h"
#include "statistics.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "user_row.h"

struct binding_row {
	int32_t tenant_id, wechat_user_id;
	int32_t member_id;    /* 0: none */
	int32_t is_only_user; /* 1, or 0 for NULL */
};

#define ROW(member, type) COLUMN(struct binding_row, member, type)

enum { ANY, SET_MEMBER };

static const struct stmt statements[] = {
	[ANY] = {
		.text = "SELECT member_id FROM wechat_user "
			"WHERE tenant_id = ? AND member_id = ? LIMIT 1",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(member_id, INT32)),
		.columns = COLUMNS(ROW(member_id, INT32)),
	},
	[SET_MEMBER] = {
		.text = "UPDATE wechat_user SET " USER_ROW_SET_CHANGED("") ", member_id = ?, "
			"is_only_user = ? WHERE tenant_id = ? AND id = ?",
		.changes_users = true,
		.params = COLUMNS(ROW(member_id, REF), ROW(is_only_user, REF),
			ROW(tenant_id, INT32), ROW(wechat_user_id, INT32)),
	},
};

const struct stmt_table member_binding_statements = STMT_TABLE(statements);

struct binding {
	const struct principal *principal;
	int32_t wechat_user_id;
	struct member given; /* by the request, normalised */
	bool has_many_users; /* the tenant lets a member have more than one */
	struct user_row user;
	struct member found;
	int32_t member_id; /* the result */
};

static struct binding_row binding_row_of(const struct binding *binding)
{
	return (struct binding_row){
		.tenant_id = binding->principal->tenant_id,
		.wechat_user_id = binding->wechat_user_id,
		.member_id = binding->member_id,
		.is_only_user = !binding->has_many_users,
	};
}

/* The log has the cause; to a person it would tell something about other people's phones. */
static enum err binding_refuse(struct db *db, const struct binding *binding, enum err err)
{
	if (!principal_is_person(binding->principal))
		return err;
	return db_refuse(db, ERR_MEMBER_REFUSED, err_name(err));
}

static enum err lock_user(struct db *db, struct binding *binding)
{
	const struct principal *principal = binding->principal;
	enum err err = user_row_lock(
		db, principal->tenant_id, binding->wechat_user_id, &binding->user);

	if (err == ERR_USER_UNKNOWN)
		return db_refuse(db, err, "no user has the id");
	if (err == ERR_NONE && binding->user.is_closed)
		return db_refuse(db, ERR_USER_UNKNOWN, "the user's account is closed");
	if (err == ERR_NONE && !principal_owns(principal, binding->user.account_id))
		return db_refuse(db, ERR_USER_UNKNOWN, "the user is another account's");
	return err;
}

/* A person may name only a phone that the account has confirmed. */
static enum err check_phone(struct db *db, const struct binding *binding)
{
	const struct principal *principal = binding->principal;
	struct uuid holder;
	enum err err;

	if (!principal_is_person(principal))
		return ERR_NONE;
	err = confirmed_phone_find_holder(
		db, principal->tenant_id, binding->given.phone, &holder);
	if (err == ERR_NONE && !uuid_is_equal(holder, binding->user.account_id))
		return db_refuse(
			db, ERR_MEMBER_REFUSED, "the phone is not, or no longer, confirmed");
	return err;
}

static enum err audit_binding(struct db *db, const struct binding *binding, const char *action)
{
	char phone[STR_MASKED_SIZE] = "";
	struct audit_entry entry = {
		.tenant_id = binding->principal->tenant_id,
		.action = action,
		.actor = binding->principal->name,
		.subject = arena_printf(db->arena, "member %d", binding->member_id),
	};

	if (binding->given.phone != NULL)
		str_mask(binding->given.phone, phone);
	entry.details = arena_printf(db->arena, "{\"wechat_user\":%d,\"phone\":\"%s\"}",
		binding->wechat_user_id, phone);
	return audit_write(db, &entry);
}

/* Binds the user to binding->member_id. */
static enum err binding_add(struct db *db, const struct binding *binding, const char *action)
{
	const struct binding_row row = binding_row_of(binding);
	const struct statistics_event event = {
		.tenant_id = row.tenant_id, .app_id = binding->user.app_id,
		.name = STATISTIC_MEMBERS_BOUND,
	};
	enum err err = stmt_write(db, &statements[SET_MEMBER], &row);

	if (err == ERR_NONE)
		err = statistics_add(db, &event);
	return err == ERR_NONE ? audit_binding(db, binding, action) : err;
}

/* Locks the user and finds the member with the phone, or returns ERR_MEMBER_UNKNOWN. */
static enum err find_member(struct db *db, struct binding *binding,
	enum err (*find)(struct db *db, const struct member *key, struct member *row_r))
{
	enum err err = lock_user(db, binding), refusal = ERR_NONE;

	if (err != ERR_NONE)
		return err;
	err = find(db, &binding->given, &binding->found);
	if (err == ERR_NONE || err == ERR_MEMBER_UNKNOWN)
		refusal = check_phone(db, binding);
	return refusal == ERR_NONE ? err : refusal;
}

static enum err binding_run(struct db *db, enum err (*fn)(struct db *db, void *ctx),
	struct binding *binding, int32_t *id_r)
{
	struct member *given = &binding->given;
	enum err err = member_normalise(given, db->arena);

	given->tenant_id = binding->principal->tenant_id;
	member_fill(given);
	if (err == ERR_NONE)
		err = setting_bool(db, given->tenant_id, SETTING_member_has_many_users,
			&binding->has_many_users);
	if (err == ERR_NONE)
		err = transaction_run(db, fn, binding);
	*id_r = binding->member_id;
	return err;
}

/* ---- New members. */

static enum err add_member(struct db *db, struct binding *binding)
{
	enum err err = member_insert(db, &binding->given);

	if (err != ERR_NONE)
		return err;
	binding->member_id = binding->given.id;
	return binding_add(db, binding, "member.create");
}

/* Finds the member without a lock: of requests that find none, the unique key lets one insert. */
static enum err create(struct db *db, void *ctx)
{
	struct binding *binding = ctx;
	enum err err = find_member(db, binding, member_find);

	if (err != ERR_NONE && err != ERR_MEMBER_UNKNOWN)
		return err;
	binding->member_id = binding->user.member_id;
	if (err == ERR_NONE && binding->found.id == binding->member_id)
		return ERR_NONE;
	if (binding->member_id != 0)
		return ERR_MEMBER_OTHER;
	return err == ERR_NONE ? binding_refuse(db, binding, ERR_PHONE_TAKEN)
			       : add_member(db, binding);
}

enum err member_create(struct db *db, const struct principal *principal, int32_t wechat_user_id,
	const struct member *member, int32_t *id_r)
{
	struct binding binding = {
		.principal = principal,
		.wechat_user_id = wechat_user_id,
		.given = *member,
	};

	return binding_run(db, create, &binding, id_r);
}

/* ---- Members who are there. */

/* A value that is not given or not stored fits. */
static bool member_fits(const struct member *given, const struct member *found)
{
	return (*given->name == '\0' || fold_is_blank(found->name) ||
		       fold_equal(given->name, found->name)) &&
		(*given->id_card == '\0' || *found->id_card == '\0' ||
			crypto_text_equal(given->id_card, found->id_card));
}

static enum err check_card(int32_t card_state)
{
	static const enum err errors[] = {
		[CARD_VALID] = ERR_NONE,
		[CARD_LOST] = ERR_CARD_LOST,
		[CARD_VOID] = ERR_CARD_VOID,
		[CARD_UNUSABLE] = ERR_CARD_UNUSABLE,
	};

	return errors[card_state];
}

static enum err check_is_free(struct db *db, const struct binding *binding)
{
	struct binding_row row = binding_row_of(binding);
	enum err err;

	if (binding->has_many_users)
		return ERR_NONE;
	err = stmt_need(db, &statements[ANY], &row, &row, ERR_MEMBER_UNKNOWN);
	if (err == ERR_NONE)
		return binding_refuse(db, binding, ERR_MEMBER_TAKEN);
	return err == ERR_MEMBER_UNKNOWN ? ERR_NONE : err;
}

static enum err bind_found(struct db *db, struct binding *binding)
{
	const struct member *found = &binding->found;
	enum err err;

	if (!member_fits(&binding->given, found))
		return binding_refuse(db, binding, ERR_MEMBER_MISMATCH);
	binding->member_id = found->id;
	if (binding->user.member_id == found->id)
		return ERR_NONE;
	err = check_card(found->card_state);
	if (err != ERR_NONE)
		return binding_refuse(db, binding, err);
	if (binding->user.member_id != 0)
		return ERR_MEMBER_OTHER;
	err = check_is_free(db, binding);
	return err == ERR_NONE ? binding_add(db, binding, "member.bind") : err;
}

/* No live card has the phone. */
static enum err refuse_phone(struct db *db, struct binding *binding)
{
	enum err err = member_lock_void(db, &binding->given, &binding->found);

	if (err == ERR_NONE || err == ERR_MEMBER_UNKNOWN)
		err = binding_refuse(db, binding, err == ERR_NONE ? ERR_CARD_VOID : err);
	return err;
}

static enum err bind(struct db *db, void *ctx)
{
	struct binding *binding = ctx;
	enum err err = find_member(db, binding, member_lock);

	if (err == ERR_NONE)
		return bind_found(db, binding);
	return err == ERR_MEMBER_UNKNOWN ? refuse_phone(db, binding) : err;
}

enum err member_bind(struct db *db, const struct principal *principal, int32_t wechat_user_id,
	const struct member *member, int32_t *id_r)
{
	struct binding binding = {
		.principal = principal,
		.wechat_user_id = wechat_user_id,
		.given = *member,
	};

	return binding_run(db, bind, &binding, id_r);
}

/* ---- The member of one's own phone. */

static enum err take(struct db *db, void *ctx)
{
	struct binding *binding = ctx;
	enum err err = find_member(db, binding, member_lock);

	if (err == ERR_NONE)
		return bind_found(db, binding);
	if (err != ERR_MEMBER_UNKNOWN)
		return err;
	return binding->user.member_id != 0 ? ERR_MEMBER_OTHER : add_member(db, binding);
}

/* Finds the number that the person has confirmed: that of the profile, or of a resident. */
static enum err find_own_phone(
	struct db *db, int32_t tenant_id, int32_t wechat_user_id, const char **phone_r)
{
	struct account account;
	enum err err;

	do {
		err = account_by_wechat_user(db, tenant_id, wechat_user_id, &account);
		if (err != ERR_NONE)
			return err;
	} while (!account.phone_is_confirmed && conn_may_find_more(db));
	*phone_r = account.phone;
	if (account.phone_is_confirmed)
		return ERR_NONE;
	err = resident_phone_find_confirmed(db, tenant_id, wechat_user_id, phone_r);
	return err == ERR_ABSENT ? ERR_PHONE_UNCONFIRMED : err;
}

enum err member_take(struct db *db, const struct principal *principal, int32_t wechat_user_id,
	const struct member *member)
{
	struct binding binding = {
		.principal = principal,
		.wechat_user_id = wechat_user_id,
		.given = *member,
	};
	int32_t id;
	enum err err = find_own_phone(
		db, principal->tenant_id, wechat_user_id, &binding.given.phone);

	if (err != ERR_NONE)
		return err;
	err = binding_run(db, take, &binding, &id);
	return err == ERR_MEMBER_OTHER ? binding_refuse(db, &binding, err) : err;
}

/* ---- Nobody's member any more. */

static enum err unbind(struct db *db, void *ctx)
{
	struct binding *binding = ctx;
	const struct binding_row none = {
		.tenant_id = binding->principal->tenant_id,
		.wechat_user_id = binding->wechat_user_id,
	};
	enum err err = lock_user(db, binding);

	binding->member_id = binding->user.member_id;
	if (err != ERR_NONE || binding->member_id == 0)
		return err;
	err = stmt_write(db, &statements[SET_MEMBER], &none);
	return err == ERR_NONE ? audit_binding(db, binding, "member.unbind") : err;
}

enum err member_unbind(struct db *db, const struct principal *principal, int32_t wechat_user_id)
{
	struct binding binding = {.principal = principal, .wechat_user_id = wechat_user_id};

	return transaction_run(db, unbind, &binding);
}
