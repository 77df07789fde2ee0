#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "str.h"
#include "whitelist_refusal.h"

#define REPORTED_US (3600 * CLOCK_SECOND_US)
#define AS_IPV6 "::ffff:"

void whitelist_refusal_note(struct whitelist_refusal *refusal, const char *address)
{
	char text[sizeof(AS_IPV6) + WHITELIST_ADDRESS_SIZE];
	uint64_t halves[2];

	snprintf(text, sizeof(text), "%s%s", strchr(address, ':') == NULL ? AS_IPV6 : "", address);
	if (inet_pton(AF_INET6, text, halves) != 1)
		return;
	for (size_t i = 0; i < 2; i++)
		atomic_store(&refusal->halves[i], halves[i]);
	atomic_store(&refusal->noted_us, clock_now_us());
}

bool whitelist_refusal_find(
	const struct whitelist_refusal *refusal, char address_r[WHITELIST_ADDRESS_SIZE])
{
	const uint64_t halves[2] = {
		atomic_load(&refusal->halves[0]), atomic_load(&refusal->halves[1])};
	char text[WHITELIST_ADDRESS_SIZE];

	if (atomic_load(&refusal->noted_us) <= clock_now_us() - REPORTED_US)
		return false;
	inet_ntop(AF_INET6, halves, text, sizeof(text));
	snprintf(address_r, WHITELIST_ADDRESS_SIZE, "%s",
		str_starts_with(text, AS_IPV6) ? text + strlen(AS_IPV6) : text);
	return true;
}
