#include <string.h>

#include "arena.h"
#include "buf.h"
#include "conf.h"
#include "conn.h"
#include "server.h"
#include "session.h"
#include "str.h"

#define PATIENCE_S 3600
#define IDLE_S 30
#define SESSION "(session)" /* in the log, instead of a statement */

struct variable {
	const char *name;
	const char *value;                          /* as the server shows it */
	const char *(*value_of)(const struct db *); /* instead of value */
	bool is_own;                                /* a plain server has another */
	bool is_optional;                           /* not every server has it */
};

/* ---- The limits lie inside the read time-out, so that the server gives up before we do. */

static const char *lock_wait(const struct db *db)
{
	const int64_t wait_s = db->conf->database_read_timeout_s;
	const int64_t limit_s = wait_s > 1 ? wait_s - 1 : 1;

	return arena_printf(
		db->scratch, "%lld", (long long)(db->is_patient ? PATIENCE_S : limit_s));
}

static const char *statement_time(const struct db *db)
{
	const double limit_s = (double)db->conf->database_read_timeout_s * 0.8;

	return arena_printf(db->scratch, "%.6f", db->is_patient ? 0.0 : limit_s);
}

static const char *idle_time(const struct db *db)
{
	return arena_printf(db->scratch, "%d", db->is_patient ? 0 : IDLE_S);
}

/* The first may be what keeps the server from taking the others. */
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
	/* On a cluster only stmt_find_surely() waits for what other nodes have written. */
	{"wsrep_sync_wait", .value = "0", .is_optional = true},
	{"wsrep_dirty_reads", .value = "OFF", .is_optional = true},
	{"wsrep_osu_method", .value = "TOI", .is_optional = true},
};
#define N_VARIABLES (sizeof(variables) / sizeof(variables[0]))

struct session {
	struct db *db;
	bool has_init_connect, has_binlog, is_binlog_of_statements;
	const char *offence;            /* NULL: all is as it shall be */
	const char *found[N_VARIABLES]; /* NULL: the server has no such variable */
};

static const char *value_of(const struct db *db, const struct variable *variable)
{
	return variable->value_of != NULL ? variable->value_of(db) : variable->value;
}

static bool deviates(const struct session *session, size_t i)
{
	const char *found = session->found[i];

	return found != NULL && !str_equal_nocase(found, value_of(session->db, &variables[i]));
}

/* What failed outlives its text. */
static int end_statement(struct db *db, struct buf *sql, int status)
{
	buf_release(sql);
	if (status != 0)
		db->failure.sql = SESSION;
	return status;
}

/* One that a server may lack is set once it has been seen there with another value. */
static int set(const struct session *session)
{
	struct buf sql = {0};

	for (size_t i = 0; i < N_VARIABLES; i++) {
		const char *value = value_of(session->db, &variables[i]);
		const char *quote = value[0] >= '0' && value[0] <= '9' ? "" : "'";

		if (!variables[i].is_optional || deviates(session, i))
			buf_printf(&sql, "%s%s = %s%s%s", i == 0 ? "SET SESSION " : ", ",
				variables[i].name, quote, value, quote);
	}
	return end_statement(session->db, &sql, conn_query(session->db, sql.data));
}

/* What only the server's administrator may set. */
static void note_of_server(struct session *session, const char *name, const char *value)
{
	if (strcmp(name, "init_connect") == 0)
		session->has_init_connect = !str_is_empty(value);
	else if (strcmp(name, "wsrep_on") == 0)
		session->db->is_cluster = strcmp(value, "ON") == 0;
	else if (strcmp(name, "log_bin") == 0)
		session->has_binlog = strcmp(value, "ON") == 0;
	else if (strcmp(name, "binlog_format") == 0)
		session->is_binlog_of_statements = strcmp(value, "STATEMENT") == 0;
	else if (strcmp(name, "enforce_storage_engine") == 0 && session->db->is_patient &&
		!str_is_empty(value) && strcmp(value, "InnoDB") != 0)
		session->offence = arena_printf(session->db->scratch,
			"enforce_storage_engine is %s; the tables must be InnoDB, say in SQL: "
			"SET GLOBAL enforce_storage_engine = NULL",
			value);
}

static void note(void *ctx, const char *name, const char *value)
{
	struct session *session = ctx;

	note_of_server(session, name, value);
	for (size_t i = 0; i < N_VARIABLES; i++)
		if (strcmp(name, variables[i].name) == 0)
			session->found[i] = arena_strdup(session->db->scratch, value);
}

static void look_for_offence(struct session *session)
{
	if (session->has_binlog && session->is_binlog_of_statements)
		session->offence = "binlog_format is STATEMENT, which takes no writes of READ "
				   "COMMITTED; say in SQL: SET GLOBAL binlog_format = MIXED";
	for (size_t i = 0; i < N_VARIABLES; i++)
		if (deviates(session, i))
			session->offence = arena_printf(session->db->scratch,
				"%s is %s, and the server does not let it be %s", variables[i].name,
				session->found[i], value_of(session->db, &variables[i]));
}

/* scope: SESSION, or GLOBAL for what the server presets. */
static int read_variables(struct session *session, const char *scope)
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
	session->offence = NULL;
	status = conn_read(session->db, sql.data, note, session);
	look_for_offence(session);
	return end_statement(session->db, &sql, status);
}

static int set_and_read_back(struct session *session)
{
	return set(session) != 0 ? -1 : read_variables(session, "SESSION");
}

/* The words of a server that knows other variables lead nowhere. */
static int explain(struct db *db)
{
	const char *version = conn_server_version(db);

	if (db->connection == NULL || server_is_supported(version))
		return -1;
	return conn_refuse(db, SESSION,
		arena_printf(db->scratch, "the server is %s; " SERVER_NEEDED, version));
}

int session_set(struct db *db)
{
	struct session session = {.db = db};
	int status = set_and_read_back(&session);

	if (status == 0 && (session.has_init_connect || session.offence != NULL))
		status = conn_reset(db, SESSION) != 0 ? -1 : set_and_read_back(&session);
	if (status != 0)
		return explain(db);
	return session.offence == NULL ? 0 : conn_refuse(db, SESSION, session.offence);
}

static const char *list_presets(const struct session *session)
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

	if (conn_open(db) != 0 || read_variables(&session, "GLOBAL") != 0)
		return conn_report(db);
	*presets_r = list_presets(&session);
	return ERR_NONE;
}
