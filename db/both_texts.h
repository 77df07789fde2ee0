/*
 * The texts of statements while a look-up key replaces another one (lookup_rotation.h): what is
 * compared with a hash is compared with the hashes of both keys.
 */
#ifndef BOTH_TEXTS_H
#define BOTH_TEXTS_H

#include <stdbool.h>

struct both_texts;
struct column;
struct secret_keys;

/* Returns whether there is a FOUND_BY among the parameters, and two keys make hashes now. keys may
 * be NULL. */
bool both_texts_needed(const struct secret_keys *keys, const struct column *params);
/* Returns the text with two parameters for each FOUND_BY. It lives until both_texts_free(). texts
 * is made at first use. */
const char *both_texts_find(
	struct both_texts **texts, const char *text, const struct column *params);
/* texts may be NULL. */
void both_texts_free(struct both_texts *texts);

#endif
