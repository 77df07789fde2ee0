#include "control.h"
#include "endpoints.h"
#include "json_writer.h"
#include "request.h"
#include "store.h"

#define HOLE "@APPS@"

static const char page_text[] =
#include "page.inc"
	;

static void write_apps(struct buf *out, const struct sandbox_app *apps, size_t n_apps)
{
	buf_append_char(out, '[');
	for (size_t i = 0; i < n_apps; i++) {
		buf_append_str(out, i == 0 ? "{\"appid\":" : ",{\"appid\":");
		json_write_string(out, apps[i].appid);
		buf_append_str(out, ",\"kind\":");
		json_write_string(out, apps[i].kind);
		buf_append_char(out, '}');
	}
	buf_append_char(out, ']');
}

/* Appids and kinds are letters, digits, - and _: nothing in them can end the script. */
static enum err page(struct request *req)
{
	const char *hole = strstr(page_text, HOLE);
	struct buf *body = &req->response.body;
	struct sandbox_app *apps;
	size_t n_apps;
	enum err err = store_list_apps(req->db, &apps, &n_apps);

	if (err != ERR_NONE)
		return err;
	response_set(req, 200, "text/html; charset=utf-8");
	buf_append(body, page_text, (size_t)(hole - page_text));
	write_apps(body, apps, n_apps);
	buf_append_str(body, hole + strlen(HOLE));
	return ERR_NONE;
}

const struct sandbox_endpoint control_page = CONTROL(
	"GET", "sandbox/", "A page that makes codes and shows calls", page, .source = FROM_NOTHING,
	.answer = ANSWER_BY_RUN);
