/*
 * The address of this host that WeChat refused last, because an app's IP whitelist lacks it. A
 * worker that calls WeChat notes it, and any worker can report it. In shared memory, zeroed at
 * first. Two addresses noted at the same moment may give a mixture of both, until the next refusal.
 */
#ifndef WHITELIST_REFUSAL_H
#define WHITELIST_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

/* Of the text of an IPv4 or IPv6 address, as INET6_ADDRSTRLEN. */
#define WHITELIST_ADDRESS_SIZE 46

struct whitelist_refusal {
	_Atomic int64_t noted_us;   /* clock_now_us(); 0: never */
	_Atomic uint64_t halves[2]; /* of the address, as IPv6 */
};

/* Ignores a text that is no address. */
void whitelist_refusal_note(struct whitelist_refusal *refusal, const char *address);
/* Returns false if no address was refused within the last hour. */
bool whitelist_refusal_find(
	const struct whitelist_refusal *refusal, char address_r[WHITELIST_ADDRESS_SIZE]);

#endif
