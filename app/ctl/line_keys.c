#include <stdint.h>

#include "crypto.h"
#include "heap.h"
#include "line_keys.h"

#define SLOTS_MIN 1024

struct line_key {
	uint64_t key;
	long line; /* 0: free */
};

struct line_keys {
	struct line_key *slots;
	size_t n_slots, n_used; /* n_slots is a power of two */
};

struct line_keys *line_keys_new(void)
{
	struct line_keys *keys = heap_new_of(struct line_keys);

	keys->n_slots = SLOTS_MIN;
	keys->slots = heap_alloc(keys->n_slots * sizeof(*keys->slots));
	return keys;
}

void line_keys_free(struct line_keys *keys)
{
	free(keys->slots);
	free(keys);
}

static uint64_t line_key_digest(const char *key)
{
	uint8_t hash[CRYPTO_HASH_SIZE];
	uint64_t number;

	crypto_sha256(key, strlen(key), hash);
	memcpy(&number, hash, sizeof(number));
	return number;
}

/* The key's slot, or the free one where it would be. */
static struct line_key *line_keys_slot(const struct line_keys *keys, uint64_t key)
{
	size_t i = key & (keys->n_slots - 1);

	while (keys->slots[i].line != 0 && keys->slots[i].key != key)
		i = (i + 1) & (keys->n_slots - 1);
	return &keys->slots[i];
}

static void line_keys_grow(struct line_keys *keys)
{
	const struct line_keys old = *keys;

	keys->n_slots *= 2;
	keys->slots = heap_alloc(keys->n_slots * sizeof(*keys->slots));
	for (size_t i = 0; i < old.n_slots; i++)
		if (old.slots[i].line != 0)
			*line_keys_slot(keys, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

long line_keys_put(struct line_keys *keys, const char *key, long line)
{
	uint64_t number = line_key_digest(key);
	struct line_key *at = line_keys_slot(keys, number);

	if (at->line != 0)
		return at->line;
	*at = (struct line_key){.key = number, .line = line};
	if (++keys->n_used > keys->n_slots / 2)
		line_keys_grow(keys);
	return line;
}

long line_keys_find(const struct line_keys *keys, const char *key)
{
	return line_keys_slot(keys, line_key_digest(key))->line;
}
