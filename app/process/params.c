#include "arena.h"
#include "ascii.h"
#include "clock.h"
#include "conf.h"
#include "params.h"
#include "request.h"
#include "str.h"

/* How the values of a parameter become one. Of the web server's own, the first counts. */
enum {
	JOINED = 1,       /* lines of a header make a list */
	SINGLE = 2,       /* "a, a" is "a" */
	BROWSER = 4,      /* browsers add it; a tenant's server does not send it */
};

/* All parameters that are read. */
#define PARAMS(X) \
	X(CONTENT_LENGTH, 0) \
	X(CONTENT_TYPE, SINGLE) \
	X(HTTPS, 0) \
	X(HTTP_ACCEPT, JOINED) \
	X(HTTP_ACCEPT_CHARSET, JOINED) \
	X(HTTP_ACCEPT_LANGUAGE, JOINED) \
	X(HTTP_AUTHORIZATION, SINGLE) \
	X(HTTP_CONTENT_TYPE, JOINED | SINGLE) \
	X(HTTP_HOST, JOINED | SINGLE) \
	X(HTTP_ORIGIN, BROWSER) \
	X(HTTP_TOKEN, JOINED | SINGLE) \
	X(HTTP_X_FORWARDED_FOR, JOINED) \
	X(HTTP_X_REQUESTED_WITH, JOINED | SINGLE) \
	X(HTTP_X_WX_APPID, JOINED | SINGLE) \
	X(PATH_INFO, 0) \
	X(QUERY_STRING, 0) \
	X(REMOTE_ADDR, 0) \
	X(REQUEST_LINE, 0) \
	X(REQUEST_METHOD, 0) \
	X(REQUEST_SCHEME, 0) \
	X(REQUEST_URI, 0) \
	X(SCRIPT_NAME, 0) \
	X(SENT_AT, 0) \
	X(SERVER_ADDR, 0) \
	X(SERVER_NAME, 0) \
	X(SERVER_PORT, 0)

#define PARAM_ENUM(name, kind) name,
enum param { NO_PARAM, PARAMS(PARAM_ENUM) N_PARAMS };

#define PARAM_ROW(name, kind) {#name, sizeof(#name) - 1, kind},
static const struct {
	const char *name;
	size_t size;
	unsigned kind;
} param_table[N_PARAMS] = {{"", 0, 0}, PARAMS(PARAM_ROW)};

#define SECONDS_MAX INT64_C(100000000000)
#define TWO_CREDENTIALS "Authorization has two values"

struct params {
	const char *values[N_PARAMS]; /* NULL: absent or "" */
	struct buf lists[N_PARAMS];   /* of headers that came in several lines */
	const char *problem; /* the first; NULL: none */
};

static void params_refuse(struct params *params, const char *problem)
{
	if (params->problem == NULL)
		params->problem = problem;
}

/* A header in several lines is a list (RFC 9110, 5.3). Apache and lighttpd pass it on as one. */
static void params_join(
	struct params *params, const struct request *req, enum param param, const char *line)
{
	struct buf *list = &params->lists[param];

	list->arena = req->arena;
	if (list->size == 0)
		buf_append_str(list, params->values[param]);
	buf_printf(list, ", %s", line);
	params->values[param] = list->data;
}

/* A header that is no list and was sent twice comes as "a, a", which becomes "a". An empty one
 * becomes an absent one. */
static void params_drop_repetitions(struct params *params, struct request *req, enum param param)
{
	const char *at = params->values[param], *first = NULL;
	size_t size = 0;

	while (at != NULL) {
		const char *end = strstr(at, ", ");
		size_t more = end == NULL ? strlen(at) : (size_t)(end - at);

		if (size == 0) {
			first = at;
			size = more;
		} else if (more > 0 && (more != size || strncmp(at, first, size) != 0)) {
			return;
		}
		at = end == NULL ? NULL : end + strlen(", ");
	}
	if (size == 0)
		first = NULL;
	else if (first[size] != '\0')
		first = arena_strndup(req->arena, first, size);
	params->values[param] = first;
}

static void params_note(
	struct params *params, const struct request *req, enum param param, const char *value)
{
	const char **known = &params->values[param];

	if (*value == '\0')
		return;
	if (*known == NULL)
		*known = value;
	else if (param == HTTP_AUTHORIZATION && strcmp(*known, value) != 0)
		params_refuse(params, TWO_CREDENTIALS);
	else if ((param_table[param].kind & JOINED) != 0)
		params_join(params, req, param, value);
}

/* Returns whether there are several, as "Bearer a, Basic b", which nginx refuses. */
static bool params_is_contradictory(const char *authorization)
{
	const char *next = authorization;

	while (next != NULL && (next = strstr(next, ", ")) != NULL) {
		next += strlen(", ");
		if (next[strcspn(next, " =,\"")] == ' ')
			return true;
	}
	return false;
}

/* nginx passes "GET http://host/path HTTP/1.1", since its REQUEST_URI lacks the host. */
static void params_read_request_line(struct params *params, struct request *req)
{
	const char *line = params->values[REQUEST_LINE];
	const char *blank = line == NULL ? NULL : strchr(line, ' ');
	const char *end = blank == NULL ? NULL : strrchr(blank + 1, ' ');

	if (blank != NULL)
		params->values[REQUEST_URI] = end == NULL
			? blank + 1
			: arena_strndup(req->arena, blank + 1, (size_t)(end - blank - 1));
}

/* A target "http://host/path" names the host and overrides Host (RFC 9112, 3.2.2). */
static void params_read_absolute_target(struct params *params, struct request *req)
{
	const char *target = params->values[REQUEST_URI];
	const char *authority, *path;

	if (target == NULL || *target == '/' || (authority = strstr(target, "://")) == NULL)
		return;
	authority += strlen("://");
	path = authority + strcspn(authority, "/?");
	if (path > authority)
		params->values[HTTP_HOST] =
			arena_strndup(req->arena, authority, (size_t)(path - authority));
	params->values[REQUEST_URI] =
		*path == '/' ? path : arena_printf(req->arena, "/%s", path);
}

static void params_settle(struct params *params, struct request *req)
{
	for (enum param param = 0; param < N_PARAMS; param++)
		if ((param_table[param].kind & SINGLE) != 0)
			params_drop_repetitions(params, req, param);
	if (params_is_contradictory(params->values[HTTP_AUTHORIZATION]))
		params_refuse(params, TWO_CREDENTIALS);
	/* nginx passes only the first line as CONTENT_TYPE. */
	if (params->values[HTTP_CONTENT_TYPE] != NULL)
		params->values[CONTENT_TYPE] = params->values[HTTP_CONTENT_TYPE];
	params_read_request_line(params, req);
	params_read_absolute_target(params, req);
}

/* Parameters by the hash of their names; one whose place is taken has the next free one. */
static enum param param_places[128];
#define PARAM_PLACE(hash) (&param_places[(hash) % (sizeof(param_places) / sizeof(param_places[0]))])

/* Of the size, the middle and the end, since many names begin alike. */
static unsigned param_hash(const char *name, size_t size)
{
	return size == 0 ? 0 : size * 4 + name[size / 2] * 2 + name[size - 1];
}

static void param_places_fill(void)
{
	for (enum param param = NO_PARAM + 1; param < N_PARAMS; param++) {
		unsigned hash = param_hash(param_table[param].name, param_table[param].size);

		while (*PARAM_PLACE(hash) != NO_PARAM)
			hash++;
		*PARAM_PLACE(hash) = param;
	}
}

/* entry: NAME=VALUE. Returns NO_PARAM for a name that is not read. */
static enum param param_find(const char *entry, const char **value_r)
{
	const char *end = strchr(entry, '=');
	enum param param;
	unsigned hash;
	size_t size;

	if (end == NULL)
		return NO_PARAM;
	*value_r = end + 1;
	size = (size_t)(end - entry);
	hash = param_hash(entry, size);
	while ((param = *PARAM_PLACE(hash++)) != NO_PARAM)
		if (param_table[param].size == size &&
			memcmp(param_table[param].name, entry, size) == 0)
			break;
	return param;
}

static void params_collect(char *const *environment, struct params *params, struct request *req)
{
	static bool is_filled;

	if (!is_filled)
		param_places_fill();
	is_filled = true;
	for (; *environment != NULL; environment++) {
		const char *value;
		enum param param = param_find(*environment, &value);

		if (param != NO_PARAM)
			params_note(params, req, param, value);
		req->has_browser_headers |= (param_table[param].kind & BROWSER) != 0 ||
			(param == NO_PARAM && str_starts_with(*environment, "HTTP_SEC_FETCH_"));
	}
}

/* Returns a copy of value in the arena; NULL if it is absent or longer than most. */
static char *params_keep_bytes(
	struct params *params, struct request *req, const char *value, size_t most)
{
	size_t size = value == NULL ? 0 : strnlen(value, most + 1);

	if (size <= most)
		return arena_strndup(req->arena, value, size);
	params_refuse(params, "a header or the URL is too long");
	return NULL;
}

/* Likewise for text: NULL also if it is not UTF-8. */
static char *params_keep(struct params *params, struct request *req, const char *value, size_t most)
{
	char *text = params_keep_bytes(params, req, value, most);

	if (text == NULL || str_is_utf8(text, strlen(text)))
		return text;
	params_refuse(params, "a header or the path is not UTF-8");
	return NULL;
}

/* Bytes that are not UTF-8 are escaped, as in any URI. Control characters make the request
 * malformed: most web servers refuse them. */
static const char *params_keep_target(struct params *params, struct request *req)
{
	const char *bytes =
		params_keep_bytes(params, req, params->values[REQUEST_URI], PARAMS_VALUE_MAX);
	struct buf text = {.arena = req->arena};

	if (bytes != NULL && str_has_control(bytes))
		params_refuse(params, "the URL holds a control character");
	if (bytes == NULL || str_is_utf8(bytes, strlen(bytes)))
		return bytes;
	for (; *bytes != '\0'; bytes++) {
		if ((unsigned char)*bytes < 0x80)
			buf_append_char(&text, *bytes);
		else
			buf_printf(&text, "%%%02X", (unsigned char)*bytes);
	}
	return text.data;
}

static const char *params_path(struct params *params, struct request *req)
{
	const char *raw = params->values[PATH_INFO];
	char *path;

	if (raw == NULL)
		raw = params->values[SCRIPT_NAME];
	if (params->values[REQUEST_URI] != NULL) {
		size_t size = strcspn(params->values[REQUEST_URI], "?");
		char *decoded = arena_strndup(req->arena, params->values[REQUEST_URI], size);

		size = str_percent_decode(decoded, size, false);
		decoded[size] = '\0';
		if (strlen(decoded) != size)
			params_refuse(params, "the path holds %00");
		raw = raw == NULL ? decoded : raw;
	}
	path = params_keep(params, req, raw, PARAMS_PATH_MAX);
	return path == NULL || *path != '/' ? "/" : path;
}

static bool params_is_default_port(const char *scheme, const char *port)
{
	return strcmp(port, strcmp(scheme, "https") == 0 ? "443" : "80") == 0;
}

/* Returns the size of host without the port, in "host:port" and "[::1]:port". */
static size_t params_host_size(const char *host)
{
	size_t address_size = *host == '[' ? strcspn(host, "]") : 0;

	return address_size + strcspn(host + address_size, ":");
}

static void params_set_url(struct params *params, struct request *req)
{
	const char *host = params_keep(params, req, params->values[HTTP_HOST], PARAMS_VALUE_MAX);
	const char *target = params_keep_target(params, req);
	const char *scheme = params_keep(params, req, params->values[REQUEST_SCHEME], 16);
	const char *port = params_keep(params, req, params->values[SERVER_PORT], 5);
	bool has_port = host == NULL;

	if (params->values[HTTPS] != NULL && !str_equal_nocase(params->values[HTTPS], "off"))
		scheme = "https";
	if (scheme == NULL)
		scheme = "http";
	if (host == NULL)
		host = params_keep(params, req, params->values[SERVER_NAME], PARAMS_VALUE_MAX);
	if (host == NULL)
		host = "localhost";
	req->scheme = scheme;
	req->host = arena_strndup(req->arena, host, params_host_size(host));
	req->authority = has_port && port != NULL && !params_is_default_port(scheme, port)
		? arena_printf(req->arena, "%s:%s", host, port)
		: host;
	req->target = target != NULL && *target == '/' ? target : req->path;
}

static int64_t params_length(const char *text)
{
	int64_t length;

	if (text == NULL)
		return LENGTH_ABSENT;
	if (text[strspn(text, "0123456789")] != '\0' || !str_parse_int64(text, &length))
		return LENGTH_MALFORMED;
	return length;
}

/* text: seconds since 1970 with decimals. Returns microseconds; 0 if text is anything else. */
static int64_t params_instant(const char *text)
{
	int64_t us = 0, unit_us = CLOCK_SECOND_US;

	if (text == NULL)
		return 0;
	for (; ascii_is_digit(*text) && us < SECONDS_MAX; text++)
		us = us * 10 + (*text - '0');
	us *= unit_us;
	if (*text == '.')
		for (text++; ascii_is_digit(*text); text++)
			us += (*text - '0') * (unit_us /= 10);
	return *text == '\0' ? us : 0;
}

void params_read(char *const *environment, struct request *req, int64_t *length_r)
{
	const struct {
		enum param param;
		const char **to;
	} plain[] = {
		{REQUEST_METHOD, &req->method},
		{REMOTE_ADDR, &req->remote_addr},
		{SERVER_ADDR, &req->server_addr},
		{CONTENT_TYPE, &req->content_type},
		{HTTP_ACCEPT, &req->accept},
		{HTTP_ACCEPT_CHARSET, &req->accept_charset},
		{HTTP_ACCEPT_LANGUAGE, &req->accept_language},
		{HTTP_X_REQUESTED_WITH, &req->requested_with},
		{HTTP_AUTHORIZATION, &req->authorization},
		{HTTP_TOKEN, &req->token_header},
		{HTTP_X_WX_APPID, &req->app_id_header},
		{HTTP_X_FORWARDED_FOR, &req->forwarded_for},
	};
	struct params params = {0};

	params_collect(environment, &params, req);
	params_settle(&params, req);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		*plain[i].to =
			params_keep(&params, req, params.values[plain[i].param], PARAMS_VALUE_MAX);
	req->query = params_keep_bytes(&params, req, params.values[QUERY_STRING], PARAMS_VALUE_MAX);
	if (req->method == NULL)
		req->method = "";
	req->path = params_path(&params, req);
	params_set_url(&params, req);
	req->environment = environment;
	req->sent_us = params_instant(params.values[SENT_AT]);
	*length_r = params_length(params.values[CONTENT_LENGTH]);
	req->body.content_type = req->content_type;
	req->malformed = params.problem;
}
