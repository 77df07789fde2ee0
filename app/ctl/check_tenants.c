#include <string.h>

#include "app.h"
#include "app_move.h"
#include "arena.h"
#include "check.h"
#include "conf.h"
#include "ctl.h"
#include "str.h"
#include "tenant.h"

static void count_tenant(void *ctx, int32_t id, const char *name)
{
	int *n_tenants = ctx;

	(void)id;
	(void)name;
	++*n_tenants;
}

static void count_tenants(struct check *check)
{
	int n_tenants = 0;

	if (tenant_list(check->ctl->db, count_tenant, &n_tenants) != ERR_NONE)
		check_say(check, CHECK_FAIL, "tenants: cannot be read (see above)");
	else if (n_tenants == 0)
		check_say(check, CHECK_FAIL, "tenants: none; say: wxuserctl tenant add NAME");
	else
		check_say(check, CHECK_OK, "tenants: %d", n_tenants);
}

static void check_app(struct check *check, const char *key, const char *appid)
{
	struct app app;
	int found = app_find(check->ctl->db, appid, &app);

	if (found == 1)
		check_say(check, CHECK_OK, "%s: %s of tenant %d", key, appid, app.tenant_id);
	else if (found == 0)
		check_say(check, CHECK_FAIL,
			"%s: there is no app %s; see: wxuserctl app add --help", key, appid);
	else
		check_say(check, CHECK_FAIL, "%s: %s cannot be read (see above)", key, appid);
}

static void check_default_app(struct check *check)
{
	struct default_app preset;

	if (default_app_find(check->ctl->db, &preset) < 0)
		check_say(check, CHECK_FAIL, "default_app: cannot be read (see above)");
	else if (preset.source == DEFAULT_APP_NONE)
		check_say(check, CHECK_OK,
			"default_app: none; calls must name their app by the header X-WX-AppId, or "
			"by a host of [http] hosts");
	else if (preset.source == DEFAULT_APP_ONLY)
		check_say(check, CHECK_OK, "default_app: none is needed, %s is the only app",
			preset.appid);
	else
		check_app(check, "default_app", preset.appid);
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

		if (appid == NULL)
			continue;
		*appid++ = '\0';
		check_app(check, arena_printf(arena, "host %s", host), appid);
	}
}

static void say_move(void *ctx, const struct app_move_report *report)
{
	char since[CTL_INSTANT_SIZE];

	check_say(ctx, report->n_conflicts == 0 ? CHECK_OK : CHECK_WARN,
		"app %s: moved from the Open Platform account %s to %s at %s; users with their new "
		"unionid: %d, to come: %d, conflicts: %d%s",
		report->appid, report->from, report->to, ctl_instant(report->since_us, since),
		report->n_moved, report->n_to_come, report->n_conflicts,
		report->n_conflicts == 0 ? "" : "; see: wxuserctl account conflicts");
}

static void say_suspect(void *ctx, const char *appid, int32_t n_users)
{
	check_say(ctx, CHECK_WARN, "app %s: " CTL_SUSPECT, appid, n_users, appid);
}

static void check_moves(struct check *check)
{
	if (app_move_list(check->ctl->db, NULL, say_move, check) != ERR_NONE ||
		app_move_suspects(check->ctl->db, say_suspect, check) != ERR_NONE)
		check_say(check, CHECK_FAIL, "apps: cannot be read (see above)");
}

void check_tenants(struct check *check)
{
	count_tenants(check);
	check_default_app(check);
	check_hosts(check);
	check_moves(check);
}
