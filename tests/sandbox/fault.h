/*
 * What can go wrong on the way to WeChat or to an SMS gateway, played on order: once or several
 * times, on one path.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

#include "call_store.h"

struct request;

/* More than any client waits. */
#define FAULT_DELAY_MAX_MS 590000

bool fault_is_kind(const char *name);
/* Before and after the answer is made. kind NULL: nothing happens. Who waits gives the database's
 * connection back. */
void fault_delay(const struct fault *fault, const struct request *req);
void fault_spoil(const struct fault *fault, struct request *req);

#endif
