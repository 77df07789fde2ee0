/*
 * One use of a code of WeChat's, however many requests carry it at once. The first one claims it;
 * the others wait for its outcome, and get the same one if they come from the same client within
 * account.replay_window_s.
 */
#ifndef CODE_CLAIM_H
#define CODE_CLAIM_H

#include "err.h"

struct claim;
struct claimed_code;
struct request;

/* Claims a code, or waits for the outcome of another request's claim. Returns ERR_CODE_PENDING if
 * there is none in time, among others of claim_take(). */
enum err code_claim(
	struct request *req, const struct claimed_code *code, struct claim *claim_r);
/* Decides whether a request that has not claimed the code may know its outcome: ERR_NONE, or
 * ERR_CODE_USED. */
enum err code_claim_check_replay(struct request *req, const struct claim *claim);
/* Refuses the request as the code's first one was refused, for the log with WeChat's errcode.
 * Returns the error of the claim. */
enum err code_claim_refuse_again(struct request *req, const struct claim *claim);

#endif
