#include "app.h"
#include "app_token.h"
#include "arena.h"
#include "claim.h"
#include "clock.h"
#include "code_claim.h"
#include "counters.h"
#include "db.h"
#include "log.h"
#include "person_phone.h"
#include "phone_attempt.h"
#include "phone_button.h"
#include "request.h"
#include "statistics.h"
#include "wechat.h"
#include "wechat_phone.h"

/* When WeChat must have answered, so that the request is answered within 9 s. */
#define END_US (8500 * INT64_C(1000))
/* WeChat's quota is of a minute. */
#define QUOTA_S 60

/* A code that this request has claimed. */
struct press {
	const struct app *app;
	const char *code;
	const struct claim *claim;
	int64_t deadline_us;
	bool is_asked; /* WeChat may have looked at the code, which is then spent */
	struct wechat_phone phone;
};

static enum err press_ask(struct request *req, const char *access_token, void *ctx)
{
	struct press *press = ctx;
	const struct wechat_phone_code code = {
		.access_token = access_token,
		.openid = req->principal.openid,
		.code = press->code,
	};
	enum err err = wechat_fetch_phone(
		req->wechat, req->arena, &code, press->deadline_us, &press->phone);

	press->is_asked = err != ERR_UPSTREAM_UNSENT && err != ERR_UPSTREAM_TOKEN;
	return err;
}

static enum err press_fetch(struct request *req, struct press *press)
{
	const int64_t end_us = req->started_us + END_US;
	const int64_t wechat_end_us = wechat_deadline_us(req->wechat);
	const struct app_question question = {
		.deadline_us = wechat_end_us < end_us ? wechat_end_us : end_us,
		.ask = press_ask,
		.ctx = press,
	};
	enum err err;

	press->deadline_us = question.deadline_us;
	err = app_token_ask(req, press->app, &question);
	if (err == ERR_RATE)
		return request_fail(req, err, "WeChat's quota of a minute");
	if (err == ERR_NONE &&
		(press->phone.appid == NULL || strcmp(press->phone.appid, press->app->appid) != 0))
		return request_fail(req, ERR_WATERMARK_OTHER, "the watermark is another app's");
	if (err != ERR_NONE && press->is_asked)
		request_fail(req, err,
			wechat_refusal_reason(req->arena, wechat_last_refusal(req->wechat), err,
				press->app->appid));
	return err;
}

/* A call whose answer was lost may have been charged. */
static void press_count(struct request *req, const struct press *press,
	const struct phone_attempt *attempt, enum err err)
{
	const struct statistics_event event = {
		.tenant_id = press->app->tenant_id, .app_id = press->app->id,
		.name = STATISTIC_PHONE_NUMBERS,
	};
	const bool is_bad = err == ERR_PHONE_CODE_INVALID || err == ERR_WATERMARK_OTHER;
	const bool is_got = err == ERR_NONE || err == ERR_WATERMARK_OTHER;
	const bool is_lost = err == ERR_UPSTREAM || err == ERR_UPSTREAM_SILENT;

	counter_add(is_got         ? COUNTER_PHONE_GOT
			: is_bad ? COUNTER_PHONE_BAD_CODE
				 : COUNTER_PHONE_FAILED, 1);
	if (is_got)
		statistics_count(req->statistics, &event);
	phone_attempt_end(req->db, attempt, is_got || (is_lost && press->is_asked), is_bad);
}

static void press_warn(const struct request *req, const struct phone_attempt *attempt)
{
	counter_add(COUNTER_PHONE_WARNING, 1);
	log_event(LOG_LEVEL_WARNING,
		"a tenant has used four fifths of its phone_numbers_per_day");
	log_int("tenant", req->principal.tenant_id);
	log_int("limit", attempt->limits[PHONE_ATTEMPT_OF_TENANT].n_most);
	log_end();
}

/* Within the limits. */
static enum err press_run(struct request *req, struct press *press, int32_t *wait_s)
{
	struct phone_attempt attempt;
	enum err err = phone_attempt_begin(req->db, &req->principal, &attempt);

	if (err == ERR_RATE) {
		counter_add(COUNTER_PHONE_LIMITED, 1);
		*wait_s = attempt.wait_s;
	}
	if (err != ERR_NONE)
		return err;
	if (attempt.is_warning)
		press_warn(req, &attempt);
	err = press_fetch(req, press);
	press_count(req, press, &attempt, err);
	return err;
}

/* This request has claimed the code: it asks WeChat and stores the outcome. */
static enum err press_take(struct request *req, struct press *press, int32_t *wait_s)
{
	struct claim claim = *press->claim;
	enum err err = press_run(req, press, wait_s);

	if (err == ERR_NONE)
		err = person_phone_confirm_by_button(
			req->db, &req->principal, press->phone.number, press->claim);
	if (err == ERR_NONE)
		return ERR_NONE;
	/* The code is spent: trying it again later, as ERR_BUSY says, cannot succeed. */
	if (err == ERR_BUSY && press->is_asked)
		err = ERR_CODE_PENDING;
	claim.errcode = (int32_t)wechat_last_refusal(req->wechat)->errcode;
	if (press->is_asked)
		claim_refuse(req->db, &claim, err);
	else
		claim_release(req->db, &claim);
	if (db_reason(req->db, err) != NULL || req->err_reason != NULL)
		return err;
	return request_fail(req, err, arena_printf(req->arena, "app %s", press->app->appid));
}

/* Another request has used the code. */
static enum err press_replay(struct request *req, const struct claim *claim)
{
	enum err err = code_claim_check_replay(req, claim);

	if (err == ERR_NONE && claim->state == CLAIM_REFUSED)
		return code_claim_refuse_again(req, claim);
	return err;
}

enum err phone_button(struct request *req, const struct app *app, const char *text)
{
	const struct claimed_code code = {
		.app = app,
		.kind = CODE_OF_PHONE_BUTTON,
		.text = text,
		.wechat_user_id = req->principal.wechat_user_id,
	};
	struct claim claim;
	struct press press = {.app = app, .code = text, .claim = &claim};
	int32_t wait_s = QUOTA_S;
	enum err err;

	if (app->kind != APP_MINI)
		return request_fail(req, ERR_APP_NOT_MINI, "the user is of no mini program");
	err = code_claim(req, &code, &claim);
	if (err == ERR_NONE)
		err = claim.state == CLAIM_TAKEN ? press_take(req, &press, &wait_s)
						 : press_replay(req, &claim);
	if (err == ERR_RATE)
		req->retry_after_s = wait_s;
	return err;
}
