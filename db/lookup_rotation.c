#include "arena.h"
#include "audit.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "key_check.h"
#include "key_entry.h"
#include "key_host.h"
#include "lookup_columns.h"
#include "lookup_confirmed.h"
#include "lookup_hosts.h"
#include "lookup_rotation.h"
#include "secret.h"
#include "stmt.h"
#include "transaction.h"

/* What one look at all hosts needs. */
#define LOOK_SIZE_MAX (4 << 20)

struct step_row {
	int32_t number, before, step, age_s;
	bool is_old_enough;
};

#define ROW(member, type) COLUMN(struct step_row, member, type)

enum { ANNOUNCE, IS_OLD_ENOUGH, DROP_CODES };

static const struct stmt statements[] = {
	[ANNOUNCE] = {
		.text = "UPDATE key_check SET step = ?, step_at = UTC_TIMESTAMP(6), used_from = "
			"IF(? >= 2, COALESCE(used_from, UTC_TIMESTAMP(6)), used_from) "
			"WHERE kind = 1 AND number = ? AND step = ? AND retired_at IS NULL",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(step, INT32), ROW(step, INT32), ROW(number, INT32),
			ROW(before, INT32)),
	},
	[IS_OLD_ENOUGH] = {
		.text = "SELECT step_at <= UTC_TIMESTAMP(6) - INTERVAL ? SECOND FROM key_check "
			"WHERE kind = 1 AND number = ?",
		.user = DB_USER_CONTROL,
		.params = COLUMNS(ROW(age_s, INT32), ROW(number, INT32)),
		.columns = COLUMNS(ROW(is_old_enough, BOOL)),
	},
	[DROP_CODES] = {
		.text = "DELETE FROM verify_code "
			"WHERE expires_at <= UTC_TIMESTAMP(6) - INTERVAL 5 MINUTE "
			"ORDER BY expires_at LIMIT 1000",
		.any_tenant = STMT_OF_OPERATOR,
		.user = DB_USER_CONTROL,
	},
};

const struct stmt_table lookup_rotation_statements = STMT_TABLE(statements);

struct rotating {
	struct lookup_rotation *rotation;
	struct migration_lock lock;
	int32_t number, step; /* of the new key */
};

/* ---- A step. */

/* A process that is not seen, since it has just begun or is a command, has looked by then. */
static enum err find_wait(
	struct db *db, const struct rotating *rotating, int32_t age_s, const char **reason_r)
{
	struct step_row row = {.number = rotating->number, .age_s = age_s};
	enum err err = stmt_need(db, &statements[IS_OLD_ENOUGH], &row, &row, ERR_INTERNAL);

	*reason_r = age_s == LOOKUP_ROTATION_CODES_S
		? "codes that the old key has hashed expire within a quarter of an hour"
		: "processes take a minute to follow";
	if (err != ERR_NONE || !row.is_old_enough)
		return err;
	return lookup_hosts_find_behind(db, rotating->number, rotating->step, reason_r);
}

/* Waits until the step is age_s seconds old and all hosts follow it. */
static enum err wait_for_hosts(struct db *db, struct rotating *rotating, int32_t age_s)
{
	struct lookup_rotation *rotation = rotating->rotation;
	struct arena *arena = arena_new(LOOK_SIZE_MAX), *results = db->arena;
	const char *reason;
	enum err err;

	db_set_arena(db, arena);
	while ((err = find_wait(db, rotating, age_s, &reason)) == ERR_NONE && reason != NULL) {
		rotation->wait_for(rotation->ctx, reason);
		err = migration_lock_renew(&rotating->lock);
		if (err != ERR_NONE)
			break;
		clock_sleep_us(CLOCK_SECOND_US);
		arena_reset(arena);
	}
	db_set_arena(db, results);
	arena_free(arena);
	return err;
}

static enum err step_announce(struct db *db, void *ctx)
{
	const struct step_row *row = ctx;
	enum err err = stmt_change(db, &statements[ANNOUNCE], row, ERR_PARAMETER);

	if (err != ERR_NONE || row->before != LOOKUP_STEP_NONE)
		return err;
	return key_entry_write(db, "keys.rotate", SECRET_KEY_LOOKUP, row->number);
}

/* This process follows, too. */
static enum err announce(struct db *db, struct rotating *rotating)
{
	struct step_row row = {
		.number = rotating->number,
		.before = rotating->step,
		.step = rotating->step + 1,
	};
	enum err err = transaction_run(db, step_announce, &row);

	rotating->rotation->reason = "this key is retired, or another process has just changed it; "
				     "see: wxuserctl keys status";
	if (err == ERR_NONE)
		err = key_check(db, &rotating->rotation->reason);
	rotating->step++;
	return err;
}

static enum err batch_done(void *ctx, int64_t n_read, int64_t n_written)
{
	struct rotating *rotating = ctx;
	struct lookup_rotation *rotation = rotating->rotation;

	rotation->n_rows += n_read;
	rotation->n_written += n_written;
	rotation->progress(rotation->ctx, rotating->step, rotation->n_rows);
	return migration_lock_renew(&rotating->lock);
}

static enum err clear(struct db *db, struct rotating *rotating)
{
	const struct lookup_pass pass = {batch_done, rotating};

	return lookup_columns_clear(db, &pass);
}

static enum err fill(struct db *db, struct rotating *rotating)
{
	const struct lookup_pass pass = {batch_done, rotating};
	enum err err = wait_for_hosts(db, rotating, key_host_settle_s(db->conf));

	rotating->rotation->n_rows = 0;
	return err == ERR_NONE ? lookup_columns_fill(db, &pass) : err;
}

/* After the move. */
static void note_hash(void *ctx, const struct lookup_hash *hash)
{
	struct lookup_rotation *rotation = ctx;

	if (hash->number == LOOKUP_KEY_UNKNOWN)
		rotation->n_closed++;
	else if (hash->number != rotation->number && rotation->n_stuck++ == 0)
		rotation->stuck = *hash;
}

static enum err count_hashes(struct db *db, struct lookup_rotation *rotation)
{
	struct lookup_count count = {.hash = note_hash, .ctx = rotation};

	rotation->n_closed = rotation->n_stuck = 0;
	return lookup_columns_count(db, &count);
}

static enum err count_left(struct db *db, struct lookup_rotation *rotation)
{
	enum err err = lookup_confirmed_count_left(db, &rotation->n_left);

	return err == ERR_NONE ? count_hashes(db, rotation) : err;
}

static enum err audit_closed(struct db *db, int64_t n)
{
	const struct audit_entry entry = {
		.tenant_id = AUDIT_INSTALLATION,
		.action = "keys.give_up",
		.actor = "wxuserctl",
		.subject = "hashes of values that no key opens",
		.details = arena_printf(db->arena, "{\"hashes\":%lld}", (long long)n),
	};

	return audit_write_alone(db, &entry);
}

static enum err give_up(struct db *db, struct rotating *rotating)
{
	const struct lookup_pass pass = {batch_done, rotating};
	struct lookup_rotation *rotation = rotating->rotation;
	enum err err = lookup_confirmed_give_up(db, &pass);

	if (err == ERR_NONE && rotation->n_closed > 0)
		err = audit_closed(db, rotation->n_closed);
	rotation->n_given_up = rotation->n_left + rotation->n_closed;
	rotation->n_left = rotation->n_closed = 0;
	return err;
}

/* Codes of the old key are not found any more, so that an erasure would miss them. All have
 * expired. */
static enum err drop_codes(struct db *db)
{
	enum err err;

	do
		err = stmt_write(db, &statements[DROP_CODES], NULL);
	while (err == ERR_NONE && db->n_rows > 0);
	return err;
}

static enum err move(struct db *db, struct rotating *rotating)
{
	const struct lookup_pass pass = {batch_done, rotating};
	struct lookup_rotation *rotation = rotating->rotation;
	enum err err = wait_for_hosts(db, rotating, key_host_settle_s(db->conf));

	rotation->n_rows = 0;
	if (err == ERR_NONE)
		err = lookup_columns_move(db, &pass);
	if (err == ERR_NONE)
		err = count_left(db, rotation);
	if (err == ERR_NONE && rotation->n_left > 0)
		err = lookup_confirmed_find(db, &pass);
	if (err == ERR_NONE && rotation->n_left > 0)
		err = lookup_confirmed_count_left(db, &rotation->n_left);
	if (err == ERR_NONE && !lookup_rotation_is_over(rotation) &&
		rotation->n_left + rotation->n_closed <= rotation->n_give_up_most)
		err = give_up(db, rotating);
	if (err == ERR_NONE && lookup_rotation_is_over(rotation))
		err = wait_for_hosts(db, rotating, LOOKUP_ROTATION_CODES_S);
	return err == ERR_NONE && lookup_rotation_is_over(rotation) ? drop_codes(db) : err;
}

/* ---- When no key replaces another one. */

/* Makes the hashes of other keys anew, by which nobody is found: those that a host has stored too
 * late, and those of a key that is lost. */
static enum err repair(struct db *db, struct rotating *rotating)
{
	const struct lookup_pass pass = {batch_done, rotating};
	enum err err = lookup_columns_move(db, &pass);

	rotating->rotation->is_repair = true;
	if (err == ERR_NONE)
		err = lookup_confirmed_find(db, &pass);
	if (err == ERR_NONE)
		err = count_hashes(db, rotating->rotation);
	rotating->rotation->n_repaired =
		rotating->rotation->n_written - rotating->rotation->n_stuck;
	return err;
}

static enum err rotate(struct db *db, struct rotating *rotating)
{
	enum err err = ERR_NONE;

	if (rotating->step == LOOKUP_STEP_NONE) {
		err = lookup_hosts_find_behind(
			db, rotating->number, rotating->step, &rotating->rotation->reason);
		if (err == ERR_NONE && rotating->rotation->reason != NULL)
			return ERR_PARAMETER;
		if (err == ERR_NONE)
			err = clear(db, rotating);
		if (err == ERR_NONE)
			err = announce(db, rotating);
	}
	if (err == ERR_NONE && rotating->step == LOOKUP_STEP_HASHED) {
		err = fill(db, rotating);
		if (err == ERR_NONE)
			err = announce(db, rotating);
	}
	if (err == ERR_NONE && rotating->step == LOOKUP_STEP_USED) {
		err = move(db, rotating);
		if (err == ERR_NONE && lookup_rotation_is_over(rotating->rotation))
			err = announce(db, rotating);
	}
	return err;
}

/* ---- Which key. */

/* The one that another run has begun with, or else the newest one; number 0: it is in use. */
static enum err find_key(struct db *db, struct rotating *rotating)
{
	const uint16_t newest = secret_key_newest(db->keys, SECRET_KEY_LOOKUP);
	const struct known_key *known;
	size_t n;
	enum err err = key_check_known(db, &known, &n);

	if (newest != secret_key_number(db->keys, SECRET_KEY_LOOKUP))
		rotating->number = newest;
	for (size_t i = 0; i < n && err == ERR_NONE; i++) {
		if (known[i].kind != SECRET_KEY_LOOKUP || known[i].is_retired ||
			(known[i].step != LOOKUP_STEP_HASHED &&
				known[i].step != LOOKUP_STEP_USED) ||
			key_following_is_lost(db, &known[i]))
			continue;
		rotating->number = known[i].number;
		rotating->step = known[i].step;
	}
	return err;
}

/* Finds whether what is left can be told. Sets the reason to NULL if so. */
static enum err find_why_not_told(struct db *db, const struct rotating *rotating)
{
	const char **reason = &rotating->rotation->reason;
	bool are_moved;
	enum err err;

	*reason = "no key is in the second step of replacing another one, which would say that "
		  "something is left; see: wxuserctl keys status";
	if (rotating->step != LOOKUP_STEP_USED)
		return ERR_NONE;
	err = lookup_columns_are_moved(db, &are_moved);
	*reason = are_moved ? NULL
			    : "the rotation has not replaced all hashes yet, so that nobody knows "
			      "what will be left; run first: wxuserctl keys rotate lookup";
	return err;
}

/* Counts what would be given up. */
static enum err look(struct db *db, struct rotating *rotating)
{
	enum err err = find_why_not_told(db, rotating);

	if (err == ERR_NONE && rotating->rotation->reason != NULL)
		return ERR_PARAMETER;
	return err == ERR_NONE ? count_left(db, rotating->rotation) : err;
}

static enum err begin(struct db *db, struct rotating *rotating)
{
	struct lookup_rotation *rotation = rotating->rotation;
	enum err err = key_check(db, &rotation->reason);

	if (err == ERR_NONE)
		err = find_key(db, rotating);
	rotation->number = rotating->number != 0
		? rotating->number
		: secret_key_newest(db->keys, SECRET_KEY_LOOKUP);
	return err;
}

static enum err run_locked(struct db *db, struct rotating *rotating)
{
	enum err err = begin(db, rotating);

	if (err != ERR_NONE)
		return err;
	return rotating->number == 0 ? repair(db, rotating) : rotate(db, rotating);
}

bool lookup_rotation_is_over(const struct lookup_rotation *rotation)
{
	return rotation->is_repair || (rotation->n_left == 0 && rotation->n_closed == 0);
}

enum err lookup_rotation_run(struct db *db, struct lookup_rotation *rotation)
{
	struct rotating rotating = {
		.rotation = rotation,
		.lock = {.db = db, .purpose = MIGRATION_LOCK_KEYS},
	};
	enum err err;

	conn_set_no_timeout(db->conn);
	if (rotation->is_dry_run) {
		err = begin(db, &rotating);
		return err == ERR_NONE ? look(db, &rotating) : err;
	}
	err = migration_lock_take(&rotating.lock, rotation->wait, rotation->ctx);
	if (err != ERR_NONE)
		return err;
	err = run_locked(db, &rotating);
	migration_lock_release(&rotating.lock);
	return err;
}
