#include "unit.h"

#include "mariadb.h"
#include "region.h"

#define N_VILLAGES 950

static void test_codes(void **state)
{
	static const struct {
		int64_t code;
		int level;
		int64_t parents[REGION_N_LEVELS];
	} rows[] = {
		{11, 1, {11}},
		{99, 1, {99}},
		{4301, 2, {43, 4301}},
		{430102, 3, {43, 4301, 430102}},
		{430102001, 4, {43, 4301, 430102, 430102001}},
		{430102001002, 5, {43, 4301, 430102, 430102001, 430102001002}},
		{0, 0, {0}},
		{-11, 0, {0}},
		{9, 0, {0}},
		{100, 0, {0}},
		{999, 0, {0}},
		{10000, 0, {0}},
		{4301020, 0, {0}},
		{43010200, 0, {0}},
		{4301020010, 0, {0}},
		{43010200100, 0, {0}},
		{1000000000000, 0, {0}},
		{INT64_MAX, 0, {0}},
		{INT64_MIN, 0, {0}},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_int_equal(region_level(rows[i].code), rows[i].level);
		for (int level = 1; level <= REGION_N_LEVELS; level++)
			assert_int_equal(region_at_level(rows[i].code, level),
				rows[i].parents[level - 1]);
	}
}

static int forget_all(void **state)
{
	(void)state;
	sql("DELETE FROM region");
	return 0;
}

static enum err bring(
	const struct region_row *rows, size_t n_rows, struct region_import *import_r)
{
	*import_r = (struct region_import){.rows = rows, .n_rows = n_rows};
	return region_import(test_db, import_r);
}

static const struct region_row branch[] = {
	{43, "湖南省"},
	{4301, "长沙市"},
	{430102, "芙蓉区"},
	{430102001, "文艺路街道"},
	{430102001002, "𠮷社区居委会"},
};

static void test_branch(void **state)
{
	struct region_import import;

	(void)state;
	assert_int_equal(bring(branch, 5, &import), ERR_NONE);
	assert_int_equal(import.n_added, 5);
	assert_int_equal(import.n_renamed, 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM region"), 5);
	assert_int_equal(sql_number("SELECT SUM(code * level) FROM region"),
		43 + 4301 * 2 + 430102 * 3 + 430102001 * 4 + 430102001002 * 5);
	assert_string_equal(
		sql_text("SELECT name FROM region WHERE code = 430102001002"), "𠮷社区居委会");
}

static void test_again(void **state)
{
	struct region_import import;

	(void)state;
	assert_int_equal(bring(branch, 5, &import), ERR_NONE);
	assert_int_equal(bring(branch, 5, &import), ERR_NONE);
	assert_int_equal(import.n_added, 0);
	assert_int_equal(import.n_renamed, 0);
}

/* A name that differs in its case or its blanks at the end alone is another name. */
static void test_rename(void **state)
{
	static const struct region_row others[] = {{43, "湖南省 "}, {4301, "长沙市"}};
	struct region_import import;

	(void)state;
	assert_int_equal(bring(branch, 5, &import), ERR_NONE);
	assert_int_equal(bring(others, 2, &import), ERR_NONE);
	assert_int_equal(import.n_added, 0);
	assert_int_equal(import.n_renamed, 1);
	assert_string_equal(sql_text("SELECT name FROM region WHERE code = 43"), "湖南省 ");
	assert_string_equal(sql_text("SELECT name FROM region WHERE code = 430102"), "芙蓉区");
}

static void test_dry_run(void **state)
{
	static const struct region_row others[] = {{43, "湖南"}, {4302, "株洲市"}, {430102, "芙蓉区"}};
	struct region_import import = {.rows = others, .n_rows = 3, .is_dry_run = true};
	bool is_stored;

	(void)state;
	assert_int_equal(bring(branch, 5, &(struct region_import){0}), ERR_NONE);
	assert_int_equal(region_import(test_db, &import), ERR_NONE);
	assert_int_equal(import.n_added, 1);
	assert_int_equal(import.n_renamed, 1);
	assert_string_equal(sql_text("SELECT name FROM region WHERE code = 43"), "湖南省");
	assert_int_equal(region_is_stored(test_db, 4302, &is_stored), ERR_NONE);
	assert_false(is_stored);
	assert_int_equal(region_is_stored(test_db, 4301, &is_stored), ERR_NONE);
	assert_true(is_stored);
}

static void test_parent_below_it(void **state)
{
	static const struct region_row rows[] = {{4301, "长沙市"}, {43, "湖南省"}};
	struct region_import import;

	(void)state;
	assert_int_equal(bring(rows, 2, &import), ERR_NONE);
	assert_int_equal(import.n_added, 2);
}

static void test_orphan(void **state)
{
	static const struct region_row rows[] = {
		{43, "湖南省"}, {4301, "长沙市"}, {440305, "南山区"}};
	struct region_import import;

	(void)state;
	assert_int_equal(bring(rows, 3, &import), ERR_PARAMETER);
	assert_int_equal(import.orphan, 2);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM region"), 0);
}

static void test_many(void **state)
{
	static struct region_row rows[4 + N_VILLAGES];
	struct region_import import;

	(void)state;
	memcpy(rows, branch, 4 * sizeof(rows[0]));
	for (int i = 0; i < N_VILLAGES; i++)
		rows[4 + i] = (struct region_row){430102001001 + i, "村委会"};
	assert_int_equal(bring(rows, 4 + N_VILLAGES - 100, &import), ERR_NONE);
	assert_int_equal(import.n_added, 4 + N_VILLAGES - 100);
	assert_int_equal(bring(rows, 4 + N_VILLAGES, &import), ERR_NONE);
	assert_int_equal(import.n_added, 100);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM region"), 4 + N_VILLAGES);

	rows[4 + N_VILLAGES - 1].code = 430103001001;
	assert_int_equal(bring(rows, 4 + N_VILLAGES, &import), ERR_PARAMETER);
	assert_int_equal(import.orphan, 4 + N_VILLAGES - 1);
}

static void test_name_too_long(void **state)
{
	char name[4 * (REGION_NAME_MAX + 1) + 1] = "";
	const struct region_row row = {43, name};
	struct region_import import;

	(void)state;
	for (int i = 0; i < REGION_NAME_MAX; i++)
		memcpy(name + 4 * i, "𠮷", 4);
	assert_int_equal(bring(&row, 1, &import), ERR_NONE);
	assert_string_equal(sql_text("SELECT name FROM region"), name);
	memcpy(name + (4 * REGION_NAME_MAX), "𠮷", 4);
	assert_int_equal(bring(&row, 1, &import), ERR_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
		cmocka_unit_test_setup(test_branch, forget_all),
		cmocka_unit_test_setup(test_again, forget_all),
		cmocka_unit_test_setup(test_rename, forget_all),
		cmocka_unit_test_setup(test_dry_run, forget_all),
		cmocka_unit_test_setup(test_parent_below_it, forget_all),
		cmocka_unit_test_setup(test_orphan, forget_all),
		cmocka_unit_test_setup(test_many, forget_all),
		cmocka_unit_test_setup(test_name_too_long, forget_all),
	};

	return cmocka_run_group_tests_name("db_region_import", tests, mariadb_open, mariadb_close);
}
