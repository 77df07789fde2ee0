/*
 * Columns: how a member of a struct goes into a parameter of a statement, and comes out of a column
 * of its results. COLUMN() does not compile if the kind does not fit the C type of the member.
 */
#ifndef COLUMN_H
#define COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "secret_purpose.h"
#include "uuid.h"

enum column_kind {
	COLUMN_END_OF_TABLE,
	COLUMN_INT32,  /* int32_t */
	COLUMN_REF,    /* int32_t; 0 is NULL */
	COLUMN_TENANT, /* int32_t: whose rows; among the parameters not sent, see stmt.h */
	COLUMN_ABSENT, /* of results only, for no member: where it is true there is no row */
	COLUMN_INT64,  /* int64_t */
	COLUMN_BOOL,   /* bool */
	COLUMN_STR,    /* const char *; NULL is NULL */
	COLUMN_TIME,   /* int64_t: microseconds since 1970 UTC of a DATETIME(6); 0 is NULL */
	COLUMN_UUID,   /* struct uuid; the nil one is NULL */
	COLUMN_HASH,   /* uint8_t[32]; all zero is NULL */
	/* Those from here on are made of texts. */
	COLUMN_SEALED, /* const char *; "" is NULL; see sealed_value_open() */
	COLUMN_TRIED,  /* the same, of results only; NULL if no key opens it */
	COLUMN_KEYED,  /* const char *, of parameters only: its keyed hash; "" is NULL */
	COLUMN_FOUND_BY, /* the same, to compare with: "= ?" or "<> ?", see FOUND_BY() */
	COLUMN_NEXT,   /* the same under the next look-up key; NULL if there is none */
};

struct column {
	enum column_kind kind;
	size_t offset;
	const char *member; /* its name, for tests/unit/statement_tenant.c; NULL of a sealed one */
	/* For SEALED, TRIED, KEYED, FOUND_BY and NEXT. */
	const char *table, *name;
	size_t tenant_offset, uuid_offset;
	enum secret_purpose purpose; /* for KEYED and FOUND_BY */
	const struct sealed_sql *sql; /* for SEALED */
};

/* What key_verify.c and key_rotation.c do with all values of a sealed column. */
struct sealed_sql {
	const char *values;  /* the rows after a primary key */
	const char *others;  /* those that other keys have sealed, with a hash of the bytes */
	const char *replace; /* the value of one of these, if the bytes are still the same */
	const char *numbers; /* how many values each key has sealed */
};

#define COLUMN_TYPE_INT32 int32_t
#define COLUMN_TYPE_REF int32_t
#define COLUMN_TYPE_TENANT int32_t
#define COLUMN_TYPE_INT64 int64_t
#define COLUMN_TYPE_BOOL bool
#define COLUMN_TYPE_STR const char *
#define COLUMN_TYPE_TIME int64_t
#define COLUMN_TYPE_UUID struct uuid
#define COLUMN_TYPE_HASH __typeof__(uint8_t[CRYPTO_HASH_SIZE])
#define COLUMN_TYPE_SEALED const char *

#define COLUMN_OFFSET(model, member, type)                                                      \
	(offsetof(model, member) +                                                              \
		0 * sizeof((COLUMN_TYPE_##type *)0 == &((model *)0)->member))
#define COLUMN(model, name, type)                                                               \
	{                                                                                       \
		.kind = COLUMN_##type, .offset = COLUMN_OFFSET(model, name, type),              \
		.member = #name                                                                 \
	}
#define ABSENT                                                                                  \
	{                                                                                       \
		.kind = COLUMN_ABSENT                                                           \
	}
/* A sealed column. The model needs the members tenant_id and row_uuid, too; a list of results names
 * all three. */
#define SEALED(model, member, table_name, column_name)                                          \
	SEALED_BY(model, member, table_name, column_name, "id")
/* A sealed column of results that may fail to open: it is NULL then, or sealed_value_lost if its
 * key is marked as lost. */
#define TRIED(model, member, table_name, column_name)                                           \
	{                                                                                       \
		.kind = COLUMN_TRIED, .offset = COLUMN_OFFSET(model, member, STR),              \
		.table = table_name, .name = column_name,                                       \
		.tenant_offset = COLUMN_OFFSET(model, tenant_id, INT32),                        \
		.uuid_offset = COLUMN_OFFSET(model, row_uuid, UUID)                             \
	}
/* A sealed column that another statement has declared. */
#define SEALED_LIKE(model, member, table_name, column_name)                                     \
	{                                                                                       \
		.kind = COLUMN_SEALED, .offset = COLUMN_OFFSET(model, member, SEALED),          \
		.table = table_name, .name = column_name,                                       \
		.tenant_offset = COLUMN_OFFSET(model, tenant_id, INT32),                        \
		.uuid_offset = COLUMN_OFFSET(model, row_uuid, UUID)                             \
	}
/* A sealed column of a table whose primary key is not "id". */
#define SEALED_BY(model, member, table_name, column_name, key_name)                             \
	{                                                                                       \
		.kind = COLUMN_SEALED, .offset = COLUMN_OFFSET(model, member, SEALED),          \
		.table = table_name, .name = column_name,                                       \
		.tenant_offset = COLUMN_OFFSET(model, tenant_id, INT32),                        \
		.uuid_offset = COLUMN_OFFSET(model, row_uuid, UUID),                            \
		.sql = &(const struct sealed_sql){                                              \
			.values = "SELECT " key_name ", tenant_id, row_uuid, " column_name      \
				  " FROM " table_name " WHERE " key_name " > ? ORDER BY "       \
				  key_name " LIMIT ?",                                          \
			.others = "SELECT " key_name ", tenant_id, row_uuid, " column_name      \
				  ", UNHEX(SHA2(" column_name ", 256)) FROM " table_name        \
				  " WHERE " key_name " > ? AND SUBSTRING(" column_name          \
				  ", 2, 2) <> UNHEX(LPAD(HEX(?), 4, '0')) ORDER BY " key_name   \
				  " LIMIT ?",                                                   \
			.replace = "UPDATE " table_name " SET " column_name " = ? WHERE "       \
				   key_name " = ? AND UNHEX(SHA2(" column_name ", 256)) = ?",   \
			.numbers = "SELECT CAST(CONV(HEX(SUBSTRING(" column_name                \
				   ", 2, 2)), 16, 10) AS INT) AS number, COUNT(*) FROM "        \
				   table_name " WHERE " column_name " IS NOT NULL "             \
				   "GROUP BY number LIMIT 1000",                                \
		}                                                                               \
	}
/* The hash of a text under the key of a purpose (secret_purpose.def); kind_name keeps the hashes of
 * one kind apart from those of others. A parameter to be stored is KEYED. One that a stored hash is
 * compared with is FOUND_BY: while a look-up key replaces another one, "= ?" of the text becomes
 * "IN (?, ?)", and "<> ?" "NOT IN (?, ?)", with the hashes of both keys. A unique hash is stored
 * under the next key, too: NEXT. */
#define KEYED(model, member, PURPOSE, kind_name)                                                \
	KEYED_AS(COLUMN_KEYED, model, member, PURPOSE, kind_name)
#define FOUND_BY(model, member, PURPOSE, kind_name)                                             \
	KEYED_AS(COLUMN_FOUND_BY, model, member, PURPOSE, kind_name)
#define NEXT(model, member, kind_name)                                                          \
	KEYED_AS(COLUMN_NEXT, model, member, LOOKUP, kind_name)
#define KEYED_AS(KIND, model, member, PURPOSE, kind_name)                                       \
	{                                                                                       \
		.kind = KIND, .offset = COLUMN_OFFSET(model, member, STR), .name = kind_name,   \
		.tenant_offset = COLUMN_OFFSET(model, tenant_id, INT32),                        \
		.purpose = SECRET_FOR_##PURPOSE                                                 \
	}
#define COLUMNS(...)                                                                            \
	(const struct column[])                                                                 \
	{                                                                                       \
		__VA_ARGS__,                                                                    \
		{                                                                               \
			.kind = COLUMN_END_OF_TABLE                                             \
		}                                                                               \
	}

#endif
