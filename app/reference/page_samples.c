#include <string.h>

#include "arena.h"
#include "endpoint.h"
#include "html.h"
#include "page_samples.h"
#include "sample.h"
#include "snippet.h"
#include "str.h"

static void sample_put_code(FILE *out, const char *label, const char *text)
{
	fprintf(out, "<figure><figcaption>%s</figcaption>", label);
	if (*text != '\0') {
		fputs("<pre tabindex=\"0\"><code>", out);
		html_put(out, text);
		fputs("</code></pre>", out);
	}
	fputs("</figure>\n", out);
}

static void sample_put_snippet(const struct pages *pages, FILE *out, const struct sample *sample,
	const char *label, void (*put)(FILE *, struct arena *, const struct sample *))
{
	fprintf(out, "<details class=\"snippet\"><summary>%s</summary><pre tabindex=\"0\"><code>",
		label);
	put(out, pages->arena, sample);
	fputs("</code></pre></details>\n", out);
}

/* The type without its charset, the status where there is no type. */
static const char *sample_label(struct arena *arena, const struct sample *sample)
{
	const char *type = sample->answer_type == NULL ? "" : sample->answer_type;

	return arena_printf(arena, "HTTP %s %.*s", sample->status, (int)strcspn(type, ";"), type);
}

static void sample_put_attribute(FILE *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	fprintf(out, " data-%s=\"", name);
	html_put(out, value);
	putc('"', out);
}

/* What try.js sends has the case's holes, which it fills. */
static void sample_put(const struct pages *pages, FILE *out, const struct sample *sample)
{
	struct arena *arena = pages->arena;

	fputs("<section class=\"sample\"", out);
	sample_put_attribute(out, "name", sample->name);
	sample_put_attribute(out, "given", sample->given);
	sample_put_attribute(out, "method", sample->endpoint->method);
	sample_put_attribute(out, "target", sample->open.target);
	sample_put_attribute(out, "credential", sample->open.credential);
	sample_put_attribute(out, "appid", sample->open.appid);
	sample_put_attribute(out, "accept", sample->accept);
	sample_put_attribute(out, "type", sample->type);
	sample_put_attribute(out, "body", sample->open.body);
	fputs(">\n<h3>", out);
	html_put_text(out, "span", &sample->title);
	fputs("</h3>\n", out);
	sample_put_code(out,
		arena_printf(arena, "%s %s", sample->endpoint->method,
			sample->type == NULL ? "" : sample->type),
		sample->body != NULL ? snippet_pretty(arena, sample->type, sample->body)
				     : sample->target);
	sample_put_snippet(pages, out, sample, "curl", snippet_put_curl);
	sample_put_snippet(pages, out, sample, "PHP", snippet_put_php);
	if (snippet_is_for_wx(sample))
		sample_put_snippet(pages, out, sample, "wx.request", snippet_put_wx);
	sample_put_code(out, sample_label(arena, sample),
		snippet_pretty(arena, sample->answer_type, sample->answer));
	fputs("</section>\n", out);
}

/* JSON comes first, as wherever the formats are listed. */
static bool is_json_sample(const struct sample *sample)
{
	return sample->type == NULL || str_starts_with(sample->type, "application/json");
}

void page_put_samples(const struct pages *pages, FILE *out, const struct endpoint *endpoint)
{
	size_t n = 0;

	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < pages->samples->n_items; i++) {
			const struct sample *sample = &pages->samples->items[i];

			if (sample->endpoint != endpoint || is_json_sample(sample) != (pass == 0))
				continue;
			if (n++ == 0)
				page_put_heading(out, "samples", "示例", "Samples");
			sample_put(pages, out, sample);
		}
}
