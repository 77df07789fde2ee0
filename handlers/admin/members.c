#include "admin/admin_member.h"
#include "admin/dialect.h"
#include "admin/admin_page.h"
#include "arena.h"
#include "audit.h"
#include "limit.h"
#include "member.h"
#include "request.h"
#include "v1/masked.h"

struct member_answer {
	int32_t id;
	const char *name, *phone;
	int32_t sex;
	const char *card_state;
	const char *id_card, *address, *birthday;
};

#define MEMBER(member, type, ...) FIELD(struct member_answer, member, type, __VA_ARGS__)
#define MEMBER_FIELDS                                                                           \
	MEMBER(id, INT32, .name = "id", .text = {"编号", "id"}),                                \
		MEMBER(name, STR, .name = "name", .text = {"姓名", "name"}),                    \
		MEMBER(phone, STR, .name = "phone", .text = {"手机号", "phone"}),               \
		MEMBER(sex, INT32, .name = "sex",                                               \
			.text = {"性别，含义由租户定", "sex, 0 to 9 with the tenant's own meaning"}), \
		MEMBER(card_state, STR, .name = "card_state",                                   \
			.text = {"会员卡：valid、lost、void、unusable",                         \
				"card: valid, lost, void or unusable"})

static const struct field member_fields[] = {MEMBER_FIELDS, FIELD_END};

static const struct shape member_shape = {
	.name = "AdminMember", .size = sizeof(struct member_answer), .fields = member_fields,
};

static const struct field whole_fields[] = {
	MEMBER_FIELDS,
	MEMBER(id_card, STR, .name = "id_card", .text = {"证件号", "identity number"}),
	MEMBER(address, STR, .name = "address", .text = {"地址", "address"}),
	MEMBER(birthday, STR, .name = "birthday", .text = {"生日，北京时间", "birthday, in UTC+8"}),
	FIELD_END
};

static const struct shape whole_shape = {
	.name = "WholeMember", .size = sizeof(struct member_answer), .fields = whole_fields,
};

static const struct field page_fields[] = {
	ADMIN_PAGE_FIELDS(&member_shape, "按编号，姓名和手机号已遮掩",
		"by id, with name and phone masked")
};

static const struct shape page_shape = {
	.name = "Members", .size = sizeof(struct page_answer), .fields = page_fields,
};

static int64_t show_member(void *ctx, const void *row, void *item_r)
{
	const struct request *req = ctx;
	const struct member *member = row;

	*(struct member_answer *)item_r = (struct member_answer){
		.id = member->id,
		.name = masked_name(req->arena, member->name),
		.phone = masked_text(req->arena, member->phone),
		.sex = member->sex,
		.card_state = card_state_name(member->card_state),
	};
	return member->id;
}

static enum err members_get(struct request *req)
{
	const struct member *members;
	struct page_wanted page;
	size_t n;
	enum err err = admin_page_read(req, &page);

	if (err == ERR_NONE)
		err = member_page(req->db,
			&(struct member_page){req->principal.tenant_id, page_after_int32(&page),
				page.n_most},
			&members, &n);
	if (err != ERR_NONE)
		return err;
	limit_note_rows(req, n);
	admin_page_show(
		req, &page, &PAGE_ROWS(members, n, struct member_answer, show_member, req));
	return ERR_NONE;
}

static const enum err page_errors[] = {ERR_PARAMETER, ERR_NONE};

const struct endpoint admin_members_get = {
	.dialect = &admin_dialect,
	.method = "GET",
	.path = "v1/admin/members",
	.summary = {"列出会员", "List members"},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_QUERY,
	.request = &admin_page_shape,
	.answer = ANSWER_PLAIN,
	.response = &page_shape,
	.errors = page_errors,
	.run = members_get,
};

static enum err members_reveal_post(struct request *req)
{
	const struct audit_entry entry = {
		.tenant_id = req->principal.tenant_id,
		.action = "member.reveal",
		.subject = arena_printf(req->arena, "member %s", req->path_parameter),
		.details = "{}",
	};
	struct member member;
	enum err err = admin_member_find(req, &member);

	if (err == ERR_NONE)
		err = audit_write_alone(req->db, &entry);
	if (err != ERR_NONE)
		return err;
	*(struct member_answer *)req->out = (struct member_answer){
		.id = member.id,
		.name = member.name,
		.phone = member.phone,
		.sex = member.sex,
		.card_state = card_state_name(member.card_state),
		.id_card = member.id_card,
		.address = member.address,
		.birthday = member.birthday,
	};
	return ERR_NONE;
}

static const enum err reveal_errors[] = {ERR_NOT_FOUND, ERR_NONE};

const struct endpoint admin_members_reveal_post = {
	.dialect = &admin_dialect,
	.method = "POST",
	.path = "v1/admin/members/{id}/reveal",
	.parameter = {"会员的编号", "id of the member"},
	.summary = {"查看一名会员的完整资料", "Show a member without masks"},
	.details = {"每次都记入审计。请求没有正文。",
		"Each time is written to the audit. The request has no body."},
	.access = ACCESS_KEY_ADMIN,
	.pool = POOL_CORE,
	.source = FROM_NOTHING,
	.answer = ANSWER_PLAIN,
	.response = &whole_shape,
	.errors = reveal_errors,
	.run = members_reveal_post,
};
