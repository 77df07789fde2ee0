/*
 * The sealed columns, as the statement tables name them: one that a statement seals or opens cannot
 * be left out.
 */
#ifndef SEALED_COLUMNS_H
#define SEALED_COLUMNS_H

#include <stddef.h>

#define SEALED_MAX 64

struct column;

struct sealed_columns {
	const struct column *columns[SEALED_MAX]; /* one of each */
	size_t n;
};

void sealed_columns_find(struct sealed_columns *sealed_r);

#endif
