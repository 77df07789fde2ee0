#include <stdatomic.h>
#include <sys/mman.h>

#include "clock.h"
#include "heap.h"
#include "scoreboard.h"

#define LINE 128
#define MISROUTED_TOLD_US (3600 * CLOCK_SECOND_US)

static size_t whole_lines(size_t size)
{
	return (size + LINE - 1) / LINE * LINE;
}

/* Reserves size bytes of the mapping on lines of their own and says where. */
static size_t place(size_t *used, size_t size)
{
	size_t offset = *used;

	*used += whole_lines(size);
	return offset;
}

struct scoreboard *scoreboard_new(size_t n_slots_max, size_t n_rows)
{
	struct scoreboard *board = heap_new_of(struct scoreboard);
	size_t used = 0;
	size_t slots = place(&used, n_slots_max * sizeof(*board->slots));
	size_t ledgers = place(&used, n_slots_max * whole_lines(ledger_size(n_rows)));
	size_t roll = place(&used, sizeof(*board->roll));
	size_t n_received = place(&used, sizeof(*board->n_received));
	size_t misrouted_us = place(&used, sizeof(*board->misrouted_us));
	size_t breakers = place(&used, sizeof(*board->breakers));
	size_t buckets = place(&used, sizeof(*board->buckets));
	/* Room for the largest pools, of which most have a small part. */
	char *mapping = mmap(NULL, used, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mapping == MAP_FAILED) {
		free(board);
		return NULL;
	}
	board->n_slots_max = n_slots_max;
	board->n_rows = n_rows;
	board->began_us = clock_now_us();
	board->slots = (void *)(mapping + slots);
	board->ledgers = mapping + ledgers;
	board->roll = (void *)(mapping + roll);
	board->n_received = (void *)(mapping + n_received);
	board->misrouted_us = (void *)(mapping + misrouted_us);
	board->breakers = (void *)(mapping + breakers);
	board->buckets = (void *)(mapping + buckets);
	board->mapping = mapping;
	board->mapping_size = used;
	bucket_table_init(board->buckets);
	return board;
}

void scoreboard_free(struct scoreboard *board)
{
	munmap(board->mapping, board->mapping_size);
	free(board);
}

struct slot *scoreboard_take(struct scoreboard *board, enum pool pool, uint32_t generation)
{
	for (size_t i = 0; i < board->n_slots_max; i++) {
		struct slot *slot = &board->slots[i];

		if (slot->state != WORKER_VACANT)
			continue;
		slot->state = WORKER_STARTING;
		slot->pool = pool;
		slot->generation = generation;
		if (i == board->roll->n_slots)
			board->roll->n_slots = i + 1;
		return slot;
	}
	return NULL;
}

void scoreboard_give_back(struct slot *slot)
{
	memset(slot, 0, sizeof(*slot));
}

struct tally scoreboard_tally(
	const struct scoreboard *board, enum pool pool, uint32_t generation)
{
	struct tally tally = {0};

	for (size_t i = 0; i < board->roll->n_slots; i++) {
		const struct slot *slot = &board->slots[i];
		int32_t state = slot->state;

		if (state == WORKER_VACANT || slot->pool != pool ||
			(generation != 0 && slot->generation != generation))
			continue;
		tally.n_connections += slot->n_connections;
		if (slot->told_us != 0)
			tally.n_leaving++;
		else if (state == WORKER_STARTING)
			tally.n_starting++;
		else if (slot->request_us == 0)
			tally.n_idle++;
		else
			tally.n_busy++;
	}
	return tally;
}

int32_t scoreboard_number(struct scoreboard *board)
{
	uint32_t n_before = atomic_fetch_add_explicit(board->n_received, 1, memory_order_relaxed);

	return (int32_t)(n_before % INT32_MAX) + 1;
}

bool scoreboard_tell_misrouted(struct scoreboard *board, int64_t now_us)
{
	int64_t told_us = atomic_load(board->misrouted_us);

	return (told_us == 0 || now_us - told_us > MISROUTED_TOLD_US) &&
		atomic_compare_exchange_strong(board->misrouted_us, &told_us, now_us);
}

void scoreboard_begin_request(struct slot *slot, const char *request_id, int64_t now_us)
{
	atomic_store(&slot->endpoint, 0);
	snprintf(slot->request_id, sizeof(slot->request_id), "%s", request_id);
	atomic_store(&slot->request_us, now_us);
}

void scoreboard_end_request(struct slot *slot)
{
	atomic_store(&slot->request_us, 0);
}

struct ledger *scoreboard_ledger(const struct scoreboard *board, const struct slot *slot)
{
	size_t i = (size_t)(slot - board->slots);

	return (void *)(board->ledgers + i * whole_lines(ledger_size(board->n_rows)));
}

void scoreboard_count_end(struct scoreboard *board, const struct slot *slot, enum worker_end end)
{
	atomic_fetch_add_explicit(&board->roll->ends[slot->pool][end], 1, memory_order_relaxed);
}
