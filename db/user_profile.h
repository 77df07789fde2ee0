/*
 * The rule for the profile of a WeChat user: WeChat does not overwrite what the user has set.
 * Gender 0 and the values of placeholder.h overwrite nothing. An empty text clears a field if the
 * user saves it, and otherwise overwrites nothing either.
 */
#ifndef USER_PROFILE_H
#define USER_PROFILE_H

#include "user_row.h"

/* Applies the change to the row, which the caller stores, and sets row->update. The row points to
 * the texts of the change then. */
struct profile_effect user_profile_apply(
	struct user_row *row, const struct profile *change, enum profile_source source);

#endif
