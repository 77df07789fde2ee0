/*
 * Anything as what WeChat answers. Whatever it is, a call ends with an error that its header names,
 * and strings are text of the size of their columns.
 *
 * An input is a byte that chooses the call, and the answers as outside.h takes them.
 */
#include "arena.h"
#include "fuzz.h"
#include "outside.h"
#include "str.h"
#include "transfers.h"
#include "wechat.h"
#include "wechat_phone.h"

#define DEADLINE_US INT64_MAX

static void check_err(enum err err, const enum err *may_be)
{
	static const enum err kin[] = {ERR_UPSTREAM, ERR_UPSTREAM_SILENT, ERR_UPSTREAM_UNSENT,
		ERR_UPSTREAM_BUSY, ERR_UPSTREAM_CONFIG, ERR_NONE};

	for (const enum err *at = kin; *at != ERR_NONE; at++)
		if (*at == err)
			return;
	for (; *may_be != ERR_NONE && *may_be != err; may_be++)
		continue;
	if (*may_be != err)
		BUG("a call ends with %s", err_name(err));
}

static void check_chars(const char *text, size_t most)
{
	fuzz_check_text("what WeChat says", text);
	if (text != NULL && str_n_chars(text) > most)
		BUG("%s has over %zu characters", text, most);
}

static void exchange(struct wechat *wechat, struct arena *arena, enum app_kind kind)
{
	static const enum err may_be[] = {
		ERR_CODE_INVALID, ERR_CODE_USED, ERR_RISK_USER, ERR_SNAPSHOT_USER, ERR_NONE};
	const struct wechat_app app = {
		.kind = kind, .appid = "wx0123456789abcdef", .secret = "secret"};
	struct wechat_login login = {0};
	enum err err = wechat_exchange(wechat, arena, &app, "code", &login);

	check_err(err, may_be);
	if (err != ERR_NONE)
		return;
	if (!str_is_openid(login.openid) ||
		(login.unionid != NULL && !str_is_openid(login.unionid)))
		BUG("the openid %s, the unionid %s", login.openid, login.unionid);
	check_chars(login.session_key, 64);
	check_chars(login.nickname, 64);
	check_chars(login.avatar, 512);
	check_chars(login.country, 64);
	check_chars(login.language, 64);
	if (login.privilege != NULL && !fuzz_is_json(login.privilege, strlen(login.privilege)))
		BUG("the privileges are no JSON: %s", login.privilege);
	if (login.gender < 0 || login.gender > 2)
		BUG("the gender %d", login.gender);
}

static void fetch_token(struct wechat *wechat, struct arena *arena, bool forces)
{
	static const enum err none[] = {ERR_NONE};
	const struct wechat_app app = {.appid = "wx0123456789abcdef", .secret = "secret"};
	struct wechat_token token = {0};
	enum err err = forces ? wechat_force_token(wechat, arena, &app, DEADLINE_US, &token)
			      : wechat_fetch_token(wechat, arena, &app, DEADLINE_US, &token);

	check_err(err, none);
	check_chars(token.text, 1024);
	if (err == ERR_NONE && (str_is_empty(token.text) || token.expires_in_s < 0))
		BUG("no token, or one that expired");
}

static void fetch_phone(struct wechat *wechat, struct arena *arena)
{
	static const enum err may_be[] = {
		ERR_PHONE_CODE_INVALID, ERR_UPSTREAM_TOKEN, ERR_RATE, ERR_NONE};
	const struct wechat_phone_code code = {
		.access_token = "token", .openid = "o", .code = "code"};
	struct wechat_phone phone = {0};
	enum err err = wechat_fetch_phone(wechat, arena, &code, DEADLINE_US, &phone);

	check_err(err, may_be);
	if (err != ERR_NONE)
		return;
	fuzz_check_text("the watermark", phone.appid);
	if (phone.number[strspn(phone.number, "+0123456789")] != '\0')
		BUG("the number %s", phone.number);
}

static void ask_about_proof(struct wechat *wechat, bool is_session)
{
	static const enum err may_be[] = {ERR_PROOF_MISSING, ERR_UPSTREAM_TOKEN, ERR_NONE};

	check_err(is_session ? wechat_check_session(wechat, "token", "o", "key", DEADLINE_US)
			     : wechat_check_user_token(wechat, "token", "o"),
		may_be);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input;
	struct arena *arena = fuzz_begin(&input, bytes, size);
	struct wechat *wechat = wechat_new(fuzz_conf(), NULL, NULL);
	const unsigned choice = fuzz_take_below(&input, 10);

	outside_answer(&input);
	if (choice < 4)
		exchange(wechat, arena, (enum app_kind)choice);
	else if (choice < 6)
		fetch_token(wechat, arena, choice == 4);
	else if (choice == 6)
		fetch_phone(wechat, arena);
	else if (choice < 9)
		ask_about_proof(wechat, choice == 7);
	else
		wechat_probe(wechat);
	wechat_free(wechat);
	return 0;
}
