/*
 * The parts of a person for admin_person.h, a file for each: how they are made of an overview, and
 * their shapes. For admin_person*.c alone.
 */
#ifndef ADMIN_PERSON_PARTS_H
#define ADMIN_PERSON_PARTS_H

#include "arena.h"
#include "shape.h"
#include "uuid.h"

struct person_overview;

#define SHAPE(NAME, MODEL, FIELDS)                                                              \
	{                                                                                       \
		.name = NAME, .size = sizeof(MODEL), .fields = FIELDS                           \
	}

struct admin_person_user {
	int32_t id;
	const char *appid, *kind; /* NULL until an app has named the user */
	const char *openid;
	const char *unionid; /* NULL: none */
	const char *name;
	int32_t member_id; /* 0: none */
	bool is_following;
	int64_t created_us, login_us, revoked_us; /* 0: never */
};

struct admin_person_unionid {
	const char *open_platform, *unionid;
	int64_t created_us;
};

struct admin_person_phone {
	const char *number, *of;
	int32_t id;
	bool is_confirmed;
};

struct admin_confirmed_phone {
	const char *number; /* NULL: nothing of the person has it any more */
	const char *by;
	int64_t confirmed_us;
	bool counts;
};

struct admin_person_member {
	int32_t id;
	const char *name, *phone, *card_state;
};

struct admin_person_session {
	const char *id, *appid, *state;
	int32_t user_id, key_id;
	int64_t began_us, renewed_us, expires_us;
};

struct admin_external_id {
	const char *external_id, *source;
	int64_t created_us;
};

struct admin_person_merge {
	int64_t id;
	const char *account_id;
	int64_t merged_us, undone_us; /* undone_us: 0: it was not */
};

struct admin_flag {
	const char *name;
	bool value;
};

static inline const char *admin_person_id(struct arena *arena, struct uuid id)
{
	char *text = arena_alloc(arena, UUID_TEXT_SIZE);

	uuid_format(id, text);
	return text;
}

struct object_list admin_person_phones(
	struct arena *arena, const struct person_overview *overview);
/* NULL: none is confirmed. */
const struct admin_confirmed_phone *admin_person_confirmed(
	struct arena *arena, const struct person_overview *overview);
struct object_list admin_person_sessions(
	struct arena *arena, const struct person_overview *overview);

extern const struct shape admin_person_phone_shape, admin_person_confirmed_shape,
	admin_person_tokens_shape, admin_person_session_shape;

#endif
