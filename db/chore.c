#include <limits.h>
#include <unistd.h>

#include "arena.h"
#include "chore.h"
#include "clock.h"
#include "log.h"
#include "login.h"
#include "push_event.h"
#include "secret.h"
#include "stmt.h"
#include "str.h"
#include "token.h"
#include "verify_code.h"
#include "wechat_token.h"

#define LEASE "INTERVAL 1 MINUTE"
#define RETRY_S 60
#define LOOK_US (60 * CLOCK_SECOND_US)
#define STEP_US 50000

struct chore {
	const char *name; /* of its lease */
	const char *forgets;
	int32_t period_s;
	/* Removes a bounded number of rows, which it returns; -1: failed. */
	int (*purge)(struct db *db);
};

static const struct chore chores[] = {
	{"login_claim", "login codes after 10 minutes", 60, login_purge},
	{"access_token", "access tokens a day after they could last be renewed", 600, token_purge},
	{"verify_code", "codes by SMS, and counts of them, after a day", 600, verify_code_purge},
	{"push_event",
		"events of WeChat after a day, unless they wait for the operator or a first login",
		600, push_event_purge},
	{"wechat_token", "apps' tokens of WeChat when they have ended", 3600, wechat_token_purge},
};

#define N_CHORES (sizeof(chores) / sizeof(chores[0]))

struct lease {
	struct chore_state state;
	int64_t until_us;
	bool is_forced;
	int32_t wait_s;
};

#define ROW(member, type) COLUMN(struct lease, member, type)

enum { LOOK, TAKE, KEEP, END, FAIL };

static const struct stmt statements[] = {
	[LOOK] = {
		.text = "SELECT name, holder, expires_at, due_at, ended_at, failed_at, n_rows, "
			"UTC_TIMESTAMP(6) FROM job_lease WHERE name = ?",
		.params = COLUMNS(ROW(state.name, STR)),
		.columns = COLUMNS(ROW(state.name, STR), ROW(state.holder, STR),
			ROW(until_us, TIME), ROW(state.due_us, TIME), ROW(state.ended_us, TIME),
			ROW(state.failed_us, TIME), ROW(state.n_rows, INT64),
			ROW(state.now_us, TIME)),
	},
	[TAKE] = {
		.text = "UPDATE job_lease SET holder = ?, expires_at = UTC_TIMESTAMP(6) + " LEASE
			" WHERE name = ? AND expires_at <= UTC_TIMESTAMP(6) "
			"AND (? OR COALESCE(due_at <= UTC_TIMESTAMP(6), TRUE))",
		.params = COLUMNS(ROW(state.holder, STR), ROW(state.name, STR),
			ROW(is_forced, BOOL)),
	},
	[KEEP] = {
		.text = "UPDATE job_lease SET expires_at = UTC_TIMESTAMP(6) + " LEASE
			" WHERE name = ? AND holder = ? AND expires_at > UTC_TIMESTAMP(6)",
		.params = COLUMNS(ROW(state.name, STR), ROW(state.holder, STR)),
	},
	[END] = {
		.text = "UPDATE job_lease SET holder = '', expires_at = UTC_TIMESTAMP(6), "
			"due_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, "
			"ended_at = UTC_TIMESTAMP(6), n_rows = ?, failed_at = NULL "
			"WHERE name = ? AND holder = ?",
		.params = COLUMNS(ROW(wait_s, INT32), ROW(state.n_rows, INT64),
			ROW(state.name, STR), ROW(state.holder, STR)),
	},
	[FAIL] = {
		.text = "UPDATE job_lease SET holder = '', expires_at = UTC_TIMESTAMP(6), "
			"due_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, "
			"failed_at = UTC_TIMESTAMP(6) WHERE name = ? AND holder = ?",
		.params = COLUMNS(ROW(wait_s, INT32), ROW(state.name, STR),
			ROW(state.holder, STR)),
	},
};

const struct stmt_table chore_statements = STMT_TABLE(statements);

/* As this process signs for it. */
static struct lease lease_of(struct db *db, const struct chore *chore)
{
	char host[HOST_NAME_MAX + 1] = "";

	gethostname(host, sizeof(host) - 1);
	return (struct lease){
		.state.name = chore->name,
		.state.holder = arena_printf(db->arena, "%s %d", host, (int)getpid()),
	};
}

/* 1; 0: somebody else has it, or it is not due; -1. */
static int take(struct db *db, const struct chore *chore, bool is_forced)
{
	struct lease lease = lease_of(db, chore);

	lease.is_forced = is_forced;
	return stmt_run(db, &statements[TAKE], &lease);
}

/* 1; 0: it has lapsed; -1. */
static int keep(struct db *db, const struct chore *chore)
{
	const struct lease lease = lease_of(db, chore);

	return stmt_run(db, &statements[KEEP], &lease);
}

static void end(struct db *db, const struct chore_hand *hand)
{
	struct lease lease = lease_of(db, hand->chore);

	lease.wait_s = hand->chore->period_s;
	lease.state.n_rows = hand->n_rows;
	stmt_run(db, &statements[END], &lease);
}

static void fail(struct db *db, const struct chore *chore)
{
	struct lease lease = lease_of(db, chore);

	log_error("job %s failed, to be tried again in %d s", chore->name, RETRY_S);
	lease.wait_s = RETRY_S;
	stmt_run(db, &statements[FAIL], &lease);
}

enum step { STEP_MORE, STEP_DONE, STEP_FAILED, STEP_LOST };

/* Until nothing is left or time is up. */
static enum step work(struct db *db, struct chore_hand *hand)
{
	const int64_t until_us = clock_monotonic_us() + STEP_US;
	int n_rows = keep(db, hand->chore);

	if (n_rows == 0)
		return STEP_LOST;
	if (n_rows < 0)
		return STEP_FAILED;
	do {
		n_rows = hand->chore->purge(db);
		hand->n_rows += n_rows > 0 ? n_rows : 0;
	} while (n_rows > 0 && clock_monotonic_us() < until_us);
	if (n_rows < 0)
		return STEP_FAILED;
	return n_rows == 0 ? STEP_DONE : STEP_MORE;
}

static enum step step(struct db *db, struct chore_hand *hand)
{
	const enum step step = work(db, hand);

	if (step == STEP_DONE)
		end(db, hand);
	if (step == STEP_FAILED)
		fail(db, hand->chore);
	return step;
}

/* 1; 0: there is no row; -1. */
static int look(struct db *db, const struct chore *chore, struct lease *lease_r)
{
	int found;

	*lease_r = (struct lease){.state.name = chore->name};
	found = stmt_find(db, &statements[LOOK], lease_r, lease_r);
	if (found == 1 && lease_r->until_us <= lease_r->state.now_us)
		lease_r->state.holder = "";
	lease_r->state.name = chore->name;
	lease_r->state.forgets = chore->forgets;
	return found;
}

static bool is_free(const struct lease *lease)
{
	return str_is_empty(lease->state.holder);
}

static bool is_due(const struct lease *lease)
{
	return lease->state.due_us <= lease->state.now_us;
}

/* Not all workers in the same second. */
static int64_t next_look_us(void)
{
	uint32_t chance;

	secret_random(&chance, sizeof(chance));
	return clock_monotonic_us() + LOOK_US + chance % (LOOK_US / 4);
}

static void find_due(struct db *db, struct chore_hand *hand)
{
	struct lease lease;

	*hand = (struct chore_hand){.look_us = next_look_us()};
	for (const struct chore *at = chores; at < chores + N_CHORES; at++) {
		if (look(db, at, &lease) < 0)
			return;
		if (!is_free(&lease) || !is_due(&lease) || take(db, at, false) != 1)
			continue;
		hand->chore = at;
		return;
	}
}

void chore_step(struct db *db, struct chore_hand *hand)
{
	if (hand->chore == NULL) {
		if (clock_monotonic_us() < hand->look_us)
			return;
		find_due(db, hand);
	}
	if (hand->chore != NULL) {
		const enum step now = step(db, hand);

		if (now != STEP_MORE)
			hand->chore = NULL;
		if (now == STEP_DONE)
			hand->look_us = 0; /* another may be due */
	}
	db_end_request(db);
}

enum err chore_list(
	struct db *db, void (*row)(void *ctx, const struct chore_state *state), void *ctx)
{
	for (const struct chore *at = chores; at < chores + N_CHORES; at++) {
		struct lease lease;
		int found = look(db, at, &lease);

		if (found < 0)
			return conn_err(db);
		if (found > 0)
			row(ctx, &lease.state);
	}
	return ERR_NONE;
}

static enum chore_outcome run_to_end(struct db *db, struct chore_hand *hand)
{
	enum step now;

	do {
		now = step(db, hand);
	} while (now == STEP_MORE);
	if (now == STEP_LOST)
		return CHORE_HELD;
	return now == STEP_DONE ? CHORE_DONE : CHORE_FAILED;
}

struct round {
	bool is_forced;
	void (*tell)(void *ctx, const struct chore_state *state, enum chore_outcome outcome);
	void *ctx;
};

static enum err run_one(struct db *db, const struct chore *chore, const struct round *round)
{
	struct chore_hand hand = {.chore = chore};
	enum chore_outcome outcome = CHORE_HELD;
	struct lease lease;
	int found = look(db, chore, &lease), n_taken = 0;

	if (found > 0 && !round->is_forced && !is_due(&lease))
		return ERR_NONE;
	if (found > 0 && is_free(&lease))
		n_taken = take(db, chore, round->is_forced);
	if (found < 0 || n_taken < 0)
		return conn_err(db);
	if (n_taken == 1)
		outcome = run_to_end(db, &hand);
	lease.state.n_rows = hand.n_rows;
	round->tell(round->ctx, &lease.state, outcome);
	return ERR_NONE;
}

enum err chore_run(struct db *db, const char *name,
	void (*tell)(void *ctx, const struct chore_state *state, enum chore_outcome outcome),
	void *ctx)
{
	const struct round round = {.is_forced = name != NULL, .tell = tell, .ctx = ctx};
	enum err err = name == NULL ? ERR_NONE : ERR_PARAMETER;

	for (const struct chore *at = chores; at < chores + N_CHORES; at++) {
		if (name != NULL && strcmp(name, at->name) != 0)
			continue;
		err = run_one(db, at, &round);
		if (err != ERR_NONE)
			return err;
	}
	return err;
}
