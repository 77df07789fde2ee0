/*
 * Placeholders: texts that clients and WeChat send instead of a value. A placeholder overwrites
 * nothing. The empty text is none, since a user clears a value with it.
 */
#ifndef PLACEHOLDER_H
#define PLACEHOLDER_H

#include <stdbool.h>

/* Whether a text has only blanks and invisible characters, or is a scripting language's word for
 * nothing, as "undefined". */
bool placeholder_is_text(const char *text);
/* The same, or the name that WeChat gives to a user who has not chosen one. */
bool placeholder_is_name(const char *name);
/* The same as for any text, or WeChat's grey picture, or a URL that only the client's device can
 * show. */
bool placeholder_is_avatar(const char *url);

#endif
