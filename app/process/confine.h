/*
 * What a process gives up for good, so that somebody who takes it over gains little.
 */
#ifndef CONFINE_H
#define CONFINE_H

/* The master, each worker and wxuserctl: no core file, no memory that others of its user may read,
 * and no rights by a program that it starts. It may open as many files as it is allowed to. */
void confine_process(void);

/* Returns the version of Landlock of this system; 0: it has none; -1: a child that asked was
 * killed, as the SystemCallFilter of an earlier unit does. */
int confine_landlock_version(void);
/* Returns what a worker under that version could do that it should not: "bind ports, which …".
 * NULL: nothing. */
const char *confine_lack(int landlock_version);
/* Returns the version of Landlock that workers may use; 0: none, and the log says what follows. */
int confine_find_landlock(void);

/* A worker: also little memory and, unless the version of Landlock is 0, no program started, no
 * port bound, and no file made, changed or removed but below the directories, which NULL ends. One
 * that cannot be opened is left out, also if it is made later, and a warning says so. */
void confine_worker(int landlock_version, const char *const *directories);

#endif
