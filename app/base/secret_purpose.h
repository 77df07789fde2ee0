/*
 * The files of keys, and what each is used for, as a table.
 */
#ifndef SECRET_PURPOSE_H
#define SECRET_PURPOSE_H

/* A file each. */
enum secret_key_kind {
	SECRET_KEY_SEALING,
	SECRET_KEY_LOOKUP,
	SECRET_KEY_ERASURE,
	SECRET_KEY_AUDIT,
	SECRET_KEY_KINDS,
};

enum secret_purpose {
#define SECRET_PURPOSE(NAME, FILE, label, protects, rotates) SECRET_FOR_##NAME,
#include "secret_purpose.def"
#undef SECRET_PURPOSE
	SECRET_PURPOSES,
};

extern const struct secret_purpose_use {
	enum secret_key_kind kind;
	const char *label;              /* of HKDF */
	const char *protects, *rotates; /* for people */
} secret_purpose_uses[SECRET_PURPOSES];

#endif
