/*
 * WeChat's side of the sandbox: one struct sandbox_endpoint an API, with an answer function. What
 * all of them do is here: calls are noted, faults are played, errors are said the way Tencent's
 * servers do (HTTP 200, errcode, errmsg with a rid).
 *
 * An API does its work also when a fault spoils its answer: a login code is spent by any attempt.
 */
#ifndef API_H
#define API_H

#include "sandbox_endpoint.h"

struct db;
struct request;
struct sandbox_app;

extern const struct dialect api_dialect;

/* One call at work. */
struct call {
	struct request *req;
	struct db *db;
	struct arena *arena;
	json_t *body;   /* of a POST; NULL: not there or no JSON */
	json_t *answer; /* set by the answer function with ERRCODE_NONE */
};

/* What cannot be stored or read is ERRCODE_SYSTEM_BUSY. */
enum err api_run(struct request *req);

#define API(its_method, its_path, its_summary, its_answer)                                      \
	{                                                                                       \
		.endpoint = SANDBOX_ENDPOINT(api_dialect, its_method, its_path, its_summary,       \
			.source = FROM_NOTHING, .answer = ANSWER_BY_RUN),                       \
		.run = api_run, .answer = its_answer,                                           \
	}

/* Of the query, or of a POST's body; names exactly. NULL: absent or empty. */
const char *api_param(const struct call *call, const char *name);
/* Of the query, also of a POST's. */
const char *api_query_param(const struct call *call, const char *name);

/* A parameter that must be there, and what its absence is called. */
struct requirement {
	const char *name; /* NULL at the end */
	enum errcode missing;
};
enum errcode api_require(
	const struct call *call, const struct requirement *requirements, const char *grant_type);
/* What a look-up of store.h returned, as the API says it: unknown for ERR_ABSENT. */
enum errcode api_stored(enum err err, enum errcode unknown);
/* By appid, and by secret unless is_known: then the app was found by something secret already. */
enum errcode api_find_app(const struct call *call, bool is_known, struct sandbox_app *app_r);

/* {"errcode":0,"errmsg":"ok"} */
enum errcode api_say_ok(struct call *call);
/* Replaces the answer. */
void api_write_error(struct request *req, enum errcode errcode);

#endif
