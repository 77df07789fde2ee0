#include "unit.h"

#include "address.h"
#include "arena.h"
#include "authenticate.h"
#include "bucket.h"
#include "conf.h"
#include "crypto.h"
#include "dispatch.h"
#include "endpoint.h"
#include "limit.h"
#include "maintenance.h"
#include "problem.h"
#include "request.h"
#include "scoreboard.h"
#include "secret.h"
#include "service.h"
#include "trusted_network.h"


struct thing {
	int32_t number;
};

struct box {
	const void *outer;
};

static const struct field thing_fields[] = {
	FIELD(struct thing, number, INT32, .name = "number", .is_required = true,
		.text = {"数", "a number"}),
	FIELD_END
};

static const struct shape thing_shape = {
	.name = "Thing", .size = sizeof(struct thing), .fields = thing_fields,
};

static int n_runs;

static enum err run_thing(struct request *req)
{
	const struct thing *in = req->in;

	n_runs++;
	((struct thing *)req->out)->number = in->number + 1;
	return ERR_NONE;
}

#define THING(path_, method_, access_, source_)                                                 \
	{                                                                                       \
		.dialect = &problem_dialect, .path = path_, .method = method_,                  \
		.access = access_, .source = source_, .summary = {"某物", "a thing"},           \
		.request = &thing_shape, .answer = ANSWER_PLAIN, .response = &thing_shape,      \
		.run = run_thing,                                                               \
	}

#define NAMED(path_, method_)                                                                   \
	{                                                                                       \
		.dialect = &problem_dialect, .path = path_, .method = method_,                  \
		.parameter = {"名称", "its name"}, .access = ACCESS_SIGNED,                     \
		.source = FROM_QUERY, .summary = {"某物", "a thing"},                           \
		.request = &thing_shape, .answer = ANSWER_PLAIN, .response = &thing_shape,      \
		.run = run_thing,                                                               \
	}

static const struct endpoint open_get = THING("open", "GET", ACCESS_ANYBODY, FROM_QUERY);
static const struct endpoint trusting_get =
	THING("trusting", "GET", ACCESS_ANYBODY | ACCESS_KEY_WRITE, FROM_QUERY);
static const struct endpoint read_get = THING("read", "GET", ACCESS_KEY_READ, FROM_QUERY);
static const struct endpoint write_post = THING("write", "POST", ACCESS_KEY_WRITE, FROM_BODY);
static const struct endpoint own_get =
	THING("own", "GET", ACCESS_KEY_READ | ACCESS_OWN_TOKEN, FROM_QUERY);
/* A rule that no longer finds what the token was for. */
static enum err err_of_rule;

static enum err run_late(struct request *req)
{
	(void)req;
	return err_of_rule;
}

static const enum err late_errors[] = {ERR_APP_UNKNOWN, ERR_NONE};
static struct dialect late_dialect; /* has a text for it */
static struct dialect_error late_texts[ERR_N];

#define LATE(path_, access_)                                                                    \
	{                                                                                       \
		.dialect = &late_dialect, .path = path_, .method = "GET",                       \
		.access = access_, .source = FROM_NOTHING, .summary = {"某物", "a thing"},      \
		.answer = ANSWER_BY_RUN, .errors = late_errors, .run = run_late,                   \
	}

static const struct endpoint late_own = LATE("late/own", ACCESS_OWN_TOKEN);
static const struct endpoint late_any = LATE("late/any", ACCESS_OWN_TOKEN | ACCESS_KEY_READ);
static struct dialect lax_dialect; /* takes a token anywhere */
static const struct endpoint lax_get = {
	.dialect = &lax_dialect, .path = "lax", .method = "GET", .summary = {"某物", "a thing"},
	.access = ACCESS_KEY_READ | ACCESS_OWN_TOKEN, .source = FROM_QUERY,
	.request = &thing_shape, .answer = ANSWER_PLAIN, .response = &thing_shape,
	.run = run_thing,
};
static const struct endpoint named_get = NAMED("things/{name}", "GET"),
			     named_post = NAMED("things/{name}", "POST"),
			     parts_get = NAMED("things/{name}/parts", "GET");
static const struct endpoint all_get = THING("things/all", "GET", ACCESS_SIGNED, FROM_QUERY);
static const struct endpoint *const endpoints[] = {&open_get, &trusting_get, &read_get,
	&write_post, &own_get, &lax_get, &all_get, &named_get, &named_post, &parts_get, &late_own,
	&late_any, NULL};
static const struct dialect *const dialects[] = {&problem_dialect, NULL};

static unsigned scopes_in_store;
static int n_look_ups;
static bool is_down, is_in_maintenance, is_disabled, is_state_known;
static struct maintenance_watch maintenance;

/* In place of db/'s. */
bool __wrap_api_key_recall(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
enum err __wrap_api_key_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
enum err __wrap_api_key_find_named(
	struct db *db, const char *name, struct principal *principal_r);
enum err __wrap_token_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
enum err __wrap_setting_read_after_write(struct db *db, int32_t tenant_id, bool *is_set_r);
bool __wrap_maintenance_is_on(struct db *db, struct maintenance_watch *watch);
bool __wrap_tenant_is_disabled(const struct db *db, int32_t id);

bool __wrap_api_key_recall(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r)
{
	(void)db;
	(void)hash;
	(void)principal_r;
	return false;
}

enum err __wrap_api_key_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r)
{
	(void)db;
	(void)hash;
	n_look_ups++;
	if (scopes_in_store == 0)
		return is_down ? ERR_BUSY : ERR_UNAUTHORIZED;
	*principal_r = (struct principal){
		.kind = PRINCIPAL_API_KEY, .tenant_id = 7, .scopes = scopes_in_store, .name = "k"};
	return ERR_NONE;
}

enum err __wrap_api_key_find_named(
	struct db *db, const char *name, struct principal *principal_r)
{
	(void)db;
	n_look_ups++;
	if (strcmp(name, "till 2") != 0)
		return ERR_UNAUTHORIZED;
	*principal_r = (struct principal){
		.kind = PRINCIPAL_API_KEY, .tenant_id = 7, .name = name,
		.scopes = SCOPE_READ | SCOPE_ADMIN};
	return ERR_NONE;
}

/* What the store says of every access token. */
static enum err token_in_store;

enum err __wrap_token_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r)
{
	(void)db;
	(void)hash;
	n_look_ups++;
	if (token_in_store == ERR_NONE)
		*principal_r = (struct principal){
			.kind = PRINCIPAL_ACCESS_TOKEN, .tenant_id = 7, .name = "wechat_user 5"};
	return token_in_store;
}

static bool reads_after_write;

enum err __wrap_setting_read_after_write(struct db *db, int32_t tenant_id, bool *is_set_r)
{
	(void)db;
	assert_int_equal(tenant_id, 7);
	*is_set_r = reads_after_write;
	return ERR_NONE;
}

bool __wrap_maintenance_is_on(struct db *db, struct maintenance_watch *watch)
{
	(void)db;
	watch->is_known = is_state_known;
	return is_in_maintenance;
}

bool __wrap_tenant_is_disabled(const struct db *db, int32_t id)
{
	(void)db;
	return is_disabled && id == 7;
}

static const struct service service = {
	.name = "test", .endpoints = endpoints, .dialects = dialects,
	.authenticate = authenticate,
};

struct fixture {
	struct arena *arena;
	struct conf *conf;
	struct request req;
	struct scoreboard *board;
	struct dispatcher dispatcher;
	char key[SECRET_TOKEN_SIZE + 1], token[SECRET_TOKEN_SIZE + 1];
	char bearer[SECRET_TOKEN_SIZE + 8]; /* key as a header; bear() makes it another text's */
};

static void bear(struct fixture *f, const char *text)
{
	snprintf(f->bearer, sizeof(f->bearer), "Bearer %s", text);
	f->req.authorization = f->bearer;
}

static void set_up(struct fixture *f, const char *method, const char *path)
{
	char error[256];

	memset(f, 0, sizeof(*f));
	f->arena = arena_new(1 << 20);
	f->conf = conf_load(NULL, error, sizeof(error));
	assert_non_null(f->conf);
	f->board = scoreboard_new(1, 1, NULL, 0);
	f->dispatcher = (struct dispatcher){
		.service = &service, .conf = f->conf,
		.board = f->board,
		.slot = scoreboard_take(f->board, POOL_CORE, 1, 1)};
	f->req = (struct request){.arena = f->arena, .method = method, .path = path,
		.scheme = "http", .authority = "h", .target = "/", .remote_addr = "192.0.2.1",
		.in_flight = scoreboard_begin_request(f->board, f->dispatcher.slot, "", 1)};
	snprintf(f->key, sizeof(f->key), "wxk_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp11MWnoQ");
	snprintf(f->token, sizeof(f->token),
		"wxt_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf0z9sQP");
	bear(f, f->key);
	f->req.authorization = NULL;
	f->req.maintenance = &maintenance;
	n_runs = n_look_ups = 0;
	scopes_in_store = 0;
	is_down = is_in_maintenance = is_disabled = false;
	is_state_known = true;
	token_in_store = ERR_NONE;
	memcpy(late_texts, problem_dialect.errors, sizeof(late_texts));
	late_texts[ERR_APP_UNKNOWN] = late_texts[ERR_NOT_FOUND];
	late_dialect = problem_dialect;
	late_dialect.errors = late_texts;
	lax_dialect = problem_dialect;
	lax_dialect.takes_token_anywhere = true;
}

static void configure(struct fixture *f, const char *networks, const char *proxies)
{
	char error[256];

	setenv("WXUSER_CONF_auth__trusted_networks", networks, 1);
	setenv("WXUSER_CONF_http__trusted_proxies", proxies, 1);
	conf_free(f->conf);
	f->conf = conf_load(NULL, error, sizeof(error));
	f->req.conf = f->dispatcher.conf = f->conf;
	unsetenv("WXUSER_CONF_auth__trusted_networks");
	unsetenv("WXUSER_CONF_http__trusted_proxies");
}

static void tear_down(struct fixture *f)
{
	buf_release(&f->req.response.body);
	buf_release(&f->req.response.headers);
	conf_free(f->conf);
	arena_free(f->arena);
	scoreboard_free(f->board);
}

/* Nothing is left for the client's address, for ever. */
static void exhaust_limit(struct fixture *f)
{
	struct bucket_table *buckets = f->board->buckets;
	struct request req = {.conf = f->conf, .board = f->board};

	assert_int_equal(limit_take(&req, LIMIT_LOGIN, "::ffff:192.0.2.1"), ERR_NONE);
	for (size_t i = 0; i < BUCKET_N; i++)
		if (buckets->buckets[i].tag != 0)
			buckets->buckets[i].full_us = INT64_MAX / 2;
}

static void a_path_is_found_below_base_path_and_as_it_is(void **state)
{
	static const struct {
		const char *base_path, *path, *rest;
		int status;
	} cases[] = {
		{"", "/open", "/open", 200},
		{"/wx", "/wx/open", "/open", 200},
		{"/wx", "/open", "/open", 200},
		{"/wx", "/wx", "/", 404},
		{"/wx", "/wx/", "/", 404},
		{"/wx", "/wxopen", "/wxopen", 404},
		{"/wx", "/w", "/w", 404},
		{"/wx", "/WX/open", "/WX/open", 404},
		{"/wx", "//wx/open", "//wx/open", 404},
		{"/wx", "/wx/wx/open", "/wx/open", 404},
		{"/a/b", "/a/b/open", "/open", 200},
		{"/open", "/open/open", "/open", 200},
		{"/open", "/open", "/open", 200},
		{"/things", "/things/things/a", "/things/a", 200},
		{"/things", "/things/a", "/things/a", 200},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fixture f;

		set_up(&f, "GET", cases[i].path);
		f.conf->server_base_path = cases[i].base_path;
		f.req.query = "number=1";
		dispatch(&f.dispatcher, &f.req);
		assert_string_equal(f.req.path, cases[i].rest);
		assert_int_equal(f.req.response.status, cases[i].status);
		tear_down(&f);
	}
}

static void a_request_is_counted_by_its_route(void **state)
{
	static const struct {
		const char *method, *path;
		size_t route;
		int32_t shown; /* in the entry; 0: no endpoint */
	} cases[] = {
		{"GET", "/open", 0, 1},
		{"POST", "/open", 0, 1},
		{"GET", "/read", 2, 3},
		{"GET", "/things/a", 7, 8},
		{"POST", "/things/a", 8, 9},
		{"GET", "/things/a/parts", 9, 10},
		{"GET", "/nowhere", N_OF(endpoints) - 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fixture f;

		set_up(&f, cases[i].method, cases[i].path);
		dispatch(&f.dispatcher, &f.req);
		assert_int_equal(f.req.route, cases[i].route);
		assert_int_equal(f.req.in_flight->route, cases[i].shown);
		tear_down(&f);
	}
}

static void the_order_of_refusals(void **state)
{
	static const struct {
		const char *method, *path, *query, *content_type, *body;
		bool too_large, limited, keyed, maintenance, disabled, down, unknown;
		unsigned scopes;
		enum err err;
		int status;
	} cases[] = {
		{"GET", "/nowhere", .err = ERR_NOT_FOUND, .status = 404},
		{"GET", "/open/", "number=1", .err = ERR_NOT_FOUND, .status = 404},
		{"POST", "/open", .too_large = true, .err = ERR_METHOD, .status = 405},
		{"POST", "/write", NULL, "text/plain", "{}", .too_large = true,
			.err = ERR_TOO_LARGE, .status = 413},
		{"POST", "/write", NULL, "text/plain", "{}", .err = ERR_MEDIA_TYPE, .status = 415},
		{"GET", "/open", "number=x", .limited = true, .maintenance = true, .err = ERR_RATE,
			.status = 429},
		{"GET", "/open", "number=1", .maintenance = true, .err = ERR_MAINTENANCE,
			.status = 503},
		{"GET", "/open", "number=1", .unknown = true, .err = ERR_BUSY, .status = 503},
		{"GET", "/open", "number=1", .unknown = true, .maintenance = true,
			.err = ERR_MAINTENANCE, .status = 503},
		{"GET", "/read", "number=1", .maintenance = true, .err = ERR_UNAUTHORIZED,
			.status = 401},
		{"GET", "/read", "number=1", .keyed = true, .err = ERR_UNAUTHORIZED, .status = 401},
		{"GET", "/read", "number=1", .keyed = true, .scopes = SCOPE_WRITE,
			.err = ERR_FORBIDDEN, .status = 403},
		{"GET", "/read", "number=1", .keyed = true, .down = true, .err = ERR_BUSY,
			.status = 503},
		{"GET", "/read", "number=1", .keyed = true, .down = true, .maintenance = true,
			.err = ERR_MAINTENANCE, .status = 503},
		{"GET", "/read", "number=x", .keyed = true, .scopes = SCOPE_READ,
			.maintenance = true, .disabled = true, .err = ERR_MAINTENANCE,
			.status = 503},
		{"GET", "/read", "number=x", .keyed = true, .scopes = SCOPE_READ, .disabled = true,
			.err = ERR_TENANT_DISABLED, .status = 403},
		{"GET", "/read", "number=x", .keyed = true, .scopes = SCOPE_WRITE, .disabled = true,
			.err = ERR_FORBIDDEN, .status = 403},
		{"GET", "/read", "number=x", .keyed = true, .scopes = SCOPE_READ,
			.err = ERR_BAD_REQUEST, .status = 400},
		{"GET", "/read", NULL, .keyed = true, .scopes = SCOPE_READ, .err = ERR_NOT_FOUND,
			.status = 404},
		{"POST", "/write", NULL, "application/json", "{\"number\":\"x\"}", .keyed = true,
			.scopes = SCOPE_WRITE, .err = ERR_PARAMETER, .status = 400},
		{"POST", "/write", NULL, "application/json", "", .keyed = true,
			.scopes = SCOPE_WRITE, .err = ERR_PARAMETER, .status = 400},
		{"GET", "/read", "number=1", .keyed = true, .scopes = SCOPE_READ, .err = ERR_NONE,
			.status = 200},
		{"GET", "/open", "number=1", .keyed = true, .limited = true, .scopes = SCOPE_READ,
			.err = ERR_NONE, .status = 200},
		{"GET", "/trusting", "number=1", .err = ERR_NONE, .status = 200},
		{"GET", "/trusting", "number=1", .keyed = true, .scopes = SCOPE_READ,
			.err = ERR_FORBIDDEN, .status = 403},
		{"GET", "/trusting", "number=1", .keyed = true, .scopes = SCOPE_WRITE,
			.err = ERR_NONE, .status = 200},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fixture f;

		set_up(&f, cases[i].method, cases[i].path);
		f.req.query = cases[i].query;
		f.req.content_type = f.req.body.content_type = cases[i].content_type;
		f.req.body.bytes = cases[i].body;
		f.req.body.size = cases[i].body == NULL ? 0 : strlen(cases[i].body);
		f.req.body_is_too_large = cases[i].too_large;
		is_in_maintenance = cases[i].maintenance;
		is_disabled = cases[i].disabled;
		is_state_known = !cases[i].unknown;
		if (cases[i].limited)
			exhaust_limit(&f);
		is_down = cases[i].down;
		scopes_in_store = cases[i].scopes;
		if (cases[i].keyed)
			f.req.authorization = f.bearer;
		dispatch(&f.dispatcher, &f.req);
		if (f.req.err != cases[i].err)
			print_error("case %zu: %s\n", i, err_name(f.req.err));
		assert_int_equal(f.req.err, cases[i].err);
		assert_int_equal(f.req.response.status, cases[i].status);
		assert_int_equal(n_runs, cases[i].err == ERR_NONE);
		tear_down(&f);
	}
}

static void what_cannot_be_read_has_its_reason(void **state)
{
	static const struct {
		const char *malformed;
		bool is_incomplete;
		const char *reason;
	} cases[] = {
		{"the path holds %00", false, "the path holds %00"},
		{"the path holds %00", true, "the path holds %00"},
		{NULL, true, "body and Content-Length differ"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fixture f;

		set_up(&f, "GET", "/open");
		f.req.query = "number=1";
		f.req.malformed = cases[i].malformed;
		f.req.body_is_incomplete = cases[i].is_incomplete;
		dispatch(&f.dispatcher, &f.req);
		assert_int_equal(f.req.err, ERR_BAD_REQUEST);
		assert_string_equal(f.req.err_reason, cases[i].reason);
		tear_down(&f);
	}
}

static void only_an_api_key_escapes_the_rate(void **state)
{
	static const char *const headers[] = {
		"Basic YTpi", "Bearer", "Bearer x", "Bearer wxt_x", "Bearer wxk_x", "x"};
	struct fixture f;

	(void)state;
	set_up(&f, "GET", "/open");
	f.req.query = "number=1";
	exhaust_limit(&f);
	scopes_in_store = SCOPE_READ;
	for (size_t i = 0; i < N_OF(headers); i++) {
		f.req.authorization = headers[i];
		dispatch(&f.dispatcher, &f.req);
		assert_int_equal(f.req.err, ERR_RATE);
	}
	bear(&f, f.token);
	dispatch(&f.dispatcher, &f.req);
	assert_int_equal(f.req.err, ERR_RATE);
	bear(&f, f.key);
	dispatch(&f.dispatcher, &f.req);
	assert_int_equal(f.req.err, ERR_NONE);
	tear_down(&f);
}

static void a_mistyped_key_costs_no_look_up(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "GET", "/read");
	f.req.query = "number=1";
	f.bearer[20] ^= 1;
	f.req.authorization = f.bearer;
	dispatch(&f.dispatcher, &f.req);
	assert_int_equal(f.req.err, ERR_UNAUTHORIZED);
	assert_int_equal(n_look_ups, 0);
	tear_down(&f);
}

static void what_an_access_token_opens(void **state)
{
	static const struct {
		const char *method, *path;
		enum err in_store, err;
	} cases[] = {
		{"GET", "/own", ERR_NONE, ERR_NONE},
		{"GET", "/own", ERR_UNAUTHORIZED, ERR_UNAUTHORIZED},
		{"GET", "/own", ERR_TOKEN_EXPIRED, ERR_TOKEN_EXPIRED},
		{"GET", "/own", ERR_BUSY, ERR_BUSY},
		{"GET", "/own", ERR_INTERNAL, ERR_INTERNAL},
		{"GET", "/read", ERR_NONE, ERR_FORBIDDEN},
		{"GET", "/read", ERR_TOKEN_EXPIRED, ERR_TOKEN_EXPIRED},
		{"GET", "/open", ERR_NONE, ERR_NONE},
		{"GET", "/open", ERR_UNAUTHORIZED, ERR_NONE},
		{"GET", "/open", ERR_TOKEN_EXPIRED, ERR_NONE},
		{"GET", "/open", ERR_BUSY, ERR_BUSY},
		{"GET", "/open", ERR_INTERNAL, ERR_INTERNAL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		bool is_found = cases[i].in_store == ERR_NONE;
		struct fixture f;

		set_up(&f, cases[i].method, cases[i].path);
		f.req.query = "number=1";
		bear(&f, f.token);
		token_in_store = cases[i].in_store;
		for (int n = 1; n <= 2; n++) {
			f.req.principal = (struct principal){0};
			dispatch(&f.dispatcher, &f.req);
			assert_int_equal(f.req.err, cases[i].err);
			/* What was unknown a moment ago is not looked for. */
			assert_int_equal(
				n_look_ups, cases[i].in_store == ERR_UNAUTHORIZED ? 1 : n);
		}
		assert_int_equal(f.req.principal.kind,
			is_found ? PRINCIPAL_ACCESS_TOKEN : PRINCIPAL_ANONYMOUS);
		if (is_found)
			assert_string_equal(f.req.principal.name, "wechat_user 5");
		tear_down(&f);
	}
}

/* It may have been revoked on another host. */
static void a_token_is_looked_up_again_to_read_after_write(void **state)
{
	struct fixture f;

	(void)state;
	reads_after_write = true;
	set_up(&f, "GET", "/own");
	f.req.query = "number=1";
	bear(&f, f.token);
	dispatch(&f.dispatcher, &f.req);
	assert_int_equal(f.req.err, ERR_NONE);
	assert_int_equal(n_look_ups, 2);
	tear_down(&f);
	reads_after_write = false;
}

static void an_owner_who_has_gone_since_has_no_token(void **state)
{
	static const struct {
		const char *path;
		enum err of_rule, err;
	} cases[] = {
		{"/late/own", ERR_NONE, ERR_NONE},
		{"/late/own", ERR_USER_UNKNOWN, ERR_UNAUTHORIZED},
		{"/late/own", ERR_ACCOUNT_DISABLED, ERR_UNAUTHORIZED},
		{"/late/own", ERR_APP_UNKNOWN, ERR_APP_UNKNOWN}, /* it is declared */
		{"/late/own", ERR_BUSY, ERR_BUSY},
		{"/late/any", ERR_USER_UNKNOWN, ERR_USER_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fixture f;

		set_up(&f, "GET", cases[i].path);
		bear(&f, f.token);
		err_of_rule = cases[i].of_rule;
		dispatch(&f.dispatcher, &f.req);
		if (f.req.err != cases[i].err)
			fail_msg("case %zu: %s", i, err_name(f.req.err));
		tear_down(&f);
	}
}

static void a_login_refuses_a_wrong_key_only(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "GET", "/open");
	f.req.query = "number=1";
	f.token[20] ^= 1;
	bear(&f, f.token);
	dispatch(&f.dispatcher, &f.req);
	assert_int_equal(f.req.err, ERR_NONE);
	assert_int_equal(n_look_ups, 0);
	bear(&f, f.key);
	dispatch(&f.dispatcher, &f.req);
	assert_int_equal(f.req.err, ERR_UNAUTHORIZED);
	tear_down(&f);
}

static void fill_in(
	struct buf *text, const char *pattern, const struct fixture *f, const char *other)
{
	for (; pattern != NULL && *pattern != '\0'; pattern++) {
		bool stands_alone = pattern[1] == '\0' || pattern[1] == '&';

		if (*pattern == 'T' && stands_alone)
			buf_append_str(text, f->token);
		else if (*pattern == 'K' && stands_alone)
			buf_append_str(text, f->key);
		else if (*pattern == 'X' && stands_alone)
			buf_append_str(text, other);
		else
			buf_append_char(text, *pattern);
	}
}

static void where_a_token_may_stand(void **state)
{
	/* T the token, K the key, X another token. */
	static const struct {
		const char *path, *query, *header, *bearer;
		enum err err;
	} cases[] = {
		{"/lax", "number=1&token=T", NULL, NULL, ERR_NONE},
		{"/lax", "TOKEN=T&number=1", NULL, NULL, ERR_NONE},
		{"/lax", "number=1", "T", NULL, ERR_NONE},
		{"/lax", "number=1", NULL, "T", ERR_NONE},
		{"/lax", "number=1&token=T", "T", "T", ERR_NONE},
		{"/lax", "number=1&token=", "T", NULL, ERR_NONE},
		{"/lax", "number=1", "K", NULL, ERR_NONE},
		{"/lax", "number=1", NULL, "K", ERR_NONE},
		{"/lax", "number=1", NULL, NULL, ERR_UNAUTHORIZED},
		{"/lax", "number=1&token=T", "X", NULL, ERR_UNAUTHORIZED},
		{"/lax", "number=1&token=T&token=X", NULL, NULL, ERR_UNAUTHORIZED},
		{"/lax", "number=1&token=T", NULL, "K", ERR_UNAUTHORIZED},
		{"/lax", "number=1", "T", "X", ERR_UNAUTHORIZED},
		{"/lax", "number=1&token=K", NULL, NULL, ERR_UNAUTHORIZED},
		{"/lax", "number=1&token=K", "K", "K", ERR_UNAUTHORIZED},
		{"/own", "number=1&token=T", NULL, NULL, ERR_UNAUTHORIZED},
		{"/own", "number=1", "T", NULL, ERR_UNAUTHORIZED},
		{"/own", "number=1&token=X", "X", "T", ERR_NONE},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct buf texts[3] = {0};
		const char *patterns[] = {cases[i].query, cases[i].header, cases[i].bearer};
		static const char other[] =
			"wxt_000000000000000000000000000000000000000000122xHdL";
		struct fixture f;

		set_up(&f, "GET", cases[i].path);
		scopes_in_store = SCOPE_READ;
		for (size_t j = 0; j < N_OF(texts); j++)
			fill_in(&texts[j], patterns[j], &f, other);
		f.req.query = texts[0].data;
		f.req.token_header = texts[1].data;
		if (cases[i].bearer != NULL)
			bear(&f, texts[2].data);
		dispatch(&f.dispatcher, &f.req);
		if (f.req.err != cases[i].err)
			print_error("case %zu: %s\n", i, err_name(f.req.err));
		assert_int_equal(f.req.err, cases[i].err);
		for (size_t j = 0; j < N_OF(texts); j++)
			buf_release(&texts[j]);
		tear_down(&f);
	}
}

static void a_database_that_is_away_is_no_refusal_of_the_key(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "GET", "/read");
	f.req.query = "number=1";
	f.req.authorization = f.bearer;
	is_down = true;
	dispatch(&f.dispatcher, &f.req);
	assert_int_equal(f.req.err, ERR_BUSY);
	assert_int_equal(f.req.response.status, 503);
	tear_down(&f);
}

static void the_client_is_found_through_trusted_proxies_only(void **state)
{
	static const struct {
		const char *trusted, *peer, *forwarded, *client;
	} cases[] = {
		{"", "192.0.2.1", "198.51.100.7", "::ffff:192.0.2.1"},
		{"10.0.0.0/8", "192.0.2.1", "198.51.100.7", "::ffff:192.0.2.1"},
		{"10.0.0.0/8", "10.1.2.3", "198.51.100.7", "::ffff:198.51.100.7"},
		{"10.0.0.0/8", "10.1.2.3", "203.0.113.9, 198.51.100.7", "::ffff:198.51.100.7"},
		{"10.0.0.0/8", "10.1.2.3", "203.0.113.9, 10.9.9.9", "::ffff:203.0.113.9"},
		{"10.0.0.0/8, ::1", "::1", "203.0.113.9, 10.9.9.9", "::ffff:203.0.113.9"},
		{"10.0.0.0/8", "10.1.2.3", "203.0.113.9 ,10.9.9.9\t", "::ffff:203.0.113.9"},
		{"10.0.0.0/8", "10.1.2.3", "198.51.100.7:49152", "::ffff:198.51.100.7"},
		{"10.0.0.0/8", "10.1.2.3", "203.0.113.9:1, 10.9.9.9:2", "::ffff:203.0.113.9"},
		{"10.0.0.0/8", "10.1.2.3", "[2001:db8::7]:49152", "2001:db8::"},
		{"10.0.0.0/8", "10.1.2.3", "[2001:db8::7]", "2001:db8::"},
		{"10.0.0.0/8", "10.1.2.3", "2001:db8::7", "2001:db8::"},
		{"10.0.0.0/8", "10.1.2.3", "[", NULL},
		{"10.0.0.0/8", "10.1.2.3", "", NULL},
		{"10.0.0.0/8", "10.1.2.3", NULL, NULL},
		{"10.0.0.0/8", "10.1.2.3", "10.1.1.1", NULL},
		{"10.0.0.0/8", "10.1.2.3", "nonsense", NULL},
		{"", "2001:db8:1:2:3:4:5:6", NULL, "2001:db8:1:2::"},
		{"", NULL, NULL, NULL},
		{"", "unix:", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fixture f;
		const char *client;

		set_up(&f, "GET", "/open");
		configure(&f, "", cases[i].trusted);
		f.req.remote_addr = cases[i].peer;
		f.req.forwarded_for = cases[i].forwarded;
		client = address_of_client(&f.req);
		if (cases[i].client == NULL)
			assert_null(client);
		else
			assert_string_equal(client, cases[i].client);
		tear_down(&f);
	}
}

static void a_network_is_an_address_or_a_48(void **state)
{
	static const char *const cases[][2] = {
		{"192.0.2.1", "::ffff:192.0.2.1"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1::"},
		{"2001:db8:1:ffff::1", "2001:db8:1::"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fixture f;

		set_up(&f, "GET", "/open");
		configure(&f, "", "");
		f.req.remote_addr = cases[i][0];
		assert_string_equal(address_of_network(&f.req), cases[i][1]);
		tear_down(&f);
	}
}

static void a_trusted_network_needs_no_credential(void **state)
{
	static const struct {
		const char *method, *path, *networks, *peer, *authorization;
		bool is_by_browser;
		enum err err;
		char *mark;
	} cases[] = {
		{"GET", "/read", "10.1.2.0/24=till 2", "10.1.2.3", .err = ERR_NONE},
		{"GET", "/read", "10.9.9.9=x, 10.1.2.3 = till 2 ", "10.1.2.3", .err = ERR_NONE},
		{"GET", "/read", "fd00::/8=till 2", "fd00::7", .err = ERR_NONE},
		{"GET", "/read", "", "10.1.2.3", .err = ERR_UNAUTHORIZED},
		{"GET", "/read", "10.1.2.0/24=till 2", "10.1.3.3", .err = ERR_UNAUTHORIZED},
		{"GET", "/read", "10.1.2.0/24=till 2", NULL, .err = ERR_UNAUTHORIZED},
		{"GET", "/read", "10.1.2.0/24=till", "10.1.2.3", .err = ERR_UNAUTHORIZED},
		{"GET", "/read", "10.1.2.0/24=till 2", "10.1.2.3", .is_by_browser = true,
			.err = ERR_UNAUTHORIZED},
		{"GET", "/read", "10.1.2.0/24=till 2", "10.1.2.3", .err = ERR_UNAUTHORIZED,
			.mark = "HTTP_VIA=1.1 x"},
		{"GET", "/read", "10.1.2.0/24=till 2", "10.1.2.3", .err = ERR_NONE,
			.mark = "SERVER_PROTOCOL=HTTP/1.0"},
		{"GET", "/read", "10.1.2.0/24=till 2", "10.1.2.3", "Basic YTpi",
			.err = ERR_UNAUTHORIZED},
		{"GET", "/read", "10.1.2.0/24=till 2", "10.1.2.3", "Bearer wxk_x",
			.err = ERR_UNAUTHORIZED},
		{"POST", "/write", "10.1.2.0/24=till 2", "10.1.2.3", .err = ERR_FORBIDDEN},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fixture f;

		set_up(&f, cases[i].method, cases[i].path);
		configure(&f, cases[i].networks, "");
		f.req.query = "number=1";
		f.req.content_type = f.req.body.content_type = "application/json";
		f.req.remote_addr = cases[i].peer;
		f.req.authorization = cases[i].authorization;
		f.req.environment = (char *const[]){cases[i].mark, NULL};
		f.req.has_browser_headers = cases[i].is_by_browser;
		dispatch(&f.dispatcher, &f.req);
		if (f.req.err != cases[i].err)
			print_error("case %zu: %s\n", i, err_name(f.req.err));
		assert_int_equal(f.req.err, cases[i].err);
		assert_int_equal(f.req.principal.scopes & SCOPE_ADMIN, 0);
		assert_int_equal(f.req.principal.is_by_network,
			f.req.principal.kind != PRINCIPAL_ANONYMOUS);
		tear_down(&f);
	}
}

static void an_open_endpoint_takes_no_notice_of_networks(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "GET", "/open");
	configure(&f, "192.0.2.1=till 2", "");
	f.req.query = "number=1";
	dispatch(&f.dispatcher, &f.req);
	assert_int_equal(f.req.err, ERR_NONE);
	assert_int_equal(f.req.principal.kind, PRINCIPAL_ANONYMOUS);
	assert_int_equal(n_look_ups, 0);
	tear_down(&f);
}

static void networks_that_must_not_be_trusted(void **state)
{
	static const struct {
		const char *networks, *proxies, *problem;
	} cases[] = {
		{"", "10.0.0.0/8", NULL},
		{"10.1.2.0/24=till,10.1.3.4 = back office", "10.1.4.0/24", NULL},
		{"10.1.2.0/24", "", "must be"},
		{"10.1.2.0/24=", "", "must be"},
		{"10.1.2.0/33=till", "", "must be"},
		{"10.1.2=till", "", "must be"},
		{"lan=till", "", "must be"},
		{"10.1.2.0/24=till,x", "", "must be"},
		{"127.0.0.1=till", "", "loopback"},
		{"::1=till", "", "loopback"},
		{"10.1.2.3=till,0.0.0.0/0=till", "", "loopback"},
		{"::/0=till", "", "loopback"},
		{"10.1.2.0/24=till", "192.0.2.1, 10.1.2.3", "trusted_proxies"},
		{"10.1.2.3=till", "10.0.0.0/8", "trusted_proxies"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fixture f;
		const char *problem;

		set_up(&f, "GET", "/open");
		configure(&f, cases[i].networks, cases[i].proxies);
		problem = trusted_network_find_problem(f.conf);
		if (cases[i].problem == NULL)
			assert_null(problem);
		else
			assert_non_null(strstr(problem, cases[i].problem));
		tear_down(&f);
	}
}

static void the_language_follows_the_caller(void **state)
{
	static const struct {
		const char *accept;
		bool is_english;
	} cases[] = {
		{NULL, false}, {"", false}, {"en", true}, {"en-US,en;q=0.9", true},
		{"zh-CN,zh;q=0.9,en;q=0.8", false}, {"en;q=0.5, zh;q=0.6", false},
		{"fr, en;q=0.3", true}, {"fr", false}, {"en, zh", false},
		{"EN-us", true}, {"en; q=0.1, zh; q=0.9", false}, {"enm", false},
		{"zh;q=0.5, en-GB;q=0.3, en;q=0.9", true}, {"en;q=0", false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct fixture f;

		set_up(&f, "GET", "/open");
		f.req.conf = f.conf;
		f.req.accept_language = cases[i].accept;
		assert_int_equal(request_prefers_english(&f.req), cases[i].is_english);
		tear_down(&f);
	}
}

static void a_header_cannot_be_split(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "GET", "/open");
	response_header(&f.req, "X-A", "a\r\nSet-Cookie: b");
	response_header(&f.req, "X-B", "b");
	assert_string_equal(f.req.response.headers.data, "X-B: b\r\n");
	tear_down(&f);
}

static enum err run_nothing(struct request *req)
{
	(void)req;
	return ERR_NONE;
}

static void a_path_has_any_segment(void **state)
{
	static const struct {
		const char *method, *path, *parameter;
		int status;
		const struct endpoint *endpoint;
		const char *allow;
	} cases[] = {
		{"GET", "/things/a", "a", 200, &named_get},
		{"POST", "/things/a", "a", 200, &named_post},
		{"GET", "/things/{name}", "{name}", 200, &named_get},
		{"PUT", "/things/a", "a", 405, &named_post, "Allow: GET, HEAD, POST\r\n"},
		{"GET", "/things/all", NULL, 200, &all_get},
		{"POST", "/things/all", NULL, 405, &all_get, "Allow: GET, HEAD\r\n"},
		{"GET", "/things/a/parts", "a", 200, &parts_get},
		{"POST", "/things/a/parts", "a", 405, &parts_get, "Allow: GET, HEAD\r\n"},
		{"GET", "/things//parts", NULL, 404, NULL},
		{"GET", "/things/a/b/parts", NULL, 404, NULL},
		{"GET", "/things/a/parts/", NULL, 404, NULL},
		{"GET", "/things/", NULL, 404, NULL},
		{"GET", "/things", NULL, 404, NULL},
		{"GET", "/things/a/", NULL, 404, NULL},
		{"GET", "/things/a/b", NULL, 404, NULL},
		{"GET", "/Things/a", NULL, 404, NULL},
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		set_up(&f, cases[i].method, cases[i].path);
		f.req.query = "number=1";
		is_in_maintenance = true;
		dispatch(&f.dispatcher, &f.req);
		assert_int_equal(f.req.response.status, cases[i].status);
		assert_ptr_equal(f.req.endpoint, cases[i].endpoint);
		if (cases[i].parameter != NULL)
			assert_string_equal(f.req.path_parameter, cases[i].parameter);
		if (cases[i].allow != NULL)
			assert_non_null(strstr(f.req.response.headers.data, cases[i].allow));
		else
			assert_null(strstr(f.req.response.headers.data, "Allow:"));
		tear_down(&f);
	}
}

static void an_id_of_a_path_has_one_spelling(void **state)
{
	static const char *const others[] = {
		"", "0", "05", "+5", "-5", " 5", "5 ", "5.0", "0x5", "5a", "a", "2147483648",
	};
	struct request req = {.path_parameter = "2147483647"};
	int32_t id = 0;

	(void)state;
	assert_true(request_path_id(&req, &id));
	assert_int_equal(id, INT32_MAX);
	for (size_t i = 0; i < N_OF(others); i++) {
		req.path_parameter = others[i];
		assert_false(request_path_id(&req, &id));
	}
}

static void the_table_of_endpoints_is_linted(void **state)
{
	const struct endpoint good = open_get;
	struct endpoint bad;
	const struct endpoint *table[] = {&good, &bad, NULL};

	(void)state;
	assert_null(endpoint_find_problem(endpoints));
	bad = (struct endpoint){.dialect = &problem_dialect, .method = "GET", .path = "bad",
		.summary = {"某物", "a thing"}, .run = run_nothing};
	assert_non_null(strstr(endpoint_find_problem(table), ".access"));
	bad.access = ACCESS_ANYBODY;
	assert_non_null(strstr(endpoint_find_problem(table), "(.answer)"));
	bad.answer = ANSWER_BY_RUN;
	assert_null(endpoint_find_problem(table));
	bad.path = "OPEN";
	assert_non_null(strstr(endpoint_find_problem(table), "another endpoint"));
	bad.method = "POST";
	assert_null(endpoint_find_problem(table));
	bad.pool = POOL_REMOTE;
	assert_non_null(strstr(endpoint_find_problem(table), "another pool"));
}

static void an_endpoint_that_another_path_hides_is_linted(void **state)
{
	const struct endpoint *table[] = {&named_get, &all_get, NULL};

	(void)state;
	assert_non_null(strstr(endpoint_find_problem(table), "takes its requests"));
}

static void the_answer_of_a_success_is_linted(void **state)
{
	static const struct {
		enum answer answer;
		const struct shape *response;
		const char *problem;
	} cases[] = {
		{0, &thing_shape, "(.answer)"},
		{ANSWER_PLAIN, &thing_shape, NULL},
		{ANSWER_PLAIN, NULL, ".answer and .response disagree"},
		{ANSWER_BY_RUN, NULL, NULL},
		{ANSWER_BY_RUN, &thing_shape, NULL},
		{ANSWER_ENVELOPED, &thing_shape, "no such answer"},
		{ANSWER_ENVELOPED, NULL, ".answer and .response disagree"},
		{ANSWER_EMPTY, NULL, "no such answer"},
		{ANSWER_EMPTY, &thing_shape, ".answer and .response disagree"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct endpoint endpoint = write_post;
		const struct endpoint *table[] = {&endpoint, NULL};
		const char *problem;

		endpoint.answer = cases[i].answer;
		endpoint.response = cases[i].response;
		problem = endpoint_find_problem(table);
		if (cases[i].problem == NULL)
			assert_null(problem);
		else
			assert_non_null(strstr(problem, cases[i].problem));
	}
}

static void what_the_reference_tells_is_linted(void **state)
{
	static const struct field untold_fields[] = {
		FIELD(struct thing, number, INT32, .name = "number", .text = {"数", NULL}),
		FIELD_END
	};
	static const struct shape untold_shape = {.fields = untold_fields};
	static const struct field outer_fields[] = {
		FIELD(struct box, outer, OBJECT, .name = "outer", .text = {"外", "outer"},
			.shape = &untold_shape),
		FIELD_END
	};
	static const struct shape outer_shape = {.fields = outer_fields};
	struct dialect untold_dialect = problem_dialect;
	struct endpoint endpoint = write_post;
	const struct endpoint *table[] = {&endpoint, NULL};

	(void)state;
	endpoint.response = &outer_shape;
	assert_non_null(strstr(endpoint_find_problem(table), "for the field number"));
	endpoint.response = &thing_shape;
	endpoint.summary.en = NULL;
	assert_non_null(strstr(endpoint_find_problem(table), "no summary"));
	endpoint.summary = write_post.summary;
	endpoint.parameter = named_get.parameter;
	assert_non_null(strstr(endpoint_find_problem(table), ".parameter"));
	untold_dialect.title = (struct text){NULL, NULL};
	endpoint.dialect = &untold_dialect;
	assert_null(endpoint_find_problem(table));
}

static void an_endpoint_that_waits_for_others_is_a_remote_one(void **state)
{
	static const enum err causes[] = {ERR_UPSTREAM, ERR_UPSTREAM_UNSENT, ERR_UPSTREAM_BUSY,
		ERR_UPSTREAM_CONFIG, ERR_UPSTREAM_TOKEN, ERR_CODE_INVALID, ERR_RISK_USER,
		ERR_SNAPSHOT_USER, ERR_SMS_REFUSED};
	struct dialect_error errors[ERR_N];
	struct dialect dialect = problem_dialect;

	(void)state;
	for (size_t i = 0; i < ERR_N; i++)
		errors[i] = (struct dialect_error){.zh = "错误", .en = "Error"};
	dialect.errors = errors;
	for (size_t i = 0; i < N_OF(causes); i++) {
		const enum err declared[] = {ERR_FORBIDDEN, causes[i], ERR_NONE};
		struct endpoint endpoint = write_post;
		const struct endpoint *table[] = {&endpoint, NULL};

		endpoint.dialect = &dialect;
		endpoint.errors = declared;
		assert_non_null(strstr(endpoint_find_problem(table), "POOL_REMOTE"));
		assert_non_null(strstr(endpoint_find_problem(table), err_name(causes[i])));
		endpoint.pool = POOL_ANY;
		assert_non_null(strstr(endpoint_find_problem(table), "POOL_REMOTE"));
		endpoint.pool = POOL_REMOTE;
		assert_null(endpoint_find_problem(table));
	}
}

static void the_fields_of_requests_are_linted(void **state)
{
	static const struct field endless[] = {{.name = "text", .kind = FIELD_STR}, FIELD_END};
	static const struct field nameless[] = {{.kind = FIELD_INT32}, FIELD_END};
	static const struct field nested[] = {{.name = "a", .kind = FIELD_OBJECT}, FIELD_END};
	static const struct field listed[] = {{.name = "a", .kind = FIELD_INT32_LIST}, FIELD_END};
	static const struct field quoted[] = {{.kind = FIELD_INT64_LIST}, FIELD_END};
	static const struct field bare[] = {{.kind = FIELD_INT32_LIST}, FIELD_END};
	static const struct field most[65] = {
		[0 ... 63] = {.name = "flag", .kind = FIELD_FLAG, .text = {"标志", "a flag"}},
		FIELD_END
	};
	static const struct field more[66] = {
		[0 ... 64] = {.name = "flag", .kind = FIELD_FLAG, .text = {"标志", "a flag"}},
		FIELD_END
	};
	static const struct {
		enum shape_kind kind;
		const struct field *fields;
		const char *problem;
	} cases[] = {
		{SHAPE_OBJECT, endless, "maximum"}, {SHAPE_OBJECT, nameless, "no name"},
		{SHAPE_OBJECT, nested, "kind"}, {SHAPE_OBJECT, listed, "kind"},
		{SHAPE_LIST, quoted, "kind"}, {SHAPE_LIST, bare, NULL},
		{SHAPE_OBJECT, most, NULL}, {SHAPE_OBJECT, more, "64"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct shape shape = {.kind = cases[i].kind, .fields = cases[i].fields};
		struct endpoint endpoint = write_post;
		const struct endpoint *table[] = {&endpoint, NULL};
		const char *problem;

		endpoint.request = &shape;
		problem = endpoint_find_problem(table);
		if (cases[i].problem == NULL)
			assert_null(problem);
		else
			assert_non_null(strstr(problem, cases[i].problem));
	}
}

static void declared_errors_are_linted_in_both_languages(void **state)
{
	static const enum err declared[] = {ERR_PARAMETER, ERR_NONE};
	struct dialect_error errors[ERR_N] = {[ERR_PARAMETER] = {.zh = "参数", .en = "Parameter"}};
	struct dialect dialect = problem_dialect;
	struct endpoint endpoint = write_post;
	const struct endpoint *table[] = {&endpoint, NULL};

	(void)state;
	dialect.errors = errors;
	endpoint.dialect = &dialect;
	endpoint.errors = declared;
	assert_null(endpoint_find_problem(table));
	errors[ERR_PARAMETER].zh = "";
	assert_non_null(strstr(endpoint_find_problem(table), "lacks a text for ERR_PARAMETER"));
	errors[ERR_PARAMETER] = (struct dialect_error){.zh = "参数"};
	assert_non_null(strstr(endpoint_find_problem(table), "lacks a text for ERR_PARAMETER"));
}

static void what_is_refused_before_the_endpoint(void **state)
{
	static const enum err declared[] = {ERR_CODE_USED, ERR_NONE};
	static const struct endpoint probe = {.access = ACCESS_NO_CREDENTIAL, .errors = declared};
	static const struct {
		const struct endpoint *endpoint;
		enum err err;
		bool may;
	} cases[] = {
		{&probe, ERR_METHOD, true}, {&probe, ERR_TOO_LARGE, true},
		{&probe, ERR_BUSY, true}, {&probe, ERR_INTERNAL, true},
		{&probe, ERR_CODE_USED, true}, {&probe, ERR_CODE_INVALID, false},
		{&probe, ERR_UNAUTHORIZED, false}, {&probe, ERR_MAINTENANCE, false},
		{&probe, ERR_NONE, false}, {&probe, ERR_RATE, false}, {&open_get, ERR_RATE, true},
		{&open_get, ERR_UNAUTHORIZED, true}, {&open_get, ERR_FORBIDDEN, false},
		{&open_get, ERR_NOT_FOUND, true}, {&open_get, ERR_MEDIA_TYPE, false},
		{&write_post, ERR_MEDIA_TYPE, true}, {&write_post, ERR_NOT_FOUND, false},
		{&write_post, ERR_RATE, true}, {&write_post, ERR_FORBIDDEN, true},
		{&write_post, ERR_MAINTENANCE, true}, {&write_post, ERR_PARAMETER, true},
		{&open_get, ERR_PARAMETER, false}, {&open_get, ERR_TENANT_DISABLED, true},
		{&probe, ERR_TENANT_DISABLED, false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_int_equal(
			endpoint_may_return(cases[i].endpoint, cases[i].err), cases[i].may);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_found_below_base_path_and_as_it_is),
		cmocka_unit_test(a_request_is_counted_by_its_route),
		cmocka_unit_test(the_order_of_refusals),
		cmocka_unit_test(what_cannot_be_read_has_its_reason),
		cmocka_unit_test(only_an_api_key_escapes_the_rate),
		cmocka_unit_test(a_mistyped_key_costs_no_look_up),
		cmocka_unit_test(what_an_access_token_opens),
		cmocka_unit_test(a_token_is_looked_up_again_to_read_after_write),
		cmocka_unit_test(an_owner_who_has_gone_since_has_no_token),
		cmocka_unit_test(a_login_refuses_a_wrong_key_only),
		cmocka_unit_test(where_a_token_may_stand),
		cmocka_unit_test(a_database_that_is_away_is_no_refusal_of_the_key),
		cmocka_unit_test(the_client_is_found_through_trusted_proxies_only),
		cmocka_unit_test(a_network_is_an_address_or_a_48),
		cmocka_unit_test(a_trusted_network_needs_no_credential),
		cmocka_unit_test(an_open_endpoint_takes_no_notice_of_networks),
		cmocka_unit_test(networks_that_must_not_be_trusted),
		cmocka_unit_test(the_language_follows_the_caller),
		cmocka_unit_test(a_header_cannot_be_split),
		cmocka_unit_test(a_path_has_any_segment),
		cmocka_unit_test(an_id_of_a_path_has_one_spelling),
		cmocka_unit_test(the_table_of_endpoints_is_linted),
		cmocka_unit_test(an_endpoint_that_another_path_hides_is_linted),
		cmocka_unit_test(the_answer_of_a_success_is_linted),
		cmocka_unit_test(what_the_reference_tells_is_linted),
		cmocka_unit_test(an_endpoint_that_waits_for_others_is_a_remote_one),
		cmocka_unit_test(the_fields_of_requests_are_linted),
		cmocka_unit_test(declared_errors_are_linted_in_both_languages),
		cmocka_unit_test(what_is_refused_before_the_endpoint),
	};

	return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
