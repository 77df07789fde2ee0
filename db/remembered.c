#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"
#include "err.h"
#include "heap.h"
#include "remembered.h"

#define N_SETS 64
#define N_PLACES 4 /* of a set */
#define MAX_AGE_US (5 * CLOCK_SECOND_US)

/* FNV-1a */
#define HASH_START 2166136261u
#define HASH_PRIME 16777619u

struct place {
	int64_t asked_us; /* 0: empty */
	enum remembered_kind kind;
	size_t key_size;
	uint8_t key[REMEMBERED_KEY_SIZE];
	_Alignas(16) uint8_t value[REMEMBERED_VALUE_SIZE];
};

struct remembered {
	_Atomic uint32_t *n_changes;
	uint32_t n_seen; /* of them */
	struct place places[N_SETS * N_PLACES];
};

struct remembered *remembered_new(_Atomic uint32_t *n_changes)
{
	struct remembered *remembered = heap_new_of(struct remembered);

	remembered->n_changes = n_changes;
	remembered->n_seen = atomic_load(n_changes);
	return remembered;
}

static void remembered_wipe_before(struct remembered *remembered, int64_t asked_us)
{
	struct place *end = remembered->places + N_SETS * N_PLACES;

	for (struct place *place = remembered->places; place < end; place++)
		if (place->asked_us != 0 && place->asked_us < asked_us)
			crypto_wipe(place, sizeof(*place));
}

void remembered_wipe_old(struct remembered *remembered)
{
	if (remembered != NULL)
		remembered_wipe_before(remembered, clock_monotonic_us() - MAX_AGE_US);
}

void remembered_free(struct remembered *remembered)
{
	if (remembered == NULL)
		return;
	remembered_wipe_before(remembered, INT64_MAX);
	free(remembered);
}

/* Returns the first of the places where it may be. */
static struct place *remembered_set(
	struct remembered *remembered, const struct remembered_query *query)
{
	const uint8_t *key = query->key;
	uint32_t hash = HASH_START ^ query->kind;

	if (query->key_size > REMEMBERED_KEY_SIZE)
		BUG("a key of %zu bytes", query->key_size);
	for (size_t i = 0; i < query->key_size; i++)
		hash = (hash ^ key[i]) * HASH_PRIME;
	return &remembered->places[hash % N_SETS * N_PLACES];
}

static bool place_is_of(const struct place *place, const struct remembered_query *query)
{
	return place->asked_us != 0 && place->kind == query->kind &&
		place->key_size == query->key_size &&
		crypto_equal(place->key, query->key, query->key_size);
}

static void remembered_see_changes(struct remembered *remembered, uint32_t n_changes)
{
	if (remembered->n_seen == n_changes)
		return;
	remembered_wipe_before(remembered, INT64_MAX);
	remembered->n_seen = n_changes;
}

void remembered_tell(struct remembered *remembered)
{
	if (remembered != NULL)
		atomic_fetch_add(remembered->n_changes, 1);
}

const void *remembered_find(struct remembered *remembered, struct remembered_query *query)
{
	const struct place *place;

	if (remembered == NULL)
		return NULL;
	query->asked_us = clock_monotonic_us();
	query->n_changes = atomic_load(remembered->n_changes);
	remembered_see_changes(remembered, query->n_changes);
	place = remembered_set(remembered, query);
	for (size_t i = 0; i < N_PLACES; i++, place++)
		if (place_is_of(place, query) && query->asked_us - place->asked_us <= MAX_AGE_US)
			return place->value;
	return NULL;
}

/* Returns the place that has the key, even if it is too old; else an empty one, or the oldest. */
static struct place *remembered_choose(
	struct remembered *remembered, const struct remembered_query *query)
{
	struct place *place = remembered_set(remembered, query);
	struct place *oldest = place;

	for (size_t i = 0; i < N_PLACES; i++, place++) {
		if (place_is_of(place, query))
			return place;
		if (place->asked_us < oldest->asked_us)
			oldest = place;
	}
	return oldest;
}

void *remembered_put(struct remembered *remembered, const struct remembered_query *query)
{
	struct place *place;

	if (remembered == NULL || query->n_changes != atomic_load(remembered->n_changes))
		return NULL;
	place = remembered_choose(remembered, query);
	crypto_wipe(place, sizeof(*place));
	place->asked_us = query->asked_us;
	place->kind = query->kind;
	place->key_size = query->key_size;
	memcpy(place->key, query->key, query->key_size);
	return place->value;
}
