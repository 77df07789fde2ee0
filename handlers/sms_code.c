#include "address.h"
#include "arena.h"
#include "code_limits.h"
#include "db.h"
#include "request.h"
#include "sms.h"
#include "sms_code.h"
#include "statistics.h"
#include "verify_code.h"

static enum err sms_code_make(
	struct request *req, const struct code_scope *scope, struct verify_code *code_r)
{
	enum err err = verify_code_make(
		req->db, scope, &req->principal, address_of_client(req), code_r);

	if (err == ERR_SMS_RATE)
		req->retry_after_s = code_r->wait_s;
	return err;
}

/* On what a code counts that was not sent. The gateway's own limit is one for the next code, too. A
 * number that it refuses is a try of the person's, who could else ask for any number. */
static enum code_count sms_code_count_of(enum err err)
{
	if (err == ERR_SMS_RATE)
		return CODE_COUNTS;
	return err == ERR_SMS_REFUSED ? CODE_COUNTS_FOR_OWNER : CODE_COUNTS_NOT;
}

/* A code that was certainly not sent is withdrawn. */
static enum err sms_code_deliver(
	struct request *req, const struct code_scope *scope, const struct verify_code *code)
{
	const struct sms_message message = {
		.phone = scope->phone, .code = code->digits, .request_id = req->id,
	};
	struct sms_told told;
	enum err err = sms_send_code(req->sms, req->arena, &message, &told);

	if (err == ERR_SMS_RATE)
		req->retry_after_s = told.wait_s > 0 ? told.wait_s : CODE_LIMIT_RESEND_S;
	if (err != ERR_NONE)
		request_fail(req, err, told.reason);
	if (err != ERR_NONE && err != ERR_UPSTREAM)
		verify_code_withdraw(req->db, scope, code, sms_code_count_of(err));
	return err;
}

static void sms_code_count(struct request *req, const struct code_scope *scope)
{
	const struct statistics_event event = {
		.tenant_id = scope->tenant_id, .app_id = scope->app_id,
		.name = STATISTIC_SMS_CODES,
	};

	statistics_count(req->statistics, &event);
}

enum err sms_code_send(struct request *req, const struct code_scope *scope)
{
	struct verify_code code;
	enum err err;

	if (!sms_is_configured(req->sms))
		return request_fail(req, ERR_UPSTREAM_CONFIG, "sms.driver is none");
	err = sms_code_make(req, scope, &code);
	if (err == ERR_NONE)
		err = sms_code_deliver(req, scope, &code);
	if (err == ERR_NONE)
		sms_code_count(req, scope);
	return err;
}
