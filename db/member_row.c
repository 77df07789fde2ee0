#include "member_row.h"
#include "stmt.h"

#define ROW(name, type) COLUMN(struct member, name, type)
#define SEALED_ROW(name) SEALED(struct member, name, "member", #name)
#define PHONE_HASH KEYED(struct member, phone, "phone")

#define SELECT_MEMBER MEMBER_ROW_SELECT "WHERE tenant_id = ? AND "

const struct column member_row_columns[] = {
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
		.columns = member_row_columns,
	},
	[LOCK] = {
		.text = SELECT_MEMBER "phone_hash = ? FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, INT32), PHONE_HASH),
		.columns = member_row_columns,
	},
	[LOCK_VOID] = {
		.text = SELECT_MEMBER "void_phone_hash = ? ORDER BY id DESC LIMIT 1 FOR UPDATE",
		.params = COLUMNS(ROW(tenant_id, INT32), PHONE_HASH),
		.columns = member_row_columns,
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

void member_row_fill(struct member *member)
{
	fill(&member->name);
	fill(&member->phone);
	fill(&member->id_card);
	fill(&member->address);
	fill(&member->birthday);
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
