/*
 * Authentication: finds the principal of a request by its credential (app/http/credential.h) or,
 * without one, by its network (trusted_network.h).
 *
 * A credential whose shape or checksum is wrong costs no look-up, and neither does one that was
 * unknown within the last second, or one from an address that has presented too many unknown ones,
 * unless it was made here.
 * An API key may send its rate of requests, from its networks. A worker remembers an API key for
 * 5 s at most. It looks up an access token each time, so that a revoked one ends at once. Two
 * different credentials are refused, and so is an API key in the URL, which logs keep, or with a
 * header Origin, since whoever looks at a page can read it. An endpoint for anybody refuses a wrong
 * key and ignores a wrong token.
 */
#ifndef AUTHENTICATE_H
#define AUTHENTICATE_H

#include "err.h"

struct request;

/* Sets req->principal, which stays anonymous if the request presents nothing. Returns what keeps it
 * from req->endpoint: ERR_UNAUTHORIZED, ERR_TOKEN_EXPIRED, ERR_TOKEN_REVOKED, ERR_RATE,
 * ERR_FORBIDDEN, ERR_MAINTENANCE, ERR_TENANT_DISABLED; also ERR_BUSY and ERR_INTERNAL. */
enum err authenticate(struct request *req);

#endif
