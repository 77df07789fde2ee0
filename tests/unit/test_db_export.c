#include "unit.h"

#include <jansson.h>

#include "buf.h"
#include "export_json.h"
#include "logins.h"
#include "mariadb.h"
#include "person_export.h"
#include "principal.h"
#include "setting.h"
#include "uuid.h"
#include "wechat_user.h"
#include "whole_person.h"

static const struct column_mark {
	const char *table, *column, *mark;
} marks[] = {
#define PERSONAL_COLUMN(table, column, type, mark) {#table, #column, #mark},
#include "personal_tables.inc"
};

static struct person whole;

static int set_up(void **state)
{
	logins_open(state);
	whole.tenant_id = tenant;
	assert_true(uuid_parse(make_whole_person().id, &whole.account_id));
	return 0;
}

static json_t *export(const struct person *person)
{
	struct buf buf = {0};
	json_t *json;

	assert_int_equal(export_json(test_db, person, "test", &buf), ERR_NONE);
	json = json_loadb(buf.data, buf.size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	buf_release(&buf);
	return json;
}

/* The value in the table's first row; NULL: the export lacks the column. */
static json_t *value_of(json_t *json, const char *table, const char *column)
{
	return json_object_get(json_array_get(json_object_get(json, table), 0), column);
}

static const char *text_of(json_t *json, const char *table, const char *column)
{
	return json_string_value(value_of(json, table, column));
}

static void expect_columns(json_t *json, bool with_internal)
{
	for (size_t i = 0; i < N_OF(marks); i++) {
		const struct column_mark *mark = &marks[i];
		bool is_expected = strcmp(mark->mark, "EXPORTED") == 0 ||
			(with_internal && strcmp(mark->mark, "INTERNAL") == 0);

		if ((value_of(json, mark->table, mark->column) != NULL) != is_expected)
			fail_msg("%s.%s is %s the export", mark->table, mark->column,
				is_expected ? "not in" : "in");
	}
}

static void test_every_column_of_the_person_is_there_and_no_other(void **state)
{
	json_t *json = export(&whole);

	(void)state;
	expect_columns(json, false);
	json_decref(json);
	assert_int_equal(setting_set(test_db, tenant, "export_internal", "true"), ERR_NONE);
	json = export(&whole);
	expect_columns(json, true);
	json_decref(json);
	assert_int_equal(setting_set(test_db, tenant, "export_internal", "false"), ERR_NONE);
}

static void test_values_are_readable(void **state)
{
	json_t *json = export(&whole), *users = json_object_get(json, "wechat_user");
	const char *created = text_of(json, "account", "created_at");
	char id[UUID_TEXT_SIZE];

	(void)state;
	uuid_format(whole.account_id, id);
	assert_string_equal(text_of(json, "account", "id"), id);
	assert_true(json_is_true(value_of(json, "account", "is_active")));
	assert_true(json_is_null(value_of(json, "account", "can_balance_pay")));
	assert_int_equal(strlen(created), strlen("2026-11-29T08:00:00.000Z"));
	assert_string_equal(created + strlen(created) - 1, "Z");
	assert_int_equal(json_array_size(users), 2);
	assert_string_equal(text_of(json, "wechat_user", "app_id"), "wx-official");
	assert_string_equal(json_string_value(json_object_get(json_array_get(users, 1), "phone")),
		WHOLE_PHONE);
	assert_true(json_is_null(value_of(json, "wechat_user", "phone")));
	assert_string_equal(text_of(json, "resident", "id_card"), WHOLE_ID_CARD);
	assert_string_equal(text_of(json, "member", "phone"), WHOLE_MEMBER_PHONE);
	assert_int_equal(json_array_size(json_object_get(json, "member")), 1);
	assert_true(json_is_integer(value_of(json, "member", "sex")));
	json_decref(json);
}

static void test_a_member_whom_another_person_shares(void **state)
{
	json_t *json;

	(void)state;
	log_in(&official, "oShares", NULL);
	sql("UPDATE wechat_user o JOIN wechat_user u ON u.openid = 'oWhole' "
	    "SET o.member_id = u.member_id, u.is_only_user = NULL WHERE o.openid = 'oShares'");
	json = export(&whole);
	assert_int_equal(json_array_size(json_object_get(json, "member")), 0);
	json_decref(json);
	sql("UPDATE wechat_user SET member_id = NULL WHERE openid = 'oShares'");
	json = export(&whole);
	assert_int_equal(json_array_size(json_object_get(json, "member")), 1);
	json_decref(json);
}

/* The tenant's server has stored one who never logged in. */
static void test_a_user_without_an_account(void **state)
{
	const struct principal principal = server_of(tenant);
	const struct wechat_user user = {.openid = "oStored", .name = "\"Li\""};
	struct person person;
	const char *table;
	json_t *json, *rows;
	int32_t id;

	(void)state;
	assert_int_equal(wechat_user_save(test_db, &principal, &user, &id), ERR_NONE);
	assert_int_equal(person_find(test_db, "oStored", &person), ERR_NONE);
	json = export(&person);
	assert_string_equal(text_of(json, "wechat_user", "name"), "\"Li\"");
	json_object_foreach(json, table, rows)
		if (strcmp(table, "left_out") != 0)
			assert_int_equal(json_array_size(rows), strcmp(table, "wechat_user") == 0);
	json_decref(json);
}

static void test_who_is_found(void **state)
{
	const char *alias = sql_text("SELECT LOWER(HEX(alias)) FROM account_alias");
	struct person person = {0};
	char id[UUID_TEXT_SIZE];

	(void)state;
	snprintf(id, sizeof(id), "%.8s-%.4s-%.4s-%.4s-%.12s", alias, alias + 8, alias + 12,
		alias + 16, alias + 20);
	assert_int_equal(person_find(test_db, id, &person), ERR_NONE);
	assert_true(uuid_is_equal(person.account_id, whole.account_id));
	assert_int_equal(person_find(test_db, "oWhole", &person), ERR_NONE);
	assert_true(uuid_is_equal(person.account_id, whole.account_id));
	assert_int_equal(person_find(test_db, "oNobody", &person), ERR_USER_UNKNOWN);
	assert_int_equal(person_find(test_db, "'", &person), ERR_USER_UNKNOWN);
}

static void test_an_export_is_in_the_audit_and_an_unknown_person_is_not(void **state)
{
	static const char count[] = "SELECT COUNT(*) FROM audit WHERE action = 'user.export'";
	const struct person nobody = {.tenant_id = tenant, .account_id = uuid_random()};
	const struct person other = {.tenant_id = tenant + 1, .account_id = whole.account_id};
	int64_t n = sql_number(count);
	struct buf buf = {0};

	(void)state;
	json_decref(export(&whole));
	assert_int_equal(sql_number(count), n + 1);
	assert_int_equal(export_json(test_db, &nobody, "test", &buf), ERR_USER_UNKNOWN);
	assert_int_equal(export_json(test_db, &other, "test", &buf), ERR_USER_UNKNOWN);
	assert_int_equal(buf.size, 0);
	assert_int_equal(sql_number(count), n + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_column_of_the_person_is_there_and_no_other),
		cmocka_unit_test(test_values_are_readable),
		cmocka_unit_test(test_a_member_whom_another_person_shares),
		cmocka_unit_test(test_a_user_without_an_account),
		cmocka_unit_test(test_who_is_found),
		cmocka_unit_test(test_an_export_is_in_the_audit_and_an_unknown_person_is_not),
	};

	return cmocka_run_group_tests(tests, set_up, mariadb_close);
}
