/*
 * What a request leaves in the log: a line, with log.access or when it failed here, and one more
 * that says what its time went to, when that was more than log.slow_ms.
 */
#ifndef ACCESS_LOG_H
#define ACCESS_LOG_H

struct request;

/* An answered one; host: this machine's name. */
void access_log(const struct request *req, const char *host);

#endif
