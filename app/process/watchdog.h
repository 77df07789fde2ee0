/*
 * The master's eye on the workers: one whose request has passed its deadline is aborted, one line
 * in the log says where it stood, and one that survives the abort is killed.
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <stdint.h>

struct scoreboard;
struct service;

/* To be called several times a second. */
void watchdog_look(
	const struct scoreboard *board, const struct service *service, long deadline_ms);

#endif
