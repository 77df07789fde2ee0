#include "unit.h"

#include "arena.h"
#include "buf.h"
#include "db.h"
#include "mariadb.h"
#include "statements.h"
#include "stmt.h"
#include "str.h"

/* Asks the server how it would run each statement if every table had a million rows: none may need
 * all of them. The statistics say so, not the tables, which have one row each, with the values that
 * the statements look for. So the server uses an index wherever there is one. */

#define N_ROWS "1000000"
#define N_FEW "100"
#define TENANT "100" /* as all numbers are */

/* Tables that have few rows, however many users there are. A job empties statistics_part. */
#define FEW                                                                                     \
	"'schema_version', 'job_lease', 'maintenance', 'migration_lock', 'key_check', "         \
	"'key_host', 'role_type', 'tenant', 'app', 'open_platform', 'wechat_token', "           \
	"'operator_key', 'api_key', 'statistics_part'"

/* SQL: a column's value, as literal_of() has it; NULL where that is allowed of a time, which says
 * that something has ended. */
#define VALUE                                                                                   \
	"CASE WHEN data_type IN ('datetime', 'date') "                                          \
	"THEN IF(is_nullable = 'YES', 'NULL', '''2026-01-01''') "                               \
	"WHEN column_type = 'binary(16)' THEN 'UNHEX(MD5(''x''))' "                             \
	"WHEN column_type = 'binary(32)' THEN 'UNHEX(SHA2(''x'', 256))' "                       \
	"WHEN data_type = 'longtext' THEN '''{}''' "                                            \
	"WHEN data_type IN ('varchar', 'char', 'text', 'varbinary', 'blob') THEN '''x''' "      \
	"ELSE '100' END"

static void fill_tables(void)
{
	sql("SET foreign_key_checks = 0, check_constraint_checks = 0, sql_mode = ''");
	for (int i = 0;; i++) {
		const char *insert = sql_text(
			"SELECT CONCAT('REPLACE INTO ', table_name, ' (', "
			"GROUP_CONCAT(column_name), ') VALUES (', GROUP_CONCAT(" VALUE "), ')') "
			"FROM information_schema.columns WHERE table_schema = DATABASE() "
			"AND is_generated = 'NEVER' GROUP BY table_name ORDER BY table_name "
			"LIMIT 1 OFFSET %d", i);

		if (insert == NULL)
			return;
		sql("%s", arena_strdup(test_db->arena, insert));
		db_end_request(test_db);
	}
}

/* The first column of most indexes is the tenant, of whom there are few. */
static void tell_sizes(void)
{
	sql("%s", arena_strdup(test_db->arena,
		sql_text("SELECT CONCAT('ANALYZE TABLE ', GROUP_CONCAT(table_name)) FROM "
			 "information_schema.tables WHERE table_schema = DATABASE()")));
	sql("UPDATE mysql.innodb_table_stats SET n_rows = IF(table_name IN (" FEW "), " N_FEW
	    ", " N_ROWS "), clustered_index_size = IF(n_rows = " N_FEW ", 1, 50000) "
	    "WHERE database_name = DATABASE()");
	sql("UPDATE mysql.innodb_index_stats SET stat_value = IF(table_name IN (" FEW "), " N_FEW
	    ", IF(stat_name = 'n_diff_pfx01' AND index_name <> 'PRIMARY', 1000, " N_ROWS ")) "
	    "WHERE database_name = DATABASE() AND stat_name LIKE 'n_diff_pfx%%'");
	mariadb_stop(); /* the server reads them as it begins */
	mariadb_start();
	sql("USE wxuser");
}

static int set_up(void **state)
{
	mariadb_options[0] = "--innodb-stats-auto-recalc=0";
	mariadb_open(state);
	sql("SET group_concat_max_len = 65536");
	fill_tables();
	tell_sizes();
	return 0;
}

static const char *literal_of(const struct column *param)
{
	switch (param->kind) {
	case COLUMN_STR:
	case COLUMN_SEALED:
		return "'x'";
	case COLUMN_HASH:
	case COLUMN_FOUND_BY:
	case COLUMN_KEYED:
	case COLUMN_NEXT:
		return "UNHEX(SHA2('x', 256))";
	case COLUMN_UUID:
		return "UNHEX(MD5('x'))";
	case COLUMN_TIME:
		return "'2026-01-01'";
	default:
		return TENANT;
	}
}

static const char *text_with_values(const struct stmt *stmt)
{
	struct buf text = {.arena = test_db->arena};
	const struct column *param = stmt->params;

	for (const char *at = stmt->text; *at != '\0'; at++) {
		if (*at != '?') {
			buf_append_char(&text, *at);
			continue;
		}
		while (param->kind == COLUMN_TENANT) /* is not sent */
			param++;
		buf_append_str(&text, literal_of(param++));
	}
	return text.data;
}

/* Statements that read a whole table, by what stands in them, and why they may. */
static const struct {
	const char *part, *reason;
} wholes[] = {
	{"SELECT DISTINCT day FROM active_day", "\"app remove\" does it once, day by day"},
	{"FROM audit ORDER BY id LIMIT ?", "it ends at the limit"},
	{"FROM audit ORDER BY id DESC LIMIT ?", "it ends at the limit"},
	{"FROM audit ORDER BY id LIMIT 1000", "it ends at the limit"},
	{"SELECT COUNT(*) FROM audit WHERE action = ?", "wxuserctl counts along an index"},
	{"MAX(sequence) AS sequence FROM audit_link", "it reads a place for each tenant"},
	{"FROM login_claim WHERE tenant_id = ? AND wechat_user_id = ?",
		"claims are kept for minutes, and each login would write the index"},
	{"FROM audit GROUP BY key_number", "\"keys status\" counts all"},
	{"FROM audit_link GROUP BY key_number", "\"keys status\" counts all"},
	{"SELECT COUNT(*) FROM audit WHERE key_number IS NULL", "\"keys\" counts all"},
	{"COUNT(*) FROM account a LEFT JOIN setting s", "a rotation of look-up keys looks at all"},
	{"FROM statistics s FORCE INDEX (statistics_age)", "a job goes along the index of age"},
};

static bool is_used[N_OF(wholes)];

static bool may_read_all(const char *text)
{
	bool is_named = false;

	for (size_t i = 0; i < N_OF(wholes); i++) {
		if (strstr(text, wholes[i].part) == NULL)
			continue;
		is_used[i] = is_named = true;
	}
	return is_named;
}

static bool is_read_whole(const char *table)
{
	const char *n_rows = strstr(table, "\"rows\": ");

	return (strstr(table, "\"access_type\": \"ALL\"") != NULL ||
		       strstr(table, "\"access_type\": \"index\"") != NULL) &&
		n_rows != NULL && strtol(n_rows + strlen("\"rows\": "), NULL, 10) > 1000;
}

/* Returns what the plan says of a table that is read whole; NULL: none is. */
static const char *find_whole(char *plan)
{
	for (char *table = strstr(plan, "\"table_name\""), *next; table != NULL; table = next) {
		next = strstr(table + 1, "\"table_name\"");
		if (next != NULL)
			next[-1] = '\0';
		if (is_read_whole(table))
			return table;
	}
	return NULL;
}

struct explained {
	int n, n_of_tables; /* statements, and those whose plan names a table */
	int n_wrong;
};

static bool is_explained(const char *text)
{
	static const char *const verbs[] = {
		"SELECT ", "(SELECT ", "UPDATE ", "DELETE ", "INSERT ", "REPLACE ", "WITH "};

	for (size_t i = 0; i < N_OF(verbs); i++)
		if (str_starts_with(text, verbs[i]))
			return true;
	return false;
}

static void explain(void *ctx, const struct stmt *stmt)
{
	struct explained *explained = ctx;
	const char *text, *whole;
	char *plan;

	if (!is_explained(stmt->text))
		return;
	text = text_with_values(stmt);
	plan = arena_strdup(test_db->arena, sql_text("EXPLAIN FORMAT=JSON %s", text));
	explained->n++;
	explained->n_of_tables += strstr(plan, "\"access_type\"") != NULL;
	whole = find_whole(plan);
	if (whole != NULL && !may_read_all(stmt->text)) {
		explained->n_wrong++;
		print_error("%s\n", text);
		print_error("%s\n", whole);
	}
	db_end_request(test_db);
}

static void test_no_statement_reads_a_whole_table(void **state)
{
	struct explained explained = {0};

	(void)state;
	statements_each(explain, &explained);
	print_message("%d statements, %d with a plan\n", explained.n, explained.n_of_tables);
	assert_int_equal(explained.n_wrong, 0);
	for (size_t i = 0; i < N_OF(wholes); i++)
		if (!is_used[i])
			fail_msg("no statement with this reads a whole table: %s", wholes[i].part);
	assert_true(explained.n_of_tables > explained.n / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_statement_reads_a_whole_table),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
