#include "app.h"
#include "arena.h"
#include "claim.h"
#include "clock.h"
#include "code_claim.h"
#include "conf.h"
#include "request.h"
#include "transfers.h"
#include "wechat_refusal.h"

#define OUTCOME_WAIT_US (6 * CLOCK_SECOND_US)
#define POLL_PAUSE_US 50000

enum err code_claim(
	struct request *req, const struct claimed_code *code, struct claim *claim_r)
{
	enum err err = claim_take(req->db, code, claim_r);

	while (err == ERR_NONE && claim_r->state == CLAIM_PENDING) {
		if (clock_monotonic_us() - req->started_us > OUTCOME_WAIT_US)
			return request_fail(req, ERR_CODE_PENDING, "no outcome in time");
		transfers_sleep_us(req->transfers, POLL_PAUSE_US);
		err = claim_poll(req->db, code, claim_r);
	}
	return err;
}

enum err code_claim_check_replay(struct request *req, const struct claim *claim)
{
	const int64_t window_us = req->conf->account_replay_window_s * CLOCK_SECOND_US;

	if (!claim->is_same_client)
		return request_fail(req, ERR_CODE_USED, "another client used the code");
	if (claim->age_us > window_us)
		return request_fail(req, ERR_CODE_USED, "outside the replay window");
	return ERR_NONE;
}

enum err code_claim_refuse_again(struct request *req, const struct claim *claim)
{
	const struct wechat_refusal refusal = {.errcode = claim->errcode};
	const char *reason = "the code's first request had this outcome";

	if (claim->errcode != 0)
		reason = arena_printf(req->arena, "%s, as at the code's first request",
			wechat_refusal_reason(
				req->arena, &refusal, claim->err, claim->app->appid));
	return request_fail(req, claim->err, reason);
}
