/*
 * What one worker counts of its requests, on cache lines of its own in the scoreboard. Only that
 * worker writes it; it stays when the worker ends, and the next one in the slot goes on, so that a
 * sum over all slots never falls.
 *
 * A row for each endpoint of the service, in its order, then one for each dialect: the requests
 * there that found no endpoint.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include "endpoint.h"
#include "err.h"
#include "histogram.h"
#include "meter.h"
#include "request.h"

struct service;

struct ledger_row {
	_Atomic uint64_t statuses[RESPONSE_N_STATUSES + 1]; /* the last: any other */
	_Atomic uint64_t errs[ERR_N];
	struct histogram took;
};

struct ledger {
	struct meters meters;
	struct histogram queued[POOL_N]; /* requests, until a worker of the pool had them */
	struct ledger_row rows[];
};

size_t ledger_n_rows(const struct service *service);
size_t ledger_size(size_t n_rows);

/* An answered request of the pool. */
void ledger_request(struct ledger *ledger, const struct service *service, enum pool pool,
	const struct request *req);
/* Adds from's numbers to sum's. */
void ledger_add(struct ledger *sum, const struct ledger *from, size_t n_rows);

#endif
