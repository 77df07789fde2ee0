#include "clock.h"
#include "ledger.h"
#include "service.h"

static size_t n_dialects(const struct service *service)
{
	size_t n = 0;

	while (service->dialects[n] != NULL)
		n++;
	return n;
}

size_t ledger_n_rows(const struct service *service)
{
	return endpoint_count(service->endpoints) + n_dialects(service);
}

size_t ledger_size(size_t n_rows)
{
	return sizeof(struct ledger) + n_rows * sizeof(struct ledger_row);
}

/* The last row is also for who was given up before it had a dialect. */
static size_t row_of(const struct service *service, const struct request *req)
{
	size_t i = 0;

	if (req->endpoint != NULL)
		return endpoint_place(service->endpoints, req->endpoint);
	while (i < n_dialects(service) - 1 && service->dialects[i] != req->dialect)
		i++;
	return endpoint_count(service->endpoints) + i;
}

static void count(_Atomic uint64_t *number)
{
	atomic_fetch_add_explicit(number, 1, memory_order_relaxed);
}

void ledger_request(struct ledger *ledger, const struct service *service, enum pool pool,
	const struct request *req)
{
	struct ledger_row *row = &ledger->rows[row_of(service, req)];
	int64_t queued_us = request_queued_us(req);

	count(&row->statuses[response_place(req->response.status)]);
	count(&row->errs[req->err]);
	histogram_add(&row->took, clock_monotonic_us() - req->started_us);
	if (queued_us >= 0)
		histogram_add(&ledger->queued[pool], queued_us);
}

/* A ledger is nothing but such numbers. */
void ledger_add(struct ledger *sum, const struct ledger *from, size_t n_rows)
{
	_Atomic uint64_t *to = (void *)sum;
	const _Atomic uint64_t *numbers = (const void *)from;

	for (size_t i = 0; i < ledger_size(n_rows) / sizeof(*to); i++)
		atomic_fetch_add_explicit(&to[i],
			atomic_load_explicit(&numbers[i], memory_order_relaxed),
			memory_order_relaxed);
}
