/*
 * Lines that an operator can paste into a shell. What is returned is in the arena, or the text
 * itself.
 */
#ifndef SHELL_H
#define SHELL_H

struct arena;

/* Returns a text as one word of a shell, in quotes if it needs them. */
const char *shell_word(struct arena *arena, const char *text);
/* Returns the line that runs wxuserctl with these words, the last of which is NULL. */
const char *shell_line(struct arena *arena, char *const *words);

#endif
