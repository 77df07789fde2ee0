/*
 * Reads the parameters of a FastCGI request into struct request. Web servers differ: PATH_INFO may
 * be absent, an absent parameter may come as "", HTTP_HOST may lack the port. REMOTE_USER and
 * HTTP_PROXY are not read, because clients can set them.
 *
 * Every value that is kept is UTF-8 and not longer than a limit. A request that breaks this,
 * has two values for Authorization, or a control character in its URL gets req->malformed.
 * dispatch() refuses it for that reason.
 */
#ifndef PARAMS_H
#define PARAMS_H

#include <stdint.h>

struct request;

#define PARAMS_PATH_MAX 1024
#define PARAMS_VALUE_MAX 8192

enum { LENGTH_ABSENT = -1, LENGTH_MALFORMED = -2 };

/* environment: NAME=VALUE, ends with NULL. It is kept as req->environment; the values are copied to
 * req->arena. req->conf must be set. Writes CONTENT_LENGTH to length_r, or one of the above. */
void params_read(char *const *environment, struct request *req, int64_t *length_r);

#endif
