#include <string.h>

#include "arena.h"
#include "endpoints.h"
#include "html.h"
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
	html_put_both(out, "span", "全部接口共同的错误", "Errors that all endpoints share");
	fputs("</a></p>\n", out);
}

/* Whether a row of the table before the i-th has the same code. */
static bool error_is_told_before(const struct dialect *dialect, enum err i)
{
	for (enum err err = ERR_NONE; err < i; err++)
		if (dialect->errors[err].name != NULL &&
			strcmp(dialect->errors[err].name, dialect->errors[i].name) == 0)
			return true;
	return false;
}

/* Of a code, to which the type of a problem document points, the first row has the anchor. */
static const char *error_anchor(
	const struct pages *pages, const struct dialect *dialect, enum err err)
{
	const char *code = dialect->errors[err].name;

	if (code == NULL)
		return told_anchor(pages->arena, dialect, err);
	return error_is_told_before(dialect, err) ? NULL : code;
}

void page_put_error_table(const struct pages *pages, FILE *out, const struct dialect *dialect)
{
	const struct further_error *further = dialect->further_errors;

	errors_begin(out, dialect);
	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (dialect->errors[err].zh != NULL)
			error_put(pages, out, &dialect->errors[err],
				error_number(pages->arena, dialect, &dialect->errors[err], true),
				error_anchor(pages, dialect, err));
	for (; further != NULL && further->error.zh != NULL; further++)
		error_put(pages, out, &further->error,
			error_number(pages->arena, dialect, &further->error, true),
			further->error.name);
	errors_end(out);
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
		}
	fputs("</main>\n", out);
	page_put_contents(pages, out, NULL);
	html_end(out);
	page_close(out);
}
