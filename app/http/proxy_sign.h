/*
 * Signs that a proxy has forwarded a request: the headers that web servers, load balancers and CDNs
 * add, beside X-Forwarded-For, which address.h reads. A proxy that leaves no sign cannot be told
 * from a client.
 */
#ifndef PROXY_SIGN_H
#define PROXY_SIGN_H

#include <stdbool.h>

struct request;

/* Whether the request has a header of a proxy that is not empty, other than X-Forwarded-For. */
bool proxy_sign_in_headers(const struct request *req);
/* Likewise, or was sent with HTTP/1.0, as nginx's proxy_pass does unless it is told otherwise. */
bool proxy_sign_is_there(const struct request *req);

#endif
