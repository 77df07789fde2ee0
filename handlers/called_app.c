#include "app.h"
#include "arena.h"
#include "called_app.h"
#include "conf.h"
#include "db.h"
#include "default_app.h"
#include "request.h"
#include "setting.h"
#include "str.h"
#include "tenant.h"

#define SEPARATORS ", "
#define APPID_SIZE 80  /* longer than an appid */
#define APPID_SHOWN 32 /* of one that does not exist */

/* Returns the appid that http.hosts ("a.example=wx1,b.example=wx2") has for the request's host. */
static const char *called_app_of_host(struct request *req)
{
	char *save = NULL;
	char *list = arena_strdup(req->arena, req->conf->http_hosts);

	if (req->host == NULL)
		return NULL;
	for (char *pair = strtok_r(list, SEPARATORS, &save); pair != NULL;
		pair = strtok_r(NULL, SEPARATORS, &save)) {
		char *appid = strchr(pair, '=');

		if (appid == NULL)
			continue;
		*appid++ = '\0';
		if (str_equal_nocase(pair, req->host))
			return appid;
	}
	return NULL;
}

/* Names it if it looks like one: a client may send anything, also a secret. */
static enum err called_app_refuse(struct request *req, const char *appid)
{
	if (!str_starts_with(appid, "wx") || strlen(appid) > APPID_SHOWN || !str_is_openid(appid))
		return request_fail(req, ERR_APP_UNKNOWN, "no such app; what came is no appid");
	return request_fail(
		req, ERR_APP_UNKNOWN, arena_printf(req->arena, "no such app: %s", appid));
}

static enum err called_app_find(struct request *req, const char *appid, struct app *app_r)
{
	enum err err = app_find(req->db, appid, app_r);

	return err == ERR_APP_UNKNOWN ? called_app_refuse(req, appid) : err;
}

static enum err called_app_find_default(struct request *req, struct app *app_r)
{
	struct default_app preset;
	enum err err = default_app_find(req->db, &preset);

	if (err != ERR_NONE)
		return err;
	if (preset.source == DEFAULT_APP_NONE)
		return request_fail(req, ERR_APP_UNKNOWN, "no app is named, none is the default");
	return called_app_find(req, preset.appid, app_r);
}

enum err called_app(struct request *req, struct app *app_r)
{
	const char *of_host = called_app_of_host(req);
	const char *named = req->app_id_header;
	struct app host_app;
	bool reads_after_write;
	enum err err;

	if (named == NULL && of_host == NULL)
		err = called_app_find_default(req, app_r);
	else
		err = called_app_find(req, named != NULL ? named : of_host, app_r);
	if (err == ERR_NONE && named != NULL && of_host != NULL && strcmp(named, of_host) != 0) {
		err = called_app_find(req, of_host, &host_app);
		if (err == ERR_NONE && host_app.tenant_id != app_r->tenant_id)
			err = request_fail(req, ERR_APP_UNKNOWN, "not an app of the host's tenant");
	}
	if (err == ERR_NONE && req->principal.kind != PRINCIPAL_ANONYMOUS &&
		req->principal.tenant_id != app_r->tenant_id)
		err = request_fail(req, ERR_APP_UNKNOWN, "not an app of the credential's tenant");
	if (err != ERR_NONE)
		return err;
	req->login.tenant_id = app_r->tenant_id;
	req->login.app_id = app_r->id;
	if (tenant_is_disabled(req->db, app_r->tenant_id))
		return ERR_TENANT_DISABLED;
	return setting_read_after_write(req->db, app_r->tenant_id, &reads_after_write);
}

/* Returns what is wrong with a pair of http.hosts of size bytes; NULL if it is HOST=APPID. */
static const char *find_problem_of_pair(const char *pair, size_t size)
{
	const char *equals = memchr(pair, '=', size);
	const size_t host_size = equals == NULL ? size : (size_t)(equals - pair);
	char appid[APPID_SIZE];

	if (memmem(pair, host_size, "://", 3) != NULL || memchr(pair, '/', host_size) != NULL)
		return "names a URL; write its host alone";
	if (equals == NULL || host_size == 0)
		return "is not HOST=APPID, as shop.example.com=wx0123456789abcdef";
	if (memchr(pair, ':', host_size) != NULL)
		return "has a port, which does not count; write it without";
	snprintf(appid, sizeof(appid), "%.*s", (int)(size - host_size - 1), equals + 1);
	return str_is_openid(appid) ? NULL : "has no appid after =";
}

const char *called_app_find_problem(const struct conf *conf, char text_r[CALLED_APP_TEXT_SIZE])
{
	const char *pair = conf->http_hosts;
	const char *problem;
	size_t size;

	for (; *(pair += strspn(pair, SEPARATORS)) != '\0'; pair += size) {
		size = strcspn(pair, SEPARATORS);
		problem = find_problem_of_pair(pair, size);
		if (problem == NULL)
			continue;
		snprintf(text_r, CALLED_APP_TEXT_SIZE, "http.hosts: %.*s %s", (int)size, pair,
			problem);
		return text_r;
	}
	if (str_is_empty(conf->http_default_app) || str_is_openid(conf->http_default_app))
		return NULL;
	snprintf(text_r, CALLED_APP_TEXT_SIZE,
		"http.default_app must be an appid, as wx0123456789abcdef");
	return text_r;
}
