/*
 * What a program plugs into the platform: its endpoints and what only it can know. main.c fills
 * one in; the platform calls it in each worker.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"
#include "secret.h"

struct conf;
struct principal;
struct request;
struct scoreboard;

struct service {
	const char *name;                          /* of the program, for logs */
	const struct endpoint *const *endpoints;   /* ends with NULL */
	const struct dialect *const *dialects;     /* tried in their order; ends with NULL */
	/* In the master, whenever the configuration was read: a last check, warnings, and what all
	 * workers that will live by it share. replaces: another serves until then, and goes on.
	 * -1: logged why it is no good. */
	int (*open)(struct conf *conf, bool replaces, void **shared_r);
	void (*close)(void *shared);
	/* Once in each worker; the state goes to the functions below. The board may be
	 * kept. NULL: the worker ends. */
	void *(*worker_open)(void *shared, const struct conf *conf, enum pool pool,
		struct scoreboard *board);
	void (*worker_close)(void *state);
	/* Between requests, at least once a second while idle. */
	void (*worker_idle)(void *state);
	/* Around a request: sets req->db, req->wechat and the like; puts things right. */
	void (*request_open)(void *state, struct request *req);
	void (*request_close)(void *state, struct request *req);
	/* ERR_UNAUTHORIZED: unknown, revoked or expired; ERR_BUSY, ERR_INTERNAL: could not ask. */
	enum err (*find_api_key)(
		void *state, const uint8_t hash[SECRET_HASH_SIZE], struct principal *principal_r);
	/* Likewise; ERR_UNAUTHORIZED also when several have the name. */
	enum err (*find_named_key)(void *state, const char *name, struct principal *principal_r);
	/* ERR_NONE; ERR_UNAUTHORIZED: unknown; ERR_TOKEN_EXPIRED: known, but expired or revoked;
	 * ERR_BUSY, ERR_INTERNAL. */
	enum err (*find_access_token)(
		void *state, const uint8_t hash[SECRET_HASH_SIZE], struct principal *principal_r);
	bool (*is_in_maintenance)(void *state);
};

#endif
