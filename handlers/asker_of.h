/*
 * The request's caller as db/ knows who asks.
 */
#ifndef ASKER_OF_H
#define ASKER_OF_H

#include "asker.h"

struct request;

/* An anonymous caller is a server of no tenant, for which nothing is there. */
struct asker asker_of(const struct request *req);

#endif
