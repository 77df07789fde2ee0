/*
 * The signals that say something to this program. They are blocked for good and fetched, so that
 * none interrupts a request.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>

/* TERM, INT: end. HUP: read the configuration again. USR1: open the log anew. USR2: give way to
 * this program's new file. CHLD. */
sigset_t signals_heard(void);
/* In the first process, before any other function of the platform. */
void signals_block(void);

#endif
