#include "endpoints.h"
#include "html.h"
#include "members.h"
#include "page.h"
#include "page_errors.h"
#include "page_samples.h"
#include "pages.h"
#include "told.h"

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

	page_put_heading(out, "credential", "凭证", "Credential");
	fputs("<ul>\n", out);
	put_credential(out, (access & ACCESS_KEY_READ) != 0, "有读权限的 API key",
		"an API key that may read");
	put_credential(out, (access & ACCESS_KEY_WRITE) != 0, "有写权限的 API key",
		"an API key that may write");
	put_credential(out, (access & ACCESS_KEY_WECHAT) != 0, "有 wechat 权限的 API key",
		"an API key with the scope wechat");
	put_credential(out, (access & ACCESS_KEY_ADMIN) != 0, "有 admin 权限的 API key",
		"an API key with the scope admin");
	put_credential(out, (access & ACCESS_OPERATOR) != 0, "运维人员的 key",
		"an operator's key");
	put_credential(out, (access & ACCESS_BY_ADMIN) != 0 && !endpoint->begins_session,
		"由上述 key 开始的会话", "a session that such a key has begun");
	put_credential(out, (access & ACCESS_OWN_TOKEN) != 0, "用户的访问令牌，只能读写本人",
		"an access token of the user, for the own row");
	put_credential(out, endpoint->takes_old_token, "用户的访问令牌，可已过期或换过新的",
		"an access token of the user, which may have expired or been renewed");
	put_credential(out,
		endpoint_is_open(endpoint) && !endpoint->takes_old_token &&
			access != ACCESS_SIGNED,
		"不需要", "none is needed");
	put_credential(out, endpoint->takes_old_token && !told_needs_token(endpoint),
		"没有也成功，但没有人退出", "a success without one, too, but nobody is logged out");
	put_credential(out, access == ACCESS_SIGNED, "微信的签名", "WeChat's signature");
	fputs("</ul>\n", out);
}

static void put_other_types(FILE *out, unsigned formats)
{
	if ((formats & FORMAT_XML) != 0)
		html_put_both(out, "p", "text/json 和 text/xml 也可以，Accept 中也一样；应答用同一类型。",
			"text/json and text/xml are taken, too, also in Accept; the answer has the "
			"same type.");
	else
		html_put_both(out, "p", "text/json 也可以，Accept 中也一样；应答用同一类型。",
			"text/json is taken, too, also in Accept; the answer has the same type.");
}

static void put_formats(FILE *out, const struct endpoint *endpoint)
{
	const unsigned formats = told_formats(endpoint);

	if (endpoint->source != FROM_BODY)
		return;
	fputs("<p class=\"formats\">", out);
	html_put_both(out, "span", "请求格式：", "Request formats:");
	for (const struct told_type *type = told_types; type->name != NULL; type++)
		if ((formats & type->formats) != 0)
			fprintf(out, " <code>%s</code>", type->name);
	fputs("</p>\n", out);
	if (endpoint->dialect->is_negotiating)
		put_other_types(out, formats);
	if ((formats & FORMAT_XML) != 0)
		fprintf(out, "<p>XML: <code>&lt;%s xmlns=\"%s\"&gt;</code></p>\n",
			endpoint->request->xml_root, endpoint->request->xml_namespace);
}

static void put_answerless(FILE *out, const struct endpoint *endpoint)
{
	if (endpoint->answer == ANSWER_EMPTY)
		html_put_both(out, "p", "没有正文，HTTP 204。", "HTTP 204, without a body.");
	else
		html_put_both(out, "p", "纯文本。", "Plain text.");
}

static void put_own_headers(FILE *out, const struct endpoint *endpoint)
{
	if (endpoint->headers == 0)
		return;
	page_put_heading(out, "headers", "应答头", "Headers of the answer");
	members_write_headers(out, endpoint->headers);
}

static void write_endpoint(const struct pages *pages, const struct endpoint *endpoint)
{
	FILE *out = page_open(pages, told_page(pages->arena, endpoint));
	const bool has_request = endpoint->request != NULL || endpoint->parameter.zh != NULL ||
		told_takes_app(endpoint);

	html_begin(out, &endpoint->summary);
	fputs("<p class=\"place\">", out);
	html_put_text(out, "span", &endpoint->dialect->title);
	fputs("</p>\n<h1>", out);
	html_put_text(out, "span", &endpoint->summary);
	fputs("</h1>\n<p class=\"call\">", out);
	page_put_call(out, endpoint);
	fputs("</p>\n", out);
	if (endpoint->details.zh != NULL)
		html_put_text(out, "p", &endpoint->details);
	put_credentials(out, endpoint);
	if (has_request) {
		page_put_heading(out, "request", "请求参数", "Request");
		put_formats(out, endpoint);
		members_write_request(out, pages->arena, endpoint);
	}
	page_put_heading(out, "answer", "返回", "Answer");
	members_write_answer(out, endpoint);
	if (endpoint->response == NULL && endpoint->dialect->envelope == NULL)
		put_answerless(out, endpoint);
	put_own_headers(out, endpoint);
	if (endpoint->may_answer_list)
		html_put_both(out, "p", "请求带列表时，返回的也是列表。",
			"To a list in the request the answer is a list of these.");
	if (endpoint->may_answer_null)
		html_put_both(out, "p", "没有时为 null。", "It is null if there is none.");
	page_put_samples(pages, out, endpoint);
	page_put_errors(pages, out, endpoint);
	fputs("</main>\n", out);
	page_put_contents(pages, out, endpoint);
	html_end(out);
	page_close(out);
}

static void put_card(const struct pages *pages, FILE *out, const struct endpoint *endpoint)
{
	fprintf(out, "<li class=\"card\"><h3><a href=\"%s.html\">",
		told_page(pages->arena, endpoint));
	html_put_text(out, "span", &endpoint->summary);
	fputs("</a></h3><p class=\"call\">", out);
	page_put_call(out, endpoint);
	fputs("</p></li>\n", out);
}

static void put_dialect(const struct pages *pages, FILE *out, const struct dialect *dialect)
{
	page_put_heading(out, dialect->name, dialect->title.zh, dialect->title.en);
	html_put_text(out, "p", &dialect->about);
	if (told_reading(dialect) != NULL)
		html_put_text(out, "p", told_reading(dialect));
	fputs("<ul class=\"cards\">\n", out);
	for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
		if ((*at)->dialect == dialect)
			put_card(pages, out, *at);
	fputs("</ul>\n", out);
	if (dialect->further_errors != NULL) {
		fputs("<h3>", out);
		html_put_both(out, "span", "错误码", "Codes of errors");
		fputs("</h3>\n", out);
		page_put_error_table(pages, out, dialect);
	}
}

static void put_headers(FILE *out)
{
	page_put_heading(out, "headers", "应答头", "Headers of answers");
	members_write_headers(out, ~0U);
}

static const struct text index_paragraphs[] = {
	{"小程序、H5 页面、App "
	 "以及商店或城市后台通过本服务登录微信用户、保存资料。几种方言，同一批"
	 "用户：在一种方言中登录的人，在其余方言中也是同一个人。",
		"Mini programs, web pages, apps and the back-ends of shops and cities log "
		"WeChat users in through this service and keep profiles in it. The "
		"dialects are about the same users: who logs in through one is the same "
		"person in the others."},
	{"API key 以 wxk_ 开头，只放在租户自己的服务器上；访问令牌以 wxt_ "
	 "开头，两小时有效，只能读写"
	 "本人的数据。二者都放在请求头 Authorization: Bearer 中。",
		"An API key begins with wxk_ and stays on the tenant's own servers. An "
		"access token begins with wxt_, is valid for two hours and opens only the "
		"rows of its own person. Send either in the header Authorization: Bearer."},
	{"请至少等待 15 秒。服务暂时无法应答时由 Web 服务器代答：HTTP 502、503 或 504，正文同该方言的"
	 "「繁忙」（/v1 的 code 为 busy），带 Retry-After；等这么多秒再试，登录 code 请重新获取。/v1 自己"
	 "的 502、504（wechat_…、sms_…）没有 Retry-After。Web 服务器自己拒绝的请求，在每种方言中都有相应"
	 "的 HTTP 状态：请求体超过它的上限为 413，请求行或请求头有误为 400，过长为 414 或 431。两个 Authorization "
	 "由 nginx 自己拒绝（400），Apache 和 lighttpd 交给本服务。",
		"Wait at least 15 s for an answer. If the service cannot answer now, the web "
		"server answers in its place: HTTP 502, 503 or 504 with the body of a busy "
		"service in that dialect, in /v1 with the code busy, and with Retry-After: "
		"try again after so many seconds, with a new login code. The 502 and 504 of "
		"/v1 itself, wechat_… and sms_…, have no Retry-After. What the web server "
		"refuses itself has its HTTP status in every dialect: 413 for a body over its "
		"limit, 400 for a request line or header that is malformed, 414 or 431 for one "
		"that is too long. Authorization twice is refused by nginx itself, with 400; "
		"Apache and lighttpd leave it to the service."},
	{"请求中没有列出的成员会被忽略。字符按 Unicode 码点计。请求体最多 64 KiB，除非配置 "
	 "server.body_max 另有规定。",
		"A member of a request that is not listed is ignored. A character is a "
		"Unicode code point. A body has at most 64 KiB, unless the "
		"configuration's server.body_max says otherwise."},
	{"微信的占位内容（如「微信用户」、灰色头像）从不存入用户资料：/v1 拒绝，其他方言忽略。",
		"What WeChat puts in place of a value, as the name 微信用户 and the grey "
		"picture, is never stored in a user's profile: /v1 refuses it, the other "
		"dialects ignore it."},
	{"说明文字供人阅读，程序看编号和代码。文字按 Accept-Language 用中文或英文，没有时用中文；"
	 "HTTP 错误的 Message 和 Web 服务器自己的应答用中文；配置 http.messages 可固定语言。",
		"Texts are for people, programs look at numbers and codes. Texts are in "
		"Chinese, or in English if Accept-Language prefers it; Message of an HTTP "
		"error and what the web server answers itself are in Chinese. The "
		"configuration's http.messages can fix the language."},
	{"其他来源（协议、域名、端口）的网页，须由管理员在配置 http.origins "
	 "中列出，浏览器才让它读取应答；API key 不能用在网页中。",
		"A browser lets a page of another origin read an answer only if the "
		"operator has listed that origin in the configuration's http.origins. No "
		"page may use an API key."},
};

static void write_index(const struct pages *pages)
{
	static const struct text title = {"wxuser 帮助", "wxuser help"};
	FILE *out = page_open(pages, "index");

	html_begin(out, &title);
	fputs("<h1>", out);
	html_put_text(out, "span", &title);
	fputs("</h1>\n", out);
	for (size_t i = 0; i < sizeof(index_paragraphs) / sizeof(*index_paragraphs); i++)
		html_put_text(out, "p", &index_paragraphs[i]);
	fputs("<p><a href=\"../openapi.json\">openapi.json</a> (OpenAPI 3.1)</p>\n", out);
	for (size_t i = 0; told_dialect(i) != NULL; i++)
		put_dialect(pages, out, told_dialect(i));
	put_headers(out);
	fputs("</main>\n", out);
	page_put_contents(pages, out, NULL);
	html_end(out);
	page_close(out);
}

void pages_write(struct arena *arena, const struct samples *samples, const char *directory)
{
	const struct pages pages = {.arena = arena, .samples = samples, .directory = directory};

	write_index(&pages);
	page_write_errors(&pages);
	for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
		if ((*at)->dialect->title.zh != NULL)
			write_endpoint(&pages, *at);
}
