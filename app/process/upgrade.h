/*
 * An upgrade: the master starts its program's file again and passes its sockets on. The new master
 * spawns its workers beside those that serve and says on a link when they are ready. The old master
 * then hands off: from now on the paths of the sockets, the pid file and the connections are the
 * new master's. The old one stays until the new one has taken over, so that there is always a
 * master to signal. A new master that is not ready in time is ended, and nothing has changed.
 */
#ifndef UPGRADE_H
#define UPGRADE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct listen_fds;

/* ---- In the old master. */

struct upgrade {
	pid_t new_master; /* 0: there is none */
	char *const *argv;
	int link;
	int64_t started_us;
	bool is_late; /* and was signalled to end */
};

enum upgrade_state {
	UPGRADE_NONE,
	UPGRADE_WAITING,
	UPGRADE_READY,  /* the new master asks for the hand-off */
	UPGRADE_FAILED, /* the new master has ended; the reason is logged */
};

/* Starts argv with the descriptors of listen_fds and a link. Returns -1 and logs the reason if it
 * cannot. */
int upgrade_begin(struct upgrade *upgrade, char *const *argv, struct listen_fds *listen_fds);
/* To be called at each tick. After UPGRADE_FAILED comes UPGRADE_NONE. */
enum upgrade_state upgrade_poll(struct upgrade *upgrade);
void upgrade_hand_off(const struct upgrade *upgrade);
/* Returns true when the new master has taken over, has failed to, or was never started. */
bool upgrade_is_over(struct upgrade *upgrade);
/* Ends the new master if there is one. */
void upgrade_cancel(struct upgrade *upgrade);
/* In a worker: closes the link, so that the new master notices the old one's end at once. */
void upgrade_close(struct upgrade *upgrade);

/* ---- In the new master. */

/* Returns the link, -1 if this process was not started by an upgrade. */
int upgrade_link(const struct listen_fds *listen_fds);
void upgrade_send_ready(int link);
/* Tells the old master why this one will never be ready. */
void upgrade_send_failure(int link, const char *reason);
/* Returns whether the old master has handed off, or is gone. The caller closes the link when it has
 * taken over. */
bool upgrade_has_answered(int link);

#endif
