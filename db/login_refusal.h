/*
 * Logins that were refused, for seven days: who could not get in, and why. A code that WeChat
 * refuses names nobody: its refusal is found by the request's id, or by app and time.
 *
 * Openids and addresses are hashed with a key that is never replaced, so that an erasure finds all
 * rows of a person. What is read names no address: equal words in address are of one client.
 */
#ifndef DB_LOGIN_REFUSAL_H
#define DB_LOGIN_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"
#include "err.h"

#define LOGIN_REFUSAL_DAYS 7

/* One that is to be stored. Texts may be NULL, and are read before login_refusal_add() returns. */
struct refused_login {
	int32_t tenant_id, app_id; /* 0: no app of this service was named */
	const char *openid;        /* NULL: nobody has named one */
	bool is_claimed;           /* the client alone has named the openid */
	const char *address;       /* of the client; NULL: not known */
	enum err err;
	const char *reason; /* for an operator, as in the log; NULL: err has one cause */
	const char *request_id;
};

/* Stores it, by one INSERT. */
enum err login_refusal_add(struct db *db, const struct refused_login *refused);

/* One that was stored. */
struct login_refusal {
	int64_t id;
	int32_t tenant_id;   /* 0: no app of this service was named */
	const char *appid;   /* NULL: likewise, or the app is gone */
	const char *openid;  /* masked; NULL: nobody has named one */
	bool is_claimed;     /* the client alone has named the openid, which may be another's */
	const char *address; /* eight digits that are the same for one client; NULL: not known */
	const char *error;   /* err_name() */
	const char *reason;  /* NULL: the error has one cause */
	const char *request_id;
	int64_t happened_us;
};

/* Which ones. What is 0 or NULL does not count. */
struct login_refusal_filter {
	int32_t tenant_id, app_id;
	/* Of openid, request_id and app_id the first one that is given counts alone. */
	const char *openid;     /* needs tenant_id */
	const char *request_id; /* as the answer's X-Request-Id */
	int64_t since_us;
	int64_t before_us, before_id; /* what is older than this one, for the next page */
	int32_t n_most;
};

/* Lists them, the latest first, in the arena. The next page is that before the last one. Returns
 * ERR_NONE also if there are none. */
enum err login_refusal_list(struct db *db, const struct login_refusal_filter *filter,
	const struct login_refusal **refusals_r, size_t *n_r);

/* The same of the tenant of the filter alone. */
enum err login_refusal_list_of_tenant(struct db *db, const struct login_refusal_filter *filter,
	const struct login_refusal **refusals_r, size_t *n_r);

/* Deletes at most a thousand that are older than LOGIN_REFUSAL_DAYS; db->n_rows is their number. */
enum err login_refusal_purge(struct db *db);

#endif
