/*
 * A person with all that is known of one, as JSON: openids, unionids, names, phones and ids of
 * other systems are masked. Times are in UTC.
 */
#ifndef ADMIN_PERSON_H
#define ADMIN_PERSON_H

#include "v1/admin_person_parts.h"

struct admin_person {
	int32_t tenant_id;
	const char *account_id; /* NULL: none yet */
	struct string_list previous_account_ids;
	const char *state;
	bool is_risk;
	int64_t created_us, disabled_us, tenant_disabled_us, lockout_us, erases_us; /* 0: none */
	struct object_list users, unionids, phones;
	const void *confirmed_phone; /* struct admin_confirmed_phone; NULL: none */
	struct object_list members;
	int32_t n_memberships;
	struct object_list flags;
	struct object_list tokens; /* of struct overview_tokens */
	struct object_list sessions;
	struct object_list consents; /* of struct consent */
	struct object_list external_ids, merges;
	struct object_list refusals; /* of struct login_refusal */
};

/* Texts and lists are in the arena, or are those of the overview. */
struct admin_person admin_person_from(
	struct arena *arena, const struct person_overview *overview);

extern const struct shape admin_person_shape;

#endif
