#include "check.h"
#include "clock.h"
#include "command.h"
#include "conf.h"
#include "config_check.h"
#include "ctl.h"
#include "db.h"
#include "job.h"
#include "log.h"
#include "maintenance.h"
#include "privileges.h"
#include "start.h"
#include "str.h"

/* Workers run what is due once a minute, cron perhaps once an hour. */
#define LATE_US (2 * 3600 * CLOCK_SECOND_US)

enum { HOSTS };

/* ---- The configuration. */

/* Whether there is a configuration, and whether a start takes it. */
enum check_start {
	CHECK_START_NONE,    /* there is none to go on with */
	CHECK_START_REFUSED, /* for its sockets, state directory or logs */
	CHECK_START_OK,
};

static void report_configuration(void *ctx, enum log_level level, const char *text)
{
	if (level >= LOG_LEVEL_WARNING)
		check_report(ctx, level == LOG_LEVEL_ERROR ? CHECK_FAIL : CHECK_WARN,
			"configuration: %s", text);
}

/* Reports what a start would log. */
static bool passes(struct check *check, int (*part)(const struct conf *conf))
{
	int status;

	log_set_handler(report_configuration, check);
	status = part(check->conf);
	log_set_handler(NULL, NULL);
	return status == 0;
}

static int check_user(const struct conf *conf)
{
	return privileges_check(conf->server_user);
}

static enum check_start check_configuration(struct check *check)
{
	char error[CONF_ERROR_SIZE];

	check->ctl->conf = conf_load(check->ctl->conf_path, error, sizeof(error));
	check->conf = check->ctl->conf;
	if (check->conf == NULL) {
		check_report(check, CHECK_FAIL, "configuration: %s", error);
		return CHECK_START_NONE;
	}
	check_report(check, CHECK_OK, "configuration: %s",
		check->conf->path != NULL ? check->conf->path : "no file, all defaults");
	if (!passes(check, check_user))
		return CHECK_START_NONE;
	return passes(check, start_check) ? CHECK_START_OK : CHECK_START_REFUSED;
}

static bool check_values(struct check *check)
{
	return passes(check, config_check);
}

/* ---- Maintenance and jobs. */

static void check_maintenance(struct check *check, bool can_read)
{
	struct maintenance everywhere;

	if (maintenance_is_on_here(check->conf))
		check_report(check, CHECK_WARN,
			"maintenance: this host answers that it is down; to end it: wxuserctl "
			"maintenance off");
	if (can_read && maintenance_find(check->ctl->db, &everywhere) == ERR_NONE &&
		everywhere.is_on)
		check_report(check, CHECK_WARN,
			"maintenance: all hosts answer that they are down, set by %s; to end it: "
			"wxuserctl maintenance off --everywhere",
			everywhere.changed_by);
}

struct job_counts {
	struct check *check;
	int n_reported;
};

/* A job that has never run may be that of a service that has not been started yet. */
static void report_job(void *ctx, const struct job_state *state)
{
	struct job_counts *counts = ctx;
	char at[CTL_INSTANT_SIZE];

	if (state->failed_us != 0) {
		check_report(counts->check, CHECK_WARN,
			"job %s: failed %s (UTC+8); run: wxuserctl jobs run %s", state->name,
			ctl_instant(state->failed_us, at), state->name);
		counts->n_reported++;
	} else if (state->ended_us != 0 && str_is_empty(state->holder) &&
		state->now_us - state->due_us > LATE_US) {
		check_report(counts->check, CHECK_WARN,
			"job %s: due since %s (UTC+8); where no worker runs, let cron run: "
			"wxuserctl jobs run",
			state->name, ctl_instant(state->due_us, at));
		counts->n_reported++;
	}
}

static void check_jobs(struct check *check)
{
	struct job_counts counts = {.check = check};

	if (job_list(check->ctl->db, report_job, &counts) != ERR_NONE)
		check_report(check, CHECK_FAIL, "jobs: cannot be read (see above)");
	else if (counts.n_reported == 0)
		check_report(check, CHECK_OK, "jobs: none is late");
}

/* ---- The command. */

/* Returns EXIT_FAILURE if there was nothing to check with. */
static int check_parts(struct check *check)
{
	const enum check_start start = check_configuration(check);
	bool has_valid_values, can_read, can_open;

	if (start == CHECK_START_NONE)
		return EXIT_FAILURE;
	check_passwords(check);
	if (ctl_become_service(check->ctl) != 0)
		return EXIT_FAILURE;
	has_valid_values = check_values(check);
	check_key_files(check);
	if (start == CHECK_START_OK)
		check_host(check);
	can_read = check_nodes(check) && check_database(check);
	can_open = check_keys(check, can_read);
	check_maintenance(check, can_read);
	if (can_read) {
		check_only_node(check);
		check_ids(check);
		check_jobs(check);
	}
	if (can_open) {
		check_made_keys(check);
		check_tenants(check);
	}
	if (has_valid_values)
		check_remote(check, can_open);
	if (check->service != check->ctl->db)
		db_free(check->service);
	return EXIT_SUCCESS;
}

static int check_all(struct ctl *ctl, const struct argument *arguments)
{
	struct check check = {.ctl = ctl, .n_hosts = arguments[HOSTS].number};
	int status;

	check_report_begin(&check);
	status = check_parts(&check);
	return check_report_end(&check) | status;
}

const struct command command_check = {
	.name = "check",
	.arguments = "[--hosts N]",
	.summary = "Checks that everything is in place, and says what to do if it is not",
	.details =
		"Prints a line for each thing checked: ok, warn (it works, but has a flaw) or\n"
		"FAIL (it does not work). The exit status is 1 if anything failed. --hosts says\n"
		"how many hosts run the program on this database; without it, those that are\n"
		"connected now are counted. If [database] host is a list, it visits each host of\n"
		"it; one that is not ready is a failure only if no other is. For each app it\n"
		"fetches the app's own token from WeChat, as the program does.\n",
	.has_json = true,
	.run = check_all,
};
