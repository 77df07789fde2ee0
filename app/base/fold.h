/*
 * Folds text that people type and paste, so that texts which look alike compare equal. Blanks of
 * any width and invisible characters are dropped, such as the marks of direction that a phone's
 * contacts put around a number. Full-width characters and the digits of some other scripts become
 * those of ASCII, capitals become small, any dash becomes '-', any middle dot or full stop '.', and
 * × becomes 'x'.
 *
 * Folded text is compared, not stored. A text is stored as it was given; a name is trimmed.
 */
#ifndef FOLD_H
#define FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns whether text is NULL or nothing of it can be seen. */
bool fold_is_blank(const char *text);
/* Returns whether a character of text, which is well-formed UTF-8, is a control or separates lines
 * or paragraphs. */
bool fold_has_control(const char *text);
/* Returns whether text is well-formed UTF-8 of 1 to n_chars_max characters, of which one at least
 * can be seen and none is such a control. */
bool fold_is_plain(const char *text, size_t n_chars_max);
/* Returns whether a character of text has no place in a name: a control, or another that cannot be
 * seen, such as one that turns the direction of text. Blanks may stand in a name, and so may what
 * joins or changes the form of a character beyond ASCII before it. *point_r: the first. */
bool fold_find_hidden(const char *text, uint32_t *point_r);
/* Returns whether text is plain and has no such character. */
bool fold_is_name(const char *text, size_t n_chars_max);
/* Writes text with such characters as \\u202e. Cuts what does not fit. size: FOLD_ESCAPE_SIZE or
 * more. */
#define FOLD_ESCAPE_SIZE sizeof("\\uffffff")
void fold_show(const char *text, char *shown_r, size_t size);
/* Finds the part of text without the blanks and invisible characters around it. A variation
 * selector, which changes the form of the character before it, stays. */
const char *fold_trim(const char *text, size_t *size_r);
/* Does the same in place. */
char *fold_trim_here(char *text);
/* Returns the number of characters that can be seen. Dashes do not count, since they group a
 * number. */
size_t fold_n_chars(const char *text);

/* Writes the folded text without the characters in dropped. Returns false if it was cut because it
 * does not fit. */
bool fold_text(const char *text, const char *dropped, char *folded_r, size_t size);

/* Returns whether two texts are equal when folded and without dots. It takes the same time wherever
 * they differ. */
bool fold_equal(const char *a, const char *b);

#endif
