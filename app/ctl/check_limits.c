#include <inttypes.h>

#include "check.h"
#include "conf.h"
#include "server.h"
#include "statements.h"
#include "str.h"

/* Others need some, an operator too. */
#define CONNECTIONS_FOR_OTHERS 10
/* What is idle for longer is asked whether it lives, before it is relied on. */
#define IDLE_LEAST_S 60
#define PACKET_LEAST (1 << 20)

struct limit {
	const char *name; /* the server's */
	int64_t most;
};

static struct limit connection_limit(const struct server *server)
{
	const int64_t all = server->max_connections - CONNECTIONS_FOR_OTHERS;

	if (server->max_user_connections > 0 && server->max_user_connections < all)
		return (struct limit){"max_user_connections", server->max_user_connections};
	return (struct limit){"max_connections", all};
}

/* At a reload the new ones come up beside the old. */
static void check_connections(struct check *check, const struct limit *limit, int64_t n_workers)
{
	const int n_hosts = (int)check->n_hosts;
	enum check_verdict verdict = CHECK_OK;

	if (2 * n_workers > limit->most)
		verdict = CHECK_WARN;
	if (n_workers > limit->most)
		verdict = CHECK_FAIL;
	check_say(check, verdict,
		"connections: %" PRId64 " workers on %d host%s, twice that during a reload; "
		"%s leaves room for %" PRId64 "%s",
		n_workers, n_hosts, n_hosts == 1 ? "" : "s", limit->name, limit->most,
		verdict == CHECK_OK
			? ""
			: "; raise it, or lower [server] workers_core, workers_remote");
}

static void check_statements(struct check *check, const struct server *server, int64_t n_workers)
{
	const int64_t n_each = (int64_t)statements_count();
	const bool is_enough = n_workers * n_each <= server->max_statements;

	check_say(check, is_enough ? CHECK_OK : CHECK_WARN,
		"prepared statements: up to %" PRId64 " of each worker; "
		"max_prepared_stmt_count is %" PRId64 "%s",
		n_each, server->max_statements,
		is_enough ? "" : ", too few for all; raise it, or lower the number of workers");
}

static void check_workers(struct check *check, const struct server *server)
{
	const struct conf *conf = check->conf;
	const struct limit limit = connection_limit(server);
	const int64_t n_workers =
		check->n_hosts * (conf->server_workers_core + conf->server_workers_remote);

	if (str_is_empty(conf->server_listen_core) && str_is_empty(conf->server_listen_remote)) {
		check_say(check, CHECK_OK,
			"connections: the web server starts workers; let it start less than "
			"%" PRId64 " of both pools (%s)",
			limit.most / check->n_hosts, limit.name);
		return;
	}
	check_connections(check, &limit, n_workers);
	check_statements(check, server, n_workers);
}

static void check_idle(struct check *check, const struct server *server)
{
	if (server->idle_timeout_s < IDLE_LEAST_S)
		check_say(check, CHECK_WARN,
			"wait_timeout: %" PRId64 " s, so that workers connect again and again; "
			"%d is enough",
			server->idle_timeout_s, 10 * IDLE_LEAST_S);
	else
		check_say(check, CHECK_OK, "wait_timeout: %" PRId64 " s", server->idle_timeout_s);
}

/* A body may take twice its size in a statement. */
static void check_packet(struct check *check, const struct server *server)
{
	const int64_t body = 2 * check->conf->server_body_max;
	const int64_t least = body > PACKET_LEAST ? body : PACKET_LEAST;

	if (server->packet_max < least)
		check_say(check, CHECK_FAIL, "max_allowed_packet: %" PRId64 ", at least %" PRId64
			" is needed (twice [server] body_max, 1 MiB)", server->packet_max, least);
	else
		check_say(check, CHECK_OK, "max_allowed_packet: %" PRId64, server->packet_max);
}

void check_limits(struct check *check, const struct server *server)
{
	if (check->n_hosts == 0)
		check->n_hosts = server->n_hosts;
	check_workers(check, server);
	check_idle(check, server);
	check_packet(check, server);
	if (server->hourly_limits != NULL)
		check_say(check, CHECK_WARN,
			"grants: %s for %s; a busy hour takes far more, have it lifted",
			server->hourly_limits, check->conf->database_user);
}
