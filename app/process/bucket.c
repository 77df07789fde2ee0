#include <stdatomic.h>
#include <stddef.h>

#include "bucket.h"
#include "secret.h"

#define KEY_MAX 128

static uint64_t hash_of(const struct bucket_table *table, const char *key)
{
	uint8_t keyed[BUCKET_SECRET_SIZE + KEY_MAX];
	uint8_t digest[SECRET_HASH_SIZE];
	size_t size = strnlen(key, KEY_MAX);
	uint64_t hash;

	memcpy(keyed, table->secret, BUCKET_SECRET_SIZE);
	memcpy(keyed + BUCKET_SECRET_SIZE, key, size);
	secret_sha256(keyed, BUCKET_SECRET_SIZE + size, digest);
	memcpy(&hash, digest, sizeof(hash));
	return hash;
}

/* This key's bucket, or the one of its set that has been at rest for longest, now this key's. */
static struct bucket *find(struct bucket_table *table, uint64_t hash)
{
	struct bucket *set = &table->buckets[hash % (BUCKET_N / BUCKET_WAYS) * BUCKET_WAYS];
	uint64_t tag = hash | 1;
	struct bucket *oldest = &set[0];

	for (size_t i = 0; i < BUCKET_WAYS; i++) {
		if (atomic_load(&set[i].tag) == tag)
			return &set[i];
		if (atomic_load(&set[i].full_us) < atomic_load(&oldest->full_us))
			oldest = &set[i];
	}
	atomic_store(&oldest->tag, tag);
	atomic_store(&oldest->full_us, 0);
	return oldest;
}

void bucket_table_init(struct bucket_table *table)
{
	secret_random(table->secret, sizeof(table->secret));
}

bool bucket_take(struct bucket_table *table, const struct bucket_rate *rate, const char *key,
	int64_t now_us)
{
	struct bucket *bucket = find(table, hash_of(table, key));
	int64_t token_us = 1000000 / rate->per_s;
	int64_t full_us = atomic_load(&bucket->full_us);
	int64_t next_us;

	do {
		next_us = (full_us > now_us ? full_us : now_us) + token_us;
		if (next_us - now_us > token_us * rate->burst)
			return false;
	} while (!atomic_compare_exchange_weak(&bucket->full_us, &full_us, next_us));
	return true;
}
