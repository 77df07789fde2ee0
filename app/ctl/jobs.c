#include "arena.h"
#include "buf.h"
#include "command.h"
#include "conf.h"
#include "erasure_sync.h"
#include "job.h"
#include "listing.h"
#include "log.h"
#include "str.h"
#include "v1/admin_shapes.h"

enum { NAME };

/* Returns "-" for never. */
static const char *instant_or_none(int64_t instant_us, char text_r[CTL_INSTANT_SIZE])
{
	return instant_us == 0 ? "-" : ctl_instant(instant_us, text_r);
}

static void print_job(const void *row)
{
	const struct job_state *state = row;
	char ended[CTL_INSTANT_SIZE], due[CTL_INSTANT_SIZE], failed[CTL_INSTANT_SIZE];

	printf("%-14s %-20s %8lld  %-20s %-20s %s\n", state->name,
		instant_or_none(state->ended_us, ended), (long long)state->n_rows,
		state->due_us == 0 ? "now" : ctl_instant(state->due_us, due),
		str_is_empty(state->holder) ? "-" : state->holder, state->does);
	if (state->failed_us != 0)
		printf("%-14s failed %s; the log of the host that ran it says why\n", "",
			ctl_instant(state->failed_us, failed));
}

static void show_job(void *ctx, const struct job_state *state)
{
	listing_add(ctx, state);
}

static int list_jobs(struct ctl *ctl, const struct argument *arguments)
{
	struct listing listing = {
		.ctl = ctl,
		.heading = "NAME           LAST RUN (UTC+8)         ROWS  NEXT DUE (UTC+8)     "
			   "DONE NOW BY          DOES",
		.shape = &admin_job_shape,
		.print = print_job,
	};

	(void)arguments;
	return listing_end(&listing, job_list(ctl->db, show_job, &listing), "");
}

struct job_run_counts {
	int n_reported, n_failed;
	struct buf errors; /* that were logged to log.path */
};

static void print_errors(struct job_run_counts *counts)
{
	if (counts->errors.size > 0)
		fprintf(stderr, "%s\n", counts->errors.data);
	buf_reset(&counts->errors);
}

static void print_job_outcome(void *ctx, const struct job_state *state, enum job_outcome outcome)
{
	struct job_run_counts *counts = ctx;

	counts->n_reported++;
	print_errors(counts);
	if (outcome == JOB_FAILED) {
		ctl_fail("%s failed after %lld rows (see above)", state->name,
			(long long)state->n_rows);
		counts->n_failed++;
		return;
	}
	if (outcome == JOB_HELD)
		printf("%-14s is being done by %s\n", state->name,
			str_is_empty(state->holder) ? "another process" : state->holder);
	else
		printf("%-14s %8lld rows\n", state->name, (long long)state->n_rows);
	fflush(stdout);
}

/* What each host does for itself. */
static enum err append_erasures(struct ctl *ctl, struct job_run_counts *counts)
{
	size_t n_appended;
	enum err err = erasure_sync_all(ctl->db, &n_appended);

	if (n_appended > 0) {
		printf("%-14s %8zu lines\n", "erasures.log", n_appended);
		counts->n_reported++;
	}
	return err;
}

static enum err run_and_append(struct ctl *ctl, const char *name, struct job_run_counts *counts)
{
	enum err err = job_run(ctl->db, name, print_job_outcome, counts);

	if (err == ERR_NONE && name == NULL)
		err = append_erasures(ctl, counts);
	return err;
}

/* Logs to log.path, as a worker does: what was retained, the heads of the audit. Standard error
 * gets the errors, too; where it is the log, nothing that matters less. */
static enum err run_logged(struct ctl *ctl, const char *name, struct job_run_counts *counts)
{
	const char *path = ctl->conf->log_path;
	struct log *log = str_is_empty(path) || strcmp(path, "stderr") == 0 ? NULL
									    : log_new(ctl->conf);
	enum err err;

	if (log == NULL)
		return run_and_append(ctl, name, counts);
	counts->errors.arena = ctl->arena;
	log_use(log);
	log_copy_errors(&counts->errors);
	err = run_and_append(ctl, name, counts);
	log_copy_errors(NULL);
	log_free(log);
	print_errors(counts);
	return err;
}

static int run_jobs(struct ctl *ctl, const struct argument *arguments)
{
	struct job_run_counts counts = {0};
	const enum err err = run_logged(ctl, arguments[NAME].text, &counts);

	if (err != ERR_NONE)
		return ctl_status(err, "there is no such job; see: wxuserctl jobs list");
	if (counts.n_reported == 0)
		puts("No job was due.");
	return counts.n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct command command_jobs_list = {
	.name = "jobs list",
	.arguments = "",
	.summary = "Lists the periodic jobs and their last runs",
	.details = "Times are in UTC+8. If a job has long been due, nothing runs it: see\n"
		   "\"wxuserctl jobs run --help\".\n",
	.has_json = true,
	.needs = NEEDS_SERVICE_DB,
	.run = list_jobs,
};

const struct command command_jobs_run = {
	.name = "jobs run",
	.arguments = "[NAME]",
	.summary = "Runs the jobs that are due, or the one named, due or not",
	.details =
		"Prints how many rows each job has done. Without NAME, it also appends to this\n"
		"host's erasures.log what other hosts have erased, and prints how many lines.\n"
		"Workers of a running program do the same between requests. If there may be no\n"
		"workers (mod_fcgid), let cron run the command every ten minutes on each host. A\n"
		"job that another process is running is left to it. The log gets the same lines\n"
		"as from a worker; where log.path is stderr, only warnings and errors.\n",
	.needs = NEEDS_SERVICE_DB | NEEDS_KEYS,
	.run = run_jobs,
};
