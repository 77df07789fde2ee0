/*
 * Who calls: an API key (wxk_…) or an access token (wxt_…), as Authorization: Bearer or, where the
 * dialect takes it anywhere, as ?token= or in the header Token. The first present of query, Token,
 * Authorization decides, two different ones are refused, and an API key in a URL, which logs keep,
 * is too.
 *
 * A shape or checksum that is wrong costs no look-up. A key found is remembered by the worker for
 * at most 5 s; an access token is looked up each time, so that it ends at once. An endpoint for
 * anybody refuses a wrong key and ignores a wrong token. Who presents nothing may have a key by
 * auth.trusted_networks.
 */
#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include <stdbool.h>

#include "err.h"

struct credential_cache;
struct dispatcher;
struct request;

struct credential_cache *credential_cache_new(void);
void credential_cache_free(struct credential_cache *cache);

/* What Authorization: Bearer carries; NULL: it is absent or of another scheme. */
const char *credential_bearer(const struct request *req);
/* Whether the request carries an API key, known or not: a text of its shape and checksum. No access
 * token frees from the rates of addresses, since a wrong one is not refused. */
bool credential_has_key(const struct request *req);
/* Sets req->principal. ERR_NONE also when nothing was presented (the caller is anonymous);
 * ERR_UNAUTHORIZED, ERR_TOKEN_EXPIRED, ERR_BUSY. */
enum err credential_find(const struct dispatcher *dispatcher, struct request *req);
/* Whether the endpoint lets this caller in: ERR_NONE, ERR_UNAUTHORIZED, ERR_FORBIDDEN. */
enum err credential_admit(const struct request *req);

#endif
