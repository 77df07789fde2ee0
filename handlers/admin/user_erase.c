#include <string.h>

#include "admin/admin_found.h"
#include "admin/dialect.h"
#include "app.h"
#include "audit.h"
#include "erasure.h"
#include "fold.h"
#include "request.h"
#include "str.h"
#include "user_find.h"
#include "v1/faults.h"

struct erase_request {
	const char *name;
};

static const struct field erase_fields[] = {
	FIELD(struct erase_request, name, STR, .name = "name", .max = 64, .is_required = true,
		.text = {"资料中的姓名；没有姓名的，写手机号；也没有的，写 openid",
			"the profile's name; without a name the phone; without both the openid"}),
	FIELD_END
};

static const struct shape erase_shape = {
	.name = "UserErasure", .size = sizeof(struct erase_request), .fields = erase_fields,
};

struct erase_answer {
	int64_t receipt;
	bool is_account_too;
};

static const struct field answer_fields[] = {
	FIELD(struct erase_answer, receipt, INT64, .name = "receipt",
		.text = {"回执号，即审计记录的编号", "the number of the entry in the audit"}),
	FIELD(struct erase_answer, is_account_too, BOOL, .name = "is_account_erased",
		.text = {"账号是否也已删除，因为没有别的微信用户，或本人已注销",
			"whether the account is erased, too, since it has no other user, or its "
			"person has closed it"}),
	FIELD_END
};

static const struct shape answer_shape = {
	.name = "ErasedUser", .size = sizeof(struct erase_answer), .fields = answer_fields,
};

static const char *name_to_type(const struct found_user *user)
{
	if (!fold_is_blank(user->name))
		return user->name;
	return str_is_empty(user->phone) ? user->openid : user->phone;
}

/* Nobody sees the blanks around a name, which WeChat lets people have. */
static bool is_typed(const char *typed, const char *name)
{
	size_t typed_size, size;

	typed = fold_trim(typed, &typed_size);
	name = fold_trim(name, &size);
	return typed_size == size && memcmp(typed, name, size) == 0;
}

/* Also as it is shown where it holds what cannot be seen. */
static bool is_typed_as_shown(const char *typed, const char *name)
{
	char shown[64 * FOLD_ESCAPE_SIZE];

	fold_show(name, shown, sizeof(shown));
	return is_typed(typed, name) || is_typed(typed, shown);
}

/* The app by which a replay knows the user in a backup. A user without an app is any of them's; one
 * without a tenant's app is known by none. */
static enum err app_of(struct request *req, const struct found_user *user, struct app *app_r)
{
	const struct app before = {.tenant_id = user->tenant_id};
	struct app *apps;
	size_t n;
	enum err err;

	if (user->appid != NULL)
		return app_find(req->db, user->appid, app_r);
	err = app_page(req->db, &before, 1, &apps, &n);
	*app_r = err == ERR_NONE && n == 1 ? *apps : (struct app){.appid = ""};
	return err;
}

static enum err user_erase(struct request *req, const struct found_user *user)
{
	struct erase_answer *out = req->out;
	struct app app;
	struct erased erased;
	enum err err = app_of(req, user, &app);

	if (err == ERR_NONE)
		err = erasure_run(req->db,
			&(struct erasure){.tenant_id = user->tenant_id,
				.app_id = app.id,
				.appid = app.appid,
				.openid = user->openid,
				.actor = AUDIT_ACTOR_ADMIN},
			&erased);
	if (err == ERR_APP_UNKNOWN || (err == ERR_NONE && !erased.is_found))
		return request_fail(req, ERR_NOT_FOUND, "the user has gone");
	*out = (struct erase_answer){erased.receipt, erased.is_account_too};
	return err;
}

static enum err users_erase_post(struct request *req)
{
	const struct erase_request *in = req->in;
	struct found_user user;
	enum err err = admin_found(req, &user);

	if (err != ERR_NONE)
		return err;
	if (!is_typed_as_shown(in->name, name_to_type(&user)))
		return v1_refuse_member(req, "name",
			(struct text){"不是该用户的姓名。", "It is not this user's name."});
	return user_erase(req, &user);
}

static const enum err errors[] = {ERR_NOT_FOUND, ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_users_erase_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/users/{id}/erase",
	.parameter = {"微信用户的编号", "id of the WeChat user"},
	.summary = {"删除一个微信用户", "Erase a WeChat user"},
	.details = {"同 wxuserctl user erase，但总是删除全部：微信用户，没有别的用户时连同账号；会员保留。"
		    "本人已注销账号的，立即删除整个账号及其所有用户，按设置 erase_member 连同会员。不能撤销。重复请求返回 404。",
		"As wxuserctl user erase, but always all of it: the WeChat user, and the account "
		"if it has no other user; the member stays. An account that its person has closed "
		"is erased at once with all its users, and with the member as the setting "
		"erase_member says. It cannot be undone. A repetition is 404."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.unreadable = ERR_BAD_REQUEST,
	.request = &erase_shape,
	.answer = ANSWER_PLAIN,
	.response = &answer_shape,
	.errors = errors,
	.run = users_erase_post,
};
