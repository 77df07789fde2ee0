/*
 * What an erasure has erased, or would by a dry run. Of an openid without a user the events that
 * WeChat has sent are erased; that is an erasure too.
 */
#ifndef ERASED_H
#define ERASED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct erased {
	bool is_found, is_account_too;
	int64_t receipt; /* the id of the last audit entry of a user; 0: nothing was erased */
	struct erased_rows {
		const char *table;
		int n_rows;
	} rows[48];
	size_t n_tables;
};

#endif
