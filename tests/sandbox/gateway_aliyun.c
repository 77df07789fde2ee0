#include "gateway.h"

#include "arena.h"
#include "clock.h"
#include "endpoints.h"
#include "inbox.h"
#include "request.h"
#include "sms_signature.h"
#include "urlencoded.h"

#define ACCESS_KEY "LTAI5tSandbox"
#define SECRET "aliyun-sandbox-secret"
#define TEMPLATE_CODE "SMS_1000001"
#define TOLERANCE_S (15 * 60)
#define PARAMS_MAX 32

/* All but the signature, which stands apart. */
struct signed_params {
	struct http_param list[PARAMS_MAX + 1];
	const char *signature;
};

static void read_params(struct request *req, struct signed_params *params_r)
{
	char *text = arena_strndup(req->arena, (const char *)req->body.bytes, req->body.size);
	struct urlencoded pairs;
	struct pair pair;
	size_t n_params = 0;

	*params_r = (struct signed_params){0};
	urlencoded_init(&pairs, req->arena, text, req->body.size);
	while (n_params < PARAMS_MAX && urlencoded_next(&pairs, &pair)) {
		if (strcmp(pair.name, "Signature") == 0)
			params_r->signature = pair.value;
		else
			params_r->list[n_params++] = (struct http_param){pair.name, pair.value};
	}
}

/* "": not there. */
static const char *value_of(const struct signed_params *params, const char *name)
{
	for (const struct http_param *param = params->list; param->name != NULL; param++)
		if (strcmp(param->name, name) == 0)
			return param->value;
	return "";
}

static struct refusal refuse(int status, const char *code, const char *text)
{
	return (struct refusal){.code = code, .text = text, .status = status};
}

static struct refusal find_missing(struct request *req, const struct signed_params *params)
{
	static const char *const required[] = {
		"Action", "Version", "AccessKeyId", "SignatureMethod", "SignatureVersion",
		"SignatureNonce", "Timestamp", "PhoneNumbers", "SignName", "TemplateCode",
	};

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (*value_of(params, required[i]) == '\0')
			return refuse(400, arena_printf(req->arena, "Missing%s", required[i]),
				arena_printf(req->arena, "%s is mandatory for this action.",
					required[i]));
	if (params->signature == NULL)
		return refuse(400, "MissingSignature",
			"Signature is mandatory for this action.");
	return (struct refusal){0};
}

static bool parse_timestamp(const char *text, int64_t *timestamp_r)
{
	struct civil civil = {0};
	int end = 0;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &civil.year, &civil.month, &civil.day,
		    &civil.hour, &civil.minute, &civil.second, &end) != 6 ||
		end != 20 || text[end] != '\0' || civil.month < 1 || civil.month > 12)
		return false;
	*timestamp_r = clock_from_civil(&civil, 0) / 1000000;
	return true;
}

static bool is_signed(struct signed_params *params)
{
	char signature[ALIYUN_SIGNATURE_SIZE];

	aliyun_sign("POST", params->list, SECRET, signature);
	return strcmp(params->signature, signature) == 0 &&
		strcmp(value_of(params, "SignatureMethod"), "HMAC-SHA1") == 0 &&
		strcmp(value_of(params, "SignatureVersion"), "1.0") == 0;
}

static struct refusal check_signature(struct request *req, struct signed_params *params)
{
	int64_t timestamp;
	enum err err;

	if (strcmp(value_of(params, "AccessKeyId"), ACCESS_KEY) != 0)
		return refuse(404, "InvalidAccessKeyId.NotFound",
			"Specified access key is not found.");
	if (!parse_timestamp(value_of(params, "Timestamp"), &timestamp))
		return refuse(400, "InvalidTimeStamp.Format",
			"Specified time stamp or date value is not well formatted.");
	if (gateway_is_stale(timestamp, TOLERANCE_S))
		return refuse(400, "InvalidTimeStamp.Expired",
			"Specified time stamp or date value is expired.");
	if (!is_signed(params))
		return refuse(400, "SignatureDoesNotMatch",
			"Specified signature is not matched with our calculation.");
	err = inbox_take_nonce(req->db, value_of(params, "SignatureNonce"));
	if (err == ERR_DUPLICATE)
		return refuse(400, "SignatureNonceUsed",
			"Specified signature nonce was used already.");
	if (err != ERR_NONE)
		return refuse(503, "ServiceUnavailable",
			"The request has failed due to a temporary failure of the server.");
	if (strcmp(value_of(params, "Action"), "SendSms") != 0 ||
		strcmp(value_of(params, "Version"), "2017-05-25") != 0)
		return refuse(404, "InvalidAction.NotFound",
			"Specified api is not found, please check your url and method.");
	return (struct refusal){0};
}

static struct refusal check_message(
	struct request *req, const struct signed_params *params, struct sandbox_sms *sms_r)
{
	const char *template = value_of(params, "TemplateParam");
	json_t *json = json_loads(template, JSON_REJECT_DUPLICATES, NULL);
	const char *code = json_string_value(json_object_get(json, "code"));

	sms_r->phone = value_of(params, "PhoneNumbers");
	sms_r->code = arena_strdup(req->arena, code);
	json_decref(json);
	if (strcmp(value_of(params, "SignName"), GATEWAY_SIGN_NAME) != 0)
		return refuse(0, "isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法");
	if (strcmp(value_of(params, "TemplateCode"), TEMPLATE_CODE) != 0)
		return refuse(0, "isv.SMS_TEMPLATE_ILLEGAL", "短信模板不合法");
	if (!gateway_is_phone(sms_r->phone))
		return refuse(0, "isv.MOBILE_NUMBER_ILLEGAL", "非法手机号");
	if (code == NULL)
		return refuse(0, "isv.TEMPLATE_MISSING_PARAMETERS", "模板缺少变量");
	if (!gateway_is_code(sms_r->code))
		return refuse(0, "isv.TEMPLATE_PARAMS_ILLEGAL", "模板变量值非法");
	return (struct refusal){0};
}

static struct refusal check(struct request *req, struct sandbox_sms *sms_r)
{
	struct signed_params params;
	struct refusal refusal;

	read_params(req, &params);
	refusal = find_missing(req, &params);
	if (refusal.code == NULL)
		refusal = check_signature(req, &params);
	if (refusal.code == NULL)
		refusal = check_message(req, &params, sms_r);
	return refusal;
}

static void write_answer(struct request *req, const struct refusal *refusal,
	const struct sandbox_sms *sms)
{
	const char *id = gateway_request_id(req);

	(void)sms;
	if (refusal->code == NULL)
		gateway_write_json(req, 200, json_pack("{s:s,s:s,s:s,s:s}", "Code", "OK", "Message",
			"OK", "BizId", "900000000000000000^0", "RequestId", id));
	else
		gateway_write_json(req, refusal->status == 0 ? 200 : refusal->status,
			json_pack("{s:s,s:s,s:s}", "Code", refusal->code, "Message",
				refusal->text, "RequestId", id));
}

static enum err run(struct request *req)
{
	static const struct gateway gateway = {"aliyun", check, write_answer};

	return gateway_run(req, &gateway);
}

const struct sandbox_endpoint gateway_aliyun =
	GATEWAY("sandbox/sms/aliyun", "Aliyun's SendSms", run);
