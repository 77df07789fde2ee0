#include <string.h>

#include "account_close.h"
#include "admin_session.h"
#include "arena.h"
#include "audit.h"
#include "audit_chain.h"
#include "claim.h"
#include "clock.h"
#include "conn.h"
#include "crypto.h"
#include "job.h"
#include "job_times.h"
#include "log.h"
#include "login_refusal.h"
#include "push_event.h"
#include "retention.h"
#include "statistics_rows.h"
#include "token.h"
#include "transaction.h"
#include "user_changes.h"
#include "verify_code.h"
#include "wechat_token.h"

#define RETRY_S 60
#define LOOK_US (60 * CLOCK_SECOND_US)
#define STEP_US 50000

struct job {
	const char *name; /* of its lease */
	const char *does;
	int32_t period_s;
	/* Does a bounded number of rows; db->n_rows: how many, 0 at the end. */
	enum err (*work)(struct db *db);
	/* In its place: what may find nothing to delete, and go on. */
	enum err (*step)(struct db *db, int64_t *n_rows_r, bool *is_over_r);
	/* In its place: the same, from a place on, which it sets in progress. */
	enum err (*walk)(struct db *db, struct job_progress *progress, int64_t *n_rows_r,
		bool *is_over_r);
};

static enum err erase_closed(
	struct db *db, struct job_progress *progress, int64_t *n_rows_r, bool *is_over_r)
{
	return account_erase_due(db, &progress->due, n_rows_r, is_over_r);
}

static enum err seal_audit(
	struct db *db, struct job_progress *progress, int64_t *n_rows_r, bool *is_over_r)
{
	return audit_seal(db, &progress->position, n_rows_r, is_over_r);
}

static const struct job jobs[] = {
	{"login_claim", "deletes login codes after 10 minutes", 60, claim_purge},
	{"login_refusal", "deletes refused logins after 7 days", 600, login_refusal_purge},
	{"access_token", "deletes access tokens a day after they could last be renewed", 600,
		token_purge},
	{"verify_code", "deletes codes by SMS, and counts of them, after a day", 600,
		verify_code_purge},
	{"push_event",
		"deletes events of WeChat after a day, unless they wait for the operator or a "
		"first login",
		600, push_event_purge},
	{.name = "closed_account",
		.does = "erases accounts that their persons have closed, when they are due",
		.period_s = 600, .walk = erase_closed},
	{"admin_session", "deletes sessions of the Admin API that have ended", 3600,
		admin_session_purge},
	{"gone_user", "forgets that a user was erased or an account merged, after 31 days", 3600,
		user_changes_purge},
	{"wechat_token", "deletes apps' tokens of WeChat when they have ended", 3600,
		wechat_token_purge},
	{.name = "retention",
		.does = "deletes what tenants' retain_ settings call too old, once a day",
		.period_s = 600, .step = retention_step},
	{.name = "statistics",
		.does = "adds up what was counted, and deletes statistics after statistics_days",
		.period_s = 60, .step = statistics_step},
	{.name = "audit_seal",
		.does = "seals the entries of the audit, and logs the heads of its chains",
		.period_s = 60, .walk = seal_audit},
};

#define N_JOBS (sizeof(jobs) / sizeof(jobs[0]))
_Static_assert(N_JOBS <= JOB_TIMES_N, "there is room for the time of each job");

enum step { STEP_MORE, STEP_DONE, STEP_FAILED, STEP_LOST };

static enum err job_remove(struct db *db, struct job_progress *progress, bool *is_over_r)
{
	const struct job *job = progress->job;
	int64_t n_rows;
	enum err err;

	if (job->walk != NULL) {
		err = job->walk(db, progress, &n_rows, is_over_r);
	} else if (job->step != NULL) {
		err = job->step(db, &n_rows, is_over_r);
	} else {
		err = job->work(db);
		n_rows = db->n_rows;
		*is_over_r = n_rows == 0;
	}
	progress->n_rows += n_rows;
	return err;
}

/* Does rows until none is left or the time of a step is over. */
static enum step job_work(struct db *db, struct job_progress *progress)
{
	const int64_t until_us = clock_monotonic_us() + STEP_US;
	enum err err = job_lease_renew(db, progress->job->name);
	bool is_over;

	if (err == ERR_ABSENT)
		return STEP_LOST;
	if (err != ERR_NONE)
		return STEP_FAILED;
	do {
		err = job_remove(db, progress, &is_over);
	} while (err == ERR_NONE && !is_over && clock_monotonic_us() < until_us);
	if (err != ERR_NONE)
		return STEP_FAILED;
	return is_over ? STEP_DONE : STEP_MORE;
}

static enum step job_advance(struct db *db, struct job_progress *progress)
{
	const struct job *job = progress->job;
	const enum step step = job_work(db, progress);

	if (step == STEP_DONE)
		job_lease_end(db, job->name, progress->n_rows, job->period_s);
	if (step == STEP_FAILED) {
		log_error("job %s failed, to be tried again in %d s", job->name, RETRY_S);
		job_lease_fail(db, job->name, RETRY_S);
	}
	return step;
}

/* A random part keeps workers from looking in the same second. */
static int64_t job_next_look_us(void)
{
	uint32_t chance;

	crypto_random(&chance, sizeof(chance));
	return clock_monotonic_us() + LOOK_US + chance % (LOOK_US / 4);
}

static struct job_state job_state_of(const struct job *job)
{
	return (struct job_state){.name = job->name, .does = job->does};
}

static void job_find_due(struct db *db, struct job_progress *progress)
{
	progress->look_us = job_next_look_us();
	for (const struct job *at = jobs; at < jobs + N_JOBS; at++) {
		struct job_state state = job_state_of(at);

		if (job_lease_read(db, &state) != ERR_NONE)
			return;
		if (progress->times != NULL)
			job_times_note(progress->times, (size_t)(at - jobs), at->name,
				state.ended_us);
		if (job_lease_is_free(&state) && job_lease_is_due(&state) &&
			job_lease_take(db, at->name, false) == ERR_NONE) {
			progress->job = at;
			progress->n_rows = 0;
			progress->position = 0;
			progress->due = (struct due_place){0};
			return;
		}
	}
}

void job_step(struct db *db, struct job_progress *progress)
{
	if (progress->job == NULL) {
		if (clock_monotonic_us() < progress->look_us)
			return;
		job_find_due(db, progress);
	}
	if (progress->job != NULL) {
		const enum step step = job_advance(db, progress);

		if (step != STEP_MORE)
			progress->job = NULL;
		/* Another may be due, which no failure of this one shall keep waiting. */
		if (step != STEP_LOST)
			progress->look_us = 0;
	}
	db_end_request(db);
}

enum err job_list(struct db *db, void (*row)(void *ctx, const struct job_state *state), void *ctx)
{
	struct job_state states[N_JOBS];
	enum err err;

	for (size_t i = 0; i < N_JOBS; i++)
		states[i] = job_state_of(&jobs[i]);
	err = job_lease_read_all(db, states, N_JOBS);
	for (size_t i = 0; i < N_JOBS && err == ERR_NONE; i++)
		row(ctx, &states[i]);
	return err;
}

static enum err job_make_due(struct db *db, void *ctx)
{
	const struct job_state *state = ctx;
	const struct audit_entry entry = {
		.tenant_id = AUDIT_INSTALLATION,
		.action = "job.run",
		.subject = arena_printf(db->arena, "job %s", state->name),
		.details = "{}",
	};
	enum err err = job_lease_make_due(db, state->name);

	return err == ERR_NONE ? audit_write(db, &entry) : err;
}

enum err job_hasten(struct db *db, const char *name)
{
	for (size_t i = 0; i < N_JOBS; i++) {
		struct job_state state = job_state_of(&jobs[i]);

		if (strcmp(name, state.name) == 0)
			return transaction_run(db, job_make_due, &state);
	}
	return ERR_PARAMETER;
}

static enum job_outcome job_run_to_end(struct db *db, struct job_progress *progress)
{
	enum step now;

	do {
		now = job_advance(db, progress);
	} while (now == STEP_MORE);
	if (now == STEP_LOST)
		return JOB_HELD;
	return now == STEP_DONE ? JOB_DONE : JOB_FAILED;
}

struct job_run_ctx {
	bool is_forced;
	void (*report)(void *ctx, const struct job_state *state, enum job_outcome outcome);
	void *ctx;
};

static enum err job_run_one(struct db *db, const struct job *job, const struct job_run_ctx *run)
{
	struct job_progress progress = {.job = job};
	enum job_outcome outcome = JOB_HELD;
	struct job_state state = job_state_of(job);
	enum err err = job_lease_read(db, &state);

	if (err == ERR_NONE && !run->is_forced && !job_lease_is_due(&state))
		return ERR_NONE;
	if (err == ERR_NONE)
		err = job_lease_is_free(&state) ? job_lease_take(db, job->name, run->is_forced)
						: ERR_ABSENT;
	if (err == ERR_NONE)
		outcome = job_run_to_end(db, &progress);
	else if (err != ERR_ABSENT)
		return err;
	state.n_rows = progress.n_rows;
	run->report(run->ctx, &state, outcome);
	return ERR_NONE;
}

enum err job_run(struct db *db, const char *name,
	void (*report)(void *ctx, const struct job_state *state, enum job_outcome outcome),
	void *ctx)
{
	const struct job_run_ctx run = {.is_forced = name != NULL, .report = report, .ctx = ctx};
	enum err err = name == NULL ? ERR_NONE : ERR_PARAMETER;

	for (const struct job *at = jobs; at < jobs + N_JOBS; at++) {
		if (name != NULL && strcmp(name, at->name) != 0)
			continue;
		err = job_run_one(db, at, &run);
		if (err != ERR_NONE)
			return err;
	}
	return err;
}
