/*
 * An endpoint is declared once. Routing, binding, checks, access, pool, envelope and contract
 * follow from it, and so do the routes and refusals of the web servers' files.
 *
 * To add one:
 *  1. handlers/DIALECT/NAME.c: the request's and the answer's struct and field table (or one of
 *     the dialect's shapes.c), a run function of a few lines, and the struct endpoint at the end.
 *  2. A line in handlers/endpoints.def, with what it writes to the audit, and one in
 *     handlers/local.mk.
 *  3. The rule in db/ENTITY.c, if it is new.
 *  4. The texts of an error of .errors that is new to the dialect, in its dialect.c.
 *  5. tests/cases/NAME/CASE/, as tests/stack/case.py describes it: a success, and each error that
 *     the build's "tests/wire_probe --endpoints" prints for the endpoint. These are .errors,
 *     ERR_NOT_FOUND if a parameter of the URL is required, ERR_PARAMETER of a body, and some that
 *     need no case. tests/stack/test_cases.py lists the latter and checks the others.
 *  6. Cases in tests/stack/test_statements.py, and the number of their statements in
 *     tests/stack/statements.
 *  7. The last segment of .path in README.md, unless the endpoint is the operator's.
 *     tests/stack/test_routes.py checks it.
 *  8. A file "sample" in the folder of a case for each format that the endpoint reads, with a title
 *     in Chinese and in English on a line each: the case becomes an example of openapi.json and
 *     of the endpoint's page under /help/. tests/stack/test_reference.py checks it.
 * If it may wait for WeChat or an SMS gateway:
 *  9. .pool = POOL_REMOTE, and in .errors what the call returns: ERR_UPSTREAM and others.
 * 10. called_app() finds the app, app_of_wechat() gives its secret to a call, and app_token() finds
 *     the token with which the app calls WeChat's API.
 * 11. Call by req->wechat or req->sms in handlers/, before or after a rule: only db/ runs
 *     transactions, and none may be open during a call. tests/lint/run checks it. Other requests
 *     run during a call, so what is read before it may have changed in the database after it.
 * 12. In a case, "fault" spoils the next call of a path, or the next "count" calls. The case must
 *     use them up, since what is left spoils a later case.
 * "make" writes the web servers' files anew. An operator who has written his own by "wxuserctl
 * routes" and "wxuserctl errors export" writes them again.
 *
 * endpoint_find_problem() tells at start what was forgotten: access, the answer, the maximum of a
 * string in a request, a text in each language for a declared error and for what the reference
 * tells (a summary, each field), POOL_REMOTE where an error is declared that only a remote call
 * returns; also a field that no request can have, two endpoints for one method of a path, and one
 * that another one's path hides.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "header.h"
#include "negotiate.h"
#include "pool.h"
#include "shape.h"

struct endpoint;
struct request;

/* Who may call an endpoint; a set. */
enum access {
	/* Anybody: the message has its own credential (a login code), or needs none. An API key
	 * needs a scope only if the set names one, too. */
	ACCESS_ANYBODY = 1,
	ACCESS_KEY_READ = 2,
	ACCESS_KEY_WRITE = 4,
	ACCESS_OWN_TOKEN = 8, /* an access token; the rule checks that the row is its person's */
	/* Anybody, without limits and during maintenance: health probes, the sandbox. Nothing looks
	 * at a credential. */
	ACCESS_NO_CREDENTIAL = 16,
	ACCESS_SIGNED = 32, /* likewise; the handler checks WeChat's signature */
	ACCESS_KEY_WECHAT = 64,
	/* The Admin API, from admin.networks and during maintenance for operators, too: an API key
	 * with the scope admin or an operator key, or a session that one of them has begun. */
	ACCESS_KEY_ADMIN = 128,
	ACCESS_OPERATOR = 256,
};
#define ACCESS_ANY (~0U)
#define ACCESS_BY_KEY (ACCESS_KEY_READ | ACCESS_KEY_WRITE | ACCESS_KEY_WECHAT)
#define ACCESS_BY_ADMIN (ACCESS_KEY_ADMIN | ACCESS_OPERATOR)
#define ACCESS_BY_PERSON (ACCESS_ANYBODY | ACCESS_OWN_TOKEN)

enum message_source { FROM_NOTHING, FROM_QUERY, FROM_BODY };

/* What a success answers; a set in struct dialect. A failure stands in an envelope if a success
 * does. */
enum answer {
	ANSWER_PLAIN = 1,     /* .response, and nothing around it */
	ANSWER_ENVELOPED = 2, /* .response in the dialect's envelope */
	ANSWER_EMPTY = 4,     /* the dialect's envelope, which holds nothing */
	ANSWER_BY_RUN = 8,    /* what run has written to req->response; in any dialect */
};

/* What a dialect says for one error. */
struct dialect_error {
	int status;       /* HTTP */
	int code;         /* the envelope's number */
	const char *zh, *en;
	int detail;       /* a finer number, where the envelope has one */
	/* Where a program and a person are told apart: the error's code, and what to do next. */
	const char *name;
	struct text advice;
};

/* What a dialect says in place of an error of its table where it knows more. */
struct further_error {
	struct dialect_error error;
	enum err in_place_of;
	struct text when; /* for the reference: why it is answered */
	/* Whether an endpoint that may return in_place_of may answer it. */
	bool (*is_of)(const struct endpoint *endpoint);
};

struct dialect {
	const char *name;
	const char *prefix; /* of its paths and of those it answers with 404; without leading '/' */
	bool is_case_sensitive;
	bool is_negotiating; /* the client's headers choose the answer's type and charset */
	bool takes_head;     /* HEAD is answered as GET without the body; else it is refused */
	bool takes_options;  /* OPTIONS is answered with the methods of the path */
	/* Header lines of each answer, so that no cache stores any. NULL: caches may store
	 * refusals. */
	const char *private_headers;
	bool takes_token_anywhere; /* ?token= and the header Token count, too */
	unsigned formats;    /* of enum format */
	enum json_flavour flavour;
	/* Indexed by enum err. An error without texts is answered as ERR_INTERNAL. */
	const struct dialect_error *errors;
	/* The last has no text. NULL: there are none. */
	const struct further_error *further_errors;
	unsigned answers; /* of enum answer, beside ANSWER_BY_RUN */
	/* The members around an answer that is enveloped; NULL: no envelope. payload is one more
	 * member, which has .response; NULL: none. Or the members of .response stand beside these;
	 * with a payload they stand at both places. */
	const struct shape *envelope;
	const char *payload, *payload_element; /* its name in JSON; in XML, if it differs */
	bool has_members_beside;
	bool keeps_payload; /* the payload is null where there is no .response */
	bool hides_status; /* the envelope comes with HTTP 200 after a failure, too */
	/* The envelope's number is 0 after every failure: a code says only that it is enveloped. */
	bool hides_code;
	int32_t retry_after_s; /* of a failure with status 503 that knows no better; 0: none */
	/* Of a failure without envelope; NULL: it is plain text. Its type, if it is not the one of
	 * other answers. */
	const struct shape *refusal;
	const char *refusal_type;
	/* For the reference. Without a title it leaves the dialect out. about says what the
	 * endpoints have in common. */
	struct text title, about;
	/* Writes one of them from req->endpoint and req->out; NULL if there are none. */
	void (*answer)(struct request *req);
	/* Writes the response of a failure from req->err. */
	void (*refuse)(struct request *req);
};

struct endpoint {
	const struct dialect *dialect;
	const char *method;
	/* The whole path, without leading '/'. Several endpoints may have one path, with a method
	 * each. In "a/{name}/b" the segment {name} may be anything; it becomes
	 * req->path_parameter. If two paths fit, the one that is listed first counts. */
	const char *path;
	struct text summary; /* a line */
	struct text details; /* sentences: what it does, also when it is repeated; may be NULL */
	struct text parameter; /* what {name} of the path is */
	unsigned access;
	enum pool pool; /* POOL_REMOTE if it may wait for WeChat or an SMS gateway */
	enum message_source source;
	unsigned formats; /* of enum format; 0: the dialect's */
	/* The endpoint runs also if the body binds with errors (a list drops its bad elements).
	 * Otherwise such a body is refused with ERR_PARAMETER. */
	bool tolerates_errors;
	/* The error of an absent or unreadable message; ERR_NONE: ERR_PARAMETER. */
	enum err unreadable;
	const struct shape *request;  /* NULL: no message */
	enum answer answer;
	bool may_answer_list; /* of ANSWER_BY_RUN: also a list of .response */
	bool may_answer_null; /* of ANSWER_PLAIN: req->out may become NULL */
	/* The access token in Authorization is the message, and may have expired or been
	 * renewed. */
	bool takes_old_token;
	/* The credential begins a session, so it is a key; a page of this service may send it. */
	bool begins_session;
	/* It tells of the session with which it is asked, and that is no use of the session. */
	bool shows_session;
	/* Without X-WX-AppId the app is the access token's, not the default one. */
	bool takes_app_of_token;
	bool is_login; /* a person gets in by it, or is refused (handlers/login_outcome.h) */
	/* Of ANSWER_BY_RUN: the status may be 202, since what is asked for happens later. */
	bool may_answer_later;
	/* Of ANSWER_PLAIN and ANSWER_ENVELOPED, and of what ANSWER_BY_RUN writes as JSON; NULL
	 * otherwise. */
	const struct shape *response;
	unsigned headers; /* of enum header, a set: what a success may have beside those of all */
	/* What run may return beside ERR_BUSY and ERR_INTERNAL. Ends with ERR_NONE. */
	const enum err *errors;
	enum err (*run)(struct request *req);
};

/* Whether the endpoint lets in a request without a credential. */
bool endpoint_is_open(const struct endpoint *endpoint);
/* Whether the two have the same path. */
bool endpoint_shares_path(const struct endpoint *a, const struct endpoint *b);
/* Returns the segment of path, without leading '/', that the endpoint's {name} stands for, and its
 * size. NULL, and size_r is left alone: the path does not fit, or the endpoint's has no {name}. */
const char *endpoint_find_parameter(
	const struct endpoint *endpoint, const char *path, size_t *size_r);
/* Whether err stands in the endpoint's .errors. */
bool endpoint_declares(const struct endpoint *endpoint, enum err err);
/* Whether the endpoint may answer with err: a declared one, one of dispatch(), BUSY or INTERNAL. */
bool endpoint_may_return(const struct endpoint *endpoint, enum err err);
/* Returns the first problem of a table that ends with NULL, as static text; NULL if it is fine. */
const char *endpoint_find_problem(const struct endpoint *const *endpoints);
size_t endpoint_count(const struct endpoint *const *endpoints);

#endif
