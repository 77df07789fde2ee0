#include "clock.h"
#include "conn.h"
#include "conn_node.h"
#include "fiber.h"
#include "remembered.h"
#include "session.h"
#include "transaction.h"

/* No new try after others were first for so long, so that a request keeps its deadline. A request
 * that lets others go on may have many of them before it, and does not hold them up. */
#define BUDGET_US (3 * CLOCK_SECOND_US)
#define SHARED_BUDGET_US (6 * CLOCK_SECOND_US)

enum err transaction_again(struct db *db)
{
	db->error = (struct db_error){.kind = DB_ERROR_RACE, .sql = "(race)"};
	return ERR_BUSY;
}

static void transaction_roll_back(struct db *db)
{
	const struct db_error first = db->error;

	conn_roll_back(db);
	if (db->conn->mysql != NULL)
		conn_node_note_written(db, false);
	db->error = first;
}

/* Whether users whom it has dated as changed would come too late for who follows them. */
static bool transaction_is_late(const struct db *db)
{
	const int64_t most_us = (CONN_DATED_MAX_S + db->ahead_s) * CLOCK_SECOND_US;

	return db->dated_us != 0 && clock_monotonic_us() - db->dated_us > most_us;
}

static enum err transaction_commit(struct db *db)
{
	enum err err;

	if (db->is_dry_run) {
		transaction_roll_back(db);
		return ERR_NONE;
	}
	if (!db->has_written && conn_may_find_more(db))
		return transaction_again(db);
	if (transaction_is_late(db)) {
		db->error = (struct db_error){.kind = DB_ERROR_RACE, .sql = "(late)"};
		return ERR_BUSY;
	}
	err = db->before_commit == NULL ? ERR_NONE : db->before_commit(db);
	if (err != ERR_NONE)
		return err;
	if (conn_query(db, "COMMIT") == 0) {
		conn_node_note_written(db, true);
		if (db->conn->has_changed_remembered)
			remembered_tell(db->conn->remembered);
		if (db->after_commit != NULL)
			db->after_commit(db);
		return ERR_NONE;
	}
	if (db->error.kind == DB_ERROR_LOST)
		db->error.kind = DB_ERROR_UNKNOWN;
	return db_error_err(&db->error);
}

static enum err transaction_try(struct db *db, enum err (*fn)(struct db *db, void *ctx), void *ctx)
{
	enum err err;

	db->error = (struct db_error){0};
	if (session_open_to_write(db) != 0 || conn_catch_up(db) != 0 ||
		conn_query(db, "START TRANSACTION") != 0)
		return db_error_err(&db->error);
	db->is_in_transaction = true;
	db->has_written = false;
	db->dated_us = 0;
	db->before_commit = NULL;
	db->after_commit = NULL;
	db->audited = NULL;
	db->erasures = NULL;
	fiber_forbid_waiting();
	err = fn(db, ctx);
	if (err == ERR_DUPLICATE)
		err = transaction_again(db);
	if (err == ERR_NONE && db->error.kind != DB_ERROR_NONE)
		BUG("a rule overlooked that a statement failed: %s", db->error.sql);
	if (err == ERR_NONE)
		err = transaction_commit(db);
	if (err != ERR_NONE)
		transaction_roll_back(db);
	fiber_allow_waiting();
	db->is_in_transaction = false;
	return err;
}

static bool transaction_may_repeat(const struct db *db, int64_t begun_us)
{
	const int64_t budget_us = db->conn->transfers != NULL ? SHARED_BUDGET_US : BUDGET_US;

	switch (db->error.kind) {
	case DB_ERROR_CONTENTION:
	case DB_ERROR_RACE:
		return clock_monotonic_us() - begun_us <= budget_us;
	case DB_ERROR_UNSENT:
	case DB_ERROR_LOST:
		return db->given_up == DB_ERROR_NONE;
	default:
		return false;
	}
}

static enum err transaction_repeat(
	struct db *db, enum err (*fn)(struct db *db, void *ctx), void *ctx)
{
	const int64_t begun_us = clock_monotonic_us();
	struct conn_tries tries = {0};

	for (;;) {
		enum err err = transaction_try(db, fn, ctx);

		if (db->error.kind == DB_ERROR_NONE)
			return err;
		if (!conn_may_try_again(db, &tries) || !transaction_may_repeat(db, begun_us))
			break;
		conn_pause(db, tries.n);
	}
	conn_node_note_stalled_write(db, begun_us);
	return db_error_report(&db->error);
}

enum err transaction_run(struct db *db, enum err (*fn)(struct db *db, void *ctx), void *ctx)
{
	const int64_t begun_us = clock_monotonic_us();
	enum err err;

	if (db->is_in_transaction)
		BUG("a transaction within a transaction");
	if (conn_node_is_given_up(db))
		return db_error_err(&db->error);
	err = transaction_repeat(db, fn, ctx);
	conn_note_wait(db, begun_us);
	return err;
}

enum err transaction_dry_run(struct db *db, enum err (*fn)(struct db *db, void *ctx), void *ctx)
{
	enum err err;

	db->is_dry_run = true;
	err = transaction_run(db, fn, ctx);
	db->is_dry_run = false;
	return err;
}
