#include <string.h>

#include "arena.h"
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

/* An anchor that is NULL is left out. */
static void error_put(const struct pages *pages, FILE *out, const struct dialect_error *error,
	const char *number, const char *anchor)
{
	if (anchor == NULL)
		fputs("<tr>", out);
	else
		fprintf(out, "<tr id=\"%s\">", anchor);
	fprintf(out, "<th scope=\"row\"><code>%s", number);
	fputs("</code></th><td>", out);
	html_put_both(out, "span", told_error_text(pages->arena, error->zh),
		told_error_text(pages->arena, error->en));
	if (error->advice.zh != NULL) {
		fputs("<br>", out);
		html_put_text(out, "span", &error->advice);
	}
	fputs("</td></tr>\n", out);
}

static void errors_begin(FILE *out, const struct dialect *dialect)
{
	static const struct text code = {"错误码", "Code"}, number = {"编号", "Number"};

	fputs("<table class=\"errors\">\n<thead><tr><th scope=\"col\">", out);
	html_put_text(out, "span", told_has_names(dialect) ? &code : &number);
	fputs("</th><th scope=\"col\">", out);
	html_put_both(out, "span", "说明", "Text");
	fputs("</th></tr></thead>\n<tbody>\n", out);
}

static void errors_end(FILE *out)
{
	fputs("</tbody>\n</table>\n", out);
}

static void error_put_own(const struct pages *pages, FILE *out, const struct endpoint *endpoint,
	const struct dialect_error *error, bool *is_first)
{
	if (*is_first)
		errors_begin(out, endpoint->dialect);
	*is_first = false;
	error_put(pages, out, error,
		error_number(
			pages->arena, endpoint->dialect, error, told_is_enveloped(endpoint, error)),
		NULL);
}

void page_put_errors(const struct pages *pages, FILE *out, const struct endpoint *endpoint)
{
	const struct dialect *dialect = endpoint->dialect;
	const struct further_error *further = dialect->further_errors;
	bool is_first = true;

	page_put_heading(out, "errors", "错误", "Errors");
	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (told_has_error(endpoint, err) && !told_is_shared(endpoint, err))
			error_put_own(pages, out, endpoint, &dialect->errors[err], &is_first);
	for (; further != NULL && further->error.zh != NULL; further++)
		if (told_has_further(endpoint, further))
			error_put_own(pages, out, endpoint, &further->error, &is_first);
	if (!is_first)
		errors_end(out);
	fprintf(out, "<p><a href=\"errors.html#%s\">", endpoint->dialect->name);
	html_put_both(out, "span", "全部接口共同的错误，以及错误返回的成员",
		"Errors that all endpoints share, and the members of what they answer");
	fputs("</a></p>\n", out);
}

static bool error_has_code_of(const struct dialect *dialect, enum err one, enum err other)
{
	const char *code = dialect->errors[one].name;

	return code != NULL && dialect->errors[other].name != NULL &&
		strcmp(code, dialect->errors[other].name) == 0;
}

/* Whether a row of the table before the i-th has the same code. */
static bool error_is_told_before(const struct dialect *dialect, enum err i)
{
	for (enum err err = ERR_NONE; err < i; err++)
		if (error_has_code_of(dialect, err, i))
			return true;
	return false;
}

static void error_put_of_table(const struct pages *pages, FILE *out, const struct dialect *dialect,
	const struct dialect_error *error, const char *anchor)
{
	error_put(pages, out, error, error_number(pages->arena, dialect, error, true), anchor);
}

/* The type of a problem document points to the code's first row. What else may be wrong comes
 * next. */
static void error_put_of_code(
	const struct pages *pages, FILE *out, const struct dialect *dialect, enum err first)
{
	const struct dialect_error *error = &dialect->errors[first];

	error_put_of_table(pages, out, dialect, error,
		error->name != NULL ? error->name : told_anchor(pages->arena, dialect, first));
	for (enum err err = first + 1; err < ERR_N; err++)
		if (error_has_code_of(dialect, first, err))
			error_put_of_table(pages, out, dialect, &dialect->errors[err], NULL);
}

void page_put_error_table(const struct pages *pages, FILE *out, const struct dialect *dialect)
{
	const struct further_error *further = dialect->further_errors;

	errors_begin(out, dialect);
	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (dialect->errors[err].zh != NULL && !error_is_told_before(dialect, err))
			error_put_of_code(pages, out, dialect, err);
	for (; further != NULL && further->error.zh != NULL; further++)
		error_put_of_table(pages, out, dialect, &further->error, further->error.name);
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
	for (const struct dialect *const *at = dialects; *at != NULL; at++)
		if ((*at)->title.zh != NULL) {
			page_put_heading(out, (*at)->name, (*at)->title.zh, (*at)->title.en);
			page_put_error_table(pages, out, *at);
			page_put_refusal(out, *at);
		}
	fputs("</main>\n", out);
	page_put_contents(pages, out, NULL);
	html_end(out);
	page_close(out);
}
