/*
 * Logins as a test has them: a claim on a code never seen before, then what WeChat says.
 */
#ifndef LOGINS_H
#define LOGINS_H

#include "account.h"
#include "app.h"
#include "login.h"
#include "principal.h"

#define ADDRESS "192.0.2.1"

/* Set by logins_open(): two apps of the tenant, on one open platform. */
extern int32_t tenant;
extern struct app mini, official;

/* For cmocka's group set-up: with mariadb_open(). */
int logins_open(void **state);

/* A new tenant, its server, an app of it; platform "" for none. */
int32_t add_tenant(const char *name);
struct principal server_of(int32_t tenant_id);
struct app add_app(int32_t tenant_id, const char *appid, enum app_kind kind, const char *platform);

/* A login code as a client at that address presents it. */
#define LOGIN_CODE(its_app, its_text, its_address)                                              \
	(const struct claimed_code)                                                             \
	{                                                                                       \
		.app = (its_app), .text = (its_text), .address = (its_address)                  \
	}
/* A code that nobody has used. */
const char *new_code(void);
/* A verify code of six digits, another than this one. */
const char *wrong_code(const char *digits);
struct claim take_claim(const struct app *app, const char *code);
enum err try_login(
	const struct app *app, const struct wechat_login *login, struct account *account_r);
/* Asserts that it succeeds. unionid may be NULL. */
struct account log_in(const struct app *app, const char *openid, const char *unionid);

/* Asserts that each token which counts names the account, app and openid of its user. */
void assert_tokens_know_their_owners(void);

#endif
