#include "check.h"
#include "conf.h"
#include "config_check.h"
#include "ctl.h"
#include "log.h"
#include "privileges.h"
#include "start.h"

static void say_line(void *ctx, enum log_level level, const char *text)
{
	if (level >= LOG_LEVEL_WARNING)
		check_say(ctx, level == LOG_LEVEL_ERROR ? CHECK_FAIL : CHECK_WARN,
			"configuration: %s", text);
}

/* What a start would log are lines of the check. */
static bool is_passed(struct check *check, int (*look)(const struct conf *conf))
{
	int status;

	log_divert(say_line, check);
	status = look(check->conf);
	log_divert(NULL, NULL);
	return status == 0;
}

static int look_at_user(const struct conf *conf)
{
	return privileges_check(conf->server_user);
}

enum check_start check_configuration(struct check *check)
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
	if (!is_passed(check, look_at_user))
		return CHECK_START_NONE;
	return is_passed(check, start_check) ? CHECK_START_SOUND : CHECK_START_REFUSED;
}

bool check_values(struct check *check)
{
	return is_passed(check, config_check);
}
