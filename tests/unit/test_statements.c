#include "unit.h"

#include <regex.h>

#include "arena.h"
#include "statements.h"
#include "stmt.h"
#include "str.h"

/* Rules for the text of every statement, which need no database. */

static struct arena *arena;

static bool matches(const char *text, const char *pattern, regmatch_t match_r[2])
{
	regex_t regex;
	bool is_match;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED), 0);
	is_match = regexec(&regex, text, 2, match_r, 0) == 0;
	regfree(&regex);
	return is_match;
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1024 * 1024);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* ---- Every UPDATE of a user raises its version: db/schema/0013_user_version.sql. */

/* Returns "u." for "UPDATE … wechat_user u … SET", "" for "UPDATE wechat_user SET" and "UPDATE
 * wechat_user FORCE INDEX … SET". */
static const char *prefix_of_user(const char *text)
{
	const char *alias = strstr(text, "wechat_user ") + strlen("wechat_user ");

	if (str_starts_with(alias, "SET ") || str_starts_with(alias, "FORCE "))
		return "";
	return arena_printf(arena, "%.*s.", (int)strcspn(alias, " "), alias);
}

static bool updates_user(const char *text)
{
	const char *set = strstr(text, " SET "), *user = strstr(text, "wechat_user "), *list;
	regmatch_t match[2];

	if (!str_starts_with(text, "UPDATE ") || user == NULL || user > set)
		return false;
	list = arena_strndup(arena, set, (size_t)(strstr(set, " WHERE ") - set));
	return matches(
		list, arena_printf(arena, " %s[a-z_]+ = ", prefix_of_user(text)), match);
}

static void check_version(void *ctx, const struct stmt *stmt)
{
	const char *prefix;
	int *n_found = ctx;

	if (!updates_user(stmt->text))
		return;
	++*n_found;
	prefix = prefix_of_user(stmt->text);
	if (strstr(stmt->text, arena_printf(arena, " %sversion = %sversion + 1", prefix, prefix)) ==
		NULL)
		fail_msg("the statement does not raise the user's version: %s", stmt->text);
}

static void test_every_update_of_a_user_raises_its_version(void **state)
{
	int n_found = 0;

	(void)state;
	statements_each(check_version, &n_found);
	assert_true(n_found >= 7);
}

/* ---- Rows that are read by their id. */

/* Whose rows have a tenant, and a small number by which a client may name them. */
#define TABLES "(app|api_key|wechat_user|member|resident|community|organisation|membership)"

/* Whether the name is one of TABLES in the statement, or stands for one; "": the only one. */
static bool names_table(const char *text, const char *name)
{
	regmatch_t match[2];
	const char *table = arena_printf(arena, "(FROM|JOIN) " TABLES " %s ",
		*name == '\0' ? "(FORCE INDEX [(][a-zA-Z_]+[)] )?WHERE" : name);

	return matches(name, "^" TABLES "$", match) || matches(text, table, match);
}

/* Whether a SELECT compares the id of one of TABLES with a parameter. */
static bool reads_by_id(const char *text)
{
	regmatch_t match[2];

	if (!str_starts_with(text, "SELECT "))
		return false;
	for (const char *at = text; matches(at, "[ (]([a-z_]+\\.)?id (= \\?|IN \\(\\?)", match);
		at += match[0].rm_eo) {
		const int size = match[1].rm_eo - match[1].rm_so - 1; /* without the dot */
		const char *name = size < 0
			? ""
			: arena_printf(arena, "%.*s", size, at + match[1].rm_so);

		if (names_table(text, name))
			return true;
	}
	return false;
}

static void test_a_row_by_id_is_found_however_it_is_named(void **state)
{
	(void)state;
	assert_true(reads_by_id("SELECT id FROM member WHERE id = ?"));
	assert_true(reads_by_id("SELECT id FROM app FORCE INDEX (PRIMARY) WHERE id = ?"));
	assert_true(reads_by_id("SELECT m.id FROM tenant JOIN member m ON m.id IN (?, ?)"));
	assert_true(reads_by_id("SELECT 1 FROM wechat_user usr WHERE usr.id = ?"));
	assert_true(reads_by_id("SELECT 1 FROM tenant JOIN app WHERE app.id = ?"));
	assert_false(reads_by_id("SELECT 1 FROM wechat_user u JOIN account a WHERE a.id = ?"));
	assert_false(reads_by_id("SELECT id FROM member WHERE phone_hash = ?"));
}

/* ---- A user or member whom a client names is looked for again on a cluster: db/stmt.h. */

static bool reads_by_name(const char *text)
{
	regmatch_t match[2];

	return str_starts_with(text, "SELECT ") &&
		matches(text, "(FROM|JOIN) (wechat_user|member) ", match) &&
		(reads_by_id(text) ||
			matches(text, "(openid|unionid|phone_hash) = \\?", match));
}

/* What stands in those that are not. */
static const char *const certain[] = {
	/* The rule repeats it together with others: conn_may_find_more(). */
	"WHERE u.id IN (",
	/* A user whose token was found, and so is here. */
	"FROM wechat_user own LEFT JOIN wechat_user u ",
	"SELECT a.id, a.is_active, a.erases_at, ",
	"SELECT a.appid FROM wechat_user u ",
	"SELECT account_id, UTC_TIMESTAMP(6) FROM wechat_user ",
	"SELECT tenant_id, id, app_id FROM wechat_user WHERE id = ? FOR UPDATE",
	/* Who is missing is created, unless a unique key says that another node has done so. */
	" FROM app FORCE INDEX (PRIMARY) LEFT JOIN wechat_user u ",
	" LEFT JOIN account a FORCE INDEX (PRIMARY) ON a.id = u.account_id "
	"WHERE u.tenant_id = ? AND u.openid = ?",
	", is_closed FROM wechat_user FORCE INDEX (wechat_user_openid) "
	"WHERE tenant_id = ? AND openid = ?",
	", card_state FROM member WHERE tenant_id = ? AND phone_hash = ?",
	/* It says only why no member was found. */
	"void_phone_hash = ?",
	/* More of whom the request has read before. */
	"SELECT u.tenant_id, u.account_id, u.id, u.app_id, ",
	" AS before_at) c JOIN wechat_user o ",
	" FROM former_openid f JOIN wechat_user u ",
	" AND u.account_id IS NULL ORDER BY ",
	"SELECT CASE WHEN EXISTS (SELECT 1 FROM account_unionid ",
	" FROM wechat_user WHERE tenant_id = ? AND id = ? LIMIT 10000",
	" FROM member WHERE tenant_id = ? AND id = ? LIMIT 10000",
};

static void check_reads_again(void *ctx, const struct stmt *stmt)
{
	int *n_found = ctx;
	bool is_certain = false;

	for (size_t i = 0; i < N_OF(certain); i++)
		is_certain |= strstr(stmt->text, certain[i]) != NULL;
	if (reads_by_name(stmt->text) && !stmt->reads_again && !is_certain)
		fail_msg("the statement may miss what another node has: %s", stmt->text);
	*n_found += stmt->reads_again;
}

static void test_who_is_named_is_looked_for_again(void **state)
{
	int n_found = 0;

	(void)state;
	statements_each(check_reads_again, &n_found);
	assert_true(n_found >= 20);
}

/* ---- Who changes what /v1 shows of users dates them: db/user_changes.h. */

#define SHOWN "(wechat_user|account|account_alias|member)"
/* Writes one of these tables, or joins one. */
#define WRITE                                                                                   \
	"^(INSERT INTO|UPDATE( IGNORE)?|DELETE( [a-z]+)? FROM) ([a-z_]+ ([a-z] )?(JOIN|LEFT "   \
	"JOIN) )?" SHOWN "[ (]"

/* What each of them that dates nobody begins with. */
static const char *const undated[] = {
	/* Nothing that is shown. */
	"UPDATE wechat_user u FORCE INDEX (PRIMARY) JOIN login_claim c FORCE INDEX (PRIMARY) "
	"SET u.version = u.version + 1, u.session_key = ?, "
	"u.session_at = UTC_TIMESTAMP(6), u.exchanged_at = UTC_TIMESTAMP(6), c.state = 1, "
	"c.wechat_user_id = u.id WHERE ",
	"UPDATE wechat_user u FORCE INDEX (PRIMARY) JOIN login_claim c FORCE INDEX (PRIMARY) "
	"SET u.version = u.version + 1, u.session_key = ?, "
	"u.session_at = UTC_TIMESTAMP(6), u.exchanged_at = UTC_TIMESTAMP(6), c.state = 1, "
	"c.wechat_user_id = u.id, u.active_on = DATE(UTC_TIMESTAMP() + INTERVAL 8 HOUR) WHERE ",
	"UPDATE wechat_user FORCE INDEX (PRIMARY) SET version = version + 1, "
	"n_token_families = n_token_families + 1 ",
	"UPDATE account FORCE INDEX (PRIMARY) SET security_stamp = ?, ",
	"UPDATE account FORCE INDEX (PRIMARY) SET entity_version = entity_version + 1, ",
	"UPDATE account SET disabled_at = IF(is_active, UTC_TIMESTAMP(6), NULL), "
	"is_active = NOT is_active ",
	"UPDATE account SET n_moves = n_moves + 1 ",
	"UPDATE account SET exported_at = ",
	"UPDATE access_token t JOIN wechat_user u ",
	"UPDATE account_conflict c JOIN wechat_user u ",
	/* The rule has another statement that dates the account's users: account_set_flag(),
	 * account_close() and account_reopen(), confirmed_phone_forget(). */
	"UPDATE account SET is_mini_program_remind = ",
	"UPDATE account SET is_close_order_pda = ",
	"UPDATE account SET is_show_statistics_pda = ",
	"UPDATE account SET is_show_no_fee_leave_button = ",
	"UPDATE account SET can_balance_pay = ",
	"UPDATE account SET erases_at = ?, is_active = NOT ? ",
	"UPDATE account SET confirmed_phone_hash = NULL, ",
	/* The same: a merge, and its undo. */
	"UPDATE account_alias ",
	"INSERT INTO account_alias ",
	"DELETE FROM account_alias ",
	"UPDATE account s JOIN account m ",
	"UPDATE account s JOIN merge_log l ",
	"UPDATE account m JOIN merge_log l ",
	/* The same: member_import(). */
	"UPDATE member SET modified_at = UTC_TIMESTAMP(6), ",
	/* Hashes of what stays: lookup_columns.c, lookup_confirmed.c. */
	"UPDATE IGNORE ",
	"UPDATE account SET confirmed_phone_hash_next = ",
	"UPDATE member SET phone_hash_next = ",
	"UPDATE account SET confirmed_phone_hash = confirmed_phone_hash_next ",
	"UPDATE account SET confirmed_phone_hash = ?, confirmed_phone_hash_next = ? WHERE ",
	/* The user is stored, or bound to the member, in the same transaction. */
	"INSERT INTO account (",
	"INSERT INTO member SET ",
	"UPDATE account SET created_at = ",
	"UPDATE account SET is_active = FALSE, disabled_at = UTC_TIMESTAMP(6) ",
	/* An erasure, which has an INSERT INTO gone_user. */
	"DELETE FROM account ",
	"DELETE FROM wechat_user ",
	"DELETE FROM member ",
};

static bool is_undated(const char *text)
{
	for (size_t i = 0; i < N_OF(undated); i++)
		if (str_starts_with(text, undated[i]))
			return true;
	return false;
}

static bool dates_users(const char *text)
{
	return strstr(text, "version + 1, changed_at = ") != NULL ||
		strstr(text, "u.changed_at = ") != NULL ||
		str_starts_with(text, "INSERT INTO wechat_user ") ||
		str_starts_with(text, "INSERT INTO gone_user ");
}

static void check_dates(void *ctx, const struct stmt *stmt)
{
	const char *text = stmt->text;
	regmatch_t match[2];
	int *n_found = ctx;

	if (str_starts_with(text, "SELECT "))
		return;
	if (dates_users(text) != stmt->changes_users)
		fail_msg("changes_users is not as it should be: %s", text);
	if (!stmt->changes_users && matches(text, WRITE, match) && !is_undated(text))
		fail_msg("the statement dates no users, and is not known to change none: %s", text);
	*n_found += stmt->changes_users;
}

static void test_who_changes_users_dates_them(void **state)
{
	int n_found = 0;

	(void)state;
	statements_each(check_dates, &n_found);
	assert_true(n_found >= 16);
}

/* ---- Workers are told of every change of what they remember: db/remembered.h. */

/* What the database did not have is not remembered, but for a setting, whose default is. */
#define CHANGE "^((UPDATE|DELETE FROM) (app|api_key|setting) |INSERT INTO setting )"
/* No worker remembers when a key was used. */
#define NO_CHANGE "^UPDATE api_key SET used_on = "

static void check_change(void *ctx, const struct stmt *stmt)
{
	regmatch_t match[2];
	int *n_found = ctx;

	if ((matches(stmt->text, CHANGE, match) && !matches(stmt->text, NO_CHANGE, match)) !=
		stmt->changes_remembered)
		fail_msg("whether workers are told of it is not as it should be: %s", stmt->text);
	*n_found += stmt->changes_remembered;
}

static void test_workers_are_told_of_every_change_of_what_they_remember(void **state)
{
	int n_found = 0;

	(void)state;
	statements_each(check_change, &n_found);
	assert_true(n_found >= 8);
}

/* ---- Who moves a user to another account or app moves its tokens, which name both: token.h. */

/* Writes such a column of a user, or of a table that is joined with it. */
#define MOVE "^UPDATE .*wechat_user .*SET.*[ ,.](account_id|app_id) = .*WHERE"

/* How each of them sets it, for which that is so. */
static const char *const moves[] = {
	/* link_store_user() */
	"SET version = version + 1, changed_at = IF(app_id <=> ? AND account_id <=> ? ",
	", active_on), app_id = ?, account_id = ?, unionid = ?, ",
	/* account_merge.c, and the undo */
	"changed_at = UTC_TIMESTAMP(6), account_id = ? WHERE tenant_id = ? AND account_id = ?",
	"u.account_id = l.merged_id ",
	/* A user who had no account, and so has no token. */
	"u.account_id = a.id, u.is_closed = 1, ",
	/* Its tokens. */
	"SET t.account_id = u.account_id, t.app_id = u.app_id, t.openid = u.openid, ",
};

static void test_a_move_is_found_however_the_user_is_named(void **state)
{
	regmatch_t match[2];

	(void)state;
	assert_true(matches("UPDATE wechat_user SET app_id = ? WHERE id = ?", MOVE, match));
	assert_true(matches("UPDATE account a JOIN wechat_user u ON u.account_id = a.id "
			    "SET a.n_moves = 1, u.account_id = ? WHERE a.id = ?", MOVE, match));
	assert_true(matches("UPDATE app JOIN wechat_user ON wechat_user.app_id = app.id "
			    "SET wechat_user.app_id = ? WHERE app.id = ?", MOVE, match));
	assert_false(matches("UPDATE wechat_user u JOIN account a ON a.id = u.account_id "
			     "SET u.name = ? WHERE a.id = ?", MOVE, match));
	assert_false(matches("UPDATE app SET n = (SELECT COUNT(*) FROM wechat_user u "
			     "WHERE u.app_id = app.id) WHERE id = ?", MOVE, match));
}

static void check_move(void *ctx, const struct stmt *stmt)
{
	regmatch_t match[2];
	int *n_found = ctx;
	bool is_known = false;

	if (!matches(stmt->text, MOVE, match))
		return;
	++*n_found;
	for (size_t i = 0; i < N_OF(moves); i++)
		is_known |= strstr(stmt->text, moves[i]) != NULL;
	if (!is_known)
		fail_msg("do the tokens follow the user? %s", stmt->text);
}

static void test_who_moves_a_user_moves_its_tokens(void **state)
{
	int n_found = 0;

	(void)state;
	statements_each(check_move, &n_found);
	assert_int_equal(n_found, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_update_of_a_user_raises_its_version),
		cmocka_unit_test(test_who_changes_users_dates_them),
		cmocka_unit_test(test_a_row_by_id_is_found_however_it_is_named),
		cmocka_unit_test(test_who_is_named_is_looked_for_again),
		cmocka_unit_test(test_workers_are_told_of_every_change_of_what_they_remember),
		cmocka_unit_test(test_a_move_is_found_however_the_user_is_named),
		cmocka_unit_test(test_who_moves_a_user_moves_its_tokens),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
