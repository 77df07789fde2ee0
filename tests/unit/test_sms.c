#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "breaker.h"
#include "captured_log.h"
#include "clock.h"
#include "conf.h"
#include "loopback.h"
#include "scratch.h"
#include "transferring.h"
#include "sms.h"
#include "sms_signature.h"
#include "str.h"

#define HEAD(status) "HTTP/1.1 " status "\r\nConnection: close\r\n\r\n"

static const struct sms_message message = {"13800138000", "048213", "0123456789abcdef"};
/* Aliyun's example of the signature of an RPC call. */
static void aliyuns_example_is_signed(void **state)
{
	struct http_param params[] = {
		{"Timestamp", "2016-02-23T12:46:24Z"},
		{"Format", "XML"},
		{"AccessKeyId", "testid"},
		{"Action", "DescribeRegions"},
		{"SignatureMethod", "HMAC-SHA1"},
		{"SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"},
		{"Version", "2014-05-26"},
		{"SignatureVersion", "1.0"},
		{NULL, NULL},
	};
	char signature[ALIYUN_SIGNATURE_SIZE];

	(void)state;
	aliyun_sign("GET", params, "testsecret", signature);
	assert_string_equal(signature, "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
	aliyun_sign("POST", params, "testsecret", signature);
	assert_string_equal(signature, "MxbnVAM4w6sft9xjVpe/GCKueuk=");
}

/* Tencent Cloud's example of signature v3. */
static void tencents_example_is_signed(void **state)
{
	static const char body[] = "{\"Limit\": 1, \"Filters\": [{\"Values\": "
				   "[\"\\u672a\\u547d\\u540d\"], \"Name\": \"instance-name\"}]}";
	static const struct http_param headers[] = {
		{"content-type", "application/json; charset=utf-8"},
		{"host", "cvm.tencentcloudapi.com"},
		{NULL, NULL},
	};
	const struct tencent_call call = {
		.service = "cvm",
		.headers = headers,
		.body = body,
		.size = strlen(body),
		.timestamp = 1551113065,
	};
	char signature[TENCENT_SIGNATURE_SIZE];

	(void)state;
	tencent_sign(&call, "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", signature);
	assert_string_equal(
		signature, "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168");
}

static struct conf conf_of(const char *driver, const char *url)
{
	return (struct conf){
		.sms_driver = driver,
		.sms_base_url = url,
		.sms_access_key = "AKID-test",
		.sms_secret = "secret/\"&<+",
		.sms_secret_file = "",
		.sms_sign_name = "示例",
		.sms_template_code = "SMS_1001",
		.sms_template_params = "${code},5",
		.sms_app_id = "1400000000",
		.sms_region = "ap-guangzhou",
		.sms_method = "POST",
		.sms_query = "",
		.sms_headers = "",
		.sms_content_type = "application/x-www-form-urlencoded",
		.sms_body = "to=${phone}&code=${code}",
		.sms_success_text = "",
		.sms_success_member = "",
		.sms_connect_timeout_ms = 10000,
		.sms_total_timeout_ms = 20000,
	};
}

/* What a gateway that plays one scene made of a message, and what it received. */
struct outcome {
	enum err err;
	struct sms_told told;
	unsigned n_requests;
	const char *request, *headers, *body;
	enum call_outcome call; /* what the breaker counted */
};

/* Returns the outcome of the only call. */
static enum call_outcome outcome_in(const struct breaker_table *breakers)
{
	for (size_t i = 0; i < BREAKER_N; i++)
		for (enum call_outcome outcome = 0; outcome < CALL_N_OUTCOMES; outcome++)
			if (breakers->breakers[i].outcomes[outcome] > 0)
				return outcome;
	return CALL_N_OUTCOMES;
}

static struct outcome send_by(const struct conf *conf, const struct scene *scene)
{
	const struct scene scenes[] = {*scene, SCENES_END};
	struct loopback *server = loopback_start(scenes);
	struct conf here = *conf;
	struct outcome outcome;
	struct breaker_table breakers = {0};
	struct sms *sms;

	here.sms_base_url = arena_printf(arena, "%s%s", loopback_url(server), scene->path);
	sms = sms_new(&here, test_transfers, &breakers);
	assert_non_null(sms);
	assert_true(sms_is_configured(sms));
	outcome.err = sms_send_code(sms, arena, &message, &outcome.told);
	outcome.call = outcome_in(&breakers);
	outcome.n_requests = loopback_n_requests(server, scene->path);
	outcome.request = arena_strdup(arena, loopback_last_request(server));
	outcome.headers = arena_strdup(arena, loopback_last_headers(server));
	outcome.body = arena_strdup(arena, loopback_last_body(server));
	sms_free(sms);
	loopback_stop(server);
	return outcome;
}

static struct outcome send_to(const char *driver, const char *reply)
{
	const struct conf conf = conf_of(driver, "");
	const struct scene scene = SCENE("/", reply);

	return send_by(&conf, &scene);
}

static const char *aliyun_explains(const char *code, const char *why)
{
	return arena_printf(
		arena, LOOPBACK_TEXT("{\"Code\":\"%s\",\"Message\":\"%s\"}"), code, why);
}

static const char *aliyun_says(const char *code)
{
	return aliyun_explains(code, "…");
}

static const char *tencent_says(const char *code)
{
	return arena_printf(arena, LOOPBACK_TEXT("{\"Response\":{\"SendStatusSet\":[{"
						 "\"Code\":\"%s\"}],\"RequestId\":\"r\"}}"), code);
}

static const char *tencent_refuses(const char *code)
{
	return arena_printf(arena, LOOPBACK_TEXT("{\"Response\":{\"Error\":{\"Code\":\"%s\","
						 "\"Message\":\"…\"},\"RequestId\":\"r\"}}"), code);
}

/* Returns the decoded value of a name in a form. */
static const char *pair(const char *form, const char *name)
{
	const char *at = strstr(form, arena_printf(arena, "%s=", name));
	char *value;

	assert_non_null(at);
	at += strlen(name) + 1;
	value = arena_strndup(arena, at, strcspn(at, "&"));
	value[str_percent_decode(value, strlen(value), false)] = '\0';
	return value;
}

static void aliyun_gets_a_signed_form(void **state)
{
	struct outcome outcome = send_to("aliyun", aliyun_says("OK"));
	struct http_param params[] = {
		{"AccessKeyId", "AKID-test"},
		{"Action", "SendSms"},
		{"Format", "JSON"},
		{"OutId", message.request_id},
		{"PhoneNumbers", "13800138000"},
		{"SignName", "示例"},
		{"SignatureMethod", "HMAC-SHA1"},
		{"SignatureNonce", pair(outcome.body, "SignatureNonce")},
		{"SignatureVersion", "1.0"},
		{"TemplateCode", "SMS_1001"},
		{"TemplateParam", "{\"code\":\"048213\"}"},
		{"Timestamp", pair(outcome.body, "Timestamp")},
		{"Version", "2017-05-25"},
		{NULL, NULL},
	};
	char signature[ALIYUN_SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(outcome.err, ERR_NONE);
	assert_string_equal(outcome.request, "POST / HTTP/1.1");
	assert_non_null(strstr(
		outcome.headers, "Content-Type: application/x-www-form-urlencoded\r\n"));
	assert_non_null(strstr(outcome.body, "SignName=%E7%A4%BA%E4%BE%8B&"));
	assert_string_equal(pair(outcome.body, "TemplateParam"), "{\"code\":\"048213\"}");
	aliyun_sign("POST", params, "secret/\"&<+", signature);
	assert_string_equal(pair(outcome.body, "&Signature"), signature);
}

static void aliyuns_words_are_understood(void **state)
{
	static const struct {
		const char *word;
		enum err err;
	} cases[] = {
		{"OK", ERR_NONE},
		{"isv.BUSINESS_LIMIT_CONTROL", ERR_SMS_RATE},
		{"isv.DAY_LIMIT_CONTROL", ERR_SMS_RATE},
		{"isv.MONTH_LIMIT_CONTROL", ERR_SMS_RATE},
		{"isv.BUSINESS_LIMIT_HOUR", ERR_SMS_RATE},
		{"isv.BUSINESS_LIMIT_DAY", ERR_SMS_RATE},
		{"BUSINESS_LIMIT_CONTROL_MINUTE", ERR_SMS_RATE},
		{"BUSINESS_LIMIT_CONTROL_PHONE", ERR_SMS_RATE},
		{"isv.MOBILE_SEND_LIMIT", ERR_SMS_RATE},
		{"MOBILE_SEND_LIMIT", ERR_SMS_RATE},
		{"VALVE:M_MC", ERR_SMS_RATE},
		{"VALVE:H_MC", ERR_SMS_RATE},
		{"VALVE:D_MC", ERR_SMS_RATE},
		{"Throttling", ERR_SMS_RATE},
		{"Throttling.User", ERR_SMS_RATE},
		{"Throttling.Api", ERR_SMS_RATE},
		{"isv.MOBILE_NUMBER_ILLEGAL", ERR_SMS_REFUSED},
		{"isv.BLACK_KEY_CONTROL_LIMIT", ERR_SMS_REFUSED},
		{"isv.CUSTOMER_REFUSED", ERR_SMS_REFUSED},
		{"MOBILE_IN_BLACK", ERR_SMS_REFUSED},
		{"MOBILE_NOT_ON_SERVICE", ERR_SMS_REFUSED},
		{"INVALID_NUMBER", ERR_SMS_REFUSED},
		{"isv.MOBILE_COUNT_OVER_LIMIT", ERR_UPSTREAM_CONFIG},
		{"isv.PARAM_LENGTH_LIMIT", ERR_UPSTREAM_CONFIG},
		{"isv.ACCOUNT_ABNORMAL", ERR_UPSTREAM_CONFIG},
		{"isv.DENY_IP_RANGE", ERR_UPSTREAM_CONFIG},
		{"isv.PRODUCT_UN_SUBSCRIPT", ERR_UPSTREAM_CONFIG},
		{"isp.RES_OWNER_ID_UNKNOWN", ERR_UPSTREAM_CONFIG},
		{"isv.AMOUNT_NOT_ENOUGH", ERR_UPSTREAM_CONFIG},
		{"isv.OUT_OF_SERVICE", ERR_UPSTREAM_CONFIG},
		{"isv.SMS_SIGNATURE_ILLEGAL", ERR_UPSTREAM_CONFIG},
		{"isv.SMS_TEMPLATE_ILLEGAL", ERR_UPSTREAM_CONFIG},
		{"isp.RAM_PERMISSION_DENY", ERR_UPSTREAM_CONFIG},
		{"SignatureDoesNotMatch", ERR_UPSTREAM_CONFIG},
		{"InvalidAccessKeyId.NotFound", ERR_UPSTREAM_CONFIG},
		{"isp.SYSTEM_ERROR", ERR_UPSTREAM},
		{"isp.GATEWAY_ERROR", ERR_UPSTREAM},
		{"InternalError", ERR_UPSTREAM},
		{"ServiceUnavailable", ERR_UPSTREAM},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		enum err err = send_to("aliyun", aliyun_says(cases[i].word)).err;

		if (err != cases[i].err)
			fail_msg("%s: %s", cases[i].word, err_name(err));
	}
}

static int32_t rest_of_day_s(void)
{
	return 86400 - (int32_t)((clock_now_us() / 1000000 + 8 * 3600) % 86400);
}

/* wait_s of what was sent after the rest of the day was before. */
static void assert_wait(const char *word, int32_t wait_s, int32_t before, bool lasts_all_day)
{
	const int32_t after = rest_of_day_s();

	if (!lasts_all_day && wait_s != 0)
		fail_msg("%s: %d", word, wait_s);
	if (lasts_all_day && after <= before && (wait_s < after || wait_s > before))
		fail_msg("%s: %d is not in %d to %d", word, wait_s, after, before);
}

static void a_days_limit_lasts_until_the_day_ends(void **state)
{
	static const struct {
		const char *driver, *word;
		bool lasts_all_day;
	} cases[] = {
		{"aliyun", "OK", false},
		{"aliyun", "isv.DAY_LIMIT_CONTROL", true},
		{"aliyun", "isv.MONTH_LIMIT_CONTROL", true},
		{"aliyun", "isv.BUSINESS_LIMIT_DAY", true},
		{"aliyun", "VALVE:D_MC", true},
		{"aliyun", "isv.BUSINESS_LIMIT_HOUR", false},
		{"aliyun", "isv.BUSINESS_LIMIT_CONTROL", false},
		{"aliyun", "VALVE:H_MC", false},
		{"tencent", "LimitExceeded.PhoneNumberDailyLimit", true},
		{"tencent", "LimitExceeded.AppMainlandChinaDailyLimit", true},
		{"tencent", "LimitExceeded.PhoneNumberOneHourLimit", false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const bool is_aliyun = strcmp(cases[i].driver, "aliyun") == 0;
		const int32_t before = rest_of_day_s();
		const struct outcome outcome = send_to(cases[i].driver,
			is_aliyun ? aliyun_says(cases[i].word) : tencent_says(cases[i].word));

		assert_wait(cases[i].word, outcome.told.wait_s, before, cases[i].lasts_all_day);
	}
}

/* One code stands for three limits. */
static void a_days_limit_is_told_by_the_message(void **state)
{
	static const struct {
		const char *message;
		bool lasts_all_day;
	} cases[] = {
		{"触发分钟级流控Permits:1", false},
		{"触发小时级流控Permits:5", false},
		{"触发天级流控Permits:10", true},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const int32_t before = rest_of_day_s();
		const struct outcome outcome = send_to("aliyun",
			aliyun_explains("isv.BUSINESS_LIMIT_CONTROL", cases[i].message));

		assert_int_equal(outcome.err, ERR_SMS_RATE);
		assert_wait(cases[i].message, outcome.told.wait_s, before, cases[i].lasts_all_day);
	}
}

static void tencent_gets_signed_json(void **state)
{
	static const char wanted[] =
		"{\"PhoneNumberSet\":[\"+8613800138000\"],\"SmsSdkAppId\":\"1400000000\","
		"\"SignName\":\"示例\",\"TemplateId\":\"SMS_1001\","
		"\"TemplateParamSet\":[\"048213\",\"5\"],\"SessionContext\":\"0123456789abcdef\"}";
	struct outcome outcome = send_to("tencent", tencent_says("Ok"));
	const char *host = strstr(outcome.headers, "Host: ") + 6;
	const char *stamp = strstr(outcome.headers, "X-TC-Timestamp: ") + 16;
	const struct http_param headers[] = {
		{"content-type", "application/json; charset=utf-8"},
		{"host", arena_strndup(arena, host, strcspn(host, "\r"))},
		{NULL, NULL},
	};
	const struct tencent_call call = {
		.service = "sms",
		.headers = headers,
		.body = wanted,
		.size = strlen(wanted),
		.timestamp = strtoll(stamp, NULL, 10),
	};
	char signature[TENCENT_SIGNATURE_SIZE], date[TENCENT_DATE_SIZE];

	(void)state;
	tencent_date(call.timestamp, date);
	tencent_sign(&call, "secret/\"&<+", signature);
	assert_int_equal(outcome.err, ERR_NONE);
	assert_string_equal(outcome.body, wanted);
	assert_in_range(call.timestamp, clock_now_us() / 1000000 - 60, clock_now_us() / 1000000);
	assert_non_null(strstr(outcome.headers, "X-TC-Action: SendSms\r\n"));
	assert_non_null(strstr(outcome.headers, "X-TC-Version: 2021-01-11\r\n"));
	assert_non_null(strstr(outcome.headers, "X-TC-Region: ap-guangzhou\r\n"));
	assert_non_null(strstr(outcome.headers,
		arena_printf(arena,
			"Authorization: TC3-HMAC-SHA256 Credential=AKID-test/%s/sms/tc3_request, "
			"SignedHeaders=content-type;host, Signature=%s\r\n", date, signature)));
}

static void tencents_words_are_understood(void **state)
{
	static const struct {
		const char *word;
		enum err err;
	} cases[] = {
		{"Ok", ERR_NONE},
		{"LimitExceeded.PhoneNumberThirtySecondLimit", ERR_SMS_RATE},
		{"LimitExceeded.PhoneNumberOneHourLimit", ERR_SMS_RATE},
		{"LimitExceeded.PhoneNumberDailyLimit", ERR_SMS_RATE},
		{"LimitExceeded.PhoneNumberSameContentDailyLimit", ERR_SMS_RATE},
		{"LimitExceeded.DeliveryFrequencyLimit", ERR_SMS_RATE},
		{"LimitExceeded.AppDailyLimit", ERR_SMS_RATE},
		{"LimitExceeded.AppMainlandChinaDailyLimit", ERR_SMS_RATE},
		{"LimitExceeded.DailyLimit", ERR_SMS_RATE},
		{"RequestLimitExceeded.IPLimitExceeded", ERR_SMS_RATE},
		{"RequestLimitExceeded.UinLimitExceeded", ERR_SMS_RATE},
		{"AuthFailure.RequestLimitExceeded", ERR_SMS_RATE},
		{"LimitExceeded.PhoneNumberCountLimit", ERR_UPSTREAM_CONFIG},
		{"LimitExceeded.AppCountryOrRegionInBlacklist", ERR_UPSTREAM_CONFIG},
		{"InvalidParameterValue.IncorrectPhoneNumber", ERR_SMS_REFUSED},
		{"FailedOperation.PhoneNumberInBlacklist", ERR_SMS_REFUSED},
		{"FailedOperation.PhoneNumberOnBlacklist", ERR_SMS_REFUSED},
		{"FailedOperation.InsufficientBalanceInSmsPackage", ERR_UPSTREAM_CONFIG},
		{"FailedOperation.SignatureIncorrectOrUnapproved", ERR_UPSTREAM_CONFIG},
		{"UnauthorizedOperation.SmsSdkAppIdVerifyFail", ERR_UPSTREAM_CONFIG},
		{"AuthFailure.SignatureFailure", ERR_UPSTREAM_CONFIG},
		{"AuthFailure.SignatureExpire", ERR_UPSTREAM_CONFIG},
		{"RequestLimitExceeded", ERR_SMS_RATE},
		{"UnauthorizedOperation.ServiceSuspendDueToArrears", ERR_UPSTREAM_CONFIG},
		{"UnauthorizedOperation.RequestIpNotInWhitelist", ERR_UPSTREAM_CONFIG},
		{"InternalError.RequestTimeException", ERR_UPSTREAM_CONFIG},
		{"InternalError.SigVerificationFail", ERR_UPSTREAM_CONFIG},
		{"InternalError.SigFieldMissing", ERR_UPSTREAM_CONFIG},
		{"InternalError.RestApiInterfaceNotExist", ERR_UPSTREAM_CONFIG},
		{"InternalError.OtherError", ERR_UPSTREAM},
		{"InternalError.Timeout", ERR_UPSTREAM},
		{"InternalError.SendAndRecvFail", ERR_UPSTREAM},
		{"ServiceUnavailable", ERR_UPSTREAM},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		enum err said = send_to("tencent", tencent_says(cases[i].word)).err;
		enum err refused = send_to("tencent", tencent_refuses(cases[i].word)).err;

		if (said != cases[i].err || (i > 0 && refused != said))
			fail_msg("%s: %s, %s", cases[i].word, err_name(said), err_name(refused));
	}
}

static void what_cannot_be_read_may_have_been_sent(void **state)
{
	static const char *const drivers[] = {"aliyun", "tencent", "template"};
	static const char *const replies[] = {
		NULL,
		HEAD("502 Bad Gateway"),
		HEAD("500 Internal Server Error") "{\"Code\":\"isv.AMOUNT_NOT_ENOUGH\"}",
		LOOPBACK_TEXT("<html>"),
		LOOPBACK_TEXT("[]"),
		LOOPBACK_TEXT("{\"Code\":1}"),
		LOOPBACK_TEXT("{\"Response\":{\"SendStatusSet\":[]}}"),
	};

	(void)state;
	for (size_t i = 0; i < N_OF(drivers); i++) {
		struct conf conf = conf_of(drivers[i], "");

		conf.sms_success_member = "code=0";
		for (size_t j = 0; j < N_OF(replies); j++) {
			const struct scene scene = SCENE("/", replies[j]);
			struct outcome outcome = send_by(&conf, &scene);

			if (outcome.err != ERR_UPSTREAM || outcome.n_requests != 1)
				fail_msg("%s, %zu: %s", drivers[i], j, err_name(outcome.err));
		}
	}
}

static void an_answer_may_be_any_bytes(void **state)
{
#define SPOILT "\xef\xbb\xbf{\"Message\":\"\x14\xe5\\ud83d\\u0000\"," \
	       "\"msgid\":20261129081501000012345,"
	static const struct {
		const char *driver, *reply;
	} cases[] = {
		{"aliyun", LOOPBACK_TEXT(SPOILT "\"Code\":\"x\",\"Code\":\"OK\"}")},
		{"tencent",
			LOOPBACK_TEXT(SPOILT "\"Response\":{\"SendStatusSet\":["
					     "{\"Code\":\"Ok\"}]}}")},
		{"template", LOOPBACK_TEXT(SPOILT "\"code\":0}")},
	};
#undef SPOILT

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct scene scene = SCENE("/", cases[i].reply);
		struct conf conf = conf_of(cases[i].driver, "");

		conf.sms_success_member = "code=0";
		assert_int_equal(send_by(&conf, &scene).err, ERR_NONE);
	}
}

static void an_object_that_cannot_be_read_is_no_fault_of_the_gateway(void **state)
{
	static const struct {
		const char *reply;
		enum call_outcome call;
	} cases[] = {
		{LOOPBACK_TEXT("{\"Code\":\"OK\"}"), CALL_OK},
		{LOOPBACK_TEXT("{\"Code\":\"O\"K\"}"), CALL_OK},
		{LOOPBACK_TEXT("{\"Code\":\"isp.SYSTEM_ERROR\"}"), CALL_BAD_ANSWER},
		{LOOPBACK_TEXT("<html>"), CALL_BAD_ANSWER},
		{HEAD("502 Bad Gateway") "{}", CALL_BAD_ANSWER},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_int_equal(send_to("aliyun", cases[i].reply).call, cases[i].call);
}

static void a_late_answer_may_have_been_sent(void **state)
{
	const struct scene scene = SCENE("/", aliyun_says("OK"), .pause_ms = 60000);
	struct conf conf = conf_of("aliyun", "");

	(void)state;
	conf.sms_total_timeout_ms = 2000;
	assert_int_equal(send_by(&conf, &scene).err, ERR_UPSTREAM);
}

static void what_is_not_reached_sends_nothing(void **state)
{
	const char *url = arena_printf(arena, "http://127.0.0.1:%d", loopback_free_port());
	const struct conf conf = conf_of("aliyun", url);
	struct sms *sms = sms_new(&conf, test_transfers, NULL);
	struct sms_told told;

	(void)state;
	assert_int_equal(sms_send_code(sms, arena, &message, &told), ERR_UPSTREAM_UNSENT);
	assert_int_equal(sms_probe(sms), ERR_UPSTREAM_UNSENT);
	sms_free(sms);
}

static void holes_are_encoded_for_where_they_stand(void **state)
{
	static const struct {
		const char *content_type, *body, *wanted;
	} cases[] = {
		{"application/x-www-form-urlencoded", "to=${phone}&text=码 ${code}&key=${secret}",
			"to=13800138000&text=%E7%A0%81%20048213&key=secret%2F%22%26%3C%2B"},
		{"application/json; charset=utf-8", "{\"to\":\"${phone}\",\"s\":\"${secret}\"}",
			"{\"to\":\"13800138000\",\"s\":\"secret/\\\"&<+\"}"},
		{"text/xml", "<a b=\"${secret}\">${code}${phone}</a>",
			"<a b=\"secret/&#34;&#38;&#60;+\">04821313800138000</a>"},
		{"text/plain", "${phone} ${code} ${request_id} ${access_key} ${else} $ ${",
			"13800138000 048213 0123456789abcdef AKID-test ${else} $ ${"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct scene scene = SCENE("/send", LOOPBACK_TEXT("sent"));
		struct conf conf = conf_of("template", "");
		struct outcome outcome;

		conf.sms_content_type = cases[i].content_type;
		conf.sms_body = cases[i].body;
		conf.sms_query = "code=${code}";
		outcome = send_by(&conf, &scene);
		assert_int_equal(outcome.err, ERR_NONE);
		assert_string_equal(outcome.body, cases[i].wanted);
		assert_non_null(strstr(outcome.headers,
			arena_printf(arena, "Content-Type: %s\r\n", cases[i].content_type)));
	}
}

static void a_get_has_all_in_its_query(void **state)
{
	const struct scene scene = SCENE("/send", LOOPBACK_TEXT("sent"));
	struct conf conf = conf_of("template", "");
	struct outcome outcome;

	(void)state;
	conf.sms_method = "GET";
	conf.sms_body = "";
	conf.sms_query = "m=${phone}&text=您的码：${code}&k=${secret}";
	conf.sms_headers = "X-Id: ${request_id} | Authorization:Bearer ${access_key}";
	outcome = send_by(&conf, &scene);
	assert_int_equal(outcome.err, ERR_NONE);
	assert_string_equal(outcome.request,
		"GET /send?m=13800138000&text=%E6%82%A8%E7%9A%84%E7%A0%81%EF%BC%9A048213"
		"&k=secret%2F%22%26%3C%2B HTTP/1.1");
	assert_non_null(strstr(outcome.headers, "X-Id: 0123456789abcdef\r\n"));
	assert_non_null(strstr(outcome.headers, "Authorization: Bearer AKID-test\r\n"));
}

static void a_templates_success_is_what_it_says(void **state)
{
	static const struct {
		const char *text, *member, *reply;
		enum err err;
	} cases[] = {
		{"", "", HEAD("200 OK") "whatever", ERR_NONE},
		{"", "", HEAD("204 No Content"), ERR_NONE},
		{"", "", HEAD("301 Moved Permanently"), ERR_UPSTREAM_CONFIG},
		{"", "", HEAD("401 Unauthorized"), ERR_UPSTREAM_CONFIG},
		{"", "", HEAD("429 Too Many Requests"), ERR_SMS_RATE},
		{"", "", HEAD("503 Service Unavailable"), ERR_UPSTREAM},
		{"result=0", "", HEAD("200 OK") "result=0&id=7", ERR_NONE},
		{"result=0", "", HEAD("200 OK") "result=9", ERR_UPSTREAM_UNSENT},
		{"", "code=0", HEAD("200 OK") "{\"code\":0}", ERR_NONE},
		{"", "code=0", HEAD("200 OK") "{\"code\":\"0\"}", ERR_NONE},
		{"", "code=0", HEAD("200 OK") "{\"code\":0.0}", ERR_NONE},
		{"", "code=0", HEAD("200 OK") "{\"code\":4085}", ERR_UPSTREAM_UNSENT},
		{"", "code=0", HEAD("200 OK") "{\"code\":0.5}", ERR_UPSTREAM_UNSENT},
		{"", "code=200000", HEAD("200 OK") "{\"code\":200000}", ERR_NONE},
		{"", "ok=true", HEAD("200 OK") "{\"ok\":true}", ERR_NONE},
		{"", "ok=true", HEAD("200 OK") "{\"ok\":false}", ERR_UPSTREAM_UNSENT},
		{"", "code=0", HEAD("400 Bad Request") "{\"code\":0}", ERR_UPSTREAM_CONFIG},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct scene scene = SCENE("/", cases[i].reply);
		struct conf conf = conf_of("template", "");
		enum err err;

		conf.sms_success_text = cases[i].text;
		conf.sms_success_member = cases[i].member;
		err = send_by(&conf, &scene).err;
		if (err != cases[i].err)
			fail_msg("%zu: %s", i, err_name(err));
	}
}

static void refused(const struct conf *conf)
{
	assert_null(sms_new(conf, test_transfers, NULL));
}

static void what_is_missing_is_refused(void **state)
{
	const struct conf aliyun = conf_of("aliyun", ""), tencent = conf_of("tencent", "");
	const struct conf template = conf_of("template", "https://gateway.example/send");
	struct conf conf;

	(void)state;
#define REFUSED(good, member, value)                                                            \
	(conf = (good), conf.sms_##member = (value), refused(&conf))
	REFUSED(aliyun, access_key, "");
	REFUSED(aliyun, sign_name, "");
	REFUSED(aliyun, template_code, "");
	REFUSED(aliyun, base_url, "http://gateway.example");
	REFUSED(aliyun, secret_file, "/nowhere/secret");
	REFUSED(tencent, access_key, "");
	REFUSED(tencent, app_id, "");
	REFUSED(tencent, sign_name, "");
	REFUSED(tencent, template_code, "");
	REFUSED(template, base_url, "");
	REFUSED(template, body, "to=${phone}");
	REFUSED(template, method, "GET");
	REFUSED(template, success_member, "code");
#undef REFUSED
}

static void without_a_driver_nothing_is_sent(void **state)
{
	const struct conf conf = conf_of("none", "");
	struct sms *sms = sms_new(&conf, test_transfers, NULL);
	struct sms_told told;

	(void)state;
	assert_non_null(sms);
	assert_false(sms_is_configured(sms));
	assert_int_equal(sms_send_code(sms, arena, &message, &told), ERR_UPSTREAM_CONFIG);
	assert_int_equal(sms_waited_us(sms), 0);
	sms_free(sms);
}

static void a_secret_may_stand_in_a_file(void **state)
{
	char path[] = "/tmp/wxuser_secret_XXXXXX";
	const struct scene scene = SCENE("/", LOOPBACK_TEXT("sent"));
	struct conf conf = conf_of("template", "");
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "\xef\xbb\xbf of-the-file \t\r\nmore\n", 25), 25);
	close(fd);
	conf.sms_secret_file = path;
	conf.sms_body = "${secret} ${phone} ${code}";
	conf.sms_content_type = "text/plain";
	assert_string_equal(send_by(&conf, &scene).body, "of-the-file 13800138000 048213");
	chmod(path, 0604);
	conf.sms_base_url = "https://gateway.example/";
	refused(&conf);
	unlink(path);
}

static void logs_tell_neither_code_nor_phone(void **state)
{
	const char *text;

	(void)state;
	captured_log_begin();
	send_to("aliyun", aliyun_says("isv.AMOUNT_NOT_ENOUGH"));
	send_to("tencent", NULL);
	send_to("template", HEAD("404 Not Found") "13800138000 048213");
	send_to("aliyun", HEAD("503 Service Unavailable"));
	text = captured_log_end();
	assert_non_null(strstr(text, "isv.AMOUNT_NOT_ENOUGH"));
	assert_non_null(strstr(text, "138****8000"));
	assert_non_null(strstr(text, "status=503"));
	assert_null(strstr(text, "13800138000"));
	assert_null(strstr(text, "048213"));
	assert_null(strstr(text, "secret/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aliyuns_example_is_signed),
		cmocka_unit_test(tencents_example_is_signed),
		cmocka_unit_test(a_days_limit_lasts_until_the_day_ends),
		cmocka_unit_test(a_days_limit_is_told_by_the_message),
		TEST_TWICE(aliyun_gets_a_signed_form),
		TEST_TWICE(aliyuns_words_are_understood),
		TEST_TWICE(tencent_gets_signed_json),
		TEST_TWICE(tencents_words_are_understood),
		TEST_TWICE(what_cannot_be_read_may_have_been_sent),
		TEST_TWICE(an_answer_may_be_any_bytes),
		TEST_TWICE(an_object_that_cannot_be_read_is_no_fault_of_the_gateway),
		TEST_TWICE(a_late_answer_may_have_been_sent),
		TEST_TWICE(what_is_not_reached_sends_nothing),
		TEST_TWICE(holes_are_encoded_for_where_they_stand),
		TEST_TWICE(a_get_has_all_in_its_query),
		TEST_TWICE(a_templates_success_is_what_it_says),
		cmocka_unit_test(what_is_missing_is_refused),
		cmocka_unit_test(without_a_driver_nothing_is_sent),
		cmocka_unit_test(a_secret_may_stand_in_a_file),
		TEST_TWICE(logs_tell_neither_code_nor_phone),
	};

	return cmocka_run_group_tests_name(
		"sms", tests, transferring_set_up, transferring_tear_down);
}
