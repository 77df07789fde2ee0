#include <jansson.h>

#include "answer.h"
#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "http_url.h"
#include "sms.h"
#include "sms_driver.h"
#include "sms_signature.h"
#include "str.h"

#define CONTENT_TYPE "application/json; charset=utf-8"
#define SERVICE "sms"

/* Source: Tencent Cloud's error codes of SendSms and of its API. */
static const struct sms_meaning meanings[] = {
	{"Ok", ERR_NONE},
	{"LimitExceeded.PhoneNumberCountLimit", ERR_UPSTREAM_CONFIG},
	{"LimitExceeded.AppCountryOrRegionInBlacklist", ERR_UPSTREAM_CONFIG},
	{"LimitExceeded", ERR_SMS_RATE},
	{"RequestLimitExceeded", ERR_SMS_RATE},
	{"AuthFailure.RequestLimitExceeded", ERR_SMS_RATE},
	{"InvalidParameterValue.IncorrectPhoneNumber", ERR_SMS_REFUSED},
	{"FailedOperation.PhoneNumberInBlacklist", ERR_SMS_REFUSED},
	{"FailedOperation.PhoneNumberOnBlacklist", ERR_SMS_REFUSED},
	{"InternalError.RequestTimeException", ERR_UPSTREAM_CONFIG},
	{"InternalError.RestApiInterfaceNotExist", ERR_UPSTREAM_CONFIG},
	{"InternalError.Sig", ERR_UPSTREAM_CONFIG},
	{"InternalError", ERR_UPSTREAM},
	{"ServiceUnavailable", ERR_UPSTREAM},
	{"", ERR_UPSTREAM_CONFIG},
};

static const char *tencent_find_problem(const struct conf *conf)
{
	if (str_is_empty(conf->sms_access_key))
		return "access_key is missing";
	if (str_is_empty(conf->sms_app_id) || str_is_empty(conf->sms_sign_name) ||
		str_is_empty(conf->sms_template_code))
		return "app_id, sign_name or template_code is missing";
	return NULL;
}

static const char *host_of(struct arena *arena, const char *url)
{
	struct buf host = {.arena = arena};

	http_url_append_host(&host, url);
	return host.data;
}

/* Makes an array of sms.template_params, a list in which ${code} stands for the code. */
static json_t *tencent_params(const struct sms_request *request)
{
	const char *at = request->conf->sms_template_params;
	json_t *params = json_array();

	while (*at != '\0') {
		size_t size = strcspn(at, ",");
		const char *param = arena_strndup(request->arena, at, size);
		bool is_code = strcmp(param, "${code}") == 0;

		json_array_append_new(
			params, json_string(is_code ? request->message->code : param));
		at += size + (at[size] == ',' ? 1 : 0);
	}
	return params;
}

static const char *tencent_body(const struct sms_request *request)
{
	const struct conf *conf = request->conf;
	const char *phone = arena_printf(request->arena, "+86%s", request->message->phone);
	json_t *json = json_pack("{s:[s], s:s, s:s, s:s, s:o, s:s}", "PhoneNumberSet", phone,
		"SmsSdkAppId", conf->sms_app_id, "SignName", conf->sms_sign_name, "TemplateId",
		conf->sms_template_code, "TemplateParamSet", tencent_params(request),
		"SessionContext", request->message->request_id);
	char *text = json_dumps(json, JSON_COMPACT);
	const char *body = arena_strdup(request->arena, text);

	crypto_free_text(text);
	json_decref(json);
	return body;
}

static const char *authorization(const struct sms_request *request, const struct tencent_call *call)
{
	char signature[TENCENT_SIGNATURE_SIZE], date[TENCENT_DATE_SIZE];

	tencent_date(call->timestamp, date);
	tencent_sign(call, request->secret, signature);
	return arena_printf(request->arena,
		"TC3-HMAC-SHA256 Credential=%s/%s/" SERVICE "/tc3_request, "
		"SignedHeaders=content-type;host, Signature=%s",
		request->conf->sms_access_key, date, signature);
}

static void tencent_write_call(const struct sms_request *request, struct http_call *call_r)
{
	struct arena *arena = request->arena;
	const char *host = host_of(arena, sms_base_url(request->conf, &sms_tencent));
	const struct http_param signed_headers[] = {
		{"content-type", CONTENT_TYPE},
		{"host", host},
		{NULL, NULL},
	};
	const char *body = tencent_body(request);
	const struct tencent_call call = {
		.service = SERVICE,
		.headers = signed_headers,
		.body = body,
		.size = strlen(body),
		.timestamp = clock_now_us() / CLOCK_SECOND_US,
	};
	struct http_param *headers = arena_array(arena, struct http_param, 7);

	call_r->content_type = CONTENT_TYPE;
	call_r->body = call.body;
	call_r->size = call.size;
	headers[0] = (struct http_param){"X-TC-Action", "SendSms"};
	headers[1] = (struct http_param){"X-TC-Version", "2021-01-11"};
	headers[2] = (struct http_param){"X-TC-Region", request->conf->sms_region};
	headers[3] = (struct http_param){
		"X-TC-Timestamp", arena_printf(arena, "%lld", (long long)call.timestamp)};
	headers[4] = (struct http_param){"Authorization", authorization(request, &call)};
	/* libcurl would write a Host of its own; this one is what was signed. */
	headers[5] = (struct http_param){"Host", host};
	call_r->headers = headers;
}

/* Returns the code of the one message, or of the call if that failed. */
static const char *code_of(const json_t *json)
{
	const json_t *response = json_object_get(json, "Response");
	const json_t *status = json_array_get(json_object_get(response, "SendStatusSet"), 0);
	const json_t *error = json_object_get(response, "Error");

	return json_string_value(json_object_get(error == NULL ? status : error, "Code"));
}

static struct sms_result tencent_read_answer(
	const struct sms_request *request, const struct http_answer *answer)
{
	json_t *json = answer_json(answer);
	const char *code = code_of(json);
	struct sms_result result = sms_result_of(request, meanings, code);

	/* LimitExceeded.PhoneNumberDailyLimit, .AppDailyLimit and more. */
	result.lasts_all_day =
		result.err == ERR_SMS_RATE && strstr(result.code, "DailyLimit") != NULL;
	json_decref(json);
	return result;
}

const struct sms_driver sms_tencent = {
	.name = "tencent",
	.base_url = "https://sms.tencentcloudapi.com/",
	.find_problem = tencent_find_problem,
	.write_call = tencent_write_call,
	.read_answer = tencent_read_answer,
};
