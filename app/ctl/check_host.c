#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "conf.h"
#include "ctl.h"
#include "place.h"
#include "running.h"
#include "socket_name.h"
#include "str.h"

/* What others may write to: a directory of theirs must not be changed. */
static void say_open_to_others(struct check *check, const char *path, const struct stat *st)
{
	if ((st->st_mode & S_ISVTX) != 0 || st->st_uid != geteuid())
		check_say(check, CHECK_FAIL,
			"state directory: others may write to %s; name one of the service's own in "
			"[server] state_directory",
			path);
	else
		check_say(check, CHECK_FAIL,
			"state directory: others may write to %s; say: chmod go-w %s", path, path);
}

static void check_state_directory(struct check *check)
{
	const char *path = check->conf->server_state_directory;
	char text[PLACE_TEXT_SIZE];
	const char *offence = place_find_offence(path, check->conf->server_user, text);
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 022) != 0)
		say_open_to_others(check, path, &st);
	else if (offence != NULL)
		check_say(check, CHECK_FAIL, "state directory: %s", offence);
	else
		check_say(check, CHECK_OK, "state directory: %s", path);
}

static void check_socket(struct check *check, const char *pool, const char *listen)
{
	int error = str_is_empty(listen) ? 0 : socket_name_probe(listen);
	struct running found[RUNNING_MAX];

	if (str_is_empty(listen))
		check_say(check, CHECK_OK,
			"socket of the %s pool: none, the web server starts workers", pool);
	else if (error == 0)
		check_say(check, CHECK_OK, "socket of the %s pool: %s takes connections", pool,
			listen);
	else if (error == EACCES)
		check_say(check, CHECK_WARN,
			"socket of the %s pool: you may not connect to %s; see [server] "
			"socket_group and socket_mode",
			pool, listen);
	else if (error == ENOENT && running_find(check->ctl, found) > 0)
		check_say(check, CHECK_FAIL,
			"socket of the %s pool: the program runs, but %s is not there: it was "
			"removed, or listen_%s has changed since the start; say: systemctl restart "
			"wxuser, or: wxuserctl drain, and start wxuser.fcgi again",
			pool, listen, pool);
	else
		check_say(check, CHECK_WARN,
			"socket of the %s pool: nobody listens at %s (%s); "
			"start wxuser.fcgi, or leave [server] listen_%s empty where the web server "
			"does",
			pool, listen, strerror(error), pool);
}

static void check_master(struct check *check)
{
	const char *orphans = running_find_orphans(check->ctl);

	if (orphans != NULL)
		check_say(check, CHECK_FAIL, "program: %s", orphans);
}

void check_host(struct check *check)
{
	check_master(check);
	check_state_directory(check);
	check_socket(check, "core", check->conf->server_listen_core);
	check_socket(check, "remote", check->conf->server_listen_remote);
}
