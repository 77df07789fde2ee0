#include <stdarg.h>

#include "check.h"
#include "clock.h"
#include "command.h"
#include "conf.h"
#include "config_check.h"
#include "ctl.h"
#include "job.h"
#include "log.h"
#include "maintenance.h"
#include "privileges.h"
#include "server.h"
#include "start.h"
#include "str.h"

/* Workers look once a minute, cron perhaps once an hour. */
#define LATE_US (2 * 3600 * CLOCK_SECOND_US)

enum { HOSTS };

void check_say(struct check *check, enum check_verdict verdict, const char *format, ...)
{
	static const char *const names[] = {
		[CHECK_OK] = "ok",
		[CHECK_WARN] = "warn",
		[CHECK_FAIL] = "FAIL",
	};
	va_list args;

	check->n_failed += verdict == CHECK_FAIL;
	printf("%-4s ", names[verdict]);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* ---- The configuration. */

/* Whether there is a configuration, and whether a start takes it. */
enum check_start {
	CHECK_START_NONE,    /* nothing to go on with */
	CHECK_START_REFUSED, /* its sockets, state directory or logs are in the way */
	CHECK_START_SOUND,
};

static void say_configuration(void *ctx, enum log_level level, const char *text)
{
	if (level >= LOG_LEVEL_WARNING)
		check_say(ctx, level == LOG_LEVEL_ERROR ? CHECK_FAIL : CHECK_WARN,
			"configuration: %s", text);
}

/* What a start would log are lines of the check. */
static bool is_passed(struct check *check, int (*look)(const struct conf *conf))
{
	int status;

	log_set_handler(say_configuration, check);
	status = look(check->conf);
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
		check_say(check, CHECK_FAIL, "configuration: %s", error);
		return CHECK_START_NONE;
	}
	check_say(check, CHECK_OK, "configuration: %s",
		check->conf->path != NULL ? check->conf->path : "no file, all defaults");
	if (!is_passed(check, check_user))
		return CHECK_START_NONE;
	return is_passed(check, start_check) ? CHECK_START_SOUND : CHECK_START_REFUSED;
}

static bool check_values(struct check *check)
{
	return is_passed(check, config_check);
}

/* ---- Maintenance and jobs. */

static void check_maintenance(struct check *check, bool can_read)
{
	struct maintenance everywhere;

	if (maintenance_is_on_here(check->conf))
		check_say(check, CHECK_WARN,
			"maintenance: this host answers that it is down; to end it: wxuserctl "
			"maintenance off");
	if (can_read && maintenance_find(check->ctl->db, &everywhere) == ERR_NONE &&
		everywhere.is_on)
		check_say(check, CHECK_WARN,
			"maintenance: all hosts answer that they are down, says %s; to end it: "
			"wxuserctl maintenance off --everywhere",
			everywhere.changed_by);
}

struct job_counts {
	struct check *check;
	int n_said;
};

/* What was never done may be of a service that has not begun. */
static void say_job(void *ctx, const struct job_state *state)
{
	struct job_counts *counts = ctx;
	char at[CTL_INSTANT_SIZE];

	if (state->failed_us != 0) {
		check_say(counts->check, CHECK_WARN,
			"job %s: failed %s; say: wxuserctl jobs run %s", state->name,
			ctl_instant(state->failed_us, at), state->name);
		counts->n_said++;
	} else if (state->ended_us != 0 && str_is_empty(state->holder) &&
		state->now_us - state->due_us > LATE_US) {
		check_say(counts->check, CHECK_WARN,
			"job %s: due since %s; where no worker runs, let cron say: wxuserctl jobs "
			"run",
			state->name, ctl_instant(state->due_us, at));
		counts->n_said++;
	}
}

static void check_jobs(struct check *check)
{
	struct job_counts counts = {.check = check};

	if (job_list(check->ctl->db, say_job, &counts) != ERR_NONE)
		check_say(check, CHECK_FAIL, "jobs: cannot be read (see above)");
	else if (counts.n_said == 0)
		check_say(check, CHECK_OK, "jobs: none is late");
}

/* ---- The command. */

static void ask_server(struct check *check)
{
	struct server server;

	if (server_read(check->ctl->db, &server) != ERR_NONE) {
		check_say(check, CHECK_FAIL, "server: cannot be asked (see above)");
		return;
	}
	check_server(check, &server);
	check_limits(check, &server);
}

static int check_all(struct ctl *ctl, const struct argument *arguments)
{
	struct check check = {.ctl = ctl, .n_hosts = arguments[HOSTS].number};
	const enum check_start start = check_configuration(&check);
	bool is_sound, can_read, can_open;

	if (start == CHECK_START_NONE || ctl_become_service(ctl) != 0)
		return EXIT_FAILURE;
	is_sound = check_values(&check);
	check_key_files(&check);
	if (start == CHECK_START_SOUND)
		check_host(&check);
	can_read = check_database(&check);
	can_open = check_keys(&check, can_read);
	check_maintenance(&check, can_read);
	if (can_read) {
		ask_server(&check);
		check_jobs(&check);
	}
	if (can_open)
		check_tenants(&check);
	if (is_sound)
		check_outside(&check, can_open);
	return check.n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct command command_check = {
	.name = "check",
	.arguments = "[--hosts N]",
	.summary = "Looks whether everything is in place, and says what to do where it is not",
	.details = "One line each: ok, warn (it works, but look), FAIL (something does not work).\n"
		   "Exit status 1 when anything failed. --hosts says how many machines run the\n"
		   "program on this database, else those that are connected now are counted.\n"
		   "WeChat is asked for each app's own token, as the program does.\n",
	.run = check_all,
};
