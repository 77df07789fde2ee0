/*
 * The master's eye on the workers: one whose request has passed its deadline is aborted, one line
 * in the log says where it stood, and one that survives the abort is killed.
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <stdint.h>

struct scoreboard;
struct service;
struct slot;

/* To be called several times a second. */
void watchdog_look(
	const struct scoreboard *board, const struct service *service, long deadline_ms);

/* Of this process, for heartbeat.h's alarm: it writes the same line, and ends the process. */
void watchdog_watch_own(const struct slot *slot, const struct service *service);

#endif
