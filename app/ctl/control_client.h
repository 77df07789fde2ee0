/*
 * Asks the running program over its control socket (app/process/control.h). There is one master for
 * both pools, or, if each pool was started on a socket of its own, one for each.
 */
#ifndef CONTROL_CLIENT_H
#define CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;
struct ctl;

#define MASTERS_MAX 3

/* What a master answers to "status". All texts are in the arena of ctl. */
struct master_status {
	const char *name; /* of its files in the state directory */
	pid_t pid; /* who listens, as the kernel says; 0: it cannot be seen from here */
	int32_t generation;
	int32_t parent;      /* the process that started it; 0: that has ended */
	int32_t n_failures;  /* reloads and upgrades that failed */
	const char *failure; /* the last of them and its reason; "": none */
	const char *restart; /* changed keys that take effect at a restart only; "": none */
	const char *program, *state;
	int32_t last_good;  /* the generation to return to */
	int32_t n_draining; /* workers that finish what they hold */
	const char *text;   /* the whole answer */
};

/* Asks every master that listens and returns how many there are. Returns 0 with errno if there is
 * none, or if one listens and does not answer. */
size_t control_client_find(const struct ctl *ctl, struct master_status found_r[MASTERS_MAX]);
/* Asks one master for its status. Returns -1 with errno if it does not answer. */
int control_client_status(const struct ctl *ctl, const char *name, struct master_status *status_r);
/* Sends commands to one master and reads their output. Returns -1 with errno if it does not
 * answer. */
int control_client_ask(
	const struct ctl *ctl, const char *name, const char *commands, struct buf *output_r);
/* Makes the workers of this host forget keys, apps and settings, one of which has changed. Returns
 * false if no master was told; workers without one forget by themselves, within 5 s. */
bool control_client_forget(const struct ctl *ctl);
/* If workers serve whose master was killed: what to do, in the arena. Else NULL. */
const char *control_client_find_orphans(const struct ctl *ctl);
/* Returns the lines that start the program, with and without systemd, in the arena. */
const char *control_client_start_line(const struct ctl *ctl);
/* Prints that the program could not be asked, by errno, and what may be wrong. EXIT_FAILURE. */
int control_client_fail(const struct ctl *ctl);

#endif
