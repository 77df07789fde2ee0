/*
 * What the platform makes of a request before any business rule. Each line of standard input is
 * a request as tests/wire/vectors.jsonl has it, and a line is written for it:
 * {"status","content_type","bound_model","errors"}. A request that is refused has neither model
 * nor errors.
 *
 *	wire_probe [--emulate]    as strict as the original where wxuser is wider on purpose
 *	wire_probe --endpoints    a line of each endpoint: method, path, dialect, pool, the
 *	                          credentials that may ask (none, token, key, operator), errors
 *	wire_probe --members      a line of each member that a request may have: method, path of
 *	                          the endpoint, place (path, query or body), name ("[]": the
 *	                          message is a list), and id or content
 */
#include <jansson.h>

#include "arena.h"
#include "bound.h"
#include "conf.h"
#include "dispatch.h"
#include "endpoint.h"
#include "endpoints.h"
#include "recorded.h"
#include "request.h"
#include "service.h"

#define ARENA_LIMIT (4 << 20)

/* Whoever asks may do everything. */
static enum err authenticate(struct request *req)
{
	req->principal = (struct principal){
		.kind = PRINCIPAL_API_KEY,
		.tenant_id = 1,
		.scopes = SCOPE_READ | SCOPE_WRITE | SCOPE_ADMIN,
		.name = "probe",
	};
	return request_check_access(req);
}

static void do_nothing(struct request *req)
{
	(void)req;
}

static void fill_in(struct request *req, const struct recorded *recorded)
{
	req->method = recorded->method;
	req->path = recorded->path;
	req->query = recorded->query;
	req->scheme = recorded->scheme;
	req->authority = recorded->authority;
	req->target = recorded->target;
	req->content_type = recorded_header(recorded, "Content-Type");
	req->accept = recorded_header(recorded, "Accept");
	req->accept_charset = recorded_header(recorded, "Accept-Charset");
	req->requested_with = recorded_header(recorded, "X-Requested-With");
	req->remote_addr = "127.0.0.1";
	req->body = recorded->body;
}

/* A parameter stands for itself: 7, not {"id":7}. */
static json_t *bound_model(const struct request *req)
{
	const struct shape *shape;
	json_t *model, *parameter;

	if (req->response.status != 200 || req->endpoint->request == NULL)
		return json_null();
	shape = req->endpoint->request;
	model = bound_to_json(shape, req->binding.model);
	if (req->endpoint->source != FROM_QUERY || json_object_size(model) != 1)
		return model;
	parameter = json_incref(json_object_get(model, shape->fields[0].name));
	json_decref(model);
	return parameter;
}

static json_t *outcome(const struct request *req)
{
	const struct bind_error *errors =
		req->response.status == 200 ? req->binding.errors : NULL;

	return json_pack("{s:i, s:s, s:o, s:o}", "status", req->response.status, "content_type",
		req->response.content_type, "bound_model", bound_model(req), "errors",
		bound_errors_to_json(errors));
}

static void write_line(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void probe(const struct dispatcher *dispatcher, struct arena *arena, const char *line)
{
	json_t *object = json_loads(line, JSON_ALLOW_NUL, NULL);
	struct request req = {.arena = arena};
	struct recorded recorded;

	if (object == NULL || !recorded_read(arena, object, &recorded)) {
		fprintf(stderr, "not a request: %s", line);
		exit(2);
	}
	fill_in(&req, &recorded);
	dispatch(dispatcher, &req);
	write_line(outcome(&req));
	buf_release(&req.response.body);
	buf_release(&req.response.headers);
	json_decref(object);
	arena_reset(arena);
}

static void write_endpoint(const struct endpoint *endpoint)
{
	const bool is_open = endpoint_is_open(endpoint);

	printf("%s /%s %s %s ", endpoint->method, endpoint->path, endpoint->dialect->name,
		pool_name(endpoint->pool == POOL_ANY ? POOL_CORE : endpoint->pool));
	printf("%s%s%s%s", is_open ? "none," : "",
		is_open || (endpoint->access & ACCESS_OWN_TOKEN) != 0 ? "token," : "",
		is_open || (endpoint->access & (ACCESS_BY_KEY | ACCESS_KEY_ADMIN)) != 0 ? "key,"
											: "",
		(endpoint->access & ACCESS_OPERATOR) != 0 ? "operator," : "");
	for (enum err err = ERR_NONE; err < ERR_N; err++) {
		if (endpoint_may_return(endpoint, err))
			printf(" %s", err_name(err));
	}
	putchar('\n');
}

static void write_endpoints(void)
{
	for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
		write_endpoint(*at);
}

static void write_member(const struct endpoint *endpoint, const char *place, const char *parent,
	const char *name, bool is_id)
{
	printf("%s /%s %s %s%s %s\n", endpoint->method, endpoint->path, place, parent, name,
		is_id ? "id" : "content");
}

static void write_members_of(struct arena *arena, const struct endpoint *endpoint,
	const struct shape *shape, const char *parent)
{
	const char *place = endpoint->source == FROM_QUERY ? "query" : "body";

	for (const struct field *field = shape->fields; field->kind != FIELD_END_OF_TABLE;
		field++) {
		const char *name = shape->kind == SHAPE_LIST ? "[]" : field->name;

		if (field->is_read_only)
			continue;
		if (field->shape != NULL)
			write_members_of(arena, endpoint, field->shape,
				arena_printf(arena, "%s%s.", parent, name));
		else
			write_member(endpoint, place, parent, name, field->is_id);
	}
}

static void write_members(void)
{
	struct arena *arena = arena_new(ARENA_LIMIT);

	for (const struct endpoint *const *at = endpoints; *at != NULL; at++) {
		const char *parameter = strchr((*at)->path, '{');

		if (parameter != NULL)
			write_member(*at, "path", "",
				arena_strndup(arena, parameter, strcspn(parameter, "/")), true);
		if ((*at)->request != NULL)
			write_members_of(arena, *at, (*at)->request, "");
	}
	arena_free(arena);
}

static void probe_all(const struct dispatcher *dispatcher)
{
	struct arena *arena = arena_new(ARENA_LIMIT);
	size_t capacity = 0;
	char *line = NULL;

	while (getline(&line, &capacity, stdin) > 0)
		probe(dispatcher, arena, line);
	free(line);
	arena_free(arena);
}

int main(int argc, char **argv)
{
	static const struct service service = {
		.name = "wire_probe",
		.endpoints = endpoints,
		.dialects = dialects,
		.authenticate = authenticate,
	};
	struct dispatcher dispatcher = {.service = &service, .intercept = do_nothing};
	char error[256];
	struct conf *conf;

	if (argc > 1 && strcmp(argv[1], "--endpoints") == 0) {
		write_endpoints();
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--members") == 0) {
		write_members();
		return 0;
	}
	setenv("WXUSER_CONF_http__messages", "en", 1);
	conf = conf_load(NULL, error, sizeof(error));
	if (conf == NULL) {
		fprintf(stderr, "%s\n", error);
		return 2;
	}
	conf->rates_by_address = false;
	dispatcher.conf = conf;
	dispatcher.is_emulating = argc > 1 && strcmp(argv[1], "--emulate") == 0;
	probe_all(&dispatcher);
	conf_free(conf);
	return 0;
}
