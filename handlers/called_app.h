/*
 * The app, and so the tenant, that an anonymous request is for. The header X-WX-AppId names it;
 * without the header it is the host name's app (http.hosts), and without that the default app.
 */
#ifndef CALLED_APP_H
#define CALLED_APP_H

#include "err.h"

#define CALLED_APP_TEXT_SIZE 512

struct app;
struct conf;
struct request;

/* Finds the app. Returns ERR_APP_UNKNOWN also if the header names an app that belongs to another
 * tenant than the host name's app or the API key, and ERR_TENANT_DISABLED. */
enum err called_app(struct request *req, struct app *app_r);
/* Returns what is wrong with http.hosts or http.default_app, in text_r; NULL if they are fine. */
const char *called_app_find_problem(const struct conf *conf, char text_r[CALLED_APP_TEXT_SIZE]);

#endif
