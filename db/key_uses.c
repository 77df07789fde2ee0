#include "audit.h"
#include "conn.h"
#include "key_uses.h"
#include "key_verify.h"
#include "migrate.h"
#include "stmt.h"

struct traces {
	bool is_hashed, is_erased, is_signed;
};

enum { FORGET, TRACES };

#define KEY(member, type) COLUMN(struct known_key, member, type)

static const struct stmt statements[] = {
	[FORGET] = {
		.text = "DELETE FROM key_check "
			"WHERE kind = ? AND number = ? AND check_value = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(KEY(kind, INT32), KEY(number, INT32), KEY(hash, HASH)),
	},
	[TRACES] = {
		.text = "SELECT EXISTS (SELECT 1 FROM wechat_user) "
			"OR EXISTS (SELECT 1 FROM member) OR EXISTS (SELECT 1 FROM "
			"(SELECT key_number FROM audit ORDER BY id LIMIT "
			STMT_NUMBER(AUDIT_TRIED) ") first WHERE key_number IS NULL), "
			"EXISTS (SELECT 1 FROM audit WHERE action = 'user.erase'), "
			"EXISTS (SELECT 1 FROM (SELECT key_number FROM audit ORDER BY id DESC "
			"LIMIT " STMT_NUMBER(AUDIT_TRIED) ") last WHERE key_number IS NOT NULL)",
		.any_tenant = "it says only whether there are rows",
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(COLUMN(struct traces, is_hashed, BOOL),
			COLUMN(struct traces, is_erased, BOOL),
			COLUMN(struct traces, is_signed, BOOL)),
	},
};

const struct stmt_table key_uses_statements = STMT_TABLE(statements);

static void key_note_known(struct key_uses *uses)
{
	for (size_t i = 0; i < uses->n_known; i++) {
		const struct known_key *known = &uses->known[i];

		uses->of[known->kind].is_known = true;
		uses->of[known->kind].highest = (uint16_t)known->number;
	}
}

static enum err key_note_traces(struct db *db, struct key_uses *uses)
{
	struct traces traces;
	struct verified_column *columns;
	size_t n;
	enum err err = key_verify_sealed(db, VERIFY_ANY, &columns, &n);

	if (err == ERR_NONE)
		err = stmt_need(db, &statements[TRACES], NULL, &traces, ERR_INTERNAL);
	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < n; i++)
		uses->of[SECRET_KEY_SEALING].is_needed |= columns[i].n_values > 0;
	uses->of[SECRET_KEY_LOOKUP].is_needed = traces.is_hashed;
	uses->of[SECRET_KEY_ERASURE].is_needed = traces.is_erased;
	uses->of[SECRET_KEY_AUDIT].is_needed = traces.is_signed;
	return ERR_NONE;
}

enum err key_uses_find(struct db *db, struct key_uses *uses_r)
{
	int version = 0, wanted;
	enum err err;

	db->conn->creates_tables = true;
	err = migrate_check(db, &version, &wanted);
	*uses_r = (struct key_uses){0};
	if (err == ERR_PARAMETER && version == 0)
		return ERR_NONE;
	if (err == ERR_NONE)
		err = key_check_known(db, &uses_r->known, &uses_r->n_known);
	if (err != ERR_NONE)
		return err;
	uses_r->has_schema = true;
	key_note_known(uses_r);
	return key_note_traces(db, uses_r);
}

enum err key_forget(struct db *db, const struct key_uses *uses, enum secret_key_kind kind)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < uses->n_known && err == ERR_NONE; i++)
		if (uses->known[i].kind == (int32_t)kind)
			err = stmt_write(db, &statements[FORGET], &uses->known[i]);
	return err;
}
