/*
 * One request and its answer. process/fcgi.c fills in what was received, dispatch.c the rest. A
 * handler reads in, db, wechat and principal, and fills out. All of it lives in the arena until the
 * answer has been sent.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bind.h"
#include "buf.h"
#include "err.h"
#include "header.h"
#include "log.h"
#include "negotiate.h"
#include "principal.h"

struct arena;
struct conf;
struct dialect_error;
struct db;
struct endpoint;
struct maintenance_watch;
struct dialect;
struct in_flight_entry;
struct scoreboard;
struct sms;
struct statistics_counts;
struct transfers;
struct wechat;

struct response {
	int status;
	const char *content_type;
	struct buf headers; /* further header lines, each with CRLF */
	struct buf body;
};

/* What is known of a login, which a request is or may be. */
struct login_attempt {
	int32_t tenant_id, app_id; /* 0: not known */
	const char *openid;        /* NULL: not known */
	bool is_repeated;          /* a code that was used before got the same answer again */
	bool is_claimed;           /* nobody but the client has named the openid so far */
};

struct request {
	struct arena *arena;
	const struct conf *conf;
	char id[REQUEST_ID_SIZE]; /* for logs and X-Request-Id */
	int32_t seq_id; /* its number on this host, from 1 */

	/* As received. What is absent or "" is NULL. */
	const char *method;
	const char *path;   /* decoded, no query, starts with '/'; once routed, below base_path */
	const char *query;  /* raw, without '?'; it need not be UTF-8 */
	const char *scheme, *authority, *target; /* of request_uri() */
	const char *host;   /* without port */
	const char *content_type, *accept, *accept_charset, *accept_language, *requested_with;
	const char *authorization, *token_header, *app_id_header;
	const char *remote_addr; /* the peer; the client's is address_of_client() */
	const char *forwarded_for;
	const char *server_addr; /* the address that the client reached */
	char *const *environment; /* all that the web server sent; see request_header() */
	bool has_browser_headers; /* Origin or Sec-Fetch-* */
	struct body body;
	bool body_is_too_large;
	const char *malformed;   /* what in the URL or the headers cannot be read; NULL: nothing */
	bool body_is_incomplete; /* it has fewer or more bytes than Content-Length said */
	int64_t sent_us; /* clock_now_us() when the web server sent the request; 0: not known */

	/* Set by dispatch. */
	const struct dialect *dialect;
	const struct endpoint *endpoint; /* NULL: none */
	size_t route;               /* index of the route that counts it; see request_stats.h */
	const char *path_parameter; /* NULL if the endpoint's path has none */
	const char *known_path; /* of a path without endpoint: its first segments, as far as they
				 * are those of one */
	enum format format;         /* of the body */
	struct media media;         /* of the answer */
	struct binding binding;
	struct principal principal; /* set by service->authenticate() */

	/* For the handler. */
	const void *in; /* of the endpoint's request shape; NULL if it has none */
	void *out;      /* of the endpoint's response shape, zeroed; NULL is answered as null */
	struct db *db;
	struct maintenance_watch *maintenance; /* the worker's */
	struct transfers *transfers;
	struct wechat *wechat;
	struct sms *sms;
	struct scoreboard *board;
	struct statistics_counts *statistics; /* the worker's */

	enum err err;
	const char *err_reason; /* for the log */
	struct login_attempt login;
	const char *account_id; /* whose login it is, for the log; NULL: no login, or not known */
	int32_t retry_after_s;  /* of a failure: the header Retry-After; 0: not known */
	struct text err_text; /* for the client, in place of the dialect's; NULL: none */
	int64_t err_until_us; /* for the client: when what the error says ends; 0: not known */
	struct response response;
	struct in_flight_entry *in_flight; /* its entry of the scoreboard; NULL: it has none */
	int64_t started_us;                /* clock_monotonic_us() */
	int64_t read_us, answer_us; /* time spent on reading the request and writing the answer */
	int64_t db_us, remote_us; /* time spent waiting for the database, for WeChat and SMS */
};

/* Keeps the reason for the log, and returns err, as in: return request_fail(req, ERR_X, "…"). */
enum err request_fail(struct request *req, enum err err, const char *reason);

/* Whether the endpoint lets the principal in: ERR_NONE, ERR_UNAUTHORIZED, ERR_FORBIDDEN. */
enum err request_check_access(struct request *req);

/* Returns what the request's dialect says for err, or for ERR_INTERNAL if it has no text for it. */
const struct dialect_error *request_error(const struct request *req, enum err err);
/* Whether the client gets English texts: by http.messages; if that is auto, by Accept-Language. */
bool request_prefers_english(const struct request *req);

/* Returns how long the request waited for a worker, or -1 if that is not known. */
int64_t request_queued_us(const struct request *req);

/* Reads the path's parameter as the id of a row, and returns whether it is one. An id has one
 * spelling: digits alone, the first of which is not 0. */
bool request_path_id(const struct request *req, int32_t *id_r);
/* Returns the absolute URL, as the client wrote it: scheme://host/path?query. */
const char *request_uri(const struct request *req);
/* Returns a header that is not among the members, as the client sent it; NULL if it is absent. */
const char *request_header(const struct request *req, const char *name);

/* Sets status and type, and empties the body. Keeps content_type by reference. */
void response_set(struct request *req, int status, const char *content_type);
/* Adds a header. Drops and logs it if value holds CR or LF. */
void response_header(struct request *req, const char *name, const char *value);
/* Does the same for a header that the reference tells. */
void response_tell(struct request *req, enum header header, const char *value);

#endif
