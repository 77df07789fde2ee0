#include "limit.h"
#include "meter.h"
#include "request.h"

static enum err refuse(struct request *req, enum limit limit)
{
	static const struct {
		const char *retry_after_s;
		enum meter meter;
	} refusals[LIMIT_N] = {
		[LIMIT_ANONYMOUS] = {"1", METER_LIMITED_ANONYMOUS},
		[LIMIT_UNPROVEN] = {"1", METER_LIMITED_UNPROVEN},
		[LIMIT_FAILURES] = {"60", METER_LIMITED_FAILURES},
	};

	meter_add(refusals[limit].meter, 1);
	response_header(req, "Retry-After", refusals[limit].retry_after_s);
	return ERR_RATE;
}

enum err limit_take(struct request *req, enum limit limit, const char *key)
{
	const struct limiter *limiter = req->limiter;

	if (limiter == NULL || limiter->take(limiter->ctx, limit, key))
		return ERR_NONE;
	return refuse(req, limit);
}

enum err limit_look(struct request *req, enum limit limit, const char *key)
{
	const struct limiter *limiter = req->limiter;

	if (limiter == NULL || limiter->is_left(limiter->ctx, limit, key))
		return ERR_NONE;
	return refuse(req, limit);
}
