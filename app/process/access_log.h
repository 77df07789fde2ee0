/*
 * Logs a request: the access line, if log.access is on or the request failed here, and a line with
 * a breakdown of its time, if it took longer than log.slow_ms.
 */
#ifndef ACCESS_LOG_H
#define ACCESS_LOG_H

struct request;

/* req has been answered. host: the name of this host. */
void access_log(const struct request *req, const char *host);

#endif
