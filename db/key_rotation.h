/*
 * Replaces the key that seals, or that signs the audit, by a new one while the service runs.
 *
 * Each step is a committed row of key_check, and comes only when it is safe on all hosts:
 *
 *  1. The new key is in the files of all hosts, which know it from then on (key_check.h). Nothing
 *     is sealed with it.
 *  2. key_rotation_begin(): it is in use. Each process follows within a minute (key_host.h), and
 *     opens what others have sealed with it already. Refused while a host lacks it.
 *  3. key_reseal_run(): what older keys have sealed is sealed again, a batch at a time. What
 * is done stays done if it is killed; the next run does the rest.
 *  4. key_rotation_retire(): no host needs the old key, and its line may go from the files. Refused
 *     while a value needs it.
 */
#ifndef KEY_ROTATION_H
#define KEY_ROTATION_H

#include <stdint.h>

#include "db.h"
#include "secret_keys.h"

/* Takes the newest key of the file into use. Does nothing if it is. Returns ERR_PARAMETER with the
 * reason if a host lacks it. */
enum err key_rotation_begin(struct db *db, enum secret_key_kind kind, const char **reason_r);

/* Returns ERR_PARAMETER with the reason if the key is still needed. */
enum err key_rotation_retire(
	struct db *db, enum secret_key_kind kind, int32_t number, const char **reason_r);

#endif
