#include "unit.h"

#include "arena.h"
#include "community.h"
#include "conn.h"
#include "db.h"
#include "logins.h"
#include "mariadb.h"
#include "transaction.h"

#define N_RACERS 16
#define SAYS_NOTHING                                                                            \
	.region_level = COMMUNITY_KEEP, .organisation_level = COMMUNITY_KEEP,                   \
	.business_type = COMMUNITY_KEEP, .unit_type = COMMUNITY_KEEP

static struct community_import import_of(const struct community *communities, size_t n)
{
	return (struct community_import){
		.tenant_id = tenant, .communities = communities, .n_communities = n};
}

enum { SAME, CHANGED, ADDED };

/* What the row does: ADDED, CHANGED or SAME; a dry run says the same and does nothing. */
static int put(const struct community *community)
{
	struct community_import look = import_of(community, 1), import = look;

	look.is_dry_run = true;
	assert_int_equal(community_import(test_db, &look), ERR_NONE);
	assert_int_equal(community_import(test_db, &look), ERR_NONE);
	assert_int_equal(community_import(test_db, &import), ERR_NONE);
	assert_int_equal(look.n_added, import.n_added);
	assert_int_equal(look.n_changed, import.n_changed);
	assert_true(import.n_added + import.n_changed <= 1);
	return import.n_added > 0 ? ADDED : import.n_changed > 0 ? CHANGED : SAME;
}

static struct community stored(const char *name)
{
	struct community_list list;

	assert_int_equal(community_list(test_db, tenant, 0, &list), ERR_NONE);
	for (size_t i = 0; i < list.n_communities; i++) {
		if (strcmp(list.communities[i].name, name) == 0)
			return list.communities[i];
	}
	fail_msg("%s is not there", name);
	return (struct community){0};
}

static void test_what_is_not_said_has_its_default(void **state)
{
	const struct community of_county = {.name = "county", .region_code = 430102, SAYS_NOTHING};
	const struct community of_nowhere = {.name = "nowhere", .organisation = "org",
		SAYS_NOTHING};
	struct community community;

	(void)state;
	assert_int_equal(put(&of_county), ADDED);
	assert_int_equal(put(&of_county), SAME);
	community = stored("county");
	assert_int_equal(community.region_code, 430102);
	assert_int_equal(community.region_level, 3);
	assert_string_equal(community.organisation, "");
	assert_int_equal(community.unit_type, COMMUNITY_KEEP);
	assert_int_equal(put(&of_nowhere), ADDED);
	assert_int_equal(put(&of_nowhere), SAME);
	community = stored("nowhere");
	assert_int_equal(community.region_code, 0);
	assert_int_equal(community.region_level, 0);
	assert_string_equal(community.organisation, "org");
	assert_int_equal(community.organisation_level, 0);
	assert_int_equal(community.business_type, 0);
	assert_int_equal(community.unit_type, 1);
}

static void test_what_is_said_is_changed(void **state)
{
	const struct community of_county = {
		.name = "renamed", .region_code = 430102, .region_level = 1, .organisation = "org",
		.organisation_level = 2, .business_type = 7, .unit_type = 9,
	};
	const struct community name_alone = {
		.name = "again", .region_code = 430102, SAYS_NOTHING,
	};
	const struct community other_unit = {
		.name = "again", .region_code = 430102, .organisation = "org",
		.region_level = COMMUNITY_KEEP, .organisation_level = COMMUNITY_KEEP,
		.business_type = COMMUNITY_KEEP, .unit_type = 8,
	};
	const struct community without = {
		.name = "again", .region_code = 430102, .organisation = "", SAYS_NOTHING,
	};
	struct community community;

	(void)state;
	assert_int_equal(put(&of_county), CHANGED);
	assert_int_equal(put(&of_county), SAME);
	assert_int_equal(put(&name_alone), CHANGED);
	assert_int_equal(put(&name_alone), SAME);
	community = stored("again");
	assert_int_equal(community.region_level, 1);
	assert_string_equal(community.organisation, "org");
	assert_int_equal(community.organisation_level, 2);
	assert_int_equal(community.business_type, 7);
	assert_int_equal(community.unit_type, 9);
	assert_int_equal(stored("nowhere").unit_type, 9);
	assert_int_equal(put(&other_unit), CHANGED);
	assert_int_equal(stored("nowhere").unit_type, 8);
	assert_int_equal(put(&other_unit), SAME);
	assert_int_equal(put(&without), CHANGED);
	assert_int_equal(put(&without), SAME);
	assert_string_equal(stored("again").organisation, "");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM community"), 2);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM organisation"), 1);
}

/* Statements of an import of n rows that are stored so. */
static int64_t n_asked(const struct community *communities, size_t n)
{
	static const char asked[] = "SELECT variable_value FROM information_schema.global_status "
				    "WHERE variable_name = 'Com_stmt_execute'";
	struct community_import import = import_of(communities, n);
	const int64_t n_before = sql_number(asked);

	assert_int_equal(community_import(test_db, &import), ERR_NONE);
	assert_int_equal(import.n_added + import.n_changed, 0);
	return sql_number(asked) - n_before;
}

static void test_a_row_that_is_stored_already_is_looked_up_once(void **state)
{
	const struct community two[] = {
		{.name = "again", .region_code = 430102, SAYS_NOTHING},
		{.name = "nowhere", .organisation = "org", SAYS_NOTHING},
	};

	(void)state;
	assert_int_equal(n_asked(two, 2), n_asked(two, 1) + 1);
}

static void test_all_or_none(void **state)
{
	char long_name[66];
	const struct community two[] = {
		{.name = "first", .organisation = "new", SAYS_NOTHING},
		{.name = long_name, SAYS_NOTHING},
	};

	struct community_import import = import_of(two, N_OF(two));

	(void)state;
	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(community_import(test_db, &import), ERR_INTERNAL);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM community"), 2);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM organisation"), 1);
}

static enum err join(struct db *db, void *ctx)
{
	const struct region region = {.code = 430102, .level = 3, .chain = {{43, "P"}}};

	return community_of_region(db, tenant, &region, ctx);
}

static void test_a_resident_joins_what_is_there(void **state)
{
	int64_t id;

	(void)state;
	assert_int_equal(transaction_run(test_db, join, &id), ERR_NONE);
	assert_int_equal(id, stored("again").id);
}

static void test_another_tenant_has_its_own(void **state)
{
	const struct community same = {
		.name = "theirs", .region_code = 430102, .organisation = "org", SAYS_NOTHING,
	};
	int32_t other = add_tenant("two");
	struct community_import import = import_of(&same, 1);
	struct community_list list;

	(void)state;
	import.tenant_id = other;
	assert_int_equal(community_import(test_db, &import), ERR_NONE);
	assert_int_equal(community_list(test_db, other, 0, &list), ERR_NONE);
	assert_int_equal(list.n_communities, 1);
	assert_int_equal(list.communities[0].unit_type, 1);
	assert_string_equal(stored("again").organisation, "");
}

static int put_new(int index)
{
	const struct community same = {
		.name = "race", .region_code = 43, .organisation = "raced", SAYS_NOTHING,
	};

	struct community_import import = import_of(&same, 1);

	(void)index;
	return community_import(test_db, &import) == ERR_NONE ? 0 : 1;
}

static void test_parallel_puts_make_one(void **state)
{
	(void)state;
	assert_int_equal(mariadb_race(N_RACERS, put_new), N_RACERS);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM community WHERE region_code = 43"), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM organisation WHERE name = 'raced'"), 1);
}

static void test_a_long_list_comes_in_pieces(void **state)
{
	int64_t last_id = 0;
	size_t n = 0;
	struct community_list list;

	(void)state;
	sql("INSERT INTO community (tenant_id, name, created_at) "
	    "SELECT %d, seq, UTC_TIMESTAMP(6) FROM seq_1_to_2500", tenant);
	do {
		assert_int_equal(community_list(test_db, tenant, last_id, &list), ERR_NONE);
		for (size_t i = 0; i < list.n_communities; i++) {
			assert_true(list.communities[i].id > last_id);
			last_id = list.communities[i].id;
		}
		n += list.n_communities;
	} while (list.n_communities > 0);
	assert_int_equal(n, sql_number("SELECT COUNT(*) FROM community WHERE tenant_id = %d",
				    tenant));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_not_said_has_its_default),
		cmocka_unit_test(test_what_is_said_is_changed),
		cmocka_unit_test(test_a_row_that_is_stored_already_is_looked_up_once),
		cmocka_unit_test(test_all_or_none),
		cmocka_unit_test(test_a_resident_joins_what_is_there),
		cmocka_unit_test(test_another_tenant_has_its_own),
		cmocka_unit_test(test_parallel_puts_make_one),
		cmocka_unit_test(test_a_long_list_comes_in_pieces),
	};

	return cmocka_run_group_tests(tests, logins_open, mariadb_close);
}
