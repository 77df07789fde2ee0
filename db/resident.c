#include "account.h"
#include "arena.h"
#include "clock.h"
#include "fold.h"
#include "id_card.h"
#include "mobile.h"
#include "placeholder.h"
#include "profile.h"
#include "resident.h"
#include "stmt.h"
#include "str.h"
#include "transaction.h"
#include "verify_code.h"

#define ROW(member, type) COLUMN(struct resident, member, type)
#define CONTENT                                                                                 \
	ROW(name, STR), SEALED(struct resident, phone, "resident", "phone"),                    \
		SEALED(struct resident, id_card, "resident", "id_card"),                        \
		ROW(region_code, INT64),                                                        \
		SEALED(struct resident, region_names, "resident", "region_names"),              \
		ROW(head_portrait, STR)
#define HASHES                                                                                  \
	KEYED(struct resident, phone, "phone"), KEYED(struct resident, id_card, "id_card")

struct owner_row {
	struct uuid account_id;
	bool may_log_in;
};

enum { MAY_LOG_IN, LOCK, INSERT, UPDATE };

static const struct stmt statements[] = {
	[MAY_LOG_IN] = {
		.text = "SELECT " ACCOUNT_MAY_LOG_IN " FROM account a WHERE a.id = ?",
		.params = COLUMNS(COLUMN(struct owner_row, account_id, UUID)),
		.columns = COLUMNS(COLUMN(struct owner_row, may_log_in, BOOL)),
	},
	[LOCK] = {
		.text = "SELECT id, tenant_id, row_uuid, created_at, name, phone, id_card, "
			"region_code, region_names, head_portrait FROM resident "
			"WHERE wechat_user_id = ? FOR UPDATE",
		.params = COLUMNS(ROW(wechat_user_id, INT32)),
		.columns = COLUMNS(ROW(id, INT64), ROW(tenant_id, INT32), ROW(row_uuid, UUID),
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
		.text = "UPDATE resident SET name = ?, phone = ?, id_card = ?, region_code = ?, "
			"region_names = ?, head_portrait = ?, phone_hash = ?, id_card_hash = ?, "
			"modified_at = UTC_TIMESTAMP(6) WHERE id = ?",
		.params = COLUMNS(CONTENT, HASHES, ROW(id, INT64)),
	},
};

const struct stmt_table resident_statements = STMT_TABLE(statements);

struct save {
	const struct principal *principal;
	const struct resident_change *change;
	int64_t verify_code_id; /* that has proven the phone; 0: none */
	struct user_row user;
	struct resident resident;
	bool is_changed, is_phone_new;
	struct user_member_list memberships;
};

/* Of a person the access token has said that the account may log in. */
static enum err check_owner(struct db *db, const struct save *save)
{
	struct owner_row owner = {.account_id = save->user.account_id, .may_log_in = true};

	if (!principal_owns(save->principal, save->user.account_id))
		return db_refuse(db, ERR_USER_UNKNOWN,
			save->user.id == 0 ? "no user has the openid"
					   : "the user is another account's");
	if (principal_is_person(save->principal))
		return ERR_NONE;
	if (stmt_find(db, &statements[MAY_LOG_IN], &owner, &owner) < 0)
		return transaction_failed(db);
	return owner.may_log_in ? ERR_NONE : ERR_ACCOUNT_DISABLED;
}

/* The stored ones, locked, or new ones in memory. */
static enum err begin(struct db *db, struct save *save)
{
	const struct principal *principal = save->principal;
	const char *openid = save->change->openid;
	struct resident *resident = &save->resident;
	int found = user_row_lock_by_openid(db, principal->tenant_id, openid, &save->user);
	enum err err;

	if (found < 0)
		return transaction_failed(db);
	if (found == 0)
		user_row_init(&save->user, principal->tenant_id, openid);
	err = check_owner(db, save);
	if (err != ERR_NONE)
		return err;
	*resident = (struct resident){
		.tenant_id = principal->tenant_id,
		.row_uuid = uuid_random(),
		.wechat_user_id = save->user.id,
		.name = "", .phone = "", .id_card = "", .region_names = "", .head_portrait = "",
		.created_us = clock_now_us(),
	};
	if (stmt_find(db, &statements[LOCK], resident, resident) < 0)
		return transaction_failed(db);
	if (save->change->id != 0 && save->change->id != resident->id)
		return db_refuse(db, ERR_RESIDENT_UNKNOWN,
			resident->id == 0 ? "the user is no resident yet"
					  : "the user's resident has another id");
	return ERR_NONE;
}

/* Something to read, without control characters. */
static bool is_name(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == '\x7f')
			return false;
	return !fold_is_blank(text);
}

static bool is_masked_form(const char *text, const char *stored)
{
	char masked[STR_MASKED_SIZE];

	str_mask(stored, masked);
	return *stored != '\0' && fold_equal(text, masked);
}

/* NULL keeps what is stored. */
static void set(struct save *save, const char **stored, const char *text)
{
	if (text == NULL || strcmp(*stored, text) == 0)
		return;
	*stored = text;
	save->is_changed = true;
}

static enum err set_name(struct save *save)
{
	set(save, &save->resident.name, save->change->name);
	return is_name(save->resident.name) ? ERR_NONE : ERR_NAME_MALFORMED;
}

static enum err set_phone(struct db *db, struct save *save)
{
	struct resident *resident = &save->resident;
	const char *text = save->change->phone;
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
	save->is_changed = save->is_phone_new = true;
	return ERR_NONE;
}

static enum err set_id_card(struct db *db, struct save *save)
{
	struct resident *resident = &save->resident;
	const char *text = save->change->id_card;
	char number[ID_CARD_SIZE] = "";

	if (text == NULL || is_masked_form(text, resident->id_card))
		return ERR_NONE;
	if (!fold_is_blank(text) && !id_card_normalise(text, number))
		return ERR_ID_CARD_MALFORMED;
	set(save, &resident->id_card, arena_strdup(db->arena, number));
	return ERR_NONE;
}

static enum err set_region(struct db *db, struct save *save)
{
	struct resident *resident = &save->resident;
	int64_t code = save->change->region_code;
	struct region region;
	int found;

	if (resident->id != 0 && (code == 0 || code == resident->region_code))
		return ERR_NONE;
	resident->region_code = code;
	save->is_changed = true;
	found = region_find(db, code, &region);
	if (found < 0)
		return transaction_failed(db);
	return found == 0 ? ERR_REGION_UNKNOWN : ERR_NONE;
}

static void set_head_portrait(struct save *save)
{
	const char *portrait = save->change->head_portrait;

	if (portrait != NULL && !placeholder_is_avatar(portrait))
		set(save, &save->resident.head_portrait, portrait);
}

static enum err apply(struct db *db, struct save *save)
{
	enum err err = set_name(save);

	if (err == ERR_NONE)
		err = set_phone(db, save);
	if (err == ERR_NONE)
		err = set_id_card(db, save);
	if (err == ERR_NONE)
		err = set_region(db, save);
	set(save, &save->resident.region_names, save->change->region_names);
	set_head_portrait(save);
	return err;
}

static enum err spend_code(struct db *db, struct save *save)
{
	enum err err;

	if (save->verify_code_id == 0)
		return ERR_VERIFY_CODE_NEEDED;
	err = verify_code_use(db, save->verify_code_id);
	if (err == ERR_VERIFY_CODE_NONE)
		return db_refuse(db, err, "another request used the code before the save");
	return err;
}

/* The account is the one that the first login of this openid will find. */
static enum err store_user(struct db *db, struct save *save)
{
	struct user_row *user = &save->user;

	if (!uuid_is_nil(user->account_id))
		return ERR_NONE;
	if (account_create(db, user->tenant_id, &user->account_id) != 0)
		return transaction_failed(db);
	return transaction_wrote(db,
		user->id == 0 ? user_row_insert(db, user) : user_row_update_owner(db, user));
}

static enum err store_resident(struct db *db, struct save *save)
{
	struct resident *resident = &save->resident;
	int stored = 0;

	resident->wechat_user_id = save->user.id;
	if (resident->id == 0) {
		stored = stmt_run(db, &statements[INSERT], resident);
		resident->id = db->insert_id;
	} else if (save->is_changed) {
		stored = stmt_run(db, &statements[UPDATE], resident);
	}
	return transaction_wrote(db, stored);
}

static enum err confirm_phone(struct db *db, const struct save *save)
{
	if (!save->is_phone_new)
		return ERR_NONE;
	if (account_confirm_phone(
		    db, save->user.tenant_id, save->user.account_id, save->resident.phone) != 0)
		return transaction_failed(db);
	return ERR_NONE;
}

static enum err become_member(struct db *db, const struct save *save)
{
	const struct user_row *user = &save->user;
	struct region region;
	int found = region_find(db, save->resident.region_code, &region);

	if (found <= 0)
		return found < 0 ? transaction_failed(db) : ERR_NONE;
	return user_member_add_resident(db, user->tenant_id, user->account_id, &region);
}

static enum err find_memberships(struct db *db, struct save *save)
{
	const struct user_row *user = &save->user;
	struct user_member_list *list = &save->memberships;
	enum err err = user_member_list(db, user->tenant_id, user->account_id, list);

	if (err != ERR_NONE || list->n_members > 0)
		return err;
	err = become_member(db, save);
	if (err != ERR_NONE)
		return err;
	return user_member_list(db, user->tenant_id, user->account_id, list);
}

static enum err save_in_transaction(struct db *db, void *ctx)
{
	struct save *save = ctx;
	enum err err;

	save->is_changed = save->is_phone_new = false;
	err = begin(db, save);
	if (err == ERR_NONE)
		err = apply(db, save);
	if (err == ERR_NONE && save->is_phone_new)
		err = spend_code(db, save);
	if (err == ERR_NONE)
		err = store_user(db, save);
	if (err == ERR_NONE)
		err = store_resident(db, save);
	if (err == ERR_NONE)
		err = confirm_phone(db, save);
	if (err == ERR_NONE)
		err = find_memberships(db, save);
	return err;
}

static enum err try_code(struct db *db, struct save *save)
{
	const struct code_place place = {
		.tenant_id = save->principal->tenant_id,
		.purpose = VERIFY_CODE_PHONE,
		.phone = save->resident.phone,
	};

	return verify_code_try(db, &place, save->change->verify_code, &save->verify_code_id);
}

/* Only within shows whether a code is needed, and only outside a wrong one counts. A code that was
 * used, before the try or since, may have served the same request, sent twice: it has saved the
 * phone. */
static enum err save_with_code(struct db *db, struct save *save)
{
	enum err tried = try_code(db, save);
	enum err err = tried;

	if (tried == ERR_NONE || tried == ERR_VERIFY_CODE_NONE)
		err = transaction_run(db, save_in_transaction, save);
	if (tried == ERR_NONE && err == ERR_VERIFY_CODE_NONE)
		err = transaction_run(db, save_in_transaction, save);
	return err == ERR_VERIFY_CODE_NEEDED ? tried : err;
}

enum err resident_save(struct db *db, const struct principal *principal,
	const struct resident_change *change, struct saved_resident *saved_r)
{
	struct save save = {.principal = principal, .change = change};
	enum err err;

	if (change->openid == NULL || !str_is_openid(change->openid))
		return ERR_OPENID_MALFORMED;
	err = transaction_run(db, save_in_transaction, &save);
	if (err == ERR_VERIFY_CODE_NEEDED && !str_is_empty(change->verify_code))
		err = save_with_code(db, &save);
	*saved_r = (struct saved_resident){
		.resident = save.resident,
		.memberships = save.memberships,
	};
	return err;
}
