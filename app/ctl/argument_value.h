/*
 * What an argument stands for beyond its text: a time, or a line of standard input, so that no
 * history of a shell keeps what names a person. Each function returns the exit status.
 */
#ifndef ARGUMENT_VALUE_H
#define ARGUMENT_VALUE_H

#include <stdint.h>

#include "arguments.h"

struct arena;

/* Reads a time, as the commands print it, as XML Schema has it, or so long ago (CTL_TIME); 0 if the
 * argument was left out. */
int argument_value_time(const struct argument *argument, const char *option, int64_t *at_us_r);
/* Reads the argument's text, or in place of "-" a line of standard input, in the arena; NULL if it
 * was left out. */
int argument_value_text(struct arena *arena, const struct argument *argument, const char *option,
	const char **text_r);

/* Reads WHEN: a day, which is the last one, a time, a number of days from now, or "never".
 * expires_us_r: the instant, API_KEY_NEVER, or 0 if the argument is left out. */
int argument_value_end(const struct argument *argument, const char *option, int64_t *expires_us_r);

#endif
