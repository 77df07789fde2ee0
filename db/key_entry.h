/*
 * The entries of the audit about the keys of the key files.
 */
#ifndef KEY_ENTRY_H
#define KEY_ENTRY_H

#include <stdint.h>

#include "db.h"
#include "secret_keys.h"

/* As key files and commands are named: "sealing". */
const char *key_kind_name(enum secret_key_kind kind);

/* Call it within a transaction. action: "keys.rotate". */
enum err key_entry_write(
	struct db *db, const char *action, enum secret_key_kind kind, int32_t number);
/* The same in a transaction of its own. */
enum err key_entry_write_alone(
	struct db *db, const char *action, enum secret_key_kind kind, int32_t number);

#endif
