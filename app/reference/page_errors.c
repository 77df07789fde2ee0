#include <string.h>

#include "arena.h"
#include "cause.h"
#include "endpoints.h"
#include "html.h"
#include "members.h"
#include "page_errors.h"
#include "told.h"

/* has_code: it is in an envelope or a problem document; else the status tells it. */
static const char *error_number(struct arena *arena, const struct dialect *dialect,
	const struct dialect_error *error, bool has_code)
{
	const int code = told_code(dialect, error);

	if (error->name != NULL)
		return arena_printf(arena, "%s</code> <code>%d", error->name, error->status);
	if (!has_code || error->code == 0)
		return arena_printf(arena, "HTTP %d", error->status);
	if (error->detail != 0)
		return arena_printf(arena, "%d · %d", code, error->detail);
	return arena_printf(arena, "%d", code);
}

struct error_row {
	const struct dialect_error *error;
	struct cause cause;
	const char *number, *anchor; /* anchor: NULL without one */
};

static void error_put(const struct pages *pages, FILE *out, const struct error_row *row)
{
	if (row->anchor == NULL)
		fputs("<tr>", out);
	else
		fprintf(out, "<tr id=\"%s\">", row->anchor);
	fprintf(out, "<th scope=\"row\"><code>%s", row->number);
	fputs("</code></th><td>", out);
	html_put_both(out, "span", told_error_text(pages->arena, row->error->zh),
		told_error_text(pages->arena, row->error->en));
	fputs("</td><td>", out);
	html_put_text(out, "span", &row->cause.when);
	fputs("</td><td>", out);
	html_put_text(out, "span", &row->cause.next);
	fputs("</td></tr>\n", out);
}

static void errors_put_head(FILE *out, const struct text *text)
{
	fputs("<th scope=\"col\">", out);
	html_put_text(out, "span", text);
	fputs("</th>", out);
}

static void errors_begin(FILE *out, const struct dialect *dialect)
{
	static const struct text code = {"错误码", "Code"}, number = {"编号", "Number"};
	static const struct text columns[] = {{"说明", "Text"}, {"何时出现", "When it comes"},
		{"怎么办", "What to do"}};

	fputs("<table class=\"errors\">\n<thead><tr>", out);
	errors_put_head(out, told_has_names(dialect) ? &code : &number);
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		errors_put_head(out, &columns[i]);
	fputs("</tr></thead>\n<tbody>\n", out);
}

static void errors_end(FILE *out)
{
	fputs("</tbody>\n</table>\n", out);
}

static void error_put_own(const struct pages *pages, FILE *out, const struct endpoint *endpoint,
	const struct dialect_error *error, struct cause cause)
{
	const struct error_row row = {
		.error = error,
		.cause = cause,
		.number = error_number(pages->arena, endpoint->dialect, error,
			told_is_enveloped(endpoint, error)),
	};

	error_put(pages, out, &row);
}

static bool errors_are_own(const struct endpoint *endpoint)
{
	const struct further_error *further = endpoint->dialect->further_errors;

	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (told_has_error(endpoint, err) && !told_is_shared(endpoint, err))
			return true;
	for (; further != NULL && further->error.zh != NULL; further++)
		if (told_has_further(endpoint, further))
			return true;
	return false;
}

static void errors_put_own(
	const struct pages *pages, FILE *out, const struct endpoint *endpoint)
{
	const struct dialect *dialect = endpoint->dialect;
	const struct further_error *further = dialect->further_errors;

	errors_begin(out, dialect);
	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (told_has_error(endpoint, err) && !told_is_shared(endpoint, err))
			error_put_own(pages, out, endpoint, &dialect->errors[err],
				cause_of(pages->arena, dialect, endpoint, err));
	for (; further != NULL && further->error.zh != NULL; further++)
		if (told_has_further(endpoint, further))
			error_put_own(pages, out, endpoint, &further->error,
				cause_of_further(further));
	errors_end(out);
}

/* Which error a body that cannot be read gets, and how it is answered. */
static void errors_put_unreadable(
	const struct pages *pages, FILE *out, const struct endpoint *endpoint)
{
	const enum err err = cause_of_unreadable(endpoint);
	const struct dialect_error *error = &endpoint->dialect->errors[err];
	const char *number;

	if (err == ERR_NONE)
		return;
	number = error_number(
		pages->arena, endpoint->dialect, error, told_is_enveloped(endpoint, error));
	fputs("<p>", out);
	html_put_both(out, "span",
		"请求体无法读取（JSON 或 XML 有误、被截断、不是 UTF-8、不是对象或列表，或为空）时：",
		"A body that cannot be read (bad or cut-off JSON or XML, not UTF-8, no object or "
		"list, empty):");
	fprintf(out, " HTTP %d <code>%s</code></p>\n", told_status(endpoint, error), number);
}

void page_put_errors(const struct pages *pages, FILE *out, const struct endpoint *endpoint)
{
	page_put_heading(out, "errors", "错误", "Errors");
	errors_put_unreadable(pages, out, endpoint);
	if (errors_are_own(endpoint))
		errors_put_own(pages, out, endpoint);
	fprintf(out, "<p><a href=\"errors.html#%s\">", endpoint->dialect->name);
	html_put_both(out, "span", "全部接口共同的错误，以及错误返回的成员",
		"Errors that all endpoints share, and the members of what they answer");
	fputs("</a></p>\n", out);
}

static bool error_has_code_of(const struct dialect *dialect, enum err one, enum err other)
{
	const char *code = dialect->errors[one].name;

	return code != NULL && told_dialect_has_error(dialect, other) &&
		strcmp(code, dialect->errors[other].name) == 0;
}

/* Whether a row of the table before the i-th has the same code. */
static bool error_is_told_before(const struct dialect *dialect, enum err i)
{
	for (enum err err = ERR_NONE; err < i; err++)
		if (told_dialect_has_error(dialect, err) && error_has_code_of(dialect, err, i))
			return true;
	return false;
}

/* Some endpoints answer an error in an envelope, and others of the dialect without one. */
static const char *error_number_of_table(
	struct arena *arena, const struct dialect *dialect, enum err err)
{
	const struct dialect_error *error = &dialect->errors[err];
	bool is_enveloped = false, is_bare = false;

	for (const struct endpoint *const *at = endpoints; *at != NULL; at++) {
		if ((*at)->dialect != dialect || !told_has_error(*at, err))
			continue;
		if (told_is_enveloped(*at, error))
			is_enveloped = true;
		else
			is_bare = true;
	}
	if (!is_bare || !is_enveloped || error->name != NULL || error->code == 0)
		return error_number(arena, dialect, error, is_enveloped || !is_bare);
	return arena_printf(arena, "%s</code> <code>HTTP %d",
		error_number(arena, dialect, error, true), error->status);
}

static void error_put_of_table(const struct pages *pages, FILE *out, const struct dialect *dialect,
	enum err err, const char *anchor)
{
	const struct dialect_error *error = &dialect->errors[err];
	const struct error_row row = {
		.error = error,
		.cause = cause_of(pages->arena, dialect, NULL, err),
		.number = error_number_of_table(pages->arena, dialect, err),
		.anchor = anchor,
	};

	error_put(pages, out, &row);
}

/* The type of a problem document points to the code's first row. What else may be wrong comes
 * next. */
static void error_put_of_code(
	const struct pages *pages, FILE *out, const struct dialect *dialect, enum err first)
{
	const char *name = dialect->errors[first].name, *anchor = name;

	if (name == NULL)
		anchor = told_anchor(pages->arena, dialect, first);
	else if (told_is_named_outside(dialect, name))
		anchor = NULL;
	error_put_of_table(pages, out, dialect, first, anchor);
	for (enum err err = first + 1; err < ERR_N; err++)
		if (error_has_code_of(dialect, first, err))
			error_put_of_table(pages, out, dialect, err, NULL);
}

void page_put_error_table(const struct pages *pages, FILE *out, const struct dialect *dialect)
{
	const struct further_error *further = dialect->further_errors;

	errors_begin(out, dialect);
	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (told_dialect_has_error(dialect, err) && !error_is_told_before(dialect, err))
			error_put_of_code(pages, out, dialect, err);
	for (; further != NULL && further->error.zh != NULL; further++) {
		const struct error_row row = {
			.error = &further->error,
			.cause = cause_of_further(further),
			.number = error_number(pages->arena, dialect, &further->error, true),
			.anchor = told_is_named_outside(dialect, further->error.name)
				? NULL
				: further->error.name,
		};

		error_put(pages, out, &row);
	}
	errors_end(out);
}

/* What an error without envelope answers. */
static void page_put_refusal(FILE *out, const struct dialect *dialect)
{
	if (dialect->refusal == NULL)
		return;
	fputs("<h3>", out);
	if (dialect->envelope == NULL)
		html_put_both(out, "span", "失败时的返回", "What a failure answers");
	else
		html_put_both(out, "span", "编号为 HTTP 的错误返回",
			"What an error with a number of HTTP answers");
	fputs("</h3>\n", out);
	members_write_refusal(out, dialect);
}

void page_write_errors(const struct pages *pages)
{
	static const struct text title = {"错误", "Errors"};
	FILE *out = page_open(pages, "errors");

	html_begin(out, &title);
	fputs("<h1>", out);
	html_put_text(out, "span", &title);
	fputs("</h1>\n", out);
	for (size_t i = 0; told_dialect(i) != NULL; i++) {
		const struct dialect *dialect = told_dialect(i);

		page_put_heading(out, dialect->name, dialect->title.zh, dialect->title.en);
		page_put_error_table(pages, out, dialect);
		page_put_refusal(out, dialect);
	}
	fputs("</main>\n", out);
	page_put_contents(pages, out, NULL);
	html_end(out);
	page_close(out);
}
