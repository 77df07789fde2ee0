#include <string.h>

#include "arena.h"
#include "ctl.h"
#include "endpoints.h"
#include "refusals.h"
#include "request.h"

static const struct media media[REFUSAL_FORMS_MAX] = {
	{.format = FORMAT_JSON, .type = "application/json"},
	{.format = FORMAT_XML, .type = "application/xml"},
	{.format = FORMAT_XML, .type = "text/xml"},
};

const struct refusal_occasion refusal_occasions[] = {
	{"bad_request", ERR_BAD_REQUEST},
	{"busy", ERR_BUSY},
	{"too_large", ERR_TOO_LARGE},
	{0},
};

/* conf/ has the same list for each web server. */
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

static const char *ending_of(const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].type, type) == 0)
			return types[i].ending;
	BUG("no web server knows a file of type %s", type);
}

size_t refusal_write(struct ctl *ctl, const struct refusal *refusal, enum err err,
	struct refusal_form forms_r[REFUSAL_FORMS_MAX])
{
	const struct dialect *dialect = refusal->dialect;
	size_t n = dialect->is_negotiating && (dialect->formats & FORMAT_XML) != 0
		? REFUSAL_FORMS_MAX
		: 1;

	for (size_t i = 0; i < n; i++) {
		struct request req = {
			.arena = ctl->arena,
			.conf = ctl->conf,
			.dialect = dialect,
			.endpoint = refusal->endpoint,
			.media = media[i],
			.err = err,
		};

		dialect->refuse(&req);
		forms_r[i].ending = ending_of(req.response.content_type);
		forms_r[i].text = arena_strdup(ctl->arena, req.response.body.data);
		buf_release(&req.response.body);
		buf_release(&req.response.headers);
	}
	return n;
}

static bool are_alike(struct ctl *ctl, const struct refusal *a, const struct refusal *b)
{
	const struct refusal_occasion *occasion = refusal_occasions;
	struct refusal_form of_a[REFUSAL_FORMS_MAX], of_b[REFUSAL_FORMS_MAX];

	for (; occasion->name != NULL; occasion++) {
		refusal_write(ctl, a, occasion->err, of_a);
		refusal_write(ctl, b, occasion->err, of_b);
		if (strcmp(of_a->ending, of_b->ending) != 0 || strcmp(of_a->text, of_b->text) != 0)
			return false;
	}
	return true;
}

static struct refusal refusal_of_dialect(struct ctl *ctl, const struct dialect *dialect)
{
	struct refusal refusal = {.dialect = dialect, .name = dialect->name};
	struct refusal_form forms[REFUSAL_FORMS_MAX];

	if (refusal_write(ctl, &refusal, ERR_BUSY, forms) == 1)
		refusal.ending = forms->ending;
	return refusal;
}

/* "api-Customer-Logout" */
static const char *name_of_path(struct arena *arena, const char *path)
{
	char *name = arena_strdup(arena, path);

	for (char *slash = name; (slash = strchr(slash, '/')) != NULL;)
		*slash = '-';
	return name;
}

const struct refusal *refusals_list(struct ctl *ctl)
{
	const size_t n_endpoints = endpoint_count(endpoints);
	struct refusal *refusals, *end;
	size_t n_dialects = 0;

	while (dialects[n_dialects] != NULL)
		n_dialects++;
	refusals = arena_array(ctl->arena, struct refusal, n_dialects + n_endpoints + 1);
	end = refusals;
	/* The longer prefixes stand first there. */
	for (size_t i = n_dialects; i > 0; i--)
		*end++ = refusal_of_dialect(ctl, dialects[i - 1]);
	for (size_t i = 0; i < n_endpoints; i++) {
		const struct endpoint *endpoint = endpoints[i];
		const struct refusal of_dialect = refusal_of_dialect(ctl, endpoint->dialect);
		struct refusal own = of_dialect;

		own.endpoint = endpoint;
		own.name = name_of_path(ctl->arena, endpoint->path);
		if (!are_alike(ctl, &own, &of_dialect))
			*end++ = own;
	}
	return refusals;
}
