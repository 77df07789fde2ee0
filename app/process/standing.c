#include "buf.h"
#include "clock.h"
#include "scoreboard.h"
#include "service.h"
#include "standing.h"

static const struct endpoint *find_endpoint(const struct service *service, int32_t place)
{
	return place > 0 && (size_t)place <= endpoint_count(service->endpoints)
		? service->endpoints[place - 1]
		: NULL;
}

/* The worker goes on meanwhile: what was read is of one request if that is still at hand. */
bool standing_read(
	const struct slot *slot, const struct service *service, struct standing *standing_r)
{
	int64_t request_us = atomic_load(&slot->request_us);
	uint64_t word = atomic_load_explicit(&slot->activity, memory_order_relaxed);
	int64_t now_us = clock_monotonic_us();

	*standing_r = (struct standing){
		.pid = slot->pid,
		.pool = slot->pool,
		.endpoint = find_endpoint(service, atomic_load(&slot->endpoint)),
		.activity = activity_in(word),
		.age_us = now_us - request_us,
		.still_us = word == slot->seen_activity ? now_us - slot->seen_us : 0,
	};
	memcpy(standing_r->request_id, slot->request_id, REQUEST_ID_SIZE - 1);
	return request_us != 0 && atomic_load(&slot->request_us) == request_us;
}

static void describe(const struct standing *standing, struct buf *text)
{
	const struct endpoint *endpoint = standing->endpoint;

	buf_printf(text, "request %s pid=%d age_ms=%lld at=%s for_ms=%lld",
		pool_name(standing->pool), (int)standing->pid,
		(long long)standing->age_us / 1000, activity_name(standing->activity),
		(long long)standing->still_us / 1000);
	if (endpoint != NULL)
		buf_printf(text, " method=%s endpoint=%s", endpoint->method, endpoint->path);
	buf_printf(text, " id=%s\n", standing->request_id);
}

void standing_describe_all(
	const struct scoreboard *board, const struct service *service, struct buf *text)
{
	struct standing standing;

	for (size_t i = 0; i < board->roll->n_slots; i++)
		if (standing_read(&board->slots[i], service, &standing))
			describe(&standing, text);
}

void standing_watch(struct slot *slot, int64_t now_us)
{
	uint64_t word = atomic_load_explicit(&slot->activity, memory_order_relaxed);

	if (word == slot->seen_activity)
		return;
	slot->seen_activity = word;
	slot->seen_us = now_us;
}
