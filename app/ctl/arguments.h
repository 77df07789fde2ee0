/*
 * A command's arguments, read by the text that its usage shows: "--tenant ID [--note TEXT] NAME".
 *
 * A word stands for a value, with an option before it or alone; brackets hold an option that may be
 * left out, with its value or, "[--dry-run]", without any. ID, N and SECONDS are numbers from 1,
 * a|b|c one of these, a,b,c some of these, FILE or DIRECTORY a path, any other value text: 1 to
 * ARGUMENT_CHARS_MAX characters of UTF-8 without controls. "NAME..." at the end takes one or more,
 * as many as there are places left.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdint.h>

#define ARGUMENTS_MAX 8
#define ARGUMENT_CHARS_MAX 64

struct arena;

struct argument {
	const char *text; /* NULL: left out; of an option without a value: the option */
	int32_t number; /* ID, N, SECONDS; place in a|b|c, from 0; places in a,b,c, as bits */
};

/* words: ends with NULL. The values in the order of usage. NULL: done, else what is wrong. */
const char *arguments_read(const char *usage, char *const *words, struct arena *arena,
	struct argument values_r[ARGUMENTS_MAX]);

#endif
