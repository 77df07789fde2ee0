/*
 * What clients and WeChat send where they have no value: it overwrites nothing. The empty text is
 * none of these, since a user who saves clears with it.
 */
#ifndef PLACEHOLDER_H
#define PLACEHOLDER_H

#include <stdbool.h>

/* Blanks and what cannot be seen alone, or a scripting language's word for nothing. */
bool placeholder_is_text(const char *text);
/* The same, or the name that WeChat gives to everybody who has not chosen one. */
bool placeholder_is_name(const char *name);
/* The same as for any text, or WeChat's grey picture, or what only the client's device can show. */
bool placeholder_is_avatar(const char *url);

#endif
