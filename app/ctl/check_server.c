#include <inttypes.h>
#include <stdlib.h>

#include "check.h"
#include "clock.h"
#include "conf.h"
#include "ctl.h"
#include "server.h"
#include "session.h"
#include "statements.h"
#include "str.h"

#define SKEW_LIMIT_US CLOCK_SECOND_US

static void check_server_version(struct check *check, const struct server *server)
{
	if (!session_supports(server->version))
		check_report(check, CHECK_FAIL, "server: %s; " SESSION_NEEDS, server->version);
	else if (server->report.is_read_only && check->host == NULL)
		check_report(check, CHECK_FAIL,
			"server: %s is read-only; name the one that takes writes in [database] "
			"host",
			server->version);
	else
		check_report(check, CHECK_OK, "server: %s", server->version);
}

double check_clock_ahead_s(const struct server *server)
{
	return (double)(server->report.ahead_us / (CLOCK_SECOND_US / 10)) / 10;
}

static void check_clock(struct check *check, const struct server *server)
{
	const int64_t ahead_us = server->report.ahead_us;
	const double ahead_s = check_clock_ahead_s(server);

	if (llabs(ahead_us) > NODE_CLOCK_MAX_US && check->host != NULL)
		check_report(check, CHECK_FAIL,
			"clock: it is %+.1f s from this host's, and the host is left out; keep "
			"both by NTP",
			ahead_s);
	else if (llabs(ahead_us) > SKEW_LIMIT_US)
		check_report(check, CHECK_WARN,
			"clock: the database's is %+.1f s from this host's; keep both by NTP",
			ahead_s);
	else
		check_report(check, CHECK_OK, "clock: the database's is %+.1f s from this host's",
			ahead_s);
}

static void check_binary_log(struct check *check, const struct server *server)
{
	if (server->logs_deleted_rows)
		check_report(check, CHECK_WARN,
			"binary log: an erasure writes the rows that it deletes to it; set "
			"binlog_row_image = MINIMAL, binlog_annotate_row_events = OFF");
}

static void check_flush(struct check *check, const struct server *server)
{
	if (server->log_flush != 1)
		check_report(check, CHECK_WARN,
			"innodb_flush_log_at_trx_commit: %" PRId64
			", so that a power failure may take back what was acknowledged; set it "
			"to 1",
			server->log_flush);
}

/* For other programs, and an operator. */
#define CONNECTIONS_FOR_OTHERS 10
/* The program pings a connection that was idle for longer. */
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

/* During a reload new workers come up beside the old ones. */
static void check_connections(struct check *check, const struct limit *limit, int64_t n_workers)
{
	const int n_hosts = (int)check->n_hosts;
	enum check_verdict verdict = CHECK_OK;

	if (2 * n_workers > limit->most)
		verdict = CHECK_WARN;
	if (n_workers > limit->most)
		verdict = CHECK_FAIL;
	check_report(check, verdict,
		"connections: %" PRId64 " workers on %d host%s, twice that during a reload; "
		"%s leaves room for %" PRId64 "%s",
		n_workers, n_hosts, n_hosts == 1 ? "" : "s", limit->name, limit->most,
		verdict == CHECK_OK ? ""
				    : "; raise it, or lower [server] workers_core, workers_remote");
}

static void check_prepared(struct check *check, const struct server *server, int64_t n_workers)
{
	const int64_t n_each = (int64_t)statements_kept_max();
	const bool is_enough = n_workers * n_each <= server->max_statements;

	check_report(check, is_enough ? CHECK_OK : CHECK_WARN,
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
		check_report(check, CHECK_OK,
			"connections: the web server starts workers; let it start less than "
			"%" PRId64 " of both pools (%s)",
			limit.most / check->n_hosts, limit.name);
		return;
	}
	check_connections(check, &limit, n_workers);
	check_prepared(check, server, n_workers);
}

static void check_idle(struct check *check, const struct server *server)
{
	if (server->idle_timeout_s < IDLE_LEAST_S)
		check_report(check, CHECK_WARN,
			"wait_timeout: %" PRId64 " s, so that workers connect again and again; "
			"%d is enough",
			server->idle_timeout_s, 10 * IDLE_LEAST_S);
	else
		check_report(
			check, CHECK_OK, "wait_timeout: %" PRId64 " s", server->idle_timeout_s);
}

/* A body may take twice its size in a statement. */
static void check_packet(struct check *check, const struct server *server)
{
	const int64_t body = 2 * check->conf->server_body_max;
	const int64_t least = body > PACKET_LEAST ? body : PACKET_LEAST;

	if (server->packet_max < least)
		check_report(check, CHECK_FAIL,
			"max_allowed_packet: %" PRId64 ", at least %" PRId64
			" is needed (twice [server] body_max, 1 MiB)",
			server->packet_max, least);
	else
		check_report(check, CHECK_OK, "max_allowed_packet: %" PRId64, server->packet_max);
}

static void check_grants(struct check *check, const struct server *server)
{
	if (server->hourly_limits != NULL)
		check_report(check, CHECK_WARN,
			"grants: %s for %s; a busy hour takes far more, have it lifted",
			server->hourly_limits, check->conf->database_user);
}

void check_server(struct check *check, const struct server *server)
{
	check_server_version(check, server);
	check_clock(check, server);
	check_binary_log(check, server);
	check_flush(check, server);
	check_workers(check, server);
	check_idle(check, server);
	check_packet(check, server);
	check_grants(check, server);
	if (server->report.is_cluster)
		check_cluster(check, &server->cluster);
}

/* ---- Ids of 32 bits, for all servers alike. */

#define IDS_WARN_PERCENT 50
#define IDS_FAIL_PERCENT 95

static enum check_verdict judge_id(const struct server_id *id)
{
	const int64_t percent = id->next * 100 / INT32_MAX;

	if (percent >= IDS_FAIL_PERCENT)
		return CHECK_FAIL;
	return percent >= IDS_WARN_PERCENT ? CHECK_WARN : CHECK_OK;
}

static void report_id(struct check *check, const struct server_id *id)
{
	const int64_t left = id->next > INT32_MAX ? 0 : (INT32_MAX - id->next) / id->step + 1;

	check_report(check, judge_id(id),
		"ids: %s.%s has come to %" PRId64 " of %d; it takes steps of %" PRId64
		", and %" PRId64 " more rows; before that, give new tenants a database of their "
		"own",
		id->table, id->column, id->next, INT32_MAX, id->step, left);
}

void check_ids(struct check *check)
{
	const struct server_id *ids;
	size_t n, n_reported = 0;

	if (server_read_ids(check->ctl->db, &ids, &n) != ERR_NONE) {
		check_report(check, CHECK_FAIL, "ids: cannot be read (see above)");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (judge_id(&ids[i]) == CHECK_OK)
			continue;
		report_id(check, &ids[i]);
		n_reported++;
	}
	if (n_reported == 0)
		check_report(check, CHECK_OK, "ids: all are in the first half of their numbers");
}
