/*
 * The terminal in this process's hands: keys as they are pressed, a page that is drawn over the
 * last one. It writes the few sequences of xterm that every terminal of today knows.
 *
 * However the program goes, by terminal_close(), a signal (^C, ^Z) or a fault of its own, it
 * leaves the terminal as it was.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TERMINAL_REVERSE "\033[7m"
#define TERMINAL_PLAIN "\033[0m"

struct buf;

/* What terminal_wait() returns beside a key. */
enum {
	TERMINAL_TIME = -1,
	TERMINAL_CHANGED = -2, /* what is shown may be gone, or have another size */
	TERMINAL_END = -3,
};

/* Whether standard input and output are one that can be drawn on. */
bool terminal_is_there(void);
/* -1: errno. */
int terminal_open(void);
void terminal_close(void);

void terminal_size(size_t *width_r, size_t *height_r);
/* Lines, each with its end, that fit. */
void terminal_show(const struct buf *page);
/* For a key, at most until then by clock_monotonic_us(). */
int terminal_wait(int64_t until_us);

#endif
