/*
 * An upgrade: the master starts its own program's file again and leaves it the sockets. The heir
 * brings its workers up beside those that serve, asks for the whole place, and is granted it; from
 * then on the path of the sockets, the pid file and the connections are the heir's. The master
 * stays until it has them, so that somebody is there to ask at any time. An heir that does not ask
 * in time is ended, and nothing has changed.
 */
#ifndef UPGRADE_H
#define UPGRADE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct listen_fds;

/* ---- The one who goes. */

struct upgrade {
	pid_t new_master; /* 0: none */
	char *const *argv;
	int link;
	int64_t started_us;
	bool is_late; /* and told to end */
};

enum upgrade_state {
	UPGRADE_NONE,
	UPGRADE_WAITING,
	UPGRADE_READY,  /* the heir is ready */
	UPGRADE_FAILED, /* the heir has ended */
};

/* listen_fds: what the heir gets beside the link. -1: logged. */
int upgrade_begin(struct upgrade *upgrade, char *const *argv,
	struct listen_fds *listen_fds);
/* To be called several times a second. What follows FAILED is NONE. */
enum upgrade_state upgrade_poll(struct upgrade *upgrade);
void upgrade_hand_off(const struct upgrade *upgrade);
/* The heir has what was granted, or never will; also where there is none. */
bool upgrade_is_over(struct upgrade *upgrade);
/* The heir shall end, too, where there is one. */
void upgrade_cancel(struct upgrade *upgrade);
/* In a worker, so that the heir hears of its predecessor's end at once. */
void upgrade_close(struct upgrade *upgrade);

/* ---- The heir. link: from the listen_fds, -1 for who inherits from none. */

int upgrade_link(const struct listen_fds *listen_fds);
void upgrade_send_ready(int link);
/* Why it will never ask, for who goes to tell. */
void upgrade_send_failure(int link, const char *why);
/* Also when the other has died. Who has taken the place closes the link. */
bool upgrade_is_handed_off(int link);

#endif
