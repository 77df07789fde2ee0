/*
 * Text as people type and paste it, read by what can be seen of it. Blanks of any width, the marks
 * of direction that a phone's contacts put around a number and other invisible characters do not
 * count; full-width characters and the digits of some other scripts are those of ASCII, capitals
 * are small, any dash is '-', any middle dot or full stop is '.', and × is 'x'.
 *
 * What is stored is the text as it was given, unless a rule makes it a number; a name is trimmed.
 */
#ifndef FOLD_H
#define FOLD_H

#include <stdbool.h>
#include <stddef.h>

/* NULL, "", or nothing that can be seen. */
bool fold_is_blank(const char *text);
/* Returns whether text is well-formed UTF-8 of 1 to n_chars_max characters, of which one at least
 * can be seen and none is a control. */
bool fold_is_plain(const char *text, size_t n_chars_max);
/* Where text begins without the blanks and invisible characters around it, and its size until they
 * begin again. What only changes the form of the character before it stays. */
const char *fold_trim(const char *text, size_t *size_r);
/* The same in place. */
char *fold_trim_here(char *text);
/* Number of characters that can be seen, without the dashes that group a number. */
size_t fold_n_chars(const char *text);

/* The folded text without the characters in dropped. False: it does not fit, and is cut. */
bool fold_text(const char *text, const char *dropped, char *folded_r, size_t size);

/* Whether two texts are the same to a reader: dots do not count either. In a time that does not
 * show where they differ. */
bool fold_equal(const char *a, const char *b);

#endif
