/*
 * The signals that this program acts on. They are blocked all the time and read by sigtimedwait()
 * or a signalfd, so that none interrupts a request.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>

/* Returns TERM, INT, HUP, USR1 and USR2, which master.h and worker.h describe, and CHLD. */
sigset_t signals_handled(void);
/* Blocks them. To be called in the first process, before anything else of the platform. */
void signals_block(void);

#endif
