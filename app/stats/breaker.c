#include <stdatomic.h>
#include <stddef.h>

#include "breaker.h"
#include "str.h"

#define FAILURES_LEAST 5
#define ONE_CALL UINT64_C(1)
#define ONE_FAILURE (UINT64_C(1) << 16)
#define CALLS(cell) ((cell)&0xffff)
#define FAILURES(cell) ((cell) >> 16 & 0xffff)
#define SECOND(cell) ((cell) >> 32)

/* Two workers that come at the same moment write the same. */
static struct breaker *name_breaker(struct breaker *breaker, const char *host, const char *path)
{
	if (!atomic_load(&breaker->is_named)) {
		snprintf(breaker->host, sizeof(breaker->host), "%s", host);
		snprintf(breaker->path, sizeof(breaker->path), "%s", path);
		atomic_store(&breaker->is_named, true);
	}
	return breaker;
}

static struct breaker *breaker_find(struct breaker_table *table, const char *host, const char *path)
{
	uint64_t key = str_hash(str_hash(STR_HASH_BEGIN, host), path) | 1;

	for (size_t i = 0; i < BREAKER_N; i++) {
		struct breaker *breaker = &table->breakers[(key / 2 + i) % BREAKER_N];
		uint64_t there = 0;

		if (atomic_compare_exchange_strong(&breaker->key, &there, key) || there == key)
			return name_breaker(breaker, host, path);
	}
	return NULL;
}

bool breaker_is_open(const struct breaker *breaker)
{
	return atomic_load(&breaker->blocked_us) != 0;
}

static bool count_refused(struct breaker *breaker)
{
	atomic_fetch_add_explicit(
		&breaker->outcomes[CALL_BREAKER_OPEN], 1, memory_order_relaxed);
	return false;
}

bool breaker_admit(struct breaker_table *table, const char *host, const char *path,
	int64_t now_us, struct breaker_call *call_r)
{
	struct breaker *breaker = table == NULL ? NULL : breaker_find(table, host, path);
	int64_t blocked_us = breaker == NULL ? 0 : atomic_load(&breaker->blocked_us);

	*call_r = (struct breaker_call){.breaker = breaker};
	if (blocked_us == 0)
		return true;
	if (now_us < blocked_us + BREAKER_PAUSE_US)
		return count_refused(breaker);
	call_r->is_trial =
		atomic_compare_exchange_strong(&breaker->blocked_us, &blocked_us, now_us);
	return call_r->is_trial || count_refused(breaker);
}

static void count_in_window(struct breaker *breaker, int64_t now_us, bool is_success)
{
	uint64_t second = (uint64_t)(now_us / CLOCK_SECOND_US);
	_Atomic uint64_t *cell = &breaker->seconds[second % BREAKER_WINDOW_S];
	uint64_t old = atomic_load(cell);
	uint64_t new;

	do {
		new = (SECOND(old) == second ? old : second << 32) + ONE_CALL +
		      (is_success ? 0 : ONE_FAILURE);
	} while (!atomic_compare_exchange_weak(cell, &old, new));
}

static bool is_failing(struct breaker *breaker, int64_t now_us)
{
	uint64_t second = (uint64_t)(now_us / CLOCK_SECOND_US);
	uint64_t calls = 0, failures = 0;

	for (size_t i = 0; i < BREAKER_WINDOW_S; i++) {
		uint64_t cell = atomic_load(&breaker->seconds[i]);

		if (SECOND(cell) + BREAKER_WINDOW_S <= second)
			continue;
		calls += CALLS(cell);
		failures += FAILURES(cell);
	}
	return failures >= FAILURES_LEAST && failures * 2 >= calls;
}

static void close_again(struct breaker *breaker)
{
	for (size_t i = 0; i < BREAKER_WINDOW_S; i++)
		atomic_store(&breaker->seconds[i], 0);
	atomic_store(&breaker->blocked_us, 0);
}

static void breaker_judge(struct breaker *breaker, int64_t now_us, bool is_trial, bool is_success)
{
	if (is_trial && is_success) {
		close_again(breaker);
	} else if (atomic_load(&breaker->blocked_us) == 0) {
		count_in_window(breaker, now_us, is_success);
		if (!is_success && is_failing(breaker, now_us))
			atomic_store(&breaker->blocked_us, now_us);
	} else if (is_trial) {
		atomic_store(&breaker->blocked_us, now_us);
	}
}

void breaker_report(const struct breaker_call *call, enum call_outcome outcome, int64_t now_us,
	int64_t took_us)
{
	struct breaker *breaker = call->breaker;

	if (breaker == NULL)
		return;
	breaker_judge(breaker, now_us, call->is_trial, outcome == CALL_OK);
	atomic_fetch_add_explicit(&breaker->outcomes[outcome], 1, memory_order_relaxed);
	histogram_add(&breaker->took, took_us);
}
