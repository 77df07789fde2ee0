#include <string.h>

#include "arena.h"
#include "ctl.h"
#include "endpoints.h"
#include "error_pages.h"
#include "request.h"

static const struct media media[ERROR_PAGE_FORMS_MAX] = {
	{.format = FORMAT_JSON, .content_type = "application/json; charset=utf-8"},
	{.format = FORMAT_XML, .content_type = "application/xml; charset=utf-8"},
	{.format = FORMAT_XML, .content_type = "text/xml; charset=utf-8"},
};

const struct error_occasion error_occasions[] = {
	{"bad_request", ERR_BAD_REQUEST},
	{"busy", ERR_BUSY},
	{"too_large", ERR_TOO_LARGE},
	{0},
};

/* The web servers' files in conf/ have the same list. */
static const struct {
	const char *ending, *type;
} types[] = {
	{"json", "application/json; charset=utf-8"},
	{"plain-json", "application/json"},
	{"problem-json", "application/problem+json"},
	{"text-xml", "text/xml; charset=utf-8"},
	{"txt", "text/plain; charset=utf-8"},
	{"xml", "application/xml; charset=utf-8"},
};

static const char *error_page_ending(const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].ending;
	BUG("no web server knows a file of type %s", type);
}

size_t error_page_write(struct ctl *ctl, const struct error_page *page, enum err err,
	struct error_page_form forms_r[ERROR_PAGE_FORMS_MAX])
{
	const struct dialect *dialect = page->dialect;
	size_t n = dialect->is_negotiating && (dialect->formats & FORMAT_XML) != 0
		? ERROR_PAGE_FORMS_MAX
		: 1;

	for (size_t i = 0; i < n; i++) {
		struct request req = {
			.arena = ctl->arena,
			.conf = ctl->conf,
			.dialect = dialect,
			.endpoint = page->endpoint,
			.media = media[i],
			.err = err,
		};

		dialect->refuse(&req);
		forms_r[i].ending = error_page_ending(req.response.content_type);
		forms_r[i].text = arena_strdup(ctl->arena, req.response.body.data);
		buf_release(&req.response.body);
		buf_release(&req.response.headers);
	}
	return n;
}

static bool error_pages_are_equal(
	struct ctl *ctl, const struct error_page *a, const struct error_page *b)
{
	const struct error_occasion *occasion = error_occasions;
	struct error_page_form of_a[ERROR_PAGE_FORMS_MAX], of_b[ERROR_PAGE_FORMS_MAX];

	for (; occasion->name != NULL; occasion++) {
		error_page_write(ctl, a, occasion->err, of_a);
		error_page_write(ctl, b, occasion->err, of_b);
		if (strcmp(of_a->ending, of_b->ending) != 0 || strcmp(of_a->text, of_b->text) != 0)
			return false;
	}
	return true;
}

static struct error_page error_page_of_dialect(struct ctl *ctl, const struct dialect *dialect)
{
	struct error_page page = {.dialect = dialect, .name = dialect->name};
	struct error_page_form forms[ERROR_PAGE_FORMS_MAX];

	if (error_page_write(ctl, &page, ERR_BUSY, forms) == 1)
		page.ending = forms->ending;
	return page;
}

/* Returns "api-Customer-Logout". */
static const char *error_page_name(struct arena *arena, const char *path)
{
	char *name = arena_strdup(arena, path);

	for (char *slash = name; (slash = strchr(slash, '/')) != NULL;)
		*slash = '-';
	return name;
}

const struct error_page *error_pages_list(struct ctl *ctl)
{
	const size_t n_endpoints = endpoint_count(endpoints);
	struct error_page *pages, *end;
	size_t n_dialects = 0;

	while (dialects[n_dialects] != NULL)
		n_dialects++;
	pages = arena_array(ctl->arena, struct error_page, n_dialects + n_endpoints + 1);
	end = pages;
	/* The dialects with longer prefixes stand first there. */
	for (size_t i = n_dialects; i > 0; i--)
		*end++ = error_page_of_dialect(ctl, dialects[i - 1]);
	for (size_t i = 0; i < n_endpoints; i++) {
		const struct endpoint *endpoint = endpoints[i];
		const struct error_page of_dialect = error_page_of_dialect(ctl, endpoint->dialect);
		struct error_page own = of_dialect;

		own.endpoint = endpoint;
		own.name = error_page_name(ctl->arena, endpoint->path);
		if (!error_pages_are_equal(ctl, &own, &of_dialect))
			*end++ = own;
	}
	return pages;
}
