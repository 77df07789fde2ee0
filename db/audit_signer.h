/*
 * Why this host may be unable to verify the signature of an entry of the audit, for the files
 * audit*.c.
 */
#ifndef AUDIT_SIGNER_H
#define AUDIT_SIGNER_H

#include "audit_row.h"
#include "db.h"

enum audit_signer {
	AUDIT_SIGNER_NONE,    /* no key of the service has signed it as it is */
	AUDIT_SIGNER_LOST,    /* its key may have signed it, and is lost, as the file says */
	AUDIT_SIGNER_MISSING, /* the database knows its key, and the file of this host lacks it */
};

/* The first entry that a newer key has signed. All zero at first. A lost key can only have signed
 * entries with lower ids: whoever writes to the table can give its number to any. */
struct audit_successor {
	bool is_read;
	int32_t key_number; /* newer than this one, 0: than the look-up keys */
	int64_t entry_id;   /* 0: there is none */
	int64_t at_us;
};

/* Call it for an entry whose signature does not verify. successor keeps what was read for the next
 * entry with the same key. */
enum err audit_find_signer(struct db *db, struct audit_successor *successor,
	const struct audit_row *row, enum audit_signer *signer_r);

#endif
