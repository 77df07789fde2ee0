#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "arena.h"
#include "buf.h"
#include "clock.h"
#include "conf.h"
#include "conn.h"
#include "conn_node.h"
#include "node_choice.h"
#include "session.h"
#include "str.h"

#define IDLE_S 30
#define SESSION "(session)" /* in the log, instead of a statement */
/* A connection that was idle for longer is checked before a write is trusted to it. */
#define FRESH_US (10 * CLOCK_SECOND_US)
/* As SESSION_NEEDS says. */
#define MAJOR_LEAST 10
#define MINOR_LEAST 5

struct variable {
	const char *name;
	const char *value;                          /* as the server shows it */
	const char *(*value_of)(const struct db *); /* instead of value */
	bool is_own;                                /* a plain server has another value */
	bool is_optional;                           /* not every server has the variable */
};

/* ---- The limits are shorter than the read time-out, so that the server gives up first. */

static const char *lock_wait(const struct db *db)
{
	const int64_t wait_s = db->conf->database_read_timeout_s;
	int64_t limit_s = wait_s > 1 ? wait_s - 1 : 1;

	if (limit_s > CONN_DATED_MAX_S)
		limit_s = CONN_DATED_MAX_S;
	if (db->conn->no_timeout)
		limit_s = CONN_NO_TIMEOUT_S;
	else if (db->conn->transfers != NULL) /* conn.h */
		limit_s = 0;
	return arena_printf(db->scratch, "%lld", (long long)limit_s);
}

static const char *statement_time(const struct db *db)
{
	const double limit_s = (double)db->conf->database_read_timeout_s * 0.8;

	return arena_printf(db->scratch, "%.6f", db->conn->no_timeout ? 0.0 : limit_s);
}

static const char *idle_time(const struct db *db)
{
	return arena_printf(db->scratch, "%d", db->conn->no_timeout ? 0 : IDLE_S);
}

/* The first one comes first, since a low limit would keep the server from taking the others. */
static const struct variable variables[] = {
	{"max_session_mem_used", .value = "9223372036854775807"},
	{"autocommit", .value = "ON"},
	{"completion_type", .value = "NO_CHAIN"},
	{"tx_isolation", .value = "READ-COMMITTED", .is_own = true},
	{"tx_read_only", .value = "OFF"},
	{"sql_mode",
		.value = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,"
			 "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
		.is_own = true},
	{"old_mode", .value = "", .is_own = true},
	{"character_set_client", .value = "utf8mb4"},
	{"character_set_results", .value = "utf8mb4"},
	{"collation_connection", .value = "utf8mb4_nopad_bin", .is_own = true},
	{"time_zone", .value = "+00:00", .is_own = true},
	{"foreign_key_checks", .value = "ON"},
	{"unique_checks", .value = "ON"},
	{"check_constraint_checks", .value = "ON"},
	{"sql_safe_updates", .value = "OFF"},
	{"sql_big_selects", .value = "ON"},
	{"sql_select_limit", .value = "18446744073709551615"},
	{"sql_auto_is_null", .value = "OFF"},
	{"sql_if_exists", .value = "OFF"},
	{"innodb_strict_mode", .value = "ON"},
	{"alter_algorithm", .value = "DEFAULT", .is_optional = true},
	{"group_concat_max_len", .value = "1048576"},
	{"sort_buffer_size", .value = "2097152", .is_own = true},
	{"max_sort_length", .value = "1024"},
	{"max_heap_table_size", .value = "16777216", .is_own = true},
	{"tmp_memory_table_size", .value = "16777216", .is_own = true},
	{"tmp_disk_table_size", .value = "18446744073709551615"},
	{"innodb_lock_wait_timeout", .value_of = lock_wait, .is_own = true},
	{"lock_wait_timeout", .value_of = lock_wait, .is_own = true},
	{"max_statement_time", .value_of = statement_time, .is_own = true},
	{"idle_transaction_timeout", .value_of = idle_time, .is_own = true},
	{"idle_write_transaction_timeout", .value_of = idle_time, .is_own = true},
	{"idle_readonly_transaction_timeout", .value_of = idle_time, .is_own = true},
	/* Only conn_catch_up() waits for what other nodes of a cluster have written. */
	{"wsrep_sync_wait", .value = "0", .is_optional = true},
	{"wsrep_dirty_reads", .value = "OFF", .is_optional = true},
	{"wsrep_osu_method", .value = "TOI", .is_optional = true},
};
#define N_VARIABLES (sizeof(variables) / sizeof(variables[0]))

struct session {
	struct db *db;
	bool has_init_connect, has_binlog, is_binlog_of_statements;
	const char *problem;            /* NULL: all is as it should be */
	const char *found[N_VARIABLES]; /* NULL: the server has no such variable */
};

static const char *wanted_value(const struct db *db, const struct variable *variable)
{
	return variable->value_of != NULL ? variable->value_of(db) : variable->value;
}

static bool deviates(const struct session *session, size_t i)
{
	const char *found = session->found[i];

	return found != NULL && !str_equal_nocase(found, wanted_value(session->db, &variables[i]));
}

/* Frees the text of a statement. db->error outlives it. */
static int session_end_statement(struct db *db, struct buf *sql, int status)
{
	buf_release(sql);
	if (status != 0)
		db->error.sql = SESSION;
	return status;
}

/* Sets the variables. An optional one is set once the server has shown it with another value. */
static int session_set_variables(const struct session *session)
{
	struct buf sql = {0};

	for (size_t i = 0; i < N_VARIABLES; i++) {
		const char *value = wanted_value(session->db, &variables[i]);
		const char *quote = value[0] >= '0' && value[0] <= '9' ? "" : "'";

		if (!variables[i].is_optional || deviates(session, i))
			buf_printf(&sql, "%s%s = %s%s%s", i == 0 ? "SET SESSION " : ", ",
				variables[i].name, quote, value, quote);
	}
	return session_end_statement(session->db, &sql, conn_query(session->db, sql.data));
}

/* Reads a variable that only the administrator of the server may set. */
static void session_note_server(struct session *session, const char *name, const char *value)
{
	if (strcmp(name, "init_connect") == 0)
		session->has_init_connect = !str_is_empty(value);
	else if (strcmp(name, "wsrep_on") == 0)
		session->db->conn->is_cluster = strcmp(value, "ON") == 0;
	else if (strcmp(name, "log_bin") == 0)
		session->has_binlog = strcmp(value, "ON") == 0;
	else if (strcmp(name, "binlog_format") == 0)
		session->is_binlog_of_statements = strcmp(value, "STATEMENT") == 0;
	else if (strcmp(name, "enforce_storage_engine") == 0 && session->db->conn->no_timeout &&
		!str_is_empty(value) && strcmp(value, "InnoDB") != 0)
		session->problem = arena_printf(session->db->scratch,
			"enforce_storage_engine is %s; the tables must be InnoDB, run in SQL: "
			"SET GLOBAL enforce_storage_engine = NULL",
			value);
}

static void session_note_variable(void *ctx, const char *name, const char *value)
{
	struct session *session = ctx;

	session_note_server(session, name, value);
	for (size_t i = 0; i < N_VARIABLES; i++)
		if (strcmp(name, variables[i].name) == 0)
			session->found[i] = arena_strdup(session->db->scratch, value);
}

static void session_find_problem(struct session *session)
{
	if (session->has_binlog && session->is_binlog_of_statements)
		session->problem = "binlog_format is STATEMENT, which takes no writes of READ "
				   "COMMITTED; run in SQL: SET GLOBAL binlog_format = MIXED";
	for (size_t i = 0; i < N_VARIABLES; i++)
		if (deviates(session, i))
			session->problem = arena_printf(session->db->scratch,
				"%s is %s, and the server does not let it be %s", variables[i].name,
				session->found[i], wanted_value(session->db, &variables[i]));
}

/* scope: "SESSION", or "GLOBAL" for what the server presets. */
static int session_read_variables(struct session *session, const char *scope)
{
	struct buf sql = {0};
	int status;

	buf_printf(&sql,
		"SHOW %s VARIABLES WHERE variable_name IN ('init_connect', "
		"'wsrep_on', 'log_bin', 'binlog_format', 'enforce_storage_engine'",
		scope);
	for (size_t i = 0; i < N_VARIABLES; i++)
		buf_printf(&sql, ", '%s'", variables[i].name);
	buf_append_str(&sql, ")");
	session->problem = NULL;
	status = conn_read(session->db, sql.data, session_note_variable, session);
	session_find_problem(session);
	return session_end_statement(session->db, &sql, status);
}

static int session_set_and_read_back(struct session *session)
{
	if (session_set_variables(session) != 0)
		return -1;
	return session_read_variables(session, "SESSION");
}

bool session_supports(const char *version)
{
	char *rest;
	long major = strtol(version, &rest, 10);
	long minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;

	return strstr(version, "MariaDB") != NULL &&
		(major > MAJOR_LEAST || (major == MAJOR_LEAST && minor >= MINOR_LEAST));
}

/* Replaces the error of a server that is too old, which says only which variable is unknown. */
static int session_explain(struct db *db)
{
	const char *version = conn_server_version(db->conn);

	if (db->conn->mysql == NULL || session_supports(version))
		return -1;
	return conn_refuse(db, SESSION,
		arena_printf(db->scratch, "the server is %s; " SESSION_NEEDS, version));
}

/* Sets up a new connection and sets is_cluster. The error says which value the server does not
 * take. */
static int session_set_up(struct db *db)
{
	struct session session = {.db = db};
	int status = session_set_and_read_back(&session);

	if (status == 0 && (session.has_init_connect || session.problem != NULL))
		status = conn_reset(db, SESSION) != 0 ? -1 : session_set_and_read_back(&session);
	if (status != 0)
		return session_explain(db);
	return session.problem == NULL ? 0 : conn_refuse(db, SESSION, session.problem);
}

static bool session_reach_server(struct db *db, bool writes)
{
	struct conn *conn = db->conn;

	if (conn->mysql != NULL && node_choice_is_bad(db))
		conn_close(conn);
	if (conn->mysql != NULL && conn->asked_us - conn->used_us > FRESH_US)
		conn_ping(db);
	if (conn->mysql != NULL && writes)
		conn_look(db);
	if (db->given_up != DB_ERROR_NONE)
		return false;
	if (conn->mysql != NULL)
		return true;
	return node_choice_connect(db, session_set_up, writes && db->needs_writer) == 0;
}

/* Does not reconnect within a transaction, which ends with its connection: the rest of it must not
 * run on another one. */
static int session_open_for(struct db *db, bool writes)
{
	enum activity before;
	bool is_reached;

	if (db->is_in_transaction)
		return db->given_up == DB_ERROR_NONE ? 0 : -1;
	/* Since the try before, another request may have given up. */
	if (conn_node_is_given_up(db))
		return -1;
	db->is_writing = false;
	db->conn->asked_us = clock_monotonic_us();
	before = activity_begin(ACTIVITY_DATABASE);
	is_reached = session_reach_server(db, writes) && (!writes || node_choice_may_write(db));
	activity_begin(before);
	if (!is_reached)
		return -1;
	db->error = (struct db_error){0};
	db->conn->asked_us = db->conn->used_us = clock_monotonic_us();
	db->is_writing = writes;
	return 0;
}

int session_open(struct db *db)
{
	return session_open_for(db, false);
}

int session_open_to_write(struct db *db)
{
	return session_open_for(db, true);
}

static const char *session_list_presets(const struct session *session)
{
	struct buf list = {0};
	const char *text;

	for (size_t i = 0; i < N_VARIABLES; i++)
		if (deviates(session, i) && !variables[i].is_own)
			buf_printf(&list, ", %s = %s", variables[i].name, session->found[i]);
	if (session->has_init_connect)
		buf_append_str(&list, ", an init_connect");
	text = list.size == 0 ? NULL : arena_strdup(session->db->arena, list.data + strlen(", "));
	buf_release(&list);
	return text;
}

enum err session_presets(struct db *db, const char **presets_r)
{
	struct session session = {.db = db};

	if (session_open(db) != 0 || session_read_variables(&session, "GLOBAL") != 0)
		return db_error_report(&db->error);
	*presets_r = session_list_presets(&session);
	return ERR_NONE;
}
