#include "conf.h"
#include "cors.h"
#include "endpoint.h"
#include "request.h"
#include "route.h"
#include "str.h"

#define SEPARATORS ", \t"
/* How a browser writes an origin, which is compared byte by byte. */
#define HOST_CHARS "abcdefghijklmnopqrstuvwxyz0123456789.-_[]:"

const char *cors_origin(const struct request *req)
{
	return req->has_browser_headers ? request_header(req, "Origin") : NULL;
}

bool cors_next_origin(const char **list, char origin_r[CORS_TEXT_SIZE])
{
	const char *word = *list + strspn(*list, SEPARATORS);
	const size_t size = strcspn(word, SEPARATORS);

	*list = word + size;
	snprintf(origin_r, CORS_TEXT_SIZE, "%.*s", (int)size, word);
	return size > 0;
}

/* Writes the origin of the request to origin_r if it is listed. */
static bool cors_find_origin(const struct request *req, char origin_r[CORS_TEXT_SIZE])
{
	const char *origin = cors_origin(req), *list = req->conf->http_origins;

	while (origin != NULL && cors_next_origin(&list, origin_r))
		if (strcmp(origin_r, origin) == 0)
			return true;
	return false;
}

/* A cache must not give an answer for one origin to another, or to none. */
static void cors_allow(struct request *req, const char *origin)
{
	response_header(req, "Vary", "Origin");
	if (origin != NULL)
		response_header(req, "Access-Control-Allow-Origin", origin);
}

bool cors_answer_preflight(const struct service *service, struct request *req)
{
	const char *methods = route_methods(service, req, ACCESS_BY_PERSON);
	char origin[CORS_TEXT_SIZE];

	if (strcmp(req->method, "OPTIONS") != 0 || methods == NULL ||
		!cors_find_origin(req, origin) ||
		request_header(req, "Access-Control-Request-Method") == NULL)
		return false;
	response_set(req, 204, NULL);
	cors_allow(req, origin);
	response_header(req, "Access-Control-Allow-Methods", methods);
	response_header(
		req, "Access-Control-Allow-Headers", "Authorization, Content-Type, X-WX-AppId");
	response_header(req, "Access-Control-Max-Age", "600");
	return true;
}

void cors_write_headers(struct request *req)
{
	char origin[CORS_TEXT_SIZE];
	bool is_listed;

	if (req->endpoint == NULL || (req->endpoint->access & ACCESS_BY_PERSON) == 0)
		return;
	is_listed = cors_find_origin(req, origin);
	cors_allow(req, is_listed ? origin : NULL);
	if (is_listed)
		response_header(req, "Access-Control-Expose-Headers",
			"X-Request-Id, X-Access-Token, X-Access-Token-Expires, Retry-After, "
			"WWW-Authenticate");
}

/* Returns what is wrong with one origin; NULL if a browser writes one so. */
static const char *cors_find_problem_of(const char *origin)
{
	const char *host = strstr(origin, "://"), *port;

	if (strcmp(origin, "*") == 0 || strcmp(origin, "null") == 0)
		return "would let in pages of anybody; list each origin";
	if (!str_starts_with(origin, "https://") && !str_starts_with(origin, "http://"))
		return "is no origin; write it as https://h5.example.com";
	host += strlen("://");
	if (*host == '\0' || host[strspn(host, HOST_CHARS)] != '\0')
		return "is no origin: it has a scheme and a host in small letters, and no path";
	port = *host == '[' ? strstr(host, "]:") : strchr(host, ':');
	if (port == NULL)
		return NULL;
	port = strrchr(port, ':');
	if (strcmp(port, str_starts_with(origin, "https:") ? ":443" : ":80") == 0)
		return "has its scheme's own port, which browsers leave out";
	return port[1] == '\0' || port[1 + strspn(port + 1, "0123456789")] != '\0'
		? "has a port that is no number"
		: NULL;
}

const char *cors_find_problem(const char *origins, char text_r[CORS_TEXT_SIZE])
{
	char origin[CORS_TEXT_SIZE];
	const char *problem = NULL;

	while (problem == NULL && cors_next_origin(&origins, origin))
		problem = cors_find_problem_of(origin);
	if (problem == NULL)
		return NULL;
	snprintf(text_r, CORS_TEXT_SIZE, "http.origins: %.128s %s", origin, problem);
	return text_r;
}
