#include "account_create.h"
#include "account_view.h"
#include "arena.h"
#include "clock.h"
#include "confirmed_phone.h"
#include "fold.h"
#include "id_card.h"
#include "mobile.h"
#include "placeholder.h"
#include "resident.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "user_row.h"
#include "verify_code.h"

#define ROW(member, type) COLUMN(struct resident, member, type)
#define CONTENT                                                                                 \
	ROW(name, STR), SEALED(struct resident, phone, "resident", "phone"),                    \
		SEALED(struct resident, id_card, "resident", "id_card"),                        \
		ROW(region_code, INT64),                                                        \
		SEALED(struct resident, region_names, "resident", "region_names"),              \
		ROW(head_portrait, STR)
#define HASHES                                                                                  \
	KEYED(struct resident, phone, LOOKUP, "phone"),                                         \
		KEYED(struct resident, id_card, LOOKUP, "id_card")

struct owner_row {
	int32_t tenant_id;
	struct uuid account_id;
	bool may_log_in;
};

enum { MAY_LOG_IN, LOCK, INSERT, UPDATE };

static const struct stmt statements[] = {
	[MAY_LOG_IN] = {
		.text = "SELECT " ACCOUNT_MAY_LOG_IN " FROM account a "
			"WHERE a.tenant_id = ? AND a.id = ?",
		.params = COLUMNS(COLUMN(struct owner_row, tenant_id, INT32),
			COLUMN(struct owner_row, account_id, UUID)),
		.columns = COLUMNS(COLUMN(struct owner_row, may_log_in, BOOL)),
	},
	[LOCK] = {
		.text = "SELECT id, tenant_id, row_uuid, created_at, name, phone, id_card, "
			"region_code, region_names, head_portrait FROM resident "
			"WHERE wechat_user_id = ? FOR UPDATE",
		.reads_again = true,
		.params = COLUMNS(ROW(tenant_id, TENANT), ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(id, INT64), ROW(tenant_id, TENANT), ROW(row_uuid, UUID),
			ROW(created_us, TIME), CONTENT),
	},
	[INSERT] = {
		.text = "INSERT INTO resident (tenant_id, row_uuid, wechat_user_id, created_at, "
			"name, phone, id_card, region_code, region_names, head_portrait, "
			"phone_hash, id_card_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(row_uuid, UUID),
			ROW(wechat_user_id, INT32), ROW(created_us, TIME), CONTENT, HASHES),
	},
	[UPDATE] = {
		.text = "UPDATE resident SET name = ?, phone = COALESCE(?, phone), id_card = ?, "
			"region_code = ?, region_names = ?, head_portrait = ?, "
			"phone_hash = COALESCE(?, phone_hash), id_card_hash = ?, "
			"modified_at = UTC_TIMESTAMP(6) WHERE tenant_id = ? AND id = ?",
		.params = COLUMNS(CONTENT, HASHES, ROW(tenant_id, INT32), ROW(id, INT64)),
	},
};

const struct stmt_table resident_statements = STMT_TABLE(statements);

struct resident_ctx {
	const struct principal *principal;
	const struct resident_change *change;
	int64_t verify_code_id; /* of the code that proved the phone; 0: none */
	struct user_row user;
	struct resident resident;
	struct region region; /* code 0: none was looked up */
	bool is_changed, needs_code, is_new_account;
	struct membership_list memberships;
};

/* A person's access token has shown already that the account may log in. */
static enum err check_account(struct db *db, const struct resident_ctx *ctx)
{
	struct owner_row owner = {
		.tenant_id = ctx->principal->tenant_id,
		.account_id = ctx->user.account_id,
		.may_log_in = true,
	};
	enum err err;

	if (!principal_owns(ctx->principal, ctx->user.account_id))
		return db_refuse(db, ERR_USER_UNKNOWN,
			ctx->user.id == 0 ? "no user has the openid"
					  : "the user is another account's");
	if (principal_is_person(ctx->principal) || uuid_is_nil(owner.account_id))
		return ERR_NONE;
	err = stmt_need(db, &statements[MAY_LOG_IN], &owner, &owner, ERR_ABSENT);
	if (err == ERR_NONE && !owner.may_log_in)
		err = ERR_ACCOUNT_DISABLED;
	return err == ERR_ABSENT ? ERR_NONE : err;
}

/* Locks the stored user and resident, or fills new ones. */
static enum err resident_lock(struct db *db, struct resident_ctx *ctx)
{
	const struct principal *principal = ctx->principal;
	struct resident *resident = &ctx->resident;
	enum err err = user_row_lock_or_init(
		db, principal->tenant_id, ctx->change->openid, &ctx->user);

	if (err == ERR_NONE)
		err = check_account(db, ctx);
	if (err != ERR_NONE)
		return err;
	*resident = (struct resident){
		.tenant_id = principal->tenant_id,
		.row_uuid = uuid_random(),
		.wechat_user_id = ctx->user.id,
		.name = "", .phone = "", .id_card = "", .region_names = "", .head_portrait = "",
		.created_us = clock_now_us(),
	};
	if (ctx->user.id != 0)
		err = stmt_need(db, &statements[LOCK], resident, resident, ERR_ABSENT);
	if (err != ERR_NONE && err != ERR_ABSENT)
		return err;
	if (ctx->change->id != 0 && ctx->change->id != resident->id)
		return db_refuse(db, ERR_RESIDENT_UNKNOWN,
			resident->id == 0 ? "the user is no resident yet"
					  : "the user's resident has another id");
	return ERR_NONE;
}

/* A name is readable and has no control characters. */
static bool is_name(const char *text)
{
	return !fold_is_blank(text) && !fold_has_control(text);
}

static bool is_masked_form(const char *text, const char *stored)
{
	char masked[STR_MASKED_SIZE];

	str_mask(stored, masked);
	return *stored != '\0' && fold_equal(text, masked);
}

/* NULL keeps what is stored. */
static void set_text(struct resident_ctx *ctx, const char **stored, const char *text)
{
	if (text == NULL || strcmp(*stored, text) == 0)
		return;
	*stored = text;
	ctx->is_changed = true;
}

static enum err set_name(struct resident_ctx *ctx)
{
	set_text(ctx, &ctx->resident.name, ctx->change->name);
	return is_name(ctx->resident.name) ? ERR_NONE : ERR_NAME_MALFORMED;
}

static enum err set_phone(struct db *db, struct resident_ctx *ctx)
{
	struct resident *resident = &ctx->resident;
	const char *text = ctx->change->phone;
	char number[MOBILE_SIZE];

	if (resident->id != 0 && (text == NULL || is_masked_form(text, resident->phone)))
		return ERR_NONE;
	if (text == NULL)
		return db_refuse(db, ERR_PHONE_MALFORMED, "a new resident has no phone");
	if (!mobile_normalise(text, number))
		return db_refuse(db, ERR_PHONE_MALFORMED, "not a mobile number");
	if (strcmp(number, resident->phone) == 0)
		return ERR_NONE;
	resident->phone = arena_strdup(db->arena, number);
	ctx->is_changed = ctx->needs_code = true;
	return ERR_NONE;
}

static enum err set_id_card(struct db *db, struct resident_ctx *ctx)
{
	struct resident *resident = &ctx->resident;
	const char *text = ctx->change->id_card;
	char number[ID_CARD_SIZE] = "";

	if (text == NULL || is_masked_form(text, resident->id_card))
		return ERR_NONE;
	if (!fold_is_blank(text) && !id_card_normalise(text, number))
		return ERR_ID_CARD_MALFORMED;
	set_text(ctx, &resident->id_card, arena_strdup(db->arena, number));
	return ERR_NONE;
}

/* Finds ctx->region. */
static enum err find_region(struct db *db, struct resident_ctx *ctx)
{
	const int64_t code = ctx->resident.region_code;

	return ctx->region.code != 0 && ctx->region.code == code
		? ERR_NONE
		: region_find(db, code, &ctx->region);
}

static enum err set_region(struct db *db, struct resident_ctx *ctx)
{
	struct resident *resident = &ctx->resident;
	int64_t code = ctx->change->region_code;

	if (resident->id != 0 && (code == 0 || code == resident->region_code))
		return ERR_NONE;
	resident->region_code = code;
	ctx->is_changed = true;
	return find_region(db, ctx);
}

static void set_head_portrait(struct resident_ctx *ctx)
{
	const char *portrait = ctx->change->head_portrait;

	if (portrait != NULL && !placeholder_is_avatar(portrait))
		set_text(ctx, &ctx->resident.head_portrait, portrait);
}

static enum err resident_apply(struct db *db, struct resident_ctx *ctx)
{
	enum err err = set_name(ctx);

	if (err == ERR_NONE)
		err = set_phone(db, ctx);
	if (err == ERR_NONE)
		err = set_id_card(db, ctx);
	if (err == ERR_NONE)
		err = set_region(db, ctx);
	set_text(ctx, &ctx->resident.region_names, ctx->change->region_names);
	set_head_portrait(ctx);
	return err;
}

/* A code for the phone that is stored confirms it again, if the account does not hold it any
 * more. Otherwise it is ignored, since a request may be sent twice. */
static enum err look_at_code(struct db *db, struct resident_ctx *ctx)
{
	struct uuid holder;
	enum err err;

	if (ctx->needs_code || str_is_empty(ctx->change->verify_code))
		return ERR_NONE;
	err = confirmed_phone_find_holder(
		db, ctx->user.tenant_id, ctx->resident.phone, &holder);
	ctx->needs_code = err == ERR_NONE && !uuid_is_equal(holder, ctx->user.account_id);
	return err;
}

static enum err spend_code(struct db *db, const struct resident_ctx *ctx)
{
	enum err err;

	if (ctx->verify_code_id == 0)
		return ERR_VERIFY_CODE_NEEDED;
	err = verify_code_use(db, ctx->principal->tenant_id, ctx->verify_code_id);
	if (err == ERR_VERIFY_CODE_NONE)
		return db_refuse(db, err, "another request used the code before the save");
	return err;
}

/* Gives a user without an account the one that its first login will find. */
static enum err resident_store_user(struct db *db, struct resident_ctx *ctx)
{
	struct user_row *user = &ctx->user;
	struct account_view account;
	enum err err;

	if (!uuid_is_nil(user->account_id))
		return ERR_NONE;
	err = account_create(db, user->tenant_id, &account);
	if (err != ERR_NONE)
		return err;
	user->account_id = account.id;
	ctx->is_new_account = true;
	return user->id == 0 ? user_row_insert(db, user) : user_row_update_owner(db, user);
}

static enum err resident_store(struct db *db, struct resident_ctx *ctx)
{
	struct resident *resident = &ctx->resident;
	enum err err;

	resident->wechat_user_id = ctx->user.id;
	if (resident->id != 0)
		return ctx->is_changed ? stmt_write(db, &statements[UPDATE], resident) : ERR_NONE;
	err = stmt_write(db, &statements[INSERT], resident);
	resident->id = db->insert_id;
	return err;
}

static enum err confirm_phone(struct db *db, const struct resident_ctx *ctx)
{
	const struct confirmed_phone confirmed = {
		.tenant_id = ctx->user.tenant_id,
		.account_id = ctx->user.account_id,
		.phone = ctx->resident.phone,
	};

	return ctx->needs_code ? confirmed_phone_set(db, &confirmed, PHONE_BY_SMS) : ERR_NONE;
}

static enum err add_membership(struct db *db, struct resident_ctx *ctx)
{
	const struct user_row *user = &ctx->user;
	enum err err = find_region(db, ctx);

	if (err == ERR_REGION_UNKNOWN)
		return ERR_NONE;
	if (err != ERR_NONE)
		return err;
	return membership_add_resident(db, user->tenant_id, user->account_id, &ctx->region);
}

static enum err find_memberships(struct db *db, struct resident_ctx *ctx)
{
	const struct user_row *user = &ctx->user;
	struct membership_list *list = &ctx->memberships;
	enum err err = ERR_NONE;

	*list = (struct membership_list){0};
	if (!ctx->is_new_account)
		err = membership_list(db, user->tenant_id, user->account_id, list);
	if (err != ERR_NONE || list->n_members > 0)
		return err;
	err = add_membership(db, ctx);
	if (err != ERR_NONE)
		return err;
	return membership_list(db, user->tenant_id, user->account_id, list);
}

static enum err save_resident(struct db *db, void *ctx)
{
	struct resident_ctx *saving = ctx;
	enum err err;

	saving->is_changed = saving->needs_code = saving->is_new_account = false;
	err = resident_lock(db, saving);
	if (err == ERR_NONE)
		err = resident_apply(db, saving);
	if (err == ERR_NONE)
		err = look_at_code(db, saving);
	if (err == ERR_NONE && saving->needs_code)
		err = spend_code(db, saving);
	if (err == ERR_NONE)
		err = resident_store_user(db, saving);
	if (err == ERR_NONE)
		err = resident_store(db, saving);
	if (err == ERR_NONE)
		err = confirm_phone(db, saving);
	if (err == ERR_NONE)
		err = find_memberships(db, saving);
	return err;
}

static enum err try_code(struct db *db, struct resident_ctx *ctx)
{
	const struct code_scope place = {
		.tenant_id = ctx->principal->tenant_id,
		.purpose = VERIFY_CODE_PHONE,
		.phone = ctx->resident.phone,
		.openid = ctx->change->openid,
		.account_id = ctx->user.account_id,
	};

	return verify_code_try(db, &place, ctx->change->verify_code, &ctx->verify_code_id);
}

/* Only the transaction shows whether a code is needed, and only outside of it a wrong code counts.
 * A code that was used already, before the try or since, may have served the same request, sent
 * twice, which has saved the phone. */
static enum err save_with_code(struct db *db, struct resident_ctx *ctx)
{
	enum err tried = try_code(db, ctx);
	enum err err = tried;

	if (tried == ERR_NONE || tried == ERR_VERIFY_CODE_NONE)
		err = transaction_run(db, save_resident, ctx);
	if (tried == ERR_NONE && err == ERR_VERIFY_CODE_NONE)
		err = transaction_run(db, save_resident, ctx);
	return err == ERR_VERIFY_CODE_NEEDED ? tried : err;
}

enum err resident_save(struct db *db, const struct principal *principal,
	const struct resident_change *change, struct saved_resident *saved_r)
{
	struct resident_ctx ctx = {.principal = principal, .change = change};
	enum err err;

	if (change->openid == NULL || !str_is_openid(change->openid))
		return ERR_OPENID_MALFORMED;
	err = transaction_run(db, save_resident, &ctx);
	if (err == ERR_VERIFY_CODE_NEEDED && !str_is_empty(change->verify_code))
		err = save_with_code(db, &ctx);
	*saved_r = (struct saved_resident){
		.resident = ctx.resident,
		.memberships = ctx.memberships,
	};
	return err;
}
