/*
 * A link of a chain of the audit as it is stored, for audit_chain.c and audit_verify.c.
 */
#ifndef AUDIT_LINK_H
#define AUDIT_LINK_H

#include "audit_head.h"
#include "audit_row.h"

struct audit_link {
	int32_t tenant_id;
	int64_t sequence, entry_id;
	bool is_genuine;
	int64_t sealed_us;
	int32_t key_number;
	uint8_t mac[CRYPTO_HASH_SIZE];
};

#define AUDIT_LINK_NAMES(l)                                                                     \
	l "tenant_id, " l "sequence, " l "entry_id, " l "is_genuine, " l "sealed_at, " l        \
	  "key_number, " l "mac"
#define AUDIT_LINK_COLUMNS(model, link)                                                         \
	COLUMN(model, link.tenant_id, INT32), COLUMN(model, link.sequence, INT64),              \
		COLUMN(model, link.entry_id, INT64), COLUMN(model, link.is_genuine, BOOL),      \
		COLUMN(model, link.sealed_us, TIME), COLUMN(model, link.key_number, INT32),     \
		COLUMN(model, link.mac, HASH)

/* Returns in the arena of db what is signed of a link: previous, which is the MAC of the link
 * before it, all zero for the first one; the link, and its entry. */
struct secret_text audit_link_text(const struct db *db, const struct audit_link *link,
	const struct audit_row *row, const uint8_t previous[CRYPTO_HASH_SIZE]);

struct audit_head audit_head_of(const struct audit_link *link);

#endif
