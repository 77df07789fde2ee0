/*
 * Lets a long command end in order after SIGINT or SIGTERM. A second signal ends it at once.
 */
#ifndef STOP_H
#define STOP_H

#include <stdbool.h>

void stop_watch(void);
/* Whether a signal has come since stop_watch(). */
bool stop_is_asked(void);
/* Signals end the program again. */
void stop_unwatch(void);

#endif
