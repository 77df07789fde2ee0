/*
 * Text as people type and paste it, read by what can be seen of it: blanks of any width, the marks
 * of direction that a phone's contacts put around a number and other invisible characters do not
 * count.
 */
#ifndef FOLD_H
#define FOLD_H

#include <stdbool.h>

/* NULL, "", or nothing that can be seen. */
bool fold_is_blank(const char *text);

#endif
