#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "arena.h"
#include "endpoints.h"
#include "html.h"
#include "members.h"
#include "pages.h"
#include "sample.h"
#include "snippet.h"
#include "str.h"
#include "told.h"

struct pages {
	struct arena *arena;
	const struct samples *samples;
	const char *directory;
};

static FILE *pages_open(const struct pages *pages, const char *name)
{
	const char *path = arena_printf(pages->arena, "%s/%s.html", pages->directory, name);
	FILE *out = fopen(path, "w");

	if (out == NULL) {
		perror(path);
		exit(EX_CANTCREAT);
	}
	return out;
}

static void pages_close(FILE *out)
{
	bool is_written = ferror(out) == 0;

	if (fclose(out) != 0 || !is_written) {
		perror("writing a page");
		exit(EX_IOERR);
	}
}

static void put_heading(FILE *out, const char *id, const char *zh, const char *en)
{
	fprintf(out, "<h2 id=\"%s\">", id);
	html_put_both(out, "span", zh, en);
	fputs("</h2>\n", out);
}

static void put_call(FILE *out, const struct endpoint *endpoint)
{
	fprintf(out, "<code class=\"method\">%s</code> <code class=\"path\">/%s</code>",
		endpoint->method, endpoint->path);
}

/* The table of contents: the endpoints of each dialect. */
static void put_contents(
	const struct pages *pages, FILE *out, const struct endpoint *here)
{
	fputs("<nav id=\"contents\" aria-label=\"目录 Contents\">\n", out);
	for (const struct dialect *const *dialect = dialects; *dialect != NULL; dialect++) {
		if ((*dialect)->title.zh == NULL)
			continue;
		fputs("<h2>", out);
		html_put_text(out, "span", &(*dialect)->title);
		fputs("</h2>\n<ul>\n", out);
		for (const struct endpoint *const *at = endpoints; *at != NULL; at++) {
			if ((*at)->dialect != *dialect)
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

static void put_credential(FILE *out, bool is_allowed, const char *zh, const char *en)
{
	if (!is_allowed)
		return;
	fputs("<li>", out);
	html_put_both(out, "span", zh, en);
	fputs("</li>\n", out);
}

static void put_credentials(FILE *out, const struct endpoint *endpoint)
{
	const unsigned access = endpoint->access;
	const bool takes_token = told_takes_token(endpoint);

	put_heading(out, "credential", "凭证", "Credential");
	fputs("<ul>\n", out);
	put_credential(out, (access & ACCESS_KEY_READ) != 0, "有读权限的 API key",
		"an API key that may read");
	put_credential(out, (access & ACCESS_KEY_WRITE) != 0, "有写权限的 API key",
		"an API key that may write");
	put_credential(out, (access & ACCESS_OWN_TOKEN) != 0,
		"用户的访问令牌，只能读写本人", "an access token of the user, for the own row");
	put_credential(out, takes_token, "用户的访问令牌，可已过期",
		"an access token of the user, which may have expired");
	put_credential(out, endpoint_is_open(endpoint) && !takes_token && access != ACCESS_SIGNED,
		"不需要", "none is needed");
	put_credential(out, access == ACCESS_SIGNED, "微信的签名", "WeChat's signature");
	fputs("</ul>\n", out);
}

static void put_code(FILE *out, const char *label, const char *text)
{
	fprintf(out, "<figure><figcaption>%s</figcaption><pre tabindex=\"0\"><code>", label);
	html_put(out, text);
	fputs("</code></pre></figure>\n", out);
}

static void put_snippet(const struct pages *pages, FILE *out, const struct sample *sample,
	const char *label, void (*put)(FILE *, struct arena *, const struct sample *))
{
	fprintf(out, "<details class=\"snippet\"><summary>%s</summary><pre tabindex=\"0\"><code>",
		label);
	put(out, pages->arena, sample);
	fputs("</code></pre></details>\n", out);
}

/* The type without its charset, the status where there is no type. */
static const char *label_of_answer(struct arena *arena, const struct sample *sample)
{
	const char *type = sample->answer_type == NULL ? "" : sample->answer_type;

	return arena_printf(arena, "HTTP %s %.*s", sample->status, (int)strcspn(type, ";"), type);
}

static void put_sample(const struct pages *pages, FILE *out, const struct sample *sample)
{
	struct arena *arena = pages->arena;

	fprintf(out, "<section class=\"sample\" data-method=\"%s\" data-target=\"",
		sample->endpoint->method);
	html_put(out, sample->target);
	fprintf(out, "\" data-type=\"%s\" data-credential=\"%s\">\n<h3>",
		sample->type == NULL ? "" : sample->type,
		sample->credential == NULL ? "" : sample->credential);
	html_put_text(out, "span", &sample->title);
	fputs("</h3>\n", out);
	put_code(out, arena_printf(arena, "%s %s", sample->endpoint->method,
			      sample->type == NULL ? "" : sample->type),
		sample->body != NULL ? snippet_pretty(arena, sample->type, sample->body)
				     : sample->target);
	put_snippet(pages, out, sample, "curl", snippet_put_curl);
	put_snippet(pages, out, sample, "PHP", snippet_put_php);
	if (snippet_is_for_wx(sample))
		put_snippet(pages, out, sample, "wx.request", snippet_put_wx);
	put_code(out, label_of_answer(arena, sample),
		snippet_pretty(arena, sample->answer_type, sample->answer));
	fputs("</section>\n", out);
}

/* JSON comes first, as wherever the formats are listed. */
static bool is_json_sample(const struct sample *sample)
{
	return sample->type == NULL || str_starts_with(sample->type, "application/json");
}

static void put_samples(const struct pages *pages, FILE *out, const struct endpoint *endpoint)
{
	size_t n = 0;

	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < pages->samples->n_items; i++) {
			const struct sample *sample = &pages->samples->items[i];

			if (sample->endpoint != endpoint || is_json_sample(sample) != (pass == 0))
				continue;
			if (n++ == 0)
				put_heading(out, "samples", "示例", "Samples");
			put_sample(pages, out, sample);
		}
}

/* has_code: it is in an envelope or a problem document; else the status tells it. An anchor that is
 * NULL is left out. */
static void put_error(const struct pages *pages, FILE *out, const struct dialect_error *error,
	bool has_code, const char *anchor)
{
	if (anchor == NULL)
		fputs("<tr>", out);
	else
		fprintf(out, "<tr id=\"%s\">", anchor);
	fputs("<th scope=\"row\"><code>", out);
	if (error->name != NULL)
		fprintf(out, "%s</code> <code>%d", error->name, error->status);
	else if (!has_code || error->code == 0)
		fprintf(out, "HTTP %d", error->status);
	else if (error->detail != 0)
		fprintf(out, "%d · %d", error->code, error->detail);
	else
		fprintf(out, "%d", error->code);
	fputs("</code></th><td>", out);
	html_put_both(out, "span", told_error_text(pages->arena, error->zh),
		told_error_text(pages->arena, error->en));
	if (error->advice.zh != NULL) {
		fputs("<br>", out);
		html_put_text(out, "span", &error->advice);
	}
	fputs("</td></tr>\n", out);
}

static void begin_errors(FILE *out)
{
	fputs("<table class=\"errors\">\n<thead><tr><th scope=\"col\">", out);
	html_put_both(out, "span", "编号", "Number");
	fputs("</th><th scope=\"col\">", out);
	html_put_both(out, "span", "说明", "Text");
	fputs("</th></tr></thead>\n<tbody>\n", out);
}

static void put_errors(const struct pages *pages, FILE *out, const struct endpoint *endpoint)
{
	bool has_any = false;

	put_heading(out, "errors", "错误", "Errors");
	for (enum err err = ERR_NONE; err < ERR_N; err++) {
		if (!told_has_error(endpoint, err) || told_is_shared(endpoint, err))
			continue;
		if (!has_any)
			begin_errors(out);
		has_any = true;
		put_error(pages, out, &endpoint->dialect->errors[err],
			told_is_enveloped(endpoint, err), NULL);
	}
	if (has_any)
		fputs("</tbody>\n</table>\n", out);
	fprintf(out, "<p><a href=\"errors.html#%s\">", endpoint->dialect->name);
	html_put_both(out, "span", "全部接口共同的错误", "Errors that all endpoints share");
	fputs("</a></p>\n", out);
}

static void put_formats(FILE *out, const struct endpoint *endpoint)
{
	const unsigned formats = told_formats(endpoint);

	if (endpoint->source != FROM_BODY)
		return;
	fputs("<p class=\"formats\">", out);
	html_put_both(out, "span", "请求格式：", "Request formats:");
	fputs(" <code>application/json</code>", out);
	if ((formats & FORMAT_XML) != 0)
		fputs(" <code>application/xml</code>", out);
	if ((formats & FORMAT_FORM) != 0)
		fputs(" <code>application/x-www-form-urlencoded</code>", out);
	if ((formats & FORMAT_MERGE_PATCH) != 0)
		fputs(" <code>application/merge-patch+json</code>", out);
	fputs("</p>\n", out);
}

static void put_answerless(FILE *out, const struct endpoint *endpoint)
{
	if (endpoint->answer == ANSWER_EMPTY)
		html_put_both(out, "p", "没有正文，HTTP 204。", "HTTP 204, without a body.");
	else
		html_put_both(out, "p", "纯文本。", "Plain text.");
}

static void write_endpoint(const struct pages *pages, const struct endpoint *endpoint)
{
	FILE *out = pages_open(pages, told_page(pages->arena, endpoint));
	const bool has_request = endpoint->request != NULL || endpoint->parameter.zh != NULL ||
		told_takes_app(endpoint);

	html_begin(out, &endpoint->summary);
	fputs("<p class=\"place\">", out);
	html_put_text(out, "span", &endpoint->dialect->title);
	fputs("</p>\n<h1>", out);
	html_put_text(out, "span", &endpoint->summary);
	fputs("</h1>\n<p class=\"call\">", out);
	put_call(out, endpoint);
	fputs("</p>\n", out);
	if (endpoint->details.zh != NULL)
		html_put_text(out, "p", &endpoint->details);
	put_credentials(out, endpoint);
	if (has_request) {
		put_heading(out, "request", "请求参数", "Request");
		put_formats(out, endpoint);
		members_write_request(out, endpoint);
	}
	put_heading(out, "answer", "返回", "Answer");
	members_write_answer(out, endpoint);
	if (endpoint->response == NULL && endpoint->dialect->envelope == NULL)
		put_answerless(out, endpoint);
	if (endpoint->may_answer_null)
		html_put_both(out, "p", "没有时为 null。", "It is null if there is none.");
	put_samples(pages, out, endpoint);
	put_errors(pages, out, endpoint);
	fputs("</main>\n", out);
	put_contents(pages, out, endpoint);
	html_end(out);
	pages_close(out);
}

static void put_card(const struct pages *pages, FILE *out, const struct endpoint *endpoint)
{
	fprintf(out, "<li class=\"card\"><h3><a href=\"%s.html\">",
		told_page(pages->arena, endpoint));
	html_put_text(out, "span", &endpoint->summary);
	fputs("</a></h3><p class=\"call\">", out);
	put_call(out, endpoint);
	fputs("</p></li>\n", out);
}

/* Whether a row of the table before the i-th has the same code. */
static bool is_told_before(const struct dialect *dialect, enum err i)
{
	for (enum err err = ERR_NONE; err < i; err++)
		if (dialect->errors[err].name != NULL &&
			strcmp(dialect->errors[err].name, dialect->errors[i].name) == 0)
			return true;
	return false;
}

/* The codes to which the type of a problem document points: one anchor each. */
static void put_codes(const struct pages *pages, FILE *out, const struct dialect *dialect)
{
	fputs("<h3>", out);
	html_put_both(out, "span", "错误码", "Codes of errors");
	fputs("</h3>\n", out);
	begin_errors(out);
	for (enum err err = ERR_NONE; err < ERR_N; err++) {
		const struct dialect_error *error = &dialect->errors[err];

		if (error->zh != NULL)
			put_error(pages, out, error, true,
				is_told_before(dialect, err) ? NULL : error->name);
	}
	for (const struct dialect_error *at = dialect->further_errors; at->zh != NULL; at++)
		put_error(pages, out, at, true, at->name);
	fputs("</tbody>\n</table>\n", out);
}

static void put_dialect(const struct pages *pages, FILE *out, const struct dialect *dialect)
{
	put_heading(out, dialect->name, dialect->title.zh, dialect->title.en);
	html_put_text(out, "p", &dialect->about);
	fputs("<ul class=\"cards\">\n", out);
	for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
		if ((*at)->dialect == dialect)
			put_card(pages, out, *at);
	fputs("</ul>\n", out);
	if (dialect->further_errors != NULL)
		put_codes(pages, out, dialect);
}

static void write_index(const struct pages *pages)
{
	static const struct text title = {"wxuser 帮助", "wxuser help"};
	static const struct text paragraphs[] = {
		{"小程序、H5 页面、App 以及商店或城市后台通过本服务登录微信用户、保存资料。几种方言，同一批"
		 "用户：在一种方言中登录的人，在其余方言中也是同一个人。",
			"Mini programs, web pages, apps and the back-ends of shops and cities log "
			"WeChat users in through this service and keep profiles in it. The "
			"dialects are about the same users: who logs in through one is the same "
			"person in the others."},
		{"API key 以 wxk_ 开头，只放在租户自己的服务器上；访问令牌以 wxt_ 开头，两小时有效，只能读写"
		 "本人的数据。二者都放在请求头 Authorization: Bearer 中。",
			"An API key begins with wxk_ and stays on the tenant's own servers. An "
			"access token begins with wxt_, is valid for two hours and opens only the "
			"rows of its own person. Send either in the header Authorization: Bearer."},
		{"出错时，HTTP 502、503、504 表示服务暂时无法应答，稍后再试；登录 code 请重新获取。"
		 "向管理员报告问题时请附上应答头 X-Request-Id。",
			"HTTP 502, 503 or 504 means that the service cannot answer now: try again "
			"later, with a new login code. When you report a problem, tell the "
			"operator the X-Request-Id header of the answer."},
	};
	FILE *out = pages_open(pages, "index");

	html_begin(out, &title);
	fputs("<h1>", out);
	html_put_text(out, "span", &title);
	fputs("</h1>\n", out);
	for (size_t i = 0; i < sizeof(paragraphs) / sizeof(*paragraphs); i++)
		html_put_text(out, "p", &paragraphs[i]);
	fputs("<p><a href=\"../openapi.json\">openapi.json</a> (OpenAPI 3.1)</p>\n", out);
	for (const struct dialect *const *at = dialects; *at != NULL; at++)
		if ((*at)->title.zh != NULL)
			put_dialect(pages, out, *at);
	fputs("</main>\n", out);
	put_contents(pages, out, NULL);
	html_end(out);
	pages_close(out);
}

static void put_errors_of_dialect(
	const struct pages *pages, FILE *out, const struct dialect *dialect)
{
	put_heading(out, dialect->name, dialect->title.zh, dialect->title.en);
	begin_errors(out);
	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (dialect->errors[err].zh != NULL)
			put_error(pages, out, &dialect->errors[err], true,
				told_anchor(pages->arena, dialect, err));
	fputs("</tbody>\n</table>\n", out);
}

static void write_errors(const struct pages *pages)
{
	static const struct text title = {"错误", "Errors"};
	FILE *out = pages_open(pages, "errors");

	html_begin(out, &title);
	fputs("<h1>", out);
	html_put_text(out, "span", &title);
	fputs("</h1>\n", out);
	for (const struct dialect *const *at = dialects; *at != NULL; at++)
		if ((*at)->title.zh != NULL)
			put_errors_of_dialect(pages, out, *at);
	fputs("</main>\n", out);
	put_contents(pages, out, NULL);
	html_end(out);
	pages_close(out);
}

void pages_write(struct arena *arena, const struct samples *samples, const char *directory)
{
	const struct pages pages = {.arena = arena, .samples = samples, .directory = directory};

	write_index(&pages);
	write_errors(&pages);
	for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
		if ((*at)->dialect->title.zh != NULL)
			write_endpoint(&pages, *at);
}
