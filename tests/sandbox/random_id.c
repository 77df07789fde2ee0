#include "random_id.h"

#include "arena.h"
#include "clock.h"
#include "crypto.h"

static const char *draw(struct arena *arena, const char *alphabet, size_t n_chars)
{
	unsigned char *text = arena_alloc(arena, n_chars + 1);

	crypto_random(text, n_chars);
	for (size_t i = 0; i < n_chars; i++)
		text[i] = (unsigned char)alphabet[text[i] & 63];
	return (const char *)text;
}

const char *random_text(struct arena *arena, const char *prefix, size_t n_chars)
{
	return arena_printf(arena, "%s%s", prefix,
		draw(arena, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
			n_chars));
}

/* The last character carries the last two bits only. */
const char *random_session_key(struct arena *arena)
{
	static const char base64[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char last;

	crypto_random(&last, sizeof(last));
	return arena_printf(arena, "%s%c==", draw(arena, base64, 21), "AQgw"[last & 3]);
}

const char *random_rid(struct arena *arena)
{
	uint32_t random[2];

	crypto_random(random, sizeof(random));
	return arena_printf(arena, "%08x-%08x-%08x", (unsigned)(clock_now_us() / 1000000),
		random[0], random[1]);
}
