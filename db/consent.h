/*
 * Consents: which version of which document a person has agreed to, and when. They are added and
 * never changed; they belong to the account, which may become another one's by a merge. Where an
 * account has too many, the oldest gives way that a later one to the same document follows.
 */
#ifndef DB_CONSENT_H
#define DB_CONSENT_H

#include <stdint.h>

#include "db.h"

#define CONSENT_DOCUMENT_MAX_CHARS 64
#define CONSENT_VERSION_MAX_CHARS 32
#define CONSENTS_MAX 1000 /* of an account */

struct principal;

struct consent {
	const char *document, *version;
	int64_t consented_us; /* microseconds since 1970 UTC */
};

/* Adds the consent of a person now, and sets its time. If the last consent to the document was to
 * the same version, nothing is added, and the time is that one's. Returns ERR_USER_UNKNOWN if the
 * person has gone since the token was found, or ERR_PARAMETER if the account has CONSENTS_MAX, each
 * to another document. */
enum err consent_add(struct db *db, const struct principal *principal, struct consent *consent);

#endif
