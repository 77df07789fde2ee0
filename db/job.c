#include <limits.h>
#include <unistd.h>

#include "account_close.h"
#include "admin_session.h"
#include "arena.h"
#include "audit.h"
#include "audit_chain.h"
#include "claim.h"
#include "clock.h"
#include "crypto.h"
#include "job.h"
#include "job_times.h"
#include "log.h"
#include "login_refusal.h"
#include "push_event.h"
#include "retention.h"
#include "statistics_rows.h"
#include "stmt.h"
#include "str.h"
#include "token.h"
#include "transaction.h"
#include "user_changes.h"
#include "verify_code.h"
#include "wechat_token.h"

#define LEASE "INTERVAL 1 MINUTE"
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

struct lease {
	struct job_state state;
	int64_t until_us;
	bool is_forced;
	int32_t wait_s;
};

#define ROW(member, type) COLUMN(struct lease, member, type)

enum { READ, READ_ALL, ADD, TAKE, RENEW, END, FAIL, HASTEN };

static const struct stmt statements[] = {
	/* A job that was never taken has no row; it is free and due. */
	[READ] =
		{
			.text = "SELECT holder, expires_at, due_at, ended_at, failed_at, "
				"COALESCE(n_rows, 0), now "
				"FROM (SELECT UTC_TIMESTAMP(6) AS now) clock "
				"LEFT JOIN job_lease ON name = ?",
			.params = COLUMNS(ROW(state.name, STR)),
			.columns = COLUMNS(ROW(state.holder, STR), ROW(until_us, TIME),
				ROW(state.due_us, TIME), ROW(state.ended_us, TIME),
				ROW(state.failed_us, TIME), ROW(state.n_rows, INT64),
				ROW(state.now_us, TIME)),
		},
	[READ_ALL] = {
		.text = "SELECT name, holder, expires_at, due_at, ended_at, failed_at, "
			"COALESCE(n_rows, 0), UTC_TIMESTAMP(6) FROM job_lease LIMIT 100",
		.columns = COLUMNS(ROW(state.name, STR), ROW(state.holder, STR),
			ROW(until_us, TIME), ROW(state.due_us, TIME), ROW(state.ended_us, TIME),
			ROW(state.failed_us, TIME), ROW(state.n_rows, INT64),
			ROW(state.now_us, TIME)),
		.row_size = sizeof(struct lease),
	},
	[ADD] =
		{
			.text = "INSERT IGNORE INTO job_lease (name, holder, expires_at) "
				"VALUES (?, '', UTC_TIMESTAMP(6))",
			.params = COLUMNS(ROW(state.name, STR)),
		},
	[TAKE] =
		{
			.text = "UPDATE job_lease SET holder = ?, expires_at = UTC_TIMESTAMP(6) "
				"+ " LEASE " WHERE name = ? AND expires_at <= UTC_TIMESTAMP(6) "
				"AND (? OR COALESCE(due_at <= UTC_TIMESTAMP(6), TRUE))",
			.params = COLUMNS(
				ROW(state.holder, STR), ROW(state.name, STR), ROW(is_forced, BOOL)),
		},
	[RENEW] =
		{
			.text = "UPDATE job_lease SET expires_at = UTC_TIMESTAMP(6) + " LEASE
				" WHERE name = ? AND holder = ? AND expires_at > UTC_TIMESTAMP(6)",
			.params = COLUMNS(ROW(state.name, STR), ROW(state.holder, STR)),
		},
	[END] =
		{
			.text = "UPDATE job_lease SET holder = '', expires_at = UTC_TIMESTAMP(6), "
				"due_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, "
				"ended_at = UTC_TIMESTAMP(6), n_rows = ?, failed_at = NULL "
				"WHERE name = ? AND holder = ?",
			.params = COLUMNS(ROW(wait_s, INT32), ROW(state.n_rows, INT64),
				ROW(state.name, STR), ROW(state.holder, STR)),
		},
	[HASTEN] =
		{
			.text = "UPDATE job_lease SET due_at = UTC_TIMESTAMP(6) WHERE name = ?",
			.user = DB_USER_ADMIN,
			.params = COLUMNS(ROW(state.name, STR)),
		},
	[FAIL] =
		{
			.text = "UPDATE job_lease SET holder = '', expires_at = UTC_TIMESTAMP(6), "
				"due_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, "
				"failed_at = UTC_TIMESTAMP(6) WHERE name = ? AND holder = ?",
			.params = COLUMNS(
				ROW(wait_s, INT32), ROW(state.name, STR), ROW(state.holder, STR)),
		},
};

const struct stmt_table job_statements = STMT_TABLE(statements);

/* The lease of a job, with this process as its holder. */
static struct lease lease_of(struct db *db, const struct job *job)
{
	char host[HOST_NAME_MAX + 1] = "";

	gethostname(host, sizeof(host) - 1);
	return (struct lease){
		.state.name = job->name,
		.state.holder = arena_printf(db->arena, "%s %d", host, (int)getpid()),
	};
}

/* Returns ERR_ABSENT if another process holds the lease, or the job is not due. */
static enum err lease_take(struct db *db, const struct job *job, bool is_forced)
{
	struct lease lease = lease_of(db, job);
	enum err err = stmt_write(db, &statements[ADD], &lease);

	lease.is_forced = is_forced;
	return err != ERR_NONE ? err : stmt_change(db, &statements[TAKE], &lease, ERR_ABSENT);
}

/* Returns ERR_ABSENT if the lease has expired. */
static enum err lease_renew(struct db *db, const struct job *job)
{
	const struct lease lease = lease_of(db, job);

	return stmt_change(db, &statements[RENEW], &lease, ERR_ABSENT);
}

static void lease_end(struct db *db, const struct job_progress *progress)
{
	struct lease lease = lease_of(db, progress->job);

	lease.wait_s = progress->job->period_s;
	lease.state.n_rows = progress->n_rows;
	stmt_write(db, &statements[END], &lease);
}

static void lease_fail(struct db *db, const struct job *job)
{
	struct lease lease = lease_of(db, job);

	log_error("job %s failed, to be tried again in %d s", job->name, RETRY_S);
	lease.wait_s = RETRY_S;
	stmt_write(db, &statements[FAIL], &lease);
}

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
	enum err err = lease_renew(db, progress->job);
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
	const enum step step = job_work(db, progress);

	if (step == STEP_DONE)
		lease_end(db, progress);
	if (step == STEP_FAILED)
		lease_fail(db, progress->job);
	return step;
}

static void lease_show_holder(struct lease *lease)
{
	if (lease->until_us <= lease->state.now_us)
		lease->state.holder = "";
}

static enum err lease_read(struct db *db, const struct job *job, struct lease *lease_r)
{
	enum err err;

	*lease_r = (struct lease){.state.name = job->name, .state.does = job->does};
	err = stmt_need(db, &statements[READ], lease_r, lease_r, ERR_INTERNAL);
	if (err == ERR_NONE)
		lease_show_holder(lease_r);
	return err;
}

/* Returns the lease of a job from the rows of all, or that of a job that was never taken. */
static struct lease lease_among(const struct lease *rows, size_t n, const struct job *job)
{
	struct lease lease = {.state.holder = ""};

	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].state.name, job->name) == 0)
			lease = rows[i];
	lease.state.name = job->name;
	lease.state.does = job->does;
	lease_show_holder(&lease);
	return lease;
}

static bool lease_is_free(const struct lease *lease)
{
	return str_is_empty(lease->state.holder);
}

static bool lease_is_due(const struct lease *lease)
{
	return lease->state.due_us <= lease->state.now_us;
}

/* A random part keeps workers from looking in the same second. */
static int64_t job_next_look_us(void)
{
	uint32_t chance;

	crypto_random(&chance, sizeof(chance));
	return clock_monotonic_us() + LOOK_US + chance % (LOOK_US / 4);
}

static void job_find_due(struct db *db, struct job_progress *progress)
{
	struct lease lease;

	progress->look_us = job_next_look_us();
	for (const struct job *at = jobs; at < jobs + N_JOBS; at++) {
		if (lease_read(db, at, &lease) != ERR_NONE)
			return;
		if (progress->times != NULL)
			job_times_note(progress->times, (size_t)(at - jobs), at->name,
				lease.state.ended_us);
		if (lease_is_free(&lease) && lease_is_due(&lease) &&
			lease_take(db, at, false) == ERR_NONE) {
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
	void *leases;
	size_t n;
	enum err err = stmt_all(db, &statements[READ_ALL], NULL, &leases, &n);

	for (const struct job *at = jobs; at < jobs + N_JOBS && err == ERR_NONE; at++) {
		const struct lease lease = lease_among(leases, n, at);

		row(ctx, &lease.state);
	}
	return err;
}

static enum err job_make_due(struct db *db, void *ctx)
{
	const struct lease *lease = ctx;
	const struct audit_entry entry = {
		.tenant_id = AUDIT_INSTALLATION,
		.action = "job.run",
		.subject = arena_printf(db->arena, "job %s", lease->state.name),
		.details = "{}",
	};
	enum err err = stmt_write(db, &statements[HASTEN], lease);

	return err == ERR_NONE ? audit_write(db, &entry) : err;
}

enum err job_hasten(struct db *db, const char *name)
{
	struct lease lease = {.state.name = name};

	for (const struct job *at = jobs; at < jobs + N_JOBS; at++)
		if (strcmp(name, at->name) == 0)
			return transaction_run(db, job_make_due, &lease);
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
	struct lease lease;
	enum err err = lease_read(db, job, &lease);

	if (err == ERR_NONE && !run->is_forced && !lease_is_due(&lease))
		return ERR_NONE;
	if (err == ERR_NONE)
		err = lease_is_free(&lease) ? lease_take(db, job, run->is_forced) : ERR_ABSENT;
	if (err == ERR_NONE)
		outcome = job_run_to_end(db, &progress);
	else if (err != ERR_ABSENT)
		return err;
	lease.state.n_rows = progress.n_rows;
	run->report(run->ctx, &lease.state, outcome);
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
