#include <string.h>

#include "api_key_list.h"
#include "app.h"
#include "app_kind.h"
#include "app_move.h"
#include "arena.h"
#include "check.h"
#include "clock.h"
#include "conf.h"
#include "ctl.h"
#include "default_app.h"
#include "http_url.h"
#include "phone_attempt.h"
#include "shown.h"
#include "sms.h"
#include "str.h"
#include "tenant.h"
#include "transfers.h"
#include "unmade_key.h"
#include "wechat.h"
#include "wechat_phone.h"

/* ---- Keys that no act has made. */

#define UNMADE_TOLD 20

static void report_unmade(struct check *check, const struct unmade_key *key)
{
	if (key->tenant_id == 0)
		check_report(check, CHECK_FAIL,
			"operator key %d: the audit has no genuine entry that made it, so somebody "
			"has written it into the database; run: wxuserctl operator revoke %d",
			key->id, key->id);
	else
		check_report(check, CHECK_FAIL,
			"API key %d of tenant %d: the audit has no genuine entry that made it, so "
			"somebody has written it into the database; run: wxuserctl key revoke %d",
			key->id, key->tenant_id, key->id);
}

void check_made_keys(struct check *check)
{
	const struct unmade_key *keys;
	size_t n;

	if (unmade_key_list(check->ctl->db, &keys, &n) != ERR_NONE) {
		check_report(check, CHECK_FAIL, "made keys: cannot be read (see above)");
		return;
	}
	for (size_t i = 0; i < n && i < UNMADE_TOLD; i++)
		report_unmade(check, &keys[i]);
	if (n > UNMADE_TOLD)
		check_report(check, CHECK_FAIL, "made keys: %zu more are like these",
			n - UNMADE_TOLD);
	if (n == 0)
		check_report(check, CHECK_OK, "made keys: the audit has the making of each");
}

/* ---- Tenants and apps. */

struct tenants_check {
	struct check *check;
	int n_tenants;
};

/* A tenant that uses the phone button learns how many of its numbers are left. */
static void check_phone_numbers(struct check *check, int32_t tenant_id)
{
	int32_t n_taken, n_most;

	if (phone_attempt_count(check->ctl->db, tenant_id, &n_taken, &n_most) != ERR_NONE)
		check_report(check, CHECK_FAIL, "tenant %d: its limits cannot be read (see above)",
			tenant_id);
	else if (n_taken > 0)
		check_report(check, phone_attempt_is_near(n_taken, n_most) ? CHECK_WARN : CHECK_OK,
			"tenant %d: WeChat's phone button gave %d of %d numbers within 24 hours; "
			"to change this, run: wxuserctl tenant set %d phone_numbers_per_day N",
			tenant_id, n_taken, n_most, tenant_id);
}

static void check_tenant(void *ctx, const struct tenant *tenant)
{
	struct tenants_check *tenants = ctx;

	tenants->n_tenants++;
	if (tenant->disabled_us != 0)
		check_report(tenants->check, CHECK_WARN,
			"tenant %d: %s is disabled; to enable it run: wxuserctl tenant enable %d",
			tenant->id, shown_text(tenant->name), tenant->id);
	check_phone_numbers(tenants->check, tenant->id);
}

static void check_each_tenant(struct check *check)
{
	struct tenants_check tenants = {.check = check};

	if (tenant_list(check->ctl->db, check_tenant, &tenants) != ERR_NONE)
		check_report(check, CHECK_FAIL, "tenants: cannot be read (see above)");
	else if (tenants.n_tenants == 0)
		check_report(check, CHECK_FAIL, "tenants: none; run: wxuserctl tenant add NAME");
	else
		check_report(check, CHECK_OK, "tenants: %d", tenants.n_tenants);
}

static void check_configured_app(struct check *check, const char *key, const char *appid)
{
	struct app app;
	enum err err = app_find(check->ctl->db, appid, &app);

	if (err == ERR_NONE)
		check_report(check, CHECK_OK, "%s: %s of tenant %d", key, appid, app.tenant_id);
	else if (err == ERR_APP_UNKNOWN)
		check_report(check, CHECK_FAIL,
			"%s: there is no app %s; see: wxuserctl app add --help", key, appid);
	else
		check_report(check, CHECK_FAIL, "%s: %s cannot be read (see above)", key, appid);
}

static void check_default_app(struct check *check)
{
	struct default_app preset;

	if (default_app_find(check->ctl->db, &preset) != ERR_NONE)
		check_report(check, CHECK_FAIL, "default_app: cannot be read (see above)");
	else if (preset.source == DEFAULT_APP_NONE)
		check_report(check, CHECK_OK,
			"default_app: none; calls must name their app by the header X-WX-AppId, or "
			"by a host of [http] hosts");
	else if (preset.source == DEFAULT_APP_ONLY)
		check_report(check, CHECK_OK, "default_app: none is needed, %s is the only app",
			preset.appid);
	else
		check_configured_app(check, "default_app", preset.appid);
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
		check_configured_app(check, arena_printf(arena, "host %s", host), appid);
	}
}

static void report_move(void *ctx, const struct app_move_report *report)
{
	char since[CTL_INSTANT_SIZE];

	check_report(ctx, report->n_conflicts == 0 ? CHECK_OK : CHECK_WARN,
		"app %s: moved from the Open Platform account %s to %s at %s (UTC+8); users with "
		"their new unionid: %d, to come: %d, conflicts: %d%s",
		report->appid, report->from, report->to, ctl_instant(report->since_us, since),
		report->n_moved, report->n_to_come, report->n_conflicts,
		report->n_conflicts == 0 ? "" : "; see: wxuserctl account conflicts");
}

static void check_moves(struct check *check)
{
	const struct app_suspect *suspects;
	size_t n;

	if (app_move_list(check->ctl->db, NULL, report_move, check) != ERR_NONE ||
		app_move_suspects(check->ctl->db, &suspects, &n) != ERR_NONE) {
		check_report(check, CHECK_FAIL, "apps: cannot be read (see above)");
		return;
	}
	for (size_t i = 0; i < n; i++)
		check_report(check, CHECK_WARN, "app %s: " CTL_SUSPECT, suspects[i].appid,
			suspects[i].n_users, suspects[i].appid);
}

static void check_end_of_key(void *ctx, const struct api_key *key)
{
	char end[CTL_INSTANT_SIZE];

	if (api_key_ends_soon(key, clock_now_us()))
		check_report(ctx, CHECK_WARN,
			"key %d: %s of tenant %d expires at %s (UTC+8); to replace it run: "
			"wxuserctl key rotate %d",
			key->id, shown_text(key->name), key->tenant_id,
			ctl_instant(key->expires_us, end), key->id);
}

static void check_ends_of_keys(struct check *check)
{
	if (api_key_list(check->ctl->db, check_end_of_key, check) != ERR_NONE)
		check_report(check, CHECK_FAIL, "keys: cannot be read (see above)");
}

void check_tenants(struct check *check)
{
	check_each_tenant(check);
	check_ends_of_keys(check);
	check_default_app(check);
	check_hosts(check);
	check_moves(check);
}

/* ---- WeChat and the SMS gateway. */

struct wechat_check {
	struct check *check;
	struct wechat *wechat;
};

static void report_refusal(
	struct check *check, const char *appid, const struct wechat_refusal *refusal)
{
	if (refusal->address[0] != '\0')
		check_report(check, CHECK_FAIL,
			"app %s: WeChat refuses this host's address %s; put it on the app's IP "
			"whitelist (IP白名单) at mp.weixin.qq.com",
			appid, refusal->address);
	else
		check_report(check, CHECK_FAIL,
			"app %s: WeChat refuses it with %s; compare appid and AppSecret "
			"with mp.weixin.qq.com. To set another AppSecret, run: wxuserctl app "
			"set-secret %s",
			appid, wechat_errcode_text(check->ctl->arena, refusal->errcode).en, appid);
}

/* A code that nobody has: an app that has the right is told that it is invalid. */
static void check_phone_button(
	struct check *check, struct wechat *wechat, const struct app *app, const char *token)
{
	const struct wechat_phone_code code = {
		.access_token = token, .openid = "check", .code = "check",
	};
	struct wechat_phone phone;
	enum err err = wechat_fetch_phone(
		wechat, check->ctl->arena, &code, wechat_deadline_us(wechat), &phone);

	if (err != ERR_UPSTREAM_CONFIG)
		return;
	if (wechat_last_refusal(wechat)->errcode == WECHAT_UNAUTHORIZED)
		check_report(check, CHECK_WARN,
			"app %s: it may not use the phone button (errcode %d); a verified mini "
			"program of an organisation may, see mp.weixin.qq.com",
			app->appid, WECHAT_UNAUTHORIZED);
	else
		check_report(check, CHECK_WARN, "app %s: WeChat refuses the phone button: %s",
			app->appid,
			wechat_refusal_reason(check->ctl->arena, wechat_last_refusal(wechat), err,
				app->appid));
}

/* Only apps of mp.weixin.qq.com have a token of their own. */
static void check_app_at_wechat(void *ctx, const struct app *listed)
{
	const struct wechat_check *wechat_check = ctx;
	struct check *check = wechat_check->check;
	struct wechat_token token;
	struct app app = *listed;
	enum err err = ERR_INTERNAL;

	if (!app_kind_has_token(app.kind))
		return;
	if (app_find(check->ctl->db, listed->appid, &app) == ERR_NONE) {
		const struct wechat_app asked = app_of_wechat(&app);

		err = wechat_fetch_token(wechat_check->wechat, check->ctl->arena, &asked,
			wechat_deadline_us(wechat_check->wechat), &token);
	}
	if (err == ERR_NONE)
		check_report(check, CHECK_OK, "app %s: WeChat knows it and this host", app.appid);
	else if (err == ERR_UPSTREAM_CONFIG)
		report_refusal(check, app.appid, wechat_last_refusal(wechat_check->wechat));
	else
		check_report(check, CHECK_WARN, "app %s: WeChat could not be asked (see above)",
			app.appid);
	if (err == ERR_NONE && app.kind == APP_MINI)
		check_phone_button(check, wechat_check->wechat, &app, token.text);
}

static void check_apps_at_wechat(struct check *check, struct wechat *wechat)
{
	struct wechat_check wechat_check = {.check = check, .wechat = wechat};

	if (app_list(check->ctl->db, check_app_at_wechat, &wechat_check) != ERR_NONE)
		check_report(check, CHECK_FAIL, "apps: cannot be read (see above)");
}

/* " through the proxy HOST:PORT", or nothing. */
static const char *proxy_way(struct check *check, const char *proxy_text)
{
	struct http_proxy proxy;
	const char *way = "";

	http_url_read_proxy(proxy_text, &proxy);
	if (proxy.address != NULL)
		way = arena_printf(check->ctl->arena, " through the proxy %s", proxy.address);
	http_url_release_proxy(&proxy);
	return way;
}

static void check_wechat(struct check *check, struct transfers *transfers, bool can_open)
{
	const char *url = check->conf->wechat_base_url;
	const char *way = proxy_way(check, check->conf->wechat_proxy);
	struct wechat *wechat = wechat_new(check->conf, transfers, NULL);

	if (str_starts_with(url, "http://"))
		check_report(check, CHECK_WARN,
			"WeChat: %s is A STAND-IN, NOT WECHAT; see [wechat] base_url", url);
	wechat_log_no_refusals(wechat);
	if (wechat_probe(wechat) != ERR_NONE) {
		check_report(check, CHECK_FAIL,
			"WeChat: %s does not answer%s (see above); see that this host may reach "
			"it, and [wechat] proxy and ca_file",
			url, way);
	} else {
		check_report(check, CHECK_OK, "WeChat: %s answers%s", url, way);
		if (can_open)
			check_apps_at_wechat(check, wechat);
	}
	wechat_free(wechat);
}

static void check_sms(struct check *check, struct transfers *transfers)
{
	const char *driver = check->conf->sms_driver;
	const char *url = check->conf->sms_base_url;
	const char *way = proxy_way(check, check->conf->sms_proxy);
	struct sms *sms = sms_new(check->conf, transfers, NULL);

	if (sms_is_configured(sms) && str_starts_with(url, "http://"))
		check_report(check, CHECK_WARN,
			"SMS: %s is A STAND-IN, it sends nothing; see [sms] base_url", url);
	if (!sms_is_configured(sms))
		check_report(check, CHECK_OK,
			"SMS: none; nobody can confirm a phone by a code; see [sms] driver");
	else if (sms_probe(sms) != ERR_NONE)
		check_report(check, CHECK_FAIL,
			"SMS: the gateway of the driver %s does not answer%s (see above); see that "
			"this host may reach it, and [sms] base_url, proxy and ca_file",
			driver, way);
	else
		check_report(check, CHECK_OK,
			"SMS: the gateway of the driver %s answers%s; its secret is not tried",
			driver, way);
	sms_free(sms);
}

void check_remote(struct check *check, bool can_open)
{
	struct transfers *transfers = transfers_new(1);

	check_wechat(check, transfers, can_open);
	check_sms(check, transfers);
	transfers_free(transfers);
}
