/*
 * Personal data as operators are shown them unless they ask for more, which is audited. Texts are
 * in the arena.
 */
#ifndef MASKED_H
#define MASKED_H

struct arena;

/* Returns 138****0001, by str_mask(); NULL and "" stay. */
const char *masked_text(struct arena *arena, const char *text);
/* The same, and NULL for "". */
const char *masked_or_null(struct arena *arena, const char *text);
/* Returns the first character of a name, by which people who bear the same name are told apart from
 * others, and two stars: 张**. "" for "" and NULL. */
const char *masked_name(struct arena *arena, const char *name);

#endif
