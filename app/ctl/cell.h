/*
 * Values of a CSV file as spreadsheets write and read them.
 *
 * A spreadsheet takes a value that begins with =, +, -, @, a tab or CR for a formula. Such a value
 * is written with an apostrophe before it, and so is one with blanks around it. Reading removes the
 * apostrophe, so that "+852…" stays a number. A value that has apostrophes before such a character
 * gets one more and loses it again. ="…", which spreadsheets use to keep a number text, is read as
 * its text. What a program writes in place of a lost value is no value, unless an apostrophe stands
 * before it.
 */
#ifndef CELL_H
#define CELL_H

#include <stdbool.h>

struct arena;

/* Reads a value, in its own bytes: removes the apostrophe that cell_needs_guard() asks for; if
 * there is none, removes blanks around it and takes the text of ="…". *loss_r: what a program has
 * written in place of the value, and what to do; NULL: nothing. */
const char *cell_clean(char *value, const char **loss_r);
/* Whether a value must be written with an apostrophe before it. */
bool cell_needs_guard(const char *value);
/* The same in JSON, where only blanks around it would get lost. */
bool cell_needs_blank_guard(const char *value);

/* Returns a value to print, in the arena: cut, and with what cannot be seen as fold_show() writes
 * it. */
const char *cell_show(struct arena *arena, const char *value);
/* What a spreadsheet has written in place of the number or word that was meant, and what to do;
 * NULL: nothing. */
const char *cell_loss(const char *value);
/* Skips the apostrophes before a number that is text, as typed and as word processors correct
 * them. */
const char *cell_after_apostrophes(const char *value);
/* Returns a number or word, in the arena: folded as fold.h does, without apostrophes before it and
 * ".0" after it. */
const char *cell_plain(struct arena *arena, const char *value);
/* Whether it is a day as Excel counts them, perhaps with a time: 32878, 45292.354167. */
bool cell_is_excel_day(const char *value);
/* Returns a day, perhaps with a time, in the arena: 1990年1月5日 as 1990-1-5, 19900105 as
 * 1990-01-05. */
const char *cell_day(struct arena *arena, const char *value);
/* Why a day as cell_day() returns it may mean another than the one that is read, and how to write
 * it: 5/3/2021 is in May or in March. NULL: it cannot. */
const char *cell_day_problem(const char *day);

#endif
