#include "unit.h"

#include "consent.h"
#include "erasure_replay.h"
#include "login_refusal.h"
#include "logins.h"
#include "mariadb.h"
#include "member.h"
#include "member_binding.h"
#include "push_event.h"
#include "resident.h"
#include "token.h"
#include "verify_code.h"
#include "wechat_user.h"
#include "whole_person.h"

static void save_resident(const char *openid)
{
	const struct principal principal = server_of(tenant);
	struct code_scope place = {
		.tenant_id = tenant, .purpose = VERIFY_CODE_PHONE, .phone = WHOLE_PHONE,
	};
	struct verify_code code;
	struct resident_change change = {
		.openid = openid, .name = "张三丰", .phone = WHOLE_PHONE,
		.region_code = 110101001001, .id_card = WHOLE_ID_CARD, .verify_code = code.digits,
	};
	struct saved_resident saved;

	assert_int_equal(verify_code_find_owner(test_db, &principal, openid, &place), ERR_NONE);
	assert_int_equal(verify_code_make(test_db, &place, &principal, NULL, &code), ERR_NONE);
	assert_int_equal(resident_save(test_db, &principal, &change, &saved), ERR_NONE);
}

static void bind_member(int32_t wechat_user_id)
{
	const struct principal principal = server_of(tenant);
	const struct member member = {
		.name = "Card", .phone = WHOLE_MEMBER_PHONE, .birthday = "1990-05-01 00:00:00",
		.id_card = WHOLE_ID_CARD, .address = "识字里 7 号",
	};
	int32_t id;

	sql("UPDATE wechat_user SET member_id = NULL; DELETE FROM member");
	assert_int_equal(member_create(test_db, &principal, wechat_user_id, &member, &id),
		ERR_NONE);
}

static void give_consent(int32_t wechat_user_id)
{
	const struct principal person = {.tenant_id = tenant, .wechat_user_id = wechat_user_id};
	struct consent consent = {.document = "privacy", .version = "张三丰 1"};

	assert_int_equal(consent_add(test_db, &person, &consent), ERR_NONE);
}

static void wait_to_be_erased(const char *openid)
{
	const struct push_event event = {
		.tenant_id = tenant, .app_id = mini.id, .appid = mini.appid, .openid = openid,
		.name = "user_authorization_revoke", .happened_us = 1714037059000000,
	};

	assert_int_equal(push_event_take(test_db, &event), ERR_NONE);
}

static void be_refused(const char *openid)
{
	const struct refused_login refused = {
		.tenant_id = tenant, .app_id = mini.id, .openid = openid, .address = ADDRESS,
		.err = ERR_CODE_USED, .reason = "another client used the code",
		.request_id = "ef01ef01ef01ef01ef01ef01ef01ef01",
	};

	assert_int_equal(login_refusal_add(test_db, &refused), ERR_NONE);
}

struct account make_whole_person(void)
{
	const struct principal principal = server_of(tenant);
	const struct wechat_user user = {
		.openid = "oWhole", .name = "张三丰", .avatar = "https://a.example/whole",
		.phone = WHOLE_PHONE,
	};
	struct account account;
	struct access_token token;
	int32_t id;

	sql("DELETE FROM sms_counter; DELETE FROM verify_code");
	log_in(&official, "oOther", "uWhole");
	log_in(&mini, "oWhole", NULL);
	account = log_in(&mini, "oWhole", "uWhole");
	assert_int_equal(wechat_user_save(test_db, &principal, &user, &id), ERR_NONE);
	bind_member(id);
	save_resident("oWhole");
	assert_int_equal(token_issue(test_db, tenant, id, &token), ERR_NONE);
	give_consent(id);
	wait_to_be_erased("oWhole");
	be_refused("oWhole");
	sql("INSERT INTO account_conflict (tenant_id, open_platform_id, unionid, wechat_user_id, "
	    "account_id, reason, created_at) SELECT tenant_id, 1, 'uWhole', id, account_id, 1, "
	    "NOW() FROM wechat_user WHERE openid = 'oWhole'");
	sql("INSERT INTO external_id (tenant_id, account_id, external_id, created_at) "
	    "SELECT tenant_id, account_id, 'ex张三丰', NOW() FROM wechat_user "
	    "WHERE openid = 'oWhole'");
	sql("INSERT INTO former_openid (tenant_id, wechat_user_id, openid, changed_at) "
	    "SELECT tenant_id, id, 'oFormer', NOW() FROM wechat_user WHERE openid = 'oWhole'");
	/* As a login that has just begun meets it. */
	sql("INSERT INTO waiting_follow (app_id, openid, tenant_id, is_following, happened_at, "
	    "received_at) SELECT app_id, openid, tenant_id, TRUE, NOW(), NOW() FROM wechat_user "
	    "WHERE openid = 'oWhole'");
	return account;
}

size_t replay_erasures(void)
{
	const char *problem;
	size_t n_erased;

	assert_int_equal(erasure_replay(test_db, &n_erased, &problem), ERR_NONE);
	return n_erased;
}
