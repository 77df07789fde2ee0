#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "app.h"
#include "arena.h"
#include "command.h"
#include "conf.h"
#include "db.h"
#include "listener.h"
#include "migrate.h"
#include "secret.h"
#include "sms.h"
#include "statements.h"
#include "str.h"
#include "tenant.h"
#include "wechat.h"

enum verdict { OK, WARN, FAIL };

struct check {
	struct ctl *ctl;
	const struct conf *conf;
	int n_failed;
};

static void say(struct check *check, enum verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct check *check, enum verdict verdict, const char *format, ...)
{
	static const char *const names[] = {[OK] = "ok", [WARN] = "warn", [FAIL] = "FAIL"};
	va_list args;

	check->n_failed += verdict == FAIL;
	printf("%-4s ", names[verdict]);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static bool check_configuration(struct check *check)
{
	char error[1024];

	check->ctl->conf = conf_load(check->ctl->conf_path, error, sizeof(error));
	check->conf = check->ctl->conf;
	if (check->conf == NULL)
		say(check, FAIL, "configuration: %s", error);
	else
		say(check, OK, "configuration: %s",
			check->conf->path != NULL ? check->conf->path : "no file, all defaults");
	return check->conf != NULL;
}

static void check_keys(struct check *check)
{
	char error[1024];
	struct secret_keys **keys = &check->ctl->keys;

	*keys = secret_keys_load(check->conf, error, sizeof(error));
	if (*keys == NULL)
		say(check, FAIL, "keys: %s", error);
	else
		say(check, OK, "keys: %s, %s and %s", check->conf->keys_sealing,
			check->conf->keys_lookup, check->conf->keys_erasure);
}

static void check_state_directory(struct check *check)
{
	const char *path = check->conf->server_state_directory;
	struct stat st;

	if (stat(path, &st) != 0)
		say(check, FAIL, "state directory: %s: %s; say: mkdir -m 750 %s", path,
			strerror(errno), path);
	else if (!S_ISDIR(st.st_mode))
		say(check, FAIL, "state directory: %s is no directory", path);
	else if ((st.st_mode & 022) != 0)
		say(check, FAIL, "state directory: others may write to %s; say: chmod go-w %s",
			path, path);
	else
		say(check, OK, "state directory: %s", path);
}

/* Under mod_fcgid and the like nobody listens there, so that this is no failure. */
static void check_socket(struct check *check, const char *pool, const char *listen)
{
	int error = listener_probe(listen);

	if (error == 0)
		say(check, OK, "socket of the %s pool: %s takes connections", pool, listen);
	else if (error == EINVAL || error == ENAMETOOLONG)
		say(check, FAIL,
			"socket of the %s pool: %s is neither a path nor a loopback ADDRESS:PORT; "
			"see [server] listen_%s",
			pool, listen, pool);
	else if (error == EACCES)
		say(check, WARN,
			"socket of the %s pool: you may not connect to %s; see [server] "
			"socket_group and socket_mode",
			pool, listen);
	else
		say(check, WARN,
			"socket of the %s pool: nobody listens at %s (%s); "
			"start wxuser.fcgi, unless the web server does",
			pool, listen, strerror(error));
}

static bool check_database(struct check *check)
{
	const struct conf *conf = check->conf;
	const char *host = conf->database_host;

	if (str_is_empty(host))
		host = conf->database_socket;

	check->ctl->db = db_new(conf, check->ctl->keys);
	db_set_arena(check->ctl->db, check->ctl->arena);
	if (db_ping(check->ctl->db) == ERR_NONE) {
		say(check, OK, "database: %s at %s", conf->database_name, host);
		return true;
	}
	say(check, FAIL, "database: %s at %s does not let %s in (see above); see [database]",
		conf->database_name, host, conf->database_user);
	return false;
}

static bool check_schema(struct check *check)
{
	int version = 0, wanted = 0;
	enum err err = migrate_check(check->ctl->db, &version, &wanted);

	if (err == ERR_PARAMETER && version > wanted)
		say(check, FAIL, "schema: version %d, this program's is %d; install its release",
			version, wanted);
	else if (err == ERR_PARAMETER)
		say(check, FAIL, "schema: version %d, wanted %d; say: wxuserctl migrate", version,
			wanted);
	else if (err != ERR_NONE || statements_check(check->ctl->db) != ERR_NONE)
		say(check, FAIL,
			"schema: a statement is refused (see above); look at the user's rights");
	else {
		say(check, OK, "schema: version %d", version);
		return true;
	}
	return false;
}

static void count_tenant(void *ctx, int32_t id, const char *name)
{
	int *n_tenants = ctx;

	(void)id;
	(void)name;
	++*n_tenants;
}

static int check_tenants(struct check *check)
{
	int n_tenants = 0;

	if (tenant_list(check->ctl->db, count_tenant, &n_tenants) != ERR_NONE)
		say(check, FAIL, "tenants: cannot be read (see above)");
	else if (n_tenants == 0)
		say(check, FAIL, "tenants: none; say: wxuserctl tenant add NAME");
	else
		say(check, OK, "tenants: %d", n_tenants);
	return n_tenants;
}

static void check_app(struct check *check, const char *key, const char *appid)
{
	struct app app;
	int found = app_find(check->ctl->db, appid, &app);

	if (found == 1)
		say(check, OK, "%s: %s of tenant %d", key, appid, app.tenant_id);
	else if (found == 0)
		say(check, FAIL, "%s: there is no app %s; see: wxuserctl app add --help", key,
			appid);
	else
		say(check, FAIL, "%s: %s cannot be read (see above)", key, appid);
}

static void check_default_app(struct check *check, int n_tenants)
{
	const char *appid = check->conf->http_default_app;

	if (str_is_empty(appid))
		say(check, OK, "default_app: none; anonymous calls must name theirs");
	else if (n_tenants > 1)
		say(check, WARN, "default_app: %s is ignored: %d tenants; see [http] hosts", appid,
			n_tenants);
	else
		check_app(check, "default_app", appid);
}

/* "shop.example.com=wx0123,…" */
static void check_hosts(struct check *check)
{
	struct arena *arena = check->ctl->arena;
	char *list = arena_strdup(arena, check->conf->http_hosts);
	char *save = NULL;

	for (char *host = strtok_r(list, ", ", &save); host != NULL;
		host = strtok_r(NULL, ", ", &save)) {
		char *appid = strchr(host, '=');

		if (appid == NULL) {
			say(check, FAIL, "hosts: %s is not HOST=APPID; see [http] hosts", host);
			continue;
		}
		*appid++ = '\0';
		check_app(check, arena_printf(arena, "host %s", host), appid);
	}
}

static void check_wechat(struct check *check)
{
	const char *url = check->conf->wechat_base_url;
	struct wechat *wechat = wechat_new(check->conf, NULL);

	if (str_starts_with(url, "http://"))
		say(check, WARN, "WeChat: %s is A STAND-IN, NOT WECHAT; see [wechat] base_url",
			url);
	if (wechat == NULL)
		say(check, FAIL, "WeChat: [wechat] is refused (see above)");
	else if (wechat_probe(wechat) != ERR_NONE)
		say(check, FAIL,
			"WeChat: %s does not answer; see that this host may reach it, and "
			"[wechat] ca_file",
			url);
	else
		say(check, OK, "WeChat: %s answers", url);
	wechat_free(wechat);
}

static void check_sms(struct check *check)
{
	const char *driver = check->conf->sms_driver;
	const char *url = check->conf->sms_base_url;
	struct sms *sms = sms_new(check->conf, NULL);

	if (sms_is_configured(sms) && str_starts_with(url, "http://"))
		say(check, WARN, "SMS: %s is A STAND-IN, it sends nothing; see [sms] base_url",
			url);
	if (sms == NULL)
		say(check, FAIL, "SMS: [sms] is refused (see above)");
	else if (!sms_is_configured(sms))
		say(check, OK, "SMS: none; nobody can confirm a phone by a code; see [sms] driver");
	else if (sms_probe(sms) != ERR_NONE)
		say(check, FAIL,
			"SMS: the gateway of the driver %s does not answer; see that this host may "
			"reach it, and [sms] base_url and ca_file",
			driver);
	else
		say(check, OK, "SMS: the gateway of the driver %s answers", driver);
	sms_free(sms);
}

static int check_all(struct ctl *ctl, const struct argument *arguments)
{
	struct check check = {.ctl = ctl};

	(void)arguments;
	if (!check_configuration(&check) || ctl_become_service(ctl) != 0)
		return EXIT_FAILURE;
	check_keys(&check);
	check_state_directory(&check);
	check_socket(&check, "core", check.conf->server_listen_core);
	check_socket(&check, "remote", check.conf->server_listen_remote);
	if (check_database(&check) && check_schema(&check)) {
		check_default_app(&check, check_tenants(&check));
		check_hosts(&check);
	}
	check_wechat(&check);
	check_sms(&check);
	return check.n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct command command_check = {
	.name = "check",
	.arguments = "",
	.summary = "Looks whether everything is in place, and says what to do where it is not",
	.details = "One line each: ok, warn (it works, but look), FAIL (something does not work).\n"
		   "Exit status 1 when anything failed.\n",
	.run = check_all,
};
