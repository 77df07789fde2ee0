#include "arena.h"
#include "conf.h"
#include "key_check.h"
#include "key_entry.h"
#include "key_host.h"
#include "key_rotation.h"
#include "key_states.h"
#include "secret.h"
#include "stmt.h"
#include "transaction.h"

/* As long as a cursor of user_changes.h is good. */
#define CURSOR_DAYS 31

struct step {
	int32_t kind, number;
	bool is_recent;
};

enum { RETIRE, IS_RECENT };

#define STEP(member, type) COLUMN(struct step, member, type)

static const struct stmt statements[] = {
	[RETIRE] = {
		.text = "UPDATE key_check SET retired_at = UTC_TIMESTAMP(6) "
			"WHERE kind = ? AND number = ? AND retired_at IS NULL",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(STEP(kind, INT32), STEP(number, INT32)),
	},
	/* Whether a newer key is in use for too short a time. */
	[IS_RECENT] = {
		.text = "SELECT COALESCE(MAX(used_from) > UTC_TIMESTAMP(6) - "
			"INTERVAL " STMT_NUMBER(CURSOR_DAYS) " DAY, FALSE) FROM key_check "
			"WHERE kind = ? AND number > ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(STEP(kind, INT32), STEP(number, INT32)),
		.columns = COLUMNS(STEP(is_recent, BOOL)),
	},
};

const struct stmt_table key_rotation_statements = STMT_TABLE(statements);

/* ---- Steps. */

static enum err step_begin(struct db *db, void *ctx)
{
	const struct step *step = ctx;
	const enum secret_key_kind kind = (enum secret_key_kind)step->kind;
	enum err err = key_check_begin(db, kind, step->number);

	if (err == ERR_ABSENT)
		return ERR_PARAMETER;
	return err == ERR_NONE ? key_entry_write(db, "keys.rotate", kind, step->number) : err;
}

static enum err step_retire(struct db *db, void *ctx)
{
	const struct step *step = ctx;
	enum err err = stmt_change(db, &statements[RETIRE], step, ERR_ABSENT);

	return err == ERR_NONE ? key_entry_write(db, "keys.drop", (enum secret_key_kind)step->kind,
					 step->number)
			       : err;
}

/* ---- Taking a key into use. */

struct host_search {
	struct db *db;
	enum secret_key_kind kind;
	int32_t number;
	const char *reason; /* NULL: no host lacks it */
};

static void host_search_note(void *ctx, const struct key_host *host)
{
	struct host_search *search = ctx;
	const int32_t newest = search->kind == SECRET_KEY_SEALING ? host->sealing : host->audit;
	const char *path = secret_key_path(search->db->conf, search->kind);

	if (newest < search->number)
		search->reason = arena_printf(search->db->arena,
			"the service of host %s has not got key %d: copy %s there, and run "
			"\"wxuserctl reload\" there; its workers tell within a minute that they "
			"have it",
			host->name, search->number, path);
	else if (!host->is_settled && search->reason == NULL)
		search->reason = arena_printf(search->db->arena,
			"the service of host %s has just got its keys, and old processes may still "
			"end; run this again in a minute",
			host->name);
}

enum err key_rotation_begin(struct db *db, enum secret_key_kind kind, const char **reason_r)
{
	struct step step = {(int32_t)kind, secret_key_newest(db->keys, kind), false};
	struct host_search search = {.db = db, .kind = kind, .number = step.number};
	enum err err;

	if (secret_key_number(db->keys, kind) == step.number)
		return ERR_NONE;
	err = key_host_each(db, host_search_note, &search);
	*reason_r = search.reason;
	if (err == ERR_NONE && search.reason != NULL)
		return ERR_PARAMETER;
	*reason_r = "this key is retired, or another process has just taken it into use; see: "
		    "wxuserctl keys status";
	if (err == ERR_NONE)
		err = transaction_run(db, step_begin, &step);
	if (err == ERR_NONE)
		secret_keys_use(db->keys, kind, (uint16_t)step.number);
	return err;
}

/* ---- Retiring a key. */

struct key_search {
	const struct step *step;
	struct key_state found; /* number 0: there is none */
};

static void key_search_note(void *ctx, const struct key_state *key)
{
	struct key_search *search = ctx;

	if ((int32_t)key->kind == search->step->kind && key->number == search->step->number)
		search->found = *key;
}

/* What is not in use yet stays, so that no number is given to two keys. */
static const char *why_newer_stays(struct db *db, const struct key_state *key)
{
	const char *name = key_kind_name(key->kind);

	if (key->step != LOOKUP_STEP_NONE)
		return "this key is replacing the one in use; run: wxuserctl keys rotate lookup";
	return arena_printf(db->arena,
		"this key is newer than the one in use, and nothing needs it. It may stay; to take "
		"it into use, run: wxuserctl keys rotate %s. To take another one in its place, put "
		"\"%d lost\" in place of its line in %s, and a new key with a higher number after "
		"it, on each host; how, tells: wxuserctl keys create --help",
		name, key->number, secret_key_path(db->conf, key->kind));
}

static const char *why_needed(struct db *db, const struct key_state *key, const struct step *step)
{
	if (key->number == 0)
		return "the database knows no such key; see: wxuserctl keys status";
	if (key->is_in_use)
		return "this key is the one in use; see: wxuserctl keys status";
	if (key->number > secret_key_number(db->keys, key->kind))
		return why_newer_stays(db, key);
	if (key->kind == SECRET_KEY_LOOKUP && secret_keys_are_two(db->keys))
		return "another key is replacing this one; run: wxuserctl keys rotate lookup";
	if (key->n_entries > 0)
		return arena_printf(db->arena,
			"%lld entries of the audit from before it had a key need this key; see: "
			"wxuserctl keys status",
			(long long)key->n_entries);
	if (key->n_values > 0 && key->kind == SECRET_KEY_LOOKUP)
		return arena_printf(db->arena,
			"%lld hashes are of this key, and nobody is found by them; to make them "
			"anew, run: wxuserctl keys rotate lookup",
			(long long)key->n_values);
	if (key->n_values > 0)
		return arena_printf(db->arena,
			"%lld values need this key; see: wxuserctl keys status",
			(long long)key->n_values);
	if (key->kind == SECRET_KEY_SEALING && step->is_recent)
		return "the key after it is in use for less than " STMT_NUMBER(
			CURSOR_DAYS) " days, and who follows GET /v1/users/changes may have a "
				     "cursor of this one";
	return NULL;
}

enum err key_rotation_retire(
	struct db *db, enum secret_key_kind kind, int32_t number, const char **reason_r)
{
	struct step step = {(int32_t)kind, number, false};
	struct key_search search = {.step = &step};
	const struct key_states_wanted wanted = {.kinds = 1u << kind};
	enum err err = key_states_each(db, &wanted, key_search_note, &search);

	if (err == ERR_NONE)
		err = stmt_need(db, &statements[IS_RECENT], &step, &step, ERR_INTERNAL);
	if (err != ERR_NONE)
		return err;
	*reason_r = why_needed(db, &search.found, &step);
	if (*reason_r != NULL)
		return ERR_PARAMETER;
	err = transaction_run(db, step_retire, &step);
	return err == ERR_ABSENT ? ERR_NONE : err; /* another host's file had it, too */
}
