/*
 * How other systems name what a user is, as tables: which files of theirs hold it, and in which
 * columns or members.
 */
#ifndef USER_FORMATS_H
#define USER_FORMATS_H

#include "user_fields.h"

#define USER_TABLES_MAX 3
#define USER_KINDS_MAX 4 /* of enum app_kind */
#define USER_KIND(kind) (1u << (kind))

/* Further values of a record, beside those of enum user_field. */
enum user_link {
	FIELD_KEY = N_USER_FIELDS, /* by which the table before names the record */
	FIELD_LINK,    /* the key of the record in the next table; without it externalId is */
	FIELD_KIND,    /* of which kind of app it is */
	FIELD_DELETED, /* whether it counts no more */
	N_USER_LINKS,
};

struct user_column {
	const char *names;   /* with '|' between; paths in JSON (ndjson.h); NULL: the end */
	int field;           /* enum user_field or enum user_link; an earlier column's value wins */
	bool is_required;    /* a file of the table has it */
	unsigned kinds;      /* of apps, USER_KIND(); 0: of all */
	const char *deleted; /* of FIELD_DELETED: the value that says so; NULL: 1, true or b'1' */
	/* Values, with '|' between, that say that the person may not log in; NULL: none does. */
	const char *disabled;
	const char *member;  /* the value is a text of JSON, of which this path is meant */
};

/* A table, file or collection of the other system. */
struct user_table {
	const char *name;
	const struct user_column *columns;
	/* What FIELD_KIND is in a record of this kind of app; NULL: it has no users of this kind.
	 * Of tables without FIELD_KIND all records count. */
	const char *kinds[USER_KINDS_MAX];
};

/* The first table has a record for each openid. The next ones add to it what they know. The key in
 * the last one is the externalId, if no table has that. */
struct user_format {
	const char *name;
	struct user_table tables[USER_TABLES_MAX];
	size_t n_tables;
};

/* In the order of USER_FORMAT_NAMES; one without a name is the end. */
extern const struct user_format user_formats[];
#define USER_FORMAT_NAMES "leancloud|uni-id|crmeb|yudao"

#endif
