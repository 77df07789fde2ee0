/*
 * What a list of the Admin API is limited to: times and an app. A member that is absent, NULL, sets
 * 0. One that is not valid is refused by ERR_PARAMETER.
 */
#ifndef ADMIN_QUERY_H
#define ADMIN_QUERY_H

#include <stdint.h>

#include "err.h"

struct request;

/* member: its name. text: as in RFC 3339, without zone of UTC+8, or a day of it. */
enum err admin_query_time(
	struct request *req, const char *member, const char *text, int64_t *at_us_r);
/* The app must be the caller's tenant's. */
enum err admin_query_app(struct request *req, const char *appid, int32_t *app_id_r);

/* The fields of such members, of at most so many characters. */
#define ADMIN_QUERY_TIME .max = 40
#define ADMIN_QUERY_APP .max = 64, .is_id = true

#endif
