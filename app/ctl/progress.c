#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "progress.h"

#define PERIOD_US 100000
#define BAR_SIZE 40

static const char full[BAR_SIZE + 1] = "########################################";

void progress_begin(struct progress *progress, const char *what, int64_t total)
{
	*progress = (struct progress){
		.what = what,
		.total = total > 0 ? total : 1,
		.is_terminal = isatty(STDERR_FILENO) == 1,
	};
}

static void show_bar(struct progress *progress, int64_t done)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - progress->shown_us < PERIOD_US)
		return;
	progress->shown_us = now_us;
	fprintf(stderr, "\r[%-*.*s] %3d %%  %s", BAR_SIZE,
		(int)(done * BAR_SIZE / progress->total), full,
		(int)(done * 100 / progress->total), progress->what);
	fflush(stderr);
}

void progress_show(struct progress *progress, int64_t done)
{
	if (progress->is_terminal)
		show_bar(progress, done);
}

void progress_end(const struct progress *progress)
{
	/* Returns to the left and clears the line. */
	if (progress->is_terminal)
		fputs("\r\033[K", stderr);
}
