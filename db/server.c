#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "conn.h"
#include "node_report.h"
#include "server.h"
#include "session.h"
#include "stmt.h"
#include "str.h"

struct grant_line {
	const char *text;
};

enum { USER, GRANTS, IDS };

static const struct stmt statements[] = {
	[USER] = {
		.text = "SELECT CONCAT('`', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '`@`', "
			"SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '`')",
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(COLUMN(struct grant_line, text, STR)),
	},
	[GRANTS] = {
		.text = "SHOW GRANTS",
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(COLUMN(struct grant_line, text, STR)),
		.row_size = sizeof(struct grant_line),
	},
	[IDS] = {
		.text = "SELECT c.table_name, c.column_name, t.auto_increment, "
			"@@GLOBAL.auto_increment_increment FROM information_schema.columns c "
			"JOIN information_schema.tables t "
			"ON t.table_schema = c.table_schema AND t.table_name = c.table_name "
			"WHERE c.table_schema = DATABASE() AND t.table_schema = DATABASE() "
			"AND c.data_type = 'int' AND c.extra LIKE '%auto_increment%' "
			"ORDER BY c.table_name LIMIT 1000",
		.user = DB_USER_CONTROL,
		.columns = COLUMNS(COLUMN(struct server_id, table, STR),
			COLUMN(struct server_id, column, STR),
			COLUMN(struct server_id, next, INT64),
			COLUMN(struct server_id, step, INT64)),
		.row_size = sizeof(struct server_id),
	},
};

const struct stmt_table server_statements = STMT_TABLE(statements);

/* ---- Its grants. */

/* Reads "… WITH MAX_QUERIES_PER_HOUR 100 MAX_USER_CONNECTIONS 5". The variables of a connection
 * that was reset no longer have these limits. */
static void server_note_limits(struct server *server, const char *limits)
{
	static const char connections[] = "MAX_USER_CONNECTIONS ";
	const char *at = strstr(limits, connections);

	if (strstr(limits, "_PER_HOUR") != NULL)
		server->hourly_limits = limits;
	if (at != NULL)
		server->max_user_connections = strtol(at + strlen(connections), NULL, 10);
}

enum err server_each_grant(
	struct db *db, void (*grant)(void *ctx, const char *line), void *ctx)
{
	const struct grant_line *lines;
	void *rows;
	size_t n;
	enum err err = stmt_all(db, &statements[GRANTS], NULL, &rows, &n);

	if (err != ERR_NONE)
		return err;
	lines = rows;
	for (size_t i = 0; i < n; i++)
		grant(ctx, lines[i].text);
	return ERR_NONE;
}

static void server_note_grant(void *ctx, const char *line)
{
	const char *limits = strstr(line, " WITH ");

	if (limits != NULL)
		server_note_limits(ctx, limits + strlen(" WITH "));
}

enum err server_account(struct db *db, const char **account_r)
{
	struct grant_line account = {0};
	enum err err = stmt_need(db, &statements[USER], NULL, &account, ERR_INTERNAL);

	*account_r = account.text;
	return err;
}

/* ---- Its variables and status. */

enum value_kind { NUMBER, SWITCH, TEXT };

#define VALUE(value_name, member, value_kind)                                                      \
	{                                                                                          \
		.name = (value_name), .offset = offsetof(struct server_reading, member),           \
		.kind = (value_kind)                                                               \
	}

struct server_reading {
	struct server server;
	struct arena *arena;
	const char *provider_options;
	int64_t up_s, received, replicated; /* bytes since the start */
};

/* Names of variables and of the status; a server without Galera lacks some. */
static const struct server_value {
	const char *name;
	size_t offset;
	enum value_kind kind;
} values[] = {
	VALUE("version", server.version, TEXT),
	VALUE("max_connections", server.max_connections, NUMBER),
	VALUE("max_prepared_stmt_count", server.max_statements, NUMBER),
	VALUE("wait_timeout", server.idle_timeout_s, NUMBER),
	VALUE("max_allowed_packet", server.packet_max, NUMBER),
	VALUE("innodb_flush_log_at_trx_commit", server.log_flush, NUMBER),
	VALUE("uptime", up_s, NUMBER),
	VALUE("innodb_autoinc_lock_mode", server.cluster.id_lock_mode, NUMBER),
	VALUE("auto_increment_increment", server.cluster.id_step, NUMBER),
	VALUE("auto_increment_offset", server.cluster.id_offset, NUMBER),
	VALUE("wsrep_auto_increment_control", server.cluster.is_steering_ids, SWITCH),
	VALUE("wsrep_cluster_size", server.cluster.n_nodes, NUMBER),
	VALUE("wsrep_cluster_state_uuid", server.cluster.uuid, TEXT),
	VALUE("wsrep_desync", server.cluster.is_desynced, SWITCH),
	VALUE("wsrep_gcomm_uuid", server.cluster.node_uuid, TEXT),
	VALUE("wsrep_node_name", server.cluster.node_name, TEXT),
	VALUE("wsrep_provider_options", provider_options, TEXT),
	VALUE("wsrep_received_bytes", received, NUMBER),
	VALUE("wsrep_replicated_bytes", replicated, NUMBER),
	VALUE("wsrep_slave_threads", server.cluster.n_appliers, NUMBER),
	VALUE("wsrep_sst_method", server.cluster.sst_method, TEXT),
	VALUE("wsrep_sync_wait", server.cluster.sync_wait, NUMBER),
	/* What the statement adds to them. */
	VALUE("name", server.name, TEXT),
	VALUE("max_user_connections of us", server.max_user_connections, NUMBER),
	VALUE("logs_deleted_rows", server.logs_deleted_rows, SWITCH),
};
#define N_VALUES (sizeof(values) / sizeof(values[0]))

/* A user sees at least its own threads. The list has hosts with their ports. */
static const char added_values_sql[] =
	" UNION ALL SELECT 'name', CONCAT_WS(':', @@hostname, @@port, @@datadir) "
	"UNION ALL SELECT 'max_user_connections of us', @@max_user_connections "
	"UNION ALL SELECT 'logs_deleted_rows', IF(@@log_bin AND "
	"(@@GLOBAL.binlog_row_image = 'FULL' OR @@GLOBAL.binlog_annotate_row_events), 'ON', 'OFF') "
	"UNION ALL SELECT DISTINCT 'client', REGEXP_REPLACE(host, ':[0-9]+$', '') "
	"FROM information_schema.processlist WHERE user = SUBSTRING_INDEX(USER(), '@', 1)";

static void server_note_value(
	struct server_reading *reading, const struct server_value *value, const char *text)
{
	char *member = (char *)reading + value->offset;

	switch (value->kind) {
	case NUMBER:
		str_parse_int64(text, (int64_t *)(void *)member);
		break;
	case SWITCH:
		*(bool *)(void *)member = str_equal_nocase(text, "ON");
		break;
	case TEXT:
		*(const char **)(void *)member = arena_strdup(reading->arena, text);
		break;
	}
}

static void server_note(void *ctx, const char *name, const char *text)
{
	struct server_reading *reading = ctx;
	struct server *server = &reading->server;

	if (strcmp(name, "client") == 0 && server->n_clients < SERVER_CLIENTS_MAX)
		server->clients[server->n_clients++] = arena_strdup(reading->arena, text);
	for (size_t i = 0; i < N_VALUES; i++)
		if (strcmp(name, values[i].name) == 0)
			server_note_value(reading, &values[i], text);
}

static void server_write_names(struct buf *sql, const char *table)
{
	buf_printf(sql,
		"SELECT LOWER(variable_name), variable_value FROM information_schema.%s "
		"WHERE variable_name IN (",
		table);
	for (size_t i = 0; i < N_VALUES; i++)
		buf_printf(sql, "%s'%s'", i == 0 ? "" : ", ", values[i].name);
	buf_append_str(sql, ")");
}

static int server_read_values(struct db *db, struct server_reading *reading)
{
	struct buf sql = {0};
	int status;

	server_write_names(&sql, "global_variables");
	buf_append_str(&sql, " UNION ALL ");
	server_write_names(&sql, "global_status");
	buf_append_str(&sql, added_values_sql);
	status = conn_read(db, sql.data, server_note, reading);
	buf_release(&sql);
	if (status != 0)
		db->error.sql = "(server)";
	return status;
}

/* ---- The options of Galera, "gcache.size = 128M; evs.suspect_timeout = PT5S; …". */

/* Returns the value in the list; "": it has none. The server may have cut the end of the list, but
 * it is sorted, and what is looked for stands in its first half. */
static const char *provider_option(const char *options, const char *name)
{
	const char *at = options;
	const size_t size = strlen(name);

	while (at != NULL) {
		at += strspn(at, "; ");
		if (strncmp(at, name, size) == 0 && strncmp(at + size, " = ", 3) == 0)
			return at + size + 3;
		at = strchr(at, ';');
	}
	return "";
}

/* Reads "64M", "1G", "134217728". */
static int64_t provider_size(const char *text)
{
	static const char units[] = "KMGT";
	char *end;
	int64_t size = strtoll(text, &end, 10);
	const char *unit = *end == '\0' ? NULL : strchr(units, *end);

	return unit == NULL ? size : size << (10 * (unit - units + 1));
}

/* Reads "PT2S", "PT0.5S", "PT1M30S", "P1D". */
static double provider_time_s(const char *text)
{
	double time_s = 0;

	for (text += *text == 'P'; *text != '\0' && *text != ';';) {
		char *end;
		double number = strtod(text, &end);

		time_s += number *
			(*end == 'D'                  ? 86400
					: *end == 'H' ? 3600
					: *end == 'M' ? 60
						      : 1);
		text = *end == '\0' || *end == ';' ? end : end + 1;
	}
	return time_s;
}

/* The file's time is the average since the node has started, of an hour at least. */
static void server_read_options(struct server_reading *reading)
{
	const char *options = reading->provider_options;
	struct server_cluster *cluster = &reading->server.cluster;
	const int64_t up_s = reading->up_s > 3600 ? reading->up_s : 3600;
	const int64_t written = reading->received + reading->replicated;

	cluster->suspect_timeout_s =
		provider_time_s(provider_option(options, "evs.suspect_timeout"));
	cluster->inactive_timeout_s =
		provider_time_s(provider_option(options, "evs.inactive_timeout"));
	cluster->gcache_size = provider_size(provider_option(options, "gcache.size"));
	cluster->gcache_s = (int64_t)((double)cluster->gcache_size * (double)up_s /
		(double)(written > 0 ? written : 1));
}

/* ---- All of it. */

enum err server_read(struct db *db, struct server *server_r)
{
	struct server_reading reading = {.arena = db->arena};
	struct server *server = &reading.server;

	*server_r = (struct server){0};
	if (session_open(db) != 0 || node_report_read(db, &server->report) != 0 ||
		server_read_values(db, &reading) != 0)
		return db_error_report(&db->error);
	if (server->report.is_cluster)
		server_read_options(&reading);
	*server_r = *server;
	return server_each_grant(db, server_note_grant, server_r);
}

static bool server_has_client(const struct server *servers, size_t n, const char *client)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < servers[i].n_clients; j++)
			if (strcmp(servers[i].clients[j], client) == 0)
				return true;
	return false;
}

int32_t server_count_clients(const struct server *servers, size_t n)
{
	int32_t n_clients = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < servers[i].n_clients; j++)
			n_clients += !server_has_client(servers, i, servers[i].clients[j]);
	return n_clients > 0 ? n_clients : 1;
}

enum err server_read_ids(struct db *db, const struct server_id **ids_r, size_t *n_r)
{
	void *rows;
	enum err err = stmt_all(db, &statements[IDS], NULL, &rows, n_r);

	if (err == ERR_NONE)
		*ids_r = rows;
	return err;
}
