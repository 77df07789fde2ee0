#include "city/memberships.h"
#include "limit.h"
#include "request.h"
#include "resident.h"

static enum err savewxuserinfo(struct request *req)
{
	const struct city_resident *in = req->in;
	struct city_memberships *out = req->out;
	const struct resident_change change = {
		.id = in->id,
		.openid = in->open_id,
		.name = in->name,
		.phone = in->mobile_phone,
		.id_card = in->id_card,
		.region_code = in->rid,
		.region_names = in->rnames,
		.head_portrait = in->head_portrait,
		.verify_code = in->verify_code,
	};
	struct saved_resident saved;
	enum err err = resident_save(req->db, &req->principal, &change, &saved);

	if (err != ERR_NONE)
		return err;
	limit_note_rows(req, 1);
	*out = city_memberships_from(req, in->open_id, &saved);
	return ERR_NONE;
}

static const enum err errors[] = {ERR_PARAMETER, ERR_OPENID_MALFORMED, ERR_USER_UNKNOWN,
	ERR_ACCOUNT_DISABLED, ERR_RESIDENT_UNKNOWN, ERR_NAME_MALFORMED, ERR_PHONE_MALFORMED,
	ERR_ID_CARD_MALFORMED, ERR_REGION_UNKNOWN, ERR_VERIFY_CODE_NEEDED, ERR_VERIFY_CODE_NONE,
	ERR_VERIFY_CODE_WRONG, ERR_VERIFY_CODE_EXPIRED, ERR_VERIFY_CODE_TRIES, ERR_NONE};

const struct endpoint city_savewxuserinfo = {
	.dialect = &city_dialect,
	.method = "POST",
	.path = "city/v3/OnlineMediateWW/SaveWXUserInfo",
	.summary = {"保存微信用户扩展信息", "Save a resident"},
	.details = {"保存居民资料，返回其在各社区的身份，按 UMID 排列，最多 100 个；"
		    "没有身份时按常住地自动加入社区。"
		    "不填或 null 的成员保持原值；运营者可让 MobilePhone、IDCard 打码返回，如 "
		    "138****0001，打码的值传回时也保持原值。JSON 中 IDCard、RNames、HeadPortrait 为"
		    "空串则清除。之后修改 RID 不改变已有的身份。手机号就是已验证的那个时，"
		    "不看 VerifyCode，填错也成功。重复调用返回相同结果。",
		"Saves the resident and answers with the memberships by UMID, 100 at most; "
		"who has none becomes a member of the community of RID. A member that is "
		"absent or null keeps its value; IDCard, RNames or HeadPortrait that is "
		"empty in JSON is cleared. The "
		"operator may have MobilePhone and IDCard masked in answers, as 138****0001: a "
		"masked one that comes back keeps its value. Another RID later moves no "
		"membership. VerifyCode is not looked at, even a wrong one, if the phone is the "
		"resident's and still confirmed. A repetition gives the same answer."},
	.access = ACCESS_KEY_WRITE | ACCESS_OWN_TOKEN,
	.pool = POOL_CORE,
	.source = FROM_BODY,
	.request = &city_resident_shape,
	.answer = ANSWER_ENVELOPED,
	.response = &city_memberships_shape,
	.errors = errors,
	.run = savewxuserinfo,
};
