#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "breaker.h"
#include "bucket.h"
#include "buf.h"
#include "clock.h"
#include "err.h"
#include "heap.h"
#include "job_times.h"
#include "node.h"
#include "request_stats.h"
#include "scoreboard.h"

#define LINE 128
#define MISROUTED_PAUSE_US (3600 * CLOCK_SECOND_US)

static size_t whole_lines(size_t size)
{
	return (size + LINE - 1) / LINE * LINE;
}

/* Reserves size bytes of the mapping, on cache lines of their own, and returns their offset. */
static size_t reserve(size_t *used, size_t size)
{
	size_t offset = *used;

	*used += whole_lines(size);
	return offset;
}

static size_t entries_size(size_t n_entries)
{
	return whole_lines(n_entries * sizeof(struct in_flight_entry));
}

struct scoreboard *scoreboard_new(
	size_t n_slots_max, size_t n_entries, struct route *routes, size_t n_routes)
{
	struct scoreboard *board = heap_new_of(struct scoreboard);
	size_t used = 0;
	size_t slots = reserve(&used, n_slots_max * sizeof(*board->slots));
	size_t entries = reserve(&used, n_slots_max * entries_size(n_entries));
	size_t stats = reserve(&used, n_slots_max * whole_lines(request_stats_size(n_routes)));
	size_t master = reserve(&used, sizeof(*board->master));
	size_t n_received = reserve(&used, sizeof(*board->n_received));
	size_t misrouted_us = reserve(&used, sizeof(*board->misrouted_us));
	size_t breakers = reserve(&used, sizeof(*board->breakers));
	size_t buckets = reserve(&used, sizeof(*board->buckets));
	size_t nodes = reserve(&used, sizeof(*board->nodes));
	size_t job_times = reserve(&used, sizeof(*board->job_times));
	/* There is room for the largest pools; most installations use a small part of it. */
	char *mapping = mmap(NULL, used, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mapping == MAP_FAILED) {
		free(routes);
		free(board);
		return NULL;
	}
	board->n_slots_max = n_slots_max;
	board->routes = routes;
	board->n_routes = n_routes;
	board->n_entries = n_entries;
	board->began_us = clock_now_us();
	board->slots = (void *)(mapping + slots);
	board->entries = mapping + entries;
	board->stats = mapping + stats;
	board->master = (void *)(mapping + master);
	board->n_received = (void *)(mapping + n_received);
	board->misrouted_us = (void *)(mapping + misrouted_us);
	board->breakers = (void *)(mapping + breakers);
	board->buckets = (void *)(mapping + buckets);
	board->nodes = (void *)(mapping + nodes);
	board->job_times = (void *)(mapping + job_times);
	board->mapping = mapping;
	board->mapping_size = used;
	bucket_table_init(board->buckets);
	return board;
}

void scoreboard_free(struct scoreboard *board)
{
	munmap(board->mapping, board->mapping_size);
	if (board->shared.mapping != NULL) {
		munmap(board->shared.mapping, board->shared.size);
		close(board->shared.fd);
	}
	free(board->routes);
	free(board);
}

void scoreboard_share(struct scoreboard *board, const struct scoreboard_shared *shared,
	struct breaker_table *breakers, struct bucket_table *buckets)
{
	board->shared = *shared;
	board->breakers = breakers;
	board->buckets = buckets;
}

struct slot *scoreboard_take(
	struct scoreboard *board, enum pool pool, uint32_t generation, uint32_t in_flight_max)
{
	for (size_t i = 0; i < board->n_slots_max; i++) {
		struct slot *slot = &board->slots[i];

		if (slot->state != WORKER_VACANT)
			continue;
		slot->state = WORKER_STARTING;
		slot->pool = pool;
		slot->generation = generation;
		slot->in_flight_max = in_flight_max;
		if (i == board->master->n_slots)
			board->master->n_slots = i + 1;
		return slot;
	}
	return NULL;
}

static struct in_flight_entry *entries_of(const struct scoreboard *board, const struct slot *slot)
{
	size_t i = (size_t)(slot - board->slots);

	return (void *)(board->entries + i * entries_size(board->n_entries));
}

void scoreboard_give_back(const struct scoreboard *board, struct slot *slot)
{
	struct in_flight_entry *entries = entries_of(board, slot);

	memset(entries, 0, slot->in_flight_max * sizeof(*entries));
	memset(slot, 0, sizeof(*slot));
}

static size_t count_in_flight(const struct scoreboard *board, const struct slot *slot)
{
	const struct in_flight_entry *entries = entries_of(board, slot);
	size_t n = 0;

	for (size_t i = 0; i < slot->in_flight_max; i++)
		n += entries[i].request_us != 0;
	return n;
}

static void count_ready(
	const struct scoreboard *board, const struct slot *slot, struct worker_counts *counts)
{
	size_t n_in_flight = count_in_flight(board, slot);

	counts->n_idle += n_in_flight == 0;
	counts->n_busy += n_in_flight > 0;
	counts->n_full += n_in_flight == slot->in_flight_max;
	counts->n_in_flight += n_in_flight;
	counts->in_flight_max += slot->in_flight_max;
}

struct worker_counts scoreboard_count_workers(
	const struct scoreboard *board, enum pool pool, uint32_t generation)
{
	struct worker_counts counts = {0};

	for (size_t i = 0; i < board->master->n_slots; i++) {
		const struct slot *slot = &board->slots[i];
		int32_t state = slot->state;

		if (state == WORKER_VACANT || slot->pool != pool ||
			(generation != 0 && slot->generation != generation))
			continue;
		counts.n_connections += slot->n_connections;
		if (slot->stop_sent_us != 0)
			counts.n_draining++;
		else if (state == WORKER_STARTING)
			counts.n_starting++;
		else
			count_ready(board, slot, &counts);
	}
	return counts;
}

int32_t scoreboard_next_seq_id(struct scoreboard *board)
{
	uint32_t n_before = atomic_fetch_add_explicit(board->n_received, 1, memory_order_relaxed);

	return (int32_t)(n_before % INT32_MAX) + 1;
}

bool scoreboard_misrouted_is_due(struct scoreboard *board, int64_t now_us)
{
	int64_t logged_us = atomic_load(board->misrouted_us);

	return (logged_us == 0 || now_us - logged_us > MISROUTED_PAUSE_US) &&
		atomic_compare_exchange_strong(board->misrouted_us, &logged_us, now_us);
}

static struct in_flight_entry *find_vacant(const struct scoreboard *board, const struct slot *slot)
{
	struct in_flight_entry *entries = entries_of(board, slot);

	for (size_t i = 0; i < slot->in_flight_max; i++)
		if (atomic_load_explicit(&entries[i].request_us, memory_order_relaxed) == 0)
			return &entries[i];
	BUG("a worker holds more than %u requests", (unsigned)slot->in_flight_max);
}

struct in_flight_entry *scoreboard_begin_request(const struct scoreboard *board,
	const struct slot *slot, const char *request_id, int64_t now_us)
{
	struct in_flight_entry *entry = find_vacant(board, slot);

	atomic_store(&entry->route, 0);
	memccpy(entry->request_id, request_id, '\0', sizeof(entry->request_id) - 1);
	activity_use(&entry->activity);
	activity_begin(ACTIVITY_READING);
	atomic_store(&entry->request_us, now_us);
	return entry;
}

void scoreboard_set_route(struct in_flight_entry *entry, size_t route)
{
	atomic_store_explicit(&entry->route, (int32_t)route + 1, memory_order_relaxed);
}

void scoreboard_end_request(struct in_flight_entry *entry)
{
	activity_use(NULL);
	atomic_store(&entry->request_us, 0);
}

struct request_stats *scoreboard_stats(const struct scoreboard *board, const struct slot *slot)
{
	size_t i = (size_t)(slot - board->slots);

	return (void *)(board->stats + i * whole_lines(request_stats_size(board->n_routes)));
}

void scoreboard_count_end(struct scoreboard *board, const struct slot *slot, enum worker_end end)
{
	atomic_fetch_add_explicit(&board->master->ends[slot->pool][end], 1, memory_order_relaxed);
}

/* The number comes from a worker, which may have written anything before it crashed. */
static const struct route *find_route(const struct scoreboard *board, int32_t number)
{
	return number > 0 && (size_t)number <= board->n_routes ? &board->routes[number - 1] : NULL;
}

/* The worker goes on meanwhile: what was read belongs to one request if that is still in flight. */
static bool read_in_flight(const struct scoreboard *board, const struct slot *slot,
	const struct in_flight_entry *entry, struct in_flight *in_flight_r)
{
	int64_t request_us = atomic_load(&entry->request_us);
	uint64_t word = atomic_load_explicit(&entry->activity, memory_order_relaxed);
	int64_t now_us = clock_monotonic_us();

	*in_flight_r = (struct in_flight){
		.pid = slot->pid,
		.pool = slot->pool,
		.route = find_route(board, atomic_load(&entry->route)),
		.activity = activity_in(word),
		.age_us = now_us - request_us,
		.stalled_us = word == entry->seen_activity ? now_us - entry->seen_us : 0,
	};
	memcpy(in_flight_r->request_id, entry->request_id, REQUEST_ID_SIZE - 1);
	return request_us != 0 && atomic_load(&entry->request_us) == request_us;
}

bool scoreboard_next_in_flight(const struct scoreboard *board, const struct slot *slot, size_t *at,
	struct in_flight *in_flight_r)
{
	const struct in_flight_entry *entries = entries_of(board, slot);

	while (*at < slot->in_flight_max)
		if (read_in_flight(board, slot, &entries[(*at)++], in_flight_r))
			return true;
	return false;
}

static void print_in_flight(const struct in_flight *in_flight, struct buf *text)
{
	const struct route *route = in_flight->route;

	buf_printf(text, "request %s pid=%d age_ms=%lld at=%s for_ms=%lld",
		pool_name(in_flight->pool), (int)in_flight->pid,
		(long long)in_flight->age_us / 1000, activity_name(in_flight->activity),
		(long long)in_flight->stalled_us / 1000);
	if (route != NULL)
		buf_printf(text, " method=%s endpoint=%s", route->method, route->endpoint);
	buf_printf(text, " id=%s\n", in_flight->request_id);
}

void scoreboard_print_in_flight(const struct scoreboard *board, struct buf *text)
{
	struct in_flight in_flight;

	for (size_t i = 0; i < board->master->n_slots; i++)
		for (size_t at = 0;
			scoreboard_next_in_flight(board, &board->slots[i], &at, &in_flight);)
			print_in_flight(&in_flight, text);
}

static void poll_entry(struct in_flight_entry *entry, int64_t now_us)
{
	uint64_t word = atomic_load_explicit(&entry->activity, memory_order_relaxed);

	if (word == entry->seen_activity)
		return;
	entry->seen_activity = word;
	entry->seen_us = now_us;
}

void scoreboard_poll_activity(
	const struct scoreboard *board, const struct slot *slot, int64_t now_us)
{
	struct in_flight_entry *entries = entries_of(board, slot);

	for (size_t i = 0; i < slot->in_flight_max; i++)
		poll_entry(&entries[i], now_us);
}
