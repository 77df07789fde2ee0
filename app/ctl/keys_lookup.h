/*
 * "wxuserctl keys rotate lookup": goes through the steps of lookup_rotation.h, and tells what they
 * wait for and what is left.
 */
#ifndef KEYS_LOOKUP_H
#define KEYS_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl.h"
#include "migration_lock.h"

/* Returns the command's exit status. give_up_most: gives up no more hashes that keep the old key in
 * use; is_dry_run: tells of these alone. */
int keys_lookup_rotate(struct ctl *ctl, int32_t give_up_most, bool is_dry_run);

/* Tells that another process rotates keys. */
void keys_lookup_print_wait(void *ctx, const struct migration_holder *holder);

#endif
