#include "arena.h"
#include "id_card.h"
#include "member_row.h"
#include "mobile.h"
#include "stmt.h"
#include "str.h"

#define ROW(name, type) COLUMN(struct member, name, type)
#define SEALED_ROW(name) SEALED(struct member, name, "member", #name)
#define PHONE_HASH KEYED(struct member, phone, "phone")

#define SELECT_MEMBER                                                                           \
	"SELECT id, tenant_id, row_uuid, name, phone, sex, birthday, id_card, address, "        \
	"card_state FROM member WHERE tenant_id = ? AND "

static const struct column row_columns[] = {
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

/* A void card's phone is kept apart, where it need not be unique. */
#define WRITTEN_TEXT                                                                            \
	"name = ?, phone = ?, phone_hash = IF(? = 2, NULL, ?), "                                \
	"void_phone_hash = IF(? = 2, ?, NULL), sex = ?, birthday = ?, id_card = ?, "            \
	"id_card_hash = ?, address = ?, card_state = ?"
#define WRITTEN                                                                                 \
	ROW(name, STR), SEALED_ROW(phone), ROW(card_state, INT32), PHONE_HASH,                  \
		ROW(card_state, INT32), PHONE_HASH, ROW(sex, INT32), SEALED_ROW(birthday),      \
		SEALED_ROW(id_card), KEYED(struct member, id_card, "id_card"),                  \
		SEALED_ROW(address), ROW(card_state, INT32)

enum { FIND, LOCK, LOCK_VOID, INSERT, UPDATE };

static const struct stmt statements[] = {
	[FIND] = {
		.text = SELECT_MEMBER "phone_hash = ?",
		.params = COLUMNS(ROW(tenant_id, INT32), PHONE_HASH),
		.columns = row_columns,
	},
	[LOCK] = {
		.text = SELECT_MEMBER "phone_hash = ? FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, INT32), PHONE_HASH),
		.columns = row_columns,
	},
	[LOCK_VOID] = {
		.text = SELECT_MEMBER "void_phone_hash = ? ORDER BY id DESC LIMIT 1 FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, INT32), PHONE_HASH),
		.columns = row_columns,
	},
	[INSERT] = {
		.text = "INSERT INTO member SET tenant_id = ?, row_uuid = ?, "
			"created_at = UTC_TIMESTAMP(6), " WRITTEN_TEXT,
		.params = COLUMNS(ROW(tenant_id, INT32), ROW(row_uuid, UUID), WRITTEN),
	},
	[UPDATE] = {
		.text = "UPDATE member SET modified_at = UTC_TIMESTAMP(6), " WRITTEN_TEXT
			" WHERE id = ?",
		.params = COLUMNS(WRITTEN, ROW(id, INT32)),
	},
};

const struct stmt_table member_row_statements = STMT_TABLE(statements);

static void fill(const char **text)
{
	if (*text == NULL)
		*text = "";
}

enum err member_normalise(struct member *member, struct arena *arena)
{
	char phone[MOBILE_ANYWHERE_SIZE];
	char id_card[ID_CARD_SIZE] = "";

	fill(&member->name);
	fill(&member->phone);
	fill(&member->id_card);
	fill(&member->address);
	fill(&member->birthday);
	if (!mobile_normalise_anywhere(member->phone, phone))
		return ERR_PHONE_MALFORMED;
	if (*member->id_card != '\0' && !id_card_normalise(member->id_card, id_card))
		return ERR_ID_CARD_MALFORMED;
	member->phone = arena_strdup(arena, phone);
	member->id_card = arena_strdup(arena, id_card);
	return ERR_NONE;
}

int member_row_find(struct db *db, const struct member *key, struct member *row_r)
{
	return stmt_find(db, &statements[FIND], key, row_r);
}

int member_row_lock(struct db *db, const struct member *key, struct member *row_r)
{
	return stmt_find(db, &statements[LOCK], key, row_r);
}

int member_row_lock_void(struct db *db, const struct member *key, struct member *row_r)
{
	return stmt_find(db, &statements[LOCK_VOID], key, row_r);
}

int member_row_insert(struct db *db, struct member *row)
{
	int n_inserted;

	secret_random(row->row_uuid, sizeof(row->row_uuid));
	n_inserted = stmt_run(db, &statements[INSERT], row);
	if (n_inserted < 0)
		return n_inserted;
	row->id = (int32_t)db->insert_id;
	return 0;
}

int member_row_update(struct db *db, const struct member *row)
{
	int n_updated = stmt_run(db, &statements[UPDATE], row);

	return n_updated < 0 ? n_updated : 0;
}
