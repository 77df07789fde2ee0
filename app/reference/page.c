#include <stdlib.h>
#include <sysexits.h>

#include "arena.h"
#include "endpoints.h"
#include "html.h"
#include "page.h"
#include "told.h"

FILE *page_open(const struct pages *pages, const char *name)
{
	const char *path = arena_printf(pages->arena, "%s/%s.html", pages->directory, name);
	FILE *out = fopen(path, "w");

	if (out == NULL) {
		perror(path);
		exit(EX_CANTCREAT);
	}
	return out;
}

void page_close(FILE *out)
{
	bool is_written = ferror(out) == 0;

	if (fclose(out) != 0 || !is_written) {
		perror("writing a page");
		exit(EX_IOERR);
	}
}

void page_put_heading(FILE *out, const char *id, const char *zh, const char *en)
{
	fprintf(out, "<h2 id=\"%s\">", id);
	html_put_both(out, "span", zh, en);
	fputs("</h2>\n", out);
}

void page_put_call(FILE *out, const struct endpoint *endpoint)
{
	fprintf(out, "<code class=\"method\">%s</code> <code class=\"path\">/%s</code>",
		endpoint->method, endpoint->path);
}

/* The table of contents: the endpoints of each dialect. */
void page_put_contents(const struct pages *pages, FILE *out, const struct endpoint *here)
{
	fputs("<nav id=\"contents\" aria-label=\"目录 Contents\">\n", out);
	for (size_t i = 0; told_dialect(i) != NULL; i++) {
		const struct dialect *dialect = told_dialect(i);

		fputs("<h2>", out);
		html_put_text(out, "span", &dialect->title);
		fputs("</h2>\n<ul>\n", out);
		for (const struct endpoint *const *at = endpoints; *at != NULL; at++) {
			if ((*at)->dialect != dialect)
				continue;
			fprintf(out, "<li><a href=\"%s.html\"%s>", told_page(pages->arena, *at),
				*at == here ? " aria-current=\"page\"" : "");
			html_put_text(out, "span", &(*at)->summary);
			fputs("</a></li>\n", out);
		}
		fputs("</ul>\n", out);
	}
	fputs("</nav>\n", out);
}
