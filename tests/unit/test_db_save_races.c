#include "unit.h"

#include <stdio.h>

#include "db.h"
#include "erasure.h"
#include "logins.h"
#include "mariadb.h"
#include "rivals.h"
#include "wechat_user.h"

/* What others do between the SELECT of a save and its UPDATE or INSERT. */

static struct account saved;
static char openid[32];

static int have_user(void **state)
{
	static int n;

	(void)state;
	snprintf(openid, sizeof(openid), "oSaved%d", ++n);
	saved = log_in(&mini, openid, NULL);
	return 0;
}

static enum err save_named(const char *name, int32_t member_id, int32_t *id_r)
{
	const struct principal server = server_of(tenant);
	const struct wechat_user user = {.openid = openid, .name = name, .member_id = member_id};

	return wechat_user_save(test_db, &server, &user, id_r);
}

static void save(const char *name)
{
	int32_t id;

	assert_int_equal(save_named(name, 0, &id), ERR_NONE);
	assert_int_equal(id, saved.wechat_user_id);
}

/* Asserts that the user is "name/avatar/user_set", and how often the account has changed. */
static void check(const char *user, int n_changes)
{
	assert_string_equal(sql_text("SELECT CONCAT_WS('/', name, avatar, user_set) "
				     "FROM wechat_user WHERE openid = '%s'", openid), user);
	assert_int_equal(
		sql_number("SELECT entity_version FROM account WHERE id = "
			   "(SELECT account_id FROM wechat_user WHERE openid = '%s')", openid),
		n_changes);
}

static void change_avatar(void)
{
	sql("UPDATE wechat_user SET version = version + 1, avatar = 'https://a', user_set = 2 "
	    "WHERE openid = '%s'", openid);
}

static void test_a_change_meanwhile_stays(void **state)
{
	(void)state;
	interrupt(2, change_avatar);
	save("Ming");
	check("Ming/https://a/3", 1);
}

static void change_avatar_and_keep_version(void)
{
	sql("UPDATE wechat_user SET avatar = 'https://a', user_set = 2 WHERE openid = '%s'",
		openid);
}

/* As the release before does. */
static void test_a_change_without_a_version_stays_too(void **state)
{
	(void)state;
	interrupt(2, change_avatar_and_keep_version);
	save("Ming");
	check("Ming/https://a/3", 1);
}

static void change_name(void)
{
	sql("UPDATE wechat_user SET version = version + 1, name = 'Ming', user_set = 1 "
	    "WHERE openid = '%s'", openid);
}

static void test_what_another_has_saved_changes_nothing(void **state)
{
	(void)state;
	interrupt(2, change_name);
	save("Ming");
	check("Ming//1", 0);
}

static void move_to_another_account(void)
{
	struct account other;
	char name[40];

	snprintf(name, sizeof(name), "%s-other", openid);
	other = log_in(&official, name, NULL);
	sql("UPDATE wechat_user SET version = version + 1, "
	    "account_id = UNHEX(REPLACE('%s', '-', '')) WHERE openid = '%s'", other.id, openid);
}

static void test_the_account_that_has_the_user_changes(void **state)
{
	(void)state;
	interrupt(2, move_to_another_account);
	save("Ming");
	check("Ming//1", 1);
	assert_int_equal(sql_number("SELECT entity_version FROM account "
				    "WHERE id = UNHEX(REPLACE('%s', '-', ''))", saved.id), 0);
}

static int32_t new_member;

static void bind(void)
{
	sql("INSERT INTO member (tenant_id, row_uuid, phone, created_at) "
	    "VALUES (%d, REPEAT('m', 16), '', UTC_TIMESTAMP(6)); "
	    "UPDATE wechat_user SET version = version + 1, member_id = LAST_INSERT_ID() "
	    "WHERE openid = '%s'", tenant, openid);
	new_member = (int32_t)sql_number("SELECT MAX(id) FROM member");
}

static void test_a_binding_meanwhile_is_seen(void **state)
{
	int32_t id;

	(void)state;
	bind();
	sql("UPDATE wechat_user SET member_id = NULL WHERE openid = '%s'", openid);
	interrupt(2, bind);
	assert_int_equal(save_named("Ming", new_member, &id), ERR_MEMBER_ID_FIXED);
	assert_int_equal(save_named("Ming", new_member, &id), ERR_NONE);
	check("Ming//1", 1);
}

static void erase(void)
{
	const struct erasure erasure = {
		.tenant_id = tenant, .app_id = mini.id, .appid = mini.appid, .openid = openid,
		.actor = "test",
	};
	struct db *db = db_new(test_conf, test_keys);
	struct erased erased;

	assert_int_equal(erasure_run(db, &erasure, &erased), ERR_NONE);
	assert_true(erased.is_found);
	db_free(db);
}

static void test_an_erased_user_is_a_new_one(void **state)
{
	int32_t id;

	(void)state;
	interrupt(2, erase);
	assert_int_equal(save_named("Ming", 0, &id), ERR_NONE);
	assert_int_not_equal(id, saved.wechat_user_id);
	assert_int_equal(sql_number("SELECT id FROM wechat_user WHERE openid = '%s'", openid), id);
}

static void test_an_erased_user_is_unknown_by_id(void **state)
{
	const struct principal server = server_of(tenant);
	const struct wechat_user user = {.id = saved.wechat_user_id, .name = "Ming"};
	int32_t id;

	(void)state;
	interrupt(2, erase);
	assert_int_equal(wechat_user_save(test_db, &server, &user, &id), ERR_USER_UNKNOWN);
}

static void insert_with_avatar(void)
{
	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, avatar, user_set, created_at) "
	    "VALUES (%d, REPEAT('r', 16), '%s', 'https://a', 2, UTC_TIMESTAMP(6))", tenant, openid);
}

static void test_a_user_who_comes_meanwhile_is_updated(void **state)
{
	int32_t id;

	(void)state;
	snprintf(openid, sizeof(openid), "oComes");
	interrupt(2, insert_with_avatar);
	assert_int_equal(save_named("Ming", 0, &id), ERR_NONE);
	assert_int_equal(sql_number("SELECT id FROM wechat_user WHERE openid = 'oComes'"), id);
	check("Ming/https://a/3", 0);
}

/* The UPDATE may have run, so it is not sent again, and neither is the transaction. */
static void test_an_answer_that_is_lost(void **state)
{
	int32_t id;

	(void)state;
	lose_answer(2);
	assert_int_equal(save_named("Ming", 0, &id), ERR_BUSY);
	check("Ming//1", 1);
	assert_int_equal(sql_number("SELECT version FROM wechat_user WHERE openid = '%s'",
				 openid), 1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup(test, have_user)
	const struct CMUnitTest tests[] = {
		TEST(test_a_change_meanwhile_stays),
		TEST(test_a_change_without_a_version_stays_too),
		TEST(test_what_another_has_saved_changes_nothing),
		TEST(test_the_account_that_has_the_user_changes),
		TEST(test_a_binding_meanwhile_is_seen),
		TEST(test_an_erased_user_is_a_new_one),
		TEST(test_an_erased_user_is_unknown_by_id),
		TEST(test_a_user_who_comes_meanwhile_is_updated),
		TEST(test_an_answer_that_is_lost),
	};

	return cmocka_run_group_tests_name("db_save_races", tests, logins_open, mariadb_close);
}
