#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "refusal.h"
#include "str.h"

#define AS_IPV6 "::ffff:"

void refusal_note(struct refusal *refusal, const char *address)
{
	char text[sizeof(AS_IPV6) + CIRCUIT_ADDRESS_SIZE];
	uint64_t halves[2];

	snprintf(text, sizeof(text), "%s%s", strchr(address, ':') == NULL ? AS_IPV6 : "", address);
	if (inet_pton(AF_INET6, text, halves) != 1)
		return;
	for (size_t i = 0; i < 2; i++)
		atomic_store(&refusal->halves[i], halves[i]);
	atomic_store(&refusal->noted_us, clock_now_us());
}

bool refusal_find(
	struct refusal *refusal, int64_t since_us, char address_r[CIRCUIT_ADDRESS_SIZE])
{
	const uint64_t halves[2] = {
		atomic_load(&refusal->halves[0]), atomic_load(&refusal->halves[1])};
	char text[CIRCUIT_ADDRESS_SIZE];

	if (atomic_load(&refusal->noted_us) <= since_us)
		return false;
	inet_ntop(AF_INET6, halves, text, sizeof(text));
	snprintf(address_r, CIRCUIT_ADDRESS_SIZE, "%s",
		str_starts_with(text, AS_IPV6) ? text + strlen(AS_IPV6) : text);
	return true;
}
