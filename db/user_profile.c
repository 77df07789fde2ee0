#include <stddef.h>
#include <string.h>

#include "clock.h"
#include "placeholder.h"
#include "sealed_value.h"
#include "str.h"
#include "user_profile.h"

#define TEXT(member, bit_, since_, is_visible_, is_placeholder_)                                \
	{                                                                                       \
		.change = offsetof(struct profile, member),                                     \
		.stored = offsetof(struct user_row, profile.member),                            \
		.since = offsetof(struct user_row, since_),                                     \
		.update = offsetof(struct user_row, update.profile.member),                     \
		.update_since = offsetof(struct user_row, update.since_), .bit = (bit_),        \
		.is_visible = (is_visible_), .is_placeholder = (is_placeholder_)                \
	}

static const struct profile_text {
	size_t change, stored, since, update, update_since;
	int32_t bit;
	bool is_visible;
	bool (*is_placeholder)(const char *value);
} texts[] = {
	TEXT(name, USER_SET_NAME, name_us, true, placeholder_is_name),
	TEXT(avatar, USER_SET_AVATAR, avatar_us, true, placeholder_is_avatar),
	TEXT(phone, USER_SET_PHONE, phone_us, true, placeholder_is_text),
	TEXT(language, USER_SET_LANGUAGE, place_us, false, placeholder_is_text),
	TEXT(country, USER_SET_PLACE, place_us, true, placeholder_is_text),
	TEXT(province, USER_SET_PLACE, place_us, true, placeholder_is_text),
	TEXT(city, USER_SET_PLACE, place_us, true, placeholder_is_text),
};

static bool may_set(const struct user_row *row, int32_t bit, enum profile_source source)
{
	return source != PROFILE_FROM_WECHAT || (row->user_set & bit) == 0;
}

static void mark_set(struct user_row *row, int32_t bit, enum profile_source source, bool is_set)
{
	row->update.decided |= bit;
	if (source != PROFILE_FROM_WECHAT && is_set)
		row->user_set |= bit;
	else
		row->user_set &= ~bit;
}

/* An edit makes also a value that it does not change the user's. */
static bool must_mark(const struct user_row *row, int32_t bit, enum profile_source source)
{
	return source == PROFILE_FROM_EDIT && (row->user_set & bit) == 0;
}

static bool apply_text(struct user_row *row, const struct profile_text *text, const char *value,
	enum profile_source source)
{
	const char **stored = (const char **)((char *)row + text->stored);
	int64_t now_us;

	if (value == NULL || !may_set(row, text->bit, source) ||
		(strcmp(value, *stored) == 0 && *stored != sealed_value_damaged &&
			!must_mark(row, text->bit, source)))
		return false;
	if (str_is_empty(value) ? source < PROFILE_FROM_USER : text->is_placeholder(value))
		return false;
	now_us = clock_now_us();
	*stored = value;
	*(int64_t *)((char *)row + text->since) = now_us;
	*(const char **)((char *)row + text->update) = value;
	*(int64_t *)((char *)row + text->update_since) = now_us;
	mark_set(row, text->bit, source, source == PROFILE_FROM_EDIT || !str_is_empty(value));
	return true;
}

static bool apply_gender(struct user_row *row, int32_t gender, enum profile_source source)
{
	if (gender == PROFILE_NO_GENDER && source == PROFILE_FROM_EDIT)
		gender = 0;
	else if (gender != 1 && gender != 2)
		return false;
	if (!may_set(row, USER_SET_GENDER, source) ||
		(gender == row->profile.gender && !must_mark(row, USER_SET_GENDER, source)))
		return false;
	row->profile.gender = row->update.profile.gender = gender;
	row->gender_us = row->update.gender_us = clock_now_us();
	mark_set(row, USER_SET_GENDER, source, true);
	return true;
}

static bool apply_subscribed(struct user_row *row, int64_t subscribed_us)
{
	if (subscribed_us <= 0 || subscribed_us == row->profile.subscribed_us)
		return false;
	row->profile.subscribed_us = row->update.profile.subscribed_us = subscribed_us;
	return true;
}

struct profile_effect user_profile_apply(
	struct user_row *row, const struct profile *change, enum profile_source source)
{
	struct profile_effect effect = {0};

	row->update = (struct profile_update){0};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *value =
			*(const char *const *)((const char *)change + texts[i].change);
		bool is_changed = apply_text(row, &texts[i], value, source);

		effect.is_changed |= is_changed;
		effect.is_visible |= is_changed && texts[i].is_visible;
	}
	if (apply_gender(row, change->gender, source))
		effect = (struct profile_effect){.is_changed = true, .is_visible = true};
	effect.is_changed |= apply_subscribed(row, change->subscribed_us);
	row->update.user_set = row->user_set & row->update.decided;
	return effect;
}
