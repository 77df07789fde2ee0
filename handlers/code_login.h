/*
 * Login by a code of WeChat, for every endpoint that takes one: from the code to the account.
 *
 * A code is exchanged exactly once, however many requests on however many hosts carry it at once.
 * The first request claims the code; the others wait for its outcome. They get the same outcome if
 * they come from the same client within account.replay_window_s, and ERR_CODE_USED otherwise.
 */
#ifndef CODE_LOGIN_H
#define CODE_LOGIN_H

#include "account.h"
#include "err.h"
#include "token.h"

struct app;
struct request;

/* What code_login() returns beside ERR_BUSY and ERR_INTERNAL, for an endpoint's .errors. */
#define CODE_LOGIN_ERRORS                                                                       \
	ERR_CODE_INVALID, ERR_CODE_USED, ERR_CODE_PENDING, ERR_RISK_USER, ERR_SNAPSHOT_USER,    \
		ERR_ACCOUNT_DISABLED, ERR_UPSTREAM, ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT,   \
		ERR_UPSTREAM_BUSY, ERR_UPSTREAM_CONFIG

/* The rows of these errors in a dialect's table. */
#define CODE_LOGIN_TEXTS(status, code)                                                          \
	[ERR_CODE_INVALID] = {status, code, "登录凭证无效或已过期，请重新登录",                 \
		"The code is not valid or has expired: log in again"},                          \
	[ERR_CODE_USED] = {status, code, "登录凭证已被使用，请重新登录",                        \
		"The code has been used: log in again"},                                        \
	[ERR_CODE_PENDING] = {status, code, "登录结果未知，请重新登录",                         \
		"The outcome is not known: log in again with a new code"},                      \
	[ERR_RISK_USER] = {status, code, "该微信用户被限制登录",                                \
		"WeChat has blocked this user"},                                                \
	[ERR_SNAPSHOT_USER] = {status, code, "请使用完整服务后重试",                            \
		"A snapshot page cannot log in: use the full service"},                         \
	[ERR_ACCOUNT_DISABLED] = {status, code, "账号已停用，请联系管理员",                     \
		"The account is disabled: ask the administrator"},                              \
	[ERR_UPSTREAM] = {status, code, "微信服务无响应，请重新登录",                           \
		"WeChat did not answer: log in again with a new code"},                         \
	[ERR_UPSTREAM_SILENT] = {status, code, "微信服务无响应，请重新登录",                    \
		"WeChat did not answer: log in again with a new code"},                         \
	[ERR_UPSTREAM_UNSENT] = {status, code, "微信服务暂时不可用，请稍后再试",                \
		"WeChat cannot be reached: try again later"},                                   \
	[ERR_UPSTREAM_BUSY] = {status, code, "微信服务繁忙，请稍后重新登录",                    \
		"WeChat is busy: log in again later with a new code"},                          \
	[ERR_UPSTREAM_CONFIG] = {status, code, "微信应用配置有误，请联系管理员",                \
		"The app is not configured correctly: ask the administrator"}

struct code_login {
	const struct app *app;
	const char *code;
	bool wants_token;
	bool reopens; /* an account that its person has closed is opened */
	/* Set by code_login(). */
	struct account account;
	struct access_token token; /* its text is "" if a repeated code got none */
	bool is_new;               /* the code's login has made the account */
	struct uuid refused_by; /* after ERR_ACCOUNT_DISABLED: which account; nil: not known */
};

/* Finds or creates the account of the user to whom WeChat gave the code for this app, and begins a
 * token if one is wanted. */
enum err code_login(struct request *req, struct code_login *login);

#endif
