/*
 * What depends on the version of libcurl. When a kept connection dies without a byte of answer,
 * libcurl silently sends the request again on another. A login code would then be spent twice.
 * From 7.80 on the second time is refused; before, no connection is kept.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <curl/curl.h>
#include <stdbool.h>

/* URLs of this scheme, http or https, and no others. */
CURLcode transport_allow(CURL *curl, const char *scheme);
/* The next request goes on the wire once at most. n_sent: 0 before it. */
CURLcode transport_send_once(CURL *curl, unsigned *n_sent);
/* Of the request that was made: whether it went on the wire. */
bool transport_has_sent(CURL *curl, unsigned n_sent);

#endif
