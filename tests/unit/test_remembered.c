#include "unit.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "clock.h"
#include "remembered.h"

#define MAX_AGE_US (5 * CLOCK_SECOND_US)
#define N_ENOUGH 5000 /* more than the memory holds */

static int64_t now_us;
static _Atomic uint32_t n_changes;
static struct remembered *remembered;

int64_t __wrap_clock_monotonic_us(void);
int64_t __wrap_clock_monotonic_us(void)
{
	return now_us;
}

static int set_up(void **state)
{
	(void)state;
	now_us = CLOCK_SECOND_US;
	remembered = remembered_new(&n_changes);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remembered_free(remembered);
	return 0;
}

static struct remembered_query query_for(enum remembered_kind kind, const int *key)
{
	return (struct remembered_query){.kind = kind, .key = key, .key_size = sizeof(*key)};
}

static const char *find(enum remembered_kind kind, int key)
{
	struct remembered_query query = query_for(kind, &key);

	return remembered_find(remembered, &query);
}

/* As a look-up that took took_us in the database. Returns where the value is. */
static char *look_up(enum remembered_kind kind, int key, const char *value, int64_t took_us)
{
	struct remembered_query query = query_for(kind, &key);
	char *place;

	assert_null(remembered_find(remembered, &query));
	now_us += took_us;
	place = remembered_put(remembered, &query);
	if (place != NULL)
		memcpy(place, value, strlen(value) + 1);
	return place;
}

static void a_value_is_found_by_kind_and_key(void **state)
{
	(void)state;
	look_up(REMEMBERED_APP, 1, "app 1", 0);
	look_up(REMEMBERED_APP, 2, "app 2", 0);
	look_up(REMEMBERED_SETTING, 1, "setting 1", 0);
	assert_string_equal(find(REMEMBERED_APP, 1), "app 1");
	assert_string_equal(find(REMEMBERED_APP, 2), "app 2");
	assert_string_equal(find(REMEMBERED_SETTING, 1), "setting 1");
	assert_null(find(REMEMBERED_SETTING, 2));
}

static void its_age_counts_from_before_the_look_up(void **state)
{
	(void)state;
	look_up(REMEMBERED_APP, 1, "app 1", CLOCK_SECOND_US);
	now_us += MAX_AGE_US - CLOCK_SECOND_US;
	assert_string_equal(find(REMEMBERED_APP, 1), "app 1");
	now_us++;
	assert_null(find(REMEMBERED_APP, 1));
}

static bool is_wiped(const char *place, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (place[i] != 0)
			return false;
	return true;
}

static void a_tick_wipes_what_is_too_old(void **state)
{
	const char *old = look_up(REMEMBERED_APP, 1, "secret", 0), *young;

	(void)state;
	now_us++;
	young = look_up(REMEMBERED_APP, 2, "younger", 0);
	now_us += MAX_AGE_US - 1;
	remembered_wipe_old(remembered);
	assert_string_equal(old, "secret");
	now_us++;
	remembered_wipe_old(remembered);
	assert_true(is_wiped(old, sizeof("secret")));
	assert_string_equal(young, "younger");
}

static void a_change_wipes_everything(void **state)
{
	const char *place = look_up(REMEMBERED_APP, 1, "secret", 0);

	(void)state;
	n_changes++;
	assert_null(find(REMEMBERED_SETTING, 7));
	assert_true(is_wiped(place, sizeof("secret")));
	assert_non_null(look_up(REMEMBERED_APP, 1, "another", 0));
	assert_string_equal(find(REMEMBERED_APP, 1), "another");
}

static void what_was_read_before_a_change_is_not_kept(void **state)
{
	const int key = 1;
	struct remembered_query query = query_for(REMEMBERED_APP, &key);

	(void)state;
	assert_null(remembered_find(remembered, &query));
	n_changes++;
	assert_null(remembered_put(remembered, &query));
	/* Nor if another look-up has seen the change meanwhile. */
	assert_null(find(REMEMBERED_APP, 2));
	assert_null(remembered_put(remembered, &query));
}

static void a_new_value_leaves_nothing_of_the_old_one(void **state)
{
	char *place = look_up(REMEMBERED_APP, 1, "a long secret", 0);

	(void)state;
	now_us += MAX_AGE_US + 1;
	assert_ptr_equal(look_up(REMEMBERED_APP, 1, "short", 0), place);
	assert_string_equal(place, "short");
	assert_true(is_wiped(place + strlen("short"), sizeof("a long secret") - strlen("short")));
}

static void the_oldest_of_a_full_set_gives_way(void **state)
{
	int n_found = 0;

	(void)state;
	for (int i = 0; i < N_ENOUGH; i++, now_us++)
		look_up(REMEMBERED_KEY, i, "key", 0);
	for (int i = 0; i < N_ENOUGH; i++)
		n_found += find(REMEMBERED_KEY, i) != NULL;
	assert_in_range(n_found, 200, 300);
	for (int i = N_ENOUGH - 10; i < N_ENOUGH; i++)
		assert_non_null(find(REMEMBERED_KEY, i));
}

static void without_memory_nothing_is_kept(void **state)
{
	const int key = 1;
	struct remembered_query query = query_for(REMEMBERED_APP, &key);

	(void)state;
	assert_null(remembered_find(NULL, &query));
	assert_null(remembered_put(NULL, &query));
	remembered_wipe_old(NULL);
	remembered_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_value_is_found_by_kind_and_key),
		TEST(its_age_counts_from_before_the_look_up),
		TEST(a_tick_wipes_what_is_too_old),
		TEST(a_change_wipes_everything),
		TEST(what_was_read_before_a_change_is_not_kept),
		TEST(a_new_value_leaves_nothing_of_the_old_one),
		TEST(the_oldest_of_a_full_set_gives_way),
		TEST(without_memory_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
