/*
 * What the program was called with.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdint.h>

#include "pool.h"

struct service;

struct program {
	const struct service *service;
	const char *conf_path; /* NULL: defaults and environment alone */
	enum pool pool;        /* of the socket on standard input */
	int32_t n_workers;     /* of a master on that socket; 0: a single worker */
	char *const *argv;     /* of this program; an upgrade starts it again */
};

#endif
