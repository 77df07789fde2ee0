/*
 * The HTTP statuses that wxuser answers with, each with an index for tables.
 */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include <stddef.h>

#define HTTP_STATUS_N 17

/* Returns HTTP_STATUS_N if wxuser never answers with the status. */
size_t http_status_index(int status);
/* Returns 0 for HTTP_STATUS_N. */
int http_status_at(size_t index);
/* Returns the phrase of RFC 9110, which some clients show, or "" for HTTP_STATUS_N. */
const char *http_status_reason(int status);

#endif
