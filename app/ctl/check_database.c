#include <inttypes.h>
#include <stdlib.h>

#include "check.h"
#include "clock.h"
#include "conf.h"
#include "ctl.h"
#include "db.h"
#include "migrate.h"
#include "server.h"
#include "session.h"
#include "statements.h"
#include "str.h"

/* The only mode that a cluster with several masters can use. */
#define ID_LOCK_INTERLEAVED 2

static void check_cluster_node(struct check *check, const struct server_cluster *cluster)
{
	if (!cluster->is_ready || !cluster->is_primary)
		check_report(check, CHECK_FAIL,
			"cluster: this node is %s; see wsrep_cluster_status, or name another in "
			"[database] host",
			cluster->is_ready ? "not of the primary part" : "not ready");
	else if (!cluster->is_steering_ids || cluster->id_lock_mode != ID_LOCK_INTERLEAVED)
		check_report(check, CHECK_FAIL,
			"cluster: two nodes may give out one id; set "
			"wsrep_auto_increment_control = ON, innodb_autoinc_lock_mode = 2");
	else if (cluster->sync_wait != 0)
		check_report(check, CHECK_WARN,
			"cluster: wsrep_sync_wait is %" PRId64 ", so that all reads wait; 0 is "
			"enough, since wxuser waits where it must",
			cluster->sync_wait);
	else
		check_report(check, CHECK_OK, "cluster: %" PRId64 " nodes", cluster->n_nodes);
}

static void check_cluster(struct check *check)
{
	struct server_cluster cluster;

	if (server_read_cluster(check->ctl->db, &cluster) != ERR_NONE)
		check_report(check, CHECK_FAIL, "cluster: cannot be read (see above)");
	else if (cluster.is_on)
		check_cluster_node(check, &cluster);
}

static bool check_connection(struct check *check)
{
	const struct conf *conf = check->conf;
	const char *host = conf->database_host;

	if (str_is_empty(host))
		host = conf->database_socket;
	check->ctl->db = db_new(conf, check->ctl->keys);
	db_set_arena(check->ctl->db, check->ctl->arena);
	if (db_ping(check->ctl->db) == ERR_NONE) {
		check_report(check, CHECK_OK, "database: %s at %s", conf->database_name, host);
		return true;
	}
	check_report(check, CHECK_FAIL,
		"database: %s cannot connect to %s at %s: %s; see [database]", conf->database_user,
		conf->database_name, host, db_err_text(check->ctl->db));
	return false;
}

static void check_session(struct check *check)
{
	const char *presets;

	if (session_presets(check->ctl->db, &presets) != ERR_NONE)
		check_report(check, CHECK_FAIL, "session: cannot be read (see above)");
	else if (presets != NULL)
		check_report(check, CHECK_WARN,
			"session: the server presets %s; wxuser sets its own, other programs may "
			"not",
			presets);
	else
		check_report(check, CHECK_OK, "session: the server presets nothing that matters");
}

static bool check_schema(struct check *check)
{
	const char *stranger = NULL;
	int version = 0, wanted = 0;
	enum err err = migrate_find_stranger(check->ctl->db, &stranger);

	if (stranger != NULL) {
		check_report(check, CHECK_FAIL, "schema: %s", stranger);
		return false;
	}
	if (err == ERR_NONE)
		err = migrate_check(check->ctl->db, &version, &wanted);
	if (err == ERR_NONE)
		check_report(check, CHECK_OK, "schema: version %d", version);
	else if (err == ERR_PARAMETER && version > wanted)
		check_report(check, CHECK_FAIL,
			"schema: version %d, this program's is %d; install its release", version,
			wanted);
	else if (err == ERR_PARAMETER)
		check_report(check, CHECK_FAIL,
			"schema: version %d, wanted %d; run: wxuserctl migrate", version, wanted);
	else
		check_report(check, CHECK_FAIL, "schema: cannot be read (see above)");
	return err == ERR_NONE;
}

static void report_table(void *ctx, const char *table, const char *problem)
{
	check_report(ctx, CHECK_FAIL, "table %s: %s", table, problem);
}

static void check_tables(struct check *check)
{
	const int n_failed = check->n_failed;

	if (migrate_check_tables(check->ctl->db, report_table, check) != ERR_NONE)
		check_report(check, CHECK_FAIL, "tables: cannot be read (see above)");
	else if (check->n_failed == n_failed)
		check_report(check, CHECK_OK, "tables: InnoDB, in the schema's character sets");
}

static bool check_statements(struct check *check)
{
	enum err err = statements_check(check->ctl->db);

	if (err != ERR_NONE)
		check_report(check, CHECK_FAIL,
			"statements: one is refused: %s; where a right is missing, run in SQL: "
			"GRANT SELECT, INSERT, UPDATE, DELETE ON %s.* TO %s",
			db_err_text(check->ctl->db), check->conf->database_name,
			server_user(check->ctl->db));
	return err == ERR_NONE;
}

bool check_database(struct check *check)
{
	if (!check_connection(check))
		return false;
	check_session(check);
	check_cluster(check); /* may report why the rest is refused */
	if (!check_schema(check))
		return false;
	check_tables(check);
	return check_statements(check);
}

#define SKEW_LIMIT_US (2 * CLOCK_SECOND_US)

static void check_server_version(struct check *check, const struct server *server)
{
	if (!session_supports(server->version))
		check_report(check, CHECK_FAIL, "server: %s; " SESSION_NEEDS, server->version);
	else if (server->is_read_only)
		check_report(check, CHECK_FAIL,
			"server: %s is read-only; name the one that takes writes in [database] "
			"host",
			server->version);
	else
		check_report(check, CHECK_OK, "server: %s", server->version);
}

static void check_clock(struct check *check, const struct server *server)
{
	/* In tenths, so that no value is -0.0. */
	double ahead_s = (double)(server->clock_ahead_us / (CLOCK_SECOND_US / 10)) / 10;

	if (llabs(server->clock_ahead_us) > SKEW_LIMIT_US)
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

void check_server(struct check *check, const struct server *server)
{
	check_server_version(check, server);
	check_clock(check, server);
	check_binary_log(check, server);
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

void check_limits(struct check *check, const struct server *server)
{
	if (check->n_hosts == 0)
		check->n_hosts = server->n_hosts;
	check_workers(check, server);
	check_idle(check, server);
	check_packet(check, server);
	if (server->hourly_limits != NULL)
		check_report(check, CHECK_WARN,
			"grants: %s for %s; a busy hour takes far more, have it lifted",
			server->hourly_limits, check->conf->database_user);
}
