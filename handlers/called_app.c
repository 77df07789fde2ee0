#include "app.h"
#include "arena.h"
#include "called_app.h"
#include "conf.h"
#include "default_app.h"
#include "request.h"
#include "str.h"

/* The appid of http.hosts ("a.example=wx1,b.example=wx2") for the request's host; NULL: none. */
static const char *appid_of_host(struct request *req)
{
	char *save = NULL;
	char *list = arena_strdup(req->arena, req->conf->http_hosts);

	if (req->host == NULL)
		return NULL;
	for (char *pair = strtok_r(list, ", ", &save); pair != NULL;
		pair = strtok_r(NULL, ", ", &save)) {
		char *appid = strchr(pair, '=');

		if (appid == NULL)
			continue;
		*appid++ = '\0';
		if (str_equal_nocase(pair, req->host))
			return appid;
	}
	return NULL;
}

static enum err find(struct request *req, const char *appid, struct app *app_r)
{
	int found = app_find(req->db, appid, app_r);

	if (found < 0)
		return ERR_BUSY;
	return found == 0 ? request_fail(req, ERR_APP_UNKNOWN, "no such app") : ERR_NONE;
}

static enum err find_default(struct request *req, struct app *app_r)
{
	struct default_app preset;
	int found = default_app_find(req->db, &preset);

	if (found < 0)
		return ERR_BUSY;
	if (found == 0)
		return request_fail(req, ERR_APP_UNKNOWN, "no app is named, none is the default");
	return find(req, preset.appid, app_r);
}

enum err called_app(struct request *req, struct app *app_r)
{
	const char *of_host = appid_of_host(req);
	const char *named = req->app_id_header;
	struct app host_app;
	enum err err;

	if (named == NULL && of_host == NULL)
		err = find_default(req, app_r);
	else
		err = find(req, named != NULL ? named : of_host, app_r);
	if (err == ERR_NONE && named != NULL && of_host != NULL && strcmp(named, of_host) != 0) {
		err = find(req, of_host, &host_app);
		if (err == ERR_NONE && host_app.tenant_id != app_r->tenant_id)
			err = request_fail(req, ERR_APP_UNKNOWN, "not an app of the host's tenant");
	}
	if (err == ERR_NONE && req->caller.kind != CALLER_ANONYMOUS &&
		req->caller.tenant_id != app_r->tenant_id)
		err = request_fail(req, ERR_APP_UNKNOWN, "not an app of the credential's tenant");
	return err;
}
