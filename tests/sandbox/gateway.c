#include "gateway.h"

#include "arena.h"
#include "call_note.h"
#include "call_store.h"
#include "clock.h"
#include "crypto.h"
#include "encoding.h"
#include "fault.h"
#include "inbox.h"
#include "mobile.h"
#include "request.h"

static const struct dialect_error errors[ERR_N] = {
	[ERR_NOT_FOUND] = {404, 0, "", "There is no such gateway."},
	[ERR_METHOD] = {405, 0, "", "The gateway takes POST."},
	[ERR_TOO_LARGE] = {413, 0, "", "The body is over the limit."},
	[ERR_BAD_REQUEST] = {400, 0, "", "The request cannot be read."},
	[ERR_FORBIDDEN] = {403, 0, "", "Not from there."},
	[ERR_BUSY] = {503, 0, "", "The sandbox's database does not answer."},
	[ERR_INTERNAL] = {500, 0, "", "An internal error has occurred."},
};

static void refuse(struct request *req)
{
	response_set(req, request_error(req, req->err)->status, "text/plain");
	buf_append_str(&req->response.body, request_error(req, req->err)->en);
}

const struct dialect gateway_dialect = {
	.name = "gateway",
	.prefix = "sandbox/sms/",
	.is_case_sensitive = true,
	.formats = FORMAT_JSON,
	.flavour = JSON_JACKSON,
	.errors = errors,
	.refuse = refuse,
};

bool gateway_is_phone(const char *phone)
{
	char number[MOBILE_SIZE];

	return mobile_normalise(phone, number) && strcmp(number, phone) == 0;
}

bool gateway_is_code(const char *code)
{
	size_t size = strlen(code);

	return size >= 4 && size <= 6 && strspn(code, "0123456789") == size;
}

bool gateway_is_stale(int64_t timestamp, int64_t tolerance_s)
{
	int64_t age_s = clock_now_us() / 1000000 - timestamp;

	return age_s > tolerance_s || age_s < -tolerance_s;
}

const char *gateway_request_id(struct request *req)
{
	uint8_t bytes[16];
	char text[2 * sizeof(bytes) + 1];

	crypto_random(bytes, sizeof(bytes));
	encode_hex(bytes, sizeof(bytes), text);
	return arena_printf(req->arena, "%.8s-%.4s-%.4s-%.4s-%.12s", text, text + 8, text + 12,
		text + 16, text + 20);
}

void gateway_write_json(struct request *req, int status, json_t *json)
{
	sandbox_write_json(req, "application/json;charset=utf-8", json, JSON_COMPACT);
	req->response.status = status;
}

enum err gateway_run(struct request *req, const struct gateway *gateway)
{
	struct sandbox_sms sms = {.driver = gateway->name};
	struct refusal refusal;
	struct api_call call = {.path = req->path};
	struct fault fault;
	int64_t id;

	if (call_store_take_fault(req->db, req->path, &fault) != ERR_NONE)
		fault.kind = NULL;
	call.fault = fault.kind;
	id = call_note_begin(req, &call);
	refusal = gateway->check(req, &sms);
	fault_delay(&fault, req);
	if (refusal.code == NULL && fault.kind != NULL && strcmp(fault.kind, "code") == 0)
		refusal = (struct refusal){fault.text, "on order", 0};
	if (refusal.code == NULL && inbox_add(req->db, &sms) != ERR_NONE)
		return ERR_BUSY;
	gateway->write(req, &refusal, &sms);
	fault_spoil(&fault, req);
	call_note_end(req, id);
	return ERR_NONE;
}
