#include "gateway.h"

#include "arena.h"
#include "endpoints.h"
#include "inbox.h"
#include "request.h"
#include "sms_signature.h"
#include "str.h"

#define ACCESS_KEY "AKIDsandbox"
#define SECRET "tencent-sandbox-secret"
#define APP_ID "1400000001"
#define TEMPLATE_ID "1000001"
#define COUNTRY "+86"
#define TOLERANCE_S (5 * 60)
#define SIGNED_HEADERS_MAX 8

/* What an Authorization is made of, as far as it can be told apart. */
struct credential {
	const char *access_key, *date, *signed_headers, *signature;
};

static struct refusal refuse(const char *code, const char *text)
{
	return (struct refusal){.code = code, .text = text, .status = 200};
}

static struct refusal refuse_message(const char *code, const char *text)
{
	return (struct refusal){.code = code, .text = text};
}

/* The text between two others; NULL: they are not there. */
static const char *between(
	struct arena *arena, const char *text, const char *before, const char *after)
{
	const char *begin = text == NULL ? NULL : strstr(text, before);
	const char *end;

	if (begin == NULL)
		return NULL;
	begin += strlen(before);
	end = *after == '\0' ? begin + strlen(begin) : strstr(begin, after);
	return end == NULL ? NULL : arena_strndup(arena, begin, (size_t)(end - begin));
}

static bool read_credential(struct request *req, struct credential *credential_r)
{
	const char *text = req->authorization;
	const char *scope = between(req->arena, text, "TC3-HMAC-SHA256 Credential=", ", ");

	credential_r->access_key = between(req->arena, scope, "", "/");
	credential_r->date = between(req->arena, scope, "/", "/sms/tc3_request");
	credential_r->signed_headers = between(req->arena, text, ", SignedHeaders=", ", ");
	credential_r->signature = between(req->arena, text, ", Signature=", "");
	return credential_r->access_key != NULL && credential_r->date != NULL &&
		credential_r->signed_headers != NULL && credential_r->signature != NULL;
}

/* content-type;host;… with their values; false: one is missing. */
static bool read_signed_headers(
	struct request *req, const char *names, struct http_param headers_r[SIGNED_HEADERS_MAX + 1])
{
	size_t n_headers = 0;

	while (*names != '\0' && n_headers < SIGNED_HEADERS_MAX) {
		size_t size = strcspn(names, ";");
		const char *name = arena_strndup(req->arena, names, size);
		const char *value = request_header(req, name);

		if (value == NULL)
			return false;
		headers_r[n_headers++] = (struct http_param){name, value};
		names += size + (names[size] == ';' ? 1 : 0);
	}
	headers_r[n_headers] = (struct http_param){NULL, NULL};
	return *names == '\0';
}

static bool is_signed(
	struct request *req, const struct credential *credential, int64_t timestamp)
{
	struct http_param headers[SIGNED_HEADERS_MAX + 1];
	const struct tencent_call call = {
		.service = "sms",
		.headers = headers,
		.body = (const char *)req->body.bytes,
		.size = req->body.size,
		.timestamp = timestamp,
	};
	char signature[TENCENT_SIGNATURE_SIZE], date[TENCENT_DATE_SIZE];

	if (!str_starts_with(credential->signed_headers, "content-type;host") ||
		!read_signed_headers(req, credential->signed_headers, headers))
		return false;
	tencent_date(timestamp, date);
	tencent_sign(&call, SECRET, signature);
	return strcmp(credential->date, date) == 0 && strcmp(credential->signature, signature) == 0;
}

static struct refusal check_headers(struct request *req)
{
	static const char *const required[] = {"X-TC-Action", "X-TC-Version", "X-TC-Timestamp",
		"X-TC-Region"};

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (request_header(req, required[i]) == NULL)
			return refuse("MissingParameter",
				arena_printf(req->arena, "The request is missing the header %s.",
					required[i]));
	if (strcmp(request_header(req, "X-TC-Action"), "SendSms") != 0)
		return refuse("InvalidAction", "The API or operation is incorrect.");
	if (strcmp(request_header(req, "X-TC-Version"), "2021-01-11") != 0)
		return refuse("NoSuchVersion", "The API version does not exist.");
	return (struct refusal){0};
}

static struct refusal check_signature(struct request *req)
{
	struct credential credential;
	int64_t timestamp;

	if (!str_parse_int64(request_header(req, "X-TC-Timestamp"), &timestamp) ||
		!read_credential(req, &credential))
		return refuse("AuthFailure.InvalidAuthorization",
			"The Authorization in the request header is not standard.");
	if (strcmp(credential.access_key, ACCESS_KEY) != 0)
		return refuse("AuthFailure.SecretIdNotFound", "The SecretId is not found.");
	if (gateway_is_stale(timestamp, TOLERANCE_S))
		return refuse("AuthFailure.SignatureExpire", "The signature is expired.");
	if (!is_signed(req, &credential, timestamp))
		return refuse("AuthFailure.SignatureFailure",
			"The provided credentials could not be validated.");
	return (struct refusal){0};
}

/* A code, and minutes where the template has them. */
static bool are_params(const json_t *params)
{
	const char *code = json_string_value(json_array_get(params, 0));
	const char *minutes = json_string_value(json_array_get(params, 1));
	size_t n_params = json_array_size(params);

	return code != NULL && gateway_is_code(code) &&
		(n_params == 1 || (n_params == 2 && minutes != NULL && strlen(minutes) <= 6));
}

static struct refusal check_message(
	struct request *req, const json_t *json, struct sandbox_sms *sms_r)
{
	const char *phone = json_string_value(json_array_get(
		json_object_get(json, "PhoneNumberSet"), 0));
	const json_t *params = json_object_get(json, "TemplateParamSet");
	const char *app_id = json_string_value(json_object_get(json, "SmsSdkAppId"));
	const char *sign_name = json_string_value(json_object_get(json, "SignName"));
	const char *template = json_string_value(json_object_get(json, "TemplateId"));

	if (phone == NULL || app_id == NULL || template == NULL)
		return refuse("MissingParameter", "A parameter is missing.");
	sms_r->phone = arena_strdup(
		req->arena, str_starts_with(phone, COUNTRY) ? phone + strlen(COUNTRY) : phone);
	if (strcmp(app_id, APP_ID) != 0)
		return refuse("UnauthorizedOperation.SmsSdkAppIdVerifyFail",
			"Failed to verify SmsSdkAppId.");
	if (sign_name == NULL || strcmp(sign_name, GATEWAY_SIGN_NAME) != 0)
		return refuse_message("FailedOperation.SignatureIncorrectOrUnapproved",
			"signature is not approved");
	if (strcmp(template, TEMPLATE_ID) != 0)
		return refuse_message("FailedOperation.TemplateIncorrectOrUnapproved",
			"template is not approved");
	if (!str_starts_with(phone, COUNTRY) || !gateway_is_phone(sms_r->phone))
		return refuse_message(
			"InvalidParameterValue.IncorrectPhoneNumber", "incorrect phone number");
	if (!are_params(params))
		return refuse_message("FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
			"parameters do not match the template");
	sms_r->code = arena_strdup(req->arena, json_string_value(json_array_get(params, 0)));
	return (struct refusal){0};
}

static struct refusal check(struct request *req, struct sandbox_sms *sms_r)
{
	struct refusal refusal = check_headers(req);
	json_t *json;

	if (refusal.code == NULL)
		refusal = check_signature(req);
	if (refusal.code != NULL)
		return refusal;
	json = json_loadb((const char *)req->body.bytes, req->body.size, JSON_REJECT_DUPLICATES,
		NULL);
	refusal = json_is_object(json) ? check_message(req, json, sms_r) :
					 refuse("InvalidParameter", "The body is not JSON.");
	json_decref(json);
	return refusal;
}

static json_t *status_of(const struct refusal *refusal, const struct sandbox_sms *sms)
{
	bool is_sent = refusal->code == NULL;

	return json_pack("{s:s,s:s+,s:i,s:s,s:s,s:s}", "SerialNo",
		is_sent ? "2028:f825e6db:1" : "", "PhoneNumber", COUNTRY, sms->phone, "Fee",
		is_sent ? 1 : 0, "Code", is_sent ? "Ok" : refusal->code, "Message",
		is_sent ? "send success" : refusal->text, "IsoCode", "CN");
}

static void write_answer(struct request *req, const struct refusal *refusal,
	const struct sandbox_sms *sms)
{
	const char *id = gateway_request_id(req);
	json_t *response;

	if (refusal->status == 0)
		response = json_pack("{s:[o],s:s}", "SendStatusSet", status_of(refusal, sms),
			"RequestId", id);
	else
		response = json_pack("{s:{s:s,s:s},s:s}", "Error", "Code", refusal->code,
			"Message", refusal->text, "RequestId", id);
	gateway_write_json(req, 200, json_pack("{s:o}", "Response", response));
}

static enum err run(struct request *req)
{
	static const struct gateway gateway = {"tencent", check, write_answer};

	return gateway_run(req, &gateway);
}

const struct sandbox_endpoint gateway_tencent =
	GATEWAY("sandbox/sms/tencent", "Tencent Cloud's SendSms", run);
