/*
 * Which hosts follow a look-up key that replaces another one (lookup_rotation.h).
 */
#ifndef LOOKUP_HOSTS_H
#define LOOKUP_HOSTS_H

#include <stdint.h>

#include "db.h"

/* Returns ERR_PARAMETER with the reason if the service of a host is of an older release, which
 * takes a second look-up key for a wrong one. */
enum err lookup_hosts_may_add(struct db *db, const char **reason_r);
/* Sets reason_r to why not all hosts follow the step of the key; NULL: they do. */
enum err lookup_hosts_find_behind(
	struct db *db, int32_t number, int32_t step, const char **reason_r);

#endif
