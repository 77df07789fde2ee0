#include "app_push.h"
#include "push/dialect.h"
#include "push/signed.h"
#include "request.h"

/* WeChat calls it once, when the address is entered in its console. */
static enum err verify_url(struct request *req)
{
	const struct push_query *query = req->in;
	struct app_push app;
	enum err err = push_find_app(req, &app);

	if (err == ERR_NONE)
		err = push_check_url(req, &app);
	if (err == ERR_NONE)
		push_write(req, 200, query->echostr == NULL ? "" : query->echostr);
	return err;
}

static const enum err errors[] = {ERR_FORBIDDEN, ERR_RATE, ERR_NONE};

const struct endpoint push_check = {
	.dialect = &push_dialect,
	.method = "GET",
	.path = "wechat/push/{appid}",
	.summary = {"微信消息推送：验证地址", "WeChat checks the URL"},
	.details = {"签名正确时原样返回 echostr。", "Answers with echostr if the signature is right."},
	.parameter = {"应用的 appid", "appid of the app"},
	.access = ACCESS_SIGNED,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &push_query_shape,
	.answer = ANSWER_BY_RUN,
	.errors = errors,
	.run = verify_url,
};
