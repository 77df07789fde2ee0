/*
 * What is done with a credential that the database knows by its hash: an API key, an access token,
 * an operator key or a session of the Admin API.
 */
#ifndef STORED_CREDENTIAL_H
#define STORED_CREDENTIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto.h"
#include "err.h"

struct db;
struct principal;
struct request;

/* The reason in the log for a key without a row. */
#define STORED_CREDENTIAL_UNKNOWN_KEY "unknown or revoked API key"

/* Asks the database for a well-formed credential, unless it was unknown a moment ago, or its
 * client's address has presented too many unknown ones and nothing tells this one from those: it
 * has not the tag of what was made here (secret_token_is_own()), and was not right here lately.
 * Sets req->principal, or returns what find returned, or ERR_UNAUTHORIZED or ERR_RATE. */
enum err stored_credential_look_up(struct request *req, const char *text,
	enum err (*find)(struct db *, const uint8_t[CRYPTO_HASH_SIZE], struct principal *));
/* Returns whether the request presents an access token that was made here, and may have ended. */
bool stored_credential_has_own_token(const struct request *req);
/* Refuses a key that a web page sends, by ERR_UNAUTHORIZED: whoever looks at a page can read a key
 * that it holds. One that begins a session is sent once. */
enum err stored_credential_check_page(struct request *req);

#endif
