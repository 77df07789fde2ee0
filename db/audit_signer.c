#include "audit_signer.h"
#include "conn.h"
#include "key_check.h"
#include "secret_keys.h"
#include "stmt.h"

#define SUCCESSOR(member, type) COLUMN(struct audit_successor, member, type)

enum { FIRST_OF_NEWER_KEY };

static const struct stmt statements[] = {
	/* It passes over the entries of older keys; only a lost key needs it. */
	[FIRST_OF_NEWER_KEY] = {
		.text = "SELECT id, at FROM audit WHERE key_number > ? ORDER BY id LIMIT 1",
		.any_tenant = STMT_OF_JOB,
		.params = COLUMNS(SUCCESSOR(key_number, INT32)),
		.columns = COLUMNS(SUCCESSOR(entry_id, INT64), SUCCESSOR(at_us, TIME)),
	},
};

const struct stmt_table audit_signer_statements = STMT_TABLE(statements);

/* An entry of a look-up key does not tell its number. */
static bool is_of(const struct audit_row *row, enum secret_key_kind kind, int32_t number)
{
	return row->key_number == 0 ? kind == SECRET_KEY_LOOKUP
				    : kind == SECRET_KEY_AUDIT && number == row->key_number;
}

static bool key_is_lost(const struct db *db, const struct audit_row *row)
{
	const enum secret_key_kind kind =
		row->key_number == 0 ? SECRET_KEY_LOOKUP : SECRET_KEY_AUDIT;

	for (uint16_t number = 1; number < secret_key_newest(db->keys, kind); number++)
		if (is_of(row, kind, number) && secret_keys_lost(db->keys, kind, number))
			return true;
	return false;
}

static enum err read_successor(
	struct db *db, struct audit_successor *successor, const struct audit_row *row)
{
	enum err err;

	if (successor->is_read && successor->key_number == row->key_number)
		return ERR_NONE;
	*successor = (struct audit_successor){.key_number = row->key_number};
	err = stmt_need(db, &statements[FIRST_OF_NEWER_KEY], successor, successor, ERR_ABSENT);
	successor->is_read = err == ERR_NONE || err == ERR_ABSENT;
	return successor->is_read ? ERR_NONE : err;
}

static enum err find_missing(struct db *db, const struct audit_row *row, bool *is_missing_r)
{
	const struct known_key *known;
	size_t n;
	enum err err = key_check_known(db, &known, &n);

	*is_missing_r = false;
	for (size_t i = 0; i < n && err == ERR_NONE; i++) {
		const enum secret_key_kind kind = (enum secret_key_kind)known[i].kind;
		const uint16_t number = (uint16_t)known[i].number;

		if (is_of(row, kind, known[i].number) && !known[i].is_retired &&
			!secret_keys_have(db->keys, kind, number) &&
			!secret_keys_lost(db->keys, kind, number))
			*is_missing_r = true;
	}
	return err;
}

enum err audit_find_signer(struct db *db, struct audit_successor *successor,
	const struct audit_row *row, enum audit_signer *signer_r)
{
	const bool is_lost = key_is_lost(db, row);
	bool is_missing = false;
	enum err err = is_lost ? read_successor(db, successor, row) : ERR_NONE;

	*signer_r = AUDIT_SIGNER_LOST;
	if (err != ERR_NONE ||
		(is_lost && (successor->entry_id == 0 || row->id < successor->entry_id)))
		return err;
	err = find_missing(db, row, &is_missing);
	*signer_r = is_missing ? AUDIT_SIGNER_MISSING : AUDIT_SIGNER_NONE;
	return err;
}
