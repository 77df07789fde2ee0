/*
 * What the dialects of ASP.NET Web API 2 (shop, city, customer) share: its error document,
 * HttpError, and the framework's own texts. These are Chinese unless http.messages is en, whatever
 * Accept-Language says, because clients compare the text of 401.
 */
#ifndef WEBAPI_H
#define WEBAPI_H

#include "endpoint.h"

/* Rows of a dialect's error table for what the framework refuses. Code 0: never in an envelope. */

/* For every dialect. */
#define WEBAPI_DISPATCH_ERRORS                                                                  \
	[ERR_NOT_FOUND] = {404, 0, "未找到与请求 URI“%s”匹配的 HTTP 资源。",                                \
		"No HTTP resource was found that matches the request URI '%s'."},               \
	[ERR_METHOD] = {405, 0, "请求的资源不支持 http 方法“%s”。",                                        \
		"The requested resource does not support http method '%s'."},                   \
	[ERR_TOO_LARGE] = {413, 0, "请求实体过大。", "The request entity is too large."},              \
	[ERR_MEDIA_TYPE] = {415, 0, "此资源不支持请求实体的媒体类型“%s”。",                                  \
		"The request entity's media type '%s' is not supported for this resource."},    \
	[ERR_BAD_REQUEST] = {400, 0, "请求无效。", "The request is invalid."}
/* For a dialect whose clients read from the status what is wrong with their credential. */
#define WEBAPI_ACCESS_ERRORS                                                                    \
	[ERR_UNAUTHORIZED] = {401, 0, "已拒绝为此请求授权。",                                             \
		"Authorization has been denied for this request."},                             \
	[ERR_TOKEN_EXPIRED] = {401, 0, "已拒绝为此请求授权。",                                            \
		"Authorization has been denied for this request."},                             \
	[ERR_TOKEN_REVOKED] = {401, 0, "已拒绝为此请求授权。",                                            \
		"Authorization has been denied for this request."},                             \
	[ERR_TENANT_DISABLED] = {403, 0, "服务已停用，请联系管理员。", \
		"The service is disabled. Please ask the administrator."},                      \
	[ERR_MAINTENANCE] = {503, 0, "系统维护中，请稍后再试。",                                            \
		"The service is down for maintenance. Please try again later."}
/* All of them, for a dialect whose envelope has none. */
#define WEBAPI_ERRORS                                                                           \
	WEBAPI_DISPATCH_ERRORS,                                                                 \
	WEBAPI_ACCESS_ERRORS,                                                                   \
	[ERR_RATE] = {429, 0, "请求过于频繁，请稍后再试。",                                                  \
		"Too many requests. Please try again later."},                                  \
	[ERR_FORBIDDEN] = {403, 0, "此凭证无权执行该请求。",                                               \
		"The credential does not allow this request."},                                 \
	[ERR_KEY_NETWORK] = {403, 0, "该 API key 不能从这个地址使用。", \
		"The API key is not for this address."}

/* HttpError. */
extern const struct shape webapi_refusal_shape;

/* Empties the answer, and sets its status and the negotiated type. */
void webapi_begin(struct request *req, int status);

/* Returns what an envelope says of req->err; for ERR_PARAMETER with the first
 * member at fault. */
const char *webapi_message(struct request *req, const struct dialect_error *error);
/* Writes HttpError with the status of req->err: {"Message":"…"}, or
 * <Error><Message>…</Message></Error>. */
void webapi_refuse(struct request *req);

#endif
