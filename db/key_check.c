#include <string.h>

#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "crypto.h"
#include "key_check.h"
#include "key_following.h"
#include "key_verify.h"
#include "migrate.h"
#include "secret.h"
#include "secret_keys.h"
#include "stmt.h"

enum { KNOWN, HOLD, ADD, BEGIN };

#define KEY(member, type) COLUMN(struct known_key, member, type)
#define SELECT_KNOWN                                                                            \
	"SELECT kind, number, check_value, COALESCE(place, 0), used_from, "                     \
	"retired_at IS NOT NULL, step FROM key_check ORDER BY kind, number LIMIT 1000"

static const struct column known_columns[] = {
	KEY(kind, INT32),
	KEY(number, INT32),
	KEY(hash, HASH),
	KEY(place, INT32),
	KEY(used_us, TIME),
	KEY(is_retired, BOOL),
	KEY(step, INT32),
	{.kind = COLUMN_END_OF_TABLE},
};

static const struct stmt statements[] = {
	[KNOWN] = {
		.text = SELECT_KNOWN,
		.columns = known_columns,
		.row_size = sizeof(struct known_key),
	},
	[HOLD] = {
		.text = SELECT_KNOWN " LOCK IN SHARE MODE",
		.user = DB_USER_CONTROL,
		.columns = known_columns,
		.row_size = sizeof(struct known_key),
	},
	[ADD] = {
		.text = "INSERT INTO key_check (kind, number, check_value, place, created_at, "
			"used_from) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), ?)",
		.params = COLUMNS(KEY(kind, INT32), KEY(number, INT32), KEY(hash, HASH),
			KEY(place, INT32), KEY(used_us, TIME)),
	},
	[BEGIN] = {
		.text = "UPDATE key_check SET used_from = UTC_TIMESTAMP(6) "
			"WHERE kind = ? AND number = ? AND used_from IS NULL "
			"AND retired_at IS NULL",
		.params = COLUMNS(KEY(kind, INT32), KEY(number, INT32)),
	},
};

const struct stmt_table key_check_statements = STMT_TABLE(statements);

struct key_check_ctx {
	struct db *db;
	const struct known_key *known;
	const struct secret_check_value *values;
	size_t n_known, n_values;
	const char *problem; /* NULL: none yet */
};

static const char *file_of(const struct key_check_ctx *check, enum secret_key_kind kind)
{
	return secret_key_path(check->db->conf, kind);
}

static bool is_same(const struct secret_check_value *value, const struct known_key *known)
{
	return crypto_equal(value->hash, known->hash, CRYPTO_HASH_SIZE);
}

/* Of the erasure key one is not lost, whatever its number. Hashes do not name their key, so that a
 * look-up key is the same under another number. */
static bool is_in_place_of(const struct key_check_ctx *check,
	const struct secret_check_value *value, const struct known_key *known)
{
	if (value->kind != (enum secret_key_kind)known->kind)
		return false;
	if (value->number == known->number)
		return true;
	return (value->kind == SECRET_KEY_LOOKUP && is_same(value, known)) ||
		(!secret_key_may_be_replaced(value->kind) &&
			!key_following_is_lost(check->db, known));
}

/* A process has the lines that its file had when it began. A file is never replaced, since the one
 * of today may have the only copy of another key. */
static const char *lacks_key(const struct key_check_ctx *check, const struct known_key *known)
{
	return arena_printf(check->db->arena,
		"%s: key %d of this database is missing; if the file has it, run: wxuserctl "
		"reload; else add its line from a backup of the file, or from a host that has it, "
		"and leave the other lines",
		file_of(check, (enum secret_key_kind)known->kind), known->number);
}

/* Returns what is wrong with the key that should be the known one; NULL: nothing. */
static const char *problem_of(const struct key_check_ctx *check, const struct known_key *known)
{
	struct arena *arena = check->db->arena;
	const char *file = file_of(check, (enum secret_key_kind)known->kind);
	const char *problem = lacks_key(check, known);

	for (size_t i = 0; i < check->n_values; i++) {
		const struct secret_check_value *value = &check->values[i];

		if (is_in_place_of(check, value, known) && is_same(value, known))
			return NULL;
		if (value->kind != (enum secret_key_kind)known->kind && is_same(value, known))
			return arena_printf(arena, "%s: its key is in %s; the files are swapped",
				file, file_of(check, value->kind));
		if (is_in_place_of(check, value, known))
			problem = arena_printf(arena,
				"%s: key %d is not this database's; copy the file aside, and put "
				"in place of this line that of a backup of the file, or of a host "
				"that has it",
				file, value->number);
	}
	return problem;
}

/* A host can do without a key that nothing needs, or that is not in use yet. If its file has a key
 * of that number all the same, it must be that one. */
static bool key_is_expected(const struct key_check_ctx *check, const struct known_key *known)
{
	const enum secret_key_kind kind = (enum secret_key_kind)known->kind;

	if (key_following_is_lost(check->db, known))
		return false;
	return (!known->is_retired &&
		       (known->used_us != 0 || known->step != 0 ||
			       !secret_key_may_be_replaced(kind))) ||
		secret_keys_have(check->db->keys, kind, (uint16_t)known->number);
}

static bool key_has_all_known(struct key_check_ctx *check)
{
	for (size_t i = 0; i < check->n_known && check->problem == NULL; i++)
		if (key_is_expected(check, &check->known[i]))
			check->problem = problem_of(check, &check->known[i]);
	return check->problem == NULL;
}

/* A new key has sealed nothing yet, but the keys of its file must open all that is sealed. */
static enum err key_try_sealing(struct key_check_ctx *check)
{
	struct db *db = check->db;
	struct verified_column *columns;
	size_t n;
	enum err err = key_verify_sealed(db, VERIFY_FIRST, &columns, &n);

	for (size_t i = 0; err == ERR_NONE && i < n; i++) {
		if (columns[i].n_wrong == 0)
			continue;
		check->problem = arena_printf(db->arena,
			"%s: its keys do not open %s.%s of row %lld; restore the file from its "
			"backup. Where two keys have had one number, it takes the lines of both",
			db->conf->keys_sealing, columns[i].table, columns[i].name,
			(long long)columns[i].wrong_id);
		return ERR_NONE;
	}
	return err;
}

/* The majority decides: if a key was made while another one was missing, each has hashed some. */
static enum err key_try_lookup(struct key_check_ctx *check)
{
	struct db *db = check->db;
	struct verified_column *phones;
	struct audit_trial entries;
	size_t n;
	int64_t n_tried, n_wrong;
	enum err err = key_verify_hashed(db, &phones, &n);

	if (err == ERR_NONE)
		err = audit_try_key(db, SECRET_KEY_LOOKUP, AUDIT_TRIED, &entries);
	if (err != ERR_NONE)
		return err;
	n_tried = entries.n_tried;
	n_wrong = entries.n_wrong;
	for (size_t i = 0; i < n; i++) {
		n_tried += phones[i].n_values;
		n_wrong += phones[i].n_wrong;
	}
	if (n_wrong > n_tried / 2)
		check->problem = arena_printf(db->arena,
			"%s: of the first %lld phones and entries of the audit another key has "
			"hashed %lld; restore the file from its backup",
			db->conf->keys_lookup, (long long)n_tried, (long long)n_wrong);
	return ERR_NONE;
}

/* A new key has signed nothing yet, but the keys of its file must have signed the last entries. */
static enum err key_try_audit(struct key_check_ctx *check)
{
	struct db *db = check->db;
	struct audit_trial entries;
	enum err err = audit_try_key(db, SECRET_KEY_AUDIT, AUDIT_TRIED, &entries);

	if (err == ERR_NONE && entries.n_wrong > entries.n_tried / 2)
		check->problem = arena_printf(db->arena,
			"%s: of the last %lld entries of the audit another key has signed %lld; "
			"restore the file from its backup",
			db->conf->keys_audit, (long long)entries.n_tried,
			(long long)entries.n_wrong);
	return err;
}

static bool is_new(const struct key_check_ctx *check, const struct secret_check_value *value)
{
	for (size_t i = 0; i < check->n_known; i++)
		if (is_in_place_of(check, value, &check->known[i]))
			return false;
	return true;
}

static bool has_new(const struct key_check_ctx *check, enum secret_key_kind kind)
{
	for (size_t i = 0; i < check->n_values; i++)
		if (check->values[i].kind == kind &&
			is_new(check, &check->values[i]))
			return true;
	return false;
}

/* Whether a look-up key is lost: the key that replaces it has hashed nothing yet. */
static bool is_lookup_lost(const struct key_check_ctx *check)
{
	for (size_t i = 0; i < check->n_known; i++)
		if (check->known[i].kind == SECRET_KEY_LOOKUP &&
			key_following_is_lost(check->db, &check->known[i]))
			return true;
	return false;
}

/* Tries the new keys. An erasure key cannot be tried, since nothing of erased persons is left. */
static enum err key_try_new(struct key_check_ctx *check)
{
	enum err err = ERR_NONE;

	if (has_new(check, SECRET_KEY_SEALING))
		err = key_try_sealing(check);
	if (err == ERR_NONE && check->problem == NULL &&
		has_new(check, SECRET_KEY_LOOKUP) && !is_lookup_lost(check))
		err = key_try_lookup(check);
	if (err == ERR_NONE && check->problem == NULL && has_new(check, SECRET_KEY_AUDIT))
		err = key_try_audit(check);
	return err;
}

/* Returns the last place that this host knows to be taken. */
static int32_t last_place(const struct key_check_ctx *check, enum secret_key_kind kind)
{
	int32_t last = 0;

	for (size_t i = 0; i < check->n_known; i++)
		if (check->known[i].kind == (int32_t)kind && check->known[i].place > last)
			last = check->known[i].place;
	return last;
}

/* Adds the check values of new keys. If another host has added one first, the rest is left to it,
 * and what it has added is compared. */
static enum err key_add_new(struct key_check_ctx *check)
{
	int32_t n_added[SECRET_KEY_KINDS] = {0};
	enum err err = ERR_NONE;

	for (size_t i = 0; i < check->n_values && err == ERR_NONE; i++) {
		const struct secret_check_value *value = &check->values[i];
		struct known_key key = {.kind = (int32_t)value->kind, .number = value->number};

		if (!is_new(check, value))
			continue;
		memcpy(key.hash, value->hash, sizeof(key.hash));
		key.place = last_place(check, value->kind) + ++n_added[value->kind];
		if (value->number == secret_key_newest(check->db->keys, value->kind) &&
			key_following_in_use(check->db, check->known, check->n_known,
				value->kind) == 0)
			key.used_us = clock_now_us();
		err = stmt_write(check->db, &statements[ADD], &key);
	}
	return err == ERR_DUPLICATE ? ERR_NONE : err;
}

static enum err key_read(struct key_check_ctx *check, const struct stmt *stmt)
{
	void *rows;
	enum err err = stmt_all(check->db, stmt, NULL, &rows, &check->n_known);

	if (err == ERR_NONE)
		check->known = rows;
	return err;
}

static enum err key_read_known(struct key_check_ctx *check)
{
	return key_read(check, &statements[KNOWN]);
}

enum err key_check_begin(struct db *db, enum secret_key_kind kind, int32_t number)
{
	const struct known_key key = {.kind = (int32_t)kind, .number = number};

	return stmt_change(db, &statements[BEGIN], &key, ERR_ABSENT);
}

/* A new key comes into use before its time if the one before is lost. */
static enum err key_begin_after_lost(struct key_check_ctx *check)
{
	enum err err = ERR_NONE;

	for (int kind = 0; kind < SECRET_KEY_KINDS && err == ERR_NONE; kind++) {
		if (key_following_in_use(check->db, check->known, check->n_known,
			    (enum secret_key_kind)kind) != 0)
			continue;
		err = key_check_begin(check->db, (enum secret_key_kind)kind,
			secret_key_newest(check->db->keys, (enum secret_key_kind)kind));
		if (err == ERR_NONE)
			err = key_read_known(check);
		else if (err == ERR_ABSENT)
			err = ERR_NONE;
	}
	return err;
}

/* Tries all new keys before the check value of one is added. */
static enum err key_take(struct key_check_ctx *check)
{
	enum err err = key_try_new(check);

	if (err == ERR_NONE && check->problem == NULL)
		err = key_add_new(check);
	return err == ERR_NONE ? key_read_known(check) : err;
}

static bool is_over(struct key_check_ctx *check)
{
	if (!key_has_all_known(check))
		return true;
	for (int kind = 0; kind < SECRET_KEY_KINDS; kind++)
		if (has_new(check, (enum secret_key_kind)kind))
			return false;
	return true;
}

enum err key_check_known(struct db *db, const struct known_key **known_r, size_t *n_known_r)
{
	struct key_check_ctx check = {.db = db};
	enum err err = key_read_known(&check);

	*known_r = check.known;
	*n_known_r = check.n_known;
	return err;
}

static enum err key_end(const struct key_check_ctx *check, enum err err, const char **problem_r)
{
	if (err == ERR_NONE && check->problem == NULL)
		key_following_follow(check->db, check->known, check->n_known);
	if (err != ERR_NONE || check->problem == NULL)
		return err;
	*problem_r = check->problem;
	return ERR_PARAMETER;
}

enum err key_check_follow(struct db *db, int32_t *followed_r, const char **problem_r)
{
	struct key_check_ctx check = {.db = db};
	enum err err = key_read_known(&check);

	check.n_values = secret_check_values(db->keys, db->arena, &check.values);
	while (err == ERR_NONE && !is_over(&check))
		err = key_take(&check);
	if (err == ERR_NONE && check.problem == NULL)
		err = key_begin_after_lost(&check);
	*followed_r = key_following_last_step(check.known, check.n_known);
	return key_end(&check, err, problem_r);
}

enum err key_check_read(struct db *db, const char **problem_r)
{
	struct key_check_ctx check = {.db = db};
	enum err err = key_read_known(&check);

	check.n_values = secret_check_values(db->keys, db->arena, &check.values);
	if (err == ERR_NONE && key_has_all_known(&check))
		err = key_try_new(&check);
	return key_end(&check, err, problem_r);
}

enum err key_check(struct db *db, const char **problem_r)
{
	int32_t followed;

	return key_check_follow(db, &followed, problem_r);
}

enum err key_check_hold(struct db *db)
{
	struct key_check_ctx check = {.db = db};
	enum err err = key_read(&check, &statements[HOLD]);

	if (err == ERR_NONE)
		key_following_follow(db, check.known, check.n_known);
	return err;
}
