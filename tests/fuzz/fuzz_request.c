/*
 * Any request, as a web server passes it on, from its parameters to its answer, through all
 * endpoints. In place of the database and of WeChat there is the input, so that rows may be
 * anything, too.
 *
 * An input is like a request of tests/cases: method and target, headers, an empty line, the body.
 * A header in capitals with "_" is a parameter of FastCGI as it stands. After lines "%%" follow
 * what the database answers, and what WeChat and the gateway do.
 *
 * The answer is a whole one of the type that it names. What is refused before it is read writes
 * nothing, and only a failure of the world or an odd row makes a 5xx. An endpoint returns no error
 * that it does not declare, unless the rows contradict each other.
 */
#include <ctype.h>
#include <libxml/parser.h>

#include "address.h"
#include "arena.h"
#include "authenticate.h"
#include "conf.h"
#include "database.h"
#include "db.h"
#include "dispatch.h"
#include "endpoint.h"
#include "endpoints.h"
#include "maintenance.h"
#include "outside.h"
#include "params.h"
#include "request.h"
#include "route.h"
#include "scoreboard.h"
#include "service.h"
#include "sms.h"
#include "statistics.h"
#include "stored_credential.h"
#include "str.h"
#include "transfers.h"
#include "wechat.h"

#define N_PARAMS_MAX 64
/* Well-formed, of whatever tenant the input says. */
#define API_KEY "wxk_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp11MWnoQ"

static const struct service service = {
	.name = "fuzz",
	.endpoints = endpoints,
	.dialects = dialects,
	.authenticate = authenticate,
	.has_own_token = stored_credential_has_own_token,
};

/* ---- Parameters. */

struct parameters {
	struct arena *arena;
	char *all[N_PARAMS_MAX + 1];
	size_t n;
	bool has_length;
};

static void parameter_add(struct parameters *parameters, const char *name, const char *value)
{
	if (parameters->n < N_PARAMS_MAX)
		parameters->all[parameters->n++] =
			arena_printf(parameters->arena, "%s=%s", name, value);
}

static bool is_parameter(const char *name)
{
	return strchr(name, '_') != NULL &&
		name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == '\0';
}

/* As a web server writes it: Content-Type becomes HTTP_CONTENT_TYPE. */
static const char *parameter_name(struct arena *arena, const char *header)
{
	char *name = arena_printf(arena, "HTTP_%s", header);

	for (char *at = name; *at != '\0'; at++)
		*at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
	return strcmp(name, "HTTP_CONTENT_TYPE") == 0 || strcmp(name, "HTTP_CONTENT_LENGTH") == 0
		? name + strlen("HTTP_")
		: name;
}

static void header_add(struct parameters *parameters, char *line)
{
	char *colon = strchr(line, ':');
	const char *name, *value;

	if (colon == NULL)
		return;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " ");
	name = is_parameter(line) ? line : parameter_name(parameters->arena, line);
	parameters->has_length |= strcmp(name, "CONTENT_LENGTH") == 0;
	if (str_equal_nocase(line, "Key")) {
		name = "HTTP_AUTHORIZATION";
		value = "Bearer " API_KEY;
	}
	parameter_add(parameters, name, value);
}

static void request_line_add(struct parameters *parameters, char *line)
{
	char *target = line + strcspn(line, " ");
	const char *query;

	if (*target != '\0')
		*target++ = '\0';
	query = target + strcspn(target, "?");
	parameter_add(parameters, "REQUEST_METHOD", line);
	parameter_add(parameters, "REQUEST_URI", target);
	parameter_add(parameters, "QUERY_STRING", *query == '?' ? query + 1 : query);
}

static void parameters_read(struct parameters *parameters, struct fuzz_input *input)
{
	char *line = fuzz_take_line(input);

	request_line_add(parameters, line);
	while (input->size > 0 && *(line = fuzz_take_line(input)) != '\0')
		header_add(parameters, line);
	if (!parameters->has_length)
		parameter_add(parameters, "CONTENT_LENGTH",
			arena_printf(parameters->arena, "%zu", input->size));
	parameter_add(parameters, "REMOTE_ADDR", "127.0.0.1");
	parameter_add(parameters, "SERVER_NAME", "localhost");
}

/* ---- The answer. */

static void check_headers(const struct buf *headers)
{
	const char *at = headers->size == 0 ? "" : headers->data;

	if (headers->size > 0 && strlen(headers->data) != headers->size)
		BUG("a header has a NUL");
	while (*at != '\0') {
		const char *end = strstr(at, "\r\n");

		if (end == NULL || memchr(at, ':', (size_t)(end - at)) == NULL)
			BUG("a header is none: %s", at);
		for (; at < end; at++)
			if ((unsigned char)*at < ' ' || *at == 0x7f)
				BUG("a header has a control: %s", at);
		at = end + 2;
	}
}

static void check_xml(const struct buf *body)
{
	xmlDoc *doc = xmlReadMemory(body->data, (int)body->size, NULL, NULL,
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE);

	if (doc == NULL)
		BUG("an answer is no XML: %s", body->data);
	xmlFreeDoc(doc);
}

static void check_body(const struct request *req)
{
	const struct buf *body = &req->response.body;
	const char *type = req->response.content_type;

	if (body->size == 0 || type == NULL || req->media.is_utf16)
		return;
	if (!str_is_utf8(body->data, body->size))
		BUG("an answer is no UTF-8");
	if (strstr(type, "json") != NULL && !fuzz_is_json(body->data, body->size))
		BUG("an answer is no JSON: %s", body->data);
	if (strstr(type, "xml") != NULL)
		check_xml(body);
}

/* Without a message the endpoint may have run: a token that was used twice ends its sessions. */
static bool is_refused_unread(const struct request *req)
{
	const enum err err = req->err;

	if (req->endpoint != NULL && (req->endpoint->source == FROM_NOTHING || req->in != NULL))
		return false;
	return err == ERR_NOT_FOUND || err == ERR_METHOD || err == ERR_TOO_LARGE ||
		err == ERR_MEDIA_TYPE || err == ERR_UNAUTHORIZED || err == ERR_FORBIDDEN ||
		err == ERR_KEY_NETWORK;
}

/* An error that the endpoint itself has found before it asked the database, whose rows may
 * contradict each other here. */
static void check_declared(const struct request *req)
{
	if (req->endpoint != NULL && req->err != ERR_NONE && req->err != ERR_METHOD &&
		req->err != ERR_NOT_FOUND && !endpoint_may_return(req->endpoint, req->err))
		BUG("%s does not declare %s", req->endpoint->path, err_name(req->err));
}

static void check_answer(const struct request *req)
{
	const int status = req->response.status;
	const bool is_asked = database_n_asked() + outside_n_asked() > 0;

	if (status < 200 || status > 599)
		BUG("status %d", status);
	if (request_queued_us(req) < -1)
		BUG("the request waited for less than no time");
	if (status >= 500 && !is_asked)
		BUG("status %d though nothing failed: %s", status, req->err_reason);
	if (!is_asked)
		check_declared(req);
	if (is_refused_unread(req) && database_n_written() > 0)
		BUG("%s after a write", err_name(req->err));
	fuzz_check_text("the path", req->path);
	fuzz_check_text("the host", req->host);
	fuzz_check_text("the address", address_masked(req));
	check_headers(&req->response.headers);
	check_body(req);
}

/* ---- A request. */

static struct scoreboard *board(void)
{
	static struct scoreboard *only;

	if (only == NULL)
		only = route_board(&service, 1, 1);
	return only;
}

/* Of the core pool, so that some endpoints are misrouted. */
static const struct slot *slot(void)
{
	static const struct slot *only;

	if (only == NULL)
		only = scoreboard_take(board(), POOL_CORE, 1, 1);
	return only;
}

static struct transfers *transfers(void)
{
	static struct transfers *only;

	if (only == NULL)
		only = transfers_new(1);
	return only;
}

static void serve(struct request *req)
{
	const struct dispatcher dispatcher = {
		.service = &service, .conf = req->conf, .board = board(), .slot = slot()};
	struct maintenance_watch watch = {.is_known = true};
	struct statistics_counts counts = {0};

	req->db = database_open(req->arena);
	db_begin_request(req->db, req->arena);
	req->transfers = transfers();
	req->wechat = wechat_new(req->conf, req->transfers, NULL);
	req->sms = sms_new(req->conf, req->transfers, NULL);
	req->maintenance = &watch;
	req->statistics = &counts;
	req->in_flight = scoreboard_begin_request(board(), slot(), req->id, 1);
	dispatch(&dispatcher, req);
	scoreboard_end_request(req->in_flight);
	check_answer(req);
	sms_free(req->sms);
	wechat_free(req->wechat);
	db_end_request(req->db);
	db_free(req->db);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input, message, rows;
	struct request req = {.conf = fuzz_conf(), .id = "00000000000000000000000000000000"};
	struct parameters parameters = {.arena = fuzz_begin(&input, bytes, size)};
	int64_t length;

	req.arena = parameters.arena;
	message = fuzz_take_part(&input);
	rows = fuzz_take_part(&input);
	database_answer(&rows);
	outside_answer(&input);
	parameters_read(&parameters, &message);
	params_read(parameters.all, &req, &length);
	req.body.bytes = fuzz_copy(&message);
	req.body.size = message.size;
	req.body_is_incomplete = length != LENGTH_ABSENT && length != (int64_t)message.size;
	req.body_is_too_large = (long)message.size > req.conf->server_body_max;
	serve(&req);
	buf_release(&req.response.headers);
	buf_release(&req.response.body);
	return 0;
}
