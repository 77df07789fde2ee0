#include "seat.h"
#include "staff.h"

void seat_init(struct seat *seat)
{
	*seat = (struct seat){0};
	status_init(&seat->status);
}

int seat_take(struct seat *seat, const struct conf *conf, const char *name, struct staff *staff)
{
	staff_own_sockets(staff);
	if (pid_file_write(&seat->pid_file, conf, name) < 0)
		return -1;
	return status_open(&seat->status, conf, name);
}

void seat_leave(struct seat *seat)
{
	pid_file_remove(&seat->pid_file);
	status_remove(&seat->status);
}

void seat_close(struct seat *seat)
{
	status_close(&seat->status);
}
