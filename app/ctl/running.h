/*
 * The running program, as it tells of itself on its status socket.
 */
#ifndef RUNNING_H
#define RUNNING_H

#include <stdint.h>

struct ctl;

struct running {
	int32_t pid, generation;
	int32_t n_refused; /* reloads and upgrades that came to nothing */
	const char *text;  /* all it says, in the arena */
};

/* -1: errno. */
int running_ask(const struct ctl *ctl, struct running *running_r);

#endif
