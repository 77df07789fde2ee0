#include "app.h"
#include "app_token.h"
#include "db.h"
#include "request.h"
#include "wechat_token.h"

static enum err app_token_fetch(struct request *req, const struct app *app, int64_t deadline_us,
	struct kept_token *token_r)
{
	const struct wechat_app wechat_app = app_of_wechat(app);
	struct wechat_token token;
	enum err err = wechat_fetch_token(
		req->wechat, req->arena, &wechat_app, deadline_us, &token);

	if (err == ERR_NONE)
		wechat_token_keep(req->db, app, &token, token_r);
	return err;
}

enum err app_token(struct request *req, const struct app *app, int64_t deadline_us,
	struct kept_token *token_r)
{
	enum err err = wechat_token_find(req->db, app, token_r);

	return err == ERR_ABSENT ? app_token_fetch(req, app, deadline_us, token_r) : err;
}

enum err app_token_after(struct request *req, const struct app *app, int64_t deadline_us,
	struct kept_token *token)
{
	enum err err = wechat_token_drop(req->db, token);

	return err == ERR_NONE ? app_token(req, app, deadline_us, token) : err;
}
