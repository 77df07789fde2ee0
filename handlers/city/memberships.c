#include "arena.h"
#include "city/memberships.h"
#include "conf.h"
#include "request.h"
#include "resident.h"
#include "str.h"

static const char *maybe_masked(struct request *req, const char *text)
{
	char masked[STR_MASKED_SIZE];

	if (!req->conf->city_mask_output || str_is_empty(text))
		return text;
	str_mask(text, masked);
	return arena_strdup(req->arena, masked);
}

static const struct city_resident *city_resident_from(
	struct request *req, const char *openid, const struct resident *resident)
{
	struct city_resident *model = arena_new_of(req->arena, struct city_resident);
	const struct date created = date_of_instant(resident->created_us);

	*model = (struct city_resident){
		.id = resident->id,
		.open_id = openid,
		.name = resident->name,
		.mobile_phone = maybe_masked(req, resident->phone),
		.id_card = maybe_masked(req, resident->id_card),
		.rid = resident->region_code,
		.rnames = resident->region_names,
		.head_portrait = resident->head_portrait,
		.ctime = date_local_text(req->arena, &created),
	};
	return model;
}

static struct int32_list city_dutys_from(struct arena *arena, const struct membership *member)
{
	int32_t *dutys = arena_array(arena, int32_t, member->n_dutys);

	for (size_t i = 0; i < member->n_dutys; i++)
		dutys[i] = (int32_t)member->dutys[i];
	return (struct int32_list){.items = dutys, .n_items = member->n_dutys};
}

static struct city_member city_member_from(struct arena *arena, const struct membership *member,
	const struct city_resident *resident)
{
	struct city_member model = {
		.role_type_desc = member->role_type_name,
		.gname = member->community_name,
		.umid = member->id,
		.user_id = member->user_id,
		.mobile_phone = resident->mobile_phone,
		.name = resident->name,
		.gid = member->community_id,
		.corp_id = member->corp_id,
		.rl = member->region_level,
		.orl = member->organisation_region_level,
		.business_type = member->business_type,
		.ut = member->unit_type,
		.org_id = member->organisation_id,
		.org_name = member->organisation_name,
		.role_type = member->role_type,
		.resident = resident,
		.dutys = city_dutys_from(arena, member),
		.role_ids = {.items = member->role_ids, .n_items = member->n_role_ids},
	};

	memcpy(model.regions, member->region.chain, sizeof(model.regions));
	return model;
}

struct city_memberships city_memberships_from(
	struct request *req, const char *openid, const struct saved_resident *saved)
{
	const struct city_resident *resident = city_resident_from(req, openid, &saved->resident);
	size_t n = saved->memberships.n_members;
	struct city_member *members = arena_array(req->arena, struct city_member, n);

	for (size_t i = 0; i < n; i++)
		members[i] = city_member_from(req->arena, &saved->memberships.members[i], resident);
	return (struct city_memberships){.members = {.items = members, .n_items = n}};
}
