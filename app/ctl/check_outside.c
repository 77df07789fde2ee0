#include "app.h"
#include "arena.h"
#include "check.h"
#include "conf.h"
#include "ctl.h"
#include "http_url.h"
#include "sms.h"
#include "str.h"
#include "wechat.h"

struct look {
	struct check *check;
	struct wechat *wechat;
};

static void say_refusal(
	struct check *check, const char *appid, const struct wechat_refusal *refusal)
{
	if (refusal->address[0] != '\0')
		check_say(check, CHECK_FAIL,
			"app %s: WeChat refuses this host's address %s; put it on the app's IP "
			"white list (IP白名单) at mp.weixin.qq.com",
			appid, refusal->address);
	else
		check_say(check, CHECK_FAIL,
			"app %s: WeChat refuses it with errcode %lld; compare appid and AppSecret "
			"with mp.weixin.qq.com. To set another AppSecret, say: wxuserctl app set "
			"%s --secret",
			appid, (long long)refusal->errcode, appid);
}

/* Only those of mp.weixin.qq.com have a token of their own. */
static void check_app(void *ctx, const struct app *listed)
{
	const struct look *look = ctx;
	struct check *check = look->check;
	struct wechat_token token;
	struct app app = *listed;
	enum err err = ERR_INTERNAL;

	if (app.kind != APP_MINI && app.kind != APP_OFFICIAL)
		return;
	if (app_find(check->ctl->db, listed->appid, &app) == 1) {
		const struct wechat_app asked = app_of_wechat(&app);

		err = wechat_fetch_token(look->wechat, check->ctl->arena, &asked,
			wechat_deadline_us(look->wechat), &token);
	}
	if (err == ERR_NONE)
		check_say(check, CHECK_OK, "app %s: WeChat knows it and this host", app.appid);
	else if (err == ERR_UPSTREAM_CONFIG)
		say_refusal(check, app.appid, wechat_last_refusal(look->wechat));
	else
		check_say(check, CHECK_WARN, "app %s: WeChat could not be asked (see above)",
			app.appid);
}

static void check_apps(struct check *check, struct wechat *wechat)
{
	struct look look = {.check = check, .wechat = wechat};

	if (app_list(check->ctl->db, check_app, &look) != ERR_NONE)
		check_say(check, CHECK_FAIL, "apps: cannot be read (see above)");
}

/* " through the proxy HOST:PORT", or nothing. */
static const char *way_of(struct check *check, const char *proxy_text)
{
	struct http_proxy proxy;
	const char *way = "";

	http_url_read_proxy(proxy_text, &proxy);
	if (proxy.address != NULL)
		way = arena_printf(check->ctl->arena, " through the proxy %s", proxy.address);
	http_url_release_proxy(&proxy);
	return way;
}

static void check_wechat(struct check *check, bool can_open)
{
	const char *url = check->conf->wechat_base_url;
	const char *way = way_of(check, check->conf->wechat_proxy);
	struct wechat *wechat = wechat_new(check->conf, NULL);

	if (str_starts_with(url, "http://"))
		check_say(check, CHECK_WARN,
			"WeChat: %s is A STAND-IN, NOT WECHAT; see [wechat] base_url", url);
	if (wechat_probe(wechat) != ERR_NONE) {
		check_say(check, CHECK_FAIL,
			"WeChat: %s does not answer%s (see above); see that this host may reach "
			"it, and [wechat] proxy and ca_file",
			url, way);
	} else {
		check_say(check, CHECK_OK, "WeChat: %s answers%s", url, way);
		if (can_open)
			check_apps(check, wechat);
	}
	wechat_free(wechat);
}

static void check_sms(struct check *check)
{
	const char *driver = check->conf->sms_driver;
	const char *url = check->conf->sms_base_url;
	const char *way = way_of(check, check->conf->sms_proxy);
	struct sms *sms = sms_new(check->conf, NULL);

	if (sms_is_configured(sms) && str_starts_with(url, "http://"))
		check_say(check, CHECK_WARN,
			"SMS: %s is A STAND-IN, it sends nothing; see [sms] base_url", url);
	if (!sms_is_configured(sms))
		check_say(check, CHECK_OK,
			"SMS: none; nobody can confirm a phone by a code; see [sms] driver");
	else if (sms_probe(sms) != ERR_NONE)
		check_say(check, CHECK_FAIL,
			"SMS: the gateway of the driver %s does not answer%s (see above); see that "
			"this host may reach it, and [sms] base_url, proxy and ca_file",
			driver, way);
	else
		check_say(check, CHECK_OK, "SMS: the gateway of the driver %s answers%s", driver,
			way);
	sms_free(sms);
}

void check_outside(struct check *check, bool can_open)
{
	check_wechat(check, can_open);
	check_sms(check);
}
