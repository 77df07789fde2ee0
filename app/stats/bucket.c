#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "bucket.h"
#include "crypto.h"

uint64_t bucket_hash_text(const struct bucket_table *table, const char *key)
{
	uint8_t keyed[BUCKET_SECRET_SIZE + BUCKET_KEY_MAX];
	uint8_t digest[CRYPTO_HASH_SIZE];
	size_t size = strnlen(key, BUCKET_KEY_MAX);
	uint64_t hash;

	memcpy(keyed, table->secret, BUCKET_SECRET_SIZE);
	memcpy(keyed + BUCKET_SECRET_SIZE, key, size);
	crypto_sha256(keyed, BUCKET_SECRET_SIZE + size, digest);
	memcpy(&hash, digest, sizeof(hash));
	return hash;
}

/* Two rounds of a 64-bit finalizer (xor of the high bits, times an odd number): each bit of the
 * number reaches each of the hash. */
uint64_t bucket_hash_number(const struct bucket_table *table, uint64_t number)
{
	uint64_t hash;

	memcpy(&hash, table->secret, sizeof(hash));
	hash ^= number;
	for (int i = 0; i < 2; i++) {
		hash ^= hash >> 32;
		hash *= UINT64_C(0x9e3779b97f4a7c15);
	}
	return hash ^ hash >> 32;
}

/* Returns the BUCKET_WAYS places of a hash. */
static struct bucket *set_of(struct bucket_table *table, uint64_t hash)
{
	return &table->buckets[hash % (BUCKET_N / BUCKET_WAYS) * BUCKET_WAYS];
}

static uint64_t tag_of(uint64_t hash)
{
	return hash | 1;
}

/* Returns NULL if the key has no bucket, which is a full one. */
static struct bucket *bucket_find(struct bucket_table *table, uint64_t hash)
{
	struct bucket *set = set_of(table, hash);

	for (size_t i = 0; i < BUCKET_WAYS; i++) {
		if (atomic_load(&set[i].tag) == tag_of(hash))
			return &set[i];
	}
	return NULL;
}

/* Gives the key the bucket of its set that has been full for longest. */
static struct bucket *bucket_begin(struct bucket_table *table, uint64_t hash)
{
	struct bucket *set = set_of(table, hash);
	struct bucket *oldest = &set[0];

	for (size_t i = 1; i < BUCKET_WAYS; i++) {
		if (atomic_load(&set[i].full_us) < atomic_load(&oldest->full_us))
			oldest = &set[i];
	}
	atomic_store(&oldest->tag, tag_of(hash));
	atomic_store(&oldest->full_us, 0);
	return oldest;
}

/* Returns when the bucket will be full again once a token has been taken. */
static int64_t full_after(const struct bucket_rate *rate, int64_t full_us, int64_t now_us)
{
	return (full_us > now_us ? full_us : now_us) + rate->token_us;
}

static bool is_within(const struct bucket_rate *rate, int64_t full_us, int64_t now_us)
{
	return full_us - now_us <= rate->token_us * rate->burst;
}

void bucket_table_init(struct bucket_table *table)
{
	crypto_random(table->secret, sizeof(table->secret));
}

bool bucket_take(
	struct bucket_table *table, const struct bucket_rate *rate, uint64_t hash, int64_t now_us)
{
	struct bucket *bucket = bucket_find(table, hash);
	int64_t full_us, next_us;

	if (bucket == NULL)
		bucket = bucket_begin(table, hash);
	full_us = atomic_load(&bucket->full_us);
	do {
		next_us = full_after(rate, full_us, now_us);
		if (!is_within(rate, next_us, now_us))
			return false;
	} while (!atomic_compare_exchange_weak(&bucket->full_us, &full_us, next_us));
	return true;
}

/* A key that was evicted meanwhile has a full bucket. */
void bucket_give_back(struct bucket_table *table, const struct bucket_rate *rate, uint64_t hash)
{
	struct bucket *bucket = bucket_find(table, hash);

	if (bucket != NULL)
		atomic_fetch_sub(&bucket->full_us, rate->token_us);
}

bool bucket_has(
	struct bucket_table *table, const struct bucket_rate *rate, uint64_t hash, int64_t now_us)
{
	const struct bucket *bucket = bucket_find(table, hash);

	return bucket == NULL ||
		is_within(rate, full_after(rate, atomic_load(&bucket->full_us), now_us), now_us);
}
