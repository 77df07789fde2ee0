/*
 * What a file says of a user, field by field: the columns of "users import" and "users export".
 */
#ifndef USER_FIELDS_H
#define USER_FIELDS_H

#include <stdbool.h>

#include "csv_column.h"
#include "user_import_row.h"

enum user_field {
	FIELD_OPENID,
	FIELD_UNIONID,
	FIELD_EXTERNAL_ID,
	FIELD_EXTERNAL_SOURCE,
	FIELD_NAME,
	FIELD_AVATAR,
	FIELD_PHONE,
	FIELD_PHONE_CONFIRMED,
	FIELD_GENDER,
	FIELD_LANGUAGE,
	FIELD_COUNTRY,
	FIELD_PROVINCE,
	FIELD_CITY,
	FIELD_CREATED_AT,
	FIELD_LAST_LOGIN_AT,
	FIELD_DISABLED,
	N_USER_FIELDS,
};

/*
 * A user as a line of a file.
 *
 *	openid         of the app; the one column that must be there
 *	unionid        of the app's Open Platform account
 *	externalId     the id in the other system; several with blanks between
 *	externalSource the system's name, of each id; "-": none is given
 *	name, avatar   up to 64 and 512 characters
 *	phone          a mobile number
 *	phoneConfirmed true or 是, false or 否, or when it was confirmed
 *	gender         男, 女, 1, 2; anything else is unknown
 *	language, country, province, city
 *	createdAt, lastLoginAt
 *	               a date with or without a time, in UTC+8 unless it says another zone, or
 *	               seconds or milliseconds since 1970; not in the future
 *	disabled       true or 是: the person may not log in
 *
 * An empty value changes nothing.
 */
extern const struct csv_column user_columns[];

/* Whether a system may be called so: 1 to 32 letters, digits, - . _, but not - alone. */
bool user_fields_is_source(const char *name);

/* Reads values in the order of user_columns; trusts_phones: a phone that is confirmed there counts
 * as confirmed. NULL, or what is wrong. Texts are in the arena. */
const char *user_fields_read(const struct csv_record *record, bool trusts_phones,
	struct arena *arena, struct user_import_row *row_r);
/* The values of a row as user_fields_read() reads them, in the arena; "" for what it has not. */
void user_fields_write(const struct user_import_row *row, struct arena *arena,
	const char *values_r[N_USER_FIELDS]);

#endif
