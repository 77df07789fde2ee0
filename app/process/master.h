/*
 * The master process: it holds the sockets, spawns two pools of workers, or one, respawns those
 * that die, and acts on signals:
 *
 *     HUP        reads the configuration again, see reload.h
 *     USR2       starts the program's new file, which takes over, see upgrade.h
 *     USR1       reopens the log files, here and in the workers
 *     INT, TERM  drain: workers finish their requests and those in the listen queue, then end
 *
 * On TERM, a master whose socket another program has made (systemd, supervisord) leaves its workers
 * to the next master, since TERM is the first half of a restart there.
 *
 * A worker that was stopped and still runs after drain_timeout_ms is killed. When the master dies,
 * its workers serve on until the next master's are ready (shutdown.h).
 */
#ifndef MASTER_H
#define MASTER_H

struct generation;
struct listen_fds;
struct program;

/* Runs until a signal or an upgrade ends it; returns the exit status. first is the master's from
 * now on. */
int master_run(const struct program *program, const struct generation *first,
	const struct listen_fds *listen_fds);

#endif
