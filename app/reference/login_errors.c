#include <string.h>

#include "cause_table.h"
#include "endpoints.h"
#include "login_errors.h"
#include "told.h"

/* What an administrator does. The others are for the client, as its cause says. */
static const struct text remedies[ERR_N] = {
	[ERR_RATE] = {"REASON 是限额的名称：`key` 是 API key 自己的限额，`wxuserctl key set 编号 --rate`，"
		    "日志的 `principal` 是它的名称；其余是配置的 `[rates]`，按客户端地址或应用计",
		"REASON is the limit: `key` is the API key's own, `wxuserctl key set ID --rate`, "
		"and `principal` in the log names the key; the others are `[rates]` of the "
		"configuration, for a client's address or an app"},
	[ERR_UNAUTHORIZED] = {"检查调用方的 API key：`wxuserctl key list`",
		"check the caller's API key: `wxuserctl key list`"},
	[ERR_FORBIDDEN] = {"给调用方一个有所需权限的 key：`wxuserctl key add`",
		"give the caller a key with the scope: `wxuserctl key add`"},
	[ERR_KEY_NETWORK] = {"`wxuserctl key set 编号 --networks`",
		"`wxuserctl key set ID --networks`"},
	[ERR_MAINTENANCE] = {"`wxuserctl maintenance status`", "`wxuserctl maintenance status`"},
	[ERR_TENANT_DISABLED] = {"`wxuserctl tenant enable 编号`", "`wxuserctl tenant enable ID`"},
	[ERR_APP_UNKNOWN] = {"REASON 里有收到的 appid；对照 `wxuserctl app list`",
		"REASON has the appid that came; compare it with `wxuserctl app list`"},
	[ERR_CODE_INVALID] = {"常见原因：客户端的 appid 与这里的不同，或 code 发了两次",
		"often the client is of another appid than the one here, or sends a code twice"},
	[ERR_RISK_USER] = {"只有微信能解除；请用户看微信客户端里的提示",
		"only WeChat can lift it; have the person look at what WeChat tells"},
	[ERR_ACCOUNT_DISABLED] = {"REASON 说明是停用、锁定还是注销；停用的用 `wxuserctl account enable`",
		"REASON says whether it is switched off, locked or closed; if it is switched off: "
		"`wxuserctl account enable`"},
	[ERR_ACCOUNT_CLOSED] = {"本人要求取回时：`wxuserctl user reopen`",
		"if its person wants it back: `wxuserctl user reopen`"},
	[ERR_UPSTREAM] = {"REASON 说明微信的应答；`wxuserctl check`",
		"REASON says what came from WeChat; `wxuserctl check`"},
	[ERR_UPSTREAM_SILENT] = {"检查到微信的网络：`wxuserctl check`",
		"look at the way to WeChat: `wxuserctl check`"},
	[ERR_UPSTREAM_UNSENT] = {"检查到微信的网络：`wxuserctl check`",
		"look at the way to WeChat: `wxuserctl check`"},
	[ERR_UPSTREAM_BUSY] = {"REASON 有 errcode；多次出现时查看应用的调用额度",
		"REASON has the errcode; if it stays, look at the app's quota"},
	[ERR_UPSTREAM_CONFIG] = {"REASON 有 errcode 及其含义；`wxuserctl check` 逐个检查应用",
		"REASON has the errcode and its meaning; `wxuserctl check` tries each app"},
	[ERR_BUSY] = {"`wxuserctl check`", "`wxuserctl check`"},
	[ERR_INTERNAL] = {"查看日志", "look into the log"},
};

static bool login_may_answer(enum err err)
{
	for (const struct endpoint *const *at = endpoints; *at != NULL; at++)
		if ((*at)->is_login && told_has_error(*at, err))
			return true;
	return false;
}

/* NULL: /v1 does not tell it. */
static const struct dialect_error *login_error_of_v1(enum err err)
{
	const struct dialect *dialect;

	for (size_t i = 0; (dialect = told_dialect(i)) != NULL; i++)
		if (strcmp(dialect->name, "v1") == 0)
			return told_dialect_has_error(dialect, err) ? &dialect->errors[err] : NULL;
	return NULL;
}

static const char *login_text(bool is_zh, const struct text *text)
{
	return is_zh ? text->zh : text->en;
}

static void login_error_write(bool is_zh, enum err err, FILE *out)
{
	const struct cause *cause = &cause_table[err];
	const struct dialect_error *told = login_error_of_v1(err);
	const struct text *remedy = remedies[err].en != NULL ? &remedies[err] : &cause->next;

	fprintf(out, "| `%s` | ", err_name(err));
	if (told == NULL || told->name == NULL)
		fputs("–", out);
	else
		fprintf(out, "%d `%s`", told->status, told->name);
	fprintf(out, " | %s | %s |\n", login_text(is_zh, &cause->when), login_text(is_zh, remedy));
}

void login_errors_write(bool is_zh, FILE *out)
{
	static const struct text head = {
		"# 登录被拒绝的错误\n\n[English](../refusals.md)\n\n"
		"`wxuserctl login list`、`wxuserctl user show`、`wxuserctl stats` 和日志的 `err=` "
		"用下列词说明登录为什么被拒绝；\n"
		"后面的原因（REASON，日志的 `reason=`）说得更细，"
		"微信给出的 errcode 及其含义在那里，怎么办见[微信错误码](wechat-settings.md#微信错误码)。\n"
		"`/v1` 一列是客户端收到的 HTTP 状态和 `code`。\n\n"
		"| 错误 | `/v1` | 何时出现 | 怎么办 |\n|---|---|---|---|\n",
		"# Errors of logins\n\n"
		"By these words `wxuserctl login list`, `wxuserctl user show`, `wxuserctl stats` "
		"and the log's `err=` say why a login\nwas refused. The reason (REASON, the log's "
		"`reason=`) says more, and has WeChat's errcode with its meaning;\n"
		"[WeChat's error numbers](wechat-settings.md#wechats-error-numbers) says what to "
		"do. The column `/v1` has the HTTP status\nand the `code` that the client gets.\n\n"
		"| Error | `/v1` | When it comes | What to do |\n|---|---|---|---|\n"};

	fputs(login_text(is_zh, &head), out);
	for (enum err err = ERR_NONE; err < ERR_N; err++)
		if (cause_table[err].when.en != NULL && login_may_answer(err))
			login_error_write(is_zh, err, out);
}
