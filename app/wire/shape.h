/*
 * The shape of a message: a table of fields for a C struct. Messages are read (JSON, XML, form,
 * query), checked and written (JSON, XML) by this table. It also says which fields no log may show,
 * and what a field means.
 *
 *	struct save_request {
 *		int32_t id;
 *		const char *open_id;
 *	};
 *	static const struct field save_request_fields[] = {
 *		FIELD(struct save_request, id, INT32, .name = "id",
 *			.text = {"编号", "id of the user"}),
 *		FIELD(struct save_request, open_id, STR, .name = "openId", .max = 64,
 *			.text = {"微信 openid", "openid of the user"}),
 *		FIELD_END
 *	};
 *	const struct shape save_request_shape = {
 *		.name = "WxBuyingUser", .size = sizeof(struct save_request),
 *		.fields = save_request_fields,
 *	};
 *
 * A model is such a struct in the request's arena; a member that was not sent is zero. FIELD() does
 * not compile if the kind does not fit the member's C type.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "date.h"

struct int32_list {
	const int32_t *items;
	size_t n_items;
	bool is_null;
};

struct int64_list {
	const int64_t *items;
	size_t n_items;
	bool is_null;
};

struct object_list {
	const void *items; /* an array of n_items structs of the field's shape */
	size_t n_items;
	bool is_null;
};

struct string_list {
	const char *const *items;
	size_t n_items;
	bool is_null;
};

enum field_kind {
	FIELD_END_OF_TABLE,
	FIELD_STR,         /* const char *; NULL is null */
	FIELD_INT32,       /* int32_t; a number without quotes */
	FIELD_INT64,       /* int64_t; read through the long converter, written "quoted" */
	FIELD_BOOL,        /* bool; true and false */
	FIELD_FLAG,        /* bool; written as 0 and 1 (account dialect) */
	FIELD_DATE,        /* struct date */
	FIELD_INSTANT,     /* int64_t of clock.h, 0 is null; written in UTC (RFC 3339) */
	FIELD_EPOCH,       /* the same; written as seconds since 1970 */
	FIELD_INT32_LIST,  /* struct int32_list */
	FIELD_INT64_LIST,  /* struct int64_list; elements quoted */
	FIELD_STR_LIST,    /* struct string_list */
	FIELD_OBJECT,      /* const void *: a struct of .shape, NULL is null */
	FIELD_OBJECT_LIST, /* struct object_list of .shape */
	FIELD_NULL,        /* const void *; always null */
};

struct shape;

/* What a person reads, in Chinese and in English. */
struct text {
	const char *zh, *en;
};

struct field {
	/* In JSON, where nothing in it is escaped, and, where it is a parameter, in the query. */
	const char *name;
	const char *property; /* in forms and in errors, as the original has it; NULL: name */
	const char *element;  /* in XML; NULL: property, else name */
	enum field_kind kind;
	/* The place among the XML elements, from 1. With 0 no element is written, and one is read
	 * at any place if .element names it. */
	unsigned char order;
	bool is_required;     /* if absent: of a query 404, of a body a member error */
	bool is_id;           /* names a row, a person or a credential */
	bool is_lenient;      /* a value that cannot be read is ignored */
	bool takes_scalars;   /* of JSON a string may also be a number, true or false */
	bool is_trimmed;      /* a string is trimmed by fold_trim() */
	bool is_read_only;    /* a request that has it is refused, whatever the value is */
	bool null_clears;     /* null is "", and of an object null for each of its members */
	bool is_optional;     /* JSON leaves out what is null, and an INT32 that is 0 */
	bool may_be_null;     /* in an answer; the reference says so */
	bool ignores_blanks;  /* max counts neither blanks nor dashes: fold_n_chars() */
	/* The maximum: of a string in characters, which a string of a request must have; of an
	 * INT32 that may not be negative; 0: none. */
	unsigned short max;
	size_t offset;
	size_t given; /* of a bool that becomes true if the member has a value, or null that clears;
		       * 0: none */
	const struct shape *shape;
	const char *const *names; /* of an INT32 in XML: names by number, NULL at the end */
	/* Checks the form of a string. Returns NULL, or what is wrong. */
	const struct text *(*check)(const char *value);
	struct text text; /* what it means, for the reference */
	struct text request_text; /* and what only holds in a request; may be NULL */
};

enum shape_kind {
	SHAPE_OBJECT,
	SHAPE_LIST, /* the message is a list: its only field, of a list kind, is the content */
};

struct shape {
	const char *name; /* of the type in the contract */
	size_t size;
	enum shape_kind kind;
	const struct field *fields;
	/* xml_root is the element of an item in a list, too. Without namespace (NULL) a root has no
	 * type. */
	const char *xml_root, *xml_namespace;
};

#define FIELD_TYPE_STR const char *
#define FIELD_TYPE_INT32 int32_t
#define FIELD_TYPE_INT64 int64_t
#define FIELD_TYPE_BOOL bool
#define FIELD_TYPE_FLAG bool
#define FIELD_TYPE_DATE struct date
#define FIELD_TYPE_INSTANT int64_t
#define FIELD_TYPE_EPOCH int64_t
#define FIELD_TYPE_INT32_LIST struct int32_list
#define FIELD_TYPE_INT64_LIST struct int64_list
#define FIELD_TYPE_STR_LIST struct string_list
#define FIELD_TYPE_OBJECT const void *
#define FIELD_TYPE_OBJECT_LIST struct object_list
#define FIELD_TYPE_NULL const void *

#define FIELD(model, member, type, ...)                                                         \
	{                                                                                       \
		.kind = FIELD_##type,                                                           \
		.offset = offsetof(model, member) +                                             \
			0 * sizeof((FIELD_TYPE_##type *)0 == &((model *)0)->member),            \
		__VA_ARGS__                                                                     \
	}
#define FIELD_END                                                                               \
	{                                                                                       \
		.kind = FIELD_END_OF_TABLE                                                      \
	}

#endif
