#include "models.h"

struct member_req {
	int32_t wx_buying_user_id;
	const char *name, *phone;
	int32_t sex;
	struct date birthday;
	const char *id_card, *address;
};

static const struct field member_req_fields[] = {
	FIELD(struct member_req, wx_buying_user_id, INT32, .name = "wxBuyingUserId"),
	FIELD(struct member_req, name, STR, .name = "name", .max = 64),
	FIELD(struct member_req, phone, STR, .name = "phone", .max = 32),
	FIELD(struct member_req, sex, INT32, .name = "sex"),
	FIELD(struct member_req, birthday, DATE, .name = "birthday"),
	FIELD(struct member_req, id_card, STR, .name = "idCard", .max = 18),
	FIELD(struct member_req, address, STR, .name = "address", .max = 256),
	FIELD_END
};

const struct shape member_req_shape = {
	.name = "MemberReq", .size = sizeof(struct member_req), .fields = member_req_fields,
	.parameter = "u",
};

struct id {
	int32_t id;
};

static const struct field id_fields[] = {
	FIELD(struct id, id, INT32, .name = "id", .is_required = true),
	FIELD_END
};

const struct shape id_shape = {
	.name = "Id", .size = sizeof(struct id), .fields = id_fields, .parameter = "id",
};

struct open_id {
	const char *open_id;
};

static const struct field open_id_fields[] = {
	FIELD(struct open_id, open_id, STR, .name = "openId", .is_required = true, .max = 64),
	FIELD_END
};

const struct shape open_id_shape = {
	.name = "OpenId", .size = sizeof(struct open_id), .fields = open_id_fields,
	.parameter = "openId",
};

struct ids {
	struct int32_list ids;
};

static const struct field ids_fields[] = {
	FIELD(struct ids, ids, INT32_LIST),
	FIELD_END
};

const struct shape ids_shape = {
	.name = "Ids", .size = sizeof(struct ids), .kind = SHAPE_LIST, .fields = ids_fields,
	.parameter = "ids",
};

struct resident_ww {
	int64_t id;
	const char *open_id, *name, *mobile_phone, *id_card;
	int64_t rid;
	const char *rnames, *head_portrait, *ctime, *verify_code;
};

static const struct field resident_ww_fields[] = {
	FIELD(struct resident_ww, id, INT64, .name = "Id"),
	FIELD(struct resident_ww, open_id, STR, .name = "OpenId", .max = 64),
	FIELD(struct resident_ww, name, STR, .name = "Name", .max = 64),
	FIELD(struct resident_ww, mobile_phone, STR, .name = "MobilePhone", .max = 32),
	FIELD(struct resident_ww, id_card, STR, .name = "IDCard", .max = 18),
	FIELD(struct resident_ww, rid, INT64, .name = "RID"),
	FIELD(struct resident_ww, rnames, STR, .name = "RNames", .max = 256),
	FIELD(struct resident_ww, head_portrait, STR, .name = "HeadPortrait", .max = 512),
	FIELD(struct resident_ww, ctime, STR, .name = "CTime", .max = 32),
	FIELD(struct resident_ww, verify_code, STR, .name = "VerifyCode", .max = 8),
	FIELD_END
};

const struct shape resident_ww_shape = {
	.name = "ResidentWWModel", .size = sizeof(struct resident_ww),
	.fields = resident_ww_fields, .parameter = "model",
};
