/*
 * Values of a CSV file as spreadsheets leave and take them.
 *
 * A spreadsheet takes a value that begins with =, +, -, @, a tab or CR for a formula. Such a value
 * is written with an apostrophe before it, and so is one with blanks around it; reading takes the
 * apostrophe away, so that "+852…" stays a number. A value that has apostrophes before such a
 * character gets one more and loses it again. ="…", which keeps a number text, is read as its text.
 * What stands in a file where a value was lost is no value, unless it has the apostrophe, too.
 */
#ifndef CELL_H
#define CELL_H

#include <stdbool.h>

struct arena;

/* The value without the apostrophe that cell_needs_guard() asks for; else without blanks around it,
 * and of ="…" the text. In the same bytes. loss_r: what a program has put in the place of that
 * text, and what to do; NULL: nothing. */
const char *cell_clean(char *value, const char **loss_r);
/* Whether a value must be written with an apostrophe before it. */
bool cell_needs_guard(const char *value);

/* To be shown to somebody: cut, and without what a terminal would obey. In the arena. */
const char *cell_show(struct arena *arena, const char *value);
/* What a spreadsheet has put in the place of the number or word that was meant, and what to do;
 * NULL: nothing. */
const char *cell_loss(const char *value);
/* A number or a word, folded as fold.h does, without apostrophes before it and ".0" after it. In
 * the arena. */
const char *cell_plain(struct arena *arena, const char *value);
/* A day, perhaps with a time: 1990年1月5日 and 19900105 as 1990-1-5 and 1990-01-05. In the arena.
 */
const char *cell_day(struct arena *arena, const char *value);

#endif
