/*
 * Who calls: Authorization: Bearer wxk_… (an API key). A shape or checksum that is wrong costs no
 * look-up; a key found is remembered by the worker for at most 5 s.
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

/* Whether the request carries an API key, known or not: a text of its shape and checksum. */
bool credential_has_key(const struct request *req);
/* Sets req->caller. ERR_NONE also when nothing was presented (the caller is anonymous);
 * ERR_UNAUTHORIZED, ERR_BUSY. */
enum err credential_find(const struct dispatcher *dispatcher, struct request *req);
/* Whether the endpoint lets this caller in: ERR_NONE, ERR_UNAUTHORIZED, ERR_FORBIDDEN. */
enum err credential_admit(const struct request *req);

#endif
