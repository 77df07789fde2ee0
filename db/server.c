#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "conn.h"
#include "server.h"
#include "stmt.h"
#include "str.h"

struct server_row {
	struct server server;
	int64_t now_us;
};

struct name_value {
	const char *name, *value;
};

struct grant {
	const char *text;
};

#define ROW(member, type) COLUMN(struct server_row, member, type)

enum { SERVER, USER, GRANTS, CLUSTER };

static const struct stmt statements[] = {
	/* A user sees at least its own threads. The list has hosts with their ports. */
	[SERVER] = {
		.text = "SELECT VERSION(), @@max_connections, @@max_user_connections, "
			"@@max_prepared_stmt_count, @@wait_timeout, @@max_allowed_packet, "
			"@@read_only, @@log_bin AND (@@GLOBAL.binlog_row_image = 'FULL' "
			"OR @@GLOBAL.binlog_annotate_row_events), "
			"(SELECT COUNT(DISTINCT REGEXP_REPLACE(host, ':[0-9]+$', '')) "
			"FROM information_schema.processlist "
			"WHERE user = SUBSTRING_INDEX(USER(), '@', 1)), UTC_TIMESTAMP(6)",
		.columns = COLUMNS(ROW(server.version, STR), ROW(server.max_connections, INT64),
			ROW(server.max_user_connections, INT64), ROW(server.max_statements, INT64),
			ROW(server.idle_timeout_s, INT64), ROW(server.packet_max, INT64),
			ROW(server.is_read_only, BOOL), ROW(server.logs_deleted_rows, BOOL),
			ROW(server.n_hosts, INT32),
			ROW(now_us, TIME)),
	},
	[USER] = {
		.text = "SELECT CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')",
		.columns = COLUMNS(COLUMN(struct grant, text, STR)),
	},
	[GRANTS] = {
		.text = "SHOW GRANTS",
		.columns = COLUMNS(COLUMN(struct grant, text, STR)),
		.row_size = sizeof(struct grant),
	},
	[CLUSTER] = {
		.text = "SELECT LOWER(variable_name), variable_value "
			"FROM information_schema.global_variables WHERE variable_name IN "
			"('wsrep_on', 'wsrep_auto_increment_control', 'wsrep_sync_wait', "
			"'innodb_autoinc_lock_mode') UNION ALL "
			"SELECT LOWER(variable_name), variable_value "
			"FROM information_schema.global_status WHERE variable_name IN "
			"('wsrep_ready', 'wsrep_cluster_status', 'wsrep_cluster_size')",
		.columns = COLUMNS(COLUMN(struct name_value, name, STR),
			COLUMN(struct name_value, value, STR)),
		.row_size = sizeof(struct name_value),
	},
};

const struct stmt_table server_statements = STMT_TABLE(statements);

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

static enum err server_read_grants(struct db *db, struct server *server)
{
	const struct grant *grants;
	void *rows;
	size_t n;
	enum err err;

	err = stmt_all(db, &statements[GRANTS], NULL, &rows, &n);
	if (err != ERR_NONE)
		return err;
	grants = rows;
	for (size_t i = 0; i < n; i++) {
		const char *limits = strstr(grants[i].text, " WITH ");

		if (limits != NULL)
			server_note_limits(server, limits + strlen(" WITH "));
	}
	return ERR_NONE;
}

const char *server_user(struct db *db)
{
	struct grant user = {.text = "its user"};

	stmt_need(db, &statements[USER], NULL, &user, ERR_ABSENT);
	return user.text;
}

enum err server_read(struct db *db, struct server *server_r)
{
	struct server_row row;
	int64_t before_us, after_us;
	enum err err;

	*server_r = (struct server){0};
	err = db_ping(db);
	if (err != ERR_NONE)
		return err;
	before_us = clock_now_us();
	err = stmt_need(db, &statements[SERVER], NULL, &row, ERR_INTERNAL);
	if (err != ERR_NONE)
		return err;
	after_us = clock_now_us();
	*server_r = row.server;
	server_r->clock_ahead_us = row.now_us - (before_us + after_us) / 2;
	server_r->hourly_limits = NULL;
	return server_read_grants(db, server_r);
}

struct name_values {
	const struct name_value *rows;
	size_t n;
};

/* Returns "" if there is no such name. */
static const char *server_value(const struct name_values *values, const char *name)
{
	for (size_t i = 0; i < values->n; i++)
		if (strcmp(values->rows[i].name, name) == 0)
			return values->rows[i].value;
	return "";
}

static bool server_value_is_on(const struct name_values *values, const char *name)
{
	return str_equal_nocase(server_value(values, name), "ON");
}

static int64_t server_number(const struct name_values *values, const char *name)
{
	int64_t number = 0;

	str_parse_int64(server_value(values, name), &number);
	return number;
}

enum err server_read_cluster(struct db *db, struct server_cluster *cluster_r)
{
	struct name_values values;
	void *rows;
	enum err err = stmt_all(db, &statements[CLUSTER], NULL, &rows, &values.n);

	*cluster_r = (struct server_cluster){0};
	if (err != ERR_NONE)
		return err;
	values.rows = rows;
	*cluster_r = (struct server_cluster){
		.is_on = server_value_is_on(&values, "wsrep_on"),
		.is_ready = server_value_is_on(&values, "wsrep_ready"),
		.is_primary = strcmp(server_value(&values, "wsrep_cluster_status"), "Primary") == 0,
		.is_steering_ids = server_value_is_on(&values, "wsrep_auto_increment_control"),
		.id_lock_mode = server_number(&values, "innodb_autoinc_lock_mode"),
		.sync_wait = server_number(&values, "wsrep_sync_wait"),
		.n_nodes = server_number(&values, "wsrep_cluster_size"),
	};
	return ERR_NONE;
}
