/*
 * Words that stand for a number in a file.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* words: those of each number, with '|' between; NULL: the number has none. text: as cell_plain()
 * makes it. */
#define WORDS_FIND(words, text, number_r)                                                          \
	words_find((words), sizeof(words) / sizeof((words)[0]), (text), (number_r))
bool words_find(const char *const *words, size_t n_numbers, const char *text, int32_t *number_r);

/* Reads a sex as the number of GB/T 2261.1, 1 male and 2 female, from a word or from a number of 0
 * to 9. */
bool words_find_sex(const char *text, int32_t *sex_r);

#endif
