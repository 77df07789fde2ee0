#include <stdlib.h>

#include "check.h"
#include "clock.h"
#include "server.h"

#define SKEW_LIMIT_US (2 * CLOCK_SECOND_US)

static void check_version(struct check *check, const struct server *server)
{
	if (!server_is_supported(server->version))
		check_say(check, CHECK_FAIL, "server: %s; " SERVER_NEEDED, server->version);
	else if (server->is_read_only)
		check_say(check, CHECK_FAIL,
			"server: %s is read-only; name the one that takes writes in [database] "
			"host",
			server->version);
	else
		check_say(check, CHECK_OK, "server: %s", server->version);
}

static void check_clock(struct check *check, const struct server *server)
{
	/* In tenths, so that none is -0.0. */
	double ahead_s = (double)(server->clock_ahead_us / (CLOCK_SECOND_US / 10)) / 10;

	if (llabs(server->clock_ahead_us) > SKEW_LIMIT_US)
		check_say(check, CHECK_WARN,
			"clock: the database's is %+.1f s from this host's; keep both by NTP",
			ahead_s);
	else
		check_say(check, CHECK_OK, "clock: the database's is %+.1f s from this host's",
			ahead_s);
}

void check_server(struct check *check, const struct server *server)
{
	check_version(check, server);
	check_clock(check, server);
}
