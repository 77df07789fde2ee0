/*
 * An entry of the audit as it is stored, for the files audit*.c.
 */
#ifndef AUDIT_ROW_H
#define AUDIT_ROW_H

#include "audit_entry.h"
#include "column.h"
#include "crypto.h"
#include "db.h"
#include "secret.h"
#include "uuid.h"

struct audit_row {
	int64_t id;
	struct audit_entry entry;
	struct audit_origin origin; /* who is NULL: the release before has written it */
	struct uuid entry_uuid;
	int64_t at_us;
	int32_t key_number; /* 0: the look-up key's, from before the audit had one */
	uint8_t mac[CRYPTO_HASH_SIZE];
};

/* The columns of an entry, with a prefix such as "a.", and the members of a struct where they come
 * out to; row: which of its members is the struct audit_row. */
#define AUDIT_NAMES(a)                                                                          \
	a "entry_uuid, " a "tenant_id, " a "at, " a "action, " a "actor, " a "subject, " a      \
	  "details, " a "who, " a "origin, " a "request_id, " a "key_number, " a "mac"
#define AUDIT_COLUMNS(model, row)                                                               \
	COLUMN(model, row.entry_uuid, UUID), COLUMN(model, row.entry.tenant_id, REF),           \
		COLUMN(model, row.at_us, TIME), COLUMN(model, row.entry.action, STR),           \
		COLUMN(model, row.entry.actor, STR), COLUMN(model, row.entry.subject, STR),     \
		COLUMN(model, row.entry.details, STR), COLUMN(model, row.origin.who, STR),      \
		COLUMN(model, row.origin.address, STR),                                         \
		COLUMN(model, row.origin.request_id, STR),                                      \
		COLUMN(model, row.key_number, REF), COLUMN(model, row.mac, HASH)

/* Returns in the arena of db what is signed. */
struct secret_text audit_text(const struct db *db, const struct audit_row *row);
/* Whether its key is there and has signed it, and it was not changed since. */
bool audit_is_signed(const struct db *db, const struct audit_row *row);

#endif
