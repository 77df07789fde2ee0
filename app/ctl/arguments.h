/*
 * Reads a command's arguments by the text of its usage: "--tenant ID [--note TEXT] NAME".
 *
 * A word of the usage stands for a value, alone or with an option before it. Brackets hold what may
 * be left out, "[--dry-run]" an option without a value. The word says what a value may be: ID, N
 * and SECONDS are numbers from 1, a|b|c is one of these, a,b,c are some of these, FILE and
 * DIRECTORY are paths, and any other word is text: 1 to ARGUMENT_CHARS_MAX characters of UTF-8
 * without controls, for NAME without what cannot be seen, too; for NETWORKS, APPIDS, MAP, SUBJECT
 * and WHO ARGUMENT_LIST_CHARS_MAX, for OLD-ID ARGUMENT_OLD_ID_CHARS_MAX, for HEADS
 * ARGUMENT_HEADS_CHARS_MAX. "NAME..." at the end takes one or more values, up to ARGUMENTS_MAX of
 * all parameters.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARGUMENTS_MAX 16
#define ARGUMENT_CHARS_MAX 64
#define ARGUMENT_OLD_ID_CHARS_MAX 128
#define ARGUMENT_LIST_CHARS_MAX 255
#define ARGUMENT_HEADS_CHARS_MAX 65536

struct arena;

struct argument {
	const char *text; /* NULL: left out; for an option without a value: the option */
	/* Of ID, N and SECONDS; the place in a|b|c, from 0; the places in a,b,c as bits. */
	int32_t number;
};

/* How it begins if there is an argument that the usage does not have. */
#define ARGUMENT_UNEXPECTED "unexpected argument"

/* Reads words, which end with NULL, as values in the order of the usage. Returns NULL, or what is
 * wrong, in the arena: without any value, since that may be a secret, a phone or an openid. */
const char *arguments_read(const char *usage, char *const *words, struct arena *arena,
	struct argument values_r[ARGUMENTS_MAX]);

/* Whether the first size bytes are small letters, with - between, and so few that they may be
 * printed: they are no secret, phone or openid. */
bool argument_may_be_printed(const char *word, size_t size);

#endif
