#include "unit.h"

#include <mysqld_error.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "captured_log.h"
#include "conf.h"
#include "crypto.h"
#include "db.h"
#include "encoding.h"
#include "erasure.h"
#include "erasure_replay.h"
#include "faults.h"
#include "logins.h"
#include "mariadb.h"
#include "member.h"
#include "member_binding.h"
#include "member_erasure.h"
#include "openid_remap.h"
#include "secret.h"
#include "wechat_user.h"
#include "whole_person.h"

#define N_RACERS 16

static struct app lonely;

static struct erasure erasure_of(const struct app *app, const char *openid)
{
	return (struct erasure){
		.tenant_id = app->tenant_id, .app_id = app->id, .appid = app->appid,
		.openid = openid, .actor = "test",
	};
}

static struct erased erase(const struct app *app, const char *openid)
{
	const struct erasure erasure = erasure_of(app, openid);
	struct erased erased;

	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
	return erased;
}

/* ---- Where something is. */

/* Prepares count_columns_with(): one statement asks all columns of the schema. */
static void find_columns(void)
{
	sql("SET SESSION group_concat_max_len = 1000000; "
	    "SET @count_columns = (SELECT CONCAT('SELECT ', GROUP_CONCAT("
	    "'EXISTS (SELECT 1 FROM `', table_name, '` WHERE "
	    "LOCATE(@bytes, CAST(`', column_name, '` AS BINARY)) > 0)' SEPARATOR ' + ')) "
	    "FROM information_schema.columns WHERE table_schema = 'wxuser' "
	    "AND table_name NOT IN ('audit', 'sms_counter'))");
}

/* In how many columns bytes, as SQL says them, are found. */
static int count_columns_with(const char *bytes)
{
	return (int)sql_number("SET @bytes = %s; EXECUTE IMMEDIATE @count_columns", bytes);
}

static int set_up(void **state)
{
	logins_open(state);
	find_columns();
	lonely = add_app(tenant, "wx-lonely", APP_MINI, "");
	return 0;
}

static const char *hash_sql(enum secret_purpose purpose, const char *kind, const char *text)
{
	static char literal[2 * CRYPTO_HASH_SIZE + 4];
	char hex[2 * CRYPTO_HASH_SIZE + 1];
	uint8_t hash[CRYPTO_HASH_SIZE];

	secret_mac(test_keys, purpose, &(struct secret_text){tenant, kind, text}, hash);
	encode_hex(hash, sizeof(hash), hex);
	snprintf(literal, sizeof(literal), "x'%s'", hex);
	return literal;
}

/* The tenant's member stays. */
static void expect_rows_in_each_table(bool are_there)
{
	static const struct {
		const char *name, *key;
	} tables[] = {
#define PERSONAL_TABLE(table, key, how) {#table, #key},
#include "personal_tables.inc"
	};

	for (size_t i = 0; i < N_OF(tables); i++)
		if ((sql_number("SELECT COUNT(*) FROM `%s`", tables[i].name) > 0) !=
			(are_there || strcmp(tables[i].key, "member") == 0))
			fail_msg("table %s has %s", tables[i].name, are_there ? "no row" : "rows");
}

/* ---- What the marks of the schema know. */

static bool is_listed(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static void test_the_marks_know_every_column(void **state)
{
	static const char *const others[] = {
#define OTHER_TABLE(table) #table,
#include "personal_tables.inc"
	};
	static const char *const columns[] = {
#define PERSONAL_COLUMN(table, column, type, mark) #table "." #column,
#include "personal_tables.inc"
	};
	const char *name;
	char table[65];
	size_t n = 0;

	(void)state;
	for (int i = 0; (name = sql_text("SELECT CONCAT(table_name, '.', column_name) "
					 "FROM information_schema.columns "
					 "WHERE table_schema = 'wxuser' ORDER BY table_name, "
					 "ordinal_position LIMIT %d, 1", i)) != NULL; i++) {
		snprintf(table, sizeof(table), "%.*s", (int)strcspn(name, "."), name);
		if (is_listed(others, N_OF(others), table))
			continue;
		if (!is_listed(columns, N_OF(columns), name))
			fail_msg("no mark in db/schema knows column %s", name);
		n++;
	}
	assert_int_equal(n, N_OF(columns));
}

static void test_nothing_of_the_person_is_left(void **state)
{
	static const char *const texts[] = {
		"'oWhole'", "'oOther'", "'oFormer'", "'uWhole'",
		"'https://a.example/whole'", "_utf8mb4'张三丰'",
	};
	struct account account = make_whole_person();
	char guid[2 * UUID_SIZE + 4];
	int32_t user_id = account.wechat_user_id;

	(void)state;
	expect_rows_in_each_table(true);
	snprintf(guid, sizeof(guid), "x'%.8s%.4s%.4s%.4s%.12s'", account.id, account.id + 9,
		account.id + 14, account.id + 19, account.id + 24);
	for (size_t i = 0; i < N_OF(texts); i++)
		assert_true(count_columns_with(texts[i]) > 0);
	assert_true(count_columns_with(guid) >= 5);
	assert_true(count_columns_with(hash_sql(SECRET_FOR_LOOKUP, "phone", WHOLE_PHONE)) >= 2);
	assert_int_equal(count_columns_with(
				 hash_sql(SECRET_FOR_CODES, "verify_phone", WHOLE_PHONE)),
		1);

	assert_false(erase(&official, "oOther").is_account_too);
	assert_true(erase(&mini, "oWhole").is_account_too);

	for (size_t i = 0; i < N_OF(texts); i++)
		assert_int_equal(count_columns_with(texts[i]), 0);
	/* In gone_user: that it is gone, and that another one was merged into it. */
	assert_int_equal(count_columns_with(guid), 2);
	sql("DELETE FROM gone_user");
	assert_int_equal(count_columns_with(guid), 0);
	assert_int_equal(count_columns_with(hash_sql(SECRET_FOR_LOOKUP, "phone", WHOLE_PHONE)), 0);
	assert_int_equal(count_columns_with(
				 hash_sql(SECRET_FOR_CODES, "verify_phone", WHOLE_PHONE)),
		0);
	expect_rows_in_each_table(false);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member"), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE action = 'user.erase' "
				    "AND LOCATE('oWhole', CONCAT(subject, details)) = 0"), 2);
	assert_int_equal(n_erasure_lines(), 2);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM tombstone"), 2);
	assert_true(log_in(&mini, "oWhole", NULL).wechat_user_id > user_id);
	erase(&mini, "oWhole");
}

/* What the person had by the openid before goes with the new one. */
static void test_what_had_a_former_openid_goes(void **state)
{
	struct openid_remap_row row = {.old_openid = "oWhole", .new_openid = "oLater"};
	struct openid_remap remap = {.app = &mini, .rows = &row, .n_rows = 1};
	const char *hash;

	(void)state;
	make_whole_person();
	assert_int_equal(openid_remap(test_db, &remap), ERR_NONE);
	assert_int_equal(row.state, OPENID_REMAP_DONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM former_openid WHERE openid = 'oWhole'"),
		1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM login_refusal WHERE openid_hash = %s",
				 hash_sql(SECRET_FOR_REFUSALS, "login_openid", "oLater")),
		1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM push_event WHERE openid = 'oLater'"), 1);
	erase(&official, "oOther");
	erase(&mini, "oLater");
	assert_int_equal(count_columns_with("'oWhole'"), 0);
	assert_int_equal(count_columns_with("'oLater'"), 0);
	hash = hash_sql(SECRET_FOR_REFUSALS, "login_openid", "oWhole");
	assert_int_equal(count_columns_with(hash), 0);
	hash = hash_sql(SECRET_FOR_REFUSALS, "login_openid", "oLater");
	assert_int_equal(count_columns_with(hash), 0);
	sql("DELETE FROM gone_user");
}

static void test_what_others_need_stays(void **state)
{
	struct account account;

	(void)state;
	account = log_in(&mini, "oStay1", "uStay");
	log_in(&official, "oStay2", "uStay");
	assert_false(erase(&mini, "oStay1").is_account_too);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM account_unionid WHERE unionid = 'uStay'"),
		1);
	assert_string_equal(log_in(&official, "oStay2", "uStay").id, account.id);
	/* Another app's user is not touched. */
	assert_false(erase(&lonely, "oStay2").is_found);
	assert_string_equal(log_in(&mini, "oStay1", "uStay").id, account.id);
	erase(&mini, "oStay1");
	assert_true(erase(&official, "oStay2").is_account_too);
}

/* As an operator's undoing leaves it. */
static void test_what_was_undone_is_no_conflict_and_not_forgotten(void **state)
{
	(void)state;
	log_in(&mini, "oApart1", NULL);
	log_in(&mini, "oApart2", NULL);
	log_in(&lonely, "oApart3", NULL);
	sql("UPDATE wechat_user a JOIN wechat_user b ON b.openid = 'oApart2' "
	    "SET a.account_id = b.account_id WHERE a.openid = 'oApart3'");
	sql("INSERT INTO merge_log (tenant_id, survivor_id, merged_id, moved, created_at, "
	    "undone_at) SELECT a.tenant_id, a.account_id, b.account_id, "
	    "'{\"unionids\":[[1,\"uApart\"]]}', NOW(), NOW() FROM wechat_user a "
	    "JOIN wechat_user b WHERE a.openid = 'oApart1' AND b.openid = 'oApart2'");
	assert_false(erase(&mini, "oApart2").is_account_too);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM merge_log "
				    "WHERE undone_at IS NOT NULL AND moved = '{}'"), 1);
	assert_true(erase(&lonely, "oApart3").is_account_too);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM merge_log"), 0);
	assert_true(erase(&mini, "oApart1").is_account_too);
}

/* Those of a user who logs in all the time, while somebody else does. */
static void test_all_claims_go_and_no_login_is_waited_for(void **state)
{
	const int32_t id = log_in(&lonely, "oOften", NULL).wechat_user_id;

	(void)state;
	sql("INSERT INTO login_claim (tenant_id, code_hash, state, wechat_user_id, created_at) "
	    "SELECT %d, UNHEX(SHA2(seq, 256)), 1, %d, UTC_TIMESTAMP(6) FROM seq_1_to_1000",
		tenant, id);
	sql("START TRANSACTION; UPDATE login_claim SET address_hash = code_hash WHERE id = %lld",
		(long long)take_claim(&lonely, new_code()).id);
	erase(&lonely, "oOften");
	sql("COMMIT");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM login_claim "
				    "WHERE wechat_user_id = %d", id), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM login_claim WHERE state = 0"), 1);
	sql("DELETE FROM login_claim");
}

/* Nor, later, by the line that the erasure has left. What the person has asked for since stays. */
static void test_only_who_is_older_is_erased(void **state)
{
	static const char events[] = "SELECT COUNT(*) FROM push_event WHERE openid = 'oYoung'";
	struct erasure erasure = erasure_of(&lonely, "oYoung");
	struct erased erased;

	(void)state;
	log_in(&lonely, "oYoung", NULL);
	sql("INSERT INTO push_event (tenant_id, app_id, openid, event, happened_at, received_at, "
	    "state) SELECT tenant_id, app_id, openid, 'user_authorization_revoke', "
	    "created_at + INTERVAL n SECOND, UTC_TIMESTAMP(6), 1 "
	    "FROM wechat_user, (SELECT -1 AS n UNION SELECT 1) n WHERE openid = 'oYoung'");
	erasure.before_us = sql_number("SELECT 1000000 * UNIX_TIMESTAMP(created_at) "
				       "FROM wechat_user WHERE openid = 'oYoung'");
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
	assert_false(erased.is_found);
	assert_int_equal(sql_number(events), 1);
	assert_int_equal(replay_erasures(), 0);
	erasure.before_us++;
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
	assert_true(erased.is_found);
	assert_int_equal(sql_number(events), 0);
}

/* ---- Members. */

static enum err erase_member(int32_t id, bool is_dry_run, struct erased *erased_r)
{
	const struct member_erasure erasure = {
		.tenant_id = tenant, .id = id, .actor = "test", .is_dry_run = is_dry_run,
	};

	return member_erasure_run(test_db, &erasure, erased_r);
}

static void test_a_member_goes_and_its_user_stays(void **state)
{
	const struct principal principal = server_of(tenant);
	const struct member member = {.name = "Card", .phone = WHOLE_MEMBER_PHONE};
	const int32_t user_id = log_in(&lonely, "oCard", NULL).wechat_user_id;
	int n_lines = n_erasure_lines();
	struct erased erased;
	int32_t id;

	(void)state;
	sql("DELETE FROM member");
	assert_int_equal(member_create(test_db, &principal, user_id, &member, &id), ERR_NONE);
	assert_int_equal(erase_member(id + 1, false, &erased), ERR_MEMBER_UNKNOWN);
	assert_int_equal(erase_member(id, true, &erased), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member"), 1);
	assert_int_equal(n_erasure_lines(), n_lines);
	sql("CREATE TABLE m AS SELECT * FROM member");
	assert_int_equal(erase_member(id, false, &erased), ERR_NONE);
	assert_string_equal(erased.rows[0].table, "member");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member"), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
				    "WHERE openid = 'oCard' AND member_id IS NULL"), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE action = 'member.erase'"), 1);
	assert_int_equal(n_erasure_lines(), n_lines + 1);
	/* As a restored backup has it. */
	sql("INSERT INTO member SELECT * FROM m; DROP TABLE m; "
	    "UPDATE wechat_user SET member_id = (SELECT id FROM member) WHERE openid = 'oCard'");
	assert_int_equal(replay_erasures(), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member"), 0);
	assert_int_equal(n_erasure_lines(), n_lines + 1);
	erase(&lonely, "oCard");
}

#define COUNT(table) "(SELECT COUNT(*) FROM " table ") + "

/* Rows of all that an erasure touches, and how often somebody came or went. */
static int64_t count_all(void)
{
	return sql_number("SELECT " COUNT("wechat_user") COUNT("account") COUNT("resident") COUNT(
		"access_token") COUNT("login_claim") COUNT(
		"account_conflict") COUNT("push_event") COUNT("merge_log") COUNT(
		"account_unionid") COUNT("membership") COUNT("account_alias") COUNT(
		"verify_code") COUNT("tombstone") COUNT("audit")
		"(SELECT SUM(n_moves) FROM account)");
}

static void test_a_failure_leaves_all_as_it_was(void **state)
{
	struct erasure erasure = erasure_of(&mini, "oWhole");
	const char *path = test_conf->keys_erasure_log;
	int n_lines, n = 1;
	struct erased erased;
	int64_t before;

	(void)state;
	make_whole_person();
	erase(&official, "oOther");
	n_lines = n_erasure_lines();
	before = count_all();
	for (;; n++) {
		break_at(n, 1, ER_NO_SUCH_TABLE);
		if (erasure_run(test_db, &erasure, &erased) == ERR_NONE)
			break;
		break_at(0, 0, 0);
		assert_int_equal(count_all(), before);
		assert_int_equal(n_erasure_lines(), n_lines);
	}
	assert_int_equal(n_broken(), 0);
	assert_true(n > 20);
	break_at(0, 0, 0);
	assert_int_equal(n_erasure_lines(), n_lines + 1);

	log_in(&mini, "oWhole", NULL);
	before = count_all();
	test_conf->keys_erasure_log = "/nonexistent/erasures.log";
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_INTERNAL);
	test_conf->keys_erasure_log = path;
	assert_int_equal(count_all(), before);
	erasure.is_dry_run = true;
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
	assert_true(erased.is_found);
	assert_int_equal(count_all(), before);
	erase(&mini, "oWhole");
}

static int erase_alone(int index)
{
	struct erasure erasure = erasure_of(&lonely, "oRace");
	struct erased erased;

	(void)index;
	return erasure_run(test_db, &erasure, &erased) == ERR_NONE && erased.is_found ? 0 : 1;
}

/* A limit of the process, which a full disk and a quota are like: a line that does not fit leaves
 * the log and the user as they were. */
static void test_a_log_that_may_not_grow(void **state)
{
	const struct erasure erasure = erasure_of(&mini, "oFull");
	struct rlimit limit, before;
	struct erased erased;
	struct stat full, after;
	const char *log;

	(void)state;
	log_in(&mini, "oFull", NULL);
	assert_int_equal(stat(test_conf->keys_erasure_log, &full), 0);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = (rlim_t)full.st_size + 20;
	captured_log_begin();
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_BUSY);
	setrlimit(RLIMIT_FSIZE, &before);
	log = captured_log_end();
	assert_non_null(strstr(log, "No space left on device"));
	assert_int_equal(stat(test_conf->keys_erasure_log, &after), 0);
	assert_int_equal(after.st_size, full.st_size);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oFull'"), 1);
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
}

static void test_a_process_without_descriptors(void **state)
{
	const struct erasure erasure = erasure_of(&mini, "oNoDescriptor");
	struct rlimit limit, before;
	struct erased erased;

	(void)state;
	log_in(&mini, "oNoDescriptor", NULL);
	getrlimit(RLIMIT_NOFILE, &before);
	limit = (struct rlimit){.rlim_max = before.rlim_max};
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_BUSY);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oNoDescriptor'"), 1);
	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
}

static void test_one_of_many_erasures_finds_the_user(void **state)
{
	int n_lines = n_erasure_lines();
	struct stat status;

	(void)state;
	log_in(&lonely, "oRace", NULL);
	assert_int_equal(mariadb_race(N_RACERS, erase_alone), 1);
	assert_int_equal(n_erasure_lines(), n_lines + 1);
	assert_int_equal(stat(test_conf->keys_erasure_log, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static int erase_own(int index)
{
	char openid[24];
	struct erasure erasure = erasure_of(&lonely, openid);
	struct erased erased;

	snprintf(openid, sizeof(openid), "oRace%d", index);
	return erasure_run(test_db, &erasure, &erased) == ERR_NONE && erased.is_found ? 0 : 1;
}

/* As a crash may leave it. */
static void cut_last_line(void)
{
	struct stat status;

	assert_int_equal(stat(test_conf->keys_erasure_log, &status), 0);
	assert_int_equal(truncate(test_conf->keys_erasure_log, status.st_size - 40), 0);
}

static void test_a_log_that_cannot_be_read_is_no_empty_one(void **state)
{
	const char *path = test_conf->keys_erasure_log, *problem;
	size_t n_erased;

	(void)state;
	test_conf->keys_erasure_log = "/";
	assert_int_equal(erasure_replay(test_db, &n_erased, &problem), ERR_INTERNAL);
	test_conf->keys_erasure_log = path;
}

/* It erases whom the others name, and fails. */
static size_t replay_with_a_cut_line(void)
{
	const char *problem;
	size_t n_erased;

	assert_int_equal(erasure_replay(test_db, &n_erased, &problem), ERR_PARAMETER);
	assert_non_null(strstr(problem, "line"));
	return n_erased;
}

static void test_a_replay_erases_who_came_back(void **state)
{
	int n_lines = n_erasure_lines();
	char openid[24];

	(void)state;
	for (int i = 0; i < N_RACERS; i++) {
		snprintf(openid, sizeof(openid), "oRace%d", i);
		log_in(&lonely, openid, NULL);
	}
	log_in(&lonely, "oCut", NULL);
	sql("CREATE TABLE u AS SELECT * FROM wechat_user; CREATE TABLE a AS SELECT * FROM account");
	assert_int_equal(mariadb_race(N_RACERS, erase_own), N_RACERS);
	erase(&lonely, "oCut");
	log_in(&lonely, "oRace0", NULL);
	sql("INSERT IGNORE INTO account SELECT * FROM a; "
	    "INSERT IGNORE INTO wechat_user SELECT * FROM u; DROP TABLE u, a");
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user"), N_RACERS + 1);
	sql("DELETE FROM tombstone");
	cut_last_line();
	/* Not the one who came back by a login, nor the one of the line that was cut. */
	assert_int_equal(replay_with_a_cut_line(), N_RACERS - 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
				    "WHERE openid IN ('oRace0', 'oCut')"), 2);
	assert_int_equal(replay_with_a_cut_line(), 0);
	/* The database has all again but the line that was cut, which stays a line of its own. */
	assert_int_equal(sql_number("SELECT COUNT(*) FROM tombstone"), n_lines + N_RACERS);
	erase(&lonely, "oCut");
	assert_int_equal(n_erasure_lines(), n_lines + N_RACERS + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_marks_know_every_column),
		cmocka_unit_test(test_nothing_of_the_person_is_left),
		cmocka_unit_test(test_what_had_a_former_openid_goes),
		cmocka_unit_test(test_what_others_need_stays),
		cmocka_unit_test(test_what_was_undone_is_no_conflict_and_not_forgotten),
		cmocka_unit_test(test_only_who_is_older_is_erased),
		cmocka_unit_test(test_all_claims_go_and_no_login_is_waited_for),
		cmocka_unit_test(test_a_member_goes_and_its_user_stays),
		cmocka_unit_test(test_a_failure_leaves_all_as_it_was),
		cmocka_unit_test(test_a_log_that_may_not_grow),
		cmocka_unit_test(test_a_process_without_descriptors),
		cmocka_unit_test(test_one_of_many_erasures_finds_the_user),
		cmocka_unit_test(test_a_log_that_cannot_be_read_is_no_empty_one),
		cmocka_unit_test(test_a_replay_erases_who_came_back),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
