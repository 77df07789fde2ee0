/*
 * The program's life: sockets, two pools of pre-forked workers, or one, signals, respawn with
 * back-off, watch, drain.
 *
 * HUP reads the configuration again. One that is no good changes nothing; else its workers come up
 * beside those that serve, which end as soon as all of the new are ready and hand their
 * connections over. When the new ones die instead, the old ones stay, or come back (reload.h).
 * USR2 does the same with the program's new file, under a new master (succession.h), but for coming
 * back: when the heir has taken over, its predecessor is gone.
 * USR1 opens the log file anew, here and in the workers.
 * INT and TERM drain: workers answer what they hold and what waits, then end. At TERM a master on
 * another program's sockets leaves them to the next master, since that is what a restart is.
 *
 * Who is told to end and does not within drain_timeout_ms is killed. A worker that dies is
 * replaced, at once the first times, then with growing pauses. When the master dies, its workers
 * serve on until the next is there (leaving.h).
 */
#ifndef MASTER_H
#define MASTER_H

struct generation;
struct inheritance;
struct start;

/* Runs until told to end; the exit status. first is the master's from now on. */
int master_run(const struct start *start, const struct generation *first,
	const struct inheritance *inheritance);

#endif
