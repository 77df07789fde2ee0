/*
 * Which app, and so which tenant, an anonymous call is for: the header X-WX-AppId, else the host
 * name's app (http.hosts), else the default (db/default_app.h).
 */
#ifndef CALLED_APP_H
#define CALLED_APP_H

#include "err.h"

#define CALLED_APP_TEXT_SIZE 512

struct app;
struct conf;
struct request;

/* ERR_APP_UNKNOWN also when the header names another tenant's app than the host's or the API
 * key's: a name is refused, never replaced. */
enum err called_app(struct request *req, struct app *app_r);
/* What is wrong in http.hosts or http.default_app, in text_r; NULL: nothing. */
const char *called_app_find_problem(const struct conf *conf, char text_r[CALLED_APP_TEXT_SIZE]);

#endif
