#include "unit.h"

#include "arena.h"
#include "asking.h"
#include "customer/dialect.h"
#include "service.h"


static enum err outcome;

static enum err run_login(struct request *req)
{
	const struct customer_user *in = req->in;

	*(struct customer_authorization *)req->out = (struct customer_authorization){
		.customer_id = "c1",
		.user_name = in->nickname,
		.nick_name = in->nickname,
		.state = CUSTOMER_STATE_OK,
		.access_token = "tok",
		.token_type = "bearer",
		.expires_in = 7200,
		.issued = date_of_instant(INT64_C(1769670034140632)),
		.expires = date_of_instant(INT64_C(1769677234140632)),
	};
	return outcome;
}

static enum err run_logout(struct request *req)
{
	(void)req;
	return outcome;
}

static const struct endpoint login = {
	.dialect = &customer_dialect, .path = "api/Customer/Login", .method = "POST",
	.summary = {"登录", "a login"}, .access = ACCESS_ANYBODY, .source = FROM_BODY,
	.request = &customer_user_shape, .answer = ANSWER_ENVELOPED,
	.response = &customer_authorization_shape, .run = run_login,
};
static const struct endpoint logout = {
	.dialect = &customer_dialect, .path = "api/Customer/Logout", .method = "POST",
	.summary = {"退出", "its end"}, .access = ACCESS_ANYBODY, .answer = ANSWER_EMPTY,
	.run = run_logout,
};
static const struct endpoint *const endpoints[] = {&login, &logout, NULL};
static const struct dialect *const dialects[] = {&customer_dialect, NULL};
static const struct service service = {
	.name = "test", .endpoints = endpoints, .dialects = dialects,
};

static void assert_answered(const struct asking *asking, int status, const char *body)
{
	assert_int_equal(asking->req.response.status, status);
	assert_string_equal(asking->req.response.body.data, body);
}

static void assert_has(const struct asking *asking, const char *part)
{
	if (strstr(asking->req.response.body.data, part) == NULL)
		fail_msg("%s is not in %s", part, asking->req.response.body.data);
}

static void success_stands_in_the_envelope(void **state)
{
	struct asking *asking = *state;

	ask(asking, &service, "/api/customer/login", "{\"openId\":\"o\",\"nickname\":\"<&>昵\"}");
	assert_string_equal(asking->req.response.content_type, "application/json; charset=utf-8");
	assert_answered(asking, 200,
		"{\"data\":{\"customerId\":\"c1\",\"userName\":\"<&>昵\",\"avatar\":null,"
		"\"nickName\":\"<&>昵\",\"phone\":null,\"IsMiniProgramRemind\":false,"
		"\"IsCloseOrderPda\":false,\"IsShowStatisticsPda\":false,"
		"\"IsShowNoFeeLeaveButton\":false,\"State\":0,\"CanBalancePay\":false,"
		"\"accessToken\":\"tok\",\"tokenType\":\"bearer\",\"expiresIn\":7200,"
		"\"issued\":\"2026-01-29 15:00:34\",\"expires\":\"2026-01-29 17:00:34\"},"
		"\"status\":1,\"message\":\"OK\",\"errors\":null,\"url\":null}");

	asking->accept = "text/xml";
	ask(asking, &service, "/api/Customer/Login", "{\"nickname\":\"<&>昵\"}");
	assert_string_equal(asking->req.response.content_type, "text/xml; charset=utf-8");
	assert_has(asking, "<Status>Success</Status><Message>OK</Message><Url i:nil=\"true\" />"
			   "<Errors i:nil=\"true\" /><Data xmlns:d2p1=");
	assert_has(asking, "<d2p1:Expires>2026-01-29T17:00:34.140632+08:00</d2p1:Expires>");
	assert_has(asking, "<d2p1:NickName>&lt;&amp;&gt;昵</d2p1:NickName>");
}

static void a_logout_is_answered_alone(void **state)
{
	struct asking *asking = *state;

	ask(asking, &service, "/api/Customer/Logout", "");
	assert_answered(
		asking, 200, "{\"status\":1,\"message\":\"OK\",\"errors\":null,\"url\":null}");
	asking->accept = "application/xml";
	ask(asking, &service, "/api/Customer/Logout", "");
	assert_answered(asking, 200,
		"<Result xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" "
		"xmlns=\"http://schemas.datacontract.org/2004/07/Applications.WebApi.Common\">"
		"<Status>Success</Status><Message>OK</Message><Url i:nil=\"true\" />"
		"<Errors i:nil=\"true\" /></Result>");
}

#define USER(content)                                                                           \
	"<UserInfo xmlns=\"http://schemas.datacontract.org/2004/07/"                            \
	"Applications.MiniProgramTools.Models\">" content "</UserInfo>"
#define DISORDERED USER("<NickName>n</NickName><Avatar>a</Avatar>")

static void xml_is_answered_in_xml(void **state)
{
	struct asking *asking = *state;

	asking->type = "text/xml; charset=utf-8";
	ask(asking, &service, "/api/Customer/Login", DISORDERED);
	assert_string_equal(asking->req.response.content_type, "text/xml; charset=utf-8");
	assert_has(asking, "<d2p1:NickName>n</d2p1:NickName>");
	assert_string_equal(((const struct customer_user *)asking->req.in)->avatar_url, "a");
}

static void utf16_is_answered_in_utf16(void **state)
{
	struct asking *asking = *state;

	asking->type = "application/xml; charset=utf-16";
	ask(asking, &service, "/api/Customer/Login", "");
	assert_string_equal(asking->req.response.content_type, "application/xml; charset=utf-16");
	assert_memory_equal(asking->req.response.body.data, "\xff\xfe<\0R\0e\0s\0", 10);
}

static int set_up_strict(void **state)
{
	int rc;

	setenv("WXUSER_CONF_customer__strict_xml_order", "true", 1);
	rc = asking_set_up(state);
	unsetenv("WXUSER_CONF_customer__strict_xml_order");
	return rc;
}

static void elements_out_of_order_are_lost_where_it_is_strict(void **state)
{
	struct asking *asking = *state;
	const struct customer_user *in;

	asking->type = "application/xml";
	ask(asking, &service, "/api/Customer/Login", DISORDERED);
	in = asking->req.in;
	assert_string_equal(in->nickname, "n");
	assert_null(in->avatar_url);
}

static void what_cannot_be_bound_is_listed(void **state)
{
	static const struct {
		const char *type, *body, *rest;
	} cases[] = {
		{"application/json", "", "\"Invalid parameter\",\"errors\":null,\"url\":null}"},
		{"application/json", "{\"gender\":\"x\",\"openId\":\"\\u0000\"}",
			"\"Invalid parameter: openId\",\"errors\":[{\"field\":\"openId\","
			"\"errorMessages\":"
			"[\"A NUL character is not allowed.\"]}],\"url\":null}"},
		{"application/json", "[]",
			"\"Invalid parameter\",\"errors\":[{\"field\":\"\",\"errorMessages\":"
			"[\"The message is not of the kind that is read here.\"]}],\"url\":null}"},
		{"application/x-www-form-urlencoded", "OpenId=%00",
			"\"Invalid parameter: OpenId\",\"errors\":[{\"field\":\"OpenId\","
			"\"errorMessages\":[\"A NUL character is not allowed.\"]}],"
			"\"url\":null}"},
		{"application/xml", "<x/>",
			"\"Invalid parameter\",\"errors\":[{\"field\":\"\",\"errorMessages\":"
			"[\"The root is not the element that is read here.\"]}],\"url\":null}"},
	};
	struct asking *asking = *state;

	asking->accept = "application/json";
	for (size_t i = 0; i < N_OF(cases); i++) {
		asking->type = cases[i].type;
		ask(asking, &service, "/api/Customer/Login", cases[i].body);
		assert_answered(asking, 200,
			arena_printf(asking->arena, "{\"data\":null,\"status\":0,\"message\":%s",
				cases[i].rest));
	}
}

static void a_rule_names_the_member_that_it_refuses(void **state)
{
	static const struct {
		enum err err;
		int status;
		const char *errors;
	} cases[] = {
		{ERR_PROOF_MISSING, 200, "[{\"field\":\"session_key\",\"errorMessages\":[\""},
		{ERR_UNIONID_OTHER, 200, "[{\"field\":\"unionId\",\"errorMessages\":[\""},
		{ERR_OPENID_MALFORMED, 200, "[{\"field\":\"openId\",\"errorMessages\":[\""},
		{ERR_CODE_USED, 200, "[{\"field\":\"code\",\"errorMessages\":[\""},
		{ERR_FORBIDDEN, 200, "null"},
		{ERR_BUSY, 200, "null"},
		{ERR_ACCOUNT_DISABLED, 200, "null"},
		{ERR_RATE, 429, "null"},
	};
	struct asking *asking = *state;

	for (size_t i = 0; i < N_OF(cases); i++) {
		outcome = cases[i].err;
		ask(asking, &service, "/api/Customer/Login", "{}");
		outcome = ERR_NONE;
		assert_int_equal(asking->req.response.status, cases[i].status);
		assert_has(asking, "{\"data\":null,\"status\":0,\"message\":\"");
		assert_has(asking,
			arena_printf(asking->arena, "\",\"errors\":%s", cases[i].errors));
	}
}

static void the_framework_refuses_bare(void **state)
{
	static const struct {
		enum err err;
		int status;
		const char *message;
	} cases[] = {
		{ERR_UNAUTHORIZED, 401, "Authorization has been denied for this request."},
		{ERR_TOKEN_EXPIRED, 401, "Authorization has been denied for this request."},
		{ERR_MAINTENANCE, 503,
			"The service is down for maintenance. Please try again later."},
		{ERR_INTERNAL, 500, "An error has occurred."},
		{ERR_CARD_LOST, 500, "An error has occurred."},
	};
	struct asking *asking = *state;

	for (size_t i = 0; i < N_OF(cases); i++) {
		outcome = cases[i].err;
		ask(asking, &service, "/api/Customer/Logout", "");
		outcome = ERR_NONE;
		assert_answered(asking, cases[i].status,
			arena_printf(asking->arena, "{\"Message\":\"%s\"}", cases[i].message));
	}
	asking->accept = "application/xml";
	ask(asking, &service, "/api/Customer/Nothing", "");
	assert_string_equal(asking->req.response.content_type, "application/xml; charset=utf-8");
	assert_answered(asking, 404,
		"<Error><Message>No HTTP resource was found that matches the request URI "
		"'http://h/x'.</Message></Error>");
}

static int set_up_in_chinese(void **state)
{
	int rc;

	setenv("WXUSER_CONF_http__messages", "auto", 1);
	rc = asking_set_up(state);
	unsetenv("WXUSER_CONF_http__messages");
	return rc;
}

static void texts_are_chinese_first(void **state)
{
	struct asking *asking = *state;

	ask(asking, &service, "/api/Customer/Login", "{\"openId\":\"\\u0000\"}");
	assert_answered(asking, 200,
		"{\"data\":null,\"status\":0,\"message\":\"参数错误: openId\",\"errors\":"
		"[{\"field\":\"openId\",\"errorMessages\":[\"不能含有 NUL 字符。\"]}],"
		"\"url\":null}");
	asking->type = "application/xml";
	ask(asking, &service, "/api/Customer/Login", USER("<OpenId><b/></OpenId>"));
	assert_has(asking, "<Status>Fail</Status><Message>参数错误</Message>");
	assert_has(asking, ":string>OpenId 的值无效。</d4p1:string>");
}

int main(void)
{
#define CUSTOMER_TEST(test)                                                                     \
	cmocka_unit_test_setup_teardown(test, asking_set_up, asking_tear_down)
	const struct CMUnitTest tests[] = {
		CUSTOMER_TEST(success_stands_in_the_envelope),
		CUSTOMER_TEST(a_logout_is_answered_alone),
		CUSTOMER_TEST(xml_is_answered_in_xml),
		CUSTOMER_TEST(utf16_is_answered_in_utf16),
		cmocka_unit_test_setup_teardown(elements_out_of_order_are_lost_where_it_is_strict,
			set_up_strict, asking_tear_down),
		CUSTOMER_TEST(what_cannot_be_bound_is_listed),
		CUSTOMER_TEST(a_rule_names_the_member_that_it_refuses),
		CUSTOMER_TEST(the_framework_refuses_bare),
		cmocka_unit_test_setup_teardown(
			texts_are_chinese_first, set_up_in_chinese, asking_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
