#include "address.h"
#include "arena.h"
#include "conf.h"
#include "cors.h"
#include "counters.h"
#include "credential.h"
#include "dispatch.h"
#include "endpoint.h"
#include "limit.h"
#include "log.h"
#include "request.h"
#include "route.h"
#include "scoreboard.h"
#include "service.h"

static void choose_media(struct request *req)
{
	const struct negotiate_headers headers = {
		.accept = req->accept,
		.accept_charset = req->accept_charset,
		.content_type = req->content_type,
		.requested_with = req->requested_with,
	};

	req->media = (struct media){.format = FORMAT_JSON};
	if (req->dialect->is_negotiating)
		negotiate_response(req->dialect->formats, &headers, &req->media);
}

static enum err check_received(struct request *req)
{
	if (req->body_is_too_large)
		return ERR_TOO_LARGE;
	if (req->malformed != NULL)
		return request_fail(req, ERR_BAD_REQUEST, req->malformed);
	if (req->body_is_incomplete)
		return request_fail(req, ERR_BAD_REQUEST, "body and Content-Length differ");
	return ERR_NONE;
}

static enum err check_media_type(struct request *req)
{
	const unsigned own = req->endpoint->formats;

	if (req->endpoint->source != FROM_BODY)
		return ERR_NONE;
	req->format = negotiate_request(own != 0 ? own : req->dialect->formats, &req->body,
		req->arena, &req->err_text);
	return req->format == FORMAT_NONE ? ERR_MEDIA_TYPE : ERR_NONE;
}

/* Others may have used up what the address may log in: that keeps nobody from renewing or ending
 * the login of a token that was made here. */
static enum err check_login_rate(
	const struct service *service, struct request *req, const char *client)
{
	if (!req->endpoint->takes_old_token || service->has_own_token == NULL ||
		!limit_is_reached(req, LIMIT_LOGIN, client) || !service->has_own_token(req))
		return limit_take(req, LIMIT_LOGIN, client);
	return limit_take(req, LIMIT_RENEWAL, credential_of(req).text);
}

/* A request without an API key counts against its client's address. */
static enum err check_rate(const struct dispatcher *dispatcher, struct request *req)
{
	const char *client;

	if (!dispatcher->conf->rates_by_address || (req->endpoint->access & ACCESS_ANYBODY) == 0 ||
		credential_has_key(req))
		return ERR_NONE;
	client = address_of_client(req);
	return client == NULL ? ERR_NONE : check_login_rate(dispatcher->service, req, client);
}

static enum err check_access(const struct service *service, struct request *req)
{
	if ((req->endpoint->access & (ACCESS_NO_CREDENTIAL | ACCESS_SIGNED)) != 0)
		return ERR_NONE;
	return service->authenticate != NULL ? service->authenticate(req)
					     : request_check_access(req);
}

static void bind_message(const struct dispatcher *dispatcher, struct request *req)
{
	const struct shape *shape = req->endpoint->request;
	const struct bind_options options = {
		.flavour = req->dialect->flavour,
		.is_emulating = dispatcher->is_emulating,
		.is_order_strict =
			dispatcher->is_emulating || dispatcher->conf->customer_strict_xml_order,
	};

	if (req->endpoint->source == FROM_QUERY)
		bind_query(shape, &options, req->arena, req->query, &req->binding);
	else if (req->format == FORMAT_FORM)
		bind_form(shape, &options, req->arena, &req->body, &req->binding);
	else if (req->format == FORMAT_XML)
		bind_xml(shape, &options, req->arena, &req->body, &req->binding);
	else
		bind_json(shape, &options, req->arena, &req->body, &req->binding);
}

/* Whether the endpoint may run with what was bound. As in Web API 2, a parameter of the URL that
 * cannot be read is 400, and a missing one selects no action: 404. */
static enum err check_binding(struct request *req)
{
	const struct endpoint *endpoint = req->endpoint;
	const struct bind_error *first = req->binding.errors;
	enum err unreadable =
		endpoint->unreadable != ERR_NONE ? endpoint->unreadable : ERR_PARAMETER;

	if (first != NULL)
		req->err_reason = arena_printf(req->arena, "%s: %s",
			first->is_unknown ? "(unknown)" : first->field, first->text.en);
	if (endpoint->source == FROM_QUERY) {
		if (req->binding.is_missing)
			return ERR_NOT_FOUND;
		return first != NULL ? ERR_BAD_REQUEST : ERR_NONE;
	}
	if (req->binding.model == NULL)
		return unreadable;
	return first != NULL && !endpoint->tolerates_errors ? ERR_PARAMETER : ERR_NONE;
}

/* The request is served all the same, but now one pool waits for what the other one is for. */
static void note_misrouted(const struct dispatcher *dispatcher, const struct request *req)
{
	counter_add(COUNTER_MISROUTED, 1);
	if (!scoreboard_misrouted_is_due(dispatcher->board, req->started_us))
		return;
	log_event(LOG_LEVEL_WARNING,
		"the web server sends this endpoint to the wrong pool; write its routes again with "
		"\"wxuserctl routes\"");
	log_str("endpoint", req->endpoint->path);
	log_str("pool", pool_name(dispatcher->slot->pool));
	log_str("belongs_to", pool_name(req->endpoint->pool));
	log_end();
}

static void note_endpoint(const struct dispatcher *dispatcher, const struct request *req)
{
	const enum pool pool = req->endpoint->pool;

	scoreboard_set_route(req->in_flight, req->route);
	if (pool != POOL_ANY && pool != dispatcher->slot->pool)
		note_misrouted(dispatcher, req);
}

static enum err dispatch_route(const struct dispatcher *dispatcher, struct request *req)
{
	enum err err = route(dispatcher->service, req);

	if (req->endpoint != NULL && dispatcher->slot != NULL)
		note_endpoint(dispatcher, req);
	choose_media(req);
	return err;
}

/* err: of dispatch_route(). */
static enum err dispatch_admit(
	const struct dispatcher *dispatcher, struct request *req, enum err err)
{
	if (err == ERR_NONE)
		err = check_received(req);
	if (err == ERR_NONE)
		err = check_media_type(req);
	if (err == ERR_NONE)
		err = check_rate(dispatcher, req);
	if (err == ERR_NONE)
		err = check_access(dispatcher->service, req);
	if (err != ERR_NONE || req->endpoint->source == FROM_NOTHING)
		return err;
	bind_message(dispatcher, req);
	return check_binding(req);
}

/* Who may ask with an own token alone asks about the own user. If the rule no longer finds that
 * user, or finds it locked, this has happened since the token was found. */
static enum err dispatch_check_owner(struct request *req, enum err err)
{
	const bool is_gone = err == ERR_USER_UNKNOWN || err == ERR_ACCOUNT_DISABLED ||
		err == ERR_APP_UNKNOWN;

	return is_gone && req->endpoint->access == ACCESS_OWN_TOKEN &&
			!endpoint_may_return(req->endpoint, err)
		? request_fail(req, ERR_UNAUTHORIZED, err_name(err))
		: err;
}

static enum err dispatch_run(const struct dispatcher *dispatcher, struct request *req)
{
	const struct endpoint *endpoint = req->endpoint;

	req->in = req->binding.model;
	if (endpoint->response != NULL)
		req->out = arena_alloc(req->arena, endpoint->response->size);
	if (dispatcher->intercept == NULL)
		return dispatch_check_owner(req, endpoint->run(req));
	dispatcher->intercept(req);
	return ERR_NONE;
}

/* Of what an endpoint answers to a principal, or to who becomes one, no cache keeps a copy. */
static const char *dispatch_cache_headers(const struct request *req)
{
	const unsigned for_everybody = ACCESS_NO_CREDENTIAL | ACCESS_SIGNED;

	if (req->dialect->private_headers != NULL)
		return req->dialect->private_headers;
	if (req->err == ERR_NONE && req->endpoint != NULL &&
		(req->endpoint->access & for_everybody) == 0)
		return "Cache-Control: no-store\r\nPragma: no-cache\r\nExpires: -1\r\n";
	return "Cache-Control: no-cache\r\nPragma: no-cache\r\nExpires: -1\r\n";
}

static void dispatch_write_headers(const struct service *service, struct request *req)
{
	if (req->response.status == 405)
		response_tell(req, HEADER_ALLOW, route_methods(service, req, ACCESS_ANY));
	if (req->response.status == 401)
		credential_write_challenge(req);
	buf_append_str(&req->response.headers, "X-Content-Type-Options: nosniff\r\n");
	buf_append_str(&req->response.headers, dispatch_cache_headers(req));
	response_tell(req, HEADER_REQUEST_ID, req->id);
}

static void dispatch_refuse(struct request *req)
{
	req->dialect->refuse(req);
	if (req->retry_after_s > 0)
		response_tell(req, HEADER_RETRY_AFTER,
			arena_printf(req->arena, "%d", (int)req->retry_after_s));
}

static void dispatch_answer(const struct dispatcher *dispatcher, struct request *req, enum err err)
{
	req->err = dispatch_admit(dispatcher, req, err);
	if (req->err == ERR_NONE)
		req->err = dispatch_run(dispatcher, req);
	if (req->err != ERR_NONE)
		dispatch_refuse(req);
	else if (req->endpoint->answer != ANSWER_BY_RUN)
		req->dialect->answer(req);
	if (req->media.is_utf16)
		negotiate_encode_utf16(&req->response.body);
	if (*req->conf->http_origins != '\0')
		cors_write_headers(req);
}

/* OPTIONS without an endpoint of its own. Returns false if it is to be refused. */
static bool dispatch_options(const struct service *service, struct request *req)
{
	if (cors_answer_preflight(service, req))
		return true;
	if (!req->dialect->takes_options || strcmp(req->method, "OPTIONS") != 0)
		return false;
	response_set(req, 204, NULL);
	response_tell(req, HEADER_ALLOW, route_methods(service, req, ACCESS_ANY));
	return true;
}

void dispatch(const struct dispatcher *dispatcher, struct request *req)
{
	enum err err;

	req->conf = dispatcher->conf;
	req->board = dispatcher->board;
	err = dispatch_route(dispatcher, req);
	if (err != ERR_METHOD || !dispatch_options(dispatcher->service, req))
		dispatch_answer(dispatcher, req, err);
	dispatch_write_headers(dispatcher->service, req);
}
