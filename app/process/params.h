/*
 * From the parameters of a FastCGI request to what the program knows of it. Web servers differ:
 * PATH_INFO may be absent, what is absent may come as "", HTTP_HOST may lack the port. REMOTE_USER
 * and HTTP_PROXY are not read: clients choose them.
 *
 * What is kept is UTF-8 within a bound. A request that offends against this, or has two values for
 * one header, gets body_is_incomplete, so that it is refused as one that cannot be read.
 */
#ifndef PARAMS_H
#define PARAMS_H

#include <stdint.h>

struct request;

#define PARAMS_PATH_MAX 1024
#define PARAMS_VALUE_MAX 8192

enum { LENGTH_ABSENT = -1, LENGTH_MALFORMED = -2 };

/* environment: NAME=VALUE, ends with NULL; kept as req->environment, what else is used is copied to
 * req->arena. req->conf is set. length_r: CONTENT_LENGTH, not negative, or one of the above. */
void params_read(char *const *environment, struct request *req, int64_t *length_r);

#endif
