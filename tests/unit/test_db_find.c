#include "unit.h"

#include "account_admin.h"
#include "arena.h"
#include "clock.h"
#include "conn.h"
#include "consent.h"
#include "db.h"
#include "login_refusal.h"
#include "logins.h"
#include "lookup_keys.h"
#include "mariadb.h"
#include "member.h"
#include "person_find.h"
#include "person_overview.h"
#include "str.h"
#include "user_find.h"
#include "whole_person.h"

/* Finds persons, shows them and lists users among many. */

/* Another number to measure with: WXUSER_TEST_USERS=1000000. Then each search must take less than
 * MOST_US. */
#define N_MANY 20000
#define MOST_US 50000
#define N_TIMES 20
#define N_PAGE 7

static int32_t other_tenant;

/* Many users of two tenants, so that a scan of all of them is dearer than an index. */
static int set_up(void **state)
{
	const char *wanted = getenv("WXUSER_TEST_USERS");
	const int n_many = wanted == NULL ? N_MANY : (int)strtol(wanted, NULL, 10);

	if (wanted != NULL) { /* else it takes hours to store them, in the order of no index */
		mariadb_options[0] = "--innodb-buffer-pool-size=1G";
		mariadb_options[1] = "--innodb-log-file-size=512M";
	}
	logins_open(state);
	lookup_keys_open();
	make_whole_person();
	other_tenant = add_tenant("other");
	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, name, phone_hash, unionid, "
	    "created_at) SELECT IF(seq %% 2, %d, %d), UNHEX(MD5(seq)), CONCAT('oMany', seq), "
	    "CONCAT(IF(seq %% 100, 'Many ', 'Some '), seq), UNHEX(SHA2(seq, 256)), "
	    "CONCAT('uMany', seq), '2026-01-01' + INTERVAL seq MINUTE FROM seq_1_to_%d",
		tenant, other_tenant, n_many);
	sql("INSERT INTO account (id, tenant_id, email, security_stamp, concurrency_stamp, "
	    "confirmed_phone_hash, confirmed_phone_at, created_at) SELECT UNHEX(MD5(seq)), %d, '', "
	    "UNHEX(MD5(seq)), UNHEX(MD5(seq)), UNHEX(SHA2(seq, 256)), UTC_TIMESTAMP(6), "
	    "UTC_TIMESTAMP(6) FROM seq_1_to_%d", tenant, n_many);
	sql("INSERT INTO member (tenant_id, row_uuid, name, phone, phone_hash, created_at) "
	    "SELECT %d, UNHEX(MD5(seq)), CONCAT('Many ', seq), '', UNHEX(SHA2(seq, 256)), "
	    "UTC_TIMESTAMP(6) FROM seq_1_to_%d", tenant, n_many);
	sql("INSERT INTO resident (tenant_id, row_uuid, wechat_user_id, name, phone, phone_hash, "
	    "region_code, created_at) SELECT tenant_id, row_uuid, id, name, '', phone_hash, 11, "
	    "UTC_TIMESTAMP(6) FROM wechat_user WHERE openid LIKE 'oMany%%'");
	sql("ANALYZE TABLE wechat_user, account, member, resident, app, account_alias");
	return 0;
}

static int tear_down(void **state)
{
	lookup_keys_close();
	return mariadb_close(state);
}

static int start_request(void **state)
{
	(void)state;
	db_end_request(test_db);
	return 0;
}

/* ---- What is found. */

static struct found_users found;

/* Returns the matches of the user of that openid; 0: it is not found. */
static unsigned matches_of(const char *openid)
{
	for (size_t i = 0; i < found.n_users; i++)
		if (found.users[i].openid != NULL && strcmp(found.users[i].openid, openid) == 0)
			return found.users[i].matches;
	return 0;
}

static void a_person_is_found_by_what_is_known(void **state)
{
	const int32_t id =
		(int32_t)sql_number("SELECT id FROM wechat_user WHERE openid = 'oWhole'");
	const int32_t member_id =
		(int32_t)sql_number("SELECT member_id FROM wechat_user WHERE openid = 'oWhole'");
	const char *unionid = arena_strdup(test_db->arena,
		sql_text("SELECT unionid FROM wechat_user WHERE openid = 'oWhole'"));

	(void)state;
	assert_int_equal(
		user_find_openid(test_db, tenant, "oWhole", &found), ERR_NONE);
	assert_int_equal(found.n_users, 1);
	assert_int_equal(found.users[0].id, id);
	assert_int_equal(found.users[0].state, USER_ACTIVE);
	assert_int_equal(found.users[0].matches, MATCHED_OPENID);
	assert_string_equal(found.users[0].appid, mini.appid);
	assert_string_equal(found.users[0].phone, WHOLE_PHONE);
	assert_true(found.users[0].login_us > 0);

	assert_int_equal(
		user_find_account(test_db, tenant, found.users[0].account_id, &found),
		ERR_NONE);
	assert_int_equal(found.n_users, 2);
	assert_int_equal(matches_of("oOther"), MATCHED_ID);
	assert_int_equal(user_find_id(test_db, tenant, id, &found), ERR_NONE);
	assert_int_equal(matches_of("oWhole"), MATCHED_ID);
	assert_int_equal(
		user_find_unionid(test_db, tenant, unionid, &found), ERR_NONE);
	assert_int_equal(matches_of("oWhole"), MATCHED_UNIONID);
	assert_int_equal(
		user_find_member(test_db, tenant, member_id, &found), ERR_NONE);
	assert_int_equal(matches_of("oWhole"), MATCHED_MEMBER);
}

static void an_id_of_a_system_before_finds_the_users_of_the_account(void **state)
{
	const char *external_id = arena_strdup(test_db->arena,
		sql_text("SELECT external_id FROM external_id WHERE tenant_id = %d", tenant));

	(void)state;
	assert_int_equal(
		user_find_external_id(test_db, tenant, external_id, &found), ERR_NONE);
	assert_int_equal(matches_of("oWhole"), MATCHED_EXTERNAL_ID);
	assert_int_equal(
		user_find_external_id(test_db, other_tenant, external_id, &found), ERR_NONE);
	assert_int_equal(found.n_users, 0);
}

static void a_phone_says_how_it_is_theirs(void **state)
{
	unsigned matches;

	(void)state;
	assert_int_equal(
		user_find_phone(test_db, tenant, WHOLE_PHONE, &found), ERR_NONE);
	matches = matches_of("oWhole");
	assert_true((matches & MATCHED_PROFILE_PHONE) != 0);
	assert_true((matches & MATCHED_CONFIRMED_PHONE) != 0);
	assert_true((matches & MATCHED_RESIDENT_PHONE) != 0);
	assert_true((matches & MATCHED_MEMBER_PHONE) == 0);
	assert_int_equal(
		user_find_phone(test_db, tenant, WHOLE_MEMBER_PHONE, &found), ERR_NONE);
	assert_int_equal(matches_of("oWhole"), MATCHED_MEMBER_PHONE);
	assert_int_equal(
		user_find_phone(test_db, other_tenant, WHOLE_PHONE, &found), ERR_NONE);
	assert_int_equal(found.n_users, 0);
}

/* Of the steps of a rotation, 3 is the one after all hashes were moved. */
static void a_phone_is_found_while_its_key_is_replaced(void **state)
{
	(void)state;
	for (int step = 1; step <= 2; step++) {
		lookup_keys_follow(step);
		a_phone_says_how_it_is_theirs(NULL);
	}
	lookup_keys_follow(0);
}

static void a_member_without_a_user_is_found(void **state)
{
	struct member_import_row row = {.member = {.name = "李四", .phone = "13700000001",
						.sex = MEMBER_KEEP, .card_state = CARD_VALID}};
	struct member_import import = {.tenant_id = tenant, .rows = &row, .n_rows = 1};

	(void)state;
	assert_int_equal(member_import(test_db, &import), ERR_NONE);
	assert_int_equal(
		user_find_phone(test_db, tenant, "13700000001", &found), ERR_NONE);
	assert_int_equal(found.n_users, 1);
	assert_int_equal(found.users[0].id, 0);
	assert_true(found.users[0].member_id > 0);
	assert_string_equal(found.users[0].name, "李四");
	assert_int_equal(found.users[0].matches, MATCHED_MEMBER_PHONE);
	assert_int_equal(user_find_name(test_db, tenant, "李", &found), ERR_NONE);
	assert_int_equal(found.n_users, 1);
	assert_int_equal(found.users[0].matches, MATCHED_MEMBER_NAME);
	sql("UPDATE member SET card_state = 2, void_phone_hash = phone_hash, phone_hash = NULL "
	    "WHERE name = '李四'");
	assert_int_equal(
		user_find_phone(test_db, tenant, "13700000001", &found), ERR_NONE);
	assert_int_equal(found.users[0].matches, MATCHED_VOID_CARD_PHONE);
}

static void a_name_is_found_by_its_beginning(void **state)
{
	(void)state;
	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, name, created_at) VALUES "
	    "(%d, UNHEX(MD5('a')), 'oPercent', '100%%_sure', UTC_TIMESTAMP(6)), "
	    "(%d, UNHEX(MD5('b')), 'oDigits', '1000 sure', UTC_TIMESTAMP(6)), "
	    "(%d, UNHEX(MD5('c')), 'oSlash', '1\\\\0', UTC_TIMESTAMP(6)), "
	    "(%d, UNHEX(MD5('d')), 'oEmoji', '小明😀', UTC_TIMESTAMP(6))",
		tenant, tenant, tenant, tenant);
	assert_int_equal(user_find_name(test_db, tenant, "100%_", &found), ERR_NONE);
	assert_int_equal(found.n_users, 1);
	assert_int_equal(matches_of("oPercent"), MATCHED_PROFILE_NAME);
	assert_int_equal(user_find_name(test_db, tenant, "1\\", &found), ERR_NONE);
	assert_int_equal(found.n_users, 1);
	assert_int_equal(matches_of("oSlash"), MATCHED_PROFILE_NAME);
	assert_int_equal(user_find_name(test_db, tenant, "小明", &found), ERR_NONE);
	assert_int_equal(found.n_users, 1);
	assert_int_equal(matches_of("oEmoji"), MATCHED_PROFILE_NAME);
	assert_int_equal(user_find_name(test_db, tenant, "Many 1111", &found), ERR_NONE);
	assert_int_equal(matches_of("oMany1111"), MATCHED_PROFILE_NAME | MATCHED_RESIDENT_NAME);
	assert_int_equal(user_find_name(test_db, tenant, "Many", &found), ERR_NONE);
	assert_true(found.n_users >= USER_FIND_MAX && found.n_users <= 3 * USER_FIND_MAX);
}

/* ---- The list. */

/* Goes through the pages and returns the number of users, who come by id, each once. */
static int count_listed(struct user_filter *filter, int32_t n_most)
{
	int32_t after_id = 0, last_id = 0;
	int n = 0;

	filter->tenant_id = tenant;
	do {
		assert_int_equal(user_list_page(test_db, filter, n_most, &after_id, &found),
			ERR_NONE);
		assert_true(found.n_users <= (size_t)n_most);
		for (size_t i = 0; i < found.n_users; i++) {
			assert_true(found.users[i].id > last_id);
			last_id = found.users[i].id;
		}
		n += (int)found.n_users;
		db_end_request(test_db);
	} while (after_id != 0);
	return n;
}

#define COUNT_USERS "SELECT COUNT(*) FROM wechat_user WHERE tenant_id = %d "

static void pages_have_all_users_once(void **state)
{
	struct user_filter all = {.state = -1}, of_app = {.app_id = mini.id, .state = -1};
	struct user_filter created = {
		.state = -1,
		.created_since_us = INT64_C(1767225600000000) + INT64_C(600) * 60 * 1000000,
		.created_before_us = INT64_C(1767225600000000) + INT64_C(1000) * 60 * 1000000,
	};

	(void)state;
	assert_int_equal(count_listed(&all, 1000), sql_number(COUNT_USERS, tenant));
	assert_int_equal(count_listed(&of_app, N_PAGE),
		sql_number(COUNT_USERS "AND app_id = %d", tenant, mini.id));
	assert_int_equal(count_listed(&created, N_PAGE), 200);
}

static void users_are_listed_by_state_and_login(void **state)
{
	struct user_filter filter = {0};

	(void)state;
	filter.state = USER_NEW;
	assert_int_equal(count_listed(&filter, 1000),
		sql_number(COUNT_USERS "AND account_id IS NULL", tenant));
	filter.state = USER_ACTIVE;
	assert_int_equal(count_listed(&filter, N_PAGE), 2);
	sql("UPDATE account SET is_active = 0 "
	    "WHERE id = (SELECT account_id FROM wechat_user WHERE openid = 'oWhole')");
	filter.state = USER_DISABLED;
	assert_int_equal(count_listed(&filter, N_PAGE), 2);
	sql("UPDATE account SET is_active = 1, lockout_end = UTC_TIMESTAMP(6) + INTERVAL 1 DAY "
	    "WHERE id = (SELECT account_id FROM wechat_user WHERE openid = 'oWhole')");
	filter.state = USER_LOCKED;
	assert_int_equal(count_listed(&filter, N_PAGE), 2);
	sql("UPDATE account SET lockout_end = NULL");
	sql("UPDATE wechat_user SET version = version + 1, is_closed = 1 WHERE openid = 'oOther'");
	filter.state = USER_CLOSED;
	assert_int_equal(count_listed(&filter, N_PAGE), 1);
	sql("UPDATE wechat_user SET version = version + 1, is_closed = 0 WHERE openid = 'oOther'");
	filter.state = -1;
	filter.login_since_us = 1;
	assert_int_equal(count_listed(&filter, N_PAGE), 2);
	filter.login_since_us = 0;
	filter.login_before_us = 1;
	assert_int_equal(
		count_listed(&filter, 1000), sql_number(COUNT_USERS, tenant) - 2);
}

/* ---- What is known of one. */

static struct person_overview overview;

static void look_at(const char *name)
{
	struct person person;

	assert_int_equal(person_find(test_db, name, &person), ERR_NONE);
	assert_int_equal(person_overview(test_db, &person, &overview), ERR_NONE);
}

static const struct overview_user *shown_user(const char *openid)
{
	for (size_t i = 0; i < overview.n_users; i++)
		if (strcmp(overview.users[i].openid, openid) == 0)
			return &overview.users[i];
	fail_msg("%s is not shown", openid);
	return NULL;
}

static const struct overview_phone *shown_phone(enum phone_holder holder)
{
	for (size_t i = 0; i < overview.n_phones; i++)
		if (overview.phones[i].holder == holder)
			return &overview.phones[i];
	fail_msg("no phone of holder %d is shown", (int)holder);
	return NULL;
}

static void a_person_is_shown_with_all_that_is_known(void **state)
{
	const struct overview_user *user;

	(void)state;
	look_at("oWhole");
	user = shown_user("oWhole");
	assert_int_equal(overview.n_users, 2);
	assert_int_equal(overview.tenant_id, tenant);
	assert_int_equal(overview.state, USER_ACTIVE);
	assert_int_equal(overview.disabled_us, 0);
	assert_true(overview.created_us > 0);
	assert_int_equal(overview.n_former_ids, 1);
	assert_string_equal(user->appid, mini.appid);
	assert_string_equal(user->phone, WHOLE_PHONE);
	assert_true(user->member_id > 0 && user->login_us > 0);
	assert_int_equal(user->revoked_us, 1714037059000000);
	assert_int_equal(shown_user("oOther")->revoked_us, 0);
	assert_int_equal(overview.n_unionids, 1);
	assert_string_equal(overview.unionids[0].unionid, "uWhole");
	assert_int_equal(overview.n_members, 1);
	assert_int_equal(overview.members[0].id, user->member_id);
	assert_string_equal(overview.members[0].name, "Card");
	assert_int_equal(overview.n_consents, 1);
	assert_string_equal(overview.consents[0].document, "privacy");
	assert_int_equal(overview.n_external_ids, 1);
	assert_string_equal(overview.external_ids[0].external_id, "ex张三丰");
	assert_int_equal(overview.n_merges, 1);
	assert_int_equal(overview.merges[0].undone_us, 0);
	assert_int_equal(overview.n_refusals, 1);
	assert_string_equal(overview.refusals[0].reason, "another client used the code");
}

static void each_phone_says_whose_it_is(void **state)
{
	(void)state;
	look_at("oWhole");
	assert_int_equal(overview.n_phones, 3);
	assert_string_equal(shown_phone(PHONE_OF_PROFILE)->number, WHOLE_PHONE);
	assert_int_equal(shown_phone(PHONE_OF_PROFILE)->id, shown_user("oWhole")->id);
	assert_true(shown_phone(PHONE_OF_PROFILE)->is_confirmed);
	assert_int_equal(shown_phone(PHONE_OF_RESIDENT)->id, shown_user("oWhole")->id);
	assert_true(shown_phone(PHONE_OF_RESIDENT)->is_confirmed);
	assert_string_equal(shown_phone(PHONE_OF_MEMBER)->number, WHOLE_MEMBER_PHONE);
	assert_int_equal(shown_phone(PHONE_OF_MEMBER)->id, overview.members[0].id);
	assert_false(shown_phone(PHONE_OF_MEMBER)->is_confirmed);
	assert_int_equal(overview.confirmed_by, PHONE_BY_SMS);
	assert_true(overview.confirmed_us > 0 && overview.confirmed_counts);
	sql("UPDATE account SET confirmed_phone_at = confirmed_phone_at - INTERVAL 400 DAY "
	    "WHERE id = (SELECT account_id FROM wechat_user WHERE openid = 'oWhole')");
	look_at("oWhole");
	assert_false(overview.confirmed_counts);
	sql("UPDATE account SET confirmed_phone_at = UTC_TIMESTAMP(6) "
	    "WHERE id = (SELECT account_id FROM wechat_user WHERE openid = 'oWhole')");
}

static int count_sessions(enum session_state session_state)
{
	int n = 0;

	for (size_t i = 0; i < overview.n_sessions; i++)
		n += overview.sessions[i].state == (int32_t)session_state;
	return n;
}

#define ITS_TOKENS                                                                              \
	"wechat_user_id IN (SELECT id FROM wechat_user WHERE openid IN ('oWhole', 'oOther'))"

static void logins_say_what_became_of_them(void **state)
{
	int n;

	(void)state;
	look_at("oWhole");
	n = count_sessions(SESSION_LIVE);
	assert_true(n > 0);
	assert_int_equal(overview.n_sessions, n);
	assert_int_equal(overview.n_tokens, 1);
	assert_int_equal(overview.tokens[0].n, n);
	assert_string_equal(overview.tokens[0].appid, mini.appid);
	assert_int_equal(overview.tokens[0].last_expires_us, overview.sessions[0].expires_us);
	sql("UPDATE access_token SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 DAY "
	    "WHERE " ITS_TOKENS);
	look_at("oWhole");
	assert_int_equal(count_sessions(SESSION_RENEWABLE), n);
	assert_int_equal(overview.n_tokens, 0);
	sql("UPDATE access_token SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 8 DAY "
	    "WHERE " ITS_TOKENS);
	look_at("oWhole");
	assert_int_equal(count_sessions(SESSION_EXPIRED), n);
	sql("UPDATE access_token SET expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR "
	    "WHERE " ITS_TOKENS);
}

static void it_is_told_since_when_a_person_is_disabled(void **state)
{
	struct account_ref ref;
	int64_t since_us;

	(void)state;
	assert_int_equal(account_find(test_db, "oWhole", &ref), ERR_NONE);
	assert_int_equal(account_disable(test_db, &ref), ERR_NONE);
	look_at("oWhole");
	since_us = overview.disabled_us;
	assert_int_equal(overview.state, USER_DISABLED);
	assert_true(since_us > 0);
	assert_int_equal(overview.n_tokens, 0);
	assert_true(count_sessions(SESSION_ENDED) > 0);
	assert_int_equal(count_sessions(SESSION_LIVE), 0);
	assert_int_equal(account_disable(test_db, &ref), ERR_NONE);
	look_at("oWhole");
	assert_int_equal(overview.disabled_us, since_us);

	/* As if it had been that of the account which was merged into it. */
	sql("UPDATE account a JOIN account_alias l ON l.account_id = a.id "
	    "JOIN account m ON m.id = l.alias SET m.disabled_at = a.disabled_at, "
	    "a.disabled_at = NULL");
	look_at("oWhole");
	assert_int_equal(overview.disabled_us, since_us);
	assert_int_equal(account_enable(test_db, &ref), ERR_NONE);
	look_at("oWhole");
	assert_int_equal(overview.state, USER_ACTIVE);
	assert_int_equal(overview.disabled_us, 0);
}

static void a_person_is_named_by_number_id_or_openid(void **state)
{
	char number[16], id[UUID_TEXT_SIZE];
	struct person person;
	struct account_ref ref;

	(void)state;
	look_at("oWhole");
	snprintf(number, sizeof(number), "%d", (int)shown_user("oWhole")->id);
	uuid_format(overview.account_id, id);
	assert_int_equal(account_find(test_db, number, &ref), ERR_NONE);
	assert_true(uuid_is_equal(ref.id, overview.account_id));
	assert_int_equal(account_find(test_db, id, &ref), ERR_NONE);
	assert_int_equal(account_find(test_db, overview.former_ids[0], &ref), ERR_NONE);
	assert_true(uuid_is_equal(ref.id, overview.account_id));
	look_at(number);
	assert_int_equal(overview.n_users, 2);
	person = (struct person){.tenant_id = tenant, .wechat_user_id = shown_user("oWhole")->id};
	assert_int_equal(person_overview(test_db, &person, &overview), ERR_NONE);
	assert_int_equal(overview.n_users, 2);
	person.tenant_id = other_tenant;
	assert_int_equal(person_overview(test_db, &person, &overview), ERR_USER_UNKNOWN);
	assert_int_equal(person_find(test_db, "0", &person), ERR_USER_UNKNOWN);
	assert_int_equal(person_find(test_db, "2147483647", &person), ERR_USER_UNKNOWN);
}

static void a_user_without_an_account_is_shown(void **state)
{
	char number[16];

	(void)state;
	snprintf(number, sizeof(number), "%lld",
		(long long)sql_number("SELECT id FROM wechat_user WHERE openid = 'oMany1111'"));
	look_at(number);
	assert_int_equal(overview.state, USER_NEW);
	assert_true(uuid_is_nil(overview.account_id));
	assert_int_equal(overview.n_users, 1);
	assert_string_equal(overview.users[0].openid, "oMany1111");
	assert_null(overview.users[0].appid);
	look_at("oMany1111");
	assert_int_equal(overview.n_users, 1);
}

static struct person_user told_user(const char *openid)
{
	struct person_user user;
	const int64_t id = sql_number("SELECT id FROM wechat_user WHERE openid = '%s'", openid);

	assert_int_equal(person_find_user(test_db, (int32_t)id, &user), ERR_NONE);
	assert_string_equal(user.openid, openid);
	return user;
}

static void a_user_is_told_with_the_app(void **state)
{
	struct person_user user = told_user("oWhole");

	(void)state;
	assert_int_equal(user.tenant_id, tenant);
	assert_int_equal(user.app_id, mini.id);
	assert_string_equal(user.appid, mini.appid);
	/* No app has named these. The tenant's first one counts, if there is one. */
	assert_int_equal(told_user("oMany1111").app_id,
		sql_number("SELECT MIN(id) FROM app WHERE tenant_id = %d", tenant));
	user = told_user("oMany1112");
	assert_int_equal(user.tenant_id, other_tenant);
	assert_int_equal(user.app_id, 0);
	assert_string_equal(user.appid, "");
	assert_int_equal(person_find_user(test_db, INT32_MAX, &user), ERR_USER_UNKNOWN);
}

/* ---- What the statements cost. */

/* Prints the mean and the least of some runs of a search, and returns the least, which does not
 * depend on what else the host does. The first run prepares statements. */
static int64_t measure(const char *name, enum err (*search)(void))
{
	int64_t sum_us = 0, least_us = INT64_MAX;

	for (int i = 0; i < N_TIMES; i++) {
		const int64_t begun_us = clock_monotonic_us();
		int64_t took_us;

		assert_int_equal(search(), ERR_NONE);
		took_us = clock_monotonic_us() - begun_us;
		db_end_request(test_db);
		if (i == 0)
			continue;
		sum_us += took_us;
		least_us = took_us < least_us ? took_us : least_us;
	}
	print_message("%-20s mean %6lld us, least %6lld us\n", name,
		(long long)(sum_us / (N_TIMES - 1)), (long long)least_us);
	return least_us;
}

static enum err search_phone(void)
{
	return user_find_phone(test_db, tenant, WHOLE_PHONE, &found);
}

static enum err search_name_of_many(void)
{
	return user_find_name(test_db, tenant, "Many", &found);
}

static enum err search_openid(void)
{
	return user_find_openid(test_db, tenant, "oMany1111", &found);
}

static enum err search_number(void)
{
	struct person_user user;

	return person_find_user(test_db,
		(int32_t)sql_number("SELECT MAX(id) FROM wechat_user"), &user);
}

static enum err search_account(void)
{
	return user_find_account(test_db, tenant, uuid_random(), &found);
}

static enum err show_person(void)
{
	struct person person;
	enum err err = person_find(test_db, "oWhole", &person);

	return err == ERR_NONE ? person_overview(test_db, &person, &overview) : err;
}

static enum err look_at_page(int32_t after_id, int32_t state)
{
	const struct user_filter filter = {.tenant_id = tenant, .state = state};

	return user_list_page(test_db, &filter, 50, &after_id, &found);
}

static enum err look_at_first_page(void)
{
	return look_at_page(0, -1);
}

static enum err look_at_last_page(void)
{
	return look_at_page(
		(int32_t)sql_number("SELECT MAX(id) - 200 FROM wechat_user"), -1);
}

static enum err look_for_a_rare_state(void)
{
	return look_at_page(0, USER_LOCKED);
}

static void each_search_is_quick(void **state)
{
	const bool is_measured = getenv("WXUSER_TEST_USERS") != NULL;
	const struct {
		const char *name;
		enum err (*search)(void);
	} searches[] = {
		{"phone", search_phone},
		{"name of many", search_name_of_many},
		{"openid", search_openid},
		{"number", search_number},
		{"account", search_account},
		{"all of a person", show_person},
		{"first page", look_at_first_page},
		{"last page", look_at_last_page},
		{"page of a rare state", look_for_a_rare_state},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(searches); i++)
		assert_true(measure(searches[i].name, searches[i].search) < MOST_US ||
			!is_measured);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_person_is_found_by_what_is_known, start_request),
		cmocka_unit_test_setup(
			an_id_of_a_system_before_finds_the_users_of_the_account, start_request),
		cmocka_unit_test_setup(a_phone_says_how_it_is_theirs, start_request),
		cmocka_unit_test_setup(a_phone_is_found_while_its_key_is_replaced, start_request),
		cmocka_unit_test_setup(a_member_without_a_user_is_found, start_request),
		cmocka_unit_test_setup(a_name_is_found_by_its_beginning, start_request),
		cmocka_unit_test_setup(pages_have_all_users_once, start_request),
		cmocka_unit_test_setup(users_are_listed_by_state_and_login, start_request),
		cmocka_unit_test_setup(a_person_is_shown_with_all_that_is_known, start_request),
		cmocka_unit_test_setup(each_phone_says_whose_it_is, start_request),
		cmocka_unit_test_setup(logins_say_what_became_of_them, start_request),
		cmocka_unit_test_setup(it_is_told_since_when_a_person_is_disabled, start_request),
		cmocka_unit_test_setup(a_person_is_named_by_number_id_or_openid, start_request),
		cmocka_unit_test_setup(a_user_without_an_account_is_shown, start_request),
		cmocka_unit_test_setup(a_user_is_told_with_the_app, start_request),
		cmocka_unit_test_setup(each_search_is_quick, start_request),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
