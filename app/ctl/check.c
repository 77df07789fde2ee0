#include <stdarg.h>

#include "check.h"
#include "command.h"
#include "server.h"

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

static void look_at_server(struct check *check)
{
	struct server server;

	if (server_look(check->ctl->db, &server) != ERR_NONE) {
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
		look_at_server(&check);
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
