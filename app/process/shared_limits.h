/*
 * The file by which all processes of a machine share breakers and token buckets: the masters
 * of two pools, an old master and the next, and workers that have no master. It is "limits" in
 * server.state_directory.
 *
 * It is made as limits.new and renamed when it is complete, under a lock, so that of several first
 * comers one makes it. One of another version of the program, or of before the machine's start, is
 * replaced; who has it open goes on with it. What is in it needs no lock, and no repair when a
 * process is killed.
 */
#ifndef SHARED_LIMITS_H
#define SHARED_LIMITS_H

struct conf;
struct scoreboard;

/* A file that its owner cuts ends with SIGBUS whoever uses what is gone. Makes it whole again, for
 * all who have it; it is called at each tick. */
void shared_limits_mend(const struct scoreboard *board);

/* Makes the board's breakers and buckets those of the file, which belongs to server.user. If that
 * cannot be, the board keeps its own, and a warning says why. */
void shared_limits_join(struct scoreboard *board, const struct conf *conf);

#endif
