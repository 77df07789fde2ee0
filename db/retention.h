/*
 * Retention: what a tenant's settings retain_…_days say is too old is removed by a job. 0, the
 * default, keeps it.
 *
 * - A person who has not used the service for so long and 91 days is erased with all users, but the
 *   member stays: the card may be used at the counter, of which this program learns nothing. A
 *   login, and a change of profile, account, binding or residence are uses. So are renewals of a
 *   token, which are stored in tokens alone, and purged with them; since a family (token.h) ends 90
 *   days after its login, the last renewal is at most 91 days after a use that is stored. Who
 *   follows an official account, as WeChat has reported it, stays. So does who may not log in, or
 *   was locked until lately: a later login would make a new account that may. A user without an
 *   account stays as long as the account of a user that has the same unionid.
 * - A void card is erased, as member_erasure.h does, unless a user is bound to it.
 * - A consent is deleted if the person has agreed to the same document again since. The last one
 *   shows what the person has agreed to, and goes with the account. All consents stay while a merge
 *   into the account can be undone, which may take the later ones away.
 * - A merge is forgotten, and cannot be undone any more. One that was undone stays, since it keeps
 *   the accounts apart.
 * - What a resident has stated is deleted.
 *
 * A run of a setting begins once a day at most. It removes a fiftieth of the tenant's rows at most,
 * or one, so that a wrong value or clock does not remove everything before somebody sees it in the
 * log, the metrics or the audit. Nothing is removed while the clocks of this host and of the
 * database differ by more than an hour. A row counts from its last change, or from when it was
 * stored; whatever is removed is looked at again once it is locked.
 *
 * A run goes through the ids in windows, since an index on the time of the last use would be
 * written by every login. The table retention says how far it has come.
 */
#ifndef RETENTION_H
#define RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

/* Goes on with a run, or begins the next one that is due; a few rows. n_removed_r: how many of them
 * were removed. Sets *is_over_r if no run is due. */
enum err retention_step(struct db *db, int64_t *n_removed_r, bool *is_over_r);

/* Whether it is one of its settings. */
bool retention_has(const char *setting);

struct retention_preview {
	const char *rows; /* what is counted: "users" */
	int64_t n_old;    /* that the job would remove in all, counted so far */
	int64_t n_stored; /* of the tenant */
	int64_t n_most;   /* that it would remove in a day */
	int64_t place;    /* where to go on; 0: at the beginning, and when all were counted */
};

/* Counts for a second at most what a value of a setting would remove now, from the place on, and
 * moves that. Returns ERR_ABSENT if the setting is none of retention. */
enum err retention_look(struct db *db, int32_t tenant_id, const char *setting, int32_t days,
	struct retention_preview *preview);

#endif
