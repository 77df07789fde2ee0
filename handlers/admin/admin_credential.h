/*
 * The credentials that the Admin API alone takes. Nothing here runs where it is off: the service's
 * user of the database may not read them then.
 */
#ifndef ADMIN_CREDENTIAL_H
#define ADMIN_CREDENTIAL_H

#include "err.h"

struct request;

/* Sets req->principal by an operator key. Returns ERR_UNAUTHORIZED or ERR_RATE if it is refused. */
enum err admin_credential_of_operator(struct request *req, const char *text);
/* Sets req->principal by the session whose cookie the request has, if it has one. Returns
 * ERR_UNAUTHORIZED, ERR_RATE, or ERR_FORBIDDEN for a request of another site's page. */
enum err admin_credential_of_session(struct request *req);

#endif
