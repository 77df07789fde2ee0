#include "arena.h"
#include "audit.h"
#include "fold.h"
#include "id_card.h"
#include "key_check.h"
#include "member.h"
#include "mobile.h"
#include "stmt.h"
#include "tenant.h"
#include "transaction.h"
#include "user_row.h"

/* The slowest import that dates users well. A tenth of what a laptop does. */
#define ROWS_A_SECOND_AT_LEAST 100

#define EXPORT_PAGE 1000

#define ROW(name, type) COLUMN(struct member, name, type)
#define SEALED_ROW(name) SEALED(struct member, name, "member", #name)
#define BY_PHONE FOUND_BY(struct member, phone, LOOKUP, "phone")
#define PHONE_HASH KEYED(struct member, phone, LOOKUP, "phone")

#define SELECT_MEMBER                                                                              \
	"SELECT id, tenant_id, row_uuid, name, phone, sex, birthday, id_card, address, "           \
	"card_state FROM member WHERE tenant_id = ? AND "

static const struct column member_columns[] = {
	ROW(id, INT32),
	ROW(tenant_id, INT32),
	ROW(row_uuid, UUID),
	ROW(name, STR),
	SEALED_ROW(phone),
	ROW(sex, INT32),
	SEALED_ROW(birthday),
	SEALED_ROW(id_card),
	SEALED_ROW(address),
	ROW(card_state, INT32),
	{.kind = COLUMN_END_OF_TABLE},
};

/* The phone of a void card is hashed in a column of its own, which is not unique. */
#define WRITTEN_TEXT                                                                            \
	"name = ?, phone = ?, phone_hash = IF(? = 2, NULL, ?), "                                \
	"phone_hash_next = IF(? = 2, NULL, ?), "                                                \
	"void_phone_hash = IF(? = 2, ?, NULL), sex = ?, birthday = ?, id_card = ?, "            \
	"id_card_hash = ?, address = ?, card_state = ?"
#define WRITTEN                                                                                 \
	ROW(name, STR), SEALED_ROW(phone), ROW(card_state, INT32), PHONE_HASH,                  \
		ROW(card_state, INT32), NEXT(struct member, phone, "phone"),                    \
		ROW(card_state, INT32), PHONE_HASH, ROW(sex, INT32), SEALED_ROW(birthday),      \
		SEALED_ROW(id_card), KEYED(struct member, id_card, LOOKUP, "id_card"),          \
		SEALED_ROW(address), ROW(card_state, INT32)

enum { FIND, LOCK, LOCK_VOID, BY_ID, PAGE, INSERT, UPDATE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = SELECT_MEMBER "phone_hash = ?",
		.params = COLUMNS(ROW(tenant_id, INT32), BY_PHONE),
		.columns = member_columns,
	},
	[LOCK] = {
		.text = SELECT_MEMBER "phone_hash = ? FOR UPDATE",
		.reads_again = true,
		.params = COLUMNS(ROW(tenant_id, INT32), BY_PHONE),
		.columns = member_columns,
	},
	[LOCK_VOID] = {
		.text = SELECT_MEMBER "void_phone_hash = ? ORDER BY id DESC LIMIT 1 FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, INT32), BY_PHONE),
		.columns = member_columns,
	},
	[BY_ID] = {
		.text = SELECT_MEMBER "id = ?",
		.reads_again = true,
		.user = DB_USER_ADMIN,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(id, INT32)),
		.columns = member_columns,
	},
	[PAGE] = {
		.text = SELECT_MEMBER "id > ? ORDER BY id LIMIT ?",
		.user = DB_USER_ADMIN,
		.params = COLUMNS(COLUMN(struct member_page, tenant_id, INT32),
			COLUMN(struct member_page, after_id, INT32),
			COLUMN(struct member_page, n_most, INT32)),
		.columns = member_columns,
		.row_size = sizeof(struct member),
	},
	[INSERT] = {
		.text = "INSERT INTO member SET tenant_id = ?, row_uuid = ?, "
			"created_at = UTC_TIMESTAMP(6), " WRITTEN_TEXT,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(row_uuid, UUID), WRITTEN),
	},
	[UPDATE] = {
		.text = "UPDATE member SET modified_at = UTC_TIMESTAMP(6), " WRITTEN_TEXT
			" WHERE tenant_id = ? AND id = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(WRITTEN, ROW(tenant_id, INT32), ROW(id, INT32)),
	},
};

const struct stmt_table member_statements = STMT_TABLE(statements);

/* ---- Rows. */

enum err member_normalise(struct member *member, struct arena *arena)
{
	char phone[MOBILE_ANYWHERE_SIZE];
	char id_card[ID_CARD_SIZE] = "";

	if (member->phone == NULL || !mobile_normalise_anywhere(member->phone, phone))
		return ERR_PHONE_MALFORMED;
	if (!fold_is_blank(member->id_card) && !id_card_normalise(member->id_card, id_card))
		return ERR_ID_CARD_MALFORMED;
	member->phone = arena_strdup(arena, phone);
	if (member->id_card != NULL)
		member->id_card = arena_strdup(arena, id_card);
	return ERR_NONE;
}

static void fill_text(const char **text)
{
	if (*text == NULL)
		*text = "";
}

void member_fill(struct member *member)
{
	fill_text(&member->name);
	fill_text(&member->phone);
	fill_text(&member->id_card);
	fill_text(&member->address);
	fill_text(&member->birthday);
}

enum err member_find(struct db *db, const struct member *key, struct member *row_r)
{
	return stmt_need(db, &statements[FIND], key, row_r, ERR_MEMBER_UNKNOWN);
}

enum err member_lock(struct db *db, const struct member *key, struct member *row_r)
{
	return stmt_need(db, &statements[LOCK], key, row_r, ERR_MEMBER_UNKNOWN);
}

enum err member_lock_void(struct db *db, const struct member *key, struct member *row_r)
{
	return stmt_need(db, &statements[LOCK_VOID], key, row_r, ERR_MEMBER_UNKNOWN);
}

enum err member_insert(struct db *db, struct member *row)
{
	enum err err;

	row->row_uuid = uuid_random();
	err = stmt_write(db, &statements[INSERT], row);
	row->id = (int32_t)db->insert_id;
	return err;
}

/* ---- Import and export. */

static bool put_text(const char **stored, const char *text)
{
	if (text == NULL || strcmp(*stored, text) == 0)
		return false;
	*stored = text;
	return true;
}

static bool put_number(int32_t *stored, int32_t number)
{
	if (number == MEMBER_KEEP || *stored == number)
		return false;
	*stored = number;
	return true;
}

/* The phone, by which the row was found, differs if no key opens it. Returns whether the row
 * changes anything. */
static bool put_row(struct member *stored, const struct member *row)
{
	bool is_changed = put_text(&stored->name, row->name);

	is_changed |= put_text(&stored->phone, row->phone);
	is_changed |= put_text(&stored->id_card, row->id_card);
	is_changed |= put_text(&stored->address, row->address);
	is_changed |= put_text(&stored->birthday, row->birthday);
	is_changed |= put_number(&stored->sex, row->sex);
	is_changed |= put_number(&stored->card_state, row->card_state);
	return is_changed;
}

/* Locks the member that a row is about: ERR_MEMBER_UNKNOWN if it is a new one. */
static enum err lock_stored(
	struct db *db, const struct member_import_row *row, struct member *stored_r)
{
	struct member key = row->member;
	bool is_void = key.card_state == CARD_VOID;
	enum err err = ERR_MEMBER_UNKNOWN;

	key.tenant_id = stored_r->tenant_id;
	if (!is_void || row->voids_live)
		err = member_lock(db, &key, stored_r);
	if (err == ERR_MEMBER_UNKNOWN && is_void)
		err = member_lock_void(db, &key, stored_r);
	return err;
}

static enum err add_row(struct db *db, struct member_import *import, const struct member *row)
{
	struct member stored = {.tenant_id = import->tenant_id, .phone = row->phone};

	member_fill(&stored);
	put_row(&stored, row);
	import->n_added++;
	return import->is_dry_run ? ERR_NONE : member_insert(db, &stored);
}

static enum err import_row(
	struct db *db, struct member_import *import, const struct member_import_row *row)
{
	struct member stored = {.tenant_id = import->tenant_id};
	enum err err = lock_stored(db, row, &stored);

	if (err == ERR_MEMBER_UNKNOWN)
		return add_row(db, import, &row->member);
	if (err != ERR_NONE || !put_row(&stored, &row->member))
		return err;
	import->n_changed++;
	if (import->is_dry_run)
		return ERR_NONE;
	err = stmt_write(db, &statements[UPDATE], &stored);
	return err == ERR_NONE ? user_row_date_member(db, stored.tenant_id, stored.id) : err;
}

static enum err audit_members(
	struct db *db, int32_t tenant_id, const char *action, const char *details)
{
	const struct audit_entry entry = {
		.tenant_id = tenant_id,
		.action = action,
		.actor = "wxuserctl",
		.subject = "members",
		.details = details,
	};

	return audit_write(db, &entry);
}

static enum err member_import_rows(struct db *db, void *ctx)
{
	struct member_import *import = ctx;
	enum err err = key_check_hold(db);

	if (err == ERR_NONE)
		err = tenant_check(db, import->tenant_id);
	import->n_added = import->n_changed = 0;
	for (size_t i = 0; i < import->n_rows && err == ERR_NONE; i++)
		err = import_row(db, import, &import->rows[i]);
	if (err == ERR_NONE && !import->is_dry_run)
		err = audit_members(db, import->tenant_id, "member.import",
			arena_printf(db->arena, "{\"lines\":%zu,\"new\":%zu,\"changed\":%zu}",
				import->n_rows, import->n_added, import->n_changed));
	return err;
}

enum err member_import(struct db *db, struct member_import *import)
{
	enum err err;

	db->ahead_s = (int32_t)(import->n_rows / ROWS_A_SECOND_AT_LEAST);
	err = transaction_run(db, member_import_rows, import);
	db->ahead_s = 0;
	return err;
}

enum err member_export_begin(struct db *db, int32_t tenant_id)
{
	enum err err = tenant_check(db, tenant_id);

	return err == ERR_NONE ? audit_members(db, tenant_id, "member.export", "{}") : err;
}

enum err member_page(struct db *db, const struct member_page *page,
	const struct member **members_r, size_t *n_members_r)
{
	void *rows;
	enum err err = stmt_all(db, &statements[PAGE], page, &rows, n_members_r);

	if (err == ERR_NONE)
		*members_r = rows;
	return err;
}

enum err member_export_page(struct db *db, int32_t tenant_id, int32_t after_id,
	const struct member **members_r, size_t *n_members_r)
{
	const struct member_page page = {tenant_id, after_id, EXPORT_PAGE};

	return member_page(db, &page, members_r, n_members_r);
}

enum err member_find_by_id(struct db *db, struct member *member)
{
	return stmt_need(db, &statements[BY_ID], member, member, ERR_MEMBER_UNKNOWN);
}

const char *card_state_name(int32_t state)
{
	static const char *const names[] = {
		[CARD_VALID] = "valid", [CARD_LOST] = "lost", [CARD_VOID] = "void",
		[CARD_UNUSABLE] = "unusable",
	};

	return names[state];
}
