#include "unit.h"

#include "account_close.h"
#include "app_removal.h"
#include "arena.h"
#include "authorization.h"
#include "buf.h"
#include "captured_log.h"
#include "erasure.h"
#include "erasure_replay.h"
#include "job.h"
#include "logins.h"
#include "mariadb.h"
#include "member.h"
#include "member_binding.h"
#include "principal.h"
#include "resident.h"
#include "secret.h"
#include "server.h"
#include "setting.h"
#include "token.h"
#include "uuid.h"
#include "verify_code.h"
#include "wechat_user.h"
#include "whole_person.h"

static struct arena *arena;
static int n_logs = 1; /* binary logs begun */
static struct app lonely;

/* With a binary log as docs/operation.md advises. */
static int set_up(void **state)
{
	mariadb_options[0] = "--log-bin=bin";
	mariadb_options[1] = "--binlog-row-image=MINIMAL";
	mariadb_options[2] = "--binlog-annotate-row-events=OFF";
	logins_open(state);
	lonely = add_app(tenant, "wx-lonely", APP_MINI, "");
	arena = arena_new(1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	arena_free(arena);
	return mariadb_close(state);
}

static void set_days(const char *days)
{
	assert_int_equal(setting_set(test_db, tenant, "erasure_days", days), ERR_NONE);
}

static struct account_ref ref_of(const struct account *account)
{
	struct account_ref ref = {.tenant_id = tenant};

	assert_true(uuid_parse(account->id, &ref.id));
	return ref;
}

static enum err try_to_close(const struct account *account, struct closing *closing_r)
{
	const struct principal person = {
		.tenant_id = tenant, .wechat_user_id = account->wechat_user_id, .name = "test",
	};

	return account_close(test_db, &person, closing_r);
}

static struct closing close_account(const struct account *account)
{
	struct closing closing;

	assert_int_equal(try_to_close(account, &closing), ERR_NONE);
	return closing;
}

static struct erased erase(const struct app *app, const char *openid)
{
	const struct erasure erasure = {
		.tenant_id = app->tenant_id, .app_id = app->id, .appid = app->appid,
		.openid = openid, .actor = "test",
	};
	struct erased erased;

	assert_int_equal(erasure_run(test_db, &erasure, &erased), ERR_NONE);
	return erased;
}

/* A whole run of the job; the number of those erased. */
static int64_t erase_due(void)
{
	struct due_place place = {0};
	int64_t n_erased = 0, n;
	bool is_over;

	do {
		assert_int_equal(
			account_erase_due(test_db, &place, &n, &is_over), ERR_NONE);
		n_erased += n;
	} while (!is_over);
	return n_erased;
}

/* ---- While it is closed. */

/* As handlers/code_login.c does. The claim is as a repetition reads it. */
static enum err try_code(const struct app *app, const struct wechat_login *login,
	struct claim *claim_r)
{
	const char *code = new_code();
	struct account account;
	enum err err;

	*claim_r = take_claim(app, code);
	err = login_complete(test_db, claim_r, login, &account, NULL);
	if (err == ERR_NONE)
		return err;
	assert_int_equal(claim_refuse(test_db, claim_r, err), ERR_NONE);
	if (claim_r->wechat_user_id != 0)
		assert_int_equal(
			claim_take(test_db, &LOGIN_CODE(app, code, ADDRESS), claim_r), ERR_NONE);
	return err;
}

static enum err log_in_again(const char *openid)
{
	const struct wechat_login login = {.openid = openid, .session_key = "key"};
	struct claim claim;

	return try_code(&lonely, &login, &claim);
}

static enum err save(int32_t id, const char *openid)
{
	const struct principal principal = server_of(tenant);
	const struct wechat_user user = {.id = id, .openid = openid, .name = "New"};
	int32_t saved;

	return wechat_user_save(test_db, &principal, &user, &saved);
}

static enum err make_member(int32_t id)
{
	const struct principal principal = server_of(tenant);
	const struct member member = {.name = "Card", .phone = "13811111111"};
	int32_t member_id;

	return member_create(test_db, &principal, id, &member, &member_id);
}

static enum err save_resident(const char *openid)
{
	const struct principal principal = server_of(tenant);
	const struct resident_change change = {
		.openid = openid, .name = "New", .phone = "13811111111", .region_code = 11,
	};
	struct saved_resident saved;

	return resident_save(test_db, &principal, &change, &saved);
}

/* The same code may open the account again, also if the user is a new one of the account. */
static void test_a_refused_login_says_which_account_it_is(void **state)
{
	const struct account account = log_in(&mini, "oRefused", "uRefused");
	const struct account_ref ref = ref_of(&account);
	const struct wechat_login own = {.openid = "oRefused"};
	const struct wechat_login other = {.openid = "oRefused2", .unionid = "uRefused"};
	struct closing closing;
	struct claim claim;
	int64_t erases_us;

	(void)state;
	set_days("3");
	assert_int_equal(account_find_closed(test_db, &ref, &erases_us), ERR_ABSENT);
	closing = close_account(&account);
	assert_int_equal(account_find_closed(test_db, &ref, &erases_us), ERR_NONE);
	assert_int_equal(erases_us, closing.erases_us);

	assert_int_equal(try_code(&official, &other, &claim), ERR_ACCOUNT_DISABLED);
	assert_true(uuid_is_equal(claim.account_id, ref.id));
	assert_int_equal(claim.wechat_user_id, 0);
	assert_int_equal(claim_admit(test_db, &claim), ERR_NONE);
	assert_int_equal(sql_number("SELECT state FROM login_claim ORDER BY id DESC LIMIT 1"), 2);

	assert_int_equal(try_code(&mini, &own, &claim), ERR_ACCOUNT_DISABLED);
	assert_true(uuid_is_equal(claim.account_id, ref.id));
	assert_int_equal(claim.wechat_user_id, account.wechat_user_id);
	assert_int_equal(claim_admit(test_db, &claim), ERR_NONE);
	assert_int_equal(sql_number("SELECT state FROM login_claim ORDER BY id DESC LIMIT 1"), 1);
	erase(&mini, "oRefused");
}

static size_t n_listed(int32_t id)
{
	struct wechat_user_list list;

	assert_int_equal(wechat_user_list(test_db, tenant, &id, 1, &list), ERR_NONE);
	return list.n_users;
}

/* Whether an API key finds the user, by each way. */
static bool is_found(int32_t id, const char *openid)
{
	const struct principal principal = server_of(tenant);
	struct wechat_user user;
	bool is_found = wechat_user_by_id(test_db, &principal, id, &user) == ERR_NONE;

	assert_int_equal(n_listed(id), is_found);
	assert_int_equal(wechat_user_by_openid(test_db, &principal, openid, &user) == ERR_NONE,
		is_found);
	return is_found;
}

static void test_a_closed_account_is_as_if_it_were_not_there(void **state)
{
	const struct account account = log_in(&lonely, "oClosed", NULL);
	const struct principal principal = server_of(tenant);
	const int32_t id = account.wechat_user_id;
	struct code_scope scope = {.tenant_id = tenant};
	struct access_token token;
	struct closing closing;

	(void)state;
	set_days("3");
	assert_int_equal(token_issue(test_db, tenant, id, &token), ERR_NONE);
	closing = close_account(&account);
	assert_false(closing.is_erased);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE id = %lld AND action = "
				    "'account.close'", (long long)closing.receipt), 1);
	assert_int_equal(try_to_close(&account, &closing), ERR_TOKEN_REVOKED);
	assert_int_equal(sql_number("SELECT 1000000 * UNIX_TIMESTAMP(erases_at) FROM account "
				    "WHERE erases_at IS NOT NULL"), closing.erases_us);

	assert_int_equal(log_in_again("oClosed"), ERR_ACCOUNT_DISABLED);
	/* The claim says who was refused, so that the same code may open the account again. */
	assert_int_equal(sql_number("SELECT wechat_user_id FROM login_claim "
				    "ORDER BY id DESC LIMIT 1"), id);
	assert_int_equal(token_issue(test_db, tenant, id, &token), ERR_ACCOUNT_DISABLED);
	assert_false(is_found(id, "oClosed"));
	assert_int_equal(save(id, NULL), ERR_USER_UNKNOWN);
	assert_int_equal(save(0, "oClosed"), ERR_USER_UNKNOWN);
	assert_int_equal(make_member(id), ERR_USER_UNKNOWN);
	assert_int_equal(save_resident("oClosed"), ERR_ACCOUNT_DISABLED);
	assert_int_equal(verify_code_find_owner(test_db, &principal, "oClosed", &scope),
		ERR_ACCOUNT_DISABLED);
}

/* One of the other app, of whom a refused login says that it is the same person. */
static void expect_to_join(
	const struct account *account, const char *openid, enum err (*refuse)(const char *openid))
{
	const struct account_ref ref = ref_of(account);
	int32_t id;

	assert_int_equal(save(0, openid), ERR_NONE);
	id = (int32_t)sql_number("SELECT id FROM wechat_user WHERE openid = '%s'", openid);
	close_account(account);
	assert_true(is_found(id, openid));
	assert_int_equal(refuse(openid), ERR_ACCOUNT_DISABLED);
	assert_false(is_found(id, openid));
	assert_int_equal(save(0, openid), ERR_USER_UNKNOWN);
	assert_int_equal(refuse(openid), ERR_ACCOUNT_DISABLED);
	assert_int_equal(account_reopen(test_db, &ref, "test"), ERR_NONE);
	assert_true(is_found(id, openid));
	assert_string_equal(log_in(&official, openid, "uJoins").id, account->id);
	close_account(account);
	sql("UPDATE account SET erases_at = UTC_TIMESTAMP(6) WHERE erases_at IS NOT NULL");
	assert_true(erase_due() >= 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE id = %d", id), 0);
}

static enum err refuse_login(const char *openid)
{
	const struct wechat_login login = {.openid = openid, .unionid = "uJoins"};
	struct claim claim;

	return try_code(&official, &login, &claim);
}

static enum err refuse_authorization(const char *openid)
{
	const struct authorization authorization = {
		.app = &official, .openid = openid, .unionid = "uJoins", .is_trusted = true,
	};
	struct account account;
	struct access_token token;

	return authorization_store(test_db, &authorization, &account, &token);
}

static void test_a_saved_user_is_erased_with_the_account_it_is_of(void **state)
{
	struct account account;

	(void)state;
	set_days("3");
	account = log_in(&mini, "oJoins", "uJoins");
	expect_to_join(&account, "oSaved", refuse_login);
	account = log_in(&mini, "oJoins", "uJoins");
	expect_to_join(&account, "oSaved", refuse_authorization);
}

/* How many users the removal of the app erases. */
static int64_t erase_of_app(const struct app *app)
{
	struct app_removal removal = {.appid = app->appid};
	int64_t n_erased = 0, n;
	bool is_over;

	assert_int_equal(app_removal_look(test_db, &removal), ERR_NONE);
	do {
		assert_int_equal(app_removal_erase(test_db, &removal, &n, &is_over), ERR_NONE);
		n_erased += n;
	} while (!is_over);
	return n_erased;
}

/* Their person waits for the erasure of all, and may take it back. */
static void test_the_removal_of_an_app_keeps_users_of_others(void **state)
{
	const struct app one = add_app(tenant, "wx-one", APP_MINI, "open");
	const struct app two = add_app(tenant, "wx-two", APP_MINI, "open");
	const struct account account = log_in(&one, "oOfOne", "uOfTwo");
	const struct account_ref ref = ref_of(&account);
	int64_t erases_us;

	(void)state;
	set_days("3");
	log_in(&two, "oOfTwo", "uOfTwo");
	close_account(&account);
	assert_int_equal(erase_of_app(&one), 1);
	assert_int_equal(account_find_closed(test_db, &ref, &erases_us), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oOfTwo' "
				    "AND is_closed"), 1);
	assert_int_equal(erase_of_app(&two), 1);
	assert_int_equal(account_find_closed(test_db, &ref, &erases_us), ERR_ABSENT);
	sql("DELETE FROM app WHERE appid IN ('wx-one', 'wx-two')");
}

/* A DELETE of the app that deletes them by its foreign keys is one large transaction. No trigger
 * sees what it deletes. */
static void test_an_app_does_not_go_with_many_rows(void **state)
{
	struct app_removal removal = {.appid = "wx-old"};

	(void)state;
	add_app(tenant, "wx-old", APP_MINI, "open");
	sql("UPDATE app SET is_default = NULL WHERE appid = 'wx-old'");
	assert_int_equal(app_removal_look(test_db, &removal), ERR_NONE);
	sql("CREATE TABLE seen_days (n INT); CREATE TRIGGER seen_days AFTER DELETE ON active_day "
	    "FOR EACH ROW INSERT INTO seen_days VALUES (1); "
	    "INSERT INTO active_day (day, tenant_id, app_id, wechat_user_id, account_id, is_new) "
	    "SELECT '2026-01-01', tenant_id, id, seq, REPEAT('1', 16), 0 FROM app "
	    "JOIN seq_1_to_2500 WHERE appid = 'wx-old'");
	assert_int_equal(app_remove(test_db, &removal), ERR_NONE);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM seen_days"), 2500);
	sql("DROP TRIGGER seen_days; DROP TABLE seen_days");
	assert_int_equal(app_remove(test_db, &removal), ERR_APP_UNKNOWN);
}

/* The operator may open it again: whoever is saved is nobody's. */
static void test_a_saved_user_does_not_join_a_disabled_account(void **state)
{
	(void)state;
	log_in(&mini, "oOff", "uJoins");
	sql("UPDATE account SET is_active = 0 WHERE id = "
	    "(SELECT account_id FROM wechat_user WHERE openid = 'oOff')");
	assert_int_equal(save(0, "oApart"), ERR_NONE);
	assert_int_equal(refuse_login("oApart"), ERR_ACCOUNT_DISABLED);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
				    "WHERE openid = 'oApart' AND account_id IS NULL"), 1);
	erase(&mini, "oOff");
	sql("DELETE FROM wechat_user WHERE openid = 'oApart'");
}

static void test_an_account_that_is_opened_again(void **state)
{
	static const char count[] = "SELECT COUNT(*) FROM audit WHERE action = 'account.reopen'";
	const struct account account = log_in(&lonely, "oOpened", NULL);
	const struct account_ref ref = ref_of(&account);
	const int32_t id = account.wechat_user_id;

	(void)state;
	set_days("3");
	assert_int_equal(account_reopen(test_db, &ref, "test"), ERR_ABSENT);
	close_account(&account);
	assert_int_equal(account_reopen(test_db, &ref, "test"), ERR_NONE);
	assert_int_equal(sql_number(count), 1);
	assert_true(is_found(id, "oOpened"));
	assert_int_equal(save(id, NULL), ERR_NONE);
	assert_int_equal(log_in_again("oOpened"), ERR_NONE);
	assert_int_equal(make_member(id), ERR_NONE);
	erase(&lonely, "oOpened");
}

/* ---- Its end. */

static void test_the_job_erases_what_is_due(void **state)
{
	const struct account due = log_in(&lonely, "oDue", NULL);
	const struct account later = log_in(&lonely, "oLater", NULL);
	const struct account_ref ref = ref_of(&due);
	struct closing closing;

	(void)state;
	set_days("3");
	close_account(&due);
	close_account(&later);
	assert_int_equal(erase_due(), 0);
	sql("UPDATE account SET erases_at = UTC_TIMESTAMP(6) WHERE id = "
	    "(SELECT account_id FROM wechat_user WHERE openid = 'oDue')");
	assert_int_equal(erase_due(), 1);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oDue'"), 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oLater'"), 1);
	assert_int_equal(account_reopen(test_db, &ref, "test"), ERR_USER_UNKNOWN);
	assert_int_equal(try_to_close(&due, &closing), ERR_USER_UNKNOWN);
	assert_int_equal(log_in_again("oDue"), ERR_NONE);
	erase(&lonely, "oDue");
}

static void test_a_damaged_value_keeps_no_account(void **state)
{
	const struct account account = log_in(&lonely, "oDamaged", NULL);

	(void)state;
	set_days("3");
	close_account(&account);
	sql("UPDATE wechat_user SET phone = REPEAT('x', 40), session_key = REPEAT('x', 40) "
	    "WHERE openid = 'oDamaged'");
	sql("UPDATE account SET erases_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR WHERE id = "
	    "(SELECT account_id FROM wechat_user WHERE openid = 'oDamaged')");
	assert_int_equal(erase_due(), 1);
	assert_int_equal(
		sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid = 'oDamaged'"), 0);
}

static void expect_no_line_of_those_kept(const struct account *account)
{
	const struct account_ref ref = ref_of(account);
	const int n_lines = n_erasure_lines();
	struct due_place place = {0};
	const char *problem;
	size_t n_erased;
	int64_t n_due;
	bool is_over;

	sql("UPDATE account SET erases_at = UTC_TIMESTAMP(6) WHERE id = "
	    "(SELECT account_id FROM wechat_user WHERE openid = 'oKept1')");
	assert_int_equal(account_erase_due(test_db, &place, &n_due, &is_over), ERR_INTERNAL);
	assert_int_equal(n_erasure_lines(), n_lines);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid LIKE "
				    "'oKept%%'"), 2);
	sql("DROP TRIGGER kept");
	assert_int_equal(account_reopen(test_db, &ref, "test"), ERR_NONE);
	assert_int_equal(erasure_replay(test_db, &n_erased, &problem), ERR_NONE);
	assert_int_equal(n_erased, 0);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user WHERE openid LIKE "
				    "'oKept%%' AND NOT is_closed"), 2);
}

/* The first user could be erased, the second or its member could not. */
static void test_a_person_who_is_kept_has_no_line(void **state)
{
	const struct principal server = server_of(tenant);
	const struct member member = {.name = "Card", .phone = "13800000077"};
	const struct account first = log_in(&mini, "oKept1", "uKept");
	const struct account second = log_in(&official, "oKept2", "uKept");
	int32_t id;

	(void)state;
	set_days("3");
	sql("DELETE FROM member");
	assert_int_equal(setting_set(test_db, tenant, "erase_member", "true"), ERR_NONE);
	assert_int_equal(
		member_create(test_db, &server, second.wechat_user_id, &member, &id), ERR_NONE);
	close_account(&first);
	sql("CREATE TRIGGER kept BEFORE DELETE ON wechat_user FOR EACH ROW "
	    "SET @kept = (SELECT IF(OLD.openid = 'oKept2', (SELECT 1 UNION SELECT 2), 0))");
	expect_no_line_of_those_kept(&first);
	close_account(&first);
	sql("CREATE TRIGGER kept BEFORE DELETE ON member FOR EACH ROW SIGNAL SQLSTATE '45000'");
	expect_no_line_of_those_kept(&first);
	assert_int_equal(setting_set(test_db, tenant, "erase_member", "false"), ERR_NONE);
	erase(&mini, "oKept1");
	erase(&official, "oKept2");
}

/* As a message of WeChat's does, and the operator. */
static void test_the_erasure_of_one_user_ends_the_wait(void **state)
{
	struct account account;

	(void)state;
	set_days("3");
	log_in(&mini, "oEnds1", "uEnds");
	account = log_in(&official, "oEnds2", "uEnds");
	close_account(&account);
	assert_true(erase(&mini, "oEnds1").is_account_too);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM wechat_user "
				    "WHERE openid IN ('oEnds1', 'oEnds2')"), 0);
}

static void test_the_member_of_others_or_of_the_tenant_stays(void **state)
{
	struct account account;
	int32_t id;

	(void)state;
	set_days("0");
	sql("UPDATE wechat_user SET member_id = NULL; DELETE FROM member");
	assert_int_equal(setting_set(test_db, tenant, "erase_member", "false"), ERR_NONE);
	account = log_in(&lonely, "oKeeps", NULL);
	assert_int_equal(make_member(account.wechat_user_id), ERR_NONE);
	assert_true(close_account(&account).is_erased);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM member"), 1);

	assert_int_equal(setting_set(test_db, tenant, "erase_member", "true"), ERR_NONE);
	account = log_in(&lonely, "oShares", NULL);
	id = log_in(&lonely, "oStays", NULL).wechat_user_id;
	sql("UPDATE wechat_user SET member_id = (SELECT id FROM member) "
	    "WHERE openid IN ('oShares', 'oStays')");
	close_account(&account);
	assert_int_equal(sql_number("SELECT member_id FROM wechat_user WHERE id = %d", id),
		sql_number("SELECT id FROM member"));
	sql("UPDATE wechat_user SET member_id = NULL; DELETE FROM member");
}

/* ---- What is left: nothing, in any column of any table. */

static const char *const seeds[] = {
	"张三丰", WHOLE_PHONE, WHOLE_ID_CARD, "oWhole", "uWhole", "识字里 7 号", WHOLE_MEMBER_PHONE,
};

struct cell {
	char table[65], column[65];
};

/* For next_column(): to ask information_schema for each would take long. */
static void list_columns(void)
{
	sql("CREATE OR REPLACE TEMPORARY TABLE cell AS SELECT table_name, column_name, "
	    SQL_IS_SEALED " AS is_sealed, ROW_NUMBER() OVER (PARTITION BY is_sealed "
	    "ORDER BY table_name, ordinal_position) - 1 AS place "
	    "FROM information_schema.columns WHERE table_schema = 'wxuser'");
}

/* The i-th column of the schema; false at the end. */
static bool next_column(int i, bool is_sealed, struct cell *cell_r)
{
	const char *name = sql_text("SELECT CONCAT(table_name, ' ', column_name) FROM cell "
				    "WHERE is_sealed = %d AND place = %d", is_sealed, i);

	if (name == NULL)
		return false;
	assert_int_equal(sscanf(name, "%64s %64s", cell_r->table, cell_r->column), 2);
	return true;
}

static size_t read_hex(const char *hex, uint8_t *bytes_r)
{
	size_t n = 0;

	for (unsigned byte; sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
		bytes_r[n] = (uint8_t)byte;
	return n;
}

/* Opens a sealed value, given as SQL says it: tenant, row_uuid and bytes in hexadecimal digits. */
static const char *open_value(const struct cell *cell, const char *text)
{
	static uint8_t sealed[4096];
	static char hex[2 * sizeof(sealed) + 1];
	char uuid[2 * UUID_SIZE + 1];
	struct secret_place place = {.table = cell->table, .column = cell->column};
	const char *opened;

	assert_int_equal(
		sscanf(text, "%d %32s %8192s", &place.tenant_id, uuid, hex), 3);
	read_hex(uuid, place.row_uuid.bytes);
	opened = secret_open(test_keys, &place, arena, sealed, read_hex(hex, sealed));
	assert_non_null(opened);
	return opened;
}

static int count_sealed(const struct cell *cell, const char *seed)
{
	const char *text;
	int n = 0;

	for (int i = 0; (text = sql_text("SELECT CONCAT(tenant_id, ' ', HEX(row_uuid), ' ', "
					 "HEX(%s)) FROM %s WHERE %s IS NOT NULL LIMIT %d, 1",
				 cell->column, cell->table, cell->column, i)) != NULL; i++)
		n += strstr(open_value(cell, text), seed) != NULL;
	return n;
}

static int count_with(const char *seed)
{
	struct cell cell;
	int n = 0;

	for (int i = 0; next_column(i, false, &cell); i++)
		n += (int)sql_number("SELECT COUNT(*) FROM `%s` WHERE "
				     "LOCATE('%s', CAST(`%s` AS BINARY)) > 0",
			cell.table, seed, cell.column);
	for (int i = 0; next_column(i, true, &cell); i++)
		n += count_sealed(&cell, seed);
	return n;
}

static void expect_seeds(bool are_there)
{
	for (size_t i = 0; i < N_OF(seeds); i++)
		if ((count_with(seeds[i]) > 0) != are_there)
			fail_msg("%s is %s the database", seeds[i], are_there ? "not in" : "in");
}

/* Whether the binary log that is being written has the seed. */
static bool binary_log_has(const char *seed)
{
	char path[512];
	struct buf log = {0};
	FILE *file;
	bool is_there;

	snprintf(path, sizeof(path), "%s", sql_text("SELECT @@datadir"));
	/* SHOW BINARY LOG STATUS has no form as a SELECT; the number counts the flushes. */
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "bin.%06d", n_logs);
	file = fopen(path, "re");
	assert_non_null(file);
	for (int c; (c = fgetc(file)) != EOF;)
		buf_append_char(&log, (char)c);
	fclose(file);
	is_there = memmem(log.data, log.size, seed, strlen(seed)) != NULL;
	buf_release(&log);
	return is_there;
}

static void begin_binary_log(void)
{
	sql("FLUSH BINARY LOGS");
	n_logs++;
}

/* Every table with personal data, as a backup of yesterday has it. */
static void copy_tables(bool is_restore)
{
	static const char *const tables[] = {
#define PERSONAL_TABLE(table, key, how) #table,
#include "personal_tables.inc"
	};

	for (size_t i = 0; i < N_OF(tables); i++)
		if (is_restore)
			sql("SET FOREIGN_KEY_CHECKS = 0; "
			    "INSERT IGNORE INTO %s SELECT * FROM backup.%s; "
			    "SET FOREIGN_KEY_CHECKS = 1", tables[i], tables[i]);
		else
			sql("CREATE TABLE backup.%s AS SELECT * FROM %s", tables[i], tables[i]);
}

static void test_nothing_is_left_nor_written_nor_restored(void **state)
{
	const struct account account = make_whole_person();
	struct closing closing;
	const char *log;

	(void)state;
	set_days("0");
	list_columns();
	expect_seeds(true);
	sql("CREATE DATABASE backup");
	copy_tables(false);
	assert_true(binary_log_has("oWhole"));
	begin_binary_log();
	captured_log_begin();
	closing = close_account(&account);
	log = captured_log_end();
	for (size_t i = 0; i < N_OF(seeds); i++) {
		assert_false(binary_log_has(seeds[i]));
		assert_null(strstr(log, seeds[i]));
	}
	assert_true(closing.is_erased);
	assert_int_equal(sql_number("SELECT COUNT(*) FROM audit WHERE id = %lld AND action = "
				    "'user.erase'", (long long)closing.receipt), 1);
	expect_seeds(false);
	copy_tables(true);
	expect_seeds(true);
	replay_erasures();
	expect_seeds(false);
	sql("DROP DATABASE backup");
}

/* "wxuserctl check" warns of it. */
static void test_a_binary_log_that_keeps_what_is_erased_is_told(void **state)
{
	struct server server;

	(void)state;
	assert_int_equal(server_read(test_db, &server), ERR_NONE);
	assert_false(server.logs_deleted_rows);
	sql("SET GLOBAL binlog_row_image = 'FULL'");
	assert_int_equal(server_read(test_db, &server), ERR_NONE);
	assert_true(server.logs_deleted_rows);
	sql("SET GLOBAL binlog_row_image = 'MINIMAL'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_closed_account_is_as_if_it_were_not_there),
		cmocka_unit_test(test_a_refused_login_says_which_account_it_is),
		cmocka_unit_test(test_an_account_that_is_opened_again),
		cmocka_unit_test(test_a_saved_user_is_erased_with_the_account_it_is_of),
		cmocka_unit_test(test_a_saved_user_does_not_join_a_disabled_account),
		cmocka_unit_test(test_the_removal_of_an_app_keeps_users_of_others),
		cmocka_unit_test(test_an_app_does_not_go_with_many_rows),
		cmocka_unit_test(test_the_job_erases_what_is_due),
		cmocka_unit_test(test_a_damaged_value_keeps_no_account),
		cmocka_unit_test(test_a_person_who_is_kept_has_no_line),
		cmocka_unit_test(test_the_erasure_of_one_user_ends_the_wait),
		cmocka_unit_test(test_the_member_of_others_or_of_the_tenant_stays),
		cmocka_unit_test(test_nothing_is_left_nor_written_nor_restored),
		cmocka_unit_test(test_a_binary_log_that_keeps_what_is_erased_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
