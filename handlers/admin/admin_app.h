/*
 * The app that a request of the Admin API names.
 */
#ifndef ADMIN_APP_H
#define ADMIN_APP_H

#include "err.h"

struct app;
struct request;

/* Finds the app of the path, which is the caller's tenant's. Returns ERR_NOT_FOUND. */
enum err admin_app_find(struct request *req, struct app *app_r);
/* Returns ERR_NOT_FOUND for the ERR_PARAMETER of a rule: somebody has removed the app since. */
enum err admin_app_refuse_gone(struct request *req, enum err err);

#endif
