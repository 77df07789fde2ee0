#include "unit.h"

#include <unistd.h>

#include "app.h"
#include "db.h"
#include "default_app.h"
#include "logins.h"
#include "mariadb.h"
#include "tenant.h"

int32_t tenant;
struct app mini, official;

int logins_open(void **state)
{
	mariadb_open(state);
	tenant = add_tenant("one");
	mini = add_app(tenant, "wx-mini", APP_MINI, "open");
	official = add_app(tenant, "wx-official", APP_OFFICIAL, "open");
	return 0;
}

int32_t add_tenant(const char *name)
{
	struct default_app_choice choice = {0};
	int32_t id;

	assert_int_equal(tenant_add(test_db, name, &choice, &id), ERR_NONE);
	return id;
}

struct principal server_of(int32_t tenant_id)
{
	return (struct principal){
		.kind = PRINCIPAL_API_KEY, .tenant_id = tenant_id, .name = "server"};
}

struct app add_app(int32_t tenant_id, const char *appid, enum app_kind kind, const char *platform)
{
	struct app app = {
		.tenant_id = tenant_id,
		.appid = appid,
		.kind = kind,
		.secret = "0123456789abcdef",
	};
	struct default_app_choice choice = {.appid = appid};

	assert_int_equal(app_add(test_db, &app, platform, &choice), ERR_NONE);
	assert_int_equal(app_find(test_db, appid, &app), ERR_NONE);
	app.appid = appid;
	app.secret = NULL;
	return app;
}

const char *new_code(void)
{
	static char code[64];
	static int n_codes;

	snprintf(code, sizeof(code), "code-%d-%d", (int)getpid(), n_codes++);
	return code;
}

const char *wrong_code(const char *digits)
{
	return strcmp(digits, "000000") == 0 ? "000001" : "000000";
}

struct claim take_claim(const struct app *app, const char *code)
{
	struct claim claim;

	assert_int_equal(claim_take(test_db, &LOGIN_CODE(app, code, ADDRESS), &claim), ERR_NONE);
	assert_int_equal(claim.state, CLAIM_TAKEN);
	return claim;
}

enum err try_login(
	const struct app *app, const struct wechat_login *login, struct account *account_r)
{
	struct claim claim = take_claim(app, new_code());

	return login_complete(test_db, &claim, login, account_r, NULL);
}

struct account log_in(const struct app *app, const char *openid, const char *unionid)
{
	const struct wechat_login login = {
		.openid = openid,
		.unionid = unionid,
		.session_key = "QUJDREVGR0hJSktMTU5PUA==",
	};
	struct account account;

	assert_int_equal(try_login(app, &login, &account), ERR_NONE);
	return account;
}

void assert_tokens_know_their_owners(void)
{
	assert_int_equal(sql_number("SELECT COUNT(*) FROM access_token t "
				    "JOIN wechat_user u ON u.id = t.wechat_user_id "
				    "LEFT JOIN account named ON named.id = t.account_id "
				    "AND named.security_stamp = t.security_stamp "
				    "LEFT JOIN account own ON own.id = u.account_id "
				    "AND own.security_stamp = t.security_stamp "
				    "WHERE COALESCE(named.id, own.id) IS NOT NULL "
				    "AND NOT (named.id <=> own.id AND t.app_id <=> u.app_id "
				    "AND t.openid <=> u.openid)"),
		0);
}
