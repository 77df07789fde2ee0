#include "control.h"
#include "endpoints.h"
#include "request.h"

static const char page_text[] =
#include "page.inc"
	;
static const char script_text[] =
#include "page_script.inc"
	;

/* As strict as the reference, whose style and script the page shares. */
static enum err page_answer(struct request *req, const char *type, const char *text)
{
	response_set(req, 200, type);
	response_header(req, "Content-Security-Policy",
		"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
	response_header(req, "Referrer-Policy", "no-referrer");
	response_header(req, "X-Content-Type-Options", "nosniff");
	buf_append_str(&req->response.body, text);
	return ERR_NONE;
}

static enum err page(struct request *req)
{
	return page_answer(req, "text/html; charset=utf-8", page_text);
}

static enum err page_script(struct request *req)
{
	return page_answer(req, "text/javascript; charset=utf-8", script_text);
}

const struct sandbox_endpoint control_page =
	CONTROL("GET", "sandbox/", "A page that makes codes and shows calls", page,
		.source = FROM_NOTHING, .answer = ANSWER_BY_RUN);
const struct sandbox_endpoint control_page_script = CONTROL("GET", "sandbox/page.js",
	"The script of the page", page_script, .source = FROM_NOTHING, .answer = ANSWER_BY_RUN);
