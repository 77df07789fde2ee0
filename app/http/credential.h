/*
 * What a request presents as its credential: an API key (wxk_…) or an access token (wxt_…), as
 * Authorization: Bearer or, where the dialect takes it anywhere, as ?token= or in the header Token.
 * The first present of query, Token and Authorization counts. Nothing is looked up here.
 */
#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include <stdbool.h>

struct request;

struct credential {
	const char *text; /* NULL: the request presents nothing */
	bool is_in_query;
	bool is_contradicted; /* the request presents another one, too */
};

struct credential credential_of(const struct request *req);
/* Returns what Authorization: Bearer carries; NULL if the header is absent or of another scheme. */
const char *credential_bearer(const struct request *req);
/* Adds the header of a 401, which says by RFC 6750 what is wrong with the credential. */
void credential_write_challenge(struct request *req);
/* Whether the request carries an API key, known or not: a text of its shape and checksum. */
bool credential_has_key(const struct request *req);

#endif
