#include "answer.h"
#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "encoding.h"
#include "sms.h"
#include "sms_driver.h"
#include "sms_signature.h"
#include "str.h"

#define NONCE_SIZE 16

/* Source: Aliyun's error codes of SendSms, of its receipts and of RPC calls. */
static const struct sms_meaning meanings[] = {
	{"OK", ERR_NONE},
	{"isv.BUSINESS_LIMIT_DAY", ERR_SMS_RATE, true},
	{"isv.BUSINESS_LIMIT", ERR_SMS_RATE},
	{"BUSINESS_LIMIT", ERR_SMS_RATE},
	{"isv.DAY_LIMIT_CONTROL", ERR_SMS_RATE, true},
	{"isv.MONTH_LIMIT_CONTROL", ERR_SMS_RATE, true},
	{"isv.MOBILE_SEND_LIMIT", ERR_SMS_RATE},
	{"MOBILE_SEND_LIMIT", ERR_SMS_RATE},
	{"VALVE:D_", ERR_SMS_RATE, true},
	{"VALVE:", ERR_SMS_RATE},
	{"Throttling", ERR_SMS_RATE},
	{"isv.MOBILE_NUMBER_ILLEGAL", ERR_SMS_REFUSED},
	{"isv.BLACK_KEY_CONTROL_LIMIT", ERR_SMS_REFUSED},
	{"isv.CUSTOMER_REFUSED", ERR_SMS_REFUSED},
	{"MOBILE_IN_BLACK", ERR_SMS_REFUSED},
	{"MOBILE_NOT_ON_SERVICE", ERR_SMS_REFUSED},
	{"INVALID_NUMBER", ERR_SMS_REFUSED},
	{"isp.RAM_PERMISSION_DENY", ERR_UPSTREAM_CONFIG},
	{"isp.RES_OWNER_ID_UNKNOWN", ERR_UPSTREAM_CONFIG},
	{"isp.", ERR_UPSTREAM},
	{"InternalError", ERR_UPSTREAM},
	{"ServiceUnavailable", ERR_UPSTREAM},
	{"", ERR_UPSTREAM_CONFIG},
};

static const char *aliyun_find_problem(const struct conf *conf)
{
	if (str_is_empty(conf->sms_access_key))
		return "access_key is missing";
	if (str_is_empty(conf->sms_sign_name) || str_is_empty(conf->sms_template_code))
		return "sign_name or template_code is missing";
	return NULL;
}

static const char *nonce(struct arena *arena)
{
	uint8_t bytes[NONCE_SIZE];
	char text[2 * NONCE_SIZE + 1];

	crypto_random(bytes, sizeof(bytes));
	encode_hex(bytes, sizeof(bytes), text);
	return arena_strdup(arena, text);
}

static const char *timestamp(struct arena *arena)
{
	struct civil now;

	clock_to_civil(clock_now_us(), 0, &now);
	return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", now.year, now.month, now.day,
		now.hour, now.minute, now.second);
}

static void aliyun_write_call(const struct sms_request *request, struct http_call *call_r)
{
	const struct conf *conf = request->conf;
	struct arena *arena = request->arena;
	const char *code = request->message->code;
	char signature[ALIYUN_SIGNATURE_SIZE];
	struct buf body = {.arena = arena};
	struct http_param params[] = {
		{"AccessKeyId", conf->sms_access_key},
		{"Action", "SendSms"},
		{"Format", "JSON"},
		{"OutId", request->message->request_id},
		{"PhoneNumbers", request->message->phone},
		{"SignName", conf->sms_sign_name},
		{"SignatureMethod", "HMAC-SHA1"},
		{"SignatureNonce", nonce(arena)},
		{"SignatureVersion", "1.0"},
		{"TemplateCode", conf->sms_template_code},
		{"TemplateParam", arena_printf(arena, "{\"code\":\"%s\"}", code)},
		{"Timestamp", timestamp(arena)},
		{"Version", "2017-05-25"},
		{NULL, NULL},
	};
	const struct http_param last[] = {{"Signature", signature}, {NULL, NULL}};

	aliyun_sign("POST", params, request->secret, signature);
	http_url_append_params(&body, params);
	buf_append_char(&body, '&');
	http_url_append_params(&body, last);
	call_r->content_type = "application/x-www-form-urlencoded";
	call_r->body = body.data;
	call_r->size = body.size;
}

static struct sms_result aliyun_read_answer(
	const struct sms_request *request, const struct http_answer *answer)
{
	struct sms_result result =
		sms_result_of(request, meanings, answer_string(request->arena, answer, "Code"));
	const char *message = answer_string(request->arena, answer, "Message");

	/* isv.BUSINESS_LIMIT_CONTROL is of a minute, an hour or a day, as 触发天级流控Permits:10 says
	 * alone. Of an hour it does not tell how much is over. */
	if (result.err == ERR_SMS_RATE && message != NULL && strstr(message, "天级") != NULL)
		result.lasts_all_day = true;
	return result;
}

const struct sms_driver sms_aliyun = {
	.name = "aliyun",
	.base_url = "https://dysmsapi.aliyuncs.com/",
	.find_problem = aliyun_find_problem,
	.write_call = aliyun_write_call,
	.read_answer = aliyun_read_answer,
};
