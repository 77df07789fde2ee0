/*
 * Which address of this machine WeChat has refused last: a worker that calls it notes it, a worker
 * that is asked tells. In shared memory and all zero at first. Two addresses noted at the same
 * moment may give a mixture of both, until the next refusal.
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "circuit.h"

struct refusal {
	_Atomic int64_t noted_us;   /* clock_now_us(); 0: never */
	_Atomic uint64_t halves[2]; /* of the address, as IPv6 */
};

/* address: of IPv4 or IPv6; anything else is not noted. */
void refusal_note(struct refusal *refusal, const char *address);
/* False: none since then. */
bool refusal_find(
	struct refusal *refusal, int64_t since_us, char address_r[CIRCUIT_ADDRESS_SIZE]);

#endif
