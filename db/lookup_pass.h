/*
 * A pass over the rows that have look-up hashes, of lookup_columns.h or a part of one.
 */
#ifndef LOOKUP_PASS_H
#define LOOKUP_PASS_H

#include <stdint.h>

#include "err.h"

struct lookup_pass {
	/* An error ends the pass. */
	enum err (*batch_done)(void *ctx, int64_t n_read, int64_t n_written);
	void *ctx;
};

#endif
