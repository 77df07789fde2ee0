#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "account.h"
#include "api_key.h"
#include "app.h"
#include "db.h"
#include "login.h"
#include "mariadb.h"
#include "migrate.h"
#include "tenant.h"
#include "wechat_user.h"

static void test_statements(void **state)
{
	(void)state;
	assert_int_equal(db_check_statements(test_db), ERR_NONE);
}

static void test_login(void **state)
{
	(void)state;
	int32_t tenant;
	struct app app = {.appid = "wx1", .secret = "s", .kind = APP_MINI};
	assert_int_equal(tenant_add(test_db, "one", &tenant), ERR_NONE);
	app.tenant_id = tenant;
	assert_int_equal(app_add(test_db, &app, "open"), ERR_NONE);
	assert_int_equal(app_find(test_db, "wx1", &app), 1);
	assert_string_equal(app.secret, "s");
	struct claim claim;
	struct account account;
	struct wechat_login login = {
		.openid = "o1", .session_key = "k", .unionid = "u1", .nickname = "小明😀",
	};
	assert_int_equal(login_claim(test_db, &app, "code", "1.2.3.4", &claim), ERR_NONE);
	assert_int_equal(claim.state, CLAIM_TAKEN);
	assert_int_equal(login_complete(test_db, &claim, &app, &login, &account), ERR_NONE);
	assert_int_equal(login_claim_poll(test_db, &app, "code", "1.2.3.4", &claim), ERR_NONE);
	assert_int_equal(claim.state, CLAIM_SUCCESS);
	assert_true(claim.is_same_address);
	assert_string_equal(account.name, "小明😀");
	assert_int_equal(account.trial_to_us - account.trial_from_us, 7LL * 86400 * 1000000);
	const struct wechat_user change = {.tenant_id = tenant, .openid = "o1", .phone = "123"};
	int32_t id;
	assert_int_equal(wechat_user_save(test_db, &change, &id), ERR_NONE);
	struct wechat_user user;
	assert_int_equal(wechat_user_by_openid(test_db, tenant, "o1", &user), 1);
	assert_string_equal(user.phone, "123");
	struct wechat_user_list list;
	assert_int_equal(wechat_user_list(test_db, tenant, &id, 1, &list), ERR_NONE);
	assert_int_equal(list.n_users, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statements),
		cmocka_unit_test(test_login),
	};
	return cmocka_run_group_tests(tests, mariadb_open, mariadb_close);
}
