#include "arena.h"
#include "conf.h"
#include "params.h"
#include "request.h"
#include "str.h"

enum param {
	REQUEST_METHOD,
	REQUEST_URI,
	REQUEST_SCHEME,
	PATH_INFO,
	SCRIPT_NAME,
	QUERY_STRING,
	HTTPS,
	SERVER_NAME,
	SERVER_PORT,
	REMOTE_ADDR,
	SERVER_ADDR,
	CONTENT_TYPE,
	CONTENT_LENGTH,
	HTTP_HOST,
	HTTP_CONTENT_TYPE,
	HTTP_ACCEPT,
	HTTP_ACCEPT_CHARSET,
	HTTP_ACCEPT_LANGUAGE,
	HTTP_X_REQUESTED_WITH,
	HTTP_AUTHORIZATION,
	HTTP_TOKEN,
	HTTP_X_WX_APPID,
	HTTP_X_FORWARDED_FOR,
	SENT_AT,
	N_PARAMS
};

static const char *const names[N_PARAMS] = {
	[REQUEST_METHOD] = "REQUEST_METHOD",
	[REQUEST_URI] = "REQUEST_URI",
	[REQUEST_SCHEME] = "REQUEST_SCHEME",
	[PATH_INFO] = "PATH_INFO",
	[SCRIPT_NAME] = "SCRIPT_NAME",
	[QUERY_STRING] = "QUERY_STRING",
	[HTTPS] = "HTTPS",
	[SERVER_NAME] = "SERVER_NAME",
	[SERVER_PORT] = "SERVER_PORT",
	[REMOTE_ADDR] = "REMOTE_ADDR",
	[SERVER_ADDR] = "SERVER_ADDR",
	[CONTENT_TYPE] = "CONTENT_TYPE",
	[CONTENT_LENGTH] = "CONTENT_LENGTH",
	[HTTP_HOST] = "HTTP_HOST",
	[HTTP_CONTENT_TYPE] = "HTTP_CONTENT_TYPE",
	[HTTP_ACCEPT] = "HTTP_ACCEPT",
	[HTTP_ACCEPT_CHARSET] = "HTTP_ACCEPT_CHARSET",
	[HTTP_ACCEPT_LANGUAGE] = "HTTP_ACCEPT_LANGUAGE",
	[HTTP_X_REQUESTED_WITH] = "HTTP_X_REQUESTED_WITH",
	[HTTP_AUTHORIZATION] = "HTTP_AUTHORIZATION",
	[HTTP_TOKEN] = "HTTP_TOKEN",
	[HTTP_X_WX_APPID] = "HTTP_X_WX_APPID",
	[HTTP_X_FORWARDED_FOR] = "HTTP_X_FORWARDED_FOR",
	[SENT_AT] = "SENT_AT",
};

/* What browsers and proxies add, and a tenant's server does not. */
static const char *const cross_origin[] = {
	"HTTP_ORIGIN=", "HTTP_SEC_FETCH_", "HTTP_X_FORWARDED_FOR=", "HTTP_FORWARDED=", "HTTP_VIA=",
	NULL};

struct params {
	const char *values[N_PARAMS]; /* NULL: absent or "" */
	struct buf lists[N_PARAMS];   /* of the values that came in several lines */
	bool is_offensive;
};

/* The value, if the entry has this name. */
static const char *value_of(const char *entry, const char *name)
{
	size_t size = strlen(name);

	return strncmp(entry, name, size) == 0 && entry[size] == '=' ? entry + size + 1 : NULL;
}

static bool is_list(enum param param)
{
	return param == HTTP_ACCEPT || param == HTTP_ACCEPT_CHARSET ||
		param == HTTP_ACCEPT_LANGUAGE || param == HTTP_X_FORWARDED_FOR;
}

/* A header in several lines is a list (RFC 9110, 5.3), as which Apache and lighttpd pass it on. */
static void join(struct params *params, enum param param, const char *line)
{
	struct buf *list = &params->lists[param];

	if (list->size == 0)
		buf_append_str(list, params->values[param]);
	buf_printf(list, ", %s", line);
	params->values[param] = list->data;
}

/* "a, a" of what is no list, to "a": it was sent twice. What was empty was not sent. */
static void drop_repetitions(struct params *params, struct request *req, enum param param)
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

/* The first value counts, but for headers. */
static void note(struct params *params, enum param param, const char *value)
{
	const char **known = &params->values[param];

	if (*value == '\0')
		return;
	if (*known == NULL)
		*known = value;
	else if (param == HTTP_AUTHORIZATION)
		params->is_offensive |= strcmp(*known, value) != 0;
	else if (str_starts_with(names[param], "HTTP_"))
		join(params, param, value);
}

static bool is_header_of_one_value(enum param param)
{
	return param == CONTENT_TYPE || (str_starts_with(names[param], "HTTP_") && !is_list(param));
}

/* Whether it is several, as "Bearer a, Basic b", which nginx refuses. */
static bool is_contradictory(const char *authorization)
{
	const char *next = authorization;

	while (next != NULL && (next = strstr(next, ", ")) != NULL) {
		next += strlen(", ");
		if (next[strcspn(next, " =,\"")] == ' ')
			return true;
	}
	return false;
}

/* "http://host/path" names the host, whatever Host says (RFC 9112, 3.2.2). */
static void read_absolute_target(struct params *params, struct request *req)
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

static void settle(struct params *params, struct request *req)
{
	for (enum param param = 0; param < N_PARAMS; param++)
		if (is_header_of_one_value(param))
			drop_repetitions(params, req, param);
	params->is_offensive |= is_contradictory(params->values[HTTP_AUTHORIZATION]);
	/* nginx gives the first line alone as CONTENT_TYPE. */
	if (params->values[HTTP_CONTENT_TYPE] != NULL)
		params->values[CONTENT_TYPE] = params->values[HTTP_CONTENT_TYPE];
	read_absolute_target(params, req);
}

static void collect(char *const *environment, struct params *params, struct request *req)
{
	for (; *environment != NULL; environment++) {
		for (const char *const *name = cross_origin; *name != NULL; name++)
			req->has_cross_origin_headers |= str_starts_with(*environment, *name);
		for (enum param param = 0; param < N_PARAMS; param++) {
			const char *value = value_of(*environment, names[param]);

			if (value != NULL)
				note(params, param, value);
		}
	}
}

/* A copy of what is not too long, NULL of what is absent. */
static char *keep_bytes(struct params *params, struct request *req, const char *value, size_t most)
{
	size_t size = value == NULL ? 0 : strnlen(value, most + 1);

	params->is_offensive |= size > most;
	return size > most ? NULL : arena_strndup(req->arena, value, size);
}

/* The same of text. */
static char *keep(struct params *params, struct request *req, const char *value, size_t most)
{
	char *text = keep_bytes(params, req, value, most);

	if (text == NULL || str_is_utf8(text, strlen(text)))
		return text;
	params->is_offensive = true;
	return NULL;
}

static bool has_control(const char *text)
{
	while ((unsigned char)*text >= ' ' && *text != 0x7f)
		text++;
	return *text != '\0';
}

/* Bytes that are no text are escaped, as in any URI; control characters, which most web servers
 * refuse, offend. */
static const char *keep_target(struct params *params, struct request *req)
{
	const char *bytes = keep_bytes(params, req, params->values[REQUEST_URI], PARAMS_VALUE_MAX);
	struct buf text = {0};
	const char *kept;

	params->is_offensive |= bytes != NULL && has_control(bytes);
	if (bytes == NULL || str_is_utf8(bytes, strlen(bytes)))
		return bytes;
	for (; *bytes != '\0'; bytes++) {
		if ((unsigned char)*bytes < 0x80)
			buf_append_char(&text, *bytes);
		else
			buf_printf(&text, "%%%02X", (unsigned char)*bytes);
	}
	kept = arena_strndup(req->arena, text.data, text.size);
	buf_release(&text);
	return kept;
}

static const char *path_of(struct params *params, struct request *req)
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
		params->is_offensive |= strlen(decoded) != size; /* %00 */
		raw = raw == NULL ? decoded : raw;
	}
	path = keep(params, req, raw, PARAMS_PATH_MAX);
	return path == NULL || *path != '/' ? "/" : path;
}

static bool is_default_port(const char *scheme, const char *port)
{
	return strcmp(port, strcmp(scheme, "https") == 0 ? "443" : "80") == 0;
}

/* Without the port of "host:port" or "[::1]:port". */
static size_t host_size(const char *host)
{
	size_t address_size = *host == '[' ? strcspn(host, "]") : 0;

	return address_size + strcspn(host + address_size, ":");
}

static void set_uri(struct params *params, struct request *req)
{
	const char *host = keep(params, req, params->values[HTTP_HOST], PARAMS_VALUE_MAX);
	const char *target = keep_target(params, req);
	const char *scheme = keep(params, req, params->values[REQUEST_SCHEME], 16);
	const char *port = keep(params, req, params->values[SERVER_PORT], 5);

	if (params->values[HTTPS] != NULL && !str_equal_nocase(params->values[HTTPS], "off"))
		scheme = "https";
	if (scheme == NULL)
		scheme = "http";
	if (host != NULL || port == NULL || is_default_port(scheme, port))
		port = "";
	if (host == NULL)
		host = keep(params, req, params->values[SERVER_NAME], PARAMS_VALUE_MAX);
	if (host == NULL)
		host = "localhost";
	if (target == NULL || *target != '/')
		target = req->path;
	req->host = arena_strndup(req->arena, host, host_size(host));
	req->uri = arena_printf(req->arena, "%s://%s%s%s%s", scheme, host, *port == '\0' ? "" : ":",
		port, target);
}

static int64_t length_of(const char *text)
{
	int64_t length;

	if (text == NULL)
		return LENGTH_ABSENT;
	if (text[strspn(text, "0123456789")] != '\0' || !str_parse_int64(text, &length))
		return LENGTH_MALFORMED;
	return length;
}

/* Of seconds since 1970 with decimals; 0: it is none. */
static int64_t instant_of(const char *text)
{
	char *end;
	double s = text == NULL ? 0 : strtod(text, &end);

	return s > 0 && s < 1e11 && *end == '\0' ? (int64_t)(s * 1e6) : 0;
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

	collect(environment, &params, req);
	settle(&params, req);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		*plain[i].to =
			keep(&params, req, params.values[plain[i].param], PARAMS_VALUE_MAX);
	req->query = keep_bytes(&params, req, params.values[QUERY_STRING], PARAMS_VALUE_MAX);
	if (req->method == NULL)
		req->method = "";
	req->path = path_of(&params, req);
	set_uri(&params, req);
	req->environment = environment;
	req->sent_us = instant_of(params.values[SENT_AT]);
	*length_r = length_of(params.values[CONTENT_LENGTH]);
	req->body.content_type = req->content_type;
	req->body_is_incomplete = params.is_offensive;
	for (enum param param = 0; param < N_PARAMS; param++)
		buf_release(&params.lists[param]);
}
