#include "limit.h"
#include "request.h"

static enum err refuse(struct request *req, enum limit limit)
{
	static const char *const retry_after_s[LIMIT_N] = {
		[LIMIT_ANONYMOUS] = "1",
		[LIMIT_UNPROVEN] = "1",
		[LIMIT_FAILURES] = "60",
	};

	response_header(req, "Retry-After", retry_after_s[limit]);
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
