/*
 * An endpoint is declared once. Routing, binding, checks, access, pool, envelope and contract
 * follow from it, and so do the routes and refusals of the web servers' files.
 *
 * To add one:
 *  1. handlers/DIALECT/NAME.c: the request's and the answer's struct and field table (or one of
 *     the dialect's shapes.c), a run function of a few lines, and the struct endpoint at the end.
 *  2. A line in handlers/endpoints.def and one in handlers/local.mk.
 *  3. The rule in db/ENTITY.c, if it is new.
 *  4. tests/cases/NAME/: a case for success and one for each error of .errors, which is checked.
 *  5. The tables in www/help/index.html, which are checked.
 * If it may wait for WeChat or an SMS gateway:
 *  6. .pool = POOL_REMOTE.
 *  7. Call them by req->wechat and req->sms while no transaction is open, and declare the errors
 *     ERR_UPSTREAM… that the call returns.
 * "make" writes the web servers' files anew. An operator who has written his own by "wxuserctl
 * routes" and "wxuserctl errors export" writes them again.
 *
 * endpoint_find_problem() tells at start what was forgotten: access, the maximum of a string in a
 * request, a text in each language for a declared error; also a field that no request can have, and
 * two endpoints for one method of a path.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "negotiate.h"
#include "pool.h"
#include "shape.h"

struct request;

enum access {
	/* The credential, if any, is in the message (a login code); an API key needs a scope only
	 * where one is named too. */
	ACCESS_ANYBODY = 1,
	ACCESS_KEY_READ = 2,
	ACCESS_KEY_WRITE = 4,
	ACCESS_OPERATOR = 8, /* health probes: no credential, outside maintenance and rates */
	ACCESS_OWN_TOKEN = 16, /* an access token; the rule sees to it that the row is its own */
	ACCESS_SIGNED = 32, /* WeChat's pushes: the rule checks their signature; outside as well */
};

enum message_source { FROM_NOTHING, FROM_QUERY, FROM_BODY };

/* What a dialect says for one error. */
struct dialect_error {
	int status;       /* HTTP */
	int code;         /* the envelope's number */
	const char *zh, *en;
	int detail;       /* a finer number, where the envelope has one */
};

struct dialect {
	const char *name;
	const char *prefix; /* of its paths, without leading '/'; also of its own 404 */
	bool is_case_sensitive;
	bool is_negotiating; /* the caller's headers choose the answer's type and charset */
	bool takes_head;     /* HEAD is answered as GET without its body; else a wrong method */
	bool takes_token_anywhere; /* ?token= and the header Token count too */
	unsigned formats;    /* of enum format */
	enum json_flavour flavour;
	/* Indexed by enum err; texts NULL: falls back to ERR_INTERNAL's. */
	const struct dialect_error *errors;
	/* req->out and req->endpoint to the response. */
	void (*answer)(struct request *req);
	/* req->err to the response, in the caller's form. */
	void (*refuse)(struct request *req);
};

struct endpoint {
	const struct dialect *dialect;
	const char *method;
	/* Whole, without leading '/'. "a/{name}" stands for any one segment in its last place,
	 * which becomes req->path_parameter. */
	const char *path;
	const char *summary;
	unsigned access;
	enum pool pool;
	enum message_source source;
	/* A body that binds with errors is refused with ERR_PARAMETER unless this is set (a
	 * list drops its bad elements and goes on). */
	bool tolerates_errors;
	/* What an absent or unreadable message means; ERR_NONE: the same as ERR_PARAMETER. */
	enum err unreadable;
	const struct shape *request;  /* NULL: no message */
	/* NULL: nothing inside the envelope, or, without one, the run function writes
	 * req->response itself. */
	const struct shape *response;
	bool is_enveloped; /* in the dialect's envelope, failures of the rule too; else bare */
	/* What run may return beside ERR_BUSY and ERR_INTERNAL; ERR_NONE at the end. */
	const enum err *errors;
	enum err (*run)(struct request *req);
};

/* Whether it lets in a request without a credential. */
bool endpoint_is_open(const struct endpoint *endpoint);
/* Whether a caller may meet err there: a declared one, the dispatcher's, BUSY or INTERNAL. */
bool endpoint_may_return(const struct endpoint *endpoint, enum err err);
/* First problem as text, NULL: fine. endpoints ends with NULL. */
const char *endpoint_find_problem(const struct endpoint *const *endpoints);
size_t endpoint_count(const struct endpoint *const *endpoints);

#endif
