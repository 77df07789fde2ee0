#include "unit.h"

#include "mariadb.h"
#include "statement_tenant.h"
#include "statements.h"
#include "stmt.h"

/* ---- The statements of the program: db/stmt.h. */

static void check_tenant(void *ctx, const struct stmt *stmt)
{
	const char *missing = statement_tenant_missing(stmt);
	int *n_reasons = ctx;

	if (missing != NULL && stmt->any_tenant == NULL)
		fail_msg("%s may be of any tenant in: %s", missing, stmt->text);
	if (missing == NULL && stmt->any_tenant != NULL)
		fail_msg("\"%s\" is no reason where all is one tenant's: %s", stmt->any_tenant,
			stmt->text);
	*n_reasons += stmt->any_tenant != NULL;
}

static void test_every_statement_names_the_tenant_or_says_why_not(void **state)
{
	int n_reasons = 0;

	(void)state;
	statements_each(check_tenant, &n_reasons);
	assert_true(n_reasons > 0);
}

/* ---- What is found in a text. */

#define OF_TENANT(sql) {.text = (sql)}
#define OF_ANY(alias, sql) {.text = (sql), .missing = (alias)}

static const struct {
	const char *text, *missing;
} examples[] = {
	OF_TENANT("SELECT name FROM tenant ORDER BY id"),
	OF_TENANT("SELECT name FROM region WHERE code = ?"),
	OF_TENANT("SELECT id FROM member WHERE tenant_id = ? AND id = ?"),
	OF_TENANT("SELECT id FROM member WHERE id = ? AND tenant_id = ? FOR UPDATE"),
	OF_ANY("member", "SELECT id FROM member WHERE id = ?"),
	OF_ANY("member", "SELECT id FROM member WHERE id = ? AND tenant_id <> ?"),
	OF_ANY("member", "SELECT id FROM member WHERE id = ? AND tenant_id = ? + 1"),
	OF_ANY("member", "SELECT id FROM member WHERE id = ? AND tenant_id = tenant_id"),
	OF_ANY("member", "SELECT tenant_id = ? FROM member WHERE id = ?"),
	OF_ANY("member", "SELECT id FROM member WHERE NOT tenant_id = ? AND id = ?"),
	OF_ANY("member", "SELECT id FROM member ORDER BY tenant_id = ?"),
	/* OR. */
	OF_ANY("member", "SELECT id FROM member WHERE tenant_id = ? OR id = ?"),
	OF_ANY("member", "SELECT id FROM member WHERE id = ? OR tenant_id = ? AND sex = ?"),
	OF_ANY("member", "SELECT id FROM member WHERE (tenant_id = ? AND id = ?) OR (id = ?)"),
	OF_TENANT("SELECT id FROM member WHERE (tenant_id = ? AND id = ?) "
		  "OR (tenant_id = ? AND sex = ?)"),
	OF_TENANT("SELECT id FROM member WHERE tenant_id = ? AND (id = ? OR sex = ?)"),
	/* Joins. */
	OF_TENANT("SELECT a.id FROM wechat_user u JOIN account a ON a.id = u.account_id "
		  "WHERE u.tenant_id = ?"),
	OF_TENANT("SELECT a.id FROM wechat_user u JOIN account a ON a.id = u.account_id "
		  "WHERE a.tenant_id = ?"),
	OF_TENANT("SELECT b.id FROM wechat_user a JOIN wechat_user b "
		  "ON b.account_id = a.account_id WHERE a.tenant_id = ?"),
	OF_TENANT("SELECT p.id FROM tenant t JOIN app p ON p.tenant_id = t.id WHERE t.id = ?"),
	OF_ANY("p", "SELECT p.id FROM tenant t JOIN app p ON p.tenant_id = t.id"),
	OF_ANY("b", "SELECT b.id FROM wechat_user a JOIN wechat_user b ON b.openid = a.openid "
		    "WHERE a.tenant_id = ?"),
	OF_ANY("b", "SELECT b.id FROM wechat_user a JOIN wechat_user b ON b.id = a.member_id "
		    "WHERE a.tenant_id = ?"),
	OF_TENANT("SELECT u.id FROM wechat_user u LEFT JOIN account a ON a.id = u.account_id "
		  "WHERE u.tenant_id = ?"),
	OF_ANY("u", "SELECT u.id FROM wechat_user u LEFT JOIN account a "
		    "ON a.id = u.account_id AND a.tenant_id = ?"),
	OF_ANY("r", "SELECT r.app_id FROM api_key k JOIN wechat_token_reader r "
		    "ON r.audited_at = k.created_at WHERE k.tenant_id = ?"),
	OF_TENANT("SELECT r.app_id FROM api_key k JOIN wechat_token_reader r "
		  "ON r.api_key_id = k.id WHERE k.tenant_id = ?"),
	/* Subqueries. */
	OF_ANY("account_alias", "SELECT id FROM account WHERE tenant_id = ? AND id = "
				"(SELECT account_id FROM account_alias WHERE alias = ?)"),
	OF_ANY("account", "SELECT id FROM account WHERE id IN (SELECT account_id "
			  "FROM account_alias WHERE tenant_id = ?)"),
	OF_TENANT("SELECT (SELECT COUNT(*) FROM consent WHERE account_id = a.id) "
		  "FROM account a WHERE a.tenant_id = ?"),
	OF_ANY("member", "SELECT id FROM app WHERE tenant_id = ? UNION SELECT id FROM member"),
	/* Writes. */
	OF_TENANT("UPDATE member SET sex = ? WHERE tenant_id = ? AND id = ?"),
	OF_ANY("member", "UPDATE member SET tenant_id = ? WHERE id = ?"),
	OF_ANY("member", "DELETE FROM member WHERE id = ?"),
	OF_ANY("n", "DELETE n FROM consent n WHERE n.account_id = ?"),
	OF_TENANT("INSERT INTO consent (account_id, tenant_id) VALUES (?, ?)"),
	OF_TENANT("INSERT INTO consent SET tenant_id = ?, account_id = ?"),
	OF_TENANT("INSERT INTO app (tenant_id, appid) SELECT id, ? FROM tenant WHERE id = ?"),
	OF_TENANT("INSERT IGNORE INTO consent (account_id, tenant_id) "
		  "SELECT id, tenant_id FROM account WHERE tenant_id = ?"),
	OF_ANY("consent", "INSERT INTO consent (account_id, tenant_id) VALUES (?, 1)"),
	OF_ANY("consent", "INSERT INTO consent (account_id) VALUES (?)"),
	OF_ANY("consent", "INSERT INTO consent (account_id, tenant_id) "
			  "SELECT id, tenant_id FROM account WHERE id = ?"),
};

static void test_what_is_the_tenants_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(examples); i++) {
		const struct stmt stmt = {.text = examples[i].text};
		const char *missing = statement_tenant_missing(&stmt);

		if (missing == NULL ? examples[i].missing != NULL
				    : examples[i].missing == NULL ||
					    strcmp(missing, examples[i].missing) != 0)
			fail_msg("found %s: %s", missing == NULL ? "none" : missing, stmt.text);
	}
}

struct row {
	int32_t id, tenant_id;
};

static void test_a_compared_column_makes_its_table_the_tenants(void **state)
{
	struct stmt stmt = {
		.text = "SELECT u.id, u.tenant_id FROM wechat_user u JOIN account a "
			"ON a.id = u.account_id WHERE u.id = ?",
		.params = COLUMNS(COLUMN(struct row, tenant_id, TENANT),
			COLUMN(struct row, id, INT32)),
		.columns = COLUMNS(COLUMN(struct row, id, INT32),
			COLUMN(struct row, tenant_id, TENANT)),
	};

	(void)state;
	assert_null(statement_tenant_missing(&stmt));
	stmt.params = NULL;
	assert_string_equal(statement_tenant_missing(&stmt), "u");
	stmt.columns = NULL;
	assert_string_equal(statement_tenant_missing(&stmt), "u");
}

static void test_a_tenant_is_compared_with_a_member_of_that_name(void **state)
{
	struct stmt stmt = {
		.text = "SELECT id FROM app WHERE id = ? AND tenant_id = ?",
		.params = COLUMNS(COLUMN(struct row, id, INT32),
			COLUMN(struct row, tenant_id, INT32)),
	};

	(void)state;
	assert_null(statement_tenant_missing(&stmt));
	stmt.text = "SELECT id FROM app WHERE tenant_id = ? AND id = ?";
	assert_string_equal(statement_tenant_missing(&stmt), "app");
	stmt.text = "INSERT INTO app (tenant_id, id) VALUES (?, ?)";
	assert_string_equal(statement_tenant_missing(&stmt), "app");
}

static int set_up(void **state)
{
	mariadb_open(state);
	statement_tenant_begin();
	return 0;
}

static int tear_down(void **state)
{
	statement_tenant_end();
	return mariadb_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_statement_names_the_tenant_or_says_why_not),
		cmocka_unit_test(test_what_is_the_tenants_is_found),
		cmocka_unit_test(test_a_compared_column_makes_its_table_the_tenants),
		cmocka_unit_test(test_a_tenant_is_compared_with_a_member_of_that_name),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
