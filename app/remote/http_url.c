#include <arpa/inet.h>
#include <curl/curl.h>

#include "ascii.h"
#include "buf.h"
#include "http_url.h"
#include "str.h"

#define PROXY_PROBLEM                                                                              \
	"its proxy is not http://host:port or http://user:password@host:port, with @ in a "        \
	"password as %40, # as %23 and / as %2F"

/* Returns NULL if there is none. The caller frees it by curl_free(). */
static char *part_of(CURLU *parts, CURLUPart part, unsigned flags)
{
	char *text = NULL;

	curl_url_get(parts, part, &text, flags);
	return text;
}

/* Returns NULL if there is none that is text: libcurl decodes %FF. */
static char *host_of(CURLU *parts)
{
	char *host = part_of(parts, CURLUPART_HOST, 0);

	if (host == NULL || str_is_utf8(host, strlen(host)))
		return host;
	curl_free(host);
	return NULL;
}

static bool has_part(CURLU *parts, CURLUPart part)
{
	char *text = part_of(parts, part, 0);
	bool has = text != NULL;

	curl_free(text);
	return has;
}

bool http_url_is_loopback(const char *host)
{
	struct in_addr address;

	if (host == NULL)
		return false;
	if (inet_pton(AF_INET, host, &address) == 1)
		return ntohl(address.s_addr) >> 24 == 127;
	return str_equal_nocase(host, "localhost") || strcmp(host, "::1") == 0 ||
		strcmp(host, "[::1]") == 0;
}

void http_url_append_host(struct buf *out, const char *url)
{
	CURLU *parts = curl_url();
	char *host, *port;

	curl_url_set(parts, CURLUPART_URL, url, 0);
	host = part_of(parts, CURLUPART_HOST, 0);
	port = part_of(parts, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
	for (const char *at = host; at != NULL && *at != '\0'; at++)
		buf_append_char(out, ascii_lower(*at));
	if (port != NULL)
		buf_printf(out, ":%s", port);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parts);
}

void http_url_append_params(struct buf *out, const struct http_param *params)
{
	const char *separator = "";

	for (const struct http_param *param = params; param->name != NULL; param++) {
		if (param->value == NULL)
			continue;
		buf_append_str(out, separator);
		buf_append_encoded(out, param->name);
		buf_append_char(out, '=');
		buf_append_encoded(out, param->value);
		separator = "&";
	}
}

/* ---- A server's. */

/* Returns NULL if it is neither of the two. */
static const char *scheme_of(CURLU *parts)
{
	char *scheme = part_of(parts, CURLUPART_SCHEME, 0);
	bool is_https = strcmp(scheme, "https") == 0;
	bool is_http = strcmp(scheme, "http") == 0;

	curl_free(scheme);
	return is_https ? "https" : is_http ? "http" : NULL;
}

static const char *read_server(CURLU *parts, struct http_server *server)
{
	if (curl_url_set(parts, CURLUPART_URL, server->url, 0) != CURLUE_OK)
		return "not a URL; write it as https://host";
	server->host = host_of(parts);
	if (server->host == NULL)
		return "not a URL; write it as https://host";
	if (has_part(parts, CURLUPART_QUERY) || has_part(parts, CURLUPART_FRAGMENT) ||
		has_part(parts, CURLUPART_USER))
		return "it has a user, a query or a fragment; write it without";
	server->scheme = scheme_of(parts);
	if (server->scheme == NULL ||
		(strcmp(server->scheme, "http") == 0 && !http_url_is_loopback(server->host)))
		return "not https://, which any other host than this needs";
	return NULL;
}

const char *http_url_read_server(const char *text, struct http_server *server_r)
{
	CURLU *parts = curl_url();
	const char *problem;

	*server_r = (struct http_server){.url = text};
	problem = read_server(parts, server_r);
	curl_url_cleanup(parts);
	return problem;
}

void http_url_release_server(struct http_server *server)
{
	curl_free(server->host);
}

/* ---- A proxy's. */

static bool has_path(CURLU *parts)
{
	char *path = part_of(parts, CURLUPART_PATH, 0);
	bool has = strcmp(path, "/") != 0;

	curl_free(path);
	return has;
}

/* Returns NULL if it lacks one of the two. */
static char *address_of(CURLU *parts)
{
	char *host = host_of(parts);
	char *port = part_of(parts, CURLUPART_PORT, 0);
	struct buf address = {0};

	if (host != NULL && port != NULL)
		buf_printf(&address, "%s:%s", host, port);
	curl_free(host);
	curl_free(port);
	return address.data;
}

static const char *read_proxy(CURLU *parts, const char *text, struct http_proxy *proxy)
{
	/* Some versions of libcurl take what follows the first @ for the host. */
	if (!str_starts_with_nocase(text, "http://") || strchr(text, '@') != strrchr(text, '@') ||
		curl_url_set(parts, CURLUPART_URL, text, 0) != CURLUE_OK || has_path(parts) ||
		has_part(parts, CURLUPART_QUERY) || has_part(parts, CURLUPART_FRAGMENT))
		return PROXY_PROBLEM;
	proxy->address = address_of(parts);
	proxy->user = part_of(parts, CURLUPART_USER, CURLU_URLDECODE);
	proxy->password = part_of(parts, CURLUPART_PASSWORD, CURLU_URLDECODE);
	if (proxy->address == NULL ||
		(proxy->password == NULL && has_part(parts, CURLUPART_PASSWORD)))
		return PROXY_PROBLEM;
	return NULL;
}

const char *http_url_read_proxy(const char *text, struct http_proxy *proxy_r)
{
	CURLU *parts = curl_url();
	const char *problem = NULL;

	*proxy_r = (struct http_proxy){0};
	if (!str_is_empty(text))
		problem = read_proxy(parts, text, proxy_r);
	curl_url_cleanup(parts);
	return problem;
}

void http_url_release_proxy(struct http_proxy *proxy)
{
	free(proxy->address);
	curl_free(proxy->user);
	curl_free(proxy->password);
}
