#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "log.h"
#include "place.h"
#include "privileges.h"
#include "seat.h"
#include "service.h"
#include "socket_name.h"
#include "staff.h"
#include "start.h"

/* A worker has the status socket of a master that was killed, until it has begun. */
#define WAIT_US (2 * CLOCK_SECOND_US)
#define RETRY_US 20000

void seat_init(struct seat *seat, const struct conf *conf, const struct start *start)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s%s", start->service->name,
		start->n_workers > 0 ? "-" : "",
		start->n_workers > 0 ? pool_name(start->pool) : "");
	pid_file_init(&seat->pid_file, conf, name);
	status_init(&seat->status, conf, name);
}

int seat_check(const struct conf *conf)
{
	char text[PLACE_TEXT_SIZE];
	const char *offence = NULL;
	int status = privileges_lend(conf->server_user);

	if (status == 0)
		offence = place_find_offence(conf->server_state_directory, conf->server_user, text);
	privileges_take_back();
	if (offence != NULL)
		log_error("server.state_directory: %s", offence);
	return offence == NULL ? status : -1;
}

static bool is_listening(const char *path)
{
	int error = socket_name_probe(path);

	return error == 0 || error == EAGAIN; /* beset by who asks */
}

int seat_find_free(const struct seat *seat, const struct conf *conf)
{
	int64_t until_us = clock_monotonic_us() + WAIT_US;

	while (is_listening(seat->status.path)) {
		if (clock_monotonic_us() > until_us) {
			log_error("server.state_directory %s: another instance, pid %d, has it; "
				  "each needs its own. To end that one, say: wxuserctl drain",
				conf->server_state_directory,
				(int)pid_file_read(&seat->pid_file));
			return -1;
		}
		clock_sleep_us(RETRY_US);
	}
	return 0;
}

int seat_take(struct seat *seat, struct staff *staff)
{
	int status = pid_file_write(&seat->pid_file);

	staff_own_sockets(staff);
	return status_open(&seat->status) < 0 ? -1 : status; /* an heir goes on with either */
}

void seat_leave(struct seat *seat, struct staff *staff)
{
	staff_unlink_sockets(staff);
	if (pid_file_remove(&seat->pid_file))
		staff_withdraw(staff);
	status_remove(&seat->status);
}

void seat_close(struct seat *seat)
{
	status_close(&seat->status);
}
