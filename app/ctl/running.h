/*
 * The running program, as it tells of itself on its status socket.
 */
#ifndef RUNNING_H
#define RUNNING_H

#include <stdint.h>

struct buf;
struct ctl;

struct running {
	int32_t pid, generation;
	int32_t n_refused; /* reloads and upgrades that came to nothing */
	const char *text;  /* all it says, in the arena */
};

/* -1: errno. */
int running_ask(const struct ctl *ctl, struct running *running_r);
/* words: as status.h has them. -1: errno. */
int running_ask_for(const struct ctl *ctl, const char *words, struct buf *text_r);
/* Says that it could not be asked, by errno, and what may be wrong; EXIT_FAILURE. */
int running_fail(void);

#endif
