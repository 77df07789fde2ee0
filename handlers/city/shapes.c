#include "city/dialect.h"

static const struct field resident_fields[] = {
	FIELD(struct city_resident, id, INT64, .name = "Id"),
	FIELD(struct city_resident, open_id, STR, .name = "OpenId", .max = 64),
	FIELD(struct city_resident, name, STR, .name = "Name", .max = 64, .is_personal = true,
		.is_trimmed = true),
	FIELD(struct city_resident, mobile_phone, STR, .name = "MobilePhone", .max = 32,
		.is_personal = true, .ignores_blanks = true),
	FIELD(struct city_resident, id_card, STR, .name = "IDCard", .max = 18,
		.is_personal = true, .ignores_blanks = true),
	FIELD(struct city_resident, rid, INT64, .name = "RID"),
	FIELD(struct city_resident, rnames, STR, .name = "RNames", .max = 256,
		.is_personal = true),
	FIELD(struct city_resident, head_portrait, STR, .name = "HeadPortrait", .max = 512),
	FIELD(struct city_resident, ctime, STR, .name = "CTime", .max = 64),
	FIELD(struct city_resident, verify_code, STR, .name = "VerifyCode", .max = 16,
		.is_secret = true, .ignores_blanks = true),
	FIELD_END
};

const struct shape city_resident_shape = {
	.name = "ResidentWWModel",
	.size = sizeof(struct city_resident),
	.fields = resident_fields,
};

static const struct field member_fields[] = {
	FIELD(struct city_member, role_type_desc, STR, .name = "RoleTypeDesc"),
	FIELD(struct city_member, gname, STR, .name = "GName"),
	FIELD(struct city_member, umid, INT64, .name = "UMID"),
	FIELD(struct city_member, user_id, STR, .name = "UserId"),
	FIELD(struct city_member, mobile_phone, STR, .name = "MobilePhone", .is_personal = true),
	FIELD(struct city_member, name, STR, .name = "Name", .is_personal = true),
	FIELD(struct city_member, gid, INT64, .name = "GID"),
	FIELD(struct city_member, corp_id, STR, .name = "CorpId"),
	FIELD(struct city_member, rl, INT32, .name = "RL"),
	FIELD(struct city_member, orl, INT32, .name = "ORL"),
	FIELD(struct city_member, business_type, INT32, .name = "BusinessType"),
	FIELD(struct city_member, ut, INT32, .name = "UT"),
	FIELD(struct city_member, regions[0].code, INT64, .name = "ProvinceId"),
	FIELD(struct city_member, regions[0].name, STR, .name = "ProvinceName"),
	FIELD(struct city_member, regions[1].code, INT64, .name = "CityId"),
	FIELD(struct city_member, regions[1].name, STR, .name = "CityName"),
	FIELD(struct city_member, regions[2].code, INT64, .name = "CountyId"),
	FIELD(struct city_member, regions[2].name, STR, .name = "CountyName"),
	FIELD(struct city_member, regions[3].code, INT64, .name = "TownId"),
	FIELD(struct city_member, regions[3].name, STR, .name = "TownName"),
	FIELD(struct city_member, regions[4].code, INT64, .name = "VillageId"),
	FIELD(struct city_member, regions[4].name, STR, .name = "VillageName"),
	FIELD(struct city_member, org_id, INT64, .name = "OrgID"),
	FIELD(struct city_member, org_name, STR, .name = "OrgName"),
	FIELD(struct city_member, role_type, INT32, .name = "RoleType"),
	FIELD(struct city_member, resident, OBJECT, .name = "WXUserInfo",
		.shape = &city_resident_shape),
	FIELD(struct city_member, dutys, INT32_LIST, .name = "Dutys"),
	FIELD(struct city_member, role_ids, INT64_LIST, .name = "RoleIds"),
	FIELD_END
};

static const struct shape member_shape = {
	.name = "UserMemberModel",
	.size = sizeof(struct city_member),
	.fields = member_fields,
};

static const struct field memberships_fields[] = {
	FIELD(struct city_memberships, members, OBJECT_LIST, .shape = &member_shape),
	FIELD_END
};

const struct shape city_memberships_shape = {
	.name = "UserMemberModels",
	.size = sizeof(struct city_memberships),
	.kind = SHAPE_LIST,
	.fields = memberships_fields,
};
