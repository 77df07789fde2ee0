#include "arena.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "key_check.h"
#include "key_entry.h"
#include "key_host.h"
#include "lookup_columns.h"
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

enum { ANNOUNCE, IS_OLD_ENOUGH };

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
};

const struct stmt_table lookup_rotation_statements = STMT_TABLE(statements);

struct rotating {
	struct lookup_rotation *rotation;
	struct migration_lock lock;
	int32_t number, step; /* of the new key */
};

/* ---- The hosts. */

struct host_search {
	struct db *db;
	const struct rotating *rotating;
	const char *reason; /* NULL: all hosts follow */
};

static const char *why_host_is_behind(const struct host_search *search, const struct key_host *host)
{
	const struct rotating *rotating = search->rotating;
	struct db *db = search->db;

	if (!host->has_steps)
		return arena_printf(db->arena,
			"the service of host %s is of an older release, or was in the last "
			"10 minutes",
			host->name);
	if (host->lookup < rotating->number)
		return arena_printf(db->arena,
			"the service of host %s has not got key %d: copy %s there, and run "
			"\"wxuserctl reload\" there; its workers tell within a minute that they "
			"have it",
			host->name, rotating->number,
			secret_key_path(db->conf, SECRET_KEY_LOOKUP));
	if (!host->is_settled ||
		(rotating->step != LOOKUP_STEP_NONE &&
			host->followed < LOOKUP_PROGRESS(rotating->number, rotating->step)))
		return arena_printf(db->arena,
			"all processes of the service of host %s take a minute to follow",
			host->name);
	return NULL;
}

static void host_search_note_old(void *ctx, const struct key_host *host)
{
	struct host_search *search = ctx;

	if (!host->has_steps)
		search->reason = why_host_is_behind(search, host);
}

enum err lookup_rotation_may_add(struct db *db, const char **reason_r)
{
	struct host_search search = {.db = db};
	enum err err = key_host_each(db, host_search_note_old, &search);

	*reason_r = search.reason;
	return err == ERR_NONE && search.reason != NULL ? ERR_PARAMETER : err;
}

static void host_search_note(void *ctx, const struct key_host *host)
{
	struct host_search *search = ctx;

	if (search->reason == NULL)
		search->reason = why_host_is_behind(search, host);
}

/* Sets reason_r to why not all hosts follow the step; NULL: they do. */
static enum err find_host_behind(
	struct db *db, const struct rotating *rotating, const char **reason_r)
{
	struct host_search search = {.db = db, .rotating = rotating};
	enum err err = key_host_each(db, host_search_note, &search);

	*reason_r = search.reason;
	return err;
}

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
	return find_host_behind(db, rotating, reason_r);
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

static enum err batch_done(void *ctx, int64_t n_rows)
{
	struct rotating *rotating = ctx;
	struct lookup_rotation *rotation = rotating->rotation;

	rotation->n_rows += n_rows;
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

static void note_closed(void *ctx, int32_t number)
{
	struct lookup_rotation *rotation = ctx;

	rotation->n_closed += number == LOOKUP_KEY_UNKNOWN;
}

static enum err count_left(struct db *db, struct lookup_rotation *rotation)
{
	enum err err = lookup_columns_count_left(db, &rotation->n_left);

	return err == ERR_NONE ? lookup_columns_count(db, note_closed, rotation) : err;
}

static enum err move(struct db *db, struct rotating *rotating)
{
	const struct lookup_pass pass = {batch_done, rotating};
	enum err err = wait_for_hosts(db, rotating, key_host_settle_s(db->conf));

	rotating->rotation->n_rows = 0;
	if (err == ERR_NONE)
		err = lookup_columns_move(db, &pass);
	if (err == ERR_NONE)
		err = count_left(db, rotating->rotation);
	if (err == ERR_NONE && lookup_rotation_is_over(rotating->rotation))
		err = wait_for_hosts(db, rotating, LOOKUP_ROTATION_CODES_S);
	return err;
}

static enum err rotate(struct db *db, struct rotating *rotating)
{
	enum err err = ERR_NONE;

	if (rotating->step == LOOKUP_STEP_NONE) {
		err = find_host_behind(db, rotating, &rotating->rotation->reason);
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

static enum err run_locked(struct db *db, struct rotating *rotating)
{
	struct lookup_rotation *rotation = rotating->rotation;
	enum err err = key_check(db, &rotation->reason);

	if (err == ERR_NONE)
		err = find_key(db, rotating);
	rotation->number = rotating->number != 0
		? rotating->number
		: secret_key_newest(db->keys, SECRET_KEY_LOOKUP);
	if (err != ERR_NONE || rotating->number == 0)
		return err;
	return rotate(db, rotating);
}

bool lookup_rotation_is_over(const struct lookup_rotation *rotation)
{
	return rotation->n_left == 0 && rotation->n_closed == 0;
}

enum err lookup_rotation_run(struct db *db, struct lookup_rotation *rotation)
{
	struct rotating rotating = {
		.rotation = rotation,
		.lock = {.db = db, .purpose = MIGRATION_LOCK_KEYS},
	};
	enum err err;

	conn_set_no_timeout(db->conn);
	err = migration_lock_take(&rotating.lock, rotation->wait, rotation->ctx);
	if (err != ERR_NONE)
		return err;
	err = run_locked(db, &rotating);
	migration_lock_release(&rotating.lock);
	return err;
}
