/*
 * What a process waits for outside of its database: HTTP exchanges with other servers, and pauses.
 * A fiber that waits lets others go on until transfers_run() resumes it; outside of fibers the
 * functions below wait by themselves.
 *
 * All exchanges of a worker share connections, resolved addresses and TLS sessions. A connection
 * that an exchange is done with is kept for the next one to the same server. For a minute after
 * a TLS handshake has failed, sessions are not shared.
 */
#ifndef TRANSFERS_H
#define TRANSFERS_H

#include <stdint.h>

struct authorities;
struct transfers;

/* For at most n_max exchanges at a time, and as many connections, idle ones included. Processes
 * cannot share it. */
struct transfers *transfers_new(unsigned n_max);
/* All handles are freed before. */
void transfers_free(struct transfers *transfers);

/* Returns a descriptor that can be read when transfers_run() has something to do. */
int transfers_fd(const struct transfers *transfers);
/* Continues the exchanges whose sockets or timers are due, and resumes the fibers whose waits are
 * over. Does not block. */
void transfers_run(struct transfers *transfers);

/* Returns a CURL for transfers_perform(), without options. The caller cleans it up. */
void *transfers_new_handle(struct transfers *transfers);
/* Returns the system's authorities, which are chosen with the first handle. */
const struct authorities *transfers_authorities(const struct transfers *transfers);
/* Does what curl_easy_perform() does, and returns the CURLcode. */
int transfers_perform(struct transfers *transfers, void *curl);
void transfers_sleep_us(struct transfers *transfers, int64_t pause_us);

#endif
