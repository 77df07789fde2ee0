/*
 * Token buckets (GCRA) in memory that the workers of a host share. A bucket belongs to a key. It
 * lets through so many a second, and so many at once.
 *
 * The table lives in the scoreboard. Each hash has four places; a new key takes the one whose
 * bucket has been full for longest. A key that was evicted starts with a full bucket, so a crowded
 * table errs towards letting through.
 */
#ifndef BUCKET_H
#define BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#define BUCKET_N 65536
#define BUCKET_WAYS 4
#define BUCKET_SECRET_SIZE 16
#define BUCKET_KEY_MAX 128 /* further characters do not count */

struct bucket {
	_Atomic uint64_t tag;    /* hash of the key; 0: vacant */
	_Atomic int64_t full_us; /* when it will have all its tokens again */
};

struct bucket_table {
	uint8_t secret[BUCKET_SECRET_SIZE];
	_Alignas(64) struct bucket buckets[BUCKET_N];
};

struct bucket_rate {
	int64_t token_us; /* until a token comes back */
	long burst;       /* tokens of a full bucket; at least 1 */
};

/* Prepares zeroed memory. */
void bucket_table_init(struct bucket_table *table);
/* Returns the hash of a text, under a random secret, since strangers choose it. */
uint64_t bucket_hash_text(const struct bucket_table *table, const char *key);
/* Returns the hash of a number that no stranger chooses, which takes a hundredth of the time. */
uint64_t bucket_hash_number(const struct bucket_table *table, uint64_t number);
/* Takes a token of the key that has the hash. Returns false if there is none. now_us:
 * clock_monotonic_us(). */
bool bucket_take(
	struct bucket_table *table, const struct bucket_rate *rate, uint64_t hash, int64_t now_us);
/* Gives a token back that was taken. */
void bucket_give_back(struct bucket_table *table, const struct bucket_rate *rate, uint64_t hash);
/* Returns whether there is one, and takes none. */
bool bucket_has(
	struct bucket_table *table, const struct bucket_rate *rate, uint64_t hash, int64_t now_us);

#endif
