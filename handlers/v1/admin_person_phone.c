#include "person_overview.h"
#include "v1/admin_person_parts.h"
#include "v1/masked.h"

struct object_list admin_person_phones(
	struct arena *arena, const struct person_overview *overview)
{
	static const char *const holders[] = {
		[PHONE_OF_PROFILE] = "profile",
		[PHONE_OF_RESIDENT] = "resident",
		[PHONE_OF_MEMBER] = "member",
	};
	struct admin_person_phone *phones =
		arena_array(arena, struct admin_person_phone, overview->n_phones);

	for (size_t i = 0; i < overview->n_phones; i++)
		phones[i] = (struct admin_person_phone){
			.number = masked_text(arena, overview->phones[i].number),
			.of = holders[overview->phones[i].holder],
			.id = overview->phones[i].id,
			.is_confirmed = overview->phones[i].is_confirmed,
		};
	return (struct object_list){.items = phones, .n_items = overview->n_phones};
}

const struct admin_confirmed_phone *admin_person_confirmed(
	struct arena *arena, const struct person_overview *overview)
{
	static const char *const sources[] = {
		[0] = "",
		[PHONE_BY_BUTTON] = "button",
		[PHONE_BY_SMS] = "sms",
		[PHONE_BY_KEY] = "key",
	};
	struct admin_confirmed_phone *confirmed =
		arena_new_of(arena, struct admin_confirmed_phone);

	if (overview->confirmed_us == 0)
		return NULL;
	*confirmed = (struct admin_confirmed_phone){
		.by = sources[overview->confirmed_by],
		.confirmed_us = overview->confirmed_us,
		.counts = overview->confirmed_counts,
	};
	for (size_t i = 0; i < overview->n_phones && confirmed->number == NULL; i++)
		if (overview->phones[i].is_confirmed)
			confirmed->number = masked_text(arena, overview->phones[i].number);
	return confirmed;
}

#define PHONE(member, type, ...) FIELD(struct admin_person_phone, member, type, __VA_ARGS__)

static const struct field phone_fields[] = {
	PHONE(number, STR, .name = "number", .text = {"手机号，只露首尾", "the number, masked"}),
	PHONE(of, STR, .name = "of",
		.text = {"profile 资料（任何人都可填写）、resident 住户或 member 会员",
			"profile (where anybody can claim it), resident or member"}),
	PHONE(id, INT32, .name = "id",
		.text = {"微信用户的编号；member 时为会员的编号",
			"id of the WeChat user; with member that of the member"}),
	PHONE(is_confirmed, BOOL, .name = "is_confirmed",
		.text = {"是否为账号已验证的手机号", "whether it is the account's confirmed one"}),
	FIELD_END
};

const struct shape admin_person_phone_shape =
	SHAPE("PersonPhone", struct admin_person_phone, phone_fields);

#define CONFIRMED(member, type, ...)                                                            \
	FIELD(struct admin_confirmed_phone, member, type, __VA_ARGS__)

static const struct field confirmed_fields[] = {
	CONFIRMED(number, STR, .name = "number", .may_be_null = true,
		.text = {"手机号，只露首尾；只存有哈希时为 null",
			"the number, masked; null if there is only its hash"}),
	CONFIRMED(by, STR, .name = "by",
		.text = {"button 手机号按钮、sms 短信或 key 租户的服务器",
			"button (WeChat's phone button), sms or key (a tenant's server)"}),
	CONFIRMED(confirmed_us, INSTANT, .name = "confirmed_at",
		.text = {"验证时间", "when it was confirmed"}),
	CONFIRMED(counts, BOOL, .name = "counts",
		.text = {"是否仍然有效（设置 phone_confirmation_days）",
			"whether it still counts (setting phone_confirmation_days)"}),
	FIELD_END
};

const struct shape admin_person_confirmed_shape =
	SHAPE("ConfirmedPhone", struct admin_confirmed_phone, confirmed_fields);
