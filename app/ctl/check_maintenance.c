#include "check.h"
#include "ctl.h"
#include "maintenance.h"

void check_maintenance(struct check *check, bool can_read)
{
	struct maintenance everywhere;

	if (maintenance_is_on_here(check->conf))
		check_say(check, CHECK_WARN,
			"maintenance: this host answers that it is down; to end it: wxuserctl "
			"maintenance off");
	if (can_read && maintenance_find(check->ctl->db, &everywhere) == ERR_NONE &&
		everywhere.is_on)
		check_say(check, CHECK_WARN,
			"maintenance: all hosts answer that they are down, says %s; to end it: "
			"wxuserctl maintenance off --everywhere",
			everywhere.changed_by);
}
