#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "command.h"
#include "conf.h"
#include "cors.h"
#include "endpoints.h"
#include "error_pages.h"
#include "socket_name.h"
#include "str.h"

enum { WEB_SERVER };

/* What a web server has to know. The regular expressions mean the same to all web servers. */
struct routes {
	struct arena *arena;
	const char *base;         /* may stand before a path: "(?:/wx)?" */
	const char *remote_paths; /* of the remote pool's endpoints, whole */
	/* How the paths of all endpoints begin, up to the parameter that some have. */
	const char *declared_paths;
	/* A path, 127.0.0.1:PORT, or "" if the web server starts the workers. */
	const char *core_socket, *remote_socket;
	const struct error_page *pages; /* the first is for all paths, in one form */
	const char *origins;            /* http.origins */
};

/* Apache chooses the error page before it decodes the URI. */
static void append_escaped(struct buf *pattern, const char *text, size_t size)
{
	buf_append_str(pattern, "(?:");
	if (size == 1)
		buf_printf(pattern, "\\x%02X", (unsigned char)*text);
	else
		buf_append(pattern, text, size);
	buf_append_str(pattern, "|(?i:");
	for (size_t i = 0; i < size; i++)
		buf_printf(pattern, "%%%02X", (unsigned char)text[i]);
	buf_append_str(pattern, "))");
}

/* Returns an expression for the text that needs no quoting in the file of any web server. Some
 * match bytes and some UTF-8. */
static const char *pattern_of_text(struct arena *arena, const char *text, size_t size)
{
	struct buf pattern = {0};
	const char *copy;

	for (size_t i = 0, n; i < size; i += n) {
		n = str_size_of_chars(text + i, 1);
		if (isalnum((unsigned char)text[i]) || strchr("/_-", text[i]) != NULL)
			buf_append_char(&pattern, text[i]);
		else
			append_escaped(&pattern, text + i, n);
	}
	copy = size == 0 ? "" : arena_strdup(arena, pattern.data);
	buf_release(&pattern);
	return copy;
}

static bool has_parameter(const struct endpoint *endpoint)
{
	return strchr(endpoint->path, '{') != NULL;
}

/* Returns an expression for the path up to its parameter, or for all of it if it has none. */
static const char *pattern_of_beginning(struct arena *arena, const struct endpoint *endpoint)
{
	return arena_printf(arena, "/%s",
		pattern_of_text(arena, endpoint->path, strcspn(endpoint->path, "{")));
}

static const char *pattern_of_endpoint(struct arena *arena, const struct endpoint *endpoint)
{
	const char *path = pattern_of_beginning(arena, endpoint);

	if (has_parameter(endpoint)) {
		const char *rest = strchr(endpoint->path, '}') + 1;

		path = arena_printf(
			arena, "%s[^/]+%s", path, pattern_of_text(arena, rest, strlen(rest)));
	}
	return endpoint->dialect->is_case_sensitive ? path : arena_printf(arena, "(?i:%s/?)", path);
}

/* Returns an expression for how the path begins. A query may follow a whole path. */
static const char *pattern_of_declared(struct arena *arena, const struct endpoint *endpoint)
{
	if (has_parameter(endpoint))
		return pattern_of_beginning(arena, endpoint);
	return arena_printf(arena, "%s(?=[?]|$)", pattern_of_endpoint(arena, endpoint));
}

static const char *pattern_of_dialect(struct arena *arena, const struct dialect *dialect)
{
	const char *prefix = pattern_of_text(arena, dialect->prefix, strlen(dialect->prefix));

	return arena_printf(arena, dialect->is_case_sensitive ? "/%s" : "(?i:/%s)", prefix);
}

/* Returns how the paths of the error page begin. */
static const char *pattern_of_page(const struct routes *routes, const struct error_page *page)
{
	struct arena *arena = routes->arena;

	if (page == routes->pages)
		return "";
	if (page->endpoint == NULL)
		return arena_printf(
			arena, "%s%s", routes->base, pattern_of_dialect(arena, page->dialect));
	return arena_printf(
		arena, "%s%s$", routes->base, pattern_of_endpoint(arena, page->endpoint));
}

/* Adds a path to an expression that begins with routes->base. */
static void append_path(struct buf *paths, const struct routes *routes, const char *pattern)
{
	if (paths->size == 0)
		buf_printf(paths, "%s(?:%s", routes->base, pattern);
	else
		buf_printf(paths, "|%s", pattern);
}

/* Whether the endpoint is the first in the list that has its path. */
static bool is_first_of_path(const struct endpoint *const *endpoint)
{
	const struct endpoint *const *first = endpoints;

	while (!endpoint_shares_path(*first, *endpoint))
		first++;
	return first == endpoint;
}

/* A whole path comes before one that begins like it. */
static void routes_find_paths(struct routes *routes)
{
	struct arena *arena = routes->arena;
	struct buf remote = {.arena = arena}, declared = {.arena = arena};

	for (int of_parameter = 0; of_parameter < 2; of_parameter++)
		for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
			if (is_first_of_path(at) && has_parameter(*at) == of_parameter)
				append_path(&declared, routes, pattern_of_declared(arena, *at));
	for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
		if (is_first_of_path(at) && (*at)->pool == POOL_REMOTE)
			append_path(&remote, routes, pattern_of_endpoint(arena, *at));
	buf_append_char(&remote, ')');
	buf_append_char(&declared, ')');
	routes->remote_paths = remote.data;
	routes->declared_paths = declared.data;
}

/* nginx compares without case, so it answers with the origin as it is listed. */
static void print_nginx_origins(const char *list)
{
	char origin[CORS_TEXT_SIZE];

	printf("# The origin of a page that may read nginx's own error answers.\n"
	       "map $http_origin $wxuser_origin {\n"
	       "    default \"\";\n");
	while (cors_next_origin(&list, origin))
		printf("    \"%s\" \"%s\";\n", origin, origin);
	puts("}\n");
}

static void print_nginx(const struct routes *routes)
{
	const struct error_page *at = routes->pages;

	print_nginx_origins(routes->origins);
	printf("# The upstream that serves a path.\n"
	       "map $uri $wxuser_pool {\n"
	       "    default wxuser_core;\n"
	       "    \"~^%s$\" wxuser_remote;\n"
	       "}\n\n"
	       "# The path of the original request if it is an endpoint's.\n"
	       "map $request_uri $wxuser_declared_path {\n"
	       "    default \"\";\n"
	       "    \"~^(?<wxuser_path>%s)\" $wxuser_path;\n"
	       "}\n\n"
	       "# nginx has no path of a request line that is too long or cannot be parsed.\n"
	       "map $request $wxuser_long_path {\n"
	       "    default \"\";\n"
	       "    \"~^\\S+ (?<wxuser_line_path>[^ ?]*)\" $wxuser_line_path;\n"
	       "}\n"
	       "map $uri $wxuser_error_path {\n"
	       "    default $uri;\n"
	       "    \"\" $wxuser_long_path;\n"
	       "}\n"
	       "# The error page of a path. The first pattern that fits counts.\n"
	       "map $wxuser_error_path $wxuser_error_page {\n"
	       "    default %s.%s;\n",
		routes->remote_paths, routes->declared_paths, at->name, at->ending);
	while (at->name != NULL)
		at++;
	while (--at > routes->pages)
		printf("    \"~^%s\" %s.%s;\n", pattern_of_page(routes, at), at->name,
			at->ending == NULL ? "$wxuser_media" : at->ending);
	puts("}");
}

/* SetEnvIf would not match here: it sees an empty header after a SetEnvIfExpr with a regular
 * expression. */
static void print_apache_form(const char *pattern, const struct error_page *page)
{
	printf("SetEnvIfExpr \"%%{REQUEST_URI} =~ m#^%s#", pattern);
	if (page->ending != NULL)
		printf("\" wxuser_error_page=%s.%s\n", page->name, page->ending);
	else
		printf(" && reqenv('wxuser_media') =~ /(.+)/\" wxuser_error_page=%s.$1\n",
			page->name);
}

static void print_apache_forms(const struct routes *routes, const char *before_base)
{
	const struct error_page *at = routes->pages;

	printf("# The error page of a path. The last pattern that fits counts.\n"
	       "SetEnvIf Request_URI \"^\" wxuser_error_page=%s.%s\n",
		at->name, at->ending);
	while ((++at)->name != NULL)
		print_apache_form(arena_printf(routes->arena, "%s%s", before_base,
					  pattern_of_page(routes, at)),
			at);
}

/* Returns an expression for any origin of the list; NULL if there is none. */
static const char *pattern_of_origins(struct arena *arena, const char *list)
{
	struct buf pattern = {.arena = arena};
	char origin[CORS_TEXT_SIZE];

	while (cors_next_origin(&list, origin)) {
		if (pattern.size > 0)
			buf_append_char(&pattern, '|');
		for (const char *at = origin; *at != '\0'; at++)
			buf_printf(&pattern, strchr(".[]", *at) != NULL ? "\\%c" : "%c", *at);
	}
	return pattern.data;
}

static void print_apache_origins(const struct routes *routes)
{
	const char *pattern = pattern_of_origins(routes->arena, routes->origins);

	if (pattern != NULL)
		printf("\n# The origin of a page that may read Apache's own error answers.\n"
		       "SetEnvIf Origin \"^(%s)$\" wxuser_origin=$1\n",
			pattern);
}

/* A URL has brackets around an IPv6 address. */
static void print_apache_backend(const char *pool, const char *address)
{
	const char *port = strrchr(address, ':');
	bool lacks_brackets = *address != '[' && strchr(address, ':') != port;

	if (socket_name_is_path(address))
		printf("Define wxuser_%s \"unix:%s|fcgi://wxuser-%s\"\n", pool, address, pool);
	else if (port != NULL)
		printf("Define wxuser_%s \"fcgi://%s%.*s%s%s\"\n", pool, lacks_brackets ? "[" : "",
			(int)(port - address), address, lacks_brackets ? "]" : "", port);
}

static void print_apache(const struct routes *routes)
{
	print_apache_backend("core", routes->core_socket);
	print_apache_backend("remote", routes->remote_socket);
	printf("Define wxuser_remote_paths \"%s\"\n\n"
	       "# The path if it is an endpoint's.\n"
	       "SetEnvIf Request_URI \"^(%s)\" wxuser_path=$1\n\n",
		routes->remote_paths, routes->declared_paths);
	print_apache_forms(routes, "");
	print_apache_origins(routes);
}

/* Apache reads .htaccess again for the path below the wrapper of the pool. */
static void print_htaccess(const struct routes *routes)
{
	const char *wrapper = "(?:/wxuser\\.\\w+)?";

	printf("# The pool that serves a path.\n"
	       "SetEnvIf Request_URI \"^\" wxuser_pool=core\n"
	       "SetEnvIf Request_URI \"^%s%s$\" wxuser_pool=remote\n\n",
		wrapper, routes->remote_paths);
	print_apache_forms(routes, wrapper);
	print_apache_origins(routes);
}

/* A host of lighttpd has none. */
static void print_lighttpd_backend(const char *pool, const char *address)
{
	const char *port = strrchr(address, ':');
	int n_brackets = *address == '[';

	if (socket_name_is_path(address))
		printf("var.wxuser_%s = ( \"socket\" => \"%s\" )\n", pool, address);
	else if (port != NULL)
		printf("var.wxuser_%s = ( \"host\" => \"%.*s\", \"port\" => %s )\n", pool,
			(int)(port - address) - 2 * n_brackets, address + n_brackets, port + 1);
}

/* more: behind those of each error answer. */
static void print_lighttpd_headers(const char *origins, const char *more)
{
	char origin[CORS_TEXT_SIZE];

	printf("    setenv.set-response-header = ( \"X-Content-Type-Options\" => \"nosniff\"%s )\n",
		more);
	while (cors_next_origin(&origins, origin))
		printf("    $REQUEST_HEADER[\"Origin\"] == \"%s\" {\n"
		       "        setenv.set-response-header += (\n"
		       "            \"Access-Control-Allow-Origin\"   => \"%s\",\n"
		       "            \"Access-Control-Expose-Headers\" => \"Retry-After\",\n"
		       "            \"Vary\"                          => \"Origin\"\n"
		       "        )\n"
		       "    }\n",
			origin, origin);
}

/* lighttpd refuses the condition of an "else", as wxuser.conf has it, a second time. */
static void print_lighttpd_errors(const char *origins)
{
	printf("\n# The headers of lighttpd's own error answers, which a page of a listed\n"
	       "# origin may read. A later list replaces an earlier one, so no other file may\n"
	       "# set one for these answers. What a site adds to all, such as HSTS, is apart.\n"
	       "$HTTP[\"url\"] =~ \"^/\\.wxuser-errors/.\" {\n");
	print_lighttpd_headers(origins, "");
	printf("    # Not to a body over the limit.\n"
	       "    $REQUEST_HEADER[\"Content-Length\"] !~ \"^[0-9]{7}\" {\n"
	       "    $HTTP[\"url\"] =~ \"^/\\.wxuser-errors/busy/\" {\n");
	print_lighttpd_headers(origins, ", \"Retry-After\" => \"5\"");
	printf("    }\n    }\n}\n");
}

static void print_lighttpd(const struct routes *routes)
{
	const struct error_page *at = routes->pages;

	print_lighttpd_backend("core", routes->core_socket);
	print_lighttpd_backend("remote", routes->remote_socket);
	printf("var.wxuser_remote_paths = \"%s\"\n"
	       "var.wxuser_declared_paths = \"%s\"\n\n"
	       "# The error page of a path. The last pattern that fits counts; the first page is\n"
	       "# for requests that lighttpd cannot parse.\n"
	       "server.error-handler = \"/.wxuser-errors/bad_request/%s.%s\"\n",
		routes->remote_paths, routes->declared_paths, at->name, at->ending);
	for (; at->name != NULL; at++)
		printf("$HTTP[\"url\"] =~ \"^%s\" {\n"
		       "    server.error-handler = \"/.wxuser-errors/busy/%s%s%s\"\n"
		       "}\n",
			pattern_of_page(routes, at), at->name, at->ending == NULL ? "" : ".",
			at->ending == NULL ? "" : at->ending);
	print_lighttpd_errors(routes->origins);
}

static int routes_write(struct ctl *ctl, const struct argument *arguments)
{
	static void (*const print[])(const struct routes *routes) = {
		print_nginx, print_apache, print_htaccess, print_lighttpd};
	const char *base = ctl->conf->server_base_path;
	struct routes routes = {
		.arena = ctl->arena,
		.base = "",
		.core_socket = ctl->conf->server_listen_core,
		.remote_socket = ctl->conf->server_listen_remote,
		.pages = error_pages_list(ctl),
		.origins = ctl->conf->http_origins,
	};

	if (*base != '\0')
		routes.base = arena_printf(
			ctl->arena, "(?:%s)?", pattern_of_text(ctl->arena, base, strlen(base)));
	routes_find_paths(&routes);
	printf("# Written by \"wxuserctl routes %s\".\n", arguments[WEB_SERVER].text);
	print[arguments[WEB_SERVER].number](&routes);
	return EXIT_SUCCESS;
}

const struct command command_routes = {
	.name = "routes",
	.arguments = "nginx|apache|htaccess|lighttpd",
	.summary = "Writes for a web server which pool serves which path",
	.details =
		"Writes a part of the web server's configuration to standard output: which paths\n"
		"the remote pool serves, which an access log may show, and which error page of\n"
		"\"errors export\" each path has, and which pages may read these (http.origins).\n"
		"The paths stand with and without [server] base_path. For Apache and lighttpd\n"
		"the sockets of [server] listen_core and listen_remote stand there, too.\n"
		"\"make install\" has written it for the default configuration. Write it again\n"
		"after a change of these keys and after an upgrade.\n",
	.needs = NEEDS_CONF,
	.run = routes_write,
};
