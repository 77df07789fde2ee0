/*
 * Sessions of the Admin API: what an admin key or an operator key is exchanged for, so that a page
 * need not keep the key. The browser has a cookie (SECRET_TOKEN_SIZE), of which only the SHA-256 is
 * stored.
 *
 * A session ends when its person ends it, when its key is revoked, when it was not used for
 * admin.session_minutes, ADMIN_SESSION_HOURS after it began, and when its key begins one over
 * ADMIN_SESSION_MAX and it is the oldest. It may do what its key may do now. Times are by the
 * database's clock.
 *
 * A use within ADMIN_SESSION_NOTED_S of the last noted one is not noted, so that a session may end
 * that much too early.
 */
#ifndef ADMIN_SESSION_H
#define ADMIN_SESSION_H

#include <stdint.h>

#include "crypto.h"
#include "db.h"
#include "principal.h"
#include "secret.h"

#define ADMIN_SESSION_HOURS 12
#define ADMIN_SESSION_MAX 100 /* of a key */
#define ADMIN_SESSION_NOTED_S 5

struct admin_session {
	int64_t id;
	int64_t created_us, ends_us;
	int64_t idle_ends_us; /* when it ends unless it is used before */
};

/* Begins a session of the key with which the principal has come, and writes it to the audit. text_r
 * is the cookie's value. */
enum err admin_session_begin(struct db *db, const struct principal *principal,
	struct admin_session *session_r, char text_r[SECRET_TOKEN_SIZE + 1]);
/* Finds whose session it is, and notes that it is used. Returns ERR_UNAUTHORIZED if it is unknown
 * or has ended. */
enum err admin_session_find(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
/* As admin_session_find(), but what asks is no use of the session, and does not make it last. */
enum err admin_session_find_unused(
	struct db *db, const uint8_t hash[CRYPTO_HASH_SIZE], struct principal *principal_r);
/* Finds the principal's session. Returns ERR_ABSENT if it has come without one. */
enum err admin_session_read(
	struct db *db, const struct principal *principal, struct admin_session *session_r);
/* Ends the principal's session, or all sessions of its key, and writes to the audit which. */
enum err admin_session_end(struct db *db, const struct principal *principal, bool ends_all);
/* Deletes sessions that have ended by time, a thousand at most; db->n_rows: how many. */
enum err admin_session_purge(struct db *db);

#endif
