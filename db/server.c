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
	/* A user sees at least its own threads; a host stands there with its port. */
	[SERVER] = {
		.text = "SELECT VERSION(), @@max_connections, @@max_user_connections, "
			"@@max_prepared_stmt_count, @@wait_timeout, @@max_allowed_packet, "
			"@@read_only, (SELECT COUNT(DISTINCT REGEXP_REPLACE(host, ':[0-9]+$', '')) "
			"FROM information_schema.processlist "
			"WHERE user = SUBSTRING_INDEX(USER(), '@', 1)), UTC_TIMESTAMP(6)",
		.columns = COLUMNS(ROW(server.version, STR), ROW(server.max_connections, INT64),
			ROW(server.max_user_connections, INT64), ROW(server.max_statements, INT64),
			ROW(server.idle_timeout_s, INT64), ROW(server.packet_max, INT64),
			ROW(server.is_read_only, BOOL), ROW(server.n_hosts, INT32),
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

/* "… WITH MAX_QUERIES_PER_HOUR 100 MAX_USER_CONNECTIONS 5", which a reset connection no longer has
 * among its variables. */
static void note_limits(struct server *server, const char *limits)
{
	static const char connections[] = "MAX_USER_CONNECTIONS ";
	const char *at = strstr(limits, connections);

	if (strstr(limits, "_PER_HOUR") != NULL)
		server->hourly_limits = limits;
	if (at != NULL)
		server->max_user_connections = strtol(at + strlen(connections), NULL, 10);
}

static enum err look_at_grants(struct db *db, struct server *server)
{
	const struct grant *grants;
	void *rows;
	size_t n;

	if (stmt_all(db, &statements[GRANTS], NULL, &rows, &n) != 0)
		return conn_err(db);
	grants = rows;
	for (size_t i = 0; i < n; i++) {
		const char *limits = strstr(grants[i].text, " WITH ");

		if (limits != NULL)
			note_limits(server, limits + strlen(" WITH "));
	}
	return ERR_NONE;
}

const char *server_user(struct db *db)
{
	struct grant user = {.text = "its user"};

	stmt_find(db, &statements[USER], NULL, &user);
	return user.text;
}

enum err server_look(struct db *db, struct server *server_r)
{
	struct server_row row;
	int64_t before_us, after_us;
	enum err err;

	*server_r = (struct server){0};
	err = db_ping(db);
	if (err != ERR_NONE)
		return err;
	before_us = clock_now_us();
	if (stmt_find(db, &statements[SERVER], NULL, &row) < 0)
		return conn_err(db);
	after_us = clock_now_us();
	*server_r = row.server;
	server_r->clock_ahead_us = row.now_us - (before_us + after_us) / 2;
	server_r->hourly_limits = NULL;
	return look_at_grants(db, server_r);
}

struct name_values {
	const struct name_value *rows;
	size_t n;
};

/* "": there is no such. */
static const char *value_of(const struct name_values *values, const char *name)
{
	for (size_t i = 0; i < values->n; i++)
		if (strcmp(values->rows[i].name, name) == 0)
			return values->rows[i].value;
	return "";
}

static bool is_on(const struct name_values *values, const char *name)
{
	return str_equal_nocase(value_of(values, name), "ON");
}

static int64_t number_of(const struct name_values *values, const char *name)
{
	int64_t number = 0;

	str_parse_int64(value_of(values, name), &number);
	return number;
}

enum err server_look_at_cluster(struct db *db, struct server_cluster *cluster_r)
{
	struct name_values values;
	void *rows;

	*cluster_r = (struct server_cluster){0};
	if (stmt_all(db, &statements[CLUSTER], NULL, &rows, &values.n) != 0)
		return conn_err(db);
	values.rows = rows;
	*cluster_r = (struct server_cluster){
		.is_on = is_on(&values, "wsrep_on"),
		.is_ready = is_on(&values, "wsrep_ready"),
		.is_primary = strcmp(value_of(&values, "wsrep_cluster_status"), "Primary") == 0,
		.is_steering_ids = is_on(&values, "wsrep_auto_increment_control"),
		.id_lock_mode = number_of(&values, "innodb_autoinc_lock_mode"),
		.sync_wait = number_of(&values, "wsrep_sync_wait"),
		.n_nodes = number_of(&values, "wsrep_cluster_size"),
	};
	return ERR_NONE;
}
