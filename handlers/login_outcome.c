#include "address.h"
#include "counters.h"
#include "endpoint.h"
#include "limit.h"
#include "login_outcome.h"
#include "login_refusal.h"
#include "request.h"
#include "statistics.h"

#define LIMIT_KEY_SIZE 32

/* Whether a row may be written: to a database that answers, and that nobody is working on. */
static bool login_outcome_may_write(const struct request *req)
{
	switch (req->err) {
	case ERR_MAINTENANCE:
	case ERR_BUSY:
	case ERR_INTERNAL:
		return false;
	default:
		return true;
	}
}

static bool login_outcome_take_row(struct request *req)
{
	const struct login_attempt *login = &req->login;
	const bool is_known = login->openid != NULL && !login->is_claimed;
	char key[LIMIT_KEY_SIZE];

	snprintf(key, sizeof(key), "%d %d", login->app_id, is_known);
	if (limit_is_reached(req, LIMIT_REFUSALS, key))
		return false;
	limit_note(req, LIMIT_REFUSALS, key);
	return true;
}

static void login_outcome_refuse(struct request *req, int32_t tenant_id)
{
	const struct login_attempt *login = &req->login;
	const struct refused_login refused = {
		.tenant_id = tenant_id,
		.app_id = login->app_id,
		.openid = login->openid,
		.is_claimed = login->is_claimed,
		.address = address_of_client(req),
		.err = req->err,
		.reason = req->err_reason,
		.request_id = req->id,
	};

	if (!login_outcome_may_write(req))
		return;
	if (login_outcome_take_row(req))
		login_refusal_add(req->db, &refused);
	else
		counter_add(COUNTER_LOGIN_REFUSALS_OMITTED, 1);
}

static void login_outcome_count(struct request *req, int32_t tenant_id)
{
	const struct statistics_event event = {
		.tenant_id = tenant_id,
		.app_id = req->login.app_id,
		.name = req->err == ERR_NONE ? STATISTIC_LOGINS : STATISTIC_REFUSED,
		.err = req->err,
	};

	if (!req->login.is_repeated)
		statistics_count(req->statistics, &event);
}

void login_outcome_note(struct request *req)
{
	const int32_t tenant_id =
		req->login.tenant_id != 0 ? req->login.tenant_id : req->principal.tenant_id;

	if (req->endpoint == NULL || !req->endpoint->is_login)
		return;
	login_outcome_count(req, tenant_id);
	if (req->err != ERR_NONE)
		login_outcome_refuse(req, tenant_id);
}
