#include "unit.h"

#include "arena.h"
#include "authorization.h"
#include "captured_log.h"
#include "conn.h"
#include "logins.h"
#include "mariadb.h"
#include "member.h"
#include "member_binding.h"
#include "retention.h"
#include "setting.h"
#include "token_renewal.h"

/* Days ago, where a setting is 400. A person may have used tokens for 91 days unseen. */
#define OLD 401
#define YOUNG 399
#define OLD_PERSON (OLD + 91)
#define YOUNG_PERSON (YOUNG + 91)

static struct arena *arena;
static int n_persons;

/* A member whose sealed phone opens in each copy with the same row_uuid. */
static void make_template(void)
{
	const struct principal server = server_of(tenant);
	const struct member member = {.name = "Card", .phone = "13800000001"};
	const struct account holder = log_in(&mini, "oHolder", NULL);
	int32_t id;

	db_set_arena(test_db, arena);
	assert_int_equal(
		member_create(test_db, &server, holder.wechat_user_id, &member, &id), ERR_NONE);
	sql("CREATE TABLE template AS SELECT tenant_id, row_uuid, phone FROM member");
	sql("UPDATE wechat_user SET member_id = NULL, is_only_user = NULL");
	sql("DELETE FROM member");
}

static int set_up(void **state)
{
	logins_open(state);
	arena = arena_new(1 << 20);
	make_template();
	return 0;
}

static int tear_down(void **state)
{
	arena_free(arena);
	return mariadb_close(state);
}

static int begin(void **state)
{
	static const char *const tables[] = {
		"resident", "access_token", "account_conflict", "merge_log", "consent",
		"wechat_user",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		sql("DELETE FROM %s", tables[i]);
	sql("DELETE FROM setting WHERE name LIKE 'retain%%'");
	sql("DELETE FROM retention");
	return 0;
}

static void keep(const char *setting, const char *days)
{
	assert_int_equal(setting_set(test_db, tenant, setting, days), ERR_NONE);
	sql("DELETE FROM retention");
}

/* All steps of the runs that are due. */
static int64_t remove_old(void)
{
	int64_t n_removed = 0, n;
	bool is_over;

	do {
		db_set_arena(test_db, arena);
		assert_int_equal(retention_step(test_db, &n, &is_over), ERR_NONE);
		n_removed += n;
	} while (!is_over);
	arena_reset(arena);
	return n_removed;
}

/* A person who has last logged in so many days ago. */
static struct account person_of(const struct app *app, int days_ago)
{
	char openid[32];
	struct account account;

	snprintf(openid, sizeof(openid), "oPerson%d", n_persons++);
	account = log_in(app, openid, NULL);
	sql("UPDATE wechat_user SET changed_at = UTC_TIMESTAMP(6) - INTERVAL %d DAY, created_at = "
	    "changed_at, exchanged_at = changed_at, session_at = changed_at WHERE id = %d",
		days_ago, account.wechat_user_id);
	sql("UPDATE account SET created_at = UTC_TIMESTAMP(6) - INTERVAL %d DAY, modified_at = "
	    "NULL "
	    "WHERE id = UNHEX(REPLACE('%s', '-', ''))",
		days_ago, account.id);
	return account;
}

static bool is_there(const struct account *account)
{
	return sql_number("SELECT COUNT(*) FROM wechat_user WHERE id = %d",
		       account->wechat_user_id) == 1;
}

static void what_no_setting_names_is_kept(void **state)
{
	const struct account old = person_of(&mini, 5000);

	(void)state;
	assert_int_equal(remove_old(), 0);
	keep("retain_inactive_days", "0");
	assert_int_equal(remove_old(), 0);
	assert_true(is_there(&old));
	assert_int_equal(sql_number("SELECT COUNT(*) FROM retention"), 0);
}

static void a_person_who_stays_away_is_erased(void **state)
{
	const struct account old = person_of(&mini, OLD_PERSON),
			     young = person_of(&mini, YOUNG_PERSON);

	(void)state;
	keep("retain_inactive_days", "400");
	assert_int_equal(remove_old(), 1);
	assert_false(is_there(&old));
	assert_true(is_there(&young));
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE action = 'user.erase' "
				    "AND actor = 'retention'"),
		1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM tombstone"), 1);
}

/* The id of the user follows. */
static void each_use_keeps_a_person(void **state)
{
	static const char *const uses[] = {
		"UPDATE wechat_user SET exchanged_at = UTC_TIMESTAMP(6) WHERE id = ",
		"UPDATE wechat_user SET session_at = UTC_TIMESTAMP(6) WHERE id = ",
		"UPDATE wechat_user SET changed_at = UTC_TIMESTAMP(6) WHERE id = ",
		"UPDATE wechat_user SET is_following = 1 WHERE id = ",
		"UPDATE account a JOIN wechat_user u ON u.account_id = a.id SET a.modified_at = "
		"UTC_TIMESTAMP(6) WHERE u.id = ",
		"UPDATE account a JOIN wechat_user u ON u.account_id = a.id SET a.is_active = 0 "
		"WHERE u.id = ",
		"UPDATE account a JOIN wechat_user u ON u.account_id = a.id SET a.is_deleted = 1 "
		"WHERE u.id = ",
		"UPDATE account a JOIN wechat_user u ON u.account_id = a.id SET a.lockout_end = "
		"UTC_TIMESTAMP(6) + INTERVAL 1 HOUR WHERE u.id = ",
		"UPDATE account a JOIN wechat_user u ON u.account_id = a.id SET a.lockout_end = "
		"UTC_TIMESTAMP(6) - INTERVAL 1 HOUR WHERE u.id = ",
		"UPDATE account a JOIN wechat_user u ON u.account_id = a.id SET a.erases_at = "
		"UTC_TIMESTAMP(6) + INTERVAL 1 HOUR WHERE u.id = ",
		"INSERT INTO resident (tenant_id, row_uuid, wechat_user_id, name, phone, "
	        "phone_hash, "
		"region_code, created_at, modified_at) SELECT tenant_id, '', id, '', '', '', 11, "
		"created_at, UTC_TIMESTAMP(6) FROM wechat_user WHERE id = ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		const struct account account = person_of(&mini, OLD_PERSON);

		sql("SET STATEMENT sql_mode = '' FOR %s%d", uses[i], account.wechat_user_id);
		keep("retain_inactive_days", "400");
		assert_int_equal(remove_old(), 0);
		assert_true(is_there(&account));
	}
}

static void days_pass(int days)
{
	sql("UPDATE wechat_user JOIN (SELECT %d AS n) d SET changed_at = changed_at - INTERVAL n "
	    "DAY, created_at = created_at - INTERVAL n DAY, exchanged_at = exchanged_at - INTERVAL "
	    "n DAY, session_at = session_at - INTERVAL n DAY",
		days);
	sql("UPDATE account JOIN (SELECT %d AS n) d SET created_at = created_at - INTERVAL n DAY, "
	    "modified_at = modified_at - INTERVAL n DAY",
		days);
	sql("UPDATE access_token JOIN (SELECT %d AS n) d SET began_at = began_at - INTERVAL n DAY, "
	    "issued_at = issued_at - INTERVAL n DAY, expires_at = expires_at - INTERVAL n DAY, "
	    "rotated_at = rotated_at - INTERVAL n DAY",
		days);
	db_set_arena(test_db, arena);
	assert_int_equal(token_purge(test_db), ERR_NONE);
}

static void renew(struct access_token *token)
{
	struct principal principal = {0};
	struct access_token next;

	db_set_arena(test_db, arena);
	assert_int_equal(token_renew(test_db, token->text, &next, &principal), ERR_NONE);
	*token = next;
}

/* A renewal is stored in the token alone, which is purged long before the person counts as away. */
static void renewals_keep_a_person(void **state)
{
	const struct account account = person_of(&mini, 0);
	struct access_token token;

	(void)state;
	db_set_arena(test_db, arena);
	assert_int_equal(token_issue(test_db, tenant, account.wechat_user_id, &token), ERR_NONE);
	for (int day = 0; day < 84; day += 7) {
		days_pass(7);
		renew(&token);
	}
	days_pass(29);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM access_token WHERE wechat_user_id = %d",
				 account.wechat_user_id),
		0);
	keep("retain_inactive_days", "30");
	assert_int_equal(remove_old(), 0);
	assert_true(is_there(&account));
	days_pass(9);
	keep("retain_inactive_days", "30");
	assert_int_equal(remove_old(), 1);
	assert_false(is_there(&account));
}

/* The unionid is that of another user of the app, whom it cannot join. Each authorization
 * tries it again. */
static void an_authorization_in_conflict_keeps_a_person(void **state)
{
	struct authorization authorization = {
		.app = &mini, .openid = "oConflict", .unionid = "uOther", .is_trusted = true,
	};
	struct account account = log_in(&mini, authorization.openid, NULL);
	struct access_token token;

	(void)state;
	log_in(&mini, "oOther", authorization.unionid);
	for (int i = 0; i < 2; i++) {
		db_set_arena(test_db, arena);
		assert_int_equal(authorization_store(test_db, &authorization, &account, &token),
			ERR_NONE);
		days_pass(OLD_PERSON);
	}
	db_set_arena(test_db, arena);
	assert_int_equal(
		authorization_store(test_db, &authorization, &account, &token), ERR_NONE);
	keep("retain_inactive_days", "400");
	sql("DELETE FROM access_token");
	remove_old();
	assert_true(is_there(&account));
}

/* Whoever is to be erased after the first one changes meanwhile. The id of the user follows. */
static void a_use_at_the_last_moment_keeps_a_person(void **state)
{
	static const char *const uses[] = {
		"UPDATE wechat_user SET changed_at = UTC_TIMESTAMP(6) WHERE id = ",
		"UPDATE wechat_user SET is_following = 1 WHERE id = ",
		"UPDATE account a JOIN wechat_user u ON u.account_id = a.id SET a.is_active = 0 "
		"WHERE u.id = ",
		"UPDATE wechat_user SET account_id = NULL WHERE id = ",
	};

	(void)state;
	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, created_at) SELECT %d, "
	    "UNHEX(REPLACE(UUID(), '-', '')), CONCAT('oOther', seq), UTC_TIMESTAMP(6) "
	    "FROM seq_1_to_100",
		tenant);
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		const struct account first = person_of(&mini, OLD_PERSON);
		const struct account second = person_of(&mini, OLD_PERSON);

		sql("CREATE TRIGGER use_of_second AFTER INSERT ON tombstone FOR EACH ROW %s%d",
			uses[i], second.wechat_user_id);
		keep("retain_inactive_days", "400");
		assert_int_equal(remove_old(), 1);
		sql("DROP TRIGGER use_of_second");
		assert_false(is_there(&first));
		assert_true(is_there(&second));
	}
}

static void a_use_by_any_user_keeps_the_person(void **state)
{
	const struct account old = person_of(&mini, OLD_PERSON),
			     young = person_of(&official, YOUNG_PERSON);

	(void)state;
	sql("UPDATE wechat_user u JOIN wechat_user o ON o.id = %d SET u.account_id = o.account_id "
	    "WHERE u.id = %d",
		young.wechat_user_id, old.wechat_user_id);
	sql("UPDATE account a JOIN wechat_user u ON u.account_id = a.id SET a.created_at = "
	    "'2020-01-01', a.modified_at = NULL WHERE u.id = %d",
		young.wechat_user_id);
	keep("retain_inactive_days", "400");
	assert_int_equal(remove_old(), 0);
	sql("UPDATE wechat_user SET changed_at = '2020-01-01', exchanged_at = NULL, session_at = "
	    "NULL, "
	    "created_at = changed_at WHERE id = %d",
		young.wechat_user_id);
	keep("retain_inactive_days", "400");
	assert_int_equal(remove_old(), 1);
	assert_false(is_there(&old) || is_there(&young));
}

static void a_user_without_an_account_is_a_person_too(void **state)
{
	(void)state;
	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, created_at, changed_at) VALUES "
	    "(%d, UNHEX(REPLACE(UUID(), '-', '')), 'oSaved', '2020-01-01', '2020-01-01')",
		tenant);
	keep("retain_inactive_days", "400");
	assert_int_equal(remove_old(), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oSaved'"), 0);
}

/* A server has saved the user; the person has logged in elsewhere. */
static void a_user_without_an_account_stays_with_its_unionid(void **state)
{
	const struct account elsewhere = log_in(&mini, "oElsewhere", "uSaved");

	(void)state;
	sql("INSERT INTO wechat_user (tenant_id, row_uuid, openid, unionid, created_at, "
	    "changed_at) VALUES (%d, UNHEX(REPLACE(UUID(), '-', '')), 'oSaved', 'uSaved', "
	    "'2020-01-01', '2020-01-01')",
		tenant);
	keep("retain_inactive_days", "400");
	assert_int_equal(remove_old(), 0);
	sql("UPDATE wechat_user SET unionid = NULL WHERE id = %d", elsewhere.wechat_user_id);
	keep("retain_inactive_days", "400");
	assert_int_equal(remove_old(), 1);
	assert_true(is_there(&elsewhere));
}

static int add_members(int n, int state, int days_ago)
{
	for (int i = 0; i < n; i++)
		sql("INSERT INTO member (tenant_id, row_uuid, phone, card_state, created_at) "
		    "SELECT "
		    "tenant_id, row_uuid, phone, %d, UTC_TIMESTAMP(6) - INTERVAL %d DAY FROM "
		    "template",
			state, days_ago);
	return (int)sql_number("SELECT MAX(id) FROM member");
}

static void a_void_card_of_nobody_is_erased(void **state)
{
	const int valid = add_members(1, 0, OLD), young = add_members(1, 2, YOUNG),
		  bound = add_members(1, 2, OLD), old = add_members(1, 2, OLD);
	const struct account holder = person_of(&mini, YOUNG_PERSON);

	(void)state;
	sql("UPDATE wechat_user SET member_id = %d WHERE id = %d", bound, holder.wechat_user_id);
	keep("retain_void_member_days", "400");
	assert_int_equal(remove_old(), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member WHERE id IN (%d, %d, %d)", valid,
				 young, bound),
		3);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member WHERE id = %d", old), 0);
}

static void add_consents(const struct account *account)
{
	static const char *const rows[] = {"'terms', '1', 500", "'terms', '2', 450",
		"'terms', '3', 10", "'privacy', '1', 500"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		sql("INSERT INTO consent (tenant_id, account_id, document, version, consented_at) "
		    "SELECT u.tenant_id, u.account_id, v.document, v.number, UTC_TIMESTAMP(6) - "
		    "INTERVAL v.age DAY FROM wechat_user u JOIN (SELECT '' AS document, '' AS "
		    "number, 0 AS age WHERE FALSE UNION ALL SELECT %s) v WHERE u.id = %d",
			rows[i], account->wechat_user_id);
}

static void a_consent_that_another_follows_is_deleted(void **state)
{
	const struct account account = person_of(&mini, YOUNG_PERSON);

	(void)state;
	add_consents(&account);
	keep("retain_consent_days", "400");
	assert_int_equal(remove_old(), 1);
	keep("retain_consent_days", "400");
	assert_int_equal(remove_old(), 1);
	keep("retain_consent_days", "400");
	assert_int_equal(remove_old(), 0);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM consent WHERE version = '3' OR document = "
			   "'privacy'"),
		2);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM audit WHERE action = 'retention.delete'"), 2);
}

/* The later consent may go back to the other account. */
static void consents_stay_while_a_merge_can_be_undone(void **state)
{
	const struct account account = person_of(&mini, YOUNG_PERSON);

	(void)state;
	add_consents(&account);
	sql("INSERT INTO merge_log (tenant_id, survivor_id, merged_id, moved, created_at) SELECT "
	    "tenant_id, account_id, account_id, '{}', '2020-01-01' FROM wechat_user WHERE id = %d",
		account.wechat_user_id);
	keep("retain_consent_days", "400");
	assert_int_equal(remove_old(), 0);
	sql("UPDATE merge_log SET undone_at = UTC_TIMESTAMP(6)");
	keep("retain_consent_days", "400");
	assert_int_equal(remove_old(), 1);
}

/* Meanwhile, as the first of the two is deleted. */
static void a_consent_that_becomes_the_last_one_stays(void **state)
{
	const struct account account = person_of(&mini, YOUNG_PERSON);

	(void)state;
	add_consents(&account);
	sql("INSERT INTO consent (tenant_id, account_id, document, version, consented_at) SELECT "
	    "u.tenant_id, u.account_id, CONCAT('other', seq), '1', UTC_TIMESTAMP(6) FROM "
	    "wechat_user u JOIN seq_1_to_100 WHERE u.id = %d",
		account.wechat_user_id);
	sql("CREATE TRIGGER use_of_last AFTER INSERT ON audit FOR EACH ROW DELETE FROM consent "
	    "WHERE document = 'terms' AND version = '3'");
	keep("retain_consent_days", "400");
	assert_int_equal(remove_old(), 1);
	sql("DROP TRIGGER use_of_last");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM consent WHERE document = 'terms' AND "
				    "version = '2'"),
		1);
}

static void a_merge_that_was_not_undone_is_forgotten(void **state)
{
	const struct account one = person_of(&mini, YOUNG_PERSON),
			     other = person_of(&official, YOUNG_PERSON);

	(void)state;
	for (int is_undone = 0; is_undone < 2; is_undone++)
		sql("INSERT INTO merge_log (tenant_id, survivor_id, merged_id, moved, created_at, "
		    "undone_at) SELECT %d, u.account_id, o.account_id, '{}', '2020-01-01', "
		    "IF(%d, '2020-01-02', NULL) FROM wechat_user u JOIN wechat_user o WHERE u.id = "
		    "%d "
		    "AND o.id = %d",
			tenant, is_undone, one.wechat_user_id, other.wechat_user_id);
	keep("retain_merge_days", "400");
	assert_int_equal(remove_old(), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM merge_log WHERE undone_at IS NULL"), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM merge_log"), 1);
}

static void a_resident_who_states_nothing_new_is_deleted(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		const struct account account = person_of(&mini, YOUNG_PERSON);

		sql("INSERT INTO resident (tenant_id, row_uuid, wechat_user_id, name, phone, "
		    "phone_hash, region_code, created_at, modified_at) VALUES (%d, "
		    "UNHEX(REPLACE(UUID(), '-', '')), %d, '', '', REPEAT('x', 32), 11, "
		    "'2020-01-01', "
		    "IF(%d, UTC_TIMESTAMP(6), NULL))",
			tenant, account.wechat_user_id, i);
	}
	keep("retain_resident_days", "400");
	assert_int_equal(remove_old(), 1);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM resident WHERE modified_at IS NOT NULL"), 1);
}

/* ---- Bounds. */

static void a_run_removes_a_fiftieth_once_a_day(void **state)
{
	(void)state;
	sql("DELETE FROM member");
	add_members(149, 2, OLD);
	keep("retain_void_member_days", "400");
	assert_int_equal(remove_old(), 2);
	assert_int_equal(remove_old(), 0);
	sql("UPDATE retention SET begun_at = begun_at - INTERVAL 1 DAY");
	assert_int_equal(remove_old(), 2);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member"), 145);
}

/* As if a process had died after a step. */
static void a_run_goes_on_where_it_was(void **state)
{
	int64_t n;
	bool is_over;

	(void)state;
	sql("DELETE FROM member");
	add_members(1200, 2, OLD);
	keep("retain_void_member_days", "400");
	db_set_arena(test_db, arena);
	assert_int_equal(retention_step(test_db, &n, &is_over), ERR_NONE);
	assert_int_equal(n, 10);
	assert_false(is_over);
	assert_int_equal(sql_number("SELECT n_removed FROM retention"), 10);
	assert_int_equal(remove_old(), 14);
	assert_int_equal(sql_number("SELECT n_removed FROM retention"), 24);
}

static void a_damaged_value_keeps_no_member(void **state)
{
	(void)state;
	sql("DELETE FROM member");
	add_members(1, 2, OLD);
	sql("UPDATE member SET row_uuid = REPEAT('x', 16)");
	keep("retain_void_member_days", "400");
	assert_int_equal(remove_old(), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member"), 0);
}

static void a_damaged_value_keeps_no_person(void **state)
{
	const struct account first = person_of(&mini, OLD_PERSON),
			     second = person_of(&official, OLD_PERSON);
	const int n_lines = n_erasure_lines();

	(void)state;
	sql("UPDATE wechat_user u JOIN wechat_user o ON o.id = %d SET u.account_id = o.account_id, "
	    "u.phone = REPEAT('x', 40) WHERE u.id = %d",
		first.wechat_user_id, second.wechat_user_id);
	keep("retain_inactive_days", "400");
	assert_int_equal(remove_old(), 1);
	assert_false(is_there(&first) || is_there(&second));
	assert_int_equal(n_erasure_lines(), n_lines + 2);
}

static void other_tenants_keep_theirs(void **state)
{
	const int32_t other = add_tenant("other");

	(void)state;
	sql("DELETE FROM member");
	add_members(1, 2, OLD);
	sql("UPDATE member SET tenant_id = %d", other);
	keep("retain_void_member_days", "400");
	assert_int_equal(remove_old(), 0);
}

static void nothing_is_removed_by_a_clock_that_differs(void **state)
{
	int64_t n;
	bool is_over;

	(void)state;
	sql("DELETE FROM member");
	add_members(1, 2, OLD);
	keep("retain_void_member_days", "400");
	db_set_arena(test_db, arena);
	assert_int_equal(conn_query(test_db, "SET timestamp = UNIX_TIMESTAMP() + 7201"), 0);
	captured_log_begin();
	assert_int_equal(retention_step(test_db, &n, &is_over), ERR_INTERNAL);
	assert_non_null(strstr(captured_log_end(), "the clock of the database is 720"));
	assert_int_equal(conn_query(test_db, "SET timestamp = DEFAULT"), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member"), 1);
	assert_int_equal(remove_old(), 1);
}

static void what_a_setting_would_remove_is_counted(void **state)
{
	struct retention_preview preview = {0};

	(void)state;
	sql("DELETE FROM member");
	add_members(60, 2, OLD);
	add_members(40, 2, YOUNG);
	db_set_arena(test_db, arena);
	assert_int_equal(retention_look(test_db, tenant, "retain_void_member_days", 400, &preview),
		ERR_NONE);
	assert_int_equal(preview.n_old, 60);
	assert_int_equal(preview.n_stored, 100);
	assert_int_equal(preview.n_most, 2);
	assert_string_equal(preview.rows, "members");
	assert_int_equal(preview.place, 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member"), 100);
	preview.place = sql_number("SELECT MIN(id) + 44 FROM member");
	assert_int_equal(retention_look(test_db, tenant, "retain_void_member_days", 400, &preview),
		ERR_NONE);
	assert_int_equal(preview.n_old, 60 + 15);
	assert_int_equal(preview.place, 0);
	preview = (struct retention_preview){0};
	assert_int_equal(
		retention_look(test_db, tenant, "retain_void_member_days", 0, &preview), ERR_NONE);
	assert_int_equal(preview.n_old, 0);
	assert_int_equal(retention_look(test_db, tenant, "trial_days", 1, &preview), ERR_ABSENT);
}

#define RETENTION_TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RETENTION_TEST(what_no_setting_names_is_kept),
		RETENTION_TEST(a_person_who_stays_away_is_erased),
		RETENTION_TEST(each_use_keeps_a_person),
		RETENTION_TEST(renewals_keep_a_person),
		RETENTION_TEST(an_authorization_in_conflict_keeps_a_person),
		RETENTION_TEST(a_use_at_the_last_moment_keeps_a_person),
		RETENTION_TEST(a_use_by_any_user_keeps_the_person),
		RETENTION_TEST(a_user_without_an_account_is_a_person_too),
		RETENTION_TEST(a_user_without_an_account_stays_with_its_unionid),
		RETENTION_TEST(a_void_card_of_nobody_is_erased),
		RETENTION_TEST(a_consent_that_another_follows_is_deleted),
		RETENTION_TEST(consents_stay_while_a_merge_can_be_undone),
		RETENTION_TEST(a_consent_that_becomes_the_last_one_stays),
		RETENTION_TEST(a_merge_that_was_not_undone_is_forgotten),
		RETENTION_TEST(a_resident_who_states_nothing_new_is_deleted),
		RETENTION_TEST(a_run_removes_a_fiftieth_once_a_day),
		RETENTION_TEST(a_run_goes_on_where_it_was),
		RETENTION_TEST(a_damaged_value_keeps_no_member),
		RETENTION_TEST(a_damaged_value_keeps_no_person),
		RETENTION_TEST(other_tenants_keep_theirs),
		RETENTION_TEST(nothing_is_removed_by_a_clock_that_differs),
		RETENTION_TEST(what_a_setting_would_remove_is_counted),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
