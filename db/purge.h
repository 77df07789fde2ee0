/*
 * The statement that removes what is too old, a thousand rows at most. It goes by the index of age,
 * whatever the optimizer thinks of a small table: else it locks all rows, waits for every request
 * and lets every request wait.
 *
 * OLD names table, that index, condition and order: "x FORCE INDEX (x_age) WHERE … ORDER BY …"; KEY
 * the primary key's columns, ON what makes a row of x one of old.
 */
#ifndef PURGE_H
#define PURGE_H

#include "stmt.h"

#define PURGE_OLD(X, KEY, OLD, ON)                                                              \
	{                                                                                       \
		.text = "DELETE " X " FROM (SELECT " KEY " FROM " OLD " LIMIT 1000) old "       \
			"STRAIGHT_JOIN " X " ON " ON,                                           \
	}

#endif
