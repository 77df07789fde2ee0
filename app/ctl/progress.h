/*
 * Shows how far a long command has come, if standard error is a terminal.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	int64_t total, shown_us;
	bool is_terminal;
};

void progress_begin(struct progress *progress, const char *what, int64_t total);
void progress_show(struct progress *progress, int64_t done);
/* Removes the bar. */
void progress_end(const struct progress *progress);

#endif
