/*
 * What to say of words that are no command: the command that does what was meant, where another
 * program or somebody's habit has another word for it, or the nearest name. A command that takes
 * something away is offered by its name only to whom has mistyped a single letter.
 */
#ifndef UNKNOWN_COMMAND_H
#define UNKNOWN_COMMAND_H

struct arena;

/* Returns the error for the words, of which there is one at least and which end with NULL; without
 * any that may be secret. */
const char *unknown_command(struct arena *arena, char *const *words);

#endif
