#include "app_kind.h"
#include "member.h"
#include "person_overview.h"
#include "v1/admin_person.h"
#include "v1/admin_user.h"
#include "v1/masked.h"

static struct object_list users_from(struct arena *arena, const struct person_overview *overview)
{
	struct admin_person_user *users =
		arena_array(arena, struct admin_person_user, overview->n_users);

	for (size_t i = 0; i < overview->n_users; i++) {
		const struct overview_user *user = &overview->users[i];

		users[i] = (struct admin_person_user){
			.id = user->id,
			.appid = user->appid,
			.kind = user->appid == NULL ? NULL
						    : app_kind_name((enum app_kind)user->kind),
			.openid = masked_text(arena, user->openid),
			.unionid = masked_or_null(arena, user->unionid),
			.name = masked_name(arena, user->name),
			.member_id = user->member_id,
			.is_following = user->is_following,
			.created_us = user->created_us,
			.login_us = user->login_us,
			.revoked_us = user->revoked_us,
		};
	}
	return (struct object_list){.items = users, .n_items = overview->n_users};
}

static struct object_list unionids_from(
	struct arena *arena, const struct person_overview *overview)
{
	struct admin_person_unionid *unionids =
		arena_array(arena, struct admin_person_unionid, overview->n_unionids);

	for (size_t i = 0; i < overview->n_unionids; i++)
		unionids[i] = (struct admin_person_unionid){
			.open_platform = overview->unionids[i].open_platform,
			.unionid = masked_text(arena, overview->unionids[i].unionid),
			.created_us = overview->unionids[i].created_us,
		};
	return (struct object_list){.items = unionids, .n_items = overview->n_unionids};
}

static struct object_list members_from(struct arena *arena, const struct person_overview *overview)
{
	struct admin_person_member *members =
		arena_array(arena, struct admin_person_member, overview->n_members);

	for (size_t i = 0; i < overview->n_members; i++)
		members[i] = (struct admin_person_member){
			.id = overview->members[i].id,
			.name = masked_name(arena, overview->members[i].name),
			.phone = masked_or_null(arena, overview->members[i].phone),
			.card_state = card_state_name(overview->members[i].card_state),
		};
	return (struct object_list){.items = members, .n_items = overview->n_members};
}

static struct object_list flags_from(struct arena *arena, const struct account_flags *flags)
{
	const struct {
		const char *name;
		int32_t flag;
	} all[] = {
#define FLAG(name) {#name, flags->name},
		ACCOUNT_CUSTOMER_FLAGS(FLAG)
	};
	const size_t n_all = sizeof(all) / sizeof(all[0]);
	struct admin_flag *own = arena_array(arena, struct admin_flag, n_all);
	size_t n = 0;

	for (size_t i = 0; i < n_all; i++)
		if (all[i].flag == FLAG_OFF || all[i].flag == FLAG_ON)
			own[n++] = (struct admin_flag){all[i].name, all[i].flag == FLAG_ON};
	return (struct object_list){.items = own, .n_items = n};
}

static struct object_list external_ids_from(
	struct arena *arena, const struct person_overview *overview)
{
	struct admin_external_id *ids =
		arena_array(arena, struct admin_external_id, overview->n_external_ids);

	for (size_t i = 0; i < overview->n_external_ids; i++)
		ids[i] = (struct admin_external_id){
			.external_id = masked_text(arena, overview->external_ids[i].external_id),
			.source = overview->external_ids[i].source,
			.created_us = overview->external_ids[i].created_us,
		};
	return (struct object_list){.items = ids, .n_items = overview->n_external_ids};
}

static struct object_list merges_from(struct arena *arena, const struct person_overview *overview)
{
	struct admin_person_merge *merges =
		arena_array(arena, struct admin_person_merge, overview->n_merges);

	for (size_t i = 0; i < overview->n_merges; i++)
		merges[i] = (struct admin_person_merge){
			.id = overview->merges[i].id,
			.account_id = admin_person_id(arena, overview->merges[i].merged),
			.merged_us = overview->merges[i].created_us,
			.undone_us = overview->merges[i].undone_us,
		};
	return (struct object_list){.items = merges, .n_items = overview->n_merges};
}

struct admin_person admin_person_from(struct arena *arena, const struct person_overview *overview)
{
	return (struct admin_person){
		.tenant_id = overview->tenant_id,
		.account_id = uuid_is_nil(overview->account_id)
			? NULL
			: admin_person_id(arena, overview->account_id),
		.previous_account_ids = {
			.items = overview->former_ids, .n_items = overview->n_former_ids,
		},
		.state = admin_user_state_name(overview->state),
		.is_risk = overview->is_risk,
		.created_us = overview->created_us,
		.disabled_us = overview->disabled_us,
		.tenant_disabled_us = overview->tenant_disabled_us,
		.lockout_us = overview->lockout_us,
		.erases_us = overview->erases_us,
		.users = users_from(arena, overview),
		.unionids = unionids_from(arena, overview),
		.phones = admin_person_phones(arena, overview),
		.confirmed_phone = admin_person_confirmed(arena, overview),
		.members = members_from(arena, overview),
		.n_memberships = overview->n_memberships,
		.flags = flags_from(arena, &overview->flags),
		.tokens = {.items = overview->tokens, .n_items = overview->n_tokens},
		.sessions = admin_person_sessions(arena, overview),
		.consents = {.items = overview->consents, .n_items = overview->n_consents},
		.external_ids = external_ids_from(arena, overview),
		.merges = merges_from(arena, overview),
		.refusals = {.items = overview->refusals, .n_items = overview->n_refusals},
	};
}
