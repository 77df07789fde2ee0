#include "access_log.h"
#include "address.h"
#include "clock.h"
#include "conf.h"
#include "endpoint.h"
#include "log.h"
#include "request.h"
#include "str.h"

/* The person who makes the request, or whose login it is. */
static void access_log_person(const struct request *req)
{
	const bool is_person = principal_is_person(&req->principal);
	const char *openid = is_person ? req->principal.openid : req->login.openid;
	char id[UUID_TEXT_SIZE], masked[STR_MASKED_SIZE];

	if (is_person)
		uuid_format(req->principal.account_id, id);
	log_str("account", is_person ? id : req->account_id);
	if (openid != NULL) {
		str_mask(openid, masked);
		log_str("openid", masked);
	}
}

static void access_log_request(const struct request *req, const char *host)
{
	bool is_ours = req->response.status >= 500;

	if (!req->conf->log_access && !is_ours)
		return;
	log_access_event(is_ours ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "request");
	log_str("host", host);
	log_int("seq", req->seq_id);
	log_str("method", req->method);
	log_str(req->endpoint != NULL ? "endpoint" : "path",
		req->endpoint != NULL ? req->endpoint->path : req->known_path);
	log_int("status", req->response.status);
	if (req->err != ERR_NONE)
		log_str("err", err_name(req->err));
	log_str("reason", req->err_reason);
	if (req->principal.kind != PRINCIPAL_ANONYMOUS) {
		log_int("tenant", req->principal.tenant_id);
		log_str("principal", req->principal.name);
		log_str("by", req->principal.is_by_network ? "network" : NULL);
		if (req->principal.opened_by != 0)
			log_int("login_by_key", req->principal.opened_by);
	}
	access_log_person(req);
	log_str("client", address_masked(req));
	log_int("us", clock_monotonic_us() - req->started_us);
	log_int("db_us", req->db_us);
	if (req->remote_us > 0)
		log_int("remote_us", req->remote_us);
	log_end();
}

/* Logs the path of an endpoint only: any other path may hold anything. */
static void access_log_slow(const struct request *req, const char *host)
{
	int64_t took_us = clock_monotonic_us() - req->started_us;
	int64_t queued_us = request_queued_us(req);

	if (req->conf->log_slow_ms == 0 || took_us < req->conf->log_slow_ms * 1000)
		return;
	log_event(LOG_LEVEL_WARNING, "slow request");
	log_str("host", host);
	log_str("endpoint", req->endpoint == NULL ? NULL : req->endpoint->path);
	log_int("status", req->response.status);
	log_int("us", took_us);
	if (queued_us >= 0)
		log_int("queued_us", queued_us);
	log_int("read_us", req->read_us);
	log_int("db_us", req->db_us);
	log_int("remote_us", req->remote_us);
	log_int("answer_us", req->answer_us);
	log_end();
}

void access_log(const struct request *req, const char *host)
{
	access_log_request(req, host);
	access_log_slow(req, host);
}
