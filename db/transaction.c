#include "clock.h"
#include "conn.h"
#include "stmt.h"
#include "transaction.h"

/* No new attempt after this, so that a request keeps its time. */
#define BUDGET_US (3 * CLOCK_SECOND_US)

enum err transaction_again(struct db *db)
{
	db->failure = (struct failure){.trouble = TROUBLE_RACE, .sql = "(race)"};
	return ERR_BUSY;
}

enum err transaction_failed(const struct db *db)
{
	return conn_err(db);
}

enum err transaction_wrote(struct db *db, int n_rows)
{
	if (n_rows == STMT_DUPLICATE)
		return transaction_again(db);
	return n_rows < 0 ? transaction_failed(db) : ERR_NONE;
}

static enum err commit(struct db *db)
{
	if (conn_query(db, "COMMIT") == 0)
		return ERR_NONE;
	if (db->failure.trouble == TROUBLE_LOST)
		db->failure.trouble = TROUBLE_UNKNOWN;
	return conn_err(db);
}

static void roll_back(struct db *db)
{
	const struct failure first = db->failure;

	conn_roll_back(db);
	db->failure = first;
}

static enum err attempt(struct db *db, enum err (*fn)(struct db *db, void *ctx), void *ctx)
{
	enum err err;

	db->failure = (struct failure){0};
	if (conn_open(db) != 0 || conn_query(db, "START TRANSACTION") != 0)
		return conn_err(db);
	db->is_in_transaction = true;
	err = fn(db, ctx);
	if (err == ERR_NONE && db->failure.trouble != TROUBLE_NONE)
		BUG("a rule overlooked that a statement failed: %s", db->failure.sql);
	if (err == ERR_NONE)
		err = commit(db);
	if (err != ERR_NONE)
		roll_back(db);
	db->is_in_transaction = false;
	return err;
}

static bool may_repeat(const struct db *db)
{
	switch (db->failure.trouble) {
	case TROUBLE_CONTENTION:
	case TROUBLE_RACE:
		return true;
	case TROUBLE_UNSENT:
	case TROUBLE_LOST:
		return db->given_up == TROUBLE_NONE;
	default:
		return false;
	}
}

static enum err run(struct db *db, enum err (*fn)(struct db *db, void *ctx), void *ctx)
{
	const int64_t begun_us = clock_monotonic_us();

	for (int n_tries = 1;; n_tries++) {
		enum err err = attempt(db, fn, ctx);

		if (db->failure.trouble == TROUBLE_NONE)
			return err;
		if (n_tries == CONN_N_TRIES || !may_repeat(db) ||
			clock_monotonic_us() - begun_us > BUDGET_US)
			return conn_report(db);
		conn_pause(n_tries);
	}
}

enum err transaction_run(struct db *db, enum err (*fn)(struct db *db, void *ctx), void *ctx)
{
	const int64_t begun_us = clock_monotonic_us();
	enum err err;

	if (db->is_in_transaction)
		BUG("a transaction within a transaction");
	if (db->given_up != TROUBLE_NONE) {
		db->failure.trouble = db->given_up;
		return conn_err(db);
	}
	err = run(db, fn, ctx);
	conn_note_wait(db, begun_us);
	return err;
}
